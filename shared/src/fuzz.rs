//! What the fuzz targets run: one function for everything that reads bytes from outside.
//!
//! A function takes any bytes and panics if what it holds of them is not so; that alone is a
//! finding. `cargo +nightly fuzz run --fuzz-dir tests/fuzz TARGET` looks for such bytes, and the
//! test below replays what was found before, with many small changes, on any compiler.

use crate::api::fuzz::{body, query};
use crate::console::form_with_file;
use crate::operations::import::{CatalogueEntry, Content, Entry, Line};
use crate::security::signature::{
    Authorization, SignatureError, SignedParts, decode_query, sign, verify,
};
use crate::store::fuzz::{stored_head, stored_page, stored_record};
use chrono::DateTime;

/// A target: takes any bytes, and panics if they show a fault.
pub type Target = fn(&[u8]);

/// All targets by their names, as `tests/fuzz` has them.
pub const TARGETS: [(&str, Target); 9] = [
    ("authorization", authorization),
    ("signed_request", signed_request),
    ("query", query),
    ("body", body),
    ("form_with_file", form_with_file),
    ("book_line", book_line),
    ("stored_head", stored_head),
    ("stored_page", stored_page),
    ("stored_record", stored_record),
];

/// Runs one target by its name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = target.expect("a target of this name");
    target(bytes);
}

/// The `Authorization` header: what is accepted is spelled in one way only.
fn authorization(bytes: &[u8]) {
    let header = |value: Vec<u8>| [("authorization".to_owned(), value)];
    let Ok(read) = Authorization::parse(&header(bytes.to_vec())) else {
        return;
    };
    let again = Authorization::parse(&header(read.to_string().into_bytes()));
    assert!(again.as_ref() == Ok(&read), "{read:?} is read as {again:?}");
    assert!(!read.access_key_id().is_empty() && !read.signed_headers().is_empty());
}

/// Method, path, query, a header and the body, a line each: what can be signed is verified, by the
/// same key alone; and nothing of it can be changed.
fn signed_request(bytes: &[u8]) {
    let mut lines = bytes.splitn(5, |byte| *byte == b'\n');
    let mut text = || str::from_utf8(lines.next().unwrap_or_default()).ok();
    let (Some(method), Some(path), Some(query)) = (text(), text(), text()) else {
        return;
    };
    let header = lines.next().unwrap_or_default().to_vec();
    let body = lines.next().unwrap_or_default();
    let mut headers = vec![("x-header".to_owned(), header)];
    let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default();
    let (host, key) = ("bss.example", b"secret");
    let parts = SignedParts { method, path, query, headers: &headers, body };
    let Ok(signed) = sign(&parts, host, "key", key, now) else {
        return;
    };
    headers.extend(signed.map(|(name, value)| (name.to_owned(), value.into_bytes())));
    let authorization = Authorization::parse(&headers).expect("what was signed is well-formed");
    let check =
        |parts: &SignedParts<'_>, key: &[u8]| verify(parts, &authorization, key, &[host], now);
    let parts = SignedParts { method, path, query, headers: &headers, body };
    assert_eq!(check(&parts, key), Ok(()));
    assert_eq!(check(&parts, b"another"), Err(SignatureError::Mismatch));

    let longer = [body, b" "].concat();
    assert_eq!(check(&SignedParts { body: &longer, ..parts }, key), Err(SignatureError::Mismatch));
    let read = decode_query(query).expect("what was signed can be read");
    let longer = format!("{query}&one=more");
    let parts = SignedParts { query: &longer, ..parts };
    assert_eq!(check(&parts, key), Err(SignatureError::Mismatch));
    assert_eq!(decode_query(&longer).map(|pairs| pairs.len()), Ok(read.len() + 1));
}

/// A line of a book: what is accepted is stored and read back as it was.
fn book_line(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let Ok(line) = Line::parse(text) else {
        return;
    };
    crate::store::fuzz::survives(&line.tenant_id);
    match &line.content {
        Content::Tenant(_) | Content::AccessKey(_) => {}
        Content::Entry(entry) => entry_survives(entry),
        Content::Catalogue(entry) => catalogue_entry_survives(entry),
    }
}

fn entry_survives(entry: &Entry) {
    match entry {
        Entry::Partner(partner, _) => crate::store::fuzz::survives(partner),
        Entry::Customer(customer, _) => crate::store::fuzz::survives(&**customer),
        Entry::Booking(booking) => crate::store::fuzz::survives(booking),
        Entry::CouponQuota(quota) => crate::store::fuzz::survives(quota),
        Entry::QuotaGrant(grant) => crate::store::fuzz::survives(grant),
        Entry::RealnameReview(review) => crate::store::fuzz::survives(review),
        Entry::FeeRecord(record) => crate::store::fuzz::survives(&**record),
        Entry::MonthlyBill(bill) => crate::store::fuzz::survives(&**bill),
        Entry::UsageDay(day) => crate::store::fuzz::survives(&**day),
        Entry::ResourcePackage(package) => crate::store::fuzz::survives(&**package),
        Entry::PackageUse(used) => crate::store::fuzz::survives(&**used),
        Entry::BusinessAgreement(agreement) => crate::store::fuzz::survives(agreement),
        Entry::Resource(line) => crate::store::fuzz::survives(&**line),
        Entry::BusinessDiscount(item) => crate::store::fuzz::survives(&**item),
        Entry::PartnerDiscount(discount) => crate::store::fuzz::survives(&discount.0),
        Entry::PromotionDiscount(discount) => crate::store::fuzz::survives(&discount.0),
        Entry::Enterprise(line) => crate::store::fuzz::survives(line),
        Entry::Organization(line) => crate::store::fuzz::survives(line),
        Entry::EnterpriseMember(line) => crate::store::fuzz::survives(line),
        Entry::CloudCoupon(line) => crate::store::fuzz::survives(&**line),
        Entry::StoredValueCard(card) => crate::store::fuzz::survives(card),
    }
}

fn catalogue_entry_survives(entry: &CatalogueEntry) {
    match entry {
        CatalogueEntry::ServiceType(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::ResourceType(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::UsageType(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::MeasureUnit(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::Conversion(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::Region(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::Product(line) => crate::store::fuzz::survives(&**line),
        CatalogueEntry::Price(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::IncentivePolicy(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::Province(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::City(line) => crate::store::fuzz::survives(line),
        CatalogueEntry::County(line) => crate::store::fuzz::survives(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    const CHANGES: u64 = 3_000;

    /// The next number of the SplitMix64 sequence.
    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One change: a byte is flipped, doubled, left out, or the rest comes from another input.
    fn change(bytes: &mut Vec<u8>, other: &[u8], state: &mut u64) {
        let random = next(state);
        let below =
            |length: usize| usize::try_from(random >> 8).unwrap_or_default() % length.max(1);
        let at = below(bytes.len());
        match random % 5 {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << (random % 7),
            2 if at < bytes.len() => bytes.insert(at, bytes[at]),
            3 if at < bytes.len() => _ = bytes.remove(at),
            _ => {
                bytes.truncate(at);
                bytes.extend_from_slice(&other[below(other.len()).min(other.len())..]);
            }
        }
    }

    #[test]
    fn holds_of_the_corpus_and_of_what_is_close_to_it() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus");
        for (name, target) in TARGETS {
            let mut files: Vec<_> = fs::read_dir(corpus.join(name))
                .expect(name)
                .map(|file| file.expect("a file").path())
                .collect();
            files.sort();
            let inputs: Vec<Vec<u8>> =
                files.iter().map(|file| fs::read(file).expect("read")).collect();
            assert!(!inputs.is_empty(), "{name} has no corpus");
            inputs.iter().for_each(|input| target(input));
            let mut state = 1;
            let per_input = CHANGES / u64::try_from(inputs.len()).expect("few") + 1;
            for (input, other) in inputs.iter().zip(inputs.iter().cycle().skip(1)) {
                for _ in 0..per_input {
                    let mut bytes = input.clone();
                    for _ in 0..=next(&mut state) % 4 {
                        change(&mut bytes, other, &mut state);
                    }
                    target(&bytes);
                }
            }
        }
    }
}
