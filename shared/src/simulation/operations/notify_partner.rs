//! The address of a partner that is told of events: bound, taken away and tried out.

use super::run_deliveries::Message;
use super::{Call, ClientBooks, Model, OPEN, Operations, distributor, operations};
use crate::books::Books;
use crate::domain::error::Reason;
use crate::domain::notification::NotificationUrl;
use crate::operations::notify_partner::{NOT_BOUND, bind, test, unbind};
use crate::security::webhook::AllowedHost;
use crate::simulation::world::Rules;

/// What the distributor asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    Bind,
    Unbind,
    /// An event about nothing, which its writer is about to deliver.
    Test,
}

/// The answer of a test is open: it is told what became of it.
pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    notice: Notice,
    random: &[u8; 16],
) -> Result<u64, Reason> {
    let partner = distributor().partner_id;
    match notice {
        Notice::Bind => {
            let allowed = AllowedHost::parse("https://*").expect("a host");
            let url = NotificationUrl::parse("https://partner.example.com/events", &allowed)?;
            bind(books, &partner, &url, &[3; 32]).await?;
        }
        Notice::Unbind => unbind(books, &partner).await?,
        Notice::Test => {
            test(books, &partner, random).await?;
            return Ok(OPEN);
        }
    }
    Ok(1)
}

pub fn model(model: &mut Model, notice: Notice) -> Result<u64, Reason> {
    match notice {
        Notice::Bind => model.is_notified = true,
        Notice::Unbind => model.is_notified = false,
        Notice::Test if !model.is_notified => return Err(Reason::field("url", NOT_BOUND)),
        Notice::Test => {
            let now = model.now;
            model.messages.push(Message::written(now));
            return Ok(OPEN);
        }
    }
    Ok(1)
}

/// Whether the partner is told of events as in the model, and its mark says so.
pub async fn compare(books: &Books<'_>, model: &Model) -> Result<bool, Reason> {
    let partner = distributor().partner_id;
    let is_bound = books.notification(&partner).await?.is_some();
    Ok(is_bound == model.is_notified && books.is_notified(&partner).await? == is_bound)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [bind, unbind, test] = [Notice::Bind, Notice::Unbind, Notice::Test].map(Call::Notify);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("two addresses", &[&[bind], &[bind]]),
        scenario("an address taken away and tried out", &[&[bind, test], &[unbind]]).faultless(),
    ]
}
