//! Price yearly/monthly products for a customer.
//!
//! `ListRateOnPeriodDetail`, `POST /v2/bills/ratings/period-resources/subscribe-rate`.

use billing::api::{Answer, Object, Refusal, pricing};
use billing::component::Call;
use billing::domain::bill::Measure;
use billing::domain::catalogue::{ChargeMode, Name, Term, TermType};
use billing::domain::discount::DiscountType;
use billing::domain::error::Reason;
use billing::domain::rating::{self, Amount, Discounted, Group, PeriodItem, Rated, RatedItem};
use billing::value::id::{DiscountId, ProductId};
use billing::value::money::Currency;
use serde::{Deserialize, Serialize};

billing::component! { POST ListRateOnPeriodDetail => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let customer = &call.caller().customer()?.customer_id;
    let request: RateOnPeriodReq = call.body()?;
    pricing::check_project(&request.project_id)?;
    pricing::check_items(request.product_infos.iter().map(|Object(item)| item.id.as_str()))?;
    let items = request.product_infos.iter().map(|Object(item)| item.read());
    let items = items.collect::<Result<Vec<Item<'_>>, Refusal>>()?;

    let lookups: Vec<_> = items.iter().map(|item| item.product.lookup.clone()).collect();
    let priced = call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await?;
    let items = items.iter().zip(&priced.offers).map(|(item, offer)| {
        let offer = offer.as_ref().ok_or(Reason::ProductNotFound)?;
        let Item { id, term, count, product } = item;
        Ok(PeriodItem { id, offer, term: *term, size: product.size, count: *count })
    });
    let rated = rating::rate_periods(&items.collect::<Result<Vec<_>, Refusal>>()?, call.now())?;
    let products = rated.items.iter().map(|item| &item.product.product_id);
    let products: Vec<&ProductId> = products.collect();
    let discounts = call
        .read(async |books| {
            let payer = books.payer_of(customer).await?;
            books.discounts(&payer, products.iter().copied()).await
        })
        .await?;
    let groups = rated.optional_discounts(&discounts, &priced.policies)?;

    Answer::ok(&ListRateOnPeriodDetailResponse::new(&rated, &groups))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateOnPeriodReq {
    project_id: String,
    product_infos: Vec<Object<PeriodProductInfo>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodProductInfo {
    id: String,
    cloud_service_type: String,
    resource_type: String,
    resource_spec: String,
    region: String,
    available_zone: Option<String>,
    resource_size: Option<u32>,
    size_measure_id: Option<u32>,
    period_type: TermType,
    period_num: u32,
    subscription_num: u32,
    fee_installment_mode: Option<String>,
}

/// An item of a request that is well-formed.
struct Item<'r> {
    id: &'r str,
    product: pricing::Asked,
    term: Term,
    count: u32,
}

impl PeriodProductInfo {
    fn read(&self) -> Result<Item<'_>, Refusal> {
        let fields = pricing::ProductFields {
            cloud_service_type: &self.cloud_service_type,
            resource_type: &self.resource_type,
            resource_spec: &self.resource_spec,
            region: &self.region,
            available_zone: self.available_zone.as_deref(),
            resource_size: self.resource_size,
            size_measure_id: self.size_measure_id,
        };
        let mode = self.fee_installment_mode.as_deref().unwrap_or_default();
        if !["", "NA", "HALF_PAY", "ZERO_PAY"].contains(&mode) {
            let fault = "must be HALF_PAY, ZERO_PAY or NA";
            return Err(Refusal::parameter("fee_installment_mode", fault));
        }
        Ok(Item {
            id: &self.id,
            product: fields.read(ChargeMode::Period)?,
            term: Term {
                unit: self.period_type,
                count: pricing::positive("period_num", self.period_num)?,
            },
            count: pricing::positive("subscription_num", self.subscription_num)?,
        })
    }
}

#[derive(Serialize)]
struct ListRateOnPeriodDetailResponse<'r> {
    official_website_rating_result: OfficialWebsiteRatingResult<'r>,
    optional_discount_rating_results: Vec<OptionalDiscountRatingResult<'r>>,
    currency: Currency,
}

/// Nothing is sold in instalments here: what is about them is always absent.
#[derive(Serialize)]
struct OfficialWebsiteRatingResult<'r> {
    official_website_amount: Amount,
    measure_id: Measure,
    product_rating_results: Vec<PeriodProductOfficialRatingResult<'r>>,
}

#[derive(Serialize)]
struct PeriodProductOfficialRatingResult<'r> {
    id: &'r str,
    product_id: &'r ProductId,
    official_website_amount: Amount,
    measure_id: Measure,
}

#[derive(Serialize)]
struct OptionalDiscountRatingResult<'r> {
    discount_id: &'r DiscountId,
    amount: Amount,
    official_website_amount: Amount,
    discount_amount: Amount,
    measure_id: Measure,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_type: Option<DiscountType>,
    discount_name: &'r Name,
    best_offer: u8,
    product_rating_results: Vec<PeriodProductRatingResult<'r>>,
}

#[derive(Serialize)]
struct PeriodProductRatingResult<'r> {
    id: &'r str,
    product_id: &'r ProductId,
    amount: Amount,
    official_website_amount: Amount,
    discount_amount: Amount,
    measure_id: Measure,
}

impl<'r> ListRateOnPeriodDetailResponse<'r> {
    fn new(rated: &'r Rated<'_>, groups: &'r [Group]) -> Self {
        let official = OfficialWebsiteRatingResult {
            official_website_amount: rated.official,
            measure_id: Measure::Yuan,
            product_rating_results: rated.items.iter().map(From::from).collect(),
        };
        let optional = groups.iter().map(|group| OptionalDiscountRatingResult::new(group, rated));
        Self {
            official_website_rating_result: official,
            optional_discount_rating_results: optional.collect(),
            currency: Currency::Cny,
        }
    }
}

impl<'r> From<&'r RatedItem<'_>> for PeriodProductOfficialRatingResult<'r> {
    fn from(item: &'r RatedItem<'_>) -> Self {
        Self {
            id: item.id,
            product_id: &item.product.product_id,
            official_website_amount: item.official,
            measure_id: Measure::Yuan,
        }
    }
}

impl<'r> OptionalDiscountRatingResult<'r> {
    fn new(group: &'r Group, rated: &'r Rated<'_>) -> Self {
        let items = rated.items.iter().zip(&group.items);
        Self {
            discount_id: &group.discount_id,
            amount: group.total.amount,
            official_website_amount: group.total.official,
            discount_amount: group.total.discount,
            measure_id: Measure::Yuan,
            discount_type: group.discount_type,
            discount_name: &group.discount_name,
            best_offer: u8::from(group.is_best_offer),
            product_rating_results: items
                .map(|(item, of)| PeriodProductRatingResult::new(item, of))
                .collect(),
        }
    }
}

impl<'r> PeriodProductRatingResult<'r> {
    fn new(item: &'r RatedItem<'_>, of: &Discounted) -> Self {
        Self {
            id: item.id,
            product_id: &item.product.product_id,
            amount: of.amount,
            official_website_amount: of.official,
            discount_amount: of.discount,
            measure_id: Measure::Yuan,
        }
    }
}
