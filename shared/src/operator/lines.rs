//! The lines of a body of any size, one at a time.

use crate::api::{Body, BodyError};
use std::ops::Range;

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineFault {
    /// It is longer than a line may be.
    TooLong,
    /// It is not UTF-8.
    NotUtf8,
    /// The body broke off in it.
    Interrupted(BodyError),
}

/// Splits a body into lines, holding no more of it than one line and one piece.
pub(crate) struct Lines<'r, S> {
    body: &'r mut S,
    buffer: Vec<u8>,
    /// Where in the buffer the next line begins: it is moved for each piece, not for each line.
    start: usize,
    line_bytes_max: usize,
    number: u64,
    ended: bool,
}

impl<'r, S: Body> Lines<'r, S> {
    pub(crate) fn new(body: &'r mut S, line_bytes_max: usize) -> Self {
        Self { body, buffer: Vec::new(), start: 0, line_bytes_max, number: 0, ended: false }
    }

    /// Number of the line that was read last, or could not be read; the first one has 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The next line that is not blank, without its end and the blanks around it. `None` after
    /// the last. The last one may lack its end.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, LineFault> {
        loop {
            let Some(line) = self.next_raw().await? else {
                return Ok(None);
            };
            let line = self.buffer[line].trim_ascii();
            if !line.is_empty() {
                let text = str::from_utf8(line).map_err(|_| LineFault::NotUtf8)?;
                return Ok(Some(text.to_owned()));
            }
        }
    }

    /// Where in the buffer the next line lies, without its end.
    async fn next_raw(&mut self) -> Result<Option<Range<usize>>, LineFault> {
        let mut searched = 0;
        self.number += 1;
        loop {
            let line = &self.buffer[self.start..];
            let found = line[searched..].iter().position(|byte| *byte == b'\n');
            let length = found.map_or(line.len(), |at| searched + at);
            if length > self.line_bytes_max {
                return Err(LineFault::TooLong);
            }
            let place = self.start..self.start + length;
            if found.is_some() {
                self.start = place.end + 1;
                return Ok(Some(place));
            }
            if self.ended {
                self.start = place.end;
                return Ok(Some(place).filter(|place| !place.is_empty()));
            }
            searched = length;
            match self.body.next().await.map_err(LineFault::Interrupted)? {
                Some(piece) => {
                    self.buffer.drain(..self.start);
                    self.start = 0;
                    self.buffer.extend_from_slice(&piece);
                }
                None => self.ended = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::tests::Pieces;
    use crate::store::memory::run;

    fn lines(pieces: &[&[u8]]) -> Vec<(u64, Result<String, LineFault>)> {
        let mut body = Pieces::new(pieces);
        let mut lines = Lines::new(&mut body, 8);
        let mut read = Vec::new();
        loop {
            let outcome = run(lines.next()).transpose();
            match outcome {
                Some(Ok(line)) => read.push((lines.number(), Ok(line))),
                Some(Err(fault)) => {
                    read.push((lines.number(), Err(fault)));
                    return read;
                }
                None => return read,
            }
        }
    }

    #[test]
    fn reads_lines_wherever_the_pieces_end() {
        let text = b"one\r\n\n  \ntwo\nthree";
        let expected =
            vec![(1, Ok("one".to_owned())), (4, Ok("two".to_owned())), (5, Ok("three".to_owned()))];
        for size in 1..=text.len() {
            let pieces: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(lines(&pieces), expected, "pieces of {size}");
        }
        assert_eq!(lines(&[]), vec![]);
        assert_eq!(lines(&[b"\n", b"\n"]), vec![]);
    }

    #[test]
    fn refuses_a_line_that_is_too_long_before_its_end_arrives() {
        let expected = vec![(1, Ok("12345678".to_owned())), (2, Err(LineFault::TooLong))];
        assert_eq!(lines(&[b"12345678\n12345", b"6789"]), expected);
        assert_eq!(lines(&[b"12345678\n123456789\n"]), expected);
    }

    /// A million of them, in one piece: what is left is not moved for each.
    #[test]
    fn blank_lines_cost_no_more_than_others() {
        let text = [vec![b'\n'; 1_000_000], b"end".to_vec()].concat();
        assert_eq!(lines(&[&text]), [(1_000_001, Ok("end".to_owned()))]);
    }

    #[test]
    fn refuses_a_line_that_is_no_text() {
        let expected = vec![(1, Ok("a".to_owned())), (2, Err(LineFault::NotUtf8))];
        assert_eq!(lines(&[b"a\n\xff\nb\n"]), expected);
    }
}
