//! Price what is to be ordered or renewed, by the rating engine, at the prices and with the
//! discounts of now.
//!
//! The catalogue is read before the transaction; what was read of it is used here, with the
//! discounts of the customer, inside the transaction that keeps the prices.

use super::place_order::PricedLine;
use super::renew_resources::{RenewalPrice, RenewalPrices};
use crate::books::{Books, Priced};

use crate::domain::catalogue::{self, ChargeMode, MeasureId, Offer, ProductLookup, TermType};
use crate::domain::discount::{Benefit, DiscountType, Discounts};
use crate::domain::error::Reason;
use crate::domain::order::{DiscountKind, DiscountMode, OrderDiscount};
use crate::domain::rating::{self, Amount, Group, PeriodItem, Rated, Size};
use crate::domain::resource::{Product, Resource};
use crate::domain::term::{PeriodType, Term};
use crate::value::id::{CatalogueCode, CustomerId, TypeCode};
use crate::value::money::Money;
use crate::value::time::Timestamp;

/// A product as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedProduct {
    /// The cloud service.
    pub service_type_code: TypeCode,
    /// The kind of resource.
    pub resource_type_code: TypeCode,
    /// The specification.
    pub resource_spec: CatalogueCode,
    /// The region.
    pub region_code: CatalogueCode,
    /// The availability zone; any without one.
    pub zone_code: Option<String>,
    /// Size and its unit, for what is sold by it.
    pub size: Option<Size>,
    /// The project that it is for.
    pub project_id: Option<String>,
}

/// A line of an order as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedLine {
    /// What.
    pub product: AskedProduct,
    /// For how long.
    pub term: Term,
    /// How many.
    pub subscription_num: u32,
    /// The line, of those before it, whose resources these are attached to.
    pub attached_to: Option<u32>,
    /// The child of a combined order that it belongs to, from 0.
    pub child: Option<u32>,
    /// Whether what it provides renews itself.
    pub renews_itself: bool,
}

/// Lines with their prices, and the discounts that the order is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedLines {
    /// The lines.
    pub lines: Vec<PricedLine>,
    /// The discounts.
    pub discounts: Vec<OrderDiscount>,
}

impl AskedProduct {
    /// By what it is looked up.
    pub fn lookup(&self, charge_mode: ChargeMode) -> ProductLookup {
        ProductLookup {
            service_type_code: self.service_type_code.clone(),
            resource_type_code: self.resource_type_code.clone(),
            region_code: self.region_code.clone(),
            resource_spec: self.resource_spec.clone(),
            charge_mode,
            zone_code: self.zone_code.clone(),
        }
    }

    /// The product that was found for it. `priced` has what was looked up for it alone.
    ///
    /// # Errors
    /// [`Reason::Field`] if there is none, and for the size of one that is sold by it.
    pub fn found(&self, priced: &Priced) -> Result<Product, Reason> {
        let unknown = || Reason::field("resource_spec", "the catalogue has no such product");
        let offer = priced.offers.first().and_then(Option::as_ref).ok_or_else(unknown)?;
        rating::size_of(&offer.product, self.size)?;
        Ok(self.sold_as(offer))
    }

    fn sold_as(&self, offer: &Offer) -> Product {
        let product = &offer.product;
        let size = self.size.filter(|_| product.size_measure_id.is_some());
        Product {
            service_type_code: self.service_type_code.clone(),
            resource_type_code: self.resource_type_code.clone(),
            resource_spec_code: self.resource_spec.to_string(),
            region_code: self.region_code.to_string(),
            zone_code: self.zone_code.clone(),
            product_id: product.product_id.to_string(),
            resource_size: size.and_then(|size| size.value.to_string().parse().ok()),
            size_measure_id: size.map(|size| size.measure_id.0),
            service_type_name: None,
            resource_type_name: None,
            product_spec_desc: Some(product.name_zh.as_str().to_owned()),
            project_id: self.project_id.clone(),
        }
    }
}

impl AskedLine {
    /// By what its product is looked up.
    pub fn lookup(&self) -> ProductLookup {
        self.product.lookup(ChargeMode::Period)
    }

    fn priced(&self, offer: &Offer, official_amount: Money) -> PricedLine {
        PricedLine {
            product: self.product.sold_as(offer),
            term: self.term,
            subscription_num: self.subscription_num,
            official_amount,
            attached_to: self.attached_to,
            child: self.child,
            renews_itself: self.renews_itself,
        }
    }
}

/// Prices the lines of an order. `priced` has what was looked up for them, in their order.
///
/// # Errors
/// [`Reason::ProductNotFound`] for a product that is not there or a term that has no price, and
/// what the rating engine refuses; store failures.
pub async fn price_lines(
    books: &Books<'_>,
    customer_id: &CustomerId,
    asked: &[AskedLine],
    priced: &Priced,
    now: Timestamp,
) -> Result<PricedLines, Reason> {
    let offers = found(priced, asked.len())?;
    let ids = ids(asked.len());
    let mut items = Vec::with_capacity(asked.len());
    for ((line, offer), id) in asked.iter().zip(&offers).zip(&ids) {
        let (term, size, count) = (line.term, line.product.size, line.subscription_num);
        items.push(PeriodItem { id, offer, term: rated_term(term)?, size, count });
    }
    let rated = rating::rate_periods(&items, now)?;
    let discounts = discounts_of(books, customer_id, &offers, &rated, priced).await?;
    let mut lines = Vec::with_capacity(asked.len());
    for ((line, offer), item) in asked.iter().zip(&offers).zip(&rated.items) {
        lines.push(line.priced(offer, cents(item.official)?));
    }
    Ok(PricedLines { lines, discounts })
}

/// By what the products of resources are looked up to price their renewal.
pub fn lookups(resources: &[Resource]) -> Vec<Option<ProductLookup>> {
    let lookup = |resource: &Resource| {
        let product = &resource.product;
        Some(ProductLookup {
            service_type_code: product.service_type_code.clone(),
            resource_type_code: product.resource_type_code.clone(),
            region_code: product.region_code.parse().ok()?,
            resource_spec: product.resource_spec_code.parse().ok()?,
            charge_mode: ChargeMode::Period,
            zone_code: product.zone_code.clone(),
        })
    };
    resources.iter().map(lookup).collect()
}

/// Prices the renewal of resources. `priced` has what was looked up for them, in their order. Days
/// that a common day adds cost their share of a month's price.
///
/// # Errors
/// [`Reason::TermNotOffered`] for a product that is no longer there or a term that has no price;
/// store failures.
pub async fn price_renewal(
    books: &Books<'_>,
    customer_id: &CustomerId,
    resources: &[Resource],
    term: Term,
    priced: &Priced,
    now: Timestamp,
) -> Result<RenewalPrices, Reason> {
    let not_offered = |reason| match reason {
        Reason::ProductNotFound => Reason::TermNotOffered,
        other => other,
    };
    let offers = found(priced, resources.len()).map_err(not_offered)?;
    let ids = ids(resources.len());
    let mut items = Vec::with_capacity(resources.len());
    for ((resource, offer), id) in resources.iter().zip(&offers).zip(&ids) {
        let term = rated_term(term).map_err(not_offered)?;
        items.push(PeriodItem { id, offer, term, size: size_of(&resource.product), count: 1 });
    }
    let rated = rating::rate_periods(&items, now).map_err(not_offered)?;
    let mut discounts = discounts_of(books, customer_id, &offers, &rated, priced).await?;
    let day = books.renewal_config(customer_id).await?.expire_day;
    let mut prices = Vec::with_capacity(resources.len());
    let mut shares = Vec::with_capacity(resources.len());
    for (resource, item) in resources.iter().zip(&rated.items) {
        let (expiry, added) = term.renewed_on(resource.expiry(), day);
        let share = term.share_of_days(added);
        prices.push(RenewalPrice {
            resource_id: resource.resource_id.clone(),
            product: resource.product.clone(),
            expire_time: expiry.expire_time,
            official_amount: with_share(cents(item.official)?, share)?,
        });
        shares.push(share);
    }
    // Money off is what it is, for however long.
    for discount in discounts.iter_mut().filter(|it| it.mode != DiscountMode::Reduction) {
        for (amount, share) in discount.amounts.iter_mut().zip(&shares) {
            *amount = with_share(*amount, *share)?;
        }
    }
    Ok(RenewalPrices { prices, discounts })
}

/// An amount and such a share of it more, half a fen rounded up.
fn with_share(amount: Money, (days, of): (u32, u32)) -> Result<Money, Reason> {
    if days == 0 {
        return Ok(amount);
    }
    let fen = amount.whole_fen().ok_or(Reason::PriceTooLarge)?;
    let (days, of) = (i128::from(days), i128::from(of));
    let more = fen.checked_mul(days * 2).and_then(|twice| twice.checked_add(of));
    let more = more.map(|twice| twice.div_euclid(of * 2)).ok_or(Reason::PriceTooLarge)?;
    let all = fen.checked_add(more).ok_or(Reason::PriceTooLarge)?;
    Money::of_fen(all).map_err(|_| Reason::PriceTooLarge)
}

/// The offers that were looked up, one for each of so many.
fn found(priced: &Priced, count: usize) -> Result<Vec<Offer>, Reason> {
    let offers = priced.offers.iter().map(|offer| offer.clone().ok_or(Reason::ProductNotFound));
    let offers = offers.collect::<Result<Vec<Offer>, Reason>>()?;
    if offers.len() == count { Ok(offers) } else { Err(Reason::ProductNotFound) }
}

/// Names for items of a rating.
fn ids(count: usize) -> Vec<String> {
    (0..count).map(|place| place.to_string()).collect()
}

fn size_of(product: &Product) -> Option<Size> {
    let value = product.resource_size?.to_string().parse().ok()?;
    Some(Size { value, measure_id: MeasureId(product.size_measure_id?) })
}

/// A term as the catalogue has prices for it.
fn rated_term(term: Term) -> Result<catalogue::Term, Reason> {
    let unit = match term.period_type {
        PeriodType::Day => TermType::Day,
        PeriodType::Month => TermType::Month,
        PeriodType::Year => TermType::Year,
        PeriodType::Hour => TermType::Hour,
        PeriodType::Week | PeriodType::OneOff => return Err(Reason::ProductNotFound),
    };
    Ok(catalogue::Term { unit, count: term.period_num })
}

/// An amount in whole fen.
fn cents(amount: Amount) -> Result<Money, Reason> {
    amount.cents().ok_or(Reason::PriceTooLarge)
}

/// The discounts that an order of these items is offered: those of whoever pays for the customer.
async fn discounts_of(
    books: &Books<'_>,
    customer_id: &CustomerId,
    offers: &[Offer],
    rated: &Rated<'_>,
    priced: &Priced,
) -> Result<Vec<OrderDiscount>, Reason> {
    let products = offers.iter().map(|offer| &offer.product.product_id);
    let payer = books.payer_of(customer_id).await?;
    let discounts = books.discounts(&payer, products).await?;
    let competing = rated.optional_discounts(&discounts, &priced.policies)?;
    let promotions = rated.promotions(&discounts)?;
    competing.iter().chain(&promotions).map(|group| order_discount(group, &discounts)).collect()
}

fn order_discount(group: &Group, discounts: &Discounts) -> Result<OrderDiscount, Reason> {
    let (kind, discount_type) = match group.discount_type {
        Some(DiscountType::Commercial) => (DiscountKind::Commercial, "605"),
        Some(DiscountType::PartnerGrant) => (DiscountKind::Partner, "606"),
        Some(DiscountType::PartnerRatio) => (DiscountKind::Partner, "607"),
        None => (DiscountKind::Promotion, "700"),
    };
    let single = discounts.others.iter().find(|it| it.discount_id == group.discount_id);
    let (mode, value) = match single.map(|it| it.benefit) {
        Some(Benefit::Ratio(ratio)) => (DiscountMode::Ratio, ratio.to_string()),
        Some(Benefit::MoneyOff(amount)) => (DiscountMode::Reduction, amount.to_string()),
        Some(Benefit::FixedPrice(_)) => (DiscountMode::FixedPrice, String::new()),
        // An agreement may say something else of each item: what it comes to.
        None => {
            let ratio = cents(group.total.amount)?.ratio_of(cents(group.total.official)?);
            (DiscountMode::Ratio, ratio.to_string())
        }
    };
    let off = |item: &rating::Discounted| {
        let off = cents(item.official)?.checked_sub(cents(item.amount)?);
        off.map_err(|_| Reason::PriceTooLarge)
    };
    Ok(OrderDiscount {
        discount_id: group.discount_id.to_string(),
        kind,
        discount_type: discount_type.to_owned(),
        mode,
        value,
        amounts: group.items.iter().map(off).collect::<Result<_, Reason>>()?,
        ends: single.and_then(|it| it.expire_time),
    })
}
