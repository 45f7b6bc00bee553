//! A client of a running bundle: its health, and the operator's routes for books and for time.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// How often a request is sent before its failure is final.
const ATTEMPTS: u32 = 4;

/// A server, and the token of its operator.
pub struct Operator {
    agent: Agent,
    url: String,
    token: String,
}

/// How a command gets at a server as its operator.
#[derive(Args)]
pub struct Access {
    /// The certificates (PEM) of the authorities that the server's is from [default: the public
    /// ones]
    #[arg(long, value_name = "FILE")]
    pub authorities: Option<PathBuf>,
    /// The value of the server's variable operator_token; better given as OPERATOR_TOKEN, which no
    /// list of processes shows
    #[arg(long, value_name = "TOKEN", env = "OPERATOR_TOKEN", hide_env_values = true)]
    pub operator_token: String,
}

impl Access {
    /// A client for the server at `url`.
    pub fn to(&self, url: &str) -> Result<Operator> {
        match &self.authorities {
            Some(file) => Operator::trusting(url, &self.operator_token, authorities(file)?),
            None => Operator::new(url, &self.operator_token),
        }
    }
}

/// What became of the lines of a book.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Lines that changed the ledger.
    pub applied: u64,
    /// Lines that were there already.
    pub skipped: u64,
}

/// Why the server did not take a request whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The line of this request that was refused, from 1; absent if it was the request itself.
    pub line: Option<u64>,
    /// The server's code and message, or its whole answer.
    pub reason: String,
    /// What became of the lines before.
    pub before: Outcome,
}

/// An answer that is not about the request's content.
enum Failure {
    /// Sending it again may help.
    Passing(anyhow::Error),
    Lasting(anyhow::Error),
}

impl Operator {
    /// A client for the server at `url`, `http://HOST[:PORT]` or `https://HOST[:PORT]`.
    pub fn new(url: &str, token: &str) -> Result<Self> {
        Self::trusting(url, token, RootCerts::WebPki)
    }

    /// As [`new`](Self::new), with the authorities whose certificates are taken.
    pub fn trusting(url: &str, token: &str, authorities: RootCerts) -> Result<Self> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            bail!("`{url}` is not an address of the form https://HOST:PORT");
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(TlsConfig::builder().root_certs(authorities).build())
            .proxy(None)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(300)))
            .build()
            .into();
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self { agent, url, token: token.to_owned() })
    }

    /// Whether the host answers; it does before any component has run.
    pub fn host_answers(&self) -> bool {
        let url = format!("{}/.well-known/spin/health", self.url);
        self.agent.get(&url).call().is_ok_and(|response| response.status().is_success())
    }

    /// Sends lines of a book. A server that cannot be reached or is not ready is tried again:
    /// lines that it has applied without being able to say so are skipped then.
    pub fn send_book(&self, lines: &[u8]) -> Result<Result<Outcome, Refusal>> {
        let mut pause = Duration::from_millis(500);
        for _ in 1..ATTEMPTS {
            match self.try_send_book(lines) {
                Ok(answer) => return Ok(answer),
                Err(Failure::Lasting(error)) => return Err(error),
                Err(Failure::Passing(_)) => thread::sleep(pause),
            }
            pause *= 2;
        }
        self.try_send_book(lines).map_err(|failure| match failure {
            Failure::Passing(error) | Failure::Lasting(error) => error,
        })
    }

    fn try_send_book(&self, lines: &[u8]) -> Result<Result<Outcome, Refusal>, Failure> {
        let url = format!("{}/operator/v1/books", self.url);
        let (status, body) = self
            .post(&url, lines)
            .with_context(|| format!("no answer from {url}"))
            .map_err(Failure::Passing)?;
        match status {
            200 => outcome(&body).map(Ok).map_err(Failure::Lasting),
            400 => Ok(Err(refusal(&body))),
            429 | 502..=504 => Err(Failure::Passing(unexpected(&url, status, &body))),
            _ => Err(Failure::Lasting(unexpected(&url, status, &body))),
        }
    }

    /// Posts JSON to a route, which must take it, and answers what it answered.
    pub fn post_json(&self, route: &str, body: &serde_json::Value) -> Result<serde_json::Value> {
        let url = format!("{}{route}", self.url);
        let answer = self.post(&url, body.to_string().as_bytes());
        Ok(serde_json::from_str(&taken(&url, answer)?)?)
    }

    /// Puts JSON to a route, which must take it, and answers what it answered.
    pub fn put_json(&self, route: &str, body: &serde_json::Value) -> Result<serde_json::Value> {
        let url = format!("{}{route}", self.url);
        let answer = self.put(&url, body.to_string().as_bytes());
        Ok(serde_json::from_str(&taken(&url, answer)?)?)
    }

    /// Posts nothing to a route, and answers what it answered.
    pub fn post_nothing(&self, route: &str) -> Result<serde_json::Value> {
        let url = format!("{}{route}", self.url);
        Ok(serde_json::from_str(&taken(&url, self.post(&url, &[]))?)?)
    }

    /// Gets a route, and answers what it answered.
    pub fn get_json(&self, route: &str) -> Result<serde_json::Value> {
        let url = format!("{}{route}", self.url);
        Ok(serde_json::from_str(&taken(&url, self.get(&url))?)?)
    }

    /// Lets time do what it does to all tenants.
    pub fn tick(&self) -> Result<()> {
        let url = format!("{}/operator/v1/tick", self.url);
        taken(&url, self.post(&url, &[])).map(drop)
    }

    fn get(&self, url: &str) -> Result<(u16, String)> {
        let token = format!("Bearer {}", self.token);
        let mut response = self.agent.get(url).header("authorization", token).call()?;
        let body = response.body_mut().read_to_string()?;
        Ok((response.status().as_u16(), body))
    }

    fn put(&self, url: &str, body: &[u8]) -> Result<(u16, String)> {
        let token = format!("Bearer {}", self.token);
        let put = self.agent.put(url).header("authorization", token);
        let mut response = put.header("content-type", "application/json").send(body)?;
        let body = response.body_mut().read_to_string()?;
        Ok((response.status().as_u16(), body))
    }

    fn post(&self, url: &str, lines: &[u8]) -> Result<(u16, String)> {
        let mut response = self
            .agent
            .post(url)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/x-ndjson")
            .send(lines)?;
        let body = response.body_mut().read_to_string()?;
        Ok((response.status().as_u16(), body))
    }
}

/// The body of an answer to a request that the server must take.
fn taken(url: &str, answer: Result<(u16, String)>) -> Result<String> {
    match answer.with_context(|| format!("no answer from {url}"))? {
        (200, body) => Ok(body),
        (status, body) => Err(unexpected(url, status, &body)),
    }
}

/// The authorities in a file of certificates (PEM).
fn authorities(file: &Path) -> Result<RootCerts> {
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&text) {
        let item = item.with_context(|| format!("{} is not PEM", file.display()))?;
        if let PemItem::Certificate(certificate) = item {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        bail!("there is no certificate in {}", file.display());
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

impl std::ops::AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.applied += other.applied;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} lines applied, {} skipped", self.applied, self.skipped)
    }
}

fn outcome(body: &str) -> Result<Outcome> {
    let answer: Value = serde_json::from_str(body)
        .with_context(|| format!("the server answered with something else than JSON: {body}"))?;
    counts(&answer).with_context(|| format!("the server did not count the lines: {body}"))
}

fn counts(answer: &Value) -> Option<Outcome> {
    Some(Outcome { applied: answer["applied"].as_u64()?, skipped: answer["skipped"].as_u64()? })
}

fn refusal(body: &str) -> Refusal {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    Refusal {
        line: answer["line"].as_u64(),
        reason: reason(&answer).unwrap_or_else(|| body.to_owned()),
        before: counts(&answer).unwrap_or_default(),
    }
}

fn reason(answer: &Value) -> Option<String> {
    let message = answer["error_msg"].as_str()?;
    Some(match answer["error_code"].as_str() {
        Some(code) => format!("{code}: {message}"),
        None => message.to_owned(),
    })
}

fn unexpected(url: &str, status: u16, body: &str) -> anyhow::Error {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    let reason = reason(&answer).unwrap_or_else(|| body.to_owned());
    anyhow::anyhow!("{url} answered {status}: {reason}")
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read, Write};
    use std::net::TcpListener;
    use std::sync::Arc;

    use rcgen::CertifiedKey;
    use rustls::pki_types::PrivatePkcs8KeyDer;
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::*;

    #[test]
    fn reads_what_became_of_the_lines() {
        let expected = Outcome { applied: 12, skipped: 3 };
        assert_eq!(outcome(r#"{"applied": 12, "skipped": 3}"#).ok(), Some(expected));
        assert!(outcome(r#"{"applied": 12}"#).is_err());
        assert!(outcome("fine").is_err());
    }

    #[test]
    fn reads_a_refusal_with_its_line() {
        let body = r#"{"error_code": "CBC.0100", "error_msg": "unknown tenant",
                       "line": 7, "applied": 4, "skipped": 2}"#;
        let expected = Refusal {
            line: Some(7),
            reason: "CBC.0100: unknown tenant".to_owned(),
            before: Outcome { applied: 4, skipped: 2 },
        };
        assert_eq!(refusal(body), expected);
        assert_eq!(refusal("<html>").reason, "<html>");
    }

    #[test]
    fn takes_addresses_with_a_scheme_only() {
        assert!(Operator::new("http://127.0.0.1:3000/", "t").is_ok());
        assert!(Operator::new("https://127.0.0.1:3000", "t").is_ok());
        assert!(Operator::new("127.0.0.1:3000", "t").is_err());
        assert!(Operator::new("ftp://127.0.0.1", "t").is_err());
    }

    /// A server that answers over TLS, and the certificate that it shows (PEM).
    fn serve_tls() -> (String, String) {
        let names = vec!["localhost".to_owned()];
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(names).expect("a certificate");
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .expect("they belong together");
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://localhost:{}", listener.local_addr().expect("it").port());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&config)).expect("TLS");
                // A client that does not trust the certificate leaves: then there is nothing to say.
                answer(StreamOwned::new(connection, stream.expect("a client"))).ok();
            }
        });
        (url, cert.pem())
    }

    fn answer(mut stream: impl Read + Write) -> io::Result<()> {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n{}\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            request.extend(byte);
        }
        let body = r#"{"applied":1,"skipped":0}"#;
        let length = body.len();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")?;
        stream.flush()
    }

    #[test]
    fn a_book_goes_over_tls_to_a_server_whose_authority_is_trusted_and_to_no_other() {
        let (url, certificate) = serve_tls();
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("authorities.pem");
        fs::write(&file, certificate).expect("written");
        let trusted = authorities(&file).expect("a certificate");
        let operator = Operator::trusting(&url, "t", trusted).expect("an address");
        let outcome = operator.send_book(b"{}\n").expect("an answer").expect("taken");
        assert_eq!(outcome, Outcome { applied: 1, skipped: 0 });

        let stranger = Operator::new(&url, "t").expect("an address");
        assert!(stranger.try_send_book(b"{}\n").is_err());

        fs::write(&file, "no certificate").expect("written");
        assert!(authorities(&file).is_err());
    }
}
