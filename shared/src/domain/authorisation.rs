//! Authorisations: a customer lets its partner order on its behalf.

use crate::value::code::codes;
use crate::value::id::{CustomerId, PartnerId};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};

codes! {
    /// How far an authorisation has come.
    AuthorisationStatus: text {
        /// The partner has asked for it.
        Asked = "asked",
        /// The customer has granted it.
        Granted = "granted",
        /// The customer has refused it, or ended it after it was granted.
        Refused = "refused",
    }
}

codes! {
    /// What a customer answers its partner.
    AuthorisationVerdict: text {
        /// The partner may order on its behalf.
        Grant = "grant",
        /// The partner may not, or no longer.
        Refuse = "refuse",
    }
}

/// What a customer allows its partner. It is of the partner that asked: another one asks anew.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Authorisation {
    /// The customer.
    #[n(0)]
    pub customer_id: CustomerId,
    /// The partner that asked.
    #[n(1)]
    pub partner_id: PartnerId,
    /// How far it has come.
    #[n(2)]
    pub status: AuthorisationStatus,
    /// When the partner asked, the last time.
    #[n(3)]
    pub asked_at: Timestamp,
    /// When the customer answered, the last time.
    #[n(4)]
    pub answered_at: Option<Timestamp>,
}
