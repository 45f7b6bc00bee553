//! Lines of the catalogue: what can be bought, and what it costs.
//!
//! A line whose key is there already is compared with the record itself: it is skipped or refused,
//! as every line of a book.

use super::{Outcome, unknown};
use crate::books::record::{Stored, decode, encode};
use crate::books::{Catalogue, CatalogueMut, key::catalogue as key};
use crate::domain::catalogue::{
    City, Conversion, County, IncentivePolicy, MeasureId, MeasureUnit, Price, Product, Province,
    Region, ResourceType, ServiceType, Spec, UsageType,
};
use crate::domain::error::Reason;
use crate::value::id::TypeCode;

/// What belongs into the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogueEntry {
    /// A service.
    ServiceType(ServiceType),
    /// A type of resources.
    ResourceType(ResourceType),
    /// A kind of usage.
    UsageType(UsageType),
    /// A unit.
    MeasureUnit(MeasureUnit),
    /// A conversion.
    Conversion(Conversion),
    /// A region.
    Region(Region),
    /// A product.
    Product(Box<Product>),
    /// A price.
    Price(Price),
    /// A policy.
    IncentivePolicy(IncentivePolicy),
    /// A province.
    Province(Province),
    /// A city.
    City(City),
    /// A county.
    County(County),
}

/// Reads in one go what applying these entries will look up: where prices lie depends on their
/// products, which are looked up first.
///
/// # Errors
/// Store failures.
pub async fn prefetch<'e>(
    catalogue: &Catalogue<'_>,
    entries: impl IntoIterator<Item = &'e CatalogueEntry> + Clone,
) -> Result<(), Reason> {
    let mut keys: Vec<Vec<u8>> = entries.clone().into_iter().flat_map(needed).collect();
    keys.sort_unstable();
    keys.dedup();
    catalogue.load(&keys).await?;
    let mut prices = Vec::new();
    for entry in entries {
        if let CatalogueEntry::Price(price) = entry
            && let Some(place) = catalogue.bytes(&key::place_of_product(&price.product_id)).await?
        {
            prices.push(key::price(&place, price));
        }
    }
    catalogue.load(&prices).await
}

/// Keys that applying an entry looks up, as far as it tells them itself.
fn needed(entry: &CatalogueEntry) -> Vec<Vec<u8>> {
    match entry {
        CatalogueEntry::ServiceType(line) => vec![key::service(&line.service_type_code)],
        CatalogueEntry::ResourceType(line) => {
            vec![key::resource(&line.resource_type_code), key::service(&line.service_type_code)]
        }
        CatalogueEntry::UsageType(line) => {
            vec![key::usage(line), key::resource(&line.resource_type_code)]
        }
        CatalogueEntry::MeasureUnit(line) => vec![key::measure(line.measure_id)],
        CatalogueEntry::Conversion(line) => vec![
            key::conversion(line),
            key::measure(line.measure_id),
            key::measure(line.ref_measure_id),
        ],
        CatalogueEntry::Region(line) => vec![key::region(&line.region_code)],
        CatalogueEntry::Product(line) => vec![
            key::product(&key::product_place(line)),
            key::place_of_product(&line.product_id),
            key::spec_of(line),
            key::resource(&line.resource_type_code),
            key::region(&line.region_code),
        ],
        CatalogueEntry::Price(line) => {
            let measure = line.usage_measure().map(key::measure);
            measure.into_iter().chain([key::place_of_product(&line.product_id)]).collect()
        }
        CatalogueEntry::IncentivePolicy(line) => {
            vec![key::policy(line), key::service(&line.service_type_code)]
        }
        CatalogueEntry::Province(line) => vec![key::province(&line.province_code)],
        CatalogueEntry::City(line) => vec![
            key::city(line),
            key::place_of_city(&line.city_code),
            key::province(&line.province_code),
        ],
        CatalogueEntry::County(line) => vec![
            key::county(line),
            key::place_of_county(&line.county_code),
            key::place_of_city(&line.city_code),
        ],
    }
}

/// Brings an entry into the catalogue.
///
/// # Errors
/// With nothing changed: [`Reason::ContentDiffers`] when its identity is taken,
/// [`Reason::UnknownReference`], [`Reason::Contradiction`].
pub async fn apply(
    catalogue: &mut CatalogueMut<'_, '_>,
    entry: &CatalogueEntry,
) -> Result<Outcome, Reason> {
    match entry {
        CatalogueEntry::ServiceType(line) => {
            add(catalogue, key::service(&line.service_type_code), line).await
        }
        CatalogueEntry::ResourceType(line) => apply_resource_type(catalogue, line).await,
        CatalogueEntry::UsageType(line) => {
            known_resource(catalogue, &line.resource_type_code).await?;
            add(catalogue, key::usage(line), line).await
        }
        CatalogueEntry::MeasureUnit(line) => {
            add(catalogue, key::measure(line.measure_id), line).await
        }
        CatalogueEntry::Conversion(line) => apply_conversion(catalogue, line).await,
        CatalogueEntry::Region(line) => add(catalogue, key::region(&line.region_code), line).await,
        CatalogueEntry::Product(line) => apply_product(catalogue, line).await,
        CatalogueEntry::Price(line) => apply_price(catalogue, line).await,
        CatalogueEntry::IncentivePolicy(line) => apply_policy(catalogue, line).await,
        CatalogueEntry::Province(line) => {
            add(catalogue, key::province(&line.province_code), line).await
        }
        CatalogueEntry::City(line) => apply_city(catalogue, line).await,
        CatalogueEntry::County(line) => apply_county(catalogue, line).await,
    }
}

async fn apply_resource_type(
    catalogue: &mut CatalogueMut<'_, '_>,
    line: &ResourceType,
) -> Result<Outcome, Reason> {
    known_service(catalogue, &line.service_type_code).await?;
    let outcome = add(catalogue, key::resource(&line.resource_type_code), line).await?;
    if outcome == Outcome::Applied {
        let listed = key::service_resource(&line.service_type_code, &line.resource_type_code);
        catalogue.add_bytes(listed, encode(line)?);
    }
    Ok(outcome)
}

async fn apply_conversion(
    catalogue: &mut CatalogueMut<'_, '_>,
    line: &Conversion,
) -> Result<Outcome, Reason> {
    known_measure(catalogue, line.measure_id).await?;
    known_measure(catalogue, line.ref_measure_id).await?;
    if line.measure_id == line.ref_measure_id || line.conversion_ratio == 0 {
        return Err(Reason::Contradiction("a conversion is between two units, greater than 0"));
    }
    add(catalogue, key::conversion(line), line).await
}

async fn apply_product(
    catalogue: &mut CatalogueMut<'_, '_>,
    line: &Product,
) -> Result<Outcome, Reason> {
    let resource = known_resource(catalogue, &line.resource_type_code).await?;
    if resource.service_type_code != line.service_type_code {
        return Err(Reason::Contradiction("the type of resources is of another service"));
    }
    let region = key::region(&line.region_code);
    let region: Option<Region> = known(catalogue, &region).await?;
    let region = region.ok_or_else(|| unknown("region", line.region_code.as_str()))?;
    if let Some(zone) = &line.zone_code
        && !region.zones.iter().any(|known| known.zone_code == *zone)
    {
        return Err(unknown("zone", zone.as_str()));
    }
    if line.size_measure_id.is_some_and(|measure| !measure.is_of_sizes()) {
        return Err(Reason::field("size_measure_id", "must be 14, 15 or 17"));
    }
    let place = key::product_place(line);
    let by_id = key::place_of_product(&line.product_id);
    if catalogue.bytes(&by_id).await?.is_some_and(|known| known != place) {
        return Err(Reason::ContentDiffers);
    }
    let outcome = add(catalogue, key::product(&place), line).await?;
    if outcome == Outcome::Applied {
        catalogue.add_bytes(by_id, place);
        let spec = key::spec_of(line);
        if catalogue.bytes(&spec).await?.is_none() {
            catalogue.add_bytes(spec, encode(&Spec::of(line))?);
        }
    }
    Ok(outcome)
}

async fn apply_price(
    catalogue: &mut CatalogueMut<'_, '_>,
    line: &Price,
) -> Result<Outcome, Reason> {
    let place = catalogue.bytes(&key::place_of_product(&line.product_id)).await?;
    let place = place.ok_or_else(|| unknown("product", line.product_id.as_str()))?;
    if key::mode_of_place(&place) != Some(line.charge_mode()) {
        return Err(Reason::Contradiction("the product is charged in another way"));
    }
    if let Some(measure) = line.usage_measure() {
        known_measure(catalogue, measure).await?;
    }
    add(catalogue, key::price(&place, line), line).await
}

async fn apply_policy(
    catalogue: &mut CatalogueMut<'_, '_>,
    line: &IncentivePolicy,
) -> Result<Outcome, Reason> {
    known_service(catalogue, &line.service_type_code).await?;
    if line.expire_time.is_some_and(|end| end <= line.effective_time) {
        return Err(Reason::Contradiction("a policy expires after it becomes effective"));
    }
    add(catalogue, key::policy(line), line).await
}

async fn apply_city(catalogue: &mut CatalogueMut<'_, '_>, line: &City) -> Result<Outcome, Reason> {
    if catalogue.bytes(&key::province(&line.province_code)).await?.is_none() {
        return Err(unknown("province", line.province_code.as_str()));
    }
    let place = key::city(line);
    add_placed(catalogue, key::place_of_city(&line.city_code), place, line).await
}

async fn apply_county(
    catalogue: &mut CatalogueMut<'_, '_>,
    line: &County,
) -> Result<Outcome, Reason> {
    if catalogue.bytes(&key::place_of_city(&line.city_code)).await?.is_none() {
        return Err(unknown("city", line.city_code.as_str()));
    }
    let place = key::county(line);
    add_placed(catalogue, key::place_of_county(&line.county_code), place, line).await
}

/// Adds a record in a list, and where it lies there: its identity is unique among all lists.
async fn add_placed(
    catalogue: &mut CatalogueMut<'_, '_>,
    by_id: Vec<u8>,
    place: Vec<u8>,
    record: &impl Stored,
) -> Result<Outcome, Reason> {
    if catalogue.bytes(&by_id).await?.is_some_and(|known| known != place) {
        return Err(Reason::ContentDiffers);
    }
    let outcome = add(catalogue, place.clone(), record).await?;
    if outcome == Outcome::Applied {
        catalogue.add_bytes(by_id, place);
    }
    Ok(outcome)
}

/// Adds a record, unless it is there.
async fn add(
    catalogue: &mut CatalogueMut<'_, '_>,
    key: Vec<u8>,
    record: &impl Stored,
) -> Result<Outcome, Reason> {
    let content = encode(record)?;
    match catalogue.bytes(&key).await? {
        Some(before) if before == content => Ok(Outcome::Skipped),
        Some(_) => Err(Reason::ContentDiffers),
        None => {
            catalogue.add_bytes(key, content);
            Ok(Outcome::Applied)
        }
    }
}

async fn known<T: Stored>(catalogue: &Catalogue<'_>, key: &[u8]) -> Result<Option<T>, Reason> {
    catalogue.bytes(key).await?.map(|bytes| decode(key, &bytes)).transpose()
}

async fn known_service(catalogue: &Catalogue<'_>, code: &TypeCode) -> Result<(), Reason> {
    let found = catalogue.bytes(&key::service(code)).await?;
    found.map(|_| ()).ok_or_else(|| unknown("service type", code.as_str()))
}

async fn known_resource(
    catalogue: &Catalogue<'_>,
    code: &TypeCode,
) -> Result<ResourceType, Reason> {
    let found = known(catalogue, &key::resource(code)).await?;
    found.ok_or_else(|| unknown("resource type", code.as_str()))
}

async fn known_measure(catalogue: &Catalogue<'_>, id: MeasureId) -> Result<(), Reason> {
    let found = catalogue.bytes(&key::measure(id)).await?;
    found.map(|_| ()).ok_or_else(|| unknown("measure unit", &id.0.to_string()))
}

#[cfg(test)]
mod tests;
