//! Enterprises and their accounts.

use super::{Aim, CODES_MAX, Kind, Operation, Repeat, SHORT_READ, Signer, Unsigned, get, post};
use crate::client::Expected;
use serde_json::json;

const ENTERPRISES: &str = "/v2/enterprises/multi-accounts";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListEnterpriseSubCustomers",
        component: "sub-customers",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":10,"#),
        repeat: Repeat::Freely,
        requests: |_| by_master(get(format!("{ENTERPRISES}/sub-customers?limit=10"))),
    },
    Operation {
        name: "ListEnterpriseOrganizations",
        component: "list-enterprise-organizations",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"root_id":"1","#),
        repeat: Repeat::Freely,
        requests: |_| by_master(get(format!("{ENTERPRISES}/enterprise-organizations"))),
    },
    Operation {
        name: "ShowMultiAccountTransferAmount",
        component: "transfer-amount",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":1,"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let target = format!("{ENTERPRISES}/transfer-amount?balance_type=BALANCE_TYPE_DEBIT");
            by_master(get(target))
        },
    },
    Operation {
        name: "ListEnterpriseMultiAccount",
        component: "retrieve-amount",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":1,"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let kind = "balance_type=BALANCE_TYPE_DEBIT";
            let member = tenant.member_id(0);
            let target = format!("{ENTERPRISES}/retrieve-amount?sub_customer_id={member}&{kind}");
            by_master(get(target))
        },
    },
    Operation {
        name: "ListMultiAccountTransferCoupons",
        component: "list-multi-account-transfer-coupons",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":10,"#),
        repeat: Repeat::Freely,
        requests: |_| by_master(get(format!("{ENTERPRISES}/transfer-coupons?limit=10"))),
    },
    Operation {
        name: "ClaimEnterpriseMultiAccountCoupon",
        component: "claim-enterprise-multi-account-coupon",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"sub_coupon_id":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let body = json!({"customer_id": tenant.member_id(1), "amount": "0.01",
                              "coupon_id": tenant.cloud_coupon(0)});
            by_master(post(&format!("{ENTERPRISES}/transfer-coupon"), body))
        },
    },
    Operation {
        name: "UpdateSubEnterpriseAmount",
        component: "transfer-amount",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let body = json!({"customer_id": tenant.member_id(0), "amount": "0.10"});
            by_master(post(&format!("{ENTERPRISES}/transfer-amount"), body))
        },
    },
    Operation {
        name: "ReclaimSubEnterpriseAmount",
        component: "retrieve-amount",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let body = json!({"customer_id": tenant.member_id(0), "amount": "0.01"});
            by_master(post(&format!("{ENTERPRISES}/retrieve-amount"), body))
        },
    },
    // Its password is hashed by Argon2, as that of a customer of the partner.
    Operation {
        name: "CreateSubEnterpriseAccount",
        component: "sub-customers",
        kind: Kind::Write,
        aim: Aim::Nothing,
        answer: Expected::Nothing,
        repeat: Repeat::Once,
        requests: |tenant| {
            let member = |number| {
                json!({"party_id": "1", "sub_customer_association_type": 1,
                       "new_sub_customer": {"customer_name": format!("new-member-{number:05}"),
                                            "use_pri_mobile_phone": "Y",
                                            "password": "a-Password-of-1"}})
            };
            let create = |number| post(&format!("{ENTERPRISES}/sub-customers"), member(number));
            (0..tenant.once).map(create).flat_map(by_master).collect()
        },
    },
    // Each code goes to another mobile, and nothing is posted. They count for the partner.
    Operation {
        name: "SendSmsVerificationCode",
        component: "send-sms-verification-code",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Once,
        requests: |tenant| {
            let body = |number| {
                json!({"mobile_phone": format!("135{number:08}"),
                       "sm_template_args": [{"key": "sub_customer_name", "value": "member"}]})
            };
            let path = format!("{ENTERPRISES}/sm-verification-code");
            let codes = (0..tenant.once.min(CODES_MAX)).map(|number| post(&path, body(number)));
            codes.flat_map(by_master).collect()
        },
    },
];

fn by_master(request: Unsigned) -> Vec<Unsigned> {
    vec![Unsigned { signer: Signer::PayingCustomer, ..request }]
}
