//! Another master key: everything that the one before has sealed is sealed again.
//!
//! A pass goes through the operators, then the access keys of all tenants and then, tenant by tenant, through the key
//! of its digests and its personal data. Each request takes a bounded part of it and says where
//! the next one goes on, so nothing is kept between two requests, and a pass that broke off is
//! begun anew: what is sealed again already is only read. New data is sealed under the current key
//! meanwhile, so the pass that has nothing left ends the rotation.
//!
//! The same pass gives a MAC to access keys that have none, once the operator says that they are
//! trusted: after an update from a version that had no MACs.

use crate::api::admission::key_ring;
use crate::api::credential::{self, WithoutMac};
use crate::api::{Answer, Body};
use crate::api::{Host, Refusal};
use crate::books::{BooksMut, OpenBooks};
use crate::operator::access_key::Owner;
use crate::operator::call::OperatorCall;
use crate::operator::operators;
use crate::security::secret::KeyRing;
use crate::security::vault::Vault;
use crate::store::{Backend, Meta, Register, Tree};
use crate::value::id::TenantId;
use minicbor::{Decode, Encode};
use serde::Serialize;
use std::rc::Rc;
use std::str::FromStr;

/// Records that one request goes through.
const RECORDS_MAX: usize = 500;

/// Access keys that are changed in one transaction of the register.
const ACCESS_KEYS_PER_STEP: usize = 50;

/// Where a pass goes on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
enum Marker {
    /// At the access keys after this one.
    #[n(0)]
    AccessKeys(#[n(0)] Option<String>),
    /// At this tenant, or the next one if it is gone: at the records after this one.
    #[n(1)]
    Tenant(#[n(0)] String, #[cbor(n(1), with = "minicbor::bytes")] Option<Vec<u8>>),
}

/// The text is not one that an answer gave.
#[derive(Debug, thiserror::Error)]
#[error("must be the next_marker of an answer")]
struct NoMarker;

impl FromStr for Marker {
    type Err = NoMarker;

    fn from_str(text: &str) -> Result<Self, NoMarker> {
        let bytes = hex::decode(text).map_err(|_| NoMarker)?;
        minicbor::decode(&bytes).map_err(|_| NoMarker)
    }
}

#[derive(Serialize)]
struct Rotated {
    /// What this request has sealed again.
    resealed: u64,
    /// Records that this pass has not looked at yet.
    left: u64,
    /// Where the next request goes on; none after the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    /// Only when access keys without a MAC were to be trusted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trusted_access_keys: Vec<Trusted>,
}

/// An access key that had no MAC, as it was trusted: for the operator to look through.
#[derive(Serialize)]
struct Trusted {
    access_key_id: String,
    tenant_id: TenantId,
    #[serde(flatten)]
    owner: Owner,
}

/// Seals a part of everything again under the current master key.
///
/// # Errors
/// [`Refusal::MasterKey`] without usable keys, or at the first record that neither of them opens;
/// [`Refusal::Parameter`] for a marker that is none; store failures.
pub async fn rotate_master_key<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (marker, without_mac): (Option<Marker>, _) = call.query(|query| {
        let trusted = |said: &str| (said == "trust").then_some(WithoutMac::Trusted);
        Ok((query.value("marker")?, query.choice("access_keys_without_mac", trusted)?))
    })?;
    let without_mac = without_mac.unwrap_or(WithoutMac::Distrusted);
    let ring = key_ring(call.host())??;
    let vault = Vault::under(Ok(Rc::clone(&ring)), call.host().random());
    let tenants = Register::new(call.host()).tenants().await?;
    let (host, operator) = (call.host(), call.caller());
    let mut pass = Pass {
        host,
        operator,
        ring,
        vault,
        without_mac,
        tenants,
        resealed: 0,
        read: 0,
        trusted: Vec::new(),
    };

    let mut place = Some(marker.unwrap_or(Marker::AccessKeys(None)));
    while let Some(here) = place.take_if(|_| pass.read < RECORDS_MAX) {
        place = pass.step(here).await.map_err(Refusal::for_operator)?;
    }
    let left = pass.left(place.as_ref()).await?;
    let next_marker = place.map(|place| minicbor::to_vec(place).map(hex::encode)).transpose();
    let next_marker =
        next_marker.map_err(|error| Refusal::Internal(format!("marker as CBOR: {error}")))?;
    let trusted_access_keys = pass.trusted;
    Answer::ok(&Rotated { resealed: pass.resealed, left, next_marker, trusted_access_keys })
}

/// One request's part of a pass.
struct Pass<'h> {
    host: &'h dyn Host,
    /// As the journal names the operator.
    operator: &'h str,
    ring: Rc<KeyRing>,
    vault: Vault,
    without_mac: WithoutMac,
    /// Ids and head keys, in order.
    tenants: Vec<(String, String)>,
    resealed: u64,
    read: usize,
    trusted: Vec<Trusted>,
}

impl Pass<'_> {
    async fn step(&mut self, marker: Marker) -> Result<Option<Marker>, Refusal> {
        match marker {
            Marker::AccessKeys(after) => self.access_keys(after).await,
            Marker::Tenant(tenant_id, after) => self.personal_data(&tenant_id, after).await,
        }
    }

    async fn access_keys(&mut self, after: Option<String>) -> Result<Option<Marker>, Refusal> {
        if after.is_none() {
            self.resealed += operators::reseal(self.host, &self.ring, self.operator).await?;
        }
        let part = (after.as_deref(), ACCESS_KEYS_PER_STEP);
        let access: (&dyn Backend, _) = (self.host, self.operator);
        let step = credential::reseal(access, &self.ring, self.without_mac, part).await?;
        self.trusted.extend(step.trusted.into_iter().map(|(access_key_id, key)| Trusted {
            access_key_id,
            tenant_id: key.tenant_id,
            owner: Owner::from(key.principal),
        }));
        self.resealed += step.resealed;
        self.read += step.read;
        Ok(match step.last {
            Some(last) if step.left > 0 => Some(Marker::AccessKeys(Some(last))),
            _ => self.tenants.first().map(|(id, _)| Marker::Tenant(id.clone(), None)),
        })
    }

    async fn personal_data(
        &mut self,
        tenant_id: &str,
        after: Option<Vec<u8>>,
    ) -> Result<Option<Marker>, Refusal> {
        let place = self.tenants.partition_point(|(id, _)| id.as_str() < tenant_id);
        let Some((id, head_key)) = self.tenants.get(place) else {
            return Ok(None);
        };
        let after = after.filter(|_| id == tenant_id);
        let meta =
            Meta { caller: self.operator.to_owned(), operation: "rotate master key".to_owned() };
        let limit = RECORDS_MAX - self.read;
        let vault = &self.vault;
        let step = Tree::new(self.host, head_key.as_str())
            .update(&meta, async |transaction| {
                let mut books = BooksMut::new(transaction).with_vault(vault.clone());
                books.reseal(after.as_deref(), limit).await
            })
            .await?;
        self.resealed += step.resealed;
        // A tenant counts even when it has nothing: looking at it is work, too.
        self.read += step.read.max(1);
        let next = self.tenants.get(place + 1).map(|(id, _)| Marker::Tenant(id.clone(), None));
        Ok(step.last.map(|last| Marker::Tenant(id.clone(), Some(last))).or(next))
    }

    /// Number of records from a place on.
    async fn left(&self, marker: Option<&Marker>) -> Result<u64, Refusal> {
        let (mut left, first, mut after) = match marker {
            None => return Ok(0),
            Some(Marker::AccessKeys(after)) => {
                let register = Register::new(self.host);
                let (count, _) = register.access_keys_after(after.as_deref(), 0).await?;
                (count, "", None)
            }
            Some(Marker::Tenant(id, after)) => (0, id.as_str(), after.as_deref()),
        };
        let place = self.tenants.partition_point(|(id, _)| id.as_str() < first);
        for (_, head_key) in &self.tenants[place..] {
            let tree = Tree::new(self.host, head_key.as_str());
            left += tree
                .read(async |snapshot| OpenBooks::new(snapshot).sealed_after(after).await)
                .await?;
            after = None;
        }
        Ok(left)
    }
}
