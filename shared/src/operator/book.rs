//! The import of the operator's book, streamed: lines in, transactions out.

use crate::api::admission::key_ring;
use crate::api::credential;
use crate::api::{Body, BodyError, Caller, Door, Host, Refusal};
use crate::books::{BooksMut, CatalogueMut, OpenBooks};
use crate::domain::error::Reason;
use crate::operations::import::{
    self, AccessKey, CatalogueEntry, Content, Entry, Imported, Imports, LINE_BYTES_MAX, Line,
    Outcome, Tenant,
};
use crate::operator::call::OperatorCall;
use crate::operator::lines::{LineFault, Lines};
use crate::security::vault::Vault;
use crate::store::register::{CATALOGUE, Claim, Register};
use crate::store::{Meta, StoreError, Transaction, Tree};
use crate::value::id::{CustomerId, PartnerId, TenantId};

/// Lines of one tenant, or of the catalogue, in a row that go into one transaction, at most. The more there are, the less
/// often a page of the store is written again.
const BATCH_LINES_MAX: usize = 8_000;

/// Bytes of lines that go into one transaction, at most.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Lines that are looked up in one go. What that reads stays in memory until they are applied.
const LOOK_UP_LINES: usize = 250;

/// Applies a book line by line. Every line before a refused one stays, none after it is applied.
///
/// # Errors
/// [`Refusal::Line`], which names the line, the reason, and the result of the lines before it.
pub async fn import_book<S: Body>(call: OperatorCall<'_, S>) -> Result<Imported, Refusal> {
    call.query(|_| Ok(()))?;
    let vault = call.vault()?;
    let OperatorCall { host, caller, body, asked, .. } = call;
    let mut source = asked.map_or(Source::Sent(body), |book| Source::Given(Some(book)));
    let mut lines = Lines::new(&mut source, LINE_BYTES_MAX);
    let mut import = Import::new(&*host, &caller, vault);
    loop {
        let line = match lines.next().await {
            Ok(Some(text)) => {
                Line::parse(&text).map(|line| (line, text.len())).map_err(Refusal::from)
            }
            Ok(None) => break,
            Err(fault) => Err(fault.into()),
        };
        match line {
            Ok((line, bytes)) => import.add(lines.number(), line, bytes).await?,
            Err(refusal) => {
                import.flush().await?;
                return Err(import.refused(lines.number(), refusal));
            }
        }
    }
    import.flush().await?;
    Ok(import.done)
}

/// Where the lines of a book come from.
enum Source<'r, S> {
    /// The body of the request, as it arrives.
    Sent(&'r mut S),
    /// A file of a form of the console, until it was given.
    Given(Option<Vec<u8>>),
}

impl<S: Body> Body for Source<'_, S> {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        match self {
            Self::Sent(body) => body.next().await,
            Self::Given(book) => Ok(book.take()),
        }
    }
}

impl From<LineFault> for Refusal {
    fn from(fault: LineFault) -> Self {
        match fault {
            LineFault::TooLong => {
                Self::parameter("line", &format!("must have at most {LINE_BYTES_MAX} bytes"))
            }
            LineFault::NotUtf8 => Self::parameter("line", "must be UTF-8"),
            LineFault::Interrupted(error) => Self::BodyIncomplete(error),
        }
    }
}

/// A tenant whose head has been looked up.
struct KnownTenant {
    tenant_id: TenantId,
    head_key: String,
}

/// What one transaction made of lines.
struct Applied {
    /// Totals of the whole import.
    done: Imported,
    /// How many lines it took.
    lines: usize,
    /// The first line that was refused.
    refused: Option<(u64, Reason)>,
}

/// Lines under way: those in the store, and those of one tenant or of the catalogue that wait for
/// their transaction.
struct Import<'h> {
    host: &'h dyn Host,
    /// As the journal names the operator.
    operator: &'h str,
    vault: Vault,
    done: Imported,
    tenant: Option<KnownTenant>,
    /// Lines of that tenant. While there are any, none of the catalogue waits.
    entries: Vec<(u64, Entry)>,
    /// Lines of the catalogue.
    catalogue: Vec<(u64, CatalogueEntry)>,
    waiting_bytes: usize,
    /// Lines that a transaction takes at most: fewer once that many were too many for one.
    share_max: usize,
}

impl<'h> Import<'h> {
    fn new(host: &'h dyn Host, operator: &'h str, vault: Vault) -> Self {
        let (done, tenant) = (Imported::default(), None);
        let (entries, catalogue) = (Vec::new(), Vec::new());
        let share_max = BATCH_LINES_MAX;
        let waiting_bytes = 0;
        Self { host, operator, vault, done, tenant, entries, catalogue, waiting_bytes, share_max }
    }

    /// Takes the next line in.
    async fn add(&mut self, number: u64, line: Line, bytes: usize) -> Result<(), Refusal> {
        match (line.content, line.tenant_id) {
            (Content::Catalogue(entry), _) => {
                if !self.entries.is_empty() {
                    self.flush().await?;
                }
                self.catalogue.push((number, entry));
            }
            (Content::Entry(entry), Some(tenant_id)) => {
                let is_known =
                    self.tenant.as_ref().is_some_and(|known| known.tenant_id == tenant_id);
                if !is_known || !self.catalogue.is_empty() {
                    self.flush().await?;
                }
                if !is_known && let Err(refusal) = self.find_tenant(&tenant_id).await {
                    return Err(self.refused(number, refusal));
                }
                self.entries.push((number, entry));
            }
            (Content::Tenant(tenant), Some(tenant_id)) => {
                self.flush().await?;
                let outcome = self.create_tenant(&tenant_id, &tenant).await;
                return self.finished(number, outcome);
            }
            (Content::AccessKey(access_key), Some(tenant_id)) => {
                self.flush().await?;
                let outcome = self.create_access_key(&tenant_id, &access_key).await;
                return self.finished(number, outcome);
            }
            (Content::Entry(_) | Content::Tenant(_) | Content::AccessKey(_), None) => {
                let refusal = Refusal::parameter("tenant_id", "is required");
                return Err(self.refused(number, refusal));
            }
        }
        self.waiting_bytes += bytes;
        let waiting = self.entries.len() + self.catalogue.len();
        if waiting == BATCH_LINES_MAX || self.waiting_bytes >= BATCH_BYTES_MAX {
            self.flush().await?;
        }
        Ok(())
    }

    /// Applies the lines that wait: all of them, or those before the first that is refused.
    async fn flush(&mut self) -> Result<(), Refusal> {
        self.waiting_bytes = 0;
        let entries = std::mem::take(&mut self.entries);
        if let Some(known) = &self.tenant {
            let head_key = known.head_key.clone();
            let vault = self.vault.clone();
            self.commit(&head_key, &entries, async |transaction, lines, done| {
                let books = BooksMut::new(transaction).with_vault(vault.clone());
                take(books.with_clock().await?, lines, done).await
            })
            .await?;
        }
        let catalogue = std::mem::take(&mut self.catalogue);
        if let Some((first, _)) = catalogue.first()
            && let Err(failure) =
                Register::new(self.host).by(self.operator).create_catalogue().await
        {
            return Err(self.refused(*first, failure.into()));
        }
        self.commit(CATALOGUE, &catalogue, async |transaction, lines, done| {
            take(CatalogueMut::new(transaction), lines, done).await
        })
        .await
    }

    /// Applies lines to the books under a head, a transaction at a time.
    async fn commit<E>(
        &mut self,
        head_key: &str,
        waiting: &[(u64, E)],
        take: impl AsyncFn(&mut Transaction<'_>, &[(u64, E)], Imported) -> Result<Applied, Reason>,
    ) -> Result<(), Refusal> {
        let meta = Meta { caller: self.operator.to_owned(), operation: "book".to_owned() };
        let tree = Tree::new(self.host, head_key).expecting_large(true);
        let mut rest = waiting;
        while let Some((first, _)) = rest.first() {
            // All lines at first; half as many after each time that others were faster, so that a
            // long import gets its turn in a busy tenant.
            let mut share = rest.len().min(self.share_max);
            let mut lines = 0;
            let applied = tree.update(&meta, async |transaction| {
                lines = share;
                share = share.div_ceil(2);
                take(transaction, &rest[..lines], self.done).await
            });
            let applied = match applied.await {
                Ok(applied) => applied,
                Err(Reason::Store(StoreError::TransactionTooLarge)) if lines > 1 => {
                    self.share_max = lines.div_ceil(2);
                    continue;
                }
                Err(failure) => return Err(self.refused(*first, failure.into())),
            };
            self.done = applied.done;
            if let Some((number, reason)) = applied.refused {
                return Err(self.refused(number, reason.into()));
            }
            rest = rest.get(applied.lines..).unwrap_or_default();
        }
        Ok(())
    }

    fn finished(&mut self, number: u64, outcome: Result<Outcome, Refusal>) -> Result<(), Refusal> {
        match outcome {
            Ok(outcome) => self.done.count(outcome),
            Err(refusal) => return Err(self.refused(number, refusal)),
        }
        Ok(())
    }

    fn refused(&self, line: u64, refusal: Refusal) -> Refusal {
        let refusal = Box::new(refusal.for_operator());
        Refusal::Line { line, imported: self.done, refusal }
    }

    /// Looks the tenant up that the next lines are of.
    async fn find_tenant(&mut self, tenant_id: &TenantId) -> Result<(), Refusal> {
        let head_key = tenant_head(self.host, tenant_id).await?;
        self.tenant = Some(KnownTenant { tenant_id: tenant_id.clone(), head_key });
        Ok(())
    }

    async fn create_tenant(
        &self,
        tenant_id: &TenantId,
        tenant: &Tenant,
    ) -> Result<Outcome, Refusal> {
        let register = Register::new(self.host).by(self.operator);
        outcome(register.create_tenant(tenant_id.as_str(), &tenant.fingerprint()).await?)
    }

    async fn create_access_key(
        &self,
        tenant_id: &TenantId,
        line: &AccessKey,
    ) -> Result<Outcome, Refusal> {
        let ring = key_ring(self.host)??;
        let owner = (line.partner_id.as_ref(), line.customer_id.as_ref());
        let caller = caller(self.host, tenant_id, owner).await?;
        let (id, secret_key) = (line.access_key_id.as_str(), line.secret_key.expose());
        credential::create((self.host, self.operator), &ring, id, secret_key, caller).await
    }
}

/// Takes lines into books, up to the first that is refused.
async fn take<B: Imports>(
    mut books: B,
    lines: &[(u64, B::Entry)],
    done: Imported,
) -> Result<Applied, Reason> {
    let mut applied = Applied { done, lines: lines.len(), refused: None };
    for lines in lines.chunks(LOOK_UP_LINES) {
        books.prefetch(lines).await?;
        for (number, entry) in lines {
            match books.apply(entry).await {
                Ok(outcome) => applied.done.count(outcome),
                Err(failure @ (Reason::Store(_) | Reason::Corrupt(_))) => return Err(failure),
                Err(reason) => {
                    applied.refused = Some((*number, reason));
                    return Ok(applied);
                }
            }
        }
    }
    Ok(applied)
}

/// The key of the head of a tenant that must be there.
async fn tenant_head(host: &dyn Host, tenant_id: &TenantId) -> Result<String, Refusal> {
    let head_key = Register::new(host).tenant(tenant_id.as_str()).await?;
    let unknown = || Reason::UnknownReference { kind: "tenant", id: tenant_id.to_string() };
    Ok(head_key.ok_or_else(unknown)?)
}

/// Whoever an access key of this partner or customer is to authenticate.
///
/// # Errors
/// [`Reason::UnknownReference`] for the tenant or the owner, [`Reason::Contradiction`] without one
/// owner, store failures.
pub(crate) async fn caller(
    host: &dyn Host,
    tenant_id: &TenantId,
    (partner_id, customer_id): (Option<&PartnerId>, Option<&CustomerId>),
) -> Result<Caller, Refusal> {
    let head_key = tenant_head(host, tenant_id).await?;
    let principal = Tree::new(host, head_key.as_str())
        .read(async |snapshot| {
            import::principal(&OpenBooks::new(snapshot), partner_id, customer_id).await
        })
        .await?;
    Ok(Caller { tenant_id: tenant_id.clone(), head_key, principal, door: Door::Api })
}

fn outcome<T>(claim: Claim<T>) -> Result<Outcome, Refusal> {
    match claim {
        Claim::New(_) => Ok(Outcome::Applied),
        Claim::Same(_) => Ok(Outcome::Skipped),
        Claim::Other => Err(Reason::ContentDiffers.into()),
    }
}
