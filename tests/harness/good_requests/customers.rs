//! Good requests: a partner's customers.

use serde_json::json;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("ListSubCustomerNewTag", |_| json!({"limit": 10})),
    Good::new("ListSubCustomers", |_| json!({"limit": 10})),
];
