//! What usage costs, what packages take of it, and what pays for it. Pure rules.
//!
//! # From a ticket to its bill line
//!
//! 1. Packages take usage first: those that expire first before the others, in the unit of their
//!    item, and only where that loses nothing.
//! 2. What is left is priced at the moment of its begin, with the discount of an agreement, else the
//!    best of the partner's. Money off is for orders, and never taken off usage.
//! 3. The price keeps eight decimals. Money is taken in whole fen; what is cut off for that is the
//!    line's `erase`.
//! 4. It is collected without asking: from cash coupons, flexi-purchase coupons, stored-value cards,
//!    cash and credit, in this order. Of cash coupons those with limits come first, then of each
//!    kind the one that expires first.
//! 5. What nothing covers is owed. No balance goes below zero.

use crate::domain::account::AccountId;
use crate::domain::bill::BillAmounts;
use crate::domain::catalogue::{Conversions, IncentivePolicies, MeasureId, Offer};
use crate::domain::coupon::UseLimit;
use crate::domain::discount::{Benefit, DiscountType, Discounts};
use crate::domain::error::Reason;
use crate::domain::order::DiscountKind;
use crate::domain::order::coupon::{Fitting, excludes, fits, is_limited, least_ratios};
use crate::domain::package::{Package, PackageItem, PackageStatus};
use crate::domain::payment::{PaidPart, PartKind, fen, money};
use crate::domain::rating::{self, Discounted, Group, Precision, Size, UsageItem};
use crate::value::money::{DECIMALS_MAX, Money, Quantity};
use crate::value::time::Timestamp;

/// Usage of a product by one resource, as the cloud has metered it.
#[derive(Clone, Copy, Debug)]
pub struct Used<'t> {
    /// The kind of usage.
    pub factor: &'t str,
    /// How much.
    pub value: Quantity,
    /// In which unit.
    pub measure_id: MeasureId,
    /// In what size; counts for linear products only.
    pub size: Option<Size>,
    /// From when on.
    pub begin: Timestamp,
}

/// What a package gives for some usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The place of the package's item.
    pub item: usize,
    /// What the item held before, in its unit.
    pub before: Quantity,
    /// What is taken, in its unit.
    pub taken: Quantity,
    /// What is left of the usage.
    pub left: Quantity,
    /// The unit of what is left.
    pub left_measure_id: MeasureId,
}

/// What usage costs, before anybody pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The list price.
    pub official: Money,
    /// What the discount takes off.
    pub discount: Money,
    /// What is cut off to take whole fen.
    pub erase: Money,
    /// What is due.
    pub due: Money,
    /// The price of one unit, unless nothing was priced.
    pub unit_price: Option<Money>,
    /// Where the discount comes from.
    pub discounted_by: Option<DiscountType>,
}

/// What the catalogue and the agreements say of prices.
#[derive(Clone, Copy, Debug)]
pub struct Prices<'p> {
    /// The product with its prices.
    pub offer: &'p Offer,
    /// All conversions.
    pub conversions: &'p Conversions,
    /// Which services may be cheaper.
    pub policies: &'p IncentivePolicies,
    /// The customer's discounts, without money off: see [`for_usage`].
    pub discounts: &'p Discounts,
}

/// The discounts that are taken off usage: all but money off.
pub fn for_usage(discounts: Discounts) -> Discounts {
    let is_for_usage = |benefit: &Benefit| !matches!(benefit, Benefit::MoneyOff(_));
    let others = discounts.others.into_iter().filter(|it| is_for_usage(&it.benefit)).collect();
    let items = discounts.items.into_iter().filter(|it| is_for_usage(&it.benefit)).collect();
    Discounts { others, items, ..discounts }
}

impl Package {
    /// What this package gives for usage at its begin, if it is for that kind of usage and has any
    /// left. `service` and `region` are those of the product.
    pub fn give(
        &self,
        used: &Used<'_>,
        service: &str,
        region: &str,
        conversions: &Conversions,
    ) -> Option<Taken> {
        let is_here = self.region_code.as_ref().is_none_or(|code| code.as_str() == region);
        let is_it = self.service_type_code.as_str() == service && is_here;
        if !is_it || self.status_at(used.begin) != PackageStatus::Effective {
            return None;
        }
        let is_for =
            |item: &PackageItem| item.usage_type_code.as_str().eq_ignore_ascii_case(used.factor);
        let items = self.free_resources.iter().enumerate().filter(|(_, item)| is_for(item));
        let mut given =
            items.filter_map(|(place, item)| self.give_of(place, item, used, conversions));
        given.next()
    }

    fn give_of(
        &self,
        place: usize,
        item: &PackageItem,
        used: &Used<'_>,
        conversions: &Conversions,
    ) -> Option<Taken> {
        // What a cycle held that is over is not kept once a later one was used.
        let is_over = item.used_at.is_some_and(|at| self.window(item, used.begin).end_time < at);
        let before = self.remaining(item, used.begin);
        if is_over || !before.is_positive() {
            return None;
        }
        let unit = MeasureId(item.measure_id);
        let factor = conversions.factor(used.measure_id, unit)?;
        let (multiplier, divisor) = (factor.multiplier, factor.divisor);
        // All of it, as seen from the item. Rounded up where it does not divide, so that a package
        // never gives more than it holds.
        let whole = used.value.scaled(multiplier, divisor)?;
        if !whole.is_more_than(before) {
            let taken = whole.rounded_up(DECIMALS_MAX).at_most(before);
            let nothing = Quantity::from(0);
            return Some(Taken {
                item: place,
                before,
                taken,
                left: nothing,
                left_measure_id: used.measure_id,
            });
        }
        // What is left is told in the unit that loses nothing.
        let (left, left_measure_id) = match (multiplier, divisor) {
            (_, 1) => (whole.saturating_minus(before), unit),
            (1, divisor) => {
                let taken = before.scaled(divisor, 1)?;
                (used.value.saturating_minus(taken), used.measure_id)
            }
            _ => return None,
        };
        Some(Taken { item: place, before, taken: before, left, left_measure_id })
    }

    /// The package after it has given.
    #[must_use]
    pub fn after(mut self, taken: &Taken, at: Timestamp) -> Self {
        let held = self.free_resources.get(taken.item).map(|item| item.original_amount);
        if let (Some(item), Some(held)) = (self.free_resources.get_mut(taken.item), held) {
            let left = taken.before.saturating_minus(taken.taken);
            item.used_amount = Some(held.saturating_minus(left));
            item.used_at = Some(item.used_at.map_or(at, |before| before.max(at)));
        }
        self
    }
}

impl Charge {
    /// Nothing to pay: packages took it all.
    pub const NOTHING: Self = Self {
        official: Money::ZERO,
        discount: Money::ZERO,
        erase: Money::ZERO,
        due: Money::ZERO,
        unit_price: None,
        discounted_by: None,
    };

    /// What usage costs.
    ///
    /// # Errors
    /// As [`rating::rate_usage`].
    pub fn of(used: &Used<'_>, prices: &Prices<'_>) -> Result<Self, Reason> {
        if !used.value.is_positive() {
            return Ok(Self::NOTHING);
        }
        let item = UsageItem {
            id: "",
            offer: prices.offer,
            factor: used.factor,
            usage: used.value,
            measure_id: used.measure_id,
            size: used.size,
            count: 1,
        };
        let rated = rating::rate_usage(&[item], prices.conversions, Precision::Fine, used.begin)?;
        let groups = rated.optional_discounts(prices.discounts, prices.policies)?;
        let group = best(&groups);
        let total = group.map_or(Discounted::undiscounted(rated.official), |group| group.total);
        let price = prices.offer.usage_price(used.factor, used.begin);
        let cut = |amount: rating::Amount| amount.cut(DECIMALS_MAX).ok_or(Reason::PriceTooLarge);
        let (official, amount) = (cut(total.official)?, cut(total.amount)?);
        let due = amount.cut_to(2);
        let less = |a: Money, b| a.checked_sub(b).map_err(|_| Reason::PriceTooLarge);
        Ok(Self {
            official,
            discount: less(official, amount)?,
            erase: less(amount, due)?,
            due,
            unit_price: price.map(|(price, _)| price.amount),
            discounted_by: group.and_then(|group| group.discount_type),
        })
    }

    /// The amounts of its bill line, with what was paid of it.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn amounts(&self, paid: &[PaidPart]) -> Result<BillAmounts, Reason> {
        let amounts = BillAmounts::paid(paid, self.discount)?;
        let debt = self.due.checked_sub(amounts.consume).map_err(|_| Reason::AmountTooLarge)?;
        let (official, erase, consume) = (self.official, self.erase, self.due);
        Ok(BillAmounts { official, erase, consume, debt, ..amounts })
    }
}

/// The one discount that counts: that of an agreement, else the best one of the partner.
pub fn best(groups: &[Group]) -> Option<&Group> {
    let commercial = |group: &&Group| group.discount_type == Some(DiscountType::Commercial);
    let best = groups.iter().find(|group| group.is_best_offer);
    groups.iter().find(commercial).or(best)
}

/// Something of a customer's that pays for usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purse {
    /// What it is.
    pub kind: PartKind,
    /// Its account.
    pub account: AccountId,
    /// What it holds.
    pub balance: Money,
    /// What it may pay for, if it is a coupon.
    pub limits: Vec<UseLimit>,
    /// From when on it can no longer be used; some never end.
    pub expire_time: Option<Timestamp>,
}

/// All that a customer pays usage with, in the order in which it is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wallet {
    purses: Vec<Purse>,
}

impl Wallet {
    /// These, in the order in which they are taken.
    pub fn new(mut purses: Vec<Purse>) -> Self {
        purses.sort_by_key(|purse| {
            let kind = match purse.kind {
                PartKind::CashCoupon => 0,
                PartKind::FlexiCoupon => 1,
                PartKind::StoredCard => 2,
                PartKind::Cash => 3,
                PartKind::Credit => 4,
            };
            let unlimited = purse.kind == PartKind::CashCoupon && !is_limited(&purse.limits);
            (kind, unlimited, purse.expire_time.unwrap_or(Timestamp::MAX))
        });
        Self { purses }
    }

    /// Takes what is due for a product out of it, as far as it suffices: what each has paid.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn pay(&mut self, charge: &Charge, product: Fitting<'_>) -> Result<Vec<PaidPart>, Reason> {
        let mut due = fen(charge.due)?;
        let mut parts = Vec::new();
        for purse in &mut self.purses {
            if due == 0 {
                break;
            }
            let held = purse.balance.whole_fen().ok_or(Reason::AmountTooLarge)?.max(0);
            let taken = held.min(due);
            if taken == 0 || !purse.may_pay(charge, product) {
                continue;
            }
            let amount = money(taken)?;
            let left = purse.balance.checked_sub(amount);
            purse.balance = left.map_err(|_| Reason::AmountTooLarge)?;
            due -= taken;
            parts.push(PaidPart { kind: purse.kind, account: purse.account.clone(), amount });
        }
        Ok(parts)
    }
}

impl Purse {
    fn may_pay(&self, charge: &Charge, product: Fitting<'_>) -> bool {
        let discount = charge.discounted_by.map(|kind| match kind {
            DiscountType::Commercial => DiscountKind::Commercial,
            DiscountType::PartnerGrant | DiscountType::PartnerRatio => DiscountKind::Partner,
        });
        let price = charge.official.checked_sub(charge.discount).unwrap_or(charge.due);
        let ratio = price.ratio_of(charge.official);
        fits(product, &self.limits)
            && discount.is_none_or(|kind| !excludes(&self.limits, kind))
            && (discount.is_none()
                || least_ratios(&self.limits).all(|least| !least.is_more_than(ratio)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::catalogue::Product;
    use crate::domain::catalogue::{Charge as Priced, ChargeMode, Conversion, MeasureType, Price};
    use crate::domain::coupon::LimitValue;
    use crate::domain::discount::Discount;
    use crate::domain::package::{ReuseCycle, ReuseCycleType};

    pub(crate) const SERVICE: &str = "hws.service.type.vpc";

    fn money(text: &str) -> Money {
        text.parse().expect(text)
    }

    fn quantity(text: &str) -> Quantity {
        text.parse().expect(text)
    }

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    /// Traffic at a price for each GB.
    pub(crate) fn traffic(amount: &str) -> Offer {
        let product = Product {
            product_id: "T1".parse().expect("id"),
            service_type_code: SERVICE.parse().expect("code"),
            resource_type_code: "hws.resource.type.bandwidth".parse().expect("code"),
            resource_spec: "12_bgp".parse().expect("code"),
            name_zh: "流量".parse().expect("a name"),
            name_en: "Traffic".parse().expect("a name"),
            region_code: "cn-north-4".parse().expect("code"),
            zone_code: None,
            charge_mode: ChargeMode::OnDemand,
            size_measure_id: None,
        };
        let prices = vec![Price {
            product_id: product.product_id.clone(),
            charge: Priced::Usage {
                factor: "upflow".parse().expect("code"),
                measure_id: MeasureId(10),
            },
            amount: money(amount),
            effective_time: time("2026-01-01T00:00:00Z"),
            expire_time: None,
        }];
        Offer { product, prices }
    }

    /// A GB has 1,024 MB.
    pub(crate) fn conversions() -> Conversions {
        Conversions::new(vec![Conversion {
            measure_id: MeasureId(10),
            ref_measure_id: MeasureId(11),
            conversion_ratio: 1024,
            measure_type: MeasureType::Traffic,
        }])
    }

    fn none() -> Discounts {
        Discounts { agreements: Vec::new(), items: Vec::new(), others: Vec::new() }
    }

    fn used(value: &str, measure: u32) -> Used<'static> {
        Used {
            factor: "UPFLOW",
            value: quantity(value),
            measure_id: MeasureId(measure),
            size: None,
            begin: time("2026-06-10T15:00:00Z"),
        }
    }

    fn charge(amount: &str, usage: &Used<'_>) -> Charge {
        let (offer, conversions) = (traffic(amount), conversions());
        let policies = IncentivePolicies::default();
        let prices = Prices {
            offer: &offer,
            conversions: &conversions,
            policies: &policies,
            discounts: &none(),
        };
        Charge::of(usage, &prices).expect("a charge")
    }

    #[test]
    fn usage_costs_what_an_inquiry_says_in_whole_fen() {
        for (price, value, measure, official, erase, due) in [
            // Published: 300 GB at 0.081.
            ("0.081", "300", 10, "24.3", "0", "24.3"),
            ("0.081", "1", 10, "0.081", "0.001", "0.08"),
            // A MB: 0.0000791015625 with ten decimals is cut after the eighth.
            ("0.081", "1", 11, "0.0000791", "0.0000791", "0"),
            ("0.12345678", "3", 10, "0.37037034", "0.00037034", "0.37"),
        ] {
            let charge = charge(price, &used(value, measure));
            let found = (charge.official, charge.erase, charge.due);
            assert_eq!(found, (money(official), money(erase), money(due)), "{price} {value}");
            let amounts = charge.amounts(&[]).expect("amounts");
            assert_eq!((amounts.check(), amounts.debt), (Ok(true), money(due)));
        }
        assert_eq!(charge("1", &used("0", 10)), Charge::NOTHING);
    }

    #[test]
    fn money_off_is_for_orders_and_not_for_usage() {
        let discount = |benefit| Discount {
            discount_id: "d".parse().expect("id"),
            customer_id: "c".parse().expect("id"),
            discount_type: Some(DiscountType::PartnerRatio),
            discount_name: "d".parse().expect("a name"),
            service_type_codes: Vec::new(),
            benefit,
            effective_time: time("2026-01-01T00:00:00Z"),
            expire_time: None,
        };
        let ratio = Benefit::Ratio("0.8".parse().expect("a ratio"));
        let others = vec![discount(Benefit::MoneyOff(money("5"))), discount(ratio)];
        let left = for_usage(Discounts { others, ..none() });
        assert_eq!(left.others.len(), 1);
        assert_eq!(left.others[0].benefit, ratio);
    }

    fn package(original: &str, measure: u32, cycle: Option<ReuseCycle>) -> Package {
        Package {
            order_instance_id: "p".parse().expect("id"),
            customer_id: "c".parse().expect("id"),
            order_id: None,
            product_id: "product".parse().expect("id"),
            product_name: "traffic".to_owned(),
            service_type_code: SERVICE.parse().expect("code"),
            service_type_name: None,
            region_code: None,
            effective_time: time("2026-05-01T00:00:00Z"),
            expire_time: time("2026-12-31T15:59:59Z"),
            unsubscribe_time: None,
            bundle_type: None,
            free_resources: vec![PackageItem {
                free_resource_id: "i".parse().expect("id"),
                free_resource_type_name: "traffic".to_owned(),
                usage_type_code: "upflow".parse().expect("code"),
                usage_type_name: "upflow".to_owned(),
                original_amount: quantity(original),
                measure_id: measure,
                quota_reuse_cycle: cycle,
                quota_reuse_cycle_type: Some(ReuseCycleType::Calendar),
                used_amount: None,
                used_at: None,
            }],
        }
    }

    #[test]
    fn a_package_gives_in_its_own_unit_and_loses_nothing() {
        for (held, unit, usage, measure, taken, left, left_unit) in [
            ("40", 10, "30", 10, "30", "0", 10),
            ("40", 10, "50.5", 10, "40", "10.5", 10),
            // 2 GB are 2,048 MB.
            ("1000", 11, "2", 10, "1000", "1048", 11),
            ("3000", 11, "2", 10, "2048", "0", 10),
            ("1", 10, "1500", 11, "1", "476", 11),
            // A MB of a GB has ten decimals: the package gives the eighth one rounded up.
            ("1", 10, "1", 11, "0.00097657", "0", 11),
        ] {
            let package = package(held, unit, None);
            let given = package.give(&used(usage, measure), SERVICE, "cn-north-4", &conversions());
            let expected = Taken {
                item: 0,
                before: quantity(held),
                taken: quantity(taken),
                left: quantity(left),
                left_measure_id: MeasureId(left_unit),
            };
            assert_eq!(given, Some(expected), "{held} {unit} {usage} {measure}");
        }
    }

    #[test]
    fn a_package_gives_to_its_own_service_and_only_what_its_cycle_holds() {
        let monthly = package("40", 10, Some(ReuseCycle::Month));
        let conversions = conversions();
        let give = |package: &Package, begin: &str, service: &str, value: &str| {
            let used = Used { begin: time(begin), ..used(value, 10) };
            package.give(&used, service, "cn-north-4", &conversions)
        };
        let june = give(&monthly, "2026-06-10T00:00:00Z", SERVICE, "30").expect("given");
        let after = monthly.clone().after(&june, time("2026-06-10T00:00:00Z"));
        let again = give(&after, "2026-06-11T00:00:00Z", SERVICE, "30").expect("given");
        assert_eq!((again.before, again.taken), (quantity("10"), quantity("10")));
        let empty = after.clone().after(&again, time("2026-06-11T00:00:00Z"));
        assert_eq!(give(&empty, "2026-06-12T00:00:00Z", SERVICE, "1"), None);
        let july = give(&empty, "2026-07-02T00:00:00Z", SERVICE, "1").expect("given");
        assert_eq!(july.before, quantity("40"));
        // Late usage of a cycle that is over takes nothing, and gives nothing back.
        let in_july = empty.after(&july, time("2026-07-02T00:00:00Z"));
        assert_eq!(give(&in_july, "2026-06-12T00:00:00Z", SERVICE, "1"), None);
        assert_eq!(give(&monthly, "2026-06-10T00:00:00Z", "hws.service.type.obs", "1"), None);
        assert_eq!(give(&monthly, "2026-04-10T00:00:00Z", SERVICE, "1"), None);
    }

    fn purse(kind: PartKind, account: &str, balance: &str, expires: Option<&str>) -> Purse {
        Purse {
            kind,
            account: account.parse().expect(account),
            balance: money(balance),
            limits: Vec::new(),
            expire_time: expires.map(time),
        }
    }

    fn limit(key: &str, value: &str) -> UseLimit {
        let value = LimitValue { value1: Some(value.to_owned()), value2: None };
        UseLimit { limit_key: key.to_owned(), value }
    }

    #[test]
    fn usage_is_collected_in_the_published_order() {
        use PartKind::{Cash, CashCoupon, Credit, FlexiCoupon, StoredCard};
        let limited = Purse {
            limits: vec![limit("cloud_service_type", SERVICE)],
            ..purse(CashCoupon, "Klimited", "1", Some("2027-12-31T00:00:00Z"))
        };
        let elsewhere = Purse {
            limits: vec![limit("cloud_service_type", "hws.service.type.obs")],
            ..purse(CashCoupon, "Kelsewhere", "100", Some("2026-07-01T00:00:00Z"))
        };
        let mut wallet = Wallet::new(vec![
            purse(Credit, "Ec~-", "7", None),
            purse(Cash, "Cc", "6.005", None),
            purse(StoredCard, "Vlate", "5", Some("2027-06-01T00:00:00Z")),
            purse(StoredCard, "Vsoon", "4", Some("2027-01-01T00:00:00Z")),
            purse(FlexiCoupon, "Kflexi", "3", Some("2027-01-01T00:00:00Z")),
            purse(CashCoupon, "Ksoon", "2", Some("2026-07-01T00:00:00Z")),
            elsewhere,
            limited,
        ]);
        let product = Fitting { service: SERVICE, product_id: "T1", region: "cn-north-4" };
        let due = Charge { official: money("30"), due: money("30"), ..Charge::NOTHING };
        let paid = wallet.pay(&due, product).expect("paid");
        let texts: Vec<String> =
            paid.iter().map(|part| format!("{} {}", part.account, part.amount)).collect();
        let expected = [
            "Klimited 1.00",
            "Ksoon 2.00",
            "Kflexi 3.00",
            "Vsoon 4.00",
            "Vlate 5.00",
            "Cc 6.00",
            "Ec~- 7.00",
        ];
        assert_eq!(texts, expected);
        let amounts = due.amounts(&paid).expect("amounts");
        assert_eq!((amounts.check(), amounts.debt), (Ok(true), money("2")));
        // Nothing is left that could be paid with.
        assert_eq!(wallet.pay(&due, product).expect("paid"), []);
    }

    #[test]
    fn a_coupon_that_excludes_a_discount_pays_nothing_that_has_one() {
        let excluding = Purse {
            limits: vec![limit("simultaneousUseWithContractDiscount", "0")],
            ..purse(PartKind::CashCoupon, "Kk", "5", None)
        };
        let least = Purse {
            limits: vec![limit("minConsumeDiscount", "0.9")],
            ..purse(PartKind::CashCoupon, "Kl", "5", None)
        };
        let product = Fitting { service: SERVICE, product_id: "T1", region: "cn-north-4" };
        let full = Charge { official: money("4"), due: money("4"), ..Charge::NOTHING };
        let cheaper = Charge {
            official: money("5"),
            discount: money("1"),
            discounted_by: Some(DiscountType::Commercial),
            ..full
        };
        for purse in [excluding, least] {
            let mut wallet = Wallet::new(vec![purse]);
            assert_eq!(wallet.pay(&cheaper, product).expect("paid"), []);
            assert_eq!(wallet.pay(&full, product).expect("paid").len(), 1);
        }
    }
}
