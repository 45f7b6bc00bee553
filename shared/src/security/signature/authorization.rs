//! The `Authorization` header of a signed request.

use std::fmt;

use super::{ALGORITHM, AUTHORIZATION, SignatureError};

const HEADER_BYTES_MAX: usize = 8 * 1024;
const ACCESS_KEY_ID_BYTES_MAX: usize = 128;
const SIGNED_HEADERS_MAX: usize = 64;

/// What a client claims: who it is, which headers it signed, and the signature.
///
/// Written as every SDK writes it:
/// `SDK-HMAC-SHA256 Access=<id>, SignedHeaders=<name>;<name>, Signature=<64 hex digits>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    access_key_id: String,
    signed_headers: Vec<String>,
    signature: [u8; 32],
}

impl Authorization {
    /// Reads the one `Authorization` header of a request.
    ///
    /// The parts come in the SDKs' order; spaces around the commas may be missing or more than
    /// one. Names and signature must be in lower case, as all SDKs write them.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Missing`] without the header, [`SignatureError::HeaderRepeated`] with
    /// two of them or a name listed twice, [`SignatureError::UnsupportedAlgorithm`] for another
    /// algorithm or a bearer token, otherwise [`SignatureError::Malformed`].
    pub fn parse(headers: &[(String, Vec<u8>)]) -> Result<Self, SignatureError> {
        let mut values = headers.iter().filter(|(name, _)| name == AUTHORIZATION);
        let (_, value) = values.next().ok_or(SignatureError::Missing)?;
        if values.next().is_some() {
            return Err(SignatureError::HeaderRepeated(AUTHORIZATION.to_owned()));
        }
        if value.len() > HEADER_BYTES_MAX {
            return Err(MALFORMED);
        }
        let value = std::str::from_utf8(value).map_err(|_| MALFORMED)?;
        Self::parse_value(value.trim_matches(BLANK))
    }

    fn parse_value(value: &str) -> Result<Self, SignatureError> {
        let (algorithm, rest) = value.split_once(' ').unwrap_or((value, ""));
        if algorithm != ALGORITHM {
            return Err(SignatureError::UnsupportedAlgorithm);
        }
        let mut fields = rest.split(',').map(|field| field.trim_matches(BLANK));
        let mut field = |name: &str| {
            let text = fields.next().and_then(|field| field.strip_prefix(name));
            text.and_then(|text| text.strip_prefix('=')).ok_or(MALFORMED)
        };
        let access_key_id = field("Access")?;
        let signed_headers = field("SignedHeaders")?.split(';').map(str::to_owned).collect();
        let signature = parse_signature(field("Signature")?).ok_or(MALFORMED)?;
        if fields.next().is_some() {
            return Err(MALFORMED);
        }
        Self::new(access_key_id, signed_headers, signature)
    }

    /// Checks the parts of an authorisation, whether read or about to be written.
    pub(super) fn new(
        access_key_id: &str,
        signed_headers: Vec<String>,
        signature: [u8; 32],
    ) -> Result<Self, SignatureError> {
        let id_is_right = (1..=ACCESS_KEY_ID_BYTES_MAX).contains(&access_key_id.len())
            && access_key_id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        let names_are_right = (1..=SIGNED_HEADERS_MAX).contains(&signed_headers.len())
            && signed_headers.iter().all(|name| is_header_name(name));
        if !id_is_right || !names_are_right {
            return Err(MALFORMED);
        }
        for (at, name) in signed_headers.iter().enumerate() {
            if signed_headers[..at].contains(name) {
                return Err(SignatureError::HeaderRepeated(name.clone()));
            }
        }
        Ok(Self { access_key_id: access_key_id.to_owned(), signed_headers, signature })
    }

    /// The access key that the client says it signed with: 1 to 128 visible ASCII characters.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The signed header names, in lower case, each once, in the client's order.
    pub fn signed_headers(&self) -> &[String] {
        &self.signed_headers
    }

    /// Whether the signature covers the header `name` (in lower case).
    pub fn signs(&self, name: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed == name)
    }

    pub(super) fn signature(&self) -> &[u8; 32] {
        &self.signature
    }
}

const BLANK: [char; 2] = [' ', '\t'];
const MALFORMED: SignatureError = SignatureError::Malformed(AUTHORIZATION);

impl fmt::Display for Authorization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{ALGORITHM} Access={}, SignedHeaders={}, Signature={}",
            self.access_key_id,
            self.signed_headers.join(";"),
            hex::encode(self.signature),
        )
    }
}

/// Without the signature: within the clock window it is worth a request.
impl fmt::Debug for Authorization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Authorization")
            .field("access_key_id", &self.access_key_id)
            .field("signed_headers", &self.signed_headers)
            .field("signature", &format_args!("[redacted]"))
            .finish()
    }
}

fn parse_signature(text: &str) -> Option<[u8; 32]> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut signature = [0; 32];
    hex::decode_to_slice(text, &mut signature).ok()?;
    Some(signature)
}

/// A header name of RFC 9110 (a token), in lower case.
fn is_header_name(name: &str) -> bool {
    let is_name_byte = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
    };
    !name.is_empty() && name.bytes().all(is_name_byte)
}
