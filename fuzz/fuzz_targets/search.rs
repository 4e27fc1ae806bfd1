//! Whatever an operator types is a search or is refused, and a search that is written down is the same again.

#![no_main]

use decnet_record::{Search, limits::QUESTION};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(search) = Search::parse(text) {
        let written = search.to_string();
        // Quotes make it longer than may be asked.
        if written.len() <= QUESTION {
            assert_eq!(Search::parse(&written).as_ref(), Ok(&search), "{written:?}");
        }
    }
});
