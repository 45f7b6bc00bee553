//! The page on which a customer's person is authenticated, opened by an address that a customer was
//! given as a QR code.
//!
//! The address ends with a ticket that names the tenant, the customer and the time until which it
//! counts. It stands behind a `#`: browsers send that to no server, so it is in nobody's log. Nothing
//! is stored when one is given out; that one was used is, until its time is over.

use super::admission::{key_ring, read_bounded};
use super::body::{self, Reading};
use super::call::Call;
use super::host::Host;
use super::issued::{self, Kind, Presented};
use super::message::{Body, Head};
use super::query::Query;
use super::refusal::Refusal;
use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::security::vault::Vault;
use crate::store::{Meta, Register, Tree};
use crate::value::id::{CustomerId, TenantId};
use crate::value::time::Timestamp;
use chrono::TimeDelta;
use minicbor::{Decode, Encode};
use serde::de::DeserializeOwned;

/// How long a ticket counts.
const TICKET_MINUTES: i64 = 10;

/// Longest address that is given out, in characters.
const ADDRESS_CHARACTERS_MAX: usize = 512;

const KIND: Kind = Kind { prefix: "pbface1_", purpose: "authentication page" };

/// What a ticket says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Claims {
    /// The master key that its MAC depends on.
    #[cbor(n(0), with = "minicbor::bytes")]
    master_key_id: [u8; 8],
    #[n(1)]
    tenant_id: TenantId,
    #[n(2)]
    customer_id: CustomerId,
    /// From this time on it is worth nothing.
    #[n(3)]
    expires_at: Timestamp,
    /// Tells it from all others.
    #[cbor(n(4), with = "minicbor::bytes")]
    number: [u8; 16],
}

impl issued::Claims for Claims {
    fn master_key_id(&self) -> [u8; 8] {
        self.master_key_id
    }
}

impl Call {
    /// The address of the page on which the calling customer can be authenticated, once and within
    /// ten minutes.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a partner; [`Reason::NoAuthenticationPage`] while the
    /// variable `real_name_page` is empty; [`Reason::Secret`] without a usable master key.
    pub fn authentication_page(&self) -> Result<String, Refusal> {
        let customer = self.caller.customer()?;
        let page = self.host.variable("real_name_page")?;
        if page.is_empty() {
            return Err(Reason::NoAuthenticationPage.into());
        }
        let ring = key_ring(&*self.host)?.map_err(Reason::Secret)?;
        let expires_at = self.host.now() + TimeDelta::minutes(TICKET_MINUTES);
        let claims = Claims {
            master_key_id: ring.current().id(),
            tenant_id: self.caller.tenant_id.clone(),
            customer_id: customer.customer_id.clone(),
            expires_at: expires_at.into(),
            number: self.host.random(),
        };
        let address = format!("{page}#{}", KIND.issue(ring.current(), &claims)?);
        if address.chars().count() > ADDRESS_CHARACTERS_MAX {
            let fault = "variable real_name_page is too long for an address";
            return Err(Refusal::Internal(fault.to_owned()));
        }
        Ok(address)
    }
}

/// A request of a browser that was opened by such an address: nobody has signed it.
pub struct Visit<'r, S> {
    host: Box<dyn Host>,
    head: Head,
    body: &'r mut S,
}

impl<'r, S: Body> Visit<'r, S> {
    /// A request for the page, or of the page.
    ///
    /// # Errors
    /// Failures of the host.
    pub(crate) fn admit(
        head: Head,
        body: &'r mut S,
        open: impl FnOnce() -> Result<Box<dyn Host>, Refusal>,
    ) -> Result<Self, Refusal> {
        Ok(Self { host: open()?, head, body })
    }

    /// The method, in upper case.
    pub fn method(&self) -> &str {
        &self.head.method
    }

    /// Random bytes, drawn before a transaction because its closure must be pure.
    pub fn random(&self) -> [u8; 16] {
        self.host.random()
    }

    /// Refuses any query.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first parameter.
    pub fn no_query(&self) -> Result<(), Refusal> {
        Query::read(&self.head.query, |_| Ok(()), || Ok(Reading::Strict))
    }

    /// Reads the body, which must be a JSON object. A request with a body has no query.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first field that is wrong, [`Refusal::BodyTooLarge`],
    /// [`Refusal::BodyIncomplete`].
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Refusal> {
        self.no_query()?;
        body::parse(&read_bounded(&*self.host, &self.head, self.body).await?, Reading::Strict)
    }

    /// Uses a ticket up together with a change for its customer, in one transaction or not at all.
    /// `change` may run more than once, so it is pure: it awaits nothing but `books`.
    ///
    /// # Errors
    /// [`Refusal::BadToken`] for a ticket that this installation has not issued, whose time is over,
    /// or that was used; what `change` refuses, and then the ticket still counts; store failures.
    pub async fn redeem<T>(
        &self,
        ticket: &str,
        change: impl AsyncFn(&mut BooksMut<'_, '_>, &CustomerId) -> Result<T, Reason>,
    ) -> Result<T, Refusal> {
        let ring = key_ring(&*self.host)?;
        let presented: Presented<Claims> = KIND.parse(ticket).ok_or_else(|| bad("no ticket"))?;
        let keys = ring.as_deref().map_err(|error| bad(&error.to_string()))?;
        KIND.verify(&presented, keys).map_err(|fault| bad(&fault))?;
        let Claims { tenant_id, customer_id, expires_at, number, .. } = presented.claims;
        // The real time, whatever the tenant's clock shows: as of signatures.
        let now = Timestamp::from(self.host.now());
        if now >= expires_at {
            return Err(bad("expired"));
        }
        let head_key = Register::new(&*self.host).tenant(tenant_id.as_str()).await?;
        let head_key = head_key.ok_or_else(|| bad("its tenant is not there"))?;
        let vault = Vault::under(ring, self.host.random());
        let meta = Meta {
            caller: format!("customer {customer_id}"),
            operation: "authentication page".to_owned(),
        };
        let tree = Tree::new(&*self.host, head_key.as_str());
        tree.update(&meta, async |transaction| {
            let books = BooksMut::new(transaction).with_vault(vault.clone());
            let mut books = books.with_clock().await?;
            if !books.use_ticket(&number, expires_at, now).await? {
                return Err(bad("used before"));
            }
            Ok(change(&mut books, &customer_id).await?)
        })
        .await
    }
}

fn bad(fault: &str) -> Refusal {
    Refusal::BadToken(fault.to_owned())
}
