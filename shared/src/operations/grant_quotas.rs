//! Granting quotas: a distributor gives parts of a quota to resellers.

use crate::books::BooksMut;
use crate::domain::account::AccountId;
use crate::domain::coupon::{Quota, QuotaStatus, QuotaType};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::partner::{CallingPartner, PartnerKind};
use crate::operations::expire_coupons::Expired;
use crate::value::id::{PartnerId, QuotaId};
use crate::value::money::Money;
use crate::value::time::Timestamp;

/// Most resellers of one request.
pub const RESELLERS_MAX: usize = 100;

/// Parts of a quota to be granted.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The distributor that gives.
    pub caller: CallingPartner,
    /// The quota it gives from.
    pub parent_quota_id: QuotaId,
    /// Who receives a part; a reseller named twice receives two.
    pub receivers: Vec<Receiver>,
    /// How much each part is.
    pub amount: Money,
    /// When.
    pub time: Timestamp,
}

/// A reseller that receives a part of a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// The reseller.
    pub indirect_partner_id: PartnerId,
    /// Identity of its new quota, known to be free.
    pub quota_id: QuotaId,
}

/// A request to grant whose fields are in order.
#[derive(Clone, Debug)]
pub struct GrantQuotas {
    caller: CallingPartner,
    quota_id: QuotaId,
    indirect_partner_ids: Vec<PartnerId>,
    amount: Money,
}

impl GrantQuotas {
    /// Checks who asks, and the fields of a request.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for anyone but a distributor, then [`Reason::Field`].
    pub fn check(
        caller: CallingPartner,
        quota_id: QuotaId,
        indirect_partner_ids: Vec<PartnerId>,
        quota_amount: Money,
    ) -> Result<Self, Reason> {
        if caller.kind != PartnerKind::Distributor {
            return Err(Reason::CallerNotPermitted);
        }
        match indirect_partner_ids.len() {
            0 => return Err(Reason::field("indirect_partner_ids", "must name a reseller")),
            1..=RESELLERS_MAX => {}
            _ => {
                let fault = format!("must name at most {RESELLERS_MAX} resellers");
                return Err(Reason::field("indirect_partner_ids", fault));
            }
        }
        let amount = quota_amount
            .positive_two_decimals()
            .map_err(|error| Reason::field("quota_amount", error.to_string()))?;
        Ok(Self { caller, quota_id, indirect_partner_ids, amount })
    }

    /// How many quotas are asked for, and so how many random numbers [`grant_quotas`] needs.
    pub fn quotas_max(&self) -> usize {
        self.indirect_partner_ids.len()
    }
}

/// Grants the quotas, all or none, in the order of the resellers. `randoms` has one number for
/// each of them, drawn before the transaction, which draws none itself.
///
/// # Errors
/// As [`grant`].
pub async fn grant_quotas(
    books: &mut BooksMut<'_, '_>,
    order: &GrantQuotas,
    randoms: &[[u8; 16]],
) -> Result<Vec<Receiver>, Reason> {
    let now = books.instant();
    let receivers = order.indirect_partner_ids.iter().zip(randoms).map(|(id, random)| Receiver {
        indirect_partner_id: id.clone(),
        quota_id: QuotaId::new(now, random),
    });
    let order = Grant {
        caller: order.caller.clone(),
        parent_quota_id: order.quota_id.clone(),
        receivers: receivers.collect(),
        amount: order.amount,
        time: now.into(),
    };
    grant(books, &order).await?;
    Ok(order.receivers)
}

/// Moves parts of a quota into new ones of resellers, with the parent's times, type and limits.
/// Only cash coupon quotas can be granted.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::AmountNotPositive`],
/// [`Reason::CallerNotPermitted`], [`Reason::NotYourReseller`], [`Reason::QuotaNotYours`],
/// [`Reason::QuotaNotGrantable`], [`Reason::QuotaNotInEffect`], [`Reason::QuotaExhausted`].
pub async fn grant(books: &mut BooksMut<'_, '_>, grant: &Grant) -> Result<(), Reason> {
    if !grant.amount.is_positive() {
        return Err(Reason::AmountNotPositive);
    }
    if grant.caller.kind != PartnerKind::Distributor {
        return Err(Reason::CallerNotPermitted);
    }
    let resellers = grant.receivers.iter().map(|receiver| receiver.indirect_partner_id.clone());
    let parent_id = std::slice::from_ref(&grant.parent_quota_id);
    books.load_quotas(parent_id, &resellers.collect::<Vec<_>>()).await?;
    for receiver in &grant.receivers {
        books.acting_for(&grant.caller, Some(&receiver.indirect_partner_id)).await?;
    }
    let parent = books.quota(&grant.parent_quota_id).await?;
    let parent = parent.filter(|parent| parent.partner_id == grant.caller.partner_id);
    let parent = parent.ok_or(Reason::QuotaNotYours)?;
    check_grantable(&parent, grant.time)?;
    let expired = Expired::find(books, &[&parent]).await?;
    books.load_coupons(&expired.coupons().cloned().collect::<Vec<_>>(), &[]).await?;
    let parent = expired.take_back(books).await?.pop().unwrap_or(parent);
    let mut left = books.held(&AccountId::Quota(parent.quota_id.clone())).await?.balance;
    for _ in &grant.receivers {
        left = left.checked_sub(grant.amount).map_err(|_| Reason::QuotaExhausted)?;
        if left.is_negative() {
            return Err(Reason::QuotaExhausted);
        }
    }
    for receiver in &grant.receivers {
        give(books, grant, &parent, receiver).await?;
    }
    Ok(())
}

fn check_grantable(parent: &Quota, time: Timestamp) -> Result<(), Reason> {
    parent.check_usable(time).map_err(|reason| match reason {
        Reason::QuotaUnusable => Reason::QuotaNotGrantable,
        other => other,
    })?;
    match parent.quota_type {
        QuotaType::Cash => Ok(()),
        QuotaType::FlexiPurchase => Err(Reason::QuotaNotGrantable),
    }
}

/// Gives one part, which the quota is known to have.
async fn give(
    books: &mut BooksMut<'_, '_>,
    grant: &Grant,
    parent: &Quota,
    receiver: &Receiver,
) -> Result<(), Reason> {
    let transfer = Transfer {
        debit_account: AccountId::Quota(parent.quota_id.clone()),
        credit_account: AccountId::Quota(receiver.quota_id.clone()),
        amount: grant.amount,
        code: TransferCode::QuotaGrant,
        time: grant.time,
        memo: None,
        reference: None,
        trade_type: None,
    };
    let transfer_id = books.book_opening(&transfer).await?;
    let quota = Quota {
        quota_id: receiver.quota_id.clone(),
        partner_id: receiver.indirect_partner_id.clone(),
        parent_quota_id: Some(parent.quota_id.clone()),
        quota_value: grant.amount,
        status: QuotaStatus::Normal,
        create_time: grant.time,
        last_update_time: grant.time,
        remark: None,
        next_expiry: None,
        ..parent.clone()
    };
    books.add_quota(&quota, transfer_id)?;
    books.add_granted_quota(&parent.partner_id, &quota.quota_id, transfer_id);
    books.add_quota_record(&parent.partner_id, &quota, transfer_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::coupon::tests::{quota, time};

    #[test]
    fn checks_the_caller_and_then_the_fields() {
        use PartnerKind::{Distributor, Reseller, SolutionProvider};
        let ids = |count| vec!["r".parse().expect("id"); count];
        for (kind, resellers, amount, answer) in [
            (Distributor, ids(1), "0.01", "ok"),
            (Distributor, ids(100), "1.100", "ok"),
            (SolutionProvider, ids(0), "0", "caller"),
            (Reseller, ids(1), "1", "caller"),
            (Distributor, ids(0), "0", "indirect_partner_ids"),
            (Distributor, ids(101), "1", "indirect_partner_ids"),
            (Distributor, ids(1), "0", "quota_amount"),
            (Distributor, ids(1), "-1", "quota_amount"),
            (Distributor, ids(1), "0.001", "quota_amount"),
        ] {
            let caller = CallingPartner { partner_id: "p".parse().expect("id"), kind };
            let amount = amount.parse().expect("money");
            let quota_id = "q".parse().expect("id");
            let checked = match GrantQuotas::check(caller, quota_id, resellers, amount) {
                Ok(order) => {
                    assert!(order.quotas_max() > 0);
                    "ok"
                }
                Err(Reason::CallerNotPermitted) => "caller",
                Err(Reason::Field { name, .. }) => name,
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(checked, answer);
        }
    }

    #[test]
    fn only_usable_quotas_of_cash_coupons_are_granted() {
        let now = time("2026-06-01T00:00:00Z");
        let frozen = Quota { status: QuotaStatus::Frozen, ..quota() };
        let flexi = Quota { quota_type: QuotaType::FlexiPurchase, ..quota() };
        let over = Quota { expire_time: now, ..quota() };
        for (quota, answer) in [
            (quota(), Ok(())),
            (frozen, Err(Reason::QuotaNotGrantable)),
            (flexi, Err(Reason::QuotaNotGrantable)),
            (over, Err(Reason::QuotaNotInEffect)),
        ] {
            assert_eq!(check_grantable(&quota, now), answer, "{quota:?}");
        }
    }
}
