//! HTTP: takes requests, finds their component, adds the headers that Spin adds.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody as Body;

use crate::component::Component;
use crate::route::{Match, Router};

/// Paths that the host answers itself.
const WELL_KNOWN: &str = "/.well-known/spin/";

/// Where the host answers how often each component has called the key-value store, when it is
/// asked to: Spin has nothing like it.
const CALLS: &str = "/.well-known/host/calls";

/// How long the host waits when it can take no further connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// An application that is ready to serve.
pub struct Application {
    router: Router,
    components: HashMap<String, Arc<Component>>,
    tells_calls: bool,
}

impl Application {
    /// Each component that a route leads to is among `components`, by its id.
    pub fn new(router: Router, components: Vec<(String, Component)>) -> Self {
        let components =
            components.into_iter().map(|(id, component)| (id, Arc::new(component))).collect();
        Self { router, components, tells_calls: false }
    }

    /// Answers at `/.well-known/host/calls` how often each component has called the key-value
    /// store.
    pub fn telling_calls(self) -> Self {
        Self { tells_calls: true, ..self }
    }

    /// A JSON object: the counts by component.
    fn calls(&self) -> String {
        let members = self.components.iter().map(|(id, component)| {
            format!("\"{}\":{}", id.escape_default(), component.settings().calls.to_json())
        });
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }
}

/// Serves connections, without end.
pub async fn serve(listener: TcpListener, application: Arc<Application>) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                tokio::spawn(connection(stream, client, Arc::clone(&application)));
            }
            Err(error) => {
                eprintln!("host: cannot take a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, client: SocketAddr, application: Arc<Application>) {
    // Without it the end of an answer may wait for the client's acknowledgement of its start.
    if let Err(error) = stream.set_nodelay(true) {
        eprintln!("host: cannot set TCP_NODELAY: {error}");
    }
    let service = service_fn(|request| {
        let application = Arc::clone(&application);
        async move { Ok::<_, Infallible>(application.answer(request, client).await) }
    });
    // It fails when the client goes away or does not speak HTTP, which is the client's affair.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Application {
    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<Body> {
        let path = request.uri().path().to_owned();
        if let Some(name) = path.strip_prefix(WELL_KNOWN) {
            return match name {
                "health" => respond(StatusCode::OK, "OK"),
                _ => respond(StatusCode::NOT_FOUND, ""),
            };
        }
        if self.tells_calls && path == CALLS {
            return respond(StatusCode::OK, self.calls());
        }
        let Some(route) = self.router.find(&path) else {
            return respond(StatusCode::NOT_FOUND, "");
        };
        let id = route.component();
        let Some(component) = self.components.get(id) else {
            return respond(StatusCode::NOT_FOUND, "");
        };
        match prepare(request, &route, client) {
            Ok(request) => run(id, Arc::clone(component), request).await,
            Err(error) => {
                eprintln!("host: component `{id}` was not given a request: {error:#}");
                respond(StatusCode::INTERNAL_SERVER_ERROR, "")
            }
        }
    }
}

/// Lets a component answer.
///
/// When the client goes away before there is an answer, the instance is dropped; after that it
/// runs to its end.
async fn run(id: &str, component: Arc<Component>, request: Request<Incoming>) -> Response<Body> {
    let (sender, receiver) = oneshot::channel();
    let name = id.to_owned();
    let instance = tokio::spawn(async move {
        component.answer(request, sender).await.inspect_err(|error| {
            eprintln!("host: component `{name}` failed: {}", one_line(error));
        })
    });
    let mut client_gone = AbortOnDrop(Some(instance.abort_handle()));
    let answer = receiver.await;
    client_gone.0 = None;
    match answer {
        Ok(Ok(response)) => return response,
        Ok(Err(code)) => eprintln!("host: component `{id}` answered with an error: {code:?}"),
        Err(_) => match instance.await {
            Ok(Ok(())) => eprintln!("host: component `{id}` ended without an answer"),
            Ok(Err(_)) => {}
            Err(error) => eprintln!("host: component `{id}` was lost: {error}"),
        },
    }
    respond(StatusCode::INTERNAL_SERVER_ERROR, "")
}

struct AbortOnDrop(Option<AbortHandle>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(instance) = &self.0 {
            instance.abort();
        }
    }
}

/// What went wrong, without the backtrace: the component's own words are in its log.
fn one_line(error: &wasmtime::Error) -> String {
    error.root_cause().to_string().replace('\n', " ")
}

/// Makes a request what Spin gives to a component.
fn prepare(
    mut request: Request<Incoming>,
    route: &Match<'_, '_>,
    client: SocketAddr,
) -> Result<Request<Incoming>> {
    for value in request.headers().values() {
        str::from_utf8(value.as_bytes()).context("a header is not text")?;
    }
    let uri = absolute(request.uri(), request.headers().get(HOST))?;
    let full_url = uri.to_string();
    *request.uri_mut() = uri;

    let client = client.to_string();
    let path_info = route.path_info();
    let headers = request.headers_mut();
    let mut add = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(name, value);
        }
    };
    add(HeaderName::from_static("spin-path-info"), &path_info);
    add(HeaderName::from_static("spin-full-url"), &full_url);
    add(HeaderName::from_static("spin-matched-route"), route.based_route());
    add(HeaderName::from_static("spin-base-path"), "/");
    add(HeaderName::from_static("spin-raw-component-route"), route.raw_route());
    add(HeaderName::from_static("spin-component-route"), route.raw_route_or_prefix());
    add(HeaderName::from_static("spin-client-addr"), &client);
    for (name, value) in route.named_segments() {
        let name = format!("spin-path-match-{}", name.replace('_', "-"));
        if let Ok(name) = HeaderName::try_from(name) {
            add(name, value);
        }
    }
    Ok(request)
}

/// The URI with its scheme and authority: a component does not see the `Host` header.
fn absolute(uri: &Uri, host: Option<&HeaderValue>) -> Result<Uri> {
    let host = host
        .map(|host| -> Result<Authority> { Ok(host.to_str()?.parse()?) })
        .transpose()
        .context("the `Host` header is not an authority")?;
    let authority = match (host, uri.authority()) {
        (Some(host), Some(authority)) if host != *authority => {
            bail!("the `Host` header is not the authority of the URI")
        }
        (Some(host), _) => host,
        (None, Some(authority)) => authority.clone(),
        (None, None) => bail!("there is no `Host` header"),
    };
    let path = uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    Ok(Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query(path).build()?)
}

fn respond(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    let body = body.into();
    let body = if body.is_empty() {
        Empty::new().map_err(Into::into).boxed_unsync()
    } else {
        Full::new(body).map_err(Into::into).boxed_unsync()
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn absolute(uri: &'static str, host: Option<&'static str>) -> Result<String> {
        let host = host.map(HeaderValue::from_static);
        super::absolute(&Uri::from_static(uri), host.as_ref()).map(|uri| uri.to_string())
    }

    #[test]
    fn the_host_header_becomes_the_authority() {
        let uri = absolute("/a%2Fb//c?x=%20&x&y=", Some("example.com:3000")).expect("is made");
        assert_eq!(uri, "http://example.com:3000/a%2Fb//c?x=%20&x&y=");
    }

    #[test]
    fn a_missing_or_contradicting_host_is_refused() {
        assert!(absolute("/", None).is_err());
        assert!(absolute("/", Some("a b")).is_err());
        assert!(absolute("http://a/", Some("b")).is_err());
        assert_eq!(absolute("http://a/", Some("a")).expect("is made"), "http://a/");
    }
}
