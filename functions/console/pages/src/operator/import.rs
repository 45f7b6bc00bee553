//! A book that is imported: a file of lines, as the operator's route takes it.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::console::{Form, Problem, Screen};
use billing::operations::import::Imported;
use billing::operator::{self, Role};
use maud::{Markup, html};

use crate::texts;
use crate::view::View;

/// Where the page is, and where its form goes.
pub const PATH: &str = "/console/import";

/// Where its script sends the parts of a book.
const PART_PATH: &str = "/console/import/part";

/// The field with the file.
const BOOK: &str = "book";

/// The form. What it does stands on the page itself: a browser sends a file once, so there is no page
/// between that confirms it, and a book that is imported again changes nothing.
pub fn show(view: &View, call: &OperatorCall<'_>) -> Result<Screen, Refusal> {
    call.require(Role::Everything)?;
    call.query(|_| Ok(()))?;
    let main = html! {
        p { (view.say(texts::IMPORT_DOES)) }
        (form(view))
        (progress(view))
        script src="/console/import.js" defer {}
    };
    Ok(view.page(texts::IMPORT, &main).with_script())
}

/// The form, with what the script says when.
fn form(view: &View) -> Markup {
    let file = html! { input id=(BOOK) name=(BOOK) type="file" required; };
    html! {
        form.box method="post" action=(PATH) enctype="multipart/form-data" data-part=(PART_PATH)
            data-running=(view.say(texts::IMPORT_RUNNING))
            data-done=(view.say(texts::BOOK_IMPORTED))
            data-stopped=(view.say(texts::IMPORT_STOPPED))
            data-refused=(view.say(texts::LINE_REFUSED))
            data-lost=(view.say(texts::IMPORT_LOST)) {
            (view.form_token())
            (view.field(BOOK, texts::BOOK, &file))
            p #limit { (view.say(texts::BOOK_LIMIT)) }
            p { button type="submit" { (view.say(texts::IMPORT)) } }
        }
    }
}

/// How far the script is; it fills this in.
fn progress(view: &View) -> Markup {
    let of = |id: &str| html! { span id=(id) {} };
    html! {
        section #progress hidden {
            (view.field("sent", texts::SENT, &html! { progress #sent max="1" value="0" {} }))
            p #state role="status" {}
            (view.facts(&[
                (texts::LINES_APPLIED, of("applied")),
                (texts::LINES_SKIPPED, of("skipped")),
                (texts::REFUSED_LINE, of("line")),
                (texts::REASON, html! { span #reason lang="en" {} }),
            ]))
            p { button #stop.plain type="button" { (view.say(texts::STOP)) } }
        }
    }
}

/// Imports a part of a book, and answers the script what the route answers.
pub async fn part(call: OperatorCall<'_>, form: Form) -> Screen {
    let imported = take(call, form).await;
    Screen::data_of_route(imported.and_then(|imported| Answer::ok(&imported)))
}

/// Imports the book, and says what became of its lines.
pub async fn import(view: &View, call: OperatorCall<'_>, form: Form) -> Result<Screen, Refusal> {
    match take(call, form).await {
        Ok(imported) => Ok(view.page(texts::IMPORT, &imported_all(view, imported))),
        Err(refusal @ Refusal::Line { line, imported, .. }) => {
            let main = stopped(view, line, imported, &Problem::of(&refusal));
            Ok(view.page(texts::IMPORT, &main).refused(refusal))
        }
        Err(refusal) => Err(refusal),
    }
}

/// Imports the book that a form has, as the route does.
async fn take(call: OperatorCall<'_>, form: Form) -> Result<Imported, Refusal> {
    call.require(Role::Everything)?;
    let call = call.with_body(form.into_file(BOOK)?);
    // A line of a book leads deeper than the compiler follows without a box between.
    Box::pin(operator::import_book(call)).await
}

fn imported_all(view: &View, imported: Imported) -> Markup {
    html! {
        p.good role="status" { (view.say(texts::BOOK_IMPORTED)) }
        (view.facts(&[
            (texts::LINES_APPLIED, html! { (imported.applied) }),
            (texts::LINES_SKIPPED, html! { (imported.skipped) }),
        ]))
        p { a href=(PATH) { (view.say(texts::ANOTHER_BOOK)) } }
    }
}

fn stopped(view: &View, line: u64, imported: Imported, problem: &Problem) -> Markup {
    html! {
        div.problem role="alert" {
            p { (view.say(texts::LINE_REFUSED)) }
            p lang="en" { (problem.text) " " code { (problem.code) } }
        }
        (view.facts(&[
            (texts::REFUSED_LINE, html! { (line) }),
            (texts::LINES_APPLIED, html! { (imported.applied) }),
            (texts::LINES_SKIPPED, html! { (imported.skipped) }),
        ]))
        p { a href=(PATH) { (view.say(texts::ANOTHER_BOOK)) } }
    }
}
