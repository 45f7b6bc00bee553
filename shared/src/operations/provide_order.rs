//! Provide what an order is for, line by line, as the cloud reports it.
//!
//! A line that could not be provided gives its money back in full, by an order of the system. The
//! order is completed when its last line is provided or has failed.

use super::announce;
use super::bill_order::lines_of_line;
use super::give_back::{GiveBack, Returned, give_back};
use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::order::{LineState, Order, OrderLine, OrderSource, OrderStatus, OrderType};
use crate::domain::payment::{PaidPart, share};
use crate::domain::refund::RefundCase;
use crate::domain::resource::{AutoRenewal, ExpirePolicy, PaidTerm, Resource};
use crate::domain::term::Term;
use crate::value::id::{OrderId, ResourceId};
use crate::value::money::Money;
use std::collections::BTreeSet;

/// A resource that was provided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewResource {
    /// Identity at its service.
    pub resource_id: ResourceId,
    /// What it is called.
    pub resource_name: Option<String>,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provided {
    /// Its resources are there, as many as were ordered.
    Resources(Vec<NewResource>),
    /// It could not be provided.
    Failed,
}

/// A report on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineReport {
    /// The line, from 0.
    pub line: u32,
    /// What became of it.
    pub provided: Provided,
}

/// Takes reports on lines of an order. `randoms` has one number for each that failed.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::OrderNotFound`], [`Reason::ChildOrder`],
/// [`Reason::OrderNotProcessing`] for one that is not paid or done already, [`Reason::Field`] for a
/// line that is not there, was reported or does not have as many resources as were ordered, and
/// [`Reason::ContentDiffers`] for the identity of a resource that is taken.
pub async fn provide_order(
    books: &mut BooksMut<'_, '_>,
    order_id: &OrderId,
    reports: &[LineReport],
    randoms: &[[u8; 16]],
) -> Result<Order, Reason> {
    let owner = books.order_owner(order_id).await?.ok_or(Reason::OrderNotFound)?;
    books.load_order(&owner.customer_id, order_id, (&[], &[])).await?;
    let order = books.own_order(&owner.customer_id, order_id).await?;
    if order.status != OrderStatus::Processing {
        return Err(Reason::OrderNotProcessing);
    }
    let mut reports: Vec<&LineReport> = reports.iter().collect();
    reports.sort_by_key(|report| report.line);
    let mut provided = order.clone();
    let mut failed = Vec::new();
    for report in reports {
        let place = usize::try_from(report.line).unwrap_or(usize::MAX);
        let is_open = |line: &OrderLine| line.state == LineState::Open;
        if !provided.lines.get(place).is_some_and(is_open) {
            return Err(Reason::field("line", "must be one that was not reported yet"));
        }
        match &report.provided {
            Provided::Resources(resources) => {
                provide_line(books, &mut provided, place, resources).await?;
            }
            Provided::Failed => failed.push(place),
        }
    }
    let mut randoms = randoms.iter();
    if !failed.is_empty() {
        let random = randoms.next().copied().unwrap_or_default();
        fail_lines(books, &mut provided, &failed, &random).await?;
    }
    let provided = completed(provided);
    books.replace_order(&order, &provided)?;
    let is_any_there = provided.lines.iter().any(|line| line.state == LineState::Done);
    if provided.status == OrderStatus::Completed && is_any_there {
        announce::order(books, announce::ORDER_PROVISIONED, &provided).await?;
    }
    Ok(provided)
}

/// Provides all lines of an order that was paid just now, with identities that chance gives.
///
/// # Errors
/// As [`provide_order`].
pub(super) async fn provide_all(
    books: &mut BooksMut<'_, '_>,
    order: Order,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let mut provided = order;
    let mut place = 0_u16;
    for line in 0..provided.lines.len() {
        let count = provided.lines.get(line).map_or(0, |line| line.subscription_num);
        let mut resources = Vec::new();
        for _ in 0..count {
            let mut random = *random;
            random[6..8].copy_from_slice(&place.to_be_bytes());
            place = place.saturating_add(1);
            let resource_id = ResourceId::new(books.instant(), &random);
            resources.push(NewResource { resource_id, resource_name: None });
        }
        provide_line(books, &mut provided, line, &resources).await?;
    }
    Ok(completed(provided))
}

/// The order, completed when no line is open.
fn completed(order: Order) -> Order {
    if order.lines.iter().any(|line| line.state == LineState::Open) {
        return order;
    }
    Order { status: OrderStatus::Completed, ..order }
}

/// Adds the resources of a line, and says so in the order.
async fn provide_line(
    books: &mut BooksMut<'_, '_>,
    order: &mut Order,
    place: usize,
    resources: &[NewResource],
) -> Result<(), Reason> {
    let Some(line) = order.lines.get(place).cloned() else {
        return Err(Reason::field("line", "must be one of the order's"));
    };
    let ids: BTreeSet<&ResourceId> = resources.iter().map(|it| &it.resource_id).collect();
    let count = usize::try_from(line.subscription_num).unwrap_or(usize::MAX);
    if resources.len() != count || ids.len() != count {
        let fault = format!("must have {count} different resources, as were ordered");
        return Err(Reason::field("resources", fault));
    }
    let mains = mains_of(order, &line)?;
    let parts = split_evenly(&order.parts_of(&line), resources.len())?;
    let now = books.now();
    let term = line.term.unwrap_or(Term::months(1));
    let expiry = term.first(now);
    for (index, (resource, parts)) in resources.iter().zip(parts).enumerate() {
        let taken = books.resource(&order.customer_id, &resource.resource_id).await?;
        if taken.is_some() {
            return Err(Reason::ContentDiffers);
        }
        let main = mains.get(index).or(mains.first()).cloned();
        let renews = line.renews_itself && main.is_none();
        let added = Resource {
            resource_id: resource.resource_id.clone(),
            instance_id: format!("{}-{:04}", order.line_id(place), index.saturating_add(1)),
            customer_id: order.customer_id.clone(),
            order_id: order.order_of_line(&line).clone(),
            resource_name: resource.resource_name.clone(),
            product: line.product.clone(),
            main_resource_id: main.clone(),
            attached: Vec::new(),
            effective_time: now,
            expire_time: expiry.expire_time,
            anchor_day: expiry.anchor_day,
            expire_policy: if line.renews_itself {
                ExpirePolicy::AutoRenew
            } else {
                ExpirePolicy::GracePeriod
            },
            auto_renewal: renews.then_some(AutoRenewal { times_left: None, term, tried_at: None }),
            last_term: term,
            terms: vec![PaidTerm {
                order_id: order.order_id.clone(),
                partner_id: order.partner_id.clone(),
                term,
                begin: now,
                expire_time: expiry.expire_time,
                parts,
            }],
            pending_order: None,
            closed_at: None,
            update_time: now,
            told: None,
            due: None,
            warned_of: None,
        };
        books.add_resource(added).await?;
        if let Some(main) = main {
            attach(books, order, &main, &resource.resource_id).await?;
        }
    }
    if let Some(line) = order.lines.get_mut(place) {
        line.state = LineState::Done;
        line.effective_time = Some(now);
        line.expire_time = Some(expiry.expire_time);
        line.resource_ids = resources.iter().map(|it| it.resource_id.clone()).collect();
    }
    Ok(())
}

/// The main resources that those of a line are attached to: none for a main line.
fn mains_of(order: &Order, line: &OrderLine) -> Result<Vec<ResourceId>, Reason> {
    let Some(main) = line.attached_to.and_then(|main| usize::try_from(main).ok()) else {
        return Ok(Vec::new());
    };
    let main = order.lines.get(main).filter(|main| main.state == LineState::Done);
    let missing = || Reason::field("line", "the line that it is attached to is not provided");
    Ok(main.ok_or_else(missing)?.resource_ids.clone())
}

async fn attach(
    books: &mut BooksMut<'_, '_>,
    order: &Order,
    main: &ResourceId,
    attached: &ResourceId,
) -> Result<(), Reason> {
    let missing = || Reason::Corrupt(format!("resource {main}, which is not there"));
    let mut main = books.resource(&order.customer_id, main).await?.ok_or_else(missing)?;
    main.attached.push(attached.clone());
    books.replace_resource(main).await
}

/// The shares of so many resources in the parts of their line: equal ones, what does not divide
/// with the first.
pub(super) fn split_evenly(parts: &[PaidPart], count: usize) -> Result<Vec<Vec<PaidPart>>, Reason> {
    let one: Money = Money::of_fen(1).map_err(|_| Reason::AmountTooLarge)?;
    let mut split = vec![Vec::new(); count];
    for part in parts {
        for (parts, amount) in split.iter_mut().zip(share(part.amount, &vec![one; count])?) {
            if amount.is_positive() {
                parts.push(PaidPart { amount, ..part.clone() });
            }
        }
    }
    Ok(split)
}

/// Gives the money of lines back that could not be provided.
async fn fail_lines(
    books: &mut BooksMut<'_, '_>,
    order: &mut Order,
    failed: &[usize],
    random: &[u8; 16],
) -> Result<(), Reason> {
    let mut returned = Vec::with_capacity(failed.len());
    for place in failed {
        let Some(line) = order.lines.get(*place) else {
            continue;
        };
        returned.push(Returned {
            product: line.product.clone(),
            resource_id: None,
            base_order_id: order.order_id.clone(),
            partner_id: order.partner_id.clone(),
            parts: order.parts_of(line),
            case: RefundCase::NotBegun,
            ended: lines_of_line(order, *place)?,
        });
    }
    let back = GiveBack {
        customer_id: order.customer_id.clone(),
        order_type: OrderType::Unsubscription,
        source_type: OrderSource::System,
        returned,
    };
    give_back(books, &back, random).await?;
    for place in failed {
        if let Some(line) = order.lines.get_mut(*place) {
            line.state = LineState::Failed;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::payment::PartKind;

    #[test]
    fn resources_of_a_line_share_its_parts() {
        let part = |amount: &str| PaidPart {
            kind: PartKind::Cash,
            account: "Cc".parse().expect("an account"),
            amount: amount.parse().expect(amount),
        };
        let split = split_evenly(&[part("1"), part("0.02")], 3).expect("splits");
        let texts: Vec<Vec<String>> = split
            .iter()
            .map(|parts| parts.iter().map(|part| part.amount.to_string()).collect())
            .collect();
        assert_eq!(texts, [vec!["0.34", "0.01"], vec!["0.33", "0.01"], vec!["0.33"]]);
    }
}
