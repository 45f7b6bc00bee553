//! Restores: books that are built of an export, and of which nothing is seen before they are whole.
//!
//! The register says which builds there are, each under the tenant that it will be, and in one
//! transaction makes a tenant of it, its access keys with it. The catalogue is not in the register:
//! once that says that its build is whole, the head of the empty catalogue is swapped for it.
//!
//! What a restore leaves that dies is noted in the register ([`left`]), but for the build that is
//! under way: whoever restores can go on with that, or give it up.

use super::{
    CATALOGUE, Claim, HEAD_PREFIX, Register, Registered, access_key_key, decode, decoded, encoded,
    key_segment, left, tenant_access_keys, tenant_key,
};
use crate::store::build::Build;
use crate::store::error::StoreError;
use crate::store::reader::Reader;
use crate::store::self_test::self_test;
use crate::store::tree::{Transaction, Tree};
use minicbor::{Decode, Encode};

/// First byte of the keys of restores, by what they restore.
const RESTORE: u8 = b'r';

/// What a restore makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'t> {
    /// A tenant.
    Tenant(&'t str),
    /// The catalogue.
    Catalogue,
}

impl Target<'_> {
    /// No tenant has an empty id.
    fn key(self) -> Vec<u8> {
        let id = match self {
            Self::Tenant(id) => id,
            Self::Catalogue => "",
        };
        [&[RESTORE], id.as_bytes()].concat()
    }
}

/// A restore in the register.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Entry {
    /// Which export it is of.
    #[cbor(n(0), with = "minicbor::bytes")]
    export_id: [u8; 16],
    /// Key of the build.
    #[n(1)]
    build_key: String,
    /// Whether it is whole.
    #[n(2)]
    is_whole: bool,
}

/// A restore that can be gone on with.
pub struct Restore<'b> {
    entry: Entry,
    /// None once the restore is over.
    pub build: Option<Build<'b>>,
}

impl Restore<'_> {
    /// Whether the books that it makes are there.
    pub fn is_whole(&self) -> bool {
        self.entry.is_whole
    }
}

/// Why a restore cannot begin, or end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unrestored {
    /// There are books in its place.
    Taken,
    /// One of another export is under way.
    Another,
    /// The access key is there already.
    AccessKey(String),
}

/// What a restore makes of a build that is whole.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The note of the head.
    pub note: Option<Vec<u8>>,
    /// As [`Register::create_tenant`] was given it.
    pub content: Vec<u8>,
    /// Whether the register says that it is whole, as [`Restore::is_whole`].
    pub is_noted: bool,
}

impl<'b> Register<'b> {
    /// What a tenant was registered with.
    ///
    /// # Errors
    /// Store failures.
    pub async fn tenant_content(&self, tenant_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = tenant_key(tenant_id);
        let found = self.tree.read(async |snapshot| snapshot.get(&key).await).await?;
        found.map(|bytes| decode(tenant_id, &bytes).map(|found| found.content)).transpose()
    }

    /// Begins a restore, or goes on with the one of the same export. `name` is that of the head,
    /// `note` the first note of the build.
    ///
    /// # Errors
    /// [`StoreError::Contended`] when another request goes on with it as well, store failures.
    pub async fn begin_restore(
        &self,
        target: Target<'_>,
        export_id: [u8; 16],
        (name, time_ms, note): (&str, i64, &[u8]),
    ) -> Result<Result<Restore<'b>, Unrestored>, StoreError> {
        self.ensure().await?;
        if let Some(entry) = self.entry(target).await? {
            if entry.export_id == export_id {
                return self.opened(entry).await.map(Ok);
            }
            if !entry.is_whole {
                return Ok(Err(Unrestored::Another));
            }
        }
        if self.is_taken(target).await? {
            return Ok(Err(Unrestored::Taken));
        }
        self_test(self.backend).await?.required()?;
        let build_key = format!("restore.{}", hex::encode(self.backend.random()));
        let begun = Build::begun(name, time_ms, note)?;
        self.note_left(&build_key).await?;
        self.backend.set(&build_key, &begun).await?;
        let fresh = Entry { export_id, build_key, is_whole: false };
        let value = encoded(&fresh)?;
        let key = target.key();
        let claimed: Result<Option<Entry>, StoreError> = self
            .tree
            .update(&self.meta("begin restore"), async |transaction| {
                let before = transaction.get(&key).await?;
                let before = before.map(|before| decoded::<Entry>(&before)).transpose()?;
                match before {
                    Some(before) if !before.is_whole || before.export_id == export_id => {
                        return Ok(Some(before));
                    }
                    // Whoever was faster may have come to the end since it was looked for.
                    _ if is_there(transaction, target).await? => return Ok(None),
                    Some(_) => transaction.replace(key.clone(), value.clone()),
                    None => transaction.insert(key.clone(), value.clone()),
                }
                left::settle(transaction, &fresh.build_key).await?;
                Ok(Some(fresh.clone()))
            })
            .await;
        let claimed = claimed?;
        if claimed.as_ref() != Some(&fresh) {
            Build::discard(self.backend, &fresh.build_key).await?;
        }
        let Some(claimed) = claimed else {
            return Ok(Err(Unrestored::Taken));
        };
        if claimed.export_id != export_id {
            return Ok(Err(Unrestored::Another));
        }
        self.opened(claimed).await.map(Ok)
    }

    /// The restore under way, or the last one. None if there was none.
    ///
    /// # Errors
    /// As of [`begin_restore`](Self::begin_restore).
    pub async fn restore(&self, target: Target<'_>) -> Result<Option<Restore<'b>>, StoreError> {
        match self.entry(target).await? {
            Some(entry) => self.opened(entry).await.map(Some),
            None => Ok(None),
        }
    }

    /// The note of the restore under way. None if there is none.
    ///
    /// # Errors
    /// Store failures.
    pub async fn restore_note(&self, target: Target<'_>) -> Result<Option<Vec<u8>>, StoreError> {
        match self.entry(target).await? {
            Some(entry) if !entry.is_whole => {
                Build::note_under(self.backend, &entry.build_key).await
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Gives the restore under way up, with all that was written for it. False if there is none.
    ///
    /// # Errors
    /// Store failures.
    pub async fn drop_restore(&self, target: Target<'_>) -> Result<bool, StoreError> {
        let key = target.key();
        let now_ms = self.backend.now().timestamp_millis();
        let dropped: Result<Option<Entry>, StoreError> = self
            .tree
            .update(&self.meta("drop restore"), async |transaction| {
                let entry = transaction.get(&key).await?;
                let entry: Option<Entry> = entry.map(|entry| decoded(&entry)).transpose()?;
                let under_way = entry.filter(|entry| !entry.is_whole);
                if let Some(entry) = &under_way {
                    transaction.remove(&key);
                    left::note(transaction, &entry.build_key, now_ms, false)?;
                }
                Ok(under_way)
            })
            .await;
        match none_without_register(dropped)? {
            Some(entry) => {
                Build::discard(self.backend, &entry.build_key).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Makes the books of a build that is closed and saved, and the tenant's access keys, which
    /// `access_keys` gives for the key of its head. The same once more changes nothing. What is left
    /// to do then is to [clear](Build::clear) the build.
    ///
    /// # Errors
    /// What `access_keys` fails with; store failures; a repeat goes on.
    pub async fn end_restore<E: From<StoreError>>(
        &self,
        target: Target<'_>,
        build: &Build<'b>,
        whole: Whole,
        access_keys: impl FnOnce(&str) -> Result<Vec<(String, Vec<u8>)>, E>,
    ) -> Result<Result<(), Unrestored>, E> {
        let head = build.head(whole.note)?;
        match target {
            Target::Tenant(id) if !whole.is_noted => {
                let random = hex::encode(self.backend.random());
                let head_key = format!("{HEAD_PREFIX}{}.{random}", key_segment(id));
                let access_keys = access_keys(&head_key)?;
                self.note_left(&head_key).await?;
                let created = self.backend.create(&head_key, &head.encode()?).await;
                created.map_err(StoreError::from)?;
                let registered = Registered { head_key: head_key.clone(), content: whole.content };
                let published = self.publish((id, &registered), build.key(), &access_keys).await?;
                if published != Ok(Claim::New(())) {
                    // Another request has made the tenant, with a head of its own.
                    let deleted = self.backend.delete_many(&[head_key]).await;
                    deleted.map_err(StoreError::from)?;
                }
                Ok(published.map(|_| ()))
            }
            Target::Tenant(_) => Ok(Ok(())),
            Target::Catalogue => {
                // From here on nobody gives the pages up.
                self.note_whole(target, build.key()).await?;
                let catalogue = Tree::new(self.backend, CATALOGUE);
                let is_there = catalogue.install(&head).await?;
                if is_there {
                    self.note_over(build.key()).await?;
                }
                Ok(is_there.then_some(()).ok_or(Unrestored::Taken))
            }
        }
    }

    /// Makes a tenant with its access keys, and notes that the restore is whole.
    async fn publish(
        &self,
        (tenant_id, registered): (&str, &Registered),
        build_key: &str,
        access_keys: &[(String, Vec<u8>)],
    ) -> Result<Result<Claim<()>, Unrestored>, StoreError> {
        let value = encoded(registered)?;
        let (key, restore_key) = (tenant_key(tenant_id), Target::Tenant(tenant_id).key());
        let now_ms = self.backend.now().timestamp_millis();
        self.tree
            .update(&self.meta("restore tenant"), async |transaction| {
                let current = transaction.get(&restore_key).await?;
                let current = current.map(|entry| decoded::<Entry>(&entry)).transpose()?;
                let Some(entry) = current.filter(|entry| entry.build_key == build_key) else {
                    return Ok(Err(Unrestored::Another));
                };
                if entry.is_whole {
                    return Ok(Ok(Claim::Same(())));
                }
                if transaction.get(&key).await?.is_some() {
                    // It cannot become whole any more.
                    transaction.remove(&restore_key);
                    left::note(transaction, build_key, now_ms, false)?;
                    return Ok(Err(Unrestored::Taken));
                }
                let keys: Vec<_> = access_keys.iter().map(|(id, _)| access_key_key(id)).collect();
                transaction.load(&keys).await?;
                for ((id, _), key) in access_keys.iter().zip(&keys) {
                    if transaction.get(key).await?.is_some() {
                        return Ok(Err(Unrestored::AccessKey(id.clone())));
                    }
                }
                for ((id, content), key) in access_keys.iter().zip(keys) {
                    transaction.insert(key, content.clone());
                    let listed = [&tenant_access_keys(tenant_id), id.as_bytes()].concat();
                    transaction.insert(listed, Vec::new());
                }
                transaction.insert(key.clone(), value.clone());
                left::settle(transaction, &registered.head_key).await?;
                left::note(transaction, build_key, now_ms, true)?;
                set_whole(transaction, restore_key.clone(), &entry)?;
                Ok(Ok(Claim::New(())))
            })
            .await
    }

    async fn note_whole(&self, target: Target<'_>, build_key: &str) -> Result<(), StoreError> {
        let key = target.key();
        self.tree
            .update(&self.meta("restore catalogue"), async |transaction| {
                let current = transaction.get(&key).await?;
                let current = current.map(|entry| decoded::<Entry>(&entry)).transpose()?;
                match current.filter(|entry| entry.build_key == build_key) {
                    None => Err(StoreError::Contended),
                    Some(entry) if entry.is_whole => Ok(()),
                    Some(entry) => set_whole(transaction, key.clone(), &entry),
                }
            })
            .await
    }

    /// Notes that the pages of a build are in use, and the rest of it is not.
    async fn note_over(&self, build_key: &str) -> Result<(), StoreError> {
        let now_ms = self.backend.now().timestamp_millis();
        self.tree
            .update(&self.meta("restore catalogue"), async |transaction| {
                if left::is_noted(transaction, build_key).await? {
                    return Ok(());
                }
                left::note(transaction, build_key, now_ms, true)
            })
            .await
    }

    async fn entry(&self, target: Target<'_>) -> Result<Option<Entry>, StoreError> {
        let key = target.key();
        let found = self.tree.read(async |snapshot| snapshot.get(&key).await).await;
        none_without_register(found)?.map(|entry| decoded(&entry)).transpose()
    }

    async fn opened(&self, entry: Entry) -> Result<Restore<'b>, StoreError> {
        let build = Build::open(self.backend, &entry.build_key).await?;
        if build.is_none() && !entry.is_whole {
            // It was given up, or became whole, after the register was read.
            return Err(StoreError::Contended);
        }
        Ok(Restore { entry, build })
    }

    async fn is_taken(&self, target: Target<'_>) -> Result<bool, StoreError> {
        match target {
            Target::Tenant(id) => Ok(self.tenant(id).await?.is_some()),
            Target::Catalogue => {
                self.create_catalogue().await?;
                self.catalogue().read(async |snapshot| Ok(snapshot.sequence() > 0)).await
            }
        }
    }
}

/// Whether there is such a tenant. The catalogue is not in the register.
async fn is_there(transaction: &Transaction<'_>, target: Target<'_>) -> Result<bool, StoreError> {
    match target {
        Target::Tenant(id) => Ok(transaction.get(&tenant_key(id)).await?.is_some()),
        Target::Catalogue => Ok(false),
    }
}

fn set_whole(
    transaction: &mut Transaction<'_>,
    key: Vec<u8>,
    entry: &Entry,
) -> Result<(), StoreError> {
    transaction.replace(key, encoded(&Entry { is_whole: true, ..entry.clone() })?);
    Ok(())
}

fn none_without_register<T>(found: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(StoreError::NoHead(_)) => Ok(None),
        other => other,
    }
}
