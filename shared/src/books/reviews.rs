//! Submissions for real-name review: their states, what awaits review, and what was submitted.

use super::record::encode;
use super::{Books, BooksMut, key};
use crate::domain::error::Reason;
use crate::domain::partner::{Customer, CustomerType};
use crate::domain::realname::{Applicant, Review, ReviewResult, Submission};
use crate::security::vault::{Contact, Private, Subject};
use crate::store::Range;
use crate::value::id::{CustomerId, ReviewId};
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;

impl Books<'_> {
    /// A submission, without its state and contents.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn submission(&self, id: &ReviewId) -> Result<Option<Submission>, Reason> {
        self.record(&key::submission(id)).await
    }

    /// A submission with its state.
    ///
    /// # Errors
    /// Store failures.
    pub async fn review(&self, id: &ReviewId) -> Result<Option<(Review, Submission)>, Reason> {
        let Some(submission) = self.submission(id).await? else {
            return Ok(None);
        };
        let key = key::review(&submission.customer_id, submission.submitted_at, id);
        // A decision needs them, and what is near the review is the latest one.
        let near = [
            key.clone(),
            key::customer(&submission.customer_id),
            key::personal(Subject::Submission(id)),
        ];
        self.load(&near).await?;
        let review: Option<Review> = self.record(&key).await?;
        let corrupt = || Reason::Corrupt(key.escape_ascii().to_string());
        Ok(Some((review.ok_or_else(corrupt)?, submission)))
    }

    /// What was submitted. A submission that a book brought has none.
    ///
    /// # Errors
    /// [`Reason::Secret`] when it cannot be opened; store failures.
    pub async fn applicant(&self, id: &ReviewId) -> Result<Option<Applicant>, Reason> {
        self.personal(Subject::Submission(id)).await
    }

    /// Part of what awaits review, oldest first.
    ///
    /// # Errors
    /// Store failures.
    pub async fn awaiting_review(
        &self,
        slice: Slice,
    ) -> Result<Page<(ReviewId, Submission)>, Reason> {
        let range = Range::prefix(&key::awaiting_reviews());
        let Page { total_count, items: found } = self.part(&range, slice).await?;
        let corrupt = |key: &[u8]| Reason::Corrupt(key.escape_ascii().to_string());
        let mut ids = Vec::with_capacity(found.len());
        for (key, _) in &found {
            ids.push(key::awaiting_review_id(key).ok_or_else(|| corrupt(key))?);
        }
        let keys: Vec<Vec<u8>> = ids.iter().map(key::submission).collect();
        self.load(&keys).await?;
        let mut items = Vec::with_capacity(ids.len());
        for (id, key) in ids.into_iter().zip(keys) {
            let submission = self.record(&key).await?.ok_or_else(|| corrupt(&key))?;
            items.push((id, submission));
        }
        Ok(Page { total_count, items })
    }

    /// All submissions of a customer with their states, oldest first.
    pub(crate) async fn reviews_of(&self, customer: &CustomerId) -> Result<Vec<Review>, Reason> {
        self.all(&Range::prefix(&key::reviews(customer))).await
    }

    /// How many submissions of a customer there are from a time on.
    pub(crate) async fn reviews_since(
        &self,
        customer: &CustomerId,
        since: Timestamp,
    ) -> Result<u64, Reason> {
        let all = self.store().count(&Range::prefix(&key::reviews(customer))).await?;
        let before = Range::between(key::reviews(customer), key::reviews_from(customer, since));
        Ok(all - self.store().count(&before).await?)
    }

    /// How many customers use a certificate, known by its digest.
    pub(crate) async fn certificate_users(&self, digest: &[u8; 32]) -> Result<u64, Reason> {
        Ok(self.store().count(&Range::prefix(&key::certificates(digest))).await?)
    }

    /// Reads in one go what a customer and its submissions are looked up by.
    pub(crate) async fn load_submissions_of(
        &self,
        customer: &CustomerId,
        certificate: Option<&[u8; 32]>,
    ) -> Result<(), Reason> {
        let mut keys = vec![key::customer(customer), key::reviews(customer)];
        keys.extend(certificate.map(key::certificates));
        self.load(&keys).await
    }
}

impl BooksMut<'_, '_> {
    /// Adds a submission whose identity is free.
    pub(crate) fn add_submission(
        &mut self,
        review: &Review,
        submission: &Submission,
    ) -> Result<(), Reason> {
        let key = key::review(&review.customer_id, review.submitted_at, &review.review_id);
        self.store.insert(key, encode(review)?);
        self.store.insert(key::submission(&review.review_id), encode(submission)?);
        if review.review_result == ReviewResult::UnderReview {
            self.add_key(key::awaiting_review(review.submitted_at, &review.review_id));
        }
        if let Some(digest) = &submission.certificate {
            self.add_key(key::certificate(digest, &review.customer_id));
        }
        Ok(())
    }

    /// Keeps what was submitted, sealed.
    pub(crate) fn add_applicant(
        &mut self,
        id: &ReviewId,
        applicant: &Applicant,
    ) -> Result<(), Reason> {
        self.add_personal(Subject::Submission(id), applicant)
    }

    /// Changes a submission that awaited review into one that is decided.
    pub(crate) fn replace_decided(
        &mut self,
        review: &Review,
        submission: &Submission,
    ) -> Result<(), Reason> {
        let key = key::review(&review.customer_id, review.submitted_at, &review.review_id);
        self.store.replace(key, encode(review)?);
        self.store.replace(key::submission(&review.review_id), encode(submission)?);
        self.store.remove(&key::awaiting_review(review.submitted_at, &review.review_id));
        Ok(())
    }

    /// A customer no longer uses a certificate that it used.
    pub(crate) fn free_certificate(&mut self, digest: &[u8; 32], customer: &CustomerId) {
        self.store.remove(&key::certificate(digest, customer));
    }

    /// A submission no longer says by which certificate its customer is known.
    pub(crate) async fn forget_certificate(&mut self, id: &ReviewId) -> Result<(), Reason> {
        let Some(submission) = self.submission(id).await? else {
            return Ok(());
        };
        let Some(digest) = submission.certificate else {
            return Ok(());
        };
        let entry = key::certificate(&digest, &submission.customer_id);
        if self.bytes(&entry).await?.is_some() {
            self.free_certificate(&digest, &submission.customer_id);
        }
        let nameless = Submission { certificate: None, ..submission };
        self.store.replace(key::submission(id), encode(&nameless)?);
        Ok(())
    }

    /// Changes a customer that is there, and its real name if one is given: that of a person is
    /// sealed, that of an enterprise is no personal data.
    pub(crate) async fn replace_customer_named(
        &mut self,
        customer: Customer,
        name: Option<&Private>,
    ) -> Result<(), Reason> {
        let Some(name) = name else {
            return self.replace_customer(&customer);
        };
        let is_person = customer.customer_type == Some(CustomerType::Individual);
        let subject = Subject::Customer(&customer.customer_id);
        let contact = self.contact(subject).await?;
        let sealed = is_person.then(|| name.clone());
        if contact.name != sealed {
            self.set_contact(subject, &Contact { name: sealed, ..contact }).await?;
        }
        let clear = (!is_person).then(|| name.expose().to_owned());
        self.replace_customer(&Customer { customer: clear, ..customer })
    }

    /// Changes a customer that is there.
    pub(crate) fn replace_customer(&mut self, customer: &Customer) -> Result<(), Reason> {
        self.store.replace(key::customer(&customer.customer_id), encode(customer)?);
        Ok(())
    }
}
