//! What time does: cancels orders that were not paid, renews resources that renew themselves, and
//! carries out what happens to those whose last term has ended.
//!
//! Statuses are right without it, since they are computed from the time; the tick makes them
//! durable and does what follows from them. It takes up a bounded number of things, those first
//! that have been due for longest, and says how many are left. Run twice, late, or from two hosts
//! at once it does each thing once: what is done is no longer due in the transaction that did it.

use super::announce;
use super::cancel_order::close;
use super::expire_coupons::Expired;
use super::renew_resources::{
    RenewResources, RenewalPrices, Renewed, renew_resources, settle_ended,
};
use super::switch_to_on_demand::go_on;
use crate::books::{Books, BooksMut, Due, DueSubject};
use crate::domain::coupon::Quota;
use crate::domain::error::Reason;
use crate::domain::order::OrderStatus;
use crate::domain::resource::{AutoRenewal, Change, ExpirePolicy, Resource, ResourceStatus};
use crate::domain::settings::Settings;
use crate::domain::term::Term;
use crate::value::id::{CouponId, CustomerId, ResourceId};
use crate::value::time::Timestamp;
use serde::Serialize;

/// Things that one transaction takes up.
pub const DUE_PER_WRITE: usize = 20;

/// Changes of one resource that one transaction carries out: more than there are kinds of them.
const CHANGES_MAX: usize = 8;

/// A resource that renews itself and is due to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueRenewal {
    /// Whose resource.
    pub customer_id: CustomerId,
    /// The main resource.
    pub resource_id: ResourceId,
    /// The main resource with those attached to it, itself first.
    pub resources: Vec<Resource>,
    /// For how long it is renewed.
    pub term: Term,
}

/// The prices of a renewal, or none where there is no price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedRenewal {
    /// Whose resource.
    pub customer_id: CustomerId,
    /// The main resource.
    pub resource_id: ResourceId,
    /// For how long it was priced.
    pub term: Term,
    /// The prices.
    pub prices: Option<RenewalPrices>,
}

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ticked {
    /// Orders that were cancelled.
    pub cancelled: u64,
    /// Resources that were renewed.
    pub renewed: u64,
    /// Renewals that could not be paid and are tried again.
    pub unpaid: u64,
    /// Resources that have expired or were frozen.
    pub expired: u64,
    /// Resources that go on as pay-per-use.
    pub switched: u64,
    /// Resources that were released.
    pub released: u64,
    /// Expired coupons whose rest is back in its quota.
    pub coupons: u64,
    /// Months that were closed.
    pub closed: u64,
    /// Tenants with a month that is due and stays open, because it does not add up.
    pub unclosed: u64,
    /// What was due and not taken up.
    pub left: u64,
}

impl Ticked {
    /// What two ticks did, one after the other.
    pub fn and_then(self, next: Self) -> Self {
        Self {
            cancelled: self.cancelled + next.cancelled,
            renewed: self.renewed + next.renewed,
            unpaid: self.unpaid + next.unpaid,
            expired: self.expired + next.expired,
            switched: self.switched + next.switched,
            released: self.released + next.released,
            coupons: self.coupons + next.coupons,
            closed: self.closed + next.closed,
            unclosed: self.unclosed + next.unclosed,
            left: next.left,
        }
    }
}

/// The renewals among what the next tick takes up: they are priced before it.
///
/// # Errors
/// Store failures.
pub async fn due_renewals(books: &Books<'_>, now: Timestamp) -> Result<Vec<DueRenewal>, Reason> {
    let settings = books.settings().await?;
    let mut renewals = Vec::new();
    for Due { customer_id, subject, .. } in books.due(now, DUE_PER_WRITE).await?.items {
        let DueSubject::Resource(id) = subject else {
            continue;
        };
        let Some(main) = books.resource(&customer_id, &id).await? else {
            continue;
        };
        let config = books.renewal_config(&customer_id).await?;
        let next = main.next_change(config.deduction_days(), &settings);
        if let (Some((at, Change::Renew)), Some(renewal)) = (next, main.auto_renewal)
            && at <= now
        {
            let resources = books.with_attached(main).await?;
            let (resource_id, term) = (id, renewal.term);
            renewals.push(DueRenewal { customer_id, resource_id, resources, term });
        }
    }
    Ok(renewals)
}

/// Takes up what is due. `renewals` has the prices of what [`due_renewals`] found; what became due
/// since waits for the next tick. `randoms` has numbers for the orders of renewals, for each of them
/// others.
///
/// # Errors
/// Store failures.
pub async fn tick(
    books: &mut BooksMut<'_, '_>,
    renewals: &[PricedRenewal],
    randoms: &[[u8; 16]],
) -> Result<Ticked, Reason> {
    let now = books.now();
    let due = books.due(now, DUE_PER_WRITE).await?;
    let mut ticked = Ticked::default();
    let mut taken_up = 0_u64;
    for Due { customer_id, subject, .. } in due.items {
        taken_up += 1;
        match subject {
            DueSubject::Order(id) => {
                let missing = || Reason::Corrupt(format!("order {id}, which is not there"));
                let order = books.order(&customer_id, &id).await?.ok_or_else(missing)?;
                if order.status_at(now) == OrderStatus::Cancelled {
                    close(books, order).await?;
                    ticked.cancelled += 1;
                }
            }
            DueSubject::Resource(id) => {
                let priced = renewals.iter().find(|renewal| {
                    renewal.customer_id == customer_id && renewal.resource_id == id
                });
                if !change(books, &customer_id, &id, priced, randoms, &mut ticked).await? {
                    taken_up -= 1;
                }
            }
        }
    }
    let coupons_left = expire_coupons(books, &mut ticked).await?;
    ticked.left = due.total_count.saturating_sub(taken_up) + coupons_left;
    Ok(ticked)
}

/// Carries out the changes of one resource that have come. False if one of them waits for its
/// price.
async fn change(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    id: &ResourceId,
    priced: Option<&PricedRenewal>,
    randoms: &[[u8; 16]],
    ticked: &mut Ticked,
) -> Result<bool, Reason> {
    let now = books.now();
    let settings = books.settings().await?;
    let deduction_days = books.renewal_config(customer_id).await?.deduction_days();
    for _ in 0..CHANGES_MAX {
        let missing = || Reason::Corrupt(format!("resource {id}, which is not there"));
        let main = books.resource(customer_id, id).await?.ok_or_else(missing)?;
        let next = main.next_change(deduction_days, &settings);
        let Some((at, change)) = next.filter(|(at, _)| *at <= now) else {
            // Its settings have changed since it was listed: list it where it is due now.
            if main.due != next.map(|(at, _)| at) {
                books.replace_resource(main).await?;
            }
            return Ok(true);
        };
        match change {
            Change::Warn => warn(books, main).await?,
            Change::Renew => {
                let Some(priced) = priced else {
                    return Ok(false);
                };
                renew(books, main, priced, randoms, ticked).await?;
            }
            Change::Expire if main.expire_policy == ExpirePolicy::ToOnDemand => {
                switch(books, main, at).await?;
                ticked.switched += 1;
            }
            Change::Expire | Change::Freeze => {
                tell(books, main, change, at, &settings).await?;
                ticked.expired += 1;
            }
            Change::Release => {
                release(books, main, at).await?;
                ticked.released += 1;
            }
        }
    }
    Ok(true)
}

/// Renews a resource by itself, or notes that it was tried.
async fn renew(
    books: &mut BooksMut<'_, '_>,
    main: Resource,
    priced: &PricedRenewal,
    randoms: &[[u8; 16]],
    ticked: &mut Ticked,
) -> Result<(), Reason> {
    let (customer_id, id) = (main.customer_id.clone(), main.resource_id.clone());
    let renewal = RenewResources::by_itself(&main, priced.term);
    let outcome = match &priced.prices {
        Some(prices) => renew_resources(books, &renewal, prices, randoms).await,
        None => Err(Reason::TermNotOffered),
    };
    let paid = match outcome {
        Ok(Renewed { unpaid: None, .. }) => true,
        Ok(Renewed { unpaid: Some(_), .. }) => false,
        Err(reason) if is_refusal(&reason) => false,
        Err(failure) => return Err(failure),
    };
    if paid {
        ticked.renewed += 1;
    } else {
        ticked.unpaid += 1;
    }
    let missing = || Reason::Corrupt(format!("resource {id}, which is not there"));
    let after = books.resource(&customer_id, &id).await?.ok_or_else(missing)?;
    let now = books.now();
    let auto_renewal = after.auto_renewal.map(|renewal| {
        if paid {
            let times_left = renewal.times_left.map(|times| times.saturating_sub(1));
            AutoRenewal { times_left, tried_at: None, ..renewal }
        } else {
            AutoRenewal { tried_at: Some(now), ..renewal }
        }
    });
    books.replace_resource(Resource { auto_renewal, ..after }).await
}

/// Why a renewal waits for another day, and is no failure of the store.
fn is_refusal(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::CallerNotPermitted
            | Reason::ResourceGone
            | Reason::ResourceInUnpaidOrder
            | Reason::ResourceInRunningOrder
            | Reason::TermTooLong
            | Reason::TermNotOffered
            | Reason::InsufficientBalance
            | Reason::OrderIdTaken
    )
}

/// Tells that a resource expires soon, once for each end of a term.
async fn warn(books: &mut BooksMut<'_, '_>, main: Resource) -> Result<(), Reason> {
    // Where the tick comes late there is nothing left to be warned of.
    if books.now() <= main.expire_time {
        announce::resource(books, announce::RESOURCE_EXPIRING, &main).await?;
    }
    let warned_of = Some(main.expire_time);
    books.replace_resource(Resource { warned_of, ..main }).await
}

/// Makes it durable that a resource has expired, or was frozen. It stays what it is by the time.
async fn tell(
    books: &mut BooksMut<'_, '_>,
    main: Resource,
    change: Change,
    at: Timestamp,
    settings: &Settings,
) -> Result<(), Reason> {
    let told = match change {
        Change::Freeze => ResourceStatus::Frozen,
        Change::Warn | Change::Renew | Change::Expire | Change::Release => {
            main.status_at(at, settings)
        }
    };
    for resource in books.with_attached(main).await? {
        let (told, update_time) = (Some(told), at);
        let after = Resource { told, update_time, ..resource };
        books.replace_resource(after.clone()).await?;
        if change == Change::Expire {
            announce::resource(books, announce::RESOURCE_EXPIRED, &after).await?;
        }
    }
    Ok(())
}

/// Lets a resource go on as pay-per-use from the end of its last term.
async fn switch(books: &mut BooksMut<'_, '_>, main: Resource, at: Timestamp) -> Result<(), Reason> {
    for resource in books.with_attached(main).await? {
        let terms = settle_ended(books, &resource).await?;
        announce::resource(books, announce::RESOURCE_EXPIRED, &resource).await?;
        go_on(books, Resource { terms, ..resource }, at).await?;
    }
    Ok(())
}

/// Closes a resource for good. What was paid for its terms is earned.
async fn release(
    books: &mut BooksMut<'_, '_>,
    main: Resource,
    at: Timestamp,
) -> Result<(), Reason> {
    for resource in books.with_attached(main).await? {
        let terms = settle_ended(books, &resource).await?;
        let closed = Resource {
            terms,
            closed_at: Some(at),
            pending_order: None,
            update_time: at,
            ..resource
        };
        books.replace_resource(closed.clone()).await?;
        announce::resource(books, announce::RESOURCE_RELEASED, &closed).await?;
    }
    Ok(())
}

/// Gives back what expired coupons still hold. Answers how many quotas have more of them.
async fn expire_coupons(books: &mut BooksMut<'_, '_>, ticked: &mut Ticked) -> Result<u64, Reason> {
    let now = books.now();
    let quotas: Vec<Quota> = books.quotas_with_expiries(now).await?;
    if quotas.is_empty() {
        return Ok(0);
    }
    let expired = Expired::find(books, &quotas.iter().collect::<Vec<_>>()).await?;
    let coupons: Vec<CouponId> = expired.coupons().cloned().collect();
    books.load_coupons(&coupons, &[]).await?;
    let changed = expired.take_back(books).await?;
    ticked.coupons += u64::try_from(coupons.len()).unwrap_or(u64::MAX);
    let more = changed.iter().filter(|quota| quota.next_expiry.is_some_and(|next| next <= now));
    Ok(u64::try_from(more.count()).unwrap_or(u64::MAX))
}
