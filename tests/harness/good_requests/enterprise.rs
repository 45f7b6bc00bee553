//! Good requests: enterprises. The tenant's usual customer is no master.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::enterprise::{Enterprise, code_request, company, member_id, moves, new_member};
use crate::harness::enterprise_coupons::{back, bring, id as coupon_id, out, transfer};
use crate::harness::money::key_named_after;
use crate::harness::registration::MOBILE;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("ClaimEnterpriseMultiAccountCoupon", |tenant| {
        out(&member_id(tenant), &coupon_id(tenant, "good"), "1.00")
    })
    .refused(403, "CBC.0151")
    .asked_by(|app, tenant, operation| {
        let master = master(app, tenant, operation);
        bring(app, tenant, "good", "5.00");
        master
    }),
    // The tenant's usual customer is not authenticated as an enterprise.
    Good::new("CreateEnterpriseProjectAuth", |_| json!({}))
        .refused(403, "CBC.0151")
        .asked_by(company),
    Good::new("CreateSubEnterpriseAccount", |_| new_member("made-in-a-test"))
        .refused(403, "CBC.0151")
        .asked_by(master),
    Good::new("ListEnterpriseMultiAccount", |tenant| {
        json!({"sub_customer_id": member_id(tenant), "balance_type": "BALANCE_TYPE_DEBIT"})
    })
    .refused(403, "CBC.0151")
    .asked_by(master),
    Good::new("ListEnterpriseOrganizations", |_| json!({"recursive_query": 1}))
        .refused(403, "CBC.0151")
        .asked_by(master),
    Good::new("ListEnterpriseSubCustomers", |_| json!({}))
        .refused(403, "CBC.0151")
        .asked_by(master),
    Good::new("ListMultiAccountRetrieveCoupons", |tenant| {
        json!({"sub_customer_id": member_id(tenant)})
    })
    .refused(403, "CBC.0151")
    .asked_by(master),
    Good::new("ListMultiAccountTransferCoupons", |_| json!({}))
        .refused(403, "CBC.0151")
        .asked_by(master),
    Good::new("ReclaimEnterpriseMultiAccountCoupon", |tenant| {
        back(&member_id(tenant), &coupon_id(tenant, "good"), "nothing")
    })
    .refused(403, "CBC.0151")
    .prepared(|app, tenant, fields| {
        let master = Enterprise::in_books_of(app, tenant).master;
        let coupon = bring(app, tenant, "good", "5.00");
        let child = transfer(app, &master, &out(&member_id(tenant), &coupon, "2.00"));
        fields["sub_coupon_id"] = json!(child.expect("transferred"));
    })
    .asked_by(|_, tenant, _| key_named_after(&tenant.referral_customer)),
    Good::new("ReclaimSubEnterpriseAmount", |tenant| {
        json!({"customer_id": member_id(tenant), "amount": "1.00"})
    })
    .refused(403, "CBC.0151")
    .asked_by(|app, tenant, operation| {
        let master = master(app, tenant, operation);
        let fields = json!({"customer_id": member_id(tenant), "amount": "2.00"});
        moves(app, &master, "UpdateSubEnterpriseAmount", &fields).expect("transferred");
        master
    }),
    // Of a tenant that does not play, while no webhook receiver is set up.
    Good::new("SendSmsVerificationCode", |_| code_request(MOBILE))
        .refused(500, "CBC.0999")
        .asked_by(master),
    Good::new("ShowMultiAccountTransferAmount", |_| json!({"balance_type": "BALANCE_TYPE_CREDIT"}))
        .refused(403, "CBC.0151")
        .asked_by(master),
    Good::new("UpdateSubEnterpriseAmount", |tenant| {
        json!({"customer_id": member_id(tenant), "amount": "1.00"})
    })
    .refused(403, "CBC.0151")
    .asked_by(master),
];

/// The master of the tenant's enterprise, which is made for it.
fn master(app: &App, tenant: &Tenant, _: &Value) -> Key {
    Enterprise::in_books_of(app, tenant).master
}
