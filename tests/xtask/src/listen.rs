//! `cargo xtask listen`: receives the events of a bundle and passes them on.
//!
//! It checks each signature as a receiver should, with nothing of the code that signs, and answers
//! what the program answers that it passes the event to: the bundle tries again what was not taken.

use std::io::Read;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tiny_http::{Header, Request, Response, Server};
use ureq::Agent;

use crate::process::random_bytes;

/// How far a message's time may be from this machine's.
const SECONDS_MAX: u64 = 300;

/// Longest message: the bundle sends none that is longer.
const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// How long the program may take that events are passed to. The bundle itself waits no longer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// What a secret begins with.
const SECRET_PREFIX: &str = "whsec_";

/// The headers of a message that it is signed by.
const HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// Where events come in, and where they go.
#[derive(Args)]
pub struct Options {
    /// The address of the program that is to have the events, with its path
    #[arg(long, value_name = "URL")]
    forward_to: String,
    /// The address to receive on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
    listen: SocketAddr,
    /// The bundle's variable webhook_secret; better given as WEBHOOK_SECRET, which no list of
    /// processes shows [default: a random one, printed]
    #[arg(long, value_name = "SECRET", env = "WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
}

/// Receives until interrupted.
pub fn run(options: &Options) -> Result<()> {
    let secret = match &options.webhook_secret {
        Some(secret) => secret.clone(),
        None => format!("{SECRET_PREFIX}{}", STANDARD.encode(random_bytes::<32>()?)),
    };
    let listener = Listener::new(options.listen, &secret, &options.forward_to)?;
    println!("the bundle posts events here when it is started with:");
    println!("  export SPIN_VARIABLE_WEBHOOK_URL=http://{}", listener.address()?);
    if options.webhook_secret.is_none() {
        println!("  export SPIN_VARIABLE_WEBHOOK_SECRET={secret}");
    }
    println!("passing events on to {}", options.forward_to);
    loop {
        println!("{}", listener.serve_one()?);
    }
}

/// A receiver of events.
struct Listener {
    server: Server,
    secret: Vec<u8>,
    forward_to: String,
    agent: Agent,
}

/// A message, its signature right.
struct Message {
    /// The values of [`HEADERS`].
    headers: [String; 3],
    body: Vec<u8>,
}

impl Listener {
    fn new(address: SocketAddr, secret: &str, forward_to: &str) -> Result<Self> {
        let encoded = secret.strip_prefix(SECRET_PREFIX);
        let secret = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        let secret = secret.context("the secret must be whsec_ and bytes in base64")?;
        if !forward_to.starts_with("http://") && !forward_to.starts_with("https://") {
            bail!("`{forward_to}` is not an address of the form http://HOST:PORT/PATH");
        }
        let server = Server::http(address)
            .map_err(|error| anyhow!("cannot listen on {address}: {error}"))?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(ANSWER_TIMEOUT))
            .build()
            .into();
        Ok(Self { server, secret, forward_to: forward_to.to_owned(), agent })
    }

    fn address(&self) -> Result<SocketAddr> {
        self.server.server_addr().to_ip().context("it listens on no address")
    }

    /// Takes one message, and answers a line about it.
    fn serve_one(&self) -> Result<String> {
        let mut request = self.server.recv()?;
        let (status, line) = match self.received(&mut request) {
            Ok(message) => {
                let (status, outcome) = self.pass_on(&message);
                (status, format!("{}  {outcome}", about(&message)))
            }
            Err(fault) => (401, format!("refused: {fault}")),
        };
        // A bundle that has gone away sends the message again.
        request.respond(Response::empty(status)).ok();
        Ok(line)
    }

    fn received(&self, request: &mut Request) -> Result<Message> {
        if request.method().as_str() != "POST" {
            bail!("{} is no message", request.method());
        }
        let header = |name: &str| {
            let mut found = request.headers().iter().filter(|it| is_named(it, name));
            let value = found.next().map(|header| header.value.as_str().to_owned());
            value.with_context(|| format!("there is no {name}"))
        };
        let [id, timestamp, signature] = HEADERS;
        let headers = [header(id)?, header(timestamp)?, header(signature)?];
        let mut body = Vec::new();
        request.as_reader().take(BODY_BYTES_MAX + 1).read_to_end(&mut body)?;
        if u64::try_from(body.len())? > BODY_BYTES_MAX {
            bail!("the message is longer than {BODY_BYTES_MAX} bytes");
        }
        let message = Message { headers, body };
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        check(&self.secret, &message, now)?;
        Ok(message)
    }

    /// Posts a message as it came. Answers the status for the bundle, and what became of it.
    fn pass_on(&self, message: &Message) -> (u16, String) {
        let mut post = self.agent.post(&self.forward_to).header("content-type", "application/json");
        for (name, value) in HEADERS.iter().zip(&message.headers) {
            post = post.header(*name, value);
        }
        match post.send(&message.body[..]) {
            Ok(response) => {
                let status = response.status().as_u16();
                (status, format!("answered {status}"))
            }
            Err(error) => (502, format!("not passed on: {error}")),
        }
    }
}

fn is_named(header: &Header, name: &str) -> bool {
    header.field.as_str().as_str().eq_ignore_ascii_case(name)
}

/// Checks that a message is of who has the secret, and of this time.
fn check(secret: &[u8], message: &Message, now: u64) -> Result<()> {
    let [id, timestamp, signatures] = &message.headers;
    let sent: u64 = timestamp.parse().context("webhook-timestamp is no number")?;
    if sent.abs_diff(now) > SECONDS_MAX {
        bail!("the message is from another time");
    }
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret)?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", &message.body] {
        mac.update(part);
    }
    let is_right = |signature: &str| {
        let encoded = signature.strip_prefix("v1,");
        let decoded = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        decoded.is_some_and(|decoded| mac.clone().verify_slice(&decoded).is_ok())
    };
    if signatures.split(' ').any(is_right) { Ok(()) } else { bail!("the signature is wrong") }
}

/// What a line says of a message: its time, what happened, and its identity.
fn about(message: &Message) -> String {
    let event: Value = serde_json::from_slice(&message.body).unwrap_or_default();
    let text = |name: &str| event[name].as_str().unwrap_or("?").to_owned();
    let [id, ..] = &message.headers;
    format!("{}  {}  {id}", text("timestamp"), text("type"))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &str = r#"{"type":"order.paid","timestamp":"2026-06-01T00:00:00Z","data":{}}"#;

    fn now() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
    }

    /// The signature as the specification says.
    fn signature(id: &str, timestamp: &str, body: &str) -> String {
        let secret = STANDARD.decode(&SECRET[SECRET_PREFIX.len()..]).expect("base64");
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&secret).expect("a key");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    fn message(timestamp: u64, signature: &str, body: &str) -> Message {
        let headers = ["msg_1".to_owned(), timestamp.to_string(), signature.to_owned()];
        Message { headers, body: body.as_bytes().to_vec() }
    }

    /// The example of the specification's reference implementation.
    #[test]
    fn takes_the_published_example_and_no_other_text_time_or_secret() {
        let secret = STANDARD.decode(&SECRET[SECRET_PREFIX.len()..]).expect("base64");
        let sent = 1_614_265_330;
        let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let of = |signature: &str, body: &str| {
            let id = "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned();
            let headers = [id, sent.to_string(), signature.to_owned()];
            Message { headers, body: body.as_bytes().to_vec() }
        };
        let body = "{\"test\": 2432232314}";
        assert!(check(&secret, &of(right, body), sent + 299).is_ok());
        assert!(check(&secret, &of(&format!("v1,AAAA {right}"), body), sent).is_ok());
        assert!(check(&secret, &of(right, body), sent + 301).is_err());
        assert!(check(&secret, &of(right, body), sent - 301).is_err());
        assert!(check(&secret, &of(right, "{}"), sent).is_err());
        assert!(check(&secret, &of(right.trim_start_matches("v1,"), body), sent).is_err());
        assert!(check(&secret[1..], &of(right, body), sent).is_err());
    }

    #[test]
    fn a_line_names_the_event() {
        let about = about(&message(1, "", BODY));
        assert_eq!(about, "2026-06-01T00:00:00Z  order.paid  msg_1");
    }

    #[test]
    fn refuses_secrets_and_addresses_that_are_none() {
        let any = "127.0.0.1:0".parse().expect("an address");
        assert!(Listener::new(any, "MfKQ9r8GKYqrTwjU", "http://127.0.0.1:1").is_err());
        assert!(Listener::new(any, SECRET, "127.0.0.1:1").is_err());
    }

    /// Posts a message to a listener, and answers the status.
    fn post(address: SocketAddr, timestamp: u64, signature: &str) -> u16 {
        let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
        let response = agent
            .post(format!("http://{address}/"))
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature)
            .send(BODY);
        response.expect("an answer").status().as_u16()
    }

    #[test]
    fn passes_on_what_is_signed_as_it_came_and_answers_what_was_answered() {
        let program = Server::http("127.0.0.1:0").expect("a port");
        let to = format!("http://{}/events", program.server_addr().to_ip().expect("an address"));
        let any = "127.0.0.1:0".parse().expect("an address");
        let listener = Listener::new(any, SECRET, &to).expect("a listener");
        let address = listener.address().expect("an address");
        let passed = thread::spawn(move || {
            let mut passed = Vec::new();
            for status in [204, 500] {
                let mut request = program.recv().expect("a message");
                let mut body = String::new();
                request.as_reader().read_to_string(&mut body).expect("text");
                let header = |name: &str| {
                    let found = request.headers().iter().find(|it| is_named(it, name));
                    found.map(|header| header.value.as_str().to_owned()).unwrap_or_default()
                };
                passed.push((request.url().to_owned(), HEADERS.map(header), body));
                request.respond(Response::empty(status)).expect("answered");
            }
            // From here on nobody takes anything.
            passed
        });
        let lines =
            thread::spawn(move || [(); 5].map(|()| listener.serve_one().expect("one message")));
        let sent = now();
        let right = signature("msg_1", &sent.to_string(), BODY);
        assert_eq!(post(address, sent, &right), 204);
        assert_eq!(post(address, sent, "v1,AAAA"), 401);
        assert_eq!(post(address, sent - 1000, &right), 401);
        assert_eq!(post(address, sent, &right), 500);
        let passed = passed.join().expect("no panic");
        let expected = ["msg_1".to_owned(), sent.to_string(), right.clone()];
        for (url, headers, body) in passed {
            assert_eq!((url.as_str(), body.as_str()), ("/events", BODY));
            assert_eq!(headers, expected);
        }
        assert_eq!(post(address, sent, &right), 502);
        let lines = lines.join().expect("no panic");
        assert!(lines[0].ends_with("msg_1  answered 204"), "{}", lines[0]);
        assert_eq!(lines[1], "refused: the signature is wrong");
        assert_eq!(lines[2], "refused: the message is from another time");
        assert!(lines[4].contains("not passed on"), "{}", lines[4]);
    }
}
