//! Sessions of the console, from their sign-in to their end.

use super::*;
use crate::console::{Pair, SIGN_IN, SignedIn, StartedSignIn, Visit, Visitor, admit_visit};
use crate::domain::error::Reason;
use crate::domain::registration::{MobileNumber, Scene, VerificationCode};
use crate::domain::second_factor::SecondFactor;
use crate::security::vault::Subject;
use chrono::TimeDelta;

const ORIGIN: &str = "http://bss.example:3000";

/// A request of a browser.
struct Browser {
    head: Head,
    body: &'static str,
}

impl Browser {
    fn get() -> Self {
        let head = Head {
            method: "GET".to_owned(),
            authority: AUTHORITY.to_owned(),
            path: "/console".to_owned(),
            ..Head::default()
        };
        Self { head, body: "" }
    }

    fn post(body: &'static str) -> Self {
        let mut browser = Self::get();
        browser.head.method = "POST".to_owned();
        let browser = browser.with("content-type", "application/x-www-form-urlencoded");
        Self { body, ..browser }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.head.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    /// What `look` sees of the request once it is admitted.
    fn admitted<T>(
        self,
        host: &TestHost,
        look: impl AsyncFnOnce(Visit<'_, Pieces>) -> T,
    ) -> Result<T, Refusal> {
        let mut body = Pieces::new(&[self.body.as_bytes()]);
        run(async {
            match admit_visit(self.head, &mut body, || Ok(Box::new(host.clone()))).await {
                Ok(visit) => Ok(look(visit).await),
                Err(rejected) => Err(rejected.refusal),
            }
        })
    }

    fn visitor(self, host: &TestHost) -> Visitor {
        self.admitted(host, async |visit| visit.visitor().clone()).expect("admitted")
    }
}

fn pair(secret_key: &str) -> Pair<'_> {
    Pair { access_key_id: ACCESS_KEY_ID, secret_key }
}

/// What a right secret key comes to.
fn signed_in(host: &TestHost) -> SignedIn {
    let posted = Browser::post("").with("origin", ORIGIN);
    let signed_in = posted.admitted(host, async |visit| visit.sign_in(&pair(SECRET_KEY)).await);
    signed_in.expect("admitted").expect("signed in")
}

/// The cookie of a sign-in that is over.
fn accepted(signed_in: SignedIn) -> String {
    match signed_in {
        SignedIn::Accepted(accepted) => accepted.cookie,
        SignedIn::CodeSent { .. } => panic!("a code is asked for"),
    }
}

/// The cookie that a sign-in gives, as a browser sends it.
fn session(host: &TestHost, operator_token: Option<&str>) -> String {
    let cookie = match operator_token {
        None => accepted(signed_in(host)),
        Some(token) => {
            let posted = Browser::post("").with("origin", ORIGIN);
            let signed_in =
                posted.admitted(host, async |visit| visit.sign_in_operator(token).await);
            signed_in.expect("admitted").expect("signed in").cookie
        }
    };
    let (pair, attributes) = cookie.split_once(';').expect("attributes");
    assert_eq!(attributes, " Path=/console; HttpOnly; SameSite=Strict; Max-Age=28800");
    pair.to_owned()
}

#[test]
fn a_session_is_that_of_whoever_signed_in() {
    let host = TestHost::with_book();
    let cookie = session(&host, None);
    let signed = host.admit(host.signed("GET", "/v2/x", &[], "")).expect("admitted");
    let visitor = Browser::get().with("cookie", &format!("a=b; {cookie}")).visitor(&host);
    assert_eq!(visitor, Visitor::Partner(signed.caller().clone()));
    let cookie = session(&host, Some(OPERATOR_TOKEN));
    let visitor = Browser::get().with("cookie", &cookie).visitor(&host);
    assert_eq!(visitor, Visitor::Operator { name: "operator".to_owned(), role: Role::Everything });
    for nobody in [Browser::get(), Browser::get().with("cookie", &format!("{cookie}; {cookie}"))] {
        assert_eq!(nobody.visitor(&host), Visitor::Stranger);
    }
}

#[test]
fn a_session_ends_after_eight_hours_to_the_second() {
    let host = TestHost::with_book();
    for token in [None, Some(OPERATOR_TOKEN)] {
        let cookie = session(&host, token);
        host.store.advance(TimeDelta::milliseconds(8 * 3_600_000 - 1));
        let before = Browser::get().with("cookie", &cookie).visitor(&host);
        assert_ne!(before, Visitor::Stranger);
        host.store.advance(TimeDelta::milliseconds(1));
        let after = Browser::get().with("cookie", &cookie).visitor(&host);
        assert_eq!(after, Visitor::Stranger);
    }
}

#[test]
fn a_session_ends_with_its_access_key_or_its_operator() {
    let host = TestHost::with_book();
    let (partner, operator) = (session(&host, None), session(&host, Some(OPERATOR_TOKEN)));
    let body = format!(r#"{{"access_key_id":"{ACCESS_KEY_ID}","status":"inactive"}}"#);
    assert_eq!(host.operate("", &body, change_access_key).0, 200);
    assert_eq!(Browser::get().with("cookie", &partner).visitor(&host), Visitor::Stranger);
    host.set("operator_token", "another-token-of-tests");
    assert_eq!(Browser::get().with("cookie", &operator).visitor(&host), Visitor::Stranger);
    host.set("operator_token", "");
    assert_eq!(Browser::get().with("cookie", &operator).visitor(&host), Visitor::Stranger);
}

#[test]
fn a_session_that_was_changed_or_sealed_elsewhere_is_nobodys() {
    let host = TestHost::with_book();
    let cookie = session(&host, Some(OPERATOR_TOKEN));
    let (name, value) = cookie.split_once('=').expect("a cookie");
    for at in 0..value.len() {
        let mut changed = value.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = format!("{name}={}", String::from_utf8_lossy(&changed));
        // The last character has bits that say nothing, and a strict reader refuses others there.
        let visitor = Browser::get().with("cookie", &changed).visitor(&host);
        assert_eq!(visitor, Visitor::Stranger, "{at}");
    }
    host.set("master_key", &MASTER_KEY.replace("00", "ff"));
    assert_eq!(Browser::get().with("cookie", &cookie).visitor(&host), Visitor::Stranger);
    // While the master key is replaced, what the one before has sealed still opens.
    host.set("master_key_previous", MASTER_KEY);
    assert_ne!(Browser::get().with("cookie", &cookie).visitor(&host), Visitor::Stranger);
}

#[test]
fn wrong_secret_keys_lock_the_access_key_as_wrong_signatures_do() {
    let host = TestHost::with_book();
    let attempt = |secret: &'static str| {
        let admitted = Browser::post("")
            .with("origin", ORIGIN)
            .admitted(&host, async |visit| visit.sign_in(&pair(secret)).await);
        let signed_in = admitted.expect("admitted");
        // As the component does once it has answered.
        if let Err(refusal) = &signed_in {
            run(count_wrong_signature(refusal, || Ok(Box::new(host.clone())))).expect("counted");
        }
        signed_in
    };
    for _ in 0..4 {
        assert!(matches!(attempt("wrong"), Err(Refusal::WrongSignature { .. })));
    }
    assert!(attempt(SECRET_KEY).is_ok(), "a right one begins the count again");
    for _ in 0..5 {
        assert!(matches!(attempt("wrong"), Err(Refusal::WrongSignature { .. })));
    }
    assert!(matches!(attempt(SECRET_KEY), Err(Refusal::Unauthenticated(_))), "it is locked");
    assert!(host.admit(host.signed("GET", "/v2/x", &[], "")).is_err(), "for signatures, too");
    assert!(matches!(attempt(""), Err(Refusal::Unauthenticated(_))));
}

#[test]
fn a_customer_has_no_console() {
    let host = TestHost::with_book();
    let key = r#"{"kind":"access_key","tenant_id":"t","access_key_id":"AKC","secret_key":"customers-secret","customer_id":"c"}"#;
    assert_eq!(host.import(key), Ok(Imported { applied: 1, skipped: 0 }));
    let admitted = Browser::post("").with("origin", ORIGIN).admitted(&host, async |visit| {
        visit.sign_in(&Pair { access_key_id: "AKC", secret_key: "customers-secret" }).await
    });
    let refusal = refused(admitted.expect("admitted"));
    assert_eq!(refusal, Reason::CallerNotPermitted.into());
}

#[test]
fn a_form_comes_from_this_origin_and_repeats_what_its_session_says() {
    let host = TestHost::with_book();
    let cookie = session(&host, None);
    let token = Browser::get()
        .with("cookie", &cookie)
        .admitted(&host, async |visit| visit.form_token().to_owned())
        .expect("admitted");
    let posted = |body: String| Browser::post(body.leak()).with("cookie", &cookie);
    let right = format!("form_token={token}");
    let admitted = posted(right.clone()).with("origin", ORIGIN).admitted(&host, async |_| ());
    assert_eq!(admitted, Ok(()));
    for origin in ["null", "http://evil.example", "http://bss.example", "bss.example:3000", ""] {
        let refusal =
            refused(posted(right.clone()).with("origin", origin).admitted(&host, async |_| ()));
        assert!(matches!(refusal, Refusal::ForeignForm(_)), "{origin}: {refusal:?}");
    }
    let without = refused(posted(right.clone()).admitted(&host, async |_| ()));
    assert!(matches!(without, Refusal::ForeignForm(_)), "{without:?}");
    for wrong in ["", "form_token=", "form_token=00", &right.replace("form_token", "other")] {
        let posted = posted(wrong.to_owned()).with("origin", ORIGIN);
        let refusal = refused(posted.admitted(&host, async |_| ()));
        assert!(matches!(refusal, Refusal::ForeignForm(_)), "{wrong}: {refusal:?}");
    }
    // With names of its own, a host is known by these alone.
    host.set("public_hosts", "console.example");
    let refusal =
        refused(posted(right.clone()).with("origin", ORIGIN).admitted(&host, async |_| ()));
    assert!(matches!(refusal, Refusal::ForeignForm(_)));
    let public = posted(right).with("origin", "https://console.example");
    assert_eq!(public.admitted(&host, async |_| ()), Ok(()));
}

#[test]
fn a_session_over_an_encrypted_connection_has_an_encrypted_cookie() {
    let host = TestHost::with_book();
    host.set("public_hosts", "console.example");
    let encrypted = Browser::post("").with("origin", "https://console.example");
    let admitted = encrypted.admitted(&host, async |visit| visit.sign_in(&pair(SECRET_KEY)).await);
    let cookie = accepted(admitted.expect("admitted").expect("signed in"));
    assert!(cookie.ends_with("; Secure"), "{cookie}");
}

#[test]
fn refuses_what_is_no_form() {
    let host = TestHost::with_book();
    let mut json = Browser::post("{}").with("origin", ORIGIN);
    json.head.headers.retain(|(name, _)| name != "content-type");
    let refusal =
        refused(json.with("content-type", "application/json").admitted(&host, async |_| ()));
    assert!(matches!(refusal, Refusal::Parameter(_)), "{refusal:?}");
    for body in ["a=%", "a=%ff", "a=\u{202e}", "a=%00"] {
        let refusal =
            refused(Browser::post(body).with("origin", ORIGIN).admitted(&host, async |_| ()));
        assert!(matches!(refusal, Refusal::Parameter(_)), "{body}: {refusal:?}");
    }
    let large = format!("a={}", "x".repeat(128 * 1024));
    let refusal =
        refused(Browser::post(large.leak()).with("origin", ORIGIN).admitted(&host, async |_| ()));
    assert_eq!(refusal, Refusal::BodyTooLarge);
    let mut other = Browser::get();
    other.head.method = "DELETE".to_owned();
    assert!(matches!(refused(other.admitted(&host, async |_| ())), Refusal::MethodNotAllowed(_)));
}

/// The import is that of the route; the file is not in what a form confirms or repeats.
#[test]
fn a_file_is_taken_from_an_operator_alone() {
    let host = TestHost::with_book();
    let posted = |cookie: &str| {
        let browser = Browser::get().with("cookie", cookie);
        let token = browser.admitted(&host, async |visit| visit.form_token().to_owned());
        let token = token.expect("admitted");
        let field = "--b\r\nContent-Disposition: form-data; name=";
        let customer = BOOK.lines().next().expect("a line");
        let body = format!(
            "{field}\"form_token\"\r\n\r\n{token}\r\n\
             {field}\"book\"; filename=\"a\"\r\n\r\n{customer}\r\n--b--\r\n"
        );
        let mut browser = Browser::post(body.leak()).with("cookie", cookie).with("origin", ORIGIN);
        browser.head.headers.retain(|(name, _)| name != "content-type");
        browser.with("content-type", "multipart/form-data; boundary=b")
    };
    let imported = posted(&session(&host, Some(OPERATOR_TOKEN))).admitted(&host, async |visit| {
        let (call, form) = visit.operator()?;
        assert_eq!(form.asked().count(), 0);
        import_book(call.with_body(form.into_file("book")?)).await
    });
    assert_eq!(imported.expect("admitted"), Ok(Imported { applied: 0, skipped: 1 }));
    let of_partner = posted(&session(&host, None)).admitted(&host, async |_| ());
    assert!(matches!(refused(of_partner), Refusal::Parameter(_)));
    let of_nobody = posted("a=b").admitted(&host, async |visit| {
        assert_eq!(visit.visitor(), &Visitor::Stranger);
        visit.form().text("form_token").is_empty()
    });
    assert_eq!(of_nobody, Ok(true));
}

const MOBILE: &str = "13812345678";

/// A host whose distributor has a second factor.
fn guarded() -> TestHost {
    let host = TestHost::with_book();
    host.set("demo_tenants", "t");
    let call = host.admit(host.signed("POST", "/v2/x", &[], "")).expect("admitted");
    let partner = call.caller().partner().expect("a partner").partner_id.clone();
    let mobile = MobileNumber::parse(MOBILE).expect("a number");
    let switched = call.update(async |books| {
        let factor = SecondFactor::new(&mobile, books.now());
        books.add_personal(Subject::SecondFactor(&partner), &factor)?;
        Ok(Answer::no_content())
    });
    run(switched).expect("switched on");
    host
}

/// The cookie of a sign-in that a code must still prove, as a browser sends it.
fn begun(host: &TestHost) -> String {
    let SignedIn::CodeSent { cookies: [cookie, session] } = signed_in(host) else {
        panic!("no code is asked for");
    };
    let (_, attributes) = session.split_once(';').expect("attributes");
    assert_eq!(attributes, " Path=/console; HttpOnly; SameSite=Strict; Max-Age=0");
    assert!(session.starts_with("console-session=;"), "{session}");
    let (pair, attributes) = cookie.split_once(';').expect("attributes");
    assert_eq!(attributes, " Path=/console/sign-in; HttpOnly; SameSite=Strict; Max-Age=600");
    pair.to_owned()
}

/// The code of a sign-in that the number was sent.
fn code(host: &TestHost) -> VerificationCode {
    let call = host.admit(host.signed("GET", "/v2/x", &[], "")).expect("admitted");
    let mobile = MobileNumber::parse(MOBILE).expect("a number");
    let now = call.now();
    let codes = call.read(async |books| books.readable_codes(&mobile, now).await);
    let mut codes = run(codes).expect("codes").into_iter();
    codes.find(|code| code.scene == Scene::SignIn).expect("a code").code
}

/// What `look` sees of the sign-in that a request has begun.
fn started<T>(
    (host, cookie): (&TestHost, &str),
    look: impl AsyncFnOnce(StartedSignIn) -> T,
) -> Option<T> {
    let admitted =
        Browser::get().with("cookie", cookie).admitted(host, async |visit| {
            match visit.started().await.expect("no failure") {
                Some(started) => Some(look(started).await),
                None => None,
            }
        });
    admitted.expect("admitted")
}

#[test]
fn a_sign_in_without_its_code_is_nobodys_session() {
    let host = guarded();
    let cookie = begun(&host);
    assert_eq!(Browser::get().with("cookie", &cookie).visitor(&host), Visitor::Stranger);
    let code = code(&host);
    let wrong = VerificationCode::claimed("not a code");
    let refusal = started((&host, &cookie), async |it| it.finish(&wrong).await);
    assert_eq!(refused(refusal.expect("it has begun")), Reason::CodeWrong.into());
    let accepted = started((&host, &cookie), async |it| it.finish(&code).await);
    let session = accepted.expect("it has begun").expect("the right code").cookie;
    let (session, _) = session.split_once(';').expect("attributes");
    let visitor = Browser::get().with("cookie", session).visitor(&host);
    assert!(matches!(visitor, Visitor::Partner(_)), "{visitor:?}");
    // The code is used up, whoever still has the cookie.
    let again = started((&host, &cookie), async |it| it.finish(&code).await);
    assert_eq!(refused(again.expect("it has begun")), Reason::CodeWrong.into());
    // Whoever has both is signed in, and has begun nothing.
    let both = format!("{cookie}; {session}");
    assert!(started((&host, &both), async |_| ()).is_none());
}

#[test]
fn a_sign_in_waits_ten_minutes_for_its_code_to_the_millisecond() {
    let host = guarded();
    let cookie = begun(&host);
    host.store.advance(TimeDelta::milliseconds(600_000 - 1));
    assert!(started((&host, &cookie), async |_| ()).is_some());
    host.store.advance(TimeDelta::milliseconds(1));
    assert!(started((&host, &cookie), async |_| ()).is_none());
}

#[test]
fn a_session_that_begins_in_the_last_second_lasts_as_long_as_any() {
    let host = guarded();
    let cookie = begun(&host);
    host.store.advance(TimeDelta::seconds(599));
    let another = started((&host, &cookie), async |it| it.send_code().await);
    assert_eq!(another, Some(Ok(())));
    let code = code(&host);
    let accepted = started((&host, &cookie), async |it| it.finish(&code).await);
    let session = accepted.expect("it has begun").expect("the right code").cookie;
    let (session, _) = session.split_once(';').expect("attributes");
    host.store.advance(TimeDelta::milliseconds(8 * 3_600_000 - 1));
    assert_ne!(Browser::get().with("cookie", session).visitor(&host), Visitor::Stranger);
    host.store.advance(TimeDelta::milliseconds(1));
    assert_eq!(Browser::get().with("cookie", session).visitor(&host), Visitor::Stranger);
}

#[test]
fn a_session_and_a_sign_in_never_open_as_each_other() {
    let host = guarded();
    let (cookie, operator) = (begun(&host), session(&host, Some(OPERATOR_TOKEN)));
    let value = |cookie: &str| cookie.split_once('=').expect("a cookie").1.to_owned();
    let renamed = format!("console-session={}", value(&cookie));
    assert_eq!(Browser::get().with("cookie", &renamed).visitor(&host), Visitor::Stranger);
    let renamed = format!("console-sign-in={}", value(&operator));
    assert!(started((&host, &renamed), async |_| ()).is_none());
}

#[test]
fn a_sign_in_that_was_changed_or_sealed_elsewhere_or_lost_its_key_is_nobodys() {
    let host = guarded();
    let cookie = begun(&host);
    let (name, value) = cookie.split_once('=').expect("a cookie");
    for at in (0..value.len()).step_by(7) {
        let mut changed = value.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = format!("{name}={}", String::from_utf8_lossy(&changed));
        assert!(started((&host, &changed), async |_| ()).is_none(), "{at}");
    }
    host.set("master_key", &MASTER_KEY.replace("00", "ff"));
    assert!(started((&host, &cookie), async |_| ()).is_none());
    host.set("master_key", MASTER_KEY);
    assert!(started((&host, &cookie), async |_| ()).is_some());
    let body = format!(r#"{{"access_key_id":"{ACCESS_KEY_ID}","status":"inactive"}}"#);
    assert_eq!(host.operate("", &body, change_access_key).0, 200);
    assert!(started((&host, &cookie), async |_| ()).is_none());
}

#[test]
fn a_form_of_a_sign_in_repeats_what_its_page_says() {
    let host = guarded();
    let cookie = begun(&host);
    let token = Browser::get()
        .with("cookie", &cookie)
        .admitted(&host, async |visit| visit.form_token().to_owned())
        .expect("admitted");
    let posted = |body: String, path: &str| {
        let mut browser = Browser::post(body.leak()).with("cookie", &cookie);
        browser.head.path = path.to_owned();
        browser
    };
    let code = "/console/sign-in/code";
    let right = posted(format!("form_token={token}"), code).with("origin", ORIGIN);
    assert_eq!(right.admitted(&host, async |_| ()), Ok(()));
    let elsewhere =
        posted(format!("form_token={token}"), code).with("origin", "http://evil.example");
    let refusal = refused(elsewhere.admitted(&host, async |_| ()));
    assert!(matches!(refusal, Refusal::ForeignForm(_)), "{refusal:?}");
    for wrong in ["", "form_token=", "form_token=00"] {
        let posted = posted(wrong.to_owned(), code).with("origin", ORIGIN);
        let refusal = refused(posted.admitted(&host, async |_| ()));
        assert!(matches!(refusal, Refusal::ForeignForm(_)), "{wrong}: {refusal:?}");
    }
    // Who begins anew has no page that says something yet.
    let anew = posted(String::new(), SIGN_IN).with("origin", ORIGIN);
    assert_eq!(anew.admitted(&host, async |_| ()), Ok(()));
}
