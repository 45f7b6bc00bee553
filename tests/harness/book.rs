//! What a book means, calculated from its lines alone.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rust_decimal::Decimal;

use crate::harness::contract;
use crate::harness::json::Json;
use crate::harness::signer::Key;

/// A book: its text and its lines.
pub struct Book {
    text: String,
    lines: Vec<Json>,
}

/// The demo book.
pub static DEMO: LazyLock<Book> =
    LazyLock::new(|| Book::new(include_str!("../fixtures/demo.ndjson").to_owned()));

/// What a partner's account of one type holds.
#[derive(Debug, PartialEq)]
pub struct Balance {
    pub account_type: i64,
    pub amount: Decimal,
    /// The limit, of credit only.
    pub credit_amount: Option<Decimal>,
}

impl Book {
    pub fn new(text: String) -> Self {
        let lines = text.lines().map(|line| Json::parse(line).expect("a book is NDJSON")).collect();
        Self { text, lines }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// The lines of one kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Json> {
        self.lines.iter().filter(move |line| line.text_at("kind") == kind)
    }

    /// The lines of one kind in which a member has this text.
    pub fn with(&self, kind: &str, name: &str, value: &str) -> impl Iterator<Item = &Json> {
        self.of_kind(kind)
            .filter(move |line| line.get(name).is_some_and(|text| *text == Json::text(value)))
    }

    /// Ids of the partners of a kind.
    pub fn partners(&self, kind: &str) -> Vec<&str> {
        let partners = self.with("partner", "partner_kind", kind);
        partners.map(|partner| partner.text_at("partner_id")).collect()
    }

    /// Ids of the customers of a partner and an association type.
    pub fn customers(&self, partner_id: &str, association_type: &str) -> Vec<&str> {
        let customers = self.with("customer", "partner_id", partner_id);
        let customers =
            customers.filter(|customer| customer.text_at("association_type") == association_type);
        customers.map(|customer| customer.text_at("customer_id")).collect()
    }

    /// The access key of a partner or customer.
    pub fn key(&self, principal_id: &str) -> Key {
        let mut keys = self.of_kind("access_key");
        let is_its = |line: &&Json| {
            let principal = line.get("partner_id").or(line.get("customer_id"));
            principal.is_some_and(|id| id.as_text() == principal_id)
        };
        let line = keys.find(is_its).unwrap_or_else(|| panic!("no key for {principal_id}"));
        Key {
            access_key_id: line.text_at("access_key_id").to_owned(),
            secret_key: line.text_at("secret_key").to_owned(),
            principal_id: principal_id.to_owned(),
        }
    }

    /// What came into a tenant from outside: the bookings and the quotas.
    pub fn outside_sum(&self, tenant_id: &str) -> Decimal {
        let bookings =
            self.with("booking", "tenant_id", tenant_id).map(|line| amount(line, "amount"));
        let quotas = self.with("coupon_quota", "tenant_id", tenant_id);
        let quotas = quotas.map(|line| amount(line, "quota_value"));
        let coupons = self.with("cloud_coupon", "tenant_id", tenant_id);
        let coupons = coupons.map(|line| amount(line, "face_value"));
        bookings.chain(quotas).chain(coupons).sum()
    }

    /// A partner's balances: one account always, credit only when it was granted.
    pub fn balances(&self, partner_id: &str) -> Vec<Balance> {
        let sum = |account_type: &str| -> Option<Decimal> {
            let bookings = self.with("booking", "partner_id", partner_id);
            let account_type = Json::number(account_type);
            let bookings = bookings.filter(|line| *line.at("account_type") == account_type);
            let amounts: Vec<Decimal> = bookings.map(|line| amount(line, "amount")).collect();
            (!amounts.is_empty()).then(|| amounts.into_iter().sum())
        };
        let cash =
            Balance { account_type: 1, amount: sum("1").unwrap_or_default(), credit_amount: None };
        let credit = sum("2").map(|limit| Balance {
            account_type: 2,
            amount: limit,
            credit_amount: Some(limit),
        });
        [cash].into_iter().chain(credit).collect()
    }

    /// What is left of a quota before any coupon is issued.
    pub fn quota_balance(&self, quota_id: &str) -> Decimal {
        let outside = self.with("coupon_quota", "quota_id", quota_id);
        let value: Decimal = outside.map(|line| amount(line, "quota_value")).sum();
        let granted = self.with("quota_grant", "quota_id", quota_id);
        let granted: Decimal = granted.map(|line| amount(line, "amount")).sum();
        let given = self.with("quota_grant", "parent_quota_id", quota_id);
        let given: Decimal = given.map(|line| amount(line, "amount")).sum();
        value + granted - given
    }

    /// A customer's review as the partner is told of it: the latest one.
    pub fn latest_review(&self, customer_id: &str) -> Option<&Json> {
        let reviews = self.with("realname_review", "customer_id", customer_id);
        reviews.max_by_key(|review| review.text_at("submitted_at"))
    }

    /// A partner's customers as the API answers them, in the order of their ids.
    pub fn customer_infos(&self, partner_id: &str) -> Vec<Json> {
        let customers = self.with("customer", "partner_id", partner_id).map(|line| {
            let mut info = on_the_wire("ListSubCustomers", "customer_infos", line);
            let Json::Object(members) = &mut info else { unreachable!("it is a line") };
            members.insert("is_frozen".to_owned(), Json::number("0"));
            members.entry("account_name".to_owned()).or_insert(Json::text(""));
            info
        });
        sorted_by(customers.collect(), "customer_id")
    }

    /// A distributor's resellers as the API answers them, in the order of their ids.
    pub fn resellers(&self, distributor_id: &str) -> Vec<Json> {
        let resellers = self.with("partner", "distributor_id", distributor_id).map(|line| {
            let mut info = on_the_wire("ListIndirectPartners", "indirect_partners", line);
            let Json::Object(members) = &mut info else { unreachable!("it is a line") };
            members.insert("indirect_partner_id".to_owned(), line.at("partner_id").clone());
            info
        });
        sorted_by(resellers.collect(), "indirect_partner_id")
    }

    /// Customers with a fee record of a partner's month, in the order of their ids.
    pub fn consuming_customers(&self, partner_id: &str, cycle: &str) -> Vec<&str> {
        let records = self.with("fee_record", "partner_id", partner_id);
        let records = records.filter(|line| line.text_at("bill_cycle") == cycle);
        let ids: BTreeSet<&str> = records.map(|line| line.text_at("customer_id")).collect();
        ids.into_iter().collect()
    }

    /// The fee records of a customer's month as the API answers them.
    pub fn fee_records(&self, partner_id: &str, cycle: &str, customer_id: &str) -> Vec<Json> {
        let lines = self
            .with("fee_record", "partner_id", partner_id)
            .filter(|line| line.text_at("bill_cycle") == cycle)
            .filter(|line| line.text_at("customer_id") == customer_id);
        lines.map(|line| on_the_wire("ListSubCustomerBillDetail", "fee_records", line)).collect()
    }

    /// The sums of a partner's month as the API answers them.
    pub fn monthly_bills(&self, partner_id: &str, cycle: &str, charge_mode: &str) -> Vec<Json> {
        let lines = self
            .with("monthly_bill", "partner_id", partner_id)
            .filter(|line| line.text_at("cycle") == cycle)
            .filter(|line| line.text_at("charge_mode") == charge_mode);
        lines
            .map(|line| on_the_wire("ListSubcustomerMonthlyBills", "bill_sums", line))
            .map(|mut sum| {
                // All amounts are in yuan.
                let Json::Object(members) = &mut sum else { unreachable!("it is a line") };
                members.insert("measure_id".to_owned(), Json::number("1"));
                sum
            })
            .collect()
    }
}

/// A line with a fee record: the demo book's first, with these members in place of its own.
pub fn fee_record(members: &serde_json::Value) -> String {
    let mut records = DEMO.text().lines().filter(|line| line.contains("\"fee_record\""));
    let first = records.next().expect("the demo book has fee records");
    let mut line: serde_json::Value = serde_json::from_str(first).expect("a line is JSON");
    for (name, value) in members.as_object().expect("an object") {
        line[name] = value.clone();
    }
    format!("{line}\n")
}

/// A decimal that a book has as text.
pub fn amount(line: &Json, name: &str) -> Decimal {
    let digits = line.text_at(name);
    Decimal::from_str_exact(digits).unwrap_or_else(|_| panic!("{digits} is not an amount"))
}

/// A line as an item of an operation's list: the fields that the contract has, numbers as numbers.
fn on_the_wire(operation: &str, list_field: &str, line: &Json) -> Json {
    let fields = contract::list(&contract::operation(operation)["response"]["fields"]);
    let list_field = fields.iter().find(|field| field["name"] == list_field);
    as_item(&list_field.expect("the list")["items"], line)
}

fn as_item(schema: &serde_json::Value, value: &Json) -> Json {
    match (contract::text(&schema["type"]), value) {
        ("object", Json::Object(members)) => {
            let fields = contract::list(&schema["fields"]);
            let known = members.iter().filter_map(|(name, value)| {
                let field = fields.iter().find(|field| field["name"] == name.as_str())?;
                Some((name.clone(), as_item(field, value)))
            });
            Json::Object(known.collect())
        }
        ("array", Json::List(items)) => {
            Json::List(items.iter().map(|item| as_item(&schema["items"], item)).collect())
        }
        ("number", Json::Text(digits)) => Json::number(digits),
        _ => value.clone(),
    }
}

/// Items in the order of a text that each has.
fn sorted_by(mut items: Vec<Json>, name: &str) -> Vec<Json> {
    items.sort_by(|one, other| one.text_at(name).cmp(other.text_at(name)));
    items
}

/// Items in an order of their own, to compare two lists as sets that may hold an item twice.
pub fn sorted(items: &[Json]) -> Vec<Json> {
    let mut keyed: Vec<(String, Json)> =
        items.iter().map(|item| (identity(item), item.clone())).collect();
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// All texts of an item: two items with the same texts are the same.
fn identity(item: &Json) -> String {
    let Json::Object(members) = item else {
        return format!("{item:?}");
    };
    let texts = members.iter().filter(|(_, value)| matches!(value, Json::Text(_)));
    texts.map(|(name, value)| format!("{name}={value:?};")).collect()
}

/// The sum of a number over items that have it.
pub fn total(items: &[Json], name: &str) -> Decimal {
    items.iter().filter_map(|item| item.get(name)).map(Json::as_decimal).sum()
}

/// Checks that a list has exactly the expected items, counted, in the one currency, and that each
/// of their amounts adds up. `list` and `count` name the fields of the answer.
pub fn assert_bills(
    body: &Json,
    (list, count): (&str, &str),
    amounts: &[&str],
    expected: &[Json],
    what: &str,
) {
    let items = body.at(list).as_list();
    let expected_count = i64::try_from(expected.len()).expect("fits");
    assert_eq!(body.at(count).as_integer(), expected_count, "{what}");
    assert_eq!(body.text_at("currency"), "CNY");
    assert_eq!(sorted(items), sorted(expected), "{what}");
    for name in amounts {
        assert_eq!(total(items, name), total(expected, name), "{what} {name}");
    }
}
