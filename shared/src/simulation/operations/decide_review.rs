//! `POST /operator/v1/reviews/decide`: a decision is final, and its message is written with it.

use super::run_deliveries::{Message, Receiver};
use super::submit_realname::{Form, perform as submit};
use super::{Call, ClientBooks, Model, OPEN, Operations, operations};
use crate::domain::error::Reason;
use crate::domain::partner::VerifiedStatus;
use crate::domain::realname::ReviewResult;
use crate::operations::decide_realname::{Decision, Verdict, decide};
use crate::simulation::world::{Rules, START_SECONDS};
use crate::value::id::ReviewId;
use chrono::DateTime;

/// Whose submission is decided.
const CUSTOMER: &str = "P";

/// Of the submission that there is from the start.
const RANDOM: [u8; 16] = [3; 16];

/// Which submission of the customer is decided, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    which: Which,
    decision: Decision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// The one that there is from the start.
    First,
    /// The latest, whichever it is when the decision is made: asked again, it may be another.
    Latest,
}

impl Ruling {
    pub const APPROVE: Self = Self { which: Which::First, decision: Decision::Approve };
    pub const REJECT: Self = Self { which: Which::First, decision: Decision::Reject };
    pub const APPROVE_LATEST: Self = Self { which: Which::Latest, decision: Decision::Approve };
}

/// Submits, at the time at which the world begins.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    submit(books, Form::person(CUSTOMER), &RANDOM).await.map(|_| ())
}

/// The answer is 1.
pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    ruling: Ruling,
    random: &[u8; 16],
) -> Result<u64, Reason> {
    let opinion = (ruling.decision == Decision::Reject).then(|| "not legible".to_owned());
    let verdict = Verdict::check(ruling.decision, opinion)?;
    let (review_id, answer) = match ruling.which {
        Which::First => {
            let start = DateTime::from_timestamp(START_SECONDS, 0).expect("a time");
            (ReviewId::new(start, &RANDOM), 1)
        }
        Which::Latest => {
            let latest = books.latest_review(&CUSTOMER.parse().expect("id")).await?;
            (latest.ok_or(Reason::NoSuchSubmission)?.review_id, OPEN + 1)
        }
    };
    decide(books, &review_id, &verdict, Some(random)).await?;
    Ok(answer)
}

pub fn model(model: &mut Model, ruling: Ruling) -> Result<u64, Reason> {
    let applicant = model.applicant(CUSTOMER);
    let (submission, answer) = match ruling.which {
        Which::First => (applicant.submissions.first_mut(), 1),
        Which::Latest => (applicant.submissions.last_mut(), OPEN + 1),
    };
    let (kind, result) = submission.ok_or(Reason::NoSuchSubmission)?;
    if *result != ReviewResult::UnderReview {
        return Err(Reason::AlreadyDecided);
    }
    if ruling.decision == Decision::Approve {
        *result = ReviewResult::Approved;
        (applicant.status, applicant.approved) = (VerifiedStatus::Verified, Some(*kind));
    } else {
        *result = ReviewResult::Rejected;
        applicant.status = match applicant.before {
            VerifiedStatus::Verified => VerifiedStatus::Verified,
            _ => VerifiedStatus::Rejected,
        };
    }
    model.messages.push(Message::written(model.now));
    Ok(answer)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [approve, reject] = [Ruling::APPROVE, Ruling::REJECT].map(Call::Decide);
    let change = Call::Submit(Form::change(CUSTOMER));
    let deliver = Call::Deliver(Receiver::Takes);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("two decisions of one submission", &[&[approve], &[reject]]),
        scenario("one decision asked for twice", &[&[approve], &[approve]]).faultless(),
        scenario("a submission and a decision", &[&[change], &[reject]]),
        scenario("a decision and its delivery", &[&[approve, deliver]]),
        scenario("one decision, folding", &[&[reject]]).folding(),
    ]
}
