//! The coupons that a partner issues: `/v2/promotions/benefits/partner-coupons`.

mod create;

billing::component! { POST => create::create }
