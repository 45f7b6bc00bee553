//! Figures of tenants in the text format of Prometheus, version 0.0.4.

use crate::api::{Answer, Body, Headers, Refusal};
use crate::books::OpenBooks;
use crate::operations::metrics::{self, Metrics};
use crate::operator::call::OperatorCall;
use crate::store::{Register, Tree};
use crate::value::id::TenantId;
use crate::value::time::Timestamp;
use rust_decimal::Decimal;
use std::fmt::{Display, Write};

const HEADERS: Headers = &[("content-type", "text/plain; version=0.0.4; charset=utf-8")];

/// Most tenants of one answer: each costs a few calls of the store.
const TENANTS_MAX: usize = 100;

/// The figures of a tenant, or of all.
///
/// # Errors
/// [`Refusal::UnknownTenant`], [`Refusal::Parameter`] without a tenant where there are too many for
/// one answer, store failures.
pub async fn show_metrics<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let tenant_id: Option<TenantId> = call.query(|query| query.value("tenant_id"))?;
    let tenants = match tenant_id {
        None => Register::new(call.host()).tenants().await?,
        Some(id) => vec![(id.to_string(), call.head_key(&id).await?)],
    };
    if tenants.len() > TENANTS_MAX {
        return Err(Refusal::parameter("tenant_id", "is required with more than 100 tenants"));
    }
    let mut found = Vec::with_capacity(tenants.len());
    for (tenant_id, head_key) in tenants {
        let figures = figures(&call, head_key).await?;
        found.push((tenant_id, figures));
    }
    Ok(Answer::text(&written(&found), HEADERS))
}

/// The figures of one tenant.
///
/// # Errors
/// [`Refusal::UnknownTenant`], store failures.
pub async fn tenant_metrics<S: Body>(
    call: &OperatorCall<'_, S>,
    tenant_id: &TenantId,
) -> Result<Metrics, Refusal> {
    let head_key = Register::new(call.host()).tenant(tenant_id.as_str()).await?;
    figures(call, head_key.ok_or(Refusal::UnknownTenant)?).await
}

async fn figures<S: Body>(
    call: &OperatorCall<'_, S>,
    head_key: String,
) -> Result<Metrics, Refusal> {
    let figures = Tree::new(call.host(), head_key)
        .read(async |snapshot| {
            let now = OpenBooks::new(snapshot).with_clock().await?.at(call.now());
            metrics::metrics(snapshot, now).await
        })
        .await?;
    Ok(figures)
}

fn written(tenants: &[(String, Metrics)]) -> String {
    let mut text = Text { tenants, written: String::new() };
    text.counter("journal_sequence", "Transactions so far", |it| it.transactions);
    let time = "Time of the last transaction, seconds since 1970";
    text.gauge("journal_last_timestamp_seconds", time, |it| Some(it.last_transaction_at.seconds()));
    text.balances();
    text.gauge("quotas", "Coupon quotas", |it| Some(it.quotas));
    let granted = "Coupon quotas as they came from outside";
    text.gauge("quotas_granted_yuan", granted, |it| Some(it.quotas_granted));
    let issued = "Issued of coupon quotas, less what came back";
    let less = |it: &Metrics| it.quotas_granted.checked_sub(it.quotas_left);
    text.gauge("quotas_issued_yuan", issued, less);
    text.gauge("quotas_left_yuan", "Left of coupon quotas", |it| Some(it.quotas_left));
    let waiting = "Submissions that await real-name review";
    text.gauge("reviews_waiting", waiting, |it| Some(it.reviews_waiting));
    let oldest = "When the oldest of them came in, seconds since 1970";
    let time = |it: &Metrics| it.oldest_review_at.map(Timestamp::seconds);
    text.gauge("reviews_oldest_timestamp_seconds", oldest, time);
    text.gauge("deliveries_due", "Events that are due", |it| Some(it.deliveries_due));
    let failed = "Events that were given up in the last 30 days";
    text.gauge("deliveries_failed", failed, |it| Some(it.deliveries_failed));
    let log = "Transactions that wait in the head to be folded into pages";
    text.gauge("store_log_bytes", log, |it| Some(it.log_bytes));
    text.gauge("store_records", "Records", |it| Some(it.records));
    let pages = "Pages; an estimate above some ten thousand";
    text.gauge("store_pages", pages, |it| Some(it.pages));
    let fit = "Whether the last self-test found the store fit: 1, or 0";
    text.gauge("store_fit", fit, |it| Some(u8::from(it.is_fit)));
    text.written
}

/// The text so far.
struct Text<'t> {
    tenants: &'t [(String, Metrics)],
    written: String,
}

impl Text<'_> {
    fn counter(&mut self, name: &str, help: &str, figure: impl Fn(&Metrics) -> u64) {
        self.metric("counter", name, help, |it| vec![(String::new(), figure(it))]);
    }

    fn gauge<T: Display>(
        &mut self,
        name: &str,
        help: &str,
        figure: impl Fn(&Metrics) -> Option<T>,
    ) {
        let figure = |it: &Metrics| figure(it).map(|figure| (String::new(), figure));
        self.metric("gauge", name, help, |it| figure(it).into_iter().collect());
    }

    fn balances(&mut self) {
        let help = "Sums of balances by the kind of account; all kinds together are 0";
        self.metric("gauge", "balances_yuan", help, |it| {
            let label = |(kind, sum): (&&str, &Decimal)| (format!(",kind=\"{kind}\""), *sum);
            it.balances.iter().map(label).collect()
        });
    }

    /// One metric of all tenants; `figures` gives further labels and values.
    fn metric<T: Display>(
        &mut self,
        metric_type: &str,
        name: &str,
        help: &str,
        figures: impl Fn(&Metrics) -> Vec<(String, T)>,
    ) {
        let mut text = format!(
            "# HELP billing_{name} {help}.\n\
             # TYPE billing_{name} {metric_type}\n"
        );
        for (tenant_id, metrics) in self.tenants {
            let tenant = label_value(tenant_id);
            for (labels, value) in figures(metrics) {
                // Writing into a text cannot fail.
                _ = writeln!(text, "billing_{name}{{tenant=\"{tenant}\"{labels}}} {value}");
            }
        }
        self.written.push_str(&text);
    }
}

/// A text as the value of a label.
fn label_value(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
