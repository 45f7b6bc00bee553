//! HTTP/1.1 as a client speaks it, every byte of the request in the test's hands.
//!
//! A proper client library refuses to send most of what `bad_input.rs` is about.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::harness::json::Json;

/// No answer takes this long.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A request as it goes on the wire, apart from `Host` and the body's length, which
/// [`Connection::exchange`] adds when they are missing.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: &str, body: impl AsRef<[u8]>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: body.as_ref().to_vec(),
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    /// The path alone.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The query alone, raw.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// All of it but the body, as it goes to this address.
    pub fn head(&self, address: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        if !self.has("host") {
            head.extend_from_slice(format!("Host: {address}\r\n").as_bytes());
        }
        for (name, value) in &self.headers {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        let is_sized = self.has("content-length") || self.has("transfer-encoding");
        let is_bare = self.method == "GET" && self.body.is_empty();
        if !is_sized && !is_bare {
            head.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        head.extend_from_slice(b"\r\n");
        head
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The [outcome](Reply::outcome) of a refusal.
pub fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|_| panic!("not UTF-8: {self:?}"))
    }

    pub fn json(&self) -> Json {
        let parsed = Json::parse(self.text());
        parsed.unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// Status and `error_code`, empty when there is none: what most tests of refusals look at.
    pub fn outcome(&self) -> (u16, String) {
        if self.body.is_empty() {
            return (self.status, String::new());
        }
        let body = self.json();
        // One operation tells of success in the form of an error.
        let code = body.get("error_code").map_or("", Json::as_text).replace("CBC.0000", "");
        (self.status, code)
    }
}

/// A connection that is kept alive.
pub struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub fn open(address: &str) -> io::Result<Self> {
        Self::on(TcpStream::connect(address)?, address)
    }

    /// As [`Connection::open`], from another address of this machine.
    pub fn open_from(source: IpAddr, address: &str) -> io::Result<Self> {
        let server: SocketAddr = address.parse().map_err(io::Error::other)?;
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
        socket.bind(&SocketAddr::new(source, 0).into())?;
        socket.connect(&server.into())?;
        Self::on(socket.into(), address)
    }

    fn on(stream: TcpStream, address: &str) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        Ok(Self { address: address.to_owned(), stream: BufReader::new(stream) })
    }

    /// Sends a request and reads its answer.
    pub fn exchange(&mut self, request: &Request) -> io::Result<Reply> {
        let mut bytes = request.head(&self.address);
        bytes.extend_from_slice(&request.body);
        match self.stream.get_mut().write_all(&bytes) {
            // A server may refuse a large body before it has read it, and hang up.
            Err(error)
                if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {}
            written => written?,
        }
        self.read_reply(&request.method)
    }

    fn read_reply(&mut self, method: &str) -> io::Result<Reply> {
        let status_line = self.read_line()?;
        let status = status_line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .ok_or_else(|| malformed(&status_line))?;
        let mut headers = Vec::new();
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut reply = Reply { status, headers, body: Vec::new() };
        if method != "HEAD" && status != 204 {
            reply.body = self.read_body(&reply)?;
        }
        Ok(reply)
    }

    fn read_body(&mut self, reply: &Reply) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let line = self.read_line()?;
                let size = u64::from_str_radix(&line, 16).map_err(|_| malformed(&line))?;
                self.read_exactly(size, &mut body)?;
                self.read_line()?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        let length = reply.header("content-length").and_then(|text| text.parse().ok());
        match length {
            Some(length) => self.read_exactly(length, &mut body)?,
            None => drop(self.stream.read_to_end(&mut body)?),
        }
        Ok(body)
    }

    fn read_exactly(&mut self, length: u64, into: &mut Vec<u8>) -> io::Result<()> {
        let read = self.stream.by_ref().take(length).read_to_end(into)?;
        if u64::try_from(read).is_ok_and(|read| read == length) {
            Ok(())
        } else {
            Err(ErrorKind::UnexpectedEof.into())
        }
    }

    fn read_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}

fn malformed(line: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("not HTTP: {line:?}"))
}
