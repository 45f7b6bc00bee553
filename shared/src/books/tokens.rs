//! Client tokens: a repeated write gets the answer that the first one got.

use super::record::{TokenRecord, decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::error::Reason;
use crate::store::defect::{self, Defect};
use crate::store::{Range, StoreError};
use crate::value::id::ClientToken;
use crate::value::time::Timestamp;
use chrono::TimeDelta;

/// How long a token is kept.
pub const TOKEN_HOURS: i64 = 24;

/// Part of an answer kept in one record, so that no page grows large.
const PART_BYTES: usize = 4 * 1024;

/// Tokens forgotten by one write, at most: more than one, so that they never pile up.
const FORGOTTEN_PER_WRITE: usize = 4;

/// One use of a client token.
#[derive(Clone, Debug)]
pub struct TokenUse {
    /// Whose token, as [`crate::domain::partner::Principal::name`] has it.
    pub principal: String,
    /// The token.
    pub token: ClientToken,
    /// SHA-256 of everything that the request consists of.
    pub request_sha256: [u8; 32],
}

impl Books<'_> {
    /// The answer that this request got before, if it is a repeat.
    ///
    /// # Errors
    /// [`Reason::TokenReused`] when the token was used for another request.
    pub async fn recall(&self, used: &TokenUse, now: Timestamp) -> Result<Option<Vec<u8>>, Reason> {
        // What keeping an answer will need is read along.
        let token = key::token(&used.principal, &used.token, 0);
        self.load(&[token, key::token_expiries(), key::tokens_from(now)]).await?;
        let Some(record) = self.token(used).await? else {
            return Ok(None);
        };
        if record.expires_at <= now {
            return Ok(None);
        }
        if record.request_sha256 != used.request_sha256 {
            return Err(Reason::TokenReused);
        }
        let mut answer = Vec::new();
        for part in 1..=record.parts {
            let key = key::token(&used.principal, &used.token, part);
            let bytes = self.bytes(&key).await?;
            answer.extend(bytes.ok_or_else(|| Reason::Corrupt("part of a token".to_owned()))?);
        }
        Ok(Some(answer))
    }

    async fn token(&self, used: &TokenUse) -> Result<Option<TokenRecord>, Reason> {
        self.record(&key::token(&used.principal, &used.token, 0)).await
    }
}

impl BooksMut<'_, '_> {
    /// Keeps the answer for repeats, in the transaction that it is the answer of; and forgets a
    /// few tokens whose time is over.
    ///
    /// # Errors
    /// Store failures.
    pub async fn remember(&mut self, used: &TokenUse, answer: &[u8]) -> Result<(), Reason> {
        if defect::present(Defect::LosesTokenRecords) {
            return Ok(());
        }
        let now = self.now();
        self.forget_expired(now).await?;
        if let Some(record) = self.token(used).await? {
            self.forget(&used.principal, &used.token, &record);
        }
        let parts = answer.len().div_ceil(PART_BYTES);
        let expires_at = Timestamp::from(now.instant() + TimeDelta::hours(TOKEN_HOURS));
        let record = TokenRecord {
            request_sha256: used.request_sha256,
            expires_at,
            parts: u16::try_from(parts)
                .map_err(|_| StoreError::Misuse("an answer too long to keep".to_owned()))?,
        };
        self.store.insert(key::token(&used.principal, &used.token, 0), encode(&record)?);
        for (part, bytes) in (1..=record.parts).zip(answer.chunks(PART_BYTES)) {
            self.store.insert(key::token(&used.principal, &used.token, part), bytes.to_vec());
        }
        let expiry = key::token_expiry(expires_at, &used.principal, &used.token);
        self.store.insert(expiry, Vec::new());
        Ok(())
    }

    async fn forget_expired(&mut self, now: Timestamp) -> Result<(), Reason> {
        let expired = Range::between(key::token_expiries(), key::tokens_from(now));
        let expired = self.store().scan(&expired, 0, FORGOTTEN_PER_WRITE).await?;
        let corrupt = |key: &[u8]| Reason::Corrupt(key.escape_ascii().to_string());
        let mut tokens = Vec::with_capacity(expired.len());
        for (key, _) in &expired {
            let (principal, token) = key::principal_and_token(key).ok_or_else(|| corrupt(key))?;
            tokens.push((principal, key::token(principal, &token, 0), token));
        }
        self.load(&tokens.iter().map(|(_, key, _)| key.clone()).collect::<Vec<_>>()).await?;
        for (principal, key, token) in tokens {
            let bytes = self.bytes(&key).await?.ok_or_else(|| corrupt(&key))?;
            let record = decode(&key, &bytes)?;
            self.forget(principal, &token, &record);
        }
        Ok(())
    }

    fn forget(&mut self, principal: &str, token: &ClientToken, record: &TokenRecord) {
        for part in 0..=record.parts {
            self.store.remove(&key::token(principal, token, part));
        }
        self.store.remove(&key::token_expiry(record.expires_at, principal, token));
    }
}
