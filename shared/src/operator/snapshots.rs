//! Snapshots of a tenant: taken, listed and dropped, put back, and made another tenant of.
//!
//! Access keys, tokens and operators are not in a tenant's books, so a snapshot has none of them: a
//! key that is disabled stays so. The records of client tokens and of events are in the books and
//! go back with them: a request after the snapshot that is sent again is carried out again, and an
//! event that was delivered after it is delivered once more under the same id.

use crate::api::{Answer, Body, Host, Refusal, is_demo_tenant};
use crate::domain::error::Reason;
use crate::operator::call::OperatorCall;
use crate::store::register::{Claim, Fork};
use crate::store::{Meta, Named, Register, SNAPSHOTS_MAX, Tree, Untaken};
use crate::value::id::TenantId;
use crate::value::time::Timestamp;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Longest name, in characters.
const NAME_CHARACTERS_MAX: usize = 64;

/// A snapshot's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SnapshotName(String);

impl SnapshotName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SnapshotName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if (1..=NAME_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(is_of_name) {
            return Ok(Self(text.to_owned()));
        }
        let most = NAME_CHARACTERS_MAX;
        Err(format!("must be 1 to {most} letters, digits, hyphens, underscores and dots"))
    }
}

impl<'de> Deserialize<'de> for SnapshotName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[derive(Serialize)]
struct Shown<'n> {
    name: &'n str,
    taken_at: Timestamp,
    transactions: u64,
    /// Whether a fork shares pages with it: then it cannot be dropped.
    needed_by_fork: bool,
}

impl<'n> Shown<'n> {
    fn of(named: &'n Named) -> Self {
        Self {
            name: &named.name,
            taken_at: named.taken_at().into(),
            transactions: named.transactions,
            needed_by_fork: named.is_needed(),
        }
    }
}

#[derive(Serialize)]
struct List<'n> {
    total_count: usize,
    snapshots: Vec<Shown<'n>>,
}

/// Lists a tenant's snapshots, the oldest first; with a name, that one.
///
/// # Errors
/// [`Refusal::Parameter`], [`Refusal::UnknownTenant`], store failures.
pub async fn list_snapshots<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (tenant_id, name): (TenantId, Option<SnapshotName>) =
        call.query(|query| Ok((query.required("tenant_id")?, query.value("name")?)))?;
    let head_key = call.head_key(&tenant_id).await?;
    let named = Tree::new(call.host(), head_key).snapshots().await?;
    let is_wanted = |named: &&Named| name.as_ref().is_none_or(|name| name.0 == named.name);
    let snapshots: Vec<Shown<'_>> = named.iter().filter(is_wanted).map(Shown::of).collect();
    Answer::ok(&List { total_count: snapshots.len(), snapshots })
}

/// Takes a snapshot of a tenant, in place of the one that has the name.
///
/// # Errors
/// [`Refusal::Parameter`], [`Refusal::UnknownTenant`], [`Reason::Contradiction`] when there are
/// too many, store failures.
pub async fn take_snapshot<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (tenant_id, name) = tenant_and_name(&call)?;
    let head_key = call.head_key(&tenant_id).await?;
    let taken = Tree::new(call.host(), head_key).take_snapshot(&name.0).await?;
    let taken = taken.map_err(refused)?;
    Answer::ok(&Shown::of(&taken))
}

/// Drops a snapshot of a tenant.
///
/// # Errors
/// [`Refusal::Parameter`], [`Refusal::UnknownTenant`], [`Reason::NoSuchSnapshot`], store failures.
pub async fn drop_snapshot<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (tenant_id, name) = tenant_and_name(&call)?;
    let head_key = call.head_key(&tenant_id).await?;
    if Tree::new(call.host(), head_key).drop_snapshot(&name.0).await? {
        Ok(Answer::no_content())
    } else {
        Err(Reason::NoSuchSnapshot.into())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestoreRequest {
    tenant_id: TenantId,
    name: SnapshotName,
    /// The tenant once more, where it is not a demo tenant.
    #[serde(default)]
    confirm_tenant_id: Option<TenantId>,
}

#[derive(Serialize)]
struct Restored {
    /// The transaction that says so.
    transaction: u64,
}

/// Puts a snapshot in the place of what a tenant's books hold now.
///
/// # Errors
/// [`Refusal::Parameter`], [`Refusal::UnknownTenant`], [`Reason::NotADemoTenant`] without a
/// confirmation, [`Reason::NoSuchSnapshot`], store failures.
pub async fn restore_snapshot<S: Body>(mut call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let RestoreRequest { tenant_id, name, confirm_tenant_id } = call.json().await?;
    let SnapshotName(name) = name;
    let head_key = call.head_key(&tenant_id).await?;
    confirmed(call.host(), &tenant_id, confirm_tenant_id.as_ref())?;
    let meta =
        Meta { caller: call.caller().to_owned(), operation: format!("restore snapshot {name}") };
    let restored = Tree::new(call.host(), head_key).restore_snapshot(&meta, &name).await?;
    let transaction = restored.ok_or(Reason::NoSuchSnapshot)?;
    Answer::ok(&Restored { transaction })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForkRequest {
    tenant_id: TenantId,
    fork_tenant_id: TenantId,
    /// The snapshot that it is from; what is there now without one.
    #[serde(default)]
    name: Option<SnapshotName>,
    #[serde(default)]
    confirm_tenant_id: Option<TenantId>,
}

#[derive(Serialize)]
struct Forked {
    tenant_id: TenantId,
    /// Whether this request made it.
    created: bool,
}

/// Makes a new tenant whose books begin as those of another one are, or were in a snapshot. Access
/// keys are made for it as for any other.
///
/// # Errors
/// [`Refusal::Parameter`], [`Refusal::UnknownTenant`], [`Reason::NotADemoTenant`] without a
/// confirmation, [`Reason::ContentDiffers`] for the id of another tenant,
/// [`Reason::NoSuchSnapshot`], store failures.
pub async fn fork_tenant<S: Body>(mut call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let ForkRequest { tenant_id, fork_tenant_id, name, confirm_tenant_id } = call.json().await?;
    let head_key = call.head_key(&tenant_id).await?;
    confirmed(call.host(), &tenant_id, confirm_tenant_id.as_ref())?;
    let fork = Fork {
        head_key: &head_key,
        tenant_id: tenant_id.as_str(),
        snapshot: name.as_ref().map(|name| name.0.as_str()),
        fork_id: fork_tenant_id.as_str(),
    };
    let register = Register::new(call.host()).by(call.caller());
    let created = match register.fork_tenant(fork).await?.map_err(refused)? {
        Claim::New(_) => true,
        Claim::Same(_) => false,
        Claim::Other => return Err(Reason::ContentDiffers.into()),
    };
    Answer::ok(&Forked { tenant_id: fork_tenant_id, created })
}

fn tenant_and_name<S: Body>(
    call: &OperatorCall<'_, S>,
) -> Result<(TenantId, SnapshotName), Refusal> {
    call.query(|query| Ok((query.required("tenant_id")?, query.required("name")?)))
}

/// Refuses to take back what happened in a tenant that does not only play, unless its id is given
/// twice.
fn confirmed(
    host: &dyn Host,
    tenant_id: &TenantId,
    confirmation: Option<&TenantId>,
) -> Result<(), Refusal> {
    if confirmation == Some(tenant_id) || is_demo_tenant(host, tenant_id)? {
        Ok(())
    } else {
        Err(Reason::NotADemoTenant.into())
    }
}

fn refused(untaken: Untaken) -> Reason {
    match untaken {
        Untaken::TooMany => {
            Reason::field("name", format!("there are {SNAPSHOTS_MAX} snapshots: drop some"))
        }
        Untaken::NoSuch => Reason::NoSuchSnapshot,
    }
}
