//! `SetResourcesRenewConfig`: when renewals are deducted, and on which day renewed terms end.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::tenant::Tenant;

const OPERATION: &str = "SetResourcesRenewConfig";

#[test]
fn takes_the_values_that_a_setting_can_have_and_no_other() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (name, value, is_taken) in [
        ("DEDUCTION_DATE", "2", true),
        ("DEDUCTION_DATE", "7", true),
        ("DEDUCTION_DATE", "1", false),
        ("DEDUCTION_DATE", "8", false),
        ("DEDUCTION_DATE", "x", false),
        ("EXPIRE_DATE", "1", true),
        ("EXPIRE_DATE", "28", true),
        ("EXPIRE_DATE", "-1", true),
        ("EXPIRE_DATE", "0", false),
        ("EXPIRE_DATE", "29", false),
        ("expire_date", "1", false),
    ] {
        let fields = json!({"config_name": name, "config_value": value});
        let reply = app.sdk(&tenant.customer, OPERATION, &fields).reply;
        if is_taken {
            assert_eq!(reply.status, 200, "{name} {value}: {}", reply.text());
            assert_eq!(reply.json().text_at("error_code"), "CBC.0000");
        } else {
            assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{name} {value}");
        }
    }
}
