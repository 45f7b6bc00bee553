//! Take the charges of a month of the calling partner's customers, or of those of one of its
//! resellers, away as FOCUS has them, as Parquet.
//!
//! `GET /partner-centre/v1/exports/parquet?bill_cycle=…[&customer_id=…&indirect_partner_id=…]`.

use billing::api::exports::export_parquet_of_partner;
use billing::api::{Answer, Refusal};
use billing::component::Call;

billing::partner_centre! { GET => export }

async fn export(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    export_parquet_of_partner(&call, caller, &[]).await
}
