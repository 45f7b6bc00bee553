//! A form with a file: `multipart/form-data`, as browsers write it (RFC 7578).

/// The type of such a body, without its boundary.
const TYPE: &str = "multipart/form-data";

/// Longest boundary (RFC 2046, 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// Parts of a form, at most.
const PARTS_MAX: usize = 16;

/// One field of a form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'b> {
    /// The name of the field.
    pub(super) name: &'b str,
    /// Whether it is a file. What its user calls it is of no use here.
    pub(super) is_file: bool,
    pub(super) content: &'b [u8],
}

/// What stands between the parts of a body of this type; `None` for another type.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').map(str::trim);
    if !parameters.next()?.eq_ignore_ascii_case(TYPE) {
        return None;
    }
    let boundary = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"'))
    })?;
    let is_well_formed = (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len())
        && boundary.bytes().all(|byte| byte.is_ascii_graphic());
    is_well_formed.then_some(boundary)
}

/// The parts of a body. `None` unless it is wholly of the form that browsers write: nothing before
/// the first boundary, nothing after the last.
pub(super) fn parts<'b>(body: &'b [u8], boundary: &str) -> Option<Vec<Part<'b>>> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut rest = body.strip_prefix(delimiter.strip_prefix(b"\r\n")?)?;
    let mut parts = Vec::new();
    while rest != b"--" && rest != b"--\r\n" {
        if parts.len() == PARTS_MAX {
            return None;
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let (part, after) = split_once(rest, &delimiter)?;
        parts.push(Part::read(part)?);
        rest = after;
    }
    Some(parts)
}

/// What is before the first of these marks, which begin with a carriage return, and what is after.
fn split_once<'b>(bytes: &'b [u8], mark: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let mut returns = (0..bytes.len()).filter(|at| bytes[*at] == b'\r');
    let at = returns.find(|at| bytes[*at..].starts_with(mark))?;
    Some((&bytes[..at], &bytes[at + mark.len()..]))
}

impl<'b> Part<'b> {
    fn read(part: &'b [u8]) -> Option<Self> {
        let (head, content) = split_once(part, b"\r\n\r\n")?;
        let disposition = str::from_utf8(head).ok()?.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition").then(|| value.trim())
        })?;
        let (kind, parameters) = disposition.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("form-data") {
            return None;
        }
        // Browsers write a quotation mark in a value as `%22`: none ends it early.
        let (name, rest) = parameters.trim().strip_prefix("name=\"")?.split_once('"')?;
        let is_file = rest.trim_start_matches([';', ' ']).starts_with("filename");
        Some(Self { name, is_file, content })
    }
}

/// A type of a body in a line, then the body: what is read of it, written again, is read as the same.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn form_with_file(bytes: &[u8]) {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let content_type = lines.next().and_then(|line| str::from_utf8(line).ok());
    let Some(boundary) = content_type.and_then(boundary) else {
        return;
    };
    let Some(read) = parts(lines.next().unwrap_or_default(), boundary) else {
        return;
    };
    let mut written = Vec::new();
    for Part { name, is_file, content } in &read {
        let file = if *is_file { "; filename=\"\"" } else { "" };
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}");
        written.extend([head.as_bytes(), b"\r\n\r\n", content, b"\r\n"].concat());
    }
    written.extend(format!("--{boundary}--\r\n").into_bytes());
    assert_eq!(parts(&written, boundary).as_ref(), Some(&read));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two fields and a file, as Chromium writes them.
    const BODY: &[u8] = b"------WebKitFormBoundaryA1\r\n\
        Content-Disposition: form-data; name=\"form_token\"\r\n\r\nabc\r\n\
        ------WebKitFormBoundaryA1\r\n\
        Content-Disposition: form-data; name=\"book\"; filename=\"a; name=b.ndjson\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n{}\r\n--\r\n\xff\n\r\n\
        ------WebKitFormBoundaryA1--\r\n";

    const BOUNDARY: &str = "----WebKitFormBoundaryA1";

    #[test]
    fn reads_what_a_browser_writes() {
        let token = Part { name: "form_token", is_file: false, content: b"abc" };
        let book = Part { name: "book", is_file: true, content: b"{}\r\n--\r\n\xff\n" };
        assert_eq!(parts(BODY, BOUNDARY), Some(vec![token, book]));
        let without_the_last_line_end = &BODY[..BODY.len() - 2];
        assert_eq!(parts(without_the_last_line_end, BOUNDARY).map(|parts| parts.len()), Some(2));
        assert_eq!(parts(b"--b--", "b"), Some(vec![]));
    }

    #[test]
    fn refuses_a_body_that_was_cut_or_has_more_before_or_after() {
        for end in 0..BODY.len() - 2 {
            assert_eq!(parts(&BODY[..end], BOUNDARY), None, "{end}");
        }
        assert_eq!(parts(&[b"\r\n", BODY].concat(), BOUNDARY), None);
        assert_eq!(parts(&[BODY, b" "].concat(), BOUNDARY), None);
        assert_eq!(parts(BODY, "another"), None);
    }

    #[test]
    fn refuses_parts_without_a_name_and_too_many() {
        let part = |head: &str| format!("--b\r\n{head}\r\n\r\nx\r\n");
        let named = part("content-disposition: Form-Data; name=\"a\"");
        let body = |part: &str, count| format!("{}--b--\r\n", part.repeat(count)).into_bytes();
        assert_eq!(parts(&body(&named, PARTS_MAX), "b").map(|parts| parts.len()), Some(PARTS_MAX));
        assert_eq!(parts(&body(&named, PARTS_MAX + 1), "b"), None);
        for head in [
            "",
            "content-type: text/plain",
            "content-disposition: form-data",
            "content-disposition: form-data; name=a",
            "content-disposition: form-data; name=\"a",
            "content-disposition: attachment; name=\"a\"",
            "content-disposition: form-data; filename=\"a\"",
        ] {
            assert_eq!(parts(&body(&part(head), 1), "b"), None, "{head}");
        }
    }

    #[test]
    fn the_boundary_is_a_parameter_of_the_type() {
        assert_eq!(boundary("multipart/form-data; boundary=b"), Some("b"));
        assert_eq!(boundary("Multipart/Form-Data;charset=x; Boundary=\"b-1\""), Some("b-1"));
        let longest = "b".repeat(BOUNDARY_BYTES_MAX);
        assert_eq!(boundary(&format!("{TYPE}; boundary={longest}")), Some(&*longest));
        for none in [
            "",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=a b",
            "multipart/mixed; boundary=b",
            "application/json; boundary=b",
            &format!("{TYPE}; boundary={longest}b"),
        ] {
            assert_eq!(boundary(none), None, "{none}");
        }
    }
}
