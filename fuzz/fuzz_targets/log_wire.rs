//! What our ends of the log transport tell each other: any bytes are messages or refused, and what is
//! read as a control record is written for it.

#![no_main]

use decnet_logship::wire::{Control, Decoder, Message, Step};
use decnet_proto::frame::Limit;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|stream: &[u8]| {
    if let Ok(control) = Control::parse(stream) {
        assert_eq!(control.to_string().as_bytes(), stream);
    }
    let (mut decoder, mut rest) = (Decoder::new(Limit::LEAST), stream);
    while let Ok(Step::Message(message)) = decoder.next(&mut rest) {
        match message {
            Message::Line(line) => assert!(!line.contains(&b'\n')),
            Message::Control(control) => assert!(!matches!(control, Control::Line | Control::Empty)),
        }
    }
});
