//! Allocate money of a partner, or of a reseller it acts for, to a customer.
//!
//! `UpdateCustomerAccountAmount`, `POST /v2/accounts/partner-accounts/adjust-amount`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::adjust_money::{self, AdjustCustomer, CustomerAdjustment};
use serde::Serialize;

billing::component! { POST UpdateCustomerAccountAmount => allocate }

async fn allocate(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: CustomerAdjustment = call.body()?;

    let order = AdjustCustomer::check(caller.clone(), request)?;
    call.update(async |books| {
        let transfer_id = adjust_money::allocate_to_customer(books, &order).await?;
        Answer::ok(&UpdateCustomerAccountAmountResponse { transfer_id: transfer_id.to_string() })
    })
    .await
}

#[derive(Serialize)]
struct UpdateCustomerAccountAmountResponse {
    transfer_id: String,
}
