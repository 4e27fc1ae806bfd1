//! Every parser of SSH's transport takes any bytes or refuses them, packets under keys included.

#![no_main]

use decnet_decoy::ssh::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    fuzzing::parse(input);
    fuzzing::open(input);
});
