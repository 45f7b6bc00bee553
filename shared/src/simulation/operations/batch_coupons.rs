//! Coupons issued and reclaimed in batches, as in the partner centre.

use super::issue_coupons::Coupons;
use super::reclaim_coupon::{Slip, WORTH};
use super::trade::{self, Deed, Means, PRICE, Slot};
use super::{Call, ClientBooks, Model, Operations, distributor, operations};
use crate::domain::error::Reason;
use crate::operations::batch_coupons::{
    BatchItem, IssueBatch, ReclaimBatch, issue_batch, reclaim_batch,
};
use crate::operations::issue_coupons::Issue;
use crate::simulation::world::Rules;
use crate::value::id::CouponId;

/// What is done. The answer has a bit for each item that succeeded, the first one's lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Coupons of the reseller's, some of which cannot be issued.
    Issue,
    /// The two coupons that there are from the start, the usable one named twice.
    Reclaim,
    /// The coupon that the customer of [`trade`] can pay with.
    ReclaimOfBuyer,
}

/// Quota, customer and yuan of each item. The quota of the second one is not there, the customer of
/// the third one is not the reseller's, the fourth one is worth nothing.
const ITEMS: [(&str, &str, u64); 5] =
    [("Q1", "C", 10), ("Q9", "C", 10), ("Q1", "P", 10), ("Q1", "C", 0), ("Q1", "C", 10)];

/// The places of those that can be issued while the quota suffices.
const POSSIBLE: [usize; 2] = [0, 4];

fn bits(succeeded: impl IntoIterator<Item = bool>) -> u64 {
    succeeded.into_iter().zip(0..).map(|(success, place)| u64::from(success) << place).sum()
}

pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    batch: Batch,
    randoms: &[[u8; 16]],
) -> Result<u64, Reason> {
    let reseller = || Some("R".parse().expect("id"));
    let (coupons, reseller): (Vec<CouponId>, _) = match batch {
        Batch::Issue => {
            let items = ITEMS.map(item).into();
            let order = IssueBatch::check(distributor(), items, reseller())?;
            let issued = issue_batch(books, &order, randoms).await?;
            return Ok(bits(issued.iter().map(|issued| issued.outcome.is_ok())));
        }
        Batch::Reclaim => {
            ([Slip::Usable, Slip::Expired, Slip::Usable].map(Slip::id).into(), reseller())
        }
        Batch::ReclaimOfBuyer => (vec![trade::coupon()], None),
    };
    let order = ReclaimBatch::check(distributor(), coupons, reseller)?;
    let reclaimed = reclaim_batch(books, &order).await?;
    Ok(bits(reclaimed.iter().map(|reclaimed| reclaimed.outcome.is_ok())))
}

fn item((quota, customer, face_value): (&str, &str, u64)) -> BatchItem {
    let issue = Issue::plain(
        quota.parse().expect("id"),
        Vec::new(),
        face_value.to_string().parse().expect("money"),
    );
    BatchItem { customer_id: customer.parse().expect("id"), issue }
}

pub fn model(model: &mut Model, batch: Batch) -> Result<u64, Reason> {
    let succeeded: Vec<bool> = match batch {
        Batch::Issue => {
            let is_open = !model.reclaimed.contains("Q1");
            let mut issue = |place: usize| {
                let issued = is_open && POSSIBLE.contains(&place) && model.balance("QQ1") >= WORTH;
                if issued {
                    *model.account("QQ1") -= WORTH;
                    model.coupons += WORTH;
                }
                issued
            };
            (0..ITEMS.len()).map(&mut issue).collect()
        }
        Batch::Reclaim => {
            let first = model.give_back(Slip::Usable);
            model.give_back(Slip::Expired);
            vec![first]
        }
        Batch::ReclaimOfBuyer => {
            let is_there = !model.is_coupon_spent;
            if is_there {
                model.is_coupon_spent = true;
                model.coupons -= PRICE;
                *model.account("QQW") += PRICE;
            }
            vec![is_there]
        }
    };
    Ok(bits(succeeded))
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [issue, reclaim, of_buyer] =
        [Batch::Issue, Batch::Reclaim, Batch::ReclaimOfBuyer].map(Call::Batch);
    let pay = Call::Trade(Deed::Pay(Slot::Keeper, Means::Coupon));
    let two = Call::Issue(Coupons::TWO);
    let one_of_it = Call::ReclaimCoupon(Slip::Usable);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("two batches beyond the quota", &[&[issue], &[issue]]),
        scenario("a batch over two connections", &[&[issue], &[issue]]).of_one_token(),
        scenario("a batch and an issue beyond the quota", &[&[issue], &[two]]),
        scenario("a batch and a reclaim of its quota", &[&[issue], &[Call::ReclaimQuota]]),
        scenario("a batch reclaimed twice", &[&[reclaim], &[reclaim]]),
        scenario("a batch reclaimed, and a coupon of it", &[&[reclaim], &[one_of_it]]),
        scenario("a coupon reclaimed in a batch and used", &[&[of_buyer], &[pay]]),
        scenario("batches issued and reclaimed, folding", &[&[issue], &[reclaim]]).folding(),
    ]
}
