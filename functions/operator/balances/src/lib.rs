//! Show what a partner or a customer holds, now or as of any moment, and the changes of an account
//! until then.
//!
//! `GET /operator/v1/balances?tenant_id=…&partner_id=…` or `&customer_id=…`.

use billing::api::standing::{Asked, Standing};
use billing::api::{Answer, Query, Refusal};
use billing::component::OperatorCall;
use billing::operations::point_in_time::{Holder, Sight};
use billing::value::id::TenantId;

billing::operator! { GET Read => show }

async fn show(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, holder, asked } = call.query(Request::read)?;

    let (books, now) = (call.tenant(&tenant_id).await?, call.now());
    let standing = books
        .read(async |books| Standing::of(books, &holder, Sight::Cloud, asked, now).await)
        .await?;

    Answer::ok(&standing)
}

struct Request {
    tenant_id: TenantId,
    holder: Holder,
    asked: Asked,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let tenant_id = query.required("tenant_id")?;
        let holder = match (query.value("partner_id")?, query.value("customer_id")?) {
            (Some(partner), None) => Holder::Partner(partner),
            (None, Some(customer)) => Holder::Customer(customer),
            _ => {
                let fault = "either this or partner_id must be given";
                return Err(Refusal::parameter("customer_id", fault));
            }
        };
        Ok(Self { tenant_id, holder, asked: Asked::read(query)? })
    }
}
