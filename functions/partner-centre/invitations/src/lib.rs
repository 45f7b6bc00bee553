//! Invite customers, accept an invitation, and list a partner's invitations.
//!
//! `POST`, `PUT` and `GET /partner-centre/v1/invitations`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::association::{Invitation, InvitationStatus};
use billing::domain::partner::AssociationType;
use billing::operations::associate_customer::{accept, invite};
use billing::value::id::{CustomerId, InvitationId, PartnerId};
use billing::value::text;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

billing::partner_centre! { POST => create, PUT => enter, GET => list }

async fn create(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Inviting { association_type, indirect_partner_id } = call.body()?;

    let (random, now) = (call.random(), call.now());
    call.update(async |books| {
        let reseller = indirect_partner_id.as_ref();
        let invitation = invite(books, caller, reseller, association_type, &random).await?;
        Answer::ok(&Shown::new(invitation, now))
    })
    .await
}

async fn enter(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Entering { invitation_id } = call.body()?;

    let now = call.now();
    call.update(async |books| {
        let invitation = accept(books, caller, &invitation_id).await?;
        Answer::ok(&Shown::new(invitation, now))
    })
    .await
}

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let slice = call.query(|query| query.slice(10, 1..=100))?;

    let now = call.now();
    let listed =
        call.read(async |books| books.invitations(&caller.partner_id, slice).await).await?;

    Answer::ok(&Invitations {
        total_count: listed.total_count,
        invitations: listed.items.into_iter().map(|it| Shown::new(it, now)).collect(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inviting {
    association_type: AssociationType,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entering {
    invitation_id: InvitationId,
}

#[derive(Serialize)]
struct Invitations {
    total_count: u64,
    invitations: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    invitation_id: InvitationId,
    partner_id: PartnerId,
    association_type: AssociationType,
    status: InvitationStatus,
    created_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<CustomerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_at: Option<Timestamp>,
}

impl Shown {
    fn new(invitation: Invitation, now: Timestamp) -> Self {
        let (status, expires_at) = (invitation.status_at(now), invitation.expires_at());
        let Invitation { invitation_id, partner_id, association_type, created_at, accepted } =
            invitation;
        let (customer_id, accepted_at) =
            accepted.map(|accepted| (accepted.customer_id, accepted.at)).unzip();
        Self {
            invitation_id,
            partner_id,
            association_type,
            status,
            created_at,
            expires_at,
            customer_id,
            accepted_at,
        }
    }
}
