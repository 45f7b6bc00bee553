//! Whole requests against a store in memory.

mod access_keys;
mod admission;
mod backup;
mod book;
mod calls;
mod client_token;
mod code_delivery;
mod console;
mod damage;
mod deliveries;
mod download;
mod envelope;
mod growth;
mod members;
mod metrics;
mod operators;
mod orders;
mod rating;
mod rotation;
mod tokens;
mod unfit;
mod webhook;

use super::*;
use crate::operations::import::Imported;
use crate::operator::*;
use crate::security::signature::{self, SignedParts};
use crate::store::memory::{MemoryStore, run};
use crate::store::{Environment, KeyValue, KeyValueError, Meta, StoreError, Swap, Tree, Watch};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OPERATOR_TOKEN: &str = "operator-token-of-tests";
const ACCESS_KEY_ID: &str = "AK.1/distributor";
const SECRET_KEY: &str = "secret-of-the-distributor";
const AUTHORITY: &str = "bss.example:3000";

/// A tenant with a distributor and its key, a customer, a referral customer, and a quota of 100.
const BOOK: &str = r#"{"kind":"tenant","tenant_id":"t","name":"T"}
{"kind":"partner","tenant_id":"t","partner_id":"d","partner_kind":"distributor"}
{"kind":"access_key","tenant_id":"t","access_key_id":"AK.1/distributor","secret_key":"secret-of-the-distributor","partner_id":"d"}
{"kind":"customer","tenant_id":"t","customer_id":"c","partner_id":"d","association_type":"2"}
{"kind":"customer","tenant_id":"t","customer_id":"referral","partner_id":"d","association_type":"1"}
{"kind":"coupon_quota","tenant_id":"t","quota_id":"q","partner_id":"d","quota_type":0,"quota_value":"100.00","quota_status":0,"create_time":"2026-01-01T00:00:00Z","effective_time":"2026-01-01T00:00:00Z","expire_time":"2030-01-01T00:00:00Z"}
"#;

/// What the calls of these tests are for.
const TESTED: Operation = Operation { method: "POST", name: "Test" };

/// A body that arrives in these pieces.
pub(crate) struct Pieces(Vec<Vec<u8>>);

impl Pieces {
    pub(crate) fn new(pieces: &[&[u8]]) -> Self {
        Self(pieces.iter().rev().map(|piece| piece.to_vec()).collect())
    }
}

impl Body for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        Ok(self.0.pop())
    }
}

/// A host whose store and variables outlive each call.
#[derive(Clone)]
struct TestHost {
    store: Rc<MemoryStore>,
    variables: Rc<RefCell<BTreeMap<&'static str, String>>>,
    /// What was posted.
    sent: Rc<RefCell<Vec<Sent>>>,
    swaps_to_lose: Rc<Cell<u32>>,
    /// How long calls have waited.
    paused: Rc<Cell<Duration>>,
    /// The status that posts are answered with.
    answers: Rc<Cell<u16>>,
    /// The pieces of an answer that has begun.
    begun: Rc<RefCell<Option<Vec<Vec<u8>>>>>,
    /// Number of pieces after which the client is gone.
    pieces_taken: Rc<Cell<usize>>,
}

/// A request to the webhook receiver.
#[derive(Clone, Debug, PartialEq)]
struct Sent {
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl TestHost {
    /// With empty books.
    fn new() -> Self {
        let variables =
            [("master_key", MASTER_KEY), ("operator_token", OPERATOR_TOKEN), ("public_hosts", "")];
        let variables = variables.map(|(name, value)| (name, value.to_owned()));
        Self {
            store: Rc::new(MemoryStore::new(7)),
            variables: Rc::new(RefCell::new(BTreeMap::from(variables))),
            sent: Rc::default(),
            swaps_to_lose: Rc::default(),
            paused: Rc::default(),
            answers: Rc::new(Cell::new(200)),
            begun: Rc::default(),
            pieces_taken: Rc::new(Cell::new(usize::MAX)),
        }
    }

    /// With [`BOOK`] in them.
    fn with_book() -> Self {
        let host = Self::new();
        assert_eq!(host.import(BOOK), Ok(Imported { applied: 6, skipped: 0 }));
        host
    }

    fn set(&self, name: &'static str, value: &str) {
        self.variables.borrow_mut().insert(name, value.to_owned());
    }

    /// Lets another one be faster this often.
    fn lose_swaps(&self, count: u32) {
        self.swaps_to_lose.set(count);
    }

    /// A transaction of another one.
    async fn commit_another(&self, head_key: &str) {
        let meta = Meta { caller: "another".to_owned(), operation: "another".to_owned() };
        let key = [&b"another "[..], &self.random()].concat();
        let committed = Tree::new(&*self.store, head_key)
            .update::<_, StoreError>(&meta, async |transaction| {
                transaction.insert(key.clone(), Vec::new());
                Ok(())
            })
            .await;
        committed.expect("committed");
    }

    fn import(&self, book: &str) -> Result<Imported, Refusal> {
        let authorization = format!("Bearer {OPERATOR_TOKEN}").into_bytes();
        let head = Head {
            method: "POST".to_owned(),
            headers: vec![("authorization".to_owned(), authorization)],
            ..Head::default()
        };
        let pieces: Vec<&[u8]> = book.as_bytes().chunks(1000).collect();
        let mut body = Pieces::new(&pieces);
        let call = run(admit_operator(head, &mut body, || Ok(Box::new(self.clone()))))?;
        run(import_book(call))
    }

    /// A call of the operator's, to the handler given.
    fn operate(
        &self,
        query: &str,
        body: &str,
        handler: impl AsyncFnOnce(OperatorCall<'_, Pieces>) -> Result<Answer, Refusal>,
    ) -> (u16, serde_json::Value) {
        self.operate_as(OPERATOR_TOKEN, query, body, handler)
    }

    /// As [`operate`](Self::operate), with any token.
    fn operate_as(
        &self,
        token: &str,
        query: &str,
        body: &str,
        handler: impl AsyncFnOnce(OperatorCall<'_, Pieces>) -> Result<Answer, Refusal>,
    ) -> (u16, serde_json::Value) {
        let authorization = format!("Bearer {token}").into_bytes();
        let head = Head {
            query: query.to_owned(),
            headers: vec![("authorization".to_owned(), authorization)],
            ..Head::default()
        };
        let mut body = Pieces::new(&[body.as_bytes()]);
        let outcome = run(async {
            handler(admit_operator(head, &mut body, || Ok(Box::new(self.clone()))).await?).await
        });
        let response = respond(outcome, "id");
        (response.status, serde_json::from_slice(&response.body).expect("JSON"))
    }

    fn admit(&self, (head, body): (Head, Vec<u8>)) -> Result<Call, Refusal> {
        let outcome = self.admit_alone((head, body));
        if let Err(refusal) = &outcome {
            run(count_wrong_signature(refusal, || Ok(Box::new(self.clone())))).expect("counted");
        }
        outcome
    }

    /// As [`admit`](Self::admit), without what comes after the answer.
    fn admit_alone(&self, (head, body): (Head, Vec<u8>)) -> Result<Call, Refusal> {
        run(admit(&TESTED, head, &mut Pieces::new(&[&body]), || Ok(Box::new(self.clone()))))
    }

    /// A request as the SDK would send it.
    fn signed(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Signed {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: Vec<(String, Vec<u8>)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect();
        let parts = SignedParts { method, path, query, headers: &headers, body: body.as_bytes() };
        let (host, secret) = (AUTHORITY, SECRET_KEY.as_bytes());
        let added = signature::sign(&parts, host, ACCESS_KEY_ID, secret, self.now());
        for (name, value) in added.expect("can be signed") {
            headers.push((name.to_owned(), value.into_bytes()));
        }
        let head = Head {
            method: method.to_owned(),
            authority: AUTHORITY.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
        };
        (head, body.as_bytes().to_vec())
    }
}

/// A request's head and body.
type Signed = (Head, Vec<u8>);

#[async_trait(?Send)]
impl KeyValue for TestHost {
    crate::store::memory::forward!(store: get, get_many, set, set_many, delete_many, watch);

    async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        if let (Some(left), Watch::Value(head_key, _)) =
            (self.swaps_to_lose.get().checked_sub(1), &watch)
        {
            self.swaps_to_lose.set(left);
            self.commit_another(head_key).await;
        }
        self.store.swap(watch, value).await
    }
}

#[async_trait(?Send)]
impl Environment for TestHost {
    fn now(&self) -> DateTime<Utc> {
        self.store.now()
    }

    fn random(&self) -> [u8; 16] {
        self.store.random()
    }

    async fn pause(&self, duration: Duration) {
        self.paused.set(self.paused.get() + duration);
    }
}

#[async_trait(?Send)]
impl Host for TestHost {
    fn variable(&self, name: &str) -> Result<String, Refusal> {
        Ok(self.variables.borrow().get(name).cloned().unwrap_or_default())
    }

    async fn post(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Result<u16, OutboundError> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let sent = Sent { url: url.to_owned(), headers: headers.collect(), body: body.to_vec() };
        self.sent.borrow_mut().push(sent);
        Ok(self.answers.get())
    }

    fn begin(&self, answer: Answer) -> Result<(), ClientGone> {
        assert!(self.begun.borrow().is_none(), "an answer begins once");
        let response = respond_in_pieces(answer, "id");
        assert!(response.headers.iter().all(|(name, _)| *name != "content-length"));
        self.begun.replace(Some(Vec::new()));
        self.send(&response.body)
    }

    fn send(&self, piece: &[u8]) -> Result<(), ClientGone> {
        let mut begun = self.begun.borrow_mut();
        let pieces = begun.as_mut().expect("it has begun");
        pieces.push(piece.to_vec());
        if pieces.len() > self.pieces_taken.get() { Err(ClientGone) } else { Ok(()) }
    }
}

/// Status and body of a refusal, the request id left out.
fn answered(refusal: Refusal) -> (u16, serde_json::Value) {
    let response = respond(Err(refusal), "id");
    let mut body: serde_json::Value = serde_json::from_slice(&response.body).expect("JSON");
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
    }
    (response.status, body)
}

fn refused<T>(outcome: Result<T, Refusal>) -> Refusal {
    match outcome {
        Ok(_) => panic!("not refused"),
        Err(refusal) => refusal,
    }
}
