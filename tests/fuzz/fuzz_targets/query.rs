//! `billing::fuzz`, target `query`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| billing::fuzz::run("query", bytes));
