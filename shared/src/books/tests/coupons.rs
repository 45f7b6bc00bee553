//! Coupons that come back, and the lists that show them.

use super::*;
use crate::domain::coupon::{
    CouponFilter, CouponList, CouponRecordKind, CouponStatus, RecordFilter, ShownCoupon,
};
use crate::operations::expire_coupons::EXPIRED_PER_WRITE;
use crate::operations::grant_quotas::{Grant, Receiver, grant};
use crate::operations::reclaim_coupon::{CouponReclaim, ReclaimCoupon, reclaim_coupon};
use crate::value::page::Slice;
use crate::value::time::Period;

impl Ledger {
    fn clock(&self) -> Timestamp {
        crate::store::Environment::now(&self.store).into()
    }

    /// Issues coupons that live for some seconds, to a customer of the quota's holder.
    fn issue_for(
        &self,
        quota: &str,
        count: usize,
        face_value: &str,
        seconds: i64,
    ) -> Vec<CouponId> {
        let quota_id = quota.parse().expect("id");
        let holder = self.read(async |books| books.quota(&quota_id).await).expect("a quota");
        let holder = holder.partner_id;
        let customer = customers(holder.as_str(), AssociationType::Resale).remove(0);
        let issue = Issue {
            quota_id,
            customer_ids: vec![customer.parse().expect("id"); count],
            face_value: face_value.parse().expect("money"),
            valid_time: None,
            expire_time: Some((self.clock().instant() + TimeDelta::seconds(seconds)).into()),
            cloud_service_types: None,
            product_ids: None,
            memo: None,
            indirect_partner_id: Some(holder).filter(|id| id.as_str() != DISTRIBUTOR),
        };
        let caller = caller(DISTRIBUTOR, PartnerKind::Distributor);
        let order = IssueCoupons::check(caller, issue).expect("fields");
        let randoms: Vec<[u8; 16]> =
            (0..count).map(|_| crate::store::Environment::random(&self.store)).collect();
        let issued = self.update(async |books| {
            crate::operations::issue_coupons::issue(books, &order, &randoms).await
        });
        let issued = issued.expect("issued").into_iter();
        issued.map(|item| item.outcome.expect("a coupon")).collect()
    }

    fn reclaim_coupon(&self, coupon: &CouponId) -> Result<CouponReclaim, Reason> {
        let caller = caller(DISTRIBUTOR, PartnerKind::Distributor);
        let order = ReclaimCoupon::check(caller, coupon.clone(), None).expect("fields");
        self.update(async |books| reclaim_coupon(books, &order).await)
    }

    fn coupons(&self, filter: &CouponFilter, offset: u64, limit: usize) -> Page<ShownCoupon> {
        let list = CouponList::Issued(DISTRIBUTOR.parse().expect("id"));
        let now = self.clock();
        self.read(async |books| books.coupons(&list, filter, now, Slice { offset, limit }).await)
    }

    fn records(&self, filter: &RecordFilter) -> Vec<(CouponRecordKind, CouponId)> {
        let partner = DISTRIBUTOR.parse().expect("id");
        let page = self
            .read(async |books| books.coupon_records(&partner, filter, Slice::first(1000)).await);
        assert_eq!(page.total_count, count(&page.items));
        page.items.into_iter().map(|record| (record.kind, record.coupon.coupon_id)).collect()
    }

    fn next_expiry(&self, quota: &str) -> Option<Timestamp> {
        let id = quota.parse().expect("id");
        self.read(async |books| books.quota(&id).await).expect("a quota").next_expiry
    }
}

fn everything() -> RecordFilter {
    RecordFilter {
        kinds: None,
        quota_id: None,
        coupon_type: None,
        coupon_ids: None,
        customer_id: None,
        time: Period::ALL,
        result: None,
    }
}

#[test]
fn a_quota_knows_when_the_first_of_its_coupons_expires() {
    let ledger = Ledger::demo();
    assert_eq!(ledger.next_expiry(SMALL_QUOTA), None);
    let start = ledger.clock();
    let after = |seconds: i64| Some((start.instant() + TimeDelta::seconds(seconds)).into());
    ledger.issue_for(SMALL_QUOTA, 1, "1", 100);
    assert_eq!(ledger.next_expiry(SMALL_QUOTA), after(100));
    ledger.issue_for(SMALL_QUOTA, 1, "1", 50);
    assert_eq!(ledger.next_expiry(SMALL_QUOTA), after(50));
    ledger.issue_for(SMALL_QUOTA, 1, "1", 200);
    assert_eq!(ledger.next_expiry(SMALL_QUOTA), after(50));
    ledger.store.advance(TimeDelta::seconds(50));
    ledger.issue_for(SMALL_QUOTA, 1, "1", 1_000);
    assert_eq!(ledger.next_expiry(SMALL_QUOTA), after(100));
    assert_eq!(ledger.balance(&format!("Q{SMALL_QUOTA}")), "97.00");
    ledger.audit();
}

#[test]
fn one_write_takes_so_many_expired_coupons_back_and_the_next_the_rest() {
    let ledger = Ledger::demo();
    let many = EXPIRED_PER_WRITE + 8;
    ledger.issue_for(SMALL_QUOTA, many, "1", 10);
    ledger.store.advance(TimeDelta::seconds(9));
    let left = || ledger.balance(&format!("Q{SMALL_QUOTA}"));
    ledger.issue_for(SMALL_QUOTA, 1, "1", 1_000);
    assert_eq!(left(), "59.00");
    ledger.store.advance(TimeDelta::seconds(1));
    ledger.issue_for(SMALL_QUOTA, 1, "1", 1_000);
    assert_eq!(left(), "90.00");
    ledger.issue_for(SMALL_QUOTA, 1, "1", 1_000);
    assert_eq!(left(), "97.00");
    let expiries = RecordFilter { kinds: Some(vec![CouponRecordKind::Expiry]), ..everything() };
    assert_eq!(ledger.records(&expiries).len(), many);
    ledger.audit();
}

#[test]
fn a_quota_is_reclaimed_and_granted_with_what_expired() {
    let ledger = Ledger::demo();
    ledger.issue_for(SMALL_QUOTA, 1, "100", 10);
    ledger.store.advance(TimeDelta::seconds(10));
    let order = Grant {
        caller: caller(DISTRIBUTOR, PartnerKind::Distributor),
        parent_quota_id: SMALL_QUOTA.parse().expect("id"),
        receivers: vec![Receiver {
            indirect_partner_id: RESELLER_1.parse().expect("id"),
            quota_id: "granted".parse().expect("id"),
        }],
        amount: "60".parse().expect("money"),
        time: ledger.clock(),
    };
    ledger.update(async |books| grant(books, &order).await).expect("granted");
    let left = || ledger.balance(&format!("Q{SMALL_QUOTA}")).parse::<Money>();
    assert_eq!(left(), "40".parse());
    ledger.issue_for("granted", 1, "60", 10);
    ledger.store.advance(TimeDelta::seconds(10));
    assert_eq!(ledger.reclaim(&["granted"])[0].outcome, Ok(Money::ZERO));
    assert_eq!(left(), "100".parse());
    ledger.audit();
}

#[test]
fn a_coupon_comes_back_once() {
    let ledger = Ledger::demo();
    let [usable, expired] = [1_000, 10].map(|life| ledger.issue_for(SMALL_QUOTA, 1, "30", life));
    ledger.store.advance(TimeDelta::seconds(10));
    let worth: Money = "30".parse().expect("money");
    for (coupon, outcome, status, kind) in [
        (
            &usable[0],
            CouponReclaim::Reclaimed(worth),
            CouponStatus::Reclaimed,
            CouponRecordKind::Reclaim,
        ),
        (
            &expired[0],
            CouponReclaim::Expired(worth),
            CouponStatus::Expired,
            CouponRecordKind::Expiry,
        ),
    ] {
        assert_eq!(ledger.reclaim_coupon(coupon), Ok(outcome));
        assert_eq!(ledger.reclaim_coupon(coupon), Err(Reason::CouponNotReclaimable));
        let shown = ledger.coupons(&CouponFilter::all().since(ledger.clock()), 0, 10).items;
        let shown = shown.iter().find(|shown| shown.coupon.coupon_id == *coupon);
        // What has just expired is not what was not yet expired by now.
        assert_eq!(shown.is_some(), status != CouponStatus::Expired);
        let one = CouponFilter {
            coupon_id: Some(coupon.to_string()),
            ..CouponFilter::all().since(ledger.clock().months_before(1))
        };
        let shown = ledger.coupons(&one, 0, 10);
        assert_eq!((shown.items[0].status, shown.items[0].balance), (status, Money::ZERO));
        assert_eq!(ledger.records(&everything())[0], (kind, coupon.clone()));
    }
    assert_eq!(ledger.balance(&format!("Q{SMALL_QUOTA}")), "100.00");
    ledger.audit();
}

#[test]
fn lists_are_the_same_whether_contents_are_looked_at_or_not() {
    let ledger = Ledger::demo();
    let mut issued: Vec<CouponId> = Vec::new();
    for _ in 0..9 {
        issued.extend(ledger.issue_for(MAIN_QUOTA, 50, "1", 10_000));
        ledger.store.advance(TimeDelta::seconds(1));
    }
    issued.reverse();
    let all = CouponFilter::all().since(ledger.clock().months_before(1));
    let usable = CouponFilter { status: Some(CouponStatus::Usable), ..all.clone() };
    let from = ledger.clock().instant() - TimeDelta::seconds(5);
    let recent = Period::of_seconds(Some(from.into()), None);
    for (created, expected) in [(Period::ALL, &issued[..]), (recent, &issued[..250])] {
        for filter in [&all, &usable] {
            let filter = CouponFilter { created, ..filter.clone() };
            for (offset, limit) in [(0, 1_000), (0, 7), (199, 3), (245, 100), (1_000, 5)] {
                let page = ledger.coupons(&filter, offset, limit);
                let ids: Vec<CouponId> =
                    page.items.into_iter().map(|shown| shown.coupon.coupon_id).collect();
                let start = usize::try_from(offset).expect("fits").min(expected.len());
                let end = start.saturating_add(limit).min(expected.len());
                assert_eq!(page.total_count, count(expected), "{filter:?}");
                assert_eq!(ids, expected[start..end], "{filter:?} {offset} {limit}");
            }
        }
    }
    let issues = RecordFilter { kinds: Some(vec![CouponRecordKind::Issue]), ..everything() };
    assert_eq!(ledger.records(&everything()), ledger.records(&issues));
    assert_eq!(ledger.records(&everything()).len(), issued.len());
}

#[test]
fn coupons_that_expired_long_ago_are_left_out() {
    let ledger = Ledger::demo();
    let old = ledger.issue_for(MAIN_QUOTA, 2, "1", 10);
    let lasting = ledger.issue_for(MAIN_QUOTA, 2, "1", 1_000 * 24 * 3_600);
    ledger.store.advance(TimeDelta::days(400));
    let new = ledger.issue_for(MAIN_QUOTA, 2, "1", 10);
    ledger.store.advance(TimeDelta::seconds(20));
    let listed = |months: u32, offset: u64| {
        let filter = CouponFilter::all().since(ledger.clock().months_before(months));
        let page = ledger.coupons(&filter, offset, 100);
        let ids = page.items.into_iter().map(|shown| shown.coupon.coupon_id);
        (page.total_count, ids.collect::<Vec<_>>())
    };
    let rest = [&new[1], &new[0], &lasting[1], &lasting[0]].map(Clone::clone).to_vec();
    assert_eq!(listed(12, 0), (4, rest.clone()));
    assert_eq!(listed(12, 1), (4, rest[1..].to_vec()));
    assert_eq!(listed(12, 3), (4, rest[3..].to_vec()));
    let all = [rest, vec![old[1].clone(), old[0].clone()]].concat();
    assert_eq!(listed(24, 0), (6, all));
}
