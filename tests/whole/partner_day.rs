//! A day in a partner's life, through the official SDK: every operation at least once.
//!
//! The day is told here in its order. Beside each movement of value stands the same movement in a
//! small book of the test's own ([`double_entry`]); in the evening ([`evening`]) every balance,
//! statement, record and list is calculated from that book and compared with what the SDK answers.

mod double_entry;
mod evening;
mod morning;
mod noon;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use self::double_entry::{Account, Kind, Ledger, Movement};
use crate::harness::app::{App, Variables};
use crate::harness::book::{Book, fee_record};
use crate::harness::calendar::month_of;
use crate::harness::documentation;
use crate::harness::json::Json;
use crate::harness::money::{self, decimal};
use crate::harness::realname::{self, CHANGE, ENTERPRISE, INDIVIDUAL};
use crate::harness::receiver::Receiver;
use crate::harness::registration::MOBILE;
use crate::harness::registration::codes;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// Account names of the day's customers: one that the distributor funds,
const RESALE: &str = "day-resale";
/// one that pays for itself,
const REFERRAL: &str = "day-referral";
/// and one that the reseller funds.
const RESELLERS: &str = "day-resellers";

/// What the reviewer has to say of the first submission.
const OPINION: &str = "the passport is not legible";

/// A quota that was given to a reseller.
struct Granted {
    quota_id: String,
    parent_quota_id: String,
    indirect_partner_id: String,
}

/// A coupon, as it was asked for.
struct Coupon {
    coupon_id: String,
    quota_id: String,
    customer_id: String,
    /// Who issued it.
    partner_id: String,
}

/// The day so far.
struct Day {
    app: App,
    tenant: Tenant,
    ledger: Ledger,
    began: DateTime<Utc>,
    /// The operations that were called.
    performed: RefCell<BTreeSet<String>>,
    /// The keys of the day's customers, by account name.
    keys: BTreeMap<&'static str, Key>,
    /// Oldest first, as all lists here.
    granted: Vec<Granted>,
    coupons: Vec<Coupon>,
    /// Bill lines of the day.
    bills: Book,
}

#[test]
fn each_figure_of_a_partners_day_equals_an_independent_calculation() {
    let mut day = Day::begin();
    day.open_the_shop();
    day.look_around();
    day.quote();
    day.register_customers();
    day.verify_customers();
    day.move_money();
    day.sell();
    day.move_quotas_and_coupons();
    day.pay_in();
    day.bill();
    day.compare_money();
    day.compare_quotas();
    day.compare_coupons();
    day.compare_bills();
    day.compare_customers();
    day.close();
}

impl Day {
    /// A tenant with money, quotas and resellers, and no customer of the day yet.
    fn begin() -> Self {
        let app = App::start();
        let tenant = Tenant::playing_in(&app);
        let grants = tenant.book.of_kind("quota_grant").map(|line| Granted {
            quota_id: line.text_at("quota_id").to_owned(),
            parent_quota_id: line.text_at("parent_quota_id").to_owned(),
            indirect_partner_id: line.text_at("indirect_partner_id").to_owned(),
        });
        Self {
            ledger: Ledger::opened_by(&tenant.book),
            began: Utc::now(),
            performed: RefCell::default(),
            keys: BTreeMap::new(),
            granted: grants.collect(),
            coupons: Vec::new(),
            bills: Book::new(String::new()),
            app,
            tenant,
        }
    }

    fn distributor(&self) -> &str {
        &self.tenant.distributor.principal_id
    }

    fn reseller(&self) -> &str {
        &self.tenant.reseller.principal_id
    }

    /// A customer of the day.
    fn customer(&self, name: &str) -> &str {
        &self.keys[name].principal_id
    }

    /// Calls an operation through the SDK, which must succeed.
    fn ask(&self, key: &Key, operation: &str, fields: &Value) -> Json {
        self.performed.borrow_mut().insert(operation.to_owned());
        let answer = money::call(&self.app, key, operation, fields);
        answer.unwrap_or_else(|refused| panic!("{operation} {fields}: {refused:?}"))
    }

    /// As [`Day::ask`] with the distributor's key.
    fn partner(&self, operation: &str, fields: &Value) -> Json {
        self.ask(&self.tenant.distributor, operation, fields)
    }

    /// As [`Day::partner`], asked twice with one client token: the second time changes nothing.
    fn partner_twice(&self, operation: &str, fields: &Value) -> Json {
        self.performed.borrow_mut().insert(operation.to_owned());
        let headers = json!({"X-Client-Token": format!("{operation} of the day")});
        let ask = || self.app.sdk_with(&self.tenant.distributor, operation, fields, &headers);
        let first = ask();
        let after = self.app.audit(&self.tenant.tenant_id);
        let second = ask();
        assert_eq!(first.reply.body, second.reply.body, "{operation}");
        assert_eq!(self.app.audit(&self.tenant.tenant_id), after, "{operation}");
        first.outcome.unwrap_or_else(|error| panic!("{operation} {fields}: {error:?}"))
    }

    /// The operator makes a customer's first access key.
    fn key_of(&self, customer_id: &str) -> Key {
        let body = json!({"tenant_id": self.tenant.tenant_id, "customer_id": customer_id});
        let reply = self.app.operator("POST", "/operator/v1/access-keys", body.to_string());
        assert_eq!(reply.status, 201, "{}", reply.text());
        let made = reply.json();
        Key {
            access_key_id: made.text_at("access_key_id").to_owned(),
            secret_key: made.text_at("secret_key").to_owned(),
            principal_id: customer_id.to_owned(),
        }
    }
}

/// Customers come: one with a proven mobile, one that pays for itself, one of the reseller's.
impl Day {
    fn register_customers(&mut self) {
        self.assert_identity("name", RESALE, "available", None);
        let mobile = format!("0086-{MOBILE}");
        self.assert_identity("mobile", &mobile, "available", Some(1));
        let fields = json!({"receiver_type": 1, "mobile_phone": MOBILE});
        self.partner("SendVerificationMessageCode", &fields);
        let sent = codes(&self.app, &self.tenant.tenant_id, MOBILE);
        let [code] = &sent[..] else { panic!("{sent:?}") };
        let proved = json!({
            "mobile_phone": MOBILE, "verification_code": code.text_at("code"),
            "password": "a-Password-of-1",
        });
        self.create(RESALE, proved);
        self.assert_identity("name", RESALE, "used_by_user", None);
        self.assert_identity("mobile", &mobile, "used_by_user", Some(0));

        self.create(REFERRAL, json!({"cooperation_type": "1"}));
        self.create(RESELLERS, json!({"indirect_partner_id": self.reseller()}));
    }

    /// Creates a customer, for which the operator then makes an access key.
    fn create(&mut self, name: &'static str, more: Value) {
        let mut fields = json!({
            "domain_name": name, "xaccount_id": format!("x-{name}"), "xaccount_type": "platform",
        });
        for (name, value) in more.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        // Whoever comes first is created by a caller that has lost the answer.
        let created = match self.keys.is_empty() {
            true => self.partner_twice("CreateSubCustomer", &fields),
            false => self.partner("CreateSubCustomer", &fields),
        };
        assert_eq!(created.text_at("domain_name"), name);
        let key = self.key_of(created.text_at("domain_id"));
        self.keys.insert(name, key);
    }

    fn assert_identity(&self, kind: &str, value: &str, result: &str, remaining: Option<i64>) {
        let fields = json!({"search_type": kind, "search_value": value});
        let body = self.partner("CheckUserIdentity", &fields);
        assert_eq!(body.text_at("check_result"), result, "{value}");
        let left = body.get("mobile_remain_available_num").map(Json::as_integer);
        assert_eq!(left, remaining, "{value}");
    }
}

/// The customers prove who they are; the operator's own system is told of each decision.
impl Day {
    fn verify_customers(&mut self) {
        let receiver = Receiver::start();
        self.app.restart_with(Variables::with_receiver(&receiver));
        let customer = self.customer(RESALE).to_owned();
        self.assert_review(&customer, None);
        self.assert_status(RESALE, -1, None);

        let first = self.submit(INDIVIDUAL, &realname::person(&customer, "E0000001"));
        self.assert_review(&customer, Some((0, None)));
        self.assert_status(RESALE, 0, Some(0));
        realname::decided(&self.app, &self.tenant, &first, Some(OPINION));
        self.assert_review(&customer, Some((1, Some(OPINION))));
        self.assert_status(RESALE, 1, Some(0));

        let second = self.submit(CHANGE, &realname::change(&customer));
        self.assert_review(&customer, Some((0, None)));
        realname::decided(&self.app, &self.tenant, &second, None);
        self.assert_review(&customer, Some((2, None)));
        self.assert_status(RESALE, 2, Some(1));

        let referral = self.customer(REFERRAL).to_owned();
        let third = self.submit(ENTERPRISE, &realname::company(&referral));
        realname::decided(&self.app, &self.tenant, &third, None);
        self.assert_review(&referral, Some((2, None)));
        self.assert_status(REFERRAL, 2, Some(1));
        self.assert_told(
            &receiver,
            &[(&customer, &first, 1), (&customer, &second, 2), (&referral, &third, 2)],
        );
    }

    fn submit(&self, operation: &str, fields: &Value) -> String {
        self.performed.borrow_mut().insert(operation.to_owned());
        realname::submit(&self.app, &self.tenant, operation, fields)
    }

    /// What the partner is told of a customer: result and opinion, once there is a submission.
    fn assert_review(&self, customer_id: &str, expected: Option<(i64, Option<&str>)>) {
        let fields = json!({"customer_id": customer_id});
        let body = self.partner("ShowRealnameAuthenticationReviewResult", &fields);
        let result = body.get("review_result").map(Json::as_integer);
        let opinion = body.get("opinion").map(Json::as_text);
        assert_eq!(result.map(|result| (result, opinion)), expected);
    }

    /// What the customer itself is told.
    fn assert_status(&self, name: &str, status: i64, kind: Option<i64>) {
        let body = self.ask(&self.keys[name], "ShowRealNameAuthStatus", &json!({}));
        assert_eq!(body.at("verified_status").as_integer(), status);
        assert_eq!(body.get("verified_type").map(Json::as_integer), kind);
    }

    /// The decisions, oldest first, are what the receiver got and what the operator's log has.
    fn assert_told(&self, receiver: &Receiver, decided: &[(&String, &String, i64)]) {
        let log = realname::deliveries(&self.app, &self.tenant);
        assert_eq!(log.len(), decided.len());
        let mut told = Vec::new();
        for delivery in log.iter().rev() {
            assert_eq!(delivery.text_at("state"), "delivered", "{delivery:?}");
            let mut events = receiver.events();
            events.retain(|event| event.id == delivery.text_at("delivery_id"));
            let [event] = &events[..] else { panic!("{delivery:?} came {} times", events.len()) };
            let data = event.event.at("data");
            let text = |name: &str| data.text_at(name).to_owned();
            let result = data.at("review_result").as_integer();
            told.push((text("customer_id"), text("review_id"), result));
        }
        let expected =
            decided.iter().map(|(id, review, result)| ((*id).clone(), (*review).clone(), *result));
        assert_eq!(told, expected.collect::<Vec<_>>());
    }
}

/// Value moves; each time the same movement goes into the test's own book.
impl Day {
    fn move_money(&mut self) {
        let (new, old) = (self.customer(RESALE).to_owned(), self.tenant.customers[0].clone());
        let (reseller, theirs) = (self.reseller().to_owned(), self.customer(RESELLERS).to_owned());
        let distributor = self.distributor().to_owned();
        self.allocate(&distributor, &new, "300.00");
        self.allocate(&distributor, &old, "45.67");
        self.reseller_money(Kind::Allocation, "120.00");
        self.allocate(&reseller, &theirs, "190.25");
        self.reclaim(&distributor, &new, "12.34");
        self.reclaim(&reseller, &theirs, "0.25");
        self.reseller_money(Kind::Reclaim, "0.50");
        // All that is there.
        self.reclaim(&distributor, &old, "45.67");
    }

    fn allocate(&mut self, partner: &str, customer: &str, amount: &str) {
        let fields = self.of_customer(partner, customer, amount);
        let operation = "UpdateCustomerAccountAmount";
        let answer = match self.ledger.of_kinds(&[Kind::Allocation]).is_empty() {
            true => self.partner_twice(operation, &fields),
            false => self.partner(operation, &fields),
        };
        self.cash(Kind::Allocation, partner, customer, amount, answer.text_at("transfer_id"));
    }

    fn reclaim(&mut self, partner: &str, customer: &str, amount: &str) {
        let fields = self.of_customer(partner, customer, amount);
        let answer = self.partner("ReclaimToPartnerAccount", &fields);
        self.cash(Kind::Reclaim, partner, customer, amount, answer.text_at("trans_id"));
    }

    fn of_customer(&self, partner: &str, customer: &str, amount: &str) -> Value {
        let mut fields = json!({"customer_id": customer, "amount": amount});
        if partner != self.distributor() {
            fields["indirect_partner_id"] = json!(partner);
        }
        fields
    }

    fn reseller_money(&mut self, kind: Kind, amount: &str) {
        let (distributor, reseller) = (self.distributor().to_owned(), self.reseller().to_owned());
        let fields = json!({"indirect_partner_id": reseller, "amount": amount});
        let (operation, id) = match kind {
            Kind::Allocation => ("UpdateIndirectPartnerAccount", "transfer_id"),
            _ => ("ReclaimIndirectPartnerAccount", "trans_id"),
        };
        let answer = self.partner(operation, &fields);
        self.cash(kind, &distributor, &reseller, amount, answer.text_at(id));
    }

    fn cash(&mut self, kind: Kind, above: &str, below: &str, amount: &str, id: &str) {
        let accounts = [above, below].map(|owner| Account::Cash(owner.to_owned()));
        let [from, to] = match kind {
            Kind::Allocation => accounts,
            _ => {
                let [above, below] = accounts;
                [below, above]
            }
        };
        self.book(kind, from, to, amount, id, None);
    }

    fn book(
        &mut self,
        kind: Kind,
        from: Account,
        to: Account,
        amount: &str,
        id: &str,
        remark: Option<&str>,
    ) {
        self.ledger.book(Movement {
            kind,
            from,
            to,
            amount: decimal(amount),
            id: id.to_owned(),
            time: evening::TODAY.to_owned(),
            remark: remark.map(str::to_owned),
        });
    }
}

/// Quotas go to the reseller, coupons to customers, and some of both come back.
impl Day {
    fn move_quotas_and_coupons(&mut self) {
        let (new, old) = (self.customer(RESALE).to_owned(), self.tenant.customers[1].clone());
        let (distributor, reseller) = (self.distributor().to_owned(), self.reseller().to_owned());
        let (quota, theirs) = (self.tenant.quota.clone(), self.customer(RESELLERS).to_owned());
        self.issue(&distributor, &quota, &[&new, &old], "7.50", Some("welcome"));
        self.issue(&distributor, &quota, &[&new], "5.05", None);
        let granted = self.grant(&quota, &reseller, "20.00");
        self.issue(&reseller, &granted, &[&theirs], "9.99", None);
        self.issue(&reseller, &granted, &[&theirs], "0.01", None);
        self.reclaim_coupon(1);
        self.reclaim_coupon(4);
        // What the two coupons have left, one of which has come back.
        self.reclaim_quota(&granted, "10.01", "no longer needed");
        // To its last cent.
        self.issue(&distributor, &quota, &[&new], "27.46", None);
        assert_eq!(self.ledger.balance(&Account::Quota(quota)), decimal("0.00"));
    }

    fn issue(
        &mut self,
        partner: &str,
        quota: &str,
        customers: &[&str],
        value: &str,
        memo: Option<&str>,
    ) {
        let mut fields = json!({"quota_id": quota, "customer_ids": customers, "face_value": value});
        if partner != self.distributor() {
            fields["indirect_partner_id"] = json!(partner);
        }
        if let Some(memo) = memo {
            fields["memo"] = json!(memo);
        }
        let issued = match self.coupons.is_empty() {
            true => self.partner_twice("CreatePartnerCoupons", &fields),
            false => self.partner("CreatePartnerCoupons", &fields),
        };
        let issued = issued.at("coupon_infos").as_list();
        let given: Vec<&str> = issued.iter().map(|info| info.text_at("id")).collect();
        assert_eq!(given, customers);
        for (info, customer) in issued.iter().zip(customers) {
            let coupon_id = info.text_at("coupon_id").to_owned();
            let coupon = Account::Coupon(coupon_id.clone());
            let from = Account::Quota(quota.to_owned());
            self.book(Kind::Issue, from, coupon, value, evening::SOME, memo);
            self.coupons.push(Coupon {
                coupon_id,
                quota_id: quota.to_owned(),
                customer_id: (*customer).to_owned(),
                partner_id: partner.to_owned(),
            });
        }
    }

    /// Reclaims one of the day's coupons.
    fn reclaim_coupon(&mut self, place: usize) {
        let Coupon { coupon_id, quota_id, partner_id, .. } = &self.coupons[place];
        let mut fields = json!({"coupon_id": coupon_id});
        if partner_id != self.distributor() {
            fields["indirect_partner_id"] = json!(partner_id);
        }
        let (from, to) = (Account::Coupon(coupon_id.clone()), Account::Quota(quota_id.clone()));
        self.partner("ReclaimPartnerCoupons", &fields);
        let amount = self.ledger.balance(&from).to_string();
        self.book(Kind::CouponReclaim, from, to, &amount, evening::SOME, None);
    }

    fn grant(&mut self, quota: &str, reseller: &str, amount: &str) -> String {
        let fields = json!({
            "quota_id": quota, "indirect_partner_ids": [reseller], "quota_amount": amount,
        });
        let answer = self.partner_twice("UpdateCouponQuotas", &fields);
        let [info] = answer.at("simple_quota_infos").as_list() else { panic!("{answer:?}") };
        assert_eq!(info.text_at("id"), reseller);
        let granted = info.text_at("quota_id").to_owned();
        let (from, to) = (Account::Quota(quota.to_owned()), Account::Quota(granted.clone()));
        self.book(Kind::Grant, from, to, amount, evening::SOME, None);
        self.granted.push(Granted {
            quota_id: granted.clone(),
            parent_quota_id: quota.to_owned(),
            indirect_partner_id: reseller.to_owned(),
        });
        granted
    }

    /// Takes back what a granted quota has left, which is this much.
    fn reclaim_quota(&mut self, quota: &str, left: &str, remark: &str) {
        let fields = json!({"quota_ids": [quota], "remark": remark});
        let answer = self.partner("ReclaimCouponQuotas", &fields);
        let [info] = answer.at("simple_quota_infos").as_list() else { panic!("{answer:?}") };
        assert_eq!(info.text_at("quota_id"), quota);
        assert!(info.at("quota_balance").as_decimal().is_zero(), "{info:?}");
        let parent = Account::Quota(self.granted_quota(quota).parent_quota_id.clone());
        let from = Account::Quota(quota.to_owned());
        self.book(Kind::QuotaReclaim, from, parent, left, evening::SOME, Some(remark));
    }

    fn granted_quota(&self, quota_id: &str) -> &Granted {
        let mut granted = self.granted.iter();
        granted.find(|granted| granted.quota_id == quota_id).expect("granted")
    }
}

/// What comes from outside: money of a customer's own, and bills.
impl Day {
    fn pay_in(&mut self) {
        let customer = self.customer(REFERRAL).to_owned();
        for (name, amount, at) in [
            ("paid-in", "64.00", "2026-01-06T02:00:00Z"),
            ("paid-in-more", "6.40", "2026-01-07T02:00:00Z"),
        ] {
            let id = format!("{}-{name}", self.tenant.tenant_id);
            let line = json!({
                "kind": "booking", "booking_id": id, "customer_id": customer, "account_type": 1,
                "amount": amount, "trade_type": "RECHARGE", "at": at,
            });
            money::import(&self.app, &self.tenant, line);
            self.ledger.book(Movement {
                kind: Kind::Booking,
                from: Account::Outside,
                to: Account::Cash(customer.clone()),
                amount: decimal(amount),
                id,
                time: at.to_owned(),
                remark: None,
            });
        }
    }

    /// Two lines for the new customer in the month of its association, and their sum.
    fn bill(&mut self) {
        let cycle = self.month();
        let of_day = |more: Value| {
            let mut line = json!({
                "tenant_id": self.tenant.tenant_id, "partner_id": self.distributor(),
                "customer_id": self.customer(RESALE),
            });
            for (name, value) in more.as_object().expect("members") {
                line[name] = value.clone();
            }
            line
        };
        let mut lines = String::new();
        for (id, official, discount, payment) in
            [("1", "10.00", "1.25", "8.75"), ("2", "0.12345678", "0.00345678", "0.12")]
        {
            lines += &fee_record(&of_day(json!({
                "id": format!("{}-{id}", self.tenant.tenant_id), "bill_cycle": cycle,
                "trade_time": format!("{cycle}-01T00:10:00Z"),
                "consume_time": format!("{cycle}-01T00:00:00Z"),
                "official_amount": official, "official_discount_amount": discount,
                "payment_amount": payment, "cash_amount": payment, "coupon_amount": "0",
            })));
        }
        let sum = of_day(json!({
            "kind": "monthly_bill", "cycle": cycle, "cloud_service_type": "hws.service.type.ebs",
            "cloud_service_type_name": "Elastic Volume Service",
            "resource_type_code": "hws.resource.type.volume", "resource_type_name": "Disk",
            "charge_mode": "3", "bill_type": "0", "amount": "8.87", "debt_amount": "0",
            "adjustment_amount": "0", "discount_amount": "1.25345678",
            "account_details": [
                {"balance_type": "BALANCE_TYPE_DEBIT", "amount": "8.87", "bill_type": "0"},
            ],
        }));
        lines += &format!("{sum}\n");
        self.bills = Book::new(lines);
        self.app.import(&self.bills);
    }

    /// The month in which the new customer was associated.
    fn month(&self) -> String {
        let fields = json!({"customer_id": self.customer(RESALE)});
        let body = self.partner("ListSubCustomers", &fields);
        let [customer] = body.at("customer_infos").as_list() else { panic!("{body:?}") };
        month_of(customer.text_at("associated_on"))
    }

    /// The operator's audit agrees, and every operation that works was performed, but those about
    /// enterprises, whose days are told in their own tests.
    fn close(&self) {
        let audit = self.app.audit(&self.tenant.tenant_id);
        assert_eq!(decimal(audit.text_at("sum")), self.ledger.sum());
        let expected = documentation::working_but(&["enterprise"]);
        assert_eq!(*self.performed.borrow(), expected);
    }
}
