//! The tenant's book.

use chrono::{NaiveTime, TimeDelta};
use serde_json::{Value, json};

use super::{
    ACCESS_KEY, Applicant, CUSTOMER_ACCESS_KEY, CUSTOMER_SECRET_KEY, CYCLE_FORMAT, PARTNER,
    PAYING_ACCESS_KEY, PAYING_CUSTOMER, PAYING_SECRET_KEY, QUOTA, RESELLERS, SECRET_KEY, TENANT,
    Tenant,
};

/// Quotas of the distributor: a page of them.
const QUOTAS: u32 = 10;

/// What the customer that pays itself has paid in: a page of its statement.
const PAYMENTS: u32 = 10;

/// Customers that consumed in the month: a page of them.
const CONSUMERS: u32 = 10;

/// Resource packages of the first customer: a page of them.
const PACKAGES: u32 = 10;

/// Members of the customer that pays itself: a page of them.
const MEMBERS: u32 = 10;

/// Coupons of that customer that it can transfer to its members: a page of them.
const CLOUD_COUPONS: u32 = 10;

/// Stored-value cards of the first customer: a page of them.
const CARDS: u32 = 10;

/// Services whose use is billed.
const SERVICES: [(&str, &str); 4] = [
    ("hws.service.type.ebs", "Elastic Volume Service"),
    ("hws.service.type.ec2", "Elastic Cloud Server"),
    ("hws.service.type.obs", "Object Storage Service"),
    ("hws.service.type.vpc", "Virtual Private Cloud"),
];

impl Tenant {
    /// All of the tenant but its coupons and the first customer's fee records, as the lines of a
    /// book.
    pub fn book(&self) -> String {
        let mut lines = vec![
            line("tenant", json!({"name": TENANT})),
            line("partner", json!({"partner_id": PARTNER, "partner_kind": "distributor"})),
            self.booking("bench-cash", "1000000.00", cash_of_partner(PARTNER)),
            self.booking(
                "bench-credit",
                "1000000.00",
                json!({"partner_id": PARTNER, "account_type": 2}),
            ),
            line(
                "access_key",
                json!({"access_key_id": ACCESS_KEY, "secret_key": SECRET_KEY,
                       "partner_id": PARTNER}),
            ),
        ];
        lines.push(quota(QUOTA, "1000000000.00"));
        lines.extend((1..QUOTAS).map(|number| quota(&format!("{QUOTA}-{number}"), "1000.00")));
        lines.extend((0..RESELLERS).flat_map(|number| self.of_reseller(number)));
        lines.extend((0..self.customers).flat_map(|number| self.of_customer(number)));
        lines.push(access_key(CUSTOMER_ACCESS_KEY, CUSTOMER_SECRET_KEY, &self.customer(0)));
        lines.extend((0..self.funded_customers()).map(|number| {
            let id = format!("bench-paid-{number}");
            self.booking(&id, "10000.00", cash_of_customer(&self.customer(number)))
        }));
        lines.extend(self.agreement());
        lines.extend((0..PACKAGES).flat_map(|number| self.package(number)));
        lines.extend((0..CARDS).map(|number| self.card(number)));
        lines.extend(self.paying_customer());
        lines.push(self.measured());
        lines.extend((1..CONSUMERS.min(self.customers)).map(|number| self.consumed(number, 0)));
        lines.extend((0..self.once).map(|number| {
            line(
                "quota_grant",
                json!({"parent_quota_id": QUOTA, "quota_id": self.granted_quota(number),
                       "indirect_partner_id": self.reseller(0), "amount": "1.00",
                       "at": "2026-01-11T00:00:00Z"}),
            )
        }));
        for applicant in Applicant::ALL {
            lines.extend((0..self.once).map(|number| self.applying(applicant, number)));
        }
        text(lines)
    }

    /// A reseller with cash.
    fn of_reseller(&self, number: u32) -> [Value; 2] {
        let id = self.reseller(number);
        let cash = format!("bench-cash-{number}");
        [
            line(
                "partner",
                json!({"partner_id": id, "partner_kind": "reseller", "distributor_id": PARTNER,
                       "account_name": format!("reseller-{number}"),
                       "name": format!("Reseller {number} Ltd."),
                       "mobile_phone": format!("137{number:08}"),
                       "email": format!("reseller-{number}@example.com"),
                       "associated_on": self.at(0)}),
            ),
            self.booking(&cash, "1000000.00", cash_of_partner(&id)),
        ]
    }

    /// A customer with a finished review and its share of the monthly bill.
    fn of_customer(&self, number: u32) -> [Value; 3] {
        let id = self.customer(number);
        let (service, service_name) = service(number);
        [
            line(
                "customer",
                json!({"customer_id": id, "partner_id": PARTNER, "association_type": "2",
                       "customer": format!("Customer {number} Ltd."), "customer_type": 1,
                       "account_name": format!("customer-{number}"),
                       "telephone": format!("138{number:08}"), "country_code": "0086",
                       "associated_on": self.at(0)}),
            ),
            line(
                "realname_review",
                json!({"customer_id": id, "review_id": format!("review-{number}"),
                       "submitted_at": "2026-03-02T06:00:00Z", "review_result": 1}),
            ),
            line(
                "monthly_bill",
                json!({"partner_id": PARTNER, "cycle": self.month(), "customer_id": id,
                       "cloud_service_type": service, "cloud_service_type_name": service_name,
                       "resource_type_code": "hws.resource.type",
                       "resource_type_name": "Resource", "charge_mode": "3", "bill_type": "0",
                       "amount": "846.87", "debt_amount": "0", "adjustment_amount": "0",
                       "discount_amount": "149.45",
                       "account_details": [{"balance_type": "BALANCE_TYPE_DEBIT",
                                            "amount": "846.87", "bill_type": "0"}]}),
            ),
        ]
    }

    /// A resource package that something was taken from.
    fn package(&self, number: u32) -> [Value; 2] {
        let customer = self.customer(0);
        let (package, item) = (format!("bench-package-{number:02}"), self.package_item(number));
        [
            line(
                "resource_package",
                json!({"order_instance_id": package, "customer_id": customer,
                "order_id": format!("CS26010112{number:02}ABCDE"),
                "product_id": "bench-package", "product_name": "Package",
                "service_type_code": "hws.service.type.obs",
                "service_type_name": "Object Storage Service", "region_code": "cn-east-3",
                "effective_time": "2020-01-01T04:00:00Z",
                "expire_time": "2096-01-01T15:59:59Z",
                "free_resources": [{
                    "free_resource_id": item, "free_resource_type_name": "Storage",
                    "usage_type_code": "space", "usage_type_name": "Space",
                    "measure_id": 10, "original_amount": "40",
                }]}),
            ),
            line(
                "package_use",
                json!({"use_id": format!("{package}-use"), "customer_id": customer,
                       "order_instance_id": package, "free_resource_id": item,
                       "deduct_time": self.at(number), "resource_id": "bucket",
                       "resource_type_code": "hws.resource.type.obs", "available_amount": "40",
                       "used_amount": "1.5"}),
            ),
        ]
    }

    /// A stored-value card.
    fn card(&self, number: u32) -> Value {
        line(
            "stored_value_card",
            json!({"card_id": format!("bench-card-{number}"), "customer_id": self.customer(0),
                   "card_name": "Card", "face_value": "100.00",
                   "effective_time": "2020-01-01T00:00:00Z",
                   "expire_time": "2096-01-01T15:59:59Z"}),
        )
    }

    /// A customer that pays the cloud itself, and can see what it has paid.
    fn paying_customer(&self) -> Vec<Value> {
        let mut lines = vec![
            line(
                "customer",
                json!({"customer_id": PAYING_CUSTOMER, "partner_id": PARTNER,
                       "association_type": "1", "customer_type": 1, "verified_status": "2",
                       "telephone": "13600000000", "country_code": "0086"}),
            ),
            access_key(PAYING_ACCESS_KEY, PAYING_SECRET_KEY, PAYING_CUSTOMER),
            line("enterprise", json!({"customer_id": PAYING_CUSTOMER, "org_id": "1"})),
            self.booking(
                "bench-credit-itself",
                "1000.00",
                json!({"customer_id": PAYING_CUSTOMER, "account_type": 2}),
            ),
        ];
        lines.extend((0..MEMBERS).flat_map(|number| self.member(number)));
        lines.extend((0..CLOUD_COUPONS).map(|number| self.coupon_of_master(number)));
        lines.extend((0..PAYMENTS).map(|number| {
            let id = format!("bench-paid-itself-{number}");
            self.booking(&id, "1000.00", cash_of_customer(PAYING_CUSTOMER))
        }));
        lines
    }

    /// A day of the first customer's bandwidth, a value every five minutes.
    fn measured(&self) -> Value {
        line(
            "usage_95",
            json!({"customer_id": self.customer(0), "resource_id": "cdn",
                   "service_type_code": "hws.service.type.cdn",
                   "resource_type_code": "hws.resource.type.cdn", "usage_type": "95Peak",
                   "measure_id": 15, "date": self.measured_month().to_string(),
                   "usages": vec!["1.5"; 288]}),
        )
    }

    /// A coupon of the customer that pays itself, which it can transfer to its members.
    fn coupon_of_master(&self, number: u32) -> Value {
        line(
            "cloud_coupon",
            json!({"coupon_id": self.cloud_coupon(number), "customer_id": PAYING_CUSTOMER,
                   "coupon_type": 1, "source": "activity", "plan_name": "Plan",
                   "face_value": "1000000.00", "create_time": self.at(number),
                   "effective_time": "2020-01-01T00:00:00Z",
                   "expire_time": "2096-01-01T15:59:59Z"}),
        )
    }

    /// A member of the customer that pays itself.
    fn member(&self, number: u32) -> [Value; 3] {
        let id = self.member_id(number);
        let part = (number + 2).to_string();
        [
            line(
                "customer",
                json!({"customer_id": id, "partner_id": PARTNER, "association_type": "1",
                       "account_name": format!("member-{number}")}),
            ),
            line(
                "organization",
                json!({"customer_id": PAYING_CUSTOMER, "org_id": part, "parent_id": "1",
                       "name": format!("Department {number}")}),
            ),
            line(
                "enterprise_member",
                json!({"master_id": PAYING_CUSTOMER, "customer_id": id, "org_id": part,
                       "joined_at": self.at(0)}),
            ),
        ]
    }

    /// Money from outside for an account.
    fn booking(&self, id: &str, amount: &str, account: Value) -> Value {
        let mut fields = account;
        fields["booking_id"] = id.into();
        fields["amount"] = amount.into();
        fields["trade_type"] = "RECHARGE".into();
        fields["at"] = self.at(0).into();
        line("booking", fields)
    }

    /// A customer that has not been submitted yet.
    fn applying(&self, applicant: Applicant, number: u32) -> Value {
        let (customer_type, verified_status) = match applicant {
            Applicant::Person | Applicant::Enterprise => (-1, "-1"),
            Applicant::Change => (0, "2"),
        };
        line(
            "customer",
            json!({"customer_id": self.applicant(applicant, number), "partner_id": PARTNER,
                   "association_type": "2", "customer_type": customer_type,
                   "verified_status": verified_status}),
        )
    }

    /// The month that is billed, as a book names it.
    fn month(&self) -> String {
        self.cycle.format(CYCLE_FORMAT).to_string()
    }

    /// A time in that month, so many seconds after its begin.
    fn at(&self, seconds: u32) -> String {
        let begin = self.cycle.and_time(NaiveTime::MIN).and_utc();
        let time = begin + TimeDelta::seconds(i64::from(seconds));
        time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// A fee record as a line of a book: all are of the first customer's month, in the order
    /// billed.
    pub fn fee_record(&self, number: u32) -> String {
        text([self.consumed(0, number)])
    }

    /// A fee record of a customer.
    fn consumed(&self, customer: u32, number: u32) -> Value {
        let (service, service_name) = service(number);
        let billed = self.at(2 * number);
        let resource = number % 5_000;
        let official = i64::from(number % 90_000) + 1_000;
        let discount = official * 15 / 100;
        let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        let fields = json!({
            "partner_id": PARTNER, "id": format!("bench-fee-{customer:05}-{number:08}"),
            "bill_cycle": self.month(),
            "customer_id": self.customer(customer), "association_type": "2",
            "service_type_code": service, "service_type_name": service_name,
            "resource_type_code": "hws.resource.type", "resource_type_name": "Resource",
            "charging_mode": 3, "bill_detail_type": 5, "region_code": "cn-east-3",
            "resource_id": format!("219bd35c69e37404774{resource:013}"),
            "resource_name": format!("res-{resource:05}"),
            "trade_id": format!("CS{number:014}"), "trade_time": billed, "consume_time": billed,
            "usage_type": "duration", "usage_amount": "1", "usage_measure_id": 4,
            "official_amount": yuan(official), "official_discount_amount": yuan(discount),
            "payment_amount": yuan(official - discount), "cash_amount": yuan(official - discount),
            "credit_amount": "0", "coupon_amount": "0", "flexipurchase_coupon_amount": "0",
            "stored_value_card_amount": "0", "debt_amount": "0", "writeoff_amount": "0",
        });
        line("fee_record", fields)
    }
}

/// A line of the tenant's book.
pub(super) fn line(kind: &str, mut fields: Value) -> Value {
    fields["kind"] = kind.into();
    fields["tenant_id"] = TENANT.into();
    fields
}

fn cash_of_partner(id: &str) -> Value {
    json!({"partner_id": id, "account_type": 1})
}

fn cash_of_customer(id: &str) -> Value {
    json!({"customer_id": id, "account_type": 1})
}

/// A customer's key.
fn access_key(id: &str, secret_key: &str, customer: &str) -> Value {
    let fields = json!({"access_key_id": id, "secret_key": secret_key, "customer_id": customer});
    line("access_key", fields)
}

/// A quota of the distributor's.
fn quota(id: &str, value: &str) -> Value {
    let fields = json!({
        "quota_id": id, "partner_id": PARTNER, "quota_type": 0, "quota_value": value,
        "quota_status": 0, "create_time": "2026-01-10T00:00:00Z",
        "effective_time": "2026-01-10T00:00:00Z", "expire_time": "2096-01-10T00:00:00Z",
        "limit_infos": [],
    });
    line("coupon_quota", fields)
}

/// The service of a bill's line: each in turn.
fn service(number: u32) -> (&'static str, &'static str) {
    SERVICES[usize::from(number.to_be_bytes()[3] % 4)]
}

pub(super) fn text(lines: impl IntoIterator<Item = Value>) -> String {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use billing::operations::import::Line;

    use super::*;

    fn tenant() -> Tenant {
        let now = "2026-03-31T23:00:00Z".parse().expect("a time");
        Tenant::new(1_000, 3, 2, now)
    }

    #[test]
    fn its_lines_are_those_of_a_book() {
        let tenant = tenant();
        let book = [tenant.book(), tenant.fee_record(0), tenant.fee_record(999_999)].concat();
        let (partners, customers, once) = (5 + 10 + 2 * 10, 3 * (3 + 1) + 1 + 12 + 2, 4 * 2);
        let (agreement, packages, cards) = (1 + 20 + 2 + 1, 2 * 10, 10);
        let (members, peaks) = (1 + 1 + 3 * 10 + 10, 1);
        let owned = agreement + packages + cards + members + peaks;
        assert_eq!(book.lines().count(), partners + customers + owned + once + 2);
        for line in book.lines() {
            let parsed = Line::parse(line);
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
        }
    }

    #[test]
    fn fee_records_of_a_million_stay_within_the_month() {
        // The API counts months in Beijing's time.
        let line = tenant().fee_record(999_999);
        assert!(line.contains("2026-03-24T"), "{line}");
    }
}
