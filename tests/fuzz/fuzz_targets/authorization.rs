//! `billing::fuzz`, target `authorization`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| billing::fuzz::run("authorization", bytes));
