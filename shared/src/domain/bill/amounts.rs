//! What a line of a bill, or a sum of lines, comes to: part by part and exact.

use super::{AccountDetail, BalanceType, FeeRecord};
use crate::domain::error::Reason;
use crate::domain::payment::{PaidPart, PartKind};
use crate::value::money::Money;
use minicbor::{Decode, Encode};

/// Amounts in yuan. Of every line and every sum
///
/// - the list price is the discount, what was cut off and what was consumed;
/// - what was consumed is the sum of the parts that paid for it, of what is still owed and of what
///   was written off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BillAmounts {
    /// List price.
    #[n(0)]
    pub official: Money,
    /// Discount.
    #[n(1)]
    pub discount: Money,
    /// Cut off to take whole fen.
    #[n(2)]
    pub erase: Money,
    /// What is to be paid, coupons included.
    #[n(3)]
    pub consume: Money,
    /// Paid in cash.
    #[n(4)]
    pub cash: Money,
    /// Paid on credit.
    #[n(5)]
    pub credit: Money,
    /// Paid with cash coupons.
    #[n(6)]
    pub coupon: Money,
    /// Paid with flexi-purchase coupons.
    #[n(7)]
    pub flexi_coupon: Money,
    /// Paid with stored-value cards.
    #[n(8)]
    pub stored_card: Money,
    /// Paid with bonus.
    #[n(9)]
    pub bonus: Money,
    /// Still owed.
    #[n(10)]
    pub debt: Money,
    /// Written off.
    #[n(11)]
    pub writeoff: Money,
}

impl BillAmounts {
    /// Nothing.
    pub const ZERO: Self = Self {
        official: Money::ZERO,
        discount: Money::ZERO,
        erase: Money::ZERO,
        consume: Money::ZERO,
        cash: Money::ZERO,
        credit: Money::ZERO,
        coupon: Money::ZERO,
        flexi_coupon: Money::ZERO,
        stored_card: Money::ZERO,
        bonus: Money::ZERO,
        debt: Money::ZERO,
        writeoff: Money::ZERO,
    };

    /// What was paid with these parts, at a list price that is cheaper by the discount.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn paid(parts: &[PaidPart], discount: Money) -> Result<Self, Reason> {
        let mut paid = Self { discount, official: discount, ..Self::ZERO };
        for part in parts {
            paid.add_part(part.kind, part.amount)?;
        }
        Ok(paid)
    }

    /// Adds what was paid with one kind of money: it is due as well, and part of the price.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn add_part(&mut self, kind: PartKind, amount: Money) -> Result<(), Reason> {
        let part = match kind {
            PartKind::CashCoupon => &mut self.coupon,
            PartKind::FlexiCoupon => &mut self.flexi_coupon,
            PartKind::StoredCard => &mut self.stored_card,
            PartKind::Cash => &mut self.cash,
            PartKind::Credit => &mut self.credit,
        };
        *part = total(*part, amount)?;
        self.consume = total(self.consume, amount)?;
        self.official = total(self.official, amount)?;
        Ok(())
    }

    /// The same amounts with the opposite sign.
    pub fn negated(&self) -> Self {
        Self {
            official: self.official.negated(),
            discount: self.discount.negated(),
            erase: self.erase.negated(),
            consume: self.consume.negated(),
            cash: self.cash.negated(),
            credit: self.credit.negated(),
            coupon: self.coupon.negated(),
            flexi_coupon: self.flexi_coupon.negated(),
            stored_card: self.stored_card.negated(),
            bonus: self.bonus.negated(),
            debt: self.debt.negated(),
            writeoff: self.writeoff.negated(),
        }
    }

    /// What it was paid with, as sums of a month say it: the kinds of balances with something.
    pub fn account_details(&self) -> Vec<AccountDetail> {
        [
            (BalanceType::Cash, self.cash),
            (BalanceType::Credit, self.credit),
            (BalanceType::Coupon, self.coupon),
            (BalanceType::FlexiPurchaseCoupon, self.flexi_coupon),
            (BalanceType::StoredValueCard, self.stored_card),
        ]
        .into_iter()
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(balance_type, amount)| AccountDetail {
            balance_type: Some(balance_type),
            amount: Some(amount),
            bill_type: None,
        })
        .collect()
    }

    /// The sum, part by part.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn plus(self, other: &Self) -> Result<Self, Reason> {
        Ok(Self {
            official: total(self.official, other.official)?,
            discount: total(self.discount, other.discount)?,
            erase: total(self.erase, other.erase)?,
            consume: total(self.consume, other.consume)?,
            cash: total(self.cash, other.cash)?,
            credit: total(self.credit, other.credit)?,
            coupon: total(self.coupon, other.coupon)?,
            flexi_coupon: total(self.flexi_coupon, other.flexi_coupon)?,
            stored_card: total(self.stored_card, other.stored_card)?,
            bonus: total(self.bonus, other.bonus)?,
            debt: total(self.debt, other.debt)?,
            writeoff: total(self.writeoff, other.writeoff)?,
        })
    }

    /// What was or will be paid in money: what is due without cash coupons.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn net(&self) -> Result<Money, Reason> {
        total(self.consume, self.coupon.negated())
    }

    /// The sum of the parts that what was consumed has.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn parts(&self) -> Result<Money, Reason> {
        [
            self.cash,
            self.credit,
            self.coupon,
            self.flexi_coupon,
            self.stored_card,
            self.bonus,
            self.debt,
            self.writeoff,
        ]
        .into_iter()
        .try_fold(Money::ZERO, total)
    }

    /// Whether both equations hold.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn check(&self) -> Result<bool, Reason> {
        let price = total(total(self.discount, self.erase)?, self.consume)?;
        Ok(price == self.official && self.parts()? == self.consume)
    }

    /// Whether every amount is zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl FeeRecord {
    /// The line with these amounts.
    pub fn with_amounts(self, amounts: &BillAmounts) -> Self {
        let unless_zero = |amount: Money| Some(amount).filter(|amount| !amount.is_zero());
        Self {
            official_amount: Some(amounts.official),
            official_discount_amount: Some(amounts.discount),
            erase_amount: Some(amounts.erase),
            payment_amount: Some(amounts.consume),
            cash_amount: Some(amounts.cash),
            credit_amount: Some(amounts.credit),
            coupon_amount: Some(amounts.coupon),
            flexipurchase_coupon_amount: Some(amounts.flexi_coupon),
            stored_value_card_amount: Some(amounts.stored_card),
            bonus_amount: unless_zero(amounts.bonus),
            debt_amount: Some(amounts.debt),
            writeoff_amount: Some(amounts.writeoff),
            ..self
        }
    }

    /// What is to be paid; of an imported line that does not say it, the sum of its parts.
    pub fn consumed(&self) -> Money {
        let parts = || self.paid_parts().parts().unwrap_or(Money::ZERO);
        self.payment_amount.unwrap_or_else(parts)
    }

    /// All amounts. What an imported line leaves out is what makes the equations hold, if that can
    /// be told, and else nothing.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn amounts(&self) -> Result<BillAmounts, Reason> {
        let discount = self.official_discount_amount.unwrap_or(Money::ZERO);
        let consume = self.consumed();
        let priced = total(discount, consume)?;
        let erase = match (self.erase_amount, self.official_amount) {
            (Some(erase), _) => erase,
            (None, Some(official)) => total(official, priced.negated())?,
            (None, None) => Money::ZERO,
        };
        let official = self.official_amount.map_or_else(|| total(priced, erase), Ok)?;
        Ok(BillAmounts { official, discount, erase, consume, ..self.paid_parts() })
    }

    fn paid_parts(&self) -> BillAmounts {
        let amount = |part: Option<Money>| part.unwrap_or(Money::ZERO);
        BillAmounts {
            cash: amount(self.cash_amount),
            credit: amount(self.credit_amount),
            coupon: amount(self.coupon_amount),
            flexi_coupon: amount(self.flexipurchase_coupon_amount),
            stored_card: amount(self.stored_value_card_amount),
            bonus: amount(self.bonus_amount),
            debt: amount(self.debt_amount),
            writeoff: amount(self.writeoff_amount),
            ..BillAmounts::ZERO
        }
    }
}

fn total(one: Money, other: Money) -> Result<Money, Reason> {
    one.checked_add(other).map_err(|_| Reason::AmountTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(text: &str) -> Money {
        text.parse().expect(text)
    }

    fn line(amounts: &str) -> FeeRecord {
        let line = format!(
            r#"{{"partner_id":"p","id":"f","bill_cycle":"2026-08","customer_id":"c"{amounts}}}"#
        );
        serde_json::from_str(&line).expect("a line")
    }

    #[test]
    fn what_a_line_leaves_out_is_what_makes_the_equations_hold() {
        for (given, official, erase, consume) in [
            ("", "0", "0", "0"),
            (r#","cash_amount":"3","debt_amount":"1""#, "4", "0", "4"),
            (
                r#","official_amount":"10.00000001","official_discount_amount":"2",
                  "payment_amount":"8","coupon_amount":"5","writeoff_amount":"3""#,
                "10.00000001",
                "0.00000001",
                "8",
            ),
            (
                r#","official_discount_amount":"2","erase_amount":"0.004","bonus_amount":"8""#,
                "10.004",
                "0.004",
                "8",
            ),
            (
                r#","official_amount":"-5","payment_amount":"-5","cash_amount":"-5""#,
                "-5",
                "0",
                "-5",
            ),
        ] {
            let amounts = line(given).amounts().expect("amounts");
            let expected = (yuan(official), yuan(erase), yuan(consume));
            assert_eq!((amounts.official, amounts.erase, amounts.consume), expected, "{given}");
            assert_eq!(amounts.check(), Ok(true), "{given}");
            assert_eq!(line(given).consumed(), amounts.consume);
        }
        let contradicting = line(r#","payment_amount":"2","cash_amount":"1""#);
        assert_eq!(contradicting.amounts().expect("amounts").check(), Ok(false));
    }

    #[test]
    fn a_payment_comes_to_its_price() {
        // 100 at a ratio of 0.8: coupon 20, card 10, cash 50.
        let parts =
            [(PartKind::CashCoupon, "20"), (PartKind::StoredCard, "10"), (PartKind::Cash, "50")];
        let parts = parts.map(|(kind, amount)| PaidPart {
            kind,
            account: "Cc".parse().expect("an account"),
            amount: yuan(amount),
        });
        let paid = BillAmounts::paid(&parts, yuan("20")).expect("amounts");
        assert_eq!(paid.check(), Ok(true));
        assert_eq!((paid.official, paid.consume), (yuan("100"), yuan("80")));
        assert_eq!(paid.net(), Ok(yuan("60")));
        let line = line("").with_amounts(&paid);
        assert_eq!(line.amounts(), Ok(paid));
        let back = paid.negated();
        assert_eq!(back.check(), Ok(true));
        assert!(paid.plus(&back).expect("a sum").is_zero());
        for wrong in [
            BillAmounts { official: yuan("100.01"), ..paid },
            BillAmounts { cash: yuan("50.01"), ..paid },
            BillAmounts { erase: yuan("0.00000001"), ..paid },
        ] {
            assert_eq!(wrong.check(), Ok(false), "{wrong:?}");
        }
    }

    #[test]
    fn sums_are_of_each_part() {
        let one = line(r#","official_amount":"3","payment_amount":"2","coupon_amount":"2""#);
        let other = line(r#","official_amount":"-1","payment_amount":"-1","cash_amount":"-1""#);
        let (one, other) = (one.amounts().expect("one"), other.amounts().expect("other"));
        let sum = one.plus(&other).expect("a sum");
        assert_eq!((sum.official, sum.erase, sum.consume), (yuan("2"), yuan("1"), yuan("1")));
        assert_eq!((sum.coupon, sum.cash, sum.net()), (yuan("2"), yuan("-1"), Ok(yuan("-1"))));
        assert!(!sum.is_zero() && BillAmounts::ZERO.is_zero());
        let bytes = minicbor::to_vec(sum).expect("encodes");
        assert_eq!(minicbor::decode::<BillAmounts>(&bytes).expect("decodes"), sum);
        let most = BillAmounts { cash: yuan("10000000000000"), ..BillAmounts::ZERO };
        assert_eq!(most.plus(&most), Err(Reason::AmountTooLarge));
    }
}
