//! Any line decodes or is refused; what decodes becomes JSON.

#![no_main]

use decnet_event::{record, wire};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &[u8]| {
    if let Ok(record) = wire::decode(line) {
        record::write_json(&record, line, &[], &mut Vec::new());
    }
});
