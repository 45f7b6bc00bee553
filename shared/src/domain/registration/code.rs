//! Verification codes: what is sent, how long it counts, and when it no longer does.

use super::identity::MobileNumber;
use crate::domain::error::Reason;
use crate::value::code::codes;
use crate::value::time::Timestamp;
use chrono::TimeDelta;
use std::fmt;
use zeroize::Zeroizing;

/// Digits of a code.
pub const CODE_DIGITS: usize = 6;

/// Wrong answers that a code survives.
pub const FAILURES_MAX: u32 = 3;

/// Codes to one mobile number within an hour and within a day, at most.
pub(crate) const SENT_PER_HOUR_MAX: usize = 15;
pub(crate) const SENT_PER_DAY_MAX: usize = 60;

/// Codes that a partner sends within an hour and within a day, at most, to whatever numbers: a key
/// that was stolen must not send messages without end.
pub(crate) const PARTNER_SENT_PER_HOUR_MAX: u32 = 600;
pub(crate) const PARTNER_SENT_PER_DAY_MAX: u32 = 3_000;

/// How long a code counts, in minutes, when nobody asks for another time.
const MINUTES_DEFAULT: u32 = 10;
/// The longest time that a code counts, in minutes.
pub const MINUTES_MAX: u32 = 60;
/// What a longer one acts as.
const MINUTES_INSTEAD: u32 = 5;

codes! {
    /// What a code is for. The numbers from 1001 on are this bundle's own.
    Scene: integer {
        /// Authentication of an individual by a bank card.
        BankCard = 18,
        /// Registration.
        Registration = 29,
        /// An operation of a partner that asks for a second factor.
        SecondFactor = 1001,
        /// The number that the codes of a partner's second factor shall go to.
        SecondFactorNumber = 1002,
        /// The sign-in at the console of a partner that has a second factor.
        SignIn = 1003,
    }
}

codes! {
    /// How a code is sent.
    ReceiverType: integer {
        /// As a short message to a mobile.
        Sms = 1,
    }
}

codes! {
    /// In which language.
    Language: text {
        /// Chinese.
        Chinese = "zh-cn",
        /// English.
        English = "en-us",
    }
}

/// A code in clear: on its way out, or as somebody claims it to be.
#[derive(Clone)]
pub struct VerificationCode(Zeroizing<String>);

impl VerificationCode {
    /// A new code, every one as likely as any other: of 2^128 values the few that do not share out
    /// evenly among a million do not count. The bytes must be fresh.
    pub fn generated(random: &[u8; 16]) -> Self {
        let number = u128::from_be_bytes(*random) % 1_000_000;
        Self(Zeroizing::new(format!("{number:0CODE_DIGITS$}")))
    }

    /// A code as a request gives it. What is no code is only a wrong one.
    pub fn claimed(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The digits.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for VerificationCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// A code to be issued.
#[derive(Debug)]
pub struct CodeOrder {
    /// Whom it goes to.
    pub mobile: MobileNumber,
    /// What it is for.
    pub scene: Scene,
    /// The code.
    pub code: VerificationCode,
    /// How long it counts, in minutes, as a request asks for.
    pub minutes: Option<u32>,
    /// Whether the operator of a demo tenant is to read it, which is what it is kept sealed for.
    pub kept_sealed: bool,
}

impl CodeOrder {
    /// When a code issued `now` expires.
    pub(crate) fn expires_at(&self, now: Timestamp) -> Timestamp {
        let minutes = match self.minutes.unwrap_or(MINUTES_DEFAULT) {
            minutes if minutes > MINUTES_MAX => MINUTES_INSTEAD,
            minutes => minutes,
        };
        Timestamp::from(now.instant() + TimeDelta::minutes(minutes.into()))
    }
}

/// What came of checking a code.
#[derive(Debug, PartialEq, Eq)]
pub enum CodeCheck {
    /// It was right, and is used up.
    Right,
    /// It was not. What was counted against it must be committed all the same.
    Refused(Reason),
}

/// A code of a demo tenant, for its operator.
#[derive(Debug)]
pub struct ReadableCode {
    /// What it is for.
    pub scene: Scene,
    /// The code.
    pub code: VerificationCode,
    /// When it expires.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits_of_chance() {
        let code = |number: u128| VerificationCode::generated(&number.to_be_bytes());
        for (number, digits) in [(0, "000000"), (42, "000042"), (1_999_999, "999999")] {
            assert_eq!(code(number).expose(), digits);
        }
        assert_eq!(format!("{:?}", code(42)), "[redacted]");
    }

    #[test]
    fn a_code_counts_as_long_as_the_contract_says() {
        let now: Timestamp = "2026-09-21T00:00:00Z".parse().expect("a time");
        for (minutes, expires_at) in [
            (None, "2026-09-21T00:10:00Z"),
            (Some(1), "2026-09-21T00:01:00Z"),
            (Some(60), "2026-09-21T01:00:00Z"),
            (Some(61), "2026-09-21T00:05:00Z"),
            (Some(3000), "2026-09-21T00:05:00Z"),
        ] {
            let order = CodeOrder {
                mobile: MobileNumber::parse("13800000000").expect("a number"),
                scene: Scene::Registration,
                code: VerificationCode::claimed("000000"),
                minutes,
                kept_sealed: false,
            };
            assert_eq!(order.expires_at(now).to_string(), expires_at, "{minutes:?}");
        }
    }
}
