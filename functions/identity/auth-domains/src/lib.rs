//! List the accounts that an access key belongs to: its owner's.
//!
//! `KeystoneListAuthDomains`, `GET /v3/auth/domains`. It is the identity service's own operation:
//! the official SDKs ask it when a client is built without a domain id.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::partner::Principal;
use serde::Serialize;

billing::component! { GET KeystoneListAuthDomains => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let principal = &call.caller().principal;
    call.query(|_| Ok(()))?;

    let account_name = call
        .read(async |books| {
            Ok(match principal {
                Principal::Partner(caller) => {
                    books.partner(&caller.partner_id).await?.and_then(|owner| owner.account_name)
                }
                Principal::Customer(caller) => {
                    books.customer(&caller.customer_id).await?.and_then(|owner| owner.account_name)
                }
            })
        })
        .await?;

    let id = match principal {
        Principal::Partner(caller) => caller.partner_id.as_str(),
        Principal::Customer(caller) => caller.customer_id.as_str(),
    };
    let name = account_name.as_deref().unwrap_or(id);
    let domain = Domain { id, name, enabled: true, links: Links {} };
    Answer::ok(&KeystoneListAuthDomainsResponse { domains: [domain], links: Links {} })
}

#[derive(Serialize)]
struct KeystoneListAuthDomainsResponse<'c> {
    domains: [Domain<'c>; 1],
    links: Links,
}

#[derive(Serialize)]
struct Domain<'c> {
    id: &'c str,
    /// The owner's account name; its id where the books have none.
    name: &'c str,
    enabled: bool,
    links: Links,
}

/// Addresses at the identity service: there are none here.
#[derive(Serialize)]
struct Links {}
