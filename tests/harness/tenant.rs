//! A tenant made for one test, so that no test sees what another one writes.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::signer::Key;

static TENANTS: AtomicU32 = AtomicU32::new(0);

/// The service type that the quota `limited` is limited to.
pub const LIMITED_TO: &str = "hws.service.type.ec2";
/// The product that the quota `limited_product` is limited to.
pub const LIMITED_TO_PRODUCT: &str = "product-1";

/// Mobile number of the referral customer.
pub const REFERRAL_MOBILE: &str = "13700137000";

/// A distributor with two resellers, customers of all of them, and quotas in every state.
pub struct Tenant {
    /// Its lines; what the tests expect is calculated from them.
    pub book: Book,
    pub tenant_id: String,
    pub distributor: Key,
    /// A reseller's own key, which opens the partner centre and nothing of the API.
    pub reseller: Key,
    /// A customer's own key.
    pub customer: Key,
    pub other_reseller_id: String,
    /// Resale customers of the distributor.
    pub customers: [String; 2],
    pub referral_customer: String,
    pub reseller_customer: String,
    pub other_reseller_customer: String,
    /// 100.00, of which 30.00 and 20.00 are granted to the two resellers.
    pub quota: String,
    /// The reseller's 30.00.
    pub granted_quota: String,
    /// The other reseller's 20.00.
    pub other_granted_quota: String,
    pub expired_quota: String,
    pub future_quota: String,
    pub frozen_quota: String,
    /// 40.00 for one service type.
    pub limited_quota: String,
    /// 40.00 for one product.
    pub limited_product_quota: String,
}

impl Tenant {
    /// A new tenant in an application's books.
    pub fn in_books_of(app: &App) -> Self {
        let tenant = Self::new();
        app.import(&tenant.book);
        tenant
    }

    /// A new tenant that only plays: one of those that the variable `demo_tenants` names.
    pub fn playing_in(app: &App) -> Self {
        let tenant = Self::named("demo-t");
        app.import(&tenant.book);
        tenant
    }

    /// A new tenant, not imported yet.
    pub fn new() -> Self {
        Self::named("t")
    }

    fn named(beginning: &str) -> Self {
        let number = TENANTS.fetch_add(1, Ordering::Relaxed);
        let id = |name: &str| format!("{beginning}{number}-{name}");
        let key = |name: &str, principal_id: String| Key {
            access_key_id: format!("TEST{number:04}{}KEY", name.to_uppercase()),
            secret_key: format!("test-{number}-{name}-secret-0123456789abcdef"),
            principal_id,
        };
        let mut tenant = Self {
            book: Book::new(String::new()),
            tenant_id: id("tenant"),
            distributor: key("distributor", id("distributor")),
            reseller: key("reseller", id("reseller")),
            customer: key("customer", id("customer-1")),
            other_reseller_id: id("other-reseller"),
            customers: [id("customer-1"), id("customer-2")],
            referral_customer: id("referral-customer"),
            reseller_customer: id("reseller-customer"),
            other_reseller_customer: id("other-reseller-customer"),
            quota: id("quota"),
            granted_quota: id("granted-quota"),
            other_granted_quota: id("other-granted-quota"),
            expired_quota: id("expired-quota"),
            future_quota: id("future-quota"),
            frozen_quota: id("frozen-quota"),
            limited_quota: id("limited-quota"),
            limited_product_quota: id("limited-product-quota"),
        };
        let lines = tenant.lines();
        tenant.book = Book::new(lines.iter().map(|line| format!("{line}\n")).collect());
        tenant
    }

    fn lines(&self) -> Vec<Value> {
        let tenant = &self.tenant_id;
        let mut lines = vec![json!({"kind": "tenant", "tenant_id": tenant, "name": tenant})];
        lines.extend(self.partners());
        lines.extend(self.quotas());
        lines.extend(self.customers_and_keys());
        lines
    }

    fn partners(&self) -> Vec<Value> {
        let tenant = &self.tenant_id;
        let distributor = &self.distributor.principal_id;
        let reseller = |id: &str| {
            json!({"kind": "partner", "tenant_id": tenant, "partner_id": id,
                   "partner_kind": "reseller", "distributor_id": distributor})
        };
        let booking = |id: &str, partner: &str, account_type: u8, amount: &str| {
            json!({"kind": "booking", "tenant_id": tenant, "booking_id": format!("{tenant}-{id}"),
                   "partner_id": partner, "account_type": account_type, "amount": amount,
                   "trade_type": "RECHARGE", "at": "2026-01-05T02:00:00Z"})
        };
        vec![
            json!({"kind": "partner", "tenant_id": tenant, "partner_id": distributor,
                   "partner_kind": "distributor"}),
            reseller(&self.reseller.principal_id),
            reseller(&self.other_reseller_id),
            booking("cash", distributor, 1, "1000.01"),
            booking("more-cash", distributor, 1, "0.09"),
            booking("credit", distributor, 2, "500.00"),
            booking("reseller", &self.reseller.principal_id, 1, "70.50"),
        ]
    }

    fn quotas(&self) -> Vec<Value> {
        let tenant = &self.tenant_id;
        let quota = |id: &str, value: &str, status: u8, from: &str, to: &str, limits: Value| {
            json!({"kind": "coupon_quota", "tenant_id": tenant, "quota_id": id,
                   "partner_id": self.distributor.principal_id, "quota_type": 0,
                   "quota_value": value, "quota_status": status,
                   "create_time": "2026-01-10T00:00:00Z", "effective_time": from,
                   "expire_time": to, "limit_infos": limits})
        };
        let grant = |id: &str, reseller: &str, amount: &str| {
            json!({"kind": "quota_grant", "tenant_id": tenant, "parent_quota_id": self.quota,
                   "quota_id": id, "indirect_partner_id": reseller, "amount": amount,
                   "at": "2026-01-11T00:00:00Z"})
        };
        let limit = |key: &str, value: &str| {
            let values = json!([{"value1": value}]);
            json!([{"limit_key": key, "limit_values": values}])
        };
        let (begin, early, end) =
            ("2026-01-10T00:00:00Z", "2026-02-01T00:00:00Z", "2096-01-10T00:00:00Z");
        let service = limit("cloud_service_type", LIMITED_TO);
        let product = limit("product_id", LIMITED_TO_PRODUCT);
        vec![
            quota(&self.quota, "100.00", 0, begin, end, json!([])),
            quota(&self.expired_quota, "40.00", 0, begin, early, json!([])),
            quota(&self.future_quota, "40.00", 0, "2095-01-10T00:00:00Z", end, json!([])),
            quota(&self.frozen_quota, "40.00", 5, begin, end, json!([])),
            quota(&self.limited_quota, "40.00", 0, begin, end, service),
            quota(&self.limited_product_quota, "40.00", 0, begin, end, product),
            grant(&self.granted_quota, &self.reseller.principal_id, "30.00"),
            grant(&self.other_granted_quota, &self.other_reseller_id, "20.00"),
        ]
    }

    fn customers_and_keys(&self) -> Vec<Value> {
        let tenant = &self.tenant_id;
        let customer = |id: &str, partner: &str, association_type: &str| {
            json!({"kind": "customer", "tenant_id": tenant, "customer_id": id,
                   "partner_id": partner, "association_type": association_type})
        };
        let key = |key: &Key, principal: &str| {
            json!({"kind": "access_key", "tenant_id": tenant, "access_key_id": key.access_key_id,
                   "secret_key": key.secret_key, principal: key.principal_id})
        };
        let distributor = &self.distributor.principal_id;
        let mut referral = customer(&self.referral_customer, distributor, "1");
        referral["telephone"] = json!(REFERRAL_MOBILE);
        vec![
            customer(&self.customers[0], distributor, "2"),
            customer(&self.customers[1], distributor, "2"),
            referral,
            customer(&self.reseller_customer, &self.reseller.principal_id, "2"),
            customer(&self.other_reseller_customer, &self.other_reseller_id, "2"),
            key(&self.distributor, "partner_id"),
            key(&self.reseller, "partner_id"),
            key(&self.customer, "customer_id"),
        ]
    }
}
