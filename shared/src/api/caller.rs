//! Who calls.

use super::refusal::Refusal;
use crate::domain::error::Reason;
use crate::domain::partner::{CallingCustomer, CallingPartner, PartnerKind, Principal};
use crate::value::id::TenantId;

/// By which of the two signed ways a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The API, which is closed to resellers.
    Api,
    /// The partner centre, which a reseller has as well.
    PartnerCentre,
}

impl Door {
    /// The way that a path is on.
    pub fn of(path: &str) -> Self {
        if path.starts_with("/partner-centre/") { Self::PartnerCentre } else { Self::Api }
    }
}

/// Who calls, as its access key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant whose books it sees.
    pub tenant_id: TenantId,
    /// Where they lie in the store.
    pub head_key: String,
    /// The partner or customer.
    pub principal: Principal,
    /// How it came.
    pub door: Door,
}

impl Caller {
    /// The caller as a partner: one of the first tier, or in the partner centre a reseller too.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a customer, and for a reseller that calls the API.
    pub fn partner(&self) -> Result<&CallingPartner, Refusal> {
        match (&self.principal, self.door) {
            (Principal::Partner(partner), Door::PartnerCentre) => Ok(partner),
            (Principal::Partner(partner), Door::Api) if partner.kind != PartnerKind::Reseller => {
                Ok(partner)
            }
            (Principal::Partner(_) | Principal::Customer(_), _) => {
                Err(Reason::CallerNotPermitted.into())
            }
        }
    }

    /// The caller as a partner that has resellers.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for all others.
    pub fn distributor(&self) -> Result<&CallingPartner, Refusal> {
        let partner = self.partner()?;
        match partner.kind {
            PartnerKind::Distributor => Ok(partner),
            PartnerKind::SolutionProvider | PartnerKind::Reseller => {
                Err(Reason::CallerNotPermitted.into())
            }
        }
    }

    /// Any caller but a reseller, whose own key opens nothing of the API.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a reseller that calls the API.
    pub fn partner_or_customer(&self) -> Result<(), Refusal> {
        match &self.principal {
            Principal::Customer(_) => Ok(()),
            Principal::Partner(_) => self.partner().map(|_| ()),
        }
    }

    /// The caller as a partner who has the console: one of the first tier, or a reseller.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a customer.
    pub fn of_console(&self) -> Result<&CallingPartner, Refusal> {
        match &self.principal {
            Principal::Partner(partner) => Ok(partner),
            Principal::Customer(_) => Err(Reason::CallerNotPermitted.into()),
        }
    }

    /// The caller as a customer.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a partner of any kind.
    pub fn customer(&self) -> Result<&CallingCustomer, Refusal> {
        match &self.principal {
            Principal::Customer(customer) => Ok(customer),
            Principal::Partner(_) => Err(Reason::CallerNotPermitted.into()),
        }
    }
}
