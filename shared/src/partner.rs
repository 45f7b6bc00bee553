//! Partners, their customers, and who is calling.
//!
//! How to reach them is personal data and kept apart, as a [`Contact`](crate::vault::Contact).

use crate::code::codes;
use crate::error::Reason;
use crate::id::{CustomerId, PartnerId};
use crate::time::Timestamp;
use minicbor::{Decode, Encode};
use serde::Deserialize;

codes! {
    /// The kind of a partner.
    PartnerKind: text {
        /// First tier, with resellers below it.
        Distributor = "distributor",
        /// First tier, without resellers.
        SolutionProvider = "solution_provider",
        /// Second tier, below a distributor (`indirect_partner_id` on the wire).
        Reseller = "reseller",
    }
}

codes! {
    /// Who pays the cloud for a customer.
    AssociationType: text {
        /// The customer pays: no allocation and no coupons from the partner.
        Referral = "1",
        /// The partner funds the customer's account.
        Resale = "2",
    }
}

codes! {
    /// Whether a customer is a person.
    CustomerType: integer {
        /// Not known yet.
        Unknown = -1,
        /// A person.
        Individual = 0,
        /// An enterprise.
        Enterprise = 1,
    }
}

codes! {
    /// State of a customer's real-name authentication.
    VerifiedStatus: text {
        /// Not authenticated, or refused.
        Unverified = "-1",
        /// Under review.
        UnderReview = "0",
        /// Only partly authenticated.
        Incomplete = "1",
        /// Authenticated.
        Verified = "2",
    }
}

/// A partner. Contents as a book's `partner` line gives them, its contact aside.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Identity.
    #[n(0)]
    pub partner_id: PartnerId,
    /// Kind.
    #[n(1)]
    pub partner_kind: PartnerKind,
    /// The distributor above a reseller; only those have one.
    #[n(2)]
    pub distributor_id: Option<PartnerId>,
    /// Account name.
    #[n(3)]
    pub account_name: Option<String>,
    /// Full name.
    #[n(4)]
    pub name: Option<String>,
    /// When it became a partner.
    #[n(7)]
    pub associated_on: Option<Timestamp>,
    /// Who looks after it.
    #[n(8)]
    pub account_manager_id: Option<String>,
    /// That person's name.
    #[n(9)]
    pub account_manager_name: Option<String>,
}

/// A customer. Contents as a book's `customer` line gives them, its contact aside; names as in
/// `ListSubCustomers`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Identity.
    #[n(0)]
    pub customer_id: CustomerId,
    /// The partner or reseller it belongs to.
    #[n(1)]
    pub partner_id: PartnerId,
    /// Resale or referral.
    #[n(2)]
    pub association_type: AssociationType,
    /// Account name.
    #[n(3)]
    pub account_name: Option<String>,
    /// Real name, once authenticated.
    #[n(4)]
    pub customer: Option<String>,
    /// Person or enterprise.
    #[n(5)]
    pub customer_type: Option<CustomerType>,
    /// State of the real-name authentication.
    #[n(6)]
    pub verified_status: Option<VerifiedStatus>,
    /// Country code of the telephone number.
    #[n(7)]
    pub country_code: Option<String>,
    /// The partner's label.
    #[n(10)]
    pub label: Option<String>,
    /// When it was associated with the partner.
    #[n(11)]
    pub associated_on: Option<Timestamp>,
    /// Account at the partner's own platform.
    #[n(12)]
    pub xaccount_id: Option<String>,
    /// Which platform that is.
    #[n(13)]
    pub xaccount_type: Option<String>,
    /// Level, V0 to V5.
    #[n(14)]
    pub customer_level: Option<String>,
}

/// A verified caller.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Principal {
    /// A partner.
    #[n(0)]
    Partner(#[n(0)] CallingPartner),
    /// A customer.
    #[n(1)]
    Customer(#[n(0)] CallingCustomer),
}

/// A customer that calls.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CallingCustomer {
    /// The customer.
    #[n(0)]
    pub customer_id: CustomerId,
    /// Its partner.
    #[n(1)]
    pub partner_id: PartnerId,
}

/// A partner that calls.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CallingPartner {
    /// The partner.
    #[n(0)]
    pub partner_id: PartnerId,
    /// Its kind: what it may do.
    #[n(1)]
    pub kind: PartnerKind,
}

impl Principal {
    /// The stable text form: for journal entries and client tokens.
    pub fn name(&self) -> String {
        match self {
            Self::Partner(partner) => format!("partner {}", partner.partner_id),
            Self::Customer(customer) => format!("customer {}", customer.customer_id),
        }
    }
}

impl CallingPartner {
    /// Decides whether this caller may act for `reseller`, given the record of that name.
    ///
    /// # Errors
    /// [`Reason::NotYourReseller`], the same whether the reseller exists or not.
    pub fn act_for(&self, reseller: Option<Partner>) -> Result<PartnerId, Reason> {
        let partner = reseller.ok_or(Reason::NotYourReseller)?;
        let own = self.kind == PartnerKind::Distributor
            && partner.partner_kind == PartnerKind::Reseller
            && partner.distributor_id.as_ref() == Some(&self.partner_id);
        if own { Ok(partner.partner_id) } else { Err(Reason::NotYourReseller) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reseller_of(distributor: &str, kind: PartnerKind) -> Partner {
        let line = format!(
            r#"{{"partner_id": "r", "partner_kind": "{}", "distributor_id": "{distributor}"}}"#,
            kind.code()
        );
        serde_json::from_str(&line).expect("a partner")
    }

    #[test]
    fn only_a_distributor_acts_and_only_for_its_own_resellers() {
        use PartnerKind::{Distributor, Reseller, SolutionProvider};
        for (kind, reseller, allowed) in [
            (Distributor, Some(reseller_of("d", Reseller)), true),
            (Distributor, Some(reseller_of("other", Reseller)), false),
            (Distributor, Some(reseller_of("d", SolutionProvider)), false),
            (Distributor, None, false),
            (SolutionProvider, Some(reseller_of("d", Reseller)), false),
            (Reseller, Some(reseller_of("d", Reseller)), false),
        ] {
            let caller = CallingPartner { partner_id: "d".parse().expect("id"), kind };
            let answer = caller.act_for(reseller.clone());
            assert_eq!(answer.is_ok(), allowed, "{kind:?} {reseller:?}");
            assert!(allowed || answer == Err(Reason::NotYourReseller));
        }
    }

    #[test]
    fn principals_read_back_and_have_different_names() {
        let partner = Principal::Partner(CallingPartner {
            partner_id: "x".parse().expect("id"),
            kind: PartnerKind::Distributor,
        });
        let customer = Principal::Customer(CallingCustomer {
            customer_id: "x".parse().expect("id"),
            partner_id: "p".parse().expect("id"),
        });
        assert_ne!(partner.name(), customer.name());
        for principal in [partner, customer] {
            let bytes = minicbor::to_vec(&principal).expect("encodes");
            assert_eq!(minicbor::decode::<Principal>(&bytes).expect("decodes"), principal);
        }
    }
}
