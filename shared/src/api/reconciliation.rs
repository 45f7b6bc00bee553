//! A month that is uploaded to be compared: its parameters, and the answer that the operator's route
//! and the partner centre's share.

use super::call::Call;
use super::message::Head;
use super::query::Query;
use super::refusal::Refusal;
use crate::domain::error::Reason;
use crate::domain::reconciliation::{
    Compared, Difference, LineKey, Reconciliation, Total, Verdict,
};
use crate::operations::reconcile::{Format, Upload};
use crate::value::money::{Currency, Money};
use crate::value::page::{Page, Slice};
use crate::value::time::Month;
use serde::Serialize;

/// Which month, and which of the lines that do not match are answered.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The month.
    pub cycle: Month,
    slice: Slice,
}

impl Asked {
    /// Reads `cycle`, `offset` and `limit`.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first that is wrong.
    pub fn read(query: &mut Query) -> Result<Self, Refusal> {
        let cycle = query.required("cycle")?;
        Ok(Self { cycle, slice: query.slice(100, 1..=1_000)? })
    }
}

/// What is uploaded, to be taken in as its media type says.
///
/// # Errors
/// [`Refusal::Parameter`] for another media type.
pub(crate) fn upload(head: &Head) -> Result<Upload, Refusal> {
    let media_type = head.header("content-type").ok().flatten();
    let format = media_type.and_then(Format::of_media_type).ok_or_else(|| {
        Refusal::parameter("Content-Type", "must be application/json or text/csv")
    })?;
    Ok(Upload::new(format))
}

impl Call {
    /// The month that is uploaded.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for a body that is no such list.
    pub fn reconciliation(&self) -> Result<Reconciliation, Refusal> {
        let mut upload = upload(&self.head)?;
        upload.push(&self.body)?;
        Ok(upload.finish()?)
    }
}

/// What a comparison comes to.
#[derive(Debug, Serialize)]
pub struct Reconciled {
    cycle: Month,
    currency: Currency,
    all: Sums,
    matched: Sums,
    differing: Sums,
    only_here: Sums,
    only_there: Sums,
    /// Lines that do not match.
    total_count: u64,
    lines: Vec<Line>,
}

/// Lines that compare alike: how many, and their sums.
#[derive(Debug, Serialize)]
struct Sums {
    lines: u64,
    here: String,
    there: String,
    difference: String,
}

#[derive(Debug, Serialize)]
struct Line {
    state: &'static str,
    customer_id: String,
    cloud_service_type: String,
    resource_type_code: String,
    charge_mode: String,
    bill_type: String,
    differences: Vec<Differing>,
}

#[derive(Debug, Serialize)]
struct Differing {
    field: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    here: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    there: Option<String>,
    difference: String,
}

impl Reconciled {
    /// The answer about what was asked.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn new(asked: Asked, compared: Compared) -> Result<Self, Reason> {
        let Compared { all, matched, differing, only_here, only_there, lines } = compared;
        let Page { total_count, items } = Page::of(lines, asked.slice);
        Ok(Self {
            cycle: asked.cycle,
            currency: Currency::Cny,
            all: Sums::of(all)?,
            matched: Sums::of(matched)?,
            differing: Sums::of(differing)?,
            only_here: Sums::of(only_here)?,
            only_there: Sums::of(only_there)?,
            total_count,
            lines: items.into_iter().map(Line::from).collect(),
        })
    }
}

impl Sums {
    fn of(total: Total) -> Result<Self, Reason> {
        Ok(Self {
            lines: total.lines,
            here: text(total.here),
            there: text(total.there),
            difference: text(total.difference()?),
        })
    }
}

impl From<(LineKey, Verdict)> for Line {
    fn from((key, verdict): (LineKey, Verdict)) -> Self {
        let (state, differences) = match verdict {
            Verdict::Matched => ("matched", Vec::new()),
            Verdict::Differs(differences) => {
                ("differs", differences.into_iter().map(Differing::from).collect())
            }
            Verdict::OnlyHere(amount) => ("only_here", vec![Differing::of(Some(amount), None)]),
            Verdict::OnlyThere(amount) => ("only_there", vec![Differing::of(None, Some(amount))]),
        };
        let LineKey { customer_id, cloud_service_type, resource_type_code, charge_mode, bill_type } =
            key;
        Self {
            state,
            customer_id,
            cloud_service_type,
            resource_type_code,
            charge_mode,
            bill_type,
            differences,
        }
    }
}

impl Differing {
    /// The sum of a line that one side has alone.
    fn of(here: Option<Money>, there: Option<Money>) -> Self {
        let difference = here.or(there.map(Money::negated)).unwrap_or(Money::ZERO);
        Self {
            field: "amount",
            here: here.map(text),
            there: there.map(text),
            difference: text(difference),
        }
    }
}

impl From<Difference> for Differing {
    fn from(difference: Difference) -> Self {
        let Difference { field, here, there, difference } = difference;
        let (here, there) = (Some(text(here)), Some(text(there)));
        Self { field, here, there, difference: text(difference) }
    }
}

fn text(amount: Money) -> String {
    amount.at_least_two_decimals().to_string()
}
