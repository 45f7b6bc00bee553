//! `billing::fuzz`, target `stored_head`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| billing::fuzz::run("stored_head", bytes));
