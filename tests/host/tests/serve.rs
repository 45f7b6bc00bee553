//! The program as a whole: starts it on small components and speaks HTTP to it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tempfile::TempDir;

/// A component with the body of its `handle` function.
fn component(handle: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (import "wasi:http/types@0.2.0" (instance $types
                (export "incoming-request" (type (sub resource)))
                (export "response-outparam" (type (sub resource)))))
            (import "somebody:elses/interface@1.0.0" (instance $elsewhere
                (export "call" (func))))
            (alias export $types "incoming-request" (type $request))
            (alias export $types "response-outparam" (type $response))
            (core func $call (canon lower (func $elsewhere "call")))
            (core module $module
                (import "elsewhere" "call" (func $call))
                (memory (export "memory") 1)
                (func (export "handle") (param i32 i32) {handle}))
            (core instance $instance (instantiate $module
                (with "elsewhere" (instance (export "call" (func $call))))))
            (func $handle
                (param "request" (own $request)) (param "response-out" (own $response))
                (canon lift (core func $instance "handle")))
            (instance $handler (export "handle" (func $handle)))
            (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#
    );
    wat::parse_str(text).expect("is a component")
}

/// An application in a folder of its own: one component per name, on the route of its name.
fn application(components: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("is made");
    let mut manifest =
        "spin_manifest_version = 2\n[application]\nname = \"trial\"\n[variables]\n".to_owned();
    manifest += "token = { required = true }\n";
    for (name, handle) in components {
        fs::write(folder.path().join(format!("{name}.wasm")), component(handle))
            .expect("is written");
        manifest += &format!(
            "[[trigger.http]]\nroute = \"/{name}\"\ncomponent = \"{name}\"\n\
             [component.{name}]\nsource = \"{name}.wasm\"\n"
        );
    }
    fs::write(folder.path().join("spin.toml"), manifest).expect("is written");
    folder
}

fn command(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
    command.current_dir(folder.path()).stdin(Stdio::null());
    command
}

struct Host {
    child: Child,
    address: String,
    /// Reads what it logs as it comes: a host that cannot write its log waits.
    log: Option<JoinHandle<String>>,
}

impl Host {
    fn start(folder: &TempDir) -> Self {
        Self::start_with(folder, &[])
    }

    fn start_with(folder: &TempDir, options: &[&str]) -> Self {
        let mut child = command(folder)
            .args(["--listen", "127.0.0.1:0", "--variable", "token=secret"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("is piped");
        BufReader::new(stdout).read_line(&mut line).expect("says where it listens");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .unwrap_or_else(|| panic!("says {line:?}"))
            .to_owned();
        let mut stderr = child.stderr.take().expect("is piped");
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).expect("is read");
            log
        });
        Self { child, address, log: Some(log) }
    }

    /// Sends a request and gives the status code and what follows the head.
    fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("connects");
        let head = format!("GET {path} HTTP/1.1\r\nhost: trial\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("sends");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("receives");
        let (head, body) = answer.split_once("\r\n\r\n").expect("has a head");
        let status = head.split(' ').nth(1).expect("has a status");
        (status.to_owned(), body.to_owned())
    }

    /// Ends it with SIGTERM, and gives its exit code and what it wrote to its log.
    fn stop(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().expect("is sent");
        assert!(sent.success());
        let log = self.log.take().expect("is read once").join().expect("is text");
        (self.child.wait().expect("ends").code(), log)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It has ended already where a test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn answers_what_it_answers_itself() {
    let folder = application(&[("silent", "")]);
    let host = Host::start(&folder);
    assert_eq!(host.get("/.well-known/spin/health"), ("200".to_owned(), "OK".to_owned()));
    assert_eq!(host.get("/.well-known/spin/other").0, "404");
    assert_eq!(host.get("/nowhere").0, "404");
    let (code, log) = host.stop();
    assert_eq!((code, log.as_str()), (Some(0), ""));
    assert!(folder.path().join(".spin/sqlite_key_value.db").is_file());
}

#[test]
fn tells_the_calls_of_components_only_when_asked_to() {
    let folder = application(&[("silent", "")]);
    let host = Host::start(&folder);
    assert_eq!(host.get("/.well-known/host/calls").0, "404");
    drop(host);
    let host = Host::start_with(&folder, &["--count-calls"]);
    let (status, body) = host.get("/.well-known/host/calls");
    assert_eq!(status, "200");
    assert!(body.starts_with(r#"{"silent":{"get":0,"#), "{body}");
}

#[test]
fn a_component_that_fails_is_a_500_and_one_line() {
    let folder = application(&[
        ("trap", "unreachable"),
        ("silent", ""),
        ("elsewhere", "call $call"),
        ("endless", "(loop $again (br $again))"),
        // Ends without an answer, and not in a trap: it is not given 256 MiB more.
        ("greedy", "(br_if 0 (i32.lt_s (memory.grow (i32.const 4096)) (i32.const 0))) unreachable"),
    ]);
    let host = Host::start(&folder);
    for path in ["/trap", "/silent", "/elsewhere", "/greedy", "/trap"] {
        assert_eq!(host.get(path), ("500".to_owned(), String::new()), "{path}");
    }
    // Ones that never end do not keep others from being answered.
    let endless: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = TcpStream::connect(&host.address).expect("connects");
            stream.write_all(b"GET /endless HTTP/1.1\r\nhost: trial\r\n\r\n").expect("sends");
            stream
        })
        .collect();
    assert_eq!(host.get("/trap").0, "500");
    drop(endless);

    let (code, log) = host.stop();
    assert_eq!(code, Some(0));
    let lines: Vec<&str> = log.lines().filter(|line| !line.contains("compiled")).collect();
    let expected = ["`trap` failed", "`silent` ended", "interface@1.0.0#call", "`greedy` ended"];
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.contains(expected), "{line}");
    }
    assert_eq!(lines.len(), 6, "{log}");
}

/// How many components a host has put into the cache.
fn cached(cache: &Path) -> usize {
    let engines = fs::read_dir(cache.join("modules")).into_iter().flatten();
    let files = engines.flat_map(|engine| fs::read_dir(engine.expect("is read").path()));
    let names = files.flatten().map(|file| file.expect("is read").file_name());
    // Beside each there are figures of its use.
    names.filter(|name| !name.to_string_lossy().contains('.')).count()
}

#[test]
fn a_component_is_compiled_when_it_is_first_asked() {
    let folder = application(&[("trap", "unreachable"), ("silent", "")]);
    let cache = folder.path().join(".spin/cache");
    let host = Host::start(&folder);
    assert_eq!(host.get("/.well-known/spin/health").0, "200");
    assert_eq!(cached(&cache), 0);
    for _ in 0..2 {
        assert_eq!(host.get("/trap").0, "500");
        assert_eq!(cached(&cache), 1);
    }
    assert_eq!(host.get("/silent").0, "500");
    assert_eq!(cached(&cache), 2);
}

#[test]
fn all_are_compiled_first_or_ahead_when_the_host_is_asked_to() {
    let folder = application(&[("trap", "unreachable"), ("silent", "")]);
    let at = |name: &str| folder.path().join(name);
    let _first = Host::start_with(&folder, &["--compile", "first", "--cache-dir", "first"]);
    assert_eq!(cached(&at("first")), 2);
    let ahead = Host::start_with(&folder, &["--compile", "ahead", "--cache-dir", "ahead"]);
    while cached(&at("ahead")) < 2 {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(ahead.get("/trap").0, "500");
    assert!(ahead.stop().1.contains("`trap` failed"));
}

#[test]
fn many_first_requests_wait_for_one_compilation_and_keep_no_other_component_waiting() {
    let folder = application(&[("slow", ""), ("silent", "")]);
    let hosts = [Host::start(&folder), Host::start(&folder)];
    // Who compiles a component locks its file among hosts: as long as this has it, both wait.
    let slow = File::open(folder.path().join("slow.wasm")).expect("is opened");
    slow.lock().expect("is locked");
    let ask = |host: &Host| {
        let mut stream = TcpStream::connect(&host.address).expect("connects");
        let head = b"GET /slow HTTP/1.1\r\nhost: trial\r\nconnection: close\r\n\r\n";
        stream.write_all(head).expect("sends");
        stream
    };
    // One that goes away does not make the next one start again.
    drop(ask(&hosts[0]));
    let waiting: Vec<TcpStream> =
        hosts.iter().flat_map(|host| (0..500).map(move |_| ask(host))).collect();
    for host in &hosts {
        assert_eq!(host.get("/silent").0, "500");
    }
    for stream in &waiting {
        stream.set_nonblocking(true).expect("is set");
        let nothing = stream.peek(&mut [0]).expect_err("is not answered yet");
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        stream.set_nonblocking(false).expect("is set");
    }
    slow.unlock().expect("is unlocked");
    for mut stream in waiting {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("receives");
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    }
}

#[test]
fn what_cannot_be_compiled_is_told_when_it_is_asked_and_harms_no_other() {
    let folder = application(&[("broken", ""), ("trap", "unreachable")]);
    // Adds a number to nothing.
    let broken = component("(drop (i32.const 5))");
    let at = broken.windows(3).position(|bytes| bytes == [0x41, 5, 0x1a]).expect("is there");
    let broken = [&broken[..at], &[0x6a, 5, 0x1a], &broken[at + 3..]].concat();
    fs::write(folder.path().join("broken.wasm"), broken).expect("is written");

    for order in ["on-request", "ahead"] {
        let host = Host::start_with(&folder, &["--compile", order]);
        for path in ["/broken", "/trap", "/broken"] {
            assert_eq!(host.get(path), ("500".to_owned(), String::new()), "{path}");
        }
        let (_, log) = host.stop();
        let told = log.lines().filter(|line| line.contains("`broken` failed: broken.wasm: "));
        assert_eq!(told.count(), 2, "{log}");
        assert_eq!(log.contains("`broken` cannot be compiled: broken.wasm: "), order == "ahead");
    }
    let options = ["--variable", "token=x", "--compile", "first"];
    let Output { status, stdout, stderr } = command(&folder).args(options).output().expect("runs");
    assert_eq!((status.code(), stdout.len()), (Some(1), 0));
    assert!(String::from_utf8_lossy(&stderr).contains("component `broken`: broken.wasm: "));
}

#[test]
fn a_component_stays_as_it_was_when_the_host_started() {
    let folder = application(&[("replaced", "call $call"), ("written", "")]);
    let at = |name: &str| folder.path().join(name);
    let host = Host::start(&folder);
    // As a build does it.
    fs::write(at("new.wasm"), component("unreachable")).expect("is written");
    fs::rename(at("new.wasm"), at("replaced.wasm")).expect("is replaced");
    // As nothing should.
    fs::write(at("written.wasm"), component("unreachable")).expect("is written");
    for path in ["/replaced", "/written"] {
        assert_eq!(host.get(path).0, "500");
    }
    let (_, log) = host.stop();
    assert!(log.contains("interface@1.0.0#call"), "{log}");
    assert!(log.contains("has been written to since the host started"), "{log}");

    let host = Host::start(&folder);
    assert_eq!(host.get("/replaced").0, "500");
    assert!(host.stop().1.contains("unreachable"));
}

/// A component that waits for the body of a request and ends when there is some, or none any more.
const READER: &str = r#"(component
    (import "wasi:io/poll@0.2.0" (instance $poll
        (export "pollable" (type $pollable (sub resource)))
        (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
    (alias export $poll "pollable" (type $pollable))
    (import "wasi:io/streams@0.2.0" (instance $streams
        (alias outer 1 $pollable (type $pollable))
        (export "input-stream" (type $stream (sub resource)))
        (export "[method]input-stream.subscribe"
            (func (param "self" (borrow $stream)) (result (own $pollable))))))
    (alias export $streams "input-stream" (type $stream))
    (import "wasi:http/types@0.2.0" (instance $types
        (alias outer 1 $stream (type $stream))
        (export "incoming-request" (type $request (sub resource)))
        (export "response-outparam" (type (sub resource)))
        (export "incoming-body" (type $body (sub resource)))
        (export "[method]incoming-request.consume"
            (func (param "self" (borrow $request)) (result (result (own $body)))))
        (export "[method]incoming-body.stream"
            (func (param "self" (borrow $body)) (result (result (own $stream)))))))
    (alias export $types "incoming-request" (type $request))
    (alias export $types "response-outparam" (type $response))
    (core module $memory (memory (export "memory") 1))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "memory" (core memory $memory))
    (core func $consume
        (canon lower (func $types "[method]incoming-request.consume") (memory $memory)))
    (core func $stream
        (canon lower (func $types "[method]incoming-body.stream") (memory $memory)))
    (core func $subscribe (canon lower (func $streams "[method]input-stream.subscribe")))
    (core func $block (canon lower (func $poll "[method]pollable.block")))
    (core module $module
        (import "host" "memory" (memory 1))
        (import "host" "consume" (func $consume (param i32 i32)))
        (import "host" "stream" (func $stream (param i32 i32)))
        (import "host" "subscribe" (func $subscribe (param i32) (result i32)))
        (import "host" "block" (func $block (param i32)))
        (func (export "handle") (param i32 i32)
            (call $consume (local.get 0) (i32.const 0))
            (call $stream (i32.load (i32.const 4)) (i32.const 8))
            (call $block (call $subscribe (i32.load (i32.const 12))))))
    (core instance $instance (instantiate $module (with "host" (instance
        (export "memory" (memory $memory))
        (export "consume" (func $consume))
        (export "stream" (func $stream))
        (export "subscribe" (func $subscribe))
        (export "block" (func $block))))))
    (func $handle (param "request" (own $request)) (param "response-out" (own $response))
        (canon lift (core func $instance "handle")))
    (instance $handler (export "handle" (func $handle)))
    (export "wasi:http/incoming-handler@0.2.0" (instance $handler)))"#;

#[test]
fn a_thousand_sockets_of_a_stranger_keep_nobody_out() {
    let folder = application(&[("silent", ""), ("reader", "")]);
    let reader = wat::parse_str(READER).expect("is a component");
    fs::write(folder.path().join("reader.wasm"), reader).expect("is written");
    let host = Host::start(&folder);
    for part in [
        "",
        "GET /silent HTTP/1.1\r\nhost: tri",
        "POST /silent HTTP/1.1\r\nhost: trial\r\ncontent-length: 9\r\n\r\n",
        "POST /reader HTTP/1.1\r\nhost: trial\r\ncontent-length: 9\r\n\r\n",
    ] {
        let sockets: Vec<TcpStream> = (0..1000)
            .map(|_| {
                let mut stream = TcpStream::connect(&host.address).expect("connects");
                stream.write_all(part.as_bytes()).expect("sends");
                stream
            })
            .collect();
        assert_eq!(host.get("/silent").0, "500", "{part}");
        drop(sockets);
    }
}

#[test]
fn what_cannot_be_served_is_refused_with_a_reason() {
    let folder = application(&[("silent", "")]);
    let refused = |options: &[&str]| -> String {
        let Output { status, stdout, stderr } =
            command(&folder).args(options).output().expect("runs");
        assert_eq!(status.code(), Some(1));
        assert!(stdout.is_empty());
        String::from_utf8(stderr).expect("is text")
    };
    assert!(refused(&[]).contains("variable `token` is required"));
    assert!(refused(&["--variable", "tokn=x"]).contains("tokn"));
    assert!(refused(&["--manifest", "spim.toml"]).contains("spim.toml"));

    let token = ["--variable", "token=x"];
    assert!(refused(&[&token[..], &["--listen", "nowhere"]].concat()).contains("nowhere"));
    let core = wat::parse_str("(module)").expect("is a module");
    let command = wat::parse_str(r#"(component (core module) (export "run" (core module 0)))"#);
    let command = command.expect("is a component");
    for (file, reason) in [
        (&b"(component)"[..], "no WebAssembly component"),
        (&core[..], "no WebAssembly component"),
        (&command[..], "does not export wasi:http/incoming-handler@0.2"),
    ] {
        fs::write(folder.path().join("silent.wasm"), file).expect("is written");
        let log = refused(&token);
        assert!(log.contains("component `silent` from silent.wasm"), "{log}");
        assert!(log.contains(reason), "{log}");
    }
    fs::remove_file(folder.path().join("silent.wasm")).expect("is removed");
    assert!(refused(&token).contains("no file silent.wasm"));
}
