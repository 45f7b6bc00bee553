//! Query parameters, each read once and strictly.
//!
//! A parameter that says nothing is `name` left out or `name=` with nothing after it. Clients also
//! send the literals `""` and `null`, and the contract says for each parameter what they mean
//! (`when_absent` in `tests/contract/operations.json`); [`Text`] states it.

use super::body::Reading;
use super::refusal::Refusal;
use crate::security::signature::decode_query;
use crate::value::page::Slice;
use crate::value::text::is_deceptive;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The two double quotes that some clients send for an empty string.
const EMPTY_STRING: &str = "\"\"";
const NULL: &str = "null";

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
    /// What nothing after the equals sign means.
    pub empty: Literal,
    /// What `""` means.
    pub empty_string: Literal,
    /// What `null` means.
    pub null: Literal,
}

impl Text {
    /// Any text of at most 256 characters, literals included.
    pub const ANY: Self = Self {
        length_max: 256,
        empty: Literal::Absent,
        empty_string: Literal::Value,
        null: Literal::Value,
    };

    /// Any text of at most 256 characters but `""`.
    pub const NOT_EMPTY_STRING: Self = Self { empty_string: Literal::Rejected, ..Self::ANY };

    /// An identifier: at most 64 characters.
    pub const ID: Self = Self { length_max: 64, ..Self::ANY };
}

/// How `offset` and `limit` are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRule {
    /// Largest offset.
    pub offset_max: u32,
    /// What an offset without a limit means.
    pub offset_alone: Literal,
    /// How many records there are without a limit.
    pub limit_default: u32,
    /// Least and largest limit.
    pub limits: RangeInclusive<u32>,
    /// What `null` means.
    pub null: Literal,
}

impl PageRule {
    /// What most operations say.
    pub const USUAL: Self = Self {
        offset_max: 2_147_483_647,
        offset_alone: Literal::Value,
        limit_default: 10,
        limits: 1..=100,
        null: Literal::Rejected,
    };

    /// The part of a list that a body names.
    ///
    /// # Errors
    /// Either number is out of range.
    pub fn slice(&self, offset: Option<u32>, limit: Option<u32>) -> Result<Slice, Refusal> {
        let in_range = |name, number: Option<u32>, range: RangeInclusive<u32>| match number {
            Some(number) if !range.contains(&number) => Err(out_of_range(name, range)),
            _ => Ok(number),
        };
        let offset = in_range("offset", offset, 0..=self.offset_max)?;
        let limit = in_range("limit", limit, self.limits.clone())?;
        Ok(self.bounded(offset, limit))
    }

    fn bounded(&self, offset: Option<u32>, limit: Option<u32>) -> Slice {
        let counts = limit.is_some() || self.offset_alone == Literal::Value;
        let offset = offset.filter(|_| counts).unwrap_or(0);
        let limit = usize::try_from(limit.unwrap_or(self.limit_default)).unwrap_or(usize::MAX);
        Slice { offset: offset.into(), limit }
    }
}

/// The parameters of a query that have not been read yet.
#[derive(Debug)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Hands the parameters to `read` and refuses those it has not asked for, if `reading` says so.
    pub(crate) fn read<T>(
        raw: &str,
        read: impl FnOnce(&mut Self) -> Result<T, Refusal>,
        reading: impl FnOnce() -> Result<Reading, Refusal>,
    ) -> Result<T, Refusal> {
        let mut query = Self::parse(raw)?;
        let value = read(&mut query)?;
        if !query.pairs.is_empty() && reading()? == Reading::Strict {
            query.finish()?;
        }
        Ok(value)
    }

    /// Splits and decodes a query exactly as its signature was verified.
    fn parse(raw: &str) -> Result<Self, Refusal> {
        let pairs = decode_query(raw)
            .map_err(|_| Refusal::Parameter("The query is not well-formed".to_owned()))?;
        if pairs
            .iter()
            .any(|(name, value)| [name, value].iter().any(|it| it.contains(is_deceptive)))
        {
            let problem = "The query has NUL or a control of the direction of text in it";
            return Err(Refusal::Parameter(problem.to_owned()));
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
        let Some(value) = self.take_any(name)? else {
            return Ok(None);
        };
        let literal = match value.as_str() {
            "" => rule.empty,
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

    /// Refuses a parameter that is the literal `null`, where the rule for its page takes it for
    /// nothing.
    ///
    /// # Errors
    /// The parameter is `null`.
    pub fn refuse_null(&self, name: &str) -> Result<(), Refusal> {
        if self.pairs.iter().any(|(known, value)| known == name && value == NULL) {
            return Err(Refusal::parameter(name, "must not be null"));
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
        self.take(name)?.map(|value| from_code(&value).ok_or_else(|| not_listed(name))).transpose()
    }

    /// As [`choice`](Self::choice), for a parameter whose other values, as the contract says, are
    /// ignored. Too long a one is refused.
    ///
    /// # Errors
    /// The value is longer than `length_max` characters.
    pub fn choice_or_ignored<T>(
        &mut self,
        name: &str,
        length_max: usize,
        from_code: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let value = self.text(name, Text { length_max, ..Text::ANY })?;
        Ok(value.and_then(|value| from_code(&value)))
    }

    /// The values of a parameter that may be given several times, each one of the texts that the
    /// contract lists. Given once with nothing after the equals sign, it is an empty list.
    ///
    /// # Errors
    /// There are more than `count_max`, or one is another text.
    pub fn choices<T>(
        &mut self,
        name: &str,
        count_max: usize,
        from_code: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<Vec<T>>, Refusal> {
        let Some(values) = self.list(name, count_max)? else {
            return Ok(None);
        };
        let choice = |value: &String| from_code(value).ok_or_else(|| not_listed(name));
        values.iter().map(choice).collect::<Result<Vec<T>, Refusal>>().map(Some)
    }

    /// The values of a parameter that may be given several times. Given once with nothing after
    /// the equals sign, it is an empty list.
    ///
    /// # Errors
    /// There are more than `count_max`, or one is too long or a literal that is refused.
    pub fn texts(
        &mut self,
        name: &str,
        count_max: usize,
        rule: Text,
    ) -> Result<Option<Vec<String>>, Refusal> {
        let Some(values) = self.list(name, count_max)? else {
            return Ok(None);
        };
        let text = |value| Self { pairs: vec![(name.to_owned(), value)] }.text(name, rule);
        let texts: Result<Vec<Option<String>>, Refusal> = values.into_iter().map(text).collect();
        Ok(Some(texts?.into_iter().flatten().collect()))
    }

    fn list(&mut self, name: &str, count_max: usize) -> Result<Option<Vec<String>>, Refusal> {
        let mut values = self.take_all(name);
        if values.is_empty() {
            return Ok(None);
        }
        if let [only] = &values[..]
            && only.is_empty()
        {
            values.clear();
        }
        if values.len() > count_max {
            let problem = format!("must have at most {count_max} values");
            return Err(Refusal::parameter(name, &problem));
        }
        Ok(Some(values))
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
        let value = self.take(name)?.filter(|value| value != NULL);
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
        self.take(name)?
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
    pub fn slice(
        &mut self,
        limit_default: u32,
        limits: RangeInclusive<u32>,
    ) -> Result<Slice, Refusal> {
        self.slice_by(&PageRule { limit_default, limits, ..PageRule::USUAL })
    }

    /// `offset` and `limit`, as a rule has them.
    ///
    /// # Errors
    /// Either is not a whole number or out of range.
    pub fn slice_by(&mut self, rule: &PageRule) -> Result<Slice, Refusal> {
        let offset = self.number("offset", 0..=rule.offset_max, rule.null)?;
        let limit = self.number("limit", rule.limits.clone(), rule.null)?;
        Ok(rule.bounded(offset, limit))
    }

    fn number(
        &mut self,
        name: &str,
        range: RangeInclusive<u32>,
        null: Literal,
    ) -> Result<Option<u32>, Refusal> {
        let value = self.take(name)?;
        let Some(value) = value.filter(|value| null != Literal::Absent || value != NULL) else {
            return Ok(None);
        };
        let number = digits(&value).filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| out_of_range(name, range))
    }

    /// Removes a parameter. One with nothing after the equals sign says nothing.
    fn take(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        Ok(self.take_any(name)?.filter(|value| !value.is_empty()))
    }

    /// Removes a parameter that must not be given twice.
    fn take_any(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let mut values = self.take_all(name);
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(Refusal::parameter(name, "is given twice")),
        }
    }

    /// Removes a parameter, however often it is given. The values are in the order sent.
    fn take_all(&mut self, name: &str) -> Vec<String> {
        let pairs = std::mem::take(&mut self.pairs).into_iter();
        let (named, others): (Vec<_>, Vec<_>) = pairs.partition(|(known, _)| known == name);
        self.pairs = others;
        named.into_iter().map(|(_, value)| value).collect()
    }
}

fn out_of_range(name: &str, range: RangeInclusive<u32>) -> Refusal {
    let (least, most) = range.into_inner();
    Refusal::parameter(name, &format!("must be a whole number from {least} to {most}"))
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
    use crate::value::time::Month;

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
        let twice = query("a=1&b=2&%61=1").text("a", Text::ANY);
        assert_eq!(refused(twice), "a: is given twice");
        let twice = query("limit=&limit=").slice(10, 1..=100);
        assert_eq!(refused(twice), "limit: is given twice");
        assert_eq!(refused(query("a=1").finish()), "a: is not a parameter of this API");
        assert_eq!(refused(Query::parse("a=%ff")), "The query is not well-formed");
        for deceptive in ["a=%00", "a%E2%80%AE=1", "a=x%e2%81%a9"] {
            assert!(refused(Query::parse(deceptive)).contains("direction"), "{deceptive}");
        }
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
    fn a_list_is_a_parameter_given_several_times() {
        let texts = |raw: &str| query(raw).texts("a", 2, Text::ID);
        let list = |values: &[&str]| Ok(Some(values.iter().map(|it| (*it).to_owned()).collect()));
        assert_eq!(texts("b=1"), Ok(None));
        assert_eq!(texts("a="), list(&[]));
        assert_eq!(texts("a=2&b=x&a=1"), list(&["2", "1"]));
        assert_eq!(texts("a=null&a="), list(&["null"]));
        assert_eq!(refused(texts("a=1&a=2&a=3")), "a: must have at most 2 values");
        assert!(refused(texts(&format!("a=1&a={}", "x".repeat(65)))).starts_with("a: must have"));
        let choices = |raw: &str| query(raw).choices("a", 2, yes);
        assert_eq!(choices(""), Ok(None));
        assert_eq!(choices("a"), Ok(Some(vec![])));
        assert_eq!(choices("a=yes&a=yes"), Ok(Some(vec![true, true])));
        for raw in ["a=yes&a=no", "a=yes&a=", "a=yes,yes", "a=null"] {
            assert_eq!(refused(choices(raw)), NOT_LISTED, "{raw}");
        }
    }

    #[test]
    fn some_parameters_ignore_what_is_not_listed() {
        let choice = |raw: &str| query(raw).choice_or_ignored("a", 8, yes);
        assert_eq!(choice("a=yes"), Ok(Some(true)));
        for raw in ["", "a=", "a=no", "a=null", "a=%22%22"] {
            assert_eq!(choice(raw), Ok(None), "{raw}");
        }
        assert_eq!(refused(choice("a=yesyesyes")), "a: must have at most 8 characters");
    }

    #[test]
    fn an_empty_value_can_be_one() {
        let rule = Text { empty: Literal::Value, ..Text::ID };
        assert_eq!(query("a=").text("a", rule), Ok(Some(String::new())));
        assert_eq!(query("").text("a", rule), Ok(None));
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
        let page = |raw: &str| query(raw).slice(10, 1..=100);
        assert_eq!(page(""), Ok(Slice { offset: 0, limit: 10 }));
        assert_eq!(page("limit=&offset="), Ok(Slice { offset: 0, limit: 10 }));
        assert_eq!(page("limit=100&offset=7"), Ok(Slice { offset: 7, limit: 100 }));
        assert_eq!(page("offset=2147483647").map(|page| page.offset), Ok(2_147_483_647));
        for raw in ["0", "101", "-1", "+1", "abc", "1.0", "%201", "99999999999", "null"] {
            let problem = refused(page(&format!("limit={raw}")));
            assert_eq!(problem, "limit: must be a whole number from 1 to 100", "{raw}");
        }
        assert!(refused(page("offset=-1")).starts_with("offset: must be a whole number from 0"));
        assert!(refused(page("offset=2147483648")).starts_with("offset"));
        assert_eq!(query("limit=0").slice(10, 0..=1000).map(|page| page.limit), Ok(0));
    }

    #[test]
    fn a_rule_of_pages_says_more() {
        let rule = PageRule {
            offset_max: 7,
            offset_alone: Literal::Absent,
            null: Literal::Absent,
            ..PageRule::USUAL
        };
        let page = |raw: &str| query(raw).slice_by(&rule);
        assert_eq!(page("offset=7&limit=3"), Ok(Slice { offset: 7, limit: 3 }));
        assert_eq!(page("offset=7"), Ok(Slice { offset: 0, limit: 10 }));
        assert_eq!(page("offset=null&limit=null"), Ok(Slice { offset: 0, limit: 10 }));
        assert!(
            refused(page("offset=8")).starts_with("offset: must be a whole number from 0 to 7")
        );
        assert_eq!(rule.slice(Some(7), Some(100)), Ok(Slice { offset: 7, limit: 100 }));
        assert_eq!(rule.slice(None, None), Ok(Slice { offset: 0, limit: 10 }));
        assert!(refused(rule.slice(Some(8), None)).starts_with("offset: "));
        assert!(refused(rule.slice(None, Some(0))).starts_with("limit: "));
        assert!(refused(rule.slice(None, Some(101))).starts_with("limit: "));
    }
}
