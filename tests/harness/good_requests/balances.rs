//! Good requests: balances and money between a partner and its customers.

use serde_json::json;

use crate::harness::money::allocate;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new(
        "ListCustomersBalancesDetail",
        |tenant| json!({"customer_infos": [{"customer_id": tenant.customers[0]}]}),
    ),
    Good::new("ListPartnerAccountChangeRecords", |_| json!({"balance_type": "BALANCE_TYPE_DEBIT"})),
    Good::new("ListPartnerAdjustRecords", |_| json!({})),
    Good::new("ListPartnerBalances", |_| json!({})),
    Good::new(
        "ReclaimToPartnerAccount",
        |tenant| json!({"customer_id": tenant.customers[0], "amount": 1}),
    )
    .refused(400, "CBC.99000035")
    .prepared(|app, tenant, _| {
        allocate(app, tenant, &tenant.customers[0], "1.00");
    }),
    Good::new(
        "UpdateCustomerAccountAmount",
        |tenant| json!({"customer_id": tenant.customers[0], "amount": 1}),
    )
    .refused(400, "CBC.99000035"),
];
