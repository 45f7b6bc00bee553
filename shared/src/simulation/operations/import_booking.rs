//! `POST /operator/v1/books`: money from outside, imported again by any client.

use super::issue_coupons::Coupons;
use super::{Call, ClientBooks, Model, Operations, entry, operations};
use crate::domain::error::Reason;
use crate::operations::import;
use crate::simulation::world::Rules;

const BOOKING: &str = r#"{"kind":"booking","tenant_id":"t","booking_id":"B","partner_id":"D",
    "account_type":1,"amount":"7.00","trade_type":"RECHARGE","at":"2026-01-03T00:00:00Z"}"#;

/// The answer is 1, or 0 when the line was there before.
pub async fn perform(books: &mut ClientBooks<'_, '_>) -> Result<u64, Reason> {
    let outcome = import::apply(books, &entry(BOOKING)).await?;
    Ok(u64::from(outcome == import::Outcome::Applied))
}

pub fn model(model: &mut Model) -> Result<u64, Reason> {
    let first = model.imported.insert("B");
    if first {
        *model.account("BD") += 7;
    }
    Ok(u64::from(first))
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    use Call::ImportBooking;
    let one = Call::Issue(Coupons::ONE);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("one booking imported twice", &[&[ImportBooking], &[ImportBooking]]),
        scenario("one booking imported twice, folding", &[&[ImportBooking], &[ImportBooking]])
            .folding(),
        scenario("an import and an issue, folding", &[&[ImportBooking], &[one]]).folding(),
    ]
}
