//! Fuzzes `achei::http::fuzz::requests`, where what must hold is said.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| achei::http::fuzz::requests(data));
