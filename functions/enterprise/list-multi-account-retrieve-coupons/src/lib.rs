//! List the coupons that the calling master can take back from a member.
//!
//! `ListMultiAccountRetrieveCoupons`, `GET /v2/enterprises/multi-accounts/retrieve-coupons`.

use billing::api::coupons::MovableCoupon;
use billing::api::{Answer, PageRule, Refusal};
use billing::component::Call;
use billing::operations::move_enterprise_coupons::retrievable;
use billing::value::id::CustomerId;
use serde::Serialize;

billing::component! { GET ListMultiAccountRetrieveCoupons => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let (member_id, slice) = call.query(|query| {
        let member_id: CustomerId = query.required("sub_customer_id")?;
        Ok((member_id, query.slice_by(&PageRule::USUAL)?))
    })?;

    let now = call.now();
    let coupons = call
        .read(async |books| retrievable(books, caller, &member_id, books.at(now), slice).await)
        .await?;

    let coupons_of_member = coupons.items.into_iter().map(MovableCoupon::of_member);
    Answer::ok(&ListMultiAccountRetrieveCouponsResponse {
        total_count: coupons.total_count,
        avail_retrieve_coupons: coupons_of_member.collect(),
    })
}

#[derive(Serialize)]
struct ListMultiAccountRetrieveCouponsResponse {
    total_count: u64,
    avail_retrieve_coupons: Vec<MovableCoupon>,
}
