//! Which orders of a list are asked for.

use super::{Order, OrderStatus, OrderType};
use crate::value::id::{CustomerId, PartnerId};
use crate::value::time::{Period, Timestamp};

/// Whose orders a list has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderList {
    /// Those that resale customers of a partner placed while they were its.
    OfPartner(PartnerId),
    /// Those of a customer.
    OfCustomer(CustomerId),
    /// Those of the members of its enterprise that a master pays.
    OfMembers(CustomerId),
}

/// In which order a list is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sequence {
    /// The first placed first.
    OldestFirst,
    /// The last placed first.
    #[default]
    NewestFirst,
}

/// Which orders of a list are asked for.
#[derive(Clone, Debug)]
pub struct OrderFilter {
    /// This one; its letters may be of any case.
    pub order_id: Option<String>,
    /// Those placed then.
    pub created: Period,
    /// Those paid then.
    pub paid: Period,
    /// Those with a line of this service; its letters may be of any case.
    pub service_type_code: Option<String>,
    /// Those in this status now.
    pub status: Option<OrderStatus>,
    /// Those of this type.
    pub order_type: Option<OrderType>,
}

impl Default for OrderFilter {
    /// All orders.
    fn default() -> Self {
        Self {
            order_id: None,
            created: Period::ALL,
            paid: Period::ALL,
            service_type_code: None,
            status: None,
            order_type: None,
        }
    }
}

impl OrderFilter {
    /// Whether orders must be looked at to know which are meant.
    pub fn needs_contents(&self) -> bool {
        self.order_id.is_some()
            || self.created != Period::ALL
            || self.paid != Period::ALL
            || self.service_type_code.is_some()
            || self.status.is_some()
            || self.order_type.is_some()
    }

    /// Whether an order is asked for.
    pub fn passes(&self, order: &Order, now: Timestamp) -> bool {
        let has_service = |code: &String| {
            let of = |line: &super::OrderLine| {
                line.product.service_type_code.as_str().eq_ignore_ascii_case(code)
            };
            order.lines.iter().any(of)
        };
        let is_paid = || order.payment_time.is_some_and(|time| self.paid.contains(time));
        let has_id = |id: &String| {
            order.order_id.as_str().eq_ignore_ascii_case(id)
                || order.children.iter().any(|child| child.as_str().eq_ignore_ascii_case(id))
        };
        self.order_id.as_ref().is_none_or(has_id)
            && self.created.contains(order.create_time)
            && (self.paid == Period::ALL || is_paid())
            && self.service_type_code.as_ref().is_none_or(has_service)
            && self.status.is_none_or(|status| order.status_at(now) == status)
            && self.order_type.is_none_or(|kind| order.order_type == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::order;
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn an_order_passes_what_it_is() {
        let order = Order { payment_time: Some(time("2018-11-27T00:00:00Z")), ..order() };
        let now = time("2018-11-27T00:00:00Z");
        let all = OrderFilter::default;
        let text = |text: &str| Some(text.to_owned());
        let before = Period { begin: Timestamp::MIN, end: now };
        for (filter, passes) in [
            (all(), true),
            (OrderFilter { order_id: text("cs1811262312aaaaa"), ..all() }, true),
            (OrderFilter { order_id: text("CS1811262312AAAAB"), ..all() }, false),
            (OrderFilter { service_type_code: text("HWS.service.type.EC2"), ..all() }, true),
            (OrderFilter { service_type_code: text("hws.service.type.ec"), ..all() }, false),
            (OrderFilter { created: before, ..all() }, true),
            (OrderFilter { paid: before, ..all() }, false),
            (OrderFilter { status: Some(OrderStatus::PendingPayment), ..all() }, true),
            (OrderFilter { status: Some(OrderStatus::Cancelled), ..all() }, false),
            (OrderFilter { order_type: Some(OrderType::Renewal), ..all() }, false),
        ] {
            assert_eq!(filter.passes(&order, now), passes, "{filter:?}");
        }
        let overdue = OrderFilter { status: Some(OrderStatus::Cancelled), ..all() };
        assert!(overdue.passes(&order, order.pending_payment_end_time));
        let unpaid = Order { payment_time: None, ..order };
        assert!(!OrderFilter { paid: before, ..all() }.passes(&unpaid, now));
        assert!(!all().needs_contents() && overdue.needs_contents());
    }
}
