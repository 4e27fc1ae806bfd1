//! Any bytes are a fleet or a list of diagnostics.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let _ = decnet_composer::ini::parse("fleet.ini", text);
});
