//! Show the calling customer the address, as a QR code has it, of the page on which it can be
//! authenticated: once, and within ten minutes.
//!
//! `ShowRealNameAuthQrCode`, `GET /v2/customers/real-name-auth-qrcode`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::operations::realname_status;
use serde::Serialize;

billing::component! { GET ShowRealNameAuthQrCode => show }

async fn show(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    call.query(|_| Ok(()))?;

    call.read(async |books| {
        realname_status::check_can_authenticate(books, &caller.customer_id).await
    })
    .await?;

    Answer::ok(&ShowRealNameAuthQrCodeResponse { qr_code_url: call.authentication_page()? })
}

#[derive(Serialize)]
struct ShowRealNameAuthQrCodeResponse {
    qr_code_url: String,
}
