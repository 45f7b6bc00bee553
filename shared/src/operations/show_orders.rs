//! Show orders to whoever may see them: their customer, the master of an enterprise that pays them,
//! and the partner of a resale customer.

use crate::books::Books;
use crate::domain::error::Reason;
use crate::domain::order::list::{OrderFilter, OrderList, Sequence};
use crate::domain::order::{Order, OrderLine, OrderStatus};
use crate::domain::partner::{AssociationType, Principal};
use crate::value::id::{CustomerId, OrderId, PartnerId};
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;

/// An order, and which child of it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenOrder {
    /// The order; of a child its parent.
    pub order: Order,
    /// The child, by its place.
    pub child: Option<u32>,
}

impl SeenOrder {
    /// Whether a line belongs to what was asked for.
    pub fn has(&self, line: &OrderLine) -> bool {
        self.child.is_none() || line.child == self.child
    }
}

/// An order that the caller may see.
///
/// # Errors
/// [`Reason::NotYourReseller`], and [`Reason::OrderNotFound`], the same whether there is such an
/// order or not; store failures.
pub async fn seen_order(
    books: &Books<'_>,
    principal: &Principal,
    indirect_partner_id: Option<&PartnerId>,
    order_id: &OrderId,
) -> Result<SeenOrder, Reason> {
    let partner = match principal {
        Principal::Customer(_) if indirect_partner_id.is_some() => {
            return Err(Reason::NotYourReseller);
        }
        Principal::Customer(_) => None,
        Principal::Partner(partner) => Some(books.acting_for(partner, indirect_partner_id).await?),
    };
    let owner = books.order_owner(order_id).await?.ok_or(Reason::OrderNotFound)?;
    let top = owner.parent.as_ref().unwrap_or(order_id);
    let missing = || Reason::Corrupt(format!("order {top}, which is not there"));
    let order = books.order(&owner.customer_id, top).await?.ok_or_else(missing)?;
    let may_see = match (principal, &partner) {
        (Principal::Customer(customer), _) => order.is_shown_to(&customer.customer_id),
        (_, Some(partner)) => is_resale_customer(books, partner, &owner.customer_id).await?,
        (Principal::Partner(_), None) => false,
    };
    if !may_see {
        return Err(Reason::OrderNotFound);
    }
    let child = order
        .children
        .iter()
        .zip(0..)
        .find_map(|(id, place)| (owner.parent.is_some() && id == order_id).then_some(place));
    Ok(SeenOrder { order, child })
}

/// An order that a customer may see as one that waits for payment: its own, or a member's that it
/// pays. Of a combined order only the parent is one.
///
/// # Errors
/// Store failures.
pub async fn payable_order(
    books: &Books<'_>,
    customer_id: &CustomerId,
    order_id: &OrderId,
    now: Timestamp,
) -> Result<Option<Order>, Reason> {
    let Some(owner) = books.order_owner(order_id).await? else {
        return Ok(None);
    };
    let order = books.order(&owner.customer_id, order_id).await?;
    Ok(order.filter(|order| {
        order.is_shown_to(customer_id) && order.status_at(now) == OrderStatus::PendingPayment
    }))
}

/// Whose orders are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Those of the caller, or of the customers of the calling partner.
    #[default]
    Own,
    /// Those of the members of its enterprise that the caller pays.
    OfMembers,
}

/// Which orders are asked for, and how.
#[derive(Clone, Debug)]
pub struct OrdersAsked {
    /// Whose.
    pub whose: Whose,
    /// Those of this customer.
    pub customer_id: Option<CustomerId>,
    /// In the name of this reseller.
    pub indirect_partner_id: Option<PartnerId>,
    /// Which of them.
    pub filter: OrderFilter,
    /// In which order.
    pub sequence: Sequence,
}

/// The orders that the caller may see. Those of a stranger are none.
///
/// # Errors
/// [`Reason::NotYourReseller`]; store failures.
pub async fn seen_orders(
    books: &Books<'_>,
    principal: &Principal,
    asked: &OrdersAsked,
    now: Timestamp,
    slice: Slice,
) -> Result<Page<Order>, Reason> {
    let OrdersAsked { whose, customer_id, indirect_partner_id, filter, sequence } = asked;
    let list = match principal {
        Principal::Customer(_) if indirect_partner_id.is_some() => {
            return Err(Reason::NotYourReseller);
        }
        Principal::Customer(customer) => {
            let own = &customer.customer_id;
            let is_own = customer_id.as_ref().is_none_or(|id| id == own);
            is_own.then(|| match whose {
                Whose::Own => OrderList::OfCustomer(own.clone()),
                Whose::OfMembers => OrderList::OfMembers(own.clone()),
            })
        }
        Principal::Partner(partner) => {
            let partner = books.acting_for(partner, indirect_partner_id.as_ref()).await?;
            match customer_id {
                // A partner is the master of no enterprise.
                _ if *whose == Whose::OfMembers => None,
                None => Some(OrderList::OfPartner(partner)),
                Some(id) => {
                    let is_its = is_resale_customer(books, &partner, id).await?;
                    is_its.then(|| OrderList::OfCustomer(id.clone()))
                }
            }
        }
    };
    match list {
        Some(list) => books.orders(&list, filter, *sequence, now, slice).await,
        None => Ok(Page::empty()),
    }
}

async fn is_resale_customer(
    books: &Books<'_>,
    partner: &PartnerId,
    customer_id: &CustomerId,
) -> Result<bool, Reason> {
    let customer = books.customer(customer_id).await?;
    Ok(customer.is_some_and(|customer| {
        customer.partner_id == *partner && customer.association_type == AssociationType::Resale
    }))
}
