//! Switch the renewal of a resource by itself on and off. An attached resource switches its main
//! one, and the main one all that is attached to it.

use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::resource::{
    AutoRenewal, ExpirePolicy, RenewalSetting, Resource, ResourceStatus,
};
use crate::domain::term::{PeriodType, Term};
use crate::value::id::{CustomerId, ResourceId};

/// Most renewals that can be asked for.
const TIMES_MAX: u32 = 99;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AutoRenewalChoice {
    /// How often; 0 means always. Absent: always the first time, and unchanged later.
    pub times: Option<u32>,
    /// A month or a year. Absent: as it was last bought.
    pub period_type: Option<PeriodType>,
}

impl AutoRenewalChoice {
    /// Checks the fields of a request.
    ///
    /// # Errors
    /// [`Reason::Field`].
    pub fn check(self) -> Result<Self, Reason> {
        if self.times.is_some_and(|times| times > TIMES_MAX) {
            let fault = format!("must be 0 to {TIMES_MAX}");
            return Err(Reason::field("auto_renew_times", fault));
        }
        Ok(self)
    }

    /// How a resource renews itself from now on.
    fn applied(self, resource: &Resource) -> AutoRenewal {
        let before = resource.auto_renewal;
        let times_left = match self.times {
            Some(0) => None,
            Some(times) => Some(times),
            None => before.and_then(|before| before.times_left),
        };
        let term = match self.period_type {
            Some(period_type) => Term { period_type, period_num: 1 },
            None => before.map_or(resource.last_term, |before| before.term),
        };
        AutoRenewal { times_left, term, tried_at: None }
    }
}

/// Switches it on.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::ResourceNotFound`] and
/// [`Reason::AutoRenewalUnavailable`] for one that has expired, is frozen or closed.
pub async fn switch_on(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    resource_id: &ResourceId,
    choice: AutoRenewalChoice,
) -> Result<(), Reason> {
    let main = main_resource(books, customer_id, resource_id).await?;
    let settings = books.settings().await?;
    if main.status_at(books.now(), &settings) != ResourceStatus::InUse {
        return Err(Reason::AutoRenewalUnavailable);
    }
    let renewal = choice.applied(&main);
    for resource in books.with_attached(main).await? {
        let auto_renewal = if resource.is_main() { Some(renewal) } else { None };
        set_policy(books, resource, ExpirePolicy::AutoRenew, auto_renewal).await?;
    }
    Ok(())
}

/// Switches it off: the resource has its grace period again. How often it was to be renewed is
/// kept for the next time.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::ResourceNotFound`] and
/// [`Reason::AutoRenewalOff`].
pub async fn switch_off(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    resource_id: &ResourceId,
) -> Result<(), Reason> {
    let main = main_resource(books, customer_id, resource_id).await?;
    if main.closed_at.is_some() || main.expire_policy != ExpirePolicy::AutoRenew {
        return Err(Reason::AutoRenewalOff);
    }
    for resource in books.with_attached(main).await? {
        let auto_renewal = resource.auto_renewal;
        set_policy(books, resource, ExpirePolicy::GracePeriod, auto_renewal).await?;
    }
    Ok(())
}

/// Changes a setting of all renewals of a customer.
///
/// # Errors
/// [`Reason::Field`] for a value that the setting cannot have, with nothing changed; store
/// failures.
pub async fn set_renewal_config(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    setting: RenewalSetting,
    value: &str,
) -> Result<(), Reason> {
    let config = books.renewal_config(customer_id).await?.with(setting, value)?;
    books.set_renewal_config(customer_id, config).await
}

/// The main resource of this identity, or the one that it is attached to.
pub(super) async fn main_resource(
    books: &BooksMut<'_, '_>,
    customer_id: &CustomerId,
    resource_id: &ResourceId,
) -> Result<Resource, Reason> {
    books.load_resources(customer_id, std::slice::from_ref(resource_id)).await?;
    let resource = books.resource(customer_id, resource_id).await?;
    let resource = resource.ok_or(Reason::ResourceNotFound)?;
    match &resource.main_resource_id {
        None => Ok(resource),
        Some(main) => {
            let missing = || Reason::Corrupt(format!("resource {main}, which is not there"));
            books.resource(customer_id, main).await?.ok_or_else(missing)
        }
    }
}

/// Changes what happens at the end of a resource's last term.
pub(super) async fn set_policy(
    books: &mut BooksMut<'_, '_>,
    resource: Resource,
    expire_policy: ExpirePolicy,
    auto_renewal: Option<AutoRenewal>,
) -> Result<(), Reason> {
    let update_time = books.now();
    books.replace_resource(Resource { expire_policy, auto_renewal, update_time, ..resource }).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::resource::tests::resource;

    #[test]
    fn absent_is_always_at_first_and_unchanged_later() {
        let year = Some(PeriodType::Year);
        let set = |before: Option<AutoRenewal>, times, period_type| {
            let resource = Resource { auto_renewal: before, ..resource() };
            AutoRenewalChoice { times, period_type }.applied(&resource)
        };
        let first = set(None, None, None);
        assert_eq!((first.times_left, first.term), (None, Term::months(1)));
        let three = set(Some(first), Some(3), year);
        assert_eq!((three.times_left, three.term.in_months()), (Some(3), Some(12)));
        let unchanged = set(Some(three), None, None);
        assert_eq!((unchanged.times_left, unchanged.term), (Some(3), three.term));
        assert_eq!(set(Some(three), Some(0), None).times_left, None);
        for (times, is_right) in [(0, true), (99, true), (100, false)] {
            let choice = AutoRenewalChoice { times: Some(times), period_type: None };
            assert_eq!(choice.check().is_ok(), is_right, "{times}");
        }
    }
}
