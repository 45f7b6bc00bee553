//! Personal data of partners, customers and submissions: sealed records, and the sealed key of the
//! digests by which some of it is found.

use super::record::{Stored, decode, encode};
use super::{Books, BooksMut, OpenBooks, Source, key};
use crate::domain::error::Reason;
use crate::security::secret::Sealed;
use crate::security::vault::{Contact, Subject, Vault};
use crate::store::Range;

/// What came of sealing a part of a tenant's records under the current master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// Records of this part, the key of the digests not counted.
    pub read: usize,
    /// Records that another key had sealed.
    pub resealed: u64,
    /// Records after this part.
    pub left: u64,
    /// The key of the last record of this part, unless it was the last of all.
    pub last: Option<Vec<u8>>,
}

impl<S: Source> OpenBooks<S> {
    /// These books with a vault for the personal data in them. Its digests are made with the key
    /// of these books, which the first write draws.
    #[must_use]
    pub fn with_vault(self, vault: Vault) -> Self {
        let store = self.store.reader();
        let name = store.name();
        if store.note().is_none()
            && let Ok(key) = vault.new_digest_key(name)
        {
            store.propose_note(key);
        }
        let vault = vault.of_tenant(name, store.note());
        Self { vault, ..self }
    }
}

impl Books<'_> {
    /// Seals, opens and hashes personal data.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// What is kept of a subject.
    ///
    /// # Errors
    /// [`Reason::Secret`] when it cannot be opened; store failures.
    pub(crate) async fn personal<T: Stored>(
        &self,
        subject: Subject<'_>,
    ) -> Result<Option<T>, Reason> {
        let key = key::personal(subject);
        let sealed: Option<Sealed> = self.record(&key).await?;
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let opened = self.vault.open(subject, &sealed)?;
        decode(&key, opened.expose()).map(Some)
    }

    /// Number of records of personal data, of those after a key if one is given.
    pub(crate) async fn sealed_after(&self, after: Option<&[u8]>) -> Result<u64, Reason> {
        Ok(self.store().count(&sealed_range(after)).await?)
    }

    /// How to reach a partner or customer; empty when nothing is known.
    ///
    /// # Errors
    /// As `personal`.
    pub async fn contact(&self, subject: Subject<'_>) -> Result<Contact, Reason> {
        Ok(self.personal(subject).await?.unwrap_or_default())
    }
}

impl BooksMut<'_, '_> {
    /// Keeps personal data of a subject of which nothing is kept yet.
    ///
    /// # Errors
    /// [`Reason::Secret`] without a usable master key.
    pub(crate) fn add_personal<T: Stored>(
        &mut self,
        subject: Subject<'_>,
        data: &T,
    ) -> Result<(), Reason> {
        let sealed = self.vault.seal(subject, &encode(data)?)?;
        self.store.insert(key::personal(subject), encode(&sealed)?);
        Ok(())
    }

    /// Keeps how to reach a subject, in place of what was kept before.
    ///
    /// # Errors
    /// As [`Books::add_personal`], and store failures.
    pub(crate) async fn set_contact(
        &mut self,
        subject: Subject<'_>,
        contact: &Contact,
    ) -> Result<(), Reason> {
        self.forget_personal(subject).await?;
        self.add_contact(subject, contact)
    }

    /// Removes what is kept of a subject. True if there was something.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn forget_personal(&mut self, subject: Subject<'_>) -> Result<bool, Reason> {
        let key = key::personal(subject);
        let is_kept = self.bytes(&key).await?.is_some();
        if is_kept {
            self.store.remove(&key);
        }
        Ok(is_kept)
    }

    /// Keeps a contact of a new subject, unless it is empty.
    pub(crate) fn add_contact(
        &mut self,
        subject: Subject<'_>,
        contact: &Contact,
    ) -> Result<(), Reason> {
        if contact.is_empty() { Ok(()) } else { self.add_personal(subject, contact) }
    }

    /// Seals under the current master key what the one before has sealed: of the records of
    /// personal data after the key `after` at most `limit`, and with the first of them the key of
    /// the tenant's digests.
    ///
    /// # Errors
    /// [`Reason::Secret`] for a record that neither key opens; store failures.
    pub(crate) async fn reseal(
        &mut self,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Resealed, Reason> {
        let mut resealed = 0;
        if after.is_none()
            && let Some(fresh) = self.vault.reseal_digest_key()?
        {
            self.store.set_note(fresh);
            resealed += 1;
        }
        let records = self.store().scan(&sealed_range(after), 0, limit).await?;
        let read = records.len();
        let left = self.sealed_after(after).await?;
        let left = left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        for (key, bytes) in &records {
            let subject =
                key::subject(key).ok_or_else(|| Reason::Corrupt(key.escape_ascii().to_string()))?;
            if let Some(fresh) = self.vault.reseal(subject, &decode(key, bytes)?)? {
                self.store.replace(key.clone(), encode(&fresh)?);
                resealed += 1;
            }
        }
        let last = records.into_iter().last().map(|(key, _)| key).filter(|_| left > 0);
        Ok(Resealed { read, resealed, left, last })
    }
}

/// The records of personal data after a key, or all of them.
fn sealed_range(after: Option<&[u8]>) -> Range {
    let all = Range::prefix(&key::all_personal());
    match after {
        None => all,
        Some(last) => all.after(last),
    }
}
