//! Stored-value cards of the first customer.

use super::{Aim, Kind, Operation, Repeat, Signer, Unsigned, get};
use crate::client::Expected;

pub const OPERATIONS: &[Operation] = &[Operation {
    name: "ListStoredValueCards",
    component: "list-stored-value-cards",
    kind: Kind::Read,
    aim: Aim::Prompt,
    answer: Expected::Begins(r#"{"total_count":10,"stored_value_cards":[{"#),
    repeat: Repeat::Freely,
    requests: |_| {
        let path = "/v2/promotions/benefits/stored-value-cards";
        vec![Unsigned { signer: Signer::Customer, ..get(format!("{path}?status=1&limit=10")) }]
    },
}];
