//! Personal data of partners, customers and submissions: sealed records.

use super::record::{decode, encode};
use super::{Books, Writer, key};
use crate::error::Reason;
use crate::secret::Sealed;
use crate::store::Reader;
use crate::vault::{Contact, Subject, Vault};
use minicbor::{Decode, Encode};
use std::ops::{Deref, DerefMut};

impl<D: Deref<Target: Reader>> Books<D> {
    /// These books with a vault for the personal data in them.
    pub fn with_vault(self, vault: Vault) -> Self {
        Self { vault, ..self }
    }

    /// Seals, opens and hashes personal data.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// What is kept of a subject.
    ///
    /// # Errors
    /// [`Reason::Secret`] when it cannot be opened; store failures.
    pub async fn personal<T: for<'b> Decode<'b, ()>>(
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

    /// How to reach a partner or customer; empty when nothing is known.
    ///
    /// # Errors
    /// As [`Books::personal`].
    pub async fn contact(&self, subject: Subject<'_>) -> Result<Contact, Reason> {
        Ok(self.personal(subject).await?.unwrap_or_default())
    }
}

impl<D: DerefMut<Target: Writer>> Books<D> {
    /// Keeps personal data of a subject of which nothing is kept yet.
    ///
    /// # Errors
    /// [`Reason::Secret`] without a usable master key.
    pub(crate) fn add_personal<T: Encode<()>>(
        &mut self,
        subject: Subject<'_>,
        data: &T,
    ) -> Result<(), Reason> {
        let sealed = self.vault.seal(subject, &encode(data)?)?;
        self.store.insert(key::personal(subject), encode(&sealed)?);
        Ok(())
    }

    /// Keeps a contact of a new subject, unless it is empty.
    pub(crate) fn add_contact(
        &mut self,
        subject: Subject<'_>,
        contact: &Contact,
    ) -> Result<(), Reason> {
        if contact.is_empty() { Ok(()) } else { self.add_personal(subject, contact) }
    }
}
