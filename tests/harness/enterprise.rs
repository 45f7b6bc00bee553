//! An enterprise made for a test: a master with members of each kind.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::{used, with};
use crate::harness::book::Book;
use crate::harness::json::Json;
use crate::harness::money::{Refused, call, key_of_customer};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// Cash that the master has at the beginning.
pub const CASH: &str = "500.00";
/// Credit of the master that never expires, and that which expires then.
pub const CREDIT: &str = "80.00";
pub const EXPIRING_CREDIT: &str = "60.00";
pub const EXPIRES: &str = "2090-01-01T15:59:59Z";

/// The root of the organisation, and the parts below it.
pub const ROOT: &str = "1000";
pub const DEPARTMENT: &str = "1100";
pub const TEAM: &str = "1110";

/// A master that pays for itself, with its members.
pub struct Enterprise {
    pub master: Key,
    /// A member with money of its own.
    pub member: Key,
    /// A member that the master pays for.
    pub unified: Key,
    /// A member of another legal entity.
    pub foreign_entity: String,
}

/// Identity of the member with money of its own, also before there is one.
pub fn member_id(tenant: &Tenant) -> String {
    format!("{}-member", tenant.tenant_id)
}

impl Enterprise {
    /// Makes the tenant's referral customer a master.
    pub fn in_books_of(app: &App, tenant: &Tenant) -> Self {
        let master = &tenant.referral_customer;
        let member = member_id(tenant);
        let unified = format!("{}-unified", tenant.tenant_id);
        let foreign_entity = format!("{}-foreign", tenant.tenant_id);
        let customer = |id: &str, name: &str| {
            json!({"kind": "customer", "customer_id": id, "association_type": "1",
                   "partner_id": tenant.distributor.principal_id,
                   "account_name": format!("{}-{name}", tenant.tenant_id)})
        };
        let part = |id: &str, parent: &str, name: &str| {
            json!({"kind": "organization", "customer_id": master, "org_id": id,
                   "parent_id": parent, "name": name, "relation_id": format!("{id}-relation")})
        };
        let joining = |id: &str, rest: Value| {
            let mut line = json!({"kind": "enterprise_member", "master_id": master,
                                  "customer_id": id, "joined_at": "2026-01-06T00:00:00Z"});
            for (name, value) in rest.as_object().expect("an object") {
                line[name] = value.clone();
            }
            line
        };
        let cash = json!({"account_type": 1, "amount": CASH});
        let credit = json!({"account_type": 2, "amount": CREDIT});
        let expiring =
            json!({"account_type": 2, "amount": EXPIRING_CREDIT, "expire_time": EXPIRES});
        let bookings = [("cash", cash), ("credit", credit), ("expiring", expiring)];
        let bookings = bookings.map(|(name, mut line)| {
            line["kind"] = json!("booking");
            line["booking_id"] = json!(format!("{}-master-{name}", tenant.tenant_id));
            line["customer_id"] = json!(master);
            line["at"] = json!("2026-01-06T00:00:00Z");
            line
        });
        let lines = [
            customer(&member, "member"),
            customer(&unified, "unified"),
            customer(&foreign_entity, "foreign"),
            json!({"kind": "enterprise", "customer_id": master, "org_id": ROOT}),
            part(DEPARTMENT, ROOT, "Department"),
            part(TEAM, DEPARTMENT, "Team"),
            joining(&member, json!({"display_name": "The member", "org_id": TEAM})),
            joining(&unified, json!({"financial_custody": 1, "org_id": DEPARTMENT})),
            joining(&foreign_entity, json!({"sub_customer_association_type": 2})),
        ];
        import(app, tenant, lines.into_iter().chain(bookings));
        Self {
            master: key_of_customer(app, tenant, master),
            member: key_of_customer(app, tenant, &member),
            unified: key_of_customer(app, tenant, &unified),
            foreign_entity,
        }
    }
}

/// Brings lines of the tenant's into the books.
pub fn import(app: &App, tenant: &Tenant, lines: impl IntoIterator<Item = Value>) {
    let lines = lines.into_iter().map(|mut line| {
        line["tenant_id"] = json!(tenant.tenant_id);
        format!("{line}\n")
    });
    app.import(&Book::new(lines.collect()));
}

/// Moves money of the master to a member, or back, and answers why not.
pub fn moves(app: &App, key: &Key, operation: &str, fields: &Value) -> Result<(), Refused> {
    let answer = app.sdk(key, operation, fields);
    match answer.outcome {
        Ok(_) => {
            assert_eq!((answer.reply.status, answer.reply.body.len()), (204, 0));
            Ok(())
        }
        Err(error) => Err((error.status_code, error.error_code)),
    }
}

/// Cash that a customer sees.
pub fn cash(app: &App, key: &Key) -> Decimal {
    let body = call(app, key, "ShowCustomerAccountBalances", &json!({})).expect("balances");
    let balances = body.at("account_balances").as_list();
    let cash = balances.iter().find(|it| it.at("account_type").as_integer() == 1);
    cash.expect("cash").at("amount").as_decimal()
}

/// Credit that a customer sees: what is available, and the limit.
pub fn credits(app: &App, key: &Key) -> Vec<(Decimal, Decimal)> {
    let body = call(app, key, "ShowCustomerAccountBalances", &json!({})).expect("balances");
    let balances = body.at("account_balances").as_list().iter();
    let credit = balances.filter(|it| it.at("account_type").as_integer() == 2);
    let amounts = |it: &Json| (it.at("amount").as_decimal(), it.at("credit_amount").as_decimal());
    credit.map(amounts).collect()
}

/// The rows of what a master can transfer to members, or take back from one.
pub fn movable(app: &App, key: &Key, operation: &str, fields: &Value) -> Vec<Json> {
    let body = call(app, key, operation, fields).expect("amounts");
    let rows = body.at("amount_infos").as_list().to_vec();
    assert_eq!(body.at("total_count").as_integer(), i64::try_from(rows.len()).expect("fits"));
    rows
}

/// A member to be created, which has the master's mobile number.
pub fn new_member(name: &str) -> Value {
    json!({"party_id": ROOT, "sub_customer_association_type": 1,
           "new_sub_customer": {"customer_name": name, "use_pri_mobile_phone": "Y",
                                "password": "a-Password-of-1"}})
}

/// A request for a code to the mobile of a member that is to be created.
pub fn code_request(mobile: &str) -> Value {
    json!({"mobile_phone": mobile,
           "sm_template_args": [{"key": "sub_customer_name", "value": "new-member"}]})
}

/// A customer of the tenant's that is authenticated as an enterprise.
pub fn company(app: &App, tenant: &Tenant, _: &Value) -> Key {
    let id = format!("{}-company", tenant.tenant_id);
    let line = json!({"kind": "customer", "customer_id": id, "association_type": "2",
                      "partner_id": tenant.distributor.principal_id, "customer_type": 1,
                      "verified_status": "2"});
    import(app, tenant, [line]);
    key_of_customer(app, tenant, &id)
}

/// Adds a member with money of its own that lets the master see its bills.
pub fn open_member(app: &App, tenant: &Tenant) -> Key {
    let id = format!("{}-open", tenant.tenant_id);
    let customer = json!({"kind": "customer", "customer_id": id, "association_type": "1",
                          "partner_id": tenant.distributor.principal_id});
    let joining = json!({"kind": "enterprise_member", "master_id": tenant.referral_customer,
                         "customer_id": id, "permission_ids": ["READ_CONSUME_BILL"],
                         "joined_at": "2026-01-06T00:00:00Z"});
    import(app, tenant, [customer, joining]);
    key_of_customer(app, tenant, &id)
}

/// Checks whose bills a master sees with each `method`, and on each page: its own, those of the
/// member that it pays for, and those of one that lets it, but those of no other one.
pub fn assert_whose_bills(
    app: &App,
    operation: &str,
    list: &str,
    fields: &Value,
    every_member: Option<&Value>,
) {
    let tenant = Tenant::in_books_of(app);
    let Enterprise { master, member, unified, foreign_entity } =
        Enterprise::in_books_of(app, &tenant);
    let open = open_member(app, &tenant);
    for customer in [&master, &member, &unified, &open].map(|key| key.principal_id.as_str()) {
        let name = format!("use-{customer}");
        let line = used(&tenant, &name, "2026-09-02T14:00:00Z", "2026-09-02T15:00:00Z");
        import(app, &tenant, [with(line, &json!({"customer_id": customer}))]);
    }
    let seen = |key: &Key, more: &Value| -> (i64, Vec<String>) {
        let body = call(app, key, operation, &with(fields.clone(), more)).expect("bills");
        let items = body.at(list).as_list().iter();
        let customers = items.map(|item| item.text_at("customer_id").to_owned()).collect();
        (body.at("total_count").as_integer(), customers)
    };
    let [own, paid, shown] = [&master, &unified, &open].map(|key| key.principal_id.clone());
    let all = [own.clone(), shown.clone(), paid.clone()];
    let of = |customer: &str| json!({"method": "sub_customer", "sub_customer_id": customer});
    let no_one: &[String] = &[];
    let nobody = of("nobody");
    let mut cases = vec![
        (json!({}), &all[..]),
        (json!({"method": "all"}), &all[..]),
        (json!({"method": "oneself"}), &all[..1]),
        (of(&paid), &all[2..]),
        (of(&shown), &all[1..2]),
        // Nothing tells a member that shows nothing from a stranger.
        (of(&member.principal_id), no_one),
        (of(&foreign_entity), no_one),
        (of(&own), no_one),
        (of(&tenant.customers[0]), no_one),
        (nobody, no_one),
    ];
    cases.extend(every_member.map(|fields| (fields.clone(), &all[1..])));
    for (more, expected) in cases {
        let count = i64::try_from(expected.len()).expect("fits");
        assert_eq!(seen(&master, &more), (count, expected.to_vec()), "{operation} {more}");
    }
    for offset in 0..4 {
        let page = seen(&master, &json!({"offset": offset, "limit": 2}));
        let expected: Vec<String> = all.iter().skip(offset).take(2).cloned().collect();
        assert_eq!(page, (3, expected), "{operation} from {offset} on");
    }
    for key in [&unified, &member, &open] {
        let own = vec![key.principal_id.clone()];
        assert_eq!(seen(key, &json!({})), (1, own), "{operation}");
        assert_eq!(seen(key, &of(&master.principal_id)), (0, Vec::new()), "{operation}");
    }
}
