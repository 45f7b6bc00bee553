//! The console: pages for a browser, in Chinese and English, that work without a script. One has a
//! script beside, which shows how far long work is.
//!
//! A page reads and changes the books as the routes do: through the call of its visitor and the
//! library's operations. Nothing here decides about money.
//!
//! - `text`, `texts`: what pages say, each text in both languages. `format`: amounts and times as
//!   people read them.
//! - `plot`: figures, drawn. `deliveries`: messages in a list. `view`: what all pages have in common. `sign_in`: how one comes in and goes out.
//! - `partner`, `operator`: the pages.

mod deliveries;
mod format;
mod operator;
mod partner;
mod plot;
mod sign_in;
mod text;
mod texts;
mod view;

use billing::api::Refusal;
use billing::component::Visit;
use billing::console::{Rejected, SIGN_IN, Screen, Visitor};

use crate::view::View;

billing::console!(answer);

const STYLESHEET: &str = include_str!("style.css");

const IMPORT_SCRIPT: &str = include_str!("import.js");

async fn answer(visit: Result<Visit<'_>, Rejected>) -> Screen {
    let visit = match visit {
        Ok(visit) => visit,
        Err(Rejected { language, refusal }) => return View::of_nobody(language).refusal(refusal),
    };
    let view = View::of(&visit);
    match route(&view, visit).await {
        Ok(screen) => screen,
        Err(refusal) => view.refusal(refusal),
    }
}

async fn route(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let path = visit.path().to_owned();
    match (visit.is_posted(), path.as_str()) {
        (false, "/console/style.css") => return Ok(Screen::stylesheet(STYLESHEET)),
        (false, "/console/import.js") => return Ok(Screen::script(IMPORT_SCRIPT)),
        (false, "/console/language") => return sign_in::choose_language(&visit),
        (false, SIGN_IN) => return sign_in::show(view, &visit),
        (true, SIGN_IN) => return sign_in::sign_in(view, visit).await,
        (false, sign_in::CODE) => return sign_in::ask_code(view, visit).await,
        (true, sign_in::CODE) => return sign_in::take_code(view, visit).await,
        (true, "/console/sign-out") => return Ok(sign_in::sign_out(&visit)),
        (false, "/console/") => return Ok(Screen::see("/console".to_owned())),
        _ => {}
    }
    match visit.visitor() {
        Visitor::Stranger => Ok(Screen::see(SIGN_IN.to_owned())),
        Visitor::Partner(_) => partner::route(view, visit).await,
        Visitor::Operator { .. } => operator::route(view, visit).await,
    }
}
