//! Send a verification code to a mobile: to the operator's receiver of events, which sends the
//! message, or in a demo tenant to the operator's own eyes.
//!
//! `SendVerificationMessageCode`, `POST /v2/bases/verificationcode/send`.

use billing::api::{Answer, CodeMessage, Refusal, fields};
use billing::component::Call;
use billing::domain::registration::{CodeOrder, Language, ReceiverType, Scene, VerificationCode};
use billing::value::id::CustomerId;
use serde::Deserialize;

const TIMEOUT_MINUTES: std::ops::RangeInclusive<u32> = 1..=3000;

billing::component! { POST SendVerificationMessageCode => send }

async fn send(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: SendVerificationCodeV2Req = call.body()?;
    let lang = request.lang.unwrap_or(Language::Chinese);
    let (customer_id, order) = request.order(VerificationCode::generated(&call.random()))?;
    let message = CodeMessage {
        lang,
        customer_id: customer_id.as_ref(),
        sub_customer_name: None,
        partner_id: None,
    };
    call.send_code(order, message, async |books| {
        if let Some(customer_id) = &customer_id {
            books.customer_below(caller, customer_id).await?;
        }
        Ok(())
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendVerificationCodeV2Req {
    #[serde(rename = "receiver_type")]
    _receiver_type: ReceiverType,
    timeout: Option<u32>,
    mobile_phone: String,
    lang: Option<Language>,
    scene: Option<Scene>,
    customer_id: Option<CustomerId>,
}

impl SendVerificationCodeV2Req {
    /// The code to be issued, and the customer that it must be for.
    fn order(self, code: VerificationCode) -> Result<(Option<CustomerId>, CodeOrder), Refusal> {
        if self.timeout.is_some_and(|minutes| !TIMEOUT_MINUTES.contains(&minutes)) {
            return Err(Refusal::parameter("timeout", "must be a whole number from 1 to 3000"));
        }
        let mobile = fields::mobile_phone(&self.mobile_phone)?;
        let scene = self.scene.unwrap_or(Scene::Registration);
        let customer_id = match scene {
            // Nobody is a customer before it is registered.
            Scene::Registration => None,
            Scene::BankCard if self.customer_id.is_none() => {
                return Err(Refusal::parameter("customer_id", "is required when scene is 18"));
            }
            Scene::BankCard => self.customer_id,
            // Those are sent to the partner's own number only.
            Scene::SecondFactor | Scene::SecondFactorNumber | Scene::SignIn => {
                return Err(Refusal::parameter("scene", "must be 18 or 29"));
            }
        };
        let (minutes, kept_sealed) = (self.timeout, false);
        Ok((customer_id, CodeOrder { mobile, scene, code, minutes, kept_sealed }))
    }
}
