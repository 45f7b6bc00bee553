//! Check that the key-value store does what the ledger stands on.
//!
//! `GET /operator/v1/health`. A store that fails answers 503 and says what it does instead.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::store::{Fitness, self_test};
use serde::Serialize;

billing::operator! { GET => check }

async fn check(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    call.query(|_| Ok(()))?;

    match self_test(call.host()).await? {
        Fitness::Fit => Answer::ok(&Health { status: "ok", compare_and_swap: true, batch: true }),
        Fitness::Unfit(fault) => {
            Err(Refusal::UnfitStore(format!("the store is unfit for the ledger: {fault}")))
        }
    }
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    compare_and_swap: bool,
    batch: bool,
}
