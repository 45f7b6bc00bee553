//! What lists of coupons and quotas show, and which of it they were asked for.

use super::{
    Coupon, CouponKind, CouponStatus, CouponType, LimitValue, Quota, QuotaStatus, QuotaType,
};
use super::{LIMIT_CLOUD_SERVICE_TYPE, LIMIT_PRODUCT_ID};
use crate::domain::account::AccountId;
use crate::domain::account::statement::Direction;
use crate::domain::ledger::{Transfer, TransferCode, TransferId};
use crate::domain::partner::Partner;
use crate::value::code::codes;
use crate::value::id::{CouponId, CustomerId, OrderId, PartnerId, QuotaId};
use crate::value::money::Money;
use crate::value::time::{Period, Timestamp};
use serde::Serialize;

codes! {
    /// What happened to a coupon, as `ListPartnerCouponsRecord` names it.
    CouponRecordKind: text {
        /// Issued.
        Issue = "1",
        /// Taken back by the partner.
        Reclaim = "2",
        /// Taken back on unbind.
        Unbind = "3",
        /// Taken back when it had expired.
        Expiry = "4",
        /// Taken back on unsubscription.
        Unsubscription = "5",
        /// Revoked by a refund or the reversal of a top-up.
        Revocation = "6",
        /// Taken back on association.
        Association = "7",
        /// Taken back when the association mode was switched.
        ModeSwitch = "8",
        /// Transferred by a reseller.
        ResellerTransfer = "9",
    }
}

codes! {
    /// What happened to a quota, as `ListCouponQuotasRecords` names it.
    QuotaRecordKind: text {
        /// Given to a reseller.
        Grant = "10",
        /// Taken back.
        Reclaim = "11",
    }
}

codes! {
    /// How an operation that a record is about ended. Only what succeeded is in the ledger.
    OperationResult: text {
        /// It succeeded.
        Success = "0",
        /// It failed.
        Failure = "-1",
    }
}

codes! {
    /// What a coupon is made of.
    MediaType: integer {
        /// Nothing but data.
        Electronic = 1,
        /// Paper.
        Paper = 2,
    }
}

codes! {
    /// How a customer came by a coupon.
    FetchMethod: integer {
        /// Claimed online.
        ClaimedOnline = 1,
        /// Exchanged online.
        ExchangedOnline = 2,
        /// Issued online.
        IssuedOnline = 3,
        /// Obtained offline.
        Offline = 4,
        /// A gift of an event.
        Gift = 5,
    }
}

codes! {
    /// Why value moved, as `ListCustomerCouponChangeRecords` filters it (the contract's spelling).
    CouponTradeType: text {
        /// A coupon was activated.
        Activation = "ADJUST",
        /// Something was bought.
        Consumption = "DEDEUCT",
        /// It was given back.
        Refund = "REFUND",
        /// It was frozen.
        Freeze = "RFROZEN",
        /// The coupon had expired.
        Expiry = "EXPIRED",
        /// It was transferred.
        Transfer = "COUPONADJUST",
        /// The partner took it back.
        Reclaim = "COUPONCANCEL",
    }
}

codes! {
    /// Why value moved, as `ListCustomerCouponChangeRecords` shows it (the contract's spelling).
    CouponTradeDetail: text {
        /// A coupon was activated.
        Activation = "SOURCE_OPERAIION_PRIZE",
        /// It paid for an order.
        Consumption = "SOURCE_OPERAIION_DEDEUCT",
        /// It paid for usage.
        Usage = "SOURCE_OPERAIION_USAGE",
        /// An order that it had paid for was given back.
        Refund = "SOURCE_OPERAIION_UNSUBSCRIBE",
        /// The coupon had expired.
        Expiry = "SOURCE_OPERAIION_EXPIRECLEAR",
        /// The partner took it back.
        Reclaim = "SOURCE_OPERATION_COUPONCANCEL",
        /// A master transferred part of it to a member.
        Transfer = "SOURCE_OPERATION_TRANSFER",
        /// The master took back what was left of that.
        Retrieval = "SOURCE_OPERATION_RETRIEVE",
    }
}

/// Whose coupons a list has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CouponList {
    /// Those issued in the name of a partner.
    Issued(PartnerId),
    /// Those of a customer.
    Owned(CustomerId),
}

impl CouponList {
    /// Whether a coupon is in this list.
    pub fn holds(&self, coupon: &Coupon) -> bool {
        match self {
            Self::Issued(partner) => coupon.partner_id == *partner,
            Self::Owned(customer) => coupon.customer_id == *customer,
        }
    }
}

/// A coupon as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCoupon {
    /// The coupon.
    pub coupon: Coupon,
    /// What is left of it, with at least two decimals.
    pub balance: Money,
    /// Its status now.
    pub status: CouponStatus,
    /// Since when it could really be used.
    pub active_time: Option<Timestamp>,
    /// What it may be used for.
    pub use_limits: Vec<UseLimit>,
    /// The order that keeps it for itself now.
    pub lock_order_id: Option<OrderId>,
    /// That order, or else the last one that it has paid for.
    pub order_id: Option<OrderId>,
}

impl ShownCoupon {
    /// A coupon of a quota, now.
    pub fn new(held: HeldCoupon, quota: &Quota, now: Timestamp) -> Self {
        let HeldCoupon { coupon, balance } = held;
        Self {
            balance: balance.at_least_two_decimals(),
            status: coupon.status_at(balance, now),
            active_time: coupon.active_time(now),
            use_limits: coupon.use_limits(quota),
            lock_order_id: coupon.locked_by(now).cloned(),
            order_id: coupon.order_id(now).cloned(),
            coupon,
        }
    }
}

/// One thing that a coupon may be used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UseLimit {
    /// Which kind.
    pub limit_key: String,
    /// Which of that kind.
    #[serde(flatten)]
    pub value: LimitValue,
}

/// A coupon with what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldCoupon {
    /// The coupon.
    pub coupon: Coupon,
    /// What is left.
    pub balance: Money,
}

/// Where coupons come from that a master can move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CouponOrigin {
    /// The cloud, so that they can be transferred.
    Transferable,
    /// This master, which can take back what is left of them.
    TransferredBy(CustomerId),
}

impl CouponOrigin {
    /// Whether a coupon that no order keeps comes from there, with something left to move.
    fn holds(&self, HeldCoupon { coupon, balance }: &HeldCoupon, now: Timestamp) -> bool {
        let comes_from_there = match self {
            Self::Transferable => coupon.is_of_transferable_kind(),
            Self::TransferredBy(master) => {
                coupon.parent.as_ref().is_some_and(|parent| parent.customer_id == *master)
            }
        };
        comes_from_there && balance.is_positive() && coupon.locked_by(now).is_none()
    }
}

/// Which coupons of a list are asked for.
#[derive(Clone, Debug)]
pub struct CouponFilter {
    /// This one.
    pub coupon_id: Option<String>,
    /// Those of this customer.
    pub customer_id: Option<String>,
    /// Those that this partner issued.
    pub source_id: Option<String>,
    /// Those that this order keeps or has used.
    pub order_id: Option<String>,
    /// Those of this promotion plan: no coupon of these books has any.
    pub elsewhere: Option<String>,
    /// Those that can be moved and come from there.
    pub origin: Option<CouponOrigin>,
    /// Those of this type.
    pub coupon_type: Option<CouponType>,
    /// Those of this kind.
    pub kind: Option<CouponKind>,
    /// Those in this status now.
    pub status: Option<CouponStatus>,
    /// Those issued then.
    pub created: Period,
    /// Those that can be used from then.
    pub effective: Period,
    /// Those that expire then.
    pub expires: Period,
    /// Those that became active then.
    pub active: Period,
    /// Those that were not yet expired by then.
    pub expired_since: Timestamp,
}

impl CouponFilter {
    /// All coupons.
    pub fn all() -> Self {
        Self {
            coupon_id: None,
            customer_id: None,
            source_id: None,
            order_id: None,
            elsewhere: None,
            origin: None,
            coupon_type: None,
            kind: None,
            status: None,
            created: Period::ALL,
            effective: Period::ALL,
            expires: Period::ALL,
            active: Period::ALL,
            expired_since: Timestamp::MIN,
        }
    }

    /// The same but those that had expired by then.
    pub fn since(self, expired_since: Timestamp) -> Self {
        Self { expired_since, ..self }
    }

    /// Whether coupons must be looked at to know which are meant, because the order in which they
    /// were issued does not tell.
    pub fn needs_contents(&self) -> bool {
        let periods = [self.effective, self.expires, self.active];
        self.coupon_id.is_some()
            || self.customer_id.is_some()
            || self.source_id.is_some()
            || self.order_id.is_some()
            || self.elsewhere.is_some()
            || self.origin.is_some()
            || self.coupon_type.is_some()
            || self.kind.is_some()
            || self.status.is_some()
            || periods.into_iter().any(|period| period != Period::ALL)
    }

    /// Whether a coupon is asked for.
    pub fn passes(&self, held: &HeldCoupon, now: Timestamp) -> bool {
        let HeldCoupon { coupon, balance } = held;
        let active = || coupon.active_time(now).is_some_and(|time| self.active.contains(time));
        coupon.expire_time > self.expired_since
            && self.elsewhere.is_none()
            && self.origin.as_ref().is_none_or(|origin| origin.holds(held, now))
            && self.coupon_id.as_ref().is_none_or(|id| id == coupon.coupon_id.as_str())
            && self.customer_id.as_ref().is_none_or(|id| id == coupon.customer_id.as_str())
            && self.source_id.as_ref().is_none_or(|id| id == coupon.partner_id.as_str())
            && self
                .order_id
                .as_ref()
                .is_none_or(|id| coupon.order_id(now).is_some_and(|of| of.as_str() == id))
            && self.coupon_type.is_none_or(|of| coupon.coupon_type == of)
            && self.kind.is_none_or(|kind| coupon.kind() == kind)
            && self.status.is_none_or(|status| coupon.status_at(*balance, now) == status)
            && self.created.contains(coupon.create_time)
            && self.effective.contains(coupon.effective_time)
            && self.expires.contains(coupon.expire_time)
            && (self.active == Period::ALL || active())
    }
}

/// A transfer between a quota and a coupon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponMovement {
    /// What happened.
    pub kind: CouponRecordKind,
    /// The quota.
    pub quota_id: QuotaId,
    /// The coupon.
    pub coupon_id: CouponId,
}

impl CouponMovement {
    /// What a transfer means to a coupon, if it is one of a coupon.
    pub fn of(transfer: &Transfer) -> Option<Self> {
        let Transfer { debit_account: from, credit_account: to, .. } = transfer;
        let (kind, quota, coupon) = match transfer.code {
            TransferCode::CouponIssue => (CouponRecordKind::Issue, from, to),
            TransferCode::CouponUnsubscription => (CouponRecordKind::Unsubscription, to, from),
            TransferCode::CouponReclaim => (CouponRecordKind::Reclaim, to, from),
            TransferCode::CouponUnbind => (CouponRecordKind::Unbind, to, from),
            TransferCode::CouponModeSwitch => (CouponRecordKind::ModeSwitch, to, from),
            TransferCode::CouponExpiry => (CouponRecordKind::Expiry, to, from),
            _ => return None,
        };
        match (quota, coupon) {
            (AccountId::Quota(quota_id), AccountId::Coupon(coupon_id)) => {
                let (quota_id, coupon_id) = (quota_id.clone(), coupon_id.clone());
                Some(Self { kind, quota_id, coupon_id })
            }
            _ => None,
        }
    }
}

/// A transfer as the customer whose coupon it is sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponChange {
    /// The coupon.
    pub coupon_id: CouponId,
    /// Which way.
    pub revenue_expense_type: Direction,
    /// Why.
    pub trade_type: CouponTradeType,
    /// Why, in other words.
    pub trade_detail: CouponTradeDetail,
}

impl CouponChange {
    /// What a transfer means to a customer whose coupon has gained this amount by it, below zero where
    /// value left; if it is one of a coupon.
    pub fn of(transfer: &Transfer, gained: Money) -> Option<Self> {
        use {CouponTradeDetail as Detail, CouponTradeType as Trade};
        let has_lost = gained.is_negative();
        let account = if has_lost { &transfer.debit_account } else { &transfer.credit_account };
        let AccountId::Coupon(coupon_id) = account else {
            return None;
        };
        let direction = if has_lost { Direction::Expense } else { Direction::Revenue };
        let coupon_id = coupon_id.clone();
        let (revenue_expense_type, trade_type, trade_detail) = match transfer.code {
            TransferCode::CouponIssue => {
                (Direction::Revenue, Trade::Activation, Detail::Activation)
            }
            TransferCode::CouponReclaim
            | TransferCode::CouponUnbind
            | TransferCode::CouponModeSwitch => {
                (Direction::Expense, Trade::Reclaim, Detail::Reclaim)
            }
            TransferCode::CouponExpiry => (Direction::Expense, Trade::Expiry, Detail::Expiry),
            TransferCode::CouponUnsubscription => {
                (Direction::Expense, Trade::Reclaim, Detail::Reclaim)
            }
            TransferCode::OrderPayment => {
                (Direction::Expense, Trade::Consumption, Detail::Consumption)
            }
            TransferCode::UsageCharge => (Direction::Expense, Trade::Consumption, Detail::Usage),
            TransferCode::OrderRefund => (Direction::Revenue, Trade::Refund, Detail::Refund),
            TransferCode::CouponTransfer => (direction, Trade::Transfer, Detail::Transfer),
            TransferCode::CouponRetrieval => (direction, Trade::Transfer, Detail::Retrieval),
            _ => return None,
        };
        Some(Self { coupon_id, revenue_expense_type, trade_type, trade_detail })
    }
}

/// An issue or a return of a coupon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponRecord {
    /// The transfer that it was.
    pub transfer_id: TransferId,
    /// The transfer.
    pub transfer: Transfer,
    /// What happened.
    pub kind: CouponRecordKind,
    /// The coupon, as it is now.
    pub coupon: Coupon,
}

/// Which records of a partner's coupons are asked for.
#[derive(Clone, Debug)]
pub struct RecordFilter {
    /// Those of these kinds.
    pub kinds: Option<Vec<CouponRecordKind>>,
    /// Those of this quota.
    pub quota_id: Option<String>,
    /// Those of such coupons.
    pub coupon_type: Option<CouponType>,
    /// Those of these coupons.
    pub coupon_ids: Option<Vec<String>>,
    /// Those of this customer.
    pub customer_id: Option<String>,
    /// Those of that time.
    pub time: Period,
    /// Those that ended so.
    pub result: Option<OperationResult>,
}

impl RecordFilter {
    /// Whether records must be looked at to know which are meant, because their times do not tell.
    pub fn needs_contents(&self) -> bool {
        self.kinds.is_some()
            || self.quota_id.is_some()
            || self.coupon_type.is_some()
            || self.coupon_ids.is_some()
            || self.customer_id.is_some()
            || self.result.is_some_and(|result| result != OperationResult::Success)
    }

    /// Whether a record is asked for.
    pub fn passes(&self, record: &CouponRecord) -> bool {
        let CouponRecord { coupon, kind, transfer, .. } = record;
        let is_one_of = |ids: &Vec<String>| ids.iter().any(|id| id == coupon.coupon_id.as_str());
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind))
            && self.quota_id.as_ref().is_none_or(|id| id == coupon.quota_id.as_str())
            && self.coupon_type.is_none_or(|of| coupon.coupon_type == of)
            && self.coupon_ids.as_ref().is_none_or(is_one_of)
            && self.customer_id.as_ref().is_none_or(|id| id == coupon.customer_id.as_str())
            && self.time.contains(transfer.time)
            && self.result.is_none_or(|result| result == OperationResult::Success)
    }
}

/// A quota with what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldQuota {
    /// The quota.
    pub quota: Quota,
    /// What is left to issue.
    pub balance: Money,
}

/// Which quotas of a partner are asked for.
#[derive(Clone, Debug)]
pub struct QuotaFilter {
    /// Those of this kind.
    pub quota_type: QuotaType,
    /// These; an empty list means all.
    pub quota_ids: Vec<QuotaId>,
    /// Those in one of these statuses now; an empty list means all.
    pub statuses: Vec<QuotaStatus>,
    /// Those granted then.
    pub created: Period,
    /// Those that can be used from then.
    pub effective: Period,
    /// Those that expire then.
    pub expires: Period,
}

impl QuotaFilter {
    /// Whether a quota is asked for.
    pub fn passes(&self, held: &HeldQuota, now: Timestamp) -> bool {
        let quota = &held.quota;
        quota.quota_type == self.quota_type
            && (self.quota_ids.is_empty() || self.quota_ids.contains(&quota.quota_id))
            && (self.statuses.is_empty() || self.statuses.contains(&held.status_for_holder(now)))
            && self.created.contains(quota.create_time)
            && self.effective.contains(quota.effective_time)
            && self.expires.contains(quota.expire_time)
    }
}

impl HeldQuota {
    /// The status as the partner that holds the quota sees it, to whom a quota that was taken back
    /// is no longer valid.
    pub fn status_for_holder(&self, now: Timestamp) -> QuotaStatus {
        match self.quota.status_at(now) {
            QuotaStatus::Reclaimed => QuotaStatus::Invalid,
            status => status,
        }
    }
}

/// A quota that a distributor has given to a reseller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedQuota {
    /// The quota.
    pub held: HeldQuota,
    /// The reseller.
    pub holder: Partner,
}

/// A grant or a reclaim of a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaRecord {
    /// The transfer that it was.
    pub transfer_id: TransferId,
    /// The transfer.
    pub transfer: Transfer,
    /// What happened.
    pub kind: QuotaRecordKind,
    /// The reseller's quota.
    pub quota_id: QuotaId,
    /// The distributor's.
    pub parent_quota_id: QuotaId,
    /// The reseller.
    pub holder: Partner,
}

impl QuotaRecord {
    /// What a transfer means to quotas, if it is one between two: what happened, the reseller's
    /// quota and the distributor's.
    pub fn sides(transfer: &Transfer) -> Option<(QuotaRecordKind, QuotaId, QuotaId)> {
        let Transfer { debit_account: from, credit_account: to, .. } = transfer;
        let (kind, quota, parent) = match transfer.code {
            TransferCode::QuotaGrant => (QuotaRecordKind::Grant, to, from),
            TransferCode::QuotaReclaim => (QuotaRecordKind::Reclaim, from, to),
            _ => return None,
        };
        match (quota, parent) {
            (AccountId::Quota(quota), AccountId::Quota(parent)) => {
                Some((kind, quota.clone(), parent.clone()))
            }
            _ => None,
        }
    }
}

impl Coupon {
    /// The order that keeps it now, or else the last one that it has paid for.
    pub fn order_id(&self, now: Timestamp) -> Option<&OrderId> {
        self.locked_by(now).or(self.used_by_order_id.as_ref())
    }

    /// From when the coupon can really be used: when it became effective, or when it was issued
    /// if that was later. None before.
    pub fn active_time(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.effective_time.max(self.create_time)).filter(|time| *time <= now)
    }

    /// What the coupon may be used for: its own limits where it was narrowed, else its quota's.
    pub fn use_limits(&self, quota: &Quota) -> Vec<UseLimit> {
        let narrowed = [
            (LIMIT_CLOUD_SERVICE_TYPE, &self.cloud_service_types),
            (LIMIT_PRODUCT_ID, &self.product_ids),
        ];
        let narrowed_to = |key: &str| {
            narrowed.iter().any(|(narrowed, values)| *narrowed == key && values.is_some())
        };
        let own = narrowed.iter().flat_map(|(key, values)| {
            let values = values.iter().flatten();
            values.map(|value| UseLimit {
                limit_key: (*key).to_owned(),
                value: LimitValue { value1: Some(value.clone()), value2: None },
            })
        });
        let inherited = quota.limit_infos.iter().filter(|limit| !narrowed_to(&limit.limit_key));
        let inherited = inherited.flat_map(|limit| {
            let limit_key = || limit.limit_key.clone();
            let values = limit.limit_values.iter().cloned();
            values.map(move |value| UseLimit { limit_key: limit_key(), value })
        });
        own.chain(inherited).collect()
    }
}
