//! `cargo xtask import`: sends a book to a running bundle, of any size, with a progress bar.
//!
//! Repeated after an interruption it continues where it was. It first sends the last part again
//! that was answered: a server that does not know all of that one has lost what came before, or is
//! another server, and gets the book from its beginning. Lines that a server has it skips.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::book::{Part, Parts};
use crate::checkpoint::{Checkpoint, Place};
use crate::operator::{Access, Operator, Outcome, Refusal};

/// Which book, and where to.
#[derive(Args)]
pub struct Options {
    /// The book: one JSON object per line
    file: PathBuf,
    /// The server's address: its scheme, http or https, its host, and its port if it has one
    #[arg(long, value_name = "URL")]
    to: String,
    #[command(flatten)]
    access: Access,
}

/// Imports the book and prints what became of its lines.
pub fn run(options: &Options) -> Result<()> {
    let operator = options.access.to(&options.to)?;
    let checkpoint = Checkpoint::of(&options.file, &options.to)?;
    let outcome = match checkpoint.read() {
        Some(place) => resume(&options.file, &operator, &checkpoint, place)?,
        None => send(&options.file, &operator, Some(&checkpoint), Place::START, |_| Ok(()))?,
    };
    println!("{}: {outcome}", options.file.display());
    Ok(())
}

/// Sends the book in `file` from its beginning, and shows the progress.
pub fn import(file: &Path, operator: &Operator) -> Result<Outcome> {
    send(file, operator, None, Place::START, |_| Ok(()))
}

/// Why an import cannot continue where it was.
#[derive(Debug)]
struct UnknownPart;

impl fmt::Display for UnknownPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the server does not have the lines before")
    }
}

impl std::error::Error for UnknownPart {}

/// Sends the book from `place` on if the server has what lies before, else from its beginning.
fn resume(
    file: &Path,
    operator: &Operator,
    checkpoint: &Checkpoint,
    place: Place,
) -> Result<Outcome> {
    let known = |outcome: Outcome| {
        if outcome.applied == 0 { Ok(()) } else { Err(UnknownPart) }
    };
    println!("{}: continuing after line {}", file.display(), place.lines);
    match send(file, operator, Some(checkpoint), place, known) {
        Err(error) if error.is::<UnknownPart>() => {
            println!("{}: {error}: starting again", file.display());
            send(file, operator, Some(checkpoint), Place::START, |_| Ok(()))
        }
        outcome => outcome,
    }
}

/// Sends the book from `place` on. `check` judges what the server says of the first part.
fn send(
    file: &Path,
    operator: &Operator,
    checkpoint: Option<&Checkpoint>,
    mut place: Place,
    check: impl Fn(Outcome) -> Result<(), UnknownPart>,
) -> Result<Outcome> {
    let mut book = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let progress = progress(book.metadata()?.len());
    progress.set_position(place.offset);
    book.seek(SeekFrom::Start(place.offset))?;

    let mut total = Outcome::default();
    for (index, part) in Parts::after(place.lines, BufReader::new(book)).enumerate() {
        let part = part.with_context(|| file.display().to_string())?;
        match operator.send_book(&part.bytes)? {
            Ok(outcome) => {
                if index == 0 {
                    check(outcome)?;
                }
                total += outcome;
            }
            // Lines that are missing are missed by the first that refers to them.
            Err(refusal) if index == 0 => {
                check(Outcome { applied: 1, ..refusal.before })?;
                return Err(refused(file, &part, &refusal, refusal.before));
            }
            Err(refusal) => {
                total += refusal.before;
                return Err(refused(file, &part, &refusal, total));
            }
        }
        place.lines = part.first_line - 1;
        if let Some(Err(error)) = checkpoint.map(|checkpoint| checkpoint.keep(place)) {
            progress.println(format!("cannot note how far it came: {error}"));
        }
        let bytes = u64::try_from(part.bytes.len())?;
        place.offset += bytes;
        progress.inc(bytes);
        progress.set_message(total.to_string());
    }
    progress.finish_and_clear();
    if let Some(checkpoint) = checkpoint {
        checkpoint.remove();
    }
    Ok(total)
}

/// The refusal in terms of the whole file: the server counts the lines of one request.
fn refused(file: &Path, part: &Part, refusal: &Refusal, total: Outcome) -> anyhow::Error {
    let file = file.display();
    let line = match refusal.line {
        Some(line) => (part.first_line + line).saturating_sub(1),
        None => part.first_line,
    };
    let place = match refusal.line {
        Some(_) => format!("line {line}"),
        None => format!("the lines from {line} on"),
    };
    anyhow!("{file}: {place} refused: {} ({total} before)", refusal.reason)
}

fn progress(bytes: u64) -> ProgressBar {
    let template = "importing {bar:30} {bytes}/{total_bytes} {bytes_per_sec} eta {eta} {msg}";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let progress = ProgressBar::new(bytes).with_style(style);
    progress.enable_steady_tick(Duration::from_millis(200));
    progress
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;
    use std::io::{BufRead, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::{Arc, Mutex};
    use std::thread;

    use super::*;

    /// A server that counts lines, and refuses one of them while it is told to.
    #[derive(Default)]
    struct Books {
        lines: HashSet<Vec<u8>>,
        requests: usize,
        refused: Option<Vec<u8>>,
    }

    fn serve() -> (String, Arc<Mutex<Books>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let books = Arc::new(Mutex::new(Books::default()));
        let served = Arc::clone(&books);
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer_all(&stream.expect("a connection"), &served);
            }
        });
        (url, books)
    }

    fn answer_all(mut stream: &TcpStream, books: &Mutex<Books>) {
        let mut reader = BufReader::new(stream);
        loop {
            let mut length = 0;
            loop {
                let mut header = String::new();
                if reader.read_line(&mut header).expect("a header") == 0 {
                    return;
                }
                if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                if header.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let (status, text) = books.lock().expect("no panic").take(&body);
            let length = text.len();
            write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n\r\n{text}")
                .expect("an answer");
        }
    }

    impl Books {
        fn take(&mut self, body: &[u8]) -> (u16, String) {
            self.requests += 1;
            let mut applied = 0;
            for (index, line) in body.split_inclusive(|byte| *byte == b'\n').enumerate() {
                if self.refused.as_deref() == Some(line) {
                    let line = index + 1;
                    let counts = format!(r#""applied":{applied},"skipped":{}"#, index - applied);
                    return (400, format!(r#"{{"line":{line},"error_msg":"no",{counts}}}"#));
                }
                applied += usize::from(self.lines.insert(line.to_vec()));
            }
            let lines = body.split_inclusive(|byte| *byte == b'\n').count();
            (200, format!(r#"{{"applied":{applied},"skipped":{}}}"#, lines - applied))
        }
    }

    /// A book of four parts, as its lines.
    fn book() -> Vec<Vec<u8>> {
        let line = |number: u32| format!("{number:05}{}\n", "x".repeat(4096)).into_bytes();
        (0..6000).map(line).collect()
    }

    #[test]
    fn continues_where_it_was_interrupted_and_starts_again_on_another_server() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("book.ndjson");
        let lines = book();
        fs::write(&file, lines.concat()).expect("written");
        let (url, books) = serve();
        let access = Access { authorities: None, operator_token: "t".to_owned() };
        let options = Options { file, to: url, access };
        let requests = || std::mem::take(&mut books.lock().expect("no panic").requests);

        books.lock().expect("no panic").refused = Some(lines[4000].clone());
        let error = run(&options).expect_err("a line is refused").to_string();
        assert!(error.contains("line 4001 refused"), "{error}");
        assert_eq!(requests(), 3);

        // The second part again, which shows that it is the same server; then the rest.
        books.lock().expect("no panic").refused = None;
        run(&options).expect("imported");
        assert_eq!(requests(), 3);
        assert_eq!(books.lock().expect("no panic").lines.len(), lines.len());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);

        books.lock().expect("no panic").refused = Some(lines[5999].clone());
        run(&options).expect_err("the last line is refused");
        *books.lock().expect("no panic") = Books::default();
        run(&options).expect("imported");
        assert_eq!(books.lock().expect("no panic").lines.len(), lines.len());
    }

    #[test]
    fn a_refused_line_is_named_by_its_number_in_the_file() {
        let part = Part { first_line: 101, bytes: Vec::new() };
        let mut refusal = Refusal {
            line: Some(3),
            reason: "CBC.0100: unknown tenant".to_owned(),
            before: Outcome::default(),
        };
        let total = Outcome { applied: 90, skipped: 12 };
        assert_eq!(
            refused(Path::new("a.ndjson"), &part, &refusal, total).to_string(),
            "a.ndjson: line 103 refused: CBC.0100: unknown tenant \
             (90 lines applied, 12 skipped before)"
        );
        refusal.line = None;
        let message = refused(Path::new("a.ndjson"), &part, &refusal, total).to_string();
        assert!(message.contains("the lines from 101 on refused"), "{message}");
    }
}
