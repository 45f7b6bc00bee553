//! `billing::fuzz`, target `signed_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| billing::fuzz::run("signed_request", bytes));
