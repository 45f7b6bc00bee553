//! How one comes in and goes out, and which language is spoken.

use billing::api::Refusal;
use billing::component::Visit;
use billing::console::{Pair, SIGN_IN, Screen, Visitor};
use billing::domain::catalogue::Language;
use billing::domain::error::Reason;
use maud::{Markup, html};

use crate::text::Text;
use crate::texts;
use crate::view::View;

/// The page to sign in on; whoever is in goes on.
pub fn show(view: &View, visit: &Visit<'_>) -> Result<Screen, Refusal> {
    if *visit.visitor() != Visitor::Stranger {
        return Ok(Screen::see("/console".to_owned()));
    }
    let fault = visit.check_ready().err().map(|_| texts::NOT_READY);
    Ok(page(view, fault))
}

/// Signs in with what was posted.
pub async fn sign_in(view: &View, visit: &Visit<'_>) -> Result<Screen, Refusal> {
    let form = visit.form();
    let token = form.text("operator_token");
    let signed_in = if token.is_empty() {
        let access_key_id = form.text("access_key_id");
        let pair = Pair { access_key_id, secret_key: form.text("secret_key") };
        visit.sign_in(&pair).await
    } else {
        visit.sign_in_operator(token).await
    };
    let refusal = match signed_in {
        Ok(accepted) => {
            return Ok(Screen::see("/console".to_owned()).with_cookie(accepted.cookie));
        }
        Err(refusal) => refusal,
    };
    let fault = match &refusal {
        Refusal::Unauthenticated(_)
        | Refusal::WrongSignature { .. }
        | Refusal::OperatorUnauthenticated(_) => texts::WRONG_SIGN_IN,
        Refusal::Reason(Reason::CallerNotPermitted) => texts::CUSTOMERS_HAVE_NONE,
        Refusal::MasterKey(_) => texts::NOT_READY,
        _ => return Err(refusal),
    };
    Ok(page(view, Some(fault)).refused(refusal))
}

/// Forgets the session.
pub fn sign_out(visit: &Visit<'_>) -> Screen {
    Screen::see(SIGN_IN.to_owned()).with_cookie(visit.sign_out())
}

/// Speaks another language from now on, and goes back to the page.
pub fn choose_language(visit: &Visit<'_>) -> Result<Screen, Refusal> {
    let (language, from) = visit.read_query(|query| {
        Ok((query.required_choice("to", Language::from_header)?, query.value("from")?))
    })?;
    let back = from.filter(|from: &String| is_of_console(from));
    let screen = Screen::see(back.unwrap_or_else(|| "/console".to_owned()));
    Ok(screen.with_cookie(visit.remember_language(language)))
}

/// Whether a text leads to a page of the console and nowhere else.
fn is_of_console(target: &str) -> bool {
    let rest = target.strip_prefix("/console");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

fn page(view: &View, fault: Option<Text>) -> Screen {
    let main = html! {
        @if let Some(fault) = fault {
            p.problem role="alert" { (view.say(fault)) }
        }
        div.columns {
            form method="post" action=(SIGN_IN) {
                h2 { (view.say(texts::SIGN_IN_PARTNER)) }
                (input(view, "access_key_id", texts::ACCESS_KEY_ID, "text", "username"))
                (input(view, "secret_key", texts::SECRET_KEY, "password", "current-password"))
                button type="submit" { (view.say(texts::SIGN_IN)) }
            }
            form method="post" action=(SIGN_IN) {
                h2 { (view.say(texts::SIGN_IN_OPERATOR)) }
                (input(view, "operator_token", texts::OPERATOR_TOKEN, "password", "off"))
                button type="submit" { (view.say(texts::SIGN_IN)) }
            }
        }
        p { (view.say(texts::DEMO_HINT)) }
    };
    view.page(texts::SIGN_IN, &main)
}

fn input(view: &View, name: &str, label: Text, kind: &str, autocomplete: &str) -> Markup {
    let input = html! {
        input id=(name) name=(name) type=(kind) autocomplete=(autocomplete) required
            spellcheck="false" autocapitalize="none";
    };
    view.field(name, label, &input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_back_to_pages_of_the_console_only() {
        for inside in ["/console", "/console/customers", "/console?a=b", "/console/x?a=%2F"] {
            assert!(is_of_console(inside), "{inside}");
        }
        for outside in [
            "",
            "/",
            "//evil.example",
            "https://evil.example/console",
            "/consoles",
            "/console\\evil",
            "/console/\r\nSet-Cookie: a=b",
            "/console/ ",
            "/console/é",
        ] {
            assert!(!is_of_console(outside), "{outside:?}");
        }
    }
}
