//! Creating a customer.

use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::partner::{
    AssociationType, CallingPartner, Customer, CustomerType, VerifiedStatus,
};
use crate::domain::registration::{
    AccountName, CHINA, CodeCheck, Identity, MOBILE_REGISTRATIONS_MAX, MobileNumber, PasswordHash,
    Scene, VerificationCode,
};
use crate::security::vault::{Contact, Subject};
use crate::value::id::{CustomerId, PartnerId};

/// A customer to be created, its fields checked.
#[derive(Debug)]
pub struct Registration {
    /// Who creates it.
    pub caller: CallingPartner,
    /// The identity it gets.
    pub customer_id: CustomerId,
    /// Its login name, given or generated.
    pub account_name: AccountName,
    /// Its mobile number, with the code that proves it.
    pub mobile: Option<(MobileNumber, VerificationCode)>,
    /// Which platform of the partner's it comes from.
    pub xaccount_type: String,
    /// Its account there.
    pub xaccount_id: String,
    /// Its password, if it chose one.
    pub password: Option<PasswordHash>,
    /// Whether it wants no marketing messages.
    pub marketing_off: bool,
    /// Who pays the cloud for it.
    pub association_type: AssociationType,
    /// The caller's reseller that it will belong to.
    pub indirect_partner_id: Option<PartnerId>,
}

/// What came of a registration.
#[derive(Debug, PartialEq, Eq)]
pub enum Registered {
    /// The customer is in the books, as its partner's.
    Created,
    /// The verification code was not right. What was counted against it must be committed.
    CodeRefused(Reason),
}

/// Creates a customer and uses its verification code up.
///
/// # Errors
/// With nothing changed: [`Reason::NotYourReseller`], [`Reason::LoginNameTaken`],
/// [`Reason::MobileTaken`], [`Reason::XaccountTaken`], and store failures.
pub async fn create(
    books: &mut BooksMut<'_, '_>,
    order: &Registration,
) -> Result<Registered, Reason> {
    let name = Identity::login_name(order.account_name.as_str());
    let xaccount = Identity::platform_account(&order.xaccount_type, &order.xaccount_id);
    let mobile = order.mobile.as_ref().map(|(number, _)| Identity::from(number));
    let identities: Vec<&Identity> = [&name, &xaccount].into_iter().chain(&mobile).collect();
    let number = order.mobile.as_ref().map(|(number, _)| number);
    books.load_identities(&identities, number).await?;

    let partner = books.acting_for(&order.caller, order.indirect_partner_id.as_ref()).await?;
    check_free(books, &name, mobile.as_ref()).await?;
    if books.customers_with(&xaccount).await? > 0 {
        return Err(Reason::XaccountTaken);
    }
    if let Some((number, code)) = &order.mobile
        && let CodeCheck::Refused(reason) =
            books.use_code(number, Scene::Registration, code).await?
    {
        return Ok(Registered::CodeRefused(reason));
    }
    add(books, order, partner).await?;
    Ok(Registered::Created)
}

/// Checks that nobody else has a login name, and not too many a mobile number.
///
/// # Errors
/// [`Reason::LoginNameTaken`], [`Reason::MobileTaken`]; store failures.
pub(super) async fn check_free(
    books: &BooksMut<'_, '_>,
    name: &Identity,
    mobile: Option<&Identity>,
) -> Result<(), Reason> {
    if books.customers_with(name).await? > 0 {
        return Err(Reason::LoginNameTaken);
    }
    if let Some(mobile) = mobile
        && books.customers_with(mobile).await? >= MOBILE_REGISTRATIONS_MAX
    {
        return Err(Reason::MobileTaken);
    }
    Ok(())
}

async fn add(
    books: &mut BooksMut<'_, '_>,
    order: &Registration,
    partner_id: PartnerId,
) -> Result<(), Reason> {
    let telephone = order.mobile.as_ref().map(|(number, _)| number.as_str().to_owned());
    let customer = Customer {
        customer_id: order.customer_id.clone(),
        partner_id,
        association_type: order.association_type,
        account_name: Some(order.account_name.as_str().to_owned()),
        customer: None,
        customer_type: Some(CustomerType::Unknown),
        verified_status: Some(VerifiedStatus::Unverified),
        country_code: telephone.is_some().then(|| CHINA.to_owned()),
        label: None,
        associated_on: Some(books.now()),
        xaccount_id: Some(order.xaccount_id.clone()),
        xaccount_type: Some(order.xaccount_type.clone()),
        customer_level: None,
        marketing_off: order.marketing_off.then_some(true),
        earlier_partners: None,
        frozen: None,
        enterprise: None,
        enterprise_projects: None,
    };
    books.add_customer(&customer, &Contact { telephone, ..Contact::default() }).await?;
    match &order.password {
        None => Ok(()),
        Some(hash) => {
            books.add_personal(Subject::Password(&order.customer_id), &hash.as_str().to_owned())
        }
    }
}
