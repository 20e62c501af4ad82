//! Fuzzes `achei::search::fuzz::snippet`, where what must hold is said.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| achei::search::fuzz::snippet(data));
