//! Price the renewal of a customer's yearly/monthly resources.
//!
//! `ListRenewRateOnPeriod`, `POST /v2/bills/ratings/period-resources/renew-rate`.

use billing::api::{Answer, FailedResource, Refusal};
use billing::component::Call;
use billing::domain::catalogue::{
    ChargeMode, MeasureId, Name, Offer, ProductLookup, Term, TermType,
};
use billing::domain::discount::DiscountType;
use billing::domain::error::Reason;
use billing::domain::rating::{self, Group, PeriodItem, Rated, Size};
use billing::domain::resource::{Product, Resource, ResourceStatus};
use billing::domain::settings::Settings;
use billing::value::id::{DiscountId, ProductId, ResourceId};
use billing::value::money::Currency;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most resources of one request.
const RESOURCES_MAX: usize = 10;

/// Longest terms.
const MONTHS_MAX: u32 = 11;
const YEARS_MAX: u32 = 3;

billing::component! { POST ListRenewRateOnPeriod => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let customer = &call.caller().customer()?.customer_id;
    let request: ListRenewRateOnPeriodReq = call.body()?;
    let (ids, term) = request.checked()?;

    let now = call.now();
    let (found, discounts) = call
        .read(async |books| {
            let settings = books.settings().await?;
            let mut found = Vec::new();
            for id in &ids {
                let resource = books.resource(customer, id).await?;
                found.push(match renewable(resource, now, &settings) {
                    Ok(main) => Ok(books.with_attached(main).await?),
                    Err(reason) => Err(reason),
                });
            }
            let products: Vec<ProductId> = products(&found);
            let payer = books.payer_of(customer).await?;
            Ok((found, books.discounts(&payer, &products).await?))
        })
        .await?;
    let lookups: Vec<Option<ProductLookup>> =
        found.iter().flatten().flatten().map(|resource| lookup(&resource.product)).collect();
    let priced = call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await?;
    let quoted = Quoted::new(&ids, &found, &priced.offers, term, now);
    let rated = rating::rate_periods(&quoted.items, now)?;
    let groups = rated.optional_discounts(&discounts, &priced.policies)?;

    Answer::ok(&ListRenewRateOnPeriodResponse::new(quoted, &rated, &groups)?)
}

/// A main resource that can be renewed now.
fn renewable(
    resource: Option<Resource>,
    now: Timestamp,
    settings: &Settings,
) -> Result<Resource, Reason> {
    let resource = resource.ok_or(Reason::RateOfMissing)?;
    if resource.status_at(now, settings) == ResourceStatus::Closed {
        return Err(Reason::RateOfMissing);
    }
    if !resource.is_main() {
        return Err(Reason::RateOfAttached);
    }
    match resource.check_no_pending_order(now) {
        Ok(()) => Ok(resource),
        Err(Reason::ResourceInUnpaidOrder) => Err(Reason::RateOfUnpaid),
        Err(_) => Err(Reason::RateOfChanging),
    }
}

/// The products of all resources found.
fn products(found: &[Result<Vec<Resource>, Reason>]) -> Vec<ProductId> {
    let resources = found.iter().flatten().flatten();
    resources.filter_map(|resource| resource.product.product_id.parse().ok()).collect()
}

/// By what a resource's product is looked up. `None` for what no catalogue can have.
fn lookup(product: &Product) -> Option<ProductLookup> {
    Some(ProductLookup {
        service_type_code: product.service_type_code.clone(),
        resource_type_code: product.resource_type_code.clone(),
        region_code: product.region_code.parse().ok()?,
        resource_spec: product.resource_spec_code.parse().ok()?,
        charge_mode: ChargeMode::Period,
        zone_code: product.zone_code.clone(),
    })
}

/// What is to be priced, and what cannot be.
struct Quoted<'r> {
    items: Vec<PeriodItem<'r>>,
    /// Main resources, and how many of the items are each one's.
    mains: Vec<(&'r ResourceId, usize)>,
    failed: Vec<FailedResource>,
}

impl<'r> Quoted<'r> {
    fn new(
        ids: &'r [ResourceId],
        found: &'r [Result<Vec<Resource>, Reason>],
        offers: &'r [Option<Offer>],
        term: Term,
        now: Timestamp,
    ) -> Self {
        let mut quoted = Self { items: Vec::new(), mains: Vec::new(), failed: Vec::new() };
        let mut offers = offers.iter();
        for (id, resources) in ids.iter().zip(found) {
            let items = match resources {
                Ok(resources) => {
                    let offers: Vec<_> = offers.by_ref().take(resources.len()).collect();
                    items_of(resources, &offers, term, now)
                }
                Err(reason) => Err(reason.clone()),
            };
            match items {
                Ok(items) => {
                    quoted.mains.push((id, items.len()));
                    quoted.items.extend(items);
                }
                Err(reason) => quoted.failed.push(FailedResource::new(id, &reason)),
            }
        }
        quoted
    }
}

/// A main resource and those attached to it, if all of them can be renewed for a term.
fn items_of<'r>(
    resources: &'r [Resource],
    offers: &[&'r Option<Offer>],
    term: Term,
    now: Timestamp,
) -> Result<Vec<PeriodItem<'r>>, Reason> {
    let mut items = Vec::with_capacity(resources.len());
    for (resource, offer) in resources.iter().zip(offers) {
        let offer = offer.as_ref().ok_or(Reason::RateNotRenewable)?;
        let size = match (resource.product.resource_size, resource.product.size_measure_id) {
            (Some(size), Some(measure_id)) => {
                let value = size.whole().ok_or(Reason::RateNotRenewable)?;
                Some(Size { value, measure_id: MeasureId(measure_id) })
            }
            _ => None,
        };
        items.push(PeriodItem { id: resource.resource_id.as_str(), offer, term, size, count: 1 });
    }
    match rating::rate_periods(&items, now) {
        Ok(_) => Ok(items),
        Err(Reason::ProductNotFound) => Err(Reason::RateTermNotOffered),
        Err(_) => Err(Reason::RateNotRenewable),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListRenewRateOnPeriodReq {
    resource_ids: Vec<ResourceId>,
    period_type: TermType,
    period_num: u32,
    /// No main resource is related to another one here: they all have their own price.
    include_relative_resources: Option<Flag>,
}

/// A boolean, or an empty text that says nothing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    #[expect(dead_code, reason = "it changes nothing, and must be one")]
    Is(bool),
    Text(String),
}

impl ListRenewRateOnPeriodReq {
    /// Checks the fields, the ids last: those that are there twice have a code of their own.
    fn checked(self) -> Result<(Vec<ResourceId>, Term), Refusal> {
        if !(1..=RESOURCES_MAX).contains(&self.resource_ids.len()) {
            let fault = format!("must name 1 to {RESOURCES_MAX} resources");
            return Err(Refusal::parameter("resource_ids", &fault));
        }
        let count_max = match self.period_type {
            TermType::Month => MONTHS_MAX,
            TermType::Year => YEARS_MAX,
            TermType::Day | TermType::Hour => {
                return Err(Refusal::parameter("period_type", "must be 2 or 3"));
            }
        };
        if !(1..=count_max).contains(&self.period_num) {
            let fault = format!("must be a whole number from 1 to {count_max}");
            return Err(Refusal::parameter("period_num", &fault));
        }
        match self.include_relative_resources {
            Some(Flag::Text(text)) if !text.is_empty() => {
                return Err(Refusal::parameter("include_relative_resources", "must be a boolean"));
            }
            None | Some(Flag::Is(_) | Flag::Text(_)) => {}
        }
        if self.resource_ids.iter().collect::<BTreeSet<_>>().len() < self.resource_ids.len() {
            return Err(Reason::ResourcesRepeated.into());
        }
        let term = Term { unit: self.period_type, count: self.period_num };
        Ok((self.resource_ids, term))
    }
}

/// All amounts are texts here, and nothing is paid in instalments.
#[derive(Serialize)]
struct ListRenewRateOnPeriodResponse<'r> {
    currency: Currency,
    renew_inquiry_results: Vec<RenewInquiryResultInfo<'r>>,
    official_website_rating_result: OfficialWebsiteRatingResultV2,
    optional_discount_rating_results: Vec<OptionalDiscountRatingResultV2<'r>>,
    fail_resource_infos: Vec<FailedResource>,
}

#[derive(Serialize)]
struct RenewInquiryResultInfo<'r> {
    resource_id: &'r ResourceId,
    amount: String,
}

#[derive(Serialize)]
struct OfficialWebsiteRatingResultV2 {
    official_website_amount: String,
}

#[derive(Serialize)]
struct OptionalDiscountRatingResultV2<'r> {
    discount_id: &'r DiscountId,
    amount: String,
    official_website_amount: String,
    discount_amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_type: Option<DiscountType>,
    discount_name: &'r Name,
    best_offer: u8,
}

impl<'r> ListRenewRateOnPeriodResponse<'r> {
    fn new(quoted: Quoted<'r>, rated: &Rated<'_>, groups: &'r [Group]) -> Result<Self, Refusal> {
        let mut items = rated.items.iter().map(|item| item.official);
        let mut results = Vec::with_capacity(quoted.mains.len());
        for (resource_id, count) in quoted.mains {
            let amount = rating::Amount::sum(items.by_ref().take(count))?.to_string();
            results.push(RenewInquiryResultInfo { resource_id, amount });
        }
        Ok(Self {
            currency: Currency::Cny,
            renew_inquiry_results: results,
            official_website_rating_result: OfficialWebsiteRatingResultV2 {
                official_website_amount: rated.official.to_string(),
            },
            optional_discount_rating_results: groups.iter().map(From::from).collect(),
            fail_resource_infos: quoted.failed,
        })
    }
}

impl<'r> From<&'r Group> for OptionalDiscountRatingResultV2<'r> {
    fn from(group: &'r Group) -> Self {
        Self {
            discount_id: &group.discount_id,
            amount: group.total.amount.to_string(),
            official_website_amount: group.total.official.to_string(),
            discount_amount: group.total.discount.to_string(),
            discount_type: group.discount_type,
            discount_name: &group.discount_name,
            best_offer: u8::from(group.is_best_offer),
        }
    }
}
