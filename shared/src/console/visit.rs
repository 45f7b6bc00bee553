//! A request of a browser with its visitor, and the calls that pages make for it.

use crate::api::admission::{hosts_of, key_ring, read_bounded_to};
use crate::api::body::Reading;
use crate::api::second_factor::{AskedFactor, VERIFICATION_CODE};
use crate::api::{Body, Call, Caller, Head, Host, Operation, Query, Refusal};
use crate::console::form::{Encoding, Form};
use crate::console::session::{self, SESSION, SIGN_IN, STARTED, Session, cookie};
use crate::domain::catalogue::Language;
use crate::operator::{OperatorCall, Role};
use crate::security::secret::{KeyRing, SecretError, same_token};
use crate::security::vault::Vault;
use crate::store::KnownPages;
use std::rc::Rc;

/// The cookie of the language that someone has chosen.
const LANGUAGE_COOKIE: &str = "console-language";

/// How long that is kept: a year, in seconds.
const LANGUAGE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// The field of a form that repeats what its session says.
pub(super) const FORM_TOKEN: &str = "form_token";

/// The field of a form that names one write.
pub(super) const CLIENT_TOKEN: &str = "client_token";

/// Who looks at a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// Nobody who has signed in.
    Stranger,
    /// A partner.
    Partner(Caller),
    /// An operator.
    Operator {
        /// As the journal names whoever it is.
        name: String,
        /// What it opens.
        role: Role,
    },
}

/// A request that is not looked at any further.
#[derive(Debug)]
pub struct Rejected {
    /// The language of whoever sent it.
    pub language: Language,
    /// Why.
    pub refusal: Refusal,
}

/// A request of a browser. A form was sent by a page of the console, by whoever is signed in.
pub struct Visit<'r, S> {
    pub(super) host: Box<dyn Host>,
    pub(super) ring: Result<Rc<KeyRing>, SecretError>,
    pub(super) head: Head,
    body: &'r mut S,
    form_bytes: Vec<u8>,
    form: Form,
    visitor: Visitor,
    /// The sign-in of a stranger that a code must still prove.
    pub(super) started: Option<Session>,
    form_token: String,
    pub(super) language: Language,
}

/// Finds out who looks at a page, and refuses a form that another page has sent.
///
/// A form must say the origin that it comes from, as all browsers do, and it must be this one; and
/// a form of a session, or of a sign-in that has begun, must repeat what its pages say.
///
/// # Errors
/// [`Refusal::MethodNotAllowed`], [`Refusal::ForeignForm`], [`Refusal::Parameter`] for what is no
/// form, [`Refusal::BodyTooLarge`], [`Refusal::BodyIncomplete`]; failures of the store and of the
/// host.
pub async fn admit_visit<S: Body>(
    head: Head,
    body: &mut S,
    open: impl FnOnce() -> Result<Box<dyn Host>, Refusal>,
) -> Result<Visit<'_, S>, Rejected> {
    let language = language_of(&head);
    let admitted = admit(head, body, language, open).await;
    admitted.map_err(|refusal| Rejected { language, refusal })
}

/// The methods of the console's pages.
static METHODS: [Operation; 2] =
    [Operation { method: "GET", name: "console" }, Operation { method: "POST", name: "console" }];

async fn admit<S: Body>(
    head: Head,
    body: &mut S,
    language: Language,
    open: impl FnOnce() -> Result<Box<dyn Host>, Refusal>,
) -> Result<Visit<'_, S>, Refusal> {
    let method = Operation::of(&head, &METHODS)?.method;
    let host = open()?;
    let ring = key_ring(&*host)?;
    let no_form = || Refusal::parameter("Content-Type", "must be that of a form");
    let encoding = match method {
        "POST" => {
            check_origin(&*host, &head)?;
            Some(Encoding::of(head.header("content-type")?).ok_or_else(no_form)?)
        }
        _ => None,
    };
    let presented = |kind| Session::presented(kind, &head, &ring, host.now().into());
    let session = presented(&SESSION);
    let visitor = match &session {
        None => Visitor::Stranger,
        Some(session) => session.visitor(&*host, &ring).await?,
    };
    let started = if visitor == Visitor::Stranger { presented(&STARTED) } else { None };
    let form_token = started.as_ref().or(session.as_ref()).map(Session::form_token);
    let form_token = form_token.unwrap_or_default();
    // Only pages of operators have forms with a file. A file of nobody, whose session has ended
    // perhaps, is not read.
    let (form_bytes, form) = match (&encoding, &visitor) {
        (None, _) | (Some(Encoding::Parts { .. }), Visitor::Stranger) => Default::default(),
        (Some(Encoding::Parts { .. }), Visitor::Partner(_)) => return Err(no_form()),
        (Some(encoding), _) => {
            let bytes = read_bounded_to(encoding.bytes_max(), &*host, &head, body).await?;
            let form = Form::parse(encoding, &bytes)?;
            (bytes, form)
        }
    };
    let repeats = same_token(form.text(FORM_TOKEN).as_bytes(), form_token.as_bytes());
    let must_repeat = visitor != Visitor::Stranger || started.is_some();
    if method == "POST" && must_repeat && head.path != SIGN_IN && !repeats {
        return Err(Refusal::ForeignForm("it does not repeat what the session's pages say"));
    }
    Ok(Visit { host, ring, head, body, form_bytes, form, visitor, started, form_token, language })
}

/// Refuses a form that does not come from this origin.
fn check_origin(host: &dyn Host, head: &Head) -> Result<(), Refusal> {
    let public_hosts = host.variable("public_hosts")?;
    let hosts = hosts_of(&public_hosts, &head.authority);
    let origin = head.header("origin")?.unwrap_or_default();
    let from = ["https://", "http://"].iter().find_map(|scheme| origin.strip_prefix(scheme));
    if from.is_some_and(|from| hosts.iter().any(|known| known.eq_ignore_ascii_case(from))) {
        return Ok(());
    }
    Err(Refusal::ForeignForm("it does not come from a page of this console"))
}

/// Puts the language of the page in place of what a browser sends under the names of the API's own
/// headers, which was never signed for.
pub(super) fn say_as_page(head: &mut Head, language: Language) {
    head.headers.retain(|(name, _)| name != "x-client-token" && name != "x-language");
    let language = language.choose("zh_CN", "en_US").as_bytes().to_vec();
    head.headers.push(("x-language".to_owned(), language));
}

/// The language that was chosen, or else the first one of those that the browser asks for.
fn language_of(head: &Head) -> Language {
    let chosen = cookie(head, LANGUAGE_COOKIE).and_then(Language::from_header);
    let asked = || {
        let accepted = head.header("accept-language").ok().flatten().unwrap_or_default();
        accepted.split(',').find_map(|range| {
            let tag = range.split([';', '-']).next().unwrap_or_default().trim();
            match tag.to_ascii_lowercase().as_str() {
                "zh" => Some(Language::Chinese),
                "en" => Some(Language::English),
                _ => None,
            }
        })
    };
    chosen.or_else(asked).unwrap_or_default()
}

impl<'r, S: Body> Visit<'r, S> {
    /// Who looks at the page.
    pub fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// The language of the page.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The path, as sent.
    pub fn path(&self) -> &str {
        &self.head.path
    }

    /// The query, as sent.
    pub fn query(&self) -> &str {
        &self.head.query
    }

    /// Reads the query; a parameter that `read` does not ask for is refused.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for the first parameter that is wrong.
    pub fn read_query<T>(
        &self,
        read: impl FnOnce(&mut Query) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        Query::read(&self.head.query, read, || Ok(Reading::Strict))
    }

    /// Whether it is a form that was posted.
    pub fn is_posted(&self) -> bool {
        self.head.method == "POST"
    }

    /// What was posted.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// What each form of a page repeats.
    pub fn form_token(&self) -> &str {
        &self.form_token
    }

    /// A new name for one write: it stands in the form, so that posting it twice writes once.
    pub fn new_client_token(&self) -> String {
        hex::encode(self.host.random())
    }

    /// Whether sessions can be sealed here: what is wrong with the master key otherwise.
    ///
    /// # Errors
    /// [`Refusal::MasterKey`].
    pub fn check_ready(&self) -> Result<(), Refusal> {
        self.ring.as_ref().map(|_| ()).map_err(|error| Refusal::from(*error))
    }

    /// Makes the browser forget the session.
    pub fn sign_out(&self) -> String {
        session::forget_cookie(&SESSION, &self.head)
    }

    /// Makes the browser remember a language.
    pub fn remember_language(&self, language: Language) -> String {
        let name = language.choose("zh_CN", "en_US");
        let scope = "Path=/console; HttpOnly; SameSite=Strict";
        format!("{LANGUAGE_COOKIE}={name}; {scope}; Max-Age={LANGUAGE_SECONDS}")
    }

    /// The call of an operation by the partner who looks at the page, as a signed request would be
    /// one, and what was posted. The form's name for the write is its `X-Client-Token`.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] for all other visitors.
    pub fn call(self, operation: &'static Operation) -> Result<(Call, Form), Refusal> {
        let Self { host, ring, mut head, form_bytes, form, visitor, language, .. } = self;
        let Visitor::Partner(caller) = visitor else {
            return Err(Refusal::Unauthenticated("no partner is signed in".to_owned()));
        };
        say_as_page(&mut head, language);
        if let Some(token) = form.filled(CLIENT_TOKEN) {
            head.headers.push(("x-client-token".to_owned(), token.into_bytes()));
        }
        let vault = Vault::under(ring, host.random());
        let factor = AskedFactor::of_form(operation, form.filled(VERIFICATION_CODE));
        let (body, known) = (form_bytes, KnownPages::default());
        Ok((Call { operation, host, caller, vault, head, body, factor, known }, form))
    }

    /// The call of the operator who looks at the page, and what was posted.
    ///
    /// # Errors
    /// [`Refusal::OperatorUnauthenticated`] for all other visitors.
    pub fn operator(self) -> Result<(OperatorCall<'r, S>, Form), Refusal> {
        let Self { host, head, body, form, visitor, .. } = self;
        let Visitor::Operator { name, role } = visitor else {
            let fault = "no operator is signed in".to_owned();
            return Err(Refusal::OperatorUnauthenticated(fault));
        };
        Ok((OperatorCall::of_visitor(host, (name, role), head, body), form))
    }
}
