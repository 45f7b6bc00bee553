//! What a rating costs as the catalogue grows.

use super::*;
use crate::domain::catalogue::{ChargeMode, Offer, ProductLookup, Term, TermType};
use crate::domain::error::Reason;
use crate::domain::rating::{self, PeriodItem};
use crate::store::memory::Calls;

/// Numbers of products, each with two prices.
const SIZES: [usize; 3] = [100, 10_000, 100_000];

/// How many calls a rating costs at most, and how many more with the largest catalogue.
const CALLS_MAX: u32 = 8;
const FURTHER_CALLS_MAX: u32 = 2;

const CATALOGUE: &str = r#"{"kind":"service_type","service_type_code":"hws.service.type.ec2","name_zh":"弹性云服务器","name_en":"Elastic Cloud Server","abbreviation":"ECS"}
{"kind":"resource_type","resource_type_code":"hws.resource.type.vm","service_type_code":"hws.service.type.ec2","name_zh":"云主机","name_en":"Cloud server"}
{"kind":"region","region_code":"cn-north-4","name_zh":"北","name_en":"North","zones":[]}
{"kind":"incentive_policy","service_type_code":"hws.service.type.ec2","incentive_policy":"0","allow_discount":"YES","effective_time":"2026-01-01T00:00:00Z"}
{"kind":"business_agreement","tenant_id":"t","commerce_id":"CA","customer_id":"c","discount_name":"框架合同","effective_time":"2026-01-01T00:00:00Z","expire_time":"2126-01-01T00:00:00Z"}
{"kind":"business_discount","tenant_id":"t","item_id":"I","commerce_id":"CA","customer_id":"c","service_type_code":"hws.service.type.ec2","charging_mode":"MONTHLY","discount_ratio":"0.8"}"#;

/// Lines of products, scattered over the catalogue as ids of specifications are.
fn products(numbers: std::ops::Range<usize>) -> String {
    let mut book = String::new();
    for number in numbers {
        book.push_str(&format!(
            r#"{{"kind":"product","product_id":"P{number}","service_type_code":"hws.service.type.ec2","resource_type_code":"hws.resource.type.vm","resource_spec":"{}","name_zh":"规格","name_en":"Specification","region_code":"cn-north-4","charge_mode":1}}
{{"kind":"price","product_id":"P{number}","period_type":2,"amount":"{number}.25","effective_time":"2026-01-01T00:00:00Z"}}
{{"kind":"price","product_id":"P{number}","period_type":3,"amount":"{number}.50","effective_time":"2026-01-01T00:00:00Z"}}
"#,
            spec(number)
        ));
    }
    book
}

fn spec(number: usize) -> String {
    format!("s{:06}.linux", number * 611_953 % 1_000_000)
}

/// Rates a hundred products for a customer with a discount on them.
fn rate(host: &TestHost, size: usize) -> Calls {
    host.store.take_calls();
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let numbers: Vec<usize> = (0..100).map(|index| index * size / 100).collect();
    let lookup = |number: &usize| ProductLookup {
        service_type_code: "hws.service.type.ec2".parse().expect("a code"),
        resource_type_code: "hws.resource.type.vm".parse().expect("a code"),
        region_code: "cn-north-4".parse().expect("a code"),
        resource_spec: spec(*number).parse().expect("a code"),
        charge_mode: ChargeMode::Period,
        zone_code: None,
    };
    let lookups: Vec<_> = numbers.iter().map(|number| Some(lookup(number))).collect();
    let priced =
        run(call.read_catalogue(async |catalogue| catalogue.priced(&lookups).await)).expect("read");
    let offers: Vec<&Offer> = priced.offers.iter().flatten().collect();
    let ids: Vec<String> = numbers.iter().map(usize::to_string).collect();
    let term = Term { unit: TermType::Month, count: 1 };
    let items: Vec<PeriodItem<'_>> = ids
        .iter()
        .zip(offers)
        .map(|(id, offer)| PeriodItem { id, offer, term, size: None, count: 1 })
        .collect();
    let rated = rating::rate_periods(&items, call.now()).expect("rated");
    let products: Vec<_> = rated.items.iter().map(|item| &item.product.product_id).collect();
    let customer = "c".parse().expect("an id");
    let discounts =
        run(call.read(async |books| books.discounts(&customer, products.iter().copied()).await))
            .expect("read");
    let calls = host.store.take_calls();
    let official: usize = numbers.iter().sum::<usize>() + 25;
    assert_eq!(rated.official.to_string(), official.to_string());
    let groups = rated.optional_discounts(&discounts, &priced.policies).expect("groups");
    let [group] = &groups[..] else { panic!("{groups:?}") };
    assert_eq!(group.total.amount.to_string(), (official * 4 / 5).to_string());
    calls
}

#[test]
fn a_hundred_of_a_hundred_thousand_products_are_rated_in_eight_calls() {
    let host = TestHost::with_book();
    host.import(CATALOGUE).expect("imported");
    let mut least = None;
    let mut before = 0;
    for size in SIZES {
        while before < size {
            let next = size.min(before + 2_000);
            host.import(&products(before..next)).expect("imported");
            host.store.advance(chrono::TimeDelta::minutes(1));
            before = next;
        }
        let calls = rate(&host, size);
        println!("{size:8} products: {:2} calls: {calls:?}", calls.total());
        let least = *least.get_or_insert(calls.total());
        assert!(calls.total() <= CALLS_MAX, "{calls:?}");
        assert!(calls.total() <= least + FURTHER_CALLS_MAX, "{calls:?}");
    }
}

#[test]
fn a_store_without_a_catalogue_has_no_products() {
    let host = TestHost::with_book();
    host.import(CATALOGUE).expect("imported");
    run(host.store.delete_many(&["head.catalogue".to_owned()])).expect("deleted");
    let call = host.admit(host.signed("POST", "/", &[], "{}")).expect("admitted");
    let slice = crate::value::page::Slice::first(10);
    let listed = run(call.read_catalogue(async |catalogue| catalogue.resources(slice).await));
    assert_eq!(listed.map(|page| page.total_count), Ok(0));
    let shared: Vec<&str> = CATALOGUE.lines().filter(|line| !line.contains("tenant_id")).collect();
    assert_eq!(host.import(&shared.join("\n")), Ok(Imported { applied: 4, skipped: 0 }));
}

#[test]
fn a_catalogue_is_imported_between_the_lines_of_tenants() {
    let host = TestHost::with_book();
    let lines: Vec<&str> = CATALOGUE.lines().collect();
    let tenant = lines[4];
    let mixed = [tenant, lines[0], lines[1], lines[2], lines[3], lines[5]].join("\n");
    assert_eq!(host.import(&mixed), Ok(Imported { applied: 6, skipped: 0 }));
    assert_eq!(host.import(CATALOGUE), Ok(Imported { applied: 0, skipped: 6 }));
    let refused = host.import(&format!("{}\n{tenant}\n{}", lines[0], lines[1].replace("云", "水")));
    let Err(Refusal::Line { line: 3, imported, refusal }) = refused else { panic!("{refused:?}") };
    assert_eq!(imported, Imported { applied: 0, skipped: 2 });
    assert_eq!(*refusal, Refusal::Reason(Reason::ContentDiffers));
}
