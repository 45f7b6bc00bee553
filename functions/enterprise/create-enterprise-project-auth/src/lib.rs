//! Let the calling customer have enterprise projects.
//!
//! `CreateEnterpriseProjectAuth`, `POST /v2/enterprises/enterprise-projects/authority`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::enterprise::enable_projects;

billing::component! { POST CreateEnterpriseProjectAuth => enable }

async fn enable(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    call.query(|_| Ok(()))?;

    call.update(async |books| {
        enable_projects(books, caller).await?;
        Ok(Answer::no_content())
    })
    .await
}
