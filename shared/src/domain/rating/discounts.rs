//! What discounts make of a price: one result for each discount, and which of them is best.
//!
//! There is never more than one discount on a price. Those of an agreement and of the partner
//! compete; promotions do not.

use super::{Amount, Rated, RatedItem};
use crate::domain::catalogue::{IncentivePolicies, Name};
use crate::domain::discount::{Agreement, Benefit, Discount, DiscountType, Discounts};
use crate::domain::error::Reason;
use crate::value::id::DiscountId;
use std::cmp::Reverse;

/// What one discount makes of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discounted {
    /// The list price.
    pub official: Amount,
    /// What comes off.
    pub discount: Amount,
    /// What is left.
    pub amount: Amount,
}

/// What one discount makes of all items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The discount.
    pub discount_id: DiscountId,
    /// Where it comes from; a promotion without.
    pub discount_type: Option<DiscountType>,
    /// What it is called.
    pub discount_name: Name,
    /// Whether it is the best of those that compete.
    pub is_best_offer: bool,
    /// One of each item, in their order.
    pub items: Vec<Discounted>,
    /// The sums of the items.
    pub total: Discounted,
}

/// What a discount does to an item, if it is for it.
type Applied = Option<Benefit>;

impl Rated<'_> {
    /// What the discounts that compete make of the prices, those of agreements first. Only those
    /// are there that are for some item.
    ///
    /// # Errors
    /// [`Reason::PriceTooLarge`].
    pub fn optional_discounts(
        &self,
        discounts: &Discounts,
        policies: &IncentivePolicies,
    ) -> Result<Vec<Group>, Reason> {
        let mut groups = Vec::new();
        if let Some(agreement) = discounts.agreement(self.at) {
            groups.extend(self.commercial(discounts, agreement)?);
        }
        let mut of_partner: Vec<&Discount> = discounts
            .others
            .iter()
            .filter(|discount| discount.discount_type.is_some() && discount.is_valid(self.at))
            .collect();
        of_partner.sort_unstable_by_key(|discount| (discount.discount_type, &discount.discount_id));
        for discount in of_partner {
            let allowed = |item: &RatedItem<'_>| {
                let service = &item.product.service_type_code;
                discount.is_for(service) && policies.allow_discount(service, self.at)
            };
            groups.extend(self.group_of(discount, allowed)?);
        }
        // Of equals the first wins: a commercial one, if there is one.
        let best = groups
            .iter()
            .enumerate()
            .max_by_key(|(index, group)| (group.total.discount, Reverse(*index)));
        if let Some((best, _)) = best
            && let Some(group) = groups.get_mut(best)
        {
            group.is_best_offer = true;
        }
        Ok(groups)
    }

    /// What promotions make of the prices.
    ///
    /// # Errors
    /// [`Reason::PriceTooLarge`].
    pub fn promotions(&self, discounts: &Discounts) -> Result<Vec<Group>, Reason> {
        let mut promotions: Vec<&Discount> = discounts
            .others
            .iter()
            .filter(|discount| discount.discount_type.is_none() && discount.is_valid(self.at))
            .collect();
        promotions.sort_unstable_by_key(|discount| &discount.discount_id);
        let groups = promotions.into_iter().map(|discount| {
            self.group_of(discount, |item| discount.is_for(&item.product.service_type_code))
        });
        Ok(groups.collect::<Result<Vec<_>, Reason>>()?.into_iter().flatten().collect())
    }

    fn commercial(
        &self,
        discounts: &Discounts,
        agreement: &Agreement,
    ) -> Result<Option<Group>, Reason> {
        let applied = self.items.iter().map(|item| {
            let found = discounts.item(agreement, item.product, item.mode, self.at);
            found.map(|found| found.benefit)
        });
        let group = Group {
            discount_id: agreement.commerce_id.clone(),
            discount_type: Some(DiscountType::Commercial),
            discount_name: agreement.discount_name.clone(),
            is_best_offer: false,
            items: Vec::new(),
            total: Discounted::NOTHING,
        };
        self.filled(group, &applied.collect::<Vec<_>>())
    }

    fn group_of(
        &self,
        discount: &Discount,
        is_for: impl Fn(&RatedItem<'_>) -> bool,
    ) -> Result<Option<Group>, Reason> {
        let applied = self.items.iter().map(|item| is_for(item).then_some(discount.benefit));
        let group = Group {
            discount_id: discount.discount_id.clone(),
            discount_type: discount.discount_type,
            discount_name: discount.discount_name.clone(),
            is_best_offer: false,
            items: Vec::new(),
            total: Discounted::NOTHING,
        };
        self.filled(group, &applied.collect::<Vec<_>>())
    }

    /// The group with what comes off each item, unless it is for none.
    fn filled(&self, group: Group, applied: &[Applied]) -> Result<Option<Group>, Reason> {
        if applied.iter().all(Option::is_none) {
            return Ok(None);
        }
        let mut off = Vec::with_capacity(self.items.len());
        for (item, benefit) in self.items.iter().zip(applied) {
            off.push(match benefit {
                None | Some(Benefit::MoneyOff(_)) => Amount::ZERO,
                Some(Benefit::Ratio(ratio)) => {
                    item.official.less(item.official.times(*ratio, self.ratio_decimals)?)
                }
                Some(Benefit::FixedPrice(price)) => {
                    item.official.less(item.units.at(*price, self.decimals)?)
                }
            });
        }
        if let Some(Benefit::MoneyOff(money)) = applied.iter().flatten().next() {
            self.take_off(Amount::of(*money), applied, &mut off)?;
        }
        let items: Vec<Discounted> = self
            .items
            .iter()
            .zip(off)
            .map(|(item, discount)| Discounted::new(item.official, discount))
            .collect();
        let discount = Amount::sum(items.iter().map(|item| item.discount))?;
        Ok(Some(Group { items, total: Discounted::new(self.official, discount), ..group }))
    }

    /// Takes an amount off the items that it is for: from each in proportion to its price, in whole
    /// cents, and what is left of it from the first ones by their ids. How the items are ordered
    /// makes no difference.
    fn take_off(
        &self,
        money: Amount,
        applied: &[Applied],
        off: &mut [Amount],
    ) -> Result<(), Reason> {
        let mut places: Vec<usize> =
            (0..self.items.len()).filter(|place| applied[*place].is_some()).collect();
        places.sort_unstable_by_key(|place| self.items[*place].id);
        let whole = Amount::sum(places.iter().map(|place| self.items[*place].official))?;
        let money = money.min(whole);
        for place in &places {
            off[*place] = self.items[*place].official.share(whole, money);
        }
        let mut rest = money.less(Amount::sum(places.iter().map(|place| off[*place]))?);
        for place in places {
            let more = rest.min(self.items[place].official.less(off[place]));
            off[place] = Amount::sum([off[place], more])?;
            rest = rest.less(more);
        }
        Ok(())
    }
}

impl Discounted {
    /// A price that no discount is on.
    pub fn undiscounted(official: Amount) -> Self {
        Self::new(official, Amount::ZERO)
    }

    const NOTHING: Self =
        Self { official: Amount::ZERO, discount: Amount::ZERO, amount: Amount::ZERO };

    fn new(official: Amount, discount: Amount) -> Self {
        Self { official, discount, amount: official.less(discount) }
    }
}
