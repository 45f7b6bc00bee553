//! Coupons in batches: issued from any of the quotas that the partner can use, and reclaimed. Each item
//! has a result of its own, and one that fails changes nothing; the batch is one transaction.

use crate::books::BooksMut;
use crate::domain::coupon::Coupon;
use crate::domain::error::Reason;
use crate::domain::partner::CallingPartner;
use crate::operations::issue_coupons::{Issue, IssueCoupons, Issued, ToIssue, issue_each};
use crate::operations::reclaim_coupon::{CouponReclaim, reclaim_of};
use crate::value::id::{CouponId, CustomerId, PartnerId, QuotaId};
use crate::value::money::Money;
use std::collections::{BTreeMap, BTreeSet};

/// Most items of a batch.
pub const ITEMS_MAX: usize = 100;

/// Coupons to be issued, each with what is wrong with its fields if anything is.
#[derive(Clone, Debug)]
pub struct IssueBatch {
    caller: CallingPartner,
    indirect_partner_id: Option<PartnerId>,
    items: Vec<(CustomerId, Result<IssueCoupons, Reason>)>,
}

/// What is asked for one customer.
#[derive(Clone, Debug)]
pub struct BatchItem {
    /// The customer.
    pub customer_id: CustomerId,
    /// The coupon; customers and reseller of it are those of the item and of the batch.
    pub issue: Issue,
}

impl IssueBatch {
    /// Checks how many items there are, and the fields of each.
    ///
    /// # Errors
    /// [`Reason::Field`] for no item, or too many. What is wrong with an item is its result.
    pub fn check(
        caller: CallingPartner,
        items: Vec<BatchItem>,
        indirect_partner_id: Option<PartnerId>,
    ) -> Result<Self, Reason> {
        check_count("items", items.len())?;
        let checked = |BatchItem { customer_id, issue }: BatchItem| {
            let issue = Issue {
                customer_ids: vec![customer_id.clone()],
                indirect_partner_id: indirect_partner_id.clone(),
                ..issue
            };
            (customer_id, IssueCoupons::check(caller.clone(), issue))
        };
        let items = items.into_iter().map(checked).collect();
        Ok(Self { caller, indirect_partner_id, items })
    }

    /// How many coupons are asked for, and so how many random numbers [`issue_batch`] needs.
    pub fn coupons_max(&self) -> usize {
        self.items.len()
    }
}

fn check_count(name: &'static str, count: usize) -> Result<(), Reason> {
    if (1..=ITEMS_MAX).contains(&count) {
        return Ok(());
    }
    Err(Reason::field(name, format!("must have 1 to {ITEMS_MAX} items")))
}

/// Issues the coupons, in the order of the items. `randoms` has one number for each of them.
///
/// # Errors
/// [`Reason::NotYourReseller`], with nothing changed. Faults of single items are outcomes.
pub async fn issue_batch(
    books: &mut BooksMut<'_, '_>,
    batch: &IssueBatch,
    randoms: &[[u8; 16]],
) -> Result<Vec<Issued>, Reason> {
    let reseller = batch.indirect_partner_id.as_ref();
    let named = reseller.unwrap_or(&batch.caller.partner_id);
    let asked = || batch.items.iter().filter_map(|(id, order)| Some((id, order.as_ref().ok()?)));
    let drawn: BTreeSet<&QuotaId> = asked().map(|(_, order)| order.quota_id()).collect();
    let customers: Vec<&CustomerId> = asked().map(|(customer, _)| customer).collect();
    books
        .load_issue(&drawn.iter().copied().collect::<Vec<_>>(), reseller, named, &customers)
        .await?;
    let partner = books.acting_for(&batch.caller, reseller).await?;
    let mut quotas = BTreeMap::new();
    for id in drawn {
        quotas.extend(books.quota(id).await?.map(|quota| (id.clone(), quota)));
    }
    let now = books.now();
    let coupons = batch.items.iter().map(|(customer_id, order)| {
        let refused = |reason| (customer_id.clone(), reason);
        let order = order.as_ref().map_err(|reason| refused(reason.clone()))?;
        let quota = quotas.get(order.quota_id());
        ToIssue::check(order, customer_id, quota, &partner, now).map_err(refused)
    });
    issue_each(books, &partner, &coupons.collect::<Vec<_>>(), randoms).await
}

/// Coupons to be reclaimed.
#[derive(Clone, Debug)]
pub struct ReclaimBatch {
    caller: CallingPartner,
    indirect_partner_id: Option<PartnerId>,
    coupon_ids: Vec<CouponId>,
}

/// The result for one coupon of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReclaimedCoupon {
    /// The coupon.
    pub coupon_id: CouponId,
    /// What of it went back to its quota, or why nothing did: [`Reason::Field`] for a coupon that
    /// is not there or not the partner's, [`Reason::ReferralCoupon`],
    /// [`Reason::CouponNotReclaimable`].
    pub outcome: Result<Money, Reason>,
}

impl ReclaimBatch {
    /// Checks how many coupons there are.
    ///
    /// # Errors
    /// [`Reason::Field`] for none, or too many.
    pub fn check(
        caller: CallingPartner,
        coupon_ids: Vec<CouponId>,
        indirect_partner_id: Option<PartnerId>,
    ) -> Result<Self, Reason> {
        check_count("coupon_ids", coupon_ids.len())?;
        Ok(Self { caller, indirect_partner_id, coupon_ids })
    }
}

/// Reclaims what is left of the coupons, in their order. A coupon that is named twice is reclaimed
/// once. One that has expired gives back what is left of it for that reason, and is not reclaimed.
///
/// # Errors
/// [`Reason::NotYourReseller`], with nothing changed. Faults of single coupons are outcomes.
pub async fn reclaim_batch(
    books: &mut BooksMut<'_, '_>,
    batch: &ReclaimBatch,
) -> Result<Vec<ReclaimedCoupon>, Reason> {
    let partner = books.acting_for(&batch.caller, batch.indirect_partner_id.as_ref()).await?;
    books.load_coupons(&batch.coupon_ids, &[]).await?;
    let mut coupons: Vec<Coupon> = Vec::with_capacity(batch.coupon_ids.len());
    for id in &batch.coupon_ids {
        coupons.extend(books.coupon(id).await?);
    }
    books.load_returns(&coupons).await?;
    let mut reclaimed = Vec::with_capacity(batch.coupon_ids.len());
    for coupon_id in &batch.coupon_ids {
        let outcome = match reclaim_of(books, &partner, coupon_id).await {
            Ok(CouponReclaim::Reclaimed(amount)) => Ok(amount.at_least_two_decimals()),
            Ok(CouponReclaim::Expired(_)) => Err(Reason::CouponNotReclaimable),
            Err(
                reason @ (Reason::Field { .. }
                | Reason::ReferralCoupon
                | Reason::CouponNotReclaimable),
            ) => Err(reason),
            Err(failure) => return Err(failure),
        };
        reclaimed.push(ReclaimedCoupon { coupon_id: coupon_id.clone(), outcome });
    }
    Ok(reclaimed)
}
