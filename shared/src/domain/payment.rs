//! How an order is paid: which of a customer's money and coupons pay how much of which line.
//!
//! A price is paid by what was chosen for it, at most three coupons or cards, then by cash, then by
//! credit, the credit that expires first before the other. All of it is covered, or nothing moves.
//! Each part is one transfer from its account to the cloud's clearing account, and each line of the
//! order has its share of each part: what a refund of that line gives back.

use crate::domain::account::AccountId;
use crate::domain::error::Reason;
use crate::value::code::codes;
use crate::value::money::{Money, MoneyError, Quantity};
use minicbor::{Decode, Encode};

codes! {
    /// What a part was paid with: as `PayOrders` numbers coupons and cards, and then the balances.
    PartKind: integer {
        /// A cash coupon.
        CashCoupon = 301,
        /// A flexi-purchase coupon.
        FlexiCoupon = 302,
        /// A stored-value card.
        StoredCard = 303,
        /// Cash.
        Cash = 1,
        /// Credit.
        Credit = 2,
    }
}

impl PartKind {
    /// Whether a payment names it: coupons and cards.
    pub fn is_chosen(self) -> bool {
        matches!(self, Self::CashCoupon | Self::FlexiCoupon | Self::StoredCard)
    }
}

/// One part of what was paid.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PaidPart {
    /// With what.
    #[n(0)]
    pub kind: PartKind,
    /// The account that it left.
    #[n(1)]
    pub account: AccountId,
    /// How much, above zero.
    #[n(2)]
    pub amount: Money,
}

/// Something that can pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is.
    pub kind: PartKind,
    /// Its account.
    pub account: AccountId,
    /// What it holds.
    pub balance: Money,
    /// For each line of the order, whether it may pay that. Absent: all of them.
    pub lines: Option<Vec<bool>>,
    /// The largest share of the whole price that it may pay. Absent: all of it.
    pub share_max: Option<Quantity>,
}

impl Source {
    fn may_pay(&self, line: usize) -> bool {
        self.lines.as_ref().is_none_or(|lines| lines.get(line).copied().unwrap_or(false))
    }

    /// The whole fen that it may pay of a price.
    fn payable(&self, price: Money) -> Result<i128, Reason> {
        let held = whole_fen(self.balance)?;
        let Some(share) = self.share_max else {
            return Ok(held);
        };
        let most = price.times(share).map_err(|_: MoneyError| Reason::AmountTooLarge)?;
        Ok(held.min(whole_fen(most)?))
    }
}

/// What pays an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payment {
    /// The parts, in the order in which they were taken.
    pub parts: Vec<PaidPart>,
    /// For each line its share of each part.
    pub shares: Vec<Vec<Money>>,
}

/// Pays lines of these prices from sources, in their order.
///
/// # Errors
/// [`Reason::InsufficientBalance`] when the sources do not cover the prices, and
/// [`Reason::AmountTooLarge`] for a price that is below zero, no whole number of fen or too large.
pub fn pay(prices: &[Money], sources: &[Source]) -> Result<Payment, Reason> {
    let mut due = prices.iter().map(|price| fen(*price)).collect::<Result<Vec<i128>, _>>()?;
    let price = money(due.iter().sum())?;
    let mut payment = Payment { parts: Vec::new(), shares: vec![Vec::new(); prices.len()] };
    for source in sources {
        let may_pay: Vec<i128> = due
            .iter()
            .enumerate()
            .map(|(line, due)| if source.may_pay(line) { *due } else { 0 })
            .collect();
        let amount = source.payable(price)?.min(may_pay.iter().sum());
        if amount == 0 {
            continue;
        }
        let shares = shared(amount, &may_pay);
        for ((due, shares_of), share) in due.iter_mut().zip(&mut payment.shares).zip(shares) {
            *due -= share;
            shares_of.push(money(share)?);
        }
        let (kind, account) = (source.kind, source.account.clone());
        payment.parts.push(PaidPart { kind, account, amount: money(amount)? });
    }
    if due.iter().all(|due| *due == 0) { Ok(payment) } else { Err(Reason::InsufficientBalance) }
}

/// Shares an amount in proportion to weights, in whole fen. No share is larger than its weight as
/// long as the amount is not larger than all of them together; what does not divide goes to the
/// first that have room.
///
/// # Errors
/// [`Reason::AmountTooLarge`] for anything that is below zero, no whole number of fen or too large.
pub fn share(amount: Money, weights: &[Money]) -> Result<Vec<Money>, Reason> {
    let weights = weights.iter().map(|weight| fen(*weight)).collect::<Result<Vec<i128>, _>>()?;
    shared(fen(amount)?, &weights).into_iter().map(money).collect()
}

fn shared(amount: i128, weights: &[i128]) -> Vec<i128> {
    let total: i128 = weights.iter().sum();
    if total == 0 {
        // Nothing to go by: the first has it all.
        return (0..weights.len()).map(|index| if index == 0 { amount } else { 0 }).collect();
    }
    let mut shares: Vec<i128> = weights.iter().map(|weight| amount * weight / total).collect();
    let mut rest = amount - shares.iter().sum::<i128>();
    for (share, weight) in shares.iter_mut().zip(weights) {
        // An amount larger than all weights has no bounds to keep to.
        let room = if amount > total { rest } else { *weight - *share };
        let more = rest.min(room);
        *share += more;
        rest -= more;
    }
    shares
}

/// An amount in fen.
///
/// # Errors
/// [`Reason::AmountTooLarge`] for one below zero or with parts of a fen.
pub(crate) fn fen(amount: Money) -> Result<i128, Reason> {
    let whole = whole_fen(amount)?;
    if money(whole)? == amount { Ok(whole) } else { Err(Reason::AmountTooLarge) }
}

/// The whole fen of a balance.
fn whole_fen(amount: Money) -> Result<i128, Reason> {
    if amount.is_negative() {
        return Err(Reason::AmountTooLarge);
    }
    amount.whole_fen().ok_or(Reason::AmountTooLarge)
}

/// So many fen.
pub(crate) fn money(fen: i128) -> Result<Money, Reason> {
    Money::of_fen(fen).map_err(|_: MoneyError| Reason::AmountTooLarge)
}

/// The sum of amounts.
///
/// # Errors
/// [`Reason::AmountTooLarge`].
pub fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, Reason> {
    let add = |sum: Money, amount| sum.checked_add(amount).map_err(|_| Reason::AmountTooLarge);
    let sum = amounts.into_iter().try_fold(Money::ZERO, add)?;
    Ok(sum.at_least_two_decimals())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn yuan(text: &str) -> Money {
        text.parse().expect(text)
    }

    fn source(kind: PartKind, account: &str, balance: &str) -> Source {
        let account = account.parse().expect(account);
        Source { kind, account, balance: yuan(balance), lines: None, share_max: None }
    }

    fn paid(payment: &Payment) -> Vec<(i64, String)> {
        let part = |part: &PaidPart| (part.kind.code(), part.amount.to_string());
        payment.parts.iter().map(part).collect()
    }

    #[test]
    fn coupon_then_card_then_cash_then_credit() {
        // Price 100 at a ratio of 0.8: due are 80, of which 60 are money.
        let sources = [
            source(PartKind::CashCoupon, "Kk", "20"),
            source(PartKind::StoredCard, "Vv", "10"),
            source(PartKind::Cash, "Cc", "70"),
            source(PartKind::Credit, "Ec~-", "70"),
        ];
        let payment = pay(&[yuan("80")], &sources).expect("pays");
        let expected = [(301, "20.00"), (303, "10.00"), (1, "50.00")];
        assert_eq!(paid(&payment), expected.map(|(kind, text)| (kind, text.to_owned())));
        let dear = pay(&[yuan("150")], &sources).expect("pays");
        assert_eq!(dear.parts.last().expect("a part").amount, yuan("50"));
        let shares: Money = sum(dear.shares[0].iter().copied()).expect("a sum");
        assert_eq!(shares, yuan("150"));
    }

    #[test]
    fn nothing_is_paid_when_a_fen_is_missing() {
        let sources = [source(PartKind::Cash, "Cc", "79.99")];
        assert_eq!(pay(&[yuan("80")], &sources), Err(Reason::InsufficientBalance));
        assert_eq!(pay(&[yuan("80")], &[]), Err(Reason::InsufficientBalance));
        // A balance may have parts of a fen, which pay nothing.
        let sources = [source(PartKind::Cash, "Cc", "79.999")];
        assert_eq!(pay(&[yuan("80")], &sources), Err(Reason::InsufficientBalance));
        assert_eq!(
            pay(&[yuan("0")], &[]),
            Ok(Payment { shares: vec![vec![]], ..Payment::default() })
        );
        for odd in ["-1", "0.001"] {
            assert_eq!(pay(&[yuan(odd)], &sources), Err(Reason::AmountTooLarge), "{odd}");
        }
    }

    #[test]
    fn a_coupon_pays_the_lines_that_it_is_for() {
        let coupon = Source {
            lines: Some(vec![false, true, true]),
            ..source(PartKind::CashCoupon, "Kk", "10")
        };
        let cash = source(PartKind::Cash, "Cc", "100");
        let payment = pay(&[yuan("5"), yuan("4"), yuan("12")], &[coupon, cash]).expect("pays");
        let shares: Vec<Vec<String>> = payment
            .shares
            .iter()
            .map(|shares| shares.iter().map(Money::to_string).collect())
            .collect();
        assert_eq!(shares, [["0.00", "5.00"], ["2.50", "1.50"], ["7.50", "4.50"]]);
    }

    #[test]
    fn a_coupon_pays_its_share_of_the_price_at_most() {
        for (share, price, expected) in [
            ("0.3", "80", &[(302, "24.00"), (1, "56.00")][..]),
            ("1", "80", &[(302, "50.00"), (1, "30.00")]),
            // What is no whole fen is not paid.
            ("0.333", "0.10", &[(302, "0.03"), (1, "0.07")]),
            ("0.001", "0.10", &[(1, "0.10")]),
        ] {
            let coupon = Source {
                share_max: Some(share.parse().expect("a share")),
                ..source(PartKind::FlexiCoupon, "Kk", "50")
            };
            let cash = source(PartKind::Cash, "Cc", "100");
            let payment = pay(&[yuan(price)], &[coupon, cash]).expect("pays");
            let expected: Vec<(i64, String)> =
                expected.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect();
            assert_eq!(paid(&payment), expected, "{share} of {price}");
        }
    }

    #[test]
    fn what_does_not_divide_goes_to_the_first_with_room() {
        let shares = |amount: &str, weights: &[&str]| {
            let weights: Vec<Money> = weights.iter().map(|text| yuan(text)).collect();
            let shares = share(yuan(amount), &weights).expect("shares");
            shares.iter().map(Money::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shares("1", &["1", "1", "1"]), "0.34 0.33 0.33");
        assert_eq!(shares("0.02", &["0", "0.01", "0.01"]), "0.00 0.01 0.01");
        assert_eq!(shares("5", &["1", "1"]), "2.50 2.50");
        assert_eq!(shares("5", &["0", "0"]), "5.00 0.00");
        assert_eq!(shares("0", &["1"]), "0.00");
    }

    fn amounts(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<i128>> {
        proptest::collection::vec(0..1_000_000_000_000_i128, count)
    }

    proptest! {
        #[test]
        fn shares_come_to_the_amount_and_none_beyond_its_weight(
            weights in amounts(1..8),
            part in 0..=1_000_000_i128,
        ) {
            let total: i128 = weights.iter().sum();
            let amount = total * part / 1_000_000;
            let shares = shared(amount, &weights);
            prop_assert_eq!(shares.iter().sum::<i128>(), amount);
            prop_assert!(shares.iter().zip(&weights).all(|(share, weight)| share <= weight));
            prop_assert!(shares.iter().all(|share| *share >= 0));
        }

        #[test]
        fn parts_shares_and_prices_agree(prices in amounts(1..6), held in amounts(0..5)) {
            let sources: Vec<Source> = held
                .iter()
                .zip(0..)
                .map(|(held, place)| Source {
                    kind: PartKind::Cash,
                    account: format!("Cc{place}").parse().expect("an account"),
                    balance: money(*held).expect("money"),
                    lines: None,
                    share_max: None,
                })
                .collect();
            let due: Vec<Money> = prices.iter().map(|fen| money(*fen).expect("money")).collect();
            let (total, all): (i128, i128) = (prices.iter().sum(), held.iter().sum());
            match pay(&due, &sources) {
                Ok(payment) => {
                    let parts = sum(payment.parts.iter().map(|part| part.amount)).expect("sum");
                    prop_assert_eq!(parts, money(total).expect("money"));
                    for (price, shares) in due.iter().zip(&payment.shares) {
                        prop_assert_eq!(sum(shares.iter().copied()).expect("sum"), *price);
                    }
                    for (index, part) in payment.parts.iter().enumerate() {
                        let shares = payment.shares.iter().map(|shares| shares[index]);
                        prop_assert_eq!(sum(shares).expect("sum"), part.amount);
                        prop_assert!(part.amount.is_positive());
                    }
                }
                Err(reason) => {
                    prop_assert_eq!(reason, Reason::InsufficientBalance);
                    prop_assert!(all < total);
                }
            }
        }
    }
}
