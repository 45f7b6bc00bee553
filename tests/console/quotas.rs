//! Quotas granted to resellers by hand, and reclaimed; and coupons of each kind issued from them.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::console::Browser;
use crate::harness::coupons::{flexi_quota, list};
use crate::harness::partner_centre::ISSUED_COUPONS;
use crate::harness::tenant::Tenant;

const ISSUE: &str = "/console/coupons/issue";
const COUPONS: &str = "/console/coupons";
const RECLAIM_COUPON: &str = "/console/coupons/reclaim";
const GRANT: &str = "/console/quotas/grant";
const RECLAIM: &str = "/console/quotas/reclaim";
const LIST: &str = "/console/quotas";

#[test]
fn a_quota_is_granted_and_reclaimed() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let before = app.audit(&tenant.tenant_id);
    let form = browser.page(GRANT);
    assert!(form.contains(&tenant.quota) && !form.contains(&tenant.expired_quota), "{form}");
    let resellers = format!("{}\n{}", tenant.reseller.principal_id, tenant.other_reseller_id);
    let fields = [
        ("quota_id", tenant.quota.as_str()),
        ("indirect_partner_ids", &resellers),
        ("quota_amount", "10.50"),
    ];
    let asked = browser.fill_in(&form, GRANT, &fields);
    for told in ["¥21.00", "¥50.00", "¥29.00", &tenant.other_reseller_id] {
        assert!(asked.text().contains(told), "{told}: {}", asked.text());
    }
    assert_eq!(app.audit(&tenant.tenant_id), before, "saying what will happen changes nothing");
    for _ in 0..2 {
        let granted = browser.fill_in(asked.text(), GRANT, &[]);
        assert_eq!(granted.text().matches(">Done<").count(), 2, "{}", granted.text());
    }
    assert!(browser.page(LIST).contains("¥29.00"), "it was done once");

    let target = format!("{RECLAIM}?quota_id={}", tenant.granted_quota);
    let asked = browser.page(&target);
    assert!(asked.contains("¥30.00") && asked.contains(&tenant.quota), "{asked}");
    let reclaimed = browser.fill_in(&asked, RECLAIM, &[]);
    assert!(reclaimed.text().contains(">Done<"), "{}", reclaimed.text());
    assert!(browser.page(LIST).contains("¥59.00"));
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_refusal_says_why_and_changes_nothing() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let before = app.audit(&tenant.tenant_id);
    let form = browser.page(GRANT);
    let right = [
        ("quota_id", tenant.quota.as_str()),
        ("indirect_partner_ids", tenant.reseller.principal_id.as_str()),
        ("quota_amount", "1.00"),
    ];
    for (name, value) in [
        ("quota_id", other.quota.as_str()),
        ("quota_id", ""),
        ("indirect_partner_ids", ""),
        ("quota_amount", "0"),
        ("quota_amount", "1.001"),
    ] {
        let fields = right.map(|(field, own)| (field, if field == name { value } else { own }));
        let refused = browser.fill_in(&form, GRANT, &fields);
        assert!(refused.status >= 400, "{name} {value}: {}", refused.text());
    }
    for (name, value) in
        [("indirect_partner_ids", other.reseller.principal_id.as_str()), ("quota_amount", "50.01")]
    {
        let fields = right.map(|(field, own)| (field, if field == name { value } else { own }));
        let refused = browser.confirm(&form, GRANT, &fields);
        assert!(refused.status >= 400, "{name} {value}: {}", refused.text());
    }
    let foreign = browser.get(&format!("{RECLAIM}?quota_id={}", other.granted_quota));
    assert_eq!(foreign.status, 403, "{}", foreign.text());
    let own = browser.page(&format!("{RECLAIM}?quota_id={}", tenant.granted_quota));
    let fields = [("quota_id", other.granted_quota.as_str())];
    let refused = browser.fill_in(&own, RECLAIM, &fields);
    assert!(refused.text().contains("Not done"), "{}", refused.text());
    let mut reseller = Browser::of_partner(app, &tenant.reseller);
    assert_eq!(reseller.get(GRANT).status, 403);
    // The refusal of one is kept with its client token.
    let after = app.audit(&tenant.tenant_id);
    for figure in ["sum", "accounts"] {
        assert_eq!(after.at(figure), before.at(figure));
    }
    assert!(browser.page(LIST).contains("¥30.00"), "the reseller has its quota still");
}

#[test]
fn a_quota_of_each_kind_issues_its_coupons_from_its_row() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let (key, customer) = (&tenant.distributor, &*tenant.customers[0]);
    let [flexi, pick_up] = ["flexi", "pick_up"]
        .map(|kind| flexi_quota(app, &tenant, &key.principal_id, kind, &json!([])));
    let mut browser = Browser::of_partner(app, key);
    for (kind, quota, (english, chinese)) in [
        ("cash", &tenant.quota, ("Cash coupons", "代金券")),
        ("flexi", &flexi, ("Flexi-purchase coupons", "现金券")),
        ("pick_up", &pick_up, ("Pick-up coupons", "提货券")),
    ] {
        let row = format!("{ISSUE}?quota_id={quota}");
        let quotas = browser.page(LIST);
        assert!(quotas.contains(&format!("<td>{quota}</td><td>{english}</td>")), "{quotas}");
        assert!(quotas.contains(&format!("href=\"{row}\"")), "{quotas}");
        let form = browser.page(&row);
        assert_eq!(form.matches("<option").count(), 1, "{form}");
        let fields =
            [("quota_id", quota.as_str()), ("customer_ids", customer), ("face_value", "7.25")];
        let asked = browser.fill_in(&form, ISSUE, &fields);
        for told in [format!("<dd>{english}</dd>"), "¥7.25".to_owned(), quota.clone()] {
            assert!(asked.text().contains(&told), "{told}: {}", asked.text());
        }
        let issued = browser.fill_in(asked.text(), ISSUE, &[]);
        assert_eq!(issued.text().matches(">Done<").count(), 1, "{}", issued.text());
        // The routes of the partner centre tell it as what the page says that it is.
        let found = list(app, key, ISSUED_COUPONS, &[("kind", kind)]);
        assert_eq!(found.at("total_count").as_integer(), 1);
        let coupon = found.at("coupons").as_list()[0].text_at("coupon_id").to_owned();
        let cells = |kind: &str| format!("<td>{coupon}</td><td>{kind}</td>");
        assert!(browser.page(COUPONS).contains(&cells(english)));
        browser.language = "zh-CN";
        assert!(browser.page(COUPONS).contains(&cells(chinese)));
        browser.language = "en";
        let asked = browser.page(&format!("{RECLAIM_COUPON}?coupon_id={coupon}"));
        assert!(asked.contains(&format!("<dd>{english}</dd>")), "{asked}");
        let reclaimed = browser.fill_in(&asked, RECLAIM_COUPON, &[]);
        assert!(reclaimed.text().contains("¥7.25"), "{}", reclaimed.text());
        app.audit(&tenant.tenant_id);
    }
    // Cash coupon quotas alone are granted.
    let form = browser.page(GRANT);
    assert!(form.contains(&tenant.quota) && !form.contains(&flexi), "{form}");
    let fields = [
        ("quota_id", pick_up.as_str()),
        ("indirect_partner_ids", tenant.reseller.principal_id.as_str()),
        ("quota_amount", "1.00"),
    ];
    let refused = browser.confirm(&form, GRANT, &fields);
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(refused.text().contains("CBC.99000015"), "{}", refused.text());
    // Nothing is issued from what is over, or another's: there is no way to it, and none offered.
    assert!(!browser.page(LIST).contains(&format!("quota_id={}", tenant.expired_quota)));
    for id in [&tenant.expired_quota, &Tenant::in_books_of(app).quota] {
        let form = browser.page(&format!("{ISSUE}?quota_id={id}"));
        assert!(!form.contains("<option"), "{form}");
    }
    // A reseller looks, and has no button.
    let page = Browser::of_partner(app, &tenant.reseller).page(LIST);
    assert!(page.contains(&tenant.granted_quota) && !page.contains(ISSUE), "{page}");
}
