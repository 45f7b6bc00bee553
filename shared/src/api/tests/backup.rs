//! Books that go from one store to another, whatever happens on the way.

use super::*;
use crate::books::OpenBooks;
use crate::security::vault::{Subject, Vault};
use crate::store::limit::{self, Limits};
use crate::store::{Reader, Register, Tree, reach, sweep};
use async_trait::async_trait;
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The key that the exports are sealed under.
const EXPORT_KEY: &str = "e0e1e2e3e4e5e6e7e8e9eaebecedeeefe0e1e2e3e4e5e6e7e8e9eaebecedeeef";

/// The master key of the store that they are restored into.
const OTHER_MASTER_KEY: &str = "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

const AUDIT: &str = "tenant_id=t";

/// A host that dies at one of its writes: from then on it answers nothing.
#[derive(Clone)]
struct Mortal {
    host: TestHost,
    /// Writes that it is still to make.
    left: Rc<Cell<u32>>,
    /// Whether the write at which it dies is made.
    last_is_made: bool,
    /// Whether it dies once an answer has begun.
    dies_when_begun: bool,
}

impl Mortal {
    fn immortal(host: &TestHost) -> Self {
        let left = Rc::new(Cell::new(u32::MAX));
        Self { host: host.clone(), left, last_is_made: false, dies_when_begun: false }
    }

    fn is_dead(&self) -> bool {
        self.left.get() == 0
    }

    fn alive(&self) -> Result<(), KeyValueError> {
        if self.is_dead() { Err(KeyValueError("dead".to_owned())) } else { Ok(()) }
    }

    /// Whether a write is made; the host may be dead afterwards.
    fn writes(&self) -> Result<bool, KeyValueError> {
        self.alive()?;
        self.left.set(self.left.get() - 1);
        Ok(!self.is_dead() || self.last_is_made)
    }

    /// The answer to a write, which nobody hears who is dead.
    fn answered<T>(&self, answer: Result<T, KeyValueError>) -> Result<T, KeyValueError> {
        self.alive()?;
        answer
    }
}

#[async_trait(?Send)]
impl KeyValue for Mortal {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.alive()?;
        self.host.get(key).await
    }

    async fn get_many(&self, keys: &[String]) -> Result<Vec<(String, Vec<u8>)>, KeyValueError> {
        self.alive()?;
        self.host.get_many(keys).await
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        let made = if self.writes()? { self.host.store.set(key, value).await } else { Ok(()) };
        self.answered(made)
    }

    async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        let made = if self.writes()? { self.host.set_many(entries).await } else { Ok(()) };
        self.answered(made)
    }

    async fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        let made = if self.writes()? { self.host.delete_many(keys).await } else { Ok(()) };
        self.answered(made)
    }

    async fn watch(&self, key: &str) -> Result<(Option<Vec<u8>>, Watch), KeyValueError> {
        self.alive()?;
        self.host.watch(key).await
    }

    async fn swap(&self, watch: Watch, value: &[u8]) -> Result<Swap, KeyValueError> {
        let made = if self.writes()? { self.host.swap(watch, value).await } else { Ok(Swap::Lost) };
        self.answered(made)
    }
}

#[async_trait(?Send)]
impl Environment for Mortal {
    fn now(&self) -> DateTime<Utc> {
        self.host.now()
    }

    fn random(&self) -> [u8; 16] {
        self.host.random()
    }

    async fn pause(&self, _duration: Duration) {}
}

#[async_trait(?Send)]
impl Host for Mortal {
    fn variable(&self, name: &str) -> Result<String, Refusal> {
        self.host.variable(name)
    }

    async fn post(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Result<u16, OutboundError> {
        self.host.post(url, headers, body).await
    }

    fn begin(&self, answer: Answer) -> Result<(), ClientGone> {
        if self.dies_when_begun {
            self.left.set(0);
        }
        self.host.begin(answer)
    }

    fn send(&self, piece: &[u8]) -> Result<(), ClientGone> {
        self.host.send(piece)
    }
}

/// A call of the operator's with the key of the exports.
fn operate<H: Host + Clone + 'static>(
    host: &H,
    (query, key): (&str, &str),
    body: &str,
    handler: impl AsyncFnOnce(OperatorCall<'_, Pieces>) -> Result<Answer, Refusal>,
) -> Response {
    let headers =
        [("authorization", format!("Bearer {OPERATOR_TOKEN}")), ("x-export-key", key.into())];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.into_bytes()));
    let head = Head { query: query.to_owned(), headers: headers.to_vec(), ..Head::default() };
    let pieces: Vec<&[u8]> = body.as_bytes().chunks(1000).collect();
    let mut body = Pieces::new(&pieces);
    let outcome = run(async {
        handler(admit_operator(head, &mut body, || Ok(Box::new(host.clone()))).await?).await
    });
    respond(outcome, "id")
}

fn exported(host: &TestHost, query: &str) -> String {
    let response = operate(host, (query, EXPORT_KEY), "", export_books);
    // What is longer than a piece was sent before the handler returned.
    let begun = host.begun.take().unwrap_or_default().concat();
    let text = String::from_utf8([begun, response.body].concat()).expect("UTF-8");
    assert_eq!(response.status, 200, "{text}");
    text
}

/// Status and body of a restore.
fn restore<H: Host + Clone + 'static>(host: &H, query: &str, export: &str) -> (u16, Value) {
    let response = operate(host, (query, EXPORT_KEY), export, restore_books);
    (response.status, serde_json::from_slice(&response.body).expect("JSON"))
}

fn restored(host: &TestHost, query: &str, export: &str) -> Value {
    let (status, answer) = restore(host, query, export);
    assert_eq!((status, &answer["complete"]), (200, &json!(true)), "{answer}");
    answer
}

/// An empty store under another master key.
fn elsewhere() -> TestHost {
    let host = TestHost::new();
    host.set("master_key", OTHER_MASTER_KEY);
    host
}

/// Books with personal data, some thousand records and some transactions.
fn grown() -> TestHost {
    grown_by(6)
}

fn grown_by(parts: u32) -> TestHost {
    let host = TestHost::with_book();
    for part in 0..parts {
        let lines: String = (0..80).map(|number| customer(part * 80 + number)).collect();
        host.import(&lines).expect("imported");
    }
    host
}

fn customer(number: u32) -> String {
    let id = format!("n{number:04}");
    let fields = json!({"kind": "customer", "tenant_id": "t", "customer_id": id, "partner_id": "d",
                        "association_type": "2", "telephone": format!("139{number:08}")});
    format!("{fields}\n")
}

fn audit(host: &TestHost) -> Value {
    let (status, audit) = host.operate(AUDIT, "", audit_books);
    assert_eq!(status, 200, "{audit}");
    audit
}

/// All records of the tenant, with what is sealed opened.
fn records(host: &TestHost) -> Vec<(Vec<u8>, Vec<u8>)> {
    let master_key = host.variable("master_key").expect("a key");
    let head_key = run(Register::new(host).tenant("t")).expect("reads").expect("there");
    let read = Tree::new(host, head_key);
    let found = run(read.read(async |snapshot| {
        let mut found = snapshot.scan(&snapshot.all_records(), 0, usize::MAX).await?;
        let vault = Vault::new(&master_key, [0; 16]);
        let books = OpenBooks::new(snapshot).with_vault(vault);
        for number in 0..480 {
            let id = format!("n{number:04}").parse().expect("an id");
            let contact = books.contact(Subject::Customer(&id)).await?;
            let telephone = contact.telephone.unwrap_or_default();
            found.push((format!("telephone {number}").into_bytes(), telephone.into_bytes()));
        }
        let digest = books.vault().digest("mobile", b"13900000000")?;
        found.push((b"digest".to_vec(), digest.to_vec()));
        Ok::<_, crate::domain::error::Reason>(found)
    }));
    let mut found = found.expect("reads");
    // Sealed records are never twice the same.
    found.retain(|(key, _)| !key.starts_with(b"p"));
    found
}

/// Checks that books are those of another store, and can be gone on with.
fn check_same(host: &TestHost, origin: &TestHost) {
    assert_eq!(audit(host), audit(origin));
    assert!(records(host) == records(origin));
    let call = host.admit(host.signed("GET", "/v2/x", &[], "")).expect("the key opens");
    assert_eq!(call.caller().tenant_id.as_str(), "t");
    let line = customer(9999);
    assert_eq!(host.import(&line), Ok(Imported { applied: 1, skipped: 0 }));
    let again = Imported { applied: 0, skipped: 6 };
    assert_eq!(host.import(BOOK), Ok(again), "the tenant's line is known");
}

/// Every page that is stored is reached.
fn check_no_leftovers(host: &TestHost) {
    let head_key = run(Register::new(host).tenant("t")).expect("reads").expect("there");
    let reached = |key: &str| run(Tree::new(host, key).read(async |it| reach(it).await));
    let mut all = reached(&head_key).expect("reads");
    all.extend(reached("head.register").expect("reads"));
    let stored: BTreeSet<String> = host.store.values().into_keys().collect();
    let pages = stored.iter().filter(|key| key.starts_with("page."));
    assert_eq!(pages.cloned().collect::<BTreeSet<_>>(), all);
    assert!(!stored.iter().any(|key| key.starts_with("restore.")));
    let heads = stored.iter().filter(|key| key.starts_with("head.")).count();
    assert_eq!(heads, 3, "{stored:?}");
}

#[test]
fn books_are_the_same_in_another_store_under_another_master_key() {
    let origin = grown();
    let export = exported(&origin, "tenant_id=t");
    for secret in [SECRET_KEY, "13900000007", MASTER_KEY, EXPORT_KEY] {
        assert!(!export.contains(secret), "{secret}");
    }
    let host = elsewhere();
    let answer = restored(&host, "tenant_id=t", &export);
    let lines = u64::try_from(export.lines().count()).expect("few");
    assert_eq!(answer["records"].as_u64().expect("a number") + 3, lines);
    assert_eq!(answer["access_keys"], 1);
    check_no_leftovers(&host);
    let back = exported(&host, "tenant_id=t");
    check_same(&host, &origin);

    // And back again; the same export once more changes nothing.
    let home = TestHost::new();
    restored(&home, "tenant_id=t", &back);
    assert_eq!(restored(&home, "tenant_id=t", &back), json!({"complete": true}));
    let origin = grown();
    check_same(&home, &origin);
}

#[test]
fn a_snapshot_is_exported_as_it_was() {
    let origin = grown();
    assert_eq!(origin.operate("tenant_id=t&name=s", "", take_snapshot).0, 200);
    let before = audit(&origin);
    origin.import(&customer(9998)).expect("imported");
    let export = exported(&origin, "tenant_id=t&snapshot=s");
    let host = elsewhere();
    let answer = restored(&host, "tenant_id=t", &export);
    assert_eq!(audit(&host), before);
    assert_eq!(answer["snapshots_not_restored"], Value::Null);
    let now = exported(&origin, "tenant_id=t");
    assert_eq!(restored(&elsewhere(), "tenant_id=t", &now)["snapshots_not_restored"], json!(["s"]));
    let unknown = operate(&origin, ("tenant_id=t&snapshot=x", EXPORT_KEY), "", export_books);
    assert_eq!(unknown.status, 404);
}

/// The refusal comes too late to be the answer: it is why the component breaks the answer off.
#[test]
fn an_export_whose_store_fails_once_it_has_begun_is_refused_and_is_no_export() {
    let origin = grown();
    let whole = exported(&origin, "tenant_id=t");
    let mortal = Mortal { dies_when_begun: true, ..Mortal::immortal(&origin) };
    let response = operate(&mortal, ("tenant_id=t", EXPORT_KEY), "", export_books);
    assert_eq!(response.status, 503);
    let torn = String::from_utf8(origin.begun.take().expect("it has begun").concat());
    let torn = torn.expect("UTF-8");
    assert!(torn.len() < whole.len(), "{} of {}", torn.len(), whole.len());
    let host = elsewhere();
    let (status, answer) = restore(&host, "tenant_id=t", &torn);
    assert_eq!((status, answer["line"].is_u64()), (400, true), "{answer}");
    assert_eq!(host.operate(AUDIT, "", audit_books).0, 404);
}

#[test]
fn another_tenant_can_be_made_of_an_export_without_access_keys() {
    let origin = grown();
    let export = exported(&origin, "tenant_id=t");
    let answer = restored(&origin, "tenant_id=u", &export);
    assert_eq!(answer["access_keys"], 0);
    let (status, of_other) = origin.operate("tenant_id=u", "", audit_books);
    assert_eq!((status, &of_other["transactions"]), (200, &audit(&origin)["transactions"]));
}

#[test]
fn a_line_that_was_changed_left_out_or_put_in_is_named_and_nothing_is_seen() {
    let export = exported(&grown(), "tenant_id=t");
    let lines: Vec<&str> = export.lines().collect();
    let text = |lines: &[&str]| lines.join("\n");
    let last = lines.len() - 1;
    for place in [0, 1, 2, 300, last - 1, last] {
        let mut changed = lines.clone();
        let line = lines[place].replacen("\":", "\" :", 1);
        changed[place] = &line;
        let mut without = lines.clone();
        without.remove(place);
        let mut twice = lines.clone();
        twice.insert(place, lines[place]);
        let cut = &text(&lines)[..text(&lines[..place]).len() + 40];
        let number = u64::try_from(place).expect("small") + 1;
        for (what, export, expected) in [
            ("changed", text(&changed), number),
            ("left out", text(&without), number),
            ("twice", text(&twice), number + u64::from(place < last)),
            ("cut", cut.to_owned(), number),
        ] {
            let host = elsewhere();
            let (status, answer) = restore(&host, "tenant_id=t", &export);
            if what == "twice" && place == last {
                // The last line ends an export.
                continue;
            }
            assert_eq!(
                (status, &answer["line"]),
                (400, &json!(expected)),
                "{what} {place} {answer}"
            );
            assert_eq!(host.operate(AUDIT, "", audit_books).0, 404, "{what} {place}");
            assert_eq!(host.operate("", "", rotate_master_key).0, 200);
            let ids = run(Register::new(&host).tenants()).expect("reads");
            assert!(ids.is_empty(), "{what} {place}");
        }
    }
}

#[test]
fn wrong_keys_wrong_books_and_taken_places_are_refused() {
    let origin = grown();
    let export = exported(&origin, "tenant_id=t");
    let host = elsewhere();
    for key in ["", "abc", &"00".repeat(31)] {
        assert_eq!(operate(&host, ("tenant_id=t", key), &export, restore_books).status, 400);
        assert_eq!(operate(&origin, ("tenant_id=t", key), "", export_books).status, 400);
    }
    let wrong = operate(&host, ("tenant_id=t", &"00".repeat(32)), &export, restore_books);
    let wrong: Value = serde_json::from_slice(&wrong.body).expect("JSON");
    assert_eq!(wrong["line"], 1, "{wrong}");
    assert_eq!(restore(&host, "books=catalogue", &export).0, 400);
    assert_eq!(restore(&host, "", &export).0, 400);
    assert_eq!(restore(&host, "tenant_id=t", "").1["line"], 1);
    let (status, taken) = restore(&origin, "tenant_id=t", &export);
    assert_eq!((status, &taken["error_msg"]), (400, &json!("there are such books already")));
    assert_eq!(operate(&origin, ("tenant_id=x", EXPORT_KEY), "", export_books).status, 404);

    // The id of an access key is another tenant's: no tenant comes of it.
    let other = elsewhere();
    other.import(&BOOK.replace("\"t\"", "\"v\"")).expect("imported");
    let (status, taken) = restore(&other, "tenant_id=t", &export);
    assert_eq!(status, 400, "{taken}");
    assert_eq!(other.operate(AUDIT, "", audit_books).0, 404);
    assert_eq!(other.operate(AUDIT, "", drop_restore_without_body).0, 204);
    assert_eq!(other.operate(AUDIT, "", show_restore).0, 404);
}

/// A call whose answer has no body.
async fn drop_restore_without_body<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let answer = drop_restore(call).await?;
    assert_eq!(respond(Ok(answer), "id").status, 204);
    Answer::with_status(204, &json!({}))
}

#[test]
fn lines_may_come_in_parts_and_a_part_twice() {
    let origin = grown();
    let export = exported(&origin, "tenant_id=t");
    let lines: Vec<&str> = export.lines().collect();
    let host = elsewhere();
    let mut next = 1;
    for part in lines.chunks(500) {
        let first = next;
        let (status, answer) =
            restore(&host, &format!("tenant_id=t&from_line={first}&more=true"), &part.join("\n"));
        assert_eq!(status, 200, "{answer}");
        next += part.len();
        if next <= lines.len() {
            assert_eq!(answer, json!({"complete": false, "next_line": next}));
            assert_eq!(host.operate(AUDIT, "", show_restore).1, answer);
            let (status, again) =
                restore(&host, &format!("tenant_id=t&from_line={}", first.max(2)), part[0]);
            assert_eq!(status, 400, "{again}");
            assert_eq!(host.operate(AUDIT, "", audit_books).0, 404);
        }
    }
    check_no_leftovers(&host);
    check_same(&host, &origin);
    assert_eq!(restore(&host, "tenant_id=t&from_line=7", "").0, 404);
}

#[test]
fn a_restore_gives_way_to_another_one_only_when_it_is_given_up() {
    let origin = grown();
    let (one, other) = (exported(&origin, "tenant_id=t"), exported(&origin, "tenant_id=t"));
    let host = elsewhere();
    let part: String = one.lines().take(900).map(|line| format!("{line}\n")).collect();
    assert_eq!(restore(&host, "tenant_id=t", &part).1["line"], 901);
    let (status, refusal) = restore(&host, "tenant_id=t", &other);
    assert_eq!(status, 400);
    assert!(refusal["error_msg"].as_str().expect("a text").contains("give that up"), "{refusal}");
    assert_eq!(host.operate(AUDIT, "", drop_restore_without_body).0, 204);
    assert_eq!(host.operate(AUDIT, "", show_restore).0, 404);
    let left = host.store.values().into_keys().filter(|key| key.starts_with("restore."));
    assert_eq!(left.count(), 0);
    restored(&host, "tenant_id=t", &other);
    check_no_leftovers(&host);
    check_same(&host, &origin);
}

/// A request that dies at any of its writes, before or after it is made, is sent again.
#[test]
fn a_restore_that_died_anywhere_is_repeated_and_nothing_is_seen_before_it_is_whole() {
    let origin = grown_by(1);
    let export = exported(&origin, "tenant_id=t");
    let expected = records(&origin);
    limit::set(Limits { built_at_once: 3, ..Limits::USUAL });
    for last_is_made in [false, true] {
        for writes in 1.. {
            let host = elsewhere();
            let mortal = Mortal {
                left: Rc::new(Cell::new(writes)),
                last_is_made,
                ..Mortal::immortal(&host)
            };
            let (status, _) = restore(&mortal, "tenant_id=t", &export);
            if !mortal.is_dead() {
                assert_eq!(status, 200);
                break;
            }
            let seen = run(Register::new(&host).tenant("t")).expect("reads").is_some();
            if seen {
                assert!(records(&host) == expected, "after {writes} writes");
            }
            restored(&host, "tenant_id=t", &export);
            assert!(records(&host) == expected, "after {writes} writes");
            assert_eq!(audit(&host), audit(&origin));
            host.store.advance(TimeDelta::hours(2));
            run(sweep(&host, "operator")).expect("swept");
            check_no_leftovers(&host);
            let keys: Vec<String> = host.store.values().into_keys().collect();
            assert!(!keys.iter().any(|key| key.starts_with("written.")), "{keys:?}");
        }
    }
    limit::set(Limits::USUAL);
}

#[test]
fn the_catalogue_goes_the_same_way() {
    let host = TestHost::new();
    let book = include_str!("../../../../tests/fixtures/demo_catalogue.ndjson");
    let of_all = book.lines().filter(|line| !line.contains("\"tenant_id\""));
    let book = &of_all.map(|line| format!("{line}\n")).collect::<String>();
    host.import(book).expect("imported");
    let export = exported(&host, "books=catalogue");
    let (other, lines) = (elsewhere(), u64::try_from(book.lines().count()).expect("few"));
    for _ in 0..2 {
        restored(&other, "books=catalogue", &export);
        let audits = [&host, &other].map(|host| host.operate("books=catalogue", "", audit_books));
        assert_eq!(audits[0], audits[1]);
    }
    assert_eq!(other.import(book), Ok(Imported { applied: 0, skipped: lines }));
    let later = exported(&host, "books=catalogue");
    assert_eq!(restore(&other, "books=catalogue", &later).0, 400);
}
