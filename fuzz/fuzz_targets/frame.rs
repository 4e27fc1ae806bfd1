//! Any bytes are frames or refused, with no more kept than the limit says, and the same ones however
//! they are cut.

#![no_main]

use decnet_proto::frame::{Decoder, FrameError, Limit, Step, encode};
use libfuzzer_sys::fuzz_target;

/// Frames of a stream of which `first` bytes come before the others, and why there are no more.
fn frames(stream: &[u8], first: usize) -> (Vec<&[u8]>, Option<FrameError>) {
    let (mut decoder, mut frames, mut taken) = (Decoder::new(Limit::LEAST), Vec::new(), 0);
    for end in [first, stream.len()] {
        let mut rest = &stream[taken..end];
        loop {
            match decoder.next(&mut rest) {
                Ok(Step::Frame(payload)) => frames.push(payload),
                Ok(Step::Missing { bytes }) => {
                    assert!(bytes > 0 && rest.len() + bytes <= Limit::LEAST.frame());
                    break;
                }
                Err(error) => return (frames, Some(error)),
            }
        }
        taken = end - rest.len();
        assert_eq!(decoder.position(), taken as u64);
    }
    (frames, None)
}

fuzz_target!(|input: (&[u8], usize)| {
    let (stream, cut) = input;
    let whole = frames(stream, 0);
    assert_eq!(frames(stream, cut % (stream.len() + 1)), whole);
    let mut again = Vec::new();
    whole.0.iter().for_each(|payload| encode(payload, &mut again).expect("it was a frame"));
    assert!(stream.starts_with(&again));
});
