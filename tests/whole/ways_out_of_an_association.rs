//! The three ways out of an association: the partner stops to fund the customer, the two part, and
//! the two part and the customer goes to a reseller. What the partner gave goes back to it each time,
//! coupons and money, and so does the refund of what was bought with its money; statements and records
//! say why.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::coupons::{issue, left};
use crate::harness::json::Json;
use crate::harness::money::{allocate, call, decimal, partner_cash};
use crate::harness::orders::{line, pay, place_with, provision, with_money};
use crate::harness::partner_centre::{ASSOCIATIONS, INVITATIONS, done, invited};
use crate::harness::tenant::Tenant;

/// A way out, and what it leaves in the records.
struct Way {
    name: &'static str,
    /// What is asked for, by the partner where it is not the end.
    change: &'static str,
    /// `operation_types` of the record of the coupon.
    coupon_record: &'static str,
    goes_to_a_reseller: bool,
}

const WAYS: [Way; 3] = [
    Way {
        name: "pays the cloud itself",
        change: "referral",
        coupon_record: "8",
        goes_to_a_reseller: false,
    },
    Way { name: "leaves", change: "dissociation", coupon_record: "3", goes_to_a_reseller: false },
    Way {
        name: "leaves for a reseller",
        change: "dissociation",
        coupon_record: "3",
        goes_to_a_reseller: true,
    },
];

/// An order of a resource for a month, 32.20, paid with what the partner has allocated and provided.
fn bought(app: &App, tenant: &Tenant) -> String {
    let order = place_with(app, tenant, &[line(1)], json!({}));
    let order_id = order.text_at("order_id").to_owned();
    assert_eq!(pay(app, &tenant.customer, &with_money(&order_id)), (204, String::new()));
    let resources = json!([{"line": 1, "resources": [{"resource_id": order_id}]}]);
    assert_eq!(provision(app, tenant, &order_id, &resources), (200, String::new()));
    order_id
}

/// What the customer has, as it is told itself.
fn own_cash(app: &App, tenant: &Tenant) -> Decimal {
    let answer = call(app, &tenant.customer, "ShowCustomerAccountBalances", &json!({}));
    let balances = answer.expect("balances");
    balances.at("account_balances").as_list()[0].at("amount").as_decimal()
}

fn parted(app: &App, tenant: &Tenant, way: &Way) -> Json {
    let asking = json!({"customer_id": tenant.customers[0], "change": way.change});
    done(app, &tenant.distributor, "POST", ASSOCIATIONS, &asking);
    let agree = json!({"decision": "agree"});
    done(app, &tenant.customer, "PUT", ASSOCIATIONS, &agree).json()
}

fn assert_recorded(app: &App, tenant: &Tenant, way: &Way, coupon: &str) {
    let asked = |operation: &str, fields: Value, list: &str| {
        let answer = app.sdk(&tenant.distributor, operation, &fields).outcome.expect(operation);
        answer.at(list).as_list().to_vec()
    };
    let fields = json!({"balance_type": "BALANCE_TYPE_DEBIT", "trade_type": "BEUNBIND"});
    let changes = asked("ListPartnerAccountChangeRecords", fields, "records");
    let [change] = &changes[..] else { panic!("{}: {changes:?}", way.name) };
    assert_eq!(change.text_at("change_amount"), "67.80");
    assert_eq!(change.text_at("trade_detail_type"), "SOURCE_OPERATION_BEUNBIND");
    let adjusted = asked(
        "ListPartnerAdjustRecords",
        json!({"operation_type": "SOURCE_OPERATION_BEUNBIND"}),
        "records",
    );
    let [adjusted] = &adjusted[..] else { panic!("{}: {adjusted:?}", way.name) };
    assert_eq!(adjusted.text_at("customer_id"), tenant.customers[0]);
    let fields = json!({"operation_types": [way.coupon_record]});
    let records = asked("ListPartnerCouponsRecord", fields, "records");
    let [record] = &records[..] else { panic!("{}: {records:?}", way.name) };
    assert_eq!(record.text_at("coupon_id"), coupon);
}

#[test]
fn each_gives_back_what_the_partner_gave_and_says_so() {
    let app = App::shared();
    for way in &WAYS {
        let tenant = Tenant::in_books_of(app);
        let before = (partner_cash(app, &tenant, None), left(app, &tenant, &tenant.quota));
        allocate(app, &tenant, &tenant.customers[0], "100.00");
        let coupon = issue(app, &tenant, "5.00");
        let resource = bought(app, &tenant);
        let sum = app.audit(&tenant.tenant_id).at("sum").clone();

        let agreed = parted(app, &tenant, way);
        assert_eq!(agreed.at("returned_coupons").as_integer(), 1, "{}", way.name);
        assert_eq!(agreed.at("returned_amount").digits(), "67.80", "{}", way.name);
        assert_eq!(own_cash(app, &tenant), decimal("0"));
        let partner = partner_cash(app, &tenant, None);
        assert_eq!(before.0 - partner, decimal("32.20"), "{}", way.name);
        assert_eq!(left(app, &tenant, &tenant.quota), before.1, "{}", way.name);
        assert_recorded(app, &tenant, way, &coupon);
        let coupons = call(app, &tenant.customer, "ListSubCustomerCoupons", &json!({"status": 5}));
        let coupons = coupons.expect("coupons");
        assert_eq!(coupons.at("user_coupons").as_list()[0].text_at("coupon_id"), coupon);

        if way.goes_to_a_reseller {
            let invitation = invited(app, &tenant.reseller, json!({"association_type": "2"}));
            let accepting = json!({"invitation_id": invitation});
            done(app, &tenant.customer, "PUT", INVITATIONS, &accepting);
        }
        // Given back within five days: all of it, to the partner whose money it was.
        let fields = json!({"resource_ids": [resource], "unsubscribe_type": 1});
        call(app, &tenant.customer, "CancelResourcesSubscription", &fields).expect("unsubscribed");
        let after = (partner_cash(app, &tenant, None), left(app, &tenant, &tenant.quota));
        assert_eq!(after, before, "{}", way.name);
        assert_eq!(app.audit(&tenant.tenant_id).at("sum"), &sum, "{}", way.name);
        println!("{}: 67.80, a coupon of 5.00 and a refund of 32.20 went back", way.name);
    }
}
