//! `UpdateCouponQuotas`.

use super::issue_coupons::Coupons;
use super::{Call, ClientBooks, Model, Operations, distributor, operations};
use crate::domain::error::Reason;
use crate::operations::grant_quotas::{GrantQuotas, grant_quotas};
use crate::simulation::world::Rules;

/// What each reseller gets, in yuan: `Q` does not suffice for two grants.
const AMOUNT: u64 = 300;

/// Resellers of one grant.
const RECEIVERS: usize = 2;

/// Parts of `Q` to the reseller, which is named twice; the answer is how many.
pub async fn perform(books: &mut ClientBooks<'_, '_>, randoms: &[[u8; 16]]) -> Result<u64, Reason> {
    let resellers = vec!["R".parse().expect("id"); RECEIVERS];
    let amount = AMOUNT.to_string().parse().expect("money");
    let order = GrantQuotas::check(distributor(), "Q".parse().expect("id"), resellers, amount)?;
    let granted = grant_quotas(books, &order, randoms).await?;
    Ok(u64::try_from(granted.len()).expect("few"))
}

pub fn model(model: &mut Model) -> Result<u64, Reason> {
    let receivers = u64::try_from(RECEIVERS).expect("few");
    let left = model.balance("QQ").checked_sub(AMOUNT * receivers);
    *model.account("QQ") = left.ok_or(Reason::QuotaExhausted)?;
    model.granted += AMOUNT * receivers;
    Ok(receivers)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    use Call::{GrantQuota, ReclaimQuota};
    let many = Call::Issue(Coupons::MANY);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("two grants beyond the quota", &[&[GrantQuota], &[GrantQuota]]),
        scenario("a grant and an issue", &[&[GrantQuota], &[many]]),
        scenario("a grant and a reclaim, folding", &[&[GrantQuota], &[ReclaimQuota]]).folding(),
    ]
}
