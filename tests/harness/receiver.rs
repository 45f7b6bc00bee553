//! A webhook receiver: it checks the signature of each event as the Standard Webhooks specification
//! says, with nothing of the code that signs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::harness::json::Json;

/// What the application is told as `webhook_secret`.
pub const SECRET: &str = "whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHMnIHJlY2VpdmVy";

/// The path that events are posted to.
pub const PATH: &str = "/events?of=billing";

/// How old a message may be.
const AGE_SECONDS_MAX: i64 = 300;

/// A client that sends nothing more is not waited for longer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An event as it arrived, its signature right.
#[derive(Clone, Debug)]
pub struct Received {
    /// The same for each attempt to deliver it.
    pub id: String,
    pub event: Json,
}

/// A receiver that runs until the tests end.
pub struct Receiver {
    /// Scheme, host and port.
    pub url: &'static str,
    inbox: Arc<Inbox>,
}

struct Inbox {
    secret: Mutex<String>,
    status: AtomicU16,
    received: Mutex<Vec<Result<Received, String>>>,
}

impl Receiver {
    /// One that takes all events.
    pub fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").expect("a free port"))
    }

    /// One that takes all events that come here.
    pub fn on(listener: TcpListener) -> Self {
        let address = listener.local_addr().expect("an address");
        let status = AtomicU16::new(204);
        let secret = Mutex::new(SECRET.to_owned());
        let inbox = Arc::new(Inbox { secret, status, received: Mutex::default() });
        let shared = Arc::clone(&inbox);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                shared.serve(stream);
            }
        });
        // The application's variables live as long as the tests do.
        Self { url: format!("http://{address}").leak(), inbox }
    }

    /// From now on answers with this status. What arrives is kept all the same.
    pub fn answer_with(&self, status: u16) {
        self.inbox.status.store(status, Ordering::SeqCst);
    }

    /// From now on events are to be signed with this secret.
    pub fn expect_secret(&self, secret: &str) {
        secret.clone_into(&mut self.inbox.secret.lock().expect("no receiver panicked"));
    }

    /// Where it takes events.
    pub fn address(&self) -> String {
        format!("{}{PATH}", self.url)
    }

    /// All events so far, oldest first; every one must have been in order.
    pub fn events(&self) -> Vec<Received> {
        let received = self.inbox.received.lock().expect("no receiver panicked");
        received.iter().map(|event| event.clone().expect("a signed event")).collect()
    }

    /// The events of this type whose data has a member of this value.
    pub fn events_of(&self, event_type: &str, name: &str, value: &str) -> Vec<Received> {
        let is_meant = |received: &Received| {
            received.event.text_at("type") == event_type
                && received.event.at("data").get(name) == Some(&Json::text(value))
        };
        self.events().into_iter().filter(is_meant).collect()
    }
}

impl Inbox {
    /// One request of a connection; then it is closed.
    fn serve(&self, stream: TcpStream) {
        let secret = self.secret.lock().expect("no receiver panicked").clone();
        let received = read(&stream, &secret);
        self.received.lock().expect("no receiver panicked").push(received);
        let status = self.status.load(Ordering::SeqCst);
        let head = format!("HTTP/1.1 {status} Status\r\nConnection: close\r\n");
        // Neither 204 nor 304 may state a length.
        let length = if [204, 304].contains(&status) { "" } else { "Content-Length: 0\r\n" };
        // The sender may have gone away.
        _ = write!(&stream, "{head}{length}\r\n");
    }
}

fn read(stream: &TcpStream, secret: &str) -> Result<Received, String> {
    stream.set_read_timeout(Some(TIMEOUT)).map_err(|error| error.to_string())?;
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).map_err(|error| error.to_string())?;
        Ok::<_, String>(line.trim_end().to_owned())
    };
    let request = line()?;
    if request != format!("POST {PATH} HTTP/1.1") {
        return Err(format!("another request: {request}"));
    }
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').ok_or("a header without a colon")?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).ok_or(format!("no {name} in {headers:?}"))
    };
    let length: usize = header("content-length")?.parse().map_err(|_| "a length".to_owned())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).map_err(|error| error.to_string())?;
    if header("content-type")? != "application/json" {
        return Err("not JSON".to_owned());
    }
    let id = header("webhook-id")?.to_owned();
    let timestamp = header("webhook-timestamp")?;
    verify(secret, (&id, timestamp, &body), header("webhook-signature")?)?;
    let event = Json::parse(&String::from_utf8_lossy(&body))?;
    Ok(Received { id, event })
}

/// The signature is right, and of now.
fn verify(
    secret: &str,
    (id, timestamp, body): (&str, &str, &[u8]),
    signatures: &str,
) -> Result<(), String> {
    let sent: i64 = timestamp.parse().map_err(|_| format!("the time {timestamp}"))?;
    if (Utc::now().timestamp() - sent).abs() > AGE_SECONDS_MAX {
        return Err(format!("an old message: {timestamp}"));
    }
    let secret = secret.strip_prefix("whsec_").ok_or("no prefix")?;
    let secret = STANDARD.decode(secret).map_err(|error| error.to_string())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("any length will do");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    if signatures.split(' ').any(|given| given == signature) {
        Ok(())
    } else {
        Err(format!("a wrong signature: {signatures}"))
    }
}
