//! Requests that are none, or that two readers could take for different ones.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::{BALANCES, Target};

/// A host that says nothing for so long waits for the rest of a request.
const SILENCE: Duration = Duration::from_secs(1);

/// Whole requests, whatever they are.
fn requests(address: &str) -> Vec<(&'static str, Vec<u8>)> {
    let close = format!("Host: {address}\r\nConnection: close\r\n");
    let get = format!("GET {BALANCES} HTTP/1.1\r\n{close}");
    let post = format!("POST {} HTTP/1.1\r\n{close}", super::COUPONS);
    let operator = |target: &str| {
        let token = "Authorization: Bearer operator-token-of-the-tests";
        format!("GET {target} HTTP/1.1\r\n{close}{token}\r\n\r\n")
    };
    let long = "x".repeat(100_000);
    let texts = [
        ("no host", format!("GET {BALANCES} HTTP/1.1\r\n\r\n")),
        ("an empty host", format!("GET {BALANCES} HTTP/1.1\r\nHost:\r\n\r\n")),
        ("two hosts", format!("{get}Host: {address}\r\n\r\n")),
        ("another host in the target", format!("GET http://a/ HTTP/1.1\r\n{close}\r\n")),
        ("a tunnel", format!("CONNECT {address} HTTP/1.1\r\n{close}\r\n")),
        ("a trace", format!("TRACE / HTTP/1.1\r\n{close}\r\n")),
        ("the server itself", format!("OPTIONS * HTTP/1.1\r\n{close}\r\n")),
        ("HTTP/1.0", format!("GET {BALANCES} HTTP/1.0\r\n\r\n")),
        ("HTTP/0.9", format!("GET {BALANCES}\r\n")),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned()),
        ("no line", "\r\n\r\n\r\n".to_owned()),
        ("two lengths", format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}")),
        ("a list of lengths", format!("{post}Content-Length: 2, 2\r\n\r\n{{}}")),
        ("a negative length", format!("{post}Content-Length: -1\r\n\r\n{{}}")),
        ("a signed length", format!("{post}Content-Length: +2\r\n\r\n{{}}")),
        ("a huge length", format!("{post}Content-Length: 18446744073709551616\r\n\r\n{{}}")),
        (
            "a length and chunks",
            format!("{post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ),
        ("chunks in chunks", format!("{post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")),
        ("chunks and more", format!("{post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n")),
        ("chunks of nonsense", format!("{post}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n")),
        (
            "a huge chunk",
            format!("{post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx\r\n"),
        ),
        (
            "a long extension of a chunk",
            format!("{post}Transfer-Encoding: chunked\r\n\r\n1;{long}\r\nx\r\n0\r\n\r\n"),
        ),
        (
            "many trailers",
            format!("{post}Transfer-Encoding: chunked\r\n\r\n0\r\n{}\r\n", "x: y\r\n".repeat(9999)),
        ),
        ("a blank before the colon", format!("{get}Content-Length : 2\r\n\r\n{{}}")),
        ("a folded header", format!("{get}X-A: b\r\n c\r\n\r\n")),
        ("a header without a name", format!("{get}: b\r\n\r\n")),
        ("a NUL in a header", format!("{get}X-A: \0\r\n\r\n")),
        ("bare line feeds", get.replace("\r\n", "\n") + "\n"),
        ("bare carriage returns", get.replace("\r\n", "\r") + "\r"),
        ("many headers", format!("{get}{}\r\n", "X: y\r\n".repeat(10_000))),
        ("a long header", format!("{get}X-A: {long}\r\n\r\n")),
        ("a long target", format!("GET /{long} HTTP/1.1\r\n{close}\r\n")),
        ("a long query", format!("GET {BALANCES}?{long} HTTP/1.1\r\n{close}\r\n")),
        ("a long method", format!("{long} / HTTP/1.1\r\n{close}\r\n")),
        ("a fragment", format!("GET {BALANCES}#x HTTP/1.1\r\n{close}\r\n")),
        ("a file", format!("GET /../../etc/passwd HTTP/1.1\r\n{close}\r\n")),
        ("an upgrade", format!("{get}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n")),
        ("an expectation", format!("{post}Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n")),
        ("another expectation", format!("{post}Expect: wonders\r\nContent-Length: 2\r\n\r\n{{}}")),
        ("an empty segment", operator("//operator/v1/health")),
        ("an empty segment inside", operator("/operator//v1/health")),
        ("a slash at the end", operator("/operator/v1/health/")),
        ("slashes at the end", operator("/operator/v1/health//")),
        ("an encoded letter", operator("/%6fperator/v1/health")),
        ("an encoded slash", operator("/operator%2Fv1/health")),
        ("a segment of a dot", operator("/./operator/v1/health")),
        ("a segment of two dots", operator("/v2/../operator/v1/health")),
        ("an upper-case letter", operator("/Operator/v1/health")),
        ("a backslash", operator("/operator\\v1\\health")),
        ("a parameter of the path", operator("/operator/v1/health;x=y")),
    ];
    let head = |start: &[u8]| [start, close.as_bytes(), b"\r\n"].concat();
    let bytes = [
        ("a header that is not UTF-8", head(b"GET /v2 HTTP/1.1\r\nX-A: \xe9\r\n")),
        ("a target that is not UTF-8", head(b"GET /\xe9 HTTP/1.1\r\n")),
        ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
    ];
    texts.into_iter().map(|(what, text)| (what, text.into_bytes())).chain(bytes).collect()
}

/// All that the host answers until it closes the connection, or is silent.
fn answer(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(SILENCE)).expect("a timeout");
    let mut answer = Vec::new();
    // A host may close the connection before all is sent.
    let _ = stream.write_all(request).and_then(|()| stream.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn requests_that_are_none_are_refused_and_nothing_else_is_disturbed() {
    let target = Target::start();
    let address = target.app.address();
    let requests = requests(&address);
    for (what, request) in &requests {
        let answer = answer(&address, request);
        let lines = answer.split("\r\n");
        let statuses = lines.filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3));
        let statuses: Vec<&str> = statuses.filter(|status| *status != "100").collect();
        let is_refused = statuses.iter().all(|status| status.starts_with('4'));
        assert!(is_refused && statuses.len() <= 1, "{what}: {answer:.300}");
    }
    target.held("raw HTTP", requests.len());
}
