//! List what the customer's framework agreement says of discounts.
//!
//! `ListBusinessDiscountInfo`, `POST /v2/promotions/business/discount-info`.

use billing::api::{Answer, PageRule, Refusal};
use billing::books::Described;
use billing::component::Call;
use billing::domain::catalogue::{Language, Name, Product, Region, ResourceType, ServiceType};
use billing::domain::discount::{Agreement, AgreementItem, Benefit, ItemScope, QuotingMode, Ratio};
use billing::value::id::{CatalogueCode, DiscountId, ProductId, TypeCode};
use billing::value::money::Money;
use billing::value::page::Page;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

const PAGE: PageRule = PageRule { limit_default: 20, limits: 1..=1000, ..PageRule::USUAL };

/// Most services, and most ways of charging, that a filter names.
const SERVICES_MAX: usize = 100;
const MODES_MAX: usize = 20;

/// Longest text of a filter, in characters.
const TEXT_CHARACTERS_MAX: usize = 64;

billing::component! { POST ListBusinessDiscountInfo => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let customer = &call.caller().customer()?.customer_id;
    let language = call.language()?;
    let request: BusinessDiscountQueryReq = call.body()?;
    let slice = PAGE.slice(request.offset, request.limit)?;
    let kind = request.checked_kind()?;

    let now = call.now();
    let (agreement, items) = call
        .read(async |books| {
            let agreement = books.agreement_in_force(customer, now).await?;
            let items = match kind {
                ItemKind::Product => books.product_items(customer).await?,
                ItemKind::Category => books.category_items(customer).await?,
            };
            Ok((agreement, items))
        })
        .await?;
    let Some(agreement) = agreement else {
        return Answer::ok(&ListBusinessDiscountInfoResponse::default());
    };
    let is_meant = |item: &AgreementItem| {
        item.commerce_id == agreement.commerce_id && item.is_valid(now) && request.is_of(item)
    };
    let items: Vec<AgreementItem> = items.into_iter().filter(is_meant).collect();
    let described =
        call.read_catalogue(async |catalogue| catalogue.described(&items).await).await?;
    let described = described.into_iter().filter(|described| request.is_for(described)).collect();

    let page = Page::of(described, slice);
    Answer::ok(&ListBusinessDiscountInfoResponse::new(agreement, page, kind, language))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BusinessDiscountQueryReq {
    quoting_item_type: String,
    cloud_service_types: Option<Vec<String>>,
    charging_modes: Option<Vec<String>>,
    site_code: Option<String>,
    offset: Option<u32>,
    limit: Option<u32>,
}

/// Which items are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ItemKind {
    Product,
    Category,
}

impl BusinessDiscountQueryReq {
    /// Checks the filters.
    fn checked_kind(&self) -> Result<ItemKind, Refusal> {
        check_texts("cloud_service_types", self.cloud_service_types.as_deref(), SERVICES_MAX)?;
        check_texts("charging_modes", self.charging_modes.as_deref(), MODES_MAX)?;
        let site = self.site_code.as_ref().map(|site| site.chars().count());
        if site.is_some_and(|count| !(1..=TEXT_CHARACTERS_MAX).contains(&count)) {
            let fault = format!("must have 1 to {TEXT_CHARACTERS_MAX} characters");
            return Err(Refusal::parameter("site_code", &fault));
        }
        match self.quoting_item_type.as_str() {
            "PRODUCT_ITEM" => Ok(ItemKind::Product),
            "CATEGORY_ITEM" => Ok(ItemKind::Category),
            _ => {
                let fault = "must be PRODUCT_ITEM or CATEGORY_ITEM";
                Err(Refusal::parameter("quoting_item_type", fault))
            }
        }
    }

    /// Whether an item passes the filters that it answers itself.
    fn is_of(&self, item: &AgreementItem) -> bool {
        let site = item.site_code.as_ref().map(CatalogueCode::as_str);
        passes(self.charging_modes.as_deref(), item.charging_mode.code())
            && self
                .site_code
                .as_ref()
                .is_none_or(|wanted| site.is_some_and(|site| site.eq_ignore_ascii_case(wanted)))
    }

    /// Whether what the catalogue says of an item passes the filter.
    fn is_for(&self, described: &Described) -> bool {
        let service = described.service.as_ref();
        let code = service.map_or("", |service| service.service_type_code.as_str());
        passes(self.cloud_service_types.as_deref(), code)
    }
}

fn check_texts(name: &str, texts: Option<&[String]>, count_max: usize) -> Result<(), Refusal> {
    let texts = texts.unwrap_or_default();
    if texts.len() > count_max {
        return Err(Refusal::parameter(name, &format!("must have at most {count_max} values")));
    }
    if texts.iter().any(|text| text.chars().count() > TEXT_CHARACTERS_MAX) {
        let fault = format!("must have at most {TEXT_CHARACTERS_MAX} characters each");
        return Err(Refusal::parameter(name, &fault));
    }
    Ok(())
}

/// Whether a text is one of those wanted, in upper or lower case. Without any, all are.
fn passes(wanted: Option<&[String]>, text: &str) -> bool {
    let wanted = wanted.unwrap_or_default();
    wanted.is_empty() || wanted.iter().any(|it| it.eq_ignore_ascii_case(text))
}

#[derive(Default, Serialize)]
struct ListBusinessDiscountInfoResponse {
    total_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    commerce_id: Option<DiscountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commerce_code: Option<CatalogueCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    product_quoting_items: Vec<ProductQuotingItem>,
    category_quoting_items: Vec<CategoryQuotingItem>,
    /// No item has tiers here.
    category_quoting_item_steps: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    accumulation_cycle_type: Option<CatalogueCode>,
    sites: Vec<SiteInfo>,
}

#[derive(Serialize)]
struct ProductQuotingItem {
    item_id: DiscountId,
    product_id: ProductId,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_spec_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_service_type: Option<TypeCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_service_type_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site_code: Option<CatalogueCode>,
    related_regions: Vec<RegionInfo>,
    charging_mode: QuotingMode,
    /// Ordinary: neither by tiers nor by the time of day.
    preferential_category: u8,
    preferential_type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    sales_price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_ratio: Option<Ratio>,
    effective_time: Timestamp,
    expire_time: Timestamp,
    product_quoting_item_steps: [(); 0],
}

#[derive(Serialize)]
struct CategoryQuotingItem {
    item_id: DiscountId,
    cloud_service_type: TypeCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_service_type_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_code: Option<TypeCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site_code: Option<CatalogueCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region_code: Option<CatalogueCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    az_code: Option<CatalogueCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    az_name: Option<Name>,
    charging_mode: QuotingMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_ratio: Option<Ratio>,
    effective_time: Timestamp,
    expire_time: Timestamp,
}

#[derive(Serialize)]
struct SiteInfo {
    site_code: CatalogueCode,
    regions: Vec<RegionInfo>,
}

#[derive(Serialize)]
struct RegionInfo {
    region_code: CatalogueCode,
    region_name: Name,
}

impl RegionInfo {
    fn new(region: &Region, language: Language) -> Self {
        let name = language.choose(&region.name_zh, &region.name_en);
        Self { region_code: region.region_code.clone(), region_name: name.clone() }
    }
}

impl ListBusinessDiscountInfoResponse {
    fn new(
        agreement: Agreement,
        page: Page<Described>,
        kind: ItemKind,
        language: Language,
    ) -> Self {
        let mut answer = Self {
            total_count: page.total_count,
            sites: sites(&page.items, language),
            ..Self::default()
        };
        let items = page.items.into_iter();
        match kind {
            ItemKind::Product => {
                let item = |item| ProductQuotingItem::new(item, &agreement, language);
                answer.product_quoting_items = items.filter_map(item).collect();
            }
            ItemKind::Category => {
                let item = |item| CategoryQuotingItem::new(item, &agreement, language);
                answer.category_quoting_items = items.filter_map(item).collect();
            }
        }
        Self {
            commerce_id: Some(agreement.commerce_id),
            commerce_code: agreement.commerce_code,
            effective_time: Some(agreement.effective_time),
            expire_time: Some(agreement.expire_time),
            accumulation_cycle_type: agreement.accumulation_cycle_type,
            ..answer
        }
    }
}

/// The sites that items name, with the regions of theirs.
fn sites(items: &[Described], language: Language) -> Vec<SiteInfo> {
    let mut sites: Vec<SiteInfo> = Vec::new();
    for described in items {
        let Some(site_code) = &described.item.site_code else { continue };
        let place = sites.iter().position(|site| site.site_code == *site_code);
        let place = place.unwrap_or_else(|| {
            sites.push(SiteInfo { site_code: site_code.clone(), regions: Vec::new() });
            sites.len() - 1
        });
        let regions = &mut sites[place].regions;
        if let Some(region) = &described.region
            && !regions.iter().any(|known| known.region_code == region.region_code)
        {
            regions.push(RegionInfo::new(region, language));
        }
    }
    sites
}

fn service_name(service: Option<ServiceType>, language: Language) -> Option<Name> {
    service.map(|service| language.choose(service.name_zh, service.name_en))
}

impl ProductQuotingItem {
    fn new(described: Described, agreement: &Agreement, language: Language) -> Option<Self> {
        let Described { item, product, service, region, .. } = described;
        let ItemScope::Product(product_id) = item.scope else { return None };
        let (preferential_type, sales_price, discount_ratio) = match item.benefit {
            Benefit::FixedPrice(price) => (1, Some(price), None),
            Benefit::Ratio(ratio) => (0, None, Some(ratio)),
            Benefit::MoneyOff(_) => return None,
        };
        let spec_name = |product: Product| language.choose(product.name_zh, product.name_en);
        Some(Self {
            item_id: item.item_id,
            product_id,
            cloud_service_type: product.as_ref().map(|it| it.service_type_code.clone()),
            product_spec_name: product.map(spec_name),
            cloud_service_type_name: service_name(service, language),
            site_code: item.site_code,
            related_regions: region.iter().map(|it| RegionInfo::new(it, language)).collect(),
            charging_mode: item.charging_mode,
            preferential_category: 0,
            preferential_type,
            sales_price,
            discount_ratio,
            effective_time: item.effective_time.unwrap_or(agreement.effective_time),
            expire_time: item.expire_time.unwrap_or(agreement.expire_time),
            product_quoting_item_steps: [],
        })
    }
}

impl CategoryQuotingItem {
    fn new(described: Described, agreement: &Agreement, language: Language) -> Option<Self> {
        let Described { item, service, resource, region, .. } = described;
        let ItemScope::Category { service_type_code, resource_type_code, region_code, zone_code } =
            item.scope
        else {
            return None;
        };
        let Benefit::Ratio(discount_ratio) = item.benefit else { return None };
        let zones = region.as_ref().map_or(&[][..], |region| &region.zones);
        let zone = zones.iter().find(|zone| Some(&zone.zone_code) == zone_code.as_ref());
        let resource_name = |it: ResourceType| language.choose(it.name_zh, it.name_en);
        Some(Self {
            item_id: item.item_id,
            cloud_service_type: service_type_code,
            cloud_service_type_name: service_name(service, language),
            resource_type_code,
            resource_type_name: resource.map(resource_name),
            site_code: item.site_code,
            az_name: zone.map(|zone| language.choose(&zone.name_zh, &zone.name_en).clone()),
            region_name: region.map(|region| language.choose(region.name_zh, region.name_en)),
            region_code,
            az_code: zone_code,
            charging_mode: item.charging_mode,
            discount_ratio: Some(discount_ratio),
            effective_time: item.effective_time.unwrap_or(agreement.effective_time),
            expire_time: item.expire_time.unwrap_or(agreement.expire_time),
        })
    }
}
