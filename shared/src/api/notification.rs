//! A partner's own address for events: how it is bound, taken away and tried out.

use super::call::{Call, Decision};
use super::host::{Host, OutboundError};
use super::message::Answer;
use super::refusal::Refusal;
use super::webhook::Webhook;
use crate::domain::delivery::DeliveryState;
use crate::domain::error::Reason;
use crate::domain::notification::NotificationUrl;
use crate::operations::deliver;
use crate::operations::notify_partner::{bind, test, unbind};
use crate::security::webhook::AllowedHost;
use crate::value::id::DeliveryId;
use crate::value::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is allowed while the variable says nothing: a host that never exists.
const NOWHERE: &str = "https://notification.invalid";

/// The host that addresses of partners must be at, as the variable `notification_hosts` says.
///
/// # Errors
/// [`Refusal::Internal`] for a variable that names none, and failures of the host.
pub(crate) fn notification_hosts(host: &dyn Host) -> Result<AllowedHost, Refusal> {
    let entry = host.variable("notification_hosts")?;
    let entry = if entry.is_empty() { NOWHERE } else { entry.as_str() };
    AllowedHost::parse(entry)
        .ok_or_else(|| Refusal::Internal("variable notification_hosts names no host".to_owned()))
}

/// A binding, as it is answered and, without its secret, kept for a repeat.
#[derive(Serialize, Deserialize)]
struct Bound {
    url: String,
    bound_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

#[derive(Serialize)]
struct Tested {
    delivery_id: DeliveryId,
    state: DeliveryState,
}

impl Call {
    /// Whether the operator has said where addresses of partners may be.
    ///
    /// # Errors
    /// [`Refusal::Internal`] for a variable that names no host, and failures of the host.
    pub fn takes_notifications(&self) -> Result<bool, Refusal> {
        Ok(!notification_hosts(self.host())?.is_nowhere())
    }

    /// Reads an address that can be bound.
    ///
    /// # Errors
    /// [`Reason::Field`] for an address that is none, or not at a host that the operator allows;
    /// failures of the host.
    pub fn notification_url(&self, text: &str) -> Result<NotificationUrl, Refusal> {
        Ok(NotificationUrl::parse(text, &notification_hosts(self.host())?)?)
    }

    /// Binds an address of the calling partner. The answer has the secret, as no other has; a repeat
    /// gets it as long as the address is bound.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a customer; failures of the store and of the host.
    pub async fn bind_notification(&self, url: &NotificationUrl) -> Result<Answer, Refusal> {
        let partner = &self.caller().of_console()?.partner_id;
        let mut random = [0; 32];
        let halves = self.randoms(2);
        random.copy_from_slice(halves.as_flattened());

        let kept = self
            .update(async |books| {
                let bound = bind(books, partner, url, &random).await?;
                // What is kept for a repeat is not sealed.
                Answer::ok(&Bound { url: bound.url, bound_at: bound.bound_at, secret: None })
            })
            .await?;
        let kept: Bound = kept.read()?;
        let now = self.read(async |books| books.notification(partner).await).await?;
        let same = now.filter(|now| now.url == kept.url && now.bound_at == kept.bound_at);
        Answer::ok(&Bound { secret: same.map(|now| now.secret().to_owned()), ..kept })
    }

    /// Takes the address of the calling partner away.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a customer; store failures.
    pub async fn unbind_notification(&self) -> Result<Answer, Refusal> {
        let partner = &self.caller().of_console()?.partner_id;
        self.update(async |books| {
            unbind(books, partner).await?;
            Ok(Answer::no_content())
        })
        .await
    }

    /// Sends an event about nothing to the address of the calling partner, and answers what became of
    /// it. What was not taken is tried again, like every event.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a customer, [`Reason::Field`] without an address,
    /// [`Reason::TestedTooOften`]; failures of the store and of the host.
    pub async fn test_notification(&self) -> Result<Answer, Refusal> {
        let partner = &self.caller().of_console()?.partner_id;
        let random = self.random();
        let written = self
            .decide(async |books| Ok(Decision::Unanswered(test(books, partner, &random).await?)))
            .await?;
        let (bound, delivery) = match written {
            Decision::Answered(answer) => return Ok(answer),
            Decision::Unanswered(written) => written,
        };
        let (id, body) = (delivery.delivery_id, delivery.body);
        let receiver = Webhook::of_partner(&bound)?;
        let posted = receiver.post(self.host(), id.as_str(), &body).await;
        let attempts = [(id.clone(), posted.map_err(|OutboundError(cause)| cause))];
        self.update(async |books| {
            let states = deliver::record(books, &attempts).await?;
            let missing = || Reason::Corrupt(format!("delivery {id}"));
            let state = states.first().copied().ok_or_else(missing)?;
            Answer::ok(&Tested { delivery_id: id.clone(), state })
        })
        .await
    }
}
