//! `billing::fuzz`, target `stored_record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| billing::fuzz::run("stored_record", bytes));
