//! Resource packages in a tenant's books.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::import;
use crate::harness::tenant::Tenant;

/// A package of the tenant's customer with the key: two items, of which the first comes back each
/// month.
pub fn package(tenant: &Tenant, name: &str) -> Value {
    json!({
        "kind": "resource_package",
        "order_instance_id": id(tenant, name),
        "customer_id": tenant.customer.principal_id,
        "order_id": "CS2601011200ABCDE",
        "product_id": format!("product-{name}"),
        "product_name": format!("Package {name}"),
        "service_type_code": "hws.service.type.obs",
        "service_type_name": "Object Storage Service",
        "region_code": "cn-north-4",
        "effective_time": "2026-01-01T04:00:00Z",
        "expire_time": "2036-01-01T15:59:59Z",
        "free_resources": [
            item(tenant, name, "space", json!({"original_amount": "40", "quota_reuse_cycle": 4})),
            item(tenant, name, "traffic", json!({"original_amount": "100.5",
                                                 "used_amount": "0.25"})),
        ],
    })
}

/// An item with these members of its own.
pub fn item(tenant: &Tenant, package: &str, usage: &str, own: Value) -> Value {
    let mut item = json!({
        "free_resource_id": item_id(tenant, package, usage),
        "free_resource_type_name": "Standard storage",
        "usage_type_code": usage,
        "usage_type_name": usage.to_uppercase(),
        "measure_id": 10,
    });
    let members = item.as_object_mut().expect("an object");
    members.extend(own.as_object().expect("an object").clone());
    item
}

/// What the tenant calls a package.
pub fn id(tenant: &Tenant, name: &str) -> String {
    format!("{}-package-{name}", tenant.tenant_id)
}

/// What the tenant calls an item of a package.
pub fn item_id(tenant: &Tenant, package: &str, usage: &str) -> String {
    format!("{}-{usage}", id(tenant, package))
}

/// A use of a package's item by the tenant's customer with the key.
pub fn used(tenant: &Tenant, package: &str, number: u32, deduct_time: &str) -> Value {
    json!({
        "kind": "package_use",
        "use_id": format!("{}-use-{number}", id(tenant, package)),
        "customer_id": tenant.customer.principal_id,
        "order_instance_id": id(tenant, package),
        "free_resource_id": item_id(tenant, package, "space"),
        "deduct_time": deduct_time,
        "resource_id": format!("bucket-{number}"),
        "resource_type_code": "hws.resource.type.obs",
        "available_amount": "40",
        "used_amount": format!("{number}.5"),
    })
}

/// A tenant whose customer with the key has these packages.
pub fn tenant_with_packages(app: &App, packages: &[fn(&Tenant) -> Value]) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    for package in packages {
        import(app, &tenant, package(&tenant));
    }
    tenant
}
