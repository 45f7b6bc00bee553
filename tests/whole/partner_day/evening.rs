//! The evening: every list of the day, calculated from the test's own book and compared with what
//! the SDK answers.

use chrono::{DateTime, Months, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::double_entry::{Account, Kind, Line, Movement};
use super::{Coupon, Day, REFERRAL, RESALE, RESELLERS};
use crate::harness::book::{assert_bills, total};
use crate::harness::json::Json;
use crate::harness::money::{self, decimal};
use crate::harness::registration::MOBILE;
use crate::harness::signer::Key;

/// Stands for a time of the day, in what is expected.
pub const TODAY: &str = "a time of today";
/// Stands for an id that the books made up.
pub const SOME: &str = "some id";

/// The name in each of the enterprises' submissions.
const COMPANY: &str = "Example Trading Ltd.";

/// The lists of the API and their counts.
const RECORDS: (&str, &str) = ("records", "total_count");
const QUOTAS: (&str, &str) = ("quotas", "total_count");
const COUPONS: (&str, &str) = ("user_coupons", "total_count");

/// Before all that a book has booked: by default only the last year is shown.
const EVER: &str = "2000-01-01";

/// An object of those members that there are.
fn object<'n>(members: impl IntoIterator<Item = (&'n str, Option<Json>)>) -> Json {
    let there = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(there.collect())
}

fn text(text: &str) -> Option<Json> {
    Some(Json::text(text))
}

fn number(amount: Decimal) -> Option<Json> {
    Some(Json::number(&amount.to_string()))
}

fn integer(number: i64) -> Option<Json> {
    Some(Json::number(&number.to_string()))
}

/// An amount that the API writes as a text.
fn digits(amount: Decimal) -> Option<Json> {
    text(&format!("{amount:.2}"))
}

fn with(mut fields: Value, name: &str, value: impl Into<Value>) -> Value {
    fields[name] = value.into();
    fields
}

fn owner(account: &Account) -> &str {
    match account {
        Account::Outside | Account::Cloud => "",
        Account::Cash(id) | Account::Credit(id) | Account::Quota(id) | Account::Coupon(id) => id,
    }
}

/// How a partner's or customer's statement names a movement, and what came or went.
fn trade_detail(kind: Kind) -> &'static str {
    match kind {
        Kind::Booking => "SOURCE_OPERAIION_RECHARGE",
        Kind::Allocation => "SOURCE_OPERATION_BEADJUST",
        Kind::Reclaim => "SOURCE_OPERATION_BERETRIEVE",
        Kind::Issue => "SOURCE_OPERAIION_PRIZE",
        Kind::CouponReclaim => "SOURCE_OPERATION_COUPONCANCEL",
        Kind::NewQuota | Kind::Grant | Kind::QuotaReclaim | Kind::Payment | Kind::Refund => {
            panic!("no statement has {kind:?}")
        }
    }
}

/// Who is above and who below in a movement between two of a chain: partner, reseller, customer;
/// or quota, part of it, coupon.
fn above_and_below(movement: &Movement) -> (&str, &str) {
    let (from, to) = (owner(&movement.from), owner(&movement.to));
    match movement.kind {
        Kind::Reclaim | Kind::QuotaReclaim | Kind::CouponReclaim => (to, from),
        _ => (from, to),
    }
}

impl Day {
    /// A list is exactly what is expected, in its order, whole and item by item.
    fn assert_lists(
        &self,
        key: &Key,
        operation: &str,
        fields: &Value,
        (list, count): (&str, &str),
        expected: &[Json],
    ) -> Json {
        let page = |offset: usize, limit: usize| {
            let fields = with(with(fields.clone(), "offset", offset), "limit", limit);
            self.ask(key, operation, &fields)
        };
        let length = i64::try_from(expected.len()).expect("fits");
        let whole = page(0, 100);
        let items = whole.at(list).as_list();
        let settled = self.settle(&Json::List(expected.to_vec()), whole.at(list));
        assert_eq!(*whole.at(list), settled, "{operation} {fields}");
        assert_eq!(whole.at(count).as_integer(), length, "{operation} {fields}");
        for (offset, item) in items.iter().enumerate() {
            let body = page(offset, 1);
            assert_eq!(
                body.at(list).as_list(),
                std::slice::from_ref(item),
                "{operation} {fields} {offset}"
            );
            assert_eq!(body.at(count).as_integer(), length, "{operation} {fields} {offset}");
        }
        assert_eq!(page(items.len(), 1).at(list).as_list(), [], "{operation} {fields}");
        whole
    }

    /// What is expected, with the ids and times of the answer where only their kind is known.
    fn settle(&self, expected: &Json, answered: &Json) -> Json {
        match (expected, answered) {
            (Json::Text(any), Json::Text(id)) if any == SOME && !id.is_empty() => answered.clone(),
            (Json::Text(any), Json::Text(time)) if any == TODAY => {
                let time: DateTime<Utc> = time.parse().expect("a time");
                let day = self.began.timestamp()..=Utc::now().timestamp();
                assert!(day.contains(&time.timestamp()), "{time} is not in {day:?}");
                answered.clone()
            }
            (Json::Object(members), _) => {
                let members = members.iter().map(|(name, value)| {
                    let answered = answered.get(name).unwrap_or(&Json::Null);
                    (name.clone(), self.settle(value, answered))
                });
                Json::Object(members.collect())
            }
            (Json::List(items), Json::List(answers)) if items.len() == answers.len() => {
                let pairs = items.iter().zip(answers);
                Json::List(pairs.map(|(item, answer)| self.settle(item, answer)).collect())
            }
            _ => expected.clone(),
        }
    }

    fn of_reseller(&self, fields: Value) -> Value {
        with(fields, "indirect_partner_id", self.reseller())
    }

    fn held(&self, owner: &str) -> Decimal {
        self.ledger.balance(&Account::Cash(owner.to_owned()))
    }
}

/// Balances, statements and records of money.
impl Day {
    pub fn compare_money(&self) {
        self.compare_partner_balances();
        self.compare_customer_balances();
        self.compare_partner_statements();
        self.compare_customer_statement();
        let operation = "ListPartnerAdjustRecords";
        let key = &self.tenant.distributor;
        let own = self.adjust_records(self.distributor());
        self.assert_lists(key, operation, &json!({}), RECORDS, &own);
        let theirs = self.adjust_records(self.reseller());
        self.assert_lists(key, operation, &self.of_reseller(json!({})), RECORDS, &theirs);
    }

    fn compare_partner_balances(&self) {
        let credit = self.ledger.balance(&Account::Credit(self.distributor().to_owned()));
        let other = with(json!({}), "indirect_partner_id", &*self.tenant.other_reseller_id);
        for (fields, expected) in [
            (json!({}), vec![(1, self.held(self.distributor()), None), (2, credit, Some(credit))]),
            (self.of_reseller(json!({})), vec![(1, self.held(self.reseller()), None)]),
            (other, vec![(1, Decimal::ZERO, None)]),
        ] {
            let body = self.partner("ListPartnerBalances", &fields);
            let accounts =
                expected.into_iter().map(|(kind, amount, limit)| account(kind, amount, limit));
            let expected = object([("account_balances", Some(Json::List(accounts.collect())))]);
            assert_eq!(body, self.settle(&expected, &body), "{fields}");
        }
    }

    fn compare_customer_balances(&self) {
        let [first, second] = self.tenant.customers.each_ref().map(String::as_str);
        let own = [second, self.customer(RESALE), first];
        let theirs = [self.customer(RESELLERS), &self.tenant.reseller_customer];
        for (fields, customers) in [(json!({}), &own[..]), (self.of_reseller(json!({})), &theirs)] {
            let infos: Value = customers.iter().map(|id| json!({"customer_id": id})).collect();
            let fields = with(fields, "customer_infos", infos);
            let body = self.partner("ListCustomersBalancesDetail", &fields);
            let expected = customers.iter().map(|id| {
                object([
                    ("customer_id", text(id)),
                    ("amount", number(self.held(id))),
                    ("debt_amount", integer(0)),
                    ("currency", text("CNY")),
                    ("measure_id", integer(1)),
                ])
            });
            let expected: Vec<Json> = expected.collect();
            assert_eq!(body.at("customer_balances").as_list(), expected);
        }
        for key in [RESALE, REFERRAL].map(|name| &self.keys[name]) {
            let body = self.ask(key, "ShowCustomerAccountBalances", &json!({}));
            let account = account(1, self.held(&key.principal_id), None);
            let expected = object([
                ("account_balances", Some(Json::List(vec![account]))),
                ("debt_amount", integer(0)),
                ("currency", text("CNY")),
                ("measure_id", integer(1)),
            ]);
            assert_eq!(body, self.settle(&expected, &body));
        }
    }

    fn compare_partner_statements(&self) {
        let distributor = self.distributor().to_owned();
        let others = with(json!({}), "indirect_partner_id", &*self.tenant.other_reseller_id);
        let reseller = Account::Cash(self.reseller().to_owned());
        let other = Account::Cash(self.tenant.other_reseller_id.clone());
        for (fields, kind, account) in [
            (json!({}), "BALANCE_TYPE_DEBIT", Account::Cash(distributor.clone())),
            (json!({}), "BALANCE_TYPE_CREDIT", Account::Credit(distributor)),
            (self.of_reseller(json!({})), "BALANCE_TYPE_DEBIT", reseller),
            (others, "BALANCE_TYPE_DEBIT", other),
        ] {
            let fields = with(with(fields, "balance_type", kind), "trade_time_begin", EVER);
            let statement = self.ledger.statement(&account);
            let expected: Vec<Json> = statement.iter().map(|line| self.change(line)).collect();
            let operation = "ListPartnerAccountChangeRecords";
            let key = &self.tenant.distributor;
            let body = self.assert_lists(key, operation, &fields, RECORDS, &expected);
            assert_eq!(body.text_at("currency"), "CNY");
        }
    }

    /// A line of a partner's statement.
    fn change(&self, line: &Line<'_>) -> Json {
        let Line { movement, change, balance_after } = line;
        let concerned = (movement.kind != Kind::Booking).then(|| above_and_below(movement).1);
        object([
            ("account_change_id", text(SOME)),
            ("trade_detail_type", text(trade_detail(movement.kind))),
            ("trade_time", text(&movement.time)),
            ("trade_id", text(&movement.id)),
            ("change_amount", digits(change.abs())),
            ("balance_after_change", digits(*balance_after)),
            ("type", text(if change.is_sign_positive() { "1" } else { "2" })),
            ("customer_id", concerned.and_then(text)),
            ("account_name", concerned.and_then(|id| self.name(id))),
        ])
    }

    /// The name of an enterprise whose submission was approved.
    fn company(&self, id: &str) -> Option<Json> {
        let approved = [RESALE, REFERRAL].iter().any(|name| self.customer(name) == id);
        approved.then(|| Json::text(COMPANY))
    }

    fn name(&self, customer_id: &str) -> Option<Json> {
        let mut names = self.keys.iter();
        let named = names.find(|(_, key)| key.principal_id == customer_id);
        named.and_then(|(name, _)| text(name))
    }

    fn compare_customer_statement(&self) {
        let customer = &self.keys[REFERRAL];
        let statement = self.ledger.statement(&Account::Cash(customer.principal_id.clone()));
        let expected = statement.iter().map(|line| {
            object([
                ("account_change_id", text(SOME)),
                ("trade_detail_type", text(trade_detail(line.movement.kind))),
                ("trade_time", text(&line.movement.time)),
                ("trade_id", text(&line.movement.id)),
                ("change_amount", digits(line.change.abs())),
                ("balance_after_change", digits(line.balance_after)),
                ("revenue_expense_type", text("REVENUE")),
                ("account_name", self.name(&customer.principal_id)),
            ])
        });
        let expected: Vec<Json> = expected.collect();
        let fields = json!({"balance_type": "BALANCE_TYPE_DEBIT", "trade_time_begin": EVER});
        let operation = "ListCustomerAccountChangeRecords";
        let body = self.assert_lists(customer, operation, &fields, RECORDS, &expected);
        assert_eq!(body.text_at("currency"), "CNY");
    }

    /// What a partner has allocated and taken back, newest first.
    fn adjust_records(&self, partner: &str) -> Vec<Json> {
        let movements = self.ledger.of_kinds(&[Kind::Allocation, Kind::Reclaim]);
        let own = movements.into_iter().filter(|moved| above_and_below(moved).0 == partner);
        own.map(|moved| {
            let (_, receiver) = above_and_below(moved);
            object([
                ("customer_id", text(receiver)),
                ("customer_name", self.company(receiver)),
                ("operation_type", text(trade_detail(moved.kind))),
                ("amount", digits(moved.amount)),
                ("currency", text("CNY")),
                ("operation_time", text(&moved.time)),
                ("measure_id", integer(1)),
                ("trans_id", text(&moved.id)),
            ])
        })
        .collect()
    }
}

/// An account in an answer with balances.
fn account(account_type: i64, amount: Decimal, credit: Option<Decimal>) -> Json {
    object([
        ("account_id", text(SOME)),
        ("account_type", integer(account_type)),
        ("amount", number(amount)),
        ("currency", text("CNY")),
        ("designated_amount", integer(0)),
        ("credit_amount", credit.and_then(number)),
        ("measure_id", integer(1)),
    ])
}

/// Quotas that are held and given, and what they have left.
impl Day {
    pub fn compare_quotas(&self) {
        let key = &self.tenant.distributor;
        let movements = self.ledger.of_kinds(&[Kind::NewQuota, Kind::Grant]);
        let (granted, own): (Vec<&Movement>, Vec<&Movement>) =
            movements.into_iter().partition(|movement| movement.kind == Kind::Grant);
        let own: Vec<Json> = own.iter().map(|movement| self.quota(movement, false)).collect();
        self.assert_lists(key, "ListQuotaCoupons", &json!({}), QUOTAS, &own);
        let theirs = granted.iter().filter(|movement| {
            self.granted_quota(owner(&movement.to)).indirect_partner_id == self.reseller()
        });
        let theirs: Vec<Json> = theirs.map(|movement| self.quota(movement, false)).collect();
        let fields = self.of_reseller(json!({}));
        self.assert_lists(key, "ListQuotaCoupons", &fields, QUOTAS, &theirs);
        let granted: Vec<Json> = granted.iter().map(|moved| self.quota(moved, true)).collect();
        self.assert_lists(key, "ListIssuedCouponQuotas", &json!({}), QUOTAS, &granted);
        let records = self.ledger.of_kinds(&[Kind::Grant, Kind::QuotaReclaim]);
        let records: Vec<Json> = records.iter().map(|record| self.quota_record(record)).collect();
        self.assert_lists(key, "ListCouponQuotasRecords", &json!({}), RECORDS, &records);
    }

    /// The line of the book that brought a quota, or the one that it is a part of.
    fn quota_line(&self, quota_id: &str) -> &Json {
        let mut whole = quota_id;
        while let Some(part) = self.granted.iter().find(|granted| granted.quota_id == whole) {
            whole = &part.parent_quota_id;
        }
        self.tenant.book.with("coupon_quota", "quota_id", whole).next().expect("a quota")
    }

    /// The quota that a movement made, as its holder or its granter sees it.
    fn quota(&self, made: &Movement, by_grantor: bool) -> Json {
        let id = owner(&made.to);
        let line = self.quota_line(id);
        let granted = by_grantor.then(|| self.granted_quota(id));
        let reclaimed = self.ledger.statement(&made.to)[0].movement.kind == Kind::QuotaReclaim;
        let expired = line.text_at("expire_time") < self.began.to_rfc3339().as_str();
        let status = match (reclaimed, by_grantor) {
            (true, true) => 6,
            (true, false) => 3,
            (false, _) if expired => 3,
            (false, _) => line.at("quota_status").as_integer(),
        };
        object([
            ("quota_id", text(id)),
            ("quota_type", integer(0)),
            ("create_time", text(&made.time)),
            ("last_update_time", text(if reclaimed { TODAY } else { &made.time })),
            ("quota_value", number(made.amount)),
            ("quota_status", integer(status)),
            ("balance", number(self.ledger.balance(&made.to))),
            ("measure_id", integer(1)),
            ("currency", text("CNY")),
            ("effective_time", Some(line.at("effective_time").clone())),
            ("expire_time", Some(line.at("expire_time").clone())),
            ("limit_infos", Some(line.at("limit_infos").clone())),
            ("indirect_partner_id", granted.and_then(|part| text(&part.indirect_partner_id))),
            ("parent_quota_id", granted.and_then(|part| text(&part.parent_quota_id))),
        ])
    }

    fn quota_record(&self, moved: &Movement) -> Json {
        let (parent, part) = above_and_below(moved);
        object([
            ("id", text(SOME)),
            ("operator", text(self.distributor())),
            ("operation_type", text(if moved.kind == Kind::Grant { "10" } else { "11" })),
            ("quota_id", text(part)),
            ("parent_quota_id", text(parent)),
            ("amount", number(moved.amount)),
            ("operation_time", text(&moved.time)),
            ("result", text("0")),
            ("indirect_partner_id", text(&self.granted_quota(part).indirect_partner_id)),
            ("remark", moved.remark.as_deref().and_then(text)),
        ])
    }
}

/// Coupons and their state, as partners and the customer see them.
impl Day {
    pub fn compare_coupons(&self) {
        let key = &self.tenant.distributor;
        for (partner, fields) in
            [(self.distributor(), json!({})), (self.reseller(), self.of_reseller(json!({})))]
        {
            let coupons = self.coupons.iter().rev();
            let issued = coupons.filter(|coupon| coupon.partner_id == partner);
            let issued: Vec<Json> = issued.map(|coupon| self.issued_coupon(coupon)).collect();
            self.assert_lists(key, "ListIssuedPartnerCoupons", &fields, COUPONS, &issued);
            let records = self.coupon_records(partner);
            self.assert_lists(key, "ListPartnerCouponsRecord", &fields, RECORDS, &records);
        }
        for name in [RESALE, REFERRAL, RESELLERS] {
            self.compare_own_coupons(&self.keys[name]);
        }
    }

    /// What a customer itself sees.
    fn compare_own_coupons(&self, key: &Key) {
        let id = &key.principal_id;
        let own = self.coupons.iter().rev().filter(|coupon| coupon.customer_id == *id);
        let own: Vec<Json> = own.map(|coupon| self.own_coupon(coupon)).collect();
        let list = ("user_coupons", "count");
        self.assert_lists(key, "ListSubCustomerCoupons", &json!({}), list, &own);
        let fields = json!({"balance_type": "BALANCE_TYPE_COUPON"});
        let (operation, changes) = ("ListCustomerCouponChangeRecords", self.coupon_changes(id));
        let body = self.assert_lists(key, operation, &fields, RECORDS, &changes);
        assert_eq!(body.text_at("currency"), "CNY");
    }

    /// Face value, what is left, and the status that follows from both.
    fn worth(&self, coupon: &Coupon) -> (Decimal, Decimal, i64) {
        let account = Account::Coupon(coupon.coupon_id.clone());
        let statement = self.ledger.statement(&account);
        let issued = statement.last().expect("it was issued").change;
        let reclaimed = statement[0].movement.kind == Kind::CouponReclaim;
        (issued, statement[0].balance_after, if reclaimed { 5 } else { 2 })
    }

    fn issued_coupon(&self, coupon: &Coupon) -> Json {
        let effective_time = self.quota_line(&coupon.quota_id).at("effective_time").clone();
        self.coupon(coupon, [("effective_time", Some(effective_time))])
    }

    fn own_coupon(&self, coupon: &Coupon) -> Json {
        let valid_time = self.quota_line(&coupon.quota_id).at("effective_time").clone();
        self.coupon(
            coupon,
            [
                ("valid_time", Some(valid_time)),
                ("coupon_version", integer(2)),
                ("currency", text("CNY")),
                ("source_id", text(&coupon.partner_id)),
            ],
        )
    }

    /// A coupon with the members that only this list of coupons has.
    fn coupon<const N: usize>(
        &self,
        coupon: &Coupon,
        of_this_list: [(&str, Option<Json>); N],
    ) -> Json {
        let (face_value, balance, status) = self.worth(coupon);
        let quota = self.quota_line(&coupon.quota_id);
        let of_all_lists = [
            ("coupon_id", text(&coupon.coupon_id)),
            ("status", integer(status)),
            ("customer_id", text(&coupon.customer_id)),
            ("coupon_type", integer(1)),
            ("measure_id", integer(1)),
            ("face_value", number(face_value)),
            ("expire_time", Some(quota.at("expire_time").clone())),
            ("media_type", integer(1)),
            ("fetch_method", integer(3)),
            ("use_limits", Some(Json::List(Vec::new()))),
            ("active_time", text(TODAY)),
            ("create_time", text(TODAY)),
            ("balance", number(balance)),
            ("is_frozen", text("0")),
        ];
        object(of_all_lists.into_iter().chain(of_this_list))
    }

    fn coupon_of(&self, movement: &Movement) -> &Coupon {
        let (_, id) = above_and_below(movement);
        self.coupons.iter().find(|coupon| coupon.coupon_id == id).expect("issued")
    }

    /// Issues and returns of a partner's coupons, newest first.
    fn coupon_records(&self, partner: &str) -> Vec<Json> {
        let movements = self.ledger.of_kinds(&[Kind::Issue, Kind::CouponReclaim]);
        let own = movements.into_iter().filter(|moved| self.coupon_of(moved).partner_id == partner);
        own.map(|moved| {
            let coupon = self.coupon_of(moved);
            object([
                ("id", text(SOME)),
                ("operation_type", text(if moved.kind == Kind::Issue { "1" } else { "2" })),
                ("quota_id", text(&coupon.quota_id)),
                ("quota_type", integer(0)),
                ("coupon_id", text(&coupon.coupon_id)),
                ("customer_id", text(&coupon.customer_id)),
                ("operation_amount", number(moved.amount)),
                ("operation_time", text(TODAY)),
                ("result", text("0")),
                ("remark", moved.remark.as_deref().and_then(text)),
            ])
        })
        .collect()
    }

    /// What came into a customer's coupons and left them, newest first.
    fn coupon_changes(&self, customer_id: &str) -> Vec<Json> {
        let movements = self.ledger.of_kinds(&[Kind::Issue, Kind::CouponReclaim]);
        let own =
            movements.into_iter().filter(|moved| self.coupon_of(moved).customer_id == customer_id);
        own.map(|moved| {
            let coupon = &self.coupon_of(moved).coupon_id;
            let statement = self.ledger.statement(&Account::Coupon(coupon.clone()));
            let mut lines = statement.iter();
            let line = lines.find(|line| std::ptr::eq(line.movement, moved)).expect("its line");
            let direction = if line.change.is_sign_positive() { "REVENUE" } else { "EXPENSE" };
            object([
                ("coupon_id", text(coupon)),
                ("trade_detail_type", text(trade_detail(moved.kind))),
                ("trade_time", text(TODAY)),
                ("trade_id", text(SOME)),
                ("change_amount", digits(line.change.abs())),
                ("balance_after_change", digits(line.balance_after)),
                ("revenue_expense_type", text(direction)),
                ("account_name", self.name(customer_id)),
            ])
        })
        .collect()
    }
}

/// Bills, and who has any.
impl Day {
    pub fn compare_bills(&self) {
        let (cycle, id) = (self.month(), self.customer(RESALE));
        let lines = self.bills.fee_records(self.distributor(), &cycle, id);
        let fields = json!({"bill_cycle": cycle, "customer_id": id});
        let body = self.partner("ListSubCustomerBillDetail", &fields);
        let amounts = ["official_amount", "official_discount_amount", "payment_amount"];
        assert_bills(&body, ("fee_records", "total_count"), &amounts, &lines, "lines");

        let sums = self.bills.monthly_bills(self.distributor(), &cycle, "3");
        let fields = json!({"cycle": cycle, "charge_mode": "3"});
        let body = self.partner("ListSubcustomerMonthlyBills", &fields);
        assert_bills(&body, ("bill_sums", "count"), &["amount"], &sums, "sums");
        assert_eq!(
            total(body.at("bill_sums").as_list(), "amount"),
            total(&lines, "payment_amount")
        );

        let consumer = |id: &str| object([("customer_id", text(id))]);
        let consuming = by_id(vec![consumer(id), consumer(&self.tenant.customers[0])]);
        let (key, list) = (&self.tenant.distributor, ("sub_customers", "total_count"));
        let fields = json!({"bill_cycle": cycle});
        self.assert_lists(key, "ListConsumeSubCustomers", &fields, list, &consuming);
        self.compare_sold();
        self.compare_own_bills(total(&lines, "payment_amount"));
    }

    /// The new customer sees the same, and has nothing that it does not see here.
    fn compare_own_bills(&self, consumed: Decimal) {
        let (cycle, key) = (self.month(), &self.keys[RESALE]);
        let of_cycle = json!({"bill_cycle": cycle});
        let body = self.ask(key, "ShowCustomerMonthlySum", &of_cycle);
        assert_eq!(body.at("consume_amount").as_decimal(), consumed);
        let cycle_only = json!({"cycle": cycle});
        for (operation, fields, list, amount) in [
            ("ListCustomerBillsFeeRecords", &of_cycle, "records", "consume_amount"),
            ("ListCustomerselfResourceRecords", &cycle_only, "fee_records", "amount"),
            (
                "ListCustomerselfResourceRecordDetails",
                &cycle_only,
                "monthly_records",
                "consume_amount",
            ),
        ] {
            let body = self.ask(key, operation, fields);
            assert_eq!(total(body.at(list).as_list(), amount), consumed, "{operation}");
        }
        let month = json!({"shared_month": cycle});
        let body = self.ask(key, "ListCustomerBillsMonthlyBreakDown", &month);
        let amount = "current_month_amortized_amount";
        assert_eq!(total(body.at("details").as_list(), amount), consumed);
        let costs = json!({
            "time_condition": {"time_measure_id": 2, "begin_time": cycle, "end_time": cycle},
            "groupby": [{"type": "dimension", "key": "CLOUD_SERVICE_TYPE"}],
            "cost_type": "AMORTIZED_COST", "amount_type": "PAYMENT_AMOUNT",
        });
        let body = self.ask(key, "ListCosts", &costs);
        let [cost] = body.at("cost_data").as_list() else { panic!("{body:?}") };
        assert_eq!(decimal(cost.text_at("amount_by_costs")), consumed);

        let mut peaks = json!({"bill_cycle": cycle, "service_type_code": "hws.service.type.cdn",
                               "resource_type_code": "hws.resource.type.cdn",
                               "usage_type": "95Peak"});
        self.assert_nothing(key, "ListResourceUsageSummary", &peaks);
        peaks["resource_id"] = json!("none");
        self.ask(key, "ListResourceUsage", &peaks);
        self.assert_nothing(key, "ListStoredValueCards", &json!({"status": 1}));

        // It is authenticated already.
        let code = "ShowRealNameAuthQrCode";
        self.performed.borrow_mut().insert(code.to_owned());
        let refused = money::call(&self.app, key, code, &json!({}));
        assert_eq!(refused, money::refused(400, "CBC.99007004"));
    }

    fn assert_nothing(&self, key: &Key, operation: &str, fields: &Value) {
        let body = self.ask(key, operation, fields);
        assert_eq!(body.at("total_count").as_integer(), 0, "{operation}: {body:?}");
    }
}

/// Who is there, and what is known of them.
impl Day {
    pub fn compare_customers(&self) {
        let key = &self.tenant.distributor;
        let list = ("customer_infos", "count");
        let mut own = self.tenant.book.customer_infos(self.distributor());
        own.push(self.customer_info(self.customer(RESALE), "2"));
        own.push(self.customer_info(self.customer(REFERRAL), "1"));
        self.assert_lists(key, "ListSubCustomers", &json!({}), list, &by_id(own));
        let mut theirs = self.tenant.book.customer_infos(self.reseller());
        theirs.push(self.customer_info(self.customer(RESELLERS), "2"));
        let fields = self.of_reseller(json!({}));
        self.assert_lists(key, "ListSubCustomers", &fields, list, &by_id(theirs));

        let resellers = self.tenant.book.resellers(self.distributor());
        let list = ("indirect_partners", "count");
        self.assert_lists(key, "ListIndirectPartners", &json!({}), list, &resellers);

        let month = self.month();
        let last = format!("{month}-01").parse::<NaiveDate>().expect("a date") + Months::new(11);
        let last = last.format("%Y-%m").to_string();
        let ids = [self.customer(RESALE), self.customer(REFERRAL)];
        let body = self.partner("ListSubCustomerNewTag", &json!({"customer_ids": ids}));
        let tag = |id: &str, state: &str, [from, until]: [Option<&str>; 2]| {
            object([
                ("customer_id", text(id)),
                ("customer_tag_type", text("SMB")),
                ("new_customer_tag", text(state)),
                ("effective_time", from.and_then(text)),
                ("expire_time", until.and_then(text)),
            ])
        };
        let expected = vec![
            tag(ids[0], "Y", [Some(&month), Some(&last)]),
            tag(ids[1], "UNDETERMINED", [None; 2]),
        ];
        let tags = body.at("new_customer_tags").as_list();
        assert_eq!(by_id(tags.to_vec()), by_id(expected));
    }

    /// A customer of the day.
    fn customer_info(&self, id: &str, association_type: &str) -> Json {
        let name = self.name(id).expect("a name");
        let company = self.company(id);
        let verified = company.is_some();
        let mobile = (id == self.customer(RESALE)).then_some(MOBILE);
        object([
            ("customer_id", text(id)),
            ("account_name", Some(name.clone())),
            ("customer", company),
            ("associated_on", text(TODAY)),
            ("association_type", text(association_type)),
            ("verified_status", text(if verified { "2" } else { "-1" })),
            ("customer_type", integer(if verified { 1 } else { -1 })),
            ("telephone", mobile.and_then(text)),
            ("country_code", mobile.and_then(|_| text("0086"))),
            ("is_frozen", integer(0)),
            ("xaccount_id", text(&format!("x-{}", name.as_text()))),
            ("xaccount_type", text("platform")),
        ])
    }
}

/// Items in the order of their customers' ids.
fn by_id(mut items: Vec<Json>) -> Vec<Json> {
    items.sort_by(|one, other| one.text_at("customer_id").cmp(other.text_at("customer_id")));
    items
}
