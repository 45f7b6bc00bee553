//! `ReclaimCouponQuotas`.

use super::issue_coupons::Coupons;
use super::{Call, ClientBooks, Model, Operations, distributor, operations};
use crate::domain::error::Reason;
use crate::operations::reclaim_quotas::{ReclaimQuotas, reclaim_quotas};
use crate::simulation::world::Rules;

/// The reseller's quota `Q1` back to `Q`; the answer is 1, or 0 when it was reclaimed before.
pub async fn perform(books: &mut ClientBooks<'_, '_>) -> Result<u64, Reason> {
    let quotas = vec!["Q1".parse().expect("id")];
    let order = ReclaimQuotas::check(distributor(), quotas, None)?;
    let reclaimed = reclaim_quotas(books, &order).await?;
    Ok(reclaimed.iter().map(|reclaimed| u64::from(reclaimed.outcome.is_ok())).sum())
}

pub fn model(model: &mut Model) -> Result<u64, Reason> {
    let first = model.reclaimed.insert("Q1");
    *model.account("QQ") += model.balance("QQ1");
    *model.account("QQ1") = 0;
    Ok(u64::from(first))
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    use Call::{ImportBooking, ReclaimQuota};
    let (one, two) = (Call::Issue(Coupons::ONE), Call::Issue(Coupons::TWO));
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("an issue and a reclaim", &[&[two], &[ReclaimQuota]]),
        scenario("two reclaims", &[&[ReclaimQuota], &[ReclaimQuota]]),
        scenario("an issue and a reclaim, folding", &[&[two], &[ReclaimQuota]]).folding(),
        scenario("issues, a reclaim and an import", &[&[one, one], &[ReclaimQuota, ImportBooking]]),
        scenario("an issue, a reclaim and an import", &[&[two], &[ReclaimQuota], &[ImportBooking]])
            .faultless(),
    ]
}
