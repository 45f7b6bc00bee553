//! What came of a write: the same again for a form that was posted twice.

use billing::api::{Answer, ErrorDetail, Refusal};
use billing::console::Screen;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::text::Text;
use crate::texts;
use crate::view::{View, Words, state};

/// The results of one write, kept with its client token.
#[derive(Serialize, Deserialize)]
pub struct Done {
    /// One for each thing that was asked for.
    pub lines: Vec<Line>,
}

/// The result for one thing.
#[derive(Serialize, Deserialize)]
pub struct Line {
    subject: String,
    result: String,
    /// The wire code, where it was refused.
    code: Option<String>,
}

impl Line {
    /// It was done.
    pub fn done(subject: String, result: String) -> Self {
        Self { subject, result, code: None }
    }

    /// It was refused, and the rest was done.
    pub fn refused(subject: String, detail: &ErrorDetail) -> Self {
        let (result, code) = (detail.error_msg.clone(), Some(detail.error_code.to_owned()));
        Self { subject, result, code }
    }
}

impl Done {
    /// The page that tells what was kept, with the way on.
    pub fn page(
        answer: &Answer,
        view: &View,
        title: Text,
        (path, text): (&str, Text),
    ) -> Result<Screen, Refusal> {
        let Self { lines } = answer.read()?;
        let rows: Vec<Vec<Markup>> = lines.iter().map(|line| row(view, line)).collect();
        let columns = [Words(texts::WHAT), Words(texts::STATUS), Words(texts::RESULT)];
        let main = html! {
            (view.table(texts::RESULT, &columns, &rows))
            p { a href=(path) { (view.say(text)) } }
        };
        Ok(view.page(title, &main))
    }
}

fn row(view: &View, line: &Line) -> Vec<Markup> {
    let code = line.code.as_deref();
    let said = if code.is_none() { texts::DONE } else { texts::NOT_DONE };
    vec![
        html! { (line.subject) },
        state(view, said),
        match code {
            None => html! { (line.result) },
            Some(code) => view.reason(&line.result, code),
        },
    ]
}
