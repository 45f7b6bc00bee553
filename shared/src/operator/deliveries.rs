//! Messages out to the operator's own systems and to addresses of partners: each attempt, and the run that repeats them.

use crate::api::notification::notification_hosts;
use crate::api::{Body, Host, OutboundError, Refusal, Webhook};
use crate::domain::delivery::{Attempt, Delivery, DeliveryState};
use crate::operations::deliver;
use crate::operator::call::{OperatorCall, TenantBooks};
use crate::value::id::{DeliveryId, PartnerId, TenantId};
use crate::value::text::log_text;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Most messages of one run: it must end before its caller gives up.
const DELIVERIES_PER_RUN: usize = 10;

/// Delivers messages, one after another, and records the result of each. Answers their states.
async fn deliver(
    webhook: Option<&Webhook>,
    host: &dyn Host,
    books: &TenantBooks<'_>,
    deliveries: &[Delivery],
) -> Result<Vec<DeliveryState>, Refusal> {
    let mut attempts: Vec<(DeliveryId, Attempt)> = Vec::with_capacity(deliveries.len());
    let mut partners = PartnerReceivers::of(books, deliveries).await?;
    for delivery in deliveries {
        let Delivery { delivery_id, body, partner_id, .. } = delivery;
        let attempt = match (partner_id, webhook) {
            (Some(partner), _) => partners.post(host, partner, delivery).await,
            (None, Some(webhook)) => {
                let posted = webhook.post(host, delivery_id.as_str(), body).await;
                posted.map_err(|OutboundError(cause)| cause)
            }
            (None, None) => Err("no receiver is set up".to_owned()),
        };
        attempts.push((delivery_id.clone(), attempt));
    }
    books.update("record deliveries", async |books| deliver::record(books, &attempts).await).await
}

/// The addresses of the partners that a run's messages go to, and why one failed, which is then not
/// waited for again.
struct PartnerReceivers(BTreeMap<PartnerId, Result<Webhook, String>>);

impl PartnerReceivers {
    /// Reads them together.
    async fn of(books: &TenantBooks<'_>, deliveries: &[Delivery]) -> Result<Self, Refusal> {
        let partners: BTreeSet<PartnerId> =
            deliveries.iter().filter_map(|it| it.partner_id.clone()).collect();
        if partners.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let bound = books.read(async |books| books.notifications(&partners).await).await?;
        let receivers = bound.into_iter().map(|(partner, bound)| {
            let receiver = bound.map_err(Refusal::from).and_then(|it| Webhook::of_partner(&it));
            let receiver = receiver.map_err(|refusal| not_opened(&partner, &refusal));
            (partner, receiver)
        });
        Ok(Self(receivers.collect()))
    }

    async fn post(&mut self, host: &dyn Host, partner: &PartnerId, delivery: &Delivery) -> Attempt {
        let receiver = match self.0.get(partner) {
            Some(Ok(receiver)) => receiver,
            Some(Err(cause)) => return Err(cause.clone()),
            None => return Err("no address is bound".to_owned()),
        };
        let posted = receiver.post(host, delivery.delivery_id.as_str(), &delivery.body).await;
        let attempt = posted.map_err(|OutboundError(cause)| cause);
        if let Err(cause) = &attempt {
            self.0.insert(partner.clone(), Err(cause.clone()));
        }
        attempt
    }
}

/// What the messages to an address are told that cannot be opened. Its partner reads that, too: which
/// key is missing is for the operator's log.
fn not_opened(partner: &PartnerId, refusal: &Refusal) -> String {
    let cause = log_text(&refusal.cause().unwrap_or_default());
    eprintln!("the address of partner {partner} cannot be opened: {cause}");
    "the address cannot be opened".to_owned()
}

/// Delivers a message whose transaction has committed, and answers its state. Whatever goes wrong
/// here, the next run delivers it again.
pub async fn deliver_one(
    webhook: &Webhook,
    host: &dyn Host,
    books: &TenantBooks<'_>,
    delivery: &Delivery,
) -> DeliveryState {
    let states = deliver(Some(webhook), host, books, std::slice::from_ref(delivery)).await;
    match states.as_deref() {
        Ok([state]) => *state,
        Ok(_) => DeliveryState::Pending,
        Err(refusal) => {
            let cause = log_text(&refusal.cause().unwrap_or_default());
            eprintln!("delivery {}: its result is not recorded: {cause}", delivery.delivery_id);
            DeliveryState::Pending
        }
    }
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// Messages that were tried.
    pub attempted: u64,
    /// Of these, those that arrived.
    pub delivered: u64,
    /// Of these, those that were given up.
    pub failed: u64,
    /// Messages that are due and were not tried: run again.
    pub due: u64,
    /// Old messages that were forgotten.
    pub forgotten: u64,
}

impl Ran {
    fn count(&mut self, states: &[DeliveryState]) {
        for state in states {
            self.attempted += 1;
            match state {
                DeliveryState::Delivered => self.delivered += 1,
                DeliveryState::Failed => self.failed += 1,
                DeliveryState::Pending => {}
            }
        }
    }
}

/// Delivers what is due, of one tenant or of all, within bounds; or one message, due or not.
///
/// # Errors
/// [`Refusal::Parameter`] while there is no receiver and no host of partners is allowed, [`Refusal::UnknownTenant`],
/// [`NoSuchDelivery`](crate::domain::error::Reason::NoSuchDelivery), store failures.
pub async fn run_deliveries<S: Body>(
    call: &OperatorCall<'_, S>,
    tenant_id: Option<&TenantId>,
    delivery_id: Option<&DeliveryId>,
) -> Result<Ran, Refusal> {
    let host = call.host();
    let webhook = Webhook::configured(host)?;
    if webhook.is_none() && notification_hosts(host)?.is_nowhere() {
        return Err(Refusal::parameter("webhook_secret", "the variable is not set"));
    }
    let tenants = match tenant_id {
        Some(tenant_id) => vec![call.tenant(tenant_id).await?],
        None => call.tenants().await?,
    };
    let mut ran = Ran::default();
    if let Some(id) = delivery_id {
        let (Some(_), [books]) = (tenant_id, tenants.as_slice()) else {
            return Err(Refusal::parameter("tenant_id", "is required with delivery_id"));
        };
        let claim =
            books.update("claim delivery", async |books| deliver::claim_one(books, id).await);
        let claimed = claim.await?;
        ran.count(&deliver(webhook.as_ref(), host, books, &[claimed]).await?);
        return Ok(ran);
    }
    let mut left = DELIVERIES_PER_RUN;
    for books in &tenants {
        let now = call.now();
        if !books.read(async |books| deliver::is_work(books, books.at(now)).await).await? {
            continue;
        }
        let claim =
            books.update("claim deliveries", async |books| deliver::claim(books, left).await);
        let claim = claim.await?;
        left = left.saturating_sub(claim.deliveries.len());
        ran.due += claim.due;
        ran.forgotten += claim.forgotten;
        if !claim.deliveries.is_empty() {
            ran.count(&deliver(webhook.as_ref(), host, books, &claim.deliveries).await?);
        }
    }
    Ok(ran)
}
