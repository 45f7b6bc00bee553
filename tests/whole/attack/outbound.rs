//! The systems around the bundle as enemies: whoever takes events, and the store.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{BALANCES, Target};
use crate::harness::app::{App, Variables};
use crate::harness::book::DEMO;
use crate::harness::http::{Connection, Request};
use crate::harness::receiver;
use crate::harness::signer;

/// No answer takes longer: what goes out has seconds for each of its steps.
const LONG: Duration = Duration::from_secs(40);

/// How long an enemy waits for the next words of the bundle.
const SILENCE: Duration = Duration::from_millis(300);

/// Bytes of what has no end.
const ENDLESS: usize = 64 * 1024 * 1024;

/// Lets every connection have what `act` makes of it, on a thread of its own. Gives the address.
fn listen(act: impl Fn(TcpStream) + Clone + Send + 'static) -> &'static str {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let act = act.clone();
            std::thread::spawn(move || act(stream));
        }
    });
    // The application's variables live as long as the tests do.
    address.leak()
}

/// Reads what has come, and says whether something has.
fn hear(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 64 * 1024];
    stream.read(&mut buffer).is_ok_and(|bytes| bytes > 0)
}

/// Sends the same over and over, until the other side has had enough.
fn repeat(stream: &mut TcpStream, bytes: &[u8]) {
    let bytes = bytes.repeat(64 * 1024 / bytes.len());
    let mut sent = 0;
    while sent < ENDLESS && stream.write_all(&bytes).is_ok() {
        sent += bytes.len();
    }
}

/// A receiver's answer, what it repeats after it, and whether that says that the event was taken.
type Answer = (&'static str, &'static str, &'static str, bool);

const ANSWERS: [Answer; 9] = [
    ("an endless body", "HTTP/1.1 200 OK\r\n\r\n", "nonsense ", true),
    ("an endless head", "HTTP/1.1 200 OK\r\nx: ", "nonsense ", false),
    ("endless headers", "HTTP/1.1 200 OK\r\n", "x: y\r\n", false),
    ("endless interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n", false),
    ("nonsense", "nonsense\r\n\r\n", "", false),
    ("nothing", "", "", false),
    ("half a head", "HTTP/1.1 200 O", "", false),
    ("a status that is none", "HTTP/1.1 999999 X\r\n\r\n", "", false),
    ("an error", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "", false),
];

#[test]
fn hostile_receivers_of_events_hold_nobody_up() {
    let behaviour = Arc::new(AtomicUsize::new(0));
    let elsewhere = Arc::new(AtomicUsize::new(0));
    let visits = Arc::clone(&elsewhere);
    let other = listen(move |_| {
        visits.fetch_add(1, Ordering::SeqCst);
    });
    let now = Arc::clone(&behaviour);
    let address = listen(move |mut stream| {
        hear(&mut stream);
        let Some((_, answer, rest, _)) = ANSWERS.get(now.load(Ordering::SeqCst)) else {
            let redirect = format!("HTTP/1.1 307 There\r\nLocation: http://{other}/\r\n\r\n");
            let _ = stream.write_all(redirect.as_bytes());
            return;
        };
        let _ = stream.write_all(answer.as_bytes());
        if !rest.is_empty() {
            repeat(&mut stream, rest.as_bytes());
        }
    });
    let mut target = Target::start_with(Variables {
        webhook_url: format!("http://{address}").leak(),
        webhook_path: receiver::PATH,
        webhook_secret: receiver::SECRET,
        ..Variables::default()
    });
    let names = ANSWERS.iter().map(|(what, _, _, is_taken)| (*what, *is_taken));
    let behaviours: Vec<(&str, bool)> = names.chain([("a redirection", false)]).collect();
    for (number, (what, is_taken)) in behaviours.iter().enumerate() {
        behaviour.store(number, Ordering::SeqCst);
        let started = Instant::now();
        let fields = json!({"receiver_type": 1, "mobile_phone": format!("1380000000{number}")});
        let path = "/v2/bases/verificationcode/send";
        let reply = target.app.post(&target.tenant.distributor, path, fields.to_string());
        assert_eq!(reply.status, if *is_taken { 204 } else { 500 }, "{what}: {}", reply.text());
        assert!(started.elapsed() < LONG, "{what}: {:?}", started.elapsed());
        target.assert_serves(what);
    }
    assert_eq!(elsewhere.load(Ordering::SeqCst), 0, "a redirection was followed");
    // The codes are in the books.
    target.audit = target.app.audit(&target.tenant.tenant_id);
    target.held("hostile receivers of events", behaviours.len());
}

/// What a Redis answers to whatever it is asked.
const REPLIES: [(&str, &str); 12] = [
    ("nothing", ""),
    ("nonsense", "nonsense\r\n"),
    ("another protocol", "HTTP/1.1 200 OK\r\n\r\n"),
    ("errors", "-ERR no\r\n"),
    ("a number", ":1\r\n"),
    ("a status", "+OK\r\n"),
    ("absence", "$-1\r\n"),
    ("a text", "$5\r\nhello\r\n"),
    ("half a text", "$100\r\nhello"),
    ("a huge text", "$9999999999\r\nhello\r\n"),
    ("a huge list", "*2147483647\r\n"),
    ("a negative length", "$-7\r\n*-9\r\n"),
];

#[test]
fn a_lying_redis_is_answered_for_and_holds_no_request_for_good() {
    let behaviour = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&behaviour);
    let address = listen(move |mut stream| {
        stream.set_read_timeout(Some(SILENCE)).expect("a timeout");
        // It closes when it hears nothing more, whatever it still owes.
        while hear(&mut stream) {
            let number = now.load(Ordering::SeqCst);
            let reply = REPLIES.get(number).map_or("*1\r\n".repeat(100_000), |it| it.1.to_owned());
            if stream.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    });
    let app = App::start_with(Variables {
        store: "redis",
        redis_url: format!("redis://{address}").leak(),
        ..Variables::default()
    });
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    let names = REPLIES.iter().map(|(what, _)| *what).chain(["lists in lists"]);
    let mut tried = 0;
    for (number, what) in names.enumerate() {
        behaviour.store(number, Ordering::SeqCst);
        let book = Request::new("POST", "/operator/v1/books", DEMO.text())
            .with("Authorization", "Bearer operator-token-of-the-tests");
        let read = signer::sign(Request::new("GET", BALANCES, ""), &key, &app.address());
        for request in [read, book] {
            let started = Instant::now();
            let mut connection = Connection::open(&app.address()).expect("connects");
            let reply = connection.exchange(&request).expect("an answer");
            // A key that is not there looks like a wrong signature.
            let is_refused = [401, 400, 500, 503].contains(&reply.status);
            assert!(is_refused && !reply.outcome().1.is_empty(), "{what}: {}", reply.text());
            assert!(started.elapsed() < LONG, "{what}: {:?}", started.elapsed());
            tried += 1;
        }
    }
    let log = app.log();
    for word in ["panicked", "backtrace", "wasm trap", "unreachable"] {
        assert!(!log.to_lowercase().contains(word), "{word} in the log: {log}");
    }
    println!("attack: a lying Redis: {tried} tried, held");
}
