//! Signatures and tokens that nobody made, and guesses at the operator's token.

use serde_json::json;

use super::{BALANCES, Dice, Target, rounds};
use crate::every_route::signature;
use crate::harness::app::Variables;
use crate::harness::http::{Connection, Request};
use crate::harness::signer;

/// Changes one byte of a text to another of the kind that may stand there.
fn one_byte_changed(dice: &mut Dice, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = dice.below(bytes.len());
    let others: Vec<u8> = (b'!'..=b'~').filter(|byte| *byte != bytes[at]).collect();
    bytes[at] = others[dice.below(others.len())];
    String::from_utf8(bytes).expect("ASCII")
}

#[test]
fn forged_signatures_open_nothing() {
    let target = Target::start();
    let (app, key) = (&target.app, &target.tenant.distributor);
    let address = app.address();
    let mut dice = Dice(1);
    let mut forged = Vec::new();
    for _ in 0..rounds() {
        forged.extend(signature::all_forgeries("GET", BALANCES, key, &address));
        for _ in 0..100 {
            let good = signer::sign(Request::new("GET", BALANCES, ""), key, &address);
            let mut bad = good.clone();
            let (_, value) = bad.headers.last_mut().expect("the authorization");
            let text = String::from_utf8(value.clone()).expect("text");
            *value = one_byte_changed(&mut dice, &text).into_bytes();
            forged.push(("a changed byte of the authorization", bad));
        }
    }
    let mut connection = Connection::open(&address).expect("connects");
    for (number, (what, request)) in forged.iter().enumerate() {
        let reply = connection.exchange(request).expect("an answer");
        assert_eq!(reply.status, 401, "{what} {:?}: {}", request.headers, reply.text());
        app.await_in_log(reply.json().text_at("request_id"));
        // Five wrong ones in a row lock the key, and what follows would be refused for that.
        if number % 4 == 3 {
            target.assert_serves(what);
        }
    }
    let tried = forged.len();
    target.held("forged signatures", tried);
}

#[test]
fn forged_tokens_open_nothing() {
    let target = Target::start();
    let app = &target.app;
    let body = json!({"access_key_id": target.tenant.distributor.access_key_id, "ttl_seconds": 60});
    let issued = app.operator("POST", "/operator/v1/tokens", body.to_string());
    assert_eq!(issued.status, 201, "{}", issued.text());
    let token = issued.json().text_at("token").to_owned();
    let with = |token: &str| Request::new("GET", BALANCES, "").with("X-Auth-Token", token);
    let mut connection = Connection::open(&app.address()).expect("connects");
    let mut status = |request: &Request| connection.exchange(request).expect("an answer").status;
    assert_eq!(status(&with(&token)), 200);

    let mut dice = Dice(2);
    let cut = (0..token.len()).map(|length| token[..length].to_owned());
    let mut forged: Vec<String> = cut.collect();
    forged.extend(["A", "=", " x", "\u{e9}"].map(|more| format!("{token}{more}")));
    forged.extend([token.to_uppercase(), token.repeat(2), "A".repeat(8000)]);
    forged.extend((0..200 * rounds()).map(|_| one_byte_changed(&mut dice, &token)));
    for forged in &forged {
        // An empty one is none, and the request is not signed.
        assert_eq!(status(&with(forged)), 401, "{forged}");
    }
    assert_eq!(status(&with(&token).with("X-Auth-Token", &token)), 401);
    let tried = forged.len() + 1;
    target.held("forged tokens", tried);
}

#[test]
fn guesses_at_the_operators_token_open_nothing() {
    let target = Target::start();
    let right = Variables::default().operator_token;
    let mut dice = Dice(3);
    let mut guesses: Vec<String> = (0..right.len()).map(|end| right[..end].to_owned()).collect();
    guesses.extend(["x", "\u{e9}", "%20"].map(|more| format!("{right}{more}")));
    guesses.extend([right.to_uppercase(), right.repeat(2), "x".repeat(8000)]);
    guesses.extend((0..200 * rounds()).map(|_| one_byte_changed(&mut dice, right)));
    let mut connection = Connection::open(&target.app.address()).expect("connects");
    for guess in &guesses {
        for scheme in ["Bearer", "Basic", "SDK-HMAC-SHA256", ""] {
            let request = Request::new("GET", "/operator/v1/health", "")
                .with("Authorization", &format!("{scheme} {guess}"));
            let reply = connection.exchange(&request).expect("an answer");
            assert_eq!(reply.status, 401, "{scheme} {guess}: {}", reply.text());
        }
    }
    let tried = guesses.len() * 4;
    target.held("guesses at the operator's token", tried);
}
