//! What goes back into a coupon that its partner has taken back meanwhile.

use super::{Shop, distributor, id, line, placing, with_coupon};
use crate::domain::coupon::{CouponRecordKind, CouponStatus, RecordFilter};
use crate::domain::error::Reason;
use crate::operations::reclaim_coupon::{CouponReclaim, ReclaimCoupon, reclaim_coupon};
use crate::operations::unsubscribe_resources::Extent;
use crate::value::id::CouponId;
use crate::value::page::Slice;
use crate::value::time::Period;

impl Shop {
    fn reclaim(&self, coupon: &CouponId) -> Result<CouponReclaim, Reason> {
        let order = ReclaimCoupon::check(distributor(), coupon.clone(), None)?;
        self.update(async |books| reclaim_coupon(books, &order).await)
    }
}

#[test]
fn goes_on_to_its_quota_at_once() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    let coupon = shop.coupon("20", "2028-12-31T00:00:00Z");
    let order = shop.place(placing(vec![line("15")]));
    let paid = shop.pay(&order, with_coupon(&coupon)).expect("paid");
    shop.provide(&paid, &[(0, &["r"])]).expect("provided");
    assert_eq!(shop.reclaim(&coupon), Ok(CouponReclaim::Reclaimed("5.00".parse().expect("5"))));
    // 1,000.00 - 20.00 + 5.00.
    assert_eq!(shop.balance("QQ"), "985.00");
    shop.audit();

    shop.unsubscribe(&["r"], Extent::Resource).expect("unsubscribed");
    assert_eq!(shop.balance("QQ"), "1000.00");
    assert_eq!(shop.balance(&format!("K{coupon}")), "0.00");
    assert_eq!(shop.balance("CC"), "500.00");
    assert_eq!(shop.reclaim(&coupon), Err(Reason::CouponNotReclaimable));
    shop.audit();
    // Its quota waits for it no more.
    shop.clock("2029-01-01T00:00:00Z");
    assert_eq!(shop.tick().coupons, 0);
    let records = shop.read(async |books| {
        let filter = RecordFilter {
            kinds: None,
            quota_id: None,
            coupon_type: None,
            coupon_ids: None,
            time: Period::ALL,
            customer_id: None,
            result: None,
        };
        books.coupon_records(&id("D"), &filter, Slice::first(10)).await
    });
    let mut kinds: Vec<CouponRecordKind> = records.items.iter().map(|it| it.kind).collect();
    kinds.sort();
    use CouponRecordKind::{Issue, Reclaim, Unsubscription};
    assert_eq!(kinds, [Issue, Reclaim, Unsubscription]);
    let status = shop.read(async |books| books.coupon(&coupon).await).expect("a coupon");
    let now = shop.store_now();
    assert_eq!(status.status_at("0".parse().expect("0"), now), CouponStatus::Reclaimed);
}
