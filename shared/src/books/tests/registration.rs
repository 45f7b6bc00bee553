//! Verification codes over time, what customers are told apart by, and new ones in the books.

use super::*;
use crate::domain::registration::{
    AccountName, CodeCheck, CodeOrder, FAILURES_MAX, Identity, MobileNumber, Scene,
    VerificationCode,
};
use crate::operations::create_customer::{self, Registered, Registration};
use crate::value::id::{CustomerId, PartnerId};
use crate::value::page::Slice;

const NUMBER: &str = "13811112222";
const OTHER_NUMBER: &str = "13811113333";
const CODE: &str = "012345";

fn number(text: &str) -> MobileNumber {
    MobileNumber::parse(text).expect(text)
}

fn order(number_text: &str, scene: Scene, code: &str) -> CodeOrder {
    let code = VerificationCode::claimed(code);
    CodeOrder { mobile: number(number_text), scene, code, minutes: None, kept_sealed: false }
}

impl Ledger {
    fn send(&self, order: &CodeOrder) -> Result<Timestamp, Reason> {
        self.update(async |books| books.issue_code(order).await)
    }

    fn send_to(&self, number: &str) -> Result<Timestamp, Reason> {
        self.send(&order(number, Scene::Registration, CODE))
    }

    fn answer(&self, number_text: &str, scene: Scene, code: &str) -> CodeCheck {
        let (number, code) = (number(number_text), VerificationCode::claimed(code));
        self.update(async |books| books.use_code(&number, scene, &code).await).expect("checked")
    }

    fn readable(&self, number_text: &str) -> Vec<String> {
        let number = number(number_text);
        let codes = self.update(async |books| {
            let now = books.now();
            books.readable_codes(&number, now).await
        });
        codes.expect("read").iter().map(|code| code.code.expose().to_owned()).collect()
    }

    fn count_with(&self, identity: &Identity, vault: &Vault) -> u64 {
        let tree = Tree::new(&self.store, HEAD);
        run(tree.read(async |snapshot| {
            OpenBooks::new(snapshot).with_vault(vault.clone()).customers_with(identity).await
        }))
        .expect("counted")
    }

    /// Number of records of a kind.
    fn count_of(&self, kind: u8) -> u64 {
        self.read(async |books| Ok(books.store().count(&Range::prefix(&[kind])).await?))
    }
}

fn refused(reason: Reason) -> CodeCheck {
    CodeCheck::Refused(reason)
}

#[test]
fn a_code_counts_once_and_for_its_number_and_scene_alone() {
    let ledger = Ledger::empty();
    ledger.send_to(NUMBER).expect("sent");
    let (registration, card) = (Scene::Registration, Scene::BankCard);
    assert_eq!(ledger.answer(OTHER_NUMBER, registration, CODE), refused(Reason::CodeWrong));
    assert_eq!(ledger.answer(NUMBER, card, CODE), refused(Reason::CodeWrong));
    assert_eq!(ledger.answer(NUMBER, registration, CODE), CodeCheck::Right);
    assert_eq!(ledger.answer(NUMBER, registration, CODE), refused(Reason::CodeWrong));
}

#[test]
fn codes_of_two_scenes_count_beside_each_other_and_a_new_one_replaces_the_last() {
    let ledger = Ledger::empty();
    for (scene, code) in [
        (Scene::Registration, "111111"),
        (Scene::BankCard, "222222"),
        (Scene::Registration, "333333"),
    ] {
        ledger.send(&order(NUMBER, scene, code)).expect("sent");
    }
    let wrong = refused(Reason::CodeWrong);
    assert_eq!(ledger.answer(NUMBER, Scene::Registration, "111111"), wrong);
    assert_eq!(ledger.answer(NUMBER, Scene::Registration, "333333"), CodeCheck::Right);
    assert_eq!(ledger.answer(NUMBER, Scene::BankCard, "222222"), CodeCheck::Right);
}

#[test]
fn a_code_expires_on_the_second() {
    let ledger = Ledger::empty();
    let right_after = |seconds: i64| {
        ledger.send_to(NUMBER).expect("sent");
        ledger.store.advance(TimeDelta::seconds(seconds));
        ledger.answer(NUMBER, Scene::Registration, CODE)
    };
    assert_eq!(right_after(599), CodeCheck::Right);
    assert_eq!(right_after(600), refused(Reason::CodeExpired));
}

#[test]
fn three_wrong_answers_are_the_end_of_a_code() {
    let ledger = Ledger::empty();
    ledger.send_to(NUMBER).expect("sent");
    for _ in 0..FAILURES_MAX {
        let wrong = ledger.answer(NUMBER, Scene::Registration, "543210");
        assert_eq!(wrong, refused(Reason::CodeWrong));
    }
    for code in ["543210", CODE] {
        let answered = ledger.answer(NUMBER, Scene::Registration, code);
        assert_eq!(answered, refused(Reason::CodeFailedTooOften), "{code}");
    }
    ledger.send_to(NUMBER).expect("sent");
    assert_eq!(ledger.answer(NUMBER, Scene::Registration, CODE), CodeCheck::Right);
}

#[test]
fn a_partner_sends_six_hundred_codes_an_hour_and_three_thousand_a_day() {
    let ledger = Ledger::empty();
    let [one, other] = ["p", "p2"].map(|id| id.parse::<PartnerId>().expect("an id"));
    let send =
        |partner: &PartnerId| ledger.update(async |books| books.count_code_of(partner).await);
    for hour in 0..5 {
        for _ in 0..600 {
            send(&one).expect("sent");
        }
        assert_eq!(send(&one), Err(Reason::SendLimitReached), "hour {hour}");
        send(&other).expect("another partner");
        ledger.store.advance(TimeDelta::minutes(60));
    }
    // An hour is over, the day is not.
    assert_eq!(send(&one), Err(Reason::SendLimitReached));
    ledger.store.advance(TimeDelta::hours(19));
    send(&one).expect("another day");
}

#[test]
fn a_number_is_sent_fifteen_codes_an_hour_and_sixty_a_day() {
    let ledger = Ledger::empty();
    for hour in 0..4 {
        for _ in 0..15 {
            ledger.send_to(NUMBER).expect("sent");
        }
        assert_eq!(ledger.send_to(NUMBER), Err(Reason::SendLimitReached), "hour {hour}");
        ledger.send_to(OTHER_NUMBER).expect("another number");
        ledger.store.advance(TimeDelta::minutes(60));
    }
    // An hour is over, the day is not.
    assert_eq!(ledger.send_to(NUMBER), Err(Reason::SendLimitReached));
    ledger.store.advance(TimeDelta::hours(20));
    for _ in 0..15 {
        ledger.send_to(NUMBER).expect("sent");
    }
}

#[test]
fn numbers_are_forgotten_after_a_day() {
    let ledger = Ledger::empty();
    for last in 0..8 {
        ledger.send_to(&format!("1381111000{last}")).expect("sent");
    }
    // One record and one time for each.
    assert_eq!(ledger.count_of(b'v'), 16);
    ledger.store.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
    ledger.send_to(NUMBER).expect("sent");
    assert_eq!(ledger.count_of(b'v'), 10);
    ledger.send_to(NUMBER).expect("sent");
    assert_eq!(ledger.count_of(b'v'), 2);
}

#[test]
fn a_code_can_be_read_only_if_it_was_issued_so() {
    let ledger = Ledger::empty();
    ledger.send_to(NUMBER).expect("sent");
    assert!(ledger.readable(NUMBER).is_empty());
    let kept = CodeOrder { kept_sealed: true, ..order(NUMBER, Scene::BankCard, "654321") };
    ledger.send(&kept).expect("sent");
    assert_eq!(ledger.readable(NUMBER), ["654321"]);
    assert!(ledger.readable(OTHER_NUMBER).is_empty());
    ledger.store.advance(TimeDelta::minutes(10));
    assert!(ledger.readable(NUMBER).is_empty());
}

#[test]
fn neither_a_number_nor_a_code_is_stored_in_clear() {
    let ledger = Ledger::empty();
    let kept = CodeOrder { kept_sealed: true, ..order(NUMBER, Scene::Registration, "654321") };
    ledger.send(&kept).expect("sent");
    for (key, value) in ledger.store.values() {
        for planted in [NUMBER, "654321"] {
            let found = value.windows(planted.len()).any(|part| part == planted.as_bytes());
            assert!(!found, "{planted} in {key}");
        }
    }
}

fn identities() -> [Identity; 4] {
    [
        Identity::login_name("CUSTOMER001_demo"),
        Identity::mobile(Some("86"), "139 0000 0001").expect("a number"),
        Identity::email("IT@customer001.example"),
        Identity::platform_account("demo", "x-00001"),
    ]
}

#[test]
fn a_book_fills_the_index_of_what_customers_are_told_apart_by() {
    let ledger = Ledger::demo();
    let [name, mobile, email, _] = identities();
    for identity in [name, mobile, email] {
        assert_eq!(ledger.count_with(&identity, &vault()), 1, "{identity:?}");
    }
    for identity in [
        Identity::login_name("customer001"),
        Identity::mobile(None, "13900000099").expect("a number"),
        Identity::email("customer001.example"),
    ] {
        assert_eq!(ledger.count_with(&identity, &vault()), 0, "{identity:?}");
    }
}

fn registration(name: &str) -> Registration {
    Registration {
        caller: caller(DISTRIBUTOR, PartnerKind::Distributor),
        customer_id: format!("new-{name}").parse().expect("an id"),
        account_name: AccountName::parse(name).expect(name),
        mobile: None,
        xaccount_type: "platform".to_owned(),
        xaccount_id: name.to_owned(),
        password: None,
        marketing_off: true,
        association_type: AssociationType::Referral,
        indirect_partner_id: None,
    }
}

#[test]
fn a_new_customer_is_its_partners_with_all_that_was_said_of_it() {
    let ledger = Ledger::demo();
    let id = registration("new_one").customer_id;
    let created =
        ledger.update(async |books| create_customer::create(books, &registration("new_one")).await);
    assert_eq!(created, Ok(Registered::Created));
    let customer = ledger.read(async |books| books.customer(&id).await).expect("there");
    assert_eq!(customer.partner_id.as_str(), DISTRIBUTOR);
    assert_eq!(customer.association_type, AssociationType::Referral);
    assert_eq!((customer.marketing_off, customer.country_code), (Some(true), None));
    ledger.audit();
}

#[test]
fn a_wrong_code_is_counted_in_a_transaction_that_creates_nobody() {
    let ledger = Ledger::demo();
    ledger.send_to(NUMBER).expect("sent");
    let create = |code: &str| {
        let code = VerificationCode::claimed(code);
        let order =
            Registration { mobile: Some((number(NUMBER), code)), ..registration("new_one") };
        ledger.update(async |books| create_customer::create(books, &order).await)
    };
    for _ in 0..FAILURES_MAX {
        assert_eq!(create("543210"), Ok(Registered::CodeRefused(Reason::CodeWrong)));
    }
    let too_often = Ok(Registered::CodeRefused(Reason::CodeFailedTooOften));
    assert_eq!(create(CODE), too_often);
    let id = registration("new_one").customer_id;
    assert_eq!(ledger.read(async |books| books.customer(&id).await), None);
    ledger.send_to(NUMBER).expect("sent");
    assert_eq!(create(CODE), Ok(Registered::Created));
    assert_eq!(create(CODE), Err(Reason::LoginNameTaken));
}

#[test]
fn the_month_of_the_first_consumption_is_the_earliest_in_whatever_order_it_comes() {
    let ledger = Ledger::demo();
    let partner: PartnerId = DISTRIBUTOR.parse().expect("an id");
    let id: CustomerId = "95212c372a93278eb653bdf5ae8a684a".parse().expect("an id");
    let month = |text: &str| text.parse::<crate::value::time::Month>().expect(text);
    for cycle in ["2026-09", "2026-07", "2026-11", "2026-07"] {
        ledger
            .update(async |books| books.add_consumption(&partner, month(cycle), &id).await)
            .expect("added");
    }
    let tags = ledger.read(async |books| {
        let ids = [id.clone(), id.clone()];
        books.new_customer_tags(&partner, Some(&ids), month("2026-11"), Slice::first(10)).await
    });
    assert_eq!(tags.len(), 1, "named twice, answered once");
    assert_eq!(tags[0].1.months, Some((month("2026-07"), month("2027-06"))));
    let consuming = |cycle: &str| {
        ledger.read(async |books| {
            books.consuming_customers(&partner, month(cycle), Slice::first(100)).await
        })
    };
    assert_eq!(consuming("2026-07").items, [id]);
    assert_eq!(consuming("2026-06").total_count, 0);
}
