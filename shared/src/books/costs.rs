//! Costs in the books: bill lines with the days that they cost something on.

use super::{Books, CostLine};
use crate::domain::amortisation::Schedule;
use crate::domain::bill::cost::{Cost, CostType};
use crate::domain::bill::{BillAccount, FeeFilter, FeeRecord};
use crate::domain::error::Reason;
use crate::value::time::{Date, Month};

impl Books<'_> {
    /// Hands what costs several customers something on some days to `take`: lines as they were
    /// billed, or those that are spread over days among which these are. Lines of a term come
    /// first; of the others a month lies in memory a piece at a time.
    ///
    /// # Errors
    /// Store failures, and what `take` refuses.
    pub async fn each_cost(
        &self,
        accounts: &[BillAccount],
        (first, last): (Date, Date),
        cost_type: CostType,
        mut take: impl FnMut(Cost) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        if cost_type == CostType::Original {
            for month in months(first.month(), last.month()) {
                let filter = FeeFilter::default();
                let billed = |record| within(Cost::as_billed(record)?, first, last, &mut take);
                self.each_bill_line(accounts, month, &filter, billed).await?;
            }
            return Ok(());
        }
        for account in accounts {
            let lines = self.cost_lines(&account.partner_ids, &account.customer_id, first).await?;
            for CostLine { record, term } in lines {
                within(Cost::new(record, Schedule::of_term(&term))?, first, last, &mut take)?;
            }
        }
        // What is traded late in a month may be billed in the next one.
        for month in months(first.month(), last.month().plus(1)) {
            let mut of_terms = Vec::new();
            let others = |record: FeeRecord| {
                if record.is_of_a_term() {
                    of_terms.push(record);
                    return Ok(());
                }
                let schedule = Schedule::of_line(&record);
                within(Cost::new(record, schedule)?, first, last, &mut take)
            };
            self.each_bill_line(accounts, month, &FeeFilter::default(), others).await?;
            for record in of_terms {
                // What has a term was listed above, unless it is over before these days.
                if self.term_of_line(&record.customer_id, &record.id).await?.is_none() {
                    let schedule = Schedule::of_line(&record);
                    within(Cost::new(record, schedule)?, first, last, &mut take)?;
                }
            }
        }
        Ok(())
    }
}

/// Hands a cost on if some of it may fall on these days.
fn within(
    cost: Cost,
    first: Date,
    last: Date,
    take: &mut impl FnMut(Cost) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let schedule = cost.schedule;
    if schedule.first_day() > last || schedule.last_day() < first { Ok(()) } else { take(cost) }
}

fn months(first: Month, last: Month) -> impl Iterator<Item = Month> {
    let next = |month: &Month| Some(month.plus(1));
    std::iter::successors(Some(first), next).take_while(move |month| month.first() <= last.first())
}
