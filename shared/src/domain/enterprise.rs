//! Enterprises: a master, its organisation, and the members that belong to it.
//!
//! All of them are customers of the tenant. A customer says what it is in an enterprise (its
//! [`Role`]); what the master knows of a member beyond that is the [`Member`].
//!
//! # Finance modes
//!
//! | mode | money |
//! | --- | --- |
//! | independent | has its own; the master transfers some and takes it back |
//! | unified | pays nothing, whatever it has: the master pays its orders, renewals and usage |
//!
//! An order of a unified member that it asks to be paid is handed to the master, which pays it with
//! its own coupons, cards, cash and credit. What is paid without asking - an order or a renewal with
//! automatic payment, usage - the master pays at once; an order that it cannot pay then is handed to
//! it, and usage is its debt. The prices are the master's; what goes back goes to the accounts that
//! have paid. The bills stay the member's, and name the master as payer.
//!
//! # Accounts and transfers
//!
//! | what happens | from | to |
//! | --- | --- | --- |
//! | transfer | cash, or credit of one expiry second, of the master | the same of the member |
//! | retrieval | the member's | the master's |
//!
//! Credit goes with its limit, so that no account has more available than its limit. What a member
//! was given and has not given back is kept for each of its accounts: no more can be retrieved than
//! that, and no more than the member still holds.

use crate::domain::account::AccountId;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::partner::Customer;
use crate::value::code::codes;
use crate::value::id::{CustomerId, OrganizationId};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};

/// Most organisations of an enterprise: all of them are one answer.
pub const ORGANIZATIONS_MAX: u64 = 1000;

/// Most levels of an organisation, the root counted.
pub const LEVELS_MAX: usize = 10;

codes! {
    /// Who pays for a member (`financial_custody`).
    FinanceMode: integer {
        /// The member.
        Independent = 0,
        /// The master.
        Unified = 1,
    }
}

codes! {
    /// Status of a member.
    MemberStatus: integer {
        /// Normal.
        Normal = 1,
        /// It is being created.
        Creating = 2,
        /// It is being closed.
        Closing = 3,
        /// It was closed.
        Closed = 4,
        /// It is being registered.
        Registering = 101,
        /// It waits to be activated.
        PendingActivation = 102,
    }
}

codes! {
    /// Whose legal entity a member is of (`sub_customer_association_type`).
    LegalEntity: integer {
        /// The master's.
        Same = 1,
        /// Another one.
        Other = 2,
    }
}

/// What a customer is in an enterprise.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Role {
    /// It has members.
    #[n(0)]
    Master {
        /// The root of its organisation.
        #[n(0)]
        root_id: OrganizationId,
    },
    /// It belongs to a master.
    #[n(1)]
    Member {
        /// Which.
        #[n(0)]
        master_id: CustomerId,
        /// Who pays.
        #[n(1)]
        finance_mode: FinanceMode,
    },
}

/// Part of an enterprise. The root has no parent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Organization {
    /// Identity, digits only.
    #[n(0)]
    pub id: OrganizationId,
    /// What it is called.
    #[n(1)]
    pub name: Option<String>,
    /// What it is part of.
    #[n(2)]
    pub parent_id: Option<OrganizationId>,
    /// Identity of that relation.
    #[n(3)]
    pub relation_id: Option<String>,
}

/// What a master knows of a member.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Member {
    /// The member.
    #[n(0)]
    pub customer_id: CustomerId,
    /// The name that the master gave it.
    #[n(1)]
    pub display_name: Option<String>,
    /// Its status.
    #[n(2)]
    pub status: MemberStatus,
    /// Where in the organisation it is.
    #[n(3)]
    pub org_id: OrganizationId,
    /// Whose legal entity it is of.
    #[n(4)]
    pub legal_entity: LegalEntity,
    /// What the master may do with its account.
    #[n(5)]
    pub permission_ids: Vec<String>,
    /// When it joined.
    #[n(6)]
    pub joined_at: Timestamp,
}

impl Member {
    /// Whether it is still a member, and not about to end.
    pub fn is_open(&self) -> bool {
        !matches!(self.status, MemberStatus::Closing | MemberStatus::Closed)
    }
}

/// What a member allows its master whose finances the master keeps, whatever it was asked for.
pub const UNIFIED_PERMISSIONS: [&str; 3] =
    ["READ_FINANCE_INFO", "READ_CONSUME_BILL", "SHARE-BIZ-DISCOUNT-TO-SUB"];

/// What lets a master see the bills of a member.
const READ_BILLS: &str = "READ_CONSUME_BILL";

impl Member {
    /// Whether its master may see its bills: it pays them, or the member lets it. `customer` is the
    /// member's own record.
    pub fn shows_bills(&self, customer: &Customer, master: &CustomerId) -> bool {
        let is_its = |master_id: &CustomerId| master_id == master;
        match &customer.enterprise {
            Some(Role::Member { master_id, finance_mode: FinanceMode::Unified }) => {
                is_its(master_id)
            }
            Some(Role::Member { master_id, finance_mode: FinanceMode::Independent }) => {
                is_its(master_id) && self.permission_ids.iter().any(|id| id == READ_BILLS)
            }
            Some(Role::Master { .. }) | None => false,
        }
    }
}

/// Which members of a master are meant. `ListEnterpriseSubCustomers`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFilter {
    /// The account name.
    pub account_name: Option<String>,
    /// The name that the master gave it.
    pub display_name: Option<String>,
    /// Those of this part of the organisation, the parts below it not counted.
    pub org_id: Option<String>,
    /// Whether a part of a name is enough.
    pub matching: NameMatching,
}

/// How names are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameMatching {
    /// The whole name.
    #[default]
    Exact,
    /// Any part of it.
    Infix,
}

impl MemberFilter {
    /// Whether it leaves nobody out.
    pub fn takes_all(&self) -> bool {
        self.account_name.is_none() && self.display_name.is_none() && self.org_id.is_none()
    }

    /// Whether a member of this account name is meant.
    pub fn matches(&self, member: &Member, account_name: Option<&str>) -> bool {
        let fits = |wanted: &Option<String>, name: Option<&str>| {
            let name = name.unwrap_or_default();
            wanted.as_deref().is_none_or(|wanted| match self.matching {
                NameMatching::Exact => name == wanted,
                NameMatching::Infix => name.contains(wanted),
            })
        };
        fits(&self.account_name, account_name)
            && fits(&self.display_name, member.display_name.as_deref())
            && self.org_id.as_deref().is_none_or(|wanted| member.org_id.as_str() == wanted)
    }
}

/// A movement of money between a master and one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement<'t> {
    /// The master's account.
    pub master: &'t AccountId,
    /// The member's account.
    pub member: &'t AccountId,
}

/// Which accounts a transfer moves money between, if it is between a master and a member.
pub fn movement(transfer: &Transfer) -> Option<Movement<'_>> {
    let Transfer { debit_account, credit_account, .. } = transfer;
    match transfer.code {
        TransferCode::EnterpriseTransfer => {
            Some(Movement { master: debit_account, member: credit_account })
        }
        TransferCode::EnterpriseRetrieval => {
            Some(Movement { master: credit_account, member: debit_account })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member() -> Member {
        Member {
            customer_id: "m".parse().expect("id"),
            display_name: Some("Finance department".to_owned()),
            status: MemberStatus::Normal,
            org_id: "12".parse().expect("id"),
            legal_entity: LegalEntity::Same,
            permission_ids: Vec::new(),
            joined_at: "2026-01-01T00:00:00Z".parse().expect("a time"),
        }
    }

    #[test]
    fn names_are_compared_whole_unless_a_part_is_enough() {
        let text = |text: &str| Some(text.to_owned());
        let all = MemberFilter::default;
        for (filter, passes) in [
            (all(), true),
            (MemberFilter { account_name: text("finance"), ..all() }, true),
            (MemberFilter { account_name: text("fin"), ..all() }, false),
            (MemberFilter { account_name: text(""), ..all() }, false),
            (MemberFilter { display_name: text("Finance department"), ..all() }, true),
            (MemberFilter { display_name: text("finance department"), ..all() }, false),
            (MemberFilter { org_id: text("12"), ..all() }, true),
            (MemberFilter { org_id: text("1"), ..all() }, false),
        ] {
            assert_eq!(filter.matches(&member(), Some("finance")), passes, "{filter:?}");
        }
        let infix = MemberFilter { matching: NameMatching::Infix, ..all() };
        for (part, passes) in [("nan", true), ("finance", true), ("x", false)] {
            let filter = MemberFilter { account_name: text(part), ..infix.clone() };
            assert_eq!(filter.matches(&member(), Some("finance")), passes, "{part}");
        }
        assert!(infix.takes_all() && all().matches(&member(), None));
    }

    #[test]
    fn roles_read_back() {
        for role in [
            Role::Master { root_id: "1".parse().expect("id") },
            Role::Member {
                master_id: "c".parse().expect("id"),
                finance_mode: FinanceMode::Unified,
            },
        ] {
            let bytes = minicbor::to_vec(&role).expect("encodes");
            assert_eq!(minicbor::decode::<Role>(&bytes).expect("decodes"), role);
        }
        let bytes = minicbor::to_vec(member()).expect("encodes");
        assert_eq!(minicbor::decode::<Member>(&bytes).expect("decodes"), member());
    }
}
