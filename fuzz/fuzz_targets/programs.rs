//! Scripts, expressions and dates of the machine's programs are read, or refused; none goes on
//! for ever.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| decnet_decoy::programs::parse_anything(input));
