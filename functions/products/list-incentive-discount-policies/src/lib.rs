//! List by which policies sales count for a partner, and on which services it may give discounts.
//!
//! `ListIncentiveDiscountPolicies`, `GET /v2/products/incentive-discount-policies`.

use billing::api::{Answer, Query, Refusal, Text};
use billing::books::PolicyOf;
use billing::component::Call;
use billing::domain::catalogue::{AllowDiscount, IncentiveKind, Name};
use billing::value::id::TypeCode;
use billing::value::page::{Page, Slice};
use billing::value::time::Month;
use serde::Serialize;

billing::component! { GET ListIncentiveDiscountPolicies => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner()?;
    let Request { time, service, slice } = call.query(Request::read)?;

    // What counts is the last second of the month, in UTC+8.
    let at = time.end_utc_plus_8();
    let policies = match service.as_deref().map(str::parse::<TypeCode>).transpose() {
        Ok(service) => {
            call.read_catalogue(async |catalogue| {
                catalogue.policies(service.as_ref(), at, slice).await
            })
            .await?
        }
        // No service has a text for its code that is none.
        Err(_) => Page::empty(),
    };

    let items = policies.items.into_iter();
    Answer::ok(&ListIncentiveDiscountPoliciesResponse {
        policies: items.map(IncentiveAndDiscountPolicy::from).collect(),
        total_count: policies.total_count,
    })
}

struct Request {
    time: Month,
    service: Option<String>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        Ok(Self {
            time: query.required("time")?,
            service: query.text("service_type_code", Text::ANY)?,
            slice: query.slice(10, 1..=100)?,
        })
    }
}

#[derive(Serialize)]
struct ListIncentiveDiscountPoliciesResponse {
    policies: Vec<IncentiveAndDiscountPolicy>,
    total_count: u64,
}

#[derive(Serialize)]
struct IncentiveAndDiscountPolicy {
    service_type_code: TypeCode,
    service_type_name: Name,
    incentive_policy: IncentiveKind,
    allow_discount: AllowDiscount,
}

impl From<PolicyOf> for IncentiveAndDiscountPolicy {
    fn from(PolicyOf { policy, service }: PolicyOf) -> Self {
        Self {
            service_type_code: policy.service_type_code,
            service_type_name: service.name_zh,
            incentive_policy: policy.incentive_policy,
            allow_discount: policy.allow_discount,
        }
    }
}
