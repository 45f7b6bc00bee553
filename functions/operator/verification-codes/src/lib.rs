//! Read the verification codes that were sent to a mobile number of a demo tenant; or switch the
//! second factor of a partner off that has lost the number which its codes go to.
//!
//! `GET /operator/v1/verification-codes?tenant_id=…&mobile_phone=…`,
//! `DELETE /operator/v1/verification-codes?tenant_id=…&partner_id=…`.

use billing::api::fields::mobile_phone;
use billing::api::{Answer, Refusal, is_demo_tenant};
use billing::books::OpenBooks;
use billing::component::OperatorCall;
use billing::domain::error::Reason;
use billing::domain::registration::{ReadableCode, Scene};
use billing::operations::second_factor;
use billing::store::Tree;
use billing::value::id::{PartnerId, TenantId};
use billing::value::time::Timestamp;
use serde::Serialize;

billing::operator! { GET Support => list, DELETE Everything => take_off }

async fn list(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let (tenant_id, number): (TenantId, String) =
        call.query(|query| Ok((query.required("tenant_id")?, query.required("mobile_phone")?)))?;
    let mobile = mobile_phone(&number)?;

    let head_key = call.head_key(&tenant_id).await?;
    if !is_demo_tenant(call.host(), &tenant_id)? {
        return Err(Reason::NotADemoTenant.into());
    }
    let (vault, now) = (call.vault()?, Timestamp::from(call.host().now()));
    let codes = Tree::new(call.host(), head_key)
        .read(async |snapshot| {
            OpenBooks::new(snapshot).with_vault(vault.clone()).readable_codes(&mobile, now).await
        })
        .await
        .map_err(|reason: Reason| Refusal::from(reason))?;

    let verification_codes = codes.iter().map(Code::from).collect();
    Answer::ok(&VerificationCodes { verification_codes })
}

async fn take_off(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let (tenant_id, partner_id): (TenantId, PartnerId) =
        call.query(|query| Ok((query.required("tenant_id")?, query.required("partner_id")?)))?;

    let books = call.tenant(&tenant_id).await?;
    let was_on = books
        .update("take second factor off", async |books| {
            second_factor::take_off(books, &partner_id).await
        })
        .await?;

    Answer::ok(&TakenOff { partner_id, was_on })
}

#[derive(Serialize)]
struct TakenOff {
    partner_id: PartnerId,
    /// Whether it had one.
    was_on: bool,
}

#[derive(Serialize)]
struct VerificationCodes<'a> {
    verification_codes: Vec<Code<'a>>,
}

#[derive(Serialize)]
struct Code<'a> {
    scene: Scene,
    code: &'a str,
    expires_at: Timestamp,
}

impl<'a> From<&'a ReadableCode> for Code<'a> {
    fn from(code: &'a ReadableCode) -> Self {
        Self { scene: code.scene, code: code.code.expose(), expires_at: code.expires_at }
    }
}
