//! Freeze a customer and unfreeze it, and change how it is associated with its partner, which gets back
//! what it gave one that it no longer funds; or delete its personal data.
//!
//! `PUT /operator/v1/customers`, `DELETE /operator/v1/customers?tenant_id=…&customer_id=…`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::domain::partner::AssociationType;
use billing::operations::forget::forget_customer;
use billing::operations::manage_tenant::{ChangedCustomer, CustomerChange, change_customer};
use billing::value::id::{CustomerId, TenantId};
use billing::value::money::Money;
use serde::{Deserialize, Serialize};

billing::operator! { PUT Support => change, DELETE Everything => forget }

async fn change(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, customer_id, frozen, association_type } = call.json().await?;

    let change = CustomerChange { frozen, association_type };
    let books = call.tenant(&tenant_id).await?;
    let ChangedCustomer { customer, event } = books
        .update("change customer", async |books| change_customer(books, &customer_id, change).await)
        .await?;

    Answer::ok(&Changed {
        frozen: customer.is_frozen(),
        association_type: customer.association_type,
        customer_id,
        returned_amount: event.as_ref().map_or(Money::ZERO, |event| event.returned_amount),
        returned_coupons: event.map_or(0, |event| event.returned_coupons),
    })
}

async fn forget(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let (tenant_id, customer_id): (TenantId, CustomerId) =
        call.query(|query| Ok((query.required("tenant_id")?, query.required("customer_id")?)))?;

    let books = call.tenant(&tenant_id).await?;
    let deleted = books
        .update("forget customer", async |books| forget_customer(books, &customer_id).await)
        .await?;

    Answer::ok(&Forgotten { customer_id, deleted })
}

#[derive(Serialize)]
struct Forgotten {
    customer_id: CustomerId,
    /// Sealed records.
    deleted: u64,
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
    /// Cash that went back to the partner.
    returned_amount: Money,
    /// Coupons that went back to their quotas.
    returned_coupons: u32,
}
