//! Verification codes in the books: one record for each mobile number, forgotten after a day.
//!
//! Records are found by a keyed hash of the number, and a code is kept as a keyed hash only. The
//! sealed code of a demo tenant needs no rotation, since no code counts for longer than an hour.

use super::record::encode;
use super::{Books, BooksMut, key};
use crate::domain::error::Reason;
use crate::domain::registration::{
    CodeCheck, CodeOrder, FAILURES_MAX, MobileNumber, PARTNER_SENT_PER_DAY_MAX,
    PARTNER_SENT_PER_HOUR_MAX, ReadableCode, SENT_PER_DAY_MAX, SENT_PER_HOUR_MAX, Scene,
    VerificationCode,
};
use crate::security::secret::{Sealed, same_token};
use crate::security::vault::Subject;
use crate::store::Range;
use crate::store::defect::{self, Defect};
use crate::value::id::PartnerId;
use crate::value::time::Timestamp;
use chrono::TimeDelta;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

/// How long it is kept how often a number was sent a code.
const KEPT_HOURS: i64 = 24;

/// Numbers forgotten by one write, at most: more than one, so that they never pile up.
const FORGOTTEN_PER_WRITE: usize = 4;

/// The purposes of the hashes.
const NUMBER_DIGEST: &str = "mobile of a verification code";
const CODE_DIGEST: &str = "verification code";

/// What is kept of a mobile number.
#[derive(Debug, Default, Encode, Decode)]
pub(super) struct NumberRecord {
    /// When it was sent codes within a day, oldest first.
    #[n(0)]
    sent: Vec<Timestamp>,
    /// The newest code of each scene.
    #[n(1)]
    codes: Vec<CodeRecord>,
}

#[derive(Debug, Encode, Decode)]
struct CodeRecord {
    #[n(0)]
    scene: Scene,
    #[cbor(n(1), with = "minicbor::bytes")]
    code_digest: [u8; 32],
    #[n(2)]
    expires_at: Timestamp,
    /// Wrong answers so far.
    #[n(3)]
    failures: u32,
    /// The code, in a demo tenant only.
    #[n(4)]
    sealed: Option<Sealed>,
}

/// How many codes a partner has sent since a time.
#[derive(Clone, Copy, Debug, Encode, Decode)]
struct SentSince {
    #[n(0)]
    since: Timestamp,
    #[n(1)]
    count: u32,
}

impl SentSince {
    /// With one more, or begun anew once so many hours are over.
    fn counted(before: Option<Self>, now: Timestamp, hours: i64) -> Self {
        let is_over = |it: &Self| now.instant() - it.since.instant() >= TimeDelta::hours(hours);
        let Self { since, count } =
            before.filter(|it| !is_over(it)).unwrap_or(Self { since: now, count: 0 });
        Self { since, count: count.saturating_add(1) }
    }
}

/// What is kept of a partner that sends codes.
#[derive(Debug, Default, Encode, Decode)]
pub(super) struct SenderRecord {
    #[n(0)]
    hour: Option<SentSince>,
    #[n(1)]
    day: Option<SentSince>,
}

impl NumberRecord {
    /// When the record may be forgotten; nothing that counts is older than the last code.
    fn forgotten_at(&self) -> Option<Timestamp> {
        let last = self.sent.iter().max()?;
        Some(Timestamp::from(last.instant() + TimeDelta::hours(KEPT_HOURS)))
    }

    fn sent_since(&self, now: Timestamp, hours: i64) -> usize {
        let since = now.instant() - TimeDelta::hours(hours);
        self.sent.iter().filter(|sent| sent.instant() > since).count()
    }

    fn code(&mut self, scene: Scene) -> Option<&mut CodeRecord> {
        self.codes.iter_mut().find(|code| code.scene == scene)
    }
}

impl Books<'_> {
    /// The codes of a number that the operator of a demo tenant can read, expired ones left out.
    ///
    /// # Errors
    /// [`Reason::Secret`] when a code cannot be opened; store failures.
    pub async fn readable_codes(
        &self,
        mobile: &MobileNumber,
        now: Timestamp,
    ) -> Result<Vec<ReadableCode>, Reason> {
        let key = self.number_key(mobile)?;
        let record: Option<NumberRecord> = self.record(&key).await?;
        let codes = record.map(|record| record.codes).unwrap_or_default();
        let mut readable = Vec::new();
        for CodeRecord { scene, expires_at, sealed, .. } in codes {
            if let Some(sealed) = sealed
                && expires_at > now
            {
                let code = self.vault.open(Subject::Mobile(mobile.as_str()), &sealed)?;
                let code = VerificationCode::claimed(&String::from_utf8_lossy(code.expose()));
                readable.push(ReadableCode { scene, code, expires_at });
            }
        }
        Ok(readable)
    }

    /// Where the record of a number is, if it has one.
    pub(super) fn number_key(&self, mobile: &MobileNumber) -> Result<Vec<u8>, Reason> {
        let digest = self.vault.digest(NUMBER_DIGEST, mobile.as_str().as_bytes())?;
        Ok(key::verification_codes(&digest))
    }
}

/// A code and all that it counts for, to be hashed.
fn code_data(
    mobile: &MobileNumber,
    scene: Scene,
    expires_at: Timestamp,
    code: &VerificationCode,
) -> Zeroizing<Vec<u8>> {
    let (number, scene, expires_at) = (mobile.as_str(), scene.code(), expires_at.seconds());
    Zeroizing::new(format!("{number} {scene} {expires_at} {}", code.expose()).into_bytes())
}

impl BooksMut<'_, '_> {
    /// Issues a code in place of the number's last one for the same scene, and answers when it
    /// expires. Forgets a few numbers whose time is over.
    ///
    /// # Errors
    /// [`Reason::SendLimitReached`], [`Reason::Secret`], and store failures.
    pub async fn issue_code(&mut self, order: &CodeOrder) -> Result<Timestamp, Reason> {
        let now = self.now();
        let digest = self.vault.digest(NUMBER_DIGEST, order.mobile.as_str().as_bytes())?;
        let key = key::verification_codes(&digest);
        let expiries = key::verification_codes_expiries();
        let expired_before = key::verification_codes_expiries_from(now);
        self.load(&[expiries, expired_before, key.clone()]).await?;
        self.forget_numbers(now).await?;
        let stored: Option<NumberRecord> = self.record(&key).await?;
        let is_stored = stored.is_some();
        let mut record = stored.unwrap_or_default();
        if record.sent_since(now, 1) >= SENT_PER_HOUR_MAX
            || record.sent_since(now, KEPT_HOURS) >= SENT_PER_DAY_MAX
        {
            return Err(Reason::SendLimitReached);
        }
        if let Some(before) = record.forgotten_at() {
            self.store.remove(&key::verification_codes_expiry(before, &digest));
        }
        let since = now.instant() - TimeDelta::hours(KEPT_HOURS);
        record.sent.retain(|sent| sent.instant() > since);
        record.sent.push(now);
        let expires_at = order.expires_at(now);
        let code = self.code_record(order, expires_at).await?;
        record.codes.retain(|code| code.scene != order.scene && code.expires_at > now);
        record.codes.push(code);
        if let Some(forgotten_at) = record.forgotten_at() {
            self.add_key(key::verification_codes_expiry(forgotten_at, &digest));
        }
        if is_stored {
            self.store.replace(key, encode(&record)?);
        } else {
            self.store.insert(key, encode(&record)?);
        }
        Ok(expires_at)
    }

    /// Counts a code that a partner is about to send, to whatever number.
    ///
    /// # Errors
    /// [`Reason::SendLimitReached`], and store failures.
    pub async fn count_code_of(&mut self, partner: &PartnerId) -> Result<(), Reason> {
        let now = self.now();
        let key = key::verification_codes_sent(partner);
        let stored: Option<SenderRecord> = self.record(&key).await?;
        let is_stored = stored.is_some();
        let before = stored.unwrap_or_default();
        let hour = SentSince::counted(before.hour, now, 1);
        let day = SentSince::counted(before.day, now, KEPT_HOURS);
        if hour.count > PARTNER_SENT_PER_HOUR_MAX || day.count > PARTNER_SENT_PER_DAY_MAX {
            return Err(Reason::SendLimitReached);
        }
        let record = encode(&SenderRecord { hour: Some(hour), day: Some(day) })?;
        if is_stored {
            self.store.replace(key, record);
        } else {
            self.store.insert(key, record);
        }
        Ok(())
    }

    async fn code_record(
        &mut self,
        order: &CodeOrder,
        expires_at: Timestamp,
    ) -> Result<CodeRecord, Reason> {
        let CodeOrder { mobile, scene, code, kept_sealed, .. } = order;
        let sealed = if *kept_sealed {
            let subject = Subject::Mobile(mobile.as_str());
            Some(self.vault.seal(subject, code.expose().as_bytes())?)
        } else {
            None
        };
        let data = code_data(mobile, *scene, expires_at, code);
        let code_digest = self.vault.digest(CODE_DIGEST, &data)?;
        Ok(CodeRecord { scene: *scene, code_digest, expires_at, failures: 0, sealed })
    }

    /// Uses a code up, or counts a wrong answer against it.
    ///
    /// # Errors
    /// [`Reason::Secret`], and store failures. A code that is not right is no error: see
    /// [`CodeCheck::Refused`].
    pub async fn use_code(
        &mut self,
        mobile: &MobileNumber,
        scene: Scene,
        claimed: &VerificationCode,
    ) -> Result<CodeCheck, Reason> {
        let now = self.now();
        let key = self.number_key(mobile)?;
        let stored: Option<NumberRecord> = self.record(&key).await?;
        let mut record = stored.unwrap_or_default();
        let Some(code) = record.code(scene) else {
            return Ok(CodeCheck::Refused(Reason::CodeWrong));
        };
        if code.failures >= FAILURES_MAX {
            return Ok(CodeCheck::Refused(Reason::CodeFailedTooOften));
        }
        if code.expires_at <= now {
            return Ok(CodeCheck::Refused(Reason::CodeExpired));
        }
        let data = code_data(mobile, scene, code.expires_at, claimed);
        let digest = self.vault.digest(CODE_DIGEST, &data)?;
        let check = if same_token(&digest, &code.code_digest) {
            if !defect::present(Defect::ForgetsUsedCodes) {
                record.codes.retain(|code| code.scene != scene);
            }
            CodeCheck::Right
        } else {
            code.failures += 1;
            CodeCheck::Refused(Reason::CodeWrong)
        };
        self.store.replace(key, encode(&record)?);
        Ok(check)
    }

    async fn forget_numbers(&mut self, now: Timestamp) -> Result<(), Reason> {
        let expired = Range::between(
            key::verification_codes_expiries(),
            key::verification_codes_expiries_from(now),
        );
        for (expiry, _) in self.store().scan(&expired, 0, FORGOTTEN_PER_WRITE).await? {
            let digest = key::digest_at_end(&expiry)
                .ok_or_else(|| Reason::Corrupt(expiry.escape_ascii().to_string()))?;
            self.store.remove(&key::verification_codes(&digest));
            self.store.remove(&expiry);
        }
        Ok(())
    }
}
