//! The second factor of a partner: its state, the codes that it asks for, and on and off.

use billing::api::fields::mobile_phone;
use billing::api::{Answer, Operation, Refusal};
use billing::component::Visit;
use billing::console::Screen;
use billing::domain::registration::VerificationCode;
use billing::domain::second_factor::SecondFactor;
use billing::operations::second_factor::second_factor;
use maud::{Markup, html};

use super::done::{Done, Line};
use crate::format;
use crate::texts;
use crate::view::{Need, View};

/// The pages' operations, as the journal names them.
const SHOW: Operation = Operation { method: "GET", name: "partner-centre-second-factor" };
const SEND: Operation = Operation { method: "POST", name: "partner-centre-second-factor" };
const SWITCH: Operation = Operation { method: "PUT", name: "partner-centre-second-factor" };

/// Where a code is sent from, whichever page asks for it.
const CODE: &str = "/console/second-factor/code";

/// The page: whether it is on, and the forms that change that.
pub async fn show(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&SHOW)?;
    let caller = call.caller().partner()?;
    call.query(|_| Ok(()))?;
    let factor = call.read(async |books| second_factor(books, &caller.partner_id).await).await?;

    let main = html! {
        p { (view.say(texts::FACTOR_IS)) }
        @match &factor {
            Some(factor) => (forms_of_one_that_is_on(view, factor)),
            None => (forms_of_one_that_is_off(view)),
        }
    };
    Ok(view.page(texts::SECOND_FACTOR, &main))
}

fn forms_of_one_that_is_on(view: &View, factor: &SecondFactor) -> Markup {
    let off = html! {
        input type="hidden" name="status" value="off";
        (view.text_field("verification_code", texts::CODE, "", Need::Required))
    };
    html! {
        (view.facts(&[
            (texts::STATUS, html! { (view.say(texts::FACTOR_ON)) }),
            (texts::MOBILE, html! { (factor.masked_mobile()) }),
            (texts::SINCE, format::time(factor.since)),
        ]))
        div.columns {
            (view.form(CODE, texts::SEND_CODE, &html! {}, texts::SEND_CODE))
            (view.form("/console/second-factor", texts::SWITCH_OFF, &off, texts::SWITCH_OFF))
        }
    }
}

fn forms_of_one_that_is_off(view: &View) -> Markup {
    let number = |id: &str| {
        let input = html! {
            input id=(id) name="mobile_phone" inputmode="tel" autocomplete="tel" required;
        };
        view.field(id, texts::MOBILE, &input)
    };
    let on = html! {
        input type="hidden" name="status" value="on";
        (number("proven"))
        (view.text_field("verification_code", texts::CODE, "", Need::Required))
    };
    html! {
        (view.facts(&[(texts::STATUS, html! { (view.say(texts::FACTOR_OFF)) })]))
        div.columns {
            (view.form(CODE, texts::SEND_CODE, &number("named"), texts::SEND_CODE))
            (view.form("/console/second-factor", texts::SWITCH_ON, &on, texts::SWITCH_ON))
        }
    }
}

/// Sends a code.
pub async fn send(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&SEND)?;
    call.caller().partner()?;
    let named = form.filled("mobile_phone").as_deref().map(mobile_phone).transpose()?;
    call.send_factor_code(named.as_ref()).await?;

    let main = html! {
        p.good role="status" { (view.say(texts::CODE_IS_SENT)) }
        p { a href="/console/second-factor" { (view.say(texts::SECOND_FACTOR)) } }
    };
    Ok(view.page(texts::CODE_SENT, &main))
}

/// Switches it on or off, which a code must prove to be right.
pub async fn switch(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&SWITCH)?;
    call.caller().partner()?;
    let code: String = form.value("verification_code")?;
    let code = VerificationCode::claimed(&code);
    let number = match form.text("status") {
        "on" => Some(mobile_phone(&form.value::<String>("mobile_phone")?)?),
        "off" => None,
        _ => return Err(Refusal::parameter("status", "must be on or off")),
    };
    let partner = &call.caller().partner()?.partner_id;
    let answer = call
        .switch_factor(number.as_ref(), &code, |factor| {
            let said =
                view.say(if factor.is_some() { texts::FACTOR_ON } else { texts::FACTOR_OFF });
            let line = Line::done(partner.to_string(), said.to_owned());
            Answer::ok(&Done { lines: vec![line] })
        })
        .await?;
    let back = ("/console/second-factor", texts::SECOND_FACTOR);
    Done::page(&answer, view, texts::SECOND_FACTOR, back)
}

/// The field for a code on a page that confirms something dangerous, and a button that sends one and
/// leaves the page as it is. Nothing where the partner has no second factor.
pub fn field(view: &View, factor: Option<&SecondFactor>) -> Markup {
    html! {
        @if factor.is_some() {
            (view.text_field("verification_code", texts::CODE, "", Need::Required))
            button.plain type="submit" formaction=(CODE) formtarget="_blank" formnovalidate {
                (view.say(texts::SEND_CODE))
            }
        }
    }
}
