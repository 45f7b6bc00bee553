//! Submissions and decisions over a store in memory.

use crate::books::{Books, BooksMut, OpenBooks};
use crate::domain::delivery::Delivery;
use crate::domain::error::Reason;
use crate::domain::partner::{CallingPartner, Customer, CustomerType, PartnerKind, VerifiedStatus};
use crate::domain::realname::*;
use crate::domain::registration::{CodeOrder, MobileNumber, Scene, VerificationCode};
use crate::operations::decide_realname::*;
use crate::operations::forget::{forget_customer, forget_submission};
use crate::operations::import::{self, Content, Line, Outcome as LineOutcome};
use crate::operations::realname_status::*;
use crate::operations::submit_realname::*;
use crate::security::vault::{Private, Vault};
use crate::store::memory::{Calls, MemoryStore, run};
use crate::store::{Meta, Reader, Tree};
use crate::value::id::{CustomerId, ReviewId};
use crate::value::page::Slice;
use chrono::TimeDelta;

const HEAD: &str = "head.t";

/// A distributor `d` with a reseller `r`, another distributor `e`, and customers of each.
const BOOK: [&str; 10] = [
    r#"{"kind":"partner","partner_id":"d","partner_kind":"distributor"}"#,
    r#"{"kind":"partner","partner_id":"e","partner_kind":"distributor"}"#,
    r#"{"kind":"partner","partner_id":"r","partner_kind":"reseller","distributor_id":"d"}"#,
    r#"{"kind":"customer","customer_id":"c","partner_id":"d","association_type":"2"}"#,
    r#"{"kind":"customer","customer_id":"c2","partner_id":"d","association_type":"1"}"#,
    r#"{"kind":"customer","customer_id":"c3","partner_id":"d","association_type":"2"}"#,
    r#"{"kind":"customer","customer_id":"c4","partner_id":"d","association_type":"2"}"#,
    r#"{"kind":"customer","customer_id":"c5","partner_id":"d","association_type":"2"}"#,
    r#"{"kind":"customer","customer_id":"of-r","partner_id":"r","association_type":"2"}"#,
    r#"{"kind":"customer","customer_id":"of-e","partner_id":"e","association_type":"2"}"#,
];

struct Ledger(MemoryStore);

impl Ledger {
    fn new() -> Self {
        let ledger = Self(MemoryStore::new(3));
        run(Tree::new(&ledger.0, HEAD).create("t")).expect("created");
        for line in BOOK {
            ledger.import(line);
        }
        ledger
    }

    fn import(&self, line: &str) {
        let line = line.replacen('{', r#"{"tenant_id":"t","#, 1);
        let Content::Entry(entry) = Line::parse(&line).expect(&line).content else {
            panic!("{line}")
        };
        let outcome = self.update(async |books| import::apply(books, &entry).await);
        assert_eq!(outcome, Ok(LineOutcome::Applied), "{line}");
    }

    fn update<T>(
        &self,
        change: impl AsyncFn(&mut BooksMut<'_, '_>) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let meta = Meta { caller: "tester".to_owned(), operation: "test".to_owned() };
        run(Tree::new(&self.0, HEAD).update(&meta, async |transaction| {
            change(&mut BooksMut::new(transaction).with_vault(vault())).await
        }))
    }

    fn read<T>(&self, read: impl AsyncFn(&Books<'_>) -> Result<T, Reason>) -> T {
        let tree = Tree::new(&self.0, HEAD);
        run(tree.read(async |snapshot| read(&OpenBooks::new(snapshot).with_vault(vault())).await))
            .expect("read")
    }

    fn submit(&self, application: &Application) -> Result<ReviewId, Reason> {
        let random = crate::store::Environment::random(&self.0);
        self.0.advance(TimeDelta::seconds(5));
        let submitted =
            self.update(async |books| submit(books, &caller("d"), application, &random).await);
        match submitted? {
            Submitted::UnderReview(id) => Ok(id),
            Submitted::CodeRefused(reason) => Err(reason),
        }
    }

    fn decide(&self, id: &ReviewId, decision: Decision) -> Result<Option<Delivery>, Reason> {
        let opinion = (decision == Decision::Reject).then(|| "not legible".to_owned());
        let verdict = Verdict::check(decision, opinion).expect("in order");
        self.0.advance(TimeDelta::seconds(5));
        let decided = self.update(async |books| decide(books, id, &verdict, Some(&[7; 16])).await);
        decided.map(|(_, delivery)| delivery)
    }

    fn customer(&self, id: &str) -> Customer {
        self.read(async |books| books.customer(&customer_id(id)).await).expect("a customer")
    }

    fn real_name(&self, id: &str) -> Option<String> {
        let customer = self.customer(id);
        self.read(async |books| books.real_name(&customer).await)
    }

    /// Number and type, as the customer is told.
    fn status(&self, id: &str) -> (i8, Option<CustomerType>) {
        let told = self.read(async |books| status(books, &customer_id(id)).await);
        (told.verified_status.number(), told.customer_type)
    }

    fn result(&self, id: &str) -> Option<Outcome> {
        self.read(async |books| latest_outcome(books, &caller("d"), &customer_id(id)).await)
    }

    /// What awaits review.
    fn awaiting(&self) -> Vec<ReviewId> {
        let page = self.read(async |books| books.awaiting_review(Slice::first(100)).await);
        assert_eq!(usize::try_from(page.total_count), Ok(page.items.len()));
        page.items.into_iter().map(|(id, _)| id).collect()
    }

    /// The last transaction's number, which changes with anything.
    fn sequence(&self) -> u64 {
        let tree = Tree::new(&self.0, HEAD);
        run(tree.read::<_, Reason>(async |snapshot| Ok(snapshot.sequence()))).expect("read")
    }
}

fn vault() -> Vault {
    Vault::new(&"5a".repeat(32), [1; 16])
}

fn caller(id: &str) -> CallingPartner {
    CallingPartner { partner_id: id.parse().expect("an id"), kind: PartnerKind::Distributor }
}

fn customer_id(id: &str) -> CustomerId {
    id.parse().expect("an id")
}

fn person(number: &str) -> Individual {
    Individual {
        identify_type: IdentifyType::Certificate,
        verified_type: Some(CertificateType::Passport),
        verified_file_url: vec![Private::from("front.jpg"), Private::from("a/b/Back.PNG")],
        name: Private::from("Zhang San"),
        verified_number: Private::from(number),
        xaccount_type: "platform".to_owned(),
        bank_card_info: None,
    }
}

fn bank_card() -> BankCard {
    BankCard {
        bank_account: Private::from("6222020000000000"),
        areacode: Private::from("0086"),
        mobile: Private::from("13900000001"),
        verification_code: Private::from("123456"),
    }
}

fn company() -> Enterprise {
    Enterprise {
        certificate_type: Some(EnterpriseCertificate::BusinessLicence),
        verified_file_url: vec![Private::from("licence.pdf")],
        corp_name: Private::from("Example Ltd."),
        verified_number: Private::from("91310000X"),
        reg_country: Some(Private::from("")),
        reg_address: None,
        xaccount_type: "platform".to_owned(),
        enterprise_person: Some(EnterprisePerson {
            legel_name: Private::from("Li Si"),
            legel_id_number: Private::from("E555"),
            certifier_role: Some(CertifierRole::LegalPerson),
        }),
    }
}

fn individual(id: &str, number: &str) -> Application {
    Application::individual(customer_id(id), person(number)).expect("in order")
}

fn enterprise(id: &str) -> Application {
    Application::enterprise(customer_id(id), company()).expect("in order")
}

fn change(id: &str) -> Application {
    Application::change(customer_id(id), company()).expect("in order")
}

/// What a case changes in a form that is in order.
type Edit<T> = fn(&mut T);

#[test]
fn checks_the_fields_of_a_person() {
    let files = "verified_file_url";
    let cases: Vec<(Edit<Individual>, Option<&'static str>)> = vec![
        (|_| (), None),
        (|it| it.name = Private::from("é".repeat(255).as_str()), None),
        (|it| it.name = Private::from("é".repeat(256).as_str()), Some("name")),
        (|it| it.name = Private::from(""), Some("name")),
        (|it| it.verified_number = Private::from(""), Some("verified_number")),
        (|it| it.verified_number = Private::from("1".repeat(33).as_str()), Some("verified_number")),
        (|it| it.xaccount_type.clear(), Some("xaccount_type")),
        (|it| it.xaccount_type = "x".repeat(65), Some("xaccount_type")),
        (|it| it.verified_type = None, Some("verified_type")),
        (|it| it.verified_file_url.clear(), Some(files)),
        (|it| it.verified_file_url = vec![Private::from("a.gif"); 4], None),
        (|it| it.verified_file_url = vec![Private::from("a.gif"); 5], Some(files)),
        (|it| it.verified_file_url = vec![Private::from("")], Some(files)),
        (|it| it.verified_file_url = vec![Private::from("https://x/a.jpg")], Some(files)),
        (|it| it.verified_file_url = vec![Private::from("//x/a.jpg")], Some(files)),
        (|it| it.verified_file_url = vec![Private::from("a\n.jpg")], Some(files)),
        (|it| it.identify_type = IdentifyType::BankCard, Some("bank_card_info")),
        (
            |it| {
                it.identify_type = IdentifyType::BankCard;
                it.bank_card_info = Some(bank_card());
                (it.verified_type, it.verified_file_url) = (None, Vec::new());
            },
            None,
        ),
        (
            |it| {
                let verification_code = Private::from("1234567");
                it.bank_card_info = Some(BankCard { verification_code, ..bank_card() });
            },
            Some("bank_card_info.verification_code"),
        ),
        (
            |it| {
                let mobile = Private::from("1".repeat(21).as_str());
                it.bank_card_info = Some(BankCard { mobile, ..bank_card() });
            },
            Some("bank_card_info.mobile"),
        ),
    ];
    for (number, (edit, expected)) in cases.into_iter().enumerate() {
        let mut form = person("E1234567");
        edit(&mut form);
        let refused = Application::individual(customer_id("c"), form).err();
        let name = refused.map(|reason| match reason {
            Reason::Field { name, .. } => name,
            other => panic!("case {number}: {other:?}"),
        });
        assert_eq!(name, expected, "case {number}");
    }
    for (file, allowed) in [
        ("a.jpg", true),
        ("dir.d/a.JPEG", true),
        ("a.tar.bmp", true),
        ("a.docx", false),
        ("a", false),
        ("a.jpg/b", false),
        (".jpg", false),
        ("dir/.jpg", false),
        ("a.jpg?x=1", false),
    ] {
        let form = Individual { verified_file_url: vec![Private::from(file)], ..person("E1") };
        let refused = Application::individual(customer_id("c"), form).err();
        assert_eq!(refused, (!allowed).then_some(Reason::AttachmentFormat), "{file}");
    }
}

#[test]
fn checks_the_fields_of_an_enterprise() {
    let cases: Vec<(Edit<Enterprise>, Option<&'static str>)> = vec![
        (|_| (), None),
        (|it| it.corp_name = Private::from("x".repeat(256).as_str()), Some("corp_name")),
        (|it| it.reg_country = Some(Private::from("x".repeat(11).as_str())), Some("reg_country")),
        (|it| it.reg_address = Some(Private::from("x".repeat(256).as_str())), None),
        (|it| it.reg_address = Some(Private::from("x".repeat(257).as_str())), Some("reg_address")),
        (|it| it.verified_file_url.clear(), Some("verified_file_url")),
        (|it| it.enterprise_person = None, None),
        (
            |it| {
                let person = it.enterprise_person.as_mut().expect("a person");
                person.legel_name = Private::from("");
            },
            Some("enterprise_person.legel_name"),
        ),
        (
            |it| {
                let person = it.enterprise_person.as_mut().expect("a person");
                person.legel_id_number = Private::from("1".repeat(33).as_str());
            },
            Some("enterprise_person.legel_id_number"),
        ),
    ];
    for (number, (edit, expected)) in cases.into_iter().enumerate() {
        let mut form = company();
        edit(&mut form);
        let refused = Application::change(customer_id("c"), form).err();
        let name = refused.map(|reason| match reason {
            Reason::Field { name, .. } => name,
            other => panic!("case {number}: {other:?}"),
        });
        assert_eq!(name, expected, "case {number}");
    }
}

#[test]
fn keeps_what_the_way_of_identification_needs_and_never_the_code() {
    let both = Individual { bank_card_info: Some(bank_card()), ..person("E1") };
    let by_card = Individual { identify_type: IdentifyType::BankCard, ..both.clone() };
    let application = Application::individual(customer_id("c"), both).expect("in order");
    let Applicant::Individual(kept) = application.applicant else { panic!("a person") };
    assert_eq!((kept.verified_type, kept.bank_card_info), (Some(CertificateType::Passport), None));
    let application = Application::individual(customer_id("c"), by_card).expect("in order");
    let bytes = minicbor::to_vec(&application.applicant).expect("encodes");
    let Applicant::Individual(kept) = minicbor::decode(&bytes).expect("decodes") else {
        panic!("a person")
    };
    let card = kept.bank_card_info.expect("a card");
    assert_eq!((kept.verified_type, card.verification_code.expose()), (None, ""));
    assert_eq!(card.bank_account, bank_card().bank_account);
    assert!(!bytes.windows(6).any(|window| window == b"123456"));
}

#[test]
fn nothing_of_a_person_prints() {
    let printed = format!("{:?} {:?}", individual("c", "E1234567"), enterprise("c"));
    for secret in ["Zhang", "E1234567", "front", "Example", "91310000X", "Li Si", "E555"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

fn zhang_san() -> Option<String> {
    Some("Zhang San".to_owned())
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_customer_is_forgotten_and_its_account_stays() {
    let ledger = Ledger::new();
    let review = ledger.submit(&individual("c", "E1")).expect("submitted");
    let forget = || ledger.update(async |books| forget_customer(books, &customer_id("c")).await);
    let awaits = Err(Reason::Contradiction("a submission awaits review: decide it first"));
    assert_eq!(forget(), awaits);
    ledger.decide(&review, Decision::Approve).expect("decided");
    assert_eq!(ledger.real_name("c"), zhang_san());

    assert_eq!(forget(), Ok(2), "the name and the submission");
    assert_eq!(ledger.real_name("c"), None);
    let applicant = ledger.read(async |books| books.applicant(&review).await);
    assert_eq!(applicant, None);
    // It stays a customer whose authentication is known, and the certificate is free.
    assert_eq!(ledger.status("c"), (2, Some(CustomerType::Individual)));
    let digests = ledger.read(async |books| {
        Ok(books.submission(&review).await?.and_then(|submission| submission.certificate))
    });
    assert_eq!(digests, None);
    assert_eq!(forget(), Ok(0), "nothing is left");
    let nobody = ledger.update(async |books| forget_customer(books, &customer_id("x")).await);
    assert!(matches!(nobody, Err(Reason::UnknownReference { .. })), "{nobody:?}");
}

#[test]
fn the_line_of_a_person_comes_again_whatever_was_approved_since() {
    let ledger = Ledger::new();
    let line = r#"{"tenant_id":"t","kind":"customer","customer_id":"p","partner_id":"d",
                   "association_type":"2","customer":"Li Si","customer_type":0}"#;
    let apply = || {
        let Content::Entry(entry) = Line::parse(line).expect(line).content else {
            panic!("{line}")
        };
        ledger.update(async |books| import::apply(books, &entry).await)
    };
    assert_eq!(apply(), Ok(LineOutcome::Applied));
    assert_eq!(ledger.real_name("p").as_deref(), Some("Li Si"));
    assert!(!ledger.0.values().values().any(|value| contains(value, "Li Si")));
    assert_eq!(apply(), Ok(LineOutcome::Skipped));
    let review = ledger.submit(&individual("p", "E1")).expect("submitted");
    ledger.decide(&review, Decision::Approve).expect("decided");
    assert_eq!(ledger.real_name("p"), zhang_san());
    assert_eq!(apply(), Ok(LineOutcome::Skipped));
}

#[test]
fn a_submission_is_forgotten_once_it_is_decided() {
    let ledger = Ledger::new();
    let review = ledger.submit(&individual("c", "E1")).expect("submitted");
    let forget = || ledger.update(async |books| forget_submission(books, &review).await);
    assert!(matches!(forget(), Err(Reason::Contradiction(_))));
    ledger.decide(&review, Decision::Approve).expect("decided");
    assert_eq!(forget(), Ok(true));
    assert_eq!(ledger.read(async |books| books.applicant(&review).await), None);
    assert_eq!((ledger.real_name("c"), ledger.status("c").0), (zhang_san(), 2));
    assert_eq!(forget(), Ok(false));
}

#[test]
fn a_submission_is_rejected_submitted_again_and_approved() {
    let ledger = Ledger::new();
    assert_eq!((ledger.status("c"), ledger.result("c")), ((-1, None), None));

    let first = ledger.submit(&individual("c", "E1")).expect("submitted");
    assert_eq!(ledger.awaiting(), std::slice::from_ref(&first));
    assert_eq!(ledger.status("c"), (0, Some(CustomerType::Individual)));
    assert_eq!(ledger.customer("c").verified_status, Some(VerifiedStatus::UnderReview));
    assert_eq!(ledger.submit(&individual("c", "E1")), Err(Reason::AlreadyAuthenticated));

    ledger.decide(&first, Decision::Reject).expect("decided");
    let outcome = ledger.result("c").expect("an outcome");
    assert_eq!(outcome.review_result, ReviewResult::Rejected);
    assert_eq!(outcome.opinion.as_deref(), Some("not legible"));
    assert_eq!(ledger.status("c"), (1, Some(CustomerType::Individual)));
    assert_eq!(ledger.customer("c").verified_status, Some(VerifiedStatus::Rejected));
    assert!(ledger.awaiting().is_empty());

    let second = ledger.submit(&individual("c", "E1")).expect("submitted again");
    ledger.decide(&second, Decision::Approve).expect("decided");
    let approved = Outcome { review_result: ReviewResult::Approved, opinion: None };
    assert_eq!(ledger.result("c"), Some(approved));
    assert_eq!(ledger.status("c"), (2, Some(CustomerType::Individual)));
    let customer = ledger.customer("c");
    assert_eq!((customer.customer.as_deref(), ledger.real_name("c")), (None, zhang_san()));
    assert!(!ledger.0.values().values().any(|value| contains(value, "Zhang San")));
    assert_eq!(customer.customer_type, Some(CustomerType::Individual));
    for application in [individual("c", "E1"), enterprise("c")] {
        assert_eq!(ledger.submit(&application), Err(Reason::AlreadyAuthenticated));
    }
}

#[test]
fn a_person_becomes_an_enterprise_and_stays_a_person_when_that_is_rejected() {
    let ledger = Ledger::new();
    assert_eq!(ledger.submit(&change("c")), Err(Reason::BusinessCheck));
    let first = ledger.submit(&individual("c", "E1")).expect("submitted");
    assert_eq!(ledger.submit(&change("c")), Err(Reason::AlreadyAuthenticated));
    ledger.decide(&first, Decision::Approve).expect("decided");

    let rejected = ledger.submit(&change("c")).expect("submitted");
    assert_eq!(ledger.status("c"), (0, Some(CustomerType::Enterprise)));
    ledger.decide(&rejected, Decision::Reject).expect("decided");
    assert_eq!(ledger.status("c"), (2, Some(CustomerType::Individual)));
    assert_eq!(ledger.real_name("c"), zhang_san());

    let approved = ledger.submit(&change("c")).expect("submitted");
    ledger.decide(&approved, Decision::Approve).expect("decided");
    assert_eq!(ledger.status("c"), (2, Some(CustomerType::Enterprise)));
    assert_eq!(ledger.customer("c").customer.as_deref(), Some("Example Ltd."));
    assert_eq!(ledger.submit(&change("c")), Err(Reason::AlreadyAuthenticated));
}

#[test]
fn who_was_rejected_as_a_person_may_go_on_as_an_enterprise() {
    let ledger = Ledger::new();
    let first = ledger.submit(&individual("c", "E1")).expect("submitted");
    ledger.decide(&first, Decision::Reject).expect("decided");
    let second = ledger.submit(&change("c")).expect("submitted");
    ledger.decide(&second, Decision::Approve).expect("decided");
    assert_eq!(ledger.status("c"), (2, Some(CustomerType::Enterprise)));
    let other = ledger.submit(&enterprise("c2")).expect("submitted");
    ledger.decide(&other, Decision::Reject).expect("decided");
    assert_eq!(ledger.submit(&change("c2")), Err(Reason::BusinessCheck));
}

#[test]
fn a_submission_is_decided_once() {
    let ledger = Ledger::new();
    let id = ledger.submit(&individual("c", "E1")).expect("submitted");
    let delivery = ledger.decide(&id, Decision::Approve).expect("decided").expect("a message");
    let message = String::from_utf8(delivery.body).expect("text");
    let told = format!(r#""data":{{"customer_id":"c","review_id":"{id}","review_result":2}}"#);
    assert!(message.starts_with(r#"{"type":"realname_review.decided","timestamp":""#), "{message}");
    assert!(message.contains(&told), "{message}");

    let before = ledger.sequence();
    for decision in [Decision::Approve, Decision::Reject] {
        assert_eq!(ledger.decide(&id, decision), Err(Reason::AlreadyDecided));
    }
    let unknown = "RN0".parse().expect("an id");
    assert_eq!(ledger.decide(&unknown, Decision::Approve), Err(Reason::NoSuchSubmission));
    assert_eq!(ledger.sequence(), before);
    assert_eq!(ledger.result("c").map(|it| it.review_result), Some(ReviewResult::Approved));
}

#[test]
fn only_the_callers_customers_and_those_of_its_resellers() {
    let ledger = Ledger::new();
    assert!(ledger.submit(&individual("of-r", "E1")).is_ok());
    let before = ledger.sequence();
    for id in ["of-e", "nobody", "d"] {
        assert_eq!(ledger.submit(&individual(id, "E1")), Err(Reason::NotYourCustomer), "{id}");
    }
    assert_eq!(ledger.sequence(), before);
}

#[test]
fn a_certificate_serves_so_many_customers_and_is_free_again_after_a_rejection() {
    let ledger = Ledger::new();
    let mut last = None;
    for id in ["c", "c2", "c3", "c4", "c5"] {
        last = Some(ledger.submit(&individual(id, "e12 34")).expect("submitted"));
    }
    // Another spelling is the same number.
    let sixth = individual("of-r", " E1234");
    assert_eq!(ledger.submit(&sixth), Err(Reason::CertificateUsedUp));
    assert!(ledger.submit(&individual("of-r", "E12345")).is_ok());
    let other = ledger.awaiting().pop().expect("one");
    ledger.decide(&other, Decision::Reject).expect("decided");
    ledger.decide(&last.expect("one"), Decision::Reject).expect("decided");
    assert!(ledger.submit(&sixth).is_ok());
    // An enterprise's number serves any number of its accounts.
    let again = ledger.submit(&individual("c5", "E1234"));
    assert_eq!(again, Err(Reason::CertificateUsedUp));
    assert!(ledger.submit(&enterprise("c5")).is_ok());
}

#[test]
fn a_customer_submits_so_often_in_a_day() {
    let ledger = Ledger::new();
    for _ in 0..ATTEMPTS_MAX {
        let id = ledger.submit(&individual("c", "E1")).expect("submitted");
        ledger.decide(&id, Decision::Reject).expect("decided");
    }
    assert_eq!(ledger.submit(&individual("c", "E1")), Err(Reason::TooManyAttempts));
    assert!(ledger.submit(&individual("c2", "E1")).is_ok());
    ledger.0.advance(TimeDelta::hours(ATTEMPTS_HOURS));
    assert!(ledger.submit(&individual("c", "E1")).is_ok());
}

#[test]
fn a_bank_card_needs_the_code_that_was_sent_to_its_telephone() {
    let ledger = Ledger::new();
    let by_card = |code: &str| {
        let card = BankCard { verification_code: Private::from(code), ..bank_card() };
        let form = Individual {
            identify_type: IdentifyType::BankCard,
            bank_card_info: Some(card),
            ..person("E1")
        };
        Application::individual(customer_id("c"), form).expect("in order")
    };
    let send = |code: &str| {
        let order = CodeOrder {
            mobile: MobileNumber::parse("13900000001").expect("a number"),
            scene: Scene::BankCard,
            code: VerificationCode::claimed(code),
            minutes: None,
            kept_sealed: false,
        };
        ledger.update(async |books| books.issue_code(&order).await).expect("issued");
    };
    let wrong = Reason::field(CODE, "is not the code that was sent");
    assert_eq!(ledger.submit(&by_card("123456")), Err(wrong.clone()), "none was sent");
    send("123456");
    for _ in 0..3 {
        assert_eq!(ledger.submit(&by_card("654321")), Err(wrong.clone()));
    }
    assert_eq!(ledger.submit(&by_card("123456")), Err(Reason::CardCodeExpired), "too often");
    send("234567");
    ledger.0.advance(TimeDelta::minutes(11));
    assert_eq!(ledger.submit(&by_card("234567")), Err(Reason::CardCodeExpired));
    assert_eq!(ledger.status("c"), (-1, None));
    send("345678");
    assert!(ledger.submit(&by_card("345678")).is_ok());
    assert_eq!(ledger.status("c").0, 0);
}

#[test]
fn reviews_of_a_book_are_listed_and_decided_too() {
    let ledger = Ledger::new();
    let line = |id: &str, customer: &str, day: u8, result: u8| {
        format!(
            r#"{{"kind":"realname_review","review_id":"{id}","customer_id":"{customer}",
                "submitted_at":"2020-01-0{day}T00:00:00Z","review_result":{result}}}"#
        )
    };
    ledger.import(&line("second", "c", 2, 0));
    ledger.import(&line("first", "c", 1, 0));
    ledger.import(&line("decided", "c2", 3, 2));
    let (first, second): (ReviewId, ReviewId) =
        ("first".parse().expect("an id"), "second".parse().expect("an id"));
    assert_eq!(ledger.awaiting(), [first.clone(), second.clone()]);
    assert_eq!((ledger.status("c").0, ledger.status("c2").0), (0, 2));
    let decided = "decided".parse().expect("an id");
    assert_eq!(ledger.decide(&decided, Decision::Reject), Err(Reason::AlreadyDecided));
    // The latest one tells.
    ledger.decide(&first, Decision::Approve).expect("decided");
    assert_eq!(ledger.status("c"), (0, None));
    ledger.decide(&second, Decision::Reject).expect("decided");
    assert_eq!(ledger.status("c"), (1, None));
    let third = ledger.submit(&individual("c", "E1")).expect("submitted");
    assert_eq!(ledger.awaiting(), [third]);
}

#[test]
fn a_submission_and_a_decision_cost_one_swap_and_few_reads() {
    let ledger = Ledger::new();
    for number in 0..1_000 {
        let customer = format!("many-{number:04}");
        ledger.import(&format!(
            r#"{{"kind":"customer","customer_id":"{customer}","partner_id":"d","association_type":"2"}}"#
        ));
        ledger.submit(&individual(&customer, &format!("E{number}"))).expect("submitted");
    }
    let fewest = |calls: &mut Vec<Calls>| {
        // A fold reads what it rewrites; most transactions do not fold.
        calls.sort_by_key(|calls| calls.gets + calls.batch_gets);
        let middle = calls.swap_remove(calls.len() / 2);
        assert_eq!(middle.swaps, 1, "{middle:?}");
        middle.gets + middle.batch_gets
    };
    let (mut submitting, mut deciding) = (Vec::new(), Vec::new());
    for id in ["c", "c2", "c3", "c4", "c5"] {
        ledger.0.take_calls();
        let review_id = ledger.submit(&individual(id, id)).expect("submitted");
        submitting.push(ledger.0.take_calls());
        ledger.decide(&review_id, Decision::Approve).expect("decided");
        deciding.push(ledger.0.take_calls());
    }
    // The head, and pages.
    let (submitting, deciding) = (fewest(&mut submitting), fewest(&mut deciding));
    println!("reads: {submitting} to submit, {deciding} to decide");
    assert!(submitting <= 1 + 6 && deciding <= 1 + 6, "{submitting} {deciding}");
}
