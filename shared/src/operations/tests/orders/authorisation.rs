//! What a partner may do on behalf of a customer that lets it.

use super::*;
use crate::domain::authorisation::{AuthorisationStatus, AuthorisationVerdict};
use crate::domain::partner::CallingCustomer;
use crate::operations::authorise_partner::{
    answer_authorisation, ask_authorisation, check_authorised,
};

impl Shop {
    fn ask(&self, customer: &str) -> Result<AuthorisationStatus, Reason> {
        let customer = id(customer);
        let asked =
            self.update(async |books| ask_authorisation(books, &distributor(), &customer).await);
        asked.map(|authorisation| authorisation.status)
    }

    fn answer(&self, verdict: AuthorisationVerdict) -> Result<AuthorisationStatus, Reason> {
        let caller = CallingCustomer { customer_id: id("C"), partner_id: id("D") };
        let answered =
            self.update(async |books| answer_authorisation(books, &caller, verdict).await);
        answered.map(|authorisation| authorisation.status)
    }

    fn may_order(&self) -> Result<(), Reason> {
        let caller = distributor();
        self.update(async |books| check_authorised(books, &caller, &id("C")).await)
    }

    fn renew_on_behalf(&self, resource: &str) -> Result<Renewed, Reason> {
        let renewal = RenewResources::check(id("C"), vec![id(resource)], Term::months(1), true)?;
        let renewal = renewal.on_behalf(distributor());
        let prices = self.prices(&[self.resource(resource)], Term::months(1), "100");
        let randoms = self.randoms();
        self.update(async |books| renew_resources(books, &renewal, &prices, &randoms).await)
    }

    fn unsubscribe_on_behalf(&self, resource: &str) -> Result<Order, Reason> {
        let request = UnsubscribeResources::check(id("C"), vec![id(resource)], Extent::Resource)?;
        let request = request.on_behalf(distributor());
        let random = self.random();
        self.update(async |books| unsubscribe_resources(books, &request, &random).await)
    }
}

#[test]
fn is_asked_for_granted_and_ended() {
    use AuthorisationStatus::{Asked, Granted, Refused};
    use AuthorisationVerdict::{Grant, Refuse};
    let shop = Shop::at("2028-03-20T02:00:00Z");
    assert_eq!(shop.answer(Grant), Err(Reason::NoAuthorisationAsked));
    assert_eq!(shop.may_order(), Err(Reason::NotAuthorised));
    assert_eq!(shop.ask("F"), Err(Reason::NoPermissionOnCustomer));
    assert_eq!(shop.ask("X"), Err(Reason::NotYourCustomer));
    assert_eq!(shop.ask("C"), Ok(Asked));
    assert_eq!(shop.ask("C"), Ok(Asked));
    assert_eq!(shop.may_order(), Err(Reason::NotAuthorised));
    assert_eq!(shop.answer(Grant), Ok(Granted));
    assert_eq!(shop.answer(Grant), Ok(Granted));
    assert_eq!(shop.ask("C"), Ok(Granted));
    assert_eq!(shop.may_order(), Ok(()));
    assert_eq!(shop.answer(Refuse), Ok(Refused));
    assert_eq!(shop.may_order(), Err(Reason::NotAuthorised));
    // What was ended is not granted again unasked.
    assert_eq!(shop.answer(Grant), Err(Reason::NoAuthorisationAsked));
    assert_eq!(shop.ask("C"), Ok(Asked));
    assert_eq!(shop.answer(Refuse), Ok(Refused));
}

#[test]
fn without_one_nothing_is_renewed_or_given_back() {
    let shop = Shop::at("2028-03-20T02:00:00Z");
    shop.buy("100", "r");
    let before = shop.resource("r");
    assert_eq!(shop.renew_on_behalf("r"), Err(Reason::NotAuthorised));
    assert_eq!(shop.unsubscribe_on_behalf("r"), Err(Reason::NotAuthorised));
    assert_eq!(shop.resource("r"), before);
    shop.ask("C").expect("asked");
    shop.answer(AuthorisationVerdict::Grant).expect("granted");
    let renewed = shop.renew_on_behalf("r").expect("renewed").order;
    assert_eq!(renewed.source_type, OrderSource::Agent);
    let back = shop.unsubscribe_on_behalf("r").expect("unsubscribed");
    assert_eq!(back.source_type, OrderSource::Agent);
    assert_eq!(shop.balance("CC"), "500.00");
    // A customer that pays the cloud itself by now orders for itself.
    let change = CustomerChange { association_type: Some(AssociationType::Referral), frozen: None };
    shop.update(async |books| manage_tenant::change_customer(books, &id("C"), change).await)
        .expect("changed");
    assert_eq!(shop.may_order(), Err(Reason::NoPermissionOnCustomer));
    shop.audit();
}
