//! Books that are none, from whoever has the operator's token.

use super::{Dice, Target, rounds};

const BOOKS: &str = "/operator/v1/books";

/// Books in which no line can be taken.
fn hostile(tenant_id: &str) -> Vec<(&'static str, Vec<u8>)> {
    let line = |members: &str| {
        format!("{{\"kind\":\"customer\",\"tenant_id\":\"{tenant_id}\"{members}}}\n")
    };
    let long = "x".repeat(100_000);
    let deep = |open: &str, close: &str| {
        let levels = 10_000;
        line(&format!(",\"name\":{}{}", open.repeat(levels), close.repeat(levels)))
    };
    let texts = [
        ("nonsense", "nonsense\n".to_owned()),
        ("a list", "[]\n".to_owned()),
        ("a number", "1\n".to_owned()),
        ("half an object", "{\"kind\":\"customer\"".to_owned()),
        ("no kind", format!("{{\"tenant_id\":\"{tenant_id}\"}}\n")),
        ("an unknown kind", format!("{{\"kind\":\"bank\",\"tenant_id\":\"{tenant_id}\"}}\n")),
        ("no tenant", "{\"kind\":\"customer\",\"customer_id\":\"c\"}\n".to_owned()),
        ("no fields", line("")),
        ("an unknown field", line(",\"customer_id\":\"c\",\"admin\":true")),
        ("a field twice", line(",\"customer_id\":\"c\",\"customer_id\":\"d\"")),
        ("a kind twice", line(",\"kind\":\"tenant\"")),
        ("a number as an id", line(",\"customer_id\":1")),
        ("an empty id", line(",\"customer_id\":\"\"")),
        ("a path as an id", line(",\"customer_id\":\"../../head\"")),
        ("a long id", line(&format!(",\"customer_id\":\"{long}\""))),
        ("a long line", format!("{{\"kind\":\"{long}\n")),
        ("a line without an end", long.repeat(100)),
        ("deep lists", deep("[", "]")),
        ("deep objects", deep("{\"a\":", "}")),
        (
            "XML",
            "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///\">]>\n".to_owned(),
        ),
        ("a mark before the text", format!("\u{feff}{}", line(""))),
        (
            "money from nowhere",
            format!(
                "{{\"kind\":\"top_up\",\"tenant_id\":\"{tenant_id}\",\"partner_id\":\"p\",\
                 \"amount\":\"-1\"}}\n"
            ),
        ),
    ];
    let bytes: [(&str, &[u8]); 2] =
        [("no text", b"\xff\xfe\n"), ("half a character", b"{\"kind\":\"\xc3\"}\n")];
    let texts = texts.into_iter().map(|(what, text)| (what, text.into_bytes()));
    texts.chain(bytes.map(|(what, bytes)| (what, bytes.to_vec()))).collect()
}

#[test]
fn hostile_books_are_refused_and_change_nothing() {
    let target = Target::start();
    let books = hostile(&target.tenant.tenant_id);
    for (what, book) in &books {
        let reply = target.app.operator("POST", BOOKS, book);
        assert_eq!(reply.status, 400, "{what}: {}", reply.text());
        assert_eq!(reply.json().at("applied").as_integer(), 0, "{what}: {}", reply.text());
    }
    let blank = target.app.operator("POST", BOOKS, "\n".repeat(1_000_000));
    assert_eq!(blank.status, 200, "{}", blank.text());

    // A good line with one byte changed: mostly it is none any more.
    let mut dice = Dice(4);
    let good = target.tenant.book.text().lines().next().expect("a line").to_owned();
    let changed = 100 * rounds();
    for _ in 0..changed {
        let mut line = good.clone().into_bytes();
        let at = dice.below(line.len());
        line[at] = u8::try_from(dice.below(256)).expect("fits");
        let reply = target.app.operator("POST", BOOKS, &line);
        let line = String::from_utf8_lossy(&line).into_owned();
        assert!([200, 400].contains(&reply.status), "{line}: {}", reply.text());
    }
    let tried = books.len() + 1 + changed;
    target.held("hostile books", tried);
}
