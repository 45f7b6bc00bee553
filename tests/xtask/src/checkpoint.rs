//! How far the import of a book has come, kept beside the book until it is finished.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// A place in a book: where a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Bytes before it.
    pub offset: u64,
    /// Lines before it.
    pub lines: u64,
}

impl Place {
    /// Where a book begins.
    pub const START: Self = Self { offset: 0, lines: 0 };
}

/// The file that says where the last part begins that a server has answered.
#[derive(Debug)]
pub struct Checkpoint {
    file: PathBuf,
    /// What is imported where: with another book or server the checkpoint says nothing.
    import: Value,
}

impl Checkpoint {
    /// The checkpoint of importing `book` into the server at `url`.
    pub fn of(book: &Path, url: &str) -> Result<Self> {
        let mut name = book.file_name().map_or_else(OsString::new, OsString::from);
        name.push(".import");
        let metadata = File::open(book)
            .and_then(|book| book.metadata())
            .with_context(|| format!("cannot open {}", book.display()))?;
        let modified =
            metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map(|since| since.as_nanos().to_string());
        let import = json!({"url": url, "bytes": metadata.len(), "modified": modified});
        Ok(Self { file: book.with_file_name(name), import })
    }

    /// Where an interrupted import has come to; none when there was none.
    pub fn read(&self) -> Option<Place> {
        let kept: Value = serde_json::from_slice(&fs::read(&self.file).ok()?).ok()?;
        if kept["import"] != self.import {
            return None;
        }
        Some(Place { offset: kept["offset"].as_u64()?, lines: kept["lines"].as_u64()? })
    }

    /// Keeps a place. Replaces the file at once, so that an interruption leaves a whole one.
    pub fn keep(&self, place: Place) -> io::Result<()> {
        let kept = json!({"import": self.import, "offset": place.offset, "lines": place.lines});
        let mut new = self.file.clone().into_os_string();
        new.push(".new");
        fs::write(&new, kept.to_string())?;
        fs::rename(&new, &self.file)
    }

    /// The import is finished.
    pub fn remove(&self) {
        // It may never have been written.
        let _ = fs::remove_file(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_for_one_book_and_one_server() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = folder.path().join("book.ndjson");
        fs::write(&book, "one\ntwo\n").expect("written");
        let checkpoint = |url| Checkpoint::of(&book, url).expect("a book");
        let place = Place { offset: 4, lines: 1 };

        assert_eq!(checkpoint("http://a").read(), None);
        checkpoint("http://a").keep(place).expect("written");
        assert_eq!(checkpoint("http://a").read(), Some(place));
        assert_eq!(checkpoint("http://b").read(), None);
        fs::write(&book, "one\nthree\n").expect("written");
        assert_eq!(checkpoint("http://a").read(), None);

        checkpoint("http://a").keep(place).expect("written");
        checkpoint("http://a").remove();
        assert_eq!(checkpoint("http://a").read(), None);
        assert!(Checkpoint::of(&folder.path().join("other"), "http://a").is_err());
    }
}
