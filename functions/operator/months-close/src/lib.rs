//! Close a month of a tenant: its bills are checked against the ledger, and never change again.
//!
//! `POST /operator/v1/months/close`. A month that is closed already is answered as it was closed.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::domain::bill::{BillAmounts, Closing};
use billing::operator::close_month;
use billing::value::id::TenantId;
use billing::value::time::{Month, Timestamp};
use serde::{Deserialize, Serialize};

billing::operator! { POST Everything => close }

async fn close(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, month } = call.json().await?;
    let books = call.tenant(&tenant_id).await?;

    let closing = close_month(&books, month, call.now()).await?;

    Answer::ok(&Closed::from(closing))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    tenant_id: TenantId,
    month: Month,
}

#[derive(Serialize)]
struct Closed {
    month: Month,
    closed_at: Timestamp,
    /// The transaction that closed it.
    transaction: u64,
    records: u64,
    customers: u64,
    amounts: Amounts,
}

/// What all lines come to, as decimal strings.
#[derive(Serialize)]
struct Amounts {
    official: String,
    discount: String,
    erase: String,
    consume: String,
    cash: String,
    credit: String,
    coupon: String,
    flexi_coupon: String,
    stored_card: String,
    debt: String,
}

impl From<Closing> for Closed {
    fn from(closing: Closing) -> Self {
        let Closing { month, closed_at, sequence, records, customers, amounts } = closing;
        let amounts = Amounts::from(amounts);
        Self { month, closed_at, transaction: sequence, records, customers, amounts }
    }
}

impl From<BillAmounts> for Amounts {
    fn from(amounts: BillAmounts) -> Self {
        let text =
            |amount: billing::value::money::Money| amount.at_least_two_decimals().to_string();
        Self {
            official: text(amounts.official),
            discount: text(amounts.discount),
            erase: text(amounts.erase),
            consume: text(amounts.consume),
            cash: text(amounts.cash),
            credit: text(amounts.credit),
            coupon: text(amounts.coupon),
            flexi_coupon: text(amounts.flexi_coupon),
            stored_card: text(amounts.stored_card),
            debt: text(amounts.debt),
        }
    }
}
