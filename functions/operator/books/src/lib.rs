//! Import a book: tenants, partners, keys, money from outside, quotas, customers, reviews, bills.
//!
//! `POST /operator/v1/books`, one JSON object per line, of any size.

use billing::api::{self, Answer, Refusal};
use billing::component::OperatorCall;

billing::operator! { POST => import }

async fn import(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let imported = api::import_book(call).await?;
    Answer::ok(&imported)
}
