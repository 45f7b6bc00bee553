//! Export a tenant's books, or the catalogue: all records as NDJSON, what is secret in them under
//! the key in the header `X-Export-Key`.
//!
//! `GET /operator/v1/export?tenant_id=…[&snapshot=…]`, or `?books=catalogue`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { GET Everything => export }

async fn export(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::export_books(call).await
}
