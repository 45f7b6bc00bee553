//! Coupons of an enterprise: those of the cloud's own that a master has, out to members and back.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::{Refused, call, import};
use crate::harness::orders::{line, pay, place_with};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

pub const TRANSFER: &str = "ClaimEnterpriseMultiAccountCoupon";
pub const RETRIEVE: &str = "ReclaimEnterpriseMultiAccountCoupon";

/// A cash coupon that the cloud has issued to the tenant's master for an activity.
pub fn coupon(tenant: &Tenant, name: &str, face_value: &str) -> Value {
    json!({"kind": "cloud_coupon", "coupon_id": id(tenant, name),
           "customer_id": tenant.referral_customer, "coupon_type": 1, "source": "activity",
           "plan_name": format!("Plan {name}"), "face_value": face_value,
           "create_time": "2026-01-05T00:00:00Z", "effective_time": "2026-01-05T00:00:00Z",
           "expire_time": "2096-01-05T00:00:00Z"})
}

/// What the tenant calls a coupon.
pub fn id(tenant: &Tenant, name: &str) -> String {
    format!("{}-coupon-{name}", tenant.tenant_id)
}

/// Brings a coupon into the books, and answers its identity.
pub fn bring(app: &App, tenant: &Tenant, name: &str, face_value: &str) -> String {
    import(app, tenant, coupon(tenant, name, face_value));
    id(tenant, name)
}

/// The fields of a transfer.
pub fn out(member: &str, coupon: &str, amount: &str) -> Value {
    json!({"customer_id": member, "coupon_id": coupon, "amount": amount})
}

/// The fields of a retrieval.
pub fn back(member: &str, coupon: &str, child: &str) -> Value {
    json!({"customer_id": member, "coupon_id": coupon, "sub_coupon_id": child})
}

/// Transfers, and answers the member's coupon.
pub fn transfer(app: &App, master: &Key, fields: &Value) -> Result<String, Refused> {
    let body = call(app, master, TRANSFER, fields)?;
    Ok(body.text_at("sub_coupon_id").to_owned())
}

/// Retrieves, and answers how much.
pub fn retrieve(app: &App, master: &Key, fields: &Value) -> Result<String, Refused> {
    let body = call(app, master, RETRIEVE, fields)?;
    Ok(body.text_at("real_retrieve_amout").to_owned())
}

/// What a master can transfer: each coupon with what is left of it.
pub fn transferable(app: &App, master: &Key) -> Vec<(String, String)> {
    let body = call(app, master, "ListMultiAccountTransferCoupons", &json!({})).expect("coupons");
    let coupons = body.at("avail_transfer_coupons").as_list().iter();
    let shown = |it: &Json| (it.text_at("coupon_id").to_owned(), it.text_at("balance").to_owned());
    coupons.map(shown).collect()
}

/// What a master can take back from a member: each coupon of the member's with what is left of it.
pub fn retrievable(app: &App, master: &Key, member: &str) -> Vec<(String, String)> {
    let fields = json!({"sub_customer_id": member});
    let body = call(app, master, "ListMultiAccountRetrieveCoupons", &fields).expect("coupons");
    let coupons = body.at("avail_retrieve_coupons").as_list().iter();
    let shown =
        |it: &Json| (it.text_at("sub_coupon_id").to_owned(), it.text_at("balance").to_owned());
    coupons.map(shown).collect()
}

/// A list of coupons with what is left of each, as the lists above have it.
pub fn owned(coupons: &[(&str, &str)]) -> Vec<(String, String)> {
    coupons.iter().map(|(id, balance)| ((*id).to_owned(), (*balance).to_owned())).collect()
}

/// Places an order of a month for a customer.
pub fn place_for(app: &App, tenant: &Tenant, customer: &str) -> String {
    let order = place_with(app, tenant, &[line(1)], json!({"customer_id": customer}));
    order.text_at("order_id").to_owned()
}

/// Pays an order with a coupon and money, and answers the status and code.
pub fn pay_with(app: &App, key: &Key, order_id: &str, coupon: &str) -> (u16, String) {
    let fields = json!({"order_id": order_id, "use_coupon": "YES", "use_discount": "NO",
                        "coupon_infos": [{"id": coupon, "type": 301}]});
    pay(app, key, &fields)
}
