//! `CreatePersonalRealnameAuth`, `CreateEnterpriseRealnameAuthentication` and
//! `ChangeEnterpriseRealnameAuthentication`; and the page that a customer fills in itself.

use super::send_code::{CODE, MOBILE, WRONG_CODE};
use super::{Call, ClientBooks, Model, OPEN, Operations, distributor, operations};
use crate::books::Books;
use crate::domain::error::Reason;
use crate::domain::partner::VerifiedStatus;
use crate::domain::realname::{
    Application, BankCard, CertificateType, Enterprise, IdentifyType, Individual, ReviewResult,
    SubmissionKind,
};
use crate::domain::registration::Scene;
use crate::operations::submit_realname::{ATTEMPTS_MAX, Submitted, submit, submit_itself};
use crate::security::vault::Private;
use crate::simulation::world::Rules;
use crate::value::id::CustomerId;
use crate::value::page::Slice;
use crate::value::time::Timestamp;

/// What a customer submits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub customer: &'static str,
    kind: SubmissionKind,
    /// The code that shows a bank card to be the person's.
    code: Option<&'static str>,
    /// The ticket that opens the page on which the customer itself submits.
    ticket: Option<u8>,
}

impl Form {
    /// As a person, by a certificate.
    pub fn person(customer: &'static str) -> Self {
        Self { customer, kind: SubmissionKind::Individual, code: None, ticket: None }
    }

    /// As a person, on the page that the customer was given the address of.
    pub fn page(customer: &'static str) -> Self {
        Self { ticket: Some(1), ..Self::person(customer) }
    }

    /// As a person, by a bank card.
    pub fn card(customer: &'static str) -> Self {
        Self { code: Some(CODE), ..Self::person(customer) }
    }

    /// The same, without knowing the code.
    pub fn guess(customer: &'static str) -> Self {
        Self { code: Some(WRONG_CODE), ..Self::person(customer) }
    }

    /// As an enterprise.
    pub fn company(customer: &'static str) -> Self {
        Self { kind: SubmissionKind::Enterprise, ..Self::person(customer) }
    }

    /// As an enterprise from now on.
    pub fn change(customer: &'static str) -> Self {
        Self { kind: SubmissionKind::Change, ..Self::person(customer) }
    }

    fn application(self) -> Result<Application, Reason> {
        let id = || -> CustomerId { self.customer.parse().expect("id") };
        if self.ticket.is_some() {
            let (name, number) = (Private::from("Somebody"), Private::from(self.customer));
            return Application::of_page(id(), CertificateType::Passport, name, number);
        }
        let files = || vec![Private::from("a.jpg")];
        let number = || Private::from(format!("number of {}", self.customer).as_str());
        let individual = || Individual {
            identify_type: match self.code {
                Some(_) => IdentifyType::BankCard,
                None => IdentifyType::Certificate,
            },
            verified_type: Some(CertificateType::Passport),
            verified_file_url: files(),
            name: Private::from("Somebody"),
            verified_number: number(),
            xaccount_type: "platform".to_owned(),
            bank_card_info: self.code.map(|code| BankCard {
                bank_account: Private::from("6222"),
                areacode: Private::from("0086"),
                mobile: Private::from(MOBILE),
                verification_code: Private::from(code),
            }),
        };
        let enterprise = || Enterprise {
            certificate_type: None,
            verified_file_url: files(),
            corp_name: Private::from("Some Ltd."),
            verified_number: number(),
            reg_country: None,
            reg_address: None,
            xaccount_type: "platform".to_owned(),
            enterprise_person: None,
        };
        match self.kind {
            SubmissionKind::Individual => Application::individual(id(), individual()),
            SubmissionKind::Enterprise => Application::enterprise(id(), enterprise()),
            SubmissionKind::Change => Application::change(id(), enterprise()),
        }
    }
}

/// A customer of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    pub status: VerifiedStatus,
    /// As what it was approved last.
    pub approved: Option<SubmissionKind>,
    /// Where it stood before its latest submission.
    pub before: VerifiedStatus,
    /// Its submissions, oldest first.
    pub submissions: Vec<(SubmissionKind, ReviewResult)>,
}

impl Applicant {
    /// Somebody of whom nothing is known.
    pub fn new() -> Self {
        let status = VerifiedStatus::Unverified;
        Self { status, approved: None, before: status, submissions: Vec::new() }
    }

    /// Is under review.
    pub fn submit(&mut self, kind: SubmissionKind) {
        self.before = self.status;
        self.status = VerifiedStatus::UnderReview;
        self.submissions.push((kind, ReviewResult::UnderReview));
    }

    fn check(&self, kind: SubmissionKind) -> Result<(), Reason> {
        use SubmissionKind::{Change, Enterprise, Individual};
        let was_person = !matches!(self.approved, Some(Enterprise | Change));
        let latest = self.submissions.last().map(|(kind, _)| *kind);
        match (kind, self.status) {
            (Individual | Enterprise, VerifiedStatus::Unverified | VerifiedStatus::Rejected) => {
                Ok(())
            }
            (Change, VerifiedStatus::Verified) if was_person => Ok(()),
            (Change, VerifiedStatus::Rejected) if latest != Some(Enterprise) => Ok(()),
            (Change, VerifiedStatus::Unverified | VerifiedStatus::Rejected) => {
                Err(Reason::BusinessCheck)
            }
            (_, VerifiedStatus::UnderReview | VerifiedStatus::Verified) => {
                Err(Reason::AlreadyAuthenticated)
            }
        }
    }
}

/// The answer is 1, or tells how the code was refused: 1 above [`OPEN`] for a wrong one, 2 for one
/// that no longer counts.
pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    form: Form,
    random: &[u8; 16],
) -> Result<u64, Reason> {
    let application = form.application()?;
    let submitted = match form.ticket {
        Some(ticket) => {
            let (until, now) = (Timestamp::MAX, books.now());
            if !books.use_ticket(&[ticket; 16], until, now).await? {
                return Err(Reason::TokenReused);
            }
            submit_itself(books, &application, random).await?
        }
        None => submit(books, &distributor(), &application, random).await?,
    };
    match submitted {
        Submitted::UnderReview(_) => Ok(1),
        Submitted::CodeRefused(Reason::Field { .. }) => Ok(OPEN + 1),
        Submitted::CodeRefused(Reason::CardCodeExpired) => Ok(OPEN + 2),
        Submitted::CodeRefused(reason) => Err(reason),
    }
}

pub fn model(model: &mut Model, form: Form) -> Result<u64, Reason> {
    if form.ticket.is_some_and(|ticket| model.tickets.contains(&ticket)) {
        return Err(Reason::TokenReused);
    }
    let applicant = model.applicant(form.customer);
    applicant.check(form.kind)?;
    // No run takes a day.
    if u64::try_from(applicant.submissions.len()).expect("few") >= ATTEMPTS_MAX {
        return Err(Reason::TooManyAttempts);
    }
    if let Some(code) = form.code
        && let Some(refused) = model.use_code(Scene::BankCard, code)
    {
        return Ok(OPEN + refused.min(2));
    }
    model.applicant(form.customer).submit(form.kind);
    model.tickets.extend(form.ticket);
    Ok(1)
}

/// Whether the books say of each customer and of what awaits review what the model says.
pub async fn compare(books: &Books<'_>, model: &Model) -> Result<bool, Reason> {
    let mut under_review = 0;
    for (id, applicant) in &model.applicants {
        let id = id.parse().expect("id");
        let customer = books.customer(&id).await?.and_then(|customer| customer.verified_status);
        let latest = books.latest_review(&id).await?.map(|review| review.review_result);
        let modelled = applicant.submissions.last().map(|(_, result)| *result);
        if customer.unwrap_or(VerifiedStatus::Unverified) != applicant.status || latest != modelled
        {
            return Ok(false);
        }
        under_review += u64::from(modelled == Some(ReviewResult::UnderReview));
    }
    Ok(books.awaiting_review(Slice::first(0)).await?.total_count == under_review)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [person, company] = [Form::person("S"), Form::company("S")].map(Call::Submit);
    let [card, guess, other] =
        [Form::card("S"), Form::guess("S"), Form::card("T")].map(Call::Submit);
    let page = Call::Submit(Form::page("S"));
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("one page filled in twice", &[&[page], &[page]]),
        scenario("a page and a submission", &[&[page], &[person]]),
        scenario("two submissions of one customer", &[&[person], &[company]]),
        scenario("two submissions with one code", &[&[card], &[other]]),
        scenario("a guess and a submission", &[&[guess], &[other]]),
        scenario("guesses and a submission", &[&[guess, guess], &[guess, card]]).faultless(),
        scenario("one submission over two connections", &[&[card], &[card]]).of_one_token(),
        scenario("one submission, folding", &[&[person]]).folding(),
    ]
}
