//! What the lines of a customer's month come to.

use super::{BillAmounts, BillDetailType, ChargingMode, FeeRecord, NO_PROJECT, Origin};
use crate::domain::error::Reason;
use crate::value::id::CustomerId;
use crate::value::time::Month;
use minicbor::{Decode, Encode};

/// What those lines of a customer's month come to that have the same service, type of resources,
/// way of charging, kind and enterprise project. It changes with each line, in the same
/// transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CustomerSum {
    /// The month.
    #[n(0)]
    pub bill_cycle: Month,
    /// Whose.
    #[n(1)]
    pub customer_id: CustomerId,
    /// Cloud service type.
    #[n(2)]
    pub service_type_code: Option<String>,
    /// Its name.
    #[n(3)]
    pub service_type_name: Option<String>,
    /// Resource type.
    #[n(4)]
    pub resource_type_code: Option<String>,
    /// Its name.
    #[n(5)]
    pub resource_type_name: Option<String>,
    /// How it is charged.
    #[n(6)]
    pub charging_mode: Option<ChargingMode>,
    /// Kind of the lines.
    #[n(7)]
    pub bill_detail_type: Option<BillDetailType>,
    /// Enterprise project.
    #[n(8)]
    pub enterprise_project_id: Option<String>,
    /// Number of lines.
    #[n(9)]
    pub records: u64,
    /// How many of them a book brought in.
    #[n(10)]
    pub imported: u64,
    /// What they come to.
    #[n(11)]
    pub amounts: BillAmounts,
}

impl CustomerSum {
    /// The sum of one line.
    pub fn of(record: &FeeRecord, amounts: &BillAmounts) -> Self {
        Self {
            bill_cycle: record.bill_cycle,
            customer_id: record.customer_id.clone(),
            service_type_code: record.service_type_code.clone(),
            service_type_name: record.service_type_name.clone(),
            resource_type_code: record.resource_type_code.clone(),
            resource_type_name: record.resource_type_name.clone(),
            charging_mode: record.charging_mode,
            bill_detail_type: record.bill_detail_type,
            enterprise_project_id: record.enterprise_project_id.clone(),
            records: 1,
            imported: u64::from(record.origin() == Origin::Imported),
            amounts: *amounts,
        }
    }

    /// The enterprise project that the lines are of, or [`NO_PROJECT`].
    pub fn project(&self) -> &str {
        self.enterprise_project_id.as_deref().unwrap_or(NO_PROJECT)
    }

    /// The sum of the lines of both. Names are those that came first.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, Reason> {
        Ok(Self {
            records: self.records.saturating_add(other.records),
            imported: self.imported.saturating_add(other.imported),
            amounts: self.amounts.plus(&other.amounts)?,
            service_type_name: self.service_type_name.or(other.service_type_name),
            resource_type_name: self.resource_type_name.or(other.resource_type_name),
            ..self
        })
    }
}
