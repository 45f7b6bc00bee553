//! What is kept of a month that is closed.

use super::BillAmounts;
use crate::value::id::PartnerId;
use crate::value::time::{Month, Timestamp};
use minicbor::{Decode, Encode};

/// A month that is closed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Closing {
    /// The month.
    #[n(0)]
    pub month: Month,
    /// When it was closed.
    #[n(1)]
    pub closed_at: Timestamp,
    /// The transaction that closed it.
    #[n(2)]
    pub sequence: u64,
    /// Number of its lines.
    #[n(3)]
    pub records: u64,
    /// Number of customers with lines.
    #[n(4)]
    pub customers: u64,
    /// What all lines come to.
    #[n(5)]
    pub amounts: BillAmounts,
}

/// What the customers of a partner come to in a month that is closed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PartnerSum {
    /// The partner.
    #[n(0)]
    pub partner_id: PartnerId,
    /// Number of lines.
    #[n(1)]
    pub records: u64,
    /// What they come to.
    #[n(2)]
    pub amounts: BillAmounts,
}
