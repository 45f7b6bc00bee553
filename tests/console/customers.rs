//! Lists of customers, quotas and resellers, and nobody else's.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::console::Browser;
use crate::harness::money::import;
use crate::harness::signer::quote;
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
fn a_customer_is_found_by_its_id_or_part_of_its_names() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let line = |id: &str, names: Value| {
        let mut line = json!({"kind": "customer", "customer_id": format!("{}-{id}", tenant.tenant_id),
                              "partner_id": tenant.distributor.principal_id,
                              "association_type": "2"});
        line.as_object_mut().expect("a line").extend(names.as_object().expect("names").clone());
        import(app, &tenant, line);
        format!("{}-{id}", tenant.tenant_id)
    };
    let named = line("a", json!({"account_name": "north_harbour"}));
    let enterprise = line(
        "b",
        json!({"account_name": "south", "customer": "Harbour & Sons Ltd.",
                                      "customer_type": 1}),
    );
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let all = [&named, &enterprise, &tenant.customers[0], &tenant.customers[1]];
    for (wanted, found) in [
        ("harbour", &[&named][..]),
        (" th_h ", &[&named]),
        ("Harbour & Sons", &[&enterprise]),
        (&tenant.customers[1], &[&tenant.customers[1]]),
        ("", &all),
        (&other.customers[0], &[]),
        (&tenant.reseller_customer, &[]),
        ("\"><script>alert(1)</script>", &[]),
    ] {
        let page = browser.page(&format!("/console/customers?find={}", quote(wanted)));
        let list = page.split_once("<table>").expect("a list").1;
        for id in all {
            assert_eq!(list.contains(id.as_str()), found.contains(&id), "{wanted}: {id}: {page}");
        }
        assert!(!list.contains(&other.customers[0]), "{page}");
        assert_eq!(page.contains("No customer has that"), found.is_empty(), "{wanted}: {page}");
    }
    let of_reseller =
        format!("/console/customers?indirect_partner_id={}", tenant.reseller.principal_id);
    let page = browser.page(&format!("{of_reseller}&find={}", tenant.reseller_customer));
    assert!(page.contains("1–1 / 1") && page.contains("name=\"indirect_partner_id\""), "{page}");
    browser.language = "zh-CN";
    let nobody = browser.page("/console/customers?find=nobody");
    assert!(nobody.contains("没有账号名") && !nobody.contains("/ 0"), "{nobody}");
}

#[test]
fn a_customer_that_pays_the_cloud_itself_is_offered_neither_money_nor_coupons() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let acts = ["/console/money/allocate", "/console/money/reclaim", "/console/coupons/issue"];
    for (customer, is_funded) in [(&tenant.customers[0], true), (&tenant.referral_customer, false)]
    {
        let page = browser.page(&format!("{STATEMENT}{customer}"));
        for act in acts {
            assert_eq!(page.contains(act), is_funded, "{act}: {page}");
        }
        assert_eq!(page.contains("pays the cloud itself"), !is_funded, "{page}");
        assert!(page.contains("/console/orders?"), "{page}");
    }
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
