//! `billing::fuzz`, target `stored_page`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| billing::fuzz::run("stored_page", bytes));
