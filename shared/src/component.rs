//! A component's side of the Spin SDK and of `wasi:keyvalue`; nothing else in `billing` knows them.
//!
//! A function crate writes `billing::component! { GET ListThings => list, POST CreateThing => create }` and has an HTTP
//! component whose handlers are given a verified [`Call`].
//! [`partner_centre!`](crate::partner_centre) does the same for what the partner centre offers,
//! [`operator!`](macro@crate::operator) for the operator's routes,
//! [`console!`](macro@crate::console) for the console's pages,
//! [`open!`](crate::open) for what is the same for everybody, and
//! [`unrouted!`](crate::unrouted) for the paths of no operation.

mod host;
mod http;
#[cfg(feature = "key-value")]
mod key_value;
#[cfg(target_arch = "wasm32")]
mod memory;
mod outbound;
mod redis;

use crate::api::sandbox::{Aside, Place, Recorded};
use crate::api::{self, Answer, Caller, Head, Operation, Refusal, RequestLog, Response};
use crate::console::{self, Rejected, Screen, Visitor, admit_visit};
use crate::operator::{self, admit_operator};
use crate::value::future::Boxed;
use crate::value::text::hex_digits;
use chrono::Utc;
use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

pub use host::Spin;
pub use http::RequestBody;

/// A verified call of a partner or customer.
pub use crate::api::Call;

/// A call of the operator, its body not yet read.
pub type OperatorCall<'r> = operator::OperatorCall<'r, RequestBody>;

/// A request of a browser for the page on which a customer is authenticated, or of that page.
pub type PageVisit<'r> = api::Visit<'r, RequestBody>;

/// A request of a browser to the console.
pub type Visit<'r> = console::Visit<'r, RequestBody>;

/// What a component makes of a call. Behind a pointer it is one type for all components, so that all
/// around it is compiled once.
type Handler = Box<dyn FnOnce(Call) -> Boxed<'static, Result<Answer, Refusal>>>;

/// The same of a call of the operator.
type OperatorHandler =
    Box<dyn for<'r> FnOnce(OperatorCall<'r>) -> Boxed<'r, Result<Answer, Refusal>>>;

/// Makes the crate an HTTP component: for each operation of its path the method, the published name
/// and the handler.
///
/// A handler is an `async fn(billing::component::Call) -> Result<Answer, Refusal>`.
#[macro_export]
macro_rules! component {
    ($($method:ident $name:ident => $handler:path),+ $(,)?) => {
        $crate::export_component!(
            $crate::component::serve,
            &[$($crate::api::Operation {
                method: stringify!($method),
                name: stringify!($name),
            }),+],
            async |call: $crate::component::Call| {
                $(if call.operation().name == stringify!($name) {
                    return $handler(call).await;
                })+
                Err($crate::api::Refusal::NoSuchApi)
            }
        );
    };
}

/// Makes the crate an HTTP component for the operator: for each method the
/// [`Role`](crate::operator::Role) that it needs, and the handler.
///
/// A handler is an `async fn(billing::component::OperatorCall<'_>) -> Result<Answer, Refusal>`.
#[macro_export]
macro_rules! operator {
    ($($method:ident $role:ident => $handler:path),+ $(,)?) => {
        $crate::export_methods!(
            $crate::component::serve_operator,
            $crate::component::OperatorCall<'_>,
            $($method needs $role => $handler),+
        );
    };
}

/// Makes the crate an HTTP component of the partner centre: for each method the handler. Its requests
/// are signed like those of the API.
///
/// A handler is an `async fn(billing::component::Call) -> Result<Answer, Refusal>`.
#[macro_export]
macro_rules! partner_centre {
    ($($method:ident => $handler:path),+ $(,)?) => {
        $crate::export_methods!(
            $crate::component::serve,
            $crate::component::Call,
            $($method => $handler),+
        );
    };
}

/// Makes the crate the HTTP component of the page on which customers are authenticated: for each
/// method the handler.
///
/// A handler is an `async fn(billing::component::PageVisit<'_>) -> Result<Answer, Refusal>`.
#[macro_export]
macro_rules! authentication_page {
    ($($method:ident => $handler:path),+ $(,)?) => {
        $crate::export_methods!(
            $crate::component::serve_page,
            $crate::component::PageVisit<'_>,
            $($method => $handler),+
        );
    };
}

/// Makes the crate the component of the console's pages.
///
/// The handler is an `async fn(Result<billing::component::Visit<'_>, Rejected>) -> Screen`, of
/// [`Rejected`] and [`Screen`].
#[macro_export]
macro_rules! console {
    ($handler:path) => {
        $crate::export_component!($crate::component::serve_console, async |visit: Result<
            $crate::component::Visit<'_>,
            $crate::console::Rejected,
        >| $handler(visit).await,);
    };
}

/// Makes the crate a component of what is the same for everybody: for each method the handler. Nobody
/// is asked for a key, nothing is stored, and no body is read.
///
/// A handler is an `async fn(billing::api::Head) -> Result<Answer, Refusal>`.
#[macro_export]
macro_rules! open {
    ($($method:ident => $handler:path),+ $(,)?) => {
        $crate::export_methods!(
            $crate::component::serve_open,
            $crate::api::Head,
            $($method => $handler),+
        );
    };
}

/// Makes the crate the component for every path that no operation has.
#[macro_export]
macro_rules! unrouted {
    () => {
        $crate::export_component!($crate::component::serve_unrouted);
    };
}

/// A component beside the contract, which is named after its crate and routed by method alone.
#[doc(hidden)]
#[macro_export]
macro_rules! export_methods {
    ($serve:path, $call:ty, $($method:ident $(needs $role:ident)? => $handler:path),+) => {
        $crate::export_component!(
            $serve,
            &[$($crate::api::Operation {
                method: stringify!($method),
                name: env!("CARGO_PKG_NAME"),
            }),+],
            async |call: $call| {
                $(if call.method() == stringify!($method) {
                    $(call.require($crate::operator::Role::$role)?;)?
                    return $handler(call).await;
                })+
                Err($crate::api::Refusal::NoSuchApi)
            }
        );
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! export_component {
    ($serve:path $(, $argument:expr)* $(,)?) => {
        #[allow(unsafe_code, clippy::all, clippy::as_conversions, reason = "generated by the SDK")]
        mod export {
            use super::*;

            #[::spin_sdk::http_component]
            async fn handle(
                request: ::spin_sdk::http::IncomingRequest,
                answer: ::spin_sdk::http::ResponseOutparam,
            ) {
                $serve(request, answer $(, $argument)*).await;
            }
        }
    };
}

/// Serves one request of a partner or customer: method, bounds, signature, then `handler`.
pub async fn serve(
    request: IncomingRequest,
    answer: ResponseOutparam,
    operations: &'static [Operation],
    handler: impl AsyncFnOnce(Call) -> Result<Answer, Refusal> + 'static,
) {
    let handler: Handler = Box::new(|call| Box::pin(async move { handler(call).await }));
    served(request, answer, operations, handler).await;
}

fn served(
    request: IncomingRequest,
    answer: ResponseOutparam,
    operations: &'static [Operation],
    handler: Handler,
) -> Boxed<'static, ()> {
    Box::pin(exchange(request, answer, async move |head, body, trace| {
        let operation = trace.begin(&head, operations)?;
        let call = api::admit(operation, head, body, || Spin::open(trace)).await?;
        trace.caller.replace(Some(call.caller().clone()));
        api::sandbox::play(call, &trace.aside, async |call| handler(call).await).await
    }))
}

/// Serves one request of the operator: method, bearer token, then `handler`.
pub async fn serve_operator(
    request: IncomingRequest,
    answer: ResponseOutparam,
    operations: &'static [Operation],
    handler: impl AsyncFnOnce(OperatorCall<'_>) -> Result<Answer, Refusal> + 'static,
) {
    let handler = operator_handler(|call| Box::pin(async move { handler(call).await }));
    served_operator(request, answer, operations, handler).await;
}

/// The closure as a handler, which by this has its type.
fn operator_handler(
    handler: impl for<'r> FnOnce(OperatorCall<'r>) -> Boxed<'r, Result<Answer, Refusal>> + 'static,
) -> OperatorHandler {
    Box::new(handler)
}

fn served_operator(
    request: IncomingRequest,
    answer: ResponseOutparam,
    operations: &'static [Operation],
    handler: OperatorHandler,
) -> Boxed<'static, ()> {
    Box::pin(exchange(request, answer, async move |head, body, trace| {
        trace.begin(&head, operations)?;
        let call = admit_operator(head, body, || Spin::open(trace)).await?;
        trace.operator.replace(Some(call.caller().to_owned()));
        handler(call).await
    }))
}

/// Serves one request for the page on which customers are authenticated, or of that page: method,
/// then `handler`.
pub async fn serve_page(
    request: IncomingRequest,
    answer: ResponseOutparam,
    operations: &'static [Operation],
    handler: impl AsyncFnOnce(PageVisit<'_>) -> Result<Answer, Refusal>,
) {
    exchange(request, answer, async |head, body, trace| {
        trace.begin(&head, operations)?;
        handler(PageVisit::admit(head, body, || Spin::open(trace))?).await
    })
    .await;
}

/// Serves one request of a browser: method, session, origin of a form, then `handler`.
pub async fn serve_console(
    request: IncomingRequest,
    answer: ResponseOutparam,
    handler: impl AsyncFnOnce(Result<Visit<'_>, Rejected>) -> Screen,
) {
    exchange_with(request, answer, async |head, body, trace, request_id| {
        trace.operation.set(Some("console"));
        let visit = admit_visit(head, body, || Spin::open(trace)).await;
        match visit.as_ref().map(console::Visit::visitor) {
            Ok(Visitor::Partner(caller)) => _ = trace.caller.replace(Some(caller.clone())),
            Ok(Visitor::Operator { name, .. }) => _ = trace.operator.replace(Some(name.clone())),
            Ok(Visitor::Stranger) | Err(_) => {}
        }
        handler(visit).await.into_response(request_id)
    })
    .await;
}

/// Serves one request of anybody: method, then `handler`.
pub async fn serve_open(
    request: IncomingRequest,
    answer: ResponseOutparam,
    operations: &'static [Operation],
    handler: impl AsyncFnOnce(Head) -> Result<Answer, Refusal>,
) {
    exchange(request, answer, async |head, _, trace| {
        trace.begin(&head, operations)?;
        handler(head).await
    })
    .await;
}

/// Answers a request to a path that no operation has.
pub async fn serve_unrouted(request: IncomingRequest, answer: ResponseOutparam) {
    exchange(request, answer, async |_, _, _| Err(Refusal::NoSuchApi)).await;
}

/// What the log will tell of a request, as it becomes known, and the answer that has begun.
struct Trace {
    outgoing: http::Outgoing,
    request_id: String,
    operation: Cell<Option<&'static str>>,
    caller: RefCell<Option<Caller>>,
    operator: RefCell<Option<String>>,
    store_calls: Cell<u32>,
    aside: Aside,
}

impl Trace {
    fn new(answer: ResponseOutparam) -> Self {
        Self {
            outgoing: http::Outgoing::new(answer),
            request_id: hex_digits(&random()),
            operation: Cell::default(),
            caller: RefCell::default(),
            operator: RefCell::default(),
            store_calls: Cell::default(),
            aside: Aside::default(),
        }
    }

    /// The operation that a request asks for, of those of its component: its log names it.
    fn begin(
        &self,
        head: &Head,
        operations: &'static [Operation],
    ) -> Result<&'static Operation, Refusal> {
        let operation = Operation::of(head, operations)?;
        self.operation.set(Some(operation.name));
        Ok(operation)
    }
}

/// One request of the API or of the operator.
async fn exchange(
    request: IncomingRequest,
    answer: ResponseOutparam,
    handle: impl AsyncFnOnce(Head, &mut RequestBody, &Rc<Trace>) -> Result<Answer, Refusal>,
) {
    exchange_with(request, answer, async |head, body, trace, request_id| {
        let outcome = match api::check_path(&head) {
            Ok(()) => handle(head, body, trace).await,
            Err(refusal) => Err(refusal),
        };
        let refusal = outcome.as_ref().err().cloned();
        let mut response = api::respond(outcome, request_id);
        let rate_limit = trace.aside.rate_limit.take();
        response.headers.extend(rate_limit.map(|left| ("x-apig-ratelimit-api", left)));
        (response, refusal)
    })
    .await;
}

/// One request, one answer, one line of the log, and what is there of a body that the answer did
/// not wait for.
async fn exchange_with(
    request: IncomingRequest,
    answer: ResponseOutparam,
    handle: impl AsyncFnOnce(Head, &mut RequestBody, &Rc<Trace>, &str) -> (Response, Option<Refusal>),
) {
    let started = Instant::now();
    let trace = Rc::new(Trace::new(answer));
    let request_id = &trace.request_id;
    let (head, mut body) = http::receive(request);
    let client = api::client_address(&head);
    let (response, refusal) = handle(head, &mut body, &trace, request_id).await;
    let mut log = RequestLog::new(Utc::now().into(), request_id, &response, started.elapsed());
    log.operation = trace.operation.get();
    log.client = client;
    log.operator = trace.operator.take();
    if let Some(caller) = trace.caller.take() {
        log.tenant = Some(caller.tenant_id.to_string());
        log.principal = Some(api::kind_of(&caller));
    }
    if let Some(refusal) = &refusal {
        log.refused(refusal);
    }
    if let Some(code) = trace.aside.fault.take() {
        log.error_code = Some(code.into());
    }
    log.store_calls = trace.store_calls.get();
    // Before the answer: whoever has that finds its request in the record.
    if let Err(refusal) = record(&trace, &log, &response).await {
        log.cause = log.cause.or_else(|| Some(format!("not recorded: {}", refusal.error_code())));
    }
    trace.outgoing.end(&response, refusal.is_none());
    // After it: how long an answer takes must not tell which keys exist.
    if let Some(refusal) = &refusal {
        let before = trace.store_calls.get();
        let counted = api::count_wrong_signature(refusal, || Spin::open(&trace)).await;
        log.store_calls += trace.store_calls.get() - before;
        if let Err(failure) = counted {
            log.uncounted(&failure);
        }
    }
    write_log(&log);
    body.drain();
}

/// Writes the line of a request in one piece, as other instances write to the same log. The standard
/// library would need more calls of the host for it.
fn write_log(log: &RequestLog) {
    let mut line = log.line();
    line.push('\n');
    _ = http::write_and_flush(&wasi::cli::stderr::get_stderr(), line.as_bytes());
}

/// Records a request of a demo tenant, if that is wanted.
async fn record(trace: &Rc<Trace>, log: &RequestLog, response: &Response) -> Result<(), Refusal> {
    let Some(Place { tenant_id, number, request }) = trace.aside.recorded.take() else {
        return Ok(());
    };
    let recorded = Recorded::of((log, number), request, response);
    api::sandbox::record(&*Spin::open(trace)?, &tenant_id, &recorded).await
}

fn random() -> [u8; 16] {
    let halves = [(); 2].map(|()| wasi::random::random::get_random_u64().to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(halves.as_flattened());
    bytes
}
