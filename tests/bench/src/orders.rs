//! Orders of the tenant's first customer, placed through the operator's routes.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Expected;
use crate::operation::{pay, refunds};
use crate::site::Site;
use crate::tenant::{RENEWED, TENANT};

/// Orders that requests are about, by their identities.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Orders {
    /// To be paid.
    pub paid: Vec<String>,
    /// To be cancelled.
    pub cancelled: Vec<String>,
    /// One that waits for payment and goes on to.
    pub waiting: Option<String>,
    /// One that gave something back.
    pub refunded: Option<String>,
    /// Resources that were bought, to be renewed.
    pub renewed: Vec<String>,
    /// And to be given back.
    pub returned: Vec<String>,
}

/// Pay-per-use resources: a page of them.
const STARTED: u32 = 10;

/// Most resources that are bought to be renewed, and to be given back: each takes three requests.
const BOUGHT_MAX: u32 = 500;

/// One product at a yuan a month: enough for a discount to take off something. And one that is paid
/// by its use.
const CATALOGUE: [&str; 7] = [
    r#"{"kind":"service_type","service_type_code":"bench.service","name_zh":"b","name_en":"b","abbreviation":"B"}"#,
    r#"{"kind":"resource_type","resource_type_code":"bench.resource","service_type_code":"bench.service","name_zh":"b","name_en":"b"}"#,
    r#"{"kind":"region","region_code":"bench-1","name_zh":"b","name_en":"b","zones":[]}"#,
    r#"{"kind":"product","product_id":"bench-product","service_type_code":"bench.service","resource_type_code":"bench.resource","resource_spec":"bench.small","name_zh":"b","name_en":"b","region_code":"bench-1","charge_mode":1}"#,
    r#"{"kind":"price","product_id":"bench-product","period_type":2,"amount":"1.00","effective_time":"2020-01-01T00:00:00Z"}"#,
    r#"{"kind":"incentive_policy","service_type_code":"bench.service","incentive_policy":"1","allow_discount":"YES","effective_time":"2020-01-01T00:00:00Z"}"#,
    r#"{"kind":"product","product_id":"bench-used","service_type_code":"bench.service","resource_type_code":"bench.resource","resource_spec":"bench.used","name_zh":"b","name_en":"b","region_code":"bench-1","charge_mode":3}"#,
];

/// Places the orders, which a discount is offered for, has resources provisioned that can be renewed or
/// given back, and starts some that are paid by their use.
///
/// # Errors
/// The bundle does not take them.
pub fn place(site: &Site) -> Result<Orders> {
    let operator = site.operator()?;
    let import = |lines: &str| match operator.send_book(lines.as_bytes())? {
        Ok(_) => Ok(()),
        Err(refusal) => anyhow::bail!("refused: {refusal:?}"),
    };
    import(&CATALOGUE.join("\n"))?;
    let place = || -> Result<String> {
        let line = json!({"service_type_code": "bench.service", "region_code": "bench-1",
                          "resource_type_code": "bench.resource", "resource_spec": "bench.small",
                          "period_type": 2, "period_num": 1});
        let body = json!({"tenant_id": TENANT, "customer_id": site.tenant.customer(0),
                          "lines": [line]});
        let answer = operator.post_json("/operator/v1/orders", &body)?;
        let id = answer["order"]["order_id"].as_str().context("an order without an id")?;
        Ok(id.to_owned())
    };
    let several = || (0..site.tenant.once).map(|_| place()).collect::<Result<Vec<String>>>();
    let paid_and_then = |became: Value| -> Result<()> {
        let order = place()?;
        site.once(&pay(&order), Expected::Nothing)?;
        let report = json!({"tenant_id": TENANT, "order_id": order, "lines": [became]});
        operator.post_json("/operator/v1/orders/provision", &report).map(drop)
    };
    let provided = |resource_id: String| -> Result<String> {
        let resources = json!([{"resource_id": resource_id}]);
        paid_and_then(json!({"line": 1, "resources": resources}))?;
        Ok(resource_id)
    };
    let resources = |name: &str| -> Result<Vec<String>> {
        let count = site.tenant.once.min(BOUGHT_MAX);
        (0..count).map(|number| provided(format!("bench-{name}-{number}"))).collect()
    };
    paid_and_then(json!({"line": 1, "failed": true}))?;
    provided(RENEWED.to_owned())?;
    for number in 0..STARTED {
        let start = json!({"tenant_id": TENANT, "customer_id": site.tenant.customer(0),
                           "resource_id": format!("bench-started-{number}"),
                           "service_type_code": "bench.service", "region_code": "bench-1",
                           "resource_type_code": "bench.resource",
                           "resource_spec": "bench.used"});
        operator.post_json("/operator/v1/resources", &start)?;
    }
    let (_, answer) = site.once(&refunds(), Expected::Begins("{"))?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let refunded = answer["order_infos"][0]["order_id"].as_str().map(str::to_owned);
    let (renewed, returned) = (resources("renewed")?, resources("returned")?);
    let [paid, cancelled] = [several()?, several()?];
    let discount = json!({"kind": "partner_discount", "tenant_id": TENANT,
                          "customer_id": site.tenant.customer(0), "discount_id": "bench-ratio",
                          "discount_name": "b", "discount_type": 607, "discount_ratio": "0.8",
                          "effective_time": "2020-01-01T00:00:00Z"});
    import(&discount.to_string())?;
    Ok(Orders { paid, cancelled, waiting: Some(place()?), refunded, renewed, returned })
}
