//! A tenant's books, or the catalogue, as a text that any store of this or a later version can be
//! filled from.
//!
//! All records of one moment go out as they are stored, the journal among them, so that balances,
//! lists and the audit are the same afterwards. Secrets and personal data leave under a key that the
//! caller gives and that is kept nowhere, with a MAC over each line.
//!
//! What is not a tenant's books is not in it: snapshots but for their names, operators, tokens, and
//! what a demo tenant's requests are to meet.

mod line;
mod restore;

pub use self::restore::{drop_restore, restore_books, show_restore};

use self::line::{Base64, Counts, FORMAT, Header, Hex, KeyLine, Line, Record};
use crate::api::admission::key_ring;
use crate::api::credential;
use crate::api::{Answer, Body, Download, File, Head, Host, Refusal};
use crate::books::{Passage, RECORDS_VERSION};
use crate::domain::error::Reason;
use crate::operations::export::Sink;
use crate::operator::audit::Audited;
use crate::operator::call::OperatorCall;
use crate::operator::snapshots::SnapshotName;
use crate::security::chain::LineChain;
use crate::security::secret::{KeyRing, MasterKey, SecretError};
use crate::security::vault::Vault;
use crate::store::register::CATALOGUE;
use crate::store::{Reader, Register, Snapshot, Tree};
use crate::value::id::TenantId;
use std::rc::Rc;

/// The header with the key that secrets and personal data are sealed under.
const KEY_HEADER: &str = "x-export-key";

/// Records that are read in one go. What they hold stays in memory until they are written.
const RECORDS_PER_READ: usize = 128;

/// Access keys that are read in one go.
const KEYS_PER_READ: usize = 100;

/// The key that the caller gives.
fn export_key(head: &Head) -> Result<KeyRing, Refusal> {
    let text = head.header(KEY_HEADER)?.unwrap_or_default();
    KeyRing::parse(text, "").map_err(|error| {
        let fault = match error {
            SecretError::MasterKeyMissing => "is required: 64 hexadecimal digits",
            _ => "must be 64 hexadecimal digits",
        };
        Refusal::parameter(KEY_HEADER, fault)
    })
}

/// Hands a tenant's books out, or the catalogue: as they are now, or as they are in a snapshot.
///
/// What is there now is read until the end within ten minutes, or the answer breaks off; a snapshot
/// has no such end.
///
/// # Errors
/// [`Refusal::Parameter`], [`Refusal::UnknownTenant`], [`Reason::NoSuchSnapshot`],
/// [`Refusal::MasterKey`] for what cannot be opened, store failures.
pub async fn export_books<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (audited, snapshot): (Audited, Option<SnapshotName>) =
        call.query(|query| Ok((Audited::asked(query)?, query.value("snapshot")?)))?;
    let passage = Rc::new(export_key(&call.head)?);
    let host = call.host();
    let register = Register::new(host);
    let (tenant_id, head_key, content) = match audited {
        Audited::Catalogue => (None, CATALOGUE.to_owned(), None),
        Audited::Tenant(tenant_id) => {
            let head_key = register.tenant(tenant_id.as_str()).await?;
            let content = register.tenant_content(tenant_id.as_str()).await?;
            (Some(tenant_id), head_key.ok_or(Refusal::UnknownTenant)?, content)
        }
    };
    let (name, content_type) = ("export.ndjson".to_owned(), "application/x-ndjson");
    let file = File { name, content_type };
    let export = Export {
        host,
        ring: key_ring(host)??,
        passage,
        tenant_id,
        content,
        sink: Download::new(host, file),
    };
    let tree = Tree::new(host, head_key);
    let written = match &snapshot {
        None => tree.read(async |snapshot| export.write(snapshot).await).await.map(Some),
        Some(name) => {
            tree.read_named(name.as_str(), async |snapshot| export.write(snapshot).await).await
        }
    };
    written.map_err(Refusal::for_operator)?.ok_or(Reason::NoSuchSnapshot)?;
    Ok(export.sink.finish()?)
}

/// An export on its way out.
struct Export<'h> {
    host: &'h dyn Host,
    ring: Rc<KeyRing>,
    /// The caller's key.
    passage: Rc<KeyRing>,
    /// None of the catalogue.
    tenant_id: Option<TenantId>,
    content: Option<Vec<u8>>,
    sink: Download<'h>,
}

impl Export<'_> {
    async fn write(&self, snapshot: &Snapshot<'_>) -> Result<(), Refusal> {
        self.sink.begin()?;
        let passage = Passage {
            from: Vault::under(Ok(Rc::clone(&self.ring)), self.host.random()),
            to: Vault::under(Ok(Rc::clone(&self.passage)), self.host.random()),
        };
        let mut lines = Lines { chain: line::chain(self.passage.current()), sink: &self.sink };
        lines.write(&Line::Export(self.header(snapshot, &passage)?))?;
        let mut counts = Counts::default();
        let mut range = snapshot.all_records();
        loop {
            let records = snapshot.scan(&range, 0, RECORDS_PER_READ).await?;
            let Some((last, _)) = records.last() else {
                break;
            };
            range = range.after(last);
            for (key, value) in records {
                // Nothing of the catalogue is sealed.
                let value = match self.tenant_id {
                    Some(_) => passage.value(&key, value)?,
                    None => value,
                };
                let (key, version, value) = (Base64(key), RECORDS_VERSION, Base64(value));
                lines.write(&Line::Record(Record { key, version, value }))?;
                counts.records += 1;
            }
        }
        if let Some(tenant_id) = &self.tenant_id {
            counts.access_keys = self.write_keys(tenant_id, &mut lines).await?;
        }
        lines.write(&Line::End(counts))
    }

    fn header(&self, snapshot: &Snapshot<'_>, passage: &Passage) -> Result<Header, Refusal> {
        let name = snapshot.name();
        let digest_key = snapshot.note().map(|note| passage.note(name, &note)).transpose()?;
        let named = snapshot.named()?;
        let given = named.into_iter().filter(|named| !named.is_needed());
        Ok(Header {
            format: FORMAT,
            export_id: Hex(self.host.random()),
            exported_at: self.host.now().into(),
            tenant_id: self.tenant_id.clone(),
            name: name.to_owned(),
            transactions: snapshot.sequence(),
            time_ms: snapshot.time_ms(),
            chain: Hex(snapshot.chain()),
            digest_key: digest_key.map(Base64),
            content: self.content.clone().map(Base64),
            snapshots: given.map(|named| named.name).collect(),
        })
    }

    /// Writes the access keys that this installation has made. Answers how many they are.
    async fn write_keys(
        &self,
        tenant_id: &TenantId,
        lines: &mut Lines<'_, Download<'_>>,
    ) -> Result<u64, Refusal> {
        let register = Register::new(self.host);
        let passage: &MasterKey = self.passage.current();
        let (mut seen, mut written) = (0, 0);
        loop {
            let (count, keys) =
                register.access_keys_of(tenant_id.as_str(), seen, KEYS_PER_READ).await?;
            for (id, content) in &keys {
                let nonce = credential::nonce(self.host);
                let exported = credential::exported((&self.ring, passage), (id, content), nonce)?;
                let Some(value) = exported.map(Base64) else {
                    continue;
                };
                let unreadable = |_| Refusal::Internal(format!("access key {id} has no id"));
                let id = id.parse().map_err(unreadable)?;
                lines.write(&Line::AccessKey(KeyLine { id, value }))?;
                written += 1;
            }
            seen += u64::try_from(keys.len()).unwrap_or(u64::MAX);
            if keys.is_empty() || seen >= count {
                return Ok(written);
            }
        }
    }
}

/// Lines on their way out.
struct Lines<'s, K> {
    chain: LineChain,
    sink: &'s K,
}

impl<K: Sink> Lines<'_, K> {
    fn write(&mut self, line: &Line) -> Result<(), Refusal> {
        let text = line::written(&mut self.chain, line)?;
        Ok(self.sink.write(text.as_bytes())?)
    }
}
