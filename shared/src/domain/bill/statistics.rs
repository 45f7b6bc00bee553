//! Lines of a bill put together: by month, by day, or by kind of sum.

use super::{BillAmounts, BillDetailType, ChargingMode, CustomerSum, FeeRecord, SumType};
use crate::domain::error::Reason;
use crate::value::code::codes;
use crate::value::id::CustomerId;
use crate::value::page::{Page, Slice};
use crate::value::time::Date;
use std::collections::{BTreeMap, BTreeSet};

codes! {
    /// How lines are put together.
    StatisticType: integer {
        /// By month.
        Cycle = 1,
        /// By day.
        Day = 2,
        /// Not at all.
        Detail = 3,
    }
}

/// One line, or several of one resource that are told as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// The day, unless it is a whole month.
    pub date: Option<Date>,
    /// What the lines agree on; what they do not agree on is absent, and quantities are summed up.
    pub record: FeeRecord,
    /// The sums of their amounts.
    pub amounts: BillAmounts,
}

impl Statistic {
    /// A line by itself.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn of(record: FeeRecord) -> Result<Self, Reason> {
        let amounts = record.amounts()?;
        Ok(Self { date: Some(record.bill_date()), record, amounts })
    }
}

/// What lines that are told as one have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct StatisticKey {
    customer_id: CustomerId,
    date: Option<Date>,
    texts: [Option<String>; 10],
    codes: [Option<i64>; 3],
}

impl StatisticKey {
    fn of(record: &FeeRecord, by_day: bool) -> Self {
        let date = by_day.then(|| record.bill_date());
        // What is bought belongs to its order; usage is taken in many transactions.
        let order_id = record.trade_id.clone().filter(|_| record.is_of_a_term());
        Self {
            customer_id: record.customer_id.clone(),
            date,
            texts: [
                record.service_type_code.clone(),
                record.resource_type_code.clone(),
                record.region_code.clone(),
                record.resource_id.clone(),
                record.sub_resource_id.clone(),
                record.enterprise_project_id.clone(),
                order_id,
                record.usage_type.clone(),
                record.product_id.clone(),
                record.sku_code.clone(),
            ],
            codes: [
                record.charging_mode.map(ChargingMode::code),
                record.bill_detail_type.map(BillDetailType::code),
                record.usage_measure_id,
            ],
        }
    }
}

/// Which lines there will be when lines are put together by month or by day. All lines are shown
/// to it first, so that only those of a page need to be kept when they are put together.
pub struct Outline {
    by_day: bool,
    keys: BTreeSet<StatisticKey>,
}

impl Outline {
    /// Of no lines yet.
    pub fn new(statistic_type: StatisticType) -> Self {
        Self { by_day: statistic_type != StatisticType::Cycle, keys: BTreeSet::new() }
    }

    /// Takes notice of a line.
    pub fn add(&mut self, record: &FeeRecord) {
        self.keys.insert(StatisticKey::of(record, self.by_day));
    }

    /// The part that is asked for, to be filled.
    pub fn part(self, slice: Slice) -> Statistics {
        let Page { total_count, items } = Page::of(self.keys.into_iter().collect(), slice);
        let groups = items.into_iter().map(|key| (key, None)).collect();
        Statistics { by_day: self.by_day, total_count, groups }
    }
}

/// Part of the lines that are put together.
pub struct Statistics {
    by_day: bool,
    total_count: u64,
    groups: BTreeMap<StatisticKey, Option<Statistic>>,
}

impl Statistics {
    /// Adds a line, if it belongs to this part.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn add(&mut self, record: FeeRecord) -> Result<(), Reason> {
        let key = StatisticKey::of(&record, self.by_day);
        match self.groups.get_mut(&key) {
            None => Ok(()),
            Some(Some(known)) => {
                known.amounts = known.amounts.plus(&record.amounts()?)?;
                agree(&mut known.record, record)
            }
            Some(empty) => {
                *empty = Some(Statistic { date: key.date, ..Statistic::of(record)? });
                Ok(())
            }
        }
    }

    /// The part, in a fixed order.
    pub fn finish(self) -> Page<Statistic> {
        let items = self.groups.into_values().flatten().collect();
        Page { total_count: self.total_count, items }
    }
}

/// Keeps of a line what another one has as well, and sums up their quantities.
fn agree(known: &mut FeeRecord, other: FeeRecord) -> Result<(), Reason> {
    macro_rules! agree {
        ($($field:ident)*) => {$(
            if known.$field != other.$field {
                known.$field = None;
            }
        )*};
    }
    agree! {
        association_type service_type_name resource_type_name trade_time trade_id resource_name
        product_spec_desc product_name resource_tag consume_time free_resource_measure_id
        ri_usage_measure_id period_type account_manager_id region_name sub_service_type_code
        sub_service_type_name sub_resource_type_code sub_resource_type_name sub_resource_name
        period_num order_type payment_type origin effective_time expire_time relative_order_id
        pre_order_id unit_price spec_size spec_size_measure_id parent_resource_id zone_code
        payer_id provider_type status enterprise_project_name unit formula root_resource_id
        is_spot promotion_type be_id tag_pairs cost_unit_pairs
    }
    for (sum, quantity) in [
        (&mut known.usage_amount, other.usage_amount),
        (&mut known.free_resource_usage, other.free_resource_usage),
        (&mut known.ri_usage, other.ri_usage),
    ] {
        *sum = match (*sum, quantity) {
            (Some(sum), Some(quantity)) => {
                Some(sum.checked_add(quantity).map_err(|_| Reason::AmountTooLarge)?)
            }
            (sum, quantity) => sum.or(quantity),
        };
    }
    Ok(())
}

/// What a customer's month comes to for one kind of resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumRow {
    /// Whose.
    pub customer_id: CustomerId,
    /// Cloud service type.
    pub service_type_code: Option<String>,
    /// Its name.
    pub service_type_name: Option<String>,
    /// Resource type.
    pub resource_type_code: Option<String>,
    /// Its name.
    pub resource_type_name: Option<String>,
    /// How it is charged.
    pub charging_mode: Option<ChargingMode>,
    /// Kind of the sum.
    pub sum_type: SumType,
    /// The sums.
    pub amounts: BillAmounts,
}

/// What identifies a sum: customer, service, resource type, charging mode and kind.
type SumKey = (CustomerId, Option<String>, Option<String>, Option<ChargingMode>, SumType);

/// A month being summed up.
#[derive(Default)]
pub struct Sums(BTreeMap<SumKey, SumRow>);

impl Sums {
    /// Adds a line.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn add(&mut self, record: &FeeRecord) -> Result<(), Reason> {
        self.add_sum(CustomerSum::of(record, &record.amounts()?))
    }

    /// Adds what some lines come to. Those that say of no kind are consumption.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn add_sum(&mut self, sum: CustomerSum) -> Result<(), Reason> {
        let kind = sum.bill_detail_type;
        let sum_type = kind.map_or(SumType::Consumption, BillDetailType::sum_type);
        let key = (
            sum.customer_id.clone(),
            sum.service_type_code.clone(),
            sum.resource_type_code.clone(),
            sum.charging_mode,
            sum_type,
        );
        if let Some(known) = self.0.get_mut(&key) {
            known.amounts = known.amounts.plus(&sum.amounts)?;
            return Ok(());
        }
        let row = SumRow {
            customer_id: sum.customer_id,
            service_type_code: sum.service_type_code,
            service_type_name: sum.service_type_name,
            resource_type_code: sum.resource_type_code,
            resource_type_name: sum.resource_type_name,
            charging_mode: sum.charging_mode,
            sum_type,
            amounts: sum.amounts,
        };
        self.0.insert(key, row);
        Ok(())
    }

    /// All of them, in the order of what identifies them.
    pub fn finish(self) -> Vec<SumRow> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, members: &str) -> FeeRecord {
        let line = format!(
            r#"{{"partner_id":"p","id":"{id}","bill_cycle":"2026-08","customer_id":"c",
                "service_type_code":"s","resource_id":"r","charging_mode":3,"bill_detail_type":5,
                "trade_id":"{id}","payment_amount":"1.5","cash_amount":"1.5"{members}}}"#
        );
        serde_json::from_str(&line).expect("a line")
    }

    fn part(statistic_type: StatisticType, lines: &[FeeRecord], slice: Slice) -> Page<Statistic> {
        let mut outline = Outline::new(statistic_type);
        lines.iter().for_each(|line| outline.add(line));
        let mut statistics = outline.part(slice);
        for line in lines {
            statistics.add(line.clone()).expect("is added");
        }
        statistics.finish()
    }

    fn put_together(statistic_type: StatisticType, lines: &[FeeRecord]) -> Vec<Statistic> {
        let page = part(statistic_type, lines, Slice::first(100));
        assert_eq!(page.total_count, u64::try_from(page.items.len()).expect("fits"));
        page.items
    }

    #[test]
    fn usage_of_a_resource_is_one_line_a_month_or_a_day() {
        let at = |id, time: &str, usage: &str| {
            let members = format!(
                r#","consume_time":"{time}","trade_time":"{time}","usage_amount":"{usage}",
                    "unit":"yuan/hour","sku_code":"x""#
            );
            line(id, &members)
        };
        let lines = [
            at("1", "2026-08-01T15:59:59Z", "1"),
            at("2", "2026-08-01T16:00:00Z", "2.25"),
            at("3", "2026-08-02T10:00:00Z", "3"),
        ];
        let month = put_together(StatisticType::Cycle, &lines);
        let [sum] = &month[..] else { panic!("one line: {month:?}") };
        assert_eq!((sum.date, sum.amounts.consume.to_string()), (None, "4.5".to_owned()));
        assert_eq!(sum.record.usage_amount.map(|usage| usage.to_string()), Some("6.25".to_owned()));
        assert_eq!((&sum.record.trade_id, &sum.record.trade_time), (&None, &None));
        assert_eq!(sum.record.unit.as_deref(), Some("yuan/hour"));

        let days = put_together(StatisticType::Day, &lines);
        let dates: Vec<_> = days.iter().filter_map(|sum| sum.date).collect();
        assert_eq!(
            dates.iter().map(Date::to_string).collect::<Vec<_>>(),
            ["2026-08-01", "2026-08-02"]
        );
        let second = part(StatisticType::Day, &lines, Slice { offset: 1, limit: 1 });
        assert_eq!((second.total_count, &second.items[..]), (2, &days[1..]));
        assert_eq!(days[1].amounts.consume.to_string(), "3.0");
        assert_eq!(days[0].record.trade_id.as_deref(), Some("1"));
    }

    #[test]
    fn what_differs_in_kind_or_belongs_to_another_order_stays_apart() {
        let bought = |id| line(id, "").clone();
        let mut lines = [bought("1"), bought("2")];
        assert_eq!(put_together(StatisticType::Cycle, &lines).len(), 1);
        for line in &mut lines {
            line.charging_mode = Some(ChargingMode::YearlyMonthly);
        }
        assert_eq!(put_together(StatisticType::Cycle, &lines).len(), 2);
        let refund = FeeRecord {
            bill_detail_type: Some(BillDetailType::Unsubscription),
            ..lines[0].clone()
        };
        assert_eq!(put_together(StatisticType::Cycle, &[lines[0].clone(), refund]).len(), 2);
    }

    #[test]
    fn sums_are_of_a_kind_of_resource_and_a_kind_of_line() {
        let mut sums = Sums::default();
        for (id, kind) in [("1", 5), ("2", 4), ("3", 20), ("4", 24), ("5", 9), ("6", 16), ("7", 25)]
        {
            let kind = BillDetailType::from_code(kind);
            sums.add(&FeeRecord { bill_detail_type: kind, ..line(id, "") }).expect("is added");
        }
        sums.add(&FeeRecord { bill_detail_type: None, ..line("8", "") }).expect("is added");
        let rows = sums.finish();
        let rows = rows.iter().map(|row| (row.sum_type.code(), row.amounts.consume.to_string()));
        let expected = [(1, "4.5"), (2, "4.5"), (3, "3.0")];
        assert_eq!(rows.collect::<Vec<_>>(), expected.map(|(kind, sum)| (kind, sum.to_owned())));
    }
}
