//! How a customer is associated with a partner, and how that changes: one side asks, the other agrees.
//!
//! A resale customer uses what its partner allocates to it; a referral customer pays the cloud itself;
//! one that no partner has is the cloud's own, and pays it too. A partner that stops funding a
//! customer gets back what it gave: the customer's balance, and what is left of the coupons that it
//! issued. One that begins to takes nothing over, so a customer with money of its own cannot be funded.

use crate::domain::error::Reason;
use crate::domain::partner::{AssociationType, Customer};
use crate::value::code::codes;
use crate::value::id::{CustomerId, InvitationId, PartnerId};
use crate::value::money::Money;
use crate::value::time::Timestamp;
use chrono::TimeDelta;
use minicbor::{Decode, Encode};

/// Most coupons that go back to their quotas by one change: they are one transaction.
pub const COUPONS_MAX: usize = 50;

/// Months in which each side may ask once for a change of an association.
pub const MONTHS_BETWEEN_REQUESTS: u32 = 3;

/// How long an invitation can be accepted, in days.
const INVITATION_DAYS: i64 = 30;

codes! {
    /// One of the two that are associated, or the operator above both.
    Side: text {
        /// The partner.
        Partner = "partner",
        /// The customer.
        Customer = "customer",
        /// The operator, which asks neither.
        Operator = "operator",
    }
}

codes! {
    /// What becomes of an association.
    AssociationChange: text {
        /// The customer pays the cloud itself from now on.
        Referral = "referral",
        /// The partner funds the customer from now on.
        Resale = "resale",
        /// It ends.
        Dissociation = "dissociation",
    }
}

codes! {
    /// What the side that was asked answers.
    AssociationVerdict: text {
        /// The association changes.
        Agree = "agree",
        /// It stays as it is. Of the side that asked: it no longer asks.
        Refuse = "refuse",
    }
}

codes! {
    /// What has happened to an association.
    AssociationEventKind: text {
        /// It began: the customer accepted an invitation.
        Accepted = "accepted",
        /// A change was asked for.
        Asked = "asked",
        /// It was agreed to, and the association has changed.
        Agreed = "agreed",
        /// It was refused, or no longer asked for.
        Refused = "refused",
    }
}

codes! {
    /// How far an invitation has come.
    InvitationStatus: text {
        /// It can be accepted.
        Open = "open",
        /// A customer has accepted it.
        Accepted = "accepted",
        /// Nobody has accepted it in time.
        Expired = "expired",
    }
}

impl AssociationChange {
    /// The change with which an association of this type begins.
    pub fn to(association_type: AssociationType) -> Self {
        match association_type {
            AssociationType::Referral => Self::Referral,
            AssociationType::Resale => Self::Resale,
        }
    }

    /// How the customer is associated afterwards. One without a partner pays the cloud itself.
    pub fn association_type(self) -> AssociationType {
        match self {
            Self::Referral | Self::Dissociation => AssociationType::Referral,
            Self::Resale => AssociationType::Resale,
        }
    }
}

/// An invitation: whichever customer has its name becomes a customer of the partner by accepting it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Invitation {
    /// Its name, which nobody can guess.
    #[n(0)]
    pub invitation_id: InvitationId,
    /// The partner.
    #[n(1)]
    pub partner_id: PartnerId,
    /// How the customer will be associated.
    #[n(2)]
    pub association_type: AssociationType,
    /// Since when it can be accepted.
    #[n(3)]
    pub created_at: Timestamp,
    /// The customer that has accepted it, and when.
    #[n(4)]
    pub accepted: Option<Acceptance>,
}

/// Who accepted an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Acceptance {
    /// The customer.
    #[n(0)]
    pub customer_id: CustomerId,
    /// When.
    #[n(1)]
    pub at: Timestamp,
}

impl Invitation {
    /// From when on it can no longer be accepted.
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from(self.created_at.instant() + TimeDelta::days(INVITATION_DAYS))
    }

    /// How far it has come.
    pub fn status_at(&self, now: Timestamp) -> InvitationStatus {
        if self.accepted.is_some() {
            InvitationStatus::Accepted
        } else if now < self.expires_at() {
            InvitationStatus::Open
        } else {
            InvitationStatus::Expired
        }
    }
}

/// A change that one side asks for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ChangeRequest {
    /// What is to become of the association.
    #[n(0)]
    pub change: AssociationChange,
    /// Who asks.
    #[n(1)]
    pub asked_by: Side,
    /// Since when.
    #[n(2)]
    pub asked_at: Timestamp,
}

/// Something that has happened to an association.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AssociationEvent {
    /// What.
    #[n(0)]
    pub kind: AssociationEventKind,
    /// Who did it.
    #[n(1)]
    pub by: Side,
    /// The partner.
    #[n(2)]
    pub partner_id: PartnerId,
    /// What was to become of the association.
    #[n(3)]
    pub change: AssociationChange,
    /// When.
    #[n(4)]
    pub at: Timestamp,
    /// Cash that went back to the partner by it.
    #[n(5)]
    pub returned_amount: Money,
    /// How many coupons went back to their quotas by it.
    #[n(6)]
    pub returned_coupons: u32,
    /// The customer.
    #[n(7)]
    pub customer_id: CustomerId,
}

/// What a customer has that stands against a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it has orders that are neither completed nor cancelled.
    pub has_open_orders: bool,
    /// Whether it has stored-value cards that can be used.
    pub has_cards: bool,
    /// What it owes.
    pub owes: Money,
    /// What it has in cash.
    pub cash: Money,
    /// How many coupons of its partner would go back.
    pub coupons: usize,
}

/// Checks that a customer can accept an invitation. Says why it cannot.
///
/// # Errors
/// [`Reason::CannotAssociate`].
pub fn check_acceptance(
    customer: &Customer,
    association_type: AssociationType,
    standing: &Standing,
) -> Result<(), Reason> {
    if customer.is_associated() {
        return Err(Reason::CannotAssociate("the customer is associated with a partner already"));
    }
    check_standing(customer, AssociationChange::to(association_type), standing)
}

/// Checks that a customer's association can change so. Says why it cannot.
///
/// # Errors
/// [`Reason::CannotAssociate`].
pub fn check_change(
    customer: &Customer,
    change: AssociationChange,
    standing: &Standing,
) -> Result<(), Reason> {
    if !customer.is_associated() {
        return Err(Reason::CannotAssociate("the customer is associated with no partner"));
    }
    if change != AssociationChange::Dissociation
        && change.association_type() == customer.association_type
    {
        return Err(Reason::CannotAssociate("the customer is associated so already"));
    }
    check_standing(customer, change, standing)
}

fn check_standing(
    customer: &Customer,
    change: AssociationChange,
    standing: &Standing,
) -> Result<(), Reason> {
    let is_to_be_funded = change == AssociationChange::Resale;
    let fault = if customer.is_frozen() {
        "the customer is frozen: unfreeze it first"
    } else if customer.enterprise.is_some() {
        "the customer is part of an enterprise"
    } else if standing.has_open_orders {
        "the customer has orders that are neither completed nor cancelled"
    } else if !standing.owes.is_zero() {
        "the customer owes something: it has to be paid first"
    } else if is_to_be_funded && standing.has_cards {
        "the customer has stored-value cards: they have to be used up first"
    } else if is_to_be_funded && !standing.cash.is_zero() {
        "the customer has money of its own"
    } else if standing.coupons > COUPONS_MAX {
        "the customer has too many coupons of the partner: reclaim some first"
    } else {
        return Ok(());
    };
    Err(Reason::CannotAssociate(fault))
}

/// Checks that a side may ask for a change: a partner for any, a customer for the end alone, and
/// neither if it asked before of late. `events` are the customer's newest ones.
///
/// # Errors
/// [`Reason::CallerNotPermitted`], [`Reason::AskedOfLate`].
pub fn check_request<'e>(
    customer: &Customer,
    side: Side,
    change: AssociationChange,
    events: impl IntoIterator<Item = &'e AssociationEvent>,
    now: Timestamp,
) -> Result<(), Reason> {
    if side == Side::Customer && change != AssociationChange::Dissociation {
        return Err(Reason::CallerNotPermitted);
    }
    let since = now.months_before(MONTHS_BETWEEN_REQUESTS);
    let is_of_late = |event: &AssociationEvent| {
        event.kind == AssociationEventKind::Asked
            && event.by == side
            && event.partner_id == customer.partner_id
            && event.at > since
    };
    if events.into_iter().any(is_of_late) { Err(Reason::AskedOfLate) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-06-30T12:00:00Z";

    const CLEAR: Standing = Standing {
        has_open_orders: false,
        has_cards: false,
        owes: Money::ZERO,
        cash: Money::ZERO,
        coupons: 0,
    };

    fn customer(association_type: &str) -> Customer {
        let line = format!(
            r#"{{"customer_id": "c", "partner_id": "p", "association_type": "{association_type}"}}"#
        );
        serde_json::from_str(&line).expect("a customer")
    }

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn fault(checked: Result<(), Reason>) -> Option<&'static str> {
        match checked {
            Ok(()) => None,
            Err(Reason::CannotAssociate(fault)) => fault.split(' ').next_back(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_needs_that_nothing_is_open_and_nobody_is_taken_over_with_money() {
        use AssociationChange::{Dissociation, Referral, Resale};
        let one: Money = "1".parse().expect("money");
        let clear = CLEAR;
        let open = Standing { has_open_orders: true, ..clear };
        let owing = Standing { owes: one, ..clear };
        let rich = Standing { cash: one, ..clear };
        let carded = Standing { has_cards: true, ..clear };
        let most = Standing { coupons: COUPONS_MAX, ..clear };
        let more = Standing { coupons: COUPONS_MAX + 1, ..clear };
        for (from, change, standing, expected) in [
            ("2", Referral, clear, None),
            ("2", Resale, clear, Some("already")),
            ("2", Dissociation, clear, None),
            ("1", Resale, clear, None),
            ("1", Referral, clear, Some("already")),
            ("1", Dissociation, clear, None),
            ("2", Referral, open, Some("cancelled")),
            ("2", Dissociation, open, Some("cancelled")),
            ("2", Dissociation, owing, Some("first")),
            ("2", Dissociation, rich, None),
            ("2", Referral, carded, None),
            ("1", Resale, carded, Some("first")),
            ("1", Resale, rich, Some("own")),
            ("1", Dissociation, rich, None),
            ("2", Referral, most, None),
            ("2", Dissociation, more, Some("first")),
        ] {
            let checked = check_change(&customer(from), change, &standing);
            assert_eq!(fault(checked), expected, "{from} {change:?} {standing:?}");
        }
        let frozen = Customer { frozen: Some(true), ..customer("2") };
        assert_eq!(fault(check_change(&frozen, Dissociation, &clear)), Some("first"));
    }

    #[test]
    fn only_a_customer_that_no_partner_has_accepts() {
        use AssociationType::{Referral, Resale};
        let free = Customer { partner_id: PartnerId::cloud(), ..customer("1") };
        let rich = Standing { cash: "1".parse().expect("money"), ..CLEAR };
        for (customer, association_type, standing, expected) in [
            (&free, Resale, CLEAR, None),
            (&free, Referral, CLEAR, None),
            (&free, Referral, rich, None),
            (&free, Resale, rich, Some("own")),
            (&customer("1"), Resale, CLEAR, Some("already")),
        ] {
            let checked = check_acceptance(customer, association_type, &standing);
            assert_eq!(fault(checked), expected, "{association_type:?} {standing:?}");
        }
        let none = check_change(&free, AssociationChange::Dissociation, &CLEAR);
        assert_eq!(fault(none), Some("partner"));
    }

    #[test]
    fn each_side_asks_once_in_three_months() {
        use AssociationChange::{Dissociation, Referral};
        let event = |kind, by, at| AssociationEvent {
            kind,
            by,
            partner_id: "p".parse().expect("id"),
            change: Dissociation,
            at: time(at),
            returned_amount: Money::ZERO,
            returned_coupons: 0,
            customer_id: "c".parse().expect("id"),
        };
        let lately = event(AssociationEventKind::Asked, Side::Partner, "2026-03-30T12:00:01Z");
        let before = event(AssociationEventKind::Asked, Side::Partner, "2026-03-30T12:00:00Z");
        let refused = event(AssociationEventKind::Refused, Side::Partner, NOW);
        let elsewhere = AssociationEvent { partner_id: PartnerId::cloud(), ..lately.clone() };
        for (side, change, events, expected) in [
            (Side::Partner, Referral, vec![], Ok(())),
            (Side::Partner, Dissociation, vec![&refused, &before, &elsewhere], Ok(())),
            (Side::Partner, Dissociation, vec![&refused, &lately], Err(Reason::AskedOfLate)),
            (Side::Customer, Dissociation, vec![&lately], Ok(())),
            (Side::Customer, Referral, vec![], Err(Reason::CallerNotPermitted)),
        ] {
            let checked = check_request(&customer("2"), side, change, events, time(NOW));
            assert_eq!(checked, expected, "{side:?} {change:?}");
        }
    }

    #[test]
    fn an_invitation_is_open_for_thirty_days() {
        let open = Invitation {
            invitation_id: "I".parse().expect("id"),
            partner_id: "p".parse().expect("id"),
            association_type: AssociationType::Resale,
            created_at: time("2026-06-01T00:00:00Z"),
            accepted: None,
        };
        let at = |text| open.status_at(time(text));
        assert_eq!(at("2026-06-30T23:59:59Z"), InvitationStatus::Open);
        assert_eq!(at("2026-07-01T00:00:00Z"), InvitationStatus::Expired);
        let acceptance = Acceptance { customer_id: "c".parse().expect("id"), at: time(NOW) };
        let accepted = Invitation { accepted: Some(acceptance), ..open };
        assert_eq!(accepted.status_at(time("2027-01-01T00:00:00Z")), InvitationStatus::Accepted);
    }
}
