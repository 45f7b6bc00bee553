//! Each kind of line, and each reason to refuse one.

use super::*;
use crate::books::OpenBooks;
use crate::security::secret::SecretError;
use crate::security::vault::Vault;
use crate::store::memory::{MemoryStore, run};
use crate::store::{Meta, Reader, Tree};

const HEAD: &str = "head.book";

/// A store, and the master key to its personal data.
struct Ledger(MemoryStore, String);

impl Ledger {
    /// A ledger with what most lines refer to.
    fn new() -> Self {
        let ledger = Self(MemoryStore::new(1), "5a".repeat(32));
        run(Tree::new(&ledger.0, HEAD).create("t")).expect("created");
        for line in [
            r#"{"kind":"partner","partner_id":"d","partner_kind":"distributor"}"#,
            r#"{"kind":"partner","partner_id":"d2","partner_kind":"distributor"}"#,
            r#"{"kind":"partner","partner_id":"r","partner_kind":"reseller","distributor_id":"d"}"#,
            r#"{"kind":"customer","customer_id":"c","partner_id":"d","association_type":"2"}"#,
            QUOTA,
        ] {
            assert_eq!(ledger.apply(line), Ok(Outcome::Applied), "{line}");
        }
        ledger
    }

    fn apply(&self, line: &str) -> Result<Outcome, Reason> {
        let line = line.replacen('{', r#"{"tenant_id":"t","#, 1);
        let Content::Entry(entry) = Line::parse(&line)?.content else { panic!("{line}") };
        let meta = Meta { caller: "operator".to_owned(), operation: "book".to_owned() };
        let tree = Tree::new(&self.0, HEAD);
        run(tree.update(&meta, async |transaction| {
            let vault = Vault::new(&self.1, [9; 16]);
            let mut books = BooksMut::new(transaction).with_vault(vault);
            prefetch(&books, [&entry]).await?;
            apply(&mut books, &entry).await
        }))
    }

    fn transactions(&self) -> u64 {
        let tree = Tree::new(&self.0, HEAD);
        run(tree.read::<_, Reason>(async |snapshot| Ok(snapshot.sequence()))).expect("read")
    }

    fn balance(&self, account: &str) -> Option<String> {
        let id = account.parse().expect(account);
        let tree = Tree::new(&self.0, HEAD);
        let account = run(tree.read(async |snapshot| OpenBooks::new(snapshot).account(&id).await));
        account.expect("read").map(|account| account.balance.to_string())
    }
}

const QUOTA: &str = r#"{"kind":"coupon_quota","quota_id":"q","partner_id":"d","quota_type":0,
    "quota_value":"100.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z",
    "effective_time":"2026-01-01T00:00:00Z","expire_time":"2027-01-01T00:00:00Z"}"#;

const GRANT: &str = r#"{"kind":"quota_grant","parent_quota_id":"q","quota_id":"q2",
    "indirect_partner_id":"r","amount":"60","at":"2026-06-01T00:00:00Z"}"#;

const BOOKING: &str = r#"{"kind":"booking","booking_id":"b","partner_id":"d","account_type":1,
    "amount":"10.00","trade_type":"RECHARGE","at":"2026-01-01T00:00:00Z"}"#;

const CUSTOMER: &str = r#"{"kind":"customer","customer_id":"c2","partner_id":"r",
    "association_type":"1","customer_type":-1,"verified_status":"-1"}"#;

const REVIEW: &str = r#"{"kind":"realname_review","review_id":"v","customer_id":"c",
    "submitted_at":"2026-01-01T00:00:00Z","review_result":1,"opinion":"no"}"#;

const FEE_RECORD: &str = r#"{"kind":"fee_record","id":"f","partner_id":"d","customer_id":"c",
    "bill_cycle":"2026-01","payment_amount":"-0","official_amount":"1.50"}"#;

const MONTHLY_BILL: &str = r#"{"kind":"monthly_bill","partner_id":"d","cycle":"2026-01",
    "customer_id":"c","cloud_service_type":"s","resource_type_code":"t","charge_mode":"3",
    "bill_type":"0","amount":"1.50"}"#;

const PARTNER: &str = r#"{"kind":"partner","partner_id":"r2","partner_kind":"reseller",
    "distributor_id":"d","name":"R2"}"#;

#[test]
fn each_kind_is_applied_once_and_refused_with_other_content() {
    for (line, changed) in [
        (PARTNER, PARTNER.replace("R2", "R3")),
        (CUSTOMER, CUSTOMER.replace("\"1\"", "\"2\"")),
        (BOOKING, BOOKING.replace("10.00", "10.01")),
        (GRANT, GRANT.replace("60", "59")),
        (REVIEW, REVIEW.replace("no", "yes")),
        (FEE_RECORD, FEE_RECORD.replace("1.50", "1.51")),
        (MONTHLY_BILL, MONTHLY_BILL.replace("1.50", "1.51")),
    ] {
        let ledger = Ledger::new();
        assert_eq!(ledger.apply(line), Ok(Outcome::Applied), "{line}");
        let transactions = ledger.transactions();
        assert_eq!(ledger.apply(line), Ok(Outcome::Skipped), "{line}");
        assert_eq!(ledger.apply(&changed), Err(Reason::ContentDiffers), "{changed}");
        assert_eq!(ledger.transactions(), transactions);
    }
}

#[test]
fn a_quota_from_outside_and_a_granted_one_share_their_identities() {
    let ledger = Ledger::new();
    let grant = GRANT.replace("\"q2\"", "\"q\"");
    assert_eq!(ledger.apply(&grant), Err(Reason::ContentDiffers));
    assert_eq!(ledger.apply(GRANT), Ok(Outcome::Applied));
    let quota = QUOTA.replace("\"q\"", "\"q2\"");
    assert_eq!(ledger.apply(&quota), Err(Reason::ContentDiffers));
}

#[test]
fn refuses_unknown_references() {
    let ledger = Ledger::new();
    let transactions = ledger.transactions();
    for (line, kind) in [
        (PARTNER.replace("\"d\"", "\"x\""), "partner"),
        (CUSTOMER.replace("\"r\"", "\"x\""), "partner"),
        (BOOKING.replace("\"d\"", "\"x\""), "partner"),
        (BOOKING.replace("\"partner_id\":\"d\"", "\"customer_id\":\"x\""), "customer"),
        (QUOTA.replace("\"d\"", "\"x\"").replace("\"q\"", "\"q3\""), "partner"),
        (GRANT.replace("\"q\"", "\"x\""), "quota"),
        (GRANT.replace("\"r\"", "\"x\""), "partner"),
        (REVIEW.replace("\"c\"", "\"x\""), "customer"),
        (FEE_RECORD.replace("\"c\"", "\"x\""), "customer"),
        (FEE_RECORD.replace("\"d\"", "\"x\""), "partner"),
        (MONTHLY_BILL.replace("\"c\"", "\"x\""), "customer"),
    ] {
        let unknown = Reason::UnknownReference { kind, id: "x".to_owned() };
        assert_eq!(ledger.apply(&line), Err(unknown), "{line}");
    }
    assert_eq!(ledger.transactions(), transactions);
}

#[test]
fn refuses_what_contradicts_itself_or_the_books() {
    let ledger = Ledger::new();
    let transactions = ledger.transactions();
    let other_quota = QUOTA.replace("\"q\"", "\"q3\"");
    for line in [
        PARTNER.replace("\"d\"", "\"r\""),
        PARTNER.replace("reseller", "distributor"),
        r#"{"kind":"partner","partner_id":"x","partner_kind":"reseller"}"#.to_owned(),
        other_quota.replace("2027-01-01", "2026-01-01"),
        other_quota.replace("\"quota_status\":0", "\"quota_status\":6"),
        BOOKING.replace("\"partner_id\":\"d\",", ""),
        BOOKING.replace("\"d\"", "\"d\",\"customer_id\":\"c\""),
        FEE_RECORD.replace("\"d\"", "\"r\""),
        MONTHLY_BILL.replace("\"d\"", "\"r\""),
    ] {
        let refused = ledger.apply(&line);
        assert!(matches!(refused, Err(Reason::Contradiction(_))), "{refused:?} {line}");
    }
    for (line, reason) in [
        (BOOKING.replace("10.00", "0"), Reason::AmountNotPositive),
        (BOOKING.replace("10.00", "-1"), Reason::AmountNotPositive),
        (BOOKING.replace("10.00", "10000000000000"), Reason::AmountTooLarge),
        (other_quota.replace("100.00", "0.00"), Reason::AmountNotPositive),
        (GRANT.replace("\"60\"", "\"0\""), Reason::AmountNotPositive),
        (GRANT.replace("60", "100.01"), Reason::QuotaExhausted),
        (GRANT.replace("\"r\"", "\"d2\""), Reason::NotYourReseller),
        (GRANT.replace("2026-06", "2025-06"), Reason::QuotaNotInEffect),
        (GRANT.replace("2026-06", "2027-06"), Reason::QuotaNotInEffect),
    ] {
        assert_eq!(ledger.apply(&line), Err(reason), "{line}");
    }
    assert_eq!(ledger.transactions(), transactions);
}

#[test]
fn only_a_distributor_grants_and_never_from_a_quota_that_is_not_usable() {
    let ledger = Ledger::new();
    assert_eq!(ledger.apply(GRANT), Ok(Outcome::Applied));
    assert_eq!(ledger.balance("Qq").as_deref(), Some("40.00"));
    assert_eq!(ledger.balance("Qq2").as_deref(), Some("60"));
    let again = GRANT.replace("\"q2\"", "\"q3\"").replace("\"q\"", "\"q2\"");
    assert_eq!(ledger.apply(&again), Err(Reason::CallerNotPermitted));
    let frozen = QUOTA.replace("\"q\"", "\"q4\"").replace("status\":0", "status\":5");
    assert_eq!(ledger.apply(&frozen), Ok(Outcome::Applied));
    let from_frozen = GRANT.replace("\"q2\"", "\"q5\"").replace("\"q\"", "\"q4\"");
    assert_eq!(ledger.apply(&from_frozen), Err(Reason::QuotaNotGrantable));
}

#[test]
fn a_booking_opens_credit_and_raises_its_limit() {
    let ledger = Ledger::new();
    let credit = BOOKING.replace("\"account_type\":1", "\"account_type\":2");
    assert_eq!(ledger.balance("Rd"), None);
    assert_eq!(ledger.apply(&credit), Ok(Outcome::Applied));
    assert_eq!(ledger.apply(&credit.replace("\"b\"", "\"b2\"")), Ok(Outcome::Applied));
    assert_eq!(ledger.balance("Rd").as_deref(), Some("20.00"));
    assert_eq!(ledger.balance("Bd").as_deref(), Some("0"));
    assert_eq!(ledger.balance("Cc").as_deref(), Some("0"));
    // The quota of 100 came from outside too.
    assert_eq!(ledger.balance("O").as_deref(), Some("-120.00"));
}

#[test]
fn a_booking_may_be_what_a_customer_pays_in_itself() {
    let ledger = Ledger::new();
    let booking = BOOKING.replace("\"partner_id\":\"d\"", "\"customer_id\":\"c\"");
    assert_eq!(ledger.apply(&booking), Ok(Outcome::Applied));
    assert_eq!(ledger.apply(&booking), Ok(Outcome::Skipped));
    assert_eq!(ledger.apply(&BOOKING.replace("\"b\"", "\"b2\"")), Ok(Outcome::Applied));
    assert_eq!(ledger.balance("Cc").as_deref(), Some("10.00"));
    assert_eq!(ledger.balance("Bd").as_deref(), Some("10.00"));
    assert_eq!(ledger.balance("O").as_deref(), Some("-120.00"));
}

#[test]
fn a_key_belongs_to_a_partner_or_to_a_customer() {
    let ledger = Ledger::new();
    let ask = |holder: &str| {
        let line = format!(
            r#"{{"kind":"access_key","tenant_id":"t","access_key_id":"AK",
                "secret_key":"secret-of-the-key"{holder}}}"#
        );
        let Content::AccessKey(access_key) = Line::parse(&line).expect("a line").content else {
            panic!("{line}")
        };
        let tree = Tree::new(&ledger.0, HEAD);
        let (partner, customer) = (access_key.partner_id, access_key.customer_id);
        let found = run(tree.read(async |snapshot| {
            principal(&OpenBooks::new(snapshot), partner.as_ref(), customer.as_ref()).await
        }));
        found.map(|principal| principal.name())
    };
    assert_eq!(ask(r#","partner_id":"d""#), Ok("partner d".to_owned()));
    assert_eq!(ask(r#","customer_id":"c""#), Ok("customer c".to_owned()));
    let unknown = |kind| Err(Reason::UnknownReference { kind, id: "x".to_owned() });
    assert_eq!(ask(r#","partner_id":"x""#), unknown("partner"));
    assert_eq!(ask(r#","customer_id":"x""#), unknown("customer"));
    for holder in ["", r#","partner_id":"d","customer_id":"c""#] {
        assert!(matches!(ask(holder), Err(Reason::Contradiction(_))));
    }
}

/// Whether a text lies anywhere in a store.
fn holds(store: &MemoryStore, text: &str) -> bool {
    let text = text.as_bytes();
    store.values().values().any(|value| value.windows(text.len()).any(|window| window == text))
}

#[test]
fn a_contact_is_sealed_and_compared() {
    let ledger = Ledger::new();
    let customer = CUSTOMER.replace('}', r#","telephone":"13912345678","email":"c@example.org"}"#);
    let partner = PARTNER.replace('}', r#","mobile_phone":"13887654321"}"#);
    for (line, changed) in
        [(&customer, customer.replace("139", "138")), (&partner, PARTNER.to_owned())]
    {
        assert_eq!(ledger.apply(line), Ok(Outcome::Applied), "{line}");
        assert_eq!(ledger.apply(line), Ok(Outcome::Skipped), "{line}");
        assert_eq!(ledger.apply(&changed), Err(Reason::ContentDiffers), "{changed}");
    }
    for text in ["13912345678", "c@example.org", "13887654321"] {
        assert!(!holds(&ledger.0, text), "{text}");
    }
    let id: CustomerId = "c2".parse().expect("id");
    let contact = run(Tree::new(&ledger.0, HEAD).read(async |snapshot| {
        let books = OpenBooks::new(snapshot).with_vault(Vault::new(&ledger.1, [0; 16]));
        books.contact(Subject::Customer(&id)).await
    }));
    let contact = contact.expect("opened");
    assert_eq!(contact.telephone.as_deref(), Some("13912345678"));
    assert_eq!(contact.email.as_deref(), Some("c@example.org"));
}

#[test]
fn a_contact_needs_a_master_key() {
    let ledger = Ledger::new();
    let closed = Ledger(ledger.0, String::new());
    let customer = CUSTOMER.replace('}', r#","telephone":"13912345678"}"#);
    let refused = closed.apply(&customer);
    assert_eq!(refused, Err(Reason::Secret(SecretError::MasterKeyMissing)));
    assert_eq!(closed.apply(CUSTOMER), Ok(Outcome::Applied));
}

#[test]
fn an_enterprise_has_a_master_an_organisation_and_members() {
    let ledger = Ledger::new();
    let customer = |id: &str, partner: &str, association: &str| {
        format!(
            r#"{{"kind":"customer","customer_id":"{id}","partner_id":"{partner}","association_type":"{association}"}}"#
        )
    };
    for (id, partner, association) in [
        ("m", "d", "1"),
        ("a", "d", "1"),
        ("b", "d", "1"),
        ("funded", "d", "2"),
        ("elsewhere", "d2", "1"),
    ] {
        assert_eq!(ledger.apply(&customer(id, partner, association)), Ok(Outcome::Applied));
    }
    let part = |id: &str, parent: &str| {
        format!(
            r#"{{"kind":"organization","customer_id":"m","org_id":"{id}","parent_id":"{parent}"}}"#
        )
    };
    let member = |id: &str, rest: &str| {
        format!(
            r#"{{"kind":"enterprise_member","master_id":"m","customer_id":"{id}","joined_at":"2026-01-01T00:00:00Z"{rest}}}"#
        )
    };
    let root = r#"{"kind":"enterprise","customer_id":"m","org_id":"1","name":"E"}"#.to_owned();
    let unknown = |kind, id: &str| Err(Reason::UnknownReference { kind, id: id.to_owned() });
    let no_master = "the customer is no master of an enterprise";
    let is_part = "the customer is part of an enterprise";
    let unequal = "a member has the partner and the association type of its master";
    for (line, outcome) in [
        (part("2", "1"), Err(Reason::Contradiction(no_master))),
        (member("a", ""), Err(Reason::Contradiction(no_master))),
        (
            root.replace("\"1\"", "\"one\""),
            Err(Reason::Contradiction("an org_id has 1 to 20 digits")),
        ),
        (root.replace("\"m\"", "\"x\""), unknown("customer", "x")),
        (root.clone(), Ok(Outcome::Applied)),
        (root.clone(), Ok(Outcome::Skipped)),
        (root.replace("\"1\"", "\"2\""), Err(Reason::ContentDiffers)),
        (part("2", "1"), Ok(Outcome::Applied)),
        (part("2", "1"), Ok(Outcome::Skipped)),
        (part("1", "2"), Err(Reason::ContentDiffers)),
        (part("3", "9"), unknown("organization", "9")),
        (part("3", "3"), unknown("organization", "3")),
        (member("a", r#","org_id":"9""#), unknown("organization", "9")),
        (member("funded", ""), Err(Reason::Contradiction(unequal))),
        (member("elsewhere", ""), Err(Reason::Contradiction(unequal))),
        (member("m", ""), Err(Reason::Contradiction(is_part))),
        (member("a", r#","org_id":"2","financial_custody":1"#), Ok(Outcome::Applied)),
        (member("a", r#","org_id":"2","financial_custody":1"#), Ok(Outcome::Skipped)),
        (member("a", ""), Err(Reason::ContentDiffers)),
        (root.replace("\"m\"", "\"a\""), Err(Reason::Contradiction(is_part))),
        (member("b", ""), Ok(Outcome::Applied)),
    ] {
        assert_eq!(ledger.apply(&line), outcome, "{line}");
    }
    for level in 3..=10 {
        let line = part(&level.to_string(), &(level - 1).to_string());
        assert_eq!(ledger.apply(&line), Ok(Outcome::Applied), "{line}");
    }
    let too_deep = Reason::Contradiction("an organisation has 10 levels at most");
    assert_eq!(ledger.apply(&part("11", "10")), Err(too_deep));
}

#[test]
fn credit_of_a_customer_is_one_account_for_each_second() {
    let ledger = Ledger::new();
    let booking = |id: &str, account_type: u8, rest: &str| {
        format!(
            r#"{{"kind":"booking","booking_id":"{id}","customer_id":"c","account_type":{account_type},"amount":"5.00","at":"2026-01-01T00:00:00Z"{rest}}}"#
        )
    };
    let (soon, past) =
        (r#","expire_time":"2027-01-01T00:00:00Z""#, r#","expire_time":"2026-01-01T00:00:00Z""#);
    let fault = "only credit of a customer expires, and after it was granted";
    for (line, outcome) in [
        (booking("1", 2, ""), Ok(Outcome::Applied)),
        (booking("2", 2, soon), Ok(Outcome::Applied)),
        (booking("3", 2, soon), Ok(Outcome::Applied)),
        (booking("3", 2, soon), Ok(Outcome::Skipped)),
        (booking("4", 2, past), Err(Reason::Contradiction(fault))),
        (booking("4", 1, soon), Err(Reason::Contradiction(fault))),
    ] {
        assert_eq!(ledger.apply(&line), outcome, "{line}");
    }
    assert_eq!(ledger.balance("Ec~-").as_deref(), Some("5.00"));
    assert_eq!(ledger.balance("Ec~2027-01-01T00:00:00Z").as_deref(), Some("10.00"));
}
