//! The official Python SDK, in one process for all tests: `sdk/bridge.py`.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::{Value, json};

use crate::harness::http::Reply;
use crate::harness::json::Json;
use crate::harness::signer::Key;

/// What the SDK got and what it made of it.
#[derive(Debug)]
pub struct SdkAnswer {
    /// What came over the wire.
    pub reply: Reply,
    /// The SDK's response object or exception.
    pub outcome: Result<Json, SdkError>,
}

/// The SDK's exception.
#[derive(Debug, PartialEq)]
pub struct SdkError {
    pub status_code: i64,
    pub error_code: String,
    pub request_id: String,
}

type Waiting = Arc<Mutex<HashMap<u64, Sender<Json>>>>;

struct Bridge {
    questions: Mutex<(u64, ChildStdin)>,
    waiting: Waiting,
    // Ends with the test process, when its standard input does.
    _process: Child,
}

static BRIDGE: LazyLock<Bridge> = LazyLock::new(Bridge::start);

/// Calls an operation through the SDK. `fields` are those of its request or, when it has one, of
/// its body; decimals as text.
pub fn call(
    endpoint: &str,
    key: &Key,
    operation: &str,
    fields: &Value,
    headers: &Value,
) -> SdkAnswer {
    let answer = BRIDGE.ask(json!({
        "operation": operation,
        "fields": fields,
        "headers": headers,
        "access_key_id": key.access_key_id,
        "secret_key": key.secret_key,
        "domain_id": key.principal_id,
        "endpoint": endpoint,
    }));
    if let Some(failure) = answer.get("failure") {
        panic!("the SDK got no answer to {operation} {fields}: {}", failure.as_text());
    }
    let Json::Object(headers) = answer.at("headers") else { panic!("{answer:?}") };
    let headers = headers.iter().map(|(name, value)| (name.clone(), value.as_text().to_owned()));
    let reply = Reply {
        status: u16::try_from(answer.at("status").as_integer()).expect("an HTTP status"),
        headers: headers.collect(),
        body: answer.text_at("body").as_bytes().to_vec(),
    };
    let outcome = match answer.get("error") {
        None => Ok(answer.at("parsed").clone()),
        Some(error) => Err(SdkError {
            status_code: error.at("status_code").as_integer(),
            error_code: error.text_at("error_code").to_owned(),
            request_id: error.get("request_id").map_or("", Json::as_text).to_owned(),
        }),
    };
    SdkAnswer { reply, outcome }
}

impl Bridge {
    fn start() -> Self {
        let python = std::env::var("PYTHON_SDK").expect(
            "PYTHON_SDK must name the Python of an environment with the official SDK: \
             run `cargo xtask test`, which makes one",
        );
        let mut process = Command::new(python)
            .args(["-W", "ignore"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/bridge.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("PYTHON_SDK starts");
        let questions = process.stdin.take().expect("piped");
        let answers = process.stdout.take().expect("piped");
        let waiting = Waiting::default();
        let delivered = Arc::clone(&waiting);
        std::thread::spawn(move || deliver(answers, &delivered));
        Self { questions: Mutex::new((0, questions)), waiting, _process: process }
    }

    fn ask(&self, mut question: Value) -> Json {
        let (sender, receiver) = mpsc::channel();
        {
            let mut questions = self.questions.lock().expect("no asker panicked");
            let (id, pipe) = &mut *questions;
            *id += 1;
            question["id"] = json!(*id);
            self.waiting.lock().expect("no asker panicked").insert(*id, sender);
            writeln!(pipe, "{question}").expect("sdk/bridge.py reads");
        }
        receiver.recv().expect("sdk/bridge.py answers: see its error above")
    }
}

fn deliver(answers: ChildStdout, waiting: &Waiting) {
    for line in BufReader::new(answers).lines() {
        let answer = Json::parse(&line.expect("UTF-8")).expect("sdk/bridge.py writes JSON");
        let id = u64::try_from(answer.at("id").as_integer()).expect("ours");
        let sender = waiting.lock().expect("no asker panicked").remove(&id);
        // The asker may have failed meanwhile.
        let _ = sender.expect("asked").send(answer);
    }
    // Whoever still waits learns that nothing more will come.
    waiting.lock().expect("no asker panicked").clear();
}
