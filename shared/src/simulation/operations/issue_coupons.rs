//! `CreatePartnerCoupons`.

use super::reclaim_coupon::Slip;
use super::{Call, ClientBooks, Limits, Model, Operations, distributor, operations};
use crate::domain::error::Reason;
use crate::operations::issue_coupons::{Issue, IssueCoupons, issue};
use crate::simulation::world::Rules;
use crate::value::id::{CouponId, CustomerId};

/// Coupons of one request; the answer is how many there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coupons {
    quota: &'static str,
    count: usize,
    face_value: u64,
}

/// Most coupons of one request.
pub const COUNT_MAX: usize = 40;

impl Coupons {
    /// One of the three that the reseller's quota suffices for.
    pub const ONE: Self = Self { quota: "Q1", count: 1, face_value: 10 };
    /// Two of them.
    pub const TWO: Self = Self { count: 2, ..Self::ONE };
    /// What the reseller's other quota has once its expired coupon is back.
    pub const OF_RETURNED: Self = Self { quota: "Q2", count: 1, ..Self::ONE };
    /// As many as make a transaction that no log takes: it folds, whatever there was before.
    pub const MANY: Self = Self { quota: "Q", count: COUNT_MAX, face_value: 1 };
}

pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    coupons: Coupons,
    randoms: &[[u8; 16]],
) -> Result<u64, Reason> {
    let customers = vec!["C".parse().expect("id"); coupons.count];
    let face_value = coupons.face_value.to_string().parse().expect("money");
    let asked = Issue {
        memo: Some("m".repeat(500)),
        indirect_partner_id: Some("R".parse().expect("id")),
        ..Issue::plain(coupons.quota.parse().expect("id"), customers, face_value)
    };
    let order = IssueCoupons::check(distributor(), asked)?;
    let issued = issue(books, &order, randoms).await?;
    Ok(issued.iter().map(|issued| u64::from(issued.outcome.is_ok())).sum())
}

/// Issues one coupon of the distributor's, named by `random`, before clients begin.
pub async fn issue_one(
    books: &mut ClientBooks<'_, '_>,
    quota: &str,
    customer: CustomerId,
    face_value: u64,
    random: [u8; 16],
) -> Result<CouponId, Reason> {
    let face_value = face_value.to_string().parse().expect("money");
    let asked = Issue::plain(quota.parse().expect("id"), vec![customer], face_value);
    let order = IssueCoupons::check(distributor(), asked)?;
    let mut issued = issue(books, &order, &[random]).await?;
    issued.remove(0).outcome
}

pub fn model(model: &mut Model, coupons: Coupons) -> Result<u64, Reason> {
    let Coupons { quota, count, face_value } = coupons;
    if model.reclaimed.contains(quota) {
        return Err(Reason::QuotaUnusable);
    }
    let account = match quota {
        "Q" => "QQ",
        "Q2" => "QQ2",
        _ => "QQ1",
    };
    if quota == "Q2" {
        model.give_back(Slip::Expired);
    }
    let balance = model.account(account);
    let issued = u64::try_from(count).expect("small").min(*balance / face_value);
    *balance -= issued * face_value;
    model.coupons += issued * face_value;
    Ok(issued)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let (one, two) = (Call::Issue(Coupons::ONE), Call::Issue(Coupons::TWO));
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("one issue", &[&[one]]),
        // The answer is lost, and so is the attempt to read back: only the token helps.
        Operations {
            limits: Limits::faults(2),
            ..scenario("one issue, and no way to look", &[&[one]])
        },
        scenario("two issues beyond the quota", &[&[two], &[two]]),
        scenario("two issues each, beyond the quota", &[&[one, one], &[one, one]]),
        scenario("one issue over two connections", &[&[one], &[one]]).of_one_token(),
        scenario("one issue over two connections, folding", &[&[one], &[one]])
            .of_one_token()
            .folding(),
        scenario("two issues beyond the quota, folding", &[&[two], &[two]]).folding(),
        scenario("three issues, folding", &[&[two], &[one], &[one]]).folding().faultless(),
    ]
}
