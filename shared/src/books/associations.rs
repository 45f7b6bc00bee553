//! Associations in the books: what is asked for about a customer's and what has happened to it, behind
//! the customer; and the invitations of partners.

use super::list::Record;
use super::record::{decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::association::{AssociationEvent, ChangeRequest, Invitation};
use crate::domain::discount::{Discount, DiscountType};
use crate::domain::error::Reason;
use crate::domain::partner::Customer;
use crate::store::Range;
use crate::value::id::{CustomerId, InvitationId, OrderId, PartnerId};
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;

impl Books<'_> {
    /// The change of a customer's association that one side asks for.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn change_request(
        &self,
        customer: &CustomerId,
    ) -> Result<Option<ChangeRequest>, Reason> {
        self.record(&key::change_request(customer)).await
    }

    /// What has happened to a customer's associations, the newest first.
    ///
    /// # Errors
    /// Store failures.
    pub async fn association_events(
        &self,
        customer: &CustomerId,
        slice: Slice,
    ) -> Result<Page<AssociationEvent>, Reason> {
        self.page(&Range::prefix(&key::association_events(customer)), slice).await
    }

    /// What has happened to the associations of a partner's customers, also of those that have left
    /// it, the newest first; or of one customer with this partner.
    ///
    /// # Errors
    /// Store failures.
    pub async fn partner_events(
        &self,
        partner: &PartnerId,
        customer: Option<&CustomerId>,
        slice: Slice,
    ) -> Result<Page<AssociationEvent>, Reason> {
        let Some(customer) = customer else {
            return self.page(&Range::prefix(&key::partner_events(partner)), slice).await;
        };
        let range = Range::prefix(&key::association_events(customer));
        self.filtered_page(&range, slice, |(key, bytes)| {
            let event: AssociationEvent = decode(key, bytes)?;
            Ok((event.partner_id == *partner).then_some(event))
        })
        .await
    }

    /// An invitation, of whatever partner.
    ///
    /// # Errors
    /// Store failures.
    pub async fn invitation(&self, id: &InvitationId) -> Result<Option<Invitation>, Reason> {
        self.record(&key::invitation(id)).await
    }

    /// The invitations of a partner, the newest first.
    ///
    /// # Errors
    /// Store failures.
    pub async fn invitations(
        &self,
        partner: &PartnerId,
        slice: Slice,
    ) -> Result<Page<Invitation>, Reason> {
        let range = Range::prefix(&key::partner_invitations(partner));
        let Page { total_count, items } = self.part(&range, slice).await?;
        let corrupt = |entry: &[u8]| Reason::Corrupt(entry.escape_ascii().to_string());
        let id = |(entry, _): &Record| key::invitation_at_end(entry).ok_or_else(|| corrupt(entry));
        let keys = items.iter().map(|record| Ok(key::invitation(&id(record)?)));
        let keys = keys.collect::<Result<Vec<_>, Reason>>()?;
        self.load(&keys).await?;
        let mut invitations = Vec::with_capacity(keys.len());
        for key in keys {
            let bytes = self.bytes(&key).await?.ok_or_else(|| corrupt(&key))?;
            invitations.push(decode(&key, &bytes)?);
        }
        Ok(Page { total_count, items: invitations })
    }

    /// Whether a partner funded a customer when it placed this order.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn was_funded(
        &self,
        partner: &PartnerId,
        customer: &CustomerId,
        order_id: &OrderId,
    ) -> Result<bool, Reason> {
        let owner = self.order_owner(order_id).await?;
        let whole = owner.and_then(|owner| owner.parent).unwrap_or_else(|| order_id.clone());
        let entry = key::partner_order(partner, &whole, customer);
        Ok(self.bytes(&entry).await?.is_some())
    }
}

impl BooksMut<'_, '_> {
    /// Keeps what one side asks for.
    pub(crate) async fn set_change_request(
        &mut self,
        customer: &CustomerId,
        request: &ChangeRequest,
    ) -> Result<(), Reason> {
        self.set(key::change_request(customer), encode(request)?).await
    }

    /// Forgets what one side has asked for.
    pub(crate) fn forget_change_request(&mut self, customer: &CustomerId) {
        self.store.remove(&key::change_request(customer));
    }

    /// Adds something that has happened to an association, for both sides: one thing in a
    /// transaction.
    pub(crate) fn add_association_event(&mut self, event: &AssociationEvent) -> Result<(), Reason> {
        let AssociationEvent { customer_id, partner_id, at, .. } = event;
        let place = self.next_transfer();
        self.add_bytes(key::association_event(customer_id, *at, place), encode(event)?);
        self.add_bytes(key::partner_event(partner_id, *at, place), encode(event)?);
        Ok(())
    }

    /// Adds an invitation, whose identity is free.
    pub(crate) fn add_invitation(&mut self, invitation: &Invitation) -> Result<(), Reason> {
        let Invitation { invitation_id, partner_id, created_at, .. } = invitation;
        let place = self.next_transfer();
        self.add_key(key::partner_invitation(partner_id, *created_at, place, invitation_id));
        self.add_bytes(key::invitation(invitation_id), encode(invitation)?);
        Ok(())
    }

    /// Changes an invitation that is there.
    pub(crate) fn replace_invitation(&mut self, invitation: &Invitation) -> Result<(), Reason> {
        self.store.replace(key::invitation(&invitation.invitation_id), encode(invitation)?);
        Ok(())
    }

    /// Changes a customer, and moves it to the list of its partner.
    pub(crate) fn move_customer(
        &mut self,
        before: &Customer,
        after: &Customer,
    ) -> Result<(), Reason> {
        if before.partner_id != after.partner_id {
            self.store.remove(&key::partner_customer(&before.partner_id, &before.customer_id));
            self.add_key(key::partner_customer(&after.partner_id, &after.customer_id));
        }
        self.replace_customer(after)
    }

    /// Ends the discounts that a partner gives a customer.
    pub(crate) async fn end_partner_discounts(
        &mut self,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<(), Reason> {
        let discounts: Vec<Discount> = self.all(&Range::prefix(&key::discounts(customer))).await?;
        for discount in discounts {
            let is_of_partner = matches!(
                discount.discount_type,
                Some(DiscountType::PartnerGrant | DiscountType::PartnerRatio)
            );
            if is_of_partner && discount.expire_time.is_none_or(|end| end > now) {
                let ended = Discount { expire_time: Some(now), ..discount };
                let key = key::discount(customer, &ended.discount_id);
                self.store.replace(key, encode(&ended)?);
            }
        }
        Ok(())
    }
}
