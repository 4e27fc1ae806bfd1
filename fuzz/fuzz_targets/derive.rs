//! Any bytes of a log are an event or none, and what is learnt of one has its bounds; also as the line of an
//! object, so that more gets as far as that.

#![no_main]

use decnet_event::{record, wire};
use decnet_record::testing::derive;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    derive(bytes);
    if let Ok(decoded) = wire::decode(bytes) {
        let mut object = Vec::new();
        record::write_json(&decoded, bytes, &[("source_worker", "w1")], &mut object);
        let is_event = derive(&object);
        // What is no text is marked, and may be something else then.
        assert!(is_event || std::str::from_utf8(bytes).is_err(), "an event is lost");
    }
});
