//! Costs: what lines come to in a stretch of days, as they were billed or spread over the days that
//! they are for.

use super::{BillAmounts, BillDetailType, ChargingMode, FeeRecord};
use crate::domain::amortisation::Schedule;
use crate::domain::error::Reason;
use crate::value::code::codes;
use crate::value::money::Money;
use crate::value::time::{Date, Month};

codes! {
    /// When a line costs something.
    CostType: text {
        /// When it is billed.
        Original = "ORIGINAL_COST",
        /// On the days that it is for.
        Amortized = "AMORTIZED_COST",
    }
}

codes! {
    /// What of a line is its cost.
    AmountType: text {
        /// What is due, coupons included.
        Payment = "PAYMENT_AMOUNT",
        /// What is paid in money: without cash coupons.
        Net = "NET_AMOUNT",
    }
}

codes! {
    /// What costs can be told apart by.
    Dimension: text {
        /// Cloud service type.
        CloudServiceType = "CLOUD_SERVICE_TYPE",
        /// Resource type.
        ResourceType = "RESOURCE_TYPE",
        /// The customer.
        AssociatedAccount = "ASSOCIATED_ACCOUNT",
        /// Region.
        RegionCode = "REGION_CODE",
        /// Availability zone.
        AzCode = "AZ_CODE",
        /// Enterprise project.
        EnterpriseProjectId = "ENTERPRISE_PROJECT_ID",
        /// Specification.
        ResSpecCode = "RES_SPEC_CODE",
        /// How it is charged.
        ChargingMode = "CHARGING_MODE",
        /// What is measured.
        UsageType = "USAGE_TYPE",
        /// Kind of line.
        BillType = "BILL_TYPE",
        /// The cloud's operating entity.
        BeId = "BE_ID",
        /// The customer that paid.
        PayerAccountId = "PAYER_ACCOUNT_ID",
        /// The resource.
        ResourceId = "RESOURCE_ID",
        /// A cost tag.
        ResourceTag = "RESOURCE_TAG",
        /// A cost unit.
        CostUnit = "COST_UNIT",
    }
}

impl Dimension {
    /// What a line is in a dimension that has one value for each; empty where it says nothing.
    pub fn value_of(self, record: &FeeRecord) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        match self {
            Self::CloudServiceType => text(&record.service_type_code),
            Self::ResourceType => text(&record.resource_type_code),
            Self::AssociatedAccount => record.customer_id.to_string(),
            Self::RegionCode => text(&record.region_code),
            Self::AzCode => text(&record.zone_code),
            Self::EnterpriseProjectId => record.project().to_owned(),
            Self::ResSpecCode => text(&record.sku_code),
            Self::ChargingMode => code_text(record.charging_mode.map(ChargingMode::code)),
            Self::UsageType => text(&record.usage_type),
            Self::BillType => code_text(record.bill_detail_type.map(BillDetailType::code)),
            Self::BeId => text(&record.be_id),
            Self::PayerAccountId => record.payer().to_string(),
            Self::ResourceId => text(&record.resource_id),
            Self::ResourceTag | Self::CostUnit => self.pairs_of(record).join(","),
        }
    }

    /// What a line is in any dimension: of tags and cost units, each as `name=value`.
    fn pairs_of(self, record: &FeeRecord) -> Vec<String> {
        match self {
            Self::ResourceTag => {
                let pairs = record.tag_pairs.iter().flatten();
                pairs.map(|pair| format!("{}={}", pair.tag_key, pair.tag_value)).collect()
            }
            Self::CostUnit => {
                let pairs = record.cost_unit_pairs.iter().flatten();
                pairs
                    .map(|pair| format!("{}={}", pair.cost_unit_name, pair.cost_unit_rule_value))
                    .collect()
            }
            _ => vec![self.value_of(record)],
        }
    }
}

fn code_text(code: Option<i64>) -> String {
    code.map(|code| code.to_string()).unwrap_or_default()
}

/// What costs are put together by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// A dimension.
    Dimension(Dimension),
    /// The value of a cost tag, by its key.
    Tag(String),
    /// The value of a cost unit, by its name.
    CostUnit(String),
}

impl GroupBy {
    /// The dimension that it is of.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Dimension(dimension) => *dimension,
            Self::Tag(_) => Dimension::ResourceTag,
            Self::CostUnit(_) => Dimension::CostUnit,
        }
    }

    /// What a line is in it; empty where it says nothing.
    pub fn value_of(&self, record: &FeeRecord) -> String {
        match self {
            Self::Dimension(dimension) => dimension.value_of(record),
            Self::Tag(key) => {
                let pair = record.tag_pairs.iter().flatten().find(|pair| pair.tag_key == *key);
                pair.map(|pair| pair.tag_value.clone()).unwrap_or_default()
            }
            Self::CostUnit(name) => {
                let mut pairs = record.cost_unit_pairs.iter().flatten();
                let pair = pairs.find(|pair| pair.cost_unit_name == *name);
                pair.map(|pair| pair.cost_unit_rule_value.clone()).unwrap_or_default()
            }
        }
    }
}

/// A condition on the lines whose costs are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostFilter {
    /// By what.
    pub dimension: Dimension,
    /// The values, compared literally.
    pub values: Vec<String>,
    /// Set to take the lines that have none of them.
    pub excludes: bool,
}

impl CostFilter {
    /// Whether a line passes.
    pub fn passes(&self, record: &FeeRecord) -> bool {
        let pairs = self.dimension.pairs_of(record);
        pairs.iter().any(|pair| self.values.contains(pair)) != self.excludes
    }
}

/// A line with the days that it costs something on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The line.
    pub record: FeeRecord,
    /// Its days.
    pub schedule: Schedule,
    amounts: BillAmounts,
}

impl Cost {
    /// A line that costs something on the days of a schedule.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn new(record: FeeRecord, schedule: Schedule) -> Result<Self, Reason> {
        let amounts = record.amounts()?;
        Ok(Self { record, schedule, amounts })
    }

    /// A line that costs something when it is billed, in the month of its bill.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn as_billed(record: FeeRecord) -> Result<Self, Reason> {
        let day = record.bill_date();
        let in_month = record.bill_cycle.contains(day);
        let day = if in_month { day } else { record.bill_cycle.first() };
        Self::new(record, Schedule::on(day))
    }

    /// What falls on the days from the first to the last, part by part. What was consumed is the
    /// sum of the parts, each of which is cut off by itself.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn within(&self, first: Date, last: Date) -> Result<BillAmounts, Reason> {
        self.spread(|amount| self.schedule.within(amount, first, last))
    }

    /// What falls before a month, on it and after it.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn split(&self, month: Month) -> Result<[BillAmounts; 3], Reason> {
        let split = |amount| self.schedule.split(amount, month);
        Ok([
            self.spread(|amount| Ok(split(amount)?.past))?,
            self.spread(|amount| Ok(split(amount)?.current))?,
            self.spread(|amount| Ok(split(amount)?.future))?,
        ])
    }

    fn spread(&self, part: impl Fn(Money) -> Result<Money, Reason>) -> Result<BillAmounts, Reason> {
        let amounts = &self.amounts;
        let less = |a: Money, b| a.checked_sub(b).map_err(|_| Reason::AmountTooLarge);
        // An imported line's parts need not add up to what it says was consumed.
        let unassigned = less(amounts.consume, amounts.parts()?)?;
        let spread = BillAmounts {
            official: part(amounts.official)?,
            discount: part(amounts.discount)?,
            erase: part(amounts.erase)?,
            consume: Money::ZERO,
            cash: part(amounts.cash)?,
            credit: part(amounts.credit)?,
            coupon: part(amounts.coupon)?,
            flexi_coupon: part(amounts.flexi_coupon)?,
            stored_card: part(amounts.stored_card)?,
            bonus: part(amounts.bonus)?,
            debt: part(amounts.debt)?,
            writeoff: part(amounts.writeoff)?,
        };
        let consume = spread.parts()?.checked_add(part(unassigned)?);
        Ok(BillAmounts { consume: consume.map_err(|_| Reason::AmountTooLarge)?, ..spread })
    }
}

impl AmountType {
    /// The cost in amounts.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn of(self, amounts: &BillAmounts) -> Result<Money, Reason> {
        match self {
            Self::Payment => Ok(amounts.consume),
            Self::Net => amounts.net(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::money::Money;

    fn line() -> FeeRecord {
        let line = r#"{"partner_id":"p","id":"f","bill_cycle":"2026-08","customer_id":"c",
            "service_type_code":"s","charging_mode":3,"bill_detail_type":5,
            "trade_time":"2026-08-31T16:30:00Z","official_amount":"10","payment_amount":"9",
            "cash_amount":"5","coupon_amount":"3",
            "tag_pairs":[{"tag_key":"a","tag_value":"1"},{"tag_key":"b","tag_value":"2"}],
            "cost_unit_pairs":[{"cost_unit_name":"u","cost_unit_rule_value":"v"}]}"#;
        serde_json::from_str(line).expect("a line")
    }

    fn yuan(text: &str) -> Money {
        text.parse().expect(text)
    }

    #[test]
    fn a_line_is_billed_in_its_month_even_if_it_was_traded_later() {
        let cost = Cost::as_billed(line()).expect("a cost");
        let month: Month = "2026-08".parse().expect("a month");
        let [past, current, future] = cost.split(month).expect("splits");
        assert!(past.is_zero() && future.is_zero());
        // One yuan is neither paid nor owed as the line says it, and still is a cost.
        assert_eq!((current.consume, current.cash), (yuan("9"), yuan("5")));
        assert_eq!(AmountType::Payment.of(&current), Ok(yuan("9")));
        assert_eq!(AmountType::Net.of(&current), Ok(yuan("6")));
    }

    #[test]
    fn parts_come_to_the_whole_however_they_are_cut() {
        let record = FeeRecord {
            effective_time: Some("2026-08-01T00:00:00Z".parse().expect("a time")),
            expire_time: Some("2026-10-06T00:00:00Z".parse().expect("a time")),
            ..line()
        };
        let term = crate::domain::amortisation::TermOfLine::of(&record).expect("a term");
        let cost = Cost::new(record, Schedule::of_term(&term)).expect("a cost");
        let mut sum = BillAmounts::ZERO;
        let mut day: Date = "2026-07-30".parse().expect("a date");
        for _ in 0..80 {
            sum = sum.plus(&cost.within(day, day).expect("a day")).expect("a sum");
            day = day.next();
        }
        assert_eq!((sum.official, sum.consume, sum.coupon), (yuan("10"), yuan("9"), yuan("3")));
        let [past, current, future] =
            cost.split("2026-09".parse().expect("a month")).expect("splits");
        let all = past.plus(&current).and_then(|sum| sum.plus(&future)).expect("a sum");
        assert_eq!(all.consume, yuan("9"));
        assert!(current.consume.is_positive() && current.consume < all.consume);
    }

    #[test]
    fn groups_and_filters_read_tags_and_units_by_name() {
        let record = line();
        for (group, value) in [
            (GroupBy::Tag("b".to_owned()), "2"),
            (GroupBy::Tag("c".to_owned()), ""),
            (GroupBy::CostUnit("u".to_owned()), "v"),
            (GroupBy::Dimension(Dimension::ChargingMode), "3"),
            (GroupBy::Dimension(Dimension::EnterpriseProjectId), "null"),
            (GroupBy::Dimension(Dimension::PayerAccountId), "c"),
            (GroupBy::Dimension(Dimension::ResourceTag), "a=1,b=2"),
        ] {
            assert_eq!(group.value_of(&record), value, "{group:?}");
        }
        for (dimension, value, passes) in [
            (Dimension::ResourceTag, "b=2", true),
            (Dimension::ResourceTag, "b", false),
            (Dimension::CloudServiceType, "s", true),
            (Dimension::RegionCode, "s", false),
        ] {
            let values = vec!["x".to_owned(), value.to_owned()];
            let filter = CostFilter { dimension, values, excludes: false };
            assert_eq!(filter.passes(&record), passes, "{filter:?}");
            assert_eq!(CostFilter { excludes: true, ..filter }.passes(&record), !passes);
        }
    }
}
