#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| dmscope::entry::gsmtap(octets));
