//! Administrative divisions, from which an address is put together.

use super::Name;
use crate::value::id::CatalogueCode;
use minicbor::{Decode, Encode};
use serde::Deserialize;

/// A province, or a city or region of its rank.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Province {
    /// Its code.
    #[n(0)]
    pub province_code: CatalogueCode,
    /// Its name.
    #[n(1)]
    pub name: Name,
}

/// A city of a province.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// Its code.
    #[n(0)]
    pub city_code: CatalogueCode,
    /// The province.
    #[n(1)]
    pub province_code: CatalogueCode,
    /// Its name.
    #[n(2)]
    pub name: Name,
}

/// A county or district of a city.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct County {
    /// Its code.
    #[n(0)]
    pub county_code: CatalogueCode,
    /// The city.
    #[n(1)]
    pub city_code: CatalogueCode,
    /// Its name.
    #[n(2)]
    pub name: Name,
}
