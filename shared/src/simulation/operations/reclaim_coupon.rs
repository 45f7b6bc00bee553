//! `ReclaimPartnerCoupons`, and coupons that expire.

use super::issue_coupons::Coupons;
use super::{Call, ClientBooks, Model, Operations, distributor, operations};
use crate::domain::error::Reason;
use crate::operations::issue_coupons::{Issue, IssueCoupons, issue};
use crate::operations::reclaim_coupon::{CouponReclaim, ReclaimCoupon, reclaim_coupon};
use crate::simulation::world::{Rules, START_SECONDS};
use crate::value::id::CouponId;
use chrono::{DateTime, TimeDelta, Utc};

/// One of the two coupons that there are from the start, each of all that quota `Q2` had for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    Usable,
    Expired,
}

/// Worth of each, in yuan.
pub const WORTH: u64 = 10;

/// How long the one lives that has expired when the clients begin.
pub const LIFE: TimeDelta = TimeDelta::seconds(1);

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(START_SECONDS, 0).expect("a time")
}

impl Slip {
    fn random(self) -> [u8; 16] {
        match self {
            Self::Usable => [1; 16],
            Self::Expired => [2; 16],
        }
    }

    pub fn id(self) -> CouponId {
        CouponId::new(start(), 0, &self.random())
    }
}

/// Issues both, at the time at which the world begins.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    for (slip, expire_time) in [(Slip::Usable, None), (Slip::Expired, Some(start() + LIFE))] {
        let asked = Issue {
            quota_id: "Q2".parse().expect("id"),
            customer_ids: vec!["C".parse().expect("id")],
            face_value: WORTH.to_string().parse().expect("money"),
            valid_time: None,
            expire_time: expire_time.map(Into::into),
            cloud_service_types: None,
            product_ids: None,
            memo: None,
            indirect_partner_id: Some("R".parse().expect("id")),
        };
        let order = IssueCoupons::check(distributor(), asked)?;
        let issued = issue(books, &order, &[slip.random()]).await?;
        assert_eq!(issued[0].outcome, Ok(slip.id()));
    }
    Ok(())
}

/// A coupon back to `Q2`; the answer is 1, or 0 when it was back there because it had expired.
pub async fn perform(books: &mut ClientBooks<'_, '_>, slip: Slip) -> Result<u64, Reason> {
    let order = ReclaimCoupon::check(distributor(), slip.id(), Some("R".to_owned()))?;
    match reclaim_coupon(books, &order).await? {
        CouponReclaim::Reclaimed(_) => Ok(1),
        CouponReclaim::Expired(_) => Ok(0),
    }
}

pub fn model(model: &mut Model, slip: Slip) -> Result<u64, Reason> {
    if !model.give_back(slip) {
        return Err(Reason::CouponNotReclaimable);
    }
    Ok(u64::from(slip == Slip::Usable))
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [usable, expired] = [Slip::Usable, Slip::Expired].map(Call::ReclaimCoupon);
    let again = Call::Issue(Coupons::OF_RETURNED);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("a coupon reclaimed twice", &[&[usable], &[usable]]),
        scenario("an expired coupon and an issue", &[&[expired], &[again]]),
        scenario("two issues of what expired", &[&[again], &[again]]),
        scenario("two coupons reclaimed, folding", &[&[usable], &[expired]]).folding(),
    ]
}
