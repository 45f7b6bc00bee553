//! Bills: the lines of a month and the sums of a month.
//!
//! A bill is a statement of what was consumed, no movement of value: nothing here touches an
//! account. Amounts keep the digits they came with. A line is one deduction for one resource; the
//! same type has those that the operator's book brought in and those that the ledger gave rise to.

pub mod cost;
pub mod focus;
pub mod statistics;

mod amounts;
mod closing;
mod debt;
mod month;
mod sum;

pub use amounts::BillAmounts;
pub use closing::{Closing, PartnerSum};
pub use debt::Debt;
pub use month::{BilledMonths, OpenMonth};
pub use sum::CustomerSum;

use crate::domain::error::Reason;
use crate::domain::partner::{AssociationType, Customer};
use crate::value::code::codes;
use crate::value::id::{CustomerId, FeeRecordId, PartnerId, TypeCode};
use crate::value::money::{Money, Quantity, decimal_string};
use crate::value::time::{Date, Month, Period, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The enterprise project of what belongs to none, as bills write it.
pub const NO_PROJECT: &str = "null";

codes! {
    /// How a resource is charged.
    ChargingMode: integer {
        /// Yearly/monthly.
        YearlyMonthly = 1,
        /// Pay-per-use.
        PayPerUse = 3,
        /// Reserved instance.
        ReservedInstance = 10,
        /// Savings plan.
        SavingsPlan = 11,
    }
}

codes! {
    /// Kind of a bill line.
    BillDetailType: integer {
        /// New purchase.
        Purchase = 1,
        /// Renewal.
        Renewal = 2,
        /// Change.
        Change = 3,
        /// Refund: unsubscription.
        Unsubscription = 4,
        /// Usage.
        Usage = 5,
        /// Automatic renewal.
        AutomaticRenewal = 8,
        /// Adjustment: compensation.
        Compensation = 9,
        /// Support plan fee charged at month end.
        SupportPlan = 14,
        /// Adjustment: deduction.
        Deduction = 16,
        /// Monthly payment.
        MonthlyPayment = 18,
        /// Refund: change.
        ChangeRefund = 20,
        /// Savings plan deduction.
        SavingsPlanDeduction = 23,
        /// Refund: yearly/monthly switched to pay-per-use.
        PayPerUseRefund = 24,
        /// Charge for previously rounded-off amounts.
        RoundingCharge = 25,
        /// Yearly payment.
        YearlyPayment = 103,
    }
}

codes! {
    /// Unit of a subscription period.
    PeriodType: integer {
        /// Year.
        Year = 19,
        /// Month.
        Month = 20,
        /// Day.
        Day = 24,
        /// Hour.
        Hour = 25,
        /// One-off.
        OneOff = 5,
    }
}

codes! {
    /// Kind of an order.
    OrderType: integer {
        /// Subscription.
        Subscription = 1,
        /// Renewal.
        Renewal = 2,
        /// Change.
        Change = 3,
        /// Unsubscription.
        Unsubscription = 4,
        /// Yearly/monthly to pay-per-use.
        ToPayPerUse = 10,
        /// Pay-per-use to yearly/monthly.
        ToYearlyMonthly = 11,
        /// Trial.
        Trial = 13,
        /// Trial to commercial.
        TrialToCommercial = 14,
        /// Fee adjustment.
        FeeAdjustment = 15,
    }
}

codes! {
    /// How a savings plan is paid.
    PaymentType: text {
        /// All upfront.
        AllUpfront = "ALL_UPFRONT",
        /// Partial upfront.
        PartialUpfront = "PARTIAL_UPFRONT",
        /// No upfront.
        NoUpfront = "NO_UPFRONT",
    }
}

codes! {
    /// Where a line comes from.
    Origin: integer {
        /// The operator's book brought it in: no movement of this ledger belongs to it.
        Imported = 1,
        /// The ledger gave rise to it.
        Generated = 2,
    }
}

codes! {
    /// Who provides what was consumed.
    ProviderType: integer {
        /// The cloud.
        Cloud = 1,
        /// A seller on its marketplace.
        Marketplace = 2,
    }
}

codes! {
    /// Whether a line is paid.
    BillStatus: integer {
        /// Paid.
        Paid = 1,
        /// Something is still owed.
        Unsettled = 2,
        /// Not billed yet.
        NotBilled = 3,
    }
}

codes! {
    /// Kind of a customer's sum: the kinds of lines in it.
    SumType: integer {
        /// What was bought or used.
        Consumption = 1,
        /// What went back.
        Refund = 2,
        /// What was adjusted.
        Adjustment = 3,
    }
}

codes! {
    /// Whether a resource is a spot instance.
    SpotInstance: text {
        /// It is.
        Yes = "Y",
        /// It is not.
        No = "N",
        /// The question does not arise.
        NotApplicable = "--",
    }
}

codes! {
    /// How the resources of a sum are charged.
    ChargeMode: text {
        /// Yearly/monthly.
        YearlyMonthly = "1",
        /// Pay-per-use.
        PayPerUse = "3",
        /// Savings plan.
        SavingsPlan = "11",
    }
}

impl ChargeMode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::YearlyMonthly, Self::PayPerUse, Self::SavingsPlan];
}

codes! {
    /// Kind of a sum.
    BillType: text {
        /// Consumption.
        Consumption = "0",
        /// Unsubscription: negative.
        Unsubscription = "1",
        /// Write-off by the operator: negative.
        WriteOff = "2",
    }
}

codes! {
    /// What a sum was paid with.
    BalanceType: text {
        /// Cash.
        Cash = "BALANCE_TYPE_DEBIT",
        /// Credit.
        Credit = "BALANCE_TYPE_CREDIT",
        /// Bonus.
        Bonus = "BALANCE_TYPE_BONUS",
        /// Cash coupon.
        Coupon = "BALANCE_TYPE_COUPON",
        /// Flexi-purchase coupon.
        FlexiPurchaseCoupon = "BALANCE_TYPE_RCASH_COUPON",
        /// Stored-value card.
        StoredValueCard = "BALANCE_TYPE_STORED_VALUE_CARD",
    }
}

codes! {
    /// Unit of an amount.
    Measure: integer {
        /// Yuan.
        Yuan = 1,
    }
}

fn yuan() -> Measure {
    Measure::Yuan
}

/// One line of a month's detailed bill, as `ListSubCustomerBillDetail` answers it and as a book's
/// `fee_record` line gives it. In a book, amounts are decimal strings. What only the customer's own
/// lists show is not in that answer.
///
/// The record numbers put what most lines have first: absent fields at the end take no room.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FeeRecord {
    /// Month of the bill.
    #[n(2)]
    pub bill_cycle: Month,
    /// Whose consumption.
    #[n(3)]
    pub customer_id: CustomerId,
    /// The association at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub association_type: Option<AssociationType>,
    /// Cloud service type.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(5)]
    pub service_type_code: Option<String>,
    /// Resource type.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(7)]
    pub resource_type_code: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub service_type_name: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(8)]
    pub resource_type_name: Option<String>,
    /// How it is charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(9)]
    pub charging_mode: Option<ChargingMode>,
    /// When it was traded, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(15)]
    pub trade_time: Option<Timestamp>,
    /// Order or transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(14)]
    pub trade_id: Option<String>,
    /// Identity of the line.
    #[n(1)]
    pub id: FeeRecordId,
    /// What kind of line it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(10)]
    pub bill_detail_type: Option<BillDetailType>,
    /// The resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(12)]
    pub resource_id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(13)]
    pub resource_name: Option<String>,
    /// Specification in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(30)]
    pub product_spec_desc: Option<String>,
    /// Region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(11)]
    pub region_code: Option<String>,
    /// Product.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(31)]
    pub product_id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(32)]
    pub product_name: Option<String>,
    /// Tags of the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(33)]
    pub resource_tag: Option<String>,
    /// When it was consumed, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(16)]
    pub consume_time: Option<Timestamp>,
    /// What is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(17)]
    pub usage_type: Option<String>,
    /// How much was used.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(18)]
    pub usage_amount: Option<Quantity>,
    /// Unit of the usage.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(19)]
    pub usage_measure_id: Option<i64>,
    /// How much of it a package covered.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(34)]
    pub free_resource_usage: Option<Quantity>,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(35)]
    pub free_resource_measure_id: Option<i64>,
    /// How much of it a reserved instance covered.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(36)]
    pub ri_usage: Option<Quantity>,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(37)]
    pub ri_usage_measure_id: Option<i64>,
    /// List price, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(20)]
    pub official_amount: Option<Money>,
    /// Discount on the list price, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(21)]
    pub official_discount_amount: Option<Money>,
    /// What is to be paid, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(22)]
    pub payment_amount: Option<Money>,
    /// Paid in cash, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(23)]
    pub cash_amount: Option<Money>,
    /// Paid on credit, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(24)]
    pub credit_amount: Option<Money>,
    /// Paid with cash coupons, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(25)]
    pub coupon_amount: Option<Money>,
    /// Paid with flexi-purchase coupons, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(26)]
    pub flexipurchase_coupon_amount: Option<Money>,
    /// Paid with stored-value cards, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(27)]
    pub stored_value_card_amount: Option<Money>,
    /// Still owed, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(28)]
    pub debt_amount: Option<Money>,
    /// Written off, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(29)]
    pub writeoff_amount: Option<Money>,
    /// Unit of the subscription period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(38)]
    pub period_type: Option<PeriodType>,
    /// Account manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(39)]
    pub account_manager_id: Option<String>,
    /// The partner or reseller the customer belongs to.
    #[n(0)]
    pub partner_id: PartnerId,
    /// The region's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(40)]
    pub region_name: Option<String>,
    /// Service type of the part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(41)]
    pub sub_service_type_code: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(42)]
    pub sub_service_type_name: Option<String>,
    /// Resource type of the part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(43)]
    pub sub_resource_type_code: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(44)]
    pub sub_resource_type_name: Option<String>,
    /// The part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(45)]
    pub sub_resource_id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(46)]
    pub sub_resource_name: Option<String>,
    /// Number of periods.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(47)]
    pub period_num: Option<Quantity>,
    /// Enterprise project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(48)]
    pub enterprise_project_id: Option<String>,
    /// Kind of order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(49)]
    pub order_type: Option<OrderType>,
    /// How a savings plan is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(50)]
    pub payment_type: Option<PaymentType>,
    /// Where the line comes from. Absent: from a book.
    #[serde(skip)]
    #[n(51)]
    pub origin: Option<Origin>,
    /// What was cut off to take whole fen, yuan.
    #[serde(default, skip_serializing, deserialize_with = "decimal_string::optional")]
    #[n(52)]
    pub erase_amount: Option<Money>,
    /// From when: the beginning of the term, or of the usage.
    #[serde(default, skip_serializing)]
    #[n(53)]
    pub effective_time: Option<Timestamp>,
    /// Until when: the last second of the term, or the end of the usage.
    #[serde(default, skip_serializing)]
    #[n(54)]
    pub expire_time: Option<Timestamp>,
    /// The child of a combined order; the trade is then the combined one.
    #[serde(default, skip_serializing)]
    #[n(55)]
    pub relative_order_id: Option<String>,
    /// The order that had bought what goes back.
    #[serde(default, skip_serializing)]
    #[n(56)]
    pub pre_order_id: Option<String>,
    /// Price of one unit, yuan.
    #[serde(default, skip_serializing, deserialize_with = "decimal_string::optional")]
    #[n(57)]
    pub unit_price: Option<Money>,
    /// Size, for what is sold by it.
    #[serde(default, skip_serializing, deserialize_with = "decimal_string::optional")]
    #[n(58)]
    pub spec_size: Option<Quantity>,
    /// Unit of the size.
    #[serde(default, skip_serializing)]
    #[n(59)]
    pub spec_size_measure_id: Option<i64>,
    /// Specification as a code.
    #[serde(default, skip_serializing)]
    #[n(60)]
    pub sku_code: Option<String>,
    /// The resource that this one is attached to.
    #[serde(default, skip_serializing)]
    #[n(61)]
    pub parent_resource_id: Option<String>,
    /// Availability zone.
    #[serde(default, skip_serializing)]
    #[n(62)]
    pub zone_code: Option<String>,
    /// The customer that paid, if it is another one.
    #[serde(default, skip_serializing)]
    #[n(63)]
    pub payer_id: Option<CustomerId>,
    /// Paid with bonus, yuan.
    #[serde(default, skip_serializing, deserialize_with = "decimal_string::optional")]
    #[n(64)]
    pub bonus_amount: Option<Money>,
    /// Who provides it. Absent: the cloud.
    #[serde(default, skip_serializing)]
    #[n(65)]
    pub provider_type: Option<ProviderType>,
    /// Whether it is paid. Absent: its debt says so.
    #[serde(default, skip_serializing)]
    #[n(66)]
    pub status: Option<BillStatus>,
    /// Name of the enterprise project.
    #[serde(default, skip_serializing)]
    #[n(67)]
    pub enterprise_project_name: Option<String>,
    /// Unit of the price, in words.
    #[serde(default, skip_serializing)]
    #[n(68)]
    pub unit: Option<String>,
    /// How the amount was calculated, in words.
    #[serde(default, skip_serializing)]
    #[n(69)]
    pub formula: Option<String>,
    /// The resource at the top of those that this one is attached to.
    #[serde(default, skip_serializing)]
    #[n(70)]
    pub root_resource_id: Option<String>,
    /// Whether it is a spot instance.
    #[serde(default, skip_serializing)]
    #[n(71)]
    pub is_spot: Option<SpotInstance>,
    /// Kinds of the discounts that were taken, with commas between.
    #[serde(default, skip_serializing)]
    #[n(72)]
    pub promotion_type: Option<String>,
    /// The cloud's operating entity.
    #[serde(default, skip_serializing)]
    #[n(73)]
    pub be_id: Option<String>,
    /// Cost tags.
    #[serde(default, skip_serializing)]
    #[n(74)]
    pub tag_pairs: Option<Vec<TagPair>>,
    /// Cost units.
    #[serde(default, skip_serializing)]
    #[n(75)]
    pub cost_unit_pairs: Option<Vec<CostUnitPair>>,
}

/// A cost tag of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TagPair {
    /// Its key.
    #[n(0)]
    pub tag_key: String,
    /// Its value.
    #[n(1)]
    pub tag_value: String,
}

/// A cost unit that a line belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CostUnitPair {
    /// Its name.
    #[n(0)]
    pub cost_unit_name: String,
    /// The value that its rule gives.
    #[n(1)]
    pub cost_unit_rule_value: String,
}

impl FeeRecord {
    /// A line that these books generate, about nothing so far.
    pub fn generated(
        id: FeeRecordId,
        partner_id: PartnerId,
        customer_id: CustomerId,
        bill_cycle: Month,
        trade_time: Timestamp,
    ) -> Self {
        Self {
            bill_cycle,
            customer_id,
            association_type: None,
            service_type_code: None,
            resource_type_code: None,
            service_type_name: None,
            resource_type_name: None,
            charging_mode: None,
            trade_time: Some(trade_time),
            trade_id: None,
            id,
            bill_detail_type: None,
            resource_id: None,
            resource_name: None,
            product_spec_desc: None,
            region_code: None,
            product_id: None,
            product_name: None,
            resource_tag: None,
            consume_time: None,
            usage_type: None,
            usage_amount: None,
            usage_measure_id: None,
            free_resource_usage: None,
            free_resource_measure_id: None,
            ri_usage: None,
            ri_usage_measure_id: None,
            official_amount: None,
            official_discount_amount: None,
            payment_amount: None,
            cash_amount: None,
            credit_amount: None,
            coupon_amount: None,
            flexipurchase_coupon_amount: None,
            stored_value_card_amount: None,
            debt_amount: None,
            writeoff_amount: None,
            period_type: None,
            account_manager_id: None,
            partner_id,
            region_name: None,
            sub_service_type_code: None,
            sub_service_type_name: None,
            sub_resource_type_code: None,
            sub_resource_type_name: None,
            sub_resource_id: None,
            sub_resource_name: None,
            period_num: None,
            enterprise_project_id: None,
            order_type: None,
            payment_type: None,
            origin: Some(Origin::Generated),
            erase_amount: None,
            effective_time: None,
            expire_time: None,
            relative_order_id: None,
            pre_order_id: None,
            unit_price: None,
            spec_size: None,
            spec_size_measure_id: None,
            sku_code: None,
            parent_resource_id: None,
            zone_code: None,
            payer_id: None,
            bonus_amount: None,
            provider_type: None,
            status: None,
            enterprise_project_name: None,
            unit: None,
            formula: None,
            root_resource_id: None,
            is_spot: None,
            promotion_type: None,
            be_id: None,
            tag_pairs: None,
            cost_unit_pairs: None,
        }
    }

    /// When the line was billed: its trade time, else its time of consumption, else the morning of
    /// the first day of the month, in UTC+8. Lines of a customer are in this order.
    pub fn billed_at(&self) -> Timestamp {
        self.trade_time.or(self.consume_time).unwrap_or_else(|| self.bill_cycle.first().begin_utc())
    }

    /// The date in UTC+8 that a line counts for: that of consumption if it lies in the month of
    /// the bill, else that on which it was billed.
    pub fn bill_date(&self) -> Date {
        let consumed = self.consume_time.map(Timestamp::date_utc_plus_8);
        let consumed = consumed.filter(|date| self.bill_cycle.contains(*date));
        consumed.unwrap_or_else(|| self.billed_at().date_utc_plus_8())
    }

    /// Where the line comes from.
    pub fn origin(&self) -> Origin {
        self.origin.unwrap_or(Origin::Imported)
    }

    /// Who provides what was consumed.
    pub fn provider(&self) -> ProviderType {
        self.provider_type.unwrap_or(ProviderType::Cloud)
    }

    /// Whether the line is paid.
    pub fn status(&self) -> BillStatus {
        let owes = self.debt_amount.is_some_and(Money::is_positive);
        let computed = if owes { BillStatus::Unsettled } else { BillStatus::Paid };
        self.status.unwrap_or(computed)
    }

    /// The enterprise project, or [`NO_PROJECT`].
    pub fn project(&self) -> &str {
        self.enterprise_project_id.as_deref().unwrap_or(NO_PROJECT)
    }

    /// The customer that paid.
    pub fn payer(&self) -> &CustomerId {
        self.payer_id.as_ref().unwrap_or(&self.customer_id)
    }

    /// Whether it is about a term that was paid for, not about usage.
    pub fn is_of_a_term(&self) -> bool {
        self.charging_mode == Some(ChargingMode::YearlyMonthly)
    }
}

impl BillDetailType {
    /// The kind of sum that a line of this kind is in.
    pub fn sum_type(self) -> SumType {
        match self {
            Self::Unsubscription | Self::ChangeRefund | Self::PayPerUseRefund => SumType::Refund,
            Self::Compensation | Self::Deduction => SumType::Adjustment,
            Self::Purchase
            | Self::Renewal
            | Self::Change
            | Self::Usage
            | Self::AutomaticRenewal
            | Self::SupportPlan
            | Self::MonthlyPayment
            | Self::SavingsPlanDeduction
            | Self::RoundingCharge
            | Self::YearlyPayment => SumType::Consumption,
        }
    }
}

/// One sum of a month, as `ListSubcustomerMonthlyBills` answers it and as a book's `monthly_bill`
/// line gives it. In a book, amounts are decimal strings.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MonthlyBill {
    /// The partner or reseller the customer belongs to; not part of the answer.
    #[serde(skip_serializing)]
    #[n(0)]
    pub partner_id: PartnerId,
    /// Month of the bill; not part of the answer.
    #[serde(skip_serializing)]
    #[n(1)]
    pub cycle: Month,
    /// Whose consumption.
    #[n(2)]
    pub customer_id: CustomerId,
    /// Cloud service type.
    #[n(3)]
    pub cloud_service_type: TypeCode,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub cloud_service_type_name: Option<String>,
    /// Resource type.
    #[n(5)]
    pub resource_type_code: TypeCode,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub resource_type_name: Option<String>,
    /// How it is charged.
    #[n(7)]
    pub charge_mode: ChargeMode,
    /// Kind of the sum.
    #[n(8)]
    pub bill_type: BillType,
    /// The sum before tax, yuan; negative for anything but consumption.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(9)]
    pub amount: Option<Money>,
    /// Still owed, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(10)]
    pub debt_amount: Option<Money>,
    /// Adjusted, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(11)]
    pub adjustment_amount: Option<Money>,
    /// Discount, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(12)]
    pub discount_amount: Option<Money>,
    /// Unit of the amounts.
    #[serde(default = "yuan")]
    #[n(13)]
    pub measure_id: Measure,
    /// What it was paid with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(14)]
    pub account_details: Option<Vec<AccountDetail>>,
    /// Where it comes from. Absent: from a book.
    #[serde(skip)]
    #[n(15)]
    pub origin: Option<Origin>,
}

impl MonthlyBill {
    /// The sum of one line that these books generated. `None` for a line without a service or a
    /// type of resources, which sums are told apart by.
    pub fn of(record: &FeeRecord, amounts: &BillAmounts) -> Option<Self> {
        let code = |code: &Option<String>| code.as_deref()?.parse::<TypeCode>().ok();
        let bill_type = match record.bill_detail_type?.sum_type() {
            SumType::Consumption => BillType::Consumption,
            SumType::Refund => BillType::Unsubscription,
            SumType::Adjustment => BillType::WriteOff,
        };
        let consumed = |amount| (bill_type == BillType::Consumption).then_some(amount);
        Some(Self {
            partner_id: record.partner_id.clone(),
            cycle: record.bill_cycle,
            customer_id: record.customer_id.clone(),
            cloud_service_type: code(&record.service_type_code)?,
            cloud_service_type_name: record.service_type_name.clone(),
            resource_type_code: code(&record.resource_type_code)?,
            resource_type_name: record.resource_type_name.clone(),
            charge_mode: match record.charging_mode? {
                ChargingMode::YearlyMonthly => ChargeMode::YearlyMonthly,
                ChargingMode::PayPerUse => ChargeMode::PayPerUse,
                ChargingMode::SavingsPlan => ChargeMode::SavingsPlan,
                ChargingMode::ReservedInstance => return None,
            },
            bill_type,
            amount: Some(amounts.consume),
            debt_amount: consumed(amounts.debt),
            adjustment_amount: None,
            discount_amount: consumed(amounts.discount),
            measure_id: Measure::Yuan,
            account_details: Some(amounts.account_details()),
            origin: Some(Origin::Generated),
        })
    }

    /// The sum of both, which are of the same things.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, Reason> {
        let add = |a: Option<Money>, b: Option<Money>| match (a, b) {
            (Some(a), Some(b)) => a.checked_add(b).map(Some).map_err(|_| Reason::AmountTooLarge),
            (a, b) => Ok(a.or(b)),
        };
        let mut details = self.account_details.unwrap_or_default();
        for more in other.account_details.unwrap_or_default() {
            match details.iter_mut().find(|it| it.balance_type == more.balance_type) {
                Some(detail) => detail.amount = add(detail.amount, more.amount)?,
                None => details.push(more),
            }
        }
        details.sort_by_key(|detail| detail.balance_type);
        Ok(Self {
            amount: add(self.amount, other.amount)?,
            debt_amount: add(self.debt_amount, other.debt_amount)?,
            adjustment_amount: add(self.adjustment_amount, other.adjustment_amount)?,
            discount_amount: add(self.discount_amount, other.discount_amount)?,
            account_details: Some(details),
            ..self
        })
    }
}

/// What part of a sum was paid with one kind of balance.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccountDetail {
    /// The kind of balance.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(0)]
    pub balance_type: Option<BalanceType>,
    /// The part, yuan.
    #[serde(default, deserialize_with = "decimal_string::optional")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub amount: Option<Money>,
    /// Kind of the sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub bill_type: Option<BillType>,
}

/// Dates of a month from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    first: Date,
    last: Date,
}

impl DateRange {
    /// Takes the two ends of a filter, which work only together, in order and inside the month.
    ///
    /// # Errors
    /// [`Reason::Field`] for the end that is at fault.
    pub fn within(
        cycle: Month,
        begin: Option<Date>,
        end: Option<Date>,
    ) -> Result<Option<Self>, Reason> {
        let (first, last) = match (begin, end) {
            (None, None) => return Ok(None),
            (Some(first), Some(last)) => (first, last),
            (None, Some(_)) => {
                return Err(Reason::field("bill_date_begin", "must be given with bill_date_end"));
            }
            (Some(_), None) => {
                return Err(Reason::field("bill_date_end", "must be given with bill_date_begin"));
            }
        };
        if !cycle.contains(first) {
            return Err(Reason::field("bill_date_begin", "must be a date of the bill cycle"));
        }
        if !cycle.contains(last) {
            return Err(Reason::field("bill_date_end", "must be a date of the bill cycle"));
        }
        if last < first {
            return Err(Reason::field("bill_date_end", "must not be before bill_date_begin"));
        }
        Ok(Some(Self { first, last }))
    }

    /// The dates as those of UTC+8, as the month is that they are of: days of UTC would miss the
    /// first hours of it.
    pub fn utc_plus_8(self) -> Period {
        Period::of_dates_utc_plus_8(self.first, self.last)
    }

    /// True when the date lies inside.
    pub fn contains(self, date: Date) -> bool {
        (self.first..=self.last).contains(&date)
    }
}

/// Which lines of a customer's month are asked for. Texts and codes are compared literally.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeeFilter {
    /// Cloud service type.
    pub service_type_code: Option<String>,
    /// Region.
    pub region_code: Option<String>,
    /// How it is charged.
    pub charging_mode: Option<i64>,
    /// Kind of line.
    pub bill_detail_type: Option<i64>,
    /// The resource.
    pub resource_id: Option<String>,
    /// Its name.
    pub resource_name: Option<String>,
    /// Order or transaction.
    pub trade_id: Option<String>,
    /// Account manager.
    pub account_manager_id: Option<String>,
    /// The association at that time.
    pub association_type: Option<AssociationType>,
    /// When the lines were billed.
    pub billed: Option<Period>,
    /// Resource type.
    pub resource_type_code: Option<String>,
    /// Who provides it.
    pub provider_type: Option<ProviderType>,
    /// Enterprise project; [`NO_PROJECT`] for what belongs to none.
    pub enterprise_project_id: Option<String>,
    /// Whether it is paid.
    pub status: Option<BillStatus>,
    /// Dates that the lines count for.
    pub dates: Option<DateRange>,
    /// Set to leave out the lines with nothing to be paid.
    pub leaves_out_zero: bool,
}

impl FeeFilter {
    /// True when the filter asks for nothing that only the lines themselves tell.
    pub fn needs_no_contents(&self) -> bool {
        *self == Self { billed: self.billed, ..Self::default() }
    }

    /// True when the filter asks for nothing but what all lines of a sum share.
    pub fn is_of_sums(&self) -> bool {
        let asked = Self {
            service_type_code: self.service_type_code.clone(),
            enterprise_project_id: self.enterprise_project_id.clone(),
            ..Self::default()
        };
        *self == asked
    }

    /// True when the sums of a month tell how many of its lines pass. A line without a service has a
    /// sum with one whose service is an empty text: such a filter looks at the lines.
    pub fn is_counted_by_sums(&self) -> bool {
        let texts = [&self.service_type_code, &self.resource_type_code];
        let others = Self {
            service_type_code: None,
            resource_type_code: None,
            charging_mode: None,
            bill_detail_type: None,
            ..self.clone()
        };
        others == Self::default() && texts.into_iter().flatten().all(|text| !text.is_empty())
    }

    /// Whether the lines of a sum pass, where the filter [is of sums](Self::is_of_sums) or they
    /// [count its lines](Self::is_counted_by_sums).
    pub fn matches_sum(&self, sum: &CustomerSum) -> bool {
        passes(&self.service_type_code, &sum.service_type_code)
            && passes(&self.resource_type_code, &sum.resource_type_code)
            && passes(&self.charging_mode, &sum.charging_mode.map(ChargingMode::code))
            && passes(&self.bill_detail_type, &sum.bill_detail_type.map(BillDetailType::code))
            && self.enterprise_project_id.as_ref().is_none_or(|asked| asked == sum.project())
    }

    /// Whether a line passes; when it was billed aside.
    pub fn matches(&self, record: &FeeRecord) -> bool {
        let mode = record.charging_mode.map(ChargingMode::code);
        let detail_type = record.bill_detail_type.map(BillDetailType::code);
        passes(&self.service_type_code, &record.service_type_code)
            && passes(&self.region_code, &record.region_code)
            && passes(&self.charging_mode, &mode)
            && passes(&self.bill_detail_type, &detail_type)
            && passes(&self.resource_id, &record.resource_id)
            && passes(&self.resource_name, &record.resource_name)
            && passes(&self.trade_id, &record.trade_id)
            && passes(&self.account_manager_id, &record.account_manager_id)
            && passes(&self.association_type, &record.association_type)
            && passes(&self.resource_type_code, &record.resource_type_code)
            && self.provider_type.is_none_or(|asked| asked == record.provider())
            && self.enterprise_project_id.as_ref().is_none_or(|asked| asked == record.project())
            && self.status.is_none_or(|asked| asked == record.status())
            && self.dates.is_none_or(|dates| dates.contains(record.bill_date()))
            && !(self.leaves_out_zero && record.consumed().is_zero())
    }
}

fn passes<T: PartialEq>(asked: &Option<T>, has: &Option<T>) -> bool {
    asked.is_none() || asked == has
}

/// Whose bills a customer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Its own.
    Oneself,
    /// Its own, and those of the members of its enterprise.
    All,
    /// Those of the members, or of one of them.
    Members(Option<CustomerId>),
}

/// A customer whose bills are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillAccount {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its partners: those that it belonged to before, and the one that it belongs to.
    pub partner_ids: Vec<PartnerId>,
    /// Its account name.
    pub account_name: Option<String>,
    /// Who pays: itself, or the master of its enterprise.
    pub payer_id: CustomerId,
}

impl From<Customer> for BillAccount {
    fn from(customer: Customer) -> Self {
        let payer_id = customer.unified_under().unwrap_or(&customer.customer_id).clone();
        let mut partner_ids = customer.earlier_partners.unwrap_or_default();
        partner_ids.push(customer.partner_id);
        Self {
            payer_id,
            customer_id: customer.customer_id,
            partner_ids,
            account_name: customer.account_name,
        }
    }
}

impl BillAccount {
    /// The account name of the customer of a line.
    pub fn name_of<'a>(accounts: &'a [Self], customer_id: &CustomerId) -> Option<&'a str> {
        let account = accounts.iter().find(|account| account.customer_id == *customer_id)?;
        account.account_name.as_deref()
    }
}

/// Which sums of a partner's month are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonthlyFilter {
    /// One customer only.
    pub customer_id: Option<CustomerId>,
    /// Cloud service type, compared literally.
    pub cloud_service_type: Option<String>,
    /// Kind of sum.
    pub bill_type: Option<BillType>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"partner_id": "p", "id": "f", "bill_cycle": "2026-08",
        "customer_id": "c", "association_type": "2", "charging_mode": 3, "bill_detail_type": 5,
        "trade_time": "2026-08-09T05:10:00Z", "usage_amount": "4", "usage_measure_id": 4,
        "official_amount": "868.330", "coupon_amount": "-0", "period_num": "0.50"}"#;

    fn record() -> FeeRecord {
        serde_json::from_str(RECORD).expect("a record")
    }

    #[test]
    fn a_line_is_answered_as_it_came_with_numbers_for_decimals() {
        let answer = serde_json::to_string(&record()).expect("json");
        for part in [
            r#""bill_cycle":"2026-08""#,
            r#""charging_mode":3"#,
            r#""trade_time":"2026-08-09T05:10:00Z""#,
            r#""usage_amount":4"#,
            r#""official_amount":868.330"#,
            r#""coupon_amount":0"#,
            r#""period_num":0.50"#,
        ] {
            assert!(answer.contains(part), "{part} in {answer}");
        }
        assert!(!answer.contains("null") && !answer.contains("product_id"), "{answer}");
        let bytes = minicbor::to_vec(record()).expect("encodes");
        assert_eq!(minicbor::decode::<FeeRecord>(&bytes).expect("decodes"), record());
    }

    #[test]
    fn a_line_takes_only_fields_and_values_of_the_contract() {
        for (from, to) in [
            ("\"charging_mode\": 3", "\"charging_mode\": 2"),
            ("\"association_type\": \"2\"", "\"association_type\": \"3\""),
            ("\"usage_amount\": \"4\"", "\"usage_amount\": 4"),
            ("2026-08\"", "2026-13\""),
            ("\"id\": \"f\",", ""),
            ("\"id\": \"f\",", "\"id\": \"f\", \"colour\": \"red\","),
        ] {
            let line = RECORD.replacen(from, to, 1);
            assert_ne!(line, RECORD);
            assert!(serde_json::from_str::<FeeRecord>(&line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_sum_is_answered_without_what_the_question_says() {
        let line = r#"{"partner_id": "p", "cycle": "2026-08", "customer_id": "c",
            "cloud_service_type": "s", "resource_type_code": "t", "charge_mode": "3",
            "bill_type": "1", "amount": "-747.12",
            "account_details": [{"balance_type": "BALANCE_TYPE_DEBIT", "amount": "-747.12"}]}"#;
        let bill: MonthlyBill = serde_json::from_str(line).expect("a sum");
        assert_eq!(
            serde_json::to_string(&bill).expect("json"),
            "{\"customer_id\":\"c\",\"cloud_service_type\":\"s\",\"resource_type_code\":\"t\",\
             \"charge_mode\":\"3\",\"bill_type\":\"1\",\"amount\":-747.12,\"measure_id\":1,\
             \"account_details\":[{\"balance_type\":\"BALANCE_TYPE_DEBIT\",\"amount\":-747.12}]}"
        );
        let bytes = minicbor::to_vec(&bill).expect("encodes");
        assert_eq!(minicbor::decode::<MonthlyBill>(&bytes).expect("decodes"), bill);
    }

    #[test]
    fn a_line_without_times_is_billed_when_the_month_begins() {
        let consume_time = Some("2026-08-08T00:00:00Z".parse().expect("a time"));
        let consumed = FeeRecord { trade_time: None, consume_time, ..record() };
        let untimed = FeeRecord { consume_time: None, ..consumed.clone() };
        assert_eq!(record().billed_at().to_string(), "2026-08-09T05:10:00Z");
        assert_eq!(consumed.billed_at().to_string(), "2026-08-08T00:00:00Z");
        assert_eq!(untimed.billed_at().to_string(), "2026-08-01T00:00:00Z");
    }

    #[test]
    fn each_filter_is_compared_literally() {
        let text = |text: &str| Some(text.to_owned());
        type Edit<'a> = Box<dyn Fn(&mut FeeFilter) + 'a>;
        let cases: Vec<(Edit<'_>, bool)> = vec![
            (Box::new(|_| ()), true),
            (Box::new(|filter| filter.charging_mode = Some(3)), true),
            (Box::new(|filter| filter.charging_mode = Some(1)), false),
            (Box::new(|filter| filter.bill_detail_type = Some(5)), true),
            (Box::new(|filter| filter.bill_detail_type = Some(6)), false),
            (Box::new(|filter| filter.association_type = Some(AssociationType::Resale)), true),
            (Box::new(|filter| filter.association_type = Some(AssociationType::Referral)), false),
            (Box::new(|filter| filter.region_code = text("cn")), false),
            (Box::new(|filter| filter.service_type_code = text("")), false),
            (Box::new(|filter| filter.resource_id = text("r")), false),
            (Box::new(|filter| filter.resource_name = text("r")), false),
            (Box::new(|filter| filter.trade_id = text("t")), false),
            (Box::new(|filter| filter.account_manager_id = text("m")), false),
        ];
        for (edit, passes) in cases {
            let mut filter = FeeFilter::default();
            edit(&mut filter);
            assert_eq!(filter.matches(&record()), passes, "{filter:?}");
            let asks_nothing = filter == FeeFilter::default();
            assert_eq!(filter.needs_no_contents(), asks_nothing, "{filter:?}");
        }
    }

    #[test]
    fn dates_work_together_in_order_and_inside_the_month() {
        let cycle: Month = "2026-08".parse().expect("a month");
        for (begin, end, answer) in [
            (None, None, Ok(None)),
            (Some("2026-08-01"), Some("2026-08-31"), Ok(Some("2026-08-31T16:00:00Z"))),
            (Some("2026-08-05"), Some("2026-08-05"), Ok(Some("2026-08-05T16:00:00Z"))),
            (None, Some("2026-08-05"), Err("bill_date_begin")),
            (Some("2026-08-05"), None, Err("bill_date_end")),
            (Some("2026-07-31"), Some("2026-08-05"), Err("bill_date_begin")),
            (Some("2026-08-05"), Some("2026-09-01"), Err("bill_date_end")),
            (Some("2026-08-05"), Some("2026-08-04"), Err("bill_date_end")),
        ] {
            let date = |text: Option<&str>| text.map(|text| text.parse().expect("a date"));
            let range = match DateRange::within(cycle, date(begin), date(end)) {
                Ok(range) => Ok(range.map(|range| range.utc_plus_8().end.to_string())),
                Err(Reason::Field { name, .. }) => Err(name),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(range, answer.map(|end| end.map(str::to_owned)), "{begin:?} {end:?}");
        }
    }
}
