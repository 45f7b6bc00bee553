//! What finance takes away: statements, bills and the journal as files that other programs read.
//!
//! A file is written to a [`Sink`] as it is read from one snapshot, some hundred records at a time, so
//! it costs the same memory whatever its length.

mod bills;
mod focus;
mod journal;
#[cfg(feature = "parquet")]
mod parquet;
mod statement;
mod sums;
mod table;

#[cfg(feature = "parquet")]
pub use self::parquet::write_focus_parquet;

use self::bills::write_bills;
use self::focus::write_focus;
use self::journal::write_journal;
use self::statement::write_statement;
use self::sums::write_sums;
use crate::books::{Books, Catalogue};
use crate::domain::account::AccountId;
use crate::domain::account::statement::period_of;
use crate::domain::bill::FeeRecord;
use crate::domain::bill::focus::Units;
use crate::domain::error::Reason;
use crate::value::id::{CustomerId, PartnerId};
use crate::value::time::{Date, Month, Timestamp};

/// A file that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Export {
    /// The statement of an account that holds money.
    Statement {
        /// Which account.
        account: AccountId,
        /// The first and the last date in UTC+8: by default the year that ends today.
        dates: [Option<Date>; 2],
    },
    /// Bill lines of a month.
    Bills(BillsOf),
    /// Sums of a month.
    Sums(BillsOf),
    /// Bill lines as FOCUS has them, with the names of units.
    Focus(BillsOf, Units),
    /// The ledger, of a partner or of all of the tenant.
    Journal(Option<PartnerId>),
}

impl Export {
    /// Writes the file, read at `now`.
    ///
    /// # Errors
    /// [`Reason::Field`] for an end before the begin; store failures, and what the sink refuses.
    pub async fn write(
        &self,
        books: &Books<'_>,
        now: Timestamp,
        sink: &impl Sink,
    ) -> Result<(), Reason> {
        match self {
            Self::Statement { account, dates } => {
                let period = period_of(*dates, books.at(now).date_utc_plus_8())?;
                write_statement(books, account, period, sink).await
            }
            Self::Bills(of) => write_bills(books, of, sink).await,
            Self::Sums(of) => write_sums(books, of, sink).await,
            Self::Focus(of, units) => write_focus(books, of, units, sink).await,
            Self::Journal(partner) => write_journal(books, partner.as_ref(), sink).await,
        }
    }
}

/// Where a file goes.
pub trait Sink {
    /// The file begins: nothing was written, or all of it is forgotten, because a snapshot had to be
    /// read again.
    ///
    /// # Errors
    /// Some of it has gone already.
    fn begin(&self) -> Result<(), Reason>;

    /// Takes what comes next.
    ///
    /// # Errors
    /// Nobody takes any more.
    fn write(&self, bytes: &[u8]) -> Result<(), Reason>;
}

/// Whose bill lines of which month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillsOf {
    /// The month.
    pub bill_cycle: Month,
    /// The partner whose customers' they are; all partners of the tenant without one.
    pub partner_id: Option<PartnerId>,
    /// The one customer whose they are.
    pub customer_id: Option<CustomerId>,
}

/// The names of units, in English.
///
/// # Errors
/// Store failures.
pub async fn units(catalogue: &Catalogue<'_>) -> Result<Units, Reason> {
    let measures = catalogue.measures().await?.into_iter();
    Ok(measures.map(|it| (it.measure_id.0.into(), it.name_en.to_string())).collect())
}

/// The partners whose customers' bills are asked for.
async fn partners_of(books: &Books<'_>, of: &BillsOf) -> Result<Vec<PartnerId>, Reason> {
    match &of.partner_id {
        Some(partner_id) => Ok(vec![partner_id.clone()]),
        None => books.all_partners().await,
    }
}

/// Hands bill lines to `take`, partner by partner, customer by customer, in the order they were
/// billed.
async fn each_bill_line(
    books: &Books<'_>,
    of: &BillsOf,
    mut take: impl AsyncFnMut(FeeRecord) -> Result<(), Reason>,
) -> Result<(), Reason> {
    for partner in partners_of(books, of).await? {
        let mut read = 0;
        loop {
            let customer = of.customer_id.as_ref();
            let lines = books.bill_lines_of(&partner, of.bill_cycle, customer, read).await?;
            if lines.is_empty() {
                break;
            }
            read += u64::try_from(lines.len()).unwrap_or(u64::MAX);
            for line in lines {
                take(line).await?;
            }
        }
    }
    Ok(())
}
