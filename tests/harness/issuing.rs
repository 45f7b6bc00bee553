//! Coupons issued through the official SDK, and what a quota has left: all that can still be issued.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::signer::Key;

/// The code of a customer that got none because the quota has too little left.
pub const EXHAUSTED: &str = "CBC.99000013";

/// The result for each customer.
#[derive(Debug, Default, PartialEq)]
pub struct Issued {
    /// Who got a coupon, in the order of the answer.
    pub customers: Vec<String>,
    pub coupons: Vec<String>,
    /// Who got none, and the code that says why.
    pub refused: Vec<(String, String)>,
}

impl Issued {
    /// Reads an answer.
    pub fn read(body: &Json) -> Self {
        let mut issued = Self::default();
        for item in body.get("coupon_infos").map_or(&[][..], Json::as_list) {
            issued.customers.push(item.text_at("id").to_owned());
            issued.coupons.push(item.text_at("coupon_id").to_owned());
        }
        for item in body.get("error_details").map_or(&[][..], Json::as_list) {
            let (id, code) = (item.text_at("id"), item.text_at("error_code"));
            issued.refused.push((id.to_owned(), code.to_owned()));
        }
        issued
    }
}

pub fn request(quota: &str, customers: &[&str], face_value: &str) -> Value {
    json!({"quota_id": quota, "customer_ids": customers, "face_value": face_value})
}

/// Issues through the SDK.
pub fn issue(app: &App, key: &Key, fields: &Value) -> Issued {
    let answer = app.sdk(key, "CreatePartnerCoupons", fields);
    Issued::read(&answer.outcome.expect("an answer with coupons"))
}

/// What a quota has left: all of it can be issued, and not a cent more.
pub fn assert_left(app: &App, key: &Key, quota: &str, customer: &str, left: &str) {
    let issued = issue(app, key, &request(quota, &[customer], left));
    assert_eq!(issued.coupons.len(), 1, "{left} is left in {quota}: {issued:?}");
    assert_empty(app, key, quota, customer);
}

/// Not a cent is left in a quota.
pub fn assert_empty(app: &App, key: &Key, quota: &str, customer: &str) {
    let issued = issue(app, key, &request(quota, &[customer], "0.01"));
    assert_eq!(issued.refused, [(customer.to_owned(), EXHAUSTED.to_owned())], "{quota}");
}
