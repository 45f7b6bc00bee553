//! Check that the key-value store does what the ledger stands on.
//!
//! `GET /operator/v1/health`. A store that fails answers 503 and says what it does instead. From
//! then on every write is refused with the same text, until this finds the store fit again.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::store::check_fitness;
use serde::Serialize;

billing::operator! { GET Read => check }

async fn check(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    call.query(|_| Ok(()))?;

    check_fitness(call.host()).await?.required()?;

    Answer::ok(&Health { status: "ok", compare_and_swap: true, batch: true })
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    compare_and_swap: bool,
    batch: bool,
}
