//! The tenant that is measured: its book, and its requests as they go on the wire.

mod book;
mod catalogue;

pub use catalogue::{CITY, PROVINCE, REGION, RENEWED, RESOURCE, SERVICE};

use std::fmt::Write;

use anyhow::{Result, bail};
use billing::security::signature::{self, SignedParts};
use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};

use crate::operation::{Signer, Unsigned};
use crate::orders::Orders;

/// How far the clocks are ahead where bills are made.
const AHEAD: TimeDelta = TimeDelta::hours(8);

/// How a month is written.
pub const CYCLE_FORMAT: &str = "%Y-%m";

/// Its id.
pub const TENANT: &str = "bench-tenant";

/// Resellers of the distributor.
pub const RESELLERS: u32 = 10;

/// Customers that have money, at most.
const FUNDED_CUSTOMERS: u32 = 64;

const PARTNER: &str = "bench-distributor";
const QUOTA: &str = "bench-quota";
const ACCESS_KEY: &str = "BENCHDISTRIBUTORKEY1";
const SECRET_KEY: &str = "bench-distributor-secret-0123456789abcdef";
const CUSTOMER_ACCESS_KEY: &str = "BENCHCUSTOMERKEY0001";
const CUSTOMER_SECRET_KEY: &str = "bench-customer-secret-0123456789abcdef";
const PAYING_CUSTOMER: &str = "bench-paying-customer";
const PAYING_ACCESS_KEY: &str = "BENCHPAYINGCUSTOMER1";
const PAYING_SECRET_KEY: &str = "bench-paying-secret-0123456789abcdef";

/// A distributor with customers, resellers, coupons, quotas, money and bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Fee records, and coupons too.
    pub records: u32,
    /// Customers.
    pub customers: u32,
    /// Objects of each kind that a request can be sent for once: quotas granted to a reseller,
    /// applicants of each kind.
    pub once: u32,
    /// Coupons that can be reclaimed; none before they have been issued.
    pub coupons: Vec<String>,
    /// Orders of its first customer; none before they have been placed.
    pub orders: Orders,
    /// The first day of the month that is billed.
    pub cycle: NaiveDate,
}

/// For what a customer is to be authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicant {
    /// As a person.
    Person,
    /// As an enterprise.
    Enterprise,
    /// As an enterprise, having been a person.
    Change,
}

impl Applicant {
    const ALL: [Self; 3] = [Self::Person, Self::Enterprise, Self::Change];

    fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Enterprise => "enterprise",
            Self::Change => "change",
        }
    }
}

impl Tenant {
    /// The first day of the month whose bandwidth was measured: not the last month, as a peak is
    /// billed some days after its month.
    pub fn measured_month(&self) -> NaiveDate {
        self.cycle - Months::new(1)
    }

    /// A tenant whose last month is billed, which is one of UTC+8 as all months of bills.
    pub fn new(records: u32, customers: u32, once: u32, now: DateTime<Utc>) -> Self {
        let today = (now + AHEAD).date_naive();
        let month = today - Days::new(u64::from(chrono::Datelike::day0(&today)));
        let cycle = month - Months::new(1);
        Self { records, customers, once, coupons: Vec::new(), orders: Orders::default(), cycle }
    }

    /// Id of a customer; the first has number 0.
    pub fn customer(&self, number: u32) -> String {
        format!("bench-customer-{number:05}")
    }

    /// How many customers, the first ones, have money.
    pub fn funded_customers(&self) -> u32 {
        FUNDED_CUSTOMERS.min(self.customers)
    }

    /// Id of a customer that is to be authenticated.
    pub fn applicant(&self, applicant: Applicant, number: u32) -> String {
        format!("bench-{}-{number:05}", applicant.name())
    }

    /// Id of a member of the customer that pays itself.
    pub fn member_id(&self, number: u32) -> String {
        format!("bench-member-{number:02}")
    }

    /// Id of a coupon that the customer that pays itself can transfer to its members.
    pub fn cloud_coupon(&self, number: u32) -> String {
        format!("bench-cloud-coupon-{number:02}")
    }

    /// Id of a reseller.
    pub fn reseller(&self, number: u32) -> String {
        format!("bench-reseller-{number:02}")
    }

    /// Id of the item that a resource package of the first customer has.
    pub fn package_item(&self, number: u32) -> String {
        format!("bench-package-{number:02}-space")
    }

    /// Id of the quota that coupons are issued from.
    pub fn quota(&self) -> &'static str {
        QUOTA
    }

    /// Id of a quota that the first reseller was granted.
    pub fn granted_quota(&self, number: u32) -> String {
        format!("bench-grant-{number:05}")
    }

    /// A request as the bytes that go to `address`, signed now.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn sign(&self, request: &Unsigned, address: &str) -> Result<Vec<u8>> {
        let Unsigned { signer, method, target, body } = request;
        let (domain, access_key, secret_key) = match signer {
            Signer::Distributor => (PARTNER.to_owned(), ACCESS_KEY, SECRET_KEY),
            Signer::Customer => (self.customer(0), CUSTOMER_ACCESS_KEY, CUSTOMER_SECRET_KEY),
            Signer::PayingCustomer => {
                (PAYING_CUSTOMER.to_owned(), PAYING_ACCESS_KEY, PAYING_SECRET_KEY)
            }
            Signer::Browser => bail!("a browser signs nothing"),
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = [("content-type", "application/json"), ("x-domain-id", &domain)]
            .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        let parts = SignedParts { method, path, query, headers: &headers, body: body.as_bytes() };
        let now = Utc::now();
        let signed = signature::sign(&parts, address, access_key, secret_key.as_bytes(), now)?;
        let mut bytes = format!(
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\n\
             content-type: application/json\r\nx-domain-id: {domain}\r\n"
        );
        for (name, value) in signed {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        write!(bytes, "content-length: {}\r\n\r\n{body}", body.len())?;
        Ok(bytes.into_bytes())
    }

    /// The form by which the distributor signs in at the console, as bytes on the wire.
    pub fn sign_in(&self, address: &str) -> Vec<u8> {
        let body = format!("access_key_id={ACCESS_KEY}&secret_key={SECRET_KEY}");
        let request = format!(
            "POST /console/sign-in HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        request.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_month_is_the_last_one() {
        for (now, cycle) in
            [("2026-03-31T15:59:59Z", "2026-02-01"), ("2026-03-31T16:00:00Z", "2026-03-01")]
        {
            let tenant = Tenant::new(1_000, 3, 2, now.parse().expect("a time"));
            assert_eq!(tenant.cycle, cycle.parse().expect("a date"), "{now}");
        }
    }
}
