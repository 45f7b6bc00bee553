//! What someone else has written, and what is someone else's: markup and formulas in whatever can be
//! filled in, and another tenant's ids in every form.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::console::{Browser, hidden_fields};
use crate::harness::orders;
use crate::harness::tenant::Tenant;

/// Text that would run in a page, and as a cell of a spreadsheet.
const HOSTILE: &str = "=A(\"//evil\")<script>alert(1)</script>";

/// How a page shows the beginning of it.
const SHOWN: &str = "=A(&quot;//evil&quot;)&lt;script&gt;alert(1)";

/// A book whose texts are all hostile, for a tenant that is there.
fn hostile_book(tenant: &Tenant) -> Book {
    let (tenant_id, distributor) = (&tenant.tenant_id, &tenant.distributor.principal_id);
    let customer = format!("{tenant_id}-hostile");
    let lines = [
        json!({"kind": "customer", "tenant_id": tenant_id, "partner_id": distributor,
               "customer_id": customer, "association_type": "2", "account_name": HOSTILE,
               "customer": HOSTILE, "label": HOSTILE}),
        json!({"kind": "partner", "tenant_id": tenant_id, "partner_id": format!("{customer}-r"),
               "partner_kind": "reseller", "distributor_id": distributor,
               "account_name": HOSTILE, "name": HOSTILE}),
        json!({"kind": "monthly_bill", "tenant_id": tenant_id, "partner_id": distributor,
               "cycle": "2026-08", "customer_id": customer,
               "cloud_service_type": "hws.service.type.ebs", "cloud_service_type_name": HOSTILE,
               "resource_type_code": "hws.resource.type.volume", "resource_type_name": HOSTILE,
               "charge_mode": "3", "bill_type": "0", "amount": "1.00", "debt_amount": "0",
               "adjustment_amount": "0", "discount_amount": "0", "account_details": [
                   {"balance_type": "BALANCE_TYPE_DEBIT", "amount": "1.00", "bill_type": "0"}]}),
    ];
    Book::new(lines.iter().map(|line| format!("{line}\n")).collect())
}

#[test]
fn markup_and_formulas_of_an_import_are_text() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    app.import(&hostile_book(&tenant));
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let statement =
        format!("/console/customers/statement?customer_id={}-hostile", tenant.tenant_id);
    // The browser itself looks for whatever would run.
    for target in
        ["/console/customers", "/console/resellers", "/console/bills?month=2026-08", &statement]
    {
        let page = browser.page(target);
        assert!(page.contains(SHOWN), "{target}: {page}");
    }
    let file = browser.get("/console/bills/file?month=2026-08");
    let defused = format!("\"'{}\"", HOSTILE.replace('"', "\"\""));
    assert!(file.text().contains(&defused), "{}", file.text());
}

#[test]
fn markup_in_what_is_posted_or_asked_for_is_text() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let quoted = crate::harness::signer::quote(HOSTILE);
    for path in [
        "/console/customers/statement?customer_id=",
        "/console/orders/order?order_id=",
        "/console/resources?customer_id=",
        "/console/bills?month=",
        "/console/quotas/reclaim?quota_id=",
        "/console/coupons/reclaim?coupon_id=",
        "/console/money/allocate?customer_id=",
        "/console/nothing?",
    ] {
        let reply = browser.get(&format!("{path}{quoted}"));
        assert!(!reply.text().contains("<script"), "{path}: {}", reply.text());
    }
    let page = browser.page("/console/orders/place");
    let refused = browser.fill_in(
        &page,
        "/console/orders/place",
        &[("customer_id", HOSTILE), ("period_type", HOSTILE)],
    );
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(!refused.text().contains("<script"), "{}", refused.text());
}

#[test]
fn anothers_ids_open_nothing_in_any_form() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let order_id = orders::place(app, &other);
    let mut browser = Browser::of_partner(app, &tenant.distributor);
    let page = browser.page("/console");
    let sign_out = hidden_fields(&page, "/console/sign-out");
    let (_, form_token) = &sign_out[0];
    let (mine, before) = (app.audit(&tenant.tenant_id), app.audit(&other.tenant_id));
    let customer = other.customers[0].as_str();
    let order = order_id.as_str();
    let forms: [(&str, &[(&str, &str)]); 6] = [
        ("/console/orders/price", &[("order_id", order), ("price", "1.00")]),
        ("/console/orders/payment", &[("order_id", order), ("decision", "approve")]),
        ("/console/authorisations", &[("customer_id", customer)]),
        ("/console/money/allocate", &[("customer_id", customer), ("amount", "1.00")]),
        ("/console/money/reclaim", &[("customer_id", customer), ("amount", "1.00")]),
        ("/console/coupons/reclaim", &[("coupon_id", &other.quota)]),
    ];
    for (path, fields) in forms {
        for confirmed in ["", "yes"] {
            let mut posted = fields.to_vec();
            posted.push(("form_token", form_token));
            posted.push(("confirmed", confirmed));
            let reply = browser.submit(path, &posted);
            // The page that says what would happen knows nothing of another tenant.
            let told = reply.status == 200 && confirmed.is_empty();
            assert!(reply.status >= 400 || told, "{path} {fields:?}: {}", reply.text());
        }
    }
    assert_eq!(app.audit(&tenant.tenant_id), mine);
    assert_eq!(app.audit(&other.tenant_id), before);
}
