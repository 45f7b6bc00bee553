//! Files to be taken away: sent as they are made, so that one of any length costs the memory of a
//! piece.
//!
//! A file that is no longer than a piece is an answer like any other, and so is what is refused before
//! the first piece is full. After that the status is sent: what fails then breaks the answer off, and
//! a client takes no part of a file for the whole.

use super::host::Host;
use super::message::{Answer, File, Headers};
use crate::domain::error::Reason;
use crate::operations::export::Sink;
use crate::store::{KeyValueError, StoreError};
use std::cell::{Cell, RefCell};

/// Bytes of a piece, about.
const PIECE_BYTES: usize = 256 * 1024;

/// A file on its way to the client.
pub struct Download<'h> {
    host: &'h dyn Host,
    file: File,
    headers: Headers,
    /// What is not sent yet.
    piece: RefCell<Vec<u8>>,
    is_begun: Cell<bool>,
}

impl<'h> Download<'h> {
    /// An empty one.
    pub fn new(host: &'h dyn Host, file: File) -> Self {
        let (piece, is_begun) = (RefCell::default(), Cell::default());
        Self { host, file, headers: &[], piece, is_begun }
    }

    /// The same, sent with these headers beside the usual ones.
    pub fn with_headers(self, headers: Headers) -> Self {
        Self { headers, ..self }
    }

    /// The file is whole: the answer, or the end of the one that has begun.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the client has gone.
    pub fn finish(self) -> Result<Answer, Reason> {
        if self.is_begun.get() {
            self.send(&self.piece.take())?;
            return Ok(self.answer(Vec::new()));
        }
        Ok(self.answer(self.piece.take()))
    }

    fn answer(&self, body: Vec<u8>) -> Answer {
        Answer::file(&self.file, body).with_headers(self.headers)
    }

    fn send(&self, piece: &[u8]) -> Result<(), Reason> {
        let sent = if self.is_begun.replace(true) {
            self.host.send(piece)
        } else {
            self.host.begin(self.answer(piece.to_vec()))
        };
        sent.map_err(|_| broken_off("the client takes no more of it"))
    }
}

impl Sink for Download<'_> {
    fn begin(&self) -> Result<(), Reason> {
        if self.is_begun.get() {
            return Err(broken_off("what it is read from has changed too much"));
        }
        self.piece.borrow_mut().clear();
        Ok(())
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Reason> {
        self.piece.borrow_mut().extend_from_slice(bytes);
        if self.piece.borrow().len() < PIECE_BYTES {
            return Ok(());
        }
        self.send(&self.piece.take())
    }
}

fn broken_off(why: &str) -> Reason {
    StoreError::Unavailable(KeyValueError(format!("a file is broken off: {why}"))).into()
}
