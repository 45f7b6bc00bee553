//! Enterprises in the books: behind their master lie its organisation, its members, what it gave
//! them, and how it named its transfers.

use super::list::{Collected, Record};
use super::record::{decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::account::AccountId;
use crate::domain::enterprise::{Member, MemberFilter, Organization, Role};
use crate::domain::error::Reason;
use crate::domain::ledger::TransferId;
use crate::domain::partner::Customer;
use crate::store::Range;
use crate::value::id::{CustomerId, OrganizationId, TransId};
use crate::value::money::Money;
use crate::value::page::{Page, Slice};

/// A member, with what its own record says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenMember {
    /// What the master knows of it.
    pub member: Member,
    /// Its account name.
    pub account_name: Option<String>,
}

impl Books<'_> {
    /// Part of an enterprise.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn organization(
        &self,
        master: &CustomerId,
        id: &OrganizationId,
    ) -> Result<Option<Organization>, Reason> {
        self.record(&key::organization(master, id)).await
    }

    /// All parts of an enterprise, in the order of their identities.
    ///
    /// # Errors
    /// Store failures.
    pub async fn organizations(&self, master: &CustomerId) -> Result<Vec<Organization>, Reason> {
        self.all(&Range::prefix(&key::organizations(master))).await
    }

    /// How many parts an enterprise has.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn organization_count(&self, master: &CustomerId) -> Result<u64, Reason> {
        Ok(self.store().count(&Range::prefix(&key::organizations(master))).await?)
    }

    /// A member of a master.
    ///
    /// # Errors
    /// Store failures.
    pub async fn member(
        &self,
        master: &CustomerId,
        id: &CustomerId,
    ) -> Result<Option<Member>, Reason> {
        self.record(&key::member(master, id)).await
    }

    /// All members of a master, in the order of their ids.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn all_members(&self, master: &CustomerId) -> Result<Vec<Member>, Reason> {
        self.all(&Range::prefix(&key::members(master))).await
    }

    /// Members of a master, in the order of their ids. Without a filter this costs the depth of the
    /// store and not the length of the list.
    ///
    /// # Errors
    /// Store failures.
    pub async fn members(
        &self,
        master: &CustomerId,
        filter: &MemberFilter,
        slice: Slice,
    ) -> Result<Page<SeenMember>, Reason> {
        let range = Range::prefix(&key::members(master));
        let mut collected = Collected::new(slice);
        let follow = async |records: &[Record]| self.seen_members(records).await;
        if filter.takes_all() {
            self.collect(&mut collected, &range, follow).await?;
        } else {
            let passes =
                |seen: &SeenMember| filter.matches(&seen.member, seen.account_name.as_deref());
            self.collect_if(&mut collected, &range, follow, passes).await?;
        }
        Ok(collected.page())
    }

    async fn seen_members(&self, records: &[Record]) -> Result<Vec<SeenMember>, Reason> {
        let members: Vec<Member> =
            records.iter().map(|(key, bytes)| decode(key, bytes)).collect::<Result<_, _>>()?;
        let ids: Vec<CustomerId> = members.iter().map(|it| it.customer_id.clone()).collect();
        self.load_customers(&ids).await?;
        let mut seen = Vec::with_capacity(members.len());
        for member in members {
            let customer = self.customer(&member.customer_id).await?;
            let missing = || Reason::Corrupt(format!("customer {}", member.customer_id));
            let account_name = customer.ok_or_else(missing)?.account_name;
            seen.push(SeenMember { member, account_name });
        }
        Ok(seen)
    }

    /// Who pays for a customer: itself, or the master of its enterprise that keeps its finances.
    ///
    /// # Errors
    /// Store failures.
    pub async fn payer_of(&self, customer: &CustomerId) -> Result<CustomerId, Reason> {
        let record = self.customer(customer).await?;
        let master = record.as_ref().and_then(Customer::unified_under);
        Ok(master.unwrap_or(customer).clone())
    }

    /// What a master gave to an account of a member, and did not take back.
    ///
    /// # Errors
    /// Store failures.
    pub async fn given(&self, master: &CustomerId, account: &AccountId) -> Result<Money, Reason> {
        Ok(self.record(&key::given(master, account)).await?.unwrap_or(Money::ZERO))
    }

    /// Whether a master has named a transfer so.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn is_trans_id_used(
        &self,
        master: &CustomerId,
        id: &TransId,
    ) -> Result<bool, Reason> {
        Ok(self.bytes(&key::trans_id(master, id)).await?.is_some())
    }

    /// Reads in one go what moving money between a master and a member will need.
    pub(crate) async fn load_movement(
        &self,
        master: &CustomerId,
        member: &CustomerId,
        accounts: [&AccountId; 2],
        trans_id: Option<&TransId>,
    ) -> Result<(), Reason> {
        let [of_master, of_member] = accounts;
        let mut keys = vec![
            key::customer(master),
            key::customer(member),
            key::member(master, member),
            key::account(of_master),
            key::account(of_member),
            key::given(master, of_member),
        ];
        keys.extend(trans_id.map(|id| key::trans_id(master, id)));
        self.load(&keys).await
    }
}

impl BooksMut<'_, '_> {
    /// Adds a part of an enterprise, whose identity is free.
    pub(crate) fn add_organization(
        &mut self,
        master: &CustomerId,
        organization: &Organization,
    ) -> Result<(), Reason> {
        let key = key::organization(master, &organization.id);
        self.add_bytes(key, encode(organization)?);
        Ok(())
    }

    /// Makes a customer what it is in an enterprise.
    pub(crate) fn set_role(&mut self, customer: Customer, role: Role) -> Result<(), Reason> {
        self.replace_customer(&Customer { enterprise: Some(role), ..customer })
    }

    /// Adds a member that is none yet. What it is in the enterprise its own record says.
    pub(crate) fn add_member(
        &mut self,
        master: &CustomerId,
        member: &Member,
    ) -> Result<(), Reason> {
        self.add_bytes(key::member(master, &member.customer_id), encode(member)?);
        Ok(())
    }

    /// Changes what a master gave to an account of a member, and did not take back.
    pub(crate) async fn set_given(
        &mut self,
        master: &CustomerId,
        account: &AccountId,
        given: Money,
    ) -> Result<(), Reason> {
        self.set(key::given(master, account), encode(&given)?).await
    }

    /// Keeps that a master named a transfer so.
    pub(crate) fn use_trans_id(
        &mut self,
        master: &CustomerId,
        id: &TransId,
        transfer: TransferId,
    ) -> Result<(), Reason> {
        self.add_bytes(key::trans_id(master, id), encode(&transfer.to_string())?);
        Ok(())
    }
}
