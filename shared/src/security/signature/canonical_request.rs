//! The canonical request: one spelling of a request for everyone who signs or verifies it.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{HOST, SignatureError, SignedParts};

/// Everything but the unreserved characters of RFC 3986.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same for a whole path, whose segments are encoded one by one.
const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// The first stage: method, path, query, headers, names of the headers and hash of the body.
///
/// `signed_headers` are the names in lower case, in the order in which they are signed. `host`
/// is the value for the name `host`; `body_hash` is in lower-case hexadecimal. Header values go
/// in as bytes, because the SDKs send them as UTF-8 and sign the same bytes.
///
/// # Errors
///
/// [`SignatureError::Malformed`] for a method that is not letters, for a path or query with an
/// incomplete percent sequence or bytes that are not UTF-8 once decoded (two readers could take
/// it for different requests), and for a header value with a line break.
/// [`SignatureError::HeaderMissing`] and [`SignatureError::HeaderRepeated`] for a signed header
/// that is not there exactly once.
pub fn canonical_request(
    parts: &SignedParts<'_>,
    signed_headers: &[String],
    host: &str,
    body_hash: &str,
) -> Result<Vec<u8>, SignatureError> {
    if parts.method.is_empty() || !parts.method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(SignatureError::Malformed("the method"));
    }
    let mut text = parts.method.to_ascii_uppercase();
    text.push('\n');
    text.push_str(&canonical_uri(parts.path)?);
    text.push('\n');
    text.push_str(&canonical_query(parts.query)?);
    text.push('\n');

    let mut bytes = text.into_bytes();
    for name in signed_headers {
        let value = match name.as_str() {
            HOST => host.as_bytes(),
            name => header_once(parts.headers, name)?,
        };
        if value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | b'\0')) {
            return Err(SignatureError::Malformed("a header value"));
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b':');
        bytes.extend_from_slice(value.trim_ascii());
        bytes.push(b'\n');
    }
    bytes.push(b'\n');
    bytes.extend_from_slice(signed_headers.join(";").as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(body_hash.as_bytes());
    Ok(bytes)
}

/// Reads a raw query into its parameters, in the order of the request line.
///
/// This is how the signature reads it, so parameters of a verified request must be read this way
/// too: split at `&` only (`;` is data), `a` is `a` with an empty value, `+` is a
/// space (no SDK sends a plain `+` for anything else), empty pieces are dropped.
///
/// # Errors
///
/// [`SignatureError::Malformed`] for an incomplete percent sequence and for bytes that are not
/// UTF-8 once decoded.
pub fn decode_query(query: &str) -> Result<Vec<(String, String)>, SignatureError> {
    let decode_part = |text: &str| {
        let spaced = if text.contains('+') { text.replace('+', " ") } else { text.to_owned() };
        decode(&spaced).map(Cow::into_owned).ok_or(SignatureError::Malformed("the query"))
    };
    query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            Ok((decode_part(name)?, decode_part(value)?))
        })
        .collect()
}

/// The value of a header that must be there exactly once, without the blanks around it.
pub(super) fn header_once<'a>(
    headers: &'a [(String, Vec<u8>)],
    name: &str,
) -> Result<&'a [u8], SignatureError> {
    let mut values = headers.iter().filter(|(candidate, _)| candidate == name);
    let (_, value) = values.next().ok_or_else(|| SignatureError::HeaderMissing(name.to_owned()))?;
    if values.next().is_some() {
        return Err(SignatureError::HeaderRepeated(name.to_owned()));
    }
    Ok(value.trim_ascii())
}

/// The SDKs decode the whole path before they encode its segments and close it with a `/`.
fn canonical_uri(path: &str) -> Result<String, SignatureError> {
    let decoded = decode(path)
        .filter(|path| path.starts_with('/'))
        .ok_or(SignatureError::Malformed("the path"))?;
    let mut uri = utf8_percent_encode(&decoded, PATH).to_string();
    if !uri.ends_with('/') {
        uri.push('/');
    }
    Ok(uri)
}

/// Sorted by decoded name, then by decoded value, as the Python and Go SDKs do.
fn canonical_query(query: &str) -> Result<String, SignatureError> {
    let mut parameters = decode_query(query)?;
    parameters.sort();
    let mut text = String::with_capacity(query.len());
    for (name, value) in &parameters {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, COMPONENT));
        text.push('=');
        text.extend(utf8_percent_encode(value, COMPONENT));
    }
    Ok(text)
}

/// Percent-decodes, strictly: every `%` starts a sequence, and the result is UTF-8.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    let mut pieces = text.split('%');
    pieces.next();
    let is_sequence = |piece: &str| {
        let digits = piece.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !pieces.all(is_sequence) {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok()
}
