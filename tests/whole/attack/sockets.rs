//! Connections that are opened and kept.

use std::io::Write;
use std::net::TcpStream;

use super::{BALANCES, Target};
use crate::harness::http::Request;
use crate::harness::signer::{self, Key};

/// Sockets of each kind that are open at one time.
const SOCKETS: usize = 1000;

/// What is sent on a socket that is then kept; nothing follows.
fn beginnings(target: &Target) -> Vec<(&'static str, Vec<u8>)> {
    let address = target.app.address();
    let post = |path: &str, headers: &str| {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n{headers}");
        format!("{head}Content-Length: 1000\r\n\r\n").into_bytes()
    };
    let forged = |key: &Key| {
        let request = Request::new("POST", super::COUPONS, "{}");
        let signed = signer::sign(request, key, &address).with("Content-Length", "1000");
        let mut head = signed.head(&address);
        head.push(b'{');
        head
    };
    let nobody = Key {
        access_key_id: "NOBODYSACCESSKEY".to_owned(),
        secret_key: "guessed".to_owned(),
        principal_id: "nobody".to_owned(),
    };
    vec![
        ("idle sockets", Vec::new()),
        ("heads half sent", format!("GET {BALANCES} HTTP/1.1\r\nHost: {address}").into_bytes()),
        ("bodies to no path", post("/nothing", "")),
        ("unsigned bodies", post(super::COUPONS, "")),
        ("bodies with a forged token", post(super::COUPONS, "X-Auth-Token: pbtoken1_AAAA\r\n")),
        (
            "bodies for the operator",
            post("/operator/v1/books", "Authorization: Bearer guessed\r\n"),
        ),
        ("bodies of a well-formed signature", forged(&nobody)),
    ]
}

#[test]
fn sockets_that_are_kept_keep_nobody_out() {
    let target = Target::start();
    let mut tried = 0;
    for (what, bytes) in beginnings(&target) {
        let sockets: Vec<TcpStream> = (0..SOCKETS)
            .map(|_| {
                let mut socket = TcpStream::connect(target.app.address()).expect("connects");
                // The host may have closed it already.
                let _ = socket.write_all(&bytes);
                socket
            })
            .collect();
        tried += sockets.len();
        target.assert_serves(what);
        println!("attack: {what}: {} tried, held", sockets.len());
    }
    target.held("sockets that are kept", tried);
}
