//! Send a verification code to a mobile: to the operator's receiver of events, which sends the
//! message, or in a demo tenant to the operator's own eyes.
//!
//! `SendVerificationMessageCode`, `POST /v2/bases/verificationcode/send`.

use billing::api::{Answer, CodeDelivery, Decision, OutboundError, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::registration::{
    CHINA, CodeOrder, Language, MobileNumber, ReceiverType, Scene, VerificationCode,
};
use billing::security::webhook::{Event, message_id};
use billing::value::id::CustomerId;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

const TIMEOUT_MINUTES: std::ops::RangeInclusive<u32> = 1..=3000;
const EVENT_TYPE: &str = "verification_code.requested";

billing::component! { POST SendVerificationMessageCode => send }

async fn send(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: SendVerificationCodeV2Req = call.body()?;
    let language = request.lang.unwrap_or(Language::Chinese);
    let (customer_id, order) = request.order(VerificationCode::generated(&call.random()))?;
    let delivery = CodeDelivery::of(call.host(), &call.caller().tenant_id)?;
    let order = CodeOrder { kept_sealed: matches!(delivery, CodeDelivery::Operator), ..order };
    let event_id = message_id(&call.random());

    let issued = call
        .decide(async |books| {
            if let Some(customer_id) = &customer_id {
                books.customer_below(caller, customer_id).await?;
            }
            Ok(Decision::Unanswered((books.issue_code(&order).await?, books.now())))
        })
        .await?;
    let (expires_at, now) = match issued {
        Decision::Answered(answer) => return Ok(answer),
        Decision::Unanswered(times) => times,
    };
    if let CodeDelivery::Receiver(receiver) = &delivery {
        let event = Event {
            event_type: EVENT_TYPE,
            timestamp: now,
            data: CodeRequested::new(&order, customer_id.as_ref(), language, expires_at),
        };
        let body = event.body().map_err(|error| Refusal::Internal(error.to_string()))?;
        let posted = receiver.post(call.host(), &event_id, &body).await;
        posted.map_err(|OutboundError(cause)| Reason::CodeNotDelivered(cause))?;
    }
    // Only a code that was delivered is an answer to keep: a repeat of this request, under its
    // client token, sends another one otherwise.
    call.update(async |_| Ok(Answer::no_content())).await
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
        let mobile = MobileNumber::parse(&self.mobile_phone)
            .map_err(|_| Refusal::parameter("mobile_phone", "must be eleven digits"))?;
        let scene = self.scene.unwrap_or(Scene::Registration);
        let customer_id = match scene {
            // Nobody is a customer before it is registered.
            Scene::Registration => None,
            Scene::BankCard if self.customer_id.is_none() => {
                return Err(Refusal::parameter("customer_id", "is required when scene is 18"));
            }
            Scene::BankCard => self.customer_id,
        };
        let (minutes, kept_sealed) = (self.timeout, false);
        Ok((customer_id, CodeOrder { mobile, scene, code, minutes, kept_sealed }))
    }
}

/// What the receiver is told.
#[derive(Serialize)]
struct CodeRequested<'a> {
    country_code: &'static str,
    mobile_phone: &'a str,
    scene: Scene,
    lang: Language,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a CustomerId>,
    code: &'a str,
    expires_at: Timestamp,
}

impl<'a> CodeRequested<'a> {
    fn new(
        order: &'a CodeOrder,
        customer_id: Option<&'a CustomerId>,
        lang: Language,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            country_code: CHINA,
            mobile_phone: order.mobile.as_str(),
            scene: order.scene,
            lang,
            customer_id,
            code: order.code.expose(),
            expires_at,
        }
    }
}
