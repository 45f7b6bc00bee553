//! The pages of an operator: what its own calls of the operator's routes would answer.

mod access_keys;
mod audit;
mod deliveries;
mod reviews;
mod tenant;
mod tenants;

use billing::api::Refusal;
use billing::component::Visit;
use billing::console::Screen;
use billing::operator::Role;

use crate::text::Text;
use crate::texts;
use crate::view::View;

/// The pages in the navigation.
pub const LINKS: &[(&str, Text)] = &[("/console", texts::TENANTS)];

/// The page of a path.
pub async fn route(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let path = visit.path().to_owned();
    let is_posted = visit.is_posted();
    let (call, form) = visit.operator()?;
    call.require(Role::Read)?;
    match (is_posted, path.as_str()) {
        (false, "/console") => tenants::show(view, call).await,
        (false, "/console/tenant") => tenant::show(view, call).await,
        (true, "/console/clock") => tenant::clock(call, &form).await,
        (true, "/console/tick") => tenant::tick(view, call, &form).await,
        (false, "/console/audit") => audit::show(view, call).await,
        (false, "/console/reviews") => reviews::list(view, call).await,
        (false, "/console/reviews/review") => reviews::show(view, call).await,
        (true, "/console/reviews/decide") => reviews::decide(call, &form).await,
        (false, "/console/deliveries") => deliveries::list(view, call).await,
        (true, "/console/deliveries/replay") => deliveries::replay(call, &form).await,
        (false, "/console/access-keys") => access_keys::list(view, call).await,
        _ => Err(Refusal::NoSuchApi),
    }
}
