//! What requests for bills have in common.

use super::query::{Query, Text};
use super::refusal::Refusal;
use crate::domain::bandwidth::{PeakKind, PeakResource, PeakService, PeakUsage};
use crate::domain::bill::{ChargingMode, DateRange, Whose};
use crate::value::id::ID_CHARACTERS_MAX;
use crate::value::time::{Date, Month, Timestamp};
use std::str::FromStr;

/// How far back a customer's own bills go, in months.
pub const BILL_AGE_MONTHS_MAX: u32 = 36;

/// How far back a customer's costs and the bills of a partner's customers go, in months.
pub const COST_AGE_MONTHS_MAX: u32 = 18;

/// What `sub_customer` without a member means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberAbsent {
    /// It is refused.
    Refused,
    /// All members, if the identity is written `""`; without any it is refused.
    AllIfQuoted,
    /// All members.
    All,
}

/// Whose bills are asked for: `method` and `sub_customer_id`.
///
/// # Errors
/// Another `method`, or no member where one is needed.
pub fn whose(query: &mut Query, absent: MemberAbsent) -> Result<Whose, Refusal> {
    let method = query.choice("method", |code| match code {
        "oneself" | "sub_customer" | "all" => Some(code.to_owned()),
        _ => None,
    })?;
    let member = query.text("sub_customer_id", Text::ID)?;
    whose_of(method.as_deref(), member.as_deref(), absent)
}

/// Whose bills are asked for, as a body says it.
///
/// # Errors
/// Another `method`, or no member where one is needed.
pub fn whose_of(
    method: Option<&str>,
    member: Option<&str>,
    absent: MemberAbsent,
) -> Result<Whose, Refusal> {
    if member.is_some_and(|member| member.chars().count() > ID_CHARACTERS_MAX) {
        let fault = format!("must have at most {ID_CHARACTERS_MAX} characters");
        return Err(Refusal::parameter("sub_customer_id", &fault));
    }
    match method.unwrap_or("all") {
        "all" => return Ok(Whose::All),
        "oneself" => return Ok(Whose::Oneself),
        "sub_customer" => {}
        _ => return Err(Refusal::parameter("method", "is none of the documented values")),
    }
    match (member, absent) {
        (None | Some("\"\""), MemberAbsent::All) | (Some("\"\""), MemberAbsent::AllIfQuoted) => {
            Ok(Whose::Members(None))
        }
        (None | Some("" | "\"\""), _) => {
            Err(Refusal::parameter("sub_customer_id", "is required for sub_customer"))
        }
        (Some(member), _) => {
            let member = member.parse();
            let fault = |_| Refusal::parameter("sub_customer_id", "is no identity");
            member.map(|member| Whose::Members(Some(member))).map_err(fault)
        }
    }
}

/// Refuses a month that is too long ago.
///
/// # Errors
/// It is.
pub fn check_age(
    name: &'static str,
    month: Month,
    now: Timestamp,
    months_max: u32,
) -> Result<(), Refusal> {
    if month >= now.month_utc_plus_8().minus(months_max) {
        return Ok(());
    }
    let fault = format!("must be at most {months_max} months ago");
    Err(Refusal::parameter(name, &fault))
}

/// Dates of a month that count only together: one alone says nothing, as the month is asked for
/// then.
///
/// # Errors
/// One has not the form of a date; both are given and not in order or not in the month.
pub fn dates_together(
    cycle: Month,
    begin: Option<&str>,
    end: Option<&str>,
) -> Result<Option<DateRange>, Refusal> {
    let date = |name, text: Option<&str>| {
        let date = text.map(Date::from_str).transpose();
        date.map_err(|error| Refusal::parameter(name, &error.to_string()))
    };
    let begin = date("bill_date_begin", begin)?;
    let end = date("bill_date_end", end)?;
    if begin.is_none() || end.is_none() {
        return Ok(None);
    }
    DateRange::within(cycle, begin, end).map_err(Refusal::from)
}

/// The way of charging that a text names, for the operations that write it as one.
pub fn charging_mode_of_text(code: &str) -> Option<ChargingMode> {
    code.parse().ok().and_then(ChargingMode::from_code)
}

/// What of bandwidth is asked for that is billed by its 95th percentile.
///
/// # Errors
/// One of the three parameters is missing or not listed.
pub fn peak_kind(query: &mut Query) -> Result<PeakKind, Refusal> {
    Ok(PeakKind {
        service_type_code: query.required_choice("service_type_code", PeakService::from_code)?,
        resource_type_code: query.required_choice("resource_type_code", PeakResource::from_code)?,
        usage_type: query.required_choice("usage_type", PeakUsage::from_code)?,
    })
}
