//! Lists of customers, quotas and resellers, and nobody else's.

use crate::harness::app::App;
use crate::harness::console::Browser;
use crate::harness::tenant::Tenant;

const STATEMENT: &str = "/console/customers/statement?customer_id=";

#[test]
fn lists_page_and_show_those_of_a_reseller() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let first = browser.page("/console/customers?offset=0&limit=2");
    assert!(first.contains("offset=2&amp;limit=2") && first.contains("1–2 / 3"), "{first}");
    let second = browser.page("/console/customers?offset=2&limit=2");
    assert!(second.contains("offset=0&amp;limit=2") && second.contains("3–3 / 3"), "{second}");
    let reseller = &tenant.reseller.principal_id;
    let acting = browser.page(&format!("/console/customers?indirect_partner_id={reseller}"));
    assert!(acting.contains(&tenant.reseller_customer), "{acting}");
    assert!(!acting.contains(&tenant.customers[0]), "{acting}");
    let resellers = browser.page("/console/resellers");
    assert!(resellers.contains(reseller) && resellers.contains(&tenant.other_reseller_id));
    let quotas = browser.page("/console/quotas");
    for told in [&tenant.expired_quota, &tenant.frozen_quota, &tenant.granted_quota] {
        assert!(quotas.contains(&**told), "{told}: {quotas}");
    }
    browser.page(&format!("{STATEMENT}{}", tenant.reseller_customer));
}

#[test]
fn nobody_sees_anothers() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    for id in [&other.customers[0], &other.reseller_customer, &"nobody".to_owned()] {
        let reply = browser.get(&format!("{STATEMENT}{id}"));
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert!(reply.text().contains("must be a customer of this partner"), "{}", reply.text());
    }
    let acting = format!("/console/customers?indirect_partner_id={}", other.reseller.principal_id);
    assert_eq!(browser.get(&acting).status, 400);
    let mut reseller = Browser::of_partner(app, &tenant.reseller);
    assert_eq!(reseller.get("/console/resellers").status, 403);
    reseller.page(&format!("{STATEMENT}{}", tenant.reseller_customer));
    for id in [&tenant.customers[0], &tenant.other_reseller_customer] {
        assert_eq!(reseller.get(&format!("{STATEMENT}{id}")).status, 400, "{id}");
    }
}
