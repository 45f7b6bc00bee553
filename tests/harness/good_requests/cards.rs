//! Good requests: stored-value cards.

use serde_json::json;

use super::Good;

pub const GOOD: &[Good] = &[Good::new("ListStoredValueCards", |_| json!({"status": 1}))];
