//! List what costs the calling customer something, day by day or month by month, put together as
//! it asks.
//!
//! `ListCosts`, `POST /v4/costs/cost-analysed-bills/query`.

use billing::api::bills::COST_AGE_MONTHS_MAX;
use billing::api::{Answer, PageRule, Refusal, bills};
use billing::component::Call;
use billing::domain::bill::Whose;
use billing::domain::bill::cost::{AmountType, Cost, CostFilter, CostType, Dimension, GroupBy};
use billing::domain::error::Reason;
use billing::value::money::{Currency, Money};
use billing::value::page::Page;
use billing::value::time::{Date, Month};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most dimensions that costs are put together by.
const GROUPS_MAX: usize = 3;

/// Most filters, and most values of one.
const FILTERS_MAX: usize = 20;
const VALUES_MAX: usize = 200;

/// Most costs of an answer before it is paged, each of one group and one day or month. They must
/// fit into the memory of an instance.
const COSTS_MAX: usize = 50_000;

/// Longest key of a group, and longest value of a filter, in characters.
const KEY_CHARACTERS_MAX: usize = 64;
const VALUE_CHARACTERS_MAX: usize = 256;

const PAGE: PageRule = PageRule { offset_max: 200_000, limits: 0..=1_000, ..PageRule::USUAL };

billing::component! { POST ListCosts => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let ListCostsReq { time_condition, groupby, cost_type, amount_type, offset, limit, filters } =
        call.body()?;

    let units = Units::of(&time_condition)?;
    bills::check_age("begin_time", units.first.month(), call.now(), COST_AGE_MONTHS_MAX)?;
    let groups = group_bys(groupby)?;
    let filters = filters.unwrap_or_default();
    if filters.len() > FILTERS_MAX {
        return Err(too_many("filters", FILTERS_MAX));
    }
    let filters: Vec<CostFilter> = filters
        .into_iter()
        .filter_map(|filter| filter.read().transpose())
        .collect::<Result<_, _>>()?;
    let slice = PAGE.slice(offset, limit)?;

    let costs = call
        .read(async |books| {
            let mut costs = BTreeMap::new();
            let mut count = 0;
            let accounts = books.bill_accounts(caller, &Whose::All).await?;
            let days = (units.first, units.last);
            books
                .each_cost(&accounts, days, cost_type, |cost| {
                    if filters.iter().all(|filter| filter.passes(&cost.record)) {
                        count += units.add(&mut costs, &groups, amount_type, &cost)?;
                    }
                    if count > COSTS_MAX {
                        let fault = "has too many costs: ask for less time or fewer groups";
                        return Err(Reason::field("time_condition", fault));
                    }
                    Ok(())
                })
                .await?;
            Ok(costs)
        })
        .await?;

    let Page { total_count, items } = Page::of(costs.into_iter().collect(), slice);
    let data = |(values, costs)| CostDataByDimension::new(&groups, values, costs, &units);
    Answer::ok(&ListCostsResponse {
        currency: Currency::Cny,
        total_count,
        cost_data: items.into_iter().map(data).collect::<Result<_, _>>()?,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListCostsReq {
    time_condition: TimeCondition,
    groupby: Vec<GroupByReq>,
    cost_type: CostType,
    amount_type: AmountType,
    offset: Option<u32>,
    limit: Option<u32>,
    filters: Option<Vec<FilterV2>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeCondition {
    time_measure_id: u8,
    begin_time: String,
    end_time: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupByReq {
    #[serde(rename = "type")]
    kind: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterV2 {
    operator: Option<u8>,
    filter_factor: FilterFactor,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterFactor {
    key: Dimension,
    value: Vec<String>,
}

impl FilterV2 {
    /// A filter without an operator says nothing.
    fn read(self) -> Result<Option<CostFilter>, Refusal> {
        let excludes = match self.operator {
            None => return Ok(None),
            Some(0) => false,
            Some(1) => true,
            Some(_) => return Err(Refusal::parameter("operator", "must be 0 or 1")),
        };
        let FilterFactor { key: dimension, value: values } = self.filter_factor;
        if values.len() > VALUES_MAX {
            return Err(too_many("value", VALUES_MAX));
        }
        if values.iter().any(|value| value.chars().count() > VALUE_CHARACTERS_MAX) {
            let fault = format!("must have at most {VALUE_CHARACTERS_MAX} characters");
            return Err(Refusal::parameter("value", &fault));
        }
        Ok(Some(CostFilter { dimension, values, excludes }))
    }
}

fn too_many(name: &str, most: usize) -> Refusal {
    Refusal::parameter(name, &format!("must have at most {most} items"))
}

fn group_bys(groups: Vec<GroupByReq>) -> Result<Vec<GroupBy>, Refusal> {
    if groups.is_empty() || groups.len() > GROUPS_MAX {
        let fault = format!("must have 1 to {GROUPS_MAX} items");
        return Err(Refusal::parameter("groupby", &fault));
    }
    let group = |GroupByReq { kind, key }: GroupByReq| {
        if key.is_empty() || key.chars().count() > KEY_CHARACTERS_MAX {
            let fault = format!("must have 1 to {KEY_CHARACTERS_MAX} characters");
            return Err(Refusal::parameter("key", &fault));
        }
        match kind.as_str() {
            "tag" => Ok(GroupBy::Tag(key)),
            "cost_unit" => Ok(GroupBy::CostUnit(key)),
            "dimension" => Dimension::from_code(&key)
                .filter(|it| !matches!(it, Dimension::ResourceTag | Dimension::CostUnit))
                .map(GroupBy::Dimension)
                .ok_or_else(|| Refusal::parameter("key", "is no dimension")),
            _ => Err(Refusal::parameter("type", "must be dimension, tag or cost_unit")),
        }
    };
    groups.into_iter().map(group).collect()
}

/// The days or months that are asked for, from the first day to the last.
struct Units {
    by_month: bool,
    first: Date,
    last: Date,
}

/// What falls on each day or month that it begins with: the cost and the list price.
type Costs = BTreeMap<Date, (Money, Money)>;

impl Units {
    fn of(condition: &TimeCondition) -> Result<Self, Refusal> {
        let TimeCondition { time_measure_id, begin_time, end_time } = condition;
        let (by_month, first, last) = match time_measure_id {
            1 => (false, read("begin_time", begin_time)?, read("end_time", end_time)?),
            2 => {
                let begin: Month = read("begin_time", begin_time)?;
                let end: Month = read("end_time", end_time)?;
                (true, begin.first(), end.last())
            }
            _ => return Err(Refusal::parameter("time_measure_id", "must be 1 or 2")),
        };
        if last < first {
            return Err(Refusal::parameter("end_time", "must not be before begin_time"));
        }
        if last.month().first() > first.month().plus(COST_AGE_MONTHS_MAX).first() {
            let fault = format!("must be at most {COST_AGE_MONTHS_MAX} months after begin_time");
            return Err(Refusal::parameter("end_time", &fault));
        }
        Ok(Self { by_month, first, last })
    }

    /// Adds a cost to its group, day by day or month by month. How many more costs there are.
    fn add(
        &self,
        costs: &mut BTreeMap<Vec<String>, Costs>,
        groups: &[GroupBy],
        amount_type: AmountType,
        cost: &Cost,
    ) -> Result<usize, Reason> {
        let values = groups.iter().map(|group| group.value_of(&cost.record)).collect();
        let group = costs.entry(values).or_default();
        let before = group.len();
        let mut day = self.first.max(cost.schedule.first_day());
        let last = self.last.min(cost.schedule.last_day());
        while day <= last {
            let (unit, end) = self.unit_of(day);
            let amounts = cost.within(day, end.min(last))?;
            let (amount, official) = group.entry(unit).or_insert((Money::ZERO, Money::ZERO));
            *amount = sum(*amount, amount_type.of(&amounts)?)?;
            *official = sum(*official, amounts.official)?;
            day = end.next();
            // The last day that there is has itself for the next one.
            if day == end {
                break;
            }
        }
        Ok(group.len() - before)
    }

    /// The first and the last day of the unit that a day lies in.
    fn unit_of(&self, day: Date) -> (Date, Date) {
        if self.by_month { (day.month().first(), day.month().last()) } else { (day, day) }
    }
}

fn sum(one: Money, other: Money) -> Result<Money, Reason> {
    one.checked_add(other).map_err(|_| Reason::AmountTooLarge)
}

fn read<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: &str,
) -> Result<T, Refusal> {
    text.parse().map_err(|error: T::Err| Refusal::parameter(name, &error.to_string()))
}

#[derive(Serialize)]
struct ListCostsResponse {
    currency: Currency,
    total_count: u64,
    cost_data: Vec<CostDataByDimension>,
}

#[derive(Serialize)]
struct CostDataByDimension {
    dimensions: Vec<DimensionGroup>,
    costs: Vec<CostOfUnit>,
    amount_by_costs: String,
    official_amount_by_costs: String,
}

#[derive(Serialize)]
struct DimensionGroup {
    key: Dimension,
    value: String,
}

#[derive(Serialize)]
struct CostOfUnit {
    /// The day, or the first one of the month.
    time_dimension_value: Date,
    time_measure_id: u8,
    amount: String,
    official_amount: String,
}

impl CostDataByDimension {
    fn new(
        groups: &[GroupBy],
        values: Vec<String>,
        costs: Costs,
        units: &Units,
    ) -> Result<Self, Reason> {
        let text = |amount: Money| amount.at_least_two_decimals().to_string();
        let (mut all, mut official) = (Money::ZERO, Money::ZERO);
        for (amount, list_price) in costs.values() {
            all = sum(all, *amount)?;
            official = sum(official, *list_price)?;
        }
        let of_unit = |(unit, (amount, official_amount)): (Date, (Money, Money))| CostOfUnit {
            time_dimension_value: unit,
            time_measure_id: if units.by_month { 2 } else { 1 },
            amount: text(amount),
            official_amount: text(official_amount),
        };
        let dimensions = groups.iter().zip(values);
        Ok(Self {
            dimensions: dimensions
                .map(|(group, value)| DimensionGroup { key: group.dimension(), value })
                .collect(),
            costs: costs.into_iter().map(of_unit).collect(),
            amount_by_costs: text(all),
            official_amount_by_costs: text(official),
        })
    }
}
