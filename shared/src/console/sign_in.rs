//! How one signs in: with an access key, and a code where its partner has a second factor; or with the
//! token of an operator.

use super::session::{
    self, AcceptedSignIn, Bearer, Pair, SESSION, STARTED, accepted, forget_cookie, set_cookie,
};
use super::visit::{Visit, Visitor, say_as_page};
use crate::api::second_factor::AskedFactor;
use crate::api::{Body, Call, Caller, Head, Host, Operation, Refusal};
use crate::domain::catalogue::Language;
use crate::domain::registration::VerificationCode;
use crate::domain::second_factor::SecondFactor;
use crate::operations::second_factor::second_factor;
use crate::security::secret::{KeyRing, SecretError};
use crate::security::vault::Vault;
use crate::store::KnownPages;
use std::rc::Rc;
use std::time::Duration;

/// How long the answer to a wrong sign-in waits.
const WRONG_SIGN_IN_PAUSE: Duration = Duration::from_millis(200);

/// A sign-in, as the journal names what its codes change.
static OPERATION: Operation = Operation { method: "POST", name: "console-sign-in" };

/// What came of a right access key.
#[derive(Debug)]
pub enum SignedIn {
    /// The partner is in.
    Accepted(AcceptedSignIn),
    /// A code was sent to its number, and must be shown first.
    CodeSent {
        /// Sets the cookie of the sign-in, and ends the session that there may be.
        cookies: [String; 2],
    },
}

/// A sign-in with a right access key that a code must still prove.
pub struct StartedSignIn {
    call: Call,
    ring: Result<Rc<KeyRing>, SecretError>,
    bearer: Bearer,
}

impl<S: Body> Visit<'_, S> {
    /// Signs in by a partner's access key and its secret. A wrong secret key counts as a
    /// wrong signature does. A partner with a second factor is sent a code, and is not in.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`],
    /// [`CallerNotPermitted`](crate::domain::error::Reason::CallerNotPermitted) for a customer's
    /// key, [`Refusal::MasterKey`]; as of [`Call::send_factor_code`], and then nothing has begun;
    /// failures of the store and of the host.
    pub async fn sign_in(self, pair: &Pair<'_>) -> Result<SignedIn, Refusal> {
        let verified = session::verified((&*self.host, &self.head), &self.ring, pair).await;
        let (caller, bearer) = self.slowly(verified).await?;
        let started = self.of_caller(caller, bearer);
        if started.second_factor().await?.is_none() {
            return started.accepted().map(SignedIn::Accepted);
        }
        started.send_code().await?;
        let StartedSignIn { call, ring, bearer } = started;
        let cookie = set_cookie(&STARTED, (call.host(), &call.head), &ring, bearer)?;
        Ok(SignedIn::CodeSent { cookies: [cookie, forget_cookie(&SESSION, &call.head)] })
    }

    /// The sign-in that a code must still prove: none once its time is over, or its access key no
    /// longer opens anything.
    ///
    /// # Errors
    /// Failures of the store and of the host.
    pub async fn started(mut self) -> Result<Option<StartedSignIn>, Refusal> {
        let Some(started) = self.started.take() else {
            return Ok(None);
        };
        match started.visitor(&*self.host, &self.ring).await? {
            Visitor::Partner(caller) => Ok(Some(self.of_caller(caller, started.into_bearer()))),
            Visitor::Operator { .. } | Visitor::Stranger => Ok(None),
        }
    }

    /// Signs in by an operator's token.
    ///
    /// # Errors
    /// [`Refusal::OperatorUnauthenticated`], [`Refusal::OperatorClosed`], [`Refusal::MasterKey`];
    /// failures of the store and of the host.
    pub async fn sign_in_operator(&self, token: &str) -> Result<AcceptedSignIn, Refusal> {
        let at = (&*self.host, &self.head);
        let signed_in = session::sign_in_operator(at, &self.ring, token).await;
        self.slowly(signed_in).await
    }

    async fn slowly<T>(&self, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
        if outcome.is_err() {
            self.host.pause(WRONG_SIGN_IN_PAUSE).await;
        }
        outcome
    }

    fn of_caller(self, caller: Caller, bearer: Bearer) -> StartedSignIn {
        let Self { host, ring, head, language, .. } = self;
        let call = call_of(host, ring.clone(), caller, (head, language));
        StartedSignIn { call, ring, bearer }
    }
}

/// The call that sends a partner its code, or uses it up. What was posted is no part of it.
fn call_of(
    host: Box<dyn Host>,
    ring: Result<Rc<KeyRing>, SecretError>,
    caller: Caller,
    (mut head, language): (Head, Language),
) -> Call {
    say_as_page(&mut head, language);
    let vault = Vault::under(ring, host.random());
    let (body, known) = (Vec::new(), KnownPages::default());
    Call { operation: &OPERATION, host, caller, vault, head, body, factor: AskedFactor::No, known }
}

impl StartedSignIn {
    /// The second factor of the partner who signs in; none, if it has switched it off since.
    ///
    /// # Errors
    /// As of [`second_factor`](fn@second_factor).
    pub async fn second_factor(&self) -> Result<Option<SecondFactor>, Refusal> {
        let partner = &self.call.caller().of_console()?.partner_id;
        self.call.read(async |books| second_factor(books, partner).await).await
    }

    /// Sends the partner who signs in a code, in place of the last one.
    ///
    /// # Errors
    /// As of [`Call::send_factor_code`].
    pub async fn send_code(&self) -> Result<(), Refusal> {
        self.call.send_sign_in_code().await.map(|_| ())
    }

    /// Lets the partner in, if the code is right, and uses the code up. One that has switched its
    /// second factor off since needs none any more.
    ///
    /// # Errors
    /// How the code is refused; [`Refusal::MasterKey`]; failures of the store and of the host.
    pub async fn finish(self, code: &VerificationCode) -> Result<AcceptedSignIn, Refusal> {
        self.call.use_sign_in_code(code).await?;
        self.accepted()
    }

    /// Makes the browser forget the sign-in.
    pub fn forgotten(&self) -> String {
        forget_cookie(&STARTED, &self.call.head)
    }

    fn accepted(self) -> Result<AcceptedSignIn, Refusal> {
        accepted((self.call.host(), &self.call.head), &self.ring, self.bearer)
    }
}
