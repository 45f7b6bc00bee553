//! Issue coupons: move value from a coupon quota to customers, one coupon each.
//!
//! `CreatePartnerCoupons`, `POST /v2/promotions/benefits/partner-coupons`.

use billing::api::{Answer, ErrorDetail, Refusal};
use billing::component::Call;
use billing::operations::issue_coupons::{self, Issue, IssueCoupons, Issued};
use billing::value::id::{CouponId, CustomerId, PartnerId, QuotaId};
use billing::value::money::Money;
use billing::value::text;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

pub async fn create(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: CreatePartnerCouponsReq = call.body()?;

    let order = IssueCoupons::check(caller.clone(), request.into())?;
    let randoms = call.randoms(order.coupons_max());
    call.update(async |books| {
        let issued = issue_coupons::issue(books, &order, &randoms).await?;
        Answer::ok(&CreatePartnerCouponsResponse::from(issued))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreatePartnerCouponsReq {
    quota_id: QuotaId,
    customer_ids: Vec<CustomerId>,
    face_value: Money,
    valid_time: Option<Timestamp>,
    expire_time: Option<Timestamp>,
    cloud_service_types: Option<Vec<String>>,
    product_ids: Option<Vec<String>>,
    memo: Option<String>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

impl From<CreatePartnerCouponsReq> for Issue {
    fn from(request: CreatePartnerCouponsReq) -> Self {
        Self {
            quota_id: request.quota_id,
            customer_ids: request.customer_ids,
            face_value: request.face_value,
            valid_time: request.valid_time,
            expire_time: request.expire_time,
            cloud_service_types: request.cloud_service_types,
            product_ids: request.product_ids,
            memo: request.memo,
            indirect_partner_id: request.indirect_partner_id,
        }
    }
}

#[derive(Default, Serialize)]
struct CreatePartnerCouponsResponse {
    error_details: Vec<ErrorDetail>,
    coupon_infos: Vec<CouponSimpleInfo>,
}

/// A coupon and, as `id`, the customer it went to.
#[derive(Serialize)]
struct CouponSimpleInfo {
    id: CustomerId,
    coupon_id: CouponId,
}

impl From<Vec<Issued>> for CreatePartnerCouponsResponse {
    fn from(issued: Vec<Issued>) -> Self {
        let mut response = Self::default();
        for Issued { customer_id, outcome } in issued {
            match outcome {
                Ok(coupon_id) => {
                    response.coupon_infos.push(CouponSimpleInfo { id: customer_id, coupon_id });
                }
                Err(reason) => {
                    response.error_details.push(ErrorDetail::new(customer_id.as_str(), &reason));
                }
            }
        }
        response
    }
}
