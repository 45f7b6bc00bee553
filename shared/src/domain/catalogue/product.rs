//! Products: a specification of a type of resources in a region, in one way of charging.

use super::{MeasureId, Name, Price};
use crate::value::code::codes;
use crate::value::id::{CatalogueCode, ProductId, TypeCode};
use minicbor::{Decode, Encode};
use serde::Deserialize;

codes! {
    /// How a product is charged.
    ChargeMode: integer {
        /// Yearly/monthly.
        Period = 1,
        /// Pay-per-use.
        OnDemand = 3,
    }
}

/// Where products are sold.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Its code.
    #[n(0)]
    pub region_code: CatalogueCode,
    /// Its name in Chinese.
    #[n(1)]
    pub name_zh: Name,
    /// Its name in English.
    #[n(2)]
    pub name_en: Name,
    /// The site it belongs to.
    #[n(3)]
    pub site_code: Option<CatalogueCode>,
    /// Its availability zones.
    #[n(4)]
    pub zones: Vec<Zone>,
}

/// An availability zone of a region.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its code.
    #[n(0)]
    pub zone_code: CatalogueCode,
    /// Its name in Chinese.
    #[n(1)]
    pub name_zh: Name,
    /// Its name in English.
    #[n(2)]
    pub name_en: Name,
}

/// What can be bought.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Identity. It differs between the ways of charging of one specification.
    #[n(0)]
    pub product_id: ProductId,
    /// The service.
    #[n(1)]
    pub service_type_code: TypeCode,
    /// The type of resources.
    #[n(2)]
    pub resource_type_code: TypeCode,
    /// The specification.
    #[n(3)]
    pub resource_spec: CatalogueCode,
    /// The specification's name in Chinese.
    #[n(4)]
    pub name_zh: Name,
    /// The specification's name in English.
    #[n(5)]
    pub name_en: Name,
    /// The region.
    #[n(6)]
    pub region_code: CatalogueCode,
    /// The availability zone, when it is sold in that one only.
    #[n(7)]
    pub zone_code: Option<CatalogueCode>,
    /// How it is charged.
    #[n(8)]
    pub charge_mode: ChargeMode,
    /// The unit of its size, when the size is given as it is bought: a linear product.
    #[n(9)]
    pub size_measure_id: Option<MeasureId>,
}

/// A specification in a list: what its products of all zones share.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Spec {
    /// Its code.
    #[n(0)]
    pub resource_spec: CatalogueCode,
    /// Its name in Chinese.
    #[n(1)]
    pub name_zh: Name,
    /// Its name in English.
    #[n(2)]
    pub name_en: Name,
}

impl Spec {
    /// The specification of a product.
    pub fn of(product: &Product) -> Self {
        Self {
            resource_spec: product.resource_spec.clone(),
            name_zh: product.name_zh.clone(),
            name_en: product.name_en.clone(),
        }
    }

    /// Whether its code or a name of it has a text in it.
    pub fn contains(&self, text: &str) -> bool {
        let names = [&self.name_zh, &self.name_en];
        self.resource_spec.as_str().contains(text)
            || names.iter().any(|name| name.as_str().contains(text))
    }
}

/// By what a product is looked up. All but the zone must be its own, letter for letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductLookup {
    /// The service.
    pub service_type_code: TypeCode,
    /// The type of resources.
    pub resource_type_code: TypeCode,
    /// The region.
    pub region_code: CatalogueCode,
    /// The specification.
    pub resource_spec: CatalogueCode,
    /// How it is charged.
    pub charge_mode: ChargeMode,
    /// The availability zone in upper or lower case; any without one.
    pub zone_code: Option<String>,
}

/// A product with its prices of all times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The product.
    pub product: Product,
    /// Its prices.
    pub prices: Vec<Price>,
}

impl Offer {
    /// The offer of those found that a zone asks for: one of that zone, else one of all zones.
    /// Without a zone, the first: one of all zones lies before those of single ones.
    pub fn of_zone(offers: Vec<Self>, zone_code: Option<&str>) -> Option<Self> {
        let Some(zone_code) = zone_code else {
            return offers.into_iter().next();
        };
        let mut of_all_zones = None;
        for offer in offers {
            match &offer.product.zone_code {
                Some(zone) if zone.as_str().eq_ignore_ascii_case(zone_code) => return Some(offer),
                Some(_) => {}
                None => of_all_zones = Some(offer),
            }
        }
        of_all_zones
    }
}
