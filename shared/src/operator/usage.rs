//! The intake of usage, streamed: tickets in, transactions out.

use crate::api::{Body, Host, Refusal};
use crate::books::{BooksMut, OpenCatalogue};
use crate::domain::catalogue::ProductLookup;
use crate::domain::error::Reason;
use crate::operations::import::{Imported, LINE_BYTES_MAX};
use crate::operations::meter_usage::{Metered, PriceBook, Ticket, meter_usage};
use crate::operator::call::OperatorCall;
use crate::operator::lines::Lines;
use crate::store::register::CATALOGUE;
use crate::store::{Meta, StoreError, Tree};
use crate::value::id::TenantId;
use crate::value::text::json_is_deceptive;

/// Tickets that go into one transaction, at most: a transaction changes the page of each customer's
/// sums and statement once, whatever the number of its tickets.
const BATCH_TICKETS_MAX: usize = 8_000;

/// Takes tickets in, line by line. Every one before a refused one stays, none after it is taken in.
///
/// # Errors
/// [`Refusal::UnknownTenant`]; [`Refusal::Line`], which names the line, the reason, and the result
/// of the lines before it.
pub async fn meter<S: Body>(call: OperatorCall<'_, S>) -> Result<Imported, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;
    let head_key = call.head_key(&tenant_id).await?;
    let OperatorCall { host, caller, body, .. } = call;
    let mut intake = Intake {
        host: &*host,
        operator: &caller,
        head_key,
        done: Imported::default(),
        waiting: Vec::new(),
        share_max: BATCH_TICKETS_MAX,
    };
    let mut lines = Lines::new(body, LINE_BYTES_MAX);
    loop {
        let ticket = match lines.next().await {
            Ok(Some(text)) => read(&text).map_err(Refusal::from),
            Ok(None) => break,
            Err(fault) => Err(fault.into()),
        };
        match ticket {
            Ok(ticket) => intake.waiting.push((lines.number(), ticket)),
            Err(refusal) => {
                intake.flush().await?;
                return Err(intake.refused(lines.number(), refusal));
            }
        }
        if intake.waiting.len() == BATCH_TICKETS_MAX {
            intake.flush().await?;
        }
    }
    intake.flush().await?;
    Ok(intake.done)
}

/// Reads one ticket.
fn read(text: &str) -> Result<Ticket, Reason> {
    if json_is_deceptive(text) {
        let fault = "has NUL or a control of the direction of text in it";
        return Err(Reason::field("line", fault));
    }
    let ticket: Ticket =
        serde_json::from_str(text).map_err(|error| Reason::field("line", error.to_string()))?;
    ticket.check()
}

/// Tickets under way: those in the books, and those that wait for their transaction.
struct Intake<'h> {
    host: &'h dyn Host,
    /// As the journal names the operator.
    operator: &'h str,
    head_key: String,
    done: Imported,
    /// Each with the number of its line.
    waiting: Vec<(u64, Ticket)>,
    /// Tickets that a transaction takes at most: fewer once that many were too many for one.
    share_max: usize,
}

impl Intake<'_> {
    /// Takes in the tickets that wait: all of them, or those before the first that is refused.
    async fn flush(&mut self) -> Result<(), Refusal> {
        let (numbers, tickets): (Vec<u64>, Vec<Ticket>) =
            std::mem::take(&mut self.waiting).into_iter().unzip();
        let Some(first) = numbers.first() else {
            return Ok(());
        };
        let prices = match self.prices(&tickets).await {
            Ok(prices) => prices,
            Err(failure) => return Err(self.refused(*first, failure.into())),
        };
        let mut taken = 0;
        while taken < tickets.len() {
            let rest = tickets.get(taken..).unwrap_or_default();
            let number = |place: usize| numbers.get(taken + place).copied().unwrap_or(*first);
            let (share, metered) = self.commit(rest, &prices).await;
            let metered = match metered {
                Ok(metered) => metered,
                Err(Reason::Store(StoreError::TransactionTooLarge)) if share > 1 => {
                    self.share_max = share.div_ceil(2);
                    continue;
                }
                Err(failure) => return Err(self.refused(number(0), failure.into())),
            };
            self.done.applied += metered.done.applied;
            self.done.skipped += metered.done.skipped;
            if let Some((place, reason)) = metered.refused {
                return Err(self.refused(number(place), reason.into()));
            }
            taken += share;
        }
        Ok(())
    }

    /// Takes the first of these in, in one transaction. Answers how many it tried: half as many
    /// after each time that others were faster, so that a long intake gets its turn.
    async fn commit(
        &self,
        rest: &[Ticket],
        prices: &PriceBook,
    ) -> (usize, Result<Metered, Reason>) {
        let meta = Meta { caller: self.operator.to_owned(), operation: "usage".to_owned() };
        let mut share = rest.len().min(self.share_max);
        let mut tried = share;
        let metered = Tree::new(self.host, self.head_key.as_str())
            .expecting_large(true)
            .update(&meta, async |transaction| {
                tried = share;
                share = share.div_ceil(2);
                let tickets = rest.get(..tried).unwrap_or_default();
                let mut books = BooksMut::new(transaction).with_clock().await?;
                meter_usage(&mut books, tickets, prices).await
            })
            .await;
        (tried, metered)
    }

    /// What the catalogue says of these tickets.
    async fn prices(&self, tickets: &[Ticket]) -> Result<PriceBook, Reason> {
        let lookups = PriceBook::lookups(tickets);
        let asked: Vec<Option<ProductLookup>> = lookups.iter().cloned().map(Some).collect();
        let tree = Tree::new(self.host, CATALOGUE);
        let priced =
            tree.read(async |snapshot| OpenCatalogue::new(snapshot).priced(&asked).await).await?;
        Ok(PriceBook::new(lookups, priced))
    }

    fn refused(&self, line: u64, refusal: Refusal) -> Refusal {
        // The operator's other routes name lines of an order by that name, this one has only lines.
        let refusal = match refusal {
            Refusal::Reason(Reason::ProductNotFound) => {
                let fault = "the catalogue has no such pay-per-use product";
                Reason::field("resource_spec", fault).into()
            }
            Refusal::Reason(Reason::UsageFactorUnknown) => {
                Reason::field("usage_factor", "the product has no price for it").into()
            }
            Refusal::Reason(Reason::UsageUnitMismatch) => {
                Reason::field("usage_measure_id", "does not convert into that of the price").into()
            }
            other => other.for_operator(),
        };
        Refusal::Line { line, imported: self.done, refusal: Box::new(refusal) }
    }
}
