//! Granting quotas: a distributor gives part of a quota to a reseller.

use super::{Quota, QuotaStatus};
use crate::account::AccountId;
use crate::books::{Books, Writer};
use crate::error::Reason;
use crate::id::{PartnerId, QuotaId};
use crate::ledger::{Transfer, TransferCode};
use crate::money::Money;
use crate::partner::{CallingPartner, PartnerKind};
use crate::time::Timestamp;
use std::ops::DerefMut;

/// A quota to be granted.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The distributor that gives.
    pub caller: CallingPartner,
    /// The quota it gives from.
    pub parent_quota_id: QuotaId,
    /// Identity of the new quota, known to be free.
    pub quota_id: QuotaId,
    /// The reseller that receives.
    pub indirect_partner_id: PartnerId,
    /// How much.
    pub amount: Money,
    /// When.
    pub time: Timestamp,
}

/// Moves part of a quota into a new one of a reseller, with the parent's times, type and limits.
///
/// # Errors
/// In this order: [`Reason::AmountNotPositive`], [`Reason::CallerNotPermitted`],
/// [`Reason::NotYourReseller`], [`Reason::QuotaUnusable`], [`Reason::QuotaNotInEffect`],
/// [`Reason::QuotaExhausted`].
pub async fn grant<D: DerefMut<Target: Writer>>(
    books: &mut Books<D>,
    grant: &Grant,
) -> Result<(), Reason> {
    if !grant.amount.is_positive() {
        return Err(Reason::AmountNotPositive);
    }
    if grant.caller.kind != PartnerKind::Distributor {
        return Err(Reason::CallerNotPermitted);
    }
    let holder = books.acting_for(&grant.caller, Some(&grant.indirect_partner_id)).await?;
    let parent = books.quota(&grant.parent_quota_id).await?.ok_or(Reason::QuotaUnusable)?;
    if parent.partner_id != grant.caller.partner_id {
        return Err(Reason::QuotaUnusable);
    }
    parent.check_usable(grant.time)?;
    let parent_account = AccountId::Quota(parent.quota_id.clone());
    if books.held(&parent_account).await?.balance < grant.amount {
        return Err(Reason::QuotaExhausted);
    }
    let transfer = Transfer {
        debit_account: parent_account,
        credit_account: AccountId::Quota(grant.quota_id.clone()),
        amount: grant.amount,
        code: TransferCode::QuotaGrant,
        time: grant.time,
        memo: None,
        reference: None,
        trade_type: None,
    };
    let transfer_id = books.book_opening(&transfer).await?;
    let quota = Quota {
        quota_id: grant.quota_id.clone(),
        partner_id: holder,
        parent_quota_id: Some(parent.quota_id),
        quota_value: grant.amount,
        status: QuotaStatus::Normal,
        create_time: grant.time,
        last_update_time: grant.time,
        remark: None,
        ..parent
    };
    books.add_quota(&quota, transfer_id)?;
    books.add_granted_quota(&parent.partner_id, &quota.quota_id, transfer_id);
    books.add_quota_record(&parent.partner_id, transfer_id);
    Ok(())
}
