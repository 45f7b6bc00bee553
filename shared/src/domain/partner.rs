//! Partners, their customers, and who is calling.
//!
//! How to reach them is personal data and kept apart, as a [`Contact`](crate::security::vault::Contact).

use crate::domain::enterprise::{FinanceMode, Role};
use crate::domain::error::Reason;
use crate::value::code::codes;
use crate::value::id::{CustomerId, PartnerId};
use crate::value::time::{Month, Timestamp};
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
        /// Not authenticated.
        Unverified = "-1",
        /// Under review.
        UnderReview = "0",
        /// The submission was rejected.
        Rejected = "1",
        /// Authenticated.
        Verified = "2",
    }
}

impl VerifiedStatus {
    /// The wire value where the API writes it as a number.
    pub fn number(self) -> i8 {
        match self {
            Self::Unverified => -1,
            Self::UnderReview => 0,
            Self::Rejected => 1,
            Self::Verified => 2,
        }
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
    /// The partner or reseller it belongs to; the cloud, if none has it.
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
    /// Set when it wants no marketing messages. No book has it.
    #[serde(skip)]
    #[n(15)]
    pub marketing_off: Option<bool>,
    /// Set while it is frozen: it can buy, renew and change nothing. No book has it.
    #[serde(skip)]
    #[n(16)]
    pub frozen: Option<bool>,
    /// What it is in an enterprise. No book has it in this line.
    #[serde(skip)]
    #[n(17)]
    pub enterprise: Option<Role>,
    /// Set once it may have enterprise projects. No book has it.
    #[serde(skip)]
    #[n(18)]
    pub enterprise_projects: Option<bool>,
    /// The partners that it belonged to before, each once. No book has them.
    #[serde(skip)]
    #[n(19)]
    pub earlier_partners: Option<Vec<PartnerId>>,
}

impl Customer {
    /// Whether its real name, if it has one, is kept sealed with how to reach it: that of a person.
    /// The other names and those that an older version wrote stand in [`customer`](Self::customer).
    pub fn has_sealed_name(&self) -> bool {
        self.customer.is_none() && self.customer_type == Some(CustomerType::Individual)
    }

    /// Whether a partner has it, and not the cloud itself.
    pub fn is_associated(&self) -> bool {
        self.partner_id != PartnerId::cloud()
    }

    /// Whether this partner funds it.
    pub fn is_funded_by(&self, partner: &PartnerId) -> bool {
        self.association_type == AssociationType::Resale && self.partner_id == *partner
    }

    /// The same customer as one of another partner, or of the cloud itself. What its partner had
    /// noted about it stays with that partner.
    pub fn moved_to(self, partner_id: PartnerId, associated_on: Option<Timestamp>) -> Self {
        let mut earlier = self.earlier_partners.unwrap_or_default();
        if !earlier.contains(&self.partner_id) {
            earlier.push(self.partner_id);
        }
        earlier.retain(|partner| *partner != partner_id);
        Self {
            partner_id,
            associated_on,
            label: None,
            xaccount_id: None,
            xaccount_type: None,
            earlier_partners: Some(earlier),
            ..self
        }
    }

    /// Whether it can buy, renew and change nothing.
    pub fn is_frozen(&self) -> bool {
        self.frozen == Some(true)
    }

    /// The master that pays for it, if it is a member whose finances that keeps.
    pub fn unified_under(&self) -> Option<&CustomerId> {
        match &self.enterprise {
            Some(Role::Member { master_id, finance_mode: FinanceMode::Unified }) => Some(master_id),
            Some(
                Role::Member { finance_mode: FinanceMode::Independent, .. } | Role::Master { .. },
            )
            | None => None,
        }
    }
}

/// From when to when something was associated, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssociatedOn {
    /// Not before.
    pub begin: Option<Timestamp>,
    /// Not after.
    pub end: Option<Timestamp>,
}

impl AssociatedOn {
    /// What nobody knows the time of lies within no bounds.
    fn holds(self, time: Option<Timestamp>) -> bool {
        let within = |time: Timestamp| {
            self.begin.is_none_or(|begin| begin <= time) && self.end.is_none_or(|end| time <= end)
        };
        self == Self::default() || time.is_some_and(within)
    }
}

/// Which customers of a partner are meant. `ListSubCustomers`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Part of the account name.
    pub account_name: Option<String>,
    /// Part of the real name.
    pub customer: Option<String>,
    /// Part of the label.
    pub label: Option<String>,
    /// Resale or referral.
    pub association_type: Option<AssociationType>,
    /// When it was associated.
    pub associated_on: AssociatedOn,
    /// This one.
    pub customer_id: Option<CustomerId>,
}

impl CustomerFilter {
    /// Whether it leaves nobody out.
    pub fn takes_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a customer is meant.
    pub fn matches(&self, customer: &Customer) -> bool {
        let has_part = |part: &Option<String>, text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default();
            part.as_deref().is_none_or(|part| text.contains(part))
        };
        has_part(&self.account_name, &customer.account_name)
            && has_part(&self.customer, &customer.customer)
            && has_part(&self.label, &customer.label)
            && self.association_type.is_none_or(|kind| kind == customer.association_type)
            && self.associated_on.holds(customer.associated_on)
            && self.customer_id.as_ref().is_none_or(|id| *id == customer.customer_id)
    }
}

/// Which resellers of a distributor are meant. `ListIndirectPartners`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResellerFilter {
    /// The account name.
    pub account_name: Option<String>,
    /// When it was associated.
    pub associated_on: AssociatedOn,
    /// This one.
    pub partner_id: Option<PartnerId>,
}

impl ResellerFilter {
    /// Whether it leaves nobody out.
    pub fn takes_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a reseller is meant.
    pub fn matches(&self, reseller: &Partner) -> bool {
        let name = reseller.account_name.as_deref();
        self.account_name.as_deref().is_none_or(|wanted| name == Some(wanted))
            && self.associated_on.holds(reseller.associated_on)
            && self.partner_id.as_ref().is_none_or(|id| *id == reseller.partner_id)
    }
}

codes! {
    /// Whether a customer counts as a new one. `ListSubCustomerNewTag`.
    NewCustomerState: text {
        /// It has qualified.
        New = "Y",
        /// It has not, or no longer does.
        NotNew = "N",
        /// It may still qualify.
        Undetermined = "UNDETERMINED",
    }
}

/// How many months a customer has to qualify as a new one, the month of its association included,
/// and how many it then counts as one, that of its first consumption included.
const NEW_CUSTOMER_MONTHS: u32 = 12;

/// The tag of a new customer, as of some month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewCustomerTag {
    /// The tag.
    pub state: NewCustomerState,
    /// The first and the last month in which it is one, once it has qualified.
    pub months: Option<(Month, Month)>,
}

impl NewCustomerTag {
    /// The tag of a customer in the month `now`; all months are those of bills. The contract gives the three states and no rule
    /// for them; this is the rule here: a customer qualifies by its first consumption, if that
    /// comes within `NEW_CUSTOMER_MONTHS` of its association, and is new for as long again.
    pub fn of(
        associated_on: Option<Timestamp>,
        first_consumption: Option<Month>,
        now: Month,
    ) -> Self {
        let never = Self { state: NewCustomerState::NotNew, months: None };
        let Some(associated) = associated_on.map(Timestamp::month_utc_plus_8) else {
            return never;
        };
        let last_to_qualify = associated.plus(NEW_CUSTOMER_MONTHS - 1);
        match first_consumption {
            Some(first) if (associated..=last_to_qualify).contains(&first) => {
                let last = first.plus(NEW_CUSTOMER_MONTHS - 1);
                let state =
                    if now <= last { NewCustomerState::New } else { NewCustomerState::NotNew };
                Self { state, months: Some((first, last)) }
            }
            None if now <= last_to_qualify => {
                Self { state: NewCustomerState::Undetermined, months: None }
            }
            Some(_) | None => never,
        }
    }
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
    fn a_new_customer_qualifies_in_a_year_and_stays_one_for_a_year() {
        let month = |text: &str| text.parse::<Month>().expect(text);
        let associated = Some("2026-02-15T00:00:00Z".parse().expect("a time"));
        for (associated, first, now, state, months) in [
            (associated, None, "2026-02", "UNDETERMINED", None),
            (associated, None, "2027-01", "UNDETERMINED", None),
            (associated, None, "2027-02", "N", None),
            (associated, Some("2026-02"), "2026-02", "Y", Some(("2026-02", "2027-01"))),
            (associated, Some("2026-08"), "2027-07", "Y", Some(("2026-08", "2027-07"))),
            (associated, Some("2026-08"), "2027-08", "N", Some(("2026-08", "2027-07"))),
            (associated, Some("2027-01"), "2027-12", "Y", Some(("2027-01", "2027-12"))),
            (associated, Some("2027-02"), "2027-02", "N", None),
            (associated, Some("2026-01"), "2026-03", "N", None),
            (None, None, "2026-03", "N", None),
            (None, Some("2026-03"), "2026-03", "N", None),
        ] {
            let tag = NewCustomerTag::of(associated, first.map(month), month(now));
            let expected = months.map(|(from, to)| (month(from), month(to)));
            assert_eq!((tag.state.code(), tag.months), (state, expected), "{first:?} {now}");
        }
        let at_midnight_in_utc_plus_8 = Some("2026-01-31T16:00:00Z".parse().expect("a time"));
        let tag =
            NewCustomerTag::of(at_midnight_in_utc_plus_8, Some(month("2026-02")), month("2026-02"));
        assert_eq!(tag.state, NewCustomerState::New);
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
