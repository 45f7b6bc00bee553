//! Price usage of pay-per-use products for a customer.
//!
//! `ListOnDemandResourceRatings`, `POST /v2/bills/ratings/on-demand-resources`.

use billing::api::{Answer, Object, Refusal, pricing};
use billing::component::Call;
use billing::domain::bill::Measure;
use billing::domain::catalogue::{ChargeMode, MeasureId, Name};
use billing::domain::discount::DiscountType;
use billing::domain::error::Reason;
use billing::domain::rating::{
    self, Amount, Discounted, Group, Precision, Rated, RatedItem, UsageItem,
};
use billing::value::id::{DiscountId, ProductId};
use billing::value::money::{Currency, Quantity};
use serde::{Deserialize, Serialize};

/// Longest kind of usage, in characters.
const FACTOR_CHARACTERS_MAX: usize = 400;

billing::component! { POST ListOnDemandResourceRatings => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let customer = &call.caller().customer()?.customer_id;
    let request: RateOnDemandReq = call.body()?;
    pricing::check_project(&request.project_id)?;
    pricing::check_items(request.product_infos.iter().map(|Object(item)| item.id.as_str()))?;
    let precision = match request.inquiry_precision.unwrap_or_default() {
        0 => Precision::Usual,
        1 => Precision::Fine,
        _ => return Err(Refusal::parameter("inquiry_precision", "must be 0 or 1")),
    };
    let asked = request.product_infos.iter().map(|Object(item)| item.read());
    let asked = asked.collect::<Result<Vec<pricing::Asked>, Refusal>>()?;

    let lookups: Vec<_> = asked.iter().map(|product| product.lookup.clone()).collect();
    let priced = call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await).await?;
    let items = request.product_infos.iter().zip(&asked).zip(&priced.offers);
    let items = items.map(|((Object(item), product), offer)| {
        let offer = offer.as_ref().ok_or(Reason::ProductNotFound)?;
        Ok(UsageItem {
            id: &item.id,
            offer,
            factor: &item.usage_factor,
            usage: item.usage_value,
            measure_id: item.usage_measure_id,
            size: product.size,
            count: item.subscription_num,
        })
    });
    let items = items.collect::<Result<Vec<_>, Refusal>>()?;
    let rated = rating::rate_usage(&items, &priced.conversions, precision, call.now())?;
    let products: Vec<&ProductId> =
        rated.items.iter().map(|item| &item.product.product_id).collect();
    let discounts = call
        .read(async |books| {
            let payer = books.payer_of(customer).await?;
            books.discounts(&payer, products.iter().copied()).await
        })
        .await?;
    let groups = rated.optional_discounts(&discounts, &priced.policies)?;

    Answer::ok(&ListOnDemandResourceRatingsResponse::new(&rated, used(&groups)))
}

/// The one discount that counts: that of an agreement, else the best one of the partner.
fn used(groups: &[Group]) -> Option<&Group> {
    let commercial = |group: &&Group| group.discount_type == Some(DiscountType::Commercial);
    let best = groups.iter().find(|group| group.is_best_offer);
    groups.iter().find(commercial).or(best)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateOnDemandReq {
    project_id: String,
    inquiry_precision: Option<u32>,
    product_infos: Vec<Object<DemandProductInfo>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemandProductInfo {
    id: String,
    cloud_service_type: String,
    resource_type: String,
    resource_spec: String,
    region: String,
    available_zone: Option<String>,
    resource_size: Option<u32>,
    size_measure_id: Option<u32>,
    usage_factor: String,
    usage_value: Quantity,
    usage_measure_id: MeasureId,
    subscription_num: u32,
}

impl DemandProductInfo {
    fn read(&self) -> Result<pricing::Asked, Refusal> {
        let fields = pricing::ProductFields {
            cloud_service_type: &self.cloud_service_type,
            resource_type: &self.resource_type,
            resource_spec: &self.resource_spec,
            region: &self.region,
            available_zone: self.available_zone.as_deref(),
            resource_size: self.resource_size,
            size_measure_id: self.size_measure_id,
        };
        pricing::check_text("usage_factor", &self.usage_factor, FACTOR_CHARACTERS_MAX)?;
        if !self.usage_value.is_positive() {
            return Err(Refusal::parameter("usage_value", "must be greater than 0"));
        }
        pricing::positive("subscription_num", self.subscription_num)?;
        fields.read(ChargeMode::OnDemand)
    }
}

#[derive(Serialize)]
struct ListOnDemandResourceRatingsResponse<'r> {
    amount: Amount,
    discount_amount: Amount,
    official_website_amount: Amount,
    measure_id: Measure,
    currency: Currency,
    product_rating_results: Vec<DemandProductRatingResult<'r>>,
}

#[derive(Serialize)]
struct DemandProductRatingResult<'r> {
    id: &'r str,
    product_id: &'r ProductId,
    amount: Amount,
    discount_amount: Amount,
    official_website_amount: Amount,
    measure_id: Measure,
    discount_rating_results: Vec<DemandDiscountRatingResult<'r>>,
}

/// What a discount takes off.
#[derive(Serialize)]
struct DemandDiscountRatingResult<'r> {
    discount_id: &'r DiscountId,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_type: Option<DiscountType>,
    amount: Amount,
    measure_id: Measure,
    discount_name: &'r Name,
}

impl<'r> ListOnDemandResourceRatingsResponse<'r> {
    fn new(rated: &'r Rated<'_>, group: Option<&'r Group>) -> Self {
        let total = group.map_or(Discounted::undiscounted(rated.official), |group| group.total);
        let items = rated.items.iter().enumerate().map(|(index, item)| {
            let of = group.and_then(|group| Some((group, *group.items.get(index)?)));
            DemandProductRatingResult::new(item, of)
        });
        Self {
            amount: total.amount,
            discount_amount: total.discount,
            official_website_amount: total.official,
            measure_id: Measure::Yuan,
            currency: Currency::Cny,
            product_rating_results: items.collect(),
        }
    }
}

impl<'r> DemandProductRatingResult<'r> {
    fn new(item: &'r RatedItem<'_>, of: Option<(&'r Group, Discounted)>) -> Self {
        let result = of.map_or(Discounted::undiscounted(item.official), |(_, result)| result);
        let used = of.filter(|(_, result)| result.discount > Amount::ZERO);
        let discount_rating_results = used.map(|(group, result)| DemandDiscountRatingResult {
            discount_id: &group.discount_id,
            discount_type: group.discount_type,
            amount: result.discount,
            measure_id: Measure::Yuan,
            discount_name: &group.discount_name,
        });
        Self {
            id: item.id,
            product_id: &item.product.product_id,
            amount: result.amount,
            discount_amount: result.discount,
            official_website_amount: result.official,
            measure_id: Measure::Yuan,
            discount_rating_results: discount_rating_results.into_iter().collect(),
        }
    }
}
