//! `POST /operator/v1/books`: days of bandwidth that is billed by its 95th percentile, imported again
//! by any client.

use super::{Call, ClientBooks, Model, Operations, entry, operations};
use crate::books::Books;
use crate::domain::bandwidth::{PeakKind, PeakResource, PeakService, PeakUsage};
use crate::domain::error::Reason;
use crate::operations::import;
use crate::simulation::world::Rules;
use crate::value::page::Slice;

const CUSTOMER: &str = "C";

const RESOURCE: &str = "bandwidth";

/// What there is to import: two days of one resource, and other values for the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    First,
    Second,
    Contradicting,
}

impl Day {
    fn date(self) -> &'static str {
        match self {
            Self::First | Self::Contradicting => "2026-01-05",
            Self::Second => "2026-01-06",
        }
    }

    fn value(self) -> &'static str {
        match self {
            Self::First | Self::Second => "1.5",
            Self::Contradicting => "2.5",
        }
    }

    fn line(self) -> String {
        let (date, value) = (self.date(), self.value());
        format!(
            r#"{{"kind":"usage_95","tenant_id":"t","customer_id":"{CUSTOMER}",
                "resource_id":"{RESOURCE}","service_type_code":"hws.service.type.vpc",
                "resource_type_code":"hws.resource.type.bandwidth",
                "usage_type":"bandwidth95peak","measure_id":15,"date":"{date}",
                "usages":["{value}",null,"{value}"]}}"#
        )
    }
}

/// The answer is 1, or 0 when the day was there before.
pub async fn perform(books: &mut ClientBooks<'_, '_>, day: Day) -> Result<u64, Reason> {
    let outcome = import::apply(books, &entry(&day.line())).await?;
    Ok(u64::from(outcome == import::Outcome::Applied))
}

pub fn model(model: &mut Model, day: Day) -> Result<u64, Reason> {
    match model.bandwidth.get(day.date()) {
        Some(before) if *before == day.value() => Ok(0),
        Some(_) => Err(Reason::ContentDiffers),
        None => {
            model.bandwidth.insert(day.date(), day.value());
            Ok(1)
        }
    }
}

/// Whether the resource is listed once if it has days, and these are those of the model.
pub async fn compare(books: &Books<'_>, model: &Model) -> Result<bool, Reason> {
    let (customer, resource) = (CUSTOMER.parse().expect("id"), RESOURCE.parse().expect("id"));
    let month = "2026-01".parse().expect("a month");
    let kind = PeakKind {
        service_type_code: PeakService::Vpc,
        resource_type_code: PeakResource::Bandwidth,
        usage_type: PeakUsage::Bandwidth,
    };
    let listed = books.peak_resources(&customer, month, kind, Slice::first(10)).await?.items;
    let expected = if model.bandwidth.is_empty() { vec![] } else { vec![resource] };
    let days = books.peak_days(&customer, month, kind, &RESOURCE.parse().expect("id")).await?;
    let days = days.iter().map(|day| {
        let values: Vec<String> =
            day.measured().map(|(_, value)| value.decimal().to_string()).collect();
        (day.date.to_string(), values)
    });
    let modelled = model.bandwidth.iter().map(|(date, value)| {
        let values = [*value; 2].map(str::to_owned);
        ((*date).to_owned(), values.to_vec())
    });
    Ok(listed == expected && days.eq(modelled))
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [first, second, other] =
        [Day::First, Day::Second, Day::Contradicting].map(Call::ImportBandwidth);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("a day of bandwidth twice", &[&[first], &[first]]),
        scenario("two days of one bandwidth", &[&[first], &[second]]),
        scenario("two contents of one day", &[&[first], &[other]]),
    ]
}
