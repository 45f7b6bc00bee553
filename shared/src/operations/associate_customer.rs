//! Associations: a partner invites and a customer accepts; one side asks for a change or for the end,
//! and the other agrees. Or the operator decides.
//!
//! A partner that no longer funds a customer gets back what it gave, one transfer each: the
//! customer's balance, and what is left of the coupons that it issued. Everything is checked when a
//! change is asked for, and again when it is agreed to.

use super::expire_coupons::give_back;
use crate::books::{Books, BooksMut};
use crate::domain::account::AccountId;
use crate::domain::association::{
    Acceptance, AssociationChange, AssociationEvent, AssociationEventKind, AssociationVerdict,
    COUPONS_MAX, ChangeRequest, Invitation, InvitationStatus, Side, Standing, check_acceptance,
    check_change, check_request,
};
use crate::domain::authorisation::{Authorisation, AuthorisationStatus};
use crate::domain::card::CardStatus;
use crate::domain::coupon::{Coupon, CouponFilter, CouponList, CouponStatus};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::order::OrderStatus;
use crate::domain::order::list::{OrderFilter, OrderList, Sequence};
use crate::domain::partner::{AssociationType, CallingCustomer, CallingPartner, Customer};
use crate::store::defect::{self, Defect};
use crate::value::id::{CustomerId, InvitationId, PartnerId};
use crate::value::money::Money;
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;

/// Statuses of orders that are neither completed nor cancelled.
const OPEN: [OrderStatus; 4] = [
    OrderStatus::PendingApproval,
    OrderStatus::PendingPayment,
    OrderStatus::Processing,
    OrderStatus::PendingConfirmation,
];

/// Events among which all are that count for how often a side has asked: a request and its answer,
/// of both sides, and the invitation before them.
const EVENTS_OF_LATE: usize = 8;

/// Who acts on an association, and on which.
#[derive(Clone, Debug)]
pub struct Party {
    side: Side,
    customer_id: CustomerId,
    partner_id: Option<PartnerId>,
}

impl Party {
    /// A partner, about one of its customers.
    pub fn partner(caller: &CallingPartner, customer_id: CustomerId) -> Self {
        Self { side: Side::Partner, customer_id, partner_id: Some(caller.partner_id.clone()) }
    }

    /// A customer.
    pub fn customer(caller: &CallingCustomer) -> Self {
        let customer_id = caller.customer_id.clone();
        Self { side: Side::Customer, customer_id, partner_id: None }
    }

    /// The operator, about any customer.
    fn operator(customer_id: CustomerId) -> Self {
        Self { side: Side::Operator, customer_id, partner_id: None }
    }

    /// The customer, if it is the caller itself or one of the calling partner's own.
    async fn of(&self, books: &Books<'_>) -> Result<Customer, Reason> {
        let customer = books.customer(&self.customer_id).await?;
        let is_own = |customer: &Customer| {
            self.partner_id.as_ref().is_none_or(|partner| customer.partner_id == *partner)
        };
        customer.filter(is_own).ok_or(Reason::NotYourCustomer)
    }
}

/// Invites whichever customer comes to know the name of the invitation, which is `random`.
///
/// # Errors
/// [`Reason::NotYourReseller`], with nothing changed.
pub async fn invite(
    books: &mut BooksMut<'_, '_>,
    caller: &CallingPartner,
    indirect_partner_id: Option<&PartnerId>,
    association_type: AssociationType,
    random: &[u8; 16],
) -> Result<Invitation, Reason> {
    let partner_id = books.acting_for(caller, indirect_partner_id).await?;
    let invitation = Invitation {
        invitation_id: InvitationId::new(random),
        partner_id,
        association_type,
        created_at: books.now(),
        accepted: None,
    };
    books.add_invitation(&invitation)?;
    Ok(invitation)
}

/// Accepts an invitation: the customer is the partner's from now on.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NoSuchInvitation`], also for one that was accepted
/// or has expired; [`Reason::CannotAssociate`].
pub async fn accept(
    books: &mut BooksMut<'_, '_>,
    caller: &CallingCustomer,
    invitation_id: &InvitationId,
) -> Result<Invitation, Reason> {
    let now = books.now();
    let party = Party::customer(caller);
    let invitation = books.invitation(invitation_id).await?;
    let open = invitation.filter(|it| it.status_at(now) == InvitationStatus::Open);
    let invitation = open.ok_or(Reason::NoSuchInvitation)?;
    let customer = party.of(books).await?;
    let held = Held::of(books, &customer).await?;
    check_acceptance(&customer, invitation.association_type, &held.standing())?;

    let (partner_id, association_type) = (&invitation.partner_id, invitation.association_type);
    let moved = customer.clone().moved_to(partner_id.clone(), Some(now));
    let associated = Customer { association_type, ..moved };
    books.move_customer(&customer, &associated)?;
    let change = AssociationChange::to(association_type);
    note(books, &party, AssociationEventKind::Accepted, &associated, change, Returned::NOTHING)?;
    let acceptance = Acceptance { customer_id: associated.customer_id, at: now };
    let accepted = Invitation { accepted: Some(acceptance), ..invitation };
    books.replace_invitation(&accepted)?;
    Ok(accepted)
}

/// Asks the other side for a change. What was asked for before is not asked for again.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourCustomer`], [`Reason::CallerNotPermitted`]
/// for a customer that asks for anything but the end, [`Reason::AskedOfLate`],
/// [`Reason::ChangeAsked`] where the other side has asked, [`Reason::CannotAssociate`].
pub async fn ask(
    books: &mut BooksMut<'_, '_>,
    party: &Party,
    change: AssociationChange,
) -> Result<ChangeRequest, Reason> {
    let customer = party.of(books).await?;
    let held = books.change_request(&customer.customer_id).await?;
    if let Some(held) = &held
        && held.asked_by == party.side
        && held.change == change
    {
        return Ok(held.clone());
    }
    let now = books.now();
    let events = books.association_events(&customer.customer_id, Slice::first(EVENTS_OF_LATE));
    let events = events.await?.items;
    check_request(&customer, party.side, change, &events, now)?;
    if held.is_some() {
        return Err(Reason::ChangeAsked);
    }
    check_change(&customer, change, &Held::of(books, &customer).await?.standing())?;
    let request = ChangeRequest { change, asked_by: party.side, asked_at: now };
    books.set_change_request(&customer.customer_id, &request).await?;
    note(books, party, AssociationEventKind::Asked, &customer, change, Returned::NOTHING)?;
    Ok(request)
}

/// Answers what the other side has asked for, or asks for it no longer.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourCustomer`], [`Reason::NoChangeAsked`], also
/// for an own request that is agreed to, [`Reason::CannotAssociate`].
pub async fn answer(
    books: &mut BooksMut<'_, '_>,
    party: &Party,
    verdict: AssociationVerdict,
) -> Result<AssociationEvent, Reason> {
    let customer = party.of(books).await?;
    let asked = books.change_request(&customer.customer_id).await?;
    let ChangeRequest { change, asked_by, .. } = asked.ok_or(Reason::NoChangeAsked)?;
    let (kind, returned) = match verdict {
        AssociationVerdict::Agree if asked_by == party.side => return Err(Reason::NoChangeAsked),
        AssociationVerdict::Agree => {
            let returned = carry_out(books, &customer, change).await?;
            (AssociationEventKind::Agreed, returned)
        }
        AssociationVerdict::Refuse => (AssociationEventKind::Refused, Returned::NOTHING),
    };
    books.forget_change_request(&customer.customer_id);
    note(books, party, kind, &customer, change, returned)
}

/// Changes how a customer is associated with its partner because the operator says so: neither side
/// is asked, and what one has asked for is asked for no longer. All else is as when both agree.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourCustomer`], [`Reason::CannotAssociate`].
pub(super) async fn decide(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    association_type: AssociationType,
) -> Result<AssociationEvent, Reason> {
    let operator = Party::operator(customer_id.clone());
    let customer = operator.of(books).await?;
    let change = AssociationChange::to(association_type);
    let returned = carry_out(books, &customer, change).await?;
    if books.change_request(customer_id).await?.is_some() {
        books.forget_change_request(customer_id);
    }
    note(books, &operator, AssociationEventKind::Agreed, &customer, change, returned)
}

/// A customer's association as both sides are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Association {
    /// The customer, with its partner and how they are associated.
    pub customer: Customer,
    /// What one side asks for.
    pub request: Option<ChangeRequest>,
    /// What has happened to it, the newest first. A partner is told of what happened to its own.
    pub events: Page<AssociationEvent>,
}

/// How a customer is associated, and what has happened to that.
///
/// # Errors
/// [`Reason::NotYourCustomer`]; store failures.
pub async fn association(
    books: &Books<'_>,
    party: &Party,
    slice: Slice,
) -> Result<Association, Reason> {
    let customer = party.of(books).await?;
    let request = books.change_request(&customer.customer_id).await?;
    let events = match &party.partner_id {
        None => books.association_events(&customer.customer_id, slice).await?,
        Some(partner) => books.partner_events(partner, Some(&customer.customer_id), slice).await?,
    };
    Ok(Association { customer, request, events })
}

/// What a customer has that a change is about.
struct Held {
    has_open_orders: bool,
    has_cards: bool,
    owes: Money,
    cash: Money,
    /// Coupons of its partner, each with what is left of it.
    coupons: Vec<(Coupon, Money)>,
}

impl Held {
    async fn of(books: &BooksMut<'_, '_>, customer: &Customer) -> Result<Self, Reason> {
        let (id, now) = (&customer.customer_id, books.now());
        let mut has_open_orders = false;
        for status in OPEN {
            let list = OrderList::OfCustomer(id.clone());
            let filter = OrderFilter { status: Some(status), ..OrderFilter::default() };
            let found = books.orders(&list, &filter, Sequence::NewestFirst, now, Slice::first(1));
            has_open_orders |= found.await?.total_count > 0;
        }
        let usable = (CardStatus::Usable, now);
        let cards = books.cards(id, None, usable, Slice::first(1)).await?;
        Ok(Self {
            has_open_orders,
            has_cards: cards.total_count > 0,
            owes: books.owed(id).await?,
            cash: books.held(&AccountId::CustomerBalance(id.clone())).await?.balance,
            coupons: coupons_of(books, customer, now).await?,
        })
    }

    fn standing(&self) -> Standing {
        Standing {
            has_open_orders: self.has_open_orders,
            has_cards: self.has_cards,
            owes: self.owes,
            cash: self.cash,
            coupons: self.coupons.len(),
        }
    }
}

/// Coupons that a customer's partner has issued to it and that hold something, at most one more than
/// can go back by one change.
async fn coupons_of(
    books: &BooksMut<'_, '_>,
    customer: &Customer,
    now: Timestamp,
) -> Result<Vec<(Coupon, Money)>, Reason> {
    let list = CouponList::Owned(customer.customer_id.clone());
    let mut coupons = Vec::new();
    for status in [CouponStatus::Usable, CouponStatus::NotActivated] {
        let filter = CouponFilter {
            source_id: Some(customer.partner_id.to_string()),
            status: Some(status),
            ..CouponFilter::all().since(now)
        };
        let room = COUPONS_MAX.saturating_add(1).saturating_sub(coupons.len());
        let found = books.coupons(&list, &filter, now, Slice::first(room)).await?;
        coupons.extend(found.items.into_iter().map(|shown| (shown.coupon, shown.balance)));
    }
    Ok(coupons)
}

/// What went back to the partner.
#[derive(Clone, Copy)]
struct Returned {
    amount: Money,
    coupons: u32,
}

impl Returned {
    const NOTHING: Self = Self { amount: Money::ZERO, coupons: 0 };
}

/// Changes how a customer is associated, and gives back what its partner gave it.
async fn carry_out(
    books: &mut BooksMut<'_, '_>,
    customer: &Customer,
    change: AssociationChange,
) -> Result<Returned, Reason> {
    let held = Held::of(books, customer).await?;
    if !defect::present(Defect::TrustsEarlierChecks) {
        check_change(customer, change, &held.standing())?;
    }
    let is_funded = customer.association_type == AssociationType::Resale;
    let mut returned = Returned::NOTHING;
    if is_funded && held.cash.is_positive() {
        return_cash(books, customer, held.cash).await?;
        returned.amount = held.cash;
    }
    let code = match change {
        AssociationChange::Dissociation => TransferCode::CouponUnbind,
        AssociationChange::Referral | AssociationChange::Resale => TransferCode::CouponModeSwitch,
    };
    if change != AssociationChange::Resale {
        for (coupon, left) in held.coupons {
            let closed = Coupon { reclaimed_at: Some(books.now()), ..coupon };
            give_back(books, &closed, left, code).await?;
            returned.coupons = returned.coupons.saturating_add(1);
        }
    }
    let changed = match change {
        AssociationChange::Dissociation => {
            end_agreements(books, customer).await?;
            customer.clone().moved_to(PartnerId::cloud(), None)
        }
        AssociationChange::Referral | AssociationChange::Resale => customer.clone(),
    };
    let changed = Customer { association_type: change.association_type(), ..changed };
    books.move_customer(customer, &changed)?;
    Ok(returned)
}

async fn return_cash(
    books: &mut BooksMut<'_, '_>,
    customer: &Customer,
    amount: Money,
) -> Result<(), Reason> {
    let transfer = Transfer {
        debit_account: AccountId::CustomerBalance(customer.customer_id.clone()),
        credit_account: AccountId::PartnerBalance(customer.partner_id.clone()),
        amount,
        code: TransferCode::AssociationReturn,
        time: books.now(),
        memo: None,
        reference: None,
        trade_type: None,
    };
    let transfer_id = books.book(&transfer).await?;
    books.add_adjust_record(&customer.partner_id, &transfer, transfer_id)
}

/// Ends what a customer and its partner agreed on besides money: that the partner orders on its
/// behalf, and the discounts that it gives.
async fn end_agreements(books: &mut BooksMut<'_, '_>, customer: &Customer) -> Result<(), Reason> {
    let now = books.now();
    let Customer { partner_id, customer_id, .. } = customer;
    if let Some(held) = books.authorisation(partner_id, customer_id).await? {
        let status = AuthorisationStatus::Refused;
        let ended = Authorisation { status, answered_at: Some(now), ..held };
        books.keep_authorisation(&ended).await?;
    }
    books.end_partner_discounts(customer_id, now).await
}

/// Keeps what has happened to an association. `customer` is as the partner has it, or had it.
fn note(
    books: &mut BooksMut<'_, '_>,
    party: &Party,
    kind: AssociationEventKind,
    customer: &Customer,
    change: AssociationChange,
    returned: Returned,
) -> Result<AssociationEvent, Reason> {
    let event = AssociationEvent {
        kind,
        by: party.side,
        partner_id: customer.partner_id.clone(),
        change,
        at: books.now(),
        returned_amount: returned.amount,
        returned_coupons: returned.coupons,
        customer_id: customer.customer_id.clone(),
    };
    books.add_association_event(&event)?;
    Ok(event)
}
