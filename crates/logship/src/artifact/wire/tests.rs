//! Records and pieces: one way to write each, the same messages however a stream is cut.

use decnet_proto::frame;
use proptest::prelude::*;

use super::*;

const NEARLY: &str = "@(ready|have|from|got|kept|no|gone|ping|pong)( (0|[1-9][0-9]{0,19}|0[0-9]|[0-9a-f]{64}|quota|room|)){0,3} ?";

/// What is told, kept beyond its buffer.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Control(Control),
    Piece(Digest, u64, Vec<u8>),
}

impl From<Message<'_>> for Told {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Control(control) => Self::Control(control),
            Message::Piece(Piece { digest, from, data }) => Self::Piece(digest, from, data.to_vec()),
        }
    }
}

impl Told {
    fn push(&self, out: &mut Vec<u8>) {
        match self {
            Self::Control(control) => control.push(out),
            Self::Piece(digest, from, data) => Piece { digest: *digest, from: *from, data }.push(out),
        }
    }
}

/// The messages of a stream that comes in `pieces`.
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Told>, Option<WireError>) {
    let (mut decoder, mut buffer, mut told) = (Decoder::new(Limit::DEFAULT), Vec::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        let mut rest = buffer.as_slice();
        loop {
            match decoder.next(&mut rest) {
                Ok(Step::Message(message)) => told.push(Told::from(message)),
                Ok(Step::Missing { .. }) => break,
                Err(error) => return (told, Some(error)),
            }
        }
        let taken = buffer.len() - rest.len();
        buffer.drain(..taken);
    }
    (told, None)
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    frame::encode(payload, &mut stream).unwrap();
    stream
}

fn samples() -> Vec<(Control, String)> {
    let digest = Digest(std::array::from_fn(|byte| byte as u8));
    let name = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let mut samples = vec![
        (Control::Ready, "@ready".to_owned()),
        (Control::Have { digest, size: u64::MAX }, format!("@have {name} 18446744073709551615")),
        (Control::From { digest, offset: 0 }, format!("@from {name} 0")),
        (Control::Got { digest, offset: 10 }, format!("@got {name} 10")),
        (Control::Kept(digest), format!("@kept {name}")),
        (Control::Gone(digest), format!("@gone {name}")),
        (Control::Ping, "@ping".to_owned()),
        (Control::Pong, "@pong".to_owned()),
    ];
    samples.extend(Refusal::ALL.map(|why| (Control::No(digest, why), format!("@no {name} {}", why.word()))));
    samples
}

#[test]
fn each_record_is_exactly_this() {
    for (control, text) in samples() {
        let mut frame = Vec::new();
        control.push(&mut frame);
        assert_eq!(frame, framed(text.as_bytes()));
        assert_eq!(Control::parse(text.as_bytes()), Ok(control));
    }
}

#[test]
fn a_record_that_is_anything_but_that_is_refused() {
    for (_, text) in samples() {
        let words: Vec<_> = text.split(' ').collect();
        let less = words[..words.len() - 1].join(" ");
        let wrong = [
            less,
            format!("{text} "),
            format!("{text} 0"),
            format!("{text}\0"),
            text.replace(' ', "  "),
            text.to_uppercase(),
            text[1..].to_owned(),
        ];
        for wrong in wrong.into_iter().filter(|wrong| *wrong != text) {
            assert!(Control::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }
}

#[test]
fn a_piece_is_exactly_this() {
    let digest = Digest([0xab; 32]);
    let mut frame = Vec::new();
    Piece { digest, from: 0x0102, data: b"@x" }.push(&mut frame);
    let mut expected = b"43 #".to_vec();
    expected.extend([0xab; 32]);
    expected.extend(b"\x02\x01\0\0\0\0\0\0@x");
    assert_eq!(frame, expected);
    assert_eq!(decode([frame.as_slice()]), (vec![Told::Piece(digest, 0x0102, b"@x".to_vec())], None));
}

#[test]
fn the_longest_piece_is_a_frame_that_is_taken() {
    let data = vec![7; DATA_MAX];
    let mut frame = Vec::new();
    Piece { digest: Digest([1; 32]), from: 0, data: &data }.push(&mut frame);
    assert_eq!(frame.len(), Limit::DEFAULT.frame() - 2, "five digits");
    assert_eq!(decode([frame.as_slice()]).1, None);
}

#[test]
fn who_breaks_the_protocol_is_told_where() {
    let mut empty = vec![PIECE; 1];
    empty.extend([0; 40]);
    let cases: [(&[u8], &str); 5] = [
        (b"@nothing", "the frame at byte 7 of the stream is refused"),
        (b"<134>1 - - - - - -", "the frame at byte 7 of the stream is no piece of an artifact"),
        (b"#", "the frame at byte 7 of the stream is no piece of an artifact"),
        (&empty, "the frame at byte 7 of the stream is no piece of an artifact"),
        (&[0; 42], "the frame at byte 7 of the stream is no piece of an artifact"),
    ];
    for (payload, expected) in cases {
        let stream = [framed(b"@ping"), framed(payload)].concat();
        let (told, error) = decode([stream.as_slice()]);
        assert_eq!(told, [Told::Control(Control::Ping)]);
        assert_eq!(error.unwrap().to_string(), expected);
    }
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn control() -> impl Strategy<Value = Control> {
    let of_digest = (digest(), any::<u64>());
    prop_oneof![
        Just(Control::Ready),
        of_digest.prop_map(|(digest, size)| Control::Have { digest, size }),
        (digest(), any::<u64>()).prop_map(|(digest, offset)| Control::From { digest, offset }),
        (digest(), any::<u64>()).prop_map(|(digest, offset)| Control::Got { digest, offset }),
        digest().prop_map(Control::Kept),
        (digest(), proptest::sample::select(Refusal::ALL.as_slice()))
            .prop_map(|(digest, why)| Control::No(digest, why)),
        digest().prop_map(Control::Gone),
        Just(Control::Ping),
        Just(Control::Pong),
    ]
}

fn told() -> impl Strategy<Value = Told> {
    let piece = (digest(), any::<u64>(), proptest::collection::vec(any::<u8>(), 1..200));
    prop_oneof![
        control().prop_map(Told::Control),
        piece.prop_map(|(digest, from, data)| Told::Piece(digest, from, data)),
    ]
}

/// `stream`, cut at `cuts`, some of which may be behind its end or the same.
fn pieces<'a>(stream: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.extend([0, stream.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn what_is_told_is_heard_however_it_is_cut(
        messages in proptest::collection::vec(told(), 0..20),
        cuts in proptest::collection::vec(any::<usize>(), 0..40),
    ) {
        let mut stream = Vec::new();
        messages.iter().for_each(|message| message.push(&mut stream));
        prop_assert_eq!(&decode(pieces(&stream, &cuts)), &(messages.clone(), None));
        prop_assert_eq!(&decode(stream.chunks(1)), &(messages, None));
    }

    #[test]
    fn what_is_read_as_a_record_is_what_is_written_for_it(text in NEARLY) {
        if let Ok(control) = Control::parse(text.as_bytes()) {
            prop_assert_eq!(control.to_string(), text);
        }
    }

    #[test]
    fn any_frames_are_heard_or_refused(
        payloads in proptest::collection::vec(
            prop_oneof![
                NEARLY.prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 1..60),
                proptest::collection::vec(Just(PIECE), 1..60),
            ],
            0..10,
        ),
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        let stream: Vec<u8> = payloads.iter().flat_map(|payload| framed(payload)).collect();
        prop_assert_eq!(decode(pieces(&stream, &cuts)), decode([stream.as_slice()]));
    }
}
