//! What time does to the books of tenants: one tick after another, as many as a request has room
//! for.

use crate::api::{Body, Refusal};
use crate::domain::error::Reason;
use crate::operations::place_order::randoms_for;
use crate::operations::price_order::{lookups, price_renewal};
use crate::operations::tick::{DueRenewal, PricedRenewal, Ticked, due_renewals, tick};
use crate::operator::call::{OperatorCall, TenantBooks};
use crate::operator::months::close_due;
use crate::value::id::TenantId;

/// Most transactions of one tenant in one request.
const ROUNDS_MAX: usize = 10;

/// Lets time pass for one tenant, or for all. A bounded part of the work is done; the answer says how
/// much is left.
///
/// # Errors
/// [`Refusal::UnknownTenant`]; failures of the store and of the host.
pub async fn run_tick<S: Body>(
    call: &OperatorCall<'_, S>,
    tenant_id: Option<&TenantId>,
) -> Result<Ticked, Refusal> {
    let tenants = match tenant_id {
        Some(tenant_id) => vec![call.tenant(tenant_id).await?],
        None => call.tenants().await?,
    };
    let mut all = Ticked::default();
    for books in &tenants {
        let left = all.left;
        let ticked = tick_tenant(call, books).await?;
        all = all.and_then(ticked);
        all.left = left.saturating_add(ticked.left);
    }
    Ok(all)
}

async fn tick_tenant<S: Body>(
    call: &OperatorCall<'_, S>,
    books: &TenantBooks<'_>,
) -> Result<Ticked, Refusal> {
    let mut all = Ticked::default();
    for _ in 0..ROUNDS_MAX {
        let due = books.read(async |books| due_renewals(books, books.at(call.now())).await).await?;
        let mut renewals = Vec::with_capacity(due.len());
        for renewal in due {
            renewals.push(priced(call, books, renewal).await?);
        }
        // All orders of one transaction are placed in the same millisecond: each needs its own.
        let count = randoms_for(renewals.len());
        let randoms: Vec<[u8; 16]> = (0..count).map(|_| call.random()).collect();
        let ticked =
            books.update("tick", async |books| tick(books, &renewals, &randoms).await).await?;
        let is_idle = ticked == Ticked { left: ticked.left, ..Ticked::default() };
        all = all.and_then(ticked);
        if ticked.left == 0 || is_idle {
            break;
        }
    }
    // What is due comes first: it is billed in the months that are closed then.
    if all.left == 0 {
        let (closed, stays_open) = close_due(books, call.now()).await?;
        all.closed += closed;
        all.unclosed += u64::from(stays_open);
    }
    Ok(all)
}

/// A renewal with its prices. Without a price it is tried again another day.
async fn priced<S: Body>(
    call: &OperatorCall<'_, S>,
    books: &TenantBooks<'_>,
    renewal: DueRenewal,
) -> Result<PricedRenewal, Refusal> {
    let DueRenewal { customer_id, resource_id, resources, term } = renewal;
    let lookups = lookups(&resources);
    let found = call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await?;
    let prices = books
        .read(async |books| {
            let now = books.at(call.now());
            match price_renewal(books, &customer_id, &resources, term, &found, now).await {
                Ok(prices) => Ok(Some(prices)),
                Err(Reason::TermNotOffered | Reason::PriceTooLarge | Reason::Field { .. }) => {
                    Ok(None)
                }
                Err(failure) => Err(failure),
            }
        })
        .await?;
    Ok(PricedRenewal { customer_id, resource_id, term, prices })
}
