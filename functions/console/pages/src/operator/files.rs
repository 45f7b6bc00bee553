//! Files for finance: statements, the bills of a month, the ledger. They are the same to the byte as
//! those of the operator's route.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::{HEADERS, Screen};
use billing::operator::{export, export_parquet};
use billing::value::id::TenantId;
use maud::{Markup, html};

use super::tenant_field;
use crate::text::Text;
use crate::texts;
use crate::view::{Need, View, pairs};

/// Where a file is taken away.
const PATH: &str = "/console/files/file";

/// Where one of Parquet is.
const PARQUET_PATH: &str = "/console/files/parquet";

/// The forms for a file of each kind.
pub async fn show(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    call.tenant(&tenant_id).await?;
    let kind = html! {
        select id="kind" name="kind" required {
            option value="sums" { (view.say(texts::SUMS_AS_CSV)) }
            option value="bills" { (view.say(texts::LINES_AS_CSV)) }
            option value="focus" { (view.say(texts::LINES_AS_FOCUS)) }
        }
    };
    let month = html! {
        input id="bill_cycle" name="bill_cycle" type="month" required pattern="[0-9]{4}-[0-9]{2}"
            placeholder="2026-01";
    };
    let of_month = html! {
        (view.field("kind", texts::FILE, &kind))
        (view.field("bill_cycle", texts::MONTH, &month))
        (view.text_field("partner_id", texts::PARTNER_OR_ALL, "", Need::Optional))
    };
    let of_parquet = html! {
        (view.field("parquet_cycle", texts::MONTH, &html! {
            input id="parquet_cycle" name="bill_cycle" type="month" required
                pattern="[0-9]{4}-[0-9]{2}" placeholder="2026-01";
        }))
        (view.field("parquet_partner", texts::PARTNER_OR_ALL, &html! {
            input id="parquet_partner" name="partner_id" autocomplete="off" spellcheck="false";
        }))
    };
    let statement = html! {
        input type="hidden" name="kind" value="statement";
        (view.text_field("customer_id", texts::CUSTOMER, "", Need::Required))
    };
    let ledger = pairs(&[("tenant_id", Some(tenant_id.as_str())), ("kind", Some("journal"))]);
    let main = html! {
        div.columns {
            (form(view, (PATH, texts::BILLS), &tenant_id, &of_month))
            (form(view, (PARQUET_PATH, texts::LINES_AS_PARQUET), &tenant_id, &of_parquet))
            (form(view, (PATH, texts::STATEMENT_AS_CSV), &tenant_id, &statement))
        }
        p { a href={ (PATH) "?" (ledger) } { (view.say(texts::LEDGER_AS_JOURNAL)) } }
    };
    Ok(view.page(texts::FILES, &main))
}

/// The way to the charges of a month as Parquet.
pub fn parquet_of_month(view: &View, tenant_id: &TenantId, month: &str) -> Markup {
    let query = pairs(&[("tenant_id", Some(tenant_id.as_str())), ("bill_cycle", Some(month))]);
    html! { a href={ (PARQUET_PATH) "?" (query) } { (view.say(texts::PARQUET)) } }
}

fn form(view: &View, (path, title): (&str, Text), tenant_id: &TenantId, fields: &Markup) -> Markup {
    html! {
        form method="get" action=(path) {
            h2 { (view.say(title)) }
            (tenant_field(tenant_id))
            (fields)
            p { button type="submit" { (view.say(texts::TAKE_AWAY)) } }
        }
    }
}

/// A file.
pub async fn file(call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    Ok(Screen::file_of_route(export(call, HEADERS).await?))
}

/// A file of Parquet.
pub async fn parquet(call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    Ok(Screen::file_of_route(export_parquet(call, HEADERS).await?))
}
