//! Quotas granted to resellers by hand, and reclaimed.

use crate::harness::app::App;
use crate::harness::console::Browser;
use crate::harness::tenant::Tenant;

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
