//! The webhook receiver: where events are posted.

use super::host::{Host, OutboundError};
use super::refusal::Refusal;
use crate::domain::notification::Notification;
use crate::security::webhook::WebhookSecret;

/// A receiver: that of the variables `webhook_url`, `webhook_path` and `webhook_secret`, or an address
/// that a partner has bound.
#[derive(Debug)]
pub struct Webhook {
    url: String,
    secret: WebhookSecret,
}

impl Webhook {
    /// The operator's receiver; none while `webhook_secret` is empty.
    ///
    /// # Errors
    /// [`Refusal::Internal`] for variables that name no receiver, and failures of the host.
    pub fn configured(host: &dyn Host) -> Result<Option<Self>, Refusal> {
        let secret = host.variable("webhook_secret")?;
        if secret.is_empty() {
            return Ok(None);
        }
        let secret = WebhookSecret::parse(&secret)
            .map_err(|error| Refusal::Internal(format!("variable webhook_secret {error}")))?;
        let base = host.variable("webhook_url")?;
        let path = host.variable("webhook_path")?;
        let url = format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/'));
        Ok(Some(Self { url, secret }))
    }

    /// A partner's own receiver.
    ///
    /// # Errors
    /// [`Refusal::Internal`] for a stored secret that is none.
    pub(crate) fn of_partner(bound: &Notification) -> Result<Self, Refusal> {
        let secret = WebhookSecret::parse(bound.secret())
            .map_err(|error| Refusal::Internal(format!("the secret of an address {error}")))?;
        Ok(Self { url: bound.url.clone(), secret })
    }

    /// Posts the body of an event, once. `id` is the same for each attempt to deliver it.
    ///
    /// # Errors
    /// The receiver did not answer, or with another status than 2xx. It may have the event.
    pub async fn post(&self, host: &dyn Host, id: &str, body: &[u8]) -> Result<(), OutboundError> {
        let signature = self.secret.headers(id, host.now(), body);
        let headers = [("content-type", "application/json".to_owned())];
        let headers: Vec<(&str, String)> = headers.into_iter().chain(signature).collect();
        match host.post(&self.url, &headers, body).await? {
            200..300 => Ok(()),
            status => Err(OutboundError(format!("the receiver answered {status}"))),
        }
    }
}
