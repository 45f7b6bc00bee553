//! Send a verification code to the mobile of a member that is to be created: to the operator's
//! receiver of events, which sends the message, or in a demo tenant to the operator's own eyes.
//!
//! `SendSmsVerificationCode`, `POST /v2/enterprises/multi-accounts/sm-verification-code`.

use billing::api::{Answer, CodeMessage, Refusal, fields};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::registration::{CodeOrder, Language, MINUTES_MAX, Scene, VerificationCode};
use billing::operations::enterprise::check_sends_codes;
use serde::Deserialize;

const MOBILE_CHARACTERS_MAX: usize = 20;
const TIMEOUT_MINUTES_MAX: u32 = 100;
const NAME_CHARACTERS_MAX: usize = 255;

billing::component! { POST SendSmsVerificationCode => send }

async fn send(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: SendSmVerificationCodeReq = call.body()?;
    let sub_customer_name = request.sub_customer_name()?;
    let lang = request.language.unwrap_or(Language::Chinese);
    let order = request.order(VerificationCode::generated(&call.random()))?;

    let message = CodeMessage {
        lang,
        customer_id: None,
        sub_customer_name: Some(&sub_customer_name),
        partner_id: None,
    };
    let sent =
        call.send_code(order, message, async |books| check_sends_codes(books, caller).await).await;
    sent.map_err(of_member)
}

/// The same refusal, as this operation names it.
fn of_member(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Reason(Reason::SendLimitReached) => Reason::MemberSendLimitReached.into(),
        Refusal::Reason(Reason::CodeNotDelivered(cause)) => {
            Reason::MemberCodeNotDelivered(cause).into()
        }
        other => other,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendSmVerificationCodeReq {
    mobile_phone: String,
    timeout: Option<u32>,
    language: Option<Language>,
    sm_template_args: Vec<TemplateArgs>,
}

/// A value that the message has in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateArgs {
    #[serde(rename = "key")]
    _key: TemplateKey,
    value: String,
}

/// The only name of such a value.
#[derive(Deserialize)]
enum TemplateKey {
    #[serde(rename = "sub_customer_name")]
    SubCustomerName,
}

impl SendSmVerificationCodeReq {
    fn sub_customer_name(&self) -> Result<String, Refusal> {
        match &self.sm_template_args[..] {
            [only] => fields::required("value", only.value.clone(), NAME_CHARACTERS_MAX),
            _ => Err(Refusal::parameter("sm_template_args", "must have 1 item")),
        }
    }

    /// The code to be issued. It counts for an hour at most, as every code.
    fn order(self, code: VerificationCode) -> Result<CodeOrder, Refusal> {
        if self.timeout.is_some_and(|minutes| minutes > TIMEOUT_MINUTES_MAX) {
            return Err(Refusal::parameter("timeout", "must be a whole number from 0 to 100"));
        }
        let minutes = self.timeout.filter(|minutes| *minutes > 0);
        let mobile = fields::required("mobile_phone", self.mobile_phone, MOBILE_CHARACTERS_MAX)?;
        let mobile = fields::mobile_phone(&mobile)?;
        Ok(CodeOrder {
            mobile,
            scene: Scene::Registration,
            code,
            minutes: minutes.map(|minutes| minutes.min(MINUTES_MAX)),
            kept_sealed: false,
        })
    }
}
