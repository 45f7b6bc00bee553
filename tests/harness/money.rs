//! Money moved through the official SDK, and balances as the API answers them.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// Status and code of a refusal.
pub type Refused = (i64, String);

/// A refusal, as an outcome has it.
pub fn refused<T>(status: i64, code: &str) -> Result<T, Refused> {
    Err((status, code.to_owned()))
}

pub fn decimal(digits: &str) -> Decimal {
    Decimal::from_str_exact(digits).expect("an amount")
}

/// Calls an operation through the SDK.
pub fn call(app: &App, key: &Key, operation: &str, fields: &Value) -> Result<Json, Refused> {
    let answer = app.sdk(key, operation, fields);
    answer.outcome.map_err(|error| (error.status_code, error.error_code))
}

/// Calls an operation that moves money, and answers the id of the transfer.
pub fn move_money(
    app: &App,
    key: &Key,
    operation: &str,
    fields: &Value,
) -> Result<String, Refused> {
    let body = call(app, key, operation, fields)?;
    let id = body.get("transfer_id").or(body.get("trans_id")).expect("an id");
    Ok(id.as_text().to_owned())
}

/// Allocates to a customer of the tenant's distributor.
pub fn allocate(app: &App, tenant: &Tenant, customer: &str, amount: &str) -> String {
    let fields = json!({"customer_id": customer, "amount": amount});
    let moved = move_money(app, &tenant.distributor, "UpdateCustomerAccountAmount", &fields);
    moved.expect("allocated")
}

/// Posts a body with a client token.
pub fn post_with_token(app: &App, key: &Key, path: &str, token: &str, body: &Value) -> Reply {
    let request = Request::new("POST", path, body.to_string());
    app.call(key, request.with("X-Client-Token", token))
}

/// Cash of the tenant's distributor or, with its id, of a reseller.
pub fn partner_cash(app: &App, tenant: &Tenant, reseller: Option<&str>) -> Decimal {
    let fields = match reseller {
        None => json!({}),
        Some(id) => json!({"indirect_partner_id": id}),
    };
    let body = call(app, &tenant.distributor, "ListPartnerBalances", &fields).expect("balances");
    body.at("account_balances").as_list()[0].at("amount").as_decimal()
}

/// Cash of a customer of the distributor or, with its id, of a reseller.
pub fn customer_cash(
    app: &App,
    tenant: &Tenant,
    customer: &str,
    reseller: Option<&str>,
) -> Option<Decimal> {
    let mut fields = json!({"customer_infos": [{"customer_id": customer}]});
    if let Some(id) = reseller {
        fields["indirect_partner_id"] = json!(id);
    }
    let answer = call(app, &tenant.distributor, "ListCustomersBalancesDetail", &fields);
    let body = answer.expect("balances");
    body.at("customer_balances").as_list().first().map(|item| item.at("amount").as_decimal())
}

/// What the tenant's books hold where the tests move money: the distributor, its first customer,
/// the reseller and its customer.
pub fn holdings(app: &App, tenant: &Tenant) -> [Decimal; 4] {
    let reseller = Some(tenant.reseller.principal_id.as_str());
    [
        partner_cash(app, tenant, None),
        customer_cash(app, tenant, &tenant.customers[0], None).expect("its customer"),
        partner_cash(app, tenant, reseller),
        customer_cash(app, tenant, &tenant.reseller_customer, reseller).expect("its customer"),
    ]
}

/// Checks what [`holdings`] are, and that the books agree with themselves.
pub fn assert_holdings(app: &App, tenant: &Tenant, expected: [&str; 4]) {
    assert_eq!(holdings(app, tenant), expected.map(decimal));
    app.audit(&tenant.tenant_id);
}

/// Brings a line of the tenant's into the books.
pub fn import(app: &App, tenant: &Tenant, mut line: Value) {
    line["tenant_id"] = json!(tenant.tenant_id);
    app.import(&Book::new(format!("{line}\n")));
}

/// The key that [`key_of_customer`] makes for a customer.
pub fn key_named_after(customer_id: &str) -> Key {
    Key {
        access_key_id: format!("{customer_id}-key").to_uppercase(),
        secret_key: format!("{customer_id}-secret-0123456789abcdef"),
        principal_id: customer_id.to_owned(),
    }
}

/// A key of one of the tenant's customers that has none so far.
pub fn key_of_customer(app: &App, tenant: &Tenant, customer_id: &str) -> Key {
    let key = key_named_after(customer_id);
    let line = json!({"kind": "access_key", "access_key_id": key.access_key_id,
                      "secret_key": key.secret_key, "customer_id": customer_id});
    import(app, tenant, line);
    key
}

/// A solution provider of its own tenant, with 100.00 and one customer.
pub struct Provider {
    pub tenant_id: String,
    pub key: Key,
    pub customer: String,
}

impl Provider {
    /// `name` must be another one for each call.
    pub fn in_books_of(app: &App, name: &str) -> Self {
        let tenant_id = format!("{name}-provider-tenant");
        let key = Key {
            access_key_id: format!("{name}-provider-key").to_uppercase(),
            secret_key: format!("{name}-provider-secret-0123456789abcdef"),
            principal_id: format!("{name}-provider"),
        };
        let customer = format!("{name}-provider-customer");
        let partner = &key.principal_id;
        let lines = [
            json!({"kind": "tenant", "name": name}),
            json!({"kind": "partner", "partner_id": partner,
                   "partner_kind": "solution_provider"}),
            json!({"kind": "customer", "customer_id": customer, "partner_id": partner,
                   "association_type": "2"}),
            json!({"kind": "booking", "booking_id": format!("{name}-cash"), "partner_id": partner,
                   "account_type": 1, "amount": "100.00", "at": "2026-01-05T02:00:00Z"}),
            json!({"kind": "access_key", "access_key_id": key.access_key_id,
                   "secret_key": key.secret_key, "partner_id": partner}),
        ];
        let lines = lines.map(|mut line| {
            line["tenant_id"] = json!(tenant_id);
            format!("{line}\n")
        });
        app.import(&Book::new(lines.concat()));
        Self { tenant_id, key, customer }
    }
}
