//! The audit of a tenant or of the catalogue, as the operator asks for it.

use crate::api::admission::key_ring;
use crate::api::{Answer, Body, Host, Query, Refusal, credential};
use crate::operations::audit::{self, Audit};
use crate::operator::call::OperatorCall;
use crate::store::register::CATALOGUE;
use crate::store::{Reader, Register, Tree, journal};
use crate::value::id::TenantId;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// A link of a journal: what an operator keeps where nobody who can write the store can write.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    sequence: u64,
    link: [u8; 32],
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.sequence, hex::encode(self.link))
    }
}

/// The text is not a link.
#[derive(Debug, thiserror::Error)]
#[error("must be the journal_link of an audit")]
struct NoLink;

impl FromStr for Link {
    type Err = NoLink;

    fn from_str(text: &str) -> Result<Self, NoLink> {
        let (sequence, digits) = text.split_once(':').ok_or(NoLink)?;
        let mut link = [0; 32];
        hex::decode_to_slice(digits, &mut link).map_err(|_| NoLink)?;
        Ok(Self { sequence: sequence.parse().map_err(|_| NoLink)?, link })
    }
}

/// What is audited, or exported and restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Audited {
    Catalogue,
    Tenant(TenantId),
}

impl Audited {
    pub(super) fn asked(query: &mut Query) -> Result<Self, Refusal> {
        let tenant_id: Option<TenantId> = query.value("tenant_id")?;
        let catalogue = query.choice("books", |books| (books == "catalogue").then_some(()))?;
        match (tenant_id, catalogue) {
            (Some(tenant_id), None) => Ok(Self::Tenant(tenant_id)),
            (None, Some(())) => Ok(Self::Catalogue),
            _ => Err(Refusal::parameter("tenant_id", "is required, or else books=catalogue")),
        }
    }

    async fn head_key(&self, host: &dyn Host) -> Result<String, Refusal> {
        match self {
            Self::Catalogue => Ok(CATALOGUE.to_owned()),
            Self::Tenant(tenant_id) => {
                let head_key = Register::new(host).tenant(tenant_id.as_str()).await;
                let head_key = head_key.map_err(|error| Refusal::of_audit(error.into()))?;
                head_key.ok_or(Refusal::UnknownTenant)
            }
        }
    }

    /// The audit, the journal's newest link, and whether the journal goes on from the link that was
    /// kept.
    async fn audit(
        &self,
        host: &dyn Host,
        head_key: String,
        kept: Option<&Link>,
    ) -> Result<(Audit, Link, Option<bool>), Refusal> {
        let (mut audit, newest, kept_link_found) = Tree::new(host, head_key)
            .read(async |snapshot| {
                let audit = audit::audit(snapshot).await?;
                let found = match kept {
                    None => None,
                    Some(kept) => {
                        Some(journal::link_at(snapshot, kept.sequence).await? == Some(kept.link))
                    }
                };
                let newest = Link { sequence: snapshot.sequence(), link: snapshot.chain() };
                Ok((audit, newest, found))
            })
            .await
            .map_err(Refusal::of_audit)?;
        // A fork's journal begins with that of the tenant that it is from, whose name it has.
        if let Self::Tenant(tenant_id) = self {
            audit.tenant_id = tenant_id.to_string();
        }
        Ok((audit, newest, kept_link_found))
    }
}

#[derive(Serialize)]
struct Found {
    #[serde(flatten)]
    audit: Audit,
    /// The journal's newest link, to be kept elsewhere.
    journal_link: String,
    /// Whether the journal goes on from the link that was kept; only when one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_link_found: Option<bool>,
    /// The tenant's access keys; the catalogue has none.
    #[serde(flatten)]
    access_keys: Option<AccessKeys>,
}

#[derive(Serialize)]
struct AccessKeys {
    #[serde(rename = "access_keys")]
    count: u64,
    /// Those that this installation has not made as they are stored: they open nothing.
    access_keys_not_authentic: Vec<String>,
}

/// Audits a tenant, its books and its access keys, or the catalogue; and that the journal goes on
/// from a link that was kept.
///
/// # Errors
/// [`Refusal::UnknownTenant`], [`Refusal::Parameter`], [`Refusal::Damaged`] for whatever is not what
/// was written, [`Refusal::MasterKey`] while the access keys cannot be verified, store failures.
pub async fn audit_books<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (audited, kept): (Audited, Option<Link>) =
        call.query(|query| Ok((Audited::asked(query)?, query.value("kept_link")?)))?;
    let host = call.host();
    let head_key = audited.head_key(host).await?;
    let access_keys = match &audited {
        Audited::Catalogue => None,
        Audited::Tenant(tenant_id) => {
            let ring = key_ring(host)??;
            let (count, access_keys_not_authentic) =
                credential::not_authentic(host, &ring, tenant_id).await?;
            Some(AccessKeys { count, access_keys_not_authentic })
        }
    };
    let (audit, newest, kept_link_found) = audited.audit(host, head_key, kept.as_ref()).await?;
    let journal_link = newest.to_string();
    Answer::ok(&Found { audit, journal_link, kept_link_found, access_keys })
}

/// Audits the books of a tenant, without its access keys.
///
/// # Errors
/// [`Refusal::UnknownTenant`], [`Refusal::Damaged`] for whatever is not what was written, store
/// failures.
pub async fn audit_tenant<S: Body>(
    call: &OperatorCall<'_, S>,
    tenant_id: TenantId,
) -> Result<Audit, Refusal> {
    let audited = Audited::Tenant(tenant_id);
    let head_key = audited.head_key(call.host()).await?;
    let (audit, ..) = audited.audit(call.host(), head_key, None).await?;
    Ok(audit)
}
