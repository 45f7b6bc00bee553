//! Real-name submissions that await a decision, and the decision.

use billing::api::Refusal;
use billing::component::OperatorCall;
use billing::console::{Form, Screen};
use billing::domain::error::Reason;
use billing::domain::realname::{Applicant, ReviewResult, Submission};
use billing::operations::decide_realname::{Decision, Verdict};
use billing::operator::{Role, decide_review};
use billing::value::id::{ReviewId, TenantId};
use maud::{Markup, html};

use super::{Asked, confirm, of_tenant};
use crate::format;
use crate::texts;
use crate::view::{PER_PAGE, View, Words, encoded};

/// The list, oldest first.
pub async fn list(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    let (tenant_id, slice): (TenantId, _) =
        call.query(|query| Ok((query.required("tenant_id")?, query.slice(PER_PAGE, 1..=100)?)))?;
    let books = call.tenant(&tenant_id).await?;
    let awaiting = books.read(async |books| books.awaiting_review(slice).await).await?;

    let query = format!("tenant_id={}", encoded(tenant_id.as_str()));
    let rows: Vec<Vec<Markup>> =
        awaiting.items.iter().map(|(id, submission)| row(view, &query, id, submission)).collect();
    let columns =
        [Words(texts::REVIEW), Words(texts::CUSTOMER), Words(texts::KIND), Words(texts::SUBMITTED)];
    let main = html! {
        (view.table(texts::REVIEWS, &columns, &rows))
        (view.pager(&query, slice, awaiting.total_count))
    };
    Ok(view.page(texts::REVIEWS, &main))
}

fn row(view: &View, query: &str, id: &ReviewId, submission: &Submission) -> Vec<Markup> {
    let review = format!("/console/reviews/review?{query}&review_id={}", encoded(id.as_str()));
    let kind = submission.kind.map(texts::submission_kind);
    vec![
        html! { a href=(review) { (id) } },
        html! { (submission.customer_id) },
        html! { @if let Some(kind) = kind { (view.say(kind)) } },
        format::time(submission.submitted_at),
    ]
}

/// One submission, with the form for the decision. What identifies the person is shown to whoever
/// decides.
pub async fn show(view: &View, call: OperatorCall<'_>) -> Result<Screen, Refusal> {
    call.require(Role::Reviews)?;
    let (tenant_id, review_id): (TenantId, ReviewId) =
        call.query(|query| Ok((query.required("tenant_id")?, query.required("review_id")?)))?;
    let books = call.tenant(&tenant_id).await?;
    let (review, submission, applicant) = books
        .read(async |books| {
            let found = books.review(&review_id).await?.ok_or(Reason::NoSuchSubmission)?;
            Ok((found.0, found.1, books.applicant(&review_id).await?))
        })
        .await?;

    let is_open = review.review_result == ReviewResult::UnderReview;
    let kind = submission.kind.map(texts::submission_kind);
    let main = html! {
        (view.facts(&[
            (texts::REVIEW, html! { (review_id) }),
            (texts::CUSTOMER, html! { (review.customer_id) }),
            (texts::KIND, html! { @if let Some(kind) = kind { (view.say(kind)) } }),
            (texts::NAME, html! {
                @if let Some(applicant) = &applicant { (applicant_name(applicant)) }
            }),
            (texts::SUBMITTED, format::time(review.submitted_at)),
            (texts::STATUS, html! { (view.say(texts::review_result(review.review_result))) }),
            (texts::OPINION, html! { (review.opinion.as_deref().unwrap_or_default()) }),
        ]))
        @if is_open { (decision_forms(view, &tenant_id, &review_id)) }
    };
    Ok(view.page(texts::REVIEW, &main))
}

fn applicant_name(applicant: &Applicant) -> &str {
    applicant.name().expose()
}

fn decision_forms(view: &View, tenant_id: &TenantId, review_id: &ReviewId) -> Markup {
    let opinion =
        html! { textarea id="opinion" name="opinion" rows="3" maxlength="512" required {} };
    let fields = |decision: &str| {
        html! {
            (view.form_token())
            input type="hidden" name="tenant_id" value=(tenant_id);
            input type="hidden" name="review_id" value=(review_id);
            input type="hidden" name="decision" value=(decision);
        }
    };
    html! {
        div.columns {
            form method="post" action="/console/reviews/decide" {
                h2 { (view.say(texts::APPROVE)) }
                p { (view.say(texts::APPROVE_DOES)) }
                (fields("approve"))
                p { button type="submit" { (view.say(texts::APPROVE)) } }
            }
            form method="post" action="/console/reviews/decide" {
                h2 { (view.say(texts::REJECT)) }
                (fields("reject"))
                (view.field("opinion", texts::OPINION, &opinion))
                p { button type="submit" { (view.say(texts::REJECT)) } }
            }
        }
    }
}

/// Decides a submission, and tells the receiver of events.
pub async fn decide(view: &View, call: OperatorCall<'_>, form: &Form) -> Result<Screen, Refusal> {
    call.require(Role::Reviews)?;
    let tenant_id: TenantId = form.value("tenant_id")?;
    let review_id: ReviewId = form.value("review_id")?;
    let decision = match form.text("decision") {
        "approve" => Decision::Approve,
        "reject" => Decision::Reject,
        _ => return Err(Refusal::parameter("decision", "must be approve or reject")),
    };
    let verdict = Verdict::check(decision, form.filled("opinion"))?;
    let list = of_tenant("/console/reviews/review", &tenant_id);
    let back = format!("{list}&review_id={}", encoded(review_id.as_str()));
    if !form.is_confirmed() {
        let (title, does) = match decision {
            Decision::Approve => (texts::APPROVE, texts::APPROVE_DOES),
            Decision::Reject => (texts::REJECT, texts::REJECT_DOES),
        };
        let facts = [
            (texts::REVIEW, html! { (review_id) }),
            (texts::OPINION, html! { (form.text("opinion")) }),
        ];
        return Ok(confirm(view, form, &Asked { title, does, facts: &facts, cancel: &back }));
    }
    decide_review(&call, &tenant_id, &review_id, &verdict).await?;
    Ok(Screen::see(back))
}
