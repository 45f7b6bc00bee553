//! Delete the pages that writers left behind when they died: nothing refers to them.
//!
//! `POST /operator/v1/sweep`. Safe at any time, whoever reads or writes meanwhile. Each call does a
//! part, and the next one goes on there.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::store;
use serde::Serialize;

billing::operator! { POST Everything => sweep }

async fn sweep(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    call.query(|_| Ok(()))?;

    let swept = store::sweep(call.host(), call.caller()).await?;

    Answer::ok(&Sweep {
        transactions: swept.transactions,
        deleted: swept.deleted,
        finished: swept.finished,
    })
}

#[derive(Serialize)]
struct Sweep {
    /// How many transactions were looked through.
    transactions: u64,
    /// How many pages were deleted.
    deleted: u64,
    /// Whether all is done that is older than an hour: otherwise call again.
    finished: bool,
}
