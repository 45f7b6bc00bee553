//! Whether the key-value store does what the ledger stands on, tried now as the route tries it.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::Screen;
use billing::store::check_fitness;
use maud::html;

use crate::texts;
use crate::view::View;

/// The page.
pub async fn show(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    call.query(|_| Ok(()))?;
    check_fitness(call.host()).await?.required()?;

    let yes = || html! { (view.say(texts::YES)) };
    let main = html! {
        p.good role="status" { (view.say(texts::HEALTHY)) }
        (view.facts(&[(texts::SWAPS_RIGHT, yes()), (texts::BATCHES_RIGHT, yes())]))
    };
    Ok(view.page(texts::HEALTH, &main))
}
