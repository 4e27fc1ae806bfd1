#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
//! Frames: the same ones however the stream is cut, and errors that say where.

use decnet_proto::frame::{Decoder, Fault, FrameError, Limit, Step, Unframeable, encode};
use proptest::prelude::*;

fn framed(payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = Vec::new();
    payloads.iter().for_each(|payload| encode(payload, &mut stream).unwrap());
    stream
}

/// The frames of a stream that comes in `pieces`, read as a connection would: what is not taken
/// stays in the buffer; and why there are no more.
fn decode<'a>(
    limit: Limit,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Vec<u8>>, Option<FrameError>) {
    let (mut decoder, mut buffer, mut frames) = (Decoder::new(limit), Vec::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        let mut rest = buffer.as_slice();
        loop {
            match decoder.next(&mut rest) {
                Ok(Step::Frame(payload)) => frames.push(payload.to_vec()),
                Ok(Step::Missing { bytes }) => {
                    assert!(bytes > 0 && rest.len() + bytes <= limit.frame());
                    break;
                }
                Err(error) => return (frames, Some(error)),
            }
        }
        let taken = buffer.len() - rest.len();
        buffer.drain(..taken);
    }
    (frames, None)
}

/// `stream`, cut at `cuts`, some of which may be behind its end or the same.
fn pieces<'a>(stream: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.extend([0, stream.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect()
}

#[test]
fn a_frame_is_exactly_this() {
    let mut out = b"before".to_vec();
    encode(b"<13>1 2026-04-18T00:00:00Z decky01 svc - - - hi", &mut out).unwrap();
    assert_eq!(out, b"before47 <13>1 2026-04-18T00:00:00Z decky01 svc - - - hi");
}

#[test]
fn nothing_and_too_much_fit_no_frame() {
    let mut out = Vec::new();
    for length in [0, 10_000_000] {
        assert_eq!(encode(&vec![b'x'; length], &mut out), Err(Unframeable(length)));
    }
    assert!(out.is_empty());
    let longest = vec![b'x'; 9_999_999];
    encode(&longest, &mut out).unwrap();
    assert_eq!(out.len(), Limit::MOST.frame());
    assert_eq!(decode(Limit::MOST, [out.as_slice()]), (vec![longest], None));
}

#[test]
fn a_limit_keeps_to_its_bounds() {
    let limits = [0, 2_047, 2_048, 10_000, 9_999_999, 10_000_000, usize::MAX].map(Limit::nearest);
    assert_eq!(limits.map(Limit::payload), [2_048, 2_048, 2_048, 10_000, 9_999_999, 9_999_999, 9_999_999]);
    assert_eq!(Limit::default().payload(), 65_536);
}

#[test]
fn a_payload_of_the_limit_is_taken_and_one_more_is_refused_at_its_length() {
    let stream = framed(&[vec![b'a'; 2_048]]);
    assert_eq!(decode(Limit::LEAST, [stream.as_slice()]).0.len(), 1);
    let (_, error) = decode(Limit::LEAST, [b"2049".as_slice()]);
    let fault = Fault::TooLong { announced: 2_049, limit: 2_048 };
    assert_eq!(error, Some(FrameError { at: 3, fault }));
}

#[test]
fn a_giant_length_is_refused_before_it_is_read_to_its_end() {
    for digits in ["99999999999999999999999999", "268435456 ", "65537"] {
        let error = decode(Limit::DEFAULT, [digits.as_bytes()]).1.unwrap();
        assert!(matches!(error, FrameError { at: 4.., fault: Fault::TooLong { .. } }), "{error}");
        assert!(error.at <= 5, "{error}");
    }
}

#[test]
fn what_is_no_length_is_refused_with_the_place() {
    let cases: [(&[u8], &str); 9] = [
        (
            b"<13>1 - - - - - -",
            "byte 0 of the stream: a frame begins with its length, in which '<' has no place",
        ),
        (b" 3 abc", "byte 0 of the stream: a frame begins with its length, in which ' ' has no place"),
        (b"+3 abc", "byte 0 of the stream: a frame begins with its length, in which '+' has no place"),
        (b"-3 abc", "byte 0 of the stream: a frame begins with its length, in which '-' has no place"),
        (b"\xff", "byte 0 of the stream: a frame begins with its length, in which '\\xff' has no place"),
        (b"0 ", "byte 0 of the stream: the length of a frame begins with a zero"),
        (b"03 abc", "byte 0 of the stream: the length of a frame begins with a zero"),
        (b"3 abc3\nabc", "byte 6 of the stream: a frame begins with its length, in which '\\n' has no place"),
        (
            b"3 abc9999",
            "byte 8 of the stream: a frame of 9999 bytes or more is announced, and 2048 are taken",
        ),
    ];
    for (stream, expected) in cases {
        let (frames, error) = decode(Limit::LEAST, [stream]);
        let error = error.unwrap();
        assert_eq!(error.to_string(), expected);
        assert_eq!(frames.len(), usize::from(error.at > 0));
    }
}

#[test]
fn it_says_how_much_is_missing() {
    let (mut decoder, stream) = (Decoder::new(Limit::DEFAULT), b"300 abc");
    for (have, missing) in [(0, 1), (1, 1), (3, 1), (4, 300), (6, 298), (7, 297)] {
        let mut rest = &stream[..have];
        assert_eq!(decoder.next(&mut rest), Ok(Step::Missing { bytes: missing }), "of {have}");
        assert_eq!((rest.len(), decoder.position()), (have, 0));
    }
}

proptest! {
    #[test]
    fn any_cut_of_the_stream_gives_the_same_frames(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..300), 0..20),
        cuts in proptest::collection::vec(any::<usize>(), 0..40),
    ) {
        let stream = framed(&payloads);
        let whole = (payloads, None);
        prop_assert_eq!(&decode(Limit::LEAST, pieces(&stream, &cuts)), &whole);
        prop_assert_eq!(&decode(Limit::LEAST, stream.chunks(1)), &whole);
        prop_assert_eq!(&decode(Limit::LEAST, [stream.as_slice()]), &whole);
    }

    #[test]
    fn any_bytes_give_the_same_however_they_are_cut(
        stream in proptest::collection::vec(
            prop_oneof![5 => b'0'..=b'9', 2 => Just(b' '), 1 => any::<u8>()],
            0..200,
        ),
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        let whole = decode(Limit::LEAST, [stream.as_slice()]);
        prop_assert_eq!(&decode(Limit::LEAST, pieces(&stream, &cuts)), &whole);
        prop_assert_eq!(&decode(Limit::LEAST, stream.chunks(1)), &whole);
        let (frames, error) = whole;
        prop_assert!(error.is_none_or(|error| error.at < stream.len() as u64));
        prop_assert!(stream.starts_with(&framed(&frames)));
    }
}
