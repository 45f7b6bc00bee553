//! Orders: what is sold to a customer, and how it is paid.
//!
//! # States
//!
//! | status | comes from | goes to |
//! | --- | --- | --- |
//! | 1 pending approval | placed, where the tenant's orders need approval | 6 when approved; 4 |
//! | 6 pending payment | placed | 3 or 5 when paid; 4 when cancelled, or by itself at its deadline
//! |
//! | 3 processing | paid | 5 when the last line is provisioned or has failed |
//! | 5 completed | | |
//! | 4 cancelled | | |
//!
//! A renewal, an unsubscription and a switch to pay-per-use have nothing to be provisioned: they
//! are completed as soon as the money has moved. The deadline is computed when an order is read:
//! an overdue order is cancelled, blocks no resource and locks no coupon, whether the tick has run
//! or not.
//!
//! # Accounts and transfers
//!
//! | what happens | from | to |
//! | --- | --- | --- |
//! | payment, one transfer for each part | coupon, card, cash or credit of the customer, or cash
//! of the partner that pays for it | clearing account of the partner |
//! | refund, one for each part | clearing account | where the part came from |
//! | what was consumed, what is kept as a fee | clearing account | revenue account of the cloud |
//!
//! Each of them names its order. So an order's parts are its transfers, and what the clearing
//! accounts hold are the shares of lines that are not provisioned and of terms that are not
//! settled: the audit checks both.
//!
//! # Combined orders
//!
//! An order of several parts is one record, the parent, whose lines say which child they belong to.
//! Children are read-only: they have an identity and are shown, and only the parent can be paid or
//! cancelled.

pub mod coupon;
pub mod list;

use crate::domain::error::Reason;
use crate::domain::payment::{PaidPart, PartKind, sum};
use crate::domain::resource::Product;
use crate::domain::term::{self, Term};
use crate::value::code::codes;
use crate::value::id::{CouponId, CustomerId, OrderId, PartnerId, ResourceId};
use crate::value::money::{Money, Quantity};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};

/// Days in which an order can be paid.
pub const PAYMENT_DAYS: u32 = 7;

/// Most lines of an order.
pub const LINES_MAX: usize = 50;

codes! {
    /// What an order is for.
    OrderType: integer {
        /// Something new.
        Subscription = 1,
        /// A longer term.
        Renewal = 2,
        /// Another specification.
        Change = 3,
        /// Something given back.
        Unsubscription = 4,
        /// From yearly/monthly to pay-per-use.
        ToOnDemand = 10,
        /// From pay-per-use to yearly/monthly.
        ToPeriod = 11,
        /// A trial.
        Trial = 13,
        /// From a trial to commercial use.
        TrialToCommercial = 14,
        /// Another fee.
        FeeAdjustment = 15,
    }
}

codes! {
    /// Who placed an order.
    OrderSource: integer {
        /// The customer.
        Customer = 1,
        /// Somebody on behalf of the customer.
        Agent = 2,
        /// A contract.
        Contract = 3,
        /// A distributor.
        Distributor = 4,
        /// The deletion of a resource on a page.
        PageDeletion = 5,
        /// Made up later.
        Supplementary = 6,
        /// A compensation.
        Compensation = 7,
        /// The system: a renewal by itself, or what could not be provisioned.
        System = 8,
    }
}

codes! {
    /// How far an order has come.
    OrderStatus: integer {
        /// It waits for approval.
        PendingApproval = 1,
        /// It waits for its refund.
        PendingRefund = 2,
        /// It is paid and being provisioned.
        Processing = 3,
        /// It was cancelled, or never paid in time.
        Cancelled = 4,
        /// It is done.
        Completed = 5,
        /// It waits for payment: it can be paid and cancelled.
        PendingPayment = 6,
        /// It waits for confirmation.
        PendingConfirmation = 9,
    }
}

codes! {
    /// Kind of a discount, as `ListOrderDiscounts` and `PayOrders` number them.
    DiscountKind: integer {
        /// A promotion.
        Promotion = 0,
        /// A contract: listed only.
        Contract = 1,
        /// Commercial.
        Commercial = 2,
        /// Granted by the partner.
        Partner = 3,
        /// The partner has set the order's price: it must be used.
        PriceAdjustment = 609,
    }
}

codes! {
    /// How a discount is meant.
    DiscountMode: integer {
        /// A ratio of the price.
        Ratio = 0,
        /// A fixed price.
        FixedPrice = 1,
        /// Money off.
        Reduction = 2,
    }
}

codes! {
    /// What became of a line.
    LineState: integer {
        /// Not provisioned.
        Open = 0,
        /// Provisioned, or nothing to be provisioned.
        Done = 1,
        /// It could not be provisioned, and its money went back.
        Failed = 2,
    }
}

/// A discount that an order was offered when it was placed. Its price of that time stays valid.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OrderDiscount {
    /// Identity.
    #[n(0)]
    pub discount_id: String,
    /// Kind.
    #[n(1)]
    pub kind: DiscountKind,
    /// The wire's `discount_type` in amounts: 605, 606, 607, 609, 700.
    #[n(2)]
    pub discount_type: String,
    /// How it is meant.
    #[n(3)]
    pub mode: DiscountMode,
    /// The ratio or the money off, as text; empty for a fixed price.
    #[n(4)]
    pub value: String,
    /// What each line is cheaper by.
    #[n(5)]
    pub amounts: Vec<Money>,
    /// When it ends. Only a promotion's end moves an order's deadline.
    #[n(6)]
    pub ends: Option<Timestamp>,
}

impl OrderDiscount {
    /// What all lines together are cheaper by.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn total(&self) -> Result<Money, Reason> {
        sum(self.amounts.iter().copied())
    }
}

/// What a line of an order to give something back is about.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LineRefund {
    /// The resource, unless it was never provisioned.
    #[n(0)]
    pub resource_id: Option<ResourceId>,
    /// The order that had bought the term.
    #[n(1)]
    pub base_order_id: OrderId,
    /// What was paid for it that can go back: without cash coupons that stay.
    #[n(2)]
    pub paid: Money,
    /// What is kept because it was used.
    #[n(3)]
    pub consumed: Money,
    /// What is kept as a fee.
    #[n(4)]
    pub fee: Money,
}

/// A line of an order: so many of one product for a term.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OrderLine {
    /// What.
    #[n(0)]
    pub product: Product,
    /// For how long. Absent where something is given back.
    #[n(1)]
    pub term: Option<Term>,
    /// How many.
    #[n(2)]
    pub subscription_num: u32,
    /// List price; negative where something is given back.
    #[n(3)]
    pub official_amount: Money,
    /// From when.
    #[n(4)]
    pub effective_time: Option<Timestamp>,
    /// Until when.
    #[n(5)]
    pub expire_time: Option<Timestamp>,
    /// Its share of each part that was paid, or that went back.
    #[n(6)]
    pub shares: Vec<Money>,
    /// The resources that it is about, once they are known.
    #[n(7)]
    pub resource_ids: Vec<ResourceId>,
    /// What became of it.
    #[n(8)]
    pub state: LineState,
    /// The line whose resource this one's is attached to.
    #[n(9)]
    pub attached_to: Option<u32>,
    /// The child of a combined order that it belongs to.
    #[n(10)]
    pub child: Option<u32>,
    /// What is given back by it.
    #[n(11)]
    pub refund: Option<LineRefund>,
    /// Whether what it provides renews itself.
    #[n(12)]
    pub renews_itself: bool,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Order {
    /// Identity.
    #[n(0)]
    pub order_id: OrderId,
    /// Whose it is.
    #[n(1)]
    pub customer_id: CustomerId,
    /// Whose customer that was when it was placed: the clearing account is this partner's.
    #[n(2)]
    pub partner_id: PartnerId,
    /// What it is for.
    #[n(3)]
    pub order_type: OrderType,
    /// Who placed it.
    #[n(4)]
    pub source_type: OrderSource,
    /// The stored status; [`Order::status_at`] says what it is at a time.
    #[n(5)]
    pub status: OrderStatus,
    /// When it was placed.
    #[n(6)]
    pub create_time: Timestamp,
    /// Until when it can be paid.
    #[n(7)]
    pub pending_payment_end_time: Timestamp,
    /// When it was paid, or its refund made.
    #[n(8)]
    pub payment_time: Option<Timestamp>,
    /// Its lines.
    #[n(9)]
    pub lines: Vec<OrderLine>,
    /// The discounts that it can be paid with.
    #[n(10)]
    pub discounts: Vec<OrderDiscount>,
    /// The one that it was paid with, by its place.
    #[n(11)]
    pub discount: Option<u32>,
    /// What it was paid with, or what went back.
    #[n(12)]
    pub parts: Vec<PaidPart>,
    /// The children of a combined order.
    #[n(13)]
    pub children: Vec<OrderId>,
    /// Coupons that it keeps locked while it waits for payment.
    #[n(14)]
    pub locked_coupons: Vec<CouponId>,
    /// Who placed it, by name.
    #[n(15)]
    pub user_name: Option<String>,
    /// The partner that the customer has asked to pay.
    #[n(16)]
    pub asked_to_pay: Option<PartnerId>,
    /// The partner that has paid.
    #[n(17)]
    pub paid_by: Option<PartnerId>,
    /// Whether it is to be paid as soon as it can be.
    #[n(18)]
    pub auto_pay: bool,
    /// The master of an enterprise that pays it for a member, since it was handed to it or paid.
    #[n(19)]
    pub agent: Option<CustomerId>,
}

/// The sums of an order or of some of its lines, as `amount_info` has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// List price.
    pub official: Money,
    /// After the discount, before coupons and cards.
    pub after_discount: Money,
    /// The discount, if there is one, by its kind in amounts.
    pub discount: Option<(String, Money)>,
    /// Paid by cash coupons.
    pub coupon: Money,
    /// Paid by flexi-purchase coupons.
    pub flexi_coupon: Money,
    /// Paid by cards.
    pub stored_card: Money,
    /// Kept as fees, where something is given back.
    pub fee: Option<Money>,
    /// Kept because it was used, where something is given back.
    pub consumed: Option<Money>,
}

impl Order {
    /// Whether it gives something back.
    pub fn gives_back(&self) -> bool {
        matches!(self.order_type, OrderType::Unsubscription | OrderType::ToOnDemand)
    }

    /// Whether a customer may see it: it is its own, or that of a member that it pays.
    pub fn is_shown_to(&self, customer: &CustomerId) -> bool {
        self.customer_id == *customer || self.agent.as_ref() == Some(customer)
    }

    /// Who pays it, or has, if that is not its customer: the partner, or the master of its customer's
    /// enterprise.
    pub fn payer(&self) -> Option<CustomerId> {
        let partner = self.paid_by.as_ref().map(CustomerId::of_account);
        partner.or_else(|| self.agent.clone())
    }

    /// The status at a time: an order that was not paid by its deadline is cancelled.
    pub fn status_at(&self, now: Timestamp) -> OrderStatus {
        match self.status {
            OrderStatus::PendingPayment | OrderStatus::PendingApproval
                if self.pending_payment_end_time <= now =>
            {
                OrderStatus::Cancelled
            }
            status => status,
        }
    }

    /// Identity of a line.
    pub fn line_id(&self, line: usize) -> String {
        format!("{}-{:06}", self.order_id, line.saturating_add(1))
    }

    /// The order that a line is shown under: the child that it belongs to, or this one.
    pub fn order_of_line(&self, line: &OrderLine) -> &OrderId {
        let child = line.child.and_then(|child| usize::try_from(child).ok());
        child.and_then(|child| self.children.get(child)).unwrap_or(&self.order_id)
    }

    /// The discount that it was paid with, and before that the one that it must be paid with.
    pub fn chosen_discount(&self) -> Option<&OrderDiscount> {
        match self.discount {
            Some(place) => self.discounts.get(usize::try_from(place).ok()?),
            None => self.discounts.iter().find(|it| it.kind == DiscountKind::PriceAdjustment),
        }
    }

    /// The discount that a payment uses: the one asked for, or the partner's price, which must be.
    ///
    /// # Errors
    /// [`Reason::DiscountUnusable`] for one that this order was not offered.
    pub fn choose(&self, asked: Option<(&str, DiscountKind)>) -> Result<Option<u32>, Reason> {
        let place = |is: &dyn Fn(&OrderDiscount) -> bool| {
            self.discounts.iter().zip(0..).find_map(|(it, place)| is(it).then_some(place))
        };
        let compulsory = place(&|it| it.kind == DiscountKind::PriceAdjustment);
        match (asked, compulsory) {
            (None, compulsory) => Ok(compulsory),
            (Some(_), Some(_)) => Err(Reason::DiscountUnusable),
            (Some((id, kind)), None) => {
                place(&|it| it.discount_id == id && it.kind == kind && kind.is_payable())
                    .map(Some)
                    .ok_or(Reason::DiscountUnusable)
            }
        }
    }

    /// The discount that is used when nobody chooses: the one that must be, or the largest of the
    /// commercial ones and the partner's. Among equals a commercial one comes first.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn best_discount(&self) -> Result<Option<u32>, Reason> {
        let compulsory = self.choose(None)?;
        if compulsory.is_some() {
            return Ok(compulsory);
        }
        let mut best: Option<(u32, Money, bool)> = None;
        for (discount, place) in self.discounts.iter().zip(0..) {
            let is_commercial = discount.kind == DiscountKind::Commercial;
            if !is_commercial && discount.kind != DiscountKind::Partner {
                continue;
            }
            let total = discount.total()?;
            let is_better = best.is_none_or(|(_, most, commercial)| {
                total > most || (total == most && is_commercial && !commercial)
            });
            if is_better {
                best = Some((place, total, is_commercial));
            }
        }
        Ok(best.map(|(place, ..)| place))
    }

    /// What each line costs with a discount.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn prices(&self, discount: Option<u32>) -> Result<Vec<Money>, Reason> {
        let discount = discount.and_then(|place| usize::try_from(place).ok());
        let discount = discount.and_then(|place| self.discounts.get(place));
        let price = |(line, place): (&OrderLine, usize)| {
            let off = discount.and_then(|discount| discount.amounts.get(place));
            let price = line.official_amount.checked_sub(off.copied().unwrap_or(Money::ZERO));
            price.map_err(|_| Reason::AmountTooLarge)
        };
        self.lines.iter().zip(0..).map(price).collect()
    }

    /// The ratio of each line's price with a discount to its list price is at least `ratio` in one
    /// of them. Of a free line it is all.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn any_ratio_from(&self, discount: Option<u32>, ratio: Quantity) -> Result<bool, Reason> {
        let prices = self.prices(discount)?;
        let reaches = |(line, price): (&OrderLine, &Money)| {
            line.official_amount.times(ratio).is_ok_and(|least| *price >= least)
        };
        Ok(self.lines.iter().zip(&prices).any(reaches))
    }

    /// The sums of lines: of all, or of those of one child.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn amounts(&self, of: impl Fn(&OrderLine) -> bool) -> Result<Amounts, Reason> {
        let discount = self.chosen_discount();
        let mut amounts = Amounts::none(self.gives_back());
        let mut off = Money::ZERO;
        let add = |sum: &mut Money, amount: Money| {
            *sum = sum.checked_add(amount).map_err(|_| Reason::AmountTooLarge)?;
            Ok::<_, Reason>(())
        };
        for (place, line) in self.lines.iter().enumerate().filter(|(_, line)| of(line)) {
            add(&mut amounts.official, line.official_amount)?;
            let less = discount.and_then(|discount| discount.amounts.get(place)).copied();
            add(&mut off, less.unwrap_or(Money::ZERO))?;
            if let Some(refund) = &line.refund {
                amounts.fee.as_mut().map_or(Ok(()), |sum| add(sum, refund.fee))?;
                amounts.consumed.as_mut().map_or(Ok(()), |sum| add(sum, refund.consumed))?;
            }
            for (part, share) in self.parts.iter().zip(&line.shares) {
                match part.kind {
                    PartKind::CashCoupon => add(&mut amounts.coupon, *share)?,
                    PartKind::FlexiCoupon => add(&mut amounts.flexi_coupon, *share)?,
                    PartKind::StoredCard => add(&mut amounts.stored_card, *share)?,
                    PartKind::Cash | PartKind::Credit => {}
                }
            }
        }
        amounts.discount = discount.map(|discount| (discount.discount_type.clone(), off));
        let after = amounts.official.checked_sub(off).map_err(|_| Reason::AmountTooLarge)?;
        amounts.after_discount = after;
        Ok(amounts.with_two_decimals())
    }

    /// What was paid for a line, part by part.
    pub fn parts_of(&self, line: &OrderLine) -> Vec<PaidPart> {
        let parts = self.parts.iter().zip(&line.shares);
        parts
            .filter(|(_, share)| share.is_positive())
            .map(|(part, share)| PaidPart { amount: *share, ..part.clone() })
            .collect()
    }
}

impl DiscountKind {
    /// Whether a payment can ask for it.
    pub fn is_payable(self) -> bool {
        matches!(self, Self::Promotion | Self::Commercial | Self::Partner)
    }
}

impl Amounts {
    fn none(gives_back: bool) -> Self {
        let zero = gives_back.then_some(Money::ZERO);
        Self {
            official: Money::ZERO,
            after_discount: Money::ZERO,
            discount: None,
            coupon: Money::ZERO,
            flexi_coupon: Money::ZERO,
            stored_card: Money::ZERO,
            fee: zero,
            consumed: zero,
        }
    }

    fn with_two_decimals(self) -> Self {
        let two = Money::at_least_two_decimals;
        Self {
            official: two(self.official),
            after_discount: two(self.after_discount),
            discount: self.discount.map(|(kind, amount)| (kind, two(amount))),
            coupon: two(self.coupon),
            flexi_coupon: two(self.flexi_coupon),
            stored_card: two(self.stored_card),
            fee: self.fee.map(two),
            consumed: self.consumed.map(two),
        }
    }
}

/// Until when an order can be paid that is placed now: seven days, or until the first of the ends
/// that move it forward, those of a promotion or a discount coupon that was chosen.
pub fn payment_deadline(now: Timestamp, ends: impl IntoIterator<Item = Timestamp>) -> Timestamp {
    let usual = term::plus_days(now, PAYMENT_DAYS);
    ends.into_iter().fold(usual, Timestamp::min)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::resource::tests::resource;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn yuan(text: &str) -> Money {
        text.parse().expect(text)
    }

    fn line(official: &str) -> OrderLine {
        OrderLine {
            product: resource().product,
            term: Some(Term::months(1)),
            subscription_num: 1,
            official_amount: yuan(official),
            effective_time: None,
            expire_time: None,
            shares: Vec::new(),
            resource_ids: Vec::new(),
            state: LineState::Open,
            attached_to: None,
            child: None,
            refund: None,
            renews_itself: false,
        }
    }

    pub(crate) fn discount(id: &str, kind: DiscountKind, amounts: &[&str]) -> OrderDiscount {
        OrderDiscount {
            discount_id: id.to_owned(),
            kind,
            discount_type: "605".to_owned(),
            mode: DiscountMode::Ratio,
            value: "0.8".to_owned(),
            amounts: amounts.iter().map(|text| yuan(text)).collect(),
            ends: None,
        }
    }

    /// An order of two lines, of 100 and of 50.
    pub(crate) fn order() -> Order {
        Order {
            order_id: "CS1811262312AAAAA".parse().expect("id"),
            customer_id: "c".parse().expect("id"),
            partner_id: "p".parse().expect("id"),
            order_type: OrderType::Subscription,
            source_type: OrderSource::Customer,
            status: OrderStatus::PendingPayment,
            create_time: time("2018-11-26T15:12:32Z"),
            pending_payment_end_time: time("2018-12-03T15:12:32Z"),
            payment_time: None,
            lines: vec![line("100"), line("50")],
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
        }
    }

    #[test]
    fn the_deadline_is_a_week_away_or_where_what_was_chosen_ends() {
        // Placed 2018-11-26 23:12:32 in GMT+8.
        let placed = time("2018-11-26T15:12:32Z");
        assert_eq!(payment_deadline(placed, []), time("2018-12-03T15:12:32Z"));
        let coupon_ends = time("2018-11-30T15:59:59Z");
        assert_eq!(payment_deadline(placed, [coupon_ends]), coupon_ends);
        assert_eq!(payment_deadline(placed, [Timestamp::MAX]), time("2018-12-03T15:12:32Z"));
    }

    #[test]
    fn an_overdue_order_is_cancelled_to_the_second() {
        use OrderStatus::{Cancelled, Completed, PendingApproval, PendingPayment, Processing};
        for (status, now, answer) in [
            (PendingPayment, "2018-12-03T15:12:31Z", PendingPayment),
            (PendingPayment, "2018-12-03T15:12:32Z", Cancelled),
            (PendingApproval, "2018-12-03T15:12:32Z", Cancelled),
            (Processing, "2019-12-03T15:12:32Z", Processing),
            (Completed, "2019-12-03T15:12:32Z", Completed),
        ] {
            let order = Order { status, ..order() };
            assert_eq!(order.status_at(time(now)), answer, "{status:?} {now}");
        }
    }

    #[test]
    fn a_payment_uses_what_it_asks_for_and_the_partners_price_always() {
        use DiscountKind::{Commercial, Contract, Partner, PriceAdjustment, Promotion};
        let offered = Order {
            discounts: vec![
                discount("a", Contract, &["1", "1"]),
                discount("b", Commercial, &["20", "10"]),
                discount("c", Partner, &["30", "0"]),
                discount("d", Promotion, &["40", "0"]),
            ],
            ..order()
        };
        for (asked, answer) in [
            (None, Ok(None)),
            (Some(("b", Commercial)), Ok(Some(1))),
            (Some(("c", Partner)), Ok(Some(2))),
            (Some(("d", Promotion)), Ok(Some(3))),
            (Some(("b", Partner)), Err(Reason::DiscountUnusable)),
            (Some(("a", Contract)), Err(Reason::DiscountUnusable)),
            (Some(("x", Commercial)), Err(Reason::DiscountUnusable)),
        ] {
            assert_eq!(offered.choose(asked), answer, "{asked:?}");
        }
        // On a tie the commercial one; a promotion never competes.
        assert_eq!(offered.best_discount(), Ok(Some(1)));
        assert_eq!(offered.prices(Some(1)), Ok(vec![yuan("80"), yuan("40")]));
        assert_eq!(order().best_discount(), Ok(None));
        let mut priced = offered;
        priced.discounts.push(discount("e", PriceAdjustment, &["1", "0"]));
        assert_eq!(priced.choose(None), Ok(Some(4)));
        assert_eq!(priced.best_discount(), Ok(Some(4)));
        assert_eq!(priced.choose(Some(("b", Commercial))), Err(Reason::DiscountUnusable));
        // What it costs is known before it is paid.
        assert_eq!(priced.amounts(|_| true).expect("sums").after_discount, yuan("149"));
    }

    #[test]
    fn sums_are_before_coupons_and_by_what_paid() {
        let part = |kind, account: &str, amount: &str| PaidPart {
            kind,
            account: account.parse().expect(account),
            amount: yuan(amount),
        };
        let mut paid = Order {
            discounts: vec![discount("b", DiscountKind::Commercial, &["20", "10"])],
            discount: Some(0),
            parts: vec![part(PartKind::CashCoupon, "Kk", "30"), part(PartKind::Cash, "Cc", "90")],
            ..order()
        };
        paid.lines[0].shares = vec![yuan("20"), yuan("60")];
        paid.lines[1].shares = vec![yuan("10"), yuan("30")];
        paid.lines[1].child = Some(0);
        let all = paid.amounts(|_| true).expect("sums");
        assert_eq!((all.official, all.after_discount), (yuan("150"), yuan("120")));
        assert_eq!(all.discount, Some(("605".to_owned(), yuan("30"))));
        assert_eq!((all.coupon, all.stored_card), (yuan("30"), yuan("0")));
        assert_eq!((all.fee, all.consumed), (None, None));
        let child = paid.amounts(|line| line.child == Some(0)).expect("sums");
        assert_eq!((child.official, child.after_discount), (yuan("50"), yuan("40")));
        assert_eq!(child.coupon.to_string(), "10.00");
        let cash: Vec<Money> = paid.parts_of(&paid.lines[0]).iter().map(|it| it.amount).collect();
        assert_eq!(cash, [yuan("20"), yuan("60")]);
    }

    #[test]
    fn a_least_ratio_is_reached_by_any_line() {
        let offered = Order {
            discounts: vec![discount("b", DiscountKind::Commercial, &["50", "5"])],
            ..order()
        };
        let ratio = |text: &str| text.parse::<Quantity>().expect(text);
        assert_eq!(offered.any_ratio_from(Some(0), ratio("0.9")), Ok(true));
        assert_eq!(offered.any_ratio_from(Some(0), ratio("0.91")), Ok(false));
        assert_eq!(offered.any_ratio_from(None, ratio("1")), Ok(true));
    }

    #[test]
    fn lines_and_orders_have_names_and_read_back() {
        let mut combined = order();
        combined.children = vec!["CS1811262312BBBBB".parse().expect("id")];
        combined.lines[1].child = Some(0);
        assert_eq!(combined.line_id(0), "CS1811262312AAAAA-000001");
        assert_eq!(combined.order_of_line(&combined.lines[0]), &combined.order_id);
        assert_eq!(combined.order_of_line(&combined.lines[1]), &combined.children[0]);
        let bytes = minicbor::to_vec(&combined).expect("encodes");
        assert_eq!(minicbor::decode::<Order>(&bytes).expect("decodes"), combined);
    }
}
