//! Give back what was paid: of terms that are unsubscribed or switched, and of lines that could not
//! be provided.
//!
//! An order that is completed at once says what went back, and what was kept and why. Each part
//! that goes back is one transfer from the clearing account; what was consumed and the fees are
//! earned by the cloud, one transfer each.

use super::announce;
use super::bill_order::{bill_refund, line_of_resource};
use super::expire_coupons::give_back as return_to_quota;
use super::pay_order::book_part;
use super::place_order::free_ids;
use super::repay_debt::repay_debt;
use crate::books::BooksMut;
use crate::domain::account::AccountId;
use crate::domain::coupon::{Coupon, Quota};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::order::{
    LineRefund, LineState, Order, OrderLine, OrderSource, OrderStatus, OrderType,
};
use crate::domain::partner::{AssociationType, Customer};
use crate::domain::payment::{PaidPart, sum};
use crate::domain::refund::{Refund, RefundCase, receiver};
use crate::domain::resource::Product;
use crate::store::defect::{self, Defect};
use crate::value::id::{CustomerId, FeeRecordId, OrderId, PartnerId, ResourceId};
use crate::value::money::Money;

/// What was paid for, and how much of that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Returned {
    /// What.
    pub product: Product,
    /// The resource, unless it was never provided.
    pub resource_id: Option<ResourceId>,
    /// The order that had bought it.
    pub base_order_id: OrderId,
    /// The partner in whose clearing account the money lies.
    pub partner_id: PartnerId,
    /// What it was paid with.
    pub parts: Vec<PaidPart>,
    /// How much of that is used.
    pub case: RefundCase,
    /// The bill lines whose terms end with it, where no resource tells them.
    pub ended: Vec<FeeRecordId>,
}

/// What is given back by one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GiveBack {
    /// Whose.
    pub customer_id: CustomerId,
    /// Unsubscription or switch.
    pub order_type: OrderType,
    /// Who asks for it.
    pub source_type: OrderSource,
    /// What.
    pub returned: Vec<Returned>,
}

/// Gives back, and adds the order about it.
///
/// # Errors
/// [`Reason::OrderIdTaken`]; store failures.
pub(super) async fn give_back(
    books: &mut BooksMut<'_, '_>,
    back: &GiveBack,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let now = books.now();
    let bought: Vec<&OrderId> = back.returned.iter().map(|it| &it.base_order_id).collect();
    books.load_bought(&back.customer_id, &bought).await?;
    let missing = || Reason::Corrupt(format!("customer {}, which is not there", back.customer_id));
    let customer = books.customer(&back.customer_id).await?.ok_or_else(missing)?;
    let partner_id = back.returned.first().map_or(&customer.partner_id, |first| &first.partner_id);
    let randoms = [0, 1, 2].map(|more: u8| {
        let mut random = *random;
        random[0] = random[0].wrapping_add(more);
        random
    });
    let order_id = free_ids(books, &randoms, 0).await?.pop().ok_or(Reason::OrderIdTaken)?;
    let mut order = Order {
        order_id,
        customer_id: back.customer_id.clone(),
        partner_id: partner_id.clone(),
        order_type: back.order_type,
        source_type: back.source_type,
        status: OrderStatus::Completed,
        create_time: now,
        pending_payment_end_time: now,
        payment_time: Some(now),
        lines: Vec::with_capacity(back.returned.len()),
        discounts: Vec::new(),
        discount: None,
        parts: Vec::new(),
        children: Vec::new(),
        locked_coupons: Vec::new(),
        user_name: None,
        asked_to_pay: None,
        paid_by: None,
        auto_pay: false,
        agent: None,
    };
    let mut flows = Flows::default();
    let mut shares = Vec::with_capacity(back.returned.len());
    for returned in &back.returned {
        let refund = Refund::of(&returned.parts, returned.case)?;
        let funded_by = funded_by(books, &customer, returned).await?;
        shares.push(flows.add(returned, &refund, &back.customer_id, funded_by.as_ref())?);
        order.lines.push(line_of(returned, &refund)?);
    }
    order.parts = flows.back.iter().map(|(_, part)| part.clone()).collect();
    for (line, shares) in order.lines.iter_mut().zip(shares) {
        line.shares = vec![Money::ZERO; order.parts.len()];
        for (place, share) in shares {
            if let Some(sum) = line.shares.get_mut(place) {
                *sum = sum.checked_add(share).map_err(|_| Reason::AmountTooLarge)?;
            }
        }
    }
    flows.book(books, &order).await?;
    let is_resale = customer.association_type == AssociationType::Resale;
    books.add_order(&order, is_resale.then_some(&customer.partner_id))?;
    let ended = ended_by(books, back).await?;
    bill_refund(books, &order, &ended).await?;
    for part in &order.parts {
        if let AccountId::CustomerBalance(receiver) = &part.account {
            repay_debt(books, receiver).await?;
        }
    }
    announce::order(books, announce::ORDER_REFUNDED, &order).await?;
    Ok(order)
}

/// The bill lines whose terms end with what is given back.
async fn ended_by(books: &BooksMut<'_, '_>, back: &GiveBack) -> Result<Vec<FeeRecordId>, Reason> {
    let mut ended = Vec::with_capacity(back.returned.len());
    for returned in &back.returned {
        ended.extend(returned.ended.iter().cloned());
        if let Some(id) = &returned.resource_id {
            let order_id = &returned.base_order_id;
            ended.extend(line_of_resource(books, &back.customer_id, order_id, id).await?);
        }
    }
    Ok(ended)
}

/// The partner that funded the customer when it bought what is given back, if it no longer does.
async fn funded_by(
    books: &BooksMut<'_, '_>,
    customer: &Customer,
    returned: &Returned,
) -> Result<Option<PartnerId>, Reason> {
    let Returned { partner_id, base_order_id, .. } = returned;
    if customer.is_funded_by(partner_id) {
        return Ok(None);
    }
    let was_funded = books.was_funded(partner_id, &customer.customer_id, base_order_id).await?;
    Ok(was_funded.then(|| partner_id.clone()))
}

/// The line about what is given back: its amount is what goes back, below zero.
fn line_of(returned: &Returned, refund: &Refund) -> Result<OrderLine, Reason> {
    let back = refund.total()?;
    let paid = sum([back, refund.consumed, refund.fee])?;
    Ok(OrderLine {
        product: returned.product.clone(),
        term: None,
        subscription_num: 1,
        official_amount: back.negated(),
        effective_time: None,
        expire_time: None,
        shares: Vec::new(),
        resource_ids: returned.resource_id.iter().cloned().collect(),
        state: LineState::Done,
        attached_to: None,
        child: None,
        refund: Some(LineRefund {
            resource_id: returned.resource_id.clone(),
            base_order_id: returned.base_order_id.clone(),
            paid,
            consumed: refund.consumed,
            fee: refund.fee,
        }),
        renews_itself: false,
    })
}

/// What moves, each sum once: by the partner whose clearing account it leaves.
#[derive(Default)]
struct Flows {
    back: Vec<(PartnerId, PaidPart)>,
    earned: Vec<(PartnerId, TransferCode, Money)>,
}

impl Flows {
    /// Adds what one term gives back. Answers its share of which parts.
    fn add(
        &mut self,
        returned: &Returned,
        refund: &Refund,
        customer_id: &CustomerId,
        funded_by: Option<&PartnerId>,
    ) -> Result<Vec<(usize, Money)>, Reason> {
        let partner = &returned.partner_id;
        let mut shares = Vec::with_capacity(refund.back.len());
        for part in &refund.back {
            let account = receiver(&part.account, customer_id, funded_by);
            let is_it = |(of, it): &(PartnerId, PaidPart)| {
                of == partner && it.kind == part.kind && it.account == account
            };
            let place = self.back.iter().position(is_it).unwrap_or(self.back.len());
            if place == self.back.len() {
                let none = PaidPart { account, amount: Money::ZERO, ..part.clone() };
                self.back.push((partner.clone(), none));
            }
            if let Some((_, sum)) = self.back.get_mut(place) {
                let more = sum.amount.checked_add(part.amount);
                sum.amount = more.map_err(|_| Reason::AmountTooLarge)?;
            }
            shares.push((place, part.amount));
        }
        for (code, amount) in
            [(TransferCode::OrderConsumed, refund.consumed), (TransferCode::OrderFee, refund.fee)]
        {
            self.earn(partner, code, amount)?;
        }
        Ok(shares)
    }

    fn earn(
        &mut self,
        partner: &PartnerId,
        code: TransferCode,
        amount: Money,
    ) -> Result<(), Reason> {
        if !amount.is_positive() {
            return Ok(());
        }
        let mut earned = self.earned.iter_mut();
        match earned.find(|(of, kind, _)| of == partner && *kind == code) {
            Some((.., sum)) => {
                *sum = sum.checked_add(amount).map_err(|_| Reason::AmountTooLarge)?;
            }
            None => self.earned.push((partner.clone(), code, amount)),
        }
        Ok(())
    }

    async fn book(self, books: &mut BooksMut<'_, '_>, order: &Order) -> Result<(), Reason> {
        for (partner, part) in self.back {
            put_back(books, &partner, &part, &order.order_id).await?;
            if defect::present(Defect::RefundsTwice) {
                put_back(books, &partner, &part, &order.order_id).await?;
            }
        }
        for (partner, code, amount) in self.earned {
            earn(books, &partner, code, amount, &order.order_id).await?;
        }
        Ok(())
    }
}

/// Moves one part back to where it came from.
async fn put_back(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    part: &PaidPart,
    order_id: &OrderId,
) -> Result<(), Reason> {
    let transfer = Transfer {
        debit_account: AccountId::CloudClearing(partner.clone()),
        credit_account: part.account.clone(),
        amount: part.amount,
        code: TransferCode::OrderRefund,
        time: books.now(),
        memo: None,
        reference: Some(order_id.to_string()),
        trade_type: None,
    };
    let Some(coupon) = book_part(books, &transfer, &part.account).await? else {
        return Ok(());
    };
    if coupon.reclaimed_at.is_some() && coupon.parent.is_none() {
        // Its customer cannot use it any more, and its partner not take it back again. What has
        // value waits to expire, until it is returned.
        books.expect_expiry(&coupon).await?;
        let left = books.held(&part.account).await?.balance;
        return return_to_quota(books, &coupon, left, TransferCode::CouponUnsubscription).await;
    }
    expect_expiry(books, coupon).await
}

/// A coupon that has value again waits to expire again. Its quota learns when it expires.
///
/// # Errors
/// Store failures.
pub(super) async fn expect_expiry(
    books: &mut BooksMut<'_, '_>,
    coupon: Coupon,
) -> Result<(), Reason> {
    books.expect_expiry(&coupon).await?;
    let missing = || Reason::Corrupt(format!("quota of coupon {}", coupon.coupon_id));
    let quota = books.quota(&coupon.quota_id).await?.ok_or_else(missing)?;
    if quota.next_expiry.is_none_or(|next| coupon.expire_time < next) {
        books.replace_quota(&Quota { next_expiry: Some(coupon.expire_time), ..quota })?;
    }
    Ok(())
}

/// Moves what the cloud has earned out of the clearing account.
///
/// # Errors
/// Store failures.
pub(super) async fn earn(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    code: TransferCode,
    amount: Money,
    order_id: &OrderId,
) -> Result<(), Reason> {
    if defect::present(Defect::EarnsForNobody) {
        return Ok(());
    }
    let transfer = Transfer {
        debit_account: AccountId::CloudClearing(partner.clone()),
        credit_account: AccountId::CloudRevenue(partner.clone()),
        amount,
        code,
        time: books.now(),
        memo: None,
        reference: Some(order_id.to_string()),
        trade_type: None,
    };
    books.book_into(&transfer).await?;
    Ok(())
}
