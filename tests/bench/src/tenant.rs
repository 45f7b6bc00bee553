//! The tenant that is measured: its book, and its requests as they go on the wire.

use std::fmt::Write;

use anyhow::Result;
use billing::signature::{self, SignedParts};
use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::operation::Unsigned;

/// How a month is written.
pub const CYCLE_FORMAT: &str = "%Y-%m";

const TENANT: &str = "bench-tenant";
const PARTNER: &str = "bench-distributor";
const RESELLER: &str = "bench-reseller";
const QUOTA: &str = "bench-quota";
const ACCESS_KEY: &str = "BENCHDISTRIBUTORKEY1";
const SECRET_KEY: &str = "bench-distributor-secret-0123456789abcdef";

/// Services whose use is billed.
const SERVICES: [(&str, &str); 4] = [
    ("hws.service.type.ebs", "Elastic Volume Service"),
    ("hws.service.type.ec2", "Elastic Cloud Server"),
    ("hws.service.type.obs", "Object Storage Service"),
    ("hws.service.type.vpc", "Virtual Private Cloud"),
];

/// A distributor with customers, a quota, a reseller with parts of it, and bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Fee records, and coupons too.
    pub records: u32,
    /// Customers.
    pub customers: u32,
    /// Quotas granted to the reseller.
    pub grants: u32,
    /// The first day of the month that is billed.
    pub cycle: NaiveDate,
}

impl Tenant {
    /// A tenant whose last month is billed.
    pub fn new(records: u32, customers: u32, grants: u32, now: DateTime<Utc>) -> Self {
        let today = now.date_naive();
        let month = today - Days::new(u64::from(chrono::Datelike::day0(&today)));
        Self { records, customers, grants, cycle: month - Months::new(1) }
    }

    /// Id of a customer; the first has number 0.
    pub fn customer(&self, number: u32) -> String {
        format!("bench-customer-{number:05}")
    }

    /// Id of the quota that coupons are issued from.
    pub fn quota(&self) -> &'static str {
        QUOTA
    }

    /// Id of a quota that the reseller was granted.
    pub fn granted_quota(&self, number: u32) -> String {
        format!("bench-grant-{number:05}")
    }

    /// All of the tenant but its fee records and coupons, as the lines of a book.
    pub fn book(&self) -> String {
        let partner = |id: &str, kind: &str| json!({"kind": "partner", "tenant_id": TENANT, "partner_id": id, "partner_kind": kind});
        let mut reseller = partner(RESELLER, "reseller");
        reseller["distributor_id"] = PARTNER.into();
        let booking = |id: &str, account_type: u8| {
            json!({"kind": "booking", "tenant_id": TENANT, "booking_id": id,
                   "partner_id": PARTNER, "account_type": account_type, "amount": "1000000.00",
                   "trade_type": "RECHARGE", "at": "2026-01-05T02:00:00Z"})
        };
        let mut lines = vec![
            json!({"kind": "tenant", "tenant_id": TENANT, "name": TENANT}),
            partner(PARTNER, "distributor"),
            reseller,
            booking("bench-cash", 1),
            booking("bench-credit", 2),
            json!({"kind": "coupon_quota", "tenant_id": TENANT, "quota_id": QUOTA,
                   "partner_id": PARTNER, "quota_type": 0, "quota_value": "1000000000.00",
                   "quota_status": 0, "create_time": "2026-01-10T00:00:00Z",
                   "effective_time": "2026-01-10T00:00:00Z",
                   "expire_time": "2096-01-10T00:00:00Z", "limit_infos": []}),
            json!({"kind": "access_key", "tenant_id": TENANT, "access_key_id": ACCESS_KEY,
                   "secret_key": SECRET_KEY, "partner_id": PARTNER}),
        ];
        lines.extend((0..self.customers).flat_map(|number| self.of_customer(number)));
        lines.extend((0..self.grants).map(|number| {
            json!({"kind": "quota_grant", "tenant_id": TENANT, "parent_quota_id": QUOTA,
                   "quota_id": self.granted_quota(number), "indirect_partner_id": RESELLER,
                   "amount": "1.00", "at": "2026-01-11T00:00:00Z"})
        }));
        text(lines)
    }

    /// A customer with a finished review and its share of the monthly bill.
    fn of_customer(&self, number: u32) -> [Value; 3] {
        let id = self.customer(number);
        let (service, service_name) = SERVICES[usize::from(number.to_be_bytes()[3] % 4)];
        [
            json!({"kind": "customer", "tenant_id": TENANT, "customer_id": id,
                   "partner_id": PARTNER, "association_type": "2",
                   "customer": format!("Customer {number} Ltd."), "customer_type": 1}),
            json!({"kind": "realname_review", "tenant_id": TENANT, "customer_id": id,
                   "review_id": format!("review-{number}"),
                   "submitted_at": "2026-03-02T06:00:00Z", "review_result": 1}),
            json!({"kind": "monthly_bill", "tenant_id": TENANT, "partner_id": PARTNER,
                   "cycle": self.cycle.format(CYCLE_FORMAT).to_string(), "customer_id": id,
                   "cloud_service_type": service, "cloud_service_type_name": service_name,
                   "resource_type_code": "hws.resource.type", "resource_type_name": "Resource",
                   "charge_mode": "3", "bill_type": "0", "amount": "846.87", "debt_amount": "0",
                   "adjustment_amount": "0", "discount_amount": "149.45",
                   "account_details": [{"balance_type": "BALANCE_TYPE_DEBIT",
                                        "amount": "846.87", "bill_type": "0"}]}),
        ]
    }

    /// A fee record as a line of a book: all are of one customer's month, in the order billed.
    pub fn fee_record(&self, number: u32) -> String {
        let (service, service_name) = SERVICES[usize::from(number.to_be_bytes()[3] % 4)];
        let billed = self.cycle.and_time(chrono::NaiveTime::MIN).and_utc();
        let billed = billed + TimeDelta::seconds(2 * i64::from(number));
        let billed = billed.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let resource = number % 5_000;
        let official = i64::from(number % 90_000) + 1_000;
        let discount = official * 15 / 100;
        let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        text([json!({
            "kind": "fee_record", "tenant_id": TENANT, "partner_id": PARTNER,
            "id": format!("bench-fee-{number:08}"),
            "bill_cycle": self.cycle.format(CYCLE_FORMAT).to_string(),
            "customer_id": self.customer(0), "association_type": "2",
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
        })])
    }

    /// A request as the bytes that go to `address`, signed now with the distributor's key.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn sign(&self, request: &Unsigned, address: &str) -> Result<Vec<u8>> {
        let Unsigned { method, target, body } = request;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = [("content-type", "application/json"), ("x-domain-id", PARTNER)]
            .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        let parts = SignedParts { method, path, query, headers: &headers, body: body.as_bytes() };
        let now = Utc::now();
        let signed = signature::sign(&parts, address, ACCESS_KEY, SECRET_KEY.as_bytes(), now)?;
        let mut bytes = format!(
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\n\
             content-type: application/json\r\nx-domain-id: {PARTNER}\r\n"
        );
        for (name, value) in signed {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        write!(bytes, "content-length: {}\r\n\r\n{body}", body.len())?;
        Ok(bytes.into_bytes())
    }
}

fn text(lines: impl IntoIterator<Item = Value>) -> String {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use billing::import::Line;

    use super::*;

    fn tenant() -> Tenant {
        let now = "2026-03-31T23:00:00Z".parse().expect("a time");
        Tenant::new(1_000, 3, 2, now)
    }

    #[test]
    fn its_month_is_the_last_one() {
        assert_eq!(tenant().cycle, "2026-02-01".parse().expect("a date"));
    }

    #[test]
    fn its_lines_are_those_of_a_book() {
        let tenant = tenant();
        let book = [tenant.book(), tenant.fee_record(0), tenant.fee_record(999_999)].concat();
        assert_eq!(book.lines().count(), 7 + 3 * 3 + 2 + 2);
        for line in book.lines() {
            let parsed = Line::parse(line);
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
        }
    }

    #[test]
    fn fee_records_of_a_million_stay_within_the_month() {
        // The API counts months in Beijing's time.
        let line = tenant().fee_record(999_999);
        assert!(line.contains("2026-02-24T"), "{line}");
    }
}
