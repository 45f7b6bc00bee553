//! Bill lines as charges of FOCUS, the FinOps Open Cost and Usage Specification, version 1.2.
//!
//! The conversion follows the rules that the cloud publishes for its own files, and the specification
//! where they leave it open: periods of UTC+8 are instants of UTC whose end is not included; what cash
//! coupons have paid is a charge of its own, a credit below zero; the bill's issuer is the partner of
//! a customer that it funds.

use super::{BillAmounts, BillDetailType, ChargingMode, FeeRecord, PeriodType, ProviderType};
use super::{ProviderType::Marketplace, SpotInstance};
use crate::domain::error::Reason;
use crate::domain::partner::AssociationType;
use crate::value::code::codes;
use crate::value::money::{Money, Quantity};
use crate::value::time::Timestamp;
use std::collections::BTreeMap;

/// Names of the units of measure by their numbers, in English.
pub type Units = BTreeMap<i64, String>;

/// Who runs what is consumed, and sells it to those that no partner bills.
pub const CLOUD: &str = "Huawei Cloud";

/// Who publishes what a seller offers at the cloud's marketplace, as far as a line tells.
const MARKETPLACE: &str = "Huawei Cloud KooGallery";

/// The unit of what nobody measured: the charge itself.
const UNIT_OF_CHARGES: &str = "Charges";

codes! {
    /// What kind of charge it is.
    ChargeCategory: text {
        /// What was used.
        Usage = "Usage",
        /// What was bought.
        Purchase = "Purchase",
        /// What a coupon has paid.
        Credit = "Credit",
        /// What went back.
        Adjustment = "Adjustment",
    }
}

codes! {
    /// How often there is such a charge.
    ChargeFrequency: text {
        /// Once.
        OneTime = "One-Time",
        /// With each term.
        Recurring = "Recurring",
        /// With what is used.
        UsageBased = "Usage-Based",
    }
}

codes! {
    /// How its price came about.
    PricingCategory: text {
        /// It is the agreed price.
        Standard = "Standard",
        /// It changes with the time.
        Dynamic = "Dynamic",
        /// It is that of a commitment.
        Committed = "Committed",
    }
}

/// One charge: a row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge<'r> {
    /// The line that it is of.
    pub record: &'r FeeRecord,
    /// What kind of charge it is.
    pub category: ChargeCategory,
    /// How often there is such a charge.
    pub frequency: ChargeFrequency,
    /// How its price came about.
    pub pricing: Option<PricingCategory>,
    /// From when on it is for something.
    pub begin: Timestamp,
    /// The first instant that it is not for.
    pub end: Timestamp,
    /// At list prices.
    pub list_cost: Money,
    /// At the prices that are agreed on.
    pub contracted_cost: Money,
    /// What is due.
    pub billed_cost: Money,
    /// How much was bought or used, and its unit.
    pub quantity: Option<(Quantity, String)>,
}

impl<'r> Charge<'r> {
    /// The charges of a line: itself, and what cash coupons have paid of it.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn of(record: &'r FeeRecord, units: &Units) -> Result<Vec<Self>, Reason> {
        let amounts = record.amounts()?;
        let line = Self::of_line(record, &amounts, units)?;
        if amounts.coupon.is_zero() {
            return Ok(vec![line]);
        }
        let paid = amounts.coupon.negated();
        let credit = Self {
            category: ChargeCategory::Credit,
            frequency: ChargeFrequency::OneTime,
            pricing: None,
            list_cost: paid,
            contracted_cost: paid,
            billed_cost: paid,
            quantity: None,
            ..line.clone()
        };
        Ok(vec![line, credit])
    }

    fn of_line(
        record: &'r FeeRecord,
        amounts: &BillAmounts,
        units: &Units,
    ) -> Result<Self, Reason> {
        let category = category(record);
        let is_priced = matches!(category, ChargeCategory::Usage | ChargeCategory::Purchase);
        let contracted = amounts.official.checked_sub(amounts.discount);
        let (begin, end) = period(record, category);
        Ok(Self {
            record,
            category,
            frequency: frequency(record, category),
            pricing: is_priced.then(|| pricing(record)),
            begin,
            end,
            list_cost: amounts.official,
            contracted_cost: contracted.map_err(|_| Reason::AmountTooLarge)?,
            billed_cost: amounts.consume,
            quantity: is_priced.then(|| quantity(record, units)),
        })
    }

    /// How much was used, in its unit; of usage alone.
    pub fn consumed(&self) -> Option<&(Quantity, String)> {
        self.quantity.as_ref().filter(|_| self.category == ChargeCategory::Usage)
    }

    /// Who publishes what was consumed.
    pub fn publisher(&self) -> &'static str {
        match self.record.provider() {
            ProviderType::Cloud => CLOUD,
            Marketplace => MARKETPLACE,
        }
    }

    /// Whether the cloud itself issues the bill: to customers that pay it directly.
    pub fn is_billed_by_cloud(&self) -> bool {
        self.record.association_type == Some(AssociationType::Referral)
    }
}

/// The cloud's own rule: usage is what is paid by use, what goes back or was compensated is an
/// adjustment, and all else was bought. An imported line that does not say what it is goes by its
/// charging mode.
fn category(record: &FeeRecord) -> ChargeCategory {
    match record.bill_detail_type {
        Some(BillDetailType::Usage | BillDetailType::SavingsPlanDeduction) => ChargeCategory::Usage,
        Some(
            BillDetailType::Unsubscription
            | BillDetailType::Compensation
            | BillDetailType::ChangeRefund
            | BillDetailType::PayPerUseRefund,
        ) => ChargeCategory::Adjustment,
        Some(
            BillDetailType::Purchase
            | BillDetailType::Renewal
            | BillDetailType::Change
            | BillDetailType::AutomaticRenewal
            | BillDetailType::SupportPlan
            | BillDetailType::Deduction
            | BillDetailType::MonthlyPayment
            | BillDetailType::RoundingCharge
            | BillDetailType::YearlyPayment,
        ) => ChargeCategory::Purchase,
        None if record.charging_mode == Some(ChargingMode::PayPerUse) => ChargeCategory::Usage,
        None => ChargeCategory::Purchase,
    }
}

fn frequency(record: &FeeRecord, category: ChargeCategory) -> ChargeFrequency {
    match (category, record.bill_detail_type) {
        (ChargeCategory::Usage, _) => ChargeFrequency::UsageBased,
        (
            ChargeCategory::Purchase,
            Some(
                BillDetailType::Renewal
                | BillDetailType::AutomaticRenewal
                | BillDetailType::SupportPlan
                | BillDetailType::MonthlyPayment
                | BillDetailType::YearlyPayment,
            ),
        ) => ChargeFrequency::Recurring,
        _ => ChargeFrequency::OneTime,
    }
}

fn pricing(record: &FeeRecord) -> PricingCategory {
    if record.is_spot == Some(SpotInstance::Yes) {
        return PricingCategory::Dynamic;
    }
    match record.bill_detail_type {
        Some(BillDetailType::SavingsPlanDeduction) => PricingCategory::Committed,
        _ => PricingCategory::Standard,
    }
}

/// The term or the usage, if the line tells it; else the day in UTC+8 that it counts for.
fn period(record: &FeeRecord, category: ChargeCategory) -> (Timestamp, Timestamp) {
    let is_of_a_time = category != ChargeCategory::Adjustment;
    if let (true, Some(begin), Some(last)) =
        (is_of_a_time, record.effective_time, record.expire_time)
    {
        // A term ends with its last second, usage with the instant after it.
        let end = if record.is_of_a_term() { last.next() } else { last };
        if begin < end {
            return (begin, end);
        }
    }
    let day = record.bill_date();
    (day.begin_utc_plus_8(), day.next().begin_utc_plus_8())
}

/// How much was used; of a term, for how long it is.
fn quantity(record: &FeeRecord, units: &Units) -> (Quantity, String) {
    if let (Some(number), Some(unit), true) =
        (record.period_num, record.period_type, record.is_of_a_term())
    {
        let name = match unit {
            PeriodType::Year => "Years",
            PeriodType::Month => "Months",
            PeriodType::Day => "Days",
            PeriodType::Hour => "Hours",
            PeriodType::OneOff => "Units",
        };
        return (number, name.to_owned());
    }
    if let (Some(used), Some(unit)) = (record.usage_amount, record.usage_measure_id) {
        let name = units.get(&unit).cloned();
        return (used, name.unwrap_or_else(|| format!("Units of measure {unit}")));
    }
    (Quantity::from(1), UNIT_OF_CHARGES.to_owned())
}

/// The category and subcategory of a cloud service, as FOCUS names them.
pub fn service_category(service_type_code: &str) -> (&'static str, &'static str) {
    let name = service_type_code.rsplit('.').next().unwrap_or_default();
    match name {
        "ec2" => ("Compute", "Virtual Machines"),
        "bms" | "deh" | "as" | "ims" => ("Compute", "Other (Compute)"),
        "cce" | "cci" => ("Compute", "Containers"),
        "functiongraph" => ("Compute", "Serverless Compute"),
        "ebs" => ("Storage", "Block Storage"),
        "obs" => ("Storage", "Object Storage"),
        "sfs" | "sfsturbo" => ("Storage", "File Storage"),
        "cbr" | "vbs" | "csbs" => ("Storage", "Backup Storage"),
        "vpc" | "eip" | "bandwidth" => ("Networking", "Network Infrastructure"),
        "cdn" | "iec" => ("Networking", "Content Delivery"),
        "elb" | "nat" | "vpn" | "dc" | "er" => ("Networking", "Network Connectivity"),
        "rds" | "gaussdb" => ("Databases", "Relational Databases"),
        "dds" | "nosql" => ("Databases", "NoSQL Databases"),
        "dcs" => ("Databases", "Caching"),
        "modelarts" => ("AI and Machine Learning", "AI Platforms"),
        "cfw" | "waf" | "hss" | "aad" => ("Security", "Other (Security)"),
        "dws" | "mrs" | "dli" => ("Analytics", "Other (Analytics)"),
        "dms" | "smn" => ("Integration", "Messaging"),
        "ces" | "lts" | "aom" | "apm" => {
            ("Management and Governance", "Other (Management and Governance)")
        }
        _ => ("Other", "Other (Other)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(members: &str) -> FeeRecord {
        let line = format!(
            r#"{{"partner_id":"p","id":"f","bill_cycle":"2026-08","customer_id":"c",
                "official_amount":"100.00","official_discount_amount":"19.995",
                "payment_amount":"80.00","cash_amount":"68.00","coupon_amount":"12.00"{members}}}"#
        );
        serde_json::from_str(&line).expect("a line")
    }

    fn charges(record: &FeeRecord) -> Vec<Charge<'_>> {
        let units = Units::from([(10, "GB".to_owned())]);
        Charge::of(record, &units).expect("charges")
    }

    #[test]
    fn what_coupons_have_paid_is_a_credit() {
        let record = line(r#","charging_mode":3,"bill_detail_type":5"#);
        let found = charges(&record);
        let [used, credit] = &found[..] else { panic!("{found:?}") };
        let costs = |it: &Charge<'_>| {
            [it.list_cost, it.contracted_cost, it.billed_cost].map(|cost| cost.to_string())
        };
        assert_eq!(costs(used), ["100.00", "80.005", "80.00"]);
        assert_eq!(costs(credit), ["-12.00"; 3]);
        assert_eq!(used.category, ChargeCategory::Usage);
        assert_eq!(credit.category, ChargeCategory::Credit);
        assert_eq!((credit.begin, credit.end), (used.begin, used.end));
        assert_eq!((&credit.quantity, credit.pricing), (&None, None));
        let free = FeeRecord { coupon_amount: None, ..record.clone() };
        assert_eq!(charges(&free).len(), 1);
    }

    #[test]
    fn kinds_of_lines_are_kinds_of_charges() {
        use ChargeCategory::{Adjustment, Purchase, Usage};
        use ChargeFrequency::{OneTime, Recurring, UsageBased};
        for (kind, category, frequency) in [
            (1, Purchase, OneTime),
            (2, Purchase, Recurring),
            (3, Purchase, OneTime),
            (4, Adjustment, OneTime),
            (5, Usage, UsageBased),
            (8, Purchase, Recurring),
            (9, Adjustment, OneTime),
            (16, Purchase, OneTime),
            (20, Adjustment, OneTime),
            (23, Usage, UsageBased),
            (24, Adjustment, OneTime),
            (25, Purchase, OneTime),
        ] {
            let record = line(&format!(r#","bill_detail_type":{kind}"#));
            let charge = &charges(&record)[0];
            assert_eq!((charge.category, charge.frequency), (category, frequency), "{kind}");
            assert_eq!(charge.pricing.is_none(), category == Adjustment, "{kind}");
            assert_eq!(charge.quantity.is_none(), category == Adjustment, "{kind}");
        }
        assert_eq!(charges(&line(r#","charging_mode":3"#))[0].category, Usage);
        assert_eq!(charges(&line(""))[0].category, Purchase);
    }

    #[test]
    fn a_period_ends_with_the_instant_after_it() {
        let between = |members: &str| {
            let record = line(members);
            let charge = &charges(&record)[0];
            [charge.begin, charge.end].map(|time| time.to_string())
        };
        let term = r#","charging_mode":1,"bill_detail_type":1,
            "effective_time":"2026-07-31T16:00:00Z","expire_time":"2026-08-31T15:59:59Z""#;
        assert_eq!(between(term), ["2026-07-31T16:00:00Z", "2026-08-31T16:00:00Z"]);
        let hour = r#","charging_mode":3,"bill_detail_type":5,
            "effective_time":"2026-08-01T00:00:00Z","expire_time":"2026-08-01T01:00:00Z""#;
        assert_eq!(between(hour), ["2026-08-01T00:00:00Z", "2026-08-01T01:00:00Z"]);
        // What goes back does so on a day, and so is what tells no time, or none that passes.
        let day = ["2026-08-09T16:00:00Z", "2026-08-10T16:00:00Z"];
        let traded = r#","trade_time":"2026-08-10T15:59:59Z""#;
        assert_eq!(between(traded), day);
        let refund = term.replace("\"bill_detail_type\":1", "\"bill_detail_type\":4");
        assert_eq!(between(&format!("{traded}{refund}")), day);
        let instant = hour.replace("T01", "T00");
        assert_eq!(between(&format!("{traded}{instant}")), day);
    }

    #[test]
    fn there_is_a_quantity_of_whatever_has_a_price() {
        let of = |members: &str| {
            let record = line(members);
            let charge = charges(&record).remove(0);
            let (quantity, unit) = charge.quantity.clone().expect("a quantity");
            (quantity.to_string(), unit, charge.consumed().is_some())
        };
        let used = r#","bill_detail_type":5,"usage_amount":"1.5","usage_measure_id":10"#;
        assert_eq!(of(used), ("1.5".to_owned(), "GB".to_owned(), true));
        let unknown = r#","bill_detail_type":5,"usage_amount":"2","usage_measure_id":99"#;
        assert_eq!(of(unknown).1, "Units of measure 99");
        // Of a term it is its length, whatever else is told.
        let term = r#","charging_mode":1,"bill_detail_type":1,"period_num":"3","period_type":20,
            "usage_amount":"1","usage_measure_id":10"#;
        assert_eq!(of(term), ("3".to_owned(), "Months".to_owned(), false));
        assert_eq!(of(""), ("1".to_owned(), "Charges".to_owned(), false));
    }
}
