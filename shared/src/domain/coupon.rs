//! Coupon quotas and coupons: their states and the rules for issuing and reclaiming.
//!
//! A quota is a pot of value that belongs to a partner; a coupon is worth its face value and comes
//! out of a quota. What each holds is an account of the ledger. States that depend on time are
//! computed when they are read.

mod list;

pub use list::{
    CouponChange, CouponFilter, CouponList, CouponMovement, CouponOrigin, CouponRecord,
    CouponRecordKind, CouponTradeDetail, CouponTradeType, FetchMethod, GrantedQuota, HeldCoupon,
    HeldQuota, MediaType, OperationResult, QuotaFilter, QuotaRecord, QuotaRecordKind, RecordFilter,
    ShownCoupon, UseLimit,
};

use crate::domain::error::Reason;
use crate::value::code::codes;
use crate::value::id::{CouponId, CustomerId, OrderId, PartnerId, QuotaId};
use crate::value::money::Money;
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Limit of a quota or coupon to cloud services.
pub const LIMIT_CLOUD_SERVICE_TYPE: &str = "cloud_service_type";

/// Limit of a quota or coupon to products.
pub const LIMIT_PRODUCT_ID: &str = "product_id";

/// Limit of a quota or coupon to kinds of orders.
pub const LIMIT_ORDER_KIND: &str = "subscribeType";

/// Limit of a quota or coupon to a share of an order's price, above 0 and at most 1.
pub const LIMIT_SHARE: &str = "maxDeductionRatio";

codes! {
    /// What kind of coupon a quota issues.
    QuotaType: integer {
        /// Cash coupons.
        Cash = 0,
        /// Flexi-purchase coupons.
        FlexiPurchase = 1,
    }
}

codes! {
    /// Status of a quota.
    QuotaStatus: integer {
        /// Usable while it is in effect.
        Normal = 0,
        /// Expired or disabled.
        Invalid = 3,
        /// Being adjusted: visible, not usable.
        Adjusting = 4,
        /// Frozen.
        Frozen = 5,
        /// Taken back by the distributor.
        Reclaimed = 6,
    }
}

codes! {
    /// Kind of a coupon.
    CouponType: integer {
        /// Cash coupon (voucher).
        Cash = 1,
        /// Flexi-purchase coupon.
        FlexiPurchase = 4,
    }
}

codes! {
    /// Kind of a coupon, as the partner centre tells them apart. The API has no code for pick-up
    /// coupons, which are issued, limited and used as flexi-purchase coupons are: to the API they
    /// are such.
    CouponKind: text {
        /// Cash coupon (voucher).
        Cash = "cash",
        /// Flexi-purchase coupon.
        Flexi = "flexi",
        /// Pick-up coupon.
        PickUp = "pick_up",
    }
}

codes! {
    /// Status of a coupon.
    CouponStatus: integer {
        /// Not valid yet.
        NotActivated = 1,
        /// Usable.
        Usable = 2,
        /// Nothing is left of it.
        Used = 3,
        /// Expired.
        Expired = 4,
        /// Taken back by the partner.
        Reclaimed = 5,
    }
}

impl From<CouponType> for QuotaType {
    fn from(coupon_type: CouponType) -> Self {
        match coupon_type {
            CouponType::Cash => Self::Cash,
            CouponType::FlexiPurchase => Self::FlexiPurchase,
        }
    }
}

impl From<QuotaType> for CouponType {
    fn from(quota_type: QuotaType) -> Self {
        match quota_type {
            QuotaType::Cash => Self::Cash,
            QuotaType::FlexiPurchase => Self::FlexiPurchase,
        }
    }
}

/// One kind of limit with its values, kept as given.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LimitInfo {
    /// Which kind.
    #[n(0)]
    pub limit_key: String,
    /// What is allowed. None at all does not limit.
    #[serde(default)]
    #[n(1)]
    pub limit_values: Vec<LimitValue>,
}

/// One allowed value.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LimitValue {
    /// The value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(0)]
    pub value1: Option<String>,
    /// A second part of it, where the kind has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub value2: Option<String>,
}

/// A coupon quota. What is left of it is the balance of its account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Quota {
    /// Identity.
    #[n(0)]
    pub quota_id: QuotaId,
    /// The partner or reseller that holds it.
    #[n(1)]
    pub partner_id: PartnerId,
    /// The quota it was granted from; those from outside have none.
    #[n(2)]
    pub parent_quota_id: Option<QuotaId>,
    /// What it issues.
    #[n(3)]
    pub quota_type: QuotaType,
    /// What it was worth at first.
    #[n(4)]
    pub quota_value: Money,
    /// The stored status; [`Quota::status_at`] says what it is at a time.
    #[n(5)]
    pub status: QuotaStatus,
    /// When it was granted.
    #[n(6)]
    pub create_time: Timestamp,
    /// When it last changed otherwise than by issuing.
    #[n(7)]
    pub last_update_time: Timestamp,
    /// From when it can be used.
    #[n(8)]
    pub effective_time: Timestamp,
    /// From when on it can no longer be used.
    #[n(9)]
    pub expire_time: Timestamp,
    /// What its coupons are limited to.
    #[n(10)]
    pub limit_infos: Vec<LimitInfo>,
    /// The distributor's words at the last reclaim.
    #[n(11)]
    pub remark: Option<String>,
    /// None of its coupons that still hold value expires before this; without, there are none.
    #[n(12)]
    pub next_expiry: Option<Timestamp>,
    /// Whether its flexi-purchase coupons are pick-up coupons.
    #[cbor(n(13), default)]
    pub is_pick_up: bool,
}

fn kind(coupon_type: CouponType, is_pick_up: bool) -> CouponKind {
    match coupon_type {
        CouponType::Cash => CouponKind::Cash,
        CouponType::FlexiPurchase if is_pick_up => CouponKind::PickUp,
        CouponType::FlexiPurchase => CouponKind::Flexi,
    }
}

impl Quota {
    /// The kind of its coupons.
    pub fn kind(&self) -> CouponKind {
        kind(self.quota_type.into(), self.is_pick_up)
    }

    /// The status at a time: a normal quota becomes invalid when it expires.
    pub fn status_at(&self, now: Timestamp) -> QuotaStatus {
        match self.status {
            QuotaStatus::Normal if self.expire_time <= now => QuotaStatus::Invalid,
            status => status,
        }
    }

    /// Checks that value may leave this quota now.
    ///
    /// # Errors
    /// [`Reason::QuotaUnusable`], then [`Reason::QuotaNotInEffect`].
    pub fn check_usable(&self, now: Timestamp) -> Result<(), Reason> {
        if self.status != QuotaStatus::Normal {
            return Err(Reason::QuotaUnusable);
        }
        if now < self.effective_time || self.expire_time <= now {
            return Err(Reason::QuotaNotInEffect);
        }
        Ok(())
    }

    /// Whether coupons limited to `values` of this kind stay within the quota's limits.
    pub fn allows(&self, limit_key: &str, values: &[String]) -> bool {
        let allowed: Vec<&str> = self
            .limit_infos
            .iter()
            .filter(|limit| limit.limit_key == limit_key)
            .flat_map(|limit| &limit.limit_values)
            .filter_map(|value| value.value1.as_deref())
            .collect();
        allowed.is_empty() || values.iter().all(|value| allowed.contains(&value.as_str()))
    }
}

/// A coupon. What is left of it is the balance of its account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Coupon {
    /// Identity.
    #[n(0)]
    pub coupon_id: CouponId,
    /// The quota it came from.
    #[n(1)]
    pub quota_id: QuotaId,
    /// Whose it is.
    #[n(2)]
    pub customer_id: CustomerId,
    /// The partner of that customer, in whose name it was issued.
    #[n(3)]
    pub partner_id: PartnerId,
    /// What it is.
    #[n(4)]
    pub coupon_type: CouponType,
    /// What it was worth at first.
    #[n(5)]
    pub face_value: Money,
    /// When it was issued.
    #[n(6)]
    pub create_time: Timestamp,
    /// From when it can be used.
    #[n(7)]
    pub effective_time: Timestamp,
    /// From when on it can no longer be used.
    #[n(8)]
    pub expire_time: Timestamp,
    /// Cloud services it is narrowed to; without, those of the quota hold.
    #[n(9)]
    pub cloud_service_types: Option<Vec<String>>,
    /// Products it is narrowed to; without, those of the quota hold.
    #[n(10)]
    pub product_ids: Option<Vec<String>>,
    /// The issuer's words.
    #[n(11)]
    pub memo: Option<String>,
    /// When the partner took it back.
    #[n(12)]
    pub reclaimed_at: Option<Timestamp>,
    /// When what was left of it went back to its quota, after it had expired.
    #[n(13)]
    pub expired_at: Option<Timestamp>,
    /// The order that keeps it for itself.
    #[n(14)]
    pub lock: Option<CouponLock>,
    /// The order that it has last paid for.
    #[n(15)]
    pub used_by_order_id: Option<OrderId>,
    /// What the cloud says of a coupon that it has issued itself.
    #[n(16)]
    pub cloud: Option<CloudCoupon>,
    /// The coupon of a master of which it is part, if it was transferred to a member.
    #[n(17)]
    pub parent: Option<ParentCoupon>,
    /// Whether it is a pick-up coupon, if it is a flexi-purchase coupon.
    #[cbor(n(18), default)]
    pub is_pick_up: bool,
}

codes! {
    /// What the cloud has issued a coupon for.
    CloudCouponSource: text {
        /// To be tested with.
        Test = "test",
        /// By contract.
        Commercial = "commercial",
        /// As part of an activity.
        Activity = "activity",
        /// For another reason.
        Other = "other",
    }
}

/// What the cloud says of a coupon that it has issued itself, and no partner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CloudCoupon {
    /// What for.
    #[n(0)]
    pub source: CloudCouponSource,
    /// What the promotion plan is called that it is of.
    #[n(1)]
    pub plan_name: Option<String>,
}

/// A coupon of a master, part of which was transferred.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ParentCoupon {
    /// The coupon.
    #[n(0)]
    pub coupon_id: CouponId,
    /// The master.
    #[n(1)]
    pub customer_id: CustomerId,
}

/// An order keeps a coupon for itself as long as it can be paid.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CouponLock {
    /// The order.
    #[n(0)]
    pub order_id: OrderId,
    /// Until when: the order's deadline, whether that was noticed or not.
    #[n(1)]
    pub until: Timestamp,
}

impl Coupon {
    /// Its kind.
    pub fn kind(&self) -> CouponKind {
        kind(self.coupon_type, self.is_pick_up)
    }

    /// Whether it is of a kind that a master can transfer to members: cash coupons that the cloud
    /// has issued for tests, by contract or for an activity.
    pub fn is_of_transferable_kind(&self) -> bool {
        let source = self.cloud.as_ref().map(|cloud| cloud.source);
        self.coupon_type == CouponType::Cash
            && source.is_some_and(|source| source != CloudCouponSource::Other)
            && self.parent.is_none()
    }

    /// The order that keeps it for itself at a time.
    pub fn locked_by(&self, now: Timestamp) -> Option<&OrderId> {
        let lock = self.lock.as_ref().filter(|lock| now < lock.until)?;
        Some(&lock.order_id)
    }

    /// The status at a time, with `balance` left.
    pub fn status_at(&self, balance: Money, now: Timestamp) -> CouponStatus {
        if self.reclaimed_at.is_some() {
            CouponStatus::Reclaimed
        } else if self.expired_at.is_some() {
            CouponStatus::Expired
        } else if balance.is_zero() {
            CouponStatus::Used
        } else if self.expire_time <= now {
            CouponStatus::Expired
        } else if now < self.effective_time {
            CouponStatus::NotActivated
        } else {
            CouponStatus::Usable
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    /// A quota of 100, in effect through 2026, limited to one cloud service.
    pub(crate) fn quota() -> Quota {
        Quota {
            quota_id: "q".parse().expect("id"),
            partner_id: "p".parse().expect("id"),
            parent_quota_id: None,
            quota_type: QuotaType::Cash,
            quota_value: "100".parse().expect("money"),
            status: QuotaStatus::Normal,
            create_time: time("2025-12-01T00:00:00Z"),
            last_update_time: time("2025-12-01T00:00:00Z"),
            effective_time: time("2026-01-01T00:00:00Z"),
            expire_time: time("2027-01-01T00:00:00Z"),
            limit_infos: vec![LimitInfo {
                limit_key: LIMIT_CLOUD_SERVICE_TYPE.to_owned(),
                limit_values: vec![LimitValue { value1: Some("ec2".to_owned()), value2: None }],
            }],
            remark: None,
            next_expiry: None,
            is_pick_up: false,
        }
    }

    #[test]
    fn only_flexi_purchase_coupons_are_pick_up_coupons() {
        for (quota_type, is_pick_up, kind) in [
            (QuotaType::Cash, false, CouponKind::Cash),
            (QuotaType::Cash, true, CouponKind::Cash),
            (QuotaType::FlexiPurchase, false, CouponKind::Flexi),
            (QuotaType::FlexiPurchase, true, CouponKind::PickUp),
        ] {
            assert_eq!(Quota { quota_type, is_pick_up, ..quota() }.kind(), kind);
        }
    }

    #[test]
    fn a_quota_is_usable_from_its_effective_time_until_it_expires() {
        let usable = Ok(());
        let early = Err(Reason::QuotaNotInEffect);
        let unusable = Err(Reason::QuotaUnusable);
        for (status, now, answer) in [
            (QuotaStatus::Normal, "2025-12-31T23:59:59Z", early.clone()),
            (QuotaStatus::Normal, "2026-01-01T00:00:00Z", usable.clone()),
            (QuotaStatus::Normal, "2026-12-31T23:59:59Z", usable),
            (QuotaStatus::Normal, "2027-01-01T00:00:00Z", early),
            (QuotaStatus::Invalid, "2026-06-01T00:00:00Z", unusable.clone()),
            (QuotaStatus::Adjusting, "2026-06-01T00:00:00Z", unusable.clone()),
            (QuotaStatus::Frozen, "2025-01-01T00:00:00Z", unusable.clone()),
            (QuotaStatus::Reclaimed, "2026-06-01T00:00:00Z", unusable),
        ] {
            let quota = Quota { status, ..quota() };
            assert_eq!(quota.check_usable(time(now)), answer, "{status:?} {now}");
        }
        assert_eq!(quota().status_at(time("2027-01-01T00:00:00Z")), QuotaStatus::Invalid);
        assert_eq!(quota().status_at(time("2026-12-31T23:59:59Z")), QuotaStatus::Normal);
    }

    #[test]
    fn limits_may_be_narrowed_and_never_widened() {
        let values = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        for (key, asked, allowed) in [
            (LIMIT_CLOUD_SERVICE_TYPE, &["ec2"][..], true),
            (LIMIT_CLOUD_SERVICE_TYPE, &["ec2", "ec2"], true),
            (LIMIT_CLOUD_SERVICE_TYPE, &[], true),
            (LIMIT_CLOUD_SERVICE_TYPE, &["EC2"], false),
            (LIMIT_CLOUD_SERVICE_TYPE, &["ec2", "obs"], false),
            (LIMIT_PRODUCT_ID, &["anything"], true),
        ] {
            let asked: Vec<String> = values(asked);
            assert_eq!(quota().allows(key, &asked), allowed, "{key} {asked:?}");
        }
    }

    #[test]
    fn the_status_of_a_coupon_depends_on_time_and_balance() {
        let coupon = Coupon {
            coupon_id: "k".parse().expect("id"),
            quota_id: "q".parse().expect("id"),
            customer_id: "c".parse().expect("id"),
            partner_id: "p".parse().expect("id"),
            coupon_type: CouponType::from(QuotaType::FlexiPurchase),
            face_value: "10".parse().expect("money"),
            create_time: time("2026-01-01T00:00:00Z"),
            effective_time: time("2026-02-01T00:00:00Z"),
            expire_time: time("2026-03-01T00:00:00Z"),
            cloud_service_types: None,
            product_ids: None,
            memo: None,
            reclaimed_at: None,
            expired_at: None,
            lock: None,
            used_by_order_id: None,
            cloud: None,
            parent: None,
            is_pick_up: false,
        };
        let ten: Money = "10".parse().expect("money");
        for (balance, now, status) in [
            (ten, "2026-01-31T23:59:59Z", CouponStatus::NotActivated),
            (ten, "2026-02-01T00:00:00Z", CouponStatus::Usable),
            (ten, "2026-03-01T00:00:00Z", CouponStatus::Expired),
            (Money::ZERO, "2026-02-01T00:00:00Z", CouponStatus::Used),
        ] {
            assert_eq!(coupon.status_at(balance, time(now)), status, "{now}");
        }
        let reclaimed = Coupon { reclaimed_at: Some(coupon.create_time), ..coupon.clone() };
        assert_eq!(reclaimed.status_at(ten, coupon.effective_time), CouponStatus::Reclaimed);
        let expired = Coupon { expired_at: Some(coupon.expire_time), ..coupon.clone() };
        assert_eq!(expired.status_at(Money::ZERO, coupon.expire_time), CouponStatus::Expired);
        assert_eq!(coupon.coupon_type.code(), 4);
    }
}
