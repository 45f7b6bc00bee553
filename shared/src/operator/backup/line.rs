//! The lines of an export: each an object with one thing in it, and what it is checked by.
//!
//! ```text
//! {"export":{"format":1,…},"check":"…"}
//! {"record":{"key":"…","version":1,"value":"…"},"check":"…"}
//! {"access_key":{"id":"…","value":"…"},"check":"…"}
//! {"end":{"records":…,"access_keys":…},"check":"…"}
//! ```
//!
//! A record's key and value are bytes in Base64: those of the store, CBOR whose fields are numbered,
//! and never given another meaning under one version. The check is over the line's text before it
//! and all lines before that.

use crate::api::Refusal;
use crate::security::chain::{CHECK_BYTES, LineChain};
use crate::security::secret::MasterKey;
use crate::value::id::{AccessKeyId, TenantId};
use crate::value::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

/// The form of the lines. Another one that an older program would misread has the next number.
pub(super) const FORMAT: u16 = 1;

/// Longest line: that of the largest record.
pub(super) const LINE_BYTES_MAX: usize = 96 * 1024;

/// What stands between a line's content and what it is checked by.
const CHECK: &str = ",\"check\":\"";

/// What ends a line.
const END: &str = "\"}";

/// Bytes, in Base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base64(pub(super) Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(|_| de::Error::custom("must be Base64"))
    }
}

/// Bytes of a fixed number, as hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hex<const N: usize>(pub(super) [u8; N]);

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; N];
        let decoded = hex::decode_to_slice(text, &mut bytes);
        decoded.map_err(|_| de::Error::custom(format!("must be {} hexadecimal digits", 2 * N)))?;
        Ok(Self(bytes))
    }
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first one.
    Export(Header),
    /// A record, in the order of the keys.
    Record(Record),
    /// An access key, behind the records.
    AccessKey(KeyLine),
    /// The last one.
    End(Counts),
}

/// What an export is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) format: u16,
    /// By it a restore that is sent again is known.
    pub(super) export_id: Hex<16>,
    pub(super) exported_at: Timestamp,
    /// None of the catalogue.
    pub(super) tenant_id: Option<TenantId>,
    /// What the journal's chain begins with: the tenant, or the one that it was forked from.
    pub(super) name: String,
    pub(super) transactions: u64,
    /// Time of the last one, milliseconds since 1970.
    pub(super) time_ms: i64,
    /// The newest link of the journal's chain.
    pub(super) chain: Hex<32>,
    /// The key of the digests, sealed.
    pub(super) digest_key: Option<Base64>,
    /// What the tenant was registered with.
    pub(super) content: Option<Base64>,
    /// Names of the snapshots, which are not in the export.
    pub(super) snapshots: Vec<String>,
}

/// A record of the books or of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) key: Base64,
    pub(super) version: u16,
    pub(super) value: Base64,
}

/// An access key, its secret key sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyLine {
    pub(super) id: AccessKeyId,
    pub(super) value: Base64,
}

/// How many lines there are between the first and the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) records: u64,
    pub(super) access_keys: u64,
}

/// The chain of an export's lines.
pub(super) fn chain(key: &MasterKey) -> LineChain {
    LineChain::new(key, "export")
}

/// A line with its end.
pub(super) fn written(chain: &mut LineChain, line: &Line) -> Result<String, Refusal> {
    let text = serde_json::to_string(line);
    let mut text = text.map_err(|error| Refusal::Internal(format!("line as JSON: {error}")))?;
    text.pop();
    let check = chain.add(text.as_bytes());
    text.push_str(CHECK);
    text.push_str(&hex::encode(check));
    text.push_str(END);
    text.push('\n');
    Ok(text)
}

/// The line that a text is, if it is the next one of the chain.
pub(super) fn read(chain: &mut LineChain, text: &str) -> Result<Line, Refusal> {
    let content = checked(chain, text).ok_or_else(|| {
        let fault = "the line is not the one that was exported here under this key";
        Refusal::parameter("check", fault)
    })?;
    serde_json::from_str(&format!("{content}}}"))
        .map_err(|error| Refusal::parameter("line", &error.to_string()))
}

fn checked<'t>(chain: &mut LineChain, text: &'t str) -> Option<&'t str> {
    let (content, rest) = text.rsplit_once(CHECK)?;
    let mut check = [0; CHECK_BYTES];
    hex::decode_to_slice(rest.strip_suffix(END)?, &mut check).ok()?;
    chain.follow(content.as_bytes(), &check).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> MasterKey {
        MasterKey::parse(&"ab".repeat(32)).expect("a key")
    }

    fn record(key: &[u8]) -> Line {
        let (key, value) = (Base64(key.to_vec()), Base64(vec![0xff; 3]));
        Line::Record(Record { key, version: 1, value })
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let mut chain_out = chain(&key());
        let text = written(&mut chain_out, &record(b"a")).expect("written");
        let check = &text[text.len() - 35..text.len() - 3];
        let expected = format!(
            r#"{{"record":{{"key":"YQ==","version":1,"value":"////"}},"check":"{check}"}}"#
        );
        assert_eq!(text.trim_end(), expected);
        let mut chain_in = chain(&key());
        assert_eq!(read(&mut chain_in, text.trim_end()), Ok(record(b"a")));
        assert_eq!(chain_in.link(), chain_out.link());
    }

    #[test]
    fn the_largest_record_fits_a_line() {
        let (key_bytes, value) = (vec![0xff; 1024], vec![0xff; 64 * 1024]);
        let line = Record { key: Base64(key_bytes), version: u16::MAX, value: Base64(value) };
        let text = written(&mut chain(&key()), &Line::Record(line)).expect("written");
        assert!(text.len() < LINE_BYTES_MAX, "{}", text.len());
    }

    #[test]
    fn refuses_what_was_changed_before_it_is_read() {
        let text = written(&mut chain(&key()), &record(b"a")).expect("written");
        let text = text.trim_end();
        for (from, to) in [("YQ==", "Yg=="), ("\"}", "\" }"), ("check", "chek"), (":1", ": 1")] {
            let refusal = read(&mut chain(&key()), &text.replacen(from, to, 1));
            let Err(Refusal::Parameter(fault)) = refusal else { panic!("{from}: {refusal:?}") };
            assert!(fault.starts_with("check: "), "{fault}");
        }
    }
}
