//! The operator's pages: reviews decided, messages, access keys, the clock and what time does.

use crate::harness::app::App;
use crate::harness::console::{Browser, hidden_fields};
use crate::harness::realname::{INDIVIDUAL, awaiting, person, status, submit};
use crate::harness::tenant::Tenant;

const DECIDE: &str = "/console/reviews/decide";

#[test]
fn a_review_is_decided() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    let mut browser = Browser::of_operator(app);
    let list = browser.page(&format!("/console/reviews?tenant_id={}", tenant.tenant_id));
    assert!(list.contains(&review_id) && list.contains(&tenant.customers[0]), "{list}");
    let target =
        format!("/console/reviews/review?tenant_id={}&review_id={review_id}", tenant.tenant_id);
    let page = browser.page(&target);
    assert!(page.contains("Under review"), "{page}");
    // A rejection says why.
    let (_, reject) = page.split_once("action=\"/console/reviews/decide\"").expect("two forms");
    let reject = format!("{reject}</form>");
    let without = browser.fill_in(&reject, DECIDE, &[("opinion", "")]);
    assert_eq!(without.status, 400, "{}", without.text());
    assert_eq!(awaiting(app, &tenant.tenant_id).len(), 1);
    let opinion = "<i>not legible</i>";
    let decided = browser.fill_in(&reject, DECIDE, &[("opinion", opinion)]);
    assert_eq!((decided.status, decided.header("location")), (303, Some(&*target)));
    let page = browser.page(&target);
    assert!(page.contains("Rejected") && page.contains("&lt;i&gt;not legible"), "{page}");
    assert!(!page.contains("action=\"/console/reviews/decide\""), "it is decided");
    assert_eq!(status(app, &tenant), (1, Some(0)));
    let again = browser.fill_in(&reject, DECIDE, &[("opinion", opinion)]);
    assert_eq!(again.status, 409);
    app.audit(&tenant.tenant_id);
}

#[test]
fn the_pages_of_a_tenant_show_what_the_routes_do() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let mut browser = Browser::of_operator(app);
    let query = format!("tenant_id={}", tenant.tenant_id);
    let keys = browser.page(&format!("/console/access-keys?{query}"));
    assert!(keys.contains(&tenant.distributor.access_key_id), "{keys}");
    assert!(!keys.contains(&tenant.distributor.secret_key), "{keys}");
    assert!(browser.page(&format!("/console/deliveries?{query}")).contains("Nothing yet"));
    let page = browser.page(&format!("/console/tenant?{query}"));
    let moved = browser.fill_in(&page, "/console/clock", &[("now", "2090-01-02T00:00:00Z")]);
    assert_eq!(moved.status, 303, "{}", moved.text());
    let page = browser.page(&format!("/console/tenant?{query}"));
    assert!(page.contains("2090-01-02 08:0"), "{page}");
    let back = browser.fill_in(&page, "/console/clock", &[("now", "2030-01-01T00:00:00Z")]);
    assert!(back.status >= 400, "{}", back.text());
    let ticked = browser.fill_in(&page, "/console/tick", &[]);
    assert_eq!(ticked.status, 200, "{}", ticked.text());
    for path in ["tenant", "access-keys", "deliveries", "reviews", "audit"] {
        let target = format!("/console/{path}?tenant_id=nothing");
        assert_eq!(browser.get(&target).status, 404, "{target}");
        assert_eq!(browser.get(&format!("/console/{path}")).status, 400, "{path}");
    }
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_clock_that_must_not_move_does_not() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_operator(app);
    let page = browser.page(&format!("/console/tenant?tenant_id={}", tenant.tenant_id));
    assert!(!page.contains("action=\"/console/clock\""), "{page}");
    let fields = hidden_fields(&page, "/console/tick");
    let mut fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    fields.push(("now", "2090-01-01T00:00:00Z"));
    assert_eq!(browser.submit("/console/clock", &fields).status, 403);
}
