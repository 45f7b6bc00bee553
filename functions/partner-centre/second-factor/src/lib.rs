//! Show a partner's second factor, send it a code, and switch the second factor on or off.
//!
//! `GET`, `POST` and `PUT /partner-centre/v1/second-factor`. While it is on, the dangerous operations of
//! the partner centre ask for a code in `verification_code`.

use billing::api::fields;
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::registration::{MobileNumber, VerificationCode};
use billing::domain::second_factor::{FactorStatus, SecondFactor};
use billing::operations::second_factor::second_factor;
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

    let named = mobile_phone.as_deref().map(fields::mobile_phone).transpose()?;
    call.send_factor_code(named.as_ref()).await
}

async fn switch(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner()?;
    let request: Switching = call.body()?;
    let (on, code) = request.check()?;

    call.switch_factor(on.as_ref(), &code, |factor| Answer::ok(&Shown::from(factor))).await
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

impl Switching {
    /// The number to switch it on with, or none to switch it off; and the code.
    fn check(self) -> Result<(Option<MobileNumber>, VerificationCode), Refusal> {
        let mobile = self.mobile_phone.as_deref().map(fields::mobile_phone).transpose()?;
        let on = match (self.status, mobile) {
            (FactorStatus::On, Some(mobile)) => Some(mobile),
            (FactorStatus::Off, None) => None,
            (FactorStatus::On, None) => {
                return Err(Refusal::parameter("mobile_phone", "is required"));
            }
            (FactorStatus::Off, Some(_)) => {
                return Err(Refusal::parameter("mobile_phone", "must not be given with off"));
            }
        };
        Ok((on, VerificationCode::claimed(&self.verification_code)))
    }
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
