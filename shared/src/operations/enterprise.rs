//! Who is who in an enterprise, and how customers become part of one.

use crate::books::{Books, BooksMut, SeenMember};
use crate::domain::enterprise::{
    FinanceMode, LEVELS_MAX, LegalEntity, Member, MemberFilter, ORGANIZATIONS_MAX, Organization,
    Role, UNIFIED_PERMISSIONS,
};
use crate::domain::error::Reason;
use crate::domain::partner::{CallingCustomer, Customer, CustomerType, VerifiedStatus};
use crate::value::id::{CustomerId, OrganizationId};
use crate::value::page::{Page, Slice};
use std::collections::BTreeMap;

/// A customer that has members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Master {
    /// The customer.
    pub customer: Customer,
    /// The root of its organisation.
    pub root_id: OrganizationId,
}

impl Master {
    /// Its identity.
    pub fn id(&self) -> &CustomerId {
        &self.customer.customer_id
    }
}

/// The caller, if it is the master of an enterprise.
///
/// # Errors
/// [`Reason::CallerNotPermitted`] for all others; store failures.
pub async fn master(books: &Books<'_>, caller: &CallingCustomer) -> Result<Master, Reason> {
    let customer = books.customer(&caller.customer_id).await?.ok_or(Reason::CallerNotPermitted)?;
    match &customer.enterprise {
        Some(Role::Master { root_id }) => {
            let root_id = root_id.clone();
            Ok(Master { customer, root_id })
        }
        Some(Role::Member { .. }) | None => Err(Reason::CallerNotPermitted),
    }
}

/// Whether the caller may send codes to members.
///
/// # Errors
/// [`Reason::UnifiedMemberSends`], [`Reason::OnlyMastersSend`]; store failures.
pub async fn check_sends_codes(books: &Books<'_>, caller: &CallingCustomer) -> Result<(), Reason> {
    let customer = books.customer(&caller.customer_id).await?.ok_or(Reason::CallerNotPermitted)?;
    match customer.enterprise {
        Some(Role::Master { .. }) => Ok(()),
        Some(Role::Member { finance_mode: FinanceMode::Unified, .. }) => {
            Err(Reason::UnifiedMemberSends)
        }
        Some(Role::Member { finance_mode: FinanceMode::Independent, .. }) | None => {
            Err(Reason::OnlyMastersSend)
        }
    }
}

/// Lets the calling customer have enterprise projects. One that may have them already may again.
///
/// # Errors
/// [`Reason::CallerNotPermitted`] for a customer that is not authenticated as an enterprise; store
/// failures.
pub async fn enable_projects(
    books: &mut BooksMut<'_, '_>,
    caller: &CallingCustomer,
) -> Result<(), Reason> {
    let customer = books.customer(&caller.customer_id).await?.ok_or(Reason::CallerNotPermitted)?;
    let is_enterprise = customer.customer_type == Some(CustomerType::Enterprise)
        && customer.verified_status == Some(VerifiedStatus::Verified);
    if !is_enterprise {
        return Err(Reason::CallerNotPermitted);
    }
    if customer.enterprise_projects == Some(true) {
        return Ok(());
    }
    books.replace_customer(&Customer { enterprise_projects: Some(true), ..customer })
}

/// A member of a master that has money of its own and is of the same legal entity.
///
/// # Errors
/// [`Reason::NotAnIndependentMember`], the same whether there is such a customer or not; store
/// failures.
pub async fn independent_member(
    books: &Books<'_>,
    master: &Master,
    id: &CustomerId,
) -> Result<Customer, Reason> {
    let found = member_of(books, master, id).await?;
    let is_independent = |(customer, member): &(Customer, Member)| {
        let is_same = member.legal_entity == LegalEntity::Same;
        customer.unified_under().is_none() && member.is_open() && is_same
    };
    let (customer, _) = found.filter(is_independent).ok_or(Reason::NotAnIndependentMember)?;
    Ok(customer)
}

/// A member of a master, whatever its finance mode.
///
/// # Errors
/// Store failures.
pub async fn member_of(
    books: &Books<'_>,
    master: &Master,
    id: &CustomerId,
) -> Result<Option<(Customer, Member)>, Reason> {
    let Some(member) = books.member(master.id(), id).await? else {
        return Ok(None);
    };
    let missing = || Reason::Corrupt(format!("customer {id}, which is not there"));
    let customer = books.customer(id).await?.ok_or_else(missing)?;
    Ok(Some((customer, member)))
}

/// A member as a master lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMember {
    /// What the master knows of it, with its account name.
    pub seen: SeenMember,
    /// What the part of the organisation is called that it is in.
    pub org_name: Option<String>,
}

/// The members of the calling master, in the order of their ids.
///
/// # Errors
/// [`Reason::CallerNotPermitted`] for a customer that is no master; store failures.
pub async fn list_members(
    books: &Books<'_>,
    caller: &CallingCustomer,
    filter: &MemberFilter,
    slice: Slice,
) -> Result<Page<ListedMember>, Reason> {
    let master = master(books, caller).await?;
    let Page { total_count, items } = books.members(master.id(), filter, slice).await?;
    let mut names: BTreeMap<OrganizationId, Option<String>> = BTreeMap::new();
    let mut listed = Vec::with_capacity(items.len());
    for seen in items {
        let id = &seen.member.org_id;
        let org_name = match names.get(id) {
            Some(name) => name.clone(),
            None => {
                let found = books.organization(master.id(), id).await?;
                let name = found.and_then(|organization| organization.name);
                names.insert(id.clone(), name.clone());
                name
            }
        };
        listed.push(ListedMember { seen, org_name });
    }
    Ok(Page { total_count, items: listed })
}

/// How much of an organisation is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// What lies directly below a part.
    #[default]
    Children,
    /// All that lies below it.
    All,
}

/// What lies below the root of an organisation, or below another part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The root, unless another part was asked for.
    pub root: Option<Organization>,
    /// What lies below.
    pub below: Vec<Node>,
}

/// A part of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The part.
    pub part: Organization,
    /// What lies below it, as far as that was asked for.
    pub below: Vec<Self>,
}

/// The organisation of the calling master, or what lies below one part of it. Below a part that
/// there is not lies nothing.
///
/// # Errors
/// [`Reason::CallerNotPermitted`] for a customer that is no master; store failures.
pub async fn organization_tree(
    books: &Books<'_>,
    caller: &CallingCustomer,
    parent_id: Option<&OrganizationId>,
    depth: Depth,
) -> Result<Tree, Reason> {
    let master = master(books, caller).await?;
    let parts = books.organizations(master.id()).await?;
    let root = parts.iter().find(|part| part.id == master.root_id).cloned();
    let mut by_parent: BTreeMap<OrganizationId, Vec<Organization>> = BTreeMap::new();
    for part in parts {
        if let Some(parent_id) = part.parent_id.clone() {
            by_parent.entry(parent_id).or_default().push(part);
        }
    }
    let below = nodes(&mut by_parent, parent_id.unwrap_or(&master.root_id), depth);
    Ok(Tree { root: root.filter(|_| parent_id.is_none()), below })
}

/// What lies below a part. Parts have few levels, so this ends soon.
fn nodes(
    by_parent: &mut BTreeMap<OrganizationId, Vec<Organization>>,
    parent_id: &OrganizationId,
    depth: Depth,
) -> Vec<Node> {
    let parts = by_parent.remove(parent_id).unwrap_or_default();
    let mut found = Vec::with_capacity(parts.len());
    for part in parts {
        let below = match depth {
            Depth::Children => Vec::new(),
            Depth::All => nodes(by_parent, &part.id, depth),
        };
        found.push(Node { part, below });
    }
    found
}

/// Makes a customer the master of an enterprise with this root.
///
/// # Errors
/// With nothing changed: [`Reason::Contradiction`] for a customer that is part of an enterprise, and
/// for an identity that is none; store failures.
pub(super) fn found(
    books: &mut BooksMut<'_, '_>,
    customer: Customer,
    root: &Organization,
) -> Result<(), Reason> {
    check_no_part(&customer)?;
    check_id(&root.id)?;
    books.add_organization(&customer.customer_id, root)?;
    books.set_role(customer, Role::Master { root_id: root.id.clone() })
}

/// Adds a part to the organisation of a master.
///
/// # Errors
/// With nothing changed: [`Reason::UnknownReference`] for the part that it would be part of,
/// [`Reason::ContentDiffers`] for an identity that is taken, [`Reason::Contradiction`] where there
/// are too many or too deep; store failures.
pub(super) async fn add_organization(
    books: &mut BooksMut<'_, '_>,
    master: &Customer,
    organization: &Organization,
) -> Result<(), Reason> {
    let master_id = &master.customer_id;
    if !matches!(master.enterprise, Some(Role::Master { .. })) {
        return Err(Reason::Contradiction("the customer is no master of an enterprise"));
    }
    check_id(&organization.id)?;
    if books.organization(master_id, &organization.id).await?.is_some() {
        return Err(Reason::ContentDiffers);
    }
    let mut above = organization.parent_id.clone();
    let mut levels = 1;
    while let Some(id) = above {
        let parent = known_organization(books, master_id, &id).await?;
        levels += 1;
        if levels > LEVELS_MAX {
            return Err(Reason::Contradiction("an organisation has 10 levels at most"));
        }
        above = parent.parent_id;
    }
    if books.organization_count(master_id).await? >= ORGANIZATIONS_MAX {
        return Err(Reason::Contradiction("an enterprise has 1000 organisations at most"));
    }
    books.add_organization(master_id, organization)
}

/// A customer that is to become a member.
#[derive(Clone, Debug)]
pub(super) struct Joining {
    /// What the master will know of it. Permissions are what was asked for.
    pub member: Member,
    /// Who pays for it.
    pub finance_mode: FinanceMode,
}

/// Makes a customer a member of a master.
///
/// # Errors
/// With nothing changed: [`Reason::Contradiction`] for a customer that is part of an enterprise, or
/// is not the master's equal before the partner; [`Reason::UnknownReference`] for the part of the
/// organisation; store failures.
pub(super) async fn join(
    books: &mut BooksMut<'_, '_>,
    master: &Master,
    customer: Customer,
    joining: Joining,
) -> Result<(), Reason> {
    let Joining { member, finance_mode } = joining;
    check_no_part(&customer)?;
    let equals = customer.partner_id == master.customer.partner_id
        && customer.association_type == master.customer.association_type;
    if !equals {
        let fault = "a member has the partner and the association type of its master";
        return Err(Reason::Contradiction(fault));
    }
    known_organization(books, master.id(), &member.org_id).await?;
    let member = match finance_mode {
        FinanceMode::Independent => member,
        FinanceMode::Unified => {
            let permission_ids = UNIFIED_PERMISSIONS.map(str::to_owned).to_vec();
            Member { permission_ids, ..member }
        }
    };
    books.add_member(master.id(), &member)?;
    let master_id = master.id().clone();
    books.set_role(customer, Role::Member { master_id, finance_mode })
}

fn check_no_part(customer: &Customer) -> Result<(), Reason> {
    match customer.enterprise {
        None => Ok(()),
        Some(_) => Err(Reason::Contradiction("the customer is part of an enterprise")),
    }
}

/// The wire asks for parts of an enterprise by digits.
fn check_id(id: &OrganizationId) -> Result<(), Reason> {
    let is_number = (1..=20).contains(&id.as_str().len())
        && id.as_str().bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Ok(()) } else { Err(Reason::Contradiction("an org_id has 1 to 20 digits")) }
}

async fn known_organization(
    books: &Books<'_>,
    master: &CustomerId,
    id: &OrganizationId,
) -> Result<Organization, Reason> {
    let unknown = || Reason::UnknownReference { kind: "organization", id: id.to_string() };
    books.organization(master, id).await?.ok_or_else(unknown)
}
