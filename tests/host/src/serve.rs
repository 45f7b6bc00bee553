//! HTTP: takes requests, finds their component, adds the headers that Spin adds.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use rayon::ThreadPool;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody as Body;

use crate::body::AnswerBody;
use crate::component::Component;
use crate::connections::{Connection, Connections};
use crate::route::{Match, Router};

/// Paths that the host answers itself.
const WELL_KNOWN: &str = "/.well-known/spin/";

/// Where the host answers how often each component has called the key-value store, when it is
/// asked to: Spin has nothing like it.
const CALLS: &str = "/.well-known/host/calls";

/// How long the host waits when it can take no further connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How much of the host the clients may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections that are open at one time.
    pub connections: usize,
    /// Until the head of a request has arrived, from the start of its connection or the end of the
    /// answer before it.
    pub head_time: Duration,
    /// Bytes of a request's head.
    pub head_bytes: usize,
}

impl Limits {
    /// Those of the program.
    pub const USUAL: Self =
        Self { connections: 2048, head_time: Duration::from_secs(30), head_bytes: 64 * 1024 };
}

/// An application that is ready to serve.
pub struct Application {
    router: Router,
    components: BTreeMap<String, Arc<Component>>,
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

    /// Compiles all components now. Fails at the first that cannot be.
    pub fn compile_first(&self) -> Result<()> {
        for (id, component) in &self.components {
            component.compile_first().with_context(|| format!("component `{id}`"))?;
        }
        Ok(())
    }

    /// Compiles in `pool`, one after the other, the components that no request has needed yet.
    pub async fn compile_ahead(&self, pool: &Arc<ThreadPool>) {
        for (id, component) in &self.components {
            if let Err(error) = component.compile_ahead(pool).await {
                eprintln!("host: component `{id}` cannot be compiled: {error:#}");
            }
        }
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
pub async fn serve(listener: TcpListener, application: Arc<Application>, limits: Limits) {
    let connections = Connections::new(limits.connections);
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                let open = connections.admit().await;
                tokio::spawn(connection(stream, client, open, limits, Arc::clone(&application)));
            }
            Err(error) => {
                eprintln!("host: cannot take a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    client: SocketAddr,
    open: Arc<Connection>,
    limits: Limits,
    application: Arc<Application>,
) {
    // Without it the end of an answer may wait for the client's acknowledgement of its start.
    if let Err(error) = stream.set_nodelay(true) {
        eprintln!("host: cannot set TCP_NODELAY: {error}");
    }
    let service = service_fn(|request| {
        let (busy, application) = (open.busy(), Arc::clone(&application));
        async move {
            let answer = application.answer(request, client).await;
            Ok::<_, Infallible>(answer.map(|body| AnswerBody::new(body, busy)))
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_header_size(limits.head_bytes)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // It fails when the client goes away or does not speak HTTP, which is the client's affair.
        _ = served => {}
        () = open.gives_way() => {}
    }
}

impl Application {
    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<Body> {
        let uri = match check(&request) {
            Ok(uri) => uri,
            Err(fault) => return respond(StatusCode::BAD_REQUEST, fault.to_string()),
        };
        let path = uri.path().to_owned();
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
        match self.components.get(id) {
            Some(component) => {
                run(id, Arc::clone(component), prepare(request, uri, &route, client)).await
            }
            None => respond(StatusCode::NOT_FOUND, ""),
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

/// Refuses what cannot be given to a component; otherwise gives the URI that it is given.
///
/// Spin answers an empty 500 to some of it. A client learns more from this.
fn check(request: &Request<Incoming>) -> Result<Uri> {
    ensure!(request.method() != Method::CONNECT, "this is no proxy");
    for value in request.headers().values() {
        str::from_utf8(value.as_bytes()).context("a header is not UTF-8")?;
    }
    absolute(request.uri(), request.headers())
}

/// Makes a request what Spin gives to a component.
fn prepare(
    mut request: Request<Incoming>,
    uri: Uri,
    route: &Match<'_, '_>,
    client: SocketAddr,
) -> Request<Incoming> {
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
    request
}

/// The URI with its scheme and authority: a component does not see the `Host` header.
fn absolute(uri: &Uri, headers: &HeaderMap) -> Result<Uri> {
    let mut hosts = headers.get_all(HOST).into_iter();
    let host = hosts.next();
    ensure!(hosts.next().is_none(), "there are two `Host` headers");
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn absolute(uri: &'static str, hosts: &[&'static str]) -> Result<String> {
        let hosts = hosts.iter().map(|host| (HOST, HeaderValue::from_static(host)));
        super::absolute(&Uri::from_static(uri), &hosts.collect()).map(|uri| uri.to_string())
    }

    #[test]
    fn the_host_header_becomes_the_authority() {
        let uri = absolute("/a%2Fb//c?x=%20&x&y=", &["example.com:3000"]).expect("is made");
        assert_eq!(uri, "http://example.com:3000/a%2Fb//c?x=%20&x&y=");
    }

    #[test]
    fn a_missing_or_contradicting_host_is_refused() {
        assert!(absolute("/", &[]).is_err());
        assert!(absolute("/", &[""]).is_err());
        assert!(absolute("/", &["a b"]).is_err());
        assert!(absolute("/", &["a", "a"]).is_err());
        assert!(absolute("http://a/", &["b"]).is_err());
        assert_eq!(absolute("http://a/", &["a"]).expect("is made"), "http://a/");
    }

    /// A host without components, which answers for its health all the same.
    async fn host(limits: Limits) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new(&[]).expect("is a router");
        tokio::spawn(serve(listener, Arc::new(Application::new(router, Vec::new())), limits));
        address
    }

    async fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(bytes).await.expect("sends");
        stream
    }

    /// All that comes until the host closes the connection.
    async fn rest(mut stream: TcpStream) -> String {
        let mut answer = Vec::new();
        // One that is closed with something unread ends in an error.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    const HEALTH: &[u8] =
        b"GET /.well-known/spin/health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn a_head_that_does_not_come_ends_its_connection() {
        let head_time = Duration::from_millis(50);
        let address = host(Limits { head_time, ..Limits::USUAL }).await;
        for part in ["", "GET", "GET / HTTP/1.1\r\nhost: a\r\nx: "] {
            assert_eq!(rest(send(address, part.as_bytes()).await).await, "", "{part}");
        }
        // The same after an answer.
        let kept = HEALTH.strip_suffix(b"connection: close\r\n\r\n").expect("its end");
        let answer = rest(send(address, &[kept, b"\r\n"].concat()).await).await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("OK"), "{answer}");
    }

    #[tokio::test]
    async fn waiting_connections_give_way_to_new_ones() {
        let address = host(Limits { connections: 8, ..Limits::USUAL }).await;
        let mut idle = Vec::new();
        for number in 0..100 {
            let part: &[u8] = if number % 2 == 0 { b"" } else { b"GET / HTTP/1.1\r\nhost: a" };
            idle.push(send(address, part).await);
        }
        let answer = rest(send(address, HEALTH).await).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        for stream in idle.drain(..90) {
            assert_eq!(rest(stream).await, "");
        }
    }

    #[tokio::test]
    async fn what_no_component_can_be_given_is_refused() {
        let address = host(Limits::USUAL).await;
        let long = "x".repeat(Limits::USUAL.head_bytes);
        for (head, status) in [
            ("GET / HTTP/1.1\r\n", 400),
            ("GET / HTTP/1.0\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a b\r\n", 400),
            ("GET http://b/ HTTP/1.1\r\nhost: a\r\n", 400),
            ("CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\nx: \u{e9}\r\n", 404),
            ("GET / HTTP/1.1\r\nhost: a\r\nx y: z\r\n", 400),
            ("GET  HTTP/1.1\r\nhost: a\r\n", 400),
            ("GET / HTTP/9.9\r\nhost: a\r\n", 400),
            ("nonsense\r\n", 400),
            (&format!("GET / HTTP/1.1\r\nhost: a\r\nx: {long}\r\n"), 431),
            (&format!("GET /{long} HTTP/1.1\r\nhost: a\r\n"), 431),
            (&format!("GET / HTTP/1.1\r\nhost: a\r\n{}", "x: y\r\n".repeat(101)), 431),
        ] {
            let request = format!("{head}connection: close\r\n\r\n");
            let answer = rest(send(address, request.as_bytes()).await).await;
            let answered = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
            assert_eq!(answered, Some(status), "{head:.80}: {answer}");
        }
        let no_text = b"GET / HTTP/1.1\r\nhost: a\r\nx: \xe9\r\nconnection: close\r\n\r\n";
        let answer = rest(send(address, no_text).await).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.ends_with("a header is not UTF-8"), "{answer}");
    }
}
