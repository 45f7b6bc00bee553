//! A month that the operator uploads to be compared, streamed.

use crate::api::reconciliation::upload;
use crate::api::{Body, Refusal};
use crate::domain::reconciliation::Reconciliation;
use crate::operator::call::OperatorCall;

impl<S: Body> OperatorCall<'_, S> {
    /// Takes in the month that is uploaded, a piece at a time.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for a body that is no such list, [`Refusal::BodyIncomplete`].
    pub async fn reconciliation(&mut self) -> Result<Reconciliation, Refusal> {
        let mut upload = upload(&self.head)?;
        while let Some(piece) = self.body.next().await.map_err(Refusal::BodyIncomplete)? {
            upload.push(&piece)?;
        }
        Ok(upload.finish()?)
    }
}
