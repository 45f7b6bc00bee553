//! Reading: several records of one moment.

use super::issue_coupons::Coupons;
use super::{Call, Fill, Limits, Model, Operations, operations};
use crate::books::Books;
use crate::domain::account::AccountId;
use crate::domain::error::Reason;
use crate::simulation::world::Rules;
use crate::value::money::Money;
use crate::value::page::Slice;
use chrono::TimeDelta;

/// More than any account of the model comes to hold.
const BALANCES: u64 = 2_000;

/// The answer tells the balances apart; a statement that does not end with its balance is answered
/// by a number that no balances have.
pub async fn perform(books: &Books<'_>) -> Result<u64, Reason> {
    let mut answer = 0;
    for account in Model::LOOKED_AT {
        let id: AccountId = account.parse().expect("id");
        let balance = books.account(&id).await?.map_or(Money::ZERO, |found| found.balance);
        let newest = books.statement(&id, Slice::first(1)).await?;
        let stated = newest.items.first().map_or(Money::ZERO, |entry| entry.balance_after);
        if stated != balance {
            return Ok(u64::MAX);
        }
        let balance = balance.decimal().normalize().to_string();
        answer = answer * BALANCES + balance.parse::<u64>().expect("whole yuan");
    }
    Ok(answer)
}

pub fn model(model: &mut Model) -> Result<u64, Reason> {
    let balances = Model::LOOKED_AT.iter().map(|account| model.balance(account));
    Ok(balances.fold(0, |answer, balance| answer * BALANCES + balance))
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    use Call::{Look, ReclaimQuota};
    let (one, many) = (Call::Issue(Coupons::ONE), Call::Issue(Coupons::MANY));
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    let sleepy = |scenario: Operations| Operations {
        fill: Fill::Tree,
        limits: Limits { leaps_max: 1, leap: TimeDelta::minutes(11), ..Limits::faults(0) },
        ..scenario
    };
    let mut scenarios = vec![
        scenario("an issue and a look", &[&[one], &[Look]]),
        scenario("an issue and a look, folding", &[&[one], &[Look]]).folding(),
        scenario("a reclaim and a look, folding", &[&[ReclaimQuota], &[Look]]).folding(),
        sleepy(scenario("a look sleeps past a deletion", &[&[many, many, many], &[Look]])),
    ];
    // Page by page, as the other backend writes them, this one would take minutes.
    if rules == Rules::Sqlite {
        let clients: [&[Call]; 2] = [&[many, many, many], &[one]];
        scenarios.push(sleepy(scenario("an issue sleeps past a deletion", &clients)));
    }
    scenarios
}
