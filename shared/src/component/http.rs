//! Requests in, answers out, over WASI HTTP.

use crate::api::{Body, BodyError, ClientGone, Head, Response};
use spin_sdk::http::{Headers, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};
use std::cell::RefCell;
use std::time::Duration;
use wasi::clocks::monotonic_clock;
use wasi::io::poll::poll;
use wasi::io::streams::{InputStream, OutputStream, StreamError};

const READ_BYTES: u64 = 64 * 1024;

/// What the host takes at most in a call that writes and flushes.
const WRITE_BYTES: usize = 4096;

/// How long the next piece of a body may take. The host keeps the instance for as long, whoever the
/// client is.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How long a client may take nothing of a long answer: the host keeps the instance for as long.
const TAKING_PAUSE_MAX: Duration = Duration::from_secs(30);

/// How long the next piece of a refused request's body may take: a client that is still sending
/// gets the answer and not a reset connection, and one that sends nothing is not waited for.
const DRAIN_PAUSE_MAX: Duration = Duration::from_millis(20);

/// How long a refused request's body is read at most.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(1);

/// What is read of a refused request's body at most.
const DRAIN_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Splits a request into what is known at once and the body that may still be on its way.
pub(super) fn receive(request: IncomingRequest) -> (Head, RequestBody) {
    let target = request.path_with_query().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = request.headers().entries();
    headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
    let head = Head {
        method: request.method().to_string(),
        authority: request.authority().unwrap_or_default(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
    };
    (head, RequestBody::new(request))
}

/// The body of a request. Dropping it closes it.
pub struct RequestBody {
    // Children before parents: the host refuses to drop a parent first.
    stream: Option<InputStream>,
    _body: Option<spin_sdk::wit::wasi::http0_2_0::types::IncomingBody>,
}

impl RequestBody {
    fn new(request: IncomingRequest) -> Self {
        let body = request.consume().ok();
        let stream = body.as_ref().and_then(|body| body.stream().ok());
        Self { stream, _body: body }
    }

    /// Reads and forgets what is left, within bounds.
    pub(super) fn drain(&mut self) {
        if self.stream.is_none() {
            return;
        }
        let until = deadline(DRAIN_TIME_MAX);
        let mut left = DRAIN_BYTES_MAX;
        while let Ok(Some(bytes)) = self.read(until.min(deadline(DRAIN_PAUSE_MAX))) {
            left = left.saturating_sub(bytes.len());
            if left == 0 {
                return;
            }
        }
    }

    /// The next piece, if it comes before an instant.
    fn read(&mut self, until: monotonic_clock::Instant) -> Result<Option<Vec<u8>>, BodyError> {
        let Some(stream) = &self.stream else {
            return Ok(None);
        };
        loop {
            match stream.read(READ_BYTES) {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Ok(Some(bytes)),
                Err(StreamError::Closed) => {
                    self.stream = None;
                    return Ok(None);
                }
                Err(StreamError::LastOperationFailed(error)) => {
                    let cause = error.to_debug_string();
                    self.stream = None;
                    return Err(BodyError::Interrupted(cause));
                }
            }
            if monotonic_clock::now() >= until {
                return Err(BodyError::TooSlow);
            }
            let (arrived, late) = (stream.subscribe(), monotonic_clock::subscribe_instant(until));
            poll(&[&arrived, &late]);
        }
    }
}

impl Body for RequestBody {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        self.read(deadline(PAUSE_MAX))
    }
}

/// The instant that lies so far ahead.
fn deadline(ahead: Duration) -> monotonic_clock::Instant {
    let nanoseconds = u64::try_from(ahead.as_nanos()).unwrap_or(u64::MAX);
    monotonic_clock::now().saturating_add(nanoseconds)
}

/// The answer of one request: handed over whole, or begun and sent piece by piece.
pub(super) struct Outgoing {
    answer: RefCell<Option<ResponseOutparam>>,
    begun: RefCell<Option<Begun>>,
}

/// A body that goes on. Dropping it breaks it off, which the client can tell.
struct Begun {
    // Children before parents: the host refuses to drop a parent first.
    stream: OutputStream,
    body: OutgoingBody,
}

impl Outgoing {
    pub(super) fn new(answer: ResponseOutparam) -> Self {
        Self { answer: RefCell::new(Some(answer)), begun: RefCell::default() }
    }

    /// Hands over an answer whose body goes on.
    pub(super) fn begin(&self, response: &Response) -> Result<(), ClientGone> {
        let answer = self.answer.take().ok_or(ClientGone)?;
        let (outgoing, begun) = Begun::new(response).map_err(|fault| {
            eprintln!("an answer was not begun: {fault}");
            ClientGone
        })?;
        answer.set(outgoing);
        self.begun.replace(Some(begun));
        self.send(&response.body)
    }

    /// Hands over the next piece of a body.
    pub(super) fn send(&self, piece: &[u8]) -> Result<(), ClientGone> {
        let begun = self.begun.borrow();
        let begun = begun.as_ref().ok_or(ClientGone)?;
        write_all(&begun.stream, piece).map_err(|_| ClientGone)
    }

    /// Ends the answer: this one, unless one has begun. That is ended then, or broken off where it is
    /// not whole. A client that has gone away is no fault.
    pub(super) fn end(&self, response: &Response, is_whole: bool) {
        if let Some(begun) = self.begun.take() {
            if is_whole && let Err(Untaken::Failed | Untaken::TooSlow) = begun.finish() {
                eprintln!("the end of an answer was not sent");
            }
            return;
        }
        if let Some(answer) = self.answer.take()
            && let Err(fault) = send_whole(answer, response)
        {
            eprintln!("an answer was not sent: {fault}");
        }
    }
}

impl Begun {
    fn new(response: &Response) -> Result<(OutgoingResponse, Self), &'static str> {
        let headers: Vec<(String, Vec<u8>)> = response
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes()))
            .collect();
        let headers = Headers::from_list(&headers).map_err(|_| "the host refuses its headers")?;
        let outgoing = OutgoingResponse::new(headers);
        outgoing.set_status_code(response.status).map_err(|()| "the host refuses its status")?;
        let body = outgoing.body().map_err(|()| "the host gives no body")?;
        let stream = body.write().map_err(|()| "the host gives no stream")?;
        Ok((outgoing, Self { stream, body }))
    }

    /// Ends the body, once all of it has been taken.
    fn finish(self) -> Result<(), Untaken> {
        let Self { stream, body } = self;
        stream.flush()?;
        // There is room again when nothing is left to be taken.
        room(&stream)?;
        drop(stream);
        // Fails when the client has closed the connection, and then there is nobody to tell.
        _ = OutgoingBody::finish(body, None);
        Ok(())
    }
}

/// An answer that the host takes in one piece is finished before it is handed over: head and body
/// then leave in one segment, and no delayed acknowledgement comes between them. A longer one is
/// handed over first, because the host takes no more until someone reads.
fn send_whole(answer: ResponseOutparam, response: &Response) -> Result<(), &'static str> {
    let (outgoing, Begun { stream, body }) = Begun::new(response)?;
    let room = stream.check_write().map_err(|_| "the host takes nothing")?;
    if usize::try_from(room).is_ok_and(|room| response.body.len() <= room) {
        if !response.body.is_empty() {
            stream.write(&response.body).map_err(|_| "the host takes less than it said")?;
        }
        drop(stream);
        OutgoingBody::finish(body, None).map_err(|_| "the host does not finish it")?;
        answer.set(outgoing);
        return Ok(());
    }
    answer.set(outgoing);
    let begun = Begun { stream, body };
    match write_all(&begun.stream, &response.body).and_then(|()| begun.finish()) {
        Ok(()) | Err(Untaken::Closed) => Ok(()),
        Err(Untaken::Failed) => Err("the connection failed"),
        Err(Untaken::TooSlow) => Err("the client does not read on"),
    }
}

/// Why a piece of a body was not taken.
enum Untaken {
    /// The client has closed the connection.
    Closed,
    /// The connection has failed.
    Failed,
    /// The client does not read on.
    TooSlow,
}

impl From<StreamError> for Untaken {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Closed => Self::Closed,
            StreamError::LastOperationFailed(_) => Self::Failed,
        }
    }
}

/// Writes all in as few calls of the host as it takes, and waits as long as the receiver does.
pub(super) fn write_and_flush(stream: &OutputStream, bytes: &[u8]) -> Result<(), StreamError> {
    bytes.chunks(WRITE_BYTES).try_for_each(|piece| stream.blocking_write_and_flush(piece))
}

fn write_all(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), Untaken> {
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(room(stream)?.min(bytes.len()));
        stream.write(piece)?;
        bytes = rest;
    }
    Ok(())
}

/// How much the host takes now, once it takes anything.
fn room(stream: &OutputStream) -> Result<usize, Untaken> {
    let until = deadline(TAKING_PAUSE_MAX);
    loop {
        let room = stream.check_write()?;
        if room > 0 {
            return Ok(usize::try_from(room).unwrap_or(usize::MAX));
        }
        if monotonic_clock::now() >= until {
            return Err(Untaken::TooSlow);
        }
        let (taken, late) = (stream.subscribe(), monotonic_clock::subscribe_instant(until));
        poll(&[&taken, &late]);
    }
}
