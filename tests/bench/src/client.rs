//! A client that costs little: it shares the machine with what it measures. A request is bytes
//! that were made before, a connection is kept alive, and of an answer only head and length count.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// No answer takes this long, not even of eight a sum of a month of a million records.
const TIMEOUT: Duration = Duration::from_secs(600);

/// What is read at once: most answers.
const BUFFER_BYTES: usize = 256 * 1024;

/// The status of an answer without a body, and so without a length.
const NO_CONTENT: u16 = 204;

/// Headers of an answer, at most.
const HEADERS_MAX: usize = 32;

/// A kept-alive connection.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, in the client's buffer until the next one.
#[derive(Debug)]
pub struct Answer<'c> {
    /// Its status.
    pub status: u16,
    /// Its head, as sent.
    pub head: &'c [u8],
    /// Its body.
    pub body: &'c [u8],
}

/// What an answer is when all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// 200, with a body that begins so.
    Begins(&'static str),
    /// 204, which has no body.
    Nothing,
}

impl Expected {
    /// Fails, with the answer, on any other.
    ///
    /// # Errors
    /// It is not as it must be.
    pub fn check(self, answer: &Answer<'_>) -> Result<()> {
        let is_well = match self {
            Self::Begins(start) => {
                answer.status == 200 && answer.body.starts_with(start.as_bytes())
            }
            Self::Nothing => answer.status == NO_CONTENT,
        };
        let body = answer.body.get(..300).unwrap_or(answer.body);
        ensure!(is_well, "answered {}: {}", answer.status, String::from_utf8_lossy(body));
        Ok(())
    }
}

/// Where a host listens, `HOST:PORT`, of its URL.
///
/// # Errors
/// It is none.
pub fn address_of(url: &str) -> Result<&str> {
    let address = url.strip_prefix("http://").context("the host has no address")?;
    Ok(address.trim_end_matches('/'))
}

impl Client {
    /// Connects to `address`, `HOST:PORT`.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn connect(address: &str) -> Result<Self> {
        let stream =
            TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES] })
    }

    /// Sends a request and waits for the end of its answer.
    ///
    /// # Errors
    /// The connection fails, or what comes is no answer whose length is known.
    pub fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request)?;
        let mut filled = 0;
        let head = loop {
            filled += self.fill(filled)?;
            if let Some(head) = Head::parse(&self.buffer[..filled])? {
                break head;
            }
        };
        let end = head.bytes + head.body_bytes;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while filled < end {
            filled += self.fill(filled)?;
        }
        ensure!(filled == end, "more came than the answer");
        let (bytes, body) = self.buffer[..end].split_at(head.bytes);
        Ok(Answer { status: head.status, head: bytes, body })
    }

    /// Gets a path that needs no signature.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange), and any status but 200.
    pub fn get(&mut self, path: &str) -> Result<&[u8]> {
        let address = self.stream.peer_addr()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
        let answer = self.exchange(request.as_bytes())?;
        ensure!(answer.status == 200, "{path} answered {}", answer.status);
        Ok(answer.body)
    }

    fn fill(&mut self, filled: usize) -> Result<usize> {
        match self.stream.read(&mut self.buffer[filled..])? {
            0 => bail!("the connection was closed within an answer"),
            read => Ok(read),
        }
    }
}

struct Head {
    status: u16,
    bytes: usize,
    body_bytes: usize,
}

impl Head {
    /// None until the head is complete.
    fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(head_bytes) = response.parse(bytes)? else {
            return Ok(None);
        };
        let status = response.code.context("the answer has no status")?;
        let mut headers = response.headers.iter();
        let length = headers.find(|header| header.name.eq_ignore_ascii_case("content-length"));
        let body_bytes = match length {
            Some(length) => str::from_utf8(length.value)?.parse()?,
            None if status == NO_CONTENT => 0,
            None => bail!("the answer has no length"),
        };
        Ok(Some(Self { status, bytes: head_bytes, body_bytes }))
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that reads a request and writes these pieces, each on its own.
    fn answering(pieces: &[&str]) -> String {
        let pieces: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            stream.set_nodelay(true).expect("is set");
            let mut request = [0; 1024];
            assert!(stream.read(&mut request).expect("a request") > 0);
            for piece in pieces {
                stream.write_all(piece.as_bytes()).expect("is sent");
                thread::sleep(Duration::from_millis(10));
            }
        });
        address
    }

    #[test]
    fn reads_an_answer_however_it_is_cut() {
        for pieces in [
            &["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"][..],
            &["HTTP/1.1 20", "0 OK\r\ncontent-length: 4\r\n\r", "\nbo", "dy"],
        ] {
            let mut client = Client::connect(&answering(pieces)).expect("connects");
            let answer = client.exchange(b"GET / HTTP/1.1\r\n\r\n").expect("an answer");
            assert_eq!((answer.status, answer.body), (200, &b"body"[..]));
        }
    }

    #[test]
    fn an_answer_without_content_needs_no_length() {
        let address = answering(&["HTTP/1.1 204 No Content\r\ndate: x\r\n\r\n"]);
        let mut client = Client::connect(&address).expect("connects");
        let answer = client.exchange(b"GET / HTTP/1.1\r\n\r\n").expect("an answer");
        assert_eq!((answer.status, answer.body), (204, &b""[..]));
    }

    #[test]
    fn an_answer_is_checked_whole() {
        let answer =
            |status, body: &'static str| Answer { status, head: b"", body: body.as_bytes() };
        let begins = Expected::Begins("{\"a\":");
        assert!(begins.check(&answer(200, "{\"a\":1}")).is_ok());
        assert!(Expected::Nothing.check(&answer(204, "")).is_ok());
        for (expected, wrong) in [
            (begins, answer(200, "{\"b\":1}")),
            (begins, answer(400, "{\"a\":1}")),
            (begins, answer(204, "")),
            (Expected::Nothing, answer(200, "")),
        ] {
            assert!(expected.check(&wrong).is_err(), "{expected:?} {wrong:?}");
        }
    }

    #[test]
    fn an_answer_that_breaks_off_is_a_failure() {
        for answer in [
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbody",
            "nonsense\r\n\r\n",
        ] {
            let mut client = Client::connect(&answering(&[answer])).expect("connects");
            assert!(client.exchange(b"GET / HTTP/1.1\r\n\r\n").is_err());
        }
    }
}
