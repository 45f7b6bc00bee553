//! Which way verification codes take.

use super::*;
use crate::domain::error::Reason;

#[test]
fn demo_tenants_are_named_or_begin_as_named() {
    let host = TestHost::new();
    for (names, tenant, is_demo) in [
        ("", "demo", false),
        ("demo", "demo", true),
        ("demo", "demo-1", false),
        ("other, demo", "demo", true),
        ("demo-*", "demo-1", true),
        ("demo-*", "demo", false),
        ("demo-*,x", "x", true),
        ("*", "anything", true),
        (",", "demo", false),
    ] {
        host.set("demo_tenants", names);
        let tenant_id = tenant.parse().expect("an id");
        assert_eq!(is_demo_tenant(&host, &tenant_id), Ok(is_demo), "{names:?} {tenant}");
    }
}

#[test]
fn a_receiver_comes_first_and_without_any_way_codes_are_refused() {
    let host = TestHost::new();
    let tenant_id = "demo".parse().expect("an id");
    let refusal = CodeDelivery::of(&host, &tenant_id).expect_err("no way");
    assert_eq!(refusal, Refusal::Reason(Reason::NoCodeDelivery));
    host.set("demo_tenants", "demo");
    assert!(matches!(CodeDelivery::of(&host, &tenant_id), Ok(CodeDelivery::Operator)));
    host.set("webhook_url", "http://h");
    host.set("webhook_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assert!(matches!(CodeDelivery::of(&host, &tenant_id), Ok(CodeDelivery::Receiver(_))));
}
