//! The calling customer's own account.

use super::{Kind, Operation, Repeat, SHORT_READ, Signer, Unsigned, as_page, get, page};
use crate::client::Expected;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ShowCustomerAccountBalances",
        component: "show-customer-account-balances",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"account_balances":[{"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let request = get("/v2/accounts/customer-accounts/balances".to_owned());
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "ListCustomerAccountChangeRecords",
        component: "list-customer-account-change-records",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let path = "/v2/accounts/customer-accounts/account-change-records";
            let request = get(format!("{path}?balance_type=BALANCE_TYPE_DEBIT&limit=10"));
            vec![Unsigned { signer: Signer::PayingCustomer, ..request }]
        },
    },
    as_page("ListCustomerAccountChangeRecords, as a page", |tenant| {
        let customer = tenant.customer(0);
        page(format!("/console/customers/statement?customer_id={customer}"))
    }),
];
