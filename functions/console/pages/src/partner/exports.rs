//! Files of what is the partner's own: statements, the bills of a month, the ledger. They are the
//! same to the byte as those of the partner centre's route.

use billing::api::exports::export_of_partner;
use billing::api::{Operation, Refusal};
use billing::component::Call;
use billing::console::{HEADERS, Screen};
use maud::{Markup, html};

use crate::texts;
use crate::view::{View, pairs};

/// The page's operation, as the journal names it.
pub const EXPORT: Operation = Operation { method: "GET", name: "partner-centre-exports" };

/// Where a file is taken away.
pub const PATH: &str = "/console/exports/file";

/// A file.
pub async fn file(call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().of_console()?;
    Ok(Screen::file_of_route(export_of_partner(&call, caller, HEADERS).await?))
}

/// The ways to the files of a month.
pub fn of_month(view: &View, month: &str, acting: Option<&str>) -> Markup {
    let kinds = [
        ("sums", texts::SUMS_AS_CSV),
        ("bills", texts::LINES_AS_CSV),
        ("focus", texts::LINES_AS_FOCUS),
    ];
    html! {
        h2 { (view.say(texts::FILES)) }
        ul {
            @for (kind, text) in kinds {
                @let query = pairs(&[
                    ("kind", Some(kind)),
                    ("bill_cycle", Some(month)),
                    ("indirect_partner_id", acting),
                ]);
                li { a href={ (PATH) "?" (query) } { (view.say(text)) } }
            }
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
