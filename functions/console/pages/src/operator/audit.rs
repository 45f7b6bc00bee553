//! The audit of a tenant: green or red, with its figures and its time.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::Screen;
use billing::operations::audit::Audit;
use billing::operator::audit_tenant;
use billing::value::id::TenantId;
use maud::{Markup, html};

use crate::format;
use crate::texts;
use crate::view::View;

/// The page.
pub async fn show(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    let audit = audit_tenant(&call, tenant_id).await?;

    let main = html! {
        @if is_in_order(&audit) {
            p.good role="status" { "✓ " (view.say(texts::AUDIT_GREEN)) }
        } @else {
            p.problem role="alert" { "✗ " (view.say(texts::AUDIT_RED)) }
        }
        (figures(view, &audit, format::time(call.now())))
    };
    Ok(view.page(texts::AUDIT, &main))
}

fn is_in_order(audit: &Audit) -> bool {
    audit.conserved
        && audit.negative == 0
        && audit.journal_matches
        && audit.orders_match
        && audit.bills_match
        && audit.enterprises_match
        && audit.chain_verified
}

fn figures(view: &View, audit: &Audit, time: Markup) -> Markup {
    let said = |holds: bool| view.say(if holds { texts::YES } else { texts::NO });
    view.facts(&[
        (texts::TENANT, html! { (audit.tenant_id) }),
        (texts::AUDITED_AT, time),
        (texts::TRANSACTIONS, html! { (audit.transactions) }),
        (texts::ACCOUNTS_COUNT, html! { (audit.accounts) }),
        (texts::SUM, html! { "¥" (audit.sum) }),
        (texts::OUTSIDE_SUM, html! { "¥" (audit.outside_sum) }),
        (texts::CONSERVED, html! { (said(audit.conserved)) }),
        (texts::NEGATIVE, html! { (audit.negative) }),
        (texts::JOURNAL_MATCHES, html! { (said(audit.journal_matches)) }),
        (texts::ORDERS_MATCH, html! { (said(audit.orders_match)) }),
        (texts::BILLS_MATCH, html! { (said(audit.bills_match)) }),
        (texts::ENTERPRISES_MATCH, html! { (said(audit.enterprises_match)) }),
        (texts::CHAIN_VERIFIED, html! { (said(audit.chain_verified)) }),
    ])
}
