//! A book is cut into requests at line borders, since a server takes bodies up to a size only.

use std::io::BufRead;

use anyhow::{Context, Result, bail};

/// The size that a request is filled up to, in bytes: the server does best with many lines at once,
/// the progress moves at each answer, and what an interruption repeats is one request.
const PART_BYTES: usize = 6 * 1024 * 1024;

/// The longest line, in bytes: it goes alone, and a request stays below 8 MiB.
const LINE_BYTES_MAX: usize = 8 * 1024 * 1024 - 1;

/// Whole lines of a book, in order.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The number of the first line in the book, from 1.
    pub first_line: u64,
    /// The lines, each with its end as in the book.
    pub bytes: Vec<u8>,
}

/// Reads a book part by part, so that its size does not matter.
pub struct Parts<R> {
    reader: R,
    /// The number of the last line that was read.
    line: u64,
    /// A line that did not fit into the part before.
    held_back: Vec<u8>,
    part_bytes: usize,
    line_bytes_max: usize,
}

impl<R: BufRead> Parts<R> {
    /// Cuts what `reader` holds, which begins after the first `lines` lines of the book.
    pub fn after(lines: u64, reader: R) -> Self {
        Self { line: lines, ..Self::with_limits(reader, PART_BYTES, LINE_BYTES_MAX) }
    }

    fn with_limits(reader: R, part_bytes: usize, line_bytes_max: usize) -> Self {
        Self { reader, line: 0, held_back: Vec::new(), part_bytes, line_bytes_max }
    }

    fn next_part(&mut self) -> Result<Option<Part>> {
        let mut bytes = std::mem::take(&mut self.held_back);
        let mut lines = u64::from(!bytes.is_empty());
        while bytes.len() < self.part_bytes {
            let line = self.next_line()?;
            if line.is_empty() {
                break;
            }
            if !bytes.is_empty() && bytes.len() + line.len() > self.part_bytes {
                self.held_back = line;
                break;
            }
            bytes.extend_from_slice(&line);
            lines += 1;
        }
        let last_line = self.line - u64::from(!self.held_back.is_empty());
        let first_line = last_line - lines + 1;
        Ok((lines > 0).then_some(Part { first_line, bytes }))
    }

    /// The next line with its end; empty at the end of the book.
    fn next_line(&mut self) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            let available = self.reader.fill_buf().context("cannot read the book")?;
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(available.len(), |position| position + 1);
            line.extend_from_slice(&available[..taken]);
            self.reader.consume(taken);
            if line.len() > self.line_bytes_max {
                bail!(
                    "line {} of the book is longer than {} bytes",
                    self.line + 1,
                    self.line_bytes_max
                );
            }
            if end.is_some() || taken == 0 {
                break;
            }
        }
        self.line += u64::from(!line.is_empty());
        Ok(line)
    }
}

impl<R: BufRead> Iterator for Parts<R> {
    type Item = Result<Part>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_part().transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn cut(book: &str, part_bytes: usize) -> Vec<(u64, String)> {
        // A tiny buffer, so that lines cross its borders.
        let reader = BufReader::with_capacity(3, book.as_bytes());
        Parts::with_limits(reader, part_bytes, 12)
            .map(|part| part.expect("a part"))
            .map(|part| (part.first_line, String::from_utf8(part.bytes).expect("text")))
            .collect()
    }

    fn parts(expected: &[(u64, &str)]) -> Vec<(u64, String)> {
        expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect()
    }

    #[test]
    fn cuts_at_line_borders_and_numbers_the_first_line() {
        let book = "aa\nbbbb\nc\n\ndddddd\ne";
        assert_eq!(cut(book, 8), parts(&[(1, "aa\nbbbb\n"), (3, "c\n\n"), (5, "dddddd\ne")]));
        assert_eq!(cut(book, 1000), parts(&[(1, book)]));
    }

    #[test]
    fn a_line_longer_than_a_part_goes_alone() {
        assert_eq!(
            cut("a\nbbbbbbbbb\nc\n", 4),
            parts(&[(1, "a\n"), (2, "bbbbbbbbb\n"), (3, "c\n")])
        );
    }

    #[test]
    fn every_cut_gives_the_book_again() {
        let book = "one\ntwo\r\n\nthree\nfour";
        for part_bytes in 1..30 {
            let parts = cut(book, part_bytes);
            let mut line = 1;
            for (first_line, text) in &parts {
                assert_eq!(*first_line, line);
                line += u64::try_from(text.lines().count()).expect("few lines");
            }
            let again: String = parts.into_iter().map(|(_, text)| text).collect();
            assert_eq!(again, book);
        }
    }

    #[test]
    fn an_empty_book_has_no_part() {
        assert!(cut("", 8).is_empty());
    }

    #[test]
    fn a_line_above_the_limit_is_refused_with_its_number() {
        let mut parts = Parts::with_limits(&b"a\nbbbbbbbbbbbbb\n"[..], 4, 12);
        assert!(parts.next().is_some_and(|part| part.is_err()));
        let refused = Parts::with_limits(&b"a\nbbbbbbbbbbbbb\n"[..], 4, 12)
            .find_map(Result::err)
            .expect("a refusal");
        assert!(refused.to_string().starts_with("line 2 "), "{refused}");
    }
}
