//! Import a book: tenants, partners, keys, money from outside, quotas, customers, reviews, bills.
//!
//! `POST /operator/v1/books`, one JSON object per line, of any size.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { POST Everything => import }

async fn import(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    // A line of a book leads deeper than the compiler follows without a box between.
    let imported = Box::pin(operator::import_book(call)).await?;
    Answer::ok(&imported)
}
