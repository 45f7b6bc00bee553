//! `X-Client-Token`, or `Idempotency-Key`: the caller's name for one write, so that a repeat does not
//! write twice.

use super::call::Call;
use super::message::{Answer, Head};
use super::refusal::Refusal;
use crate::books::TokenUse;
use crate::domain::error::Reason;
use crate::security::signature::Authorization;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// The names of the header, as clients know them.
const HEADERS: [(&str, &str); 2] =
    [("x-client-token", "X-Client-Token"), ("idempotency-key", "Idempotency-Key")];

/// Refuses a token that the signature of its request does not cover: whoever records the request
/// could take the token off, or put another one on, and have the write carried out again.
///
/// # Errors
/// [`Refusal::Parameter`].
pub(super) fn signed(head: &Head, authorization: &Authorization) -> Result<(), Refusal> {
    for (header, shown) in HEADERS {
        let is_sent = head.headers.iter().any(|(name, _)| name == header);
        if is_sent && !authorization.signs(header) {
            return Err(Refusal::parameter(shown, "must be signed with the request"));
        }
    }
    Ok(())
}

/// The token of a call, if it has one, with the digest of everything the call asks for.
pub(super) fn token_use(call: &Call) -> Result<Option<TokenUse>, Refusal> {
    let mut given = None;
    for (header, shown) in HEADERS {
        let Some(token) = call.head.header(header)? else {
            continue;
        };
        if given.is_some_and(|(before, _)| before != token) {
            return Err(Refusal::parameter(shown, "must be what X-Client-Token is"));
        }
        given.get_or_insert((token, shown));
    }
    let Some((token, shown)) = given else {
        return Ok(None);
    };
    let token = token
        .parse()
        .map_err(|_| Refusal::parameter(shown, "must have 1 to 64 printable characters"))?;
    let mut hash = Sha256::new();
    let head = &call.head;
    for part in [head.method.as_bytes(), head.path.as_bytes(), head.query.as_bytes(), &call.body] {
        // Lengths keep the parts apart.
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    Ok(Some(TokenUse {
        principal: call.caller.principal.name(),
        token,
        request_sha256: hash.finalize().into(),
    }))
}

/// An answer as it is kept.
#[derive(Encode, Decode)]
struct StoredAnswer {
    #[n(0)]
    status: u16,
    #[cbor(n(1), with = "minicbor::bytes")]
    body: Vec<u8>,
}

pub(super) fn encode(answer: &Answer) -> Result<Vec<u8>, Refusal> {
    let stored = StoredAnswer { status: answer.status, body: answer.body.clone() };
    minicbor::to_vec(stored).map_err(|error| Refusal::Internal(format!("answer as CBOR: {error}")))
}

pub(super) fn decode(bytes: &[u8]) -> Result<Answer, Refusal> {
    let StoredAnswer { status, body } = minicbor::decode(bytes)
        .map_err(|error| Reason::Corrupt(format!("answer of a client token: {error}")))?;
    Ok(Answer::json(status, body))
}
