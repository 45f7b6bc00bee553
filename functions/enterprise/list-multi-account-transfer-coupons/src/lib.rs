//! List the coupons that the calling master can transfer to members.
//!
//! `ListMultiAccountTransferCoupons`, `GET /v2/enterprises/multi-accounts/transfer-coupons`.

use billing::api::coupons::MovableCoupon;
use billing::api::{Answer, PageRule, Refusal};
use billing::component::Call;
use billing::operations::move_enterprise_coupons::transferable;
use serde::Serialize;

billing::component! { GET ListMultiAccountTransferCoupons => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let slice = call.query(|query| query.slice_by(&PageRule::USUAL))?;

    let now = call.now();
    let coupons =
        call.read(async |books| transferable(books, caller, books.at(now), slice).await).await?;

    let coupons_of_master = coupons.items.into_iter().map(MovableCoupon::of_master);
    Answer::ok(&ListMultiAccountTransferCouponsResponse {
        total_count: coupons.total_count,
        avail_transfer_coupons: coupons_of_master.collect(),
    })
}

#[derive(Serialize)]
struct ListMultiAccountTransferCouponsResponse {
    total_count: u64,
    avail_transfer_coupons: Vec<MovableCoupon>,
}
