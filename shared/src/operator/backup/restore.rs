//! Books that are built again of an export.
//!
//! The lines may come in one request or in several, and a request that broke off may be sent again,
//! whole or from the next line on. Nothing of the books is seen before the last line is there:
//! until then they are a [`Build`].

use super::export_key;
use super::line::{self, Counts, FORMAT, Header, LINE_BYTES_MAX, Line, Record};
use crate::api::admission::key_ring;
use crate::api::credential;
use crate::api::{Answer, Body, Host, Refusal};
use crate::books::{Passage, upgraded};
use crate::domain::error::Reason;
use crate::operations::import::Imported;
use crate::operator::audit::Audited;
use crate::operator::call::OperatorCall;
use crate::operator::lines::{LineFault, Lines};
use crate::security::chain::LineChain;
use crate::security::secret::KeyRing;
use crate::security::vault::Vault;
use crate::store::register::{Restore, Target, Unrestored, Whole};
use crate::store::{Build, Register};
use minicbor::{Decode, Encode};
use serde::Serialize;
use std::rc::Rc;

/// Access keys that are kept in one piece until the books are whole.
const KEYS_PER_PIECE: usize = 100;

/// What the build notes of the lines that it has taken.
#[derive(Clone, Debug, Default, Encode, Decode)]
struct Progress {
    /// How many.
    #[n(0)]
    lines: u64,
    /// The link of the last one.
    #[cbor(n(1), with = "minicbor::bytes")]
    link: [u8; 32],
    /// The first line, as it was sent.
    #[n(2)]
    header: String,
    #[n(3)]
    records: u64,
    #[n(4)]
    access_keys: u64,
    /// Access keys that are in no piece yet.
    #[n(5)]
    waiting: Vec<Arriving>,
}

/// An access key on its way.
#[derive(Clone, Debug, Encode, Decode)]
struct Arriving {
    #[n(0)]
    id: String,
    #[cbor(n(1), with = "minicbor::bytes")]
    value: Vec<u8>,
}

/// How far a restore is.
#[derive(Serialize)]
struct Shown {
    /// Whether the books are there.
    complete: bool,
    /// The line that is to come next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_line: Option<u64>,
    #[serde(flatten)]
    counts: Option<Counts>,
    /// Names of snapshots, which are not in an export.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    snapshots_not_restored: Vec<String>,
}

impl Shown {
    fn under_way(progress: &Progress) -> Self {
        let next_line = Some(progress.lines.saturating_add(1));
        Self { complete: false, next_line, counts: None, snapshots_not_restored: Vec::new() }
    }

    fn complete(counts: Option<Counts>, header: &Header) -> Self {
        let snapshots_not_restored = header.snapshots.clone();
        Self { complete: true, next_line: None, counts, snapshots_not_restored }
    }
}

/// Builds books of an export, or goes on with that.
///
/// # Errors
/// [`Refusal::Line`], which names the line, why it is refused, and how many lines are kept.
pub async fn restore_books<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (audited, from_line, more) = call.query(|query| {
        let more = query.choice("more", |said| (said == "true").then_some(()))?;
        Ok((Audited::asked(query)?, query.value("from_line")?, more.is_some()))
    })?;
    let key = Rc::new(export_key(&call.head)?);
    let ring = key_ring(call.host())??;
    let OperatorCall { host, caller, body, .. } = call;
    let mut incoming = Incoming {
        lines: Lines::new(body, LINE_BYTES_MAX),
        chain: line::chain(key.current()),
        before: from_line.unwrap_or(1_u64).saturating_sub(1),
        done: Imported::default(),
    };
    let restoring = Restoring { host: &*host, caller: &caller, ring, key, audited };
    match restoring.take(&mut incoming, from_line.unwrap_or(1)).await {
        Ok(Taken::Part(progress)) if more => Answer::ok(&Shown::under_way(&progress)),
        Ok(Taken::Part(_)) => {
            let fault = "the export ends before its last line";
            Err(incoming.refused(Refusal::parameter("line", fault)))
        }
        Ok(Taken::Whole(taking)) => restoring.end(*taking).await.map_err(Refusal::for_operator),
        Ok(Taken::Before(header)) => Answer::ok(&Shown::complete(None, &header)),
        Err(refusal) => Err(incoming.refused(refusal)),
    }
}

/// Shows how far a restore is.
///
/// # Errors
/// [`Refusal::Parameter`], [`Reason::NoSuchRestore`] while none is under way, store failures.
pub async fn show_restore<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let audited = call.query(Audited::asked)?;
    let note = Register::new(call.host()).restore_note(audited.target()).await?;
    Answer::ok(&Shown::under_way(&progress(&note.ok_or(Reason::NoSuchRestore)?)?))
}

/// Gives a restore up that is under way, with all that was built.
///
/// # Errors
/// [`Refusal::Parameter`], [`Reason::NoSuchRestore`] while none is, store failures.
pub async fn drop_restore<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let audited = call.query(Audited::asked)?;
    let register = Register::new(call.host()).by(call.caller());
    if register.drop_restore(audited.target()).await? {
        Ok(Answer::no_content())
    } else {
        Err(Reason::NoSuchRestore.into())
    }
}

impl Audited {
    fn target(&self) -> Target<'_> {
        match self {
            Self::Catalogue => Target::Catalogue,
            Self::Tenant(tenant_id) => Target::Tenant(tenant_id.as_str()),
        }
    }
}

/// The lines of a request, as far as they have been read.
struct Incoming<'r, S> {
    lines: Lines<'r, S>,
    chain: LineChain,
    /// Lines of the export before the first one of this request.
    before: u64,
    /// Lines that are kept since this request, and that were before.
    done: Imported,
}

impl<S: Body> Incoming<'_, S> {
    /// The next line, with its text. None after the last of the request.
    async fn next(&mut self) -> Result<Option<(Line, String)>, Refusal> {
        let text = self.lines.next().await.map_err(|fault| match fault {
            LineFault::TooLong => {
                Refusal::parameter("line", &format!("must have at most {LINE_BYTES_MAX} bytes"))
            }
            other => other.into(),
        })?;
        match text {
            Some(text) => Ok(Some((line::read(&mut self.chain, &text)?, text))),
            None => Ok(None),
        }
    }

    fn refused(&self, refusal: Refusal) -> Refusal {
        let line = self.before.saturating_add(self.lines.number());
        let refusal = Box::new(refusal.for_operator());
        Refusal::Line { line, imported: self.done, refusal }
    }
}

/// What a request's lines came to.
enum Taken<'b> {
    /// There are more to come.
    Part(Progress),
    /// All are there.
    Whole(Box<Taking<'b>>),
    /// They were all there before, and the books are made.
    Before(Header),
}

/// What a request restores, and with which keys.
struct Restoring<'h> {
    host: &'h dyn Host,
    /// As the journal names the operator.
    caller: &'h str,
    ring: Rc<KeyRing>,
    /// The caller's key.
    key: Rc<KeyRing>,
    audited: Audited,
}

impl<'h> Restoring<'h> {
    async fn take<S: Body>(
        &self,
        incoming: &mut Incoming<'_, S>,
        from_line: u64,
    ) -> Result<Taken<'h>, Refusal> {
        let (restore, header) = if from_line <= 1 {
            self.begin(incoming).await?
        } else {
            self.go_on(incoming, from_line).await?
        };
        let is_whole = restore.is_whole();
        let Some(build) = restore.build else {
            return Ok(Taken::Before(header));
        };
        let progress = progress(build.note())?;
        let passage = Passage {
            from: Vault::under(Ok(Rc::clone(&self.key)), self.host.random()),
            to: Vault::under(Ok(Rc::clone(&self.ring)), self.host.random()),
        };
        let mut taking = Taking { is_whole, build, header, progress, passage };
        if !taking.build.is_closed() {
            let before = taking.progress.lines;
            let taken = taking.take(incoming).await;
            let note = encoded(&taking.progress)?;
            taking.build.save(note).await?;
            incoming.done.applied = taking.progress.lines - before;
            taken?;
        }
        if taking.build.is_closed() {
            return Ok(Taken::Whole(Box::new(taking)));
        }
        Ok(Taken::Part(taking.progress))
    }

    fn register(&self) -> Register<'h> {
        Register::new(self.host).by(self.caller)
    }

    /// Reads the first line and begins the restore that it is of; or goes on with that, past the
    /// lines that were taken before.
    async fn begin<S: Body>(
        &self,
        incoming: &mut Incoming<'_, S>,
    ) -> Result<(Restore<'h>, Header), Refusal> {
        let Some((Line::Export(header), text)) = incoming.next().await? else {
            return Err(Refusal::parameter("line", "must be the first one of an export"));
        };
        self.check(&header)?;
        let first =
            Progress { lines: 1, link: incoming.chain.link(), header: text, ..Progress::default() };
        let build = (header.name.as_str(), header.time_ms, &*encoded(&first)?);
        let target = self.audited.target();
        let begun = self.register().begin_restore(target, header.export_id.0, build).await?;
        let restore = begun.map_err(refused)?;
        if let Some(build) = &restore.build {
            let Progress { lines, link, .. } = progress(build.note())?;
            incoming.done.skipped = 1;
            while incoming.done.skipped < lines && incoming.next().await?.is_some() {
                incoming.done.skipped += 1;
            }
            if incoming.done.skipped == lines && incoming.chain.link() != link {
                return Err(Refusal::parameter("line", "is not what was sent before"));
            }
            if incoming.done.skipped < lines {
                // So many were not sent again: there is nothing new.
                incoming.chain.go_on_after(link);
            }
        }
        Ok((restore, header))
    }

    /// Goes on with a restore at the line that is to come next.
    async fn go_on<S: Body>(
        &self,
        incoming: &mut Incoming<'_, S>,
        from_line: u64,
    ) -> Result<(Restore<'h>, Header), Refusal> {
        let restore = self.register().restore(self.audited.target()).await?;
        let restore = restore.filter(|restore| !restore.is_whole());
        let restore = restore.ok_or(Reason::NoSuchRestore)?;
        let build = restore.build.as_ref().ok_or(Reason::NoSuchRestore)?;
        let Progress { lines, link, header, .. } = progress(build.note())?;
        if lines.saturating_add(1) != from_line {
            let fault = format!("must be {}", lines.saturating_add(1));
            return Err(Refusal::parameter("from_line", &fault));
        }
        let header = line::read(&mut line::chain(self.key.current()), &header)?;
        let Line::Export(header) = header else {
            return Err(Refusal::Internal("a restore without a first line".to_owned()));
        };
        incoming.chain.go_on_after(link);
        incoming.done.skipped = lines;
        Ok((restore, header))
    }

    fn check(&self, header: &Header) -> Result<(), Refusal> {
        if header.format != FORMAT {
            return Err(Refusal::parameter("format", "is of another program than this one"));
        }
        let is_same_kind = match &self.audited {
            Audited::Catalogue => header.tenant_id.is_none(),
            Audited::Tenant(_) => header.tenant_id.is_some(),
        };
        if is_same_kind {
            return Ok(());
        }
        Err(Refusal::parameter("tenant_id", "the export is not of such books"))
    }

    /// Makes the books of a build that is whole.
    async fn end(&self, taking: Taking<'h>) -> Result<Answer, Refusal> {
        let Taking { is_whole, build, header, progress, passage } = taking;
        let tenant_id = match &self.audited {
            Audited::Catalogue => None,
            Audited::Tenant(tenant_id) => Some(tenant_id),
        };
        let is_same = tenant_id == header.tenant_id.as_ref();
        let content = match (&header.content, &header.tenant_id) {
            (Some(content), _) if is_same => content.0.clone(),
            (_, Some(from)) => format!("restore of {from}").into_bytes(),
            (_, None) => Vec::new(),
        };
        let digest_key = header.digest_key.as_ref();
        let note = digest_key.map(|key| passage.note(&header.name, &key.0)).transpose()?;
        // Access keys are unique in a store: another tenant has its own.
        let arriving = if is_same { keys_of(&build, &progress).await? } else { Vec::new() };
        let counts = Counts { records: progress.records, access_keys: to_u64(arriving.len()) };
        let whole = Whole { note, content, is_noted: is_whole };
        let access_keys = |head_key: &str| self.arrived(&arriving, head_key);
        let target = self.audited.target();
        let ended = self.register().end_restore(target, &build, whole, access_keys).await?;
        ended.map_err(refused)?;
        for Arriving { id, .. } in &arriving {
            credential::settle(self.host, id).await?;
        }
        build.clear().await?;
        Answer::ok(&Shown::complete(Some(counts), &header))
    }

    fn arrived(
        &self,
        arriving: &[Arriving],
        head_key: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
        let arrived = arriving.iter().map(|Arriving { id, value }| {
            let (keys, nonce) = ((&*self.ring, self.key.current()), credential::nonce(self.host));
            let content = credential::arrived(keys, (id, value), head_key, nonce)?;
            Ok((id.clone(), content))
        });
        arrived.collect()
    }
}

/// A restore that takes lines.
struct Taking<'b> {
    /// Whether the books are there: then nothing is left but to clear up.
    is_whole: bool,
    build: Build<'b>,
    header: Header,
    progress: Progress,
    passage: Passage,
}

impl Taking<'_> {
    /// Takes lines until the last one, or until no more come.
    async fn take<S: Body>(&mut self, incoming: &mut Incoming<'_, S>) -> Result<(), Refusal> {
        while let Some((line, _)) = incoming.next().await? {
            match line {
                Line::Record(record) => self.take_record(record)?,
                Line::AccessKey(key) => {
                    let (id, value) = (key.id.to_string(), key.value.0);
                    self.progress.waiting.push(Arriving { id, value });
                    self.progress.access_keys += 1;
                    if self.progress.waiting.len() == KEYS_PER_PIECE {
                        let piece = std::mem::take(&mut self.progress.waiting);
                        self.build.put_aside(encoded(&piece)?);
                    }
                }
                Line::End(counts) => {
                    self.check_end(counts)?;
                    self.build.close();
                }
                Line::Export(_) => {
                    return Err(Refusal::parameter("line", "is the first one of an export"));
                }
            }
            self.progress.lines += 1;
            self.progress.link = incoming.chain.link();
            if self.build.is_closed() {
                return Ok(());
            }
            if self.build.is_due() {
                self.build.save(encoded(&self.progress)?).await?;
            }
        }
        Ok(())
    }

    fn take_record(&mut self, record: Record) -> Result<(), Refusal> {
        let Record { key, version, value } = record;
        let (key, value) = upgraded(version, key.0, value.0)?;
        let value = match self.header.tenant_id {
            Some(_) => self.passage.value(&key, value)?,
            None => value,
        };
        let added = self.build.add(key, value);
        added.map_err(|fault| Refusal::parameter("record", fault))?;
        self.progress.records += 1;
        Ok(())
    }

    /// Checks that all is there that the export was of.
    fn check_end(&self, counts: Counts) -> Result<(), Refusal> {
        let Progress { records, access_keys, .. } = self.progress;
        if counts != (Counts { records, access_keys }) {
            return Err(Refusal::parameter("end", "lines are missing, or there are too many"));
        }
        let built = self.build.built();
        if built.sequence != self.header.transactions || built.chain != self.header.chain.0 {
            return Err(Refusal::parameter("end", "the journal is not the one exported"));
        }
        Ok(())
    }
}

/// The access keys of a build that is whole.
async fn keys_of(build: &Build<'_>, progress: &Progress) -> Result<Vec<Arriving>, Refusal> {
    let mut keys = Vec::new();
    for piece in build.asides().await? {
        let piece: Vec<Arriving> = decoded(&piece)?;
        keys.extend(piece);
    }
    keys.extend_from_slice(&progress.waiting);
    Ok(keys)
}

fn progress(note: &[u8]) -> Result<Progress, Refusal> {
    decoded(note)
}

fn refused(unrestored: Unrestored) -> Refusal {
    match unrestored {
        Unrestored::Taken => Reason::Contradiction("there are such books already").into(),
        Unrestored::Another => {
            Reason::Contradiction("another export is being restored: give that up first").into()
        }
        Unrestored::AccessKey(id) => {
            Refusal::parameter("access_key", &format!("there is {id} already"))
        }
    }
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn encoded<T: Encode<()>>(value: &T) -> Result<Vec<u8>, Refusal> {
    minicbor::to_vec(value).map_err(|error| Refusal::Internal(format!("restore as CBOR: {error}")))
}

fn decoded<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, Refusal> {
    minicbor::decode(bytes).map_err(|error| Refusal::Internal(format!("restore as CBOR: {error}")))
}
