//! `UpdateCustomerAccountAmount`, `ReclaimToPartnerAccount`, `UpdateIndirectPartnerAccount` and
//! `ReclaimIndirectPartnerAccount`.

use super::{Call, ClientBooks, Model, Operations, distributor, operations};
use crate::domain::error::Reason;
use crate::operations::adjust_money::{
    AdjustCustomer, AdjustReseller, CustomerAdjustment, ResellerAdjustment, allocate_to_customer,
    allocate_to_reseller, reclaim_from_customer, reclaim_from_reseller,
};
use crate::simulation::world::Rules;
use crate::value::money::Money;

/// A movement of money between the distributor, its reseller and that one's customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// Three quarters of what the reseller has, to its customer.
    ToCustomer,
    /// Less than that, back from the customer.
    FromCustomer,
    /// More than half of what the distributor has, to the reseller.
    ToReseller,
    /// Three quarters of what the reseller has, back to the distributor.
    FromReseller,
}

impl Movement {
    /// Account that pays, account that receives, how much, and why not when there is too little.
    fn terms(self) -> (&'static str, &'static str, u64, Reason) {
        match self {
            Self::ToCustomer => ("BR", "CC", 15, Reason::ResellerCannotPay),
            Self::FromCustomer => ("CC", "BR", 10, Reason::InsufficientBalance),
            Self::ToReseller => ("BD", "BR", 30, Reason::InsufficientBalance),
            Self::FromReseller => ("BR", "BD", 15, Reason::InsufficientBalance),
        }
    }
}

/// The answer is 1.
pub async fn perform(books: &mut ClientBooks<'_, '_>, movement: Movement) -> Result<u64, Reason> {
    let (_, _, amount, _) = movement.terms();
    let amount: Money = amount.to_string().parse().expect("money");
    let reseller = || "R".parse().expect("id");
    let of_customer = || {
        let customer_id = "C".parse().expect("id");
        let indirect_partner_id = Some(reseller());
        let adjustment = CustomerAdjustment { customer_id, amount, indirect_partner_id };
        AdjustCustomer::check(distributor(), adjustment)
    };
    let of_reseller = || {
        let adjustment = ResellerAdjustment { indirect_partner_id: reseller(), amount };
        AdjustReseller::check(distributor(), adjustment)
    };
    match movement {
        Movement::ToCustomer => allocate_to_customer(books, &of_customer()?).await?,
        Movement::FromCustomer => reclaim_from_customer(books, &of_customer()?).await?,
        Movement::ToReseller => allocate_to_reseller(books, &of_reseller()?).await?,
        Movement::FromReseller => reclaim_from_reseller(books, &of_reseller()?).await?,
    };
    Ok(1)
}

pub fn model(model: &mut Model, movement: Movement) -> Result<u64, Reason> {
    let (from, to, amount, refusal) = movement.terms();
    if model.balance(from) < amount {
        return Err(refusal);
    }
    *model.account(from) -= amount;
    *model.account(to) += amount;
    Ok(1)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    use Movement::{FromCustomer, FromReseller, ToCustomer, ToReseller};
    let [to_customer, from_customer, to_reseller, from_reseller] =
        [ToCustomer, FromCustomer, ToReseller, FromReseller].map(Call::Adjust);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("two allocations beyond the balance", &[&[to_customer], &[to_customer]]),
        scenario(
            "an allocation and a reclaim of the same money",
            &[&[to_customer], &[from_reseller]],
        ),
        scenario("one allocation over two connections", &[&[to_customer], &[to_customer]])
            .of_one_token(),
        scenario(
            "two reclaims beyond the balance",
            &[&[to_customer, from_customer], &[from_customer]],
        )
        .faultless(),
        scenario("an allocation and a reclaim, folding", &[&[to_reseller], &[from_reseller]])
            .folding(),
    ]
}
