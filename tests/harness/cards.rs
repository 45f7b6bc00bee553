//! Stored-value cards in a tenant's books.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::import;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// A card of the tenant's customer with the key, in effect until 2096.
pub fn card(tenant: &Tenant, name: &str, face_value: &str) -> Value {
    json!({"kind": "stored_value_card", "card_id": id(tenant, name),
           "customer_id": tenant.customer.principal_id, "card_name": format!("Card {name}"),
           "face_value": face_value, "effective_time": "2026-01-05T00:00:00Z",
           "expire_time": "2096-01-05T00:00:00Z"})
}

/// A card that is in effect at other times.
pub fn card_within(tenant: &Tenant, name: &str, (from, until): (&str, &str)) -> Value {
    let mut card = card(tenant, name, "50.00");
    card["effective_time"] = json!(from);
    card["expire_time"] = json!(until);
    card
}

/// What the tenant calls a card.
pub fn id(tenant: &Tenant, name: &str) -> String {
    format!("{}-card-{name}", tenant.tenant_id)
}

/// Brings a card into the books, and answers its identity.
pub fn bring(app: &App, tenant: &Tenant, name: &str, face_value: &str) -> String {
    import(app, tenant, card(tenant, name, face_value));
    id(tenant, name)
}

/// The cards of a list, each with what is left of it.
pub fn listed(app: &App, key: &Key, fields: &Value) -> Vec<(String, String)> {
    let body = app.sdk(key, "ListStoredValueCards", fields).outcome.expect("a list");
    let cards = body.at("stored_value_cards").as_list().iter();
    let shown =
        |card: &Json| (card.text_at("card_id").to_owned(), card.text_at("balance").to_owned());
    cards.map(shown).collect()
}
