//! The pages of a partner: what its own calls of the API would answer.

mod authorisations;
mod bills;
mod coupons;
mod customers;
mod done;
mod exports;
mod factor;
mod issuing;
mod money;
mod notifications;
mod ordering;
mod orders;
mod overview;
mod quotas;
mod resellers;
mod resources;

use billing::api::{Operation, Refusal};
use billing::component::Visit;
use billing::console::Screen;
use billing::domain::partner::PartnerKind;

use crate::text::Text;
use crate::texts;
use crate::view::View;

/// The operations that pages stand for which change nothing.
const BALANCES: Operation = Operation { method: "GET", name: "ListPartnerBalances" };
const CUSTOMERS: Operation = Operation { method: "POST", name: "ListSubCustomers" };
const QUOTAS: Operation = Operation { method: "POST", name: "ListQuotaCoupons" };
const ORDERS: Operation = Operation { method: "GET", name: "ListCustomerOrders" };
const ORDER: Operation = Operation { method: "GET", name: "ShowCustomerOrderDetails" };
const RESOURCES: Operation = Operation { method: "POST", name: "ListPayPerUseCustomerResources" };
const BILLS: Operation = Operation { method: "GET", name: "ListSubcustomerMonthlyBills" };
const RESELLERS: Operation = Operation { method: "POST", name: "ListIndirectPartners" };

/// The pages in the navigation. A reseller, who only looks, has no second factor; and only a
/// distributor has resellers.
const LINKS: [(&str, Text); 11] = [
    ("/console", texts::OVERVIEW),
    ("/console/customers", texts::CUSTOMERS),
    ("/console/coupons", texts::COUPONS),
    ("/console/quotas", texts::QUOTAS),
    ("/console/money", texts::MONEY),
    ("/console/orders", texts::ORDERS),
    ("/console/resources", texts::RESOURCES),
    ("/console/bills", texts::BILLS),
    ("/console/notifications", texts::NOTIFICATIONS),
    ("/console/second-factor", texts::SECOND_FACTOR),
    ("/console/resellers", texts::RESELLERS),
];

/// The pages in the navigation of a kind of partner.
pub fn links(kind: PartnerKind) -> &'static [(&'static str, Text)] {
    let [looking @ .., _second_factor, _resellers] = &LINKS;
    let [acting @ .., _resellers] = &LINKS;
    match kind {
        PartnerKind::Distributor => &LINKS,
        PartnerKind::SolutionProvider => acting,
        PartnerKind::Reseller => looking,
    }
}

/// The page of a path.
pub async fn route(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let path = visit.path().to_owned();
    match (visit.is_posted(), path.as_str()) {
        (false, "/console") => overview::show(view, visit.call(&BALANCES)?.0).await,
        (false, "/console/customers") => customers::list(view, visit.call(&CUSTOMERS)?.0).await,
        (false, "/console/customers/statement") => {
            customers::statement(view, visit.call(&CUSTOMERS)?.0).await
        }
        (false, "/console/coupons") => coupons::list(view, visit).await,
        (false, "/console/coupons/issue") => issuing::form(view, visit).await,
        (true, "/console/coupons/issue") => issuing::issue(view, visit).await,
        (false, "/console/coupons/reclaim") => coupons::confirm_reclaim(view, visit).await,
        (true, "/console/coupons/reclaim") => coupons::reclaim(view, visit).await,
        (false, "/console/quotas") => quotas::list(view, visit.call(&QUOTAS)?.0).await,
        (false, "/console/quotas/grant") => quotas::grant_form(view, visit).await,
        (true, "/console/quotas/grant") => quotas::grant(view, visit).await,
        (false, "/console/quotas/reclaim") => quotas::confirm_reclaim(view, visit).await,
        (true, "/console/quotas/reclaim") => quotas::reclaim(view, visit).await,
        (false, "/console/resellers") => resellers::list(view, visit.call(&RESELLERS)?.0).await,
        (false, "/console/orders") => orders::list(view, visit.call(&ORDERS)?.0).await,
        (false, "/console/orders/order") => orders::show(view, visit.call(&ORDER)?.0).await,
        (false, "/console/orders/place") => ordering::form(view, visit).await,
        (true, "/console/orders/place") => ordering::place(view, visit).await,
        (true, "/console/orders/price") => ordering::price(view, visit).await,
        (true, "/console/orders/payment") => ordering::payment(view, visit).await,
        (false, "/console/authorisations") => authorisations::list(view, visit).await,
        (true, "/console/authorisations") => authorisations::ask(view, visit).await,
        (false, "/console/notifications") => notifications::show(view, visit).await,
        (true, "/console/notifications") => notifications::change(view, visit).await,
        (true, "/console/notifications/test") => notifications::test(view, visit).await,
        (false, "/console/second-factor") => factor::show(view, visit).await,
        (true, "/console/second-factor") => factor::switch(view, visit).await,
        (true, "/console/second-factor/code") => factor::send(view, visit).await,
        (false, "/console/resources") => resources::list(view, visit.call(&RESOURCES)?.0).await,
        (false, "/console/bills") => bills::list(view, visit.call(&BILLS)?.0).await,
        (false, "/console/exports/file") => exports::file(visit.call(&exports::EXPORT)?.0).await,
        (false, "/console/exports/parquet") => {
            exports::parquet(visit.call(&exports::EXPORT_PARQUET)?.0).await
        }
        (false, "/console/money") => money::changes(view, visit).await,
        (false, "/console/money/allocate") => money::form(view, visit, money::Way::Out).await,
        (false, "/console/money/reclaim") => money::form(view, visit, money::Way::Back).await,
        (true, "/console/money/allocate") => money::adjust(view, visit, money::Way::Out).await,
        (true, "/console/money/reclaim") => money::adjust(view, visit, money::Way::Back).await,
        _ => Err(Refusal::NoSuchApi),
    }
}
