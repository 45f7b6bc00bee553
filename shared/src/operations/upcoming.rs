//! What a partner has to look after soon: orders that wait for payment, what ends, and customers that
//! wait for real-name review.
//!
//! Of what the whole tenant has in one list, the first are looked at: then this costs the same
//! whatever there is, and the answer says when there may be more.

use crate::books::{Books, Due, DueSubject};
use crate::domain::coupon::{HeldCoupon, HeldQuota, QuotaStatus};
use crate::domain::error::Reason;
use crate::domain::order::Order;
use crate::domain::partner::AssociationType;
use crate::domain::realname::Submission;
use crate::domain::resource::Resource;
use crate::value::id::{CustomerId, PartnerId, QuotaId};
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;
use chrono::TimeDelta;

/// How far ahead is looked.
pub const DAYS_AHEAD: i64 = 30;

/// Changes of the tenant that are looked at, and submissions for review.
const LOOKED_AT_MAX: usize = 200;

/// Quotas whose coupons are looked at, the newest ones.
const QUOTAS_LOOKED_AT_MAX: usize = 20;

/// What is listed of each kind.
const LISTED_MAX: usize = 10;

/// What a partner has to look after soon, of each kind the first ones.
#[derive(Debug, Default)]
pub struct Upcoming {
    /// Orders of resale customers that can be paid, the first deadline first.
    pub orders: Vec<Order>,
    /// Yearly/monthly resources that time changes soon, the first to change first.
    pub resources: Vec<Resource>,
    /// Quotas that expire with something left.
    pub quotas: Vec<HeldQuota>,
    /// Coupons of the partner's quotas that expire with something left, the first to expire first.
    pub coupons: Vec<HeldCoupon>,
    /// Customers that wait for real-name review, the longest first.
    pub reviews: Vec<Submission>,
    /// Whether there is nothing more.
    pub is_whole: bool,
}

/// What a partner has to look after within [`DAYS_AHEAD`].
///
/// # Errors
/// Store failures.
pub async fn upcoming(
    books: &Books<'_>,
    partner: &PartnerId,
    now: Timestamp,
) -> Result<Upcoming, Reason> {
    let until = Timestamp::from(now.instant() + TimeDelta::days(DAYS_AHEAD));
    let mut upcoming = Upcoming { is_whole: true, ..Upcoming::default() };
    add_changes(books, partner, (now, until), &mut upcoming).await?;
    add_ends(books, partner, (now, until), &mut upcoming).await?;
    add_reviews(books, partner, &mut upcoming).await?;
    Ok(upcoming)
}

/// Orders and resources. As in lists of orders, those of resale customers alone are seen.
async fn add_changes(
    books: &Books<'_>,
    partner: &PartnerId,
    (now, until): (Timestamp, Timestamp),
    upcoming: &mut Upcoming,
) -> Result<(), Reason> {
    let Page { total_count, items: due } = books.due_later(now, until, LOOKED_AT_MAX).await?;
    upcoming.is_whole &= total_count <= count(due.len());
    let customers: Vec<CustomerId> = due.iter().map(|due| due.customer_id.clone()).collect();
    books.load_customers(&customers).await?;
    let mut orders: Vec<Due> = Vec::new();
    let mut resources: Vec<Due> = Vec::new();
    for due in due {
        let customer = books.customer(&due.customer_id).await?;
        let Some(customer) = customer.filter(|it| it.partner_id == *partner) else {
            continue;
        };
        match due.subject {
            DueSubject::Resource(_) => resources.push(due),
            DueSubject::Order(_) if customer.association_type == AssociationType::Resale => {
                orders.push(due);
            }
            DueSubject::Order(_) => {}
        }
    }
    upcoming.is_whole &= orders.len().max(resources.len()) <= LISTED_MAX;
    let listed = orders.into_iter().take(LISTED_MAX);
    let listed: Vec<Due> = listed.chain(resources.into_iter().take(LISTED_MAX)).collect();
    books.load_due(&listed).await?;
    for Due { customer_id, subject, .. } in listed {
        match subject {
            DueSubject::Order(id) => upcoming.orders.extend(books.order(&customer_id, &id).await?),
            DueSubject::Resource(id) => {
                upcoming.resources.extend(books.resource(&customer_id, &id).await?);
            }
        }
    }
    Ok(())
}

/// Quotas and coupons.
async fn add_ends(
    books: &Books<'_>,
    partner: &PartnerId,
    (now, until): (Timestamp, Timestamp),
    upcoming: &mut Upcoming,
) -> Result<(), Reason> {
    let (all, newest) = (None::<fn(&HeldQuota) -> bool>, Slice::first(QUOTAS_LOOKED_AT_MAX));
    let quotas = books.held_quotas(partner, all, newest).await?;
    upcoming.is_whole &= quotas.total_count <= count(quotas.items.len());
    let ids: Vec<QuotaId> = quotas.items.iter().map(|held| held.quota.quota_id.clone()).collect();
    let (mut coupons, are_all) = books.expiring_coupons(&ids, (now, until), LISTED_MAX).await?;
    coupons.sort_by_key(|held| held.coupon.expire_time);
    upcoming.is_whole &= are_all && coupons.len() <= LISTED_MAX;
    coupons.truncate(LISTED_MAX);
    upcoming.coupons = coupons;
    let ends = |held: &HeldQuota| {
        held.status_for_holder(now) == QuotaStatus::Normal
            && held.balance.is_positive()
            && held.quota.expire_time <= until
    };
    upcoming.quotas = quotas.items.into_iter().filter(ends).collect();
    upcoming.quotas.sort_by_key(|held| held.quota.expire_time);
    Ok(())
}

/// Submissions of the partner's own customers.
async fn add_reviews(
    books: &Books<'_>,
    partner: &PartnerId,
    upcoming: &mut Upcoming,
) -> Result<(), Reason> {
    let awaiting = books.awaiting_review(Slice::first(LOOKED_AT_MAX)).await?;
    upcoming.is_whole &= awaiting.total_count <= count(awaiting.items.len());
    let ids: Vec<CustomerId> =
        awaiting.items.iter().map(|(_, it)| it.customer_id.clone()).collect();
    books.load_customers(&ids).await?;
    for (_, submission) in awaiting.items {
        let customer = books.customer(&submission.customer_id).await?;
        if customer.is_some_and(|customer| customer.partner_id == *partner) {
            upcoming.reviews.push(submission);
        }
    }
    upcoming.is_whole &= upcoming.reviews.len() <= LISTED_MAX;
    upcoming.reviews.truncate(LISTED_MAX);
    Ok(())
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
