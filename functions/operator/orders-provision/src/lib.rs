//! Report what was provisioned of a paid order, line by line: resources, or failure, which gives
//! the money of the line back in full.
//!
//! `POST /operator/v1/orders/provision`.

use billing::api::orders::one_order;
use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::domain::error::Reason;
use billing::operations::provide_order::{LineReport, NewResource, Provided, provide_order};
use billing::value::id::{OrderId, ResourceId, TenantId};
use serde::Deserialize;

/// Most lines of one report, and most resources of a line.
const ITEMS_MAX: usize = 100;

billing::operator! { POST Everything => provision }

async fn provision(mut call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, order_id, lines } = call.json().await?;
    if !(1..=ITEMS_MAX).contains(&lines.len()) {
        let fault = format!("must have 1 to {ITEMS_MAX} items");
        return Err(Refusal::parameter("lines", &fault));
    }
    let reports = lines.into_iter().map(Line::report).collect::<Result<Vec<_>, Reason>>()?;

    let random = [call.random()];
    let books = call.tenant(&tenant_id).await?;
    let (now, order) = books
        .update("provision order", async |books| {
            Ok((books.now(), provide_order(books, &order_id, &reports, &random).await?))
        })
        .await?;

    one_order(order, now)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    tenant_id: TenantId,
    order_id: OrderId,
    lines: Vec<Line>,
}

/// A line, from 1: its resources, or that it failed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    line: u32,
    #[serde(default)]
    resources: Vec<NewOne>,
    #[serde(default)]
    failed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOne {
    resource_id: ResourceId,
    resource_name: Option<String>,
}

impl Line {
    fn report(self) -> Result<LineReport, Reason> {
        let line = self.line.checked_sub(1);
        let line = line.ok_or_else(|| Reason::field("line", "must be 1 or more"))?;
        if self.failed != self.resources.is_empty() || self.resources.len() > ITEMS_MAX {
            let fault = "must be those of a line that has not failed, and 100 at most";
            return Err(Reason::field("resources", fault));
        }
        let resource =
            |NewOne { resource_id, resource_name }| NewResource { resource_id, resource_name };
        let provided = if self.failed {
            Provided::Failed
        } else {
            Provided::Resources(self.resources.into_iter().map(resource).collect())
        };
        Ok(LineReport { line, provided })
    }
}
