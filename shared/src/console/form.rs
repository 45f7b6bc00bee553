//! What a page posts: `application/x-www-form-urlencoded`, as browsers write it, or
//! `multipart/form-data` where the form has a file.

use crate::api::{BODY_BYTES_MAX, Refusal};
use crate::console::multipart::{self, Part};
use crate::console::visit::{CLIENT_TOKEN, FORM_TOKEN};
use crate::security::signature::decode_query;
use crate::value::text::is_deceptive;
use std::fmt::Display;
use std::str::FromStr;

/// Largest form without a file. The longest field of any page has a list of a thousand customers.
const FIELDS_BYTES_MAX: usize = 128 * 1024;

/// A form without a file; browsers add no parameters to it.
const FIELDS_TYPE: &str = "application/x-www-form-urlencoded";

/// How a form is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Pairs, as in a query.
    Fields,
    /// Parts between boundaries, one of which is a file.
    Parts {
        /// What stands between them.
        boundary: String,
    },
}

impl Encoding {
    /// How a body of this type is written; `None` if it is no form.
    pub(super) fn of(content_type: Option<&str>) -> Option<Self> {
        let content_type = content_type?;
        let kind = content_type.split(';').next().unwrap_or_default();
        if kind.trim().eq_ignore_ascii_case(FIELDS_TYPE) {
            return Some(Self::Fields);
        }
        let boundary = multipart::boundary(content_type)?.to_owned();
        Some(Self::Parts { boundary })
    }

    /// Largest body.
    pub(super) fn bytes_max(&self) -> usize {
        match self {
            Self::Fields => FIELDS_BYTES_MAX,
            Self::Parts { .. } => BODY_BYTES_MAX,
        }
    }
}

/// The fields of a form. A field that is not there says the same as an empty one.
#[derive(Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    /// The file, with the name of its field.
    file: Option<(String, Vec<u8>)>,
}

impl Form {
    /// Reads the fields of a body, and its file.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for a body that is no form, or has characters that deceive a reader.
    pub(super) fn parse(encoding: &Encoding, body: &[u8]) -> Result<Self, Refusal> {
        let malformed = || Refusal::Parameter("The form is not well-formed".to_owned());
        let Self { fields, file } = match encoding {
            Encoding::Fields => {
                let text = str::from_utf8(body).map_err(|_| malformed())?;
                let fields = decode_query(text).map_err(|_| malformed())?;
                Self { fields, file: None }
            }
            Encoding::Parts { boundary } => {
                let parts = multipart::parts(body, boundary).ok_or_else(malformed)?;
                Self::of_parts(parts).ok_or_else(malformed)?
            }
        };
        if fields.iter().any(|(_, value)| value.contains(is_deceptive)) {
            let problem = "The form has NUL or a control of the direction of text in it";
            return Err(Refusal::Parameter(problem.to_owned()));
        }
        Ok(Self { fields, file })
    }

    /// `None` where a field is no text, or where there are several files.
    fn of_parts(parts: Vec<Part<'_>>) -> Option<Self> {
        let mut form = Self::default();
        for Part { name, is_file, content } in parts {
            if is_file {
                let before = form.file.replace((name.to_owned(), content.to_vec()));
                if before.is_some() {
                    return None;
                }
            } else {
                let text = str::from_utf8(content).ok()?;
                form.fields.push((name.to_owned(), text.to_owned()));
            }
        }
        Some(form)
    }

    /// The file of a field.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] where none was chosen, or an empty one.
    pub fn into_file(self, name: &str) -> Result<Vec<u8>, Refusal> {
        match self.file {
            Some((known, content)) if known == name && !content.is_empty() => Ok(content),
            _ => Err(Refusal::parameter(name, "must be a file that is not empty")),
        }
    }

    /// What a field says, without the blanks around it; the first one where there are several.
    pub fn text(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// What all fields of this name say: boxes that are ticked have one each.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter().filter(move |(known, _)| known == name);
        fields.map(|(_, value)| value.trim())
    }

    /// Whether the page that says what will happen was confirmed.
    pub fn is_confirmed(&self) -> bool {
        !self.text("confirmed").is_empty()
    }

    /// The fields that a form asks for, without those that all forms have.
    pub fn asked(&self) -> impl Iterator<Item = (&str, &str)> {
        let of_all = [FORM_TOKEN, CLIENT_TOKEN, "confirmed"];
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value.trim()));
        fields.filter(move |(name, _)| !of_all.contains(name))
    }

    /// As [`text`](Self::text), `None` where it says nothing.
    pub fn filled(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The words of a field: a list that someone types, with blanks, commas or lines between.
    pub fn words(&self, name: &str) -> Vec<&str> {
        let is_gap = |character: char| character.is_whitespace() || matches!(character, ',' | '，');
        self.text(name).split(is_gap).filter(|word| !word.is_empty()).collect()
    }

    /// A value of a type with a text form of its own.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] where the field is empty or does not have that form.
    pub fn value<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Refusal> {
        let text = self.text(name);
        if text.is_empty() {
            return Err(Refusal::parameter(name, "is required"));
        }
        text.parse().map_err(|error: T::Err| Refusal::parameter(name, &error.to_string()))
    }

    /// As [`value`](Self::value), `None` where the field says nothing.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] where it does not have that form.
    pub fn optional<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Refusal> {
        if self.text(name).is_empty() { Ok(None) } else { self.value(name).map(Some) }
    }
}
