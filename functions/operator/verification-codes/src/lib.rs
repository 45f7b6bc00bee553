//! Read the verification codes that were sent to a mobile number of a demo tenant.
//!
//! `GET /operator/v1/verification-codes?tenant_id=…&mobile_phone=…`.

use billing::api::{Answer, Refusal, is_demo_tenant};
use billing::books::Books;
use billing::component::OperatorCall;
use billing::domain::error::Reason;
use billing::domain::registration::{MobileNumber, ReadableCode, Scene};
use billing::store::{Environment, Tree};
use billing::value::id::TenantId;
use billing::value::time::Timestamp;
use serde::Serialize;

billing::operator! { GET Support => list }

async fn list(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let (tenant_id, number): (TenantId, String) =
        call.query(|query| Ok((query.required("tenant_id")?, query.required("mobile_phone")?)))?;
    let mobile = MobileNumber::parse(&number)
        .map_err(|_| Refusal::parameter("mobile_phone", "must be eleven digits"))?;

    let head_key = call.head_key(&tenant_id).await?;
    if !is_demo_tenant(call.host(), &tenant_id)? {
        return Err(Reason::NotADemoTenant.into());
    }
    let (vault, now) = (call.vault()?, Timestamp::from(call.host().now()));
    let codes = Tree::new(call.host(), head_key)
        .read(async |snapshot| {
            Books::new(snapshot).with_vault(vault.clone()).readable_codes(&mobile, now).await
        })
        .await
        .map_err(|reason: Reason| Refusal::from(reason))?;

    let verification_codes = codes.iter().map(Code::from).collect();
    Answer::ok(&VerificationCodes { verification_codes })
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
