//! `billing::fuzz`, target `book_line`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| billing::fuzz::run("book_line", bytes));
