//! `billing::fuzz`, target `form_with_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| billing::fuzz::run("form_with_file", bytes));
