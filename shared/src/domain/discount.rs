//! Discounts of a customer: its framework agreement, what its partner gives, and promotions.

use crate::domain::catalogue::{Name, Product, Term, TermType};
use crate::value::code::codes;
use crate::value::id::{CatalogueCode, CustomerId, DiscountId, ProductId, TypeCode};
use crate::value::money::{Money, decimal_string, serialize_digits};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

codes! {
    /// Where a discount comes from, as ratings name it.
    DiscountType: integer {
        /// A framework agreement between the customer and the cloud.
        Commercial = 605,
        /// Granted by the partner out of its distributor's contract.
        PartnerGrant = 606,
        /// A ratio set by the partner.
        PartnerRatio = 607,
    }
}

codes! {
    /// What kind of charge an item of an agreement is for.
    QuotingMode: text {
        /// Pay-per-use.
        OnDemand = "ONDEMAND",
        /// One-off.
        OneTime = "ONETIME",
        /// Terms priced by the day.
        Daily = "DAILY",
        /// Terms priced by the month.
        Monthly = "MONTHLY",
        /// Terms priced by the year.
        Yearly = "1_YEARLY",
        /// Terms priced by two years.
        TwoYears = "2_YEARLY",
        /// Terms priced by three years.
        ThreeYears = "3_YEARLY",
        /// Terms priced by four years.
        FourYears = "4_YEARLY",
        /// Terms priced by five years.
        FiveYears = "5_YEARLY",
        /// Reserved instances of one year.
        ReservedYear = "1_YEARLY_RI",
        /// Reserved instances of three years.
        ReservedThreeYears = "3_YEARLY_RI",
    }
}

impl QuotingMode {
    /// The kind of charge of a price for a term. What counts is the term that is priced: three
    /// years at the price of one are terms priced by the year.
    pub fn of_term(priced: Term) -> Option<Self> {
        match (priced.unit, priced.count) {
            (TermType::Day, _) => Some(Self::Daily),
            (TermType::Month, _) => Some(Self::Monthly),
            (TermType::Year, 1) => Some(Self::Yearly),
            (TermType::Year, 2) => Some(Self::TwoYears),
            (TermType::Year, 3) => Some(Self::ThreeYears),
            (TermType::Year, 4) => Some(Self::FourYears),
            (TermType::Year, 5) => Some(Self::FiveYears),
            (TermType::Year | TermType::Hour, _) => None,
        }
    }
}

/// What is left of a price: 0 to 1, with at most eight decimals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(Decimal);

/// The text is no decimal from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a decimal from 0 to 1")]
pub struct InvalidRatio;

impl Ratio {
    pub(crate) fn decimal(self) -> Decimal {
        self.0
    }
}

impl FromStr for Ratio {
    type Err = InvalidRatio;

    fn from_str(text: &str) -> Result<Self, InvalidRatio> {
        let ratio: Money = text.parse().map_err(|_| InvalidRatio)?;
        let ratio = ratio.decimal();
        if (Decimal::ZERO..=Decimal::ONE).contains(&ratio) {
            Ok(Self(ratio))
        } else {
            Err(InvalidRatio)
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Ratio({})", self.0)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    /// Reads a decimal string, as a book writes it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Ratio {
    /// Writes a JSON number with the digits of the ratio.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_digits(&self.to_string(), serializer)
    }
}

crate::value::code::text_form!(Ratio);

/// What a discount does to a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Benefit {
    /// Only a part of it is left.
    #[n(0)]
    Ratio(#[n(0)] Ratio),
    /// Another unit price takes its place, if that is less.
    #[n(1)]
    FixedPrice(#[n(0)] Money),
    /// An amount comes off, up to all of it.
    #[n(2)]
    MoneyOff(#[n(0)] Money),
}

/// A customer's framework agreement with the cloud. What it says stands in its items.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Identity.
    #[n(0)]
    pub commerce_id: DiscountId,
    /// The customer.
    #[n(1)]
    pub customer_id: CustomerId,
    /// Its number on paper.
    #[n(2)]
    pub commerce_code: Option<CatalogueCode>,
    /// What the discount is called.
    #[n(3)]
    pub discount_name: Name,
    /// From when on.
    #[n(4)]
    pub effective_time: Timestamp,
    /// From when on no longer.
    #[n(5)]
    pub expire_time: Timestamp,
    /// Over what time tiers accumulate.
    #[n(6)]
    pub accumulation_cycle_type: Option<CatalogueCode>,
}

/// What an item of an agreement is about.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ItemScope {
    /// One product.
    #[n(0)]
    Product(#[n(0)] ProductId),
    /// All products of a category.
    #[n(1)]
    Category {
        /// Of this service,
        #[n(0)]
        service_type_code: TypeCode,
        /// of this type of resources, or any,
        #[n(1)]
        resource_type_code: Option<TypeCode>,
        /// in this region, or any,
        #[n(2)]
        region_code: Option<CatalogueCode>,
        /// in this availability zone, or any.
        #[n(3)]
        zone_code: Option<CatalogueCode>,
    },
}

impl ItemScope {
    /// How exactly a product is meant; `None` when it is not.
    fn precision(&self, product: &Product) -> Option<usize> {
        let Self::Category { service_type_code, resource_type_code, region_code, zone_code } = self
        else {
            let Self::Product(id) = self else { return None };
            return (*id == product.product_id).then_some(usize::MAX);
        };
        let meant = *service_type_code == product.service_type_code
            && resource_type_code.as_ref().is_none_or(|it| *it == product.resource_type_code)
            && region_code.as_ref().is_none_or(|it| *it == product.region_code)
            && zone_code.as_ref().is_none_or(|it| Some(it) == product.zone_code.as_ref());
        let stated = [resource_type_code.is_some(), region_code.is_some(), zone_code.is_some()];
        meant.then(|| stated.into_iter().filter(|is_stated| *is_stated).count())
    }
}

/// An item of an agreement: a ratio or a unit price for products charged in one way.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(try_from = "AgreementItemLine")]
pub struct AgreementItem {
    /// Identity.
    #[n(0)]
    pub item_id: DiscountId,
    /// The agreement.
    #[n(1)]
    pub commerce_id: DiscountId,
    /// The customer.
    #[n(2)]
    pub customer_id: CustomerId,
    /// What it is about.
    #[n(3)]
    pub scope: ItemScope,
    /// Charged in this way.
    #[n(4)]
    pub charging_mode: QuotingMode,
    /// What it does.
    #[n(5)]
    pub benefit: Benefit,
    /// From when on, when not as long as the agreement.
    #[n(6)]
    pub effective_time: Option<Timestamp>,
    /// From when on no longer.
    #[n(7)]
    pub expire_time: Option<Timestamp>,
    /// The site it is for.
    #[n(8)]
    pub site_code: Option<CatalogueCode>,
}

/// An item as a book writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgreementItemLine {
    item_id: DiscountId,
    commerce_id: DiscountId,
    customer_id: CustomerId,
    product_id: Option<ProductId>,
    service_type_code: Option<TypeCode>,
    resource_type_code: Option<TypeCode>,
    region_code: Option<CatalogueCode>,
    zone_code: Option<CatalogueCode>,
    charging_mode: QuotingMode,
    discount_ratio: Option<Ratio>,
    #[serde(default, deserialize_with = "decimal_string::optional")]
    sales_price: Option<Money>,
    effective_time: Option<Timestamp>,
    expire_time: Option<Timestamp>,
    site_code: Option<CatalogueCode>,
}

impl TryFrom<AgreementItemLine> for AgreementItem {
    type Error = &'static str;

    fn try_from(line: AgreementItemLine) -> Result<Self, Self::Error> {
        let AgreementItemLine { resource_type_code, region_code, zone_code, .. } = line;
        let is_category =
            resource_type_code.is_some() || region_code.is_some() || zone_code.is_some();
        let scope = match (line.product_id, line.service_type_code) {
            (Some(product_id), None) if !is_category => ItemScope::Product(product_id),
            (None, Some(service_type_code)) => ItemScope::Category {
                service_type_code,
                resource_type_code,
                region_code,
                zone_code,
            },
            _ => return Err("an item is about either a product or a service"),
        };
        let benefit = match (line.discount_ratio, line.sales_price) {
            (Some(ratio), None) => Benefit::Ratio(ratio),
            (None, Some(price)) if price.is_negative() => return Err("a price is not negative"),
            (None, Some(price)) => Benefit::FixedPrice(price),
            _ => return Err("an item has either discount_ratio or sales_price"),
        };
        if matches!((&scope, benefit), (ItemScope::Category { .. }, Benefit::FixedPrice(_))) {
            return Err("a category has no unit price");
        }
        let AgreementItemLine { item_id, commerce_id, customer_id, charging_mode, .. } = line;
        let AgreementItemLine { effective_time, expire_time, site_code, .. } = line;
        Ok(Self {
            item_id,
            commerce_id,
            customer_id,
            scope,
            charging_mode,
            benefit,
            effective_time,
            expire_time,
            site_code,
        })
    }
}

impl AgreementItem {
    /// Whether it is valid at a moment at which its agreement is.
    pub fn is_valid(&self, at: Timestamp) -> bool {
        self.effective_time.is_none_or(|begin| begin <= at)
            && self.expire_time.is_none_or(|end| at < end)
    }
}

/// A discount that a partner gives a customer, or a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Discount {
    /// Identity.
    #[n(0)]
    pub discount_id: DiscountId,
    /// The customer.
    #[n(1)]
    pub customer_id: CustomerId,
    /// Where it comes from; a promotion without.
    #[n(2)]
    pub discount_type: Option<DiscountType>,
    /// What it is called.
    #[n(3)]
    pub discount_name: Name,
    /// What it does.
    #[n(4)]
    pub benefit: Benefit,
    /// The services it is for; all if there are none.
    #[n(5)]
    pub service_type_codes: Vec<TypeCode>,
    /// From when on.
    #[n(6)]
    pub effective_time: Timestamp,
    /// From when on no longer.
    #[n(7)]
    pub expire_time: Option<Timestamp>,
}

/// A `partner_discount` or `promotion_discount` line of a book.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DiscountLine {
    discount_id: DiscountId,
    customer_id: CustomerId,
    discount_type: Option<DiscountType>,
    discount_name: Name,
    discount_ratio: Option<Ratio>,
    #[serde(default, deserialize_with = "decimal_string::optional")]
    reduction: Option<Money>,
    #[serde(default)]
    service_type_codes: Vec<TypeCode>,
    effective_time: Timestamp,
    expire_time: Option<Timestamp>,
}

impl TryFrom<DiscountLine> for Discount {
    type Error = &'static str;

    fn try_from(line: DiscountLine) -> Result<Self, Self::Error> {
        let benefit = match (line.discount_ratio, line.reduction) {
            (Some(ratio), None) => Benefit::Ratio(ratio),
            (None, Some(amount)) if !amount.is_positive() => {
                return Err("a reduction is greater than 0");
            }
            (None, Some(amount)) => Benefit::MoneyOff(amount),
            _ => return Err("a discount has either discount_ratio or reduction"),
        };
        if line.expire_time.is_some_and(|end| end <= line.effective_time) {
            return Err("a discount expires after it becomes effective");
        }
        Ok(Self {
            discount_id: line.discount_id,
            customer_id: line.customer_id,
            discount_type: line.discount_type,
            discount_name: line.discount_name,
            benefit,
            service_type_codes: line.service_type_codes,
            effective_time: line.effective_time,
            expire_time: line.expire_time,
        })
    }
}

/// A `partner_discount` line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "DiscountLine")]
pub struct PartnerDiscount(pub Discount);

impl TryFrom<DiscountLine> for PartnerDiscount {
    type Error = &'static str;

    fn try_from(line: DiscountLine) -> Result<Self, Self::Error> {
        let discount = Discount::try_from(line)?;
        match (discount.discount_type, discount.benefit) {
            (Some(DiscountType::PartnerGrant), _)
            | (Some(DiscountType::PartnerRatio), Benefit::Ratio(_)) => Ok(Self(discount)),
            (Some(DiscountType::PartnerRatio), _) => Err("607 is a discount_ratio"),
            (Some(DiscountType::Commercial) | None, _) => Err("discount_type must be 606 or 607"),
        }
    }
}

/// A `promotion_discount` line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "DiscountLine")]
pub struct PromotionDiscount(pub Discount);

impl TryFrom<DiscountLine> for PromotionDiscount {
    type Error = &'static str;

    fn try_from(line: DiscountLine) -> Result<Self, Self::Error> {
        let discount = Discount::try_from(line)?;
        match discount.discount_type {
            None => Ok(Self(discount)),
            Some(_) => Err("a promotion has no discount_type"),
        }
    }
}

impl Discount {
    /// Whether it is valid at a moment.
    pub fn is_valid(&self, at: Timestamp) -> bool {
        self.effective_time <= at && self.expire_time.is_none_or(|end| at < end)
    }

    /// Whether it is for a service.
    pub fn is_for(&self, service: &TypeCode) -> bool {
        self.service_type_codes.is_empty() || self.service_type_codes.contains(service)
    }
}

/// What a customer has of discounts, as far as it matters to what is being priced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discounts {
    /// Its agreements.
    pub agreements: Vec<Agreement>,
    /// Their items.
    pub items: Vec<AgreementItem>,
    /// What its partner gives, and promotions.
    pub others: Vec<Discount>,
}

impl Discounts {
    /// The agreement in force at a moment: the newest, if there are several.
    pub fn agreement(&self, at: Timestamp) -> Option<&Agreement> {
        let in_force = self
            .agreements
            .iter()
            .filter(|agreement| agreement.effective_time <= at && at < agreement.expire_time);
        in_force.max_by_key(|agreement| (agreement.effective_time, &agreement.commerce_id))
    }

    /// What an agreement says of a product that is charged in a way: the item that means the
    /// product most exactly.
    pub fn item(
        &self,
        agreement: &Agreement,
        product: &Product,
        mode: Option<QuotingMode>,
        at: Timestamp,
    ) -> Option<&AgreementItem> {
        let items = self.items.iter().filter(|item| {
            item.commerce_id == agreement.commerce_id
                && Some(item.charging_mode) == mode
                && item.is_valid(at)
        });
        items
            .filter_map(|item| Some((item.scope.precision(product)?, &item.item_id, item)))
            .max_by_key(|(precision, id, _)| (*precision, *id))
            .map(|(_, _, item)| item)
    }
}
