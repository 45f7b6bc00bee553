//! The engine against slow models, and against published figures.

use super::*;
use crate::domain::catalogue::{
    AllowDiscount, Charge, ChargeMode, Conversion, IncentiveKind, IncentivePolicies,
    IncentivePolicy, MeasureType, Price, TermType,
};
use crate::domain::discount::{
    Agreement, AgreementItem, Benefit, Discount, DiscountType, Discounts, ItemScope,
};
use proptest::prelude::*;

const EC2: &str = "hws.service.type.ec2";
const EBS: &str = "hws.service.type.ebs";

fn at() -> Timestamp {
    "2026-11-30T00:00:00Z".parse().expect("a time")
}

fn product(id: &str, service: &str, charge_mode: ChargeMode, size: Option<u32>) -> Product {
    Product {
        product_id: id.parse().expect("an id"),
        service_type_code: service.parse().expect("a code"),
        resource_type_code: "hws.resource.type.vm".parse().expect("a code"),
        resource_spec: format!("spec.{id}").parse().expect("a code"),
        name_zh: "规格".parse().expect("a name"),
        name_en: "Specification".parse().expect("a name"),
        region_code: "cn-north-4".parse().expect("a code"),
        zone_code: None,
        charge_mode,
        size_measure_id: size.map(MeasureId),
    }
}

fn price(product: &Product, charge: Charge, amount: &str) -> Price {
    Price {
        product_id: product.product_id.clone(),
        charge,
        amount: amount.parse().expect("an amount"),
        effective_time: "2026-01-01T00:00:00Z".parse().expect("a time"),
        expire_time: None,
    }
}

fn monthly(id: &str, service: &str, size: Option<u32>, amount: &str) -> Offer {
    let product = product(id, service, ChargeMode::Period, size);
    let term = Term { unit: TermType::Month, count: 1 };
    let prices = vec![price(&product, Charge::Term(term), amount)];
    Offer { product, prices }
}

fn by_usage(id: &str, size: Option<u32>, factor: &str, measure: u32, amount: &str) -> Offer {
    let product = product(id, EC2, ChargeMode::OnDemand, size);
    let factor = factor.parse().expect("a code");
    let charge = Charge::Usage { factor, measure_id: MeasureId(measure) };
    let prices = vec![price(&product, charge, amount)];
    Offer { product, prices }
}

fn months<'o>(
    id: &'o str,
    offer: &'o Offer,
    count: u32,
    size: Option<(u32, u32)>,
) -> PeriodItem<'o> {
    let term = Term { unit: TermType::Month, count };
    let size = size.map(|(value, measure)| Size { value, measure_id: MeasureId(measure) });
    PeriodItem { id, offer, term, size, count: 1 }
}

fn usage<'o>(
    offer: &'o Offer,
    (factor, value, measure): (&'o str, &str, u32),
    size: Option<(u32, u32)>,
) -> UsageItem<'o> {
    UsageItem {
        id: "1",
        offer,
        factor,
        usage: value.parse().expect("a quantity"),
        measure_id: MeasureId(measure),
        size: size.map(|(value, measure)| Size { value, measure_id: MeasureId(measure) }),
        count: 1,
    }
}

fn conversions() -> Conversions {
    let conversion = |measure_id, ref_measure_id, conversion_ratio| Conversion {
        measure_id: MeasureId(measure_id),
        ref_measure_id: MeasureId(ref_measure_id),
        conversion_ratio,
        measure_type: MeasureType::Traffic,
    };
    Conversions::new(vec![conversion(10, 11, 1024), conversion(4, 5, 60)])
}

fn allowing(services: &[&str]) -> IncentivePolicies {
    let policy = |service: &&str| IncentivePolicy {
        service_type_code: service.parse().expect("a code"),
        incentive_policy: IncentiveKind::Ordinary,
        allow_discount: AllowDiscount::Yes,
        effective_time: "2026-01-01T00:00:00Z".parse().expect("a time"),
        expire_time: None,
    };
    IncentivePolicies::new(services.iter().map(policy).collect())
}

fn given(id: &str, discount_type: Option<DiscountType>, benefit: Benefit) -> Discount {
    Discount {
        discount_id: id.parse().expect("an id"),
        customer_id: "c".parse().expect("an id"),
        discount_type,
        discount_name: "折扣".parse().expect("a name"),
        benefit,
        service_type_codes: Vec::new(),
        effective_time: "2026-01-01T00:00:00Z".parse().expect("a time"),
        expire_time: None,
    }
}

fn ratio(text: &str) -> Benefit {
    Benefit::Ratio(text.parse().expect("a ratio"))
}

/// An agreement on what is paid by the month.
fn agreed(items: &[(ItemScope, Benefit)]) -> Discounts {
    let agreement = Agreement {
        commerce_id: "CA".parse().expect("an id"),
        customer_id: "c".parse().expect("an id"),
        commerce_code: None,
        discount_name: "框架合同".parse().expect("a name"),
        effective_time: "2026-01-01T00:00:00Z".parse().expect("a time"),
        expire_time: "2027-01-01T00:00:00Z".parse().expect("a time"),
        accumulation_cycle_type: None,
    };
    let item = |(index, (scope, benefit)): (usize, &(ItemScope, Benefit))| AgreementItem {
        item_id: format!("CI-{index}").parse().expect("an id"),
        commerce_id: agreement.commerce_id.clone(),
        customer_id: agreement.customer_id.clone(),
        scope: scope.clone(),
        charging_mode: QuotingMode::Monthly,
        benefit: *benefit,
        effective_time: None,
        expire_time: None,
        site_code: None,
    };
    let items = items.iter().enumerate().map(item).collect();
    Discounts { agreements: vec![agreement], items, others: Vec::new() }
}

fn of_service(service: &str) -> ItemScope {
    ItemScope::Category {
        service_type_code: service.parse().expect("a code"),
        resource_type_code: None,
        region_code: None,
        zone_code: None,
    }
}

#[test]
fn published_figures_come_out_to_the_digit() {
    let server = monthly("00301-233164-0--0", EC2, None, "32.2");
    let rated = rate_periods(&[months("1", &server, 1, None)], at()).expect("rated");
    assert_eq!(rated.official.to_string(), "32.2");
    assert_eq!(serde_json::to_string(&rated.official).expect("json"), "32.2");

    let small = by_usage("modelarts.1", Some(14), "Duration", 4, "3.5");
    let large = by_usage("modelarts.2", Some(14), "Duration", 4, "7.41");
    let items = [&small, &large].map(|offer| usage(offer, ("Duration", "1", 4), Some((1, 14))));
    let rated = rate_usage(&items, &conversions(), Precision::Usual, at()).expect("rated");
    assert_eq!(rated.official.to_string(), "10.91");

    let firewall = by_usage("cfw.professional", None, "Duration", 4, "0.36");
    let items = [usage(&firewall, ("duration", "730", 4), None)];
    let rated = rate_usage(&items, &conversions(), Precision::Usual, at()).expect("rated");
    assert_eq!(rated.official.to_string(), "262.8");

    let bandwidth = by_usage("12_bgp", None, "upflow", 10, "0.081");
    let items = [usage(&bandwidth, ("upflow", "300", 10), None)];
    let rated = rate_usage(&items, &conversions(), Precision::Usual, at()).expect("rated");
    assert_eq!(rated.official.to_string(), "24.3");
}

#[test]
fn a_term_takes_the_longest_priced_one_that_goes_into_it() {
    let mut server = monthly("p", EC2, None, "100");
    for (count, amount) in [(1, "1000"), (3, "2000")] {
        let term = Term { unit: TermType::Year, count };
        server.prices.push(price(&server.product, Charge::Term(term), amount));
    }
    for (unit, count, official) in [
        (TermType::Month, 12, "1200"),
        (TermType::Year, 1, "1000"),
        (TermType::Year, 2, "2000"),
        (TermType::Year, 3, "2000"),
        (TermType::Year, 6, "4000"),
    ] {
        let item = PeriodItem { term: Term { unit, count }, ..months("1", &server, 1, None) };
        let rated = rate_periods(&[item], at()).expect("rated");
        assert_eq!(rated.official.to_string(), official, "{unit:?} {count}");
    }
    let item = PeriodItem {
        term: Term { unit: TermType::Day, count: 1 },
        ..months("1", &server, 1, None)
    };
    assert_eq!(rate_periods(&[item], at()).map(|_| ()), Err(Reason::ProductNotFound));
}

#[test]
fn a_price_counts_while_it_is_valid() {
    let mut server = monthly("p", EC2, None, "100");
    let term = Charge::Term(Term { unit: TermType::Month, count: 1 });
    let mut lower = price(&server.product, term, "80");
    lower.effective_time = "2026-06-01T00:00:00Z".parse().expect("a time");
    lower.expire_time = "2026-07-01T00:00:00Z".parse().ok();
    server.prices.push(lower);
    let item = months("1", &server, 1, None);
    for (moment, official) in [
        ("2026-05-31T23:59:59Z", "100"),
        ("2026-06-01T00:00:00Z", "80"),
        ("2026-06-30T23:59:59Z", "80"),
        ("2026-07-01T00:00:00Z", "100"),
    ] {
        let rated = rate_periods(&[item], moment.parse().expect("a time")).expect("rated");
        assert_eq!(rated.official.to_string(), official, "{moment}");
    }
    let before = "2025-12-31T23:59:59Z".parse().expect("a time");
    assert_eq!(rate_periods(&[item], before).map(|_| ()), Err(Reason::ProductNotFound));
}

#[test]
fn each_reason_is_reached() {
    let disk = monthly("d", EBS, Some(17), "0.7");
    let refused = |size| rate_periods(&[months("1", &disk, 1, size)], at()).map(|_| ());
    let field = |name, fault: &str| Err(Reason::field(name, fault.to_owned()));
    assert_eq!(refused(None), field("resource_size", "is required for this product"));
    let wrong_unit = field("size_measure_id", "must be 17 for this product");
    assert_eq!(refused(Some((40, 15))), wrong_unit);
    assert_eq!(refused(Some((40, 17))), Ok(()));
    let dear = monthly("d", EBS, Some(17), "10000000000000");
    let item = months("1", &dear, u32::MAX, Some((u32::MAX, 17)));
    assert_eq!(rate_periods(&[item], at()).map(|_| ()), Err(Reason::PriceTooLarge));
    let one = months("1", &dear, 1, Some((1, 17)));
    assert!(rate_periods(&[one], at()).is_ok());
    assert_eq!(rate_periods(&[one, one], at()).map(|_| ()), Err(Reason::PriceTooLarge));

    let server = by_usage("s", None, "Duration", 4, "0.36");
    let refused = |used| {
        let items = [usage(&server, used, None)];
        rate_usage(&items, &conversions(), Precision::Usual, at()).map(|_| ())
    };
    assert_eq!(refused(("upflow", "1", 4)), Err(Reason::UsageFactorUnknown));
    assert_eq!(refused(("Duration", "1", 10)), Err(Reason::UsageUnitMismatch));
    assert_eq!(refused(("DURATION", "1", 5)), Ok(()));
    let dear = by_usage("s", None, "Duration", 4, "10000000000000");
    let items = [usage(&dear, ("Duration", "10000000000000", 4), None)];
    let rated = rate_usage(&items, &conversions(), Precision::Fine, at()).map(|_| ());
    assert_eq!(rated, Err(Reason::PriceTooLarge));
}

#[test]
fn what_a_precision_does_not_keep_is_cut_off() {
    let traffic = by_usage("t", None, "upflow", 10, "0.8");
    let items = [usage(&traffic, ("upflow", "1", 11), None)];
    for (precision, official) in [(Precision::Usual, "0.000781"), (Precision::Fine, "0.00078125")] {
        let rated = rate_usage(&items, &conversions(), precision, at()).expect("rated");
        assert_eq!(rated.official.to_string(), official, "{precision:?}");
    }
}

#[test]
fn the_item_that_means_a_product_most_exactly_counts() {
    let offer = monthly("p", EC2, None, "100");
    let in_region = ItemScope::Category {
        service_type_code: EC2.parse().expect("a code"),
        resource_type_code: None,
        region_code: "cn-north-4".parse().ok(),
        zone_code: None,
    };
    let product = ItemScope::Product("p".parse().expect("an id"));
    let scopes = [
        (of_service(EC2), ratio("0.9"), "90"),
        (in_region, ratio("0.95"), "95"),
        (product, Benefit::FixedPrice("61.5".parse().expect("an amount")), "61.5"),
    ];
    for known in 1..=scopes.len() {
        let items: Vec<(ItemScope, Benefit)> =
            scopes[..known].iter().map(|(scope, benefit, _)| (scope.clone(), *benefit)).collect();
        let rated = rate_periods(&[months("1", &offer, 1, None)], at()).expect("rated");
        let groups = rated.optional_discounts(&agreed(&items), &allowing(&[])).expect("groups");
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].total.amount.to_string(), scopes[known - 1].2);
    }
    let other = [(of_service(EBS), ratio("0.5"))];
    let rated = rate_periods(&[months("1", &offer, 1, None)], at()).expect("rated");
    assert_eq!(rated.optional_discounts(&agreed(&other), &allowing(&[])), Ok(Vec::new()));
}

#[test]
fn the_best_of_those_that_compete_is_marked_and_a_tie_goes_to_the_agreement() {
    let offer = monthly("p", EC2, None, "100");
    let rated = rate_periods(&[months("1", &offer, 1, None)], at()).expect("rated");
    let best = |of_partner: &str, allowed: &[&str]| {
        let mut discounts = agreed(&[(of_service(EC2), ratio("0.8"))]);
        discounts.others = vec![
            given("PR", Some(DiscountType::PartnerRatio), ratio(of_partner)),
            given("SALE", None, ratio("0.1")),
        ];
        let groups = rated.optional_discounts(&discounts, &allowing(allowed)).expect("groups");
        assert_eq!(groups.iter().filter(|group| group.is_best_offer).count(), 1);
        assert_eq!(rated.promotions(&discounts).expect("promotions").len(), 1);
        let best = groups.iter().find(|group| group.is_best_offer).map(|group| group.discount_type);
        (groups.len(), best.flatten())
    };
    assert_eq!(best("0.8", &[EC2]), (2, Some(DiscountType::Commercial)));
    assert_eq!(best("0.81", &[EC2]), (2, Some(DiscountType::Commercial)));
    assert_eq!(best("0.79", &[EC2]), (2, Some(DiscountType::PartnerRatio)));
    assert_eq!(best("0.79", &[EBS]), (1, Some(DiscountType::Commercial)));
}

/// An item of a rating by months that the model can compute.
#[derive(Clone, Debug)]
struct Bought {
    service: &'static str,
    /// In hundred-thousandths of a yuan.
    unit_price: i64,
    size: Option<u32>,
    months: u32,
    count: u32,
}

fn bought() -> impl Strategy<Value = Bought> {
    let service = prop_oneof![Just(EC2), Just(EBS)];
    let size = prop::option::of(1..20_u32);
    (service, 0..50_000_000_i64, size, 1..13_u32, 1..6_u32).prop_map(
        |(service, unit_price, size, months, count)| Bought {
            service,
            unit_price,
            size,
            months,
            count,
        },
    )
}

fn decimal(hundred_thousandths: i64) -> String {
    format!("{}.{:05}", hundred_thousandths / 100_000, hundred_thousandths % 100_000)
}

/// An amount in hundred-thousandths of a yuan, read from its text.
fn units(amount: Amount) -> i64 {
    let text = amount.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    assert!(fraction.len() <= 5, "{text}");
    format!("{whole}{fraction:0<5}").parse().expect("digits")
}

/// What the model says: the unit price added as often as something is bought.
fn model(bought: &Bought) -> i64 {
    let mut total = 0;
    for _ in 0..bought.count {
        for _ in 0..bought.months {
            for _ in 0..bought.size.unwrap_or(1) {
                total += bought.unit_price;
            }
        }
    }
    total
}

fn offers(items: &[Bought]) -> Vec<(String, Offer)> {
    let offer = |(index, item): (usize, &Bought)| {
        let id = format!("item-{index}");
        let offer = monthly(&id, item.service, item.size.map(|_| 17), &decimal(item.unit_price));
        (id, offer)
    };
    items.iter().enumerate().map(offer).collect()
}

fn items<'o>(bought: &[Bought], offers: &'o [(String, Offer)]) -> Vec<PeriodItem<'o>> {
    let item = |(bought, (id, offer)): (&Bought, &'o (String, Offer))| PeriodItem {
        count: bought.count,
        ..months(id, offer, bought.months, bought.size.map(|size| (size, 17)))
    };
    bought.iter().zip(offers).map(item).collect()
}

fn benefit() -> impl Strategy<Value = Benefit> {
    let amount = |units: i64| decimal(units).parse().expect("an amount");
    prop_oneof![
        (0..=100_000_i64).prop_map(|units| ratio(&decimal(units))),
        (1..100_000_000_i64).prop_map(move |units| Benefit::MoneyOff(amount(units))),
    ]
}

/// An agreement with a ratio or a unit price, and what a partner gives.
fn discounts() -> impl Strategy<Value = Discounts> {
    let price = (0..50_000_000_i64)
        .prop_map(|units| Benefit::FixedPrice(decimal(units).parse().expect("an amount")));
    let commercial = (0..=100_000_i64, price, any::<bool>());
    (commercial, benefit(), 0..=100_000_i64).prop_map(|((part, price, has_price), grant, set)| {
        let mut agreed_on = vec![(of_service(EC2), ratio(&decimal(part)))];
        if has_price {
            agreed_on.push((ItemScope::Product("item-0".parse().expect("an id")), price));
        }
        let mut discounts = agreed(&agreed_on);
        discounts.others = vec![
            given("PG", Some(DiscountType::PartnerGrant), grant),
            given("PR", Some(DiscountType::PartnerRatio), ratio(&decimal(set))),
        ];
        discounts
    })
}

proptest! {
    #[test]
    fn prices_are_those_of_the_model_and_totals_are_sums(
        bought in prop::collection::vec(bought(), 1..8),
    ) {
        let offers = offers(&bought);
        let rated = rate_periods(&items(&bought, &offers), at()).expect("rated");
        let mut total = 0;
        for (item, bought) in rated.items.iter().zip(&bought) {
            prop_assert_eq!(units(item.official), model(bought));
            total += model(bought);
        }
        prop_assert_eq!(units(rated.official), total);
    }

    #[test]
    fn discounts_never_make_a_price_negative_or_higher(
        bought in prop::collection::vec(bought(), 1..8),
        discounts in discounts(),
    ) {
        let offers = offers(&bought);
        let rated = rate_periods(&items(&bought, &offers), at()).expect("rated");
        let groups = rated.optional_discounts(&discounts, &allowing(&[EC2, EBS])).expect("groups");
        for group in groups {
            let mut sums = [0; 3];
            for (item, rated) in group.items.iter().zip(&rated.items) {
                prop_assert_eq!(item.official, rated.official);
                prop_assert!(item.amount <= item.official);
                prop_assert!(item.amount >= Amount::ZERO && item.discount >= Amount::ZERO);
                prop_assert_eq!(units(item.amount) + units(item.discount), units(item.official));
                for (sum, amount) in
                    sums.iter_mut().zip([item.official, item.discount, item.amount])
                {
                    *sum += units(amount);
                }
            }
            let total = [group.total.official, group.total.discount, group.total.amount];
            prop_assert_eq!(total.map(units), sums);
        }
    }

    #[test]
    fn a_ratio_is_rounded_half_up_and_one_changes_nothing(
        bought in bought(),
        part in 0..=100_000_i64,
    ) {
        let bought = [Bought { service: EC2, ..bought }];
        let offers = offers(&bought);
        let rated = rate_periods(&items(&bought, &offers), at()).expect("rated");
        let left = |part| {
            let discounts = agreed(&[(of_service(EC2), ratio(&decimal(part)))]);
            let groups = rated.optional_discounts(&discounts, &allowing(&[])).expect("groups");
            groups[0].total.amount
        };
        prop_assert_eq!(left(100_000), rated.official);
        prop_assert_eq!(left(0), Amount::ZERO);
        // To as many decimals as the price has, two at least: the model rounds that digit itself.
        let text = rated.official.to_string();
        let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len()).max(2);
        let exponent = u32::try_from(5 - decimals).expect("few");
        let step = 10_i128.pow(exponent) * 100_000;
        let exact = i128::from(units(rated.official)) * i128::from(part);
        let mut steps = exact / step;
        if exact - steps * step >= step - (exact - steps * step) {
            steps += 1;
        }
        prop_assert_eq!(i128::from(units(left(part))) * 100_000, steps * step);
    }

    #[test]
    fn splitting_a_count_or_a_term_adds_up(bought in bought(), parts in 1..12_u32) {
        let offers = offers(std::slice::from_ref(&bought));
        let whole = items(std::slice::from_ref(&bought), &offers)[0];
        let official = |item: PeriodItem<'_>| {
            rate_periods(&[item], at()).map(|rated| units(rated.official)).expect("rated")
        };
        if parts < bought.count {
            let one = official(PeriodItem { count: parts, ..whole });
            let other = official(PeriodItem { count: bought.count - parts, ..whole });
            prop_assert_eq!(one + other, official(whole));
        }
        if parts < bought.months {
            let of = |count| official(PeriodItem { term: Term { count, ..whole.term }, ..whole });
            prop_assert_eq!(of(parts) + of(bought.months - parts), official(whole));
        }
    }

    #[test]
    fn the_order_of_items_does_not_matter(
        bought in prop::collection::vec(bought(), 1..8),
        discounts in discounts(),
        rotation in 0..8_usize,
    ) {
        let offers = offers(&bought);
        let ordered = items(&bought, &offers);
        let mut others = ordered.clone();
        others.reverse();
        let rotation = rotation % others.len();
        others.rotate_left(rotation);
        let results = |items: &[PeriodItem<'_>]| {
            let rated = rate_periods(items, at()).expect("rated");
            let groups =
                rated.optional_discounts(&discounts, &allowing(&[EC2, EBS])).expect("groups");
            let by_id = |group: &Group| {
                let ids = items.iter().map(|item| item.id.to_owned());
                let mut found: Vec<_> = ids.zip(group.items.clone()).collect();
                found.sort_by(|one, other| one.0.cmp(&other.0));
                (group.discount_id.clone(), group.is_best_offer, group.total, found)
            };
            (rated.official, groups.iter().map(by_id).collect::<Vec<_>>())
        };
        prop_assert_eq!(results(&ordered), results(&others));
    }

    #[test]
    fn usage_is_priced_as_by_long_division(
        price in 0..1_000_000_000_i64,
        used in 0..10_000_000_i64,
        in_megabytes in any::<bool>(),
        (size, count) in (1..50_u32, 1..20_u32),
        precise in any::<bool>(),
    ) {
        let offer = by_usage("t", Some(17), "upflow", 10, &decimal(price));
        let measure = if in_megabytes { 11 } else { 10 };
        let used_text = decimal(used);
        let item = UsageItem {
            count,
            ..usage(&offer, ("UpFlow", &used_text, measure), Some((size, 17)))
        };
        let precision = if precise { Precision::Fine } else { Precision::Usual };
        let rated = rate_usage(&[item], &conversions(), precision, at()).expect("rated");

        let product = i128::from(price) * i128::from(used) * i128::from(size) * i128::from(count);
        let divisor = 10_i128.pow(10) * if in_megabytes { 1024 } else { 1 };
        let mut digits = format!("{}", product / divisor);
        let mut rest = product % divisor;
        digits.push('.');
        for _ in 0..if precise { 10 } else { 6 } {
            rest *= 10;
            digits.push_str(&(rest / divisor).to_string());
            rest %= divisor;
        }
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        prop_assert_eq!(rated.official.to_string(), digits);
    }

    #[test]
    fn split_usage_adds_up_within_the_precision(
        price in 0..1_000_000_i64,
        used in prop::collection::vec(0..1_000_000_i64, 1..6),
    ) {
        let offer = by_usage("t", None, "upflow", 10, &decimal(price));
        let official = |used: i64| {
            let used = decimal(used);
            let items = [usage(&offer, ("upflow", &used, 11), None)];
            let rated = rate_usage(&items, &conversions(), Precision::Usual, at()).expect("rated");
            let text = rated.official.to_string();
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            format!("{whole}{fraction:0<6}").parse::<i64>().expect("digits")
        };
        let whole = official(used.iter().sum());
        let parts: i64 = used.iter().map(|used| official(*used)).sum();
        let pieces = i64::try_from(used.len()).expect("few");
        prop_assert!(parts <= whole && whole - parts < pieces, "{parts} and {whole}");
    }
}
