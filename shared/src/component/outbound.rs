//! Requests out, over WASI HTTP.

use super::http::write_and_flush;
use crate::api::OutboundError;
use wasi::http::outgoing_handler;
use wasi::http::types::{
    Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme,
};

/// How long a connection, and then the first byte of the answer, may take.
const TIMEOUT_NANOSECONDS: u64 = 5_000_000_000;

/// Posts a body and answers the status. What the receiver answers beside it is not read.
pub(super) fn post(
    url: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> Result<u16, OutboundError> {
    let request = request(url, headers, body.len())?;
    let outgoing = request.body().map_err(|()| failure("the host gives no body"))?;
    let options = RequestOptions::new();
    for set in [RequestOptions::set_connect_timeout, RequestOptions::set_first_byte_timeout] {
        // A host without such a limit has one of its own.
        _ = set(&options, Some(TIMEOUT_NANOSECONDS));
    }
    let answer = outgoing_handler::handle(request, Some(options)).map_err(failed)?;
    // A receiver may answer before it has read all, and why a connection could not be made is told
    // in place of the answer alone.
    let written = write(outgoing, body);
    answer.subscribe().block();
    let answered: Option<IncomingResponse> =
        answer.get().and_then(Result::ok).transpose().map_err(failed)?;
    match answered {
        Some(response) => Ok(response.status()),
        None => Err(written.err().unwrap_or_else(|| failure("the host gives no answer"))),
    }
}

fn request(
    url: &str,
    headers: &[(&str, String)],
    body_bytes: usize,
) -> Result<OutgoingRequest, OutboundError> {
    let url: http::Uri = url.parse().map_err(|_| failure("the URL is not one"))?;
    let scheme = match url.scheme_str() {
        Some("http") => Scheme::Http,
        Some("https") => Scheme::Https,
        _ => return Err(failure("the URL is neither http nor https")),
    };
    let fields = Fields::new();
    let length = ("content-length", body_bytes.to_string());
    for (name, value) in headers.iter().chain([&length]) {
        fields
            .append(&(*name).to_owned(), &value.clone().into_bytes())
            .map_err(|_| failure("the host refuses a header"))?;
    }
    let request = OutgoingRequest::new(fields);
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let set = request
        .set_method(&Method::Post)
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(url.authority().map(|name| name.as_str())))
        .and_then(|()| request.set_path_with_query(Some(path)));
    set.map_err(|()| failure("the host refuses the URL"))?;
    Ok(request)
}

fn write(outgoing: OutgoingBody, bytes: &[u8]) -> Result<(), OutboundError> {
    let stream = outgoing.write().map_err(|()| failure("the host gives no stream"))?;
    write_and_flush(&stream, bytes).map_err(|_| failure("the connection failed"))?;
    drop(stream);
    OutgoingBody::finish(outgoing, None).map_err(failed)
}

fn failure(text: &str) -> OutboundError {
    OutboundError(text.to_owned())
}

fn failed(code: wasi::http::types::ErrorCode) -> OutboundError {
    OutboundError(format!("{code:?}"))
}
