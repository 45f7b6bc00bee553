//! A verified call: who calls, what is asked, and the tenant's books.

use super::body::{self, Reading};
use super::caller::Caller;
use super::client_token;
use super::host::Host;
use super::message::{Answer, Head};
use super::operation::Operation;
use super::query::Query;
use super::refusal::Refusal;
use super::second_factor::AskedFactor;
use crate::books::{Books, BooksMut, Catalogue, OpenBooks, OpenCatalogue};
use crate::domain::catalogue::Language;
use crate::domain::error::Reason;
use crate::domain::registration::CodeCheck;
use crate::security::vault::Vault;
use crate::store::register::CATALOGUE;
use crate::store::{KnownPages, Meta, Tree};
use crate::value::time::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::fmt::Display;
use std::str::FromStr;

/// The purpose of the digests that repeats are recognised by.
const TOKEN_DIGEST: &str = "request of a client token";

/// What a transaction came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<T> {
    /// The answer to the request; the one it got before, when it is a repeat.
    Answered(Answer),
    /// What was changed is committed, and what the answer will be is still open.
    Unanswered(T),
}

impl Decision<Reason> {
    /// The answer, or why there is none although what was counted on the way is committed.
    ///
    /// # Errors
    /// What the request is refused with.
    pub fn answer(self) -> Result<Answer, Reason> {
        match self {
            Self::Answered(answer) => Ok(answer),
            Self::Unanswered(reason) => Err(reason),
        }
    }
}

/// A request with a larger body most likely asks for a large transaction: it is a batch.
const SMALL_BODY_BYTES_MAX: usize = 2 * 1024;

/// A call whose signature is verified and whose body was bounded, or one of a page of the console
/// whose session is. There is no other way to one.
pub struct Call {
    pub(crate) host: Box<dyn Host>,
    pub(crate) operation: &'static Operation,
    pub(crate) caller: Caller,
    pub(crate) vault: Vault,
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    pub(crate) factor: AskedFactor,
    /// What it has read of the store.
    pub(crate) known: KnownPages,
}

impl Call {
    /// The method, in upper case.
    pub fn method(&self) -> &'static str {
        self.operation.method
    }

    /// Which operation it is for.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The store, clock and variables.
    pub fn host(&self) -> &dyn Host {
        &*self.host
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.host.now().into()
    }

    /// Random bytes, drawn before a transaction because its closure must be pure.
    pub fn random(&self) -> [u8; 16] {
        self.host.random()
    }

    /// Random numbers, drawn before a transaction because its closure must be pure.
    pub fn randoms(&self, count: usize) -> Vec<[u8; 16]> {
        (0..count).map(|_| self.host.random()).collect()
    }

    /// Reads the query; a parameter that `read` does not ask for is refused, unless the variable
    /// `unknown_parameters` says otherwise.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first parameter that is wrong.
    pub fn query<T>(
        &self,
        read: impl FnOnce(&mut Query) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        Query::read(&self.head.query, read, || self.reading())
    }

    /// The parameter that ends the path.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for one that is wrong.
    pub fn path_end<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Refusal> {
        Self::in_path(name, self.head.path.rsplit('/').next())
    }

    /// The parameter at this place between the slashes of the path, from 1.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for one that is wrong.
    pub fn path_segment<T: FromStr<Err: Display>>(
        &self,
        name: &str,
        place: usize,
    ) -> Result<T, Refusal> {
        Self::in_path(name, self.head.path.split('/').nth(place))
    }

    fn in_path<T: FromStr<Err: Display>>(name: &str, segment: Option<&str>) -> Result<T, Refusal> {
        let segment = segment.unwrap_or_default();
        let decoded = percent_decode_str(segment).decode_utf8();
        let text = decoded.map_err(|_| Refusal::parameter(name, "must be text"))?;
        text.parse().map_err(|error: T::Err| Refusal::parameter(name, &error.to_string()))
    }

    /// Reads the body, which must be a JSON object. A request with a body has no query. Unknown fields
    /// are refused, unless the variable `unknown_parameters` says otherwise.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first field that is wrong.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        self.query(|_| Ok(()))?;
        match body::parse(&self.body, Reading::Strict) {
            Err(_) if self.reading()? == Reading::Lenient => {
                body::parse(&self.body, Reading::Lenient)
            }
            outcome => outcome,
        }
    }

    /// The same call with this body and no query, as a client would send it: what a page of the
    /// console asks for.
    ///
    /// # Errors
    /// The body cannot be written as JSON, which is a fault of this program.
    pub fn with_body(mut self, body: &impl Serialize) -> Result<Self, Refusal> {
        self.body = body::written(body)?;
        self.head.query = String::new();
        Ok(self)
    }

    /// What the operator says of parameters and fields that the contract does not have. It is asked
    /// only when there are some.
    fn reading(&self) -> Result<Reading, Refusal> {
        let lenient = self.host.variable("unknown_parameters")? == "ignore";
        Ok(if lenient { Reading::Lenient } else { Reading::Strict })
    }

    /// As [`body`](Self::body), where a request may come without one.
    ///
    /// # Errors
    /// As of [`body`](Self::body).
    pub fn optional_body<T: DeserializeOwned + Default>(&self) -> Result<T, Refusal> {
        if self.body.is_empty() {
            return self.query(|_| Ok(T::default()));
        }
        self.body()
    }

    /// Reads the tenant's books, all of one moment. `read` may run more than once.
    ///
    /// # Errors
    /// What `read` refuses, and store failures.
    pub async fn read<T>(
        &self,
        read: impl AsyncFn(&Books<'_>) -> Result<T, Reason>,
    ) -> Result<T, Refusal> {
        let tree = Tree::new(&*self.host, self.caller.head_key.as_str()).knowing(&self.known);
        Ok(tree
            .read(async |snapshot| {
                let books = OpenBooks::new(snapshot).with_vault(self.vault.clone());
                read(&books.with_clock().await?).await
            })
            .await?)
    }

    /// Reads the catalogue, all of one moment. `read` may run more than once.
    ///
    /// # Errors
    /// What `read` refuses, and store failures.
    pub async fn read_catalogue<T>(
        &self,
        read: impl AsyncFn(&Catalogue<'_>) -> Result<T, Reason>,
    ) -> Result<T, Refusal> {
        // A store that an earlier version has made has none before one is imported.
        let tree = Tree::new(&*self.host, CATALOGUE).absent_is_empty();
        Ok(tree.read(async |snapshot| read(&OpenCatalogue::new(snapshot)).await).await?)
    }

    /// The language that `X-Language` asks for: Chinese without one.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for one that is neither `zh_CN` nor `en_US`.
    pub fn language(&self) -> Result<Language, Refusal> {
        match self.head.header("x-language")? {
            None | Some("") => Ok(Language::default()),
            Some(value) => Language::from_header(value)
                .ok_or_else(|| Refusal::parameter("X-Language", "must be zh_CN or en_US")),
        }
    }

    /// Changes the tenant's books in one transaction, or not at all. `change` may run more than
    /// once, so it is pure: it awaits nothing but `books`.
    ///
    /// With an `X-Client-Token`, the answer is kept in the same transaction, and a repeat of the
    /// request gets it again and changes nothing.
    ///
    /// # Errors
    /// What `change` refuses, [`Reason::TokenReused`], [`Refusal::Parameter`] for a token that is
    /// none, and store failures.
    pub async fn update(
        &self,
        change: impl AsyncFn(&mut BooksMut<'_, '_>) -> Result<Answer, Refusal>,
    ) -> Result<Answer, Refusal> {
        let decision: Decision<Infallible> = self
            .decide(async |books: &mut BooksMut<'_, '_>| {
                Ok(Decision::Answered(change(books).await?))
            })
            .await?;
        match decision {
            Decision::Answered(answer) => Ok(answer),
            Decision::Unanswered(never) => match never {},
        }
    }

    /// As [`update`](Self::update), for a change that can be made without an answer to it: then the
    /// `X-Client-Token` is not used up, and a repeat of the request is carried out again.
    ///
    /// # Errors
    /// As of [`update`](Self::update).
    pub async fn decide<T>(
        &self,
        change: impl AsyncFn(&mut BooksMut<'_, '_>) -> Result<Decision<T>, Refusal>,
    ) -> Result<Decision<T>, Refusal> {
        let token = client_token::token_use(self)?;
        let meta = Meta {
            caller: self.caller.principal.name(),
            operation: self.operation.name.to_owned(),
        };
        let tree = Tree::new(&*self.host, self.caller.head_key.as_str())
            .knowing(&self.known)
            .expecting_large(self.body.len() > SMALL_BODY_BYTES_MAX);
        let update = tree.update(&meta, async |transaction| {
            let books = BooksMut::new(transaction).with_vault(self.vault.clone());
            let mut books = books.with_clock().await?;
            let mut used = token.clone();
            if let Some(used) = &mut used {
                // Requests have passwords and telephone numbers in them, which can be tried out on a
                // plain hash: only a keyed one is kept.
                used.request_sha256 = books
                    .vault()
                    .digest(TOKEN_DIGEST, &used.request_sha256)
                    .map_err(Reason::from)?;
                if let Some(stored) = books.recall(used, books.now()).await? {
                    return client_token::decode(&stored).map(|it| Ok(Decision::Answered(it)));
                }
            }
            // What is counted against a code that is refused is committed, and nothing else is.
            if let CodeCheck::Refused(reason) = self.check_factor(&mut books).await? {
                return Ok(Err(reason));
            }
            let decision = change(&mut books).await?;
            if let (Some(used), Decision::Answered(answer)) = (&used, &decision) {
                books.remember(used, &client_token::encode(answer)?).await?;
            }
            Ok(Ok(decision))
        });
        let decided: Result<Decision<T>, Reason> = update.await?;
        decided.map_err(Refusal::from)
    }
}
