//! Coupons that the cloud has issued itself: each comes out of one quota of the cloud's own for its
//! kind, which is nobody's to issue from, and goes back there when it expires.

use super::CloudCouponLine;
use super::known_customer;
use crate::books::BooksMut;
use crate::domain::account::AccountId;
use crate::domain::coupon::{CloudCoupon, Coupon, CouponType, Quota, QuotaStatus};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::value::id::{PartnerId, QuotaId};
use crate::value::money::Money;
use crate::value::time::Timestamp;

/// Brings a coupon in.
///
/// # Errors
/// With nothing changed: [`Reason::UnknownReference`], [`Reason::Contradiction`],
/// [`Reason::ContentDiffers`] for an identity that is taken, or what the ledger refuses.
pub(super) async fn apply(
    books: &mut BooksMut<'_, '_>,
    line: &CloudCouponLine,
) -> Result<(), Reason> {
    known_customer(books, &line.customer_id).await?;
    if line.expire_time <= line.effective_time {
        return Err(Reason::Contradiction("a coupon expires after it becomes effective"));
    }
    if !line.face_value.is_positive() {
        return Err(Reason::AmountNotPositive);
    }
    if books.coupon(&line.coupon_id).await?.is_some() {
        return Err(Reason::ContentDiffers);
    }
    let quota_id = quota_of(line.coupon_type);
    let from_outside = Transfer {
        debit_account: AccountId::Outside,
        credit_account: AccountId::Quota(quota_id.clone()),
        amount: line.face_value,
        code: TransferCode::QuotaFromOutside,
        time: line.create_time,
        memo: None,
        reference: None,
        trade_type: None,
    };
    let issue = Transfer {
        debit_account: AccountId::Quota(quota_id.clone()),
        credit_account: AccountId::Coupon(line.coupon_id.clone()),
        code: TransferCode::CouponIssue,
        ..from_outside.clone()
    };
    books.book_into(&from_outside).await?;
    let issued_by = books.book_opening(&issue).await?;
    books.add_coupon(&coupon(line, quota_id.clone()), issued_by)?;
    expect_expiry(books, line, quota_id).await
}

fn quota_of(coupon_type: CouponType) -> QuotaId {
    match coupon_type {
        CouponType::Cash => QuotaId::cloud("cash"),
        CouponType::FlexiPurchase => QuotaId::cloud("flexi"),
    }
}

fn coupon(line: &CloudCouponLine, quota_id: QuotaId) -> Coupon {
    let some = |values: &Option<Vec<String>>| values.clone().filter(|values| !values.is_empty());
    Coupon {
        coupon_id: line.coupon_id.clone(),
        quota_id,
        customer_id: line.customer_id.clone(),
        partner_id: PartnerId::cloud(),
        coupon_type: line.coupon_type,
        face_value: line.face_value,
        create_time: line.create_time,
        effective_time: line.effective_time,
        expire_time: line.expire_time,
        cloud_service_types: some(&line.cloud_service_types),
        product_ids: some(&line.product_ids),
        memo: None,
        reclaimed_at: None,
        expired_at: None,
        lock: None,
        used_by_order_id: None,
        cloud: Some(CloudCoupon { source: line.source, plan_name: line.plan_name.clone() }),
        parent: None,
        is_pick_up: false,
    }
}

/// Makes the quota know when the first of its coupons expires. It is there once there is a coupon.
async fn expect_expiry(
    books: &mut BooksMut<'_, '_>,
    line: &CloudCouponLine,
    quota_id: QuotaId,
) -> Result<(), Reason> {
    let expiry = line.expire_time;
    let Some(quota) = books.quota(&quota_id).await? else {
        return books.add_unlisted_quota(&Quota {
            quota_id,
            partner_id: PartnerId::cloud(),
            parent_quota_id: None,
            quota_type: line.coupon_type.into(),
            quota_value: Money::ZERO,
            status: QuotaStatus::Normal,
            create_time: line.create_time,
            last_update_time: line.create_time,
            effective_time: Timestamp::MIN,
            expire_time: Timestamp::MAX,
            limit_infos: Vec::new(),
            remark: None,
            next_expiry: Some(expiry),
            is_pick_up: false,
        });
    };
    if quota.next_expiry.is_none_or(|next| expiry < next) {
        books.replace_quota(&Quota { next_expiry: Some(expiry), ..quota })?;
    }
    Ok(())
}
