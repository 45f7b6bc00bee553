//! Closing the months of a tenant: asked for by the operator, and by the tick.

use crate::api::Refusal;
use crate::domain::bill::Closing;
use crate::domain::error::Reason;
use crate::operations::close_month::{close_month, due_month, verify_month};
use crate::operator::call::TenantBooks;
use crate::value::time::{Month, Timestamp};

/// How often a month is checked again because lines have come meanwhile.
const CHECKS_MAX: usize = 3;

/// Months that one tick closes for a tenant.
const MONTHS_PER_TICK: usize = 12;

/// Closes a month, or answers how it was closed before.
///
/// # Errors
/// [`Reason::Field`] for a month that is not over or not the next to be closed,
/// [`Reason::MonthDoesNotAddUp`], [`Reason::MonthInUse`] for one that lines keep coming into; store
/// failures.
pub async fn close(
    books: &TenantBooks<'_>,
    month: Month,
    now: Timestamp,
) -> Result<Closing, Refusal> {
    for _ in 0..CHECKS_MAX {
        let verified =
            books.read(async |books| verify_month(books, month, books.at(now)).await).await?;
        if let Some(verified) = verified
            && !books
                .update("close month", async |books| close_month(books, &verified).await)
                .await?
        {
            continue;
        }
        let closing = books.read(async |books| books.closing(month).await).await?;
        return closing.ok_or_else(|| Reason::MonthInUse.into());
    }
    Err(Reason::MonthInUse.into())
}

/// Closes the months of a tenant that are to be closed by now. Answers how many it has closed, and
/// whether one stays open because it does not add up.
///
/// # Errors
/// Store failures.
pub(super) async fn close_due(
    books: &TenantBooks<'_>,
    now: Timestamp,
) -> Result<(u64, bool), Refusal> {
    let mut closed = 0;
    for _ in 0..MONTHS_PER_TICK {
        let due = books.read(async |books| due_month(books, books.at(now)).await).await?;
        let Some(month) = due else {
            break;
        };
        match close(books, month, now).await {
            Ok(_) => closed += 1,
            Err(Refusal::Reason(Reason::MonthDoesNotAddUp(_) | Reason::MonthInUse)) => {
                return Ok((closed, true));
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok((closed, false))
}
