//! Accounts as they stood at a moment: the parameters and the answer that the operator's route and
//! the partner centre's share.

use super::query::Query;
use super::refusal::Refusal;
use crate::books::{Books, Entry};
use crate::domain::account::statement::{DetailType, trade_id};
use crate::domain::error::Reason;
use crate::operations::point_in_time::{
    AccountKind, HeldThen, Holder, Moment, Sight, balances_after, changes_until, transactions_until,
};
use crate::value::money::Currency;
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;
use serde::Serialize;

/// Which moment, and of which account the changes.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    moment: Moment,
    account: Option<(AccountKind, Option<Timestamp>)>,
    slice: Slice,
}

impl Asked {
    /// Reads `as_of` or `transaction`, and `account`, `expire_time`, `offset` and `limit`.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first that is wrong.
    pub fn read(query: &mut Query) -> Result<Self, Refusal> {
        let (as_of, transaction) = (query.value("as_of")?, query.value("transaction")?);
        let moment = match (as_of, transaction) {
            (None, None) => Moment::Now,
            (Some(time), None) => Moment::At(time),
            (None, Some(number)) => Moment::After(number),
            (Some(_), Some(_)) => {
                return Err(Refusal::parameter("transaction", "must not be given with as_of"));
            }
        };
        let account = query.choice("account", AccountKind::from_code)?;
        let expire_time = query.value("expire_time")?;
        if expire_time.is_some() && account != Some(AccountKind::Credit) {
            return Err(Refusal::parameter("expire_time", "goes with the account credit"));
        }
        let account = account.map(|kind| (kind, expire_time));
        Ok(Self { moment, account, slice: query.slice(10, 1..=100)? })
    }
}

/// The accounts of a holder at a moment, and the changes of the one that is asked for.
#[derive(Debug, Serialize)]
pub struct Standing {
    /// The last transaction that counts.
    transaction: u64,
    currency: Currency,
    balances: Vec<Balance>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Changed>>,
}

#[derive(Debug, Serialize)]
struct Balance {
    account: AccountKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Timestamp>,
    balance: String,
}

#[derive(Debug, Serialize)]
struct Changed {
    change_id: String,
    trade_time: Timestamp,
    trade_detail_type: DetailType,
    trade_id: String,
    /// Below zero where it left the account.
    amount: String,
    balance: String,
}

impl Standing {
    /// The accounts of a holder as `asked` for. `now` is the time of the hosts.
    ///
    /// # Errors
    /// [`Reason::Field`] and [`Reason::UnknownReference`], as
    /// [`point_in_time`](crate::operations::point_in_time) says; store failures.
    pub async fn of(
        books: &Books<'_>,
        holder: &Holder,
        sight: Sight,
        asked: Asked,
        now: Timestamp,
    ) -> Result<Self, Reason> {
        let transaction = transactions_until(books, asked.moment, now).await?;
        let held = balances_after(books, holder, sight, transaction).await?;
        let (total_count, changes) = match asked.account {
            None => (None, None),
            Some(account) => {
                let slice = asked.slice;
                let Page { total_count, items } =
                    changes_until(books, holder, sight, account, transaction, slice).await?;
                (Some(total_count), Some(items.into_iter().map(Changed::from).collect()))
            }
        };
        let balances = held.into_iter().map(Balance::from).collect();
        Ok(Self { transaction, currency: Currency::Cny, balances, total_count, changes })
    }
}

impl From<HeldThen> for Balance {
    fn from(held: HeldThen) -> Self {
        let HeldThen { kind, expire_time, balance } = held;
        Self { account: kind, expire_time, balance: balance.to_string() }
    }
}

impl From<Entry> for Changed {
    fn from(entry: Entry) -> Self {
        let Entry { transfer_id, amount, balance_after, transfer } = entry;
        Self {
            change_id: transfer_id.to_string(),
            trade_time: transfer.time,
            trade_detail_type: DetailType::of(&transfer),
            trade_id: trade_id(transfer_id, &transfer),
            amount: amount.at_least_two_decimals().to_string(),
            balance: balance_after.at_least_two_decimals().to_string(),
        }
    }
}
