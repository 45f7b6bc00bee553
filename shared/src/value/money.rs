//! Money and quantities: exact decimals, checked, digits kept.
//!
//! An amount is read from the digits of a JSON number or of a numeric string, and written with
//! the digits it has: no binary fraction is ever involved. All arithmetic is checked, and an amount
//! knows its currency.

use crate::value::code::text_form;
use rust_decimal::Decimal;
use serde::de::{self, Deserializer, Visitor};
use serde::ser::{self, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt;
use std::str::FromStr;

/// Decimals that an amount may have, trailing zeros not counted.
pub const DECIMALS_MAX: u32 = 8;

/// Largest magnitude of an amount, in units of its currency.
pub const MAGNITUDE_MAX: i64 = 10_000_000_000_000;

/// Longest text that is read as a number.
const TEXT_BYTES_MAX: usize = 64;

/// Largest exponent that is looked at; anything beyond is out of range for every mantissa.
const EXPONENT_MAX: i32 = 1_000;

/// Currency of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Currency {
    /// Chinese yuan.
    #[serde(rename = "CNY")]
    Cny,
}

impl Currency {
    /// Its code of ISO 4217.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cny => "CNY",
        }
    }
}

/// Why a text is not an amount or a sum cannot be formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not written like a JSON number.
    #[error("not a decimal number")]
    NotANumber,
    /// More than [`DECIMALS_MAX`] significant decimals, or more than the field allows.
    #[error("too many decimals")]
    TooManyDecimals,
    /// Beyond [`MAGNITUDE_MAX`].
    #[error("too large")]
    TooLarge,
    /// Zero or negative where only a positive amount makes sense.
    #[error("must be greater than 0")]
    NotPositive,
    /// Two amounts of different currencies.
    #[error("currencies differ")]
    CurrencyMismatch,
}

/// An exact amount of one currency.
///
/// Equality is of the value: 1.0 equals 1.00. The digits it was written with are kept for output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// No money, in yuan.
    pub const ZERO: Self = Self { amount: Decimal::ZERO, currency: Currency::Cny };

    /// Checks that this may be asked for in a request: greater than zero, at most two decimals.
    /// Trailing zeros do not count, so 1.100 is 1.1.
    ///
    /// # Errors
    /// [`MoneyError::NotPositive`] or [`MoneyError::TooManyDecimals`].
    pub fn positive_two_decimals(self) -> Result<Self, MoneyError> {
        let amount = self.amount.normalize();
        if !self.is_positive() {
            return Err(MoneyError::NotPositive);
        }
        if amount.scale() > 2 {
            return Err(MoneyError::TooManyDecimals);
        }
        Ok(Self { amount, ..self })
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// True above zero.
    pub fn is_positive(self) -> bool {
        self.amount > Decimal::ZERO
    }

    /// True below zero.
    pub fn is_negative(self) -> bool {
        self.amount < Decimal::ZERO
    }

    /// True at zero.
    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::TooLarge`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::TooLarge)?;
        Self { amount, ..self }.in_range()
    }

    /// The difference, which may be negative.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::TooLarge`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.checked_add(other.negated())
    }

    /// The same amount with the opposite sign.
    pub fn negated(self) -> Self {
        let amount = if self.amount.is_zero() { self.amount } else { -self.amount };
        Self { amount, ..self }
    }

    /// The amount with what lies behind so many decimals cut off.
    pub fn cut_to(self, decimals: u32) -> Self {
        Self { amount: self.amount.trunc_with_scale(decimals).normalize(), ..self }
    }

    /// The part of the amount that so many of `whole` equal parts come to, cut off after eight
    /// decimals. Of no parts at all it is nothing.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn part(self, parts: u32, whole: u32) -> Result<Self, MoneyError> {
        let mut units = self.amount;
        units.rescale(DECIMALS_MAX);
        let product = units.mantissa().checked_mul(i128::from(parts));
        let part = product.ok_or(MoneyError::TooLarge)?.checked_div(i128::from(whole));
        let amount = Decimal::try_from_i128_with_scale(part.unwrap_or(0), DECIMALS_MAX);
        let amount = amount.map_err(|_| MoneyError::TooLarge)?.normalize();
        Self { amount, ..self }.in_range()
    }

    /// The same value with as few digits as it needs, but at least two decimals: the form of
    /// balances.
    pub fn at_least_two_decimals(self) -> Self {
        Self { amount: at_least_two_decimals(self.amount), ..self }
    }

    /// The whole fen of an amount: its hundredths, parts of one left out. None where a number of
    /// them does not fit, which no amount in range has.
    pub fn whole_fen(self) -> Option<i128> {
        let mut fen = self.amount.trunc_with_scale(2);
        fen.rescale(2);
        (fen.scale() == 2).then(|| fen.mantissa())
    }

    /// So many fen, in yuan.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn of_fen(fen: i128) -> Result<Self, MoneyError> {
        let amount = Decimal::try_from_i128_with_scale(fen, 2).map_err(|_| MoneyError::TooLarge)?;
        Self { amount, currency: Currency::Cny }.in_range()
    }

    /// So many times the amount, not rounded.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn times(self, factor: Quantity) -> Result<Self, MoneyError> {
        let amount = self.amount.checked_mul(factor.0).ok_or(MoneyError::TooLarge)?;
        Self { amount, ..self }.in_range()
    }

    /// Which part of another amount it is, rounded half up to four decimals. Of nothing it is all.
    pub fn ratio_of(self, whole: Self) -> Quantity {
        let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        let ratio = self.amount.checked_div(whole.amount).unwrap_or(Decimal::ONE);
        Quantity(ratio.round_dp_with_strategy(4, strategy).normalize())
    }

    pub(crate) fn decimal(self) -> Decimal {
        self.amount
    }

    fn in_range(self) -> Result<Self, MoneyError> {
        if self.amount.abs() > Decimal::from(MAGNITUDE_MAX) {
            return Err(MoneyError::TooLarge);
        }
        Ok(self)
    }
}

pub(crate) fn at_least_two_decimals(amount: Decimal) -> Decimal {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount
}

impl PartialOrd for Money {
    /// Amounts of different currencies are not ordered.
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (self.currency == other.currency).then(|| self.amount.cmp(&other.amount))
    }
}

/// How much of something was used, in the unit of a measure: exact, but no money.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Quantity(Decimal);

impl Quantity {
    /// True above zero.
    pub fn is_positive(self) -> bool {
        self.0 > Decimal::ZERO
    }

    /// The number, if it is a whole one that is not negative.
    pub fn whole(self) -> Option<u32> {
        self.0.normalize().to_string().parse().ok()
    }

    pub(crate) fn decimal(self) -> Decimal {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// Whether it is more than another one.
    pub fn is_more_than(self, other: Self) -> bool {
        self.0 > other.0
    }

    /// So many times the quantity, divided. `None` where the digits do not fit.
    pub(crate) fn scaled(self, multiplier: u32, divisor: u32) -> Option<Self> {
        let product = self.0.checked_mul(Decimal::from(multiplier))?;
        product.checked_div(Decimal::from(divisor)).map(Self)
    }

    /// The quantity with so many decimals, rounded up.
    pub(crate) fn rounded_up(self, decimals: u32) -> Self {
        let strategy = rust_decimal::RoundingStrategy::AwayFromZero;
        Self(self.0.round_dp_with_strategy(decimals, strategy).normalize())
    }

    /// This, or the other one if that is less.
    pub(crate) fn at_most(self, most: Self) -> Self {
        Self(self.0.min(most.0))
    }

    /// What is left when some is taken; nothing when that is more than there is.
    pub fn saturating_minus(self, taken: Self) -> Self {
        Self(self.0.checked_sub(taken.0).unwrap_or_default().max(Decimal::ZERO))
    }
}

/// Reads a number as JSON writes numbers, exactly.
///
/// Trailing zeros are kept up to [`DECIMALS_MAX`]; a negative zero becomes zero.
fn parse(text: &str) -> Result<Decimal, MoneyError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(MoneyError::NotANumber);
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, parse_exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return Err(MoneyError::NotANumber),
        Some(parts) => parts,
        None => (number, ""),
    };
    let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || leading_zero || !digits_only(whole) || !digits_only(fraction) {
        return Err(MoneyError::NotANumber);
    }
    let decimals = i32::try_from(fraction.len()).map_err(|_| MoneyError::NotANumber)? - exponent;
    let amount = scaled(whole, fraction, decimals)?;
    let amount = if negative && !amount.is_zero() { -amount } else { amount };
    if amount.abs() > Decimal::from(MAGNITUDE_MAX) {
        return Err(MoneyError::TooLarge);
    }
    Ok(amount)
}

fn parse_exponent(text: &str) -> Result<i32, MoneyError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(MoneyError::NotANumber);
    }
    // Only an exponent beyond every limit does not fit, so its exact value does not matter.
    let magnitude = digits.parse::<i32>().unwrap_or(EXPONENT_MAX).min(EXPONENT_MAX);
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// The digits of `whole` and `fraction`, the last `decimals` of them behind the point.
fn scaled(whole: &str, fraction: &str, decimals: i32) -> Result<Decimal, MoneyError> {
    let decimals_max = i32::try_from(DECIMALS_MAX).map_err(|_| MoneyError::TooManyDecimals)?;
    let (mut whole, mut fraction, mut decimals) = (whole, fraction, decimals);
    let mut digits = whole.bytes().chain(fraction.bytes());
    if digits.all(|digit| digit == b'0') {
        let scale = decimals.clamp(0, decimals_max).unsigned_abs();
        return Decimal::try_new(0, scale).map_err(|_| MoneyError::NotANumber);
    }
    while decimals > decimals_max {
        let digits = if fraction.is_empty() { &mut whole } else { &mut fraction };
        *digits = digits.strip_suffix('0').ok_or(MoneyError::TooManyDecimals)?;
        decimals -= 1;
    }
    // A number without decimals may end in zeros that only its exponent names.
    let zeros = usize::try_from(decimals.saturating_neg()).unwrap_or(0);
    let digits = whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', zeros));
    let mut mantissa = 0_i128;
    for digit in digits {
        mantissa = mantissa
            .checked_mul(10)
            .and_then(|mantissa| mantissa.checked_add(i128::from(digit - b'0')))
            .ok_or(MoneyError::TooLarge)?;
    }
    Decimal::try_from_i128_with_scale(mantissa, decimals.max(0).unsigned_abs())
        .map_err(|_| MoneyError::TooLarge)
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads yuan.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Ok(Self { amount: parse(text)?, currency: Currency::Cny })
    }
}

impl From<u32> for Quantity {
    fn from(number: u32) -> Self {
        Self(Decimal::from(number))
    }
}

impl FromStr for Quantity {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        parse(text).map(Self)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.amount.fmt(formatter)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.amount, self.currency)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Writes the text of a number as a JSON number, digit for digit.
pub(crate) fn serialize_digits<S: Serializer>(
    digits: &str,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let raw: &RawValue = serde_json::from_str(digits).map_err(ser::Error::custom)?;
    raw.serialize(serializer)
}

/// JSON and record forms: a number with its digits in JSON, a text in records.
macro_rules! decimal_forms {
    ($type:ty) => {
        impl Serialize for $type {
            /// Writes a JSON number with the digits of the amount.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize_digits(&self.to_string(), serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            /// Reads a JSON number, or a string of plain decimal digits, from JSON text only.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = Box::<RawValue>::deserialize(deserializer)?;
                let raw = raw.get();
                if raw.starts_with('"') {
                    let text: String = serde_json::from_str(raw).map_err(de::Error::custom)?;
                    if text.contains(['e', 'E']) {
                        return Err(de::Error::custom(MoneyError::NotANumber));
                    }
                    return text.parse().map_err(de::Error::custom);
                }
                raw.parse().map_err(de::Error::custom)
            }
        }

        text_form!($type);
    };
}

decimal_forms!(Money);
decimal_forms!(Quantity);

/// For `deserialize_with`: amounts that are decimal strings and nothing else, as in a book. These
/// work behind any deserialiser, those that hide the digits of numbers included.
pub mod decimal_string {
    use super::{Deserializer, FromStr, MoneyError, Visitor, de, fmt};
    use std::marker::PhantomData;

    struct DecimalString<T>(PhantomData<T>);

    impl<T: FromStr<Err = MoneyError>> Visitor<'_> for DecimalString<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a decimal string")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(de::Error::custom)
        }
    }

    /// Reads a decimal string.
    ///
    /// # Errors
    /// The deserialiser's, when it is another JSON type or not a decimal in range.
    pub fn required<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err = MoneyError>,
        D: Deserializer<'de>,
    {
        deserializer.deserialize_str(DecimalString(PhantomData))
    }

    /// Reads a decimal string for a field that may be absent (with `default`), but not null.
    ///
    /// # Errors
    /// As [`required`].
    pub fn optional<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err = MoneyError>,
        D: Deserializer<'de>,
    {
        required(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().expect(text)
    }

    #[test]
    fn reads_numbers_as_json_writes_them_and_keeps_their_digits() {
        for (text, digits) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("1000000.00", "1000000.00"),
            ("-747.12", "-747.12"),
            ("0.10", "0.10"),
            ("1e2", "100"),
            ("1.5E+1", "15"),
            ("12e-1", "1.2"),
            ("0e400", "0"),
            ("0.000000000000", "0.00000000"),
            ("0.12345678", "0.12345678"),
            ("1.1000000000000000000000000000", "1.10000000"),
            ("10000000000000", "10000000000000"),
            ("-10000000000000.00000000", "-10000000000000.00000000"),
        ] {
            assert_eq!(money(text).to_string(), digits, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number_or_out_of_range() {
        use MoneyError::{NotANumber, TooLarge, TooManyDecimals};
        for (text, reason) in [
            ("", NotANumber),
            ("-", NotANumber),
            (".5", NotANumber),
            ("5.", NotANumber),
            ("01", NotANumber),
            ("+1", NotANumber),
            ("1 ", NotANumber),
            ("1_000", NotANumber),
            ("NaN", NotANumber),
            ("Infinity", NotANumber),
            ("0x10", NotANumber),
            ("1e", NotANumber),
            ("1e+", NotANumber),
            ("1e1.5", NotANumber),
            ("--1", NotANumber),
            ("\u{0661}", NotANumber),
            ("0.123456789", TooManyDecimals),
            ("1e-9", TooManyDecimals),
            ("1e-400", TooManyDecimals),
            ("1e400", TooLarge),
            ("1e99999999999999999999", TooLarge),
            ("10000000000000.00000001", TooLarge),
            ("10000000000001", TooLarge),
            ("99999999999999999999999999999999999999999999", TooLarge),
        ] {
            assert_eq!(text.parse::<Money>(), Err(reason), "{text}");
        }
        assert_eq!("0".repeat(65).parse::<Money>(), Err(NotANumber));
    }

    #[test]
    fn counts_fen_and_multiplies() {
        for (text, fen) in [
            ("0", 0),
            ("12.3", 1_230),
            ("0.019", 1),
            ("-0.019", -1),
            ("10000000000000", 1_000_000_000_000_000),
        ] {
            assert_eq!(money(text).whole_fen(), Some(fen), "{text}");
        }
        assert_eq!(Money::of_fen(1_230).expect("money").to_string(), "12.30");
        assert_eq!(Money::of_fen(i128::MAX), Err(MoneyError::TooLarge));
        assert_eq!(Money::of_fen(1_000_000_000_000_001), Err(MoneyError::TooLarge));
        let ratio: Quantity = "0.85".parse().expect("a ratio");
        assert_eq!(money("99.99").times(ratio), Ok(money("84.9915")));
        let ratio = |part: &str, whole: &str| money(part).ratio_of(money(whole)).to_string();
        assert_eq!((ratio("80", "100.00"), ratio("1", "3")), ("0.8".into(), "0.3333".into()));
        assert_eq!(ratio("0", "0"), "1");
        assert_eq!(
            money("10000000000000").times("2".parse().expect("two")),
            Err(MoneyError::TooLarge)
        );
    }

    #[test]
    fn takes_request_amounts_above_zero_with_two_decimals() {
        for (text, answer) in [
            ("0.01", Ok("0.01")),
            ("99.990", Ok("99.99")),
            ("1.100", Ok("1.1")),
            ("0", Err(MoneyError::NotPositive)),
            ("-1", Err(MoneyError::NotPositive)),
            ("0.001", Err(MoneyError::TooManyDecimals)),
        ] {
            let checked = money(text).positive_two_decimals().map(|amount| amount.to_string());
            assert_eq!(checked, answer.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn adds_and_subtracts_exactly_and_refuses_overflow() {
        assert_eq!(money("0.1").checked_add(money("0.2")), Ok(money("0.3")));
        assert_eq!(money("1.00").checked_sub(money("1.01")), Ok(money("-0.01")));
        let most = money("10000000000000");
        assert_eq!(most.checked_add(money("0.01")), Err(MoneyError::TooLarge));
        assert_eq!(most.negated().checked_sub(money("0.01")), Err(MoneyError::TooLarge));
        assert_eq!(Money::ZERO.negated().to_string(), "0");
    }

    #[test]
    fn prints_balances_with_at_least_two_decimals() {
        for (text, printed) in
            [("0", "0.00"), ("5.1", "5.10"), ("7.1230000", "7.123"), ("100.0000", "100.00")]
        {
            assert_eq!(money(text).at_least_two_decimals().to_string(), printed);
        }
    }

    #[test]
    fn reads_json_numbers_and_strings_and_writes_numbers() {
        #[derive(Deserialize, Serialize)]
        struct Body {
            amount: Money,
        }
        for (json, answer) in [
            (r#"{"amount":1000000.00}"#, r#"{"amount":1000000.00}"#),
            (r#"{"amount":"99.99"}"#, r#"{"amount":99.99}"#),
            (r#"{"amount":"\u0031"}"#, r#"{"amount":1}"#),
            (r#"{"amount": 0.10 }"#, r#"{"amount":0.10}"#),
            (r#"{"amount":1e2}"#, r#"{"amount":100}"#),
        ] {
            let body: Body = serde_json::from_str(json).expect(json);
            assert_eq!(serde_json::to_string(&body).expect(json), answer);
        }
        for json in ["1e400", "\"abc\"", "true", "null", "[]", "{}", "\"\"", "NaN"] {
            let body = format!(r#"{{"amount":{json}}}"#);
            assert!(serde_json::from_str::<Body>(&body).is_err(), "{json}");
        }
    }

    #[test]
    fn reads_only_strings_from_a_book() {
        #[derive(Deserialize)]
        struct Line {
            #[serde(deserialize_with = "decimal_string::required")]
            amount: Money,
            #[serde(default, deserialize_with = "decimal_string::optional")]
            usage: Option<Quantity>,
        }
        let line: Line = serde_json::from_str(r#"{"amount":"-0.00","usage":"4"}"#).expect("line");
        assert_eq!(line.amount.to_string(), "0.00");
        assert_eq!(line.usage.map(|usage| usage.to_string()).as_deref(), Some("4"));
        let line: Line = serde_json::from_str(r#"{"amount":"1"}"#).expect("line");
        assert!(line.usage.is_none());
        for json in [r#"{"amount":1}"#, r#"{"amount":"1","usage":null}"#, r#"{}"#] {
            assert!(serde_json::from_str::<Line>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn records_keep_the_digits() {
        let bytes = minicbor::to_vec(money("12.50")).expect("encodes");
        let read: Money = minicbor::decode(&bytes).expect("decodes");
        assert_eq!(read.to_string(), "12.50");
    }
}
