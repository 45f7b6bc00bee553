//! The import of the operator's book, streamed: lines in, transactions out.

use super::admission::Host;
use super::call::Caller;
use super::credential;
use super::lines::{LineFault, Lines};
use super::message::Body;
use super::operator::OperatorCall;
use super::refusal::Refusal;
use crate::books::Books;
use crate::error::Reason;
use crate::id::TenantId;
use crate::import::{self, AccessKey, Content, Entry, LINE_BYTES_MAX, Line, Outcome, Tenant};
use crate::secret::MasterKey;
use crate::store::register::{Claim, Register};
use crate::store::{Meta, Tree};
use crate::vault::Vault;
use serde::Serialize;

/// Lines of one tenant in a row that go into one transaction, at most.
const BATCH_LINES_MAX: usize = 500;

/// Bytes of lines that go into one transaction, at most.
const BATCH_BYTES_MAX: usize = 512 * 1024;

/// What became of the lines of a book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Lines that are in the books now.
    pub applied: u64,
    /// Lines that were there before.
    pub skipped: u64,
}

impl Imported {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Applied => self.applied += 1,
            Outcome::Skipped => self.skipped += 1,
        }
    }
}

/// Applies a book line by line. Every line before a refused one stays, none after it is applied.
///
/// # Errors
/// [`Refusal::Line`], which says which line, why, and what became of those before it.
pub async fn import_book<H: Host, S: Body>(
    call: OperatorCall<'_, H, S>,
) -> Result<Imported, Refusal> {
    call.query(|_| Ok(()))?;
    let vault = call.vault()?;
    let OperatorCall { host, body, .. } = call;
    let mut lines = Lines::new(body, LINE_BYTES_MAX);
    let mut import = Import::new(&host, vault);
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

impl From<LineFault> for Refusal {
    fn from(fault: LineFault) -> Self {
        match fault {
            LineFault::TooLong => {
                Self::parameter("line", &format!("must have at most {LINE_BYTES_MAX} bytes"))
            }
            LineFault::NotUtf8 => Self::parameter("line", "must be UTF-8"),
            LineFault::Interrupted(error) => Self::BodyInterrupted(error),
        }
    }
}

/// A tenant whose head has been looked up.
struct KnownTenant {
    tenant_id: TenantId,
    head_key: String,
}

/// Lines under way: those in the store, and those of one tenant that wait for their transaction.
struct Import<'h, H> {
    host: &'h H,
    vault: Vault,
    done: Imported,
    tenant: Option<KnownTenant>,
    waiting: Vec<(u64, Entry)>,
    waiting_bytes: usize,
}

impl<'h, H: Host> Import<'h, H> {
    fn new(host: &'h H, vault: Vault) -> Self {
        let done = Imported::default();
        Self { host, vault, done, tenant: None, waiting: Vec::new(), waiting_bytes: 0 }
    }

    /// Takes the next line in.
    async fn add(&mut self, number: u64, line: Line, bytes: usize) -> Result<(), Refusal> {
        let Line { tenant_id, content } = line;
        let entry = match content {
            Content::Entry(entry) => entry,
            Content::Tenant(tenant) => {
                self.flush().await?;
                let outcome = self.create_tenant(&tenant_id, &tenant).await;
                return self.finished(number, outcome);
            }
            Content::AccessKey(access_key) => {
                self.flush().await?;
                let outcome = self.create_access_key(&tenant_id, &access_key).await;
                return self.finished(number, outcome);
            }
        };
        if self.tenant.as_ref().is_none_or(|known| known.tenant_id != tenant_id) {
            self.flush().await?;
            if let Err(refusal) = self.find_tenant(&tenant_id).await {
                return Err(self.refused(number, refusal));
            }
        }
        self.waiting.push((number, entry));
        self.waiting_bytes += bytes;
        if self.waiting.len() == BATCH_LINES_MAX || self.waiting_bytes >= BATCH_BYTES_MAX {
            self.flush().await?;
        }
        Ok(())
    }

    /// Applies the lines that wait, in one transaction: all of them, or those before the first
    /// that is refused.
    async fn flush(&mut self) -> Result<(), Refusal> {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        let (Some(known), Some((first, _))) = (&self.tenant, waiting.first()) else {
            return Ok(());
        };
        let meta = Meta { caller: "operator".to_owned(), operation: "book".to_owned() };
        let tree = Tree::new(self.host, known.head_key.as_str());
        let before = self.done;
        let outcome = tree
            .update(&meta, async |transaction| {
                let mut books = Books::new(transaction).with_vault(self.vault.clone());
                import::prefetch(&books, waiting.iter().map(|(_, entry)| entry)).await?;
                let mut done = before;
                for (number, entry) in &waiting {
                    match import::apply(&mut books, entry).await {
                        Ok(outcome) => done.count(outcome),
                        Err(failure @ (Reason::Store(_) | Reason::Corrupt(_))) => {
                            return Err(failure);
                        }
                        Err(reason) => return Ok((done, Some((*number, reason)))),
                    }
                }
                Ok((done, None))
            })
            .await;
        match outcome {
            Ok((done, refused)) => {
                self.done = done;
                match refused {
                    Some((number, reason)) => Err(self.refused(number, reason.into())),
                    None => Ok(()),
                }
            }
            Err(failure) => Err(self.refused(*first, failure.into())),
        }
    }

    fn finished(&mut self, number: u64, outcome: Result<Outcome, Refusal>) -> Result<(), Refusal> {
        match outcome {
            Ok(outcome) => self.done.count(outcome),
            Err(refusal) => return Err(self.refused(number, refusal)),
        }
        Ok(())
    }

    fn refused(&self, line: u64, refusal: Refusal) -> Refusal {
        // Unlike others, the operator is told that it is the master key.
        let refusal = match refusal {
            Refusal::Reason(Reason::Secret(error)) => error.into(),
            other => other,
        };
        Refusal::Line { line, imported: self.done, refusal: Box::new(refusal) }
    }

    /// Looks the tenant up that the next lines are of.
    async fn find_tenant(&mut self, tenant_id: &TenantId) -> Result<&KnownTenant, Refusal> {
        let head_key = Register::new(self.host).tenant(tenant_id.as_str()).await?;
        let head_key = head_key.ok_or_else(|| Reason::UnknownReference {
            kind: "tenant",
            id: tenant_id.to_string(),
        })?;
        Ok(self.tenant.insert(KnownTenant { tenant_id: tenant_id.clone(), head_key }))
    }

    async fn create_tenant(
        &self,
        tenant_id: &TenantId,
        tenant: &Tenant,
    ) -> Result<Outcome, Refusal> {
        let register = Register::new(self.host);
        outcome(register.create_tenant(tenant_id.as_str(), &tenant.fingerprint()).await?)
    }

    /// Claims the id, then stores the secret key. A failure between the two is mended when the
    /// line comes again.
    async fn create_access_key(
        &mut self,
        tenant_id: &TenantId,
        line: &AccessKey,
    ) -> Result<Outcome, Refusal> {
        let master_key = MasterKey::parse(&self.host.variable("master_key")?)?;
        let KnownTenant { tenant_id, head_key } = self.find_tenant(tenant_id).await?;
        let (tenant_id, head_key) = (tenant_id.clone(), head_key.clone());
        let tree = Tree::new(self.host, head_key.as_str());
        let principal = tree
            .read(async |snapshot| import::principal(&Books::new(snapshot), line).await)
            .await?;
        let caller = Caller { tenant_id, head_key, principal };

        let access_key_id = line.access_key_id.as_str();
        let content = credential::content(&caller)?;
        let claim = Register::new(self.host).claim_access_key(access_key_id, &content).await?;
        outcome(claim)?;
        let secret_key = line.secret_key.as_bytes();
        credential::keep(self.host, &master_key, access_key_id, secret_key, caller).await
    }
}

fn outcome<T>(claim: Claim<T>) -> Result<Outcome, Refusal> {
    match claim {
        Claim::New(_) => Ok(Outcome::Applied),
        Claim::Same(_) => Ok(Outcome::Skipped),
        Claim::Other => Err(Reason::ContentDiffers.into()),
    }
}
