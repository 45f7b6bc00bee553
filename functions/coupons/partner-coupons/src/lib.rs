//! The coupons that a partner issues: `/v2/promotions/benefits/partner-coupons`.

mod create;
mod list;

billing::component! {
    GET ListIssuedPartnerCoupons => list::list,
    POST CreatePartnerCoupons => create::create,
}
