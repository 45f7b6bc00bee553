//! Reclaiming quotas: what is left goes back to the quota it was granted from.

use crate::books::BooksMut;
use crate::domain::account::AccountId;
use crate::domain::coupon::{Quota, QuotaStatus};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::partner::{CallingPartner, PartnerKind};
use crate::operations::expire_coupons::Expired;
use crate::value::id::{CouponId, QuotaId};
use crate::value::money::Money;
use crate::value::time::Timestamp;

/// Most quotas of one request.
pub const QUOTAS_MAX: usize = 10;

/// Longest remark, in characters.
const REMARK_CHARACTERS_MAX: usize = 256;

/// A request whose fields are in order.
#[derive(Clone, Debug)]
pub struct ReclaimQuotas {
    caller: CallingPartner,
    quota_ids: Vec<QuotaId>,
    remark: Option<String>,
}

/// The result for one quota of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reclaimed {
    /// The quota.
    pub quota_id: QuotaId,
    /// What it holds afterwards, or [`Reason::QuotaUnusable`].
    pub outcome: Result<Money, Reason>,
}

impl ReclaimQuotas {
    /// Checks who asks, and the fields of a request.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for anyone but a distributor, then [`Reason::Field`].
    pub fn check(
        caller: CallingPartner,
        quota_ids: Vec<QuotaId>,
        remark: Option<String>,
    ) -> Result<Self, Reason> {
        if caller.kind != PartnerKind::Distributor {
            return Err(Reason::CallerNotPermitted);
        }
        match quota_ids.len() {
            0 => return Err(Reason::field("quota_ids", "must name a quota")),
            1..=QUOTAS_MAX => {}
            _ => {
                let fault = format!("must name at most {QUOTAS_MAX} quotas");
                return Err(Reason::field("quota_ids", fault));
            }
        }
        let remark_characters = remark.as_deref().map_or(0, |remark| remark.chars().count());
        if remark_characters > REMARK_CHARACTERS_MAX {
            let fault = format!("must have at most {REMARK_CHARACTERS_MAX} characters");
            return Err(Reason::field("remark", fault));
        }
        Ok(Self { caller, quota_ids, remark })
    }
}

/// Reclaims the quotas in the order given, with what their expired coupons still hold. Coupons
/// issued from them stay valid; what comes back of one later can be reclaimed once more. A quota
/// that is named twice is reclaimed once; the second time it is an error entry.
///
/// # Errors
/// Only failures of the store: what is wrong with a quota is its outcome.
pub async fn reclaim_quotas(
    books: &mut BooksMut<'_, '_>,
    order: &ReclaimQuotas,
) -> Result<Vec<Reclaimed>, Reason> {
    load_granted(books, order).await?;
    take_back_expired(books, order).await?;
    let mut reclaimed = Vec::with_capacity(order.quota_ids.len());
    for quota_id in &order.quota_ids {
        let outcome = match reclaimable(books, &order.caller, quota_id).await? {
            Some((quota, parent)) => Ok(reclaim(books, quota, parent, order.remark.clone()).await?),
            None => Err(Reason::QuotaUnusable),
        };
        reclaimed.push(Reclaimed { quota_id: quota_id.clone(), outcome });
    }
    Ok(reclaimed)
}

/// Reads ahead the quotas, and then those that they came from and the partners that hold them.
async fn load_granted(books: &BooksMut<'_, '_>, order: &ReclaimQuotas) -> Result<(), Reason> {
    books.load_quotas(&order.quota_ids, &[]).await?;
    let (mut parents, mut holders) = (Vec::new(), Vec::new());
    for quota_id in &order.quota_ids {
        if let Some(quota) = books.quota(quota_id).await? {
            parents.extend(quota.parent_quota_id);
            holders.push(quota.partner_id);
        }
    }
    books.load_quotas(&parents, &holders).await
}

/// What the quotas' expired coupons hold is reclaimed with the quotas.
async fn take_back_expired(
    books: &mut BooksMut<'_, '_>,
    order: &ReclaimQuotas,
) -> Result<(), Reason> {
    let mut quotas: Vec<Quota> = Vec::with_capacity(order.quota_ids.len());
    for quota_id in &order.quota_ids {
        if let Some((quota, _)) = granted(books, &order.caller, quota_id).await?
            && !quotas.iter().any(|known| known.quota_id == quota.quota_id)
        {
            quotas.push(quota);
        }
    }
    let expired = Expired::find(books, &quotas.iter().collect::<Vec<_>>()).await?;
    let coupons: Vec<CouponId> = expired.coupons().cloned().collect();
    books.load_coupons(&coupons, &[]).await?;
    expired.take_back(books).await?;
    Ok(())
}

/// The quota and the one it came from, if the caller granted it to one of its resellers and there
/// is something to reclaim: it is not reclaimed yet, or a coupon has come back to it since.
async fn reclaimable(
    books: &BooksMut<'_, '_>,
    caller: &CallingPartner,
    quota_id: &QuotaId,
) -> Result<Option<(Quota, Quota)>, Reason> {
    let Some((quota, parent)) = granted(books, caller, quota_id).await? else {
        return Ok(None);
    };
    let open = quota.status != QuotaStatus::Reclaimed
        || books.held(&AccountId::Quota(quota.quota_id.clone())).await?.balance.is_positive();
    Ok(open.then_some((quota, parent)))
}

/// The quota and the one it came from, if the caller granted it to one of its resellers.
async fn granted(
    books: &BooksMut<'_, '_>,
    caller: &CallingPartner,
    quota_id: &QuotaId,
) -> Result<Option<(Quota, Quota)>, Reason> {
    let Some(quota) = books.quota(quota_id).await? else {
        return Ok(None);
    };
    let Some(parent_id) = &quota.parent_quota_id else {
        return Ok(None);
    };
    let Some(parent) = books.quota(parent_id).await? else {
        return Ok(None);
    };
    let holder = books.partner(&quota.partner_id).await?;
    let granted = parent.partner_id == caller.partner_id && caller.act_for(holder).is_ok();
    Ok(granted.then_some((quota, parent)))
}

/// Moves what is left and closes the quota. Answers what it holds afterwards.
async fn reclaim(
    books: &mut BooksMut<'_, '_>,
    quota: Quota,
    parent: Quota,
    remark: Option<String>,
) -> Result<Money, Reason> {
    let now: Timestamp = books.now();
    let account = AccountId::Quota(quota.quota_id.clone());
    let amount = books.held(&account).await?.balance;
    if amount.is_positive() {
        let transfer = Transfer {
            debit_account: account.clone(),
            credit_account: AccountId::Quota(parent.quota_id),
            amount,
            code: TransferCode::QuotaReclaim,
            time: now,
            memo: remark.clone(),
            reference: None,
            trade_type: None,
        };
        let transfer_id = books.book(&transfer).await?;
        books.add_quota_record(&parent.partner_id, &quota, transfer_id)?;
    }
    books.replace_quota(&Quota {
        status: QuotaStatus::Reclaimed,
        last_update_time: now,
        remark,
        ..quota
    })?;
    Ok(books.held(&account).await?.balance.at_least_two_decimals())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_the_caller_and_then_the_fields() {
        use PartnerKind::{Distributor, Reseller, SolutionProvider};
        let ids = |count| vec!["q".parse().expect("id"); count];
        let remark = |characters| Some("é".repeat(characters));
        for (kind, quota_ids, remark, answer) in [
            (Distributor, ids(1), None, "ok"),
            (Distributor, ids(10), remark(256), "ok"),
            (SolutionProvider, ids(0), None, "caller"),
            (Reseller, ids(1), None, "caller"),
            (Distributor, ids(0), None, "quota_ids"),
            (Distributor, ids(11), remark(257), "quota_ids"),
            (Distributor, ids(1), remark(257), "remark"),
        ] {
            let caller = CallingPartner { partner_id: "p".parse().expect("id"), kind };
            let checked = match ReclaimQuotas::check(caller, quota_ids, remark) {
                Ok(_) => "ok",
                Err(Reason::CallerNotPermitted) => "caller",
                Err(Reason::Field { name, .. }) => name,
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(checked, answer);
        }
    }
}
