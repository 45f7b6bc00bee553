//! Expiry: what is left of an expired coupon goes back to its quota.
//!
//! Nothing runs by itself when a coupon expires. Whoever issues from a quota, grants from it or
//! reclaims it first gets back what its expired coupons still hold. A quota knows from when on
//! there may be any, so that looking costs nothing until then.

use crate::books::BooksMut;
use crate::domain::account::AccountId;
use crate::domain::coupon::{Coupon, Quota};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::value::id::CouponId;
use crate::value::money::Money;
use crate::value::time::Timestamp;

/// Most coupons that one write takes back. With their accounts they are at most as many pages as
/// the store reads in one call.
pub const EXPIRED_PER_WRITE: usize = 32;

/// Expired coupons, found but not yet taken back.
#[derive(Debug, Default)]
pub(crate) struct Expired {
    quotas: Vec<ExpiredOf>,
}

#[derive(Debug)]
struct ExpiredOf {
    quota: Quota,
    coupons: Vec<CouponId>,
    /// When the first of the quota's other coupons expires.
    next_expiry: Option<Timestamp>,
}

impl Expired {
    /// Finds the expired coupons of these quotas, as many as one write takes back.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn find(books: &BooksMut<'_, '_>, quotas: &[&Quota]) -> Result<Self, Reason> {
        let now = books.now();
        let due = |quota: &&&Quota| quota.next_expiry.is_some_and(|expiry| expiry <= now);
        let quotas: Vec<&Quota> = quotas.iter().filter(due).copied().collect();
        let mut found = Self::default();
        if quotas.is_empty() {
            return Ok(found);
        }
        books.load_expiries(&quotas).await?;
        for quota in quotas {
            let room = EXPIRED_PER_WRITE.saturating_sub(found.coupons().count());
            let first = books.coupons_by_expiry(&quota.quota_id, room.saturating_add(1)).await?;
            let expired = first.iter().take(room).take_while(|(expiry, _)| *expiry <= now).count();
            found.quotas.push(ExpiredOf {
                quota: quota.clone(),
                next_expiry: first.get(expired).map(|(expiry, _)| *expiry),
                coupons: first.into_iter().take(expired).map(|(_, id)| id).collect(),
            });
        }
        Ok(found)
    }

    /// The coupons, to be prefetched.
    pub(crate) fn coupons(&self) -> impl Iterator<Item = &CouponId> {
        self.quotas.iter().flat_map(|of| &of.coupons)
    }

    /// Takes the coupons back. Answers the quotas that it has changed.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn take_back(
        self,
        books: &mut BooksMut<'_, '_>,
    ) -> Result<Vec<Quota>, Reason> {
        let mut changed = Vec::with_capacity(self.quotas.len());
        for ExpiredOf { quota, coupons, next_expiry } in self.quotas {
            for id in coupons {
                let corrupt = || Reason::Corrupt(format!("coupon {id}, which is not there"));
                let coupon = books.coupon(&id).await?.ok_or_else(corrupt)?;
                let left = books.held(&AccountId::Coupon(id.clone())).await?.balance;
                expire(books, coupon, left).await?;
            }
            let quota = Quota { next_expiry, ..quota };
            books.replace_quota(&quota)?;
            changed.push(quota);
        }
        Ok(changed)
    }
}

/// Takes back what is left of one expired coupon. One that was used up stays used.
///
/// # Errors
/// Store failures.
pub(crate) async fn expire(
    books: &mut BooksMut<'_, '_>,
    coupon: Coupon,
    left: Money,
) -> Result<(), Reason> {
    if !left.is_positive() {
        books.forget_expiry(&coupon);
        return Ok(());
    }
    let now = books.now();
    let expired = Coupon { expired_at: Some(now), ..coupon };
    give_back(books, &expired, left, TransferCode::CouponExpiry).await
}

/// Moves what is left of a coupon to its quota. `coupon` is as it is to be afterwards.
///
/// # Errors
/// Store failures.
pub(crate) async fn give_back(
    books: &mut BooksMut<'_, '_>,
    coupon: &Coupon,
    left: Money,
    code: TransferCode,
) -> Result<(), Reason> {
    let now = books.now();
    let transfer = Transfer {
        debit_account: AccountId::Coupon(coupon.coupon_id.clone()),
        credit_account: AccountId::Quota(coupon.quota_id.clone()),
        amount: left,
        code,
        time: now,
        memo: None,
        reference: None,
        trade_type: None,
    };
    let transfer_id = books.book(&transfer).await?;
    books.close_coupon(coupon, now, transfer_id)
}
