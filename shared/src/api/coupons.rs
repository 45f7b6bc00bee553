//! What requests for coupons of an enterprise have in common.

use crate::domain::coupon::{ShownCoupon, UseLimit};
use crate::value::id::CouponId;
use crate::value::time::Timestamp;
use serde::Serialize;

/// A coupon that can be transferred to a member, or taken back from one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovableCoupon {
    /// The master's coupon.
    coupon_id: CouponId,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_name: Option<String>,
    /// The member's coupon, which part of it has come to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_coupon_id: Option<CouponId>,
    balance: String,
    effective_time: Timestamp,
    expire_time: Timestamp,
    use_limits: Vec<UseLimit>,
}

impl MovableCoupon {
    /// A coupon of the master.
    pub fn of_master(shown: ShownCoupon) -> Self {
        let ShownCoupon { coupon, balance, use_limits, .. } = shown;
        Self {
            coupon_id: coupon.coupon_id,
            plan_name: coupon.cloud.and_then(|cloud| cloud.plan_name),
            sub_coupon_id: None,
            balance: balance.to_string(),
            effective_time: coupon.effective_time,
            expire_time: coupon.expire_time,
            use_limits,
        }
    }

    /// A coupon of a member, which was transferred to it.
    pub fn of_member(shown: ShownCoupon) -> Self {
        let parent = shown.coupon.parent.clone();
        let own = Self::of_master(shown);
        match parent {
            Some(parent) => {
                Self { sub_coupon_id: Some(own.coupon_id), coupon_id: parent.coupon_id, ..own }
            }
            None => own,
        }
    }
}
