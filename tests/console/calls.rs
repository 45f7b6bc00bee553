//! How often a page asks the store, as the log tells.

use crate::harness::app::App;
use crate::harness::console::{Browser, OPERATOR_PAGES, PARTNER_PAGES, pages_of};
use crate::harness::coupons::issue;
use crate::harness::money::allocate;
use crate::harness::orders;
use crate::harness::realname::{INDIVIDUAL, person, submit};
use crate::harness::tenant::Tenant;

/// The most calls of a page: of those that show one list, and of those that show many.
const LIST_CALLS_MAX: u64 = 12;
const OVERVIEW_CALLS_MAX: u64 = 30;

/// Calls that one page needed.
fn calls(app: &App, browser: &mut Browser<'_>, target: &str) -> u64 {
    let reply = browser.get(target);
    assert_eq!(reply.status, 200, "{target}: {}", reply.text());
    app.store_calls(&reply)
}

#[test]
fn no_page_asks_the_store_more_often_than_it_must() {
    let app = App::start();
    orders::catalogue(&app);
    let tenant = Tenant::playing_in(&app);
    allocate(&app, &tenant, &tenant.customers[0], "20.00");
    let coupon = issue(&app, &tenant, "1.00");
    orders::provided(&app, &tenant);
    let order_id = orders::place(&app, &tenant);
    let review_id = submit(&app, &tenant, INDIVIDUAL, &person(&tenant.customers[1], "E0000051"));
    let customer = &tenant.customers[0];
    let with = |page: &String| {
        let query = match page.as_str() {
            "/console/customers/statement" | "/console/resources" => {
                format!("?customer_id={customer}")
            }
            "/console/coupons/reclaim" => format!("?coupon_id={coupon}"),
            "/console/quotas/reclaim" => format!("?quota_id={}", tenant.granted_quota),
            "/console/orders/order" => format!("?order_id={order_id}"),
            "/console/exports/file" => "?kind=statement".to_owned(),
            "/console/exports/parquet" => "?bill_cycle=2026-09".to_owned(),
            _ => String::new(),
        };
        format!("{page}{query}")
    };
    let mut told = Vec::new();
    let mut partner = Browser::of_partner(&app, &tenant.distributor);
    for page in pages_of(PARTNER_PAGES) {
        told.push((page.clone(), calls(&app, &mut partner, &with(&page))));
    }
    let mut operator = Browser::of_operator(&app);
    for page in pages_of(OPERATOR_PAGES) {
        let query = match page.as_str() {
            "/console" | "/console/health" | "/console/import" => String::new(),
            "/console/reviews/review" => {
                format!("?tenant_id={}&review_id={review_id}", tenant.tenant_id)
            }
            "/console/files/file" => format!("?tenant_id={}&kind=journal", tenant.tenant_id),
            "/console/files/parquet" => {
                format!("?tenant_id={}&bill_cycle=2026-09", tenant.tenant_id)
            }
            _ => format!("?tenant_id={}", tenant.tenant_id),
        };
        told.push((page.clone(), calls(&app, &mut operator, &format!("{page}{query}"))));
    }
    for (page, calls) in &told {
        let most = if page == "/console" { OVERVIEW_CALLS_MAX } else { LIST_CALLS_MAX };
        assert!(*calls <= most, "{page}: {calls} calls of {told:?}");
    }
}
