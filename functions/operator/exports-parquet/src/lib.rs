//! Take the charges of a month away as FOCUS has them, as Parquet.
//!
//! `GET /operator/v1/exports/parquet?tenant_id=…&bill_cycle=…[&partner_id=…&customer_id=…]`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { GET Read => export }

async fn export(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::export_parquet(call, &[]).await
}
