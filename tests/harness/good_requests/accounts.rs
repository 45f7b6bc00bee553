//! Good requests: a customer's own account.

use serde_json::json;

use crate::harness::money::key_of_customer;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new(
        "ListCustomerAccountChangeRecords",
        |_| json!({"balance_type": "BALANCE_TYPE_DEBIT"}),
    )
    // Customers of the resale model have no account of their own.
    .refused(400, "CBC.99000084")
    .asked_by(|app, tenant, _| key_of_customer(app, tenant, &tenant.referral_customer)),
    Good::new("ShowCustomerAccountBalances", |_| json!({})),
];
