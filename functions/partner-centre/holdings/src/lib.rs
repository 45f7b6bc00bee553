//! Show what the partner holds, or one of its resellers or customers, now or as of any moment, and the
//! changes of an account until then.
//!
//! `GET /partner-centre/v1/holdings`.

use billing::api::standing::{Asked, Standing};
use billing::api::{Answer, Query, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::partner::AssociationType;
use billing::operations::point_in_time::{Holder, Sight};
use billing::value::id::{CustomerId, PartnerId};

billing::partner_centre! { GET => show }

async fn show(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Request { indirect_partner_id, customer_id, asked } = call.query(Request::read)?;

    let now = call.now();
    let standing = call
        .read(async |books| {
            let holder = match &customer_id {
                None => {
                    Holder::Partner(books.acting_for(caller, indirect_partner_id.as_ref()).await?)
                }
                Some(id) => {
                    let customer = books.customer_below(caller, id).await?;
                    // What a referral customer holds is its own.
                    if customer.association_type != AssociationType::Resale {
                        let fault = "must be a customer that is funded";
                        return Err(Reason::field("customer_id", fault));
                    }
                    Holder::Customer(customer.customer_id)
                }
            };
            Standing::of(books, &holder, Sight::Partner, asked, now).await
        })
        .await?;

    Answer::ok(&standing)
}

struct Request {
    indirect_partner_id: Option<PartnerId>,
    customer_id: Option<CustomerId>,
    asked: Asked,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let indirect_partner_id = query.value("indirect_partner_id")?;
        let customer_id = query.value("customer_id")?;
        if indirect_partner_id.is_some() && customer_id.is_some() {
            let fault = "must not be given with indirect_partner_id";
            return Err(Refusal::parameter("customer_id", fault));
        }
        Ok(Self { indirect_partner_id, customer_id, asked: Asked::read(query)? })
    }
}
