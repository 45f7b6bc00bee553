//! Keys of the catalogue's records, which lie under a head of their own.
//!
//! The first byte says what a record is, as in a tenant's books.

use super::Key;
use crate::domain::catalogue::{
    Charge, ChargeMode, City, Conversion, County, IncentivePolicy, MeasureId, Price, Product,
    ProductLookup, Term, UsageType,
};
use crate::value::id::{CatalogueCode, ProductId, TypeCode};

/// Counties of a city.
const COUNTY: u8 = b'K';
/// Provinces.
const PROVINCE: u8 = b'P';
/// Cities of a province.
const CITY: u8 = b'Q';
/// Types of resources by their service.
const SERVICE_RESOURCE: u8 = b'R';
/// Regions.
const REGION: u8 = b'g';
/// Where products lie, by their ids.
const PRODUCT_PLACE: u8 = b'i';
/// Specifications of a type of resources in a region, in one way of charging.
const SPEC: u8 = b'l';
/// Units.
const MEASURE: u8 = b'm';
/// Products by what they are looked up by, each with its prices behind it.
const PRODUCT: u8 = b'p';
/// Where cities and counties lie, by their codes.
const DIVISION_PLACE: u8 = b'q';
/// Types of resources.
const RESOURCE: u8 = b'r';
/// Services.
const SERVICE: u8 = b's';
/// Kinds of usage of a type of resources.
const USAGE: u8 = b'u';
/// Conversions.
const CONVERSION: u8 = b'v';
/// Policies of a service, in order of time.
const POLICY: u8 = b'y';

/// Parts of what is kept of a product, in the order in which they lie.
const PRODUCT_PART: u8 = b'a';
const PRICE_PART: u8 = b'p';

/// Kinds of prices of a product.
const TERM_PRICE: u8 = b't';
const USAGE_PRICE: u8 = b'u';

pub(crate) fn services() -> Vec<u8> {
    vec![SERVICE]
}

pub(crate) fn service(code: &TypeCode) -> Vec<u8> {
    Key::of(SERVICE).last(code.as_str())
}

pub(crate) fn resources() -> Vec<u8> {
    vec![RESOURCE]
}

pub(crate) fn resource(code: &TypeCode) -> Vec<u8> {
    Key::of(RESOURCE).last(code.as_str())
}

/// Prefix of a service's types of resources.
pub(crate) fn service_resources(service: &TypeCode) -> Vec<u8> {
    Key::of(SERVICE_RESOURCE).text(service.as_str()).0
}

pub(crate) fn service_resource(service: &TypeCode, resource: &TypeCode) -> Vec<u8> {
    Key(service_resources(service)).last(resource.as_str())
}

pub(crate) fn usages() -> Vec<u8> {
    vec![USAGE]
}

/// Prefix of the kinds of usage of a type of resources.
pub(crate) fn usages_of(resource: &TypeCode) -> Vec<u8> {
    Key::of(USAGE).text(resource.as_str()).0
}

pub(crate) fn usage(usage: &UsageType) -> Vec<u8> {
    Key(usages_of(&usage.resource_type_code)).last(usage.usage_type_code.as_str())
}

pub(crate) fn measures() -> Vec<u8> {
    vec![MEASURE]
}

pub(crate) fn measure(id: MeasureId) -> Vec<u8> {
    Key::of(MEASURE).number(id.0).0
}

pub(crate) fn conversions() -> Vec<u8> {
    vec![CONVERSION]
}

pub(crate) fn conversion(of: &Conversion) -> Vec<u8> {
    Key::of(CONVERSION).number(of.measure_id.0).number(of.ref_measure_id.0).0
}

pub(crate) fn region(code: &CatalogueCode) -> Vec<u8> {
    Key::of(REGION).last(code.as_str())
}

pub(crate) fn regions() -> Vec<u8> {
    vec![REGION]
}

pub(crate) fn policies() -> Vec<u8> {
    vec![POLICY]
}

/// Prefix of a service's policies.
pub(crate) fn policies_of(service: &TypeCode) -> Vec<u8> {
    Key::of(POLICY).text(service.as_str()).0
}

pub(crate) fn policy(policy: &IncentivePolicy) -> Vec<u8> {
    Key(policies_of(&policy.service_type_code)).time(policy.effective_time).0
}

/// A way of charging inside a key.
fn mode(mode: ChargeMode) -> u8 {
    match mode {
        ChargeMode::Period => b'1',
        ChargeMode::OnDemand => b'3',
    }
}

/// What products and specifications of one list have in common.
fn listed(
    kind: u8,
    (service, resource): (&TypeCode, &TypeCode),
    region: &CatalogueCode,
    charge_mode: ChargeMode,
) -> Key {
    let service = Key::of(kind).text(service.as_str());
    service.text(resource.as_str()).text(region.as_str()).part(mode(charge_mode))
}

/// Prefix of the specifications of a type of resources in a region.
pub(crate) fn specs(
    service_and_resource: (&TypeCode, &TypeCode),
    region: &CatalogueCode,
    charge_mode: ChargeMode,
) -> Vec<u8> {
    listed(SPEC, service_and_resource, region, charge_mode).0
}

pub(crate) fn spec(list: Vec<u8>, spec: &str) -> Vec<u8> {
    Key(list).last(spec)
}

pub(crate) fn spec_of(product: &Product) -> Vec<u8> {
    let of = (&product.service_type_code, &product.resource_type_code);
    spec(specs(of, &product.region_code, product.charge_mode), product.resource_spec.as_str())
}

/// Prefix of the products that a lookup is about, of all zones, and of their prices.
pub(crate) fn products(lookup: &ProductLookup) -> Vec<u8> {
    let of = (&lookup.service_type_code, &lookup.resource_type_code);
    let list = listed(PRODUCT, of, &lookup.region_code, lookup.charge_mode);
    list.text(lookup.resource_spec.as_str()).0
}

/// Prefix of a product and its prices. Zones that differ in upper and lower case only are one.
pub(crate) fn product_place(product: &Product) -> Vec<u8> {
    let of = (&product.service_type_code, &product.resource_type_code);
    let list = listed(PRODUCT, of, &product.region_code, product.charge_mode);
    let zone = product.zone_code.as_ref().map(|zone| zone.as_str().to_ascii_lowercase());
    list.text(product.resource_spec.as_str()).text(&zone.unwrap_or_default()).0
}

/// How the product at a place is charged.
pub(crate) fn mode_of_place(place: &[u8]) -> Option<ChargeMode> {
    let texts = place.splitn(4, |byte| *byte == super::END);
    match texts.last()?.first()? {
        b'1' => Some(ChargeMode::Period),
        b'3' => Some(ChargeMode::OnDemand),
        _ => None,
    }
}

/// The product at a place.
pub(crate) fn product(place: &[u8]) -> Vec<u8> {
    Key(place.to_vec()).part(PRODUCT_PART).0
}

/// Whether a record below this prefix of products and prices is a product.
pub(crate) fn is_product(key: &[u8], products: &[u8]) -> bool {
    let mut parts = key.get(products.len()..).unwrap_or_default();
    while let Some((first, rest)) = parts.split_first() {
        parts = rest;
        if *first == super::END {
            return parts == [PRODUCT_PART];
        }
    }
    false
}

/// The price of a product at a place.
pub(crate) fn price(place: &[u8], price: &Price) -> Vec<u8> {
    let key = Key(place.to_vec()).part(PRICE_PART);
    let key = match &price.charge {
        Charge::Term(Term { unit, count }) => {
            let unit = u8::try_from(unit.code()).unwrap_or(u8::MAX);
            key.part(TERM_PRICE).part(unit).number(*count)
        }
        Charge::Usage { factor, .. } => {
            key.part(USAGE_PRICE).text(&factor.as_str().to_ascii_lowercase())
        }
    };
    key.time(price.effective_time).0
}

pub(crate) fn place_of_product(id: &ProductId) -> Vec<u8> {
    Key::of(PRODUCT_PLACE).last(id.as_str())
}

pub(crate) fn provinces() -> Vec<u8> {
    vec![PROVINCE]
}

pub(crate) fn province(code: &CatalogueCode) -> Vec<u8> {
    Key::of(PROVINCE).last(code.as_str())
}

/// Prefix of a province's cities.
pub(crate) fn cities(province: &CatalogueCode) -> Vec<u8> {
    Key::of(CITY).text(province.as_str()).0
}

pub(crate) fn city(city: &City) -> Vec<u8> {
    Key(cities(&city.province_code)).last(city.city_code.as_str())
}

/// Prefix of a city's counties.
pub(crate) fn counties(city: &CatalogueCode) -> Vec<u8> {
    Key::of(COUNTY).text(city.as_str()).0
}

pub(crate) fn county(county: &County) -> Vec<u8> {
    Key(counties(&county.city_code)).last(county.county_code.as_str())
}

pub(crate) fn place_of_city(code: &CatalogueCode) -> Vec<u8> {
    Key::of(DIVISION_PLACE).part(CITY).last(code.as_str())
}

pub(crate) fn place_of_county(code: &CatalogueCode) -> Vec<u8> {
    Key::of(DIVISION_PLACE).part(COUNTY).last(code.as_str())
}
