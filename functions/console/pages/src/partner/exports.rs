//! Files of what is the partner's own: statements, the bills of a month, the ledger. They are the
//! same to the byte as those of the partner centre's route.

use billing::api::exports::{export_of_partner, export_parquet_of_partner};
use billing::api::{Operation, Refusal};
use billing::component::Call;
use billing::console::{HEADERS, Screen};
use maud::{Markup, html};

use crate::texts;
use crate::view::{View, pairs};

/// The pages' operations, as the log names them.
pub const EXPORT: Operation = Operation { method: "GET", name: "partner-centre-exports" };
pub const EXPORT_PARQUET: Operation =
    Operation { method: "GET", name: "partner-centre-exports-parquet" };

/// Where a file is taken away.
const PATH: &str = "/console/exports/file";

/// Where one of Parquet is.
const PARQUET_PATH: &str = "/console/exports/parquet";

/// A file.
pub async fn file(call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().of_console()?;
    Ok(Screen::file_of_route(export_of_partner(&call, caller, HEADERS).await?))
}

/// A file of Parquet.
pub async fn parquet(call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().of_console()?;
    Ok(Screen::file_of_route(export_parquet_of_partner(&call, caller, HEADERS).await?))
}

/// The ways to the files of a month.
pub fn of_month(view: &View, month: &str, acting: Option<&str>) -> Markup {
    let kinds = [
        ("sums", texts::SUMS_AS_CSV),
        ("bills", texts::LINES_AS_CSV),
        ("focus", texts::LINES_AS_FOCUS),
    ];
    let query = |kind| {
        let of = [("bill_cycle", Some(month)), ("indirect_partner_id", acting)];
        pairs(&[("kind", kind), of[0], of[1]])
    };
    html! {
        h2 { (view.say(texts::FILES)) }
        ul {
            @for (kind, text) in kinds {
                li { a href={ (PATH) "?" (query(Some(kind))) } { (view.say(text)) } }
            }
            li { a href={ (PARQUET_PATH) "?" (query(None)) } { (view.say(texts::LINES_AS_PARQUET)) } }
        }
    }
}

/// The way to the statement of the last year of an account: the partner's, or a customer's.
pub fn statement(view: &View, customer_id: Option<&str>, acting: Option<&str>) -> Markup {
    let query = pairs(&[
        ("kind", Some("statement")),
        ("customer_id", customer_id),
        ("indirect_partner_id", acting),
    ]);
    html! { a href={ (PATH) "?" (query) } { (view.say(texts::STATEMENT_AS_CSV)) } }
}

/// The way to the ledger of the partner and its customers.
pub fn ledger(view: &View) -> Markup {
    html! { a href={ (PATH) "?kind=journal" } { (view.say(texts::LEDGER_AS_JOURNAL)) } }
}
