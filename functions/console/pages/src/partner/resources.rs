//! The yearly/monthly resources of a customer.

use billing::api::Refusal;
use billing::component::Call;
use billing::console::Screen;
use billing::domain::resource::Resource;
use billing::domain::resource::list::ResourceFilter;
use billing::domain::settings::Settings;
use billing::value::id::CustomerId;
use billing::value::time::Timestamp;
use maud::{Markup, html};

use super::customers;
use crate::format;
use crate::texts;
use crate::view::{PER_PAGE, View, Words, pairs, state};

/// The page: the form for a customer, and its resources.
pub async fn list(view: &View, call: Call) -> Result<Screen, Refusal> {
    let caller = call.caller().of_console()?;
    let (customer, slice): (Option<CustomerId>, _) =
        call.query(|query| Ok((query.value("customer_id")?, query.slice(PER_PAGE, 1..=100)?)))?;
    let partner = &caller.partner_id;
    let Some(customer_id) = customer else {
        let proposed = call.read(async |books| customers::proposed(books, partner).await).await?;
        let main = view.choice_of_customer("/console/resources", "", &proposed);
        return Ok(view.page(texts::RESOURCES, &main));
    };
    let (resources, settings, now, proposed) = call
        .read(async |books| {
            let now = books.at(call.now());
            let proposed = customers::proposed(books, partner).await?;
            let customer = books.customer_below(caller, &customer_id).await?.customer_id;
            let settings = books.settings().await?;
            let filter = ResourceFilter::default();
            Ok((books.resources(&customer, &filter, now, slice).await?, settings, now, proposed))
        })
        .await?;

    let rows: Vec<Vec<Markup>> =
        resources.items.into_iter().map(|it| row(view, it, now, &settings)).collect();
    let columns = [
        Words(texts::RESOURCE),
        Words(texts::NAME),
        Words(texts::PRODUCT),
        Words(texts::STATUS),
        Words(texts::EFFECTIVE),
        Words(texts::EXPIRES),
        Words(texts::RENEWS_ITSELF),
    ];
    let query = pairs(&[("customer_id", Some(customer_id.as_str()))]);
    let main = html! {
        (view.choice_of_customer("/console/resources", customer_id.as_str(), &proposed))
        (view.table(texts::RESOURCES, &columns, &rows))
        (view.pager(&query, slice, resources.total_count))
    };
    Ok(view.page(texts::RESOURCES, &main))
}

fn row(view: &View, resource: Resource, now: Timestamp, settings: &Settings) -> Vec<Markup> {
    let status = texts::resource_status(resource.status_at(now, settings));
    let renews = if resource.auto_renewal.is_some() { texts::YES } else { texts::NO };
    let product = resource.product;
    vec![
        html! { (resource.resource_id) },
        html! { (resource.resource_name.unwrap_or_default()) },
        html! { (product.product_spec_desc.unwrap_or_default()) " " code { (product.service_type_code) } },
        state(view, status),
        format::time(resource.effective_time),
        format::time(resource.expire_time),
        html! { (view.say(renews)) },
    ]
}
