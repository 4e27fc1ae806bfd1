//! The shell parses any bytes, or says what is wrong with them.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| decnet_decoy::shell::parse_anything(input));
