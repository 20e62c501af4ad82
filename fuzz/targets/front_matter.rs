//! Fuzzes `achei::page::fuzz::front_matter`, where what must hold is said.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| achei::page::fuzz::front_matter(data));
