//! `cargo xtask import`: sends a book to a running bundle, of any size, with a progress bar.
//!
//! It may be repeated after any failure: the server skips the lines that it has.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::book::{Part, Parts};
use crate::operator::{Operator, Outcome, Refusal};

/// Which book, and where to.
#[derive(Args)]
pub struct Options {
    /// The book: one JSON object per line
    file: PathBuf,
    /// The server's address, such as http://127.0.0.1:3000
    #[arg(long, value_name = "URL")]
    to: String,
    /// The value of the server's variable operator_token
    #[arg(long, value_name = "TOKEN", env = "OPERATOR_TOKEN", hide_env_values = true)]
    operator_token: String,
}

/// Imports the book and prints what became of its lines.
pub fn run(options: &Options) -> Result<()> {
    let operator = Operator::new(&options.to, &options.operator_token)?;
    let outcome = import(&options.file, &operator)?;
    println!("{}: {outcome}", options.file.display());
    Ok(())
}

/// Sends the book in `file`, and shows the progress.
pub fn import(file: &Path, operator: &Operator) -> Result<Outcome> {
    let book = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let progress = progress(book.metadata()?.len());

    let mut total = Outcome::default();
    for part in Parts::new(BufReader::new(book)) {
        let part = part.with_context(|| file.display().to_string())?;
        match operator.send_book(&part.bytes)? {
            Ok(outcome) => total += outcome,
            Err(refusal) => {
                total += refusal.before;
                return Err(refused(file, &part, &refusal, total));
            }
        }
        progress.inc(u64::try_from(part.bytes.len())?);
        progress.set_message(total.to_string());
    }
    progress.finish_and_clear();
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
    let template = "importing {bar:30} {bytes}/{total_bytes} {msg}";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let progress = ProgressBar::new(bytes).with_style(style);
    progress.enable_steady_tick(Duration::from_millis(200));
    progress
}

#[cfg(test)]
mod tests {
    use super::*;

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
