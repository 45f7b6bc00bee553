//! Coupons issued and reclaimed by hand: first the page that says what will happen, then the act.

use crate::harness::app::App;
use crate::harness::console::Browser;
use crate::harness::http::Reply;
use crate::harness::signer::quote;
use crate::harness::tenant::{LIMITED_TO, LIMITED_TO_PRODUCT, Tenant};

const ISSUE: &str = "/console/coupons/issue";
const RECLAIM: &str = "/console/coupons/reclaim";
const LIST: &str = "/console/coupons";

fn ask(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Reply {
    let page = browser.page(ISSUE);
    browser.fill_in(&page, ISSUE, fields)
}

/// The id of the coupon that a page tells first.
fn coupon_in(page: &str) -> String {
    let (_, rest) = page.split_once("/console/coupons/reclaim?coupon_id=").expect("a coupon");
    rest.split(['"', '&']).next().expect("an id").to_owned()
}

#[test]
fn a_coupon_is_issued_and_reclaimed() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let before = app.audit(&tenant.tenant_id);
    let form = browser.page(&format!("{ISSUE}?customer_id={}", tenant.customers[0]));
    assert!(form.contains(&tenant.quota) && form.contains(&tenant.customers[0]), "{form}");
    let fields = [
        ("quota_id", tenant.quota.as_str()),
        ("customer_ids", &format!("{}, {}", tenant.customers[0], tenant.customers[1])),
        ("face_value", "12.50"),
        ("memo", "<b>=1+1</b>"),
    ];
    let confirm = browser.fill_in(&form, ISSUE, &fields);
    assert_eq!(confirm.status, 200, "{}", confirm.text());
    for told in ["¥25.00", "¥50.00", "&lt;b&gt;=1+1&lt;/b&gt;"] {
        assert!(confirm.text().contains(told), "{told}: {}", confirm.text());
    }
    let unchanged = app.audit(&tenant.tenant_id);
    assert_eq!(unchanged, before, "saying what will happen changes nothing");

    let issued = browser.fill_in(confirm.text(), ISSUE, &[]);
    assert_eq!(issued.status, 200, "{}", issued.text());
    assert_eq!(issued.text().matches(">Done<").count(), 2, "{}", issued.text());
    let once = app.audit(&tenant.tenant_id);
    assert_ne!(once, before);
    // Posted twice, it is done once, and the page is the same.
    let again = browser.fill_in(confirm.text(), ISSUE, &[]);
    let table = |page: &str| page.split_once("<table>").expect("a table").1.to_owned();
    assert_eq!(table(again.text()), table(issued.text()));
    assert_eq!(app.audit(&tenant.tenant_id), once);

    let list = browser.page(LIST);
    assert!(list.contains("Usable") && list.contains("¥12.50"), "{list}");
    let coupon_id = coupon_in(&list);
    let confirm = browser.page(&format!("{RECLAIM}?coupon_id={coupon_id}"));
    assert!(confirm.contains(&tenant.quota) && confirm.contains("¥12.50"), "{confirm}");
    assert_eq!(app.audit(&tenant.tenant_id), once);
    let reclaimed = browser.fill_in(&confirm, RECLAIM, &[]);
    assert!(reclaimed.text().contains("¥12.50"), "{}", reclaimed.text());
    assert!(browser.page(LIST).contains("Reclaimed"));
    app.audit(&tenant.tenant_id);
    // What the console did, the API tells as what the API would have done.
    let target = format!("/v2/promotions/benefits/partner-coupons?coupon_id={coupon_id}");
    let shown = app.get(&tenant.distributor, &target).json();
    assert_eq!(shown.at("user_coupons").as_list()[0].at("status").as_integer(), 5);
}

#[test]
fn many_customers_get_a_coupon_each_and_the_page_before_says_which() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let [first, second] = &tenant.customers;
    let (referral, foreign) = (&tenant.referral_customer, &other.customers[0]);
    // 100.00, of which 50.00 are granted: it is enough for two of three coupons.
    let customers = format!("{first}\n{foreign} {second},{referral}，nobody\n{first}");
    let before = app.audit(&tenant.tenant_id);
    let fields =
        [("quota_id", &*tenant.quota), ("customer_ids", &*customers), ("face_value", "20.00")];
    let asked = ask(&mut browser, &fields);
    let count = |page: &str, text: &str| page.matches(text).count();
    assert_eq!(count(asked.text(), ">Gets a coupon<"), 2, "{}", asked.text());
    assert_eq!(count(asked.text(), ">Will be refused<"), 4, "{}", asked.text());
    for told in ["¥40.00", "¥50.00", "¥10.00", "CBC.99000013", "CBC.99000035"] {
        assert!(asked.text().contains(told), "{told}: {}", asked.text());
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);

    let issued = browser.fill_in(asked.text(), ISSUE, &[]);
    assert_eq!(count(issued.text(), ">Done<"), 2, "{}", issued.text());
    assert_eq!(count(issued.text(), ">Not done<"), 4, "{}", issued.text());
    // Each is refused for the reason that was told.
    let refusals = |page: &str| {
        let codes = page.split("<code>").skip(1).filter_map(|rest| rest.split('<').next());
        codes.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(refusals(issued.text()), refusals(asked.text()));
    assert!(browser.page(LIST).contains("1–2 / 2"));
    assert!(browser.page("/console/quotas").contains("¥10.00"));
    app.audit(&tenant.tenant_id);
}

#[test]
fn coupons_are_narrowed_to_a_time_and_to_services_and_products() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let fields = [
        ("quota_id", &*tenant.quota),
        ("customer_ids", &*tenant.customers[0]),
        ("face_value", "1.00"),
        ("valid_time", "2026-03-01T00:00"),
        ("expire_time", "2095-04-01T00:00:30"),
        ("cloud_service_type", LIMITED_TO),
        ("cloud_service_types", "b, a\na"),
        ("product_ids", LIMITED_TO_PRODUCT),
    ];
    let confirm = ask(&mut browser, &fields);
    assert_eq!(confirm.status, 200, "{}", confirm.text());
    for told in ["2026-03-01 00:00", "2095-04-01 00:00", LIMITED_TO, LIMITED_TO_PRODUCT] {
        assert!(confirm.text().contains(told), "{told}: {}", confirm.text());
    }
    let issued = browser.fill_in(confirm.text(), ISSUE, &[]);
    assert!(issued.text().contains(">Done<"), "{}", issued.text());
    let coupon_id = coupon_in(&browser.page(LIST));
    let target = format!("/v2/promotions/benefits/partner-coupons?coupon_id={coupon_id}");
    let shown = app.get(&tenant.distributor, &target).json();
    let coupon = &shown.at("user_coupons").as_list()[0];
    assert_eq!(coupon.text_at("effective_time"), "2026-02-28T16:00:00Z");
    assert_eq!(coupon.text_at("expire_time"), "2095-03-31T16:00:30Z");
    let limits = coupon.at("use_limits").as_list().iter();
    let limits = limits.map(|limit| (limit.text_at("limit_key"), limit.text_at("value1")));
    let service = "cloud_service_type";
    let expected = [(service, LIMITED_TO), (service, "b"), (service, "a")];
    let expected = [&expected[..], &[("product_id", LIMITED_TO_PRODUCT)]].concat();
    assert_eq!(limits.collect::<Vec<_>>(), expected);
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_field_that_is_wrong_comes_back_with_why_and_the_others_as_they_were() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let before = app.audit(&tenant.tenant_id);
    let many = (0..11).map(|number| format!("s{number}")).collect::<Vec<_>>().join(" ");
    let right = [
        ("quota_id", &*tenant.quota),
        ("customer_id", &*tenant.customers[0]),
        ("customer_ids", &*tenant.customers[1]),
        ("face_value", "1.25"),
        ("valid_time", "2026-03-01T00:00"),
        ("memo", "<i>kept"),
    ];
    for (name, value, told) in [
        ("face_value", "one", "An amount above zero"),
        ("face_value", "", "An amount above zero"),
        ("valid_time", "tomorrow", "A time at which the quota is valid"),
        ("valid_time", "2026-01-10T07:59", "A time at which the quota is valid"),
        ("expire_time", "\"><script>alert(1)</script>", "A time to come"),
        ("expire_time", "2026-02-28T23:59", "A time to come"),
        ("expire_time", "2096-01-10T08:01", "A time to come"),
        ("cloud_service_types", &many, "At most ten services"),
        ("product_ids", &"p".repeat(257), "At most ten products"),
        ("memo", &"x".repeat(513), "At most 512 characters"),
        ("quota_id", "", "Choose a quota"),
    ] {
        let mut fields: Vec<(&str, &str)> =
            right.iter().copied().filter(|(other, _)| *other != name).collect();
        fields.push((name, value));
        let reply = ask(&mut browser, &fields);
        let page = reply.text();
        assert_eq!(reply.status, 400, "{name} {value}: {page}");
        let problem = format!("<p class=\"problem\" id=\"{name}-problem\" role=\"alert\">{told}");
        assert!(page.contains(&problem) && page.contains("CBC.0100"), "{name} {value}: {page}");
        assert_eq!(page.matches("aria-invalid").count(), usize::from(name != "quota_id"), "{page}");
        if name != "memo" {
            assert!(page.contains("value=\"&lt;i&gt;kept\""), "{page}");
        }
        let ticked = format!("value=\"{}\" checked", tenant.customers[0]);
        assert!(page.contains(&ticked), "{page}");
        // It can be put right and sent from there.
        let again = browser.fill_in(page, ISSUE, &right);
        assert_eq!(again.status, 200, "{name}: {}", again.text());
        assert_eq!(again.text().matches(">Gets a coupon<").count(), 2, "{}", again.text());
    }
    // What no single field is to blame for stands above the form.
    let mut beyond = right.to_vec();
    beyond[0].1 = &tenant.limited_quota;
    beyond.push(("cloud_service_types", "<b>another"));
    let reply = ask(&mut browser, &beyond);
    assert_eq!(reply.status, 400, "{}", reply.text());
    for told in
        ["CBC.99000023", "The quota does not pay for these", "&lt;b&gt;another", "<details open"]
    {
        assert!(reply.text().contains(told), "{told}: {}", reply.text());
    }
    browser.language = "zh-CN";
    let reply = ask(&mut browser, &[right[0], right[1], ("face_value", "0")]);
    assert!(reply.text().contains("请输入大于零"), "{}", reply.text());
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_refusal_says_why_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let before = app.audit(&tenant.tenant_id);
    let right = [
        ("quota_id", tenant.quota.as_str()),
        ("customer_ids", tenant.customers[0].as_str()),
        ("face_value", "1.00"),
    ];
    for (name, value, status, code) in [
        ("quota_id", "nothing", 400, "CBC.99000012"),
        ("quota_id", "", 400, "CBC.0100"),
        ("customer_ids", "", 400, "CBC.0100"),
        ("face_value", "0", 400, "CBC.0100"),
        ("face_value", "-1", 400, "CBC.0100"),
        ("face_value", "1.001", 400, "CBC.0100"),
        ("face_value", "one", 400, "CBC.0100"),
        ("memo", &"x".repeat(513), 400, "CBC.0100"),
        ("indirect_partner_id", "nobody", 400, "CBC.99000037"),
    ] {
        let mut fields: Vec<(&str, &str)> =
            right.iter().copied().filter(|(other, _)| *other != name).collect();
        fields.push((name, value));
        let reply = ask(&mut browser, &fields);
        assert_eq!(reply.status, status, "{name} {value}: {}", reply.text());
        assert!(reply.text().contains(code), "{name} {value}: {}", reply.text());
    }
    // More than there is: the page says so, and the operation refuses each.
    let fields = [right[0], right[1], ("face_value", "50.01")];
    let confirm = ask(&mut browser, &fields);
    assert!(confirm.text().contains("CBC.99000013"), "{}", confirm.text());
    assert!(confirm.text().contains("Will be refused"), "{}", confirm.text());
    let refused = browser.fill_in(confirm.text(), ISSUE, &[]);
    assert!(refused.text().contains("CBC.99000013"), "{}", refused.text());
    // Another customer in what was confirmed is another request.
    assert_eq!(app.audit(&tenant.tenant_id).text_at("sum"), before.text_at("sum"));
    assert!(browser.page(LIST).contains("Nothing yet"));
}

#[test]
fn nobody_reaches_anothers_coupons_or_quotas() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let fields = [
        ("quota_id", tenant.quota.as_str()),
        ("customer_ids", tenant.customers[0].as_str()),
        ("face_value", "1.00"),
    ];
    let confirm = ask(&mut browser, &fields);
    browser.fill_in(confirm.text(), ISSUE, &[]);
    let coupon_id = coupon_in(&browser.page(LIST));
    let before = app.audit(&tenant.tenant_id);
    let mut stranger = Browser::of_partner(app, &other.distributor);
    for target in [
        format!("{RECLAIM}?coupon_id={coupon_id}"),
        format!("{LIST}?indirect_partner_id={}", quote(&tenant.reseller.principal_id)),
        format!("{ISSUE}?indirect_partner_id={}", quote(&tenant.reseller.principal_id)),
    ] {
        let reply = stranger.get(&target);
        assert_eq!(reply.status, 400, "{target}: {}", reply.text());
        assert!(!reply.text().contains(&tenant.customers[0]));
    }
    let refused = ask(&mut stranger, &fields);
    assert_eq!(refused.status, 400, "{}", refused.text());
    let page = stranger.page(LIST);
    let sign_out = crate::harness::console::hidden_fields(&page, "/console/sign-out");
    let (_, token) = &sign_out[0];
    let posted = [("form_token", &**token), ("coupon_id", &*coupon_id)];
    assert_eq!(stranger.submit(RECLAIM, &posted).status, 400);
    // A reseller looks and does not act: its own key opens nothing of the API either.
    let mut reseller = Browser::of_partner(app, &tenant.reseller);
    assert_eq!(reseller.get(ISSUE).status, 403);
    assert_eq!(reseller.page(LIST).matches(&coupon_id).count(), 0);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
