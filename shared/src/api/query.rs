//! Query parameters, each read once and strictly.
//!
//! A parameter that says nothing is `name` left out or `name=` with nothing after it. Clients also
//! send the literals `""` and `null`, and the contract says for each parameter what they mean
//! (`when_absent` in `tests/contract/operations.json`); [`Text`] states it.

use super::refusal::Refusal;
use crate::signature::decode_query;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The two double quotes that some clients send for an empty string.
const EMPTY_STRING: &str = "\"\"";
const NULL: &str = "null";

const OFFSET_MAX: u32 = 2_147_483_647;

/// What the literal `""` or `null` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// It is a value like any other.
    Value,
    /// As if the parameter had been left out.
    Absent,
    /// It is refused.
    Rejected,
}

/// How a text parameter is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Longest value, in characters.
    pub length_max: usize,
    /// What `""` means.
    pub empty_string: Literal,
    /// What `null` means.
    pub null: Literal,
}

impl Text {
    /// Any text of at most 256 characters, literals included.
    pub const ANY: Self =
        Self { length_max: 256, empty_string: Literal::Value, null: Literal::Value };

    /// Any text of at most 256 characters but `""`.
    pub const NOT_EMPTY_STRING: Self = Self { empty_string: Literal::Rejected, ..Self::ANY };

    /// An identifier: at most 64 characters.
    pub const ID: Self = Self { length_max: 64, ..Self::ANY };
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Records left out before the first one.
    pub offset: u64,
    /// Records at most.
    pub limit: usize,
}

/// The parameters of a query that have not been read yet.
#[derive(Debug)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Hands the parameters to `read` and refuses those it has not asked for.
    pub(super) fn read<T>(
        raw: &str,
        read: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut query = Self::parse(raw)?;
        let value = read(&mut query)?;
        query.finish()?;
        Ok(value)
    }

    /// Splits and decodes a query exactly as its signature was verified.
    fn parse(raw: &str) -> Result<Self, Refusal> {
        let pairs = decode_query(raw)
            .map_err(|_| Refusal::Parameter("The query is not well-formed".to_owned()))?;
        for (index, (name, _)) in pairs.iter().enumerate() {
            if pairs[..index].iter().any(|(known, _)| known == name) {
                return Err(Refusal::parameter(name, "is given twice"));
            }
        }
        Ok(Self { pairs })
    }

    /// Ends the reading: a parameter that nobody asked for is refused.
    fn finish(self) -> Result<(), Refusal> {
        match self.pairs.first() {
            Some((name, _)) => Err(Refusal::parameter(name, "is not a parameter of this API")),
            None => Ok(()),
        }
    }

    /// A text, or nothing.
    ///
    /// # Errors
    /// The value is too long or a literal that is refused.
    pub fn text(&mut self, name: &str, rule: Text) -> Result<Option<String>, Refusal> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let literal = match value.as_str() {
            EMPTY_STRING => rule.empty_string,
            NULL => rule.null,
            _ => Literal::Value,
        };
        match literal {
            Literal::Absent => Ok(None),
            Literal::Rejected => Err(Refusal::parameter(name, "must not be empty")),
            Literal::Value if value.chars().count() > rule.length_max => {
                let problem = format!("must have at most {} characters", rule.length_max);
                Err(Refusal::parameter(name, &problem))
            }
            Literal::Value => Ok(Some(value)),
        }
    }

    /// Refuses a parameter that is there with nothing after the equals sign: mostly that says
    /// nothing, but not where the contract rejects it.
    ///
    /// # Errors
    /// The parameter is empty.
    pub fn refuse_empty(&self, name: &str) -> Result<(), Refusal> {
        if self.pairs.iter().any(|(known, value)| known == name && value.is_empty()) {
            return Err(Refusal::parameter(name, "must not be empty"));
        }
        Ok(())
    }

    /// One of the texts that the contract lists, or nothing. `from_code` knows them.
    ///
    /// # Errors
    /// Another text, the literals `""` and `null` among them.
    pub fn choice<T>(
        &mut self,
        name: &str,
        from_code: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        self.take(name).map(|value| from_code(&value).ok_or_else(|| not_listed(name))).transpose()
    }

    /// One of the numbers that the contract lists, or nothing. `null` is nothing, too.
    ///
    /// # Errors
    /// Another value.
    pub fn number_choice<T>(
        &mut self,
        name: &str,
        from_code: impl Fn(i64) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let value = self.take(name).filter(|value| value != NULL);
        value
            .map(|value| digits(&value).and_then(|number| from_code(number.into())))
            .map(|choice| choice.ok_or_else(|| not_listed(name)))
            .transpose()
    }

    /// A value of a type with a text form of its own, or nothing.
    ///
    /// # Errors
    /// The value does not have that form.
    pub fn value<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<Option<T>, Refusal> {
        self.take(name)
            .map(|value| value.parse())
            .transpose()
            .map_err(|error: T::Err| Refusal::parameter(name, &error.to_string()))
    }

    /// As [`value`](Self::value), and the parameter must be there.
    ///
    /// # Errors
    /// The parameter is missing or does not have that form.
    pub fn required<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<T, Refusal> {
        self.value(name)?.ok_or_else(|| Refusal::parameter(name, "is required"))
    }

    /// As [`choice`](Self::choice), and the parameter must be there.
    ///
    /// # Errors
    /// The parameter is missing or has another value.
    pub fn required_choice<T>(
        &mut self,
        name: &str,
        from_code: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Refusal> {
        self.choice(name, from_code)?.ok_or_else(|| Refusal::parameter(name, "is required"))
    }

    /// `offset` and `limit`: by default the first `limit_default` records.
    ///
    /// # Errors
    /// Either is not a whole number or out of range.
    pub fn page(
        &mut self,
        limit_default: u32,
        limits: RangeInclusive<u32>,
    ) -> Result<Page, Refusal> {
        let offset = self.number("offset", 0..=OFFSET_MAX)?.unwrap_or(0);
        let limit = self.number("limit", limits)?.unwrap_or(limit_default);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(Page { offset: offset.into(), limit })
    }

    fn number(&mut self, name: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, Refusal> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match digits(&value).filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let (least, most) = range.into_inner();
                let problem = format!("must be a whole number from {least} to {most}");
                Err(Refusal::parameter(name, &problem))
            }
        }
    }

    /// Removes a parameter. One with nothing after the equals sign says nothing.
    fn take(&mut self, name: &str) -> Option<String> {
        let index = self.pairs.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.pairs.swap_remove(index);
        Some(value).filter(|value| !value.is_empty())
    }
}

/// A number as plain digits: `parse` alone would also take a sign.
fn digits(value: &str) -> Option<u32> {
    value.parse().ok().filter(|_| value.bytes().all(|byte| byte.is_ascii_digit()))
}

fn not_listed(name: &str) -> Refusal {
    Refusal::parameter(name, "is none of the documented values")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Month;

    const NOT_LISTED: &str = "a: is none of the documented values";

    fn query(raw: &str) -> Query {
        Query::parse(raw).expect("the query parses")
    }

    fn one_or_three(code: i64) -> Option<i64> {
        [1, 3].contains(&code).then_some(code)
    }

    fn yes(code: &str) -> Option<bool> {
        (code == "yes").then_some(true)
    }

    fn refused<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> String {
        match outcome {
            Err(Refusal::Parameter(problem)) => problem,
            other => panic!("not refused as a parameter: {other:?}"),
        }
    }

    #[test]
    fn decodes_names_and_values_as_forms_write_them() {
        let mut query = query("na%6De=a%20b+c%2Bd&%C3%A4=%E4%BD%A0&&");
        assert_eq!(query.text("name", Text::ANY), Ok(Some("a b c+d".to_owned())));
        assert_eq!(query.text("ä", Text::ANY), Ok(Some("你".to_owned())));
        assert_eq!(query.finish(), Ok(()));
    }

    #[test]
    fn refuses_what_is_given_twice_unknown_or_no_utf_8() {
        assert_eq!(refused(Query::parse("a=1&b=2&%61=1")), "a: is given twice");
        assert_eq!(refused(query("a=1").finish()), "a: is not a parameter of this API");
        assert_eq!(refused(Query::parse("a=%ff")), "The query is not well-formed");
    }

    #[test]
    fn omitted_and_empty_parameters_say_nothing() {
        for raw in ["", "a", "a="] {
            assert_eq!(query(raw).text("a", Text::NOT_EMPTY_STRING), Ok(None));
            assert_eq!(query(raw).choice("a", yes), Ok(None));
            assert_eq!(query(raw).number_choice("a", one_or_three), Ok(None));
            assert_eq!(query(raw).value::<Month>("a"), Ok(None));
            assert_eq!(refused(query(raw).required::<Month>("a")), "a: is required");
            assert_eq!(refused(query(raw).required_choice("a", yes)), "a: is required");
        }
    }

    #[test]
    fn an_empty_parameter_can_be_refused() {
        for raw in ["", "b=", "a=1"] {
            assert_eq!(query(raw).refuse_empty("a"), Ok(()));
        }
        for raw in ["a", "a=", "b=1&a="] {
            assert_eq!(refused(query(raw).refuse_empty("a")), "a: must not be empty");
        }
    }

    #[test]
    fn literals_mean_what_the_parameter_says() {
        let null_is_absent = Text { null: Literal::Absent, ..Text::ANY };
        let null_is_rejected = Text { null: Literal::Rejected, ..Text::ANY };
        let value = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(query("a=%22%22").text("a", Text::ANY), value("\"\""));
        assert_eq!(query("a=null").text("a", Text::ANY), value("null"));
        assert_eq!(query("a=null").text("a", Text::NOT_EMPTY_STRING), value("null"));
        assert_eq!(query("a=null").text("a", null_is_absent), Ok(None));
        let problem = "a: must not be empty";
        assert_eq!(refused(query("a=null").text("a", null_is_rejected)), problem);
        assert_eq!(refused(query("a=\"\"").text("a", Text::NOT_EMPTY_STRING)), problem);
        assert_eq!(query("a=null").number_choice("a", one_or_three), Ok(None));
        assert_eq!(refused(query("a=null").choice("a", yes)), NOT_LISTED);
    }

    #[test]
    fn takes_listed_values_only() {
        assert_eq!(query("a=yes").choice("a", yes), Ok(Some(true)));
        assert_eq!(query("a=3").number_choice("a", one_or_three), Ok(Some(3)));
        for raw in ["a=2", "a=-1", "a=%22%22", "a=03x", "a=%2B1"] {
            assert_eq!(refused(query(raw).number_choice("a", one_or_three)), NOT_LISTED, "{raw}");
            assert_eq!(refused(query(raw).choice("a", yes)), NOT_LISTED, "{raw}");
        }
    }

    #[test]
    fn says_which_form_a_value_must_have() {
        let problem = refused(query("a=2026-13").value::<Month>("a"));
        assert_eq!(problem, "a: must be a valid month YYYY-MM");
    }

    #[test]
    fn counts_characters_and_not_bytes() {
        let long = "你".repeat(64);
        assert_eq!(query(&format!("a={long}")).text("a", Text::ID), Ok(Some(long.clone())));
        let problem = refused(query(&format!("a={long}x")).text("a", Text::ID));
        assert_eq!(problem, "a: must have at most 64 characters");
    }

    #[test]
    fn pages_default_and_stay_in_range() {
        let page = |raw: &str| query(raw).page(10, 1..=100);
        assert_eq!(page(""), Ok(Page { offset: 0, limit: 10 }));
        assert_eq!(page("limit=&offset="), Ok(Page { offset: 0, limit: 10 }));
        assert_eq!(page("limit=100&offset=7"), Ok(Page { offset: 7, limit: 100 }));
        assert_eq!(page("offset=2147483647").map(|page| page.offset), Ok(2_147_483_647));
        for raw in ["0", "101", "-1", "+1", "abc", "1.0", "%201", "99999999999", "null"] {
            let problem = refused(page(&format!("limit={raw}")));
            assert_eq!(problem, "limit: must be a whole number from 1 to 100", "{raw}");
        }
        assert!(refused(page("offset=-1")).starts_with("offset: must be a whole number from 0"));
        assert!(refused(page("offset=2147483648")).starts_with("offset"));
        assert_eq!(query("limit=0").page(10, 0..=1000).map(|page| page.limit), Ok(0));
    }
}
