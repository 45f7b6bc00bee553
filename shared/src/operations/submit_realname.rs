//! Submitting: a customer goes under review.

use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::partner::{CallingPartner, Customer, CustomerType, VerifiedStatus};
use crate::domain::realname::{
    Application, CODE, Review, ReviewResult, Submission, SubmissionKind, standing,
};
use crate::domain::registration::{CodeCheck, Scene};
use crate::operations::realname_status::{customer_of, latest_submission, main_account};
use crate::value::id::ReviewId;
use crate::value::time::Timestamp;
use chrono::TimeDelta;

/// Submissions of one customer in [`ATTEMPTS_HOURS`], at most.
pub const ATTEMPTS_MAX: u64 = 5;

/// Over how many hours submissions are counted.
pub const ATTEMPTS_HOURS: i64 = 24;

/// Customers of a tenant that one person's certificate authenticates, at most: those that are
/// under review with it, and those that have been approved.
pub const CUSTOMERS_PER_CERTIFICATE_MAX: u64 = 5;

/// What came of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// The customer is under review.
    UnderReview(ReviewId),
    /// The verification code was not right. What was counted against it must be committed.
    CodeRefused(Reason),
}

/// Submits an application: the customer is under review afterwards. `random` is drawn before the
/// transaction, which draws none itself.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::NotYourCustomer`],
/// [`Reason::AlreadyAuthenticated`], [`Reason::BusinessCheck`] for the change of a customer that
/// was never a person, [`Reason::TooManyAttempts`], [`Reason::CertificateUsedUp`]; and
/// [`Reason::Secret`] without a usable master key, store failures. A verification code that is not
/// right is no error: see [`Submitted::CodeRefused`].
pub async fn submit(
    books: &mut BooksMut<'_, '_>,
    caller: &CallingPartner,
    application: &Application,
    random: &[u8; 16],
) -> Result<Submitted, Reason> {
    submit_by(books, Some(caller), application, random).await
}

/// Submits an application that a customer itself has filled in.
///
/// # Errors
/// As of [`submit`]; [`Reason::SubAccount`] for a customer that is no main account.
pub async fn submit_itself(
    books: &mut BooksMut<'_, '_>,
    application: &Application,
    random: &[u8; 16],
) -> Result<Submitted, Reason> {
    submit_by(books, None, application, random).await
}

/// Submits an application of a partner, or else of the customer itself.
async fn submit_by(
    books: &mut BooksMut<'_, '_>,
    caller: Option<&CallingPartner>,
    application: &Application,
    random: &[u8; 16],
) -> Result<Submitted, Reason> {
    let certificate = application.certificate();
    let certificate = match &certificate {
        Some(number) => Some(books.vault().digest("certificate", number.expose().as_bytes())?),
        None => None,
    };
    let standing = admit(books, caller, application, certificate.as_ref()).await?;
    if let Some((mobile, code)) = &application.code
        && let CodeCheck::Refused(reason) = books.use_code(mobile, Scene::BankCard, code).await?
    {
        return Ok(Submitted::CodeRefused(code_refused(reason)));
    }

    let Standing { customer, verified_status, submitted_at } = standing;
    let review = Review {
        review_id: ReviewId::new(books.instant(), random),
        customer_id: customer.customer_id.clone(),
        submitted_at,
        review_result: ReviewResult::UnderReview,
        opinion: None,
    };
    let submission = Submission {
        kind: Some(application.kind),
        before: Some(verified_status),
        certificate,
        ..Submission::from(&review)
    };
    books.add_submission(&review, &submission)?;
    books.add_applicant(&review.review_id, &application.applicant)?;
    let customer = Customer { verified_status: Some(VerifiedStatus::UnderReview), ..customer };
    books.replace_customer(&customer)?;
    Ok(Submitted::UnderReview(review.review_id))
}

/// Where a customer stands that may submit.
struct Standing {
    customer: Customer,
    verified_status: VerifiedStatus,
    /// The time of its new submission.
    submitted_at: Timestamp,
}

/// Checks an application against the books.
async fn admit(
    books: &BooksMut<'_, '_>,
    caller: Option<&CallingPartner>,
    application: &Application,
    certificate: Option<&[u8; 32]>,
) -> Result<Standing, Reason> {
    let now = books.now();
    books.load_submissions_of(&application.customer_id, certificate).await?;
    let customer = match caller {
        Some(caller) => customer_of(books, caller, &application.customer_id).await?,
        None => main_account(books, &application.customer_id).await?,
    };
    let (latest, before) = latest_submission(books, &application.customer_id).await?.unzip();
    let verified_status = standing(&customer, latest.as_ref().map(|it| it.review_result));
    let latest_kind = before.and_then(|submission| submission.kind);
    check_standing(&customer, verified_status, latest_kind, application.kind)?;
    let since = Timestamp::from(now.instant() - TimeDelta::hours(ATTEMPTS_HOURS));
    if books.reviews_since(&customer.customer_id, since).await? >= ATTEMPTS_MAX {
        return Err(Reason::TooManyAttempts);
    }
    if let Some(digest) = certificate
        && books.certificate_users(digest).await? >= CUSTOMERS_PER_CERTIFICATE_MAX
    {
        return Err(Reason::CertificateUsedUp);
    }
    let submitted_at = latest.map_or(now, |latest| now.max(just_after(latest.submitted_at)));
    Ok(Standing { customer, verified_status, submitted_at })
}

/// The reasons that this operation has for a code: it no longer counts, or it is not the one.
fn code_refused(reason: Reason) -> Reason {
    match reason {
        Reason::CodeExpired | Reason::CodeFailedTooOften => Reason::CardCodeExpired,
        Reason::CodeWrong => Reason::field(CODE, "is not the code that was sent"),
        other => other,
    }
}

/// Submissions of a customer are in order of time, also when the clock goes back.
fn just_after(time: Timestamp) -> Timestamp {
    Timestamp::from(time.instant() + TimeDelta::seconds(1))
}

/// Whether a customer may submit this where it stands.
fn check_standing(
    customer: &Customer,
    standing: VerifiedStatus,
    latest: Option<SubmissionKind>,
    kind: SubmissionKind,
) -> Result<(), Reason> {
    use SubmissionKind::{Change, Enterprise, Individual};
    match (kind, standing) {
        (_, VerifiedStatus::UnderReview) | (Individual | Enterprise, VerifiedStatus::Verified) => {
            Err(Reason::AlreadyAuthenticated)
        }
        (Individual | Enterprise, VerifiedStatus::Unverified | VerifiedStatus::Rejected) => Ok(()),
        (Change, VerifiedStatus::Verified) => match customer.customer_type {
            Some(CustomerType::Enterprise) => Err(Reason::AlreadyAuthenticated),
            Some(CustomerType::Individual | CustomerType::Unknown) | None => Ok(()),
        },
        // Who was rejected as a person may go on as an enterprise.
        (Change, VerifiedStatus::Rejected) if latest != Some(Enterprise) => Ok(()),
        (Change, VerifiedStatus::Rejected | VerifiedStatus::Unverified) => {
            Err(Reason::BusinessCheck)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(customer_type: Option<CustomerType>) -> Customer {
        let line = r#"{"customer_id": "c", "partner_id": "p", "association_type": "2"}"#;
        let customer: Customer = serde_json::from_str(line).expect("a customer");
        Customer { customer_type, ..customer }
    }

    #[test]
    fn only_who_is_not_yet_authenticated_may_submit_and_only_a_person_may_change() {
        use CustomerType as Type;
        use SubmissionKind::{Change, Enterprise, Individual};
        use VerifiedStatus::{Rejected, UnderReview, Unverified, Verified};
        let already = Err(Reason::AlreadyAuthenticated);
        let never = Err(Reason::BusinessCheck);
        for (kind, standing, customer_type, latest, answer) in [
            (Individual, Unverified, None, None, Ok(())),
            (Individual, Rejected, None, Some(Individual), Ok(())),
            (Individual, UnderReview, None, Some(Individual), already.clone()),
            (Individual, Verified, Some(Type::Individual), Some(Individual), already.clone()),
            (Enterprise, Unverified, Some(Type::Unknown), None, Ok(())),
            (Enterprise, Rejected, None, Some(Individual), Ok(())),
            (Enterprise, UnderReview, None, None, already.clone()),
            (Enterprise, Verified, Some(Type::Individual), Some(Individual), already.clone()),
            (Change, Verified, Some(Type::Individual), Some(Individual), Ok(())),
            (Change, Verified, Some(Type::Individual), Some(Change), Ok(())),
            (Change, Verified, None, None, Ok(())),
            (Change, Verified, Some(Type::Enterprise), Some(Enterprise), already.clone()),
            (Change, UnderReview, Some(Type::Individual), Some(Change), already.clone()),
            (Change, Rejected, None, Some(Individual), Ok(())),
            (Change, Rejected, None, Some(Change), Ok(())),
            (Change, Rejected, None, Some(Enterprise), never.clone()),
            (Change, Unverified, None, None, never.clone()),
            (Change, Unverified, Some(Type::Individual), None, never),
        ] {
            let answered = check_standing(&customer(customer_type), standing, latest, kind);
            assert_eq!(answered, answer, "{kind:?} {standing:?} {customer_type:?} {latest:?}");
        }
    }

    #[test]
    fn submissions_stay_in_order() {
        let time: Timestamp = "2026-06-01T23:59:59Z".parse().expect("a time");
        assert_eq!(just_after(time), "2026-06-02T00:00:00Z".parse().expect("a time"));
    }
}
