//! Transfer money of the calling master to a member.
//!
//! `UpdateSubEnterpriseAmount`, `POST /v2/enterprises/multi-accounts/transfer-amount`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::move_enterprise_money::{self, EnterpriseMovement, MoveMoney};

pub async fn update(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: EnterpriseMovement = call.body()?;

    let order = MoveMoney::check(caller.clone(), request)?;
    call.update(async |books| {
        move_enterprise_money::transfer(books, &order).await?;
        Ok(Answer::no_content())
    })
    .await
}
