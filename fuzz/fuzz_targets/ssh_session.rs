//! Every parser of what comes under SSH's keys takes any bytes or refuses them: log-ins, channels,
//! transfers.

#![no_main]

use decnet_decoy::ssh::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    fuzzing::session(input);
});
