//! Freeze a customer and unfreeze it, and change how it is associated with its partner.
//!
//! `PUT /operator/v1/customers`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::domain::partner::AssociationType;
use billing::operations::manage_tenant::{CustomerChange, change_customer};
use billing::value::id::{CustomerId, TenantId};
use serde::{Deserialize, Serialize};

billing::operator! { PUT Support => change }

async fn change(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, customer_id, frozen, association_type } = call.json().await?;

    let change = CustomerChange { frozen, association_type };
    let books = call.tenant(&tenant_id).await?;
    let customer = books
        .update("change customer", async |books| change_customer(books, &customer_id, change).await)
        .await?;

    Answer::ok(&Changed {
        frozen: customer.is_frozen(),
        association_type: customer.association_type,
        customer_id,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    tenant_id: TenantId,
    customer_id: CustomerId,
    frozen: Option<bool>,
    association_type: Option<AssociationType>,
}

#[derive(Serialize)]
struct Changed {
    customer_id: CustomerId,
    frozen: bool,
    association_type: AssociationType,
}
