//! A quarter of fifty customers, generated at random: what the bundle says of every record, balance,
//! sum and cost is what a model in another language, written from the published rules, says.

use std::process::Command;

use crate::harness::app::{App, OPERATOR_TOKEN};
use crate::harness::book::DEMO;
use crate::harness::catalogue::CATALOGUE;

/// `QUARTER_SEED` makes another quarter, or repeats one that was found to differ.
fn seed() -> String {
    std::env::var("QUARTER_SEED").unwrap_or_else(|_| "17".to_owned())
}

#[test]
fn a_quarter_of_fifty_customers_comes_to_what_an_independent_model_says() {
    // What it adds to the catalogue would be in everybody's lists.
    let app = App::start();
    app.import(&DEMO);
    app.import(&CATALOGUE);
    let seed = seed();
    let python = std::env::var("PYTHON_SDK").expect("PYTHON_SDK names a Python with the SDK");
    let quarter = concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/quarter.py");
    let output = Command::new(python)
        .args(["-W", "ignore", quarter])
        .env("BILLING_ENDPOINT", format!("http://{}", app.address()))
        .env("BILLING_SEED", &seed)
        .env("OPERATOR_TOKEN", OPERATOR_TOKEN)
        .output()
        .expect("the quarter starts");
    println!("QUARTER_SEED={seed}: {}", String::from_utf8_lossy(&output.stdout));
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "QUARTER_SEED={seed}: {report}");
    app.audit(&format!("demo-{}", name_of(&seed)));
}

/// What the quarter calls its tenant.
fn name_of(seed: &str) -> String {
    format!("q{:x}", seed.parse::<u64>().expect("a number"))
}
