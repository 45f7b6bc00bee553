//! Figures of the tenants for a monitoring system, in the text format of Prometheus.
//!
//! `GET /operator/v1/metrics[?tenant_id=…]`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { GET Read => show }

async fn show(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::show_metrics(call).await
}
