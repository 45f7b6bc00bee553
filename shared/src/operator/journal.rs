//! A tenant's journal, as the operator asks for it.

use crate::api::{Answer, Body, Refusal};
use crate::operator::call::OperatorCall;
use crate::store::{JournalEntry, Reader, Tree, journal};
use crate::value::id::TenantId;
use crate::value::time::Timestamp;
use serde::Serialize;
use std::str::FromStr;

/// Most entries of one answer.
const LIMIT_MAX: usize = 100;

/// A link of the chain, as sixty-four hexadecimal digits.
struct Link([u8; 32]);

/// The text is not a link.
#[derive(Debug, thiserror::Error)]
#[error("must be the link of an entry")]
struct NoLink;

impl FromStr for Link {
    type Err = NoLink;

    fn from_str(text: &str) -> Result<Self, NoLink> {
        let mut link = [0; 32];
        hex::decode_to_slice(text, &mut link).map_err(|_| NoLink)?;
        Ok(Self(link))
    }
}

/// One transaction.
#[derive(Serialize)]
struct Listed {
    sequence: u64,
    time: Timestamp,
    /// The principal; the operator is `operator` or `operator:NAME`.
    caller: String,
    operation: String,
    /// Number of transfers that it booked.
    transfers: u32,
    /// SHA-256 over them.
    transfers_sha256: String,
    /// Its link of the chain; only from the first entry on, or after a link that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl From<(u64, JournalEntry, Option<[u8; 32]>)> for Listed {
    fn from((sequence, entry, link): (u64, JournalEntry, Option<[u8; 32]>)) -> Self {
        Self {
            sequence,
            time: entry.time().into(),
            caller: entry.caller,
            operation: entry.operation,
            transfers: entry.transfers,
            transfers_sha256: hex::encode(entry.transfers_sha256),
            link: link.map(hex::encode),
        }
    }
}

#[derive(Serialize)]
struct Journal {
    entries: Vec<Listed>,
    /// Number of transactions so far.
    total_count: u64,
}

/// Lists a part of a tenant's journal, oldest first.
///
/// # Errors
/// [`Refusal::UnknownTenant`], [`Refusal::Parameter`], store failures.
pub async fn list_journal<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (tenant_id, from, limit, before) = call.query(|query| {
        let tenant_id: TenantId = query.required("tenant_id")?;
        let from: Option<u64> = query.value("from")?;
        let limit: Option<usize> = query.value("limit")?;
        let before: Option<Link> = query.value("link_before")?;
        Ok((tenant_id, from.unwrap_or(1), limit.unwrap_or(10), before.map(|Link(link)| link)))
    })?;
    if !(1..=LIMIT_MAX).contains(&limit) {
        let fault = format!("must be a whole number from 1 to {LIMIT_MAX}");
        return Err(Refusal::parameter("limit", &fault));
    }
    if from == 0 {
        return Err(Refusal::parameter("from", "must be a whole number from 1"));
    }

    let head_key = call.head_key(&tenant_id).await?;
    let journal = Tree::new(call.host(), head_key)
        .read::<_, Refusal>(async |snapshot| {
            let entries = journal::list(snapshot, from, limit, before).await?;
            let entries = entries.into_iter().map(Listed::from).collect();
            Ok(Journal { entries, total_count: snapshot.sequence() })
        })
        .await?;

    Answer::ok(&journal)
}
