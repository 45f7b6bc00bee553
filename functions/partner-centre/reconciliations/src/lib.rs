//! Compare a month of the partner's bills, as the live service gives it, with the books. Nothing is
//! changed.
//!
//! `POST /partner-centre/v1/reconciliations?cycle=…`, with pages of `ListSubcustomerMonthlyBills` one
//! after the other, or CSV.

use billing::api::reconciliation::{Asked, Reconciled};
use billing::api::{Answer, Query, Refusal};
use billing::component::Call;
use billing::operations::reconcile::reconcile;
use billing::value::id::PartnerId;

billing::partner_centre! { POST => compare }

async fn compare(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Request { indirect_partner_id, asked } = call.query(Request::read)?;
    let told = call.reconciliation()?;

    let compared = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            reconcile(books, &partner, asked.cycle, &told).await
        })
        .await?;

    Answer::ok(&Reconciled::new(asked, compared)?)
}

struct Request {
    indirect_partner_id: Option<PartnerId>,
    asked: Asked,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        let indirect_partner_id = query.value("indirect_partner_id")?;
        Ok(Self { indirect_partner_id, asked: Asked::read(query)? })
    }
}
