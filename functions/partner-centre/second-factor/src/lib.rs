//! Show a partner's second factor, send it a code, and switch the second factor on or off.
//!
//! `GET`, `POST` and `PUT /partner-centre/v1/second-factor`. While it is on, the dangerous operations of
//! the partner centre ask for a code in `verification_code`.

use billing::api::{Answer, Decision, Refusal};
use billing::component::Call;
use billing::domain::registration::{CodeCheck, MobileNumber, VerificationCode};
use billing::domain::second_factor::{FactorStatus, SecondFactor};
use billing::operations::second_factor::{second_factor, switch_off, switch_on};
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

billing::partner_centre! { GET => show, POST => send, PUT => switch }

async fn show(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    call.query(|_| Ok(()))?;

    let factor = call.read(async |books| second_factor(books, &caller.partner_id).await).await?;
    Answer::ok(&Shown::from(factor))
}

async fn send(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner()?;
    let Sending { mobile_phone } = call.body()?;

    let named = mobile_phone.as_deref().map(mobile).transpose()?;
    call.send_factor_code(named.as_ref()).await
}

async fn switch(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: Switching = call.body()?;
    let (switch, code) = request.check()?;

    let partner = &caller.partner_id;
    let decision = call
        .decide(async |books| {
            let check = match &switch {
                Switch::On(mobile) => switch_on(books, partner, mobile, &code).await?,
                Switch::Off => switch_off(books, partner, &code).await?,
            };
            if let CodeCheck::Refused(reason) = check {
                return Ok(Decision::Unanswered(reason));
            }
            let factor = second_factor(books, partner).await?;
            Ok(Decision::Answered(Answer::ok(&Shown::from(factor))?))
        })
        .await?;
    match decision {
        Decision::Answered(answer) => Ok(answer),
        Decision::Unanswered(reason) => Err(reason.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sending {
    /// While the second factor is off: the number that it is to have.
    mobile_phone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switching {
    status: FactorStatus,
    mobile_phone: Option<String>,
    verification_code: String,
}

/// What becomes of the second factor.
enum Switch {
    On(MobileNumber),
    Off,
}

impl Switching {
    fn check(self) -> Result<(Switch, VerificationCode), Refusal> {
        let mobile = self.mobile_phone.as_deref().map(mobile).transpose()?;
        let switch = match (self.status, mobile) {
            (FactorStatus::On, Some(mobile)) => Switch::On(mobile),
            (FactorStatus::Off, None) => Switch::Off,
            (FactorStatus::On, None) => {
                return Err(Refusal::parameter("mobile_phone", "is required"));
            }
            (FactorStatus::Off, Some(_)) => {
                return Err(Refusal::parameter("mobile_phone", "must not be given with off"));
            }
        };
        Ok((switch, VerificationCode::claimed(&self.verification_code)))
    }
}

fn mobile(text: &str) -> Result<MobileNumber, Refusal> {
    MobileNumber::parse(text)
        .map_err(|_| Refusal::parameter("mobile_phone", "must be eleven digits"))
}

#[derive(Serialize)]
struct Shown {
    status: FactorStatus,
    /// Its ends alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

impl From<Option<SecondFactor>> for Shown {
    fn from(factor: Option<SecondFactor>) -> Self {
        let status = if factor.is_some() { FactorStatus::On } else { FactorStatus::Off };
        let mobile_phone = factor.as_ref().map(SecondFactor::masked_mobile);
        Self { status, mobile_phone, since: factor.map(|factor| factor.since) }
    }
}
