//! Requests in, answers out, over WASI HTTP.

use crate::api::{Body, BodyError, Head, Response};
use spin_sdk::http::{Headers, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};
use std::time::Duration;
use wasi::clocks::monotonic_clock;
use wasi::io::poll::poll;
use wasi::io::streams::{InputStream, OutputStream, StreamError};

const READ_BYTES: u64 = 64 * 1024;

/// How long the next piece of a body may take. The host keeps the instance for as long, whoever the
/// client is.
const PAUSE_MAX: Duration = Duration::from_secs(5);

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
    let head = Head {
        method: request.method().to_string(),
        authority: request.authority().unwrap_or_default(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: request
            .headers()
            .entries()
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect(),
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

/// Hands an answer over. A client that has gone away is no fault.
pub(super) fn send(answer: ResponseOutparam, response: &Response) {
    if let Err(fault) = try_send(answer, response) {
        eprintln!("an answer was not sent: {fault}");
    }
}

/// An answer that the host takes in one piece is finished before it is handed over: head and body
/// then leave in one segment, and no delayed acknowledgement comes between them. A longer one is
/// handed over first, because the host takes no more until someone reads.
fn try_send(answer: ResponseOutparam, response: &Response) -> Result<(), &'static str> {
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
    match write_all(&stream, &response.body) {
        Ok(()) | Err(StreamError::Closed) => {}
        Err(StreamError::LastOperationFailed(_)) => return Err("the connection failed"),
    }
    drop(stream);
    // Fails when the client has closed the connection, and then there is nobody to tell.
    _ = OutgoingBody::finish(body, None);
    Ok(())
}

fn write_all(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), StreamError> {
    while !bytes.is_empty() {
        let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        if room == 0 {
            stream.subscribe().block();
            continue;
        }
        let (piece, rest) = bytes.split_at(room.min(bytes.len()));
        stream.write(piece)?;
        bytes = rest;
    }
    stream.blocking_flush()
}
