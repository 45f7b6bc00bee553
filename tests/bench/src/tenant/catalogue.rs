//! The catalogue that is measured. It grows with the tenant's books, so that what is asked of it
//! shows its growth too.

use serde_json::{Value, json};

use super::book::line;
use super::{PARTNER, Tenant};

/// The region where everything is sold.
pub const REGION: &str = "cn-east-3";

/// The service of all products, so that their list is as long as it can be.
pub const SERVICE: &str = "hws.service.type.ec2";

/// The type of resources of all products.
pub const RESOURCE: &str = "hws.resource.type.vm";

/// A resource of the first customer, which can be renewed.
pub const RENEWED: &str = "bench-resource";

/// A province with cities, and one of these with counties.
pub const PROVINCE: &str = "310000";

/// A city with counties.
pub const CITY: &str = "310100";

/// The fewest products: half of them are sold by the month, and one request rates a hundred.
const PRODUCTS_MIN: u32 = 200;

/// Things that a list has two pages of.
const FACTS: u32 = 20;

/// Since long ago.
const SINCE: &str = "2024-01-01T00:00:00Z";

impl Tenant {
    /// How many products the catalogue has: one for ten records.
    pub fn products(&self) -> u32 {
        PRODUCTS_MIN.max(self.records / 10)
    }

    /// Some products that are sold by the month, evenly from all over the catalogue.
    pub fn monthly_products(&self, count: u32) -> impl Iterator<Item = u32> {
        let pairs = self.products() / 2;
        (0..count).map(move |number| pairs / count * number * 2)
    }

    /// Some products that are sold by the hour, evenly from all over the catalogue.
    pub fn hourly_products(&self, count: u32) -> impl Iterator<Item = u32> {
        self.monthly_products(count).map(|number| number + 1)
    }

    /// The specification of a product.
    pub fn specification(&self, number: u32) -> String {
        format!("bench.{:07}.linux", number / 2)
    }

    /// The catalogue without its products.
    pub fn facts(&self) -> String {
        let mut lines: Vec<Value> = [(4, 2, "Hour"), (10, 3, "GB"), (11, 3, "MB")].map(unit).into();
        lines.extend([
            json!({"kind": "conversion", "measure_id": 10, "ref_measure_id": 11,
                   "conversion_ratio": 1024, "measure_type": 3}),
            json!({"kind": "region", "region_code": REGION, "name_zh": "华东", "name_en": "East",
                   "zones": [{"zone_code": format!("{REGION}a"), "name_zh": "可用区1",
                              "name_en": "AZ1"}]}),
            json!({"kind": "province", "province_code": PROVINCE, "name": "上海市"}),
        ]);
        lines.extend((0..FACTS).flat_map(service));
        lines.extend((1..=FACTS).map(|number| {
            json!({"kind": "province", "province_code": format!("{}0000", 40 + number),
                   "name": format!("省{number}")})
        }));
        lines.extend((1..=FACTS).map(|number| {
            json!({"kind": "city", "city_code": format!("31{number:02}00"),
                   "province_code": PROVINCE, "name": format!("市{number}")})
        }));
        lines.extend((1..=FACTS).map(|number| {
            json!({"kind": "county", "county_code": format!("3101{number:02}"),
                   "city_code": CITY, "name": format!("区{number}")})
        }));
        super::book::text(lines)
    }

    /// A product and its price.
    pub fn product(&self, number: u32) -> String {
        let id = product_id(number);
        let name = format!("General computing|{number}");
        let (mode, mut price) = if number.is_multiple_of(2) {
            (1, json!({"period_type": 2}))
        } else {
            (3, json!({"usage_type_code": "Duration", "measure_id": 4}))
        };
        price["kind"] = "price".into();
        price["product_id"] = id.as_str().into();
        price["amount"] = format!("{}.{:02}", number % 900 + 30, number % 100).into();
        price["effective_time"] = SINCE.into();
        let product = json!({
            "kind": "product", "product_id": id, "service_type_code": SERVICE,
            "resource_type_code": RESOURCE, "resource_spec": self.specification(number),
            "name_zh": name, "name_en": name, "region_code": REGION, "charge_mode": mode,
        });
        format!("{product}\n{price}\n")
    }

    /// What the first customer has agreed upon: on some products, and on all of the service.
    pub(super) fn agreement(&self) -> Vec<Value> {
        let agreement = json!({
            "commerce_id": "bench-agreement", "customer_id": self.customer(0),
            "discount_name": "Agreement", "effective_time": SINCE,
            "expire_time": "2096-01-01T00:00:00Z",
        });
        let item = |id: String, scope: Value| {
            let mut fields = scope;
            fields["item_id"] = id.into();
            fields["commerce_id"] = agreement["commerce_id"].clone();
            fields["customer_id"] = agreement["customer_id"].clone();
            fields["discount_ratio"] = "0.85".into();
            line("business_discount", fields)
        };
        let mut lines = vec![line("business_agreement", agreement.clone())];
        lines.extend(self.monthly_products(FACTS).map(|number| {
            let scope = json!({"product_id": product_id(number), "charging_mode": "MONTHLY"});
            item(format!("bench-item-{number}"), scope)
        }));
        lines.extend(["MONTHLY", "ONDEMAND"].map(|mode| {
            let scope = json!({"service_type_code": SERVICE, "charging_mode": mode});
            item(format!("bench-item-{mode}"), scope)
        }));
        lines.push(line(
            "partner_discount",
            json!({"discount_id": format!("{PARTNER}-discount"), "customer_id": self.customer(0),
                   "discount_type": 607, "discount_name": "Partner", "discount_ratio": "0.95",
                   "effective_time": SINCE}),
        ));
        lines
    }
}

fn product_id(number: u32) -> String {
    format!("OFFI{number:018}")
}

fn unit((id, measure_type, name): (u32, u32, &str)) -> Value {
    json!({"kind": "measure_unit", "measure_id": id, "measure_type": measure_type,
           "name_zh": name, "name_en": name, "abbreviation_zh": name, "abbreviation_en": name})
}

/// A service with types of resources, what is measured of them, and its policy. The first one is
/// that of the products.
fn service(number: u32) -> Vec<Value> {
    let code =
        if number == 0 { SERVICE.to_owned() } else { format!("hws.service.type.bench{number}") };
    let resources = (0..FACTS).map(|place| match (number, place) {
        (0, 0) => RESOURCE.to_owned(),
        _ => format!("hws.resource.type.bench{number}.{place}"),
    });
    let mut lines = vec![json!({
        "kind": "service_type", "service_type_code": code, "name_zh": format!("服务{number}"),
        "name_en": format!("Service {number}"), "abbreviation": format!("S{number}"),
    })];
    for resource in resources {
        lines.push(json!({
            "kind": "resource_type", "resource_type_code": resource, "service_type_code": code,
            "name_zh": "资源", "name_en": "Resource",
        }));
        lines.push(json!({
            "kind": "usage_type", "resource_type_code": resource, "usage_type_code": "Duration",
            "name_zh": "时长", "name_en": "Duration",
        }));
    }
    lines.push(json!({
        "kind": "incentive_policy", "service_type_code": code, "incentive_policy": "0",
        "allow_discount": "YES", "effective_time": SINCE,
    }));
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use billing::operations::import::Line;

    use super::*;

    fn tenant(records: u32) -> Tenant {
        let now = "2026-03-31T23:00:00Z".parse().expect("a time");
        Tenant::new(records, 3, 2, now)
    }

    #[test]
    fn its_lines_are_those_of_a_book() {
        let tenant = tenant(1_000);
        for line in [tenant.facts(), tenant.product(0), tenant.product(99_999)].concat().lines() {
            let parsed = Line::parse(line);
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
        }
    }

    #[test]
    fn products_of_a_request_differ_and_are_there() {
        for records in [40, 1_000, 1_000_000] {
            let tenant = tenant(records);
            for products in [tenant.monthly_products(100), tenant.monthly_products(1)] {
                let products: Vec<u32> = products.collect();
                assert!(products.iter().all(|number| *number < tenant.products()), "{records}");
                assert_eq!(products.iter().collect::<BTreeSet<_>>().len(), products.len());
            }
        }
    }
}
