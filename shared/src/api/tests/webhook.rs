//! Messages to the webhook receiver.

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A host with a receiver.
fn configured(url: &str, path: &str) -> TestHost {
    let host = TestHost::new();
    for (name, value) in [("webhook_url", url), ("webhook_path", path), ("webhook_secret", SECRET)]
    {
        host.set(name, value);
    }
    host
}

fn webhook(host: &TestHost) -> Webhook {
    Webhook::configured(host).expect("well-formed").expect("configured")
}

#[test]
fn posts_a_signed_body_to_the_receiver() {
    let host = configured("https://hooks.example:8443", "/billing?x=1");
    run(webhook(&host).post(&host, "msg_1", b"{}")).expect("delivered");
    let sent = host.sent.borrow();
    assert_eq!(sent[0].url, "https://hooks.example:8443/billing?x=1");
    assert_eq!(sent[0].body, b"{}");
    let names: Vec<&str> = sent[0].headers.iter().map(|(name, _)| name.as_str()).collect();
    let signed = ["content-type", "webhook-id", "webhook-timestamp", "webhook-signature"];
    assert_eq!(names, signed);
}

#[test]
fn slashes_between_host_and_path_do_not_matter() {
    for (url, path) in [("http://h", ""), ("http://h/", "/"), ("http://h/", ""), ("http://h", "/")]
    {
        let host = configured(url, path);
        run(webhook(&host).post(&host, "msg_1", b"{}")).expect("delivered");
        assert_eq!(host.sent.borrow()[0].url, "http://h/", "{url} {path}");
    }
}

#[test]
fn an_answer_other_than_2xx_is_a_failure() {
    let host = configured("http://h", "/");
    for (status, delivered) in [(200, true), (204, true), (299, true), (301, false), (500, false)] {
        host.answers.set(status);
        let outcome = run(webhook(&host).post(&host, "msg_1", b"{}"));
        assert_eq!(outcome.is_ok(), delivered, "{status}");
    }
}

#[test]
fn there_is_none_without_a_secret_and_a_wrong_one_is_said() {
    let host = configured("http://h", "/");
    host.set("webhook_secret", "");
    assert!(Webhook::configured(&host).expect("well-formed").is_none());
    host.set("webhook_secret", "whsec_short");
    let refusal = Webhook::configured(&host).expect_err("refused");
    assert!(matches!(refusal, Refusal::Internal(text) if text.contains("webhook_secret")));
}
