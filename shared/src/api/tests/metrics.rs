//! What a monitoring system is told, and what it costs.

use super::calls::{grown, issue};
use super::*;
use crate::store::memory::Flaw;

/// The text of the answer.
pub(super) fn metrics(host: &TestHost, query: &str) -> String {
    let text = RefCell::new(String::new());
    let (status, answer) = host.operate(query, "", async |call| {
        let answer = show_metrics(call).await?;
        text.replace(String::from_utf8(answer.body).expect("UTF-8"));
        Answer::ok(&"shown")
    });
    assert_eq!(status, 200, "{answer}");
    text.into_inner()
}

/// The value of a metric, with the labels given.
pub(super) fn value(text: &str, labelled: &str) -> String {
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    let found = lines.find(|(name, _)| *name == labelled);
    found.unwrap_or_else(|| panic!("no {labelled} in\n{text}")).1.to_owned()
}

#[test]
fn figures_of_many_records_cost_a_handful_of_calls() {
    let host = grown();
    for number in 0..300 {
        issue(&host, number * 7..number * 7 + 3);
    }
    let text = metrics(&host, "tenant_id=t");
    let calls = host.store.take_calls();
    assert!(calls.key_reads() + calls.head_gets <= 3, "{calls:?}");
    assert!(calls.page_reads() <= 8, "{calls:?}");
    assert_eq!(calls.commits(), 0, "{calls:?}");

    let of = |name: &str| value(&text, &format!("billing_{name}{{tenant=\"t\"}}"));
    assert_eq!(of("quotas"), "2");
    assert_eq!(of("quotas_granted_yuan"), "1000100.00");
    assert_eq!(of("quotas_issued_yuan"), "900.00");
    assert_eq!(of("quotas_left_yuan"), "999200.00");
    let balance = |kind: &str| {
        let labelled = format!("billing_balances_yuan{{tenant=\"t\",kind=\"{kind}\"}}");
        value(&text, &labelled).parse::<rust_decimal::Decimal>().expect("a decimal")
    };
    assert_eq!(balance("customers"), 900.into());
    assert_eq!(balance("outside"), (-1_000_100).into());
    // As many pages as are stored and not replaced.
    let stored = host.store.values().keys().filter(|key| key.starts_with("page.")).count();
    let pages: usize = of("store_pages").parse().expect("a number");
    assert!((1..=stored).contains(&pages), "{pages} of {stored}");
    assert!(of("store_records").parse::<u32>().expect("a number") > 6_000);
    assert_eq!(of("store_fit"), "1");
}

#[test]
fn customers_that_hold_nothing_hold_no_negative_nothing() {
    let text = metrics(&TestHost::with_book(), "tenant_id=t");
    let labelled = "billing_balances_yuan{tenant=\"t\",kind=\"customers\"}";
    assert_eq!(value(&text, labelled), "0.00");
}

#[test]
fn an_unfit_store_is_shown_as_one() {
    let host = TestHost::with_book();
    let fit = || value(&metrics(&host, ""), "billing_store_fit{tenant=\"t\"}");
    assert_eq!(fit(), "1");
    host.store.set_flaw(Flaw::NeverSwaps);
    assert_eq!(host.operate("", "", checked).0, 503);
    assert_eq!(fit(), "0");
}

async fn checked(call: OperatorCall<'_, Pieces>) -> Result<Answer, Refusal> {
    crate::store::check_fitness(call.host()).await?.required()?;
    Answer::ok(&"fit")
}
