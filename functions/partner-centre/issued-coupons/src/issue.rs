//! Issue coupons: one result for each item, in their order.
//!
//! `POST /partner-centre/v1/issued-coupons`.

use crate::failure;
use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::batch_coupons::{self, BatchItem, IssueBatch};
use billing::operations::issue_coupons::{Issue, Issued};
use billing::value::id::{CouponId, CustomerId, PartnerId, QuotaId};
use billing::value::money::Money;
use billing::value::text;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

pub async fn issue(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Issuing { items, indirect_partner_id } = call.body()?;

    let items = items.into_iter().map(BatchItem::from).collect();
    let batch = IssueBatch::check(caller.clone(), items, indirect_partner_id)?;
    let randoms = call.randoms(batch.coupons_max());
    call.update(async |books| {
        let issued = batch_coupons::issue_batch(books, &batch, &randoms).await?;
        Answer::ok(&Results { results: issued.into_iter().map(Shown::from).collect() })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issuing {
    items: Vec<Item>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    quota_id: QuotaId,
    customer_id: CustomerId,
    face_value: Money,
    valid_time: Option<Timestamp>,
    expire_time: Option<Timestamp>,
    cloud_service_types: Option<Vec<String>>,
    product_ids: Option<Vec<String>>,
    memo: Option<String>,
}

impl From<Item> for BatchItem {
    fn from(item: Item) -> Self {
        let issue = Issue {
            quota_id: item.quota_id,
            customer_ids: Vec::new(),
            face_value: item.face_value,
            valid_time: item.valid_time,
            expire_time: item.expire_time,
            cloud_service_types: item.cloud_service_types,
            product_ids: item.product_ids,
            memo: item.memo,
            indirect_partner_id: None,
        };
        Self { customer_id: item.customer_id, issue }
    }
}

#[derive(Serialize)]
struct Results {
    results: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    customer_id: CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon_id: Option<CouponId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_msg: Option<String>,
}

impl From<Issued> for Shown {
    fn from(Issued { customer_id, outcome }: Issued) -> Self {
        let (coupon_id, (error_code, error_msg)) = match outcome {
            Ok(coupon_id) => (Some(coupon_id), (None, None)),
            Err(reason) => (None, failure(&reason)),
        };
        Self { customer_id, coupon_id, error_code, error_msg }
    }
}
