//! What programs have asked of a demo tenant: each request with its answer beside it.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::Screen;
use billing::operator::list_requests;
use billing::value::id::TenantId;
use billing::value::page::Slice;
use billing::value::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::of_tenant;
use crate::format;
use crate::text::Text;
use crate::texts;
use crate::view::{PER_PAGE, View, pairs};

/// What is told of each request, and of its answer beside it.
const ASKED: [Text; 4] = [texts::SEQUENCE, texts::TIME, texts::OPERATION, texts::CALLER];
const ANSWERED: [Text; 4] =
    [texts::STATUS_CODE, texts::ERROR_CODE, texts::MILLISECONDS, texts::REQUEST_ID];

/// What the route answers of a list.
#[derive(Deserialize)]
struct Listed {
    total_count: u64,
    requests: Vec<Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    number: u64,
    time: Timestamp,
    request_id: String,
    operation: String,
    principal: Option<String>,
    status: u16,
    error_code: Option<String>,
    milliseconds: u64,
    /// What was asked and answered, as JSON that may break off.
    request: Option<String>,
    answer: Option<String>,
}

/// What is asked for besides the tenant.
struct Asked {
    operation: Option<String>,
    status: Option<u16>,
    slice: Slice,
}

/// The page. It is asked for as the route is.
pub async fn list(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let (tenant_id, asked) = call.query(|query| {
        let tenant_id: TenantId = query.required("tenant_id")?;
        let operation: Option<String> = query.value("operation")?;
        let status: Option<u16> = query.value("status")?;
        let slice = query.slice(PER_PAGE, 1..=100)?;
        Ok((tenant_id, Asked { operation, status, slice }))
    })?;
    let Asked { operation, status, slice } = asked;
    let status = status.map(|status| status.to_string());
    let query = pairs(&[
        ("tenant_id", Some(tenant_id.as_str())),
        ("operation", operation.as_deref()),
        ("status", status.as_deref()),
    ]);
    let sliced = format!("{query}&offset={}&limit={}", slice.offset, slice.limit);
    let Listed { total_count, requests } = list_requests(call.with_query(sliced)).await?.read()?;

    let main = html! {
        p { (view.say(texts::REQUESTS_ARE)) }
        p {
            (view.say(texts::RECORD_IS_SWITCHED)) " "
            a href=(of_tenant("/console/sandbox", &tenant_id)) { (view.say(texts::SANDBOX)) }
        }
        (table(view, &requests))
        (view.pager(&query, slice, total_count))
    };
    Ok(view.page(texts::REQUESTS, &main))
}

/// Requests at the left, and what each was answered at the right.
fn table(view: &View, requests: &[Recorded]) -> Markup {
    let caption = view.say(texts::REQUESTS);
    html! {
        div.scroll role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                colgroup span=(ASKED.len()) {}
                colgroup.beside span=(ANSWERED.len()) {}
                thead {
                    tr {
                        th scope="colgroup" colspan=(ASKED.len()) { (view.say(texts::REQUEST)) }
                        th scope="colgroup" colspan=(ANSWERED.len()) { (view.say(texts::ANSWER)) }
                    }
                    tr {
                        @for text in ASKED.iter().chain(&ANSWERED) {
                            th scope="col" { (view.say(*text)) }
                        }
                    }
                }
                tbody {
                    @for request in requests { (row(request)) }
                    @if requests.is_empty() {
                        tr {
                            td colspan=(ASKED.len() + ANSWERED.len()) {
                                (view.say(texts::NOTHING))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(request: &Recorded) -> Markup {
    html! {
        tr {
            td { (request.number) }
            td { (format::time(request.time)) }
            td { (request.operation) }
            td { (request.principal.as_deref().unwrap_or_default()) }
            td { (request.status) }
            td { code { (request.error_code.as_deref().unwrap_or_default()) } }
            td.figure { (request.milliseconds) }
            td { code { (request.request_id) } }
        }
        tr {
            td colspan=(ASKED.len()) { (body(request.request.as_deref())) }
            td colspan=(ANSWERED.len()) { (body(request.answer.as_deref())) }
        }
    }
}

/// What was sent, as it was sent; nothing where there was nothing.
fn body(sent: Option<&str>) -> Markup {
    html! {
        @if let Some(sent) = sent { code.sent { (sent) } }
    }
}
