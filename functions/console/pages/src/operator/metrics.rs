//! The figures of a tenant that a monitoring system is told, as numbers.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::Screen;
use billing::operations::metrics::Metrics;
use billing::operator::tenant_metrics;
use billing::value::id::TenantId;
use maud::{Markup, html};

use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::{Figures, View, Words};

/// The page.
pub async fn show(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    let metrics = tenant_metrics(&call, &tenant_id).await?;

    let sums: Vec<Vec<Markup>> = metrics
        .balances
        .iter()
        .map(|(kind, sum)| {
            vec![html! { (view.say(texts::account_kind(kind))) }, html! { "¥" (sum) }]
        })
        .collect();
    let columns = [Words(texts::KIND), Figures(texts::SUM)];
    let main = html! {
        (view.facts(&figures(view, &tenant_id, &metrics)))
        (view.table(texts::BALANCE_SUMS, &columns, &sums))
    };
    Ok(view.page(texts::METRICS, &main))
}

fn figures(view: &View, tenant_id: &TenantId, metrics: &Metrics) -> Vec<(Text, Markup)> {
    let fit = view.say(if metrics.is_fit { texts::YES } else { texts::NO });
    let oldest = metrics.oldest_review_at.map(format::time).unwrap_or_default();
    vec![
        (texts::TENANT, html! { (tenant_id) }),
        (texts::TRANSACTIONS, html! { (metrics.transactions) }),
        (texts::LAST_TRANSACTION, format::time(metrics.last_transaction_at)),
        (texts::QUOTAS_COUNT, html! { (metrics.quotas) }),
        (texts::QUOTAS_GRANTED, html! { "¥" (metrics.quotas_granted) }),
        (texts::QUOTAS_LEFT, html! { "¥" (metrics.quotas_left) }),
        (texts::REVIEWS_WAITING, html! { (metrics.reviews_waiting) }),
        (texts::OLDEST_REVIEW, oldest),
        (texts::DELIVERIES_DUE, html! { (metrics.deliveries_due) }),
        (texts::DELIVERIES_FAILED, html! { (metrics.deliveries_failed) }),
        (texts::LOG_BYTES, html! { (metrics.log_bytes) }),
        (texts::RECORDS_COUNT, html! { (metrics.records) }),
        (texts::PAGES_COUNT, html! { (metrics.pages) }),
        (texts::STORE_FIT, html! { (fit) }),
    ]
}
