//! The bodies of requests and answers on their way between the client and an instance.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep, sleep};
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

use crate::connections::Busy;

/// How long an instance waits for the next piece of a request's body.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// The same while other requests wait for an instance to end.
const PAUSE_MAX_IN_NEED: Duration = Duration::from_millis(500);

/// How often is looked at whether others wait.
const LOOK: Duration = Duration::from_millis(100);

/// The body of a request, which breaks off when the client does not send what it has announced.
pub struct RequestBody {
    body: Incoming,
    /// What instances need to run.
    turns: Arc<Semaphore>,
    pause: Option<Pause>,
}

struct Pause {
    since: Instant,
    look: Pin<Box<Sleep>>,
}

impl RequestBody {
    /// The instance that reads it has one of these turns.
    pub fn new(body: Incoming, turns: Arc<Semaphore>) -> Self {
        Self { body, turns, pause: None }
    }

    /// Ends when the client has been waited for long enough.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let pause = self
            .pause
            .get_or_insert_with(|| Pause { since: Instant::now(), look: Box::pin(sleep(LOOK)) });
        loop {
            ready!(pause.look.as_mut().poll(context));
            let in_need = self.turns.available_permits() == 0;
            let most = if in_need { PAUSE_MAX_IN_NEED } else { PAUSE_MAX };
            if pause.since.elapsed() >= most {
                return Poll::Ready(());
            }
            pause.look.as_mut().reset(Instant::now() + LOOK);
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.pause = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        ready!(self.poll_patience(context));
        Poll::Ready(Some(Err(Error::Connect(io::ErrorKind::TimedOut.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer, which keeps its connection until it is sent.
pub struct AnswerBody {
    body: HyperOutgoingBody,
    _busy: Busy,
}

impl AnswerBody {
    /// The answer to the request that the connection is busy with.
    pub fn new(body: HyperOutgoingBody, busy: Busy) -> Self {
        Self { body, _busy: busy }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
