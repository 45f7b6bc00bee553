//! Files on their way to a client: short ones, long ones, and those that break off.

use super::*;
use crate::api::{Download, File};
use crate::domain::error::Reason;
use crate::operations::export::Sink;
use crate::store::StoreError;

/// A little less than a piece.
const MANY: usize = 200 * 1024;

fn download(host: &TestHost) -> Download<'_> {
    Download::new(host, File { name: "file.csv".to_owned(), content_type: "text/csv" })
}

fn pieces(host: &TestHost) -> Option<Vec<Vec<u8>>> {
    host.begun.borrow().clone()
}

#[test]
fn a_short_file_is_an_answer_like_any_other_and_can_be_begun_again_until_it_is_whole() {
    let host = TestHost::new();
    let download = download(&host);
    download.begin().expect("begins");
    download.write(b"of a snapshot that had to be read again").expect("taken");
    download.begin().expect("begins again");
    download.write(b"a,b\n").expect("taken");
    let response = respond(Ok(download.finish().expect("whole")), "id");
    assert_eq!((response.status, &response.body[..]), (200, &b"a,b\n"[..]));
    assert_eq!(pieces(&host), None);
}

#[test]
fn a_long_file_goes_in_pieces_as_it_was_written() {
    let host = TestHost::new();
    let download = download(&host);
    download.begin().expect("begins");
    for letter in *b"abc" {
        download.write(&vec![letter; MANY]).expect("taken");
    }
    let last = download.finish().expect("whole");
    assert!(last.body.is_empty());
    let pieces = pieces(&host).expect("it has begun");
    assert_eq!(pieces.len(), 2);
    let written = b"abc".map(|letter| vec![letter; MANY]).concat();
    assert!(pieces.concat() == written);
}

#[test]
fn what_has_begun_is_not_begun_again() {
    let host = TestHost::new();
    let download = download(&host);
    download.begin().expect("begins");
    download.write(&vec![b'a'; 2 * MANY]).expect("taken");
    assert!(matches!(download.begin(), Err(Reason::Store(StoreError::Unavailable(_)))));
    // What was sent stays all that was sent.
    assert_eq!(pieces(&host).map(|pieces| pieces.concat().len()), Some(2 * MANY));
}

#[test]
fn a_client_that_has_gone_ends_it() {
    let host = TestHost::new();
    host.pieces_taken.set(1);
    let download = download(&host);
    download.begin().expect("begins");
    download.write(&vec![b'a'; 2 * MANY]).expect("taken");
    let gone = download.write(&vec![b'b'; 2 * MANY]);
    assert!(matches!(gone, Err(Reason::Store(StoreError::Unavailable(_)))));
}
