//! The morning: what is there to sell, and what it costs a customer with a framework agreement.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Day;
use crate::harness::book::Book;
use crate::harness::catalogue::{BLOCK_STORAGE, CATALOGUE, DIVISIONS, ELASTIC_CLOUD_SERVER};
use crate::harness::catalogue::{SERVER, VOLUME, import, texts};
use crate::harness::json::Json;
use crate::harness::money::decimal;

const NETWORK: &str = "hws.service.type.vpc";
const BANDWIDTH: &str = "hws.resource.type.bandwidth";
pub(super) const REGION: &str = "cn-north-4";

/// A product that is quoted: service, type, specification, size with its unit, months, how many.
pub(super) type Quoted = (&'static str, &'static str, &'static str, Option<(u32, u32)>, u32, u32);

/// What is quoted.
pub(super) const QUOTED: [Quoted; 3] = [
    (ELASTIC_CLOUD_SERVER, SERVER, "s6.large.2.linux", None, 3, 2),
    (BLOCK_STORAGE, VOLUME, "GPSSD", Some((40, 17)), 3, 2),
    (NETWORK, BANDWIDTH, "19_bgp", Some((5, 15)), 3, 1),
];

/// What the agreement leaves of a month of each.
const AGREED: [(&str, &str); 2] = [(ELASTIC_CLOUD_SERVER, "0.85"), (BLOCK_STORAGE, "0.9")];

/// What the partner would leave of them.
const OF_PARTNER: &str = "0.95";

/// The line of the product that is quoted.
fn product(spec: &str) -> &'static Json {
    CATALOGUE
        .with("product", "resource_spec", spec)
        .filter(|line| line.text_at("region_code") == REGION)
        .find(|line| line.at("charge_mode").as_integer() == 1)
        .expect("a product")
}

/// What it costs before discounts, by the lines of the catalogue alone.
pub(super) fn official(spec: &str, size: Option<(u32, u32)>, months: u32, count: u32) -> Decimal {
    let price = CATALOGUE
        .with("price", "product_id", product(spec).text_at("product_id"))
        .find(|line| line.at("period_type").as_integer() == 2)
        .expect("a price");
    let units = size.map_or(1, |(size, _)| size) * months * count;
    decimal(price.text_at("amount")) * Decimal::from(units)
}

/// Halves of a cent go up.
pub(super) fn rounded(amount: Decimal) -> Decimal {
    (amount * Decimal::ONE_HUNDRED + decimal("0.5")).floor() / Decimal::ONE_HUNDRED
}

/// What the agreement leaves of the price of a service's products.
pub(super) fn agreed(service: &str) -> Decimal {
    let item = AGREED.iter().find(|(of, _)| *of == service);
    decimal(item.map_or("1", |(_, ratio)| ratio))
}

fn codes(body: &Json, list: &str, name: &str) -> Vec<String> {
    texts(body.at(list).as_list(), name)
}

impl Day {
    /// The catalogue as the operator has it, and the customer's agreement.
    pub(super) fn open_the_shop(&self) {
        let shared = CATALOGUE.text().lines().filter(|line| !line.contains("\"tenant_id\""));
        self.app.import(&Book::new(shared.map(|line| format!("{line}\n")).collect()));
        self.app.import(&DIVISIONS);
        let (tenant, customer) = (&self.tenant.tenant_id, &self.tenant.customers[0]);
        let mut lines = vec![
            json!({"kind": "business_agreement", "tenant_id": tenant, "commerce_id": "day-CA",
                   "customer_id": customer, "discount_name": "框架合同折扣",
                   "effective_time": "2026-01-01T00:00:00Z",
                   "expire_time": "2096-01-01T00:00:00Z"}),
            json!({"kind": "partner_discount", "tenant_id": tenant, "discount_id": "day-PR",
                   "customer_id": customer, "discount_type": 607, "discount_name": "伙伴折扣",
                   "discount_ratio": OF_PARTNER, "effective_time": "2026-01-01T00:00:00Z"}),
        ];
        lines.extend(AGREED.map(|(service, ratio)| {
            json!({"kind": "business_discount", "tenant_id": tenant, "commerce_id": "day-CA",
                   "item_id": format!("day-{service}"), "customer_id": customer,
                   "service_type_code": service, "charging_mode": "MONTHLY",
                   "discount_ratio": ratio})
        }));
        lines.push(self.resource("day-server", "s6.large.2.linux", None, None));
        lines.push(self.resource("day-disk", "GPSSD", Some((40, 17)), Some("day-server")));
        import(&self.app, &lines);
    }

    /// A line of a resource that the customer has.
    fn resource(
        &self,
        id: &str,
        spec: &str,
        size: Option<(u32, u32)>,
        main: Option<&str>,
    ) -> Value {
        let product = product(spec);
        let mut line = json!({"kind": "resource", "tenant_id": self.tenant.tenant_id,
            "customer_id": self.tenant.customers[0], "resource_id": id,
            "order_id": "CS2601010000AAAAA",
            "service_type_code": product.text_at("service_type_code"),
            "resource_type_code": product.text_at("resource_type_code"), "resource_spec": spec,
            "region_code": REGION, "product_id": product.text_at("product_id"),
            "effective_time": "2026-01-01T00:00:00Z", "expire_time": "2095-12-31T15:59:59Z",
            "period_type": 3, "period_num": 1});
        if let Some((size, measure)) = size {
            line["resource_size"] = json!(size);
            line["size_measure_id"] = json!(measure);
        }
        if let Some(main) = main {
            line["main_resource_id"] = json!(main);
        }
        line
    }

    /// What there is to sell.
    pub(super) fn look_around(&self) {
        let found = self.partner("ListServiceTypes", &json!({"service_type_name": "云服务器"}));
        assert_eq!(codes(&found, "service_types", "service_type_code"), [ELASTIC_CLOUD_SERVER]);
        let service = json!({"service_type_code": ELASTIC_CLOUD_SERVER});
        let of_service = self.partner("ListServiceResources", &service);
        let types = of_service.at("infos").as_list().iter().map(|info| info.at("basic_info"));
        assert!(types.into_iter().any(|info| info.text_at("resource_type_code") == SERVER));
        let all = self.partner("ListResourceTypes", &json!({"limit": 1000}));
        assert!(codes(&all, "resource_types", "resource_type_code").contains(&SERVER.to_owned()));
        let usage = self.partner("ListUsageTypes", &json!({"resource_type_code": SERVER}));
        assert!(codes(&usage, "usage_types", "code").contains(&"Duration".to_owned()));
        let units = self.partner("ListMeasureUnits", &json!({}));
        let hour = units.at("measure_units").as_list().iter();
        assert!(hour.into_iter().any(|unit| unit.at("measure_id").as_integer() == 4));
        let conversions = self.partner("ListConversions", &json!({"measure_type": 3}));
        assert!(!conversions.at("conversions").as_list().is_empty());
        let specs = json!({"cloud_service_type": ELASTIC_CLOUD_SERVER, "resource_type": SERVER,
            "region_code": REGION, "charge_mode": "1",
            "filters": [{"key": "RESOURCE_SPEC", "value": "s6.large.2.linux"}]});
        let specs = self.partner("ListResourceSpecs", &specs);
        assert_eq!(codes(&specs, "cloud_service_basics", "resource_spec"), ["s6.large.2.linux"]);
        let policies = json!({"time": "2026-09", "limit": 100});
        let policies = self.partner("ListIncentiveDiscountPolicies", &policies);
        let allowed = policies.at("policies").as_list().iter().filter(|policy| {
            [ELASTIC_CLOUD_SERVER, BLOCK_STORAGE].contains(&policy.text_at("service_type_code"))
        });
        assert!(allowed.into_iter().all(|policy| policy.text_at("allow_discount") == "YES"));

        let provinces = self.partner("ListProvinces", &json!({}));
        let province = &codes(&provinces, "provinces", "code")[2];
        let cities = self.partner("ListCities", &json!({"province_code": province}));
        let city = &codes(&cities, "cities", "code")[0];
        let counties = self.partner("ListCounties", &json!({"city_code": city}));
        let of_city = DIVISIONS.with("county", "city_code", city).count();
        assert_eq!(counties.at("count").as_integer(), i64::try_from(of_city).expect("few"));
    }

    /// What a server, a disk and a bandwidth cost for three months.
    pub(super) fn quote(&self) {
        let key = &self.tenant.customer;
        let agreement = self.ask(
            key,
            "ListBusinessDiscountInfo",
            &json!({"quoting_item_type": "CATEGORY_ITEM"}),
        );
        assert_eq!(agreement.text_at("commerce_id"), "day-CA");
        assert_eq!(agreement.at("total_count").as_integer(), 2);

        let items: Vec<Value> = QUOTED.iter().map(quoted).collect();
        let fields = json!({"project_id": "project", "product_infos": items});
        let body = self.ask(key, "ListRateOnPeriodDetail", &fields);
        let prices =
            QUOTED.map(|(_, _, spec, size, months, count)| official(spec, size, months, count));
        let total: Decimal = prices.iter().sum();
        let answered = body.at("official_website_rating_result");
        assert_eq!(answered.at("official_website_amount").as_decimal(), total);
        let [commercial, partner] = body.at("optional_discount_rating_results").as_list() else {
            panic!("{body:?}");
        };
        let allowed = |service: &str| {
            let policy = CATALOGUE.with("incentive_policy", "service_type_code", service).next();
            policy.is_some_and(|policy| policy.text_at("allow_discount") == "YES")
        };
        let mut left = [Decimal::ZERO; 2];
        for (place, ((service, ..), price)) in QUOTED.iter().zip(prices).enumerate() {
            let of_partner = if allowed(service) { decimal(OF_PARTNER) } else { Decimal::ONE };
            for ((group, ratio), left) in
                [(commercial, agreed(service)), (partner, of_partner)].into_iter().zip(&mut left)
            {
                let amount = rounded(price * ratio);
                let result = &group.at("product_rating_results").as_list()[place];
                assert_eq!(result.at("amount").as_decimal(), amount, "{service}");
                assert_eq!(result.at("discount_amount").as_decimal(), price - amount, "{service}");
                *left += amount;
            }
        }
        let best = usize::from(left[1] < left[0]);
        for (place, group) in [commercial, partner].into_iter().enumerate() {
            assert_eq!(group.at("amount").as_decimal(), left[place]);
            assert_eq!(group.at("best_offer").as_integer(), i64::from(place == best));
        }
        self.quote_usage();
        self.quote_renewal();
    }

    /// What it costs to use a published firewall for a month of hours: 0.36 for each.
    fn quote_usage(&self) {
        let items = [crate::harness::catalogue::firewall("1", "730")];
        let fields = json!({"project_id": "project", "product_infos": items});
        let body = self.ask(&self.tenant.customer, "ListOnDemandResourceRatings", &fields);
        let official = decimal("0.36") * Decimal::from(730);
        assert_eq!(body.at("official_website_amount").as_decimal(), official);
        // The policy allows a discount of the partner's, and the agreement has none.
        let left = official * decimal(OF_PARTNER);
        assert_eq!(body.at("amount").as_decimal(), left);
    }

    /// What another year of the server costs, its disk with it.
    fn quote_renewal(&self) {
        let fields = json!({"resource_ids": ["day-server"], "period_type": 2, "period_num": 2});
        let body = self.ask(&self.tenant.customer, "ListRenewRateOnPeriod", &fields);
        let server = official("s6.large.2.linux", None, 2, 1);
        let disk = official("GPSSD", Some((40, 17)), 2, 1);
        let [result] = body.at("renew_inquiry_results").as_list() else { panic!("{body:?}") };
        assert_eq!(decimal(result.text_at("amount")), server + disk);
        let commercial = &body.at("optional_discount_rating_results").as_list()[0];
        let left = rounded(server * decimal("0.85")) + rounded(disk * decimal("0.9"));
        assert_eq!(decimal(commercial.text_at("amount")), left);
        assert!(body.at("fail_resource_infos").as_list().is_empty());
    }
}

/// A product as a request names it.
fn quoted(item: &Quoted) -> Value {
    let (service, resource, spec, size, months, count) = item;
    let mut fields = json!({"id": spec, "cloud_service_type": service, "resource_type": resource,
        "resource_spec": spec, "region": REGION, "period_type": 2, "period_num": months,
        "subscription_num": count});
    if let Some((size, measure)) = size {
        fields["resource_size"] = json!(size);
        fields["size_measure_id"] = json!(measure);
    }
    fields
}
