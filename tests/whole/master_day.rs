//! A master's day: members in both finance modes, money and coupons out and back, orders and usage
//! of a member that the master pays, and the month's bill of all of them. Each figure is calculated
//! by hand, beside what makes it.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{assert_amounts, with};
use crate::harness::clock::set_clock;
use crate::harness::enterprise::{
    CASH, CREDIT, EXPIRES, Enterprise, cash, credits, moves, open_member,
};
use crate::harness::enterprise_coupons::{
    back, bring, out, owned, pay_with, retrieve, transfer, transferable,
};
use crate::harness::json::Json;
use crate::harness::money::{call, decimal, refused};
use crate::harness::orders::{
    MONTH, fund, grant_discount, line, order, orders, pay, place_with, provision, status,
    with_money,
};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;
use crate::harness::usage;

/// The tenant's clock on the day, and its month.
const MORNING: &str = "2030-03-10T02:00:00Z";
const CYCLE: &str = "2030-03";

fn done() -> (u16, String) {
    (204, String::new())
}

/// Places an order of a month for a customer.
fn place(app: &App, tenant: &Tenant, customer: &Key, auto_pay: bool) -> String {
    let more = json!({"customer_id": customer.principal_id, "is_auto_pay": auto_pay});
    place_with(app, tenant, &[line(1)], more).text_at("order_id").to_owned()
}

/// The orders of a list, with how many it says that there are.
fn listed(app: &App, key: &Key, fields: &Value) -> (i64, Vec<String>) {
    let body = orders(app, key, fields);
    let infos = body.at("order_infos").as_list().iter();
    let ids = infos.map(|it| it.text_at("order_id").to_owned()).collect();
    (body.at("total_count").as_integer(), ids)
}

fn for_members(app: &App, key: &Key) -> Vec<String> {
    let (count, ids) = listed(app, key, &json!({"method": "sub_customer"}));
    assert_eq!(i64::try_from(ids.len()), Ok(count));
    ids
}

#[test]
fn an_order_of_a_member_under_custody_is_handed_to_the_master_which_pays_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, unified, .. } = Enterprise::in_books_of(app, &tenant);
    // What it had before counts for nothing.
    fund(app, &tenant, &unified.principal_id, "900.00");
    let order_id = place(app, &tenant, &unified, false);
    // As long as it was not handed over, nobody pays it.
    let unknown = (400, "CBC.30000010".to_owned());
    assert_eq!(pay(app, &master, &with_money(&order_id)), unknown);
    assert!(for_members(app, &master).is_empty());

    assert_eq!(pay(app, &unified, &with_money(&order_id)), done());
    assert_eq!(status(app, &unified, &order_id), 6);
    assert_eq!(pay(app, &unified, &with_money(&order_id)), done());
    assert_eq!(for_members(app, &master), std::slice::from_ref(&order_id));
    for stranger in [&member, &tenant.customer] {
        assert_eq!(pay(app, stranger, &with_money(&order_id)), unknown);
        assert!(for_members(app, stranger).is_empty());
    }

    assert_eq!(pay(app, &master, &with_money(&order_id)), done());
    assert_eq!(cash(app, &master), decimal(CASH) - decimal(MONTH));
    assert_eq!(cash(app, &unified), decimal("900.00"));
    let body = orders(app, &master, &json!({"method": "sub_customer"}));
    let info = &body.at("order_infos").as_list()[0];
    assert_eq!(info.text_at("customer_id"), unified.principal_id);
    let agent = info.at("agent_pay_info");
    assert_eq!(*agent.at("is_agent_pay"), Json::Bool(true));
    assert_eq!(agent.text_at("paying_agent_id"), master.principal_id);
    // It stays the member's: the master's own list has none.
    assert_eq!(listed(app, &master, &json!({})), (0, Vec::new()));
    assert_eq!(listed(app, &unified, &json!({})), (1, vec![order_id.clone()]));
    assert_eq!(order(app, &master, &order_id).at("order_info").text_at("order_id"), order_id);
    assert_eq!(pay(app, &master, &with_money(&order_id)), (400, "CBC.99003106".to_owned()));
    app.audit(&tenant.tenant_id);

    // What cannot be provided goes back to whom it came from.
    let failed = json!([{"line": 1, "failed": true}]);
    assert_eq!(provision(app, &tenant, &order_id, &failed), (200, String::new()));
    assert_eq!(cash(app, &master), decimal(CASH));
    app.audit(&tenant.tenant_id);
}

#[test]
fn with_automatic_payment_the_master_pays_at_once_or_gets_the_order() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, unified, .. } = Enterprise::in_books_of(app, &tenant);
    // The price is the one that the master would get.
    grant_discount(app, &tenant, &master.principal_id, "0.5");
    let at_once = place(app, &tenant, &unified, true);
    assert_eq!(status(app, &unified, &at_once), 3);
    assert_eq!(cash(app, &master), decimal(CASH) - decimal("16.10"));
    // 483.90 in cash and 140.00 in credit are left: 38 months and no more, at 16.10 each.
    let many = json!({"customer_id": unified.principal_id, "is_auto_pay": true});
    let more = place_with(app, &tenant, &[line(24), line(15)], many);
    assert_eq!(more.at("status").as_integer(), 6, "{more:?}");
    let handed = more.text_at("order_id").to_owned();
    let newest_first = json!({"method": "sub_customer", "order_by": "-createTime"});
    let (count, mut found) = listed(app, &master, &newest_first);
    found.sort();
    let mut expected = [handed.clone(), at_once.clone()];
    expected.sort();
    assert_eq!((count, found), (2, expected.to_vec()));
    let asked = |more: Value| listed(app, &master, &with(json!({"method": "sub_customer"}), &more));
    assert_eq!(asked(json!({"status": 6})), (1, vec![handed.clone()]));
    assert_eq!(asked(json!({"status": 3})), (1, vec![at_once.clone()]));
    assert_eq!(asked(json!({"order_id": at_once})), (1, vec![at_once.clone()]));
    assert_eq!(asked(json!({"service_type_code": "hws.service.type.other"})), (0, Vec::new()));
    let pages = [0, 1].map(|offset| asked(json!({"offset": offset, "limit": 1})));
    let mut both: Vec<String> = pages.iter().flat_map(|(_, ids)| ids.clone()).collect();
    both.sort();
    assert_eq!((both, pages.map(|(count, _)| count)), (expected.to_vec(), [2, 2]));
    assert_eq!(status(app, &master, &handed), 6);
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_frozen_master_pays_for_nobody_and_a_member_names_no_coupon() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, unified, .. } = Enterprise::in_books_of(app, &tenant);
    let coupon = bring(app, &tenant, "gift", "10.00");
    let order_id = place(app, &tenant, &unified, false);
    let unusable = (400, "CBC.99003112".to_owned());
    assert_eq!(pay_with(app, &unified, &order_id, &coupon), unusable);
    assert!(for_members(app, &master).is_empty());
    // It sees none either; the master does, once the order is its to pay.
    let coupons = |key: &Key| {
        let fields = json!({"order_id": order_id});
        call(app, key, "ListOrderCouponsByOrderId", &fields).expect("coupons")
    };
    assert_eq!(coupons(&unified).at("count").as_integer(), 0);
    assert_eq!(coupons(&master).at("count").as_integer(), 0);
    assert_eq!(pay(app, &unified, &with_money(&order_id)), done());
    assert_eq!(coupons(&unified).at("count").as_integer(), 0);
    assert_eq!(coupons(&master).at("count").as_integer(), 1);

    let frozen = json!({"tenant_id": tenant.tenant_id, "customer_id": master.principal_id,
                        "frozen": true});
    let reply = app.operator("PUT", "/operator/v1/customers", frozen.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
    let frozen = (403, "CBC.0151".to_owned());
    assert_eq!(pay(app, &unified, &with_money(&order_id)), frozen);
    assert_eq!(pay_with(app, &master, &order_id, &coupon), frozen);
    assert_eq!(status(app, &unified, &order_id), 6);
    app.audit(&tenant.tenant_id);
}

/// The master, and the members of the day.
struct Day {
    tenant: Tenant,
    master: Key,
    /// Has money of its own, and lets the master see its bills.
    open: Key,
    /// Is paid for.
    unified: Key,
}

#[test]
fn a_masters_day_adds_up() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    set_clock(app, &tenant, MORNING);
    let Enterprise { master, unified, .. } = Enterprise::in_books_of(app, &tenant);
    let open = open_member(app, &tenant);
    let day = Day { tenant, master, open, unified };

    let (gift, shared, spent, spare) = morning(app, &day);
    noon(app, &day, &gift, &spent);
    evening(app, &day, &gift, &shared, &spare);
    assert_statements(app, &day);
    assert_bill_of_all(app, &day);
    assert_costs_of_all(app, &day);
    app.audit(&day.tenant.tenant_id);
}

fn to_member(day: &Day, amount: &str, trans_id: &str) -> Value {
    json!({"customer_id": day.open.principal_id, "amount": amount, "trans_id": trans_id})
}

fn credit(day: &Day, amount: &str) -> Value {
    json!({"customer_id": day.open.principal_id, "amount": amount, "expire_time": EXPIRES,
           "balance_type": "BALANCE_TYPE_CREDIT"})
}

/// Cash, credit and coupons go out. Answers the master's two coupons and the member's two.
fn morning(app: &App, day: &Day) -> (String, String, String, String) {
    let Day { tenant, master, open, .. } = day;
    let gives = |fields: Value| moves(app, master, "UpdateSubEnterpriseAmount", &fields);
    // 500.00 - 20.00 = 480.00; of the expiring credit, 60.00 - 40.00 = 20.00.
    assert_eq!(gives(to_member(day, "20.00", "morning")), Ok(()));
    assert_eq!(gives(to_member(day, "20.00", "morning")), refused(400, "CBC.99007009"));
    assert_eq!(gives(credit(day, "40.00")), Ok(()));
    let gift = bring(app, tenant, "gift", "10.00");
    let shared = bring(app, tenant, "shared", "12.00");
    let member = &open.principal_id;
    let spent = transfer(app, master, &out(member, &shared, "5.00")).expect("given");
    let spare = transfer(app, master, &out(member, &shared, "4.00")).expect("given");
    // 12.00 - 5.00 - 4.00 = 3.00.
    let left = [(gift.as_str(), "10.00"), (shared.as_str(), "3.00")];
    let mut found = transferable(app, master);
    found.sort();
    assert_eq!(found, owned(&left));
    (gift, shared, spent, spare)
}

/// The members buy and use: the one with its own, the other with the master's.
fn noon(app: &App, day: &Day, gift: &str, spent: &str) {
    let Day { tenant, master, open, unified } = day;
    // 32.20 = 5.00 by the coupon + 20.00 in cash + 7.20 of the credit.
    let own = place(app, tenant, open, false);
    assert_eq!(pay_with(app, open, &own, spent), done());
    // 32.20 = 10.00 by the master's coupon + 22.20 of its cash.
    let handed = place(app, tenant, unified, false);
    assert_eq!(pay(app, unified, &with_money(&handed)), done());
    assert_eq!(pay_with(app, master, &handed, gift), done());
    // 32.20 at once: the 3.00 of the coupon that is left + 29.20.
    let at_once = place(app, tenant, unified, true);
    assert_eq!(status(app, unified, &at_once), 3);
    // 30 GB at 0.081 are 2.43, which no coupon is left for.
    usage::catalogue(app);
    let mut ticket = usage::ticket(tenant, "noon", "30");
    ticket["customer_id"] = json!(unified.principal_id);
    let reply = usage::meter(app, &tenant.tenant_id, &[ticket]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    // What was handed over cannot be provided: 22.20 and the 10.00 of the coupon go back.
    let failed = json!([{"line": 1, "failed": true}]);
    assert_eq!(provision(app, tenant, &handed, &failed), (200, String::new()));
    assert_eq!(for_members(app, master).len(), 2);
    // 480.00 - 22.20 - 29.20 - 2.43 + 22.20 = 448.37.
    assert_eq!(cash(app, master), decimal("448.37"));
}

/// What is left of what was given comes back.
fn evening(app: &App, day: &Day, gift: &str, shared: &str, spare: &str) {
    let Day { master, open, unified, .. } = day;
    let takes = |fields: Value| moves(app, master, "ReclaimSubEnterpriseAmount", &fields);
    // Of the cash nothing is there any more; of the credit 40.00 - 7.20 = 32.80 are.
    assert_eq!(takes(to_member(day, "0.01", "evening")), refused(400, "CBC.99005003"));
    assert_eq!(takes(credit(day, "32.81")), refused(400, "CBC.99005003"));
    assert_eq!(takes(credit(day, "32.80")), Ok(()));
    let coupon = back(&open.principal_id, shared, spare);
    assert_eq!(retrieve(app, master, &coupon), Ok("4.00".to_owned()));
    let left = [(gift, "10.00"), (shared, "4.00")];
    let mut found = transferable(app, master);
    found.sort();
    assert_eq!(found, owned(&left));

    let zero = decimal("0");
    assert_eq!([open, unified].map(|key| cash(app, key)), [zero, zero]);
    // The limit went with the credit: 20.00 + 32.80 are the master's again, and the member still
    // owes the 7.20 that it has used.
    let lasting = decimal(CREDIT);
    let own = decimal("52.80");
    assert_eq!(credits(app, master), [(own, own), (lasting, lasting)]);
    assert_eq!(credits(app, open), [(zero, decimal("7.20"))]);
}

/// What the day has left in the statements, the newest first. What the master had before came
/// longer ago than a statement goes back by itself.
fn assert_statements(app: &App, day: &Day) {
    let lines = |key: &Key, balance_type: &str| -> Vec<(String, String, String)> {
        let fields = json!({"balance_type": balance_type});
        let body = call(app, key, "ListCustomerAccountChangeRecords", &fields).expect("changes");
        let line = |it: &Json| {
            let text = |name| it.text_at(name).to_owned();
            (text("trade_detail_type"), text("change_amount"), text("balance_after_change"))
        };
        body.at("records").as_list().iter().map(line).collect()
    };
    let line = |kind: &str, amount: &str, after: &str| {
        (kind.to_owned(), amount.to_owned(), after.to_owned())
    };
    let (given, taken) = ("SOURCE_OPERATION_TRANSFER", "SOURCE_OPERATION_RETRIEVE");
    let (paid, used) = ("SOURCE_OPERAIION_DEDEUCT", "SOURCE_OPERAIION_USAGE");
    let returned = "SOURCE_OPERAIION_UNSUBSCRIBE";
    let (cash, credit) = ("BALANCE_TYPE_DEBIT", "BALANCE_TYPE_CREDIT");
    assert_eq!(
        lines(&day.master, cash),
        [
            line(returned, "22.20", "448.37"),
            line(used, "2.43", "426.17"),
            line(paid, "29.20", "428.60"),
            line(paid, "22.20", "457.80"),
            line(given, "20.00", "480.00"),
        ]
    );
    assert_eq!(
        lines(&day.open, cash),
        [line(paid, "20.00", "0.00"), line(given, "20.00", "20.00")]
    );
    assert_eq!(
        lines(&day.open, credit),
        [line(taken, "32.80", "0.00"), line(paid, "7.20", "32.80"), line(given, "40.00", "40.00")]
    );
    assert!(lines(&day.unified, cash).is_empty());
}

/// The month's bill of the master and of those members whose bills it sees.
fn assert_bill_of_all(app: &App, day: &Day) {
    let Day { master, open, unified, .. } = day;
    let asks = |operation: &str, fields: Value| {
        call(app, master, operation, &fields).unwrap_or_else(|refusal| panic!("{refusal:?}"))
    };
    let of = |member: &Key| {
        json!({"bill_cycle": CYCLE, "method": "sub_customer",
               "sub_customer_id": member.principal_id})
    };
    let records = |fields: Value| {
        let body = asks("ListCustomerBillsFeeRecords", fields);
        body.at("records").as_list().to_vec()
    };
    let [own] = &records(of(open))[..] else { panic!("one line") };
    let parts = [("coupon_amount", "5"), ("cash_amount", "20"), ("credit_amount", "7.20")];
    assert_amounts(own, &parts);
    // 32.20 by 10.00 and 22.20; 32.20 by 3.00 and 29.20; 2.43 in cash; and the first one back.
    let paid = records(of(unified));
    // What happens in one second is in the order of its identities.
    let amounts =
        |line: &Json| ["coupon_amount", "cash_amount"].map(|name| line.at(name).as_decimal());
    let mut found: Vec<_> = paid.iter().map(amounts).collect();
    found.sort();
    let expected = [["-10", "-22.20"], ["0", "2.43"], ["3", "29.20"], ["10", "22.20"]];
    assert_eq!(found, expected.map(|amounts| amounts.map(decimal)));
    let all = records(json!({"bill_cycle": CYCLE, "method": "all"}));
    assert_eq!(all, [std::slice::from_ref(own), &paid[..]].concat());
    assert!(records(json!({"bill_cycle": CYCLE, "method": "oneself"})).is_empty());

    // 32.20 + 32.20 + 32.20 + 2.43 - 32.20 = 66.83, of which coupons 5 + 10 + 3 - 10 = 8.00, cash
    // 20 + 22.20 + 29.20 + 2.43 - 22.20 = 51.63, and credit 7.20.
    let sum = asks("ShowCustomerMonthlySum", json!({"bill_cycle": CYCLE}));
    let expected = [
        ("consume_amount", "66.83"),
        ("coupon_amount", "8.00"),
        ("cash_amount", "51.63"),
        ("credit_amount", "7.20"),
        ("debt_amount", "0"),
    ];
    assert_amounts(&sum, &expected);
    let mut rows: Vec<_> = sum
        .at("bill_sums")
        .as_list()
        .iter()
        .map(|row| {
            (
                row.text_at("customer_id"),
                row.at("bill_type").as_integer(),
                row.at("consume_amount").as_decimal(),
            )
        })
        .collect();
    rows.sort();
    let (its, theirs) = (open.principal_id.as_str(), unified.principal_id.as_str());
    let sums =
        [(its, 1, "32.20"), (theirs, 1, "2.43"), (theirs, 1, "64.40"), (theirs, 2, "-32.20")];
    assert_eq!(rows, sums.map(|(customer, kind, amount)| (customer, kind, decimal(amount))));

    // Who pays is told apart: the master pays for one of them.
    let payers = |payer: &Key| -> Vec<String> {
        let fields = json!({"cycle": CYCLE, "statistic_type": 3,
                            "payer_account_id": payer.principal_id});
        let body = asks("ListCustomerselfResourceRecordDetails", fields);
        let lines = body.at("monthly_records").as_list().iter();
        lines.map(|line| line.text_at("payer_account_id").to_owned()).collect()
    };
    assert_eq!(payers(master), vec![master.principal_id.clone(); 4]);
    assert_eq!(payers(open), std::slice::from_ref(&open.principal_id));
    assert!(payers(unified).is_empty());
}

/// What the month costs of it: a term from 10 March to 10 April has 32 days, 22 of them in March.
fn assert_costs_of_all(app: &App, day: &Day) {
    let Day { master, open, unified, .. } = day;
    let month = json!({"shared_month": CYCLE, "method": "all", "limit": 100});
    let body = call(app, master, "ListCustomerBillsMonthlyBreakDown", &month).expect("costs");
    let details = body.at("details").as_list();
    assert_eq!(details.len(), 5);
    let of_open: Vec<_> =
        details.iter().filter(|it| it.text_at("customer_id") == open.principal_id).collect();
    // 32.20 * 22 / 32 = 22.1375.
    let halves = [
        ("current_month_amortized_amount", "22.1375"),
        ("future_months_amortized_amount", "10.0625"),
    ];
    assert_amounts(of_open[0], &halves);

    let costs = json!({
        "time_condition": {"time_measure_id": 2, "begin_time": CYCLE, "end_time": CYCLE},
        "groupby": [{"type": "dimension", "key": "ASSOCIATED_ACCOUNT"},
                    {"type": "dimension", "key": "PAYER_ACCOUNT_ID"}],
        "cost_type": "ORIGINAL_COST", "amount_type": "NET_AMOUNT",
    });
    let body = call(app, master, "ListCosts", &costs).expect("costs");
    let groups: Vec<_> = body
        .at("cost_data")
        .as_list()
        .iter()
        .map(|data| {
            let dimensions = data.at("dimensions").as_list().iter();
            let values: Vec<String> = dimensions.map(|it| it.text_at("value").to_owned()).collect();
            (values, data.text_at("amount_by_costs").to_owned())
        })
        .collect();
    let group = |customer: &Key, payer: &Key, amount: &str| {
        let values = [customer, payer].map(|key| key.principal_id.clone());
        (values.to_vec(), amount.to_owned())
    };
    // Without coupons: 20.00 + 7.20, and 29.20 + 2.43.
    assert_eq!(groups, [group(open, open, "27.20"), group(unified, master, "31.63")]);
}
