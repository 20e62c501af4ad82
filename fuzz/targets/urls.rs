//! Fuzzes `achei::page::fuzz::urls`, where what must hold is said.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| achei::page::fuzz::urls(data));
