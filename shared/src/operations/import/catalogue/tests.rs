//! Each kind of line of the catalogue, each reason to refuse one, and what is found afterwards.

use super::*;
use crate::books::{OpenCatalogue, Priced, SpecQuery, Specs};
use crate::domain::catalogue::{ChargeMode, Language, ProductLookup};
use crate::operations::import::{Content, Line};
use crate::store::memory::{MemoryStore, run};
use crate::store::register::{CATALOGUE, Register};
use crate::store::{Meta, Reader, Tree};
use crate::value::page::Slice;
use crate::value::time::Timestamp;

const SERVICE: &str = r#"{"kind":"service_type","service_type_code":"ec2","name_zh":"弹性云服务器","name_en":"Elastic Cloud Server","abbreviation":"ECS"}"#;
const RESOURCE: &str = r#"{"kind":"resource_type","resource_type_code":"vm","service_type_code":"ec2","name_zh":"云主机","name_en":"Cloud server"}"#;
const USAGE: &str = r#"{"kind":"usage_type","resource_type_code":"vm","usage_type_code":"Duration","name_zh":"时长","name_en":"Duration"}"#;
const HOUR: &str = r#"{"kind":"measure_unit","measure_id":4,"measure_type":2,"name_zh":"小时","name_en":"Hour","abbreviation_zh":"h","abbreviation_en":"h"}"#;
const MINUTE: &str = r#"{"kind":"measure_unit","measure_id":5,"measure_type":2,"name_zh":"分钟","name_en":"Minute","abbreviation_zh":"min","abbreviation_en":"min"}"#;
const CONVERSION: &str = r#"{"kind":"conversion","measure_id":4,"ref_measure_id":5,"conversion_ratio":60,"measure_type":2}"#;
const REGION: &str = r#"{"kind":"region","region_code":"north","name_zh":"北","name_en":"North","zones":[{"zone_code":"northA","name_zh":"一","name_en":"One"},{"zone_code":"northB","name_zh":"二","name_en":"Two"}]}"#;
const PRODUCT: &str = r#"{"kind":"product","product_id":"P1","service_type_code":"ec2","resource_type_code":"vm","resource_spec":"s6.small.1.linux","name_zh":"小型","name_en":"Small","region_code":"north","charge_mode":1}"#;
const PRICE: &str = r#"{"kind":"price","product_id":"P1","period_type":2,"amount":"32.2","effective_time":"2026-01-01T00:00:00Z"}"#;
const POLICY: &str = r#"{"kind":"incentive_policy","service_type_code":"ec2","incentive_policy":"0","allow_discount":"YES","effective_time":"2026-01-01T00:00:00Z"}"#;
const PROVINCE: &str = r#"{"kind":"province","province_code":"11","name":"北京市"}"#;
const CITY: &str = r#"{"kind":"city","city_code":"1101","province_code":"11","name":"市辖区"}"#;
const COUNTY: &str =
    r#"{"kind":"county","county_code":"110101","city_code":"1101","name":"东城区"}"#;

/// One line of each kind, each after what it refers to.
const LINES: [&str; 13] = [
    SERVICE, RESOURCE, USAGE, HOUR, MINUTE, CONVERSION, REGION, PRODUCT, PRICE, POLICY, PROVINCE,
    CITY, COUNTY,
];

struct Store(MemoryStore);

impl Store {
    fn empty() -> Self {
        let store = MemoryStore::new(1);
        run(Register::new(&store).create_catalogue()).expect("created");
        Self(store)
    }

    fn filled() -> Self {
        let store = Self::empty();
        for line in LINES {
            assert_eq!(store.apply(line), Ok(Outcome::Applied), "{line}");
        }
        store
    }

    fn apply(&self, line: &str) -> Result<Outcome, Reason> {
        let Content::Catalogue(entry) = Line::parse(line)?.content else { panic!("{line}") };
        let meta = Meta { caller: "operator".to_owned(), operation: "book".to_owned() };
        run(Tree::new(&self.0, CATALOGUE).update(&meta, async |transaction| {
            let mut catalogue = CatalogueMut::new(transaction);
            prefetch(&catalogue, [&entry]).await?;
            apply(&mut catalogue, &entry).await
        }))
    }

    fn read<T>(&self, read: impl AsyncFn(&Catalogue<'_>) -> Result<T, Reason>) -> T {
        let tree = Tree::new(&self.0, CATALOGUE);
        run(tree.read(async |snapshot| read(&OpenCatalogue::new(snapshot)).await)).expect("read")
    }

    fn transactions(&self) -> u64 {
        let tree = Tree::new(&self.0, CATALOGUE);
        run(tree.read::<_, Reason>(async |snapshot| Ok(snapshot.sequence()))).expect("read")
    }

    fn specs(&self, query: &SpecQuery, limit: usize) -> Specs {
        self.read(async |catalogue| catalogue.specs(query, limit).await)
    }

    fn priced(&self, lookup: ProductLookup) -> Priced {
        let lookups = [Some(lookup), None];
        self.read(async |catalogue| catalogue.priced(&lookups).await)
    }
}

fn lookup(spec: &str, zone: Option<&str>) -> ProductLookup {
    ProductLookup {
        service_type_code: "ec2".parse().expect("a code"),
        resource_type_code: "vm".parse().expect("a code"),
        region_code: "north".parse().expect("a code"),
        resource_spec: spec.parse().expect("a code"),
        charge_mode: ChargeMode::Period,
        zone_code: zone.map(str::to_owned),
    }
}

fn query() -> SpecQuery {
    SpecQuery {
        service_type_code: "ec2".parse().expect("a code"),
        resource_type_code: "vm".parse().expect("a code"),
        region_code: "north".parse().expect("a code"),
        charge_mode: ChargeMode::Period,
        contains: None,
        after: None,
    }
}

#[test]
fn takes_every_kind_once() {
    let store = Store::filled();
    let before = store.transactions();
    for line in LINES {
        assert_eq!(store.apply(line), Ok(Outcome::Skipped), "{line}");
    }
    assert_eq!(store.transactions(), before);
}

#[test]
fn refuses_other_content_under_a_known_identity() {
    let store = Store::filled();
    let before = store.transactions();
    for (line, was, is) in [
        (SERVICE, "ECS", "VM"),
        (RESOURCE, "云主机", "主机"),
        (USAGE, "时长", "长"),
        (HOUR, "小时", "时"),
        (CONVERSION, "60", "61"),
        (REGION, "North", "Nord"),
        (PRODUCT, "Small", "Large"),
        (PRODUCT, "s6.small", "s6.large"),
        (PRICE, "32.2", "32.3"),
        (POLICY, "YES", "NO"),
        (PROVINCE, "北京市", "北京"),
        (CITY, "市辖区", "区"),
        (COUNTY, "东城区", "西城区"),
    ] {
        let line = line.replacen(was, is, 1);
        assert_eq!(store.apply(&line), Err(Reason::ContentDiffers), "{line}");
    }
    // Another product that nothing could tell from the first one.
    let twin = PRODUCT.replace("P1", "P2");
    assert_eq!(store.apply(&twin), Err(Reason::ContentDiffers));
    assert_eq!(store.transactions(), before);
}

#[test]
fn refuses_references_to_nothing() {
    let store = Store::filled();
    let empty = Store::empty();
    for line in [RESOURCE, USAGE, CONVERSION, PRODUCT, PRICE, POLICY, CITY, COUNTY] {
        let outcome = empty.apply(line);
        assert!(matches!(outcome, Err(Reason::UnknownReference { .. })), "{line} {outcome:?}");
    }
    for line in [
        PRODUCT.replace("P1", "P2").replace("\"north\"", "\"south\""),
        PRODUCT.replace("P1", "P2").replace('}', r#","zone_code":"southA"}"#),
        PRICE.replace("P1", "P2"),
        PRODUCT.replace("P1", "P2").replace("\"vm\"", "\"disk\""),
    ] {
        let outcome = store.apply(&line);
        assert!(matches!(outcome, Err(Reason::UnknownReference { .. })), "{line} {outcome:?}");
    }
    assert_eq!(empty.transactions(), 0);
}

#[test]
fn refuses_what_contradicts_itself() {
    let store = Store::filled();
    let before = store.transactions();
    let other = SERVICE.replace("ec2", "ebs");
    assert_eq!(store.apply(&other), Ok(Outcome::Applied));
    for line in [
        PRODUCT.replace("P1", "P2").replace("ec2", "ebs"),
        CONVERSION.replace("\"ref_measure_id\":5", "\"ref_measure_id\":4"),
        CONVERSION.replace("60", "0").replace("\"measure_id\":4", "\"measure_id\":5"),
        PRICE.replace(r#""period_type":2"#, r#""usage_type_code":"Duration","measure_id":4"#),
        POLICY.replace('}', r#","expire_time":"2026-01-01T00:00:00Z"}"#),
    ] {
        let outcome = store.apply(&line);
        assert!(matches!(outcome, Err(Reason::Contradiction(_))), "{line} {outcome:?}");
    }
    let sized = PRODUCT.replace("P1", "P2").replace('}', r#","size_measure_id":10}"#);
    assert!(matches!(store.apply(&sized), Err(Reason::Field { name: "size_measure_id", .. })));
    assert_eq!(store.transactions(), before + 1);
}

#[test]
fn looks_products_up_by_all_their_keys() {
    let store = Store::filled();
    let found = |lookup| store.priced(lookup).offers.remove(0).map(|offer| offer.product);
    let id = |lookup| found(lookup).map(|product| product.product_id.to_string());
    let spec = "s6.small.1.linux";
    assert_eq!(id(lookup(spec, None)).as_deref(), Some("P1"));
    for (name, wrong) in [
        ("specification", lookup("S6.small.1.linux", None)),
        ("shorter", lookup("s6.small.1", None)),
        (
            "service",
            ProductLookup {
                service_type_code: "Ec2".parse().expect("a code"),
                ..lookup(spec, None)
            },
        ),
        (
            "type of resources",
            ProductLookup {
                resource_type_code: "v".parse().expect("a code"),
                ..lookup(spec, None)
            },
        ),
        (
            "region",
            ProductLookup { region_code: "north-1".parse().expect("a code"), ..lookup(spec, None) },
        ),
        (
            "way of charging",
            ProductLookup { charge_mode: ChargeMode::OnDemand, ..lookup(spec, None) },
        ),
    ] {
        assert_eq!(id(wrong), None, "another {name}");
    }
}

#[test]
fn a_zone_is_looked_for_in_either_case() {
    let store = Store::filled();
    let id = |zone| {
        let offer = store.priced(lookup("s6.small.1.linux", zone)).offers.remove(0);
        offer.map(|offer| offer.product.product_id.to_string())
    };
    // A product of all zones is one of each.
    assert_eq!(id(Some("NORTHa")).as_deref(), Some("P1"));
    let in_zone = PRODUCT.replace("P1", "PA").replace('}', r#","zone_code":"northA"}"#);
    assert_eq!(store.apply(&in_zone), Ok(Outcome::Applied));
    for (zone, found) in
        [(Some("northA"), "PA"), (Some("NORTHA"), "PA"), (Some("northB"), "P1"), (None, "P1")]
    {
        assert_eq!(id(zone).as_deref(), Some(found), "{zone:?}");
    }
}

#[test]
fn prices_of_any_time_belong_to_their_product() {
    let store = Store::filled();
    // Every last byte that the time of a price can have in its key.
    for second in 0..256 {
        let time: Timestamp =
            chrono::DateTime::from_timestamp(1_800_000_000 + second, 0).expect("a time").into();
        let line = PRICE.replace("2026-01-01T00:00:00Z", &time.to_string());
        assert_eq!(store.apply(&line), Ok(Outcome::Applied), "{line}");
    }
    let zone = PRODUCT.replace("P1", "PA").replace('}', r#","zone_code":"northA"}"#);
    assert_eq!(store.apply(&zone), Ok(Outcome::Applied));
    assert_eq!(store.apply(&PRICE.replace("P1", "PA")), Ok(Outcome::Applied));
    let priced = |zone| store.priced(lookup("s6.small.1.linux", zone)).offers.remove(0);
    assert_eq!(priced(None).expect("found").prices.len(), 257);
    assert_eq!(priced(Some("northa")).expect("found").prices.len(), 1);
}

#[test]
fn pricing_gets_conversions_and_the_policies_of_its_services() {
    let store = Store::filled();
    let other = SERVICE.replace("ec2", "ec21");
    assert_eq!(store.apply(&other), Ok(Outcome::Applied));
    assert_eq!(store.apply(&POLICY.replace("ec2", "ec21")), Ok(Outcome::Applied));
    let priced = store.priced(lookup("none", None));
    assert_eq!(priced.offers, [None, None]);
    let at = "2026-11-30T00:00:00Z".parse().expect("a time");
    let allowed =
        |service: &str| priced.policies.allow_discount(&service.parse().expect("a code"), at);
    assert!(allowed("ec2") && !allowed("ec21"));
    assert_eq!(priced.conversions, store.priced(lookup("s6.small.1.linux", None)).conversions);
}

#[test]
fn specifications_are_paged_by_their_last_one() {
    let store = Store::filled();
    for (id, spec) in [("P2", "s6.large"), ("P3", "s6.small.1.win"), ("P4", "s7.large")] {
        let line = PRODUCT.replace("P1", id).replace("s6.small.1.linux", spec);
        assert_eq!(store.apply(&line), Ok(Outcome::Applied), "{line}");
    }
    let zone = PRODUCT.replace("P1", "PA").replace('}', r#","zone_code":"northA"}"#);
    assert_eq!(store.apply(&zone), Ok(Outcome::Applied));
    let all = ["s6.large", "s6.small.1.linux", "s6.small.1.win", "s7.large"];
    let codes = |specs: &Specs| -> Vec<String> {
        specs.items.iter().map(|spec| spec.resource_spec.to_string()).collect()
    };
    for limit in 1..=5 {
        let mut found = Vec::new();
        let mut next = query();
        loop {
            let specs = store.specs(&next, limit);
            assert!(specs.items.len() <= limit);
            found.extend(codes(&specs));
            if !specs.has_more {
                break;
            }
            next.after = specs.items.last().map(|spec| spec.resource_spec.to_string());
        }
        assert_eq!(found, all, "{limit}");
    }
    let with = |contains: &str| SpecQuery { contains: Some(contains.to_owned()), ..query() };
    assert_eq!(codes(&store.specs(&with("large"), 100)), ["s6.large", "s7.large"]);
    assert_eq!(codes(&store.specs(&with("小"), 100)), all);
    assert_eq!(codes(&store.specs(&with("Small"), 2)).len(), 2);
    assert!(codes(&store.specs(&with("LARGE"), 100)).is_empty());
    let elsewhere = SpecQuery { charge_mode: ChargeMode::OnDemand, ..query() };
    assert_eq!(store.specs(&elsewhere, 100), Specs { of: None, items: vec![], has_more: false });
}

#[test]
fn lists_what_was_imported() {
    let store = Store::filled();
    let services = |text: Option<&str>, language| {
        store
            .read(async |catalogue| catalogue.services(text, language, Slice::first(10)).await)
            .total_count
    };
    assert_eq!(services(None, Language::Chinese), 1);
    assert_eq!(services(Some("云服务"), Language::Chinese), 1);
    assert_eq!(services(Some("云服务"), Language::English), 0);
    assert_eq!(services(Some("Cloud"), Language::English), 1);
    let service = "ec2".parse().expect("a code");
    let of = store.read(async |catalogue| catalogue.resources_of(&service, Slice::first(10)).await);
    let all = store.read(async |catalogue| catalogue.resources(Slice::first(10)).await);
    assert_eq!(of, all);
    let usages = store.read(async |catalogue| catalogue.usages(None, Slice::first(10)).await);
    assert_eq!(usages.items[0].service.service_type_code, service);
    let at = "2026-11-30T00:00:00Z".parse().expect("a time");
    let before = "2025-12-31T23:59:59Z".parse().expect("a time");
    for (at, count) in [(at, 1), (before, 0)] {
        let all =
            store.read(async |catalogue| catalogue.policies(None, at, Slice::first(10)).await);
        let of = store
            .read(async |catalogue| catalogue.policies(Some(&service), at, Slice::first(10)).await);
        assert_eq!((all.total_count, of.total_count), (count, count));
    }
    let city = "1101".parse().expect("a code");
    let counties = store.read(async |catalogue| catalogue.counties(&city, Slice::first(10)).await);
    assert_eq!(counties.items[0].name.as_str(), "东城区");
    let product = "P1".parse().expect("an id");
    assert!(store.read(async |catalogue| catalogue.product(&product).await).is_some());
    let unknown = "P2".parse().expect("an id");
    assert!(store.read(async |catalogue| catalogue.product(&unknown).await).is_none());
}
