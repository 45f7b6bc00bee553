//! How verification codes get where they belong.

use super::call::{Call, Decision};
use super::host::{Host, OutboundError};
use super::message::Answer;
use super::refusal::Refusal;
use super::webhook::Webhook;
use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::partner::Principal;
use crate::domain::registration::{CHINA, CodeOrder, Language, Scene};
use crate::security::webhook::{Event, message_id};
use crate::value::id::{CustomerId, PartnerId, TenantId};
use crate::value::time::Timestamp;
use serde::Serialize;

const EVENT_TYPE: &str = "verification_code.requested";

/// The way that a tenant's codes take.
#[derive(Debug)]
pub enum CodeDelivery {
    /// They are posted to the operator's receiver, which sends the messages.
    Receiver(Webhook),
    /// The operator reads them: there is no receiver, and the tenant only plays.
    Operator,
}

impl CodeDelivery {
    /// The way that the variables give.
    ///
    /// # Errors
    /// [`Reason::NoCodeDelivery`] when there is none; as [`Webhook::configured`].
    pub fn of(host: &dyn Host, tenant_id: &TenantId) -> Result<Self, Refusal> {
        if let Some(webhook) = Webhook::configured(host)? {
            Ok(Self::Receiver(webhook))
        } else if is_demo_tenant(host, tenant_id)? {
            Ok(Self::Operator)
        } else {
            Err(Reason::NoCodeDelivery.into())
        }
    }
}

/// What the message with a code is to say besides the code.
#[derive(Clone, Copy, Debug)]
pub struct CodeMessage<'m> {
    /// In which language it is.
    pub lang: Language,
    /// The customer that the code is for.
    pub customer_id: Option<&'m CustomerId>,
    /// What the member is to be called that the code is for.
    pub sub_customer_name: Option<&'m str>,
    /// The partner whose second factor the code is.
    pub partner_id: Option<&'m PartnerId>,
}

impl Call {
    /// Issues a code, if `check` finds nothing against it, and sends it where it belongs: to the
    /// operator's receiver of events, which sends the message, or in a demo tenant to the operator's
    /// own eyes.
    ///
    /// # Errors
    /// What `check` refuses, [`Reason::NoCodeDelivery`], [`Reason::SendLimitReached`],
    /// [`Reason::CodeNotDelivered`]; store failures.
    pub async fn send_code(
        &self,
        order: CodeOrder,
        message: CodeMessage<'_>,
        check: impl AsyncFn(&BooksMut<'_, '_>) -> Result<(), Reason>,
    ) -> Result<Answer, Refusal> {
        let delivery = CodeDelivery::of(self.host(), &self.caller().tenant_id)?;
        let order = CodeOrder { kept_sealed: matches!(delivery, CodeDelivery::Operator), ..order };
        let event_id = message_id(&self.random());
        // What customers send counts for their partner.
        let sender = match &self.caller().principal {
            Principal::Partner(partner) => &partner.partner_id,
            Principal::Customer(customer) => &customer.partner_id,
        };

        let issued = self
            .decide(async |books| {
                check(books).await?;
                books.count_code_of(sender).await?;
                Ok(Decision::Unanswered((books.issue_code(&order).await?, books.now())))
            })
            .await?;
        let (expires_at, now) = match issued {
            Decision::Answered(answer) => return Ok(answer),
            Decision::Unanswered(times) => times,
        };
        if let CodeDelivery::Receiver(receiver) = &delivery {
            let data = CodeRequested::new(&order, message, expires_at);
            let event = Event { event_type: EVENT_TYPE, timestamp: now, data };
            let body = event.body().map_err(|error| Refusal::Internal(error.to_string()))?;
            let posted = receiver.post(self.host(), &event_id, &body).await;
            posted.map_err(|OutboundError(cause)| Reason::CodeNotDelivered(cause))?;
        }
        // Only a code that was delivered is an answer to keep: a repeat of this request, under its
        // client token, sends another one otherwise.
        self.update(async |_| Ok(Answer::no_content())).await
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
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_customer_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_id: Option<&'a PartnerId>,
    code: &'a str,
    expires_at: Timestamp,
}

impl<'a> CodeRequested<'a> {
    fn new(order: &'a CodeOrder, message: CodeMessage<'a>, expires_at: Timestamp) -> Self {
        let CodeMessage { lang, customer_id, sub_customer_name, partner_id } = message;
        Self {
            country_code: CHINA,
            mobile_phone: order.mobile.as_str(),
            scene: order.scene,
            lang,
            customer_id,
            sub_customer_name,
            partner_id,
            code: order.code.expose(),
            expires_at,
        }
    }
}

/// Whether the variable `demo_tenants` names a tenant: ids, comma separated, each with a `*` at its
/// end if it means all that begin so.
///
/// # Errors
/// Failures of the host.
pub fn is_demo_tenant(host: &dyn Host, tenant_id: &TenantId) -> Result<bool, Refusal> {
    let names = host.variable("demo_tenants")?;
    let is_named = names.split(',').map(str::trim).any(|name| match name.strip_suffix('*') {
        Some(beginning) => tenant_id.as_str().starts_with(beginning),
        None => tenant_id.as_str() == name,
    });
    Ok(is_named)
}
