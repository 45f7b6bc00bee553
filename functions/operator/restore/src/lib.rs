//! Build a tenant's books, or the catalogue, of an export.
//!
//! `POST /operator/v1/restore?tenant_id=…[&from_line=…][&more=true]`, or `?books=catalogue`, takes
//! lines; nothing of the books is seen before the last one. `GET` shows which line is to come next,
//! `DELETE` gives the restore up.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! {
    POST Everything => restore,
    GET Read => show,
    DELETE Everything => give_up,
}

async fn restore(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::restore_books(call).await
}

async fn show(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::show_restore(call).await
}

async fn give_up(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::drop_restore(call).await
}
