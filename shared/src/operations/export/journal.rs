//! The ledger as a journal of hledger, a program for plain text accounting that audits it: each
//! transfer is a transaction of two postings, and at the end of each account stands what it holds, as
//! an assertion that hledger checks.

use super::Sink;
use crate::books::Books;
use crate::domain::account::{Account, AccountId};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferId};
use crate::operations::audit::Accounts;
use crate::value::id::PartnerId;
use crate::value::money::Money;
use crate::value::time::{Date, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What may stand in a part of an account's name as it is: nothing there means anything to hledger.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Decimals that amounts are shown with.
const DECIMALS_MIN: u32 = 2;

/// Writes the ledger of a tenant. With a partner, only what is of an account of its own or of one of
/// its customers.
///
/// # Errors
/// Store failures, and what the sink refuses.
pub(super) async fn write_journal(
    books: &Books<'_>,
    partner: Option<&PartnerId>,
    sink: &impl Sink,
) -> Result<(), Reason> {
    sink.begin()?;
    sink.write(
        b"; Value leaves the account of the first posting and enters that of the second.\n",
    )?;
    let mut last = Timestamp::from(chrono::DateTime::UNIX_EPOCH).date_utc_plus_8();
    let mut decimals = DECIMALS_MIN;
    // Accounts of others, which are declared with the rest.
    let mut others = BTreeSet::new();
    let mut read = 0;
    loop {
        let transfers = books.transfers_from(0, read).await?;
        if transfers.is_empty() {
            break;
        }
        read += u64::try_from(transfers.len()).unwrap_or(u64::MAX);
        for (id, transfer) in transfers {
            let sides = [&transfer.debit_account, &transfer.credit_account];
            let mut of_others = Vec::new();
            for side in sides {
                if !is_of(books, partner, side).await? {
                    of_others.push(side.clone());
                }
            }
            if of_others.len() == sides.len() {
                continue;
            }
            others.extend(of_others);
            last = last.max(transfer.time.date_utc_plus_8());
            decimals = decimals.max(transfer.amount.decimal().normalize().scale());
            sink.write(transaction(id, &transfer).as_bytes())?;
        }
    }
    let mut accounts = Accounts::new(books.store()).await?;
    while let Some(account) = accounts.next().await? {
        if is_of(books, partner, &account.id).await? {
            sink.write(assertion(last, &account).as_bytes())?;
        }
    }
    for account in &others {
        sink.write(format!("\naccount {}\n", name(account)).as_bytes())?;
    }
    // Its own digits are those that reports show.
    let digits = usize::try_from(decimals).unwrap_or_default();
    sink.write(format!("\ncommodity CNY 1000.{:0<digits$}\n", "").as_bytes())
}

/// Whether an account is a partner's or of one of its customers. Of all partners all accounts are.
async fn is_of(
    books: &Books<'_>,
    partner: Option<&PartnerId>,
    account: &AccountId,
) -> Result<bool, Reason> {
    let Some(partner) = partner else {
        return Ok(true);
    };
    Ok(match account {
        // Of a card no more is known here than its id: it shows where it pays or is filled.
        AccountId::Outside | AccountId::StoredValueCard(_) => false,
        AccountId::PartnerBalance(id)
        | AccountId::PartnerCredit(id)
        | AccountId::CloudClearing(id)
        | AccountId::CloudRevenue(id) => id == partner,
        AccountId::CustomerBalance(id)
        | AccountId::CustomerCredit(id, _)
        | AccountId::Receivable(id) => {
            books.customer(id).await?.is_some_and(|customer| customer.partner_id == *partner)
        }
        AccountId::Quota(id) => {
            books.quota(id).await?.is_some_and(|quota| quota.partner_id == *partner)
        }
        AccountId::Coupon(id) => {
            books.coupon(id).await?.is_some_and(|coupon| coupon.partner_id == *partner)
        }
    })
}

fn transaction(id: TransferId, transfer: &Transfer) -> String {
    let Transfer { debit_account, credit_account, amount, code, time, .. } = transfer;
    let date = time.date_utc_plus_8();
    let mut written = format!("\n{date} ({id}) {code:?}\n    ; time:{time}\n");
    if let Some(reference) = &transfer.reference {
        // Of one line, whatever it has in it.
        let reference = reference.replace(|it: char| it.is_control() || it == ',', " ");
        _ = writeln!(written, "    ; reference:{reference}");
    }
    let (leaves, enters) = (amount.negated(), *amount);
    [written, posting(debit_account, leaves, ""), posting(credit_account, enters, "")].concat()
}

/// That an account is there, and what it holds in the end.
fn assertion(date: Date, account: &Account) -> String {
    let holds = format!(" = CNY {}", account.balance.at_least_two_decimals());
    let name = name(&account.id);
    format!("\naccount {name}\n{date} balance\n{}", posting(&account.id, Money::ZERO, &holds))
}

fn posting(account: &AccountId, amount: Money, asserted: &str) -> String {
    // Two blanks end a name.
    format!("    {}  CNY {}{asserted}\n", name(account), amount.at_least_two_decimals())
}

fn name(account: &AccountId) -> String {
    let plain = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
    match account {
        AccountId::Outside => "outside".to_owned(),
        AccountId::PartnerBalance(id) => format!("partner:{}:balance", plain(id.as_str())),
        AccountId::PartnerCredit(id) => format!("partner:{}:credit", plain(id.as_str())),
        AccountId::CustomerBalance(id) => format!("customer:{}:cash", plain(id.as_str())),
        AccountId::CustomerCredit(id, None) => {
            format!("customer:{}:credit:unlimited", plain(id.as_str()))
        }
        AccountId::CustomerCredit(id, Some(expire_time)) => {
            let time = expire_time.to_string().replace([':', '-'], "");
            format!("customer:{}:credit:{time}", plain(id.as_str()))
        }
        AccountId::Receivable(id) => format!("customer:{}:receivable", plain(id.as_str())),
        AccountId::Quota(id) => format!("quota:{}", plain(id.as_str())),
        AccountId::Coupon(id) => format!("coupon:{}", plain(id.as_str())),
        AccountId::StoredValueCard(id) => format!("card:{}", plain(id.as_str())),
        AccountId::CloudClearing(id) => format!("cloud:{}:clearing", plain(id.as_str())),
        AccountId::CloudRevenue(id) => format!("cloud:{}:revenue", plain(id.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_an_account_means_more_than_its_letters() {
        for (account, expected) in [
            ("O", "outside"),
            ("Bd 1", "partner:d%201:balance"),
            ("Ca:b  ;c", "customer:a%3Ab%20%20%3Bc:cash"),
            ("Ec~2027-01-01T15:59:59Z", "customer:c:credit:20270101T155959Z"),
            ("Ec~-", "customer:c:credit:unlimited"),
            ("Kk-1_2.3", "coupon:k-1_2.3"),
        ] {
            assert_eq!(name(&account.parse().expect(account)), expected);
        }
    }
}
