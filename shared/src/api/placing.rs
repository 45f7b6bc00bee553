//! The fields of an order to be placed, which the operator's route and the partner centre's share,
//! and an order on behalf of a customer, which the partner centre's route and the console place.

use super::body::Object;
use super::call::Call;
use super::message::Answer;
use super::orders::one_order;
use super::refusal::Refusal;
use crate::books::Priced;
use crate::domain::catalogue::MeasureId;
use crate::domain::error::Reason;
use crate::domain::order::{DiscountKind, LINES_MAX, OrderDiscount, OrderSource};
use crate::domain::rating::Size;
use crate::domain::term::{PeriodType, Term};
use crate::operations::authorise_partner::check_authorised;
use crate::operations::place_order::{PlaceOrder, Placing, place_and_pay, randoms_for};
use crate::operations::price_order::{AskedLine, AskedProduct, PricedLines, price_lines};
use crate::value::id::{CatalogueCode, CouponId, CustomerId, TypeCode};
use serde::Deserialize;

/// A line of an order to be placed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineFields {
    service_type_code: TypeCode,
    resource_type_code: TypeCode,
    resource_spec: CatalogueCode,
    region_code: CatalogueCode,
    zone_code: Option<CatalogueCode>,
    resource_size: Option<u32>,
    size_measure_id: Option<u32>,
    period_type: PeriodType,
    period_num: u32,
    subscription_num: Option<u32>,
    /// The line, from 1, whose resources these are attached to.
    attached_to: Option<u32>,
    /// The child of a combined order, from 1.
    sub_order: Option<u32>,
    #[serde(default)]
    is_auto_renew: bool,
    project_id: Option<String>,
}

impl LineFields {
    /// What lines ask for.
    ///
    /// # Errors
    /// [`Reason::Field`] for the first that is wrong.
    pub fn asked(lines: &[Object<Self>]) -> Result<Vec<AskedLine>, Reason> {
        if !(1..=LINES_MAX).contains(&lines.len()) {
            return Err(Reason::field("lines", format!("must have 1 to {LINES_MAX} items")));
        }
        lines.iter().map(|Object(line)| line.asked_line()).collect()
    }

    fn asked_line(&self) -> Result<AskedLine, Reason> {
        let from_zero = |name, number: Option<u32>| match number {
            None => Ok(None),
            Some(number) => {
                let place = number.checked_sub(1);
                place.map(Some).ok_or_else(|| Reason::field(name, "must be 1 or more"))
            }
        };
        Ok(AskedLine {
            product: AskedProduct {
                service_type_code: self.service_type_code.clone(),
                resource_type_code: self.resource_type_code.clone(),
                resource_spec: self.resource_spec.clone(),
                region_code: self.region_code.clone(),
                zone_code: self.zone_code.as_ref().map(ToString::to_string),
                size: size(self.resource_size, self.size_measure_id)?,
                project_id: self.project_id.clone(),
            },
            term: Term { period_type: self.period_type, period_num: self.period_num },
            subscription_num: self.subscription_num.unwrap_or(1),
            attached_to: from_zero("attached_to", self.attached_to)?,
            child: from_zero("sub_order", self.sub_order)?,
            renews_itself: self.is_auto_renew,
        })
    }
}

/// A size with its unit, which are given together or not at all.
///
/// # Errors
/// [`Reason::Field`] for one without the other.
pub fn size(value: Option<u32>, measure_id: Option<u32>) -> Result<Option<Size>, Reason> {
    match (value, measure_id) {
        (None, None) => Ok(None),
        (Some(value), Some(id)) => Ok(Some(Size { value, measure_id: MeasureId(id) })),
        _ => Err(Reason::field("size_measure_id", "goes with resource_size")),
    }
}

/// An order that a partner places on behalf of a customer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnBehalf {
    customer_id: CustomerId,
    lines: Vec<Object<LineFields>>,
    /// Coupons of the customer to be kept for the order.
    #[serde(default)]
    coupon_ids: Vec<CouponId>,
    /// The promotion that was chosen.
    promotion_id: Option<String>,
    /// Whether it is to be paid at once from the customer's account, if it can be.
    #[serde(default)]
    is_auto_pay: bool,
}

impl OnBehalf {
    /// What it would cost now.
    ///
    /// # Errors
    /// As of [`place`](Self::place), and nothing is changed.
    pub async fn priced(&self, call: &Call) -> Result<PricedLines, Refusal> {
        let caller = call.caller().partner()?;
        let asked = LineFields::asked(&self.lines)?;
        let found = Self::look_up(call, &asked).await?;
        call.read(async |books| {
            check_authorised(books, caller, &self.customer_id).await?;
            price_lines(books, &self.customer_id, &asked, &found, books.at(call.now())).await
        })
        .await
    }

    /// Places it: the products of the catalogue are priced now, and the prices kept.
    ///
    /// # Errors
    /// [`Reason::Field`] for the first line that is wrong, and what [`check_authorised`],
    /// [`price_lines`] and [`place_and_pay`] refuse; store failures.
    pub async fn place(&self, call: &Call) -> Result<Answer, Refusal> {
        let caller = call.caller().partner()?;
        let asked = LineFields::asked(&self.lines)?;
        let found = Self::look_up(call, &asked).await?;
        let randoms = call.randoms(randoms_for(asked.len()));
        let random = call.random();
        call.update(async |books| {
            let (customer, now) = (&self.customer_id, books.now());
            check_authorised(books, caller, customer).await?;
            let priced = price_lines(books, customer, &asked, &found, now).await?;
            let order = PlaceOrder::check(self.placing(priced, caller.partner_id.as_str())?)?;
            one_order(place_and_pay(books, &order, &randoms, &random).await?, now)
        })
        .await
    }

    async fn look_up(call: &Call, asked: &[AskedLine]) -> Result<Priced, Refusal> {
        let lookups: Vec<_> = asked.iter().map(|line| Some(line.lookup())).collect();
        call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await
    }

    /// The order with its prices, which are those of the transaction that places it.
    fn placing(&self, priced: PricedLines, user_name: &str) -> Result<Placing, Reason> {
        let PricedLines { lines, discounts } = priced;
        Ok(Placing {
            customer_id: self.customer_id.clone(),
            source_type: OrderSource::Agent,
            lines,
            chosen_promotion: promotion(&discounts, self.promotion_id.as_deref())?,
            discounts,
            coupon_ids: self.coupon_ids.clone(),
            auto_pay: self.is_auto_pay,
            user_name: Some(user_name.to_owned()),
        })
    }
}

/// The place of the promotion that was chosen among the discounts that an order is offered.
///
/// # Errors
/// [`Reason::Field`] for one that does not apply.
pub fn promotion(discounts: &[OrderDiscount], id: Option<&str>) -> Result<Option<u32>, Reason> {
    let Some(id) = id else {
        return Ok(None);
    };
    let is_it = |it: &OrderDiscount| it.kind == DiscountKind::Promotion && it.discount_id == id;
    let place = discounts.iter().zip(0..).find_map(|(it, place)| is_it(it).then_some(place));
    let unknown = || Reason::field("promotion_id", "must be a promotion that applies");
    place.map(Some).ok_or_else(unknown)
}
