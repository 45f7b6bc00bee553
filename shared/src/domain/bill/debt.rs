//! What a customer owes of usage that could not be collected.

use super::{BillAmounts, BillDetailType, ChargingMode, FeeRecord};
use crate::domain::error::Reason;
use crate::value::id::CustomerId;
use crate::value::money::Money;
use crate::value::time::Month;
use minicbor::{Decode, Encode};

/// What a customer owes of one month for one service and type of resources.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Debt {
    /// The month that it was billed in.
    #[n(0)]
    pub bill_cycle: Month,
    /// Who owes it.
    #[n(1)]
    pub customer_id: CustomerId,
    /// Cloud service type.
    #[n(2)]
    pub service_type_code: Option<String>,
    /// Resource type.
    #[n(3)]
    pub resource_type_code: Option<String>,
    /// How much is left of it.
    #[n(4)]
    pub amount: Money,
    /// Whose bill it is on, if that is another customer's: a member's whose master pays for it.
    #[n(5)]
    pub consumer_id: Option<CustomerId>,
}

impl Debt {
    /// What a bill line says is owed.
    pub fn of(record: &FeeRecord) -> Self {
        Self {
            bill_cycle: record.bill_cycle,
            customer_id: record.payer_id.as_ref().unwrap_or(&record.customer_id).clone(),
            consumer_id: record.payer_id.as_ref().map(|_| record.customer_id.clone()),
            service_type_code: record.service_type_code.clone(),
            resource_type_code: record.resource_type_code.clone(),
            amount: record.debt_amount.unwrap_or(Money::ZERO),
        }
    }

    /// The debt with an amount more, or less where that is below zero.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn plus(self, more: Money) -> Result<Self, Reason> {
        let amount = self.amount.checked_add(more).map_err(|_| Reason::AmountTooLarge)?;
        Ok(Self { amount, ..self })
    }

    /// The bill line of a part of it that is paid in cash: nothing is consumed, and less is owed.
    /// `record` has the identity, the month and the trade.
    pub fn repaid(&self, record: FeeRecord, paid: Money) -> FeeRecord {
        let amounts = BillAmounts { cash: paid, debt: paid.negated(), ..BillAmounts::ZERO };
        FeeRecord {
            service_type_code: self.service_type_code.clone(),
            resource_type_code: self.resource_type_code.clone(),
            charging_mode: Some(ChargingMode::PayPerUse),
            bill_detail_type: Some(BillDetailType::Usage),
            ..record.with_amounts(&amounts)
        }
    }
}
