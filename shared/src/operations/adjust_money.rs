//! Allocating money to customers and resellers, and taking it back.
//!
//! Money is drawn on a partner's cash alone: credit is what the cloud lends the partner for its own
//! bills, and no money to hand out.

use super::repay_debt::repay_debt;
use super::statements::check_funded;
use crate::books::BooksMut;
use crate::domain::account::{AccountBalance, AccountId, AccountType};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode, TransferId};
use crate::domain::partner::{CallingPartner, PartnerKind};
use crate::value::id::{CustomerId, PartnerId};
use crate::value::money::Money;
use crate::value::text;
use serde::Deserialize;

/// A movement between a partner and a customer, as the wire asks for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerAdjustment {
    /// Who gets the money, or gives it back.
    pub customer_id: CustomerId,
    /// How much, in yuan.
    pub amount: Money,
    /// The reseller whose customer it is, when it is not the caller's own.
    #[serde(default, deserialize_with = "text::optional")]
    pub indirect_partner_id: Option<PartnerId>,
}

/// A movement between a distributor and a reseller, as the wire asks for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResellerAdjustment {
    /// Who gets the money, or gives it back.
    pub indirect_partner_id: PartnerId,
    /// How much, in yuan.
    pub amount: Money,
}

/// A request about a customer whose fields are in order.
#[derive(Clone, Debug)]
pub struct AdjustCustomer {
    caller: CallingPartner,
    adjustment: CustomerAdjustment,
}

/// A request about a reseller whose fields are in order.
#[derive(Clone, Debug)]
pub struct AdjustReseller {
    caller: CallingPartner,
    adjustment: ResellerAdjustment,
}

impl AdjustCustomer {
    /// Checks the fields of a request.
    ///
    /// # Errors
    /// [`Reason::Field`] of an amount that is not above zero with at most two decimals.
    pub fn check(caller: CallingPartner, adjustment: CustomerAdjustment) -> Result<Self, Reason> {
        let amount = checked_amount(adjustment.amount)?;
        Ok(Self { caller, adjustment: CustomerAdjustment { amount, ..adjustment } })
    }
}

impl AdjustReseller {
    /// Checks who asks, and the fields of a request.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for anyone but a distributor, then [`Reason::Field`] of an
    /// amount that is not above zero with at most two decimals.
    pub fn check(caller: CallingPartner, adjustment: ResellerAdjustment) -> Result<Self, Reason> {
        if caller.kind != PartnerKind::Distributor {
            return Err(Reason::CallerNotPermitted);
        }
        let amount = checked_amount(adjustment.amount)?;
        Ok(Self { caller, adjustment: ResellerAdjustment { amount, ..adjustment } })
    }
}

fn checked_amount(amount: Money) -> Result<Money, Reason> {
    amount.positive_two_decimals().map_err(|error| Reason::field("amount", error.to_string()))
}

/// Allocates money of the partner, or of the reseller it acts for, to a customer.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourReseller`], [`Reason::NotYourCustomer`],
/// [`Reason::NoPermissionOnCustomer`] for one that pays the cloud directly, and
/// [`Reason::PartnerCannotPay`] or [`Reason::ResellerCannotPay`].
pub async fn allocate_to_customer(
    books: &mut BooksMut<'_, '_>,
    order: &AdjustCustomer,
) -> Result<TransferId, Reason> {
    let partner = partner_of_customer(books, order).await?;
    let CustomerAdjustment { customer_id, amount, indirect_partner_id } = &order.adjustment;
    if !covers(books, &partner, *amount).await? {
        return Err(match indirect_partner_id {
            None => Reason::PartnerCannotPay,
            Some(_) => Reason::ResellerCannotPay,
        });
    }
    let from = AccountId::PartnerBalance(partner.clone());
    let to = AccountId::CustomerBalance(customer_id.clone());
    let id = adjust(books, &partner, from, to, *amount, TransferCode::CustomerAllocation).await?;
    repay_debt(books, customer_id).await?;
    Ok(id)
}

/// Takes money back from a customer, to the partner or to the reseller it acts for.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourReseller`], [`Reason::NotYourCustomer`],
/// [`Reason::NoPermissionOnCustomer`] and [`Reason::InsufficientBalance`] of the customer.
pub async fn reclaim_from_customer(
    books: &mut BooksMut<'_, '_>,
    order: &AdjustCustomer,
) -> Result<TransferId, Reason> {
    let partner = partner_of_customer(books, order).await?;
    let CustomerAdjustment { customer_id, amount, .. } = &order.adjustment;
    let from = AccountId::CustomerBalance(customer_id.clone());
    let to = AccountId::PartnerBalance(partner.clone());
    adjust(books, &partner, from, to, *amount, TransferCode::CustomerReclaim).await
}

/// Allocates money of a distributor to one of its resellers.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourReseller`], and
/// [`Reason::InsufficientBalance`] of the distributor.
pub async fn allocate_to_reseller(
    books: &mut BooksMut<'_, '_>,
    order: &AdjustReseller,
) -> Result<TransferId, Reason> {
    let AdjustReseller { caller, adjustment } = order;
    let ResellerAdjustment { indirect_partner_id, amount } = adjustment;
    let reseller = books.acting_for(caller, Some(indirect_partner_id)).await?;
    if !covers(books, &caller.partner_id, *amount).await? {
        return Err(Reason::InsufficientBalance);
    }
    let from = AccountId::PartnerBalance(caller.partner_id.clone());
    let to = AccountId::PartnerBalance(reseller);
    adjust(books, &caller.partner_id, from, to, *amount, TransferCode::ResellerAllocation).await
}

/// Takes money of a reseller back to its distributor.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourReseller`], and
/// [`Reason::InsufficientBalance`] of the reseller.
pub async fn reclaim_from_reseller(
    books: &mut BooksMut<'_, '_>,
    order: &AdjustReseller,
) -> Result<TransferId, Reason> {
    let AdjustReseller { caller, adjustment } = order;
    let ResellerAdjustment { indirect_partner_id, amount } = adjustment;
    let reseller = books.acting_for(caller, Some(indirect_partner_id)).await?;
    let from = AccountId::PartnerBalance(reseller);
    let to = AccountId::PartnerBalance(caller.partner_id.clone());
    adjust(books, &caller.partner_id, from, to, *amount, TransferCode::ResellerReclaim).await
}

/// The partner whose customer the order names, if that may be funded.
async fn partner_of_customer(
    books: &BooksMut<'_, '_>,
    order: &AdjustCustomer,
) -> Result<PartnerId, Reason> {
    let CustomerAdjustment { customer_id, indirect_partner_id, .. } = &order.adjustment;
    let partner = books.acting_for(&order.caller, indirect_partner_id.as_ref()).await?;
    books.load_customer_balances(std::slice::from_ref(customer_id)).await?;
    check_funded(books, &partner, customer_id).await?;
    Ok(partner)
}

/// Whether a partner's cash, less what is set aside of it, suffices.
async fn covers(
    books: &BooksMut<'_, '_>,
    partner: &PartnerId,
    amount: Money,
) -> Result<bool, Reason> {
    let held = books.held(&AccountId::PartnerBalance(partner.clone())).await?;
    Ok(AccountBalance::new(AccountType::Balance, held).covers(amount))
}

/// Books a movement and lists it among those of `partner`, whose money it is or becomes.
async fn adjust(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    debit_account: AccountId,
    credit_account: AccountId,
    amount: Money,
    code: TransferCode,
) -> Result<TransferId, Reason> {
    let time = books.now();
    let transfer = Transfer {
        debit_account,
        credit_account,
        amount,
        code,
        time,
        memo: None,
        reference: None,
        trade_type: None,
    };
    let transfer_id = books.book(&transfer).await?;
    books.add_adjust_record(partner, &transfer, transfer_id)?;
    Ok(transfer_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_the_caller_and_then_the_amount() {
        use PartnerKind::{Distributor, Reseller, SolutionProvider};
        for (kind, amount, of_reseller, of_customer) in [
            (Distributor, "0.01", "ok", "ok"),
            (Distributor, "1.100", "ok", "ok"),
            (Distributor, "0", "amount", "amount"),
            (Distributor, "-1", "amount", "amount"),
            (Distributor, "1.001", "amount", "amount"),
            (SolutionProvider, "1", "caller", "ok"),
            (SolutionProvider, "0", "caller", "amount"),
            (Reseller, "0", "caller", "amount"),
        ] {
            let caller = CallingPartner { partner_id: "p".parse().expect("id"), kind };
            let amount: Money = amount.parse().expect(amount);
            let adjustment = CustomerAdjustment {
                customer_id: "c".parse().expect("id"),
                amount,
                indirect_partner_id: None,
            };
            let indirect_partner_id = "r".parse().expect("id");
            let of_a_reseller = ResellerAdjustment { indirect_partner_id, amount };
            let reseller = AdjustReseller::check(caller.clone(), of_a_reseller);
            assert_eq!(outcome(reseller), of_reseller, "{kind:?} {amount}");
            let customer = AdjustCustomer::check(caller, adjustment);
            assert_eq!(outcome(customer), of_customer, "{kind:?} {amount}");
        }
    }

    fn outcome<T>(checked: Result<T, Reason>) -> &'static str {
        match checked {
            Ok(_) => "ok",
            Err(Reason::CallerNotPermitted) => "caller",
            Err(Reason::Field { name, .. }) => name,
            Err(other) => panic!("{other:?}"),
        }
    }
}
