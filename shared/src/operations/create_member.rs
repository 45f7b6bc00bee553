//! Creating a member of an enterprise: a customer like its master, and the master's from the start.

use super::create_customer::{Registered, check_free};
use super::enterprise::{Joining, Master, join, master};
use crate::books::{Books, BooksMut};
use crate::domain::enterprise::{FinanceMode, LegalEntity, Member, MemberStatus};
use crate::domain::error::Reason;
use crate::domain::partner::{CallingCustomer, Customer};
use crate::domain::registration::{
    AccountName, CHINA, CodeCheck, Identity, MobileNumber, PasswordHash, Scene, VerificationCode,
};
use crate::security::vault::{Contact, Subject};
use crate::value::id::{CustomerId, OrganizationId};

/// A member to be created, its fields checked.
#[derive(Debug)]
pub struct MemberRegistration {
    /// The master.
    pub caller: CallingCustomer,
    /// The identity that the member gets.
    pub customer_id: CustomerId,
    /// Its login name.
    pub account_name: AccountName,
    /// The name that the master gives it.
    pub display_name: Option<String>,
    /// Where in the organisation it will be.
    pub org_id: OrganizationId,
    /// What the master may do with its account.
    pub permission_ids: Vec<String>,
    /// Who pays for it.
    pub finance_mode: FinanceMode,
    /// Its mobile number.
    pub mobile: MemberMobile,
    /// Its password.
    pub password: PasswordHash,
}

/// Which mobile number a member has.
#[derive(Debug)]
pub enum MemberMobile {
    /// One of its own, with the code that proves it.
    Own(MobileNumber, VerificationCode),
    /// Its master's, which needs no proof.
    Masters(MobileNumber),
}

impl MemberMobile {
    /// The number.
    pub fn number(&self) -> &MobileNumber {
        match self {
            Self::Own(number, _) | Self::Masters(number) => number,
        }
    }
}

/// The mobile number of the calling master.
///
/// # Errors
/// [`Reason::CallerNotPermitted`] for a customer that is no master, [`Reason::Field`] for one
/// without a number that can register; store failures.
pub async fn mobile_of_master(
    books: &Books<'_>,
    caller: &CallingCustomer,
) -> Result<MobileNumber, Reason> {
    let master = master(books, caller).await?;
    let contact = books.contact(Subject::Customer(master.id())).await?;
    let number = contact.telephone.as_deref().map(MobileNumber::parse).transpose().ok().flatten();
    number.ok_or_else(|| Reason::field("use_pri_mobile_phone", "the master has no mobile number"))
}

/// Creates a member and uses its verification code up. It has the master's partner, and its
/// real-name authentication.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::CallerNotPermitted`], [`Reason::MasterFrozen`],
/// [`Reason::Field`] for a part of the organisation that there is not,
/// [`Reason::MemberNameTaken`], [`Reason::MobileTaken`]; store failures.
pub async fn create(
    books: &mut BooksMut<'_, '_>,
    order: &MemberRegistration,
) -> Result<Registered, Reason> {
    let name = Identity::login_name(order.account_name.as_str());
    let mobile = Identity::from(order.mobile.number());
    books.load_identities(&[&name, &mobile], Some(order.mobile.number())).await?;

    let master = master(books, &order.caller).await?;
    if master.customer.is_frozen() {
        return Err(Reason::MasterFrozen);
    }
    if books.organization(master.id(), &order.org_id).await?.is_none() {
        return Err(Reason::field("party_id", "must be a part of the enterprise"));
    }
    let own = matches!(order.mobile, MemberMobile::Own(..)).then_some(&mobile);
    check_free(books, &name, own).await.map_err(|reason| match reason {
        Reason::LoginNameTaken => Reason::MemberNameTaken,
        other => other,
    })?;
    if let MemberMobile::Own(number, code) = &order.mobile
        && let CodeCheck::Refused(reason) =
            books.use_code(number, Scene::Registration, code).await?
    {
        return Ok(Registered::CodeRefused(reason));
    }
    add(books, order, &master).await?;
    Ok(Registered::Created)
}

async fn add(
    books: &mut BooksMut<'_, '_>,
    order: &MemberRegistration,
    master: &Master,
) -> Result<(), Reason> {
    let now = books.now();
    let customer = Customer {
        customer_id: order.customer_id.clone(),
        partner_id: master.customer.partner_id.clone(),
        association_type: master.customer.association_type,
        account_name: Some(order.account_name.as_str().to_owned()),
        customer: master.customer.customer.clone(),
        customer_type: master.customer.customer_type,
        verified_status: master.customer.verified_status,
        country_code: Some(CHINA.to_owned()),
        label: None,
        associated_on: Some(now),
        xaccount_id: None,
        xaccount_type: None,
        customer_level: None,
        marketing_off: None,
        earlier_partners: None,
        frozen: None,
        enterprise: None,
        enterprise_projects: None,
    };
    let telephone = Some(order.mobile.number().as_str().to_owned());
    books.add_customer(&customer, &Contact { telephone, email: None, name: None }).await?;
    books
        .add_personal(Subject::Password(&order.customer_id), &order.password.as_str().to_owned())?;
    let member = Member {
        customer_id: order.customer_id.clone(),
        display_name: order.display_name.clone(),
        status: MemberStatus::Normal,
        org_id: order.org_id.clone(),
        legal_entity: LegalEntity::Same,
        permission_ids: order.permission_ids.clone(),
        joined_at: now,
    };
    join(books, master, customer, Joining { member, finance_mode: order.finance_mode }).await
}
