//! How one comes in and goes out, and which language is spoken.

use billing::api::Refusal;
use billing::component::Visit;
use billing::console::{Pair, Problem, SIGN_IN, Screen, SignedIn, Visitor};
use billing::domain::catalogue::Language;
use billing::domain::error::Reason;
use billing::domain::registration::VerificationCode;
use billing::domain::second_factor::{SecondFactor, VERIFICATION_CODE};
use maud::{Markup, html};

use crate::text::Text;
use crate::texts;
use crate::view::View;

/// Where the code of a sign-in is asked for, below the path that its cookie is sent to.
pub const CODE: &str = "/console/sign-in/code";

/// The field that asks for another code in place of showing one.
const ANOTHER: &str = "another";

/// The page to sign in on; whoever is in goes on.
pub fn show(view: &View, visit: &Visit<'_>) -> Result<Screen, Refusal> {
    if *visit.visitor() != Visitor::Stranger {
        return Ok(Screen::see("/console".to_owned()));
    }
    let fault = visit.check_ready().err().map(|_| texts::NOT_READY);
    Ok(page(view, fault))
}

/// Signs in with what was posted.
pub async fn sign_in(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let [token, access_key_id, secret_key] = ["operator_token", "access_key_id", "secret_key"]
        .map(|name| visit.form().text(name).to_owned());
    let signed_in = if token.is_empty() {
        let pair = Pair { access_key_id: &access_key_id, secret_key: &secret_key };
        visit.sign_in(&pair).await
    } else {
        visit.sign_in_operator(&token).await.map(SignedIn::Accepted)
    };
    let refusal = match signed_in {
        Ok(SignedIn::Accepted(accepted)) => {
            return Ok(Screen::see("/console".to_owned()).with_cookie(accepted.cookie));
        }
        Ok(SignedIn::CodeSent { cookies }) => {
            let screen = Screen::see(CODE.to_owned());
            return Ok(cookies.into_iter().fold(screen, Screen::with_cookie));
        }
        Err(refusal) => refusal,
    };
    let fault = match &refusal {
        Refusal::Unauthenticated(_)
        | Refusal::WrongSignature { .. }
        | Refusal::OperatorUnauthenticated(_) => texts::WRONG_SIGN_IN,
        Refusal::Reason(Reason::CallerNotPermitted) => texts::CUSTOMERS_HAVE_NONE,
        Refusal::MasterKey(_) => texts::NOT_READY,
        _ => match fault_of_code(&refusal) {
            Some(fault) => fault,
            None => return Err(refusal),
        },
    };
    Ok(page(view, Some(fault)).refused(refusal))
}

/// The page that asks for the code of a sign-in that has begun.
pub async fn ask_code(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    visit.read_query(|_| Ok(()))?;
    let factor = match visit.started().await? {
        Some(started) => started.second_factor().await?,
        None => None,
    };
    Ok(match factor {
        Some(factor) => code_page(view, &factor, &html! {}),
        // Whoever has switched it off since comes in without a code.
        None => Screen::see(SIGN_IN.to_owned()),
    })
}

/// Takes the code that was posted, or sends another one.
pub async fn take_code(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    if *visit.visitor() != Visitor::Stranger {
        return Ok(Screen::see("/console".to_owned()));
    }
    let wants_another = !visit.form().text(ANOTHER).is_empty();
    let code = VerificationCode::claimed(visit.form().text(VERIFICATION_CODE));
    let Some(started) = visit.started().await? else {
        let refusal = Refusal::Unauthenticated("no sign-in has begun, or it is over".to_owned());
        return Ok(page(view, Some(texts::SIGN_IN_ENDED)).refused(refusal));
    };

    let (factor, forgotten) = (started.second_factor().await?, started.forgotten());
    if wants_another {
        let Some(factor) = factor else {
            return Ok(Screen::see(SIGN_IN.to_owned()));
        };
        let sent = html! { p.good role="status" { (view.say(texts::ANOTHER_SENT)) } };
        return match started.send_code().await {
            Ok(()) => Ok(code_page(view, &factor, &sent)),
            Err(refusal) => refused_code(view, &factor, refusal),
        };
    }
    match (started.finish(&code).await, factor) {
        (Ok(accepted), _) => {
            let screen = Screen::see("/console".to_owned());
            Ok(screen.with_cookie(accepted.cookie).with_cookie(forgotten))
        }
        (Err(refusal), Some(factor)) => refused_code(view, &factor, refusal),
        (Err(refusal), None) => Err(refusal),
    }
}

/// The page again, with why.
fn refused_code(view: &View, factor: &SecondFactor, refusal: Refusal) -> Result<Screen, Refusal> {
    let Some(fault) = fault_of_code(&refusal) else {
        return Err(refusal);
    };
    let problem = html! {
        p.problem role="alert" { (view.say(fault)) " " code { (Problem::of(&refusal).code) } }
    };
    Ok(code_page(view, factor, &problem).refused(refusal))
}

/// What is wrong with a code, or with sending one.
fn fault_of_code(refusal: &Refusal) -> Option<Text> {
    let Refusal::Reason(reason) = refusal else {
        return None;
    };
    match reason {
        Reason::CodeWrong => Some(texts::CODE_WRONG),
        Reason::CodeExpired => Some(texts::CODE_EXPIRED),
        Reason::CodeFailedTooOften => Some(texts::CODE_FAILED),
        Reason::SendLimitReached => Some(texts::CODE_LIMIT),
        Reason::NoCodeDelivery => Some(texts::CODE_NO_WAY),
        Reason::CodeNotDelivered(_) => Some(texts::CODE_NOT_DELIVERED),
        _ => None,
    }
}

fn code_page(view: &View, factor: &SecondFactor, news: &Markup) -> Screen {
    let input = html! {
        input id=(VERIFICATION_CODE) name=(VERIFICATION_CODE) type="text" inputmode="numeric"
            autocomplete="one-time-code" spellcheck="false" required;
    };
    let shown = view.field(VERIFICATION_CODE, texts::CODE, &input);
    let another = html! { input type="hidden" name=(ANOTHER) value="yes"; };
    let main = html! {
        (news)
        p { (view.say(texts::CODE_GOES_TO)) " " strong { (factor.masked_mobile()) } }
        div.columns {
            (view.form(CODE, texts::ENTER_CODE, &shown, texts::SIGN_IN))
            (view.form(CODE, texts::ANOTHER_CODE, &another, texts::ANOTHER_CODE))
        }
        p { a href=(SIGN_IN) { (view.say(texts::START_OVER)) } }
    };
    view.page(texts::ENTER_CODE, &main)
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
