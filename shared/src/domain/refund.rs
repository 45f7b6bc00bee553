//! What an unsubscription gives back of what was paid, and to whom.
//!
//! | case | consumed kept | fee | cash coupon back |
//! | --- | --- | --- | --- |
//! | in use, within five days of provisioning, and the customer's right not used up | no | no |
//! yes |
//! | in use otherwise | yes | yes | no |
//! | not begun: a renewed term, or what was never provisioned | no | no | yes |
//!
//! What is paid with flexi-purchase coupons, cards, cash and credit is money; a cash coupon is not.
//! Consumed are the hours used of the term's hours, both ends taken back to their hour, of the
//! money paid; the fee is a part of that money by the length of the term and the year of its use.
//! Both are rounded half up to the fen, and never come to more than the money. What is kept is
//! shared over the parts in proportion, what does not divide is taken from cash first, and every
//! other fen goes back into the part that it came from.

use crate::domain::account::AccountId;
use crate::domain::error::Reason;
use crate::domain::payment::{PaidPart, PartKind, fen, money, share, sum};
use crate::domain::term::{self, Term};
use crate::value::id::{CustomerId, PartnerId};
use crate::value::money::Money;
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How long after its provisioning a resource can be given back without a reason, in days.
pub const FREE_DAYS: u32 = 5;

/// So many resources a customer can give back without a reason in a calendar year of GMT+8.
pub const FREE_USES_PER_YEAR: u32 = 10;

/// What an unsubscription costs, in percent of the money paid, by the year of use. The last one of
/// a list is that of all later years.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeePercents {
    /// Of terms of three years and longer.
    #[n(0)]
    pub three_years: Vec<u32>,
    /// Of terms of two years.
    #[n(1)]
    pub two_years: Vec<u32>,
    /// Of all shorter ones.
    #[n(2)]
    pub shorter: Vec<u32>,
}

impl Default for FeePercents {
    /// The published ones.
    fn default() -> Self {
        Self { three_years: vec![15, 10, 5], two_years: vec![15, 10], shorter: vec![10] }
    }
}

impl FeePercents {
    /// Checks that each list has a percentage and none is above all.
    ///
    /// # Errors
    /// [`Reason::Field`].
    pub fn check(&self) -> Result<(), Reason> {
        for list in [&self.three_years, &self.two_years, &self.shorter] {
            if list.is_empty() || list.len() > 10 || list.iter().any(|percent| *percent > 100) {
                let fault = "must have 1 to 10 percentages from 0 to 100 for each length";
                return Err(Reason::field("fee_percents", fault));
            }
        }
        Ok(())
    }

    /// The percentage of a term in such a year of its use, from 1.
    pub fn of(&self, term: Term, year_of_use: usize) -> u32 {
        let tiers = match term.in_months().unwrap_or(0) {
            36.. => &self.three_years,
            24.. => &self.two_years,
            _ => &self.shorter,
        };
        let year = year_of_use.saturating_sub(1);
        tiers.get(year).or(tiers.last()).copied().unwrap_or(0)
    }
}

/// Which of the three cases an unsubscription of a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundCase {
    /// Without a reason, within five days.
    FiveDays,
    /// In use: what is consumed, and a fee, are kept.
    InUse {
        /// Hours used.
        used_hours: u64,
        /// Hours of the whole term, at least one.
        hours: u64,
        /// Percentage of the fee.
        fee_percent: u32,
    },
    /// Not begun.
    NotBegun,
}

impl RefundCase {
    /// The case of a term that began at `begin`, ends at `expire_time` and is unsubscribed now.
    /// `free` says whether the resource can be given back without a reason.
    pub fn of(
        term: Term,
        begin: Timestamp,
        expire_time: Timestamp,
        now: Timestamp,
        free: bool,
        fees: &FeePercents,
    ) -> Self {
        if now < begin {
            return Self::NotBegun;
        }
        if free {
            return Self::FiveDays;
        }
        let end = expire_time.next();
        let hours = term::whole_hours(begin, end).max(1);
        Self::InUse {
            used_hours: term::whole_hours(begin, now.min(end)).min(hours),
            hours,
            fee_percent: fees.of(term, term::year_of_use(begin, now)),
        }
    }
}

/// Whether a resource that was provisioned then can be given back without a reason, as long as the
/// customer has such a right left: to the second five days after.
pub fn within_free_days(provisioned_at: Timestamp, now: Timestamp, free_days: u32) -> bool {
    now <= term::plus_days(provisioned_at, free_days)
}

/// What becomes of what was paid for a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// What goes back, into the part that it came from; parts of nothing are left out.
    pub back: Vec<PaidPart>,
    /// What is kept because it was used, cash coupons included.
    pub consumed: Money,
    /// What is kept as a fee.
    pub fee: Money,
}

impl Refund {
    /// All that goes back.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn total(&self) -> Result<Money, Reason> {
        sum(self.back.iter().map(|part| part.amount))
    }

    /// What is kept of what was paid for a term, and what goes back.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`] for parts that are no whole fen.
    pub fn of(parts: &[PaidPart], case: RefundCase) -> Result<Self, Reason> {
        let RefundCase::InUse { used_hours, hours, fee_percent } = case else {
            let back = parts.iter().filter(|part| part.amount.is_positive()).cloned().collect();
            return Ok(Self { back, consumed: money(0)?, fee: money(0)? });
        };
        let is_money = |part: &&PaidPart| part.kind != PartKind::CashCoupon;
        let (mut paid, mut coupons) = (Vec::new(), 0);
        for part in parts {
            if is_money(&part) {
                paid.push(part);
            } else {
                coupons += fen(part.amount)?;
            }
        }
        let total = fen(sum(paid.iter().map(|part| part.amount))?)?;
        let consumed = half_up(total * i128::from(used_hours.min(hours)), i128::from(hours));
        let fee = half_up(total * i128::from(fee_percent), 100).min(total - consumed);
        let back = Self::back(&paid, total - consumed - fee)?;
        Ok(Self { back, consumed: money(consumed + coupons)?, fee: money(fee)? })
    }

    /// Shares what goes back over the parts of money. What does not divide goes to cash, as long
    /// as there is room.
    fn back(paid: &[&PaidPart], back: i128) -> Result<Vec<PaidPart>, Reason> {
        let cash_first = |part: &&&PaidPart| part.kind != PartKind::Cash;
        let mut ordered: Vec<&&PaidPart> = paid.iter().collect();
        ordered.sort_by_key(cash_first);
        let weights: Vec<Money> = ordered.iter().map(|part| part.amount).collect();
        let shares = share(money(back)?, &weights)?;
        let mut parts: Vec<PaidPart> = ordered
            .into_iter()
            .zip(shares)
            .filter(|(_, share)| share.is_positive())
            .map(|(part, amount)| PaidPart { amount, ..(*part).clone() })
            .collect();
        let place = |part: &PaidPart| paid.iter().position(|paid| paid.account == part.account);
        parts.sort_by_key(place);
        Ok(parts)
    }
}

/// A quotient, rounded half up to a whole number.
fn half_up(dividend: i128, divisor: i128) -> i128 {
    (2 * dividend + divisor) / (2 * divisor)
}

/// The account that a part goes back to: where it was paid from. What a customer paid with what a
/// partner had given it goes to that partner, once it no longer funds the customer.
pub fn receiver(
    paid_from: &AccountId,
    customer_id: &CustomerId,
    funded_by: Option<&PartnerId>,
) -> AccountId {
    match (paid_from, funded_by) {
        (AccountId::CustomerBalance(of), Some(partner)) if of == customer_id => {
            AccountId::PartnerBalance(partner.clone())
        }
        (account, _) => account.clone(),
    }
}

/// How many times the right of five days is used when these are given back: each main resource
/// with all that is bound to it once, and services that are given back by the order once an order.
pub fn free_uses<'a, O: PartialEq + 'a>(
    resources: impl IntoIterator<Item = (&'a O, GivenBack)>,
) -> u32 {
    let mut orders: Vec<&O> = Vec::new();
    let mut uses = 0;
    for (order, given_back) in resources {
        match given_back {
            GivenBack::ByResource => uses += 1,
            GivenBack::ByOrder if orders.contains(&order) => {}
            GivenBack::ByOrder => {
                orders.push(order);
                uses += 1;
            }
        }
    }
    uses
}

/// How a service's resources are given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenBack {
    /// One by one.
    ByResource,
    /// All of an order together.
    ByOrder,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::term::PeriodType;
    use proptest::prelude::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn part(kind: PartKind, account: &str, amount: &str) -> PaidPart {
        let account = account.parse().expect(account);
        PaidPart { kind, account, amount: amount.parse().expect(amount) }
    }

    fn texts(refund: &Refund) -> (Vec<String>, String, String) {
        let back = refund.back.iter().map(|part| format!("{} {}", part.account, part.amount));
        (back.collect(), refund.consumed.to_string(), refund.fee.to_string())
    }

    #[test]
    fn within_five_days_all_goes_back_the_coupon_as_well() {
        // Bought for 100.00 on 2020-10-20, of it 20.00 by a cash coupon, given back on 10-22.
        let parts =
            [part(PartKind::CashCoupon, "Kk", "20.00"), part(PartKind::Cash, "Cc", "80.00")];
        let (begin, now) = (time("2020-10-20T02:00:00Z"), time("2020-10-22T02:00:00Z"));
        assert!(within_free_days(begin, now, FREE_DAYS));
        let end = Term::months(1).first(begin).expire_time;
        let fees = FeePercents::default();
        let case = RefundCase::of(Term::months(1), begin, end, now, true, &fees);
        assert_eq!(case, RefundCase::FiveDays);
        let refund = Refund::of(&parts, case).expect("a refund");
        assert_eq!(refund.total().expect("a sum"), "100.00".parse().expect("money"));
        let back = vec!["Kk 20.00".to_owned(), "Cc 80.00".to_owned()];
        assert_eq!(texts(&refund), (back, "0.00".to_owned(), "0.00".to_owned()));
    }

    #[test]
    fn five_days_end_to_the_second() {
        let provisioned = time("2022-11-24T06:30:30Z");
        for (now, within) in [("2022-11-29T06:30:30Z", true), ("2022-11-29T06:30:31Z", false)] {
            assert_eq!(within_free_days(provisioned, time(now), FREE_DAYS), within, "{now}");
        }
    }

    #[test]
    fn in_use_the_hours_used_and_a_fee_are_kept() {
        // Bought 2024-01-01 10:30:00 for a month, given back 01-15 18:40:00, all in GMT+8.
        let begin = time("2024-01-01T02:30:00Z");
        let end = Term::months(1).first(begin).expire_time;
        let now = time("2024-01-15T10:40:00Z");
        let fees = FeePercents::default();
        let case = RefundCase::of(Term::months(1), begin, end, now, false, &fees);
        assert_eq!(case, RefundCase::InUse { used_hours: 344, hours: 758, fee_percent: 10 });
        let refund = Refund::of(&[part(PartKind::Cash, "Cc", "100")], case).expect("a refund");
        let back = vec!["Cc 44.62".to_owned()];
        assert_eq!(texts(&refund), (back, "45.38".to_owned(), "10.00".to_owned()));
    }

    #[test]
    fn in_use_cash_coupons_stay_and_the_rest_is_shared() {
        let parts = [
            part(PartKind::CashCoupon, "Kk", "20"),
            part(PartKind::FlexiCoupon, "Kf", "10"),
            part(PartKind::Cash, "Cc", "33.33"),
            part(PartKind::Credit, "Ec~-", "6.67"),
        ];
        let case = RefundCase::InUse { used_hours: 1, hours: 3, fee_percent: 10 };
        let refund = Refund::of(&parts, case).expect("a refund");
        // Of 50.00: consumed 16.67, fee 5.00, back 28.33.
        let back = ["Kf 5.66", "Cc 18.90", "Ec~- 3.77"].map(str::to_owned).to_vec();
        assert_eq!(texts(&refund), (back, "36.67".to_owned(), "5.00".to_owned()));
    }

    #[test]
    fn the_fee_is_never_more_than_what_is_left() {
        let parts = [part(PartKind::Cash, "Cc", "100")];
        let case = RefundCase::InUse { used_hours: 95, hours: 100, fee_percent: 10 };
        let refund = Refund::of(&parts, case).expect("a refund");
        assert_eq!(texts(&refund), (Vec::new(), "95.00".to_owned(), "5.00".to_owned()));
    }

    #[test]
    fn fees_are_by_the_term_and_the_year_of_use() {
        let fees = FeePercents::default();
        let year = |period_num| Term { period_type: PeriodType::Year, period_num };
        for (term, percents) in [
            (year(3), [15, 10, 5, 5]),
            (year(2), [15, 10, 10, 10]),
            (year(1), [10, 10, 10, 10]),
            (Term::months(24), [15, 10, 10, 10]),
            (Term::months(1), [10, 10, 10, 10]),
        ] {
            let found = [1, 2, 3, 4].map(|year| fees.of(term, year));
            assert_eq!(found, percents, "{term:?}");
        }
        assert_eq!(fees.check(), Ok(()));
        for shorter in [vec![], vec![101], vec![1; 11]] {
            assert!(FeePercents { shorter, ..FeePercents::default() }.check().is_err());
        }
    }

    #[test]
    fn goes_back_to_whoever_paid_and_to_the_partner_that_no_longer_funds_the_customer() {
        let customer: CustomerId = "c".parse().expect("id");
        let partner: PartnerId = "p".parse().expect("id");
        for (from, funded_by, to) in [
            ("Bp", None, "Bp"),
            ("Bq", Some(&partner), "Bq"),
            ("Cc", None, "Cc"),
            ("Cc", Some(&partner), "Bp"),
            ("Cm", Some(&partner), "Cm"),
            ("Kk", Some(&partner), "Kk"),
        ] {
            let account = receiver(&from.parse().expect(from), &customer, funded_by);
            assert_eq!(account.to_string(), to, "{from} {funded_by:?}");
        }
    }

    #[test]
    fn bound_resources_count_once_and_some_services_once_an_order() {
        use GivenBack::{ByOrder, ByResource};
        let uses = |given_back: &[(&str, GivenBack)]| {
            let owned: Vec<(String, GivenBack)> =
                given_back.iter().map(|(order, by)| ((*order).to_owned(), *by)).collect();
            free_uses(owned.iter().map(|(order, by)| (order, *by)))
        };
        assert_eq!(uses(&[("CS1", ByResource); 10]), 10);
        // A server with its two disks, and a network.
        assert_eq!(uses(&[("CS1", ByResource), ("CS2", ByResource)]), 2);
        assert_eq!(uses(&[("CS1", ByOrder); 10]), 1);
        assert_eq!(uses(&[("CS1", ByOrder), ("CS2", ByOrder), ("CS1", ByOrder)]), 2);
    }

    proptest! {
        #[test]
        fn nothing_appears_and_nothing_vanishes(
            amounts in proptest::collection::vec(0..1_000_000_000_i128, 1..5),
            used_hours in 0..9_000_u64,
            more_hours in 1..9_000_u64,
            fee_percent in 0..=100_u32,
        ) {
            use PartKind::{Cash, CashCoupon, Credit, FlexiCoupon};
            let kinds = [CashCoupon, Cash, Credit, FlexiCoupon];
            let parts: Vec<PaidPart> = amounts
                .iter()
                .zip(kinds)
                .zip(0..)
                .map(|((fen, kind), place)| PaidPart {
                    kind,
                    account: format!("C{place}").parse().expect("an account"),
                    amount: money(*fen).expect("money"),
                })
                .collect();
            let paid = sum(parts.iter().map(|part| part.amount)).expect("a sum");
            let hours = used_hours + more_hours;
            for case in [
                RefundCase::FiveDays,
                RefundCase::NotBegun,
                RefundCase::InUse { used_hours, hours, fee_percent },
            ] {
                let refund = Refund::of(&parts, case).expect("a refund");
                let all = [refund.total().expect("a sum"), refund.consumed, refund.fee];
                prop_assert_eq!(sum(all).expect("a sum"), paid);
                for back in &refund.back {
                    let from = parts.iter().find(|part| part.account == back.account);
                    prop_assert!(from.is_some_and(|from| back.amount <= from.amount));
                }
                prop_assert!(all.iter().all(|amount| !amount.is_negative()));
            }
        }
    }
}
