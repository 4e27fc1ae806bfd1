//! What our ends of the artifact transport tell each other: any bytes are messages or refused, what is
//! read is written again as it was.

#![no_main]

use decnet_logship::artifact::wire::{Control, DATA_MAX, Decoder, Message, Step};
use decnet_proto::frame::{self, Limit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|stream: &[u8]| {
    if let Ok(control) = Control::parse(stream) {
        assert_eq!(control.to_string().as_bytes(), stream);
    }
    // As one frame, too: few inputs are frames by themselves.
    let mut framed = Vec::new();
    let _ = frame::encode(stream, &mut framed);
    for stream in [stream, &framed] {
        let (mut decoder, mut rest, mut again) = (Decoder::new(Limit::DEFAULT), stream, Vec::new());
        while let Ok(Step::Message(message)) = decoder.next(&mut rest) {
            match message {
                Message::Control(control) => control.push(&mut again),
                Message::Piece(piece) => {
                    assert!((1..=DATA_MAX).contains(&piece.data.len()));
                    piece.push(&mut again);
                }
            }
        }
        assert!(stream.starts_with(&again));
    }
});
