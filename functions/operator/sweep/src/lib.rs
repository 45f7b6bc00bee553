//! Delete the pages that writers left behind when they died: nothing refers to them.
//!
//! `POST /operator/v1/sweep`. Safe at any time, whoever reads or writes meanwhile.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::store;
use serde::Serialize;

billing::operator! { POST Everything => sweep }

async fn sweep(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    call.query(|_| Ok(()))?;

    let swept = store::sweep(call.host()).await?;

    Answer::ok(&Sweep { pages: swept.pages, deleted: swept.deleted })
}

/// How many pages there were, and how many of them are gone.
#[derive(Serialize)]
struct Sweep {
    pages: usize,
    deleted: usize,
}
