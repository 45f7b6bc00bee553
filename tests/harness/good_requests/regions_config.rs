//! Good requests: administrative divisions.

use serde_json::json;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("ListCities", |_| json!({"province_code": "130000"})),
    Good::new("ListCounties", |_| json!({"city_code": "130100"})),
    Good::new("ListProvinces", |_| json!({})),
];
