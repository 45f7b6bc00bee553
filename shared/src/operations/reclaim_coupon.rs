//! Reclaiming a coupon: what is left of it goes back to its quota.

use crate::books::BooksMut;
use crate::domain::account::AccountId;
use crate::domain::coupon::{Coupon, CouponStatus};
use crate::domain::error::Reason;
use crate::domain::ledger::TransferCode;
use crate::domain::partner::{AssociationType, CallingPartner};
use crate::operations::expire_coupons::{expire, give_back};
use crate::value::id::{CouponId, PartnerId};
use crate::value::money::Money;

/// Longest `indirect_partner_id`, in characters. None that exists is as long.
const INDIRECT_PARTNER_ID_CHARACTERS_MAX: usize = 100;

/// A request whose fields are in order.
#[derive(Clone, Debug)]
pub struct ReclaimCoupon {
    caller: CallingPartner,
    coupon_id: CouponId,
    indirect_partner_id: Option<PartnerId>,
}

/// The result of a request that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponReclaim {
    /// This amount of it went back to its quota.
    Reclaimed(Money),
    /// It had expired, and what was left of it went back to its quota for that reason.
    Expired(Money),
}

impl ReclaimCoupon {
    /// Checks the fields of a request.
    ///
    /// # Errors
    /// [`Reason::Field`], and [`Reason::NotYourReseller`] for an id that no partner can have.
    pub fn check(
        caller: CallingPartner,
        coupon_id: CouponId,
        indirect_partner_id: Option<String>,
    ) -> Result<Self, Reason> {
        let indirect_partner_id = indirect_partner_id
            .map(|id| match id.chars().count() {
                1..=INDIRECT_PARTNER_ID_CHARACTERS_MAX => {
                    id.parse().map_err(|_| Reason::NotYourReseller)
                }
                _ => {
                    let most = INDIRECT_PARTNER_ID_CHARACTERS_MAX;
                    let fault = format!("must have 1 to {most} characters");
                    Err(Reason::field("indirect_partner_id", fault))
                }
            })
            .transpose()?;
        Ok(Self { caller, coupon_id, indirect_partner_id })
    }
}

/// Reclaims the coupon, if it is usable. One that has expired gives back what is left of it as
/// an expired one does; the caller has not reclaimed it then, and is to be told so.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourReseller`], [`Reason::Field`] for a
/// coupon that is not there or not this partner's, [`Reason::ReferralCoupon`],
/// [`Reason::CouponNotReclaimable`].
pub async fn reclaim_coupon(
    books: &mut BooksMut<'_, '_>,
    order: &ReclaimCoupon,
) -> Result<CouponReclaim, Reason> {
    let partner = books.acting_for(&order.caller, order.indirect_partner_id.as_ref()).await?;
    books.load_coupons(std::slice::from_ref(&order.coupon_id), &[]).await?;
    if let Some(coupon) = books.coupon(&order.coupon_id).await? {
        books.load_returns(std::slice::from_ref(&coupon)).await?;
    }
    reclaim_of(books, &partner, &order.coupon_id).await
}

/// Reclaims a coupon of a partner.
///
/// # Errors
/// As [`reclaim_coupon`], but for a reseller.
pub(super) async fn reclaim_of(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    coupon_id: &CouponId,
) -> Result<CouponReclaim, Reason> {
    let now = books.now();
    let coupon = books.coupon(coupon_id).await?.filter(|coupon| coupon.partner_id == *partner);
    let coupon = coupon.ok_or_else(|| Reason::field("coupon_id", "there is no such coupon"))?;
    let customer = books.customer(&coupon.customer_id).await?;
    if customer.is_none_or(|customer| customer.association_type != AssociationType::Resale) {
        return Err(Reason::ReferralCoupon);
    }
    let left = books.held(&AccountId::Coupon(coupon.coupon_id.clone())).await?.balance;
    match coupon.status_at(left, now) {
        CouponStatus::Usable => {
            let reclaimed = Coupon { reclaimed_at: Some(now), ..coupon };
            give_back(books, &reclaimed, left, TransferCode::CouponReclaim).await?;
            Ok(CouponReclaim::Reclaimed(left))
        }
        CouponStatus::Expired if left.is_positive() => {
            expire(books, coupon, left).await?;
            Ok(CouponReclaim::Expired(left))
        }
        CouponStatus::NotActivated
        | CouponStatus::Used
        | CouponStatus::Expired
        | CouponStatus::Reclaimed => Err(Reason::CouponNotReclaimable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::partner::PartnerKind;

    #[test]
    fn checks_the_reseller_of_a_request() {
        let long = |length| Some("x".repeat(length));
        for (reseller, answer) in [
            (None, "ok"),
            (long(1), "ok"),
            (long(64), "ok"),
            (long(65), "reseller"),
            (long(100), "reseller"),
            (Some("é".to_owned()), "reseller"),
            (long(101), "field"),
            (long(0), "field"),
        ] {
            let caller = CallingPartner {
                partner_id: "p".parse().expect("id"),
                kind: PartnerKind::Distributor,
            };
            let coupon = "k".parse().expect("id");
            let checked = match ReclaimCoupon::check(caller, coupon, reseller.clone()) {
                Ok(_) => "ok",
                Err(Reason::NotYourReseller) => "reseller",
                Err(Reason::Field { name: "indirect_partner_id", .. }) => "field",
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(checked, answer, "{reseller:?}");
        }
    }
}
