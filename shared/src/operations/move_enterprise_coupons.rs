//! Coupons between the master of an enterprise and its members: out in parts, and back as a whole.
//!
//! What is transferred becomes a coupon of the member's own, the child, which expires when its parent
//! does. There may be any number of children of one coupon. What a child still holds goes back to its
//! parent; that a child was taken back does not keep a refund out of it, which can be taken back too.

use super::enterprise::{Master, independent_member, master};
use super::give_back::expect_expiry;
use crate::books::{Books, BooksMut};
use crate::domain::account::AccountId;
use crate::domain::coupon::{
    Coupon, CouponFilter, CouponList, CouponOrigin, CouponStatus, CouponType, ParentCoupon,
    ShownCoupon,
};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::partner::CallingCustomer;
use crate::store::defect::{self, Defect};
use crate::value::id::{CouponId, CustomerId, TransId};
use crate::value::money::Money;
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;

/// A transfer to a member whose fields are in order.
#[derive(Clone, Debug)]
pub struct TransferCoupon {
    caller: CallingCustomer,
    member_id: CustomerId,
    coupon_id: CouponId,
    amount: Money,
    trans_id: Option<TransId>,
}

impl TransferCoupon {
    /// Checks the fields of a request.
    ///
    /// # Errors
    /// [`Reason::Field`] for an amount that is not above zero with at most two decimals.
    pub fn check(
        caller: CallingCustomer,
        member_id: CustomerId,
        coupon_id: CouponId,
        amount: Money,
        trans_id: Option<TransId>,
    ) -> Result<Self, Reason> {
        let amount = amount.positive_two_decimals();
        let amount = amount.map_err(|error| Reason::field("amount", error.to_string()))?;
        Ok(Self { caller, member_id, coupon_id, amount, trans_id })
    }
}

/// Transfers part of a coupon of the calling master to a member. Answers the member's coupon.
/// `random` names it.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::CallerNotPermitted`], [`Reason::TransIdUsed`],
/// [`Reason::NotAnIndependentMember`], [`Reason::CouponNotTransferable`].
pub async fn transfer(
    books: &mut BooksMut<'_, '_>,
    order: &TransferCoupon,
    random: &[u8; 16],
) -> Result<CouponId, Reason> {
    let TransferCoupon { caller, member_id, coupon_id, amount, trans_id } = order;
    let now = books.now();
    let coupons = std::slice::from_ref(coupon_id);
    let master = parties(books, caller, member_id, coupons, trans_id.as_ref()).await?;
    let parent = books.coupon(coupon_id).await?;
    let parent = parent.filter(|coupon| coupon.customer_id == *master.id());
    let parent = parent.ok_or(Reason::CouponNotTransferable("there is no such coupon"))?;
    let balance = balance(books, coupon_id).await?;
    let fills_up = defect::present(Defect::TransfersFromOutside) && balance < *amount;
    if !fills_up {
        check_transferable(&parent, balance, now)?;
        check_suffices(balance, *amount)?;
    }

    let child = Coupon {
        coupon_id: CouponId::new(books.instant(), 0, random),
        customer_id: member_id.clone(),
        face_value: *amount,
        create_time: now,
        memo: None,
        used_by_order_id: None,
        parent: Some(ParentCoupon {
            coupon_id: coupon_id.clone(),
            customer_id: master.id().clone(),
        }),
        ..parent.clone()
    };
    let code = TransferCode::CouponTransfer;
    let mut transfer = moved([coupon_id, &child.coupon_id], *amount, code, now, trans_id.as_ref());
    if fills_up {
        transfer.debit_account = AccountId::Outside;
    }
    let transfer_id = books.book_opening(&transfer).await?;
    books.add_coupon(&child, transfer_id)?;
    books.add_coupon_line(&parent, now, transfer_id)?;
    if let Some(trans_id) = trans_id {
        books.use_trans_id(master.id(), trans_id, transfer_id)?;
    }
    Ok(child.coupon_id)
}

/// A retrieval from a member whose fields are in order.
#[derive(Clone, Debug)]
pub struct RetrieveCoupon {
    /// Who asks.
    pub caller: CallingCustomer,
    /// The member.
    pub member_id: CustomerId,
    /// The coupon that was transferred.
    pub coupon_id: CouponId,
    /// The member's coupon, which it came to be.
    pub sub_coupon_id: CouponId,
    /// What the caller calls it.
    pub trans_id: Option<TransId>,
}

/// Takes back all that is left of a coupon that the calling master has transferred. Answers how much
/// that was.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::CallerNotPermitted`], [`Reason::TransIdUsed`],
/// [`Reason::NotAnIndependentMember`], [`Reason::CouponNotRetrievable`].
pub async fn retrieve(
    books: &mut BooksMut<'_, '_>,
    order: &RetrieveCoupon,
) -> Result<Money, Reason> {
    let RetrieveCoupon { caller, member_id, coupon_id, sub_coupon_id, trans_id } = order;
    let now = books.now();
    let coupons = [coupon_id.clone(), sub_coupon_id.clone()];
    let master = parties(books, caller, member_id, &coupons, trans_id.as_ref()).await?;
    let of_master = ParentCoupon { coupon_id: coupon_id.clone(), customer_id: master.id().clone() };
    let child = books.coupon(sub_coupon_id).await?;
    let child = child.filter(|child| {
        child.customer_id == *member_id && child.parent.as_ref() == Some(&of_master)
    });
    let child = child.ok_or(Reason::CouponNotRetrievable("there is no such coupon"))?;
    let left = balance(books, sub_coupon_id).await?;
    check_retrievable(&child, left, now)?;

    let code = TransferCode::CouponRetrieval;
    let forgets = defect::present(Defect::RetrievesFaceValue);
    let amount = if forgets { child.face_value } else { left };
    let transfer = moved([sub_coupon_id, coupon_id], amount, code, now, trans_id.as_ref());
    let transfer_id = books.book(&transfer).await?;
    books.close_coupon(&Coupon { reclaimed_at: Some(now), ..child }, now, transfer_id)?;
    let missing = || Reason::Corrupt(format!("coupon {coupon_id}, which is not there"));
    let parent = books.coupon(coupon_id).await?.ok_or_else(missing)?;
    books.add_coupon_line(&parent, now, transfer_id)?;
    expect_expiry(books, parent).await?;
    if let Some(trans_id) = trans_id {
        books.use_trans_id(master.id(), trans_id, transfer_id)?;
    }
    Ok(left)
}

/// The coupons of the calling master of which something can be transferred now, the newest first.
///
/// # Errors
/// [`Reason::CallerNotPermitted`]; store failures.
pub async fn transferable(
    books: &Books<'_>,
    caller: &CallingCustomer,
    now: Timestamp,
    slice: Slice,
) -> Result<Page<ShownCoupon>, Reason> {
    let master = master(books, caller).await?;
    let filter = CouponFilter {
        origin: Some(CouponOrigin::Transferable),
        coupon_type: Some(CouponType::Cash),
        status: Some(CouponStatus::Usable),
        ..CouponFilter::all().since(now)
    };
    books.coupons(&CouponList::Owned(master.id().clone()), &filter, now, slice).await
}

/// The coupons of a member that the calling master can take back now, the newest first.
///
/// # Errors
/// [`Reason::CallerNotPermitted`], [`Reason::NoMasterMemberRelation`]; store failures.
pub async fn retrievable(
    books: &Books<'_>,
    caller: &CallingCustomer,
    member_id: &CustomerId,
    now: Timestamp,
    slice: Slice,
) -> Result<Page<ShownCoupon>, Reason> {
    let master = master(books, caller).await?;
    independent_member(books, &master, member_id).await.map_err(|reason| match reason {
        Reason::NotAnIndependentMember => Reason::NoMasterMemberRelation,
        other => other,
    })?;
    let filter = CouponFilter {
        origin: Some(CouponOrigin::TransferredBy(master.id().clone())),
        ..CouponFilter::all().since(now)
    };
    books.coupons(&CouponList::Owned(member_id.clone()), &filter, now, slice).await
}

/// The calling master. Checks the name of the movement and the member, too.
async fn parties(
    books: &BooksMut<'_, '_>,
    caller: &CallingCustomer,
    member_id: &CustomerId,
    coupons: &[CouponId],
    trans_id: Option<&TransId>,
) -> Result<Master, Reason> {
    books.load_coupon_movement(&caller.customer_id, member_id, coupons, trans_id).await?;
    let master = master(books, caller).await?;
    if let Some(trans_id) = trans_id
        && books.is_trans_id_used(master.id(), trans_id).await?
    {
        return Err(Reason::TransIdUsed);
    }
    independent_member(books, &master, member_id).await?;
    Ok(master)
}

/// What a coupon has left. One that is not there has nothing.
async fn balance(books: &Books<'_>, id: &CouponId) -> Result<Money, Reason> {
    let account = books.account(&AccountId::Coupon(id.clone())).await?;
    Ok(account.map_or(Money::ZERO, |account| account.balance))
}

/// Checks that a coupon of a master can be transferred. Says why it cannot.
fn check_transferable(coupon: &Coupon, balance: Money, now: Timestamp) -> Result<(), Reason> {
    let fault = if !coupon.is_of_transferable_kind() {
        "only cash coupons that the cloud has issued for tests, by contract or for an activity are"
    } else if coupon.status_at(balance, now) != CouponStatus::Usable {
        "the coupon is used up, or not in effect"
    } else if coupon.locked_by(now).is_some() {
        "an order keeps the coupon"
    } else {
        return Ok(());
    };
    Err(Reason::CouponNotTransferable(fault))
}

/// Checks that a coupon has what is to be transferred of it.
fn check_suffices(balance: Money, amount: Money) -> Result<(), Reason> {
    if balance < amount {
        return Err(Reason::CouponNotTransferable("the coupon has less left than is asked for"));
    }
    Ok(())
}

/// Checks that a coupon of a member can be taken back.
fn check_retrievable(child: &Coupon, left: Money, now: Timestamp) -> Result<(), Reason> {
    let fault = if !left.is_positive() {
        "nothing is left of the coupon"
    } else if child.expire_time <= now {
        "the coupon has expired"
    } else if child.locked_by(now).is_some() {
        "an order keeps the coupon"
    } else {
        return Ok(());
    };
    Err(Reason::CouponNotRetrievable(fault))
}

fn moved(
    [from, to]: [&CouponId; 2],
    amount: Money,
    code: TransferCode,
    time: Timestamp,
    trans_id: Option<&TransId>,
) -> Transfer {
    Transfer {
        debit_account: AccountId::Coupon(from.clone()),
        credit_account: AccountId::Coupon(to.clone()),
        amount,
        code,
        time,
        memo: None,
        reference: trans_id.map(ToString::to_string),
        trade_type: None,
    }
}
