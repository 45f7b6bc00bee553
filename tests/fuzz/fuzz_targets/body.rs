//! `billing::fuzz`, target `body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| billing::fuzz::run("body", bytes));
