//! Records: one text for each, the same messages however a stream is cut.

use decnet_proto::{
    frame::{self, Limit},
    ids::HostName,
};
use proptest::prelude::*;

use super::*;
use crate::position::{Gap, Generation, Loss, Position};

const GENERATION: &str = "000102030405060708090a0b0c0d0e0f";
const HOST: &str = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b";

/// Records, and what could pass for one.
const NEARLY: &str = "@(mark|ready|ack|pong|at|cut|gap|line|empty|ping)( (0|[1-9][0-9]{0,19}|0[0-9]|[0-9a-f]{32}|lag|gone|)){0,4} ?";

/// What is told, kept beyond its buffer.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Control(Control),
    Line(Vec<u8>),
}

fn push(told: &Told, out: &mut Vec<u8>) {
    match told {
        Told::Control(control) => control.push(out),
        Told::Line(line) => push_line(line, out).unwrap(),
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
                Ok(Step::Message(Message::Control(control))) => told.push(Told::Control(control)),
                Ok(Step::Message(Message::Line(line))) => told.push(Told::Line(line.to_vec())),
                Ok(Step::Missing { .. }) => break,
                Err(error) => return (told, Some(error)),
            }
        }
        let taken = buffer.len() - rest.len();
        buffer.drain(..taken);
    }
    (told, None)
}

fn framed(payloads: &[&[u8]]) -> Vec<u8> {
    let mut stream = Vec::new();
    payloads.iter().for_each(|payload| frame::encode(payload, &mut stream).unwrap());
    stream
}

fn samples() -> Vec<(Control, String)> {
    let at = Position { generation: Generation(std::array::from_fn(|byte| byte as u8)), offset: u64::MAX };
    let gap = |why| Control::Gap(Gap { generation: at.generation, from: 0, to: 20, why });
    let host = Control::Host { id: HOST.parse().unwrap(), name: "w1".parse().unwrap() };
    vec![
        (Control::Mark(at), format!("@mark {GENERATION} 18446744073709551615")),
        (Control::Ready, "@ready".into()),
        (Control::Ack(at), format!("@ack {GENERATION} 18446744073709551615")),
        (Control::Pong, "@pong".into()),
        (Control::At(at), format!("@at {GENERATION} 18446744073709551615")),
        (Control::Cut(7), "@cut 7".into()),
        (gap(Loss::Lag), format!("@gap {GENERATION} 0 20 lag")),
        (gap(Loss::Gone), format!("@gap {GENERATION} 0 20 gone")),
        (host, format!("@host {HOST} w1")),
        (Control::Line, "@line".into()),
        (Control::Empty, "@empty".into()),
        (Control::Ping, "@ping".into()),
    ]
}

#[test]
fn each_record_is_exactly_this() {
    for (control, text) in samples() {
        let mut frame = Vec::new();
        control.push(&mut frame);
        assert_eq!(frame, framed(&[text.as_bytes()]));
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
            format!(" {text}"),
            format!("{text}\0"),
            format!("{text}\n"),
            text.replace(' ', "  "),
            text.replacen('@', "@@", 1),
            text.to_uppercase(),
            text[1..].to_owned(),
        ];
        for wrong in wrong.into_iter().filter(|wrong| *wrong != text) {
            assert!(Control::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }
}

#[test]
fn it_says_why_a_record_is_refused() {
    let gap = format!("@gap {GENERATION}");
    let cases = [
        ("@".to_owned(), r#""@" is no control record"#),
        ("@marks".to_owned(), r#""@marks" is no control record"#),
        ("@ready now or\nnever".to_owned(), r#"a control record has "now or\nnever" behind its end"#),
        ("@mark 00 0".to_owned(), r#"a control record has "00" where a generation should be"#),
        (format!("@ack {GENERATION}"), r#"a control record has "" where an offset should be"#),
        (format!("@at {GENERATION} 00"), r#"a control record has "00" where an offset should be"#),
        (format!("@at {GENERATION} +1"), r#"a control record has "+1" where an offset should be"#),
        (
            format!("@at {GENERATION} 18446744073709551616"),
            r#"a control record has "18446744073709551616" where an offset should be"#,
        ),
        ("@cut -1".to_owned(), r#"a control record has "-1" where a number of bytes should be"#),
        (format!("{gap} 2 1 lag"), "a gap from 2 to 1 ends before it begins"),
        (format!("{gap} 1 2 LAG"), r#"a control record has "LAG" where a reason should be"#),
        (format!("@host {HOST} ../x"), r#"a control record has "../x" where a host name should be"#),
        (format!("@host {HOST} master"), r#"a control record has "master" where a host name should be"#),
        ("@host 1 w1".to_owned(), r#"a control record has "1" where a host id should be"#),
        (format!("@{}", "x".repeat(128)), "a control record of 129 bytes, where the longest has 128"),
    ];
    for (text, expected) in cases {
        assert_eq!(Control::parse(text.as_bytes()).unwrap_err().to_string(), expected);
    }
    assert_eq!(Control::parse(b"@\xff"), Err(ControlError::NoText));
}

#[test]
fn the_longest_records_have_room() {
    let host = Control::Host { id: HOST.parse().unwrap(), name: "a".repeat(HostName::MAX).parse().unwrap() };
    let gap = Gap { generation: Generation([255; 16]), from: u64::MAX, to: u64::MAX, why: Loss::Gone };
    for control in [host, Control::Gap(gap)] {
        assert_eq!(Control::parse(control.to_string().as_bytes()), Ok(control));
    }
}

#[test]
fn a_line_survives_whatever_it_begins_with() {
    for line in [&b""[..], b"@", b"@line", b"@ready", b"<134>1 - - - - - -", b" ", b"\0\xff\r"] {
        let mut stream = Vec::new();
        push_line(line, &mut stream).unwrap();
        Control::Ping.push(&mut stream);
        let (told, error) = decode([stream.as_slice()]);
        assert_eq!((told, error), (vec![Told::Line(line.to_vec()), Told::Control(Control::Ping)], None));
    }
}

#[test]
fn a_line_that_fits_no_frame_leaves_nothing() {
    let mut out = b"before".to_vec();
    let long = vec![b'@'; 10_000_000];
    assert!(push_line(&long, &mut out).is_err());
    assert_eq!(out, b"before");
}

#[test]
fn who_breaks_the_protocol_is_told_where() {
    let cases: [(&[&[u8]], &str); 3] = [
        (&[b"@ping", b"a\nb"], "the frame at byte 7 of the stream has more than one line"),
        (&[b"@line", b"@\n"], "the frame at byte 7 of the stream has more than one line"),
        (&[b"ab", b"@nothing"], "the frame at byte 4 of the stream is refused"),
    ];
    for (payloads, expected) in cases {
        let (_, error) = decode([framed(payloads).as_slice()]);
        assert_eq!(error.unwrap().to_string(), expected);
    }
    let (told, error) = decode([&b"5 @ping@ping"[..]]);
    assert_eq!(told, [Told::Control(Control::Ping)]);
    assert!(matches!(error, Some(WireError::Frame(error)) if error.at == 7));
}

fn position() -> impl Strategy<Value = Position> {
    (any::<[u8; 16]>(), any::<u64>())
        .prop_map(|(generation, offset)| Position { generation: Generation(generation), offset })
}

fn gap() -> impl Strategy<Value = Gap> {
    let ends = (any::<u64>(), any::<u64>()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    (any::<[u8; 16]>(), ends, proptest::sample::select(Loss::ALL.as_slice()))
        .prop_map(|(generation, (from, to), why)| Gap { generation: Generation(generation), from, to, why })
}

fn host() -> impl Strategy<Value = Control> {
    let id = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    let name = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?".prop_filter_map("reserved", |name| name.parse().ok());
    (id, name).prop_map(|(id, name)| Control::Host { id: id.parse().unwrap(), name })
}

fn control() -> impl Strategy<Value = Control> {
    prop_oneof![
        position().prop_map(Control::Mark),
        Just(Control::Ready),
        position().prop_map(Control::Ack),
        Just(Control::Pong),
        position().prop_map(Control::At),
        any::<u64>().prop_map(Control::Cut),
        gap().prop_map(Control::Gap),
        host(),
        Just(Control::Ping),
    ]
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let byte = || any::<u8>().prop_filter("a line feed", |byte| *byte != b'\n');
    (proptest::option::of(Just(b'@')), proptest::collection::vec(byte(), 0..200))
        .prop_map(|(sign, rest)| sign.into_iter().chain(rest).collect())
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![control().prop_map(Told::Control), line().prop_map(Told::Line)]
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
        messages.iter().for_each(|message| push(message, &mut stream));
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
    fn a_record_with_one_other_byte_is_refused_or_another(control in control(), at: usize, byte: u8) {
        let mut payload = control.to_string().into_bytes();
        let at = at % payload.len();
        payload[at] = byte;
        if let Ok(read) = Control::parse(&payload) {
            prop_assert_eq!(read.to_string().into_bytes(), payload);
        }
    }

    #[test]
    fn any_frames_are_heard_or_refused(
        payloads in proptest::collection::vec("@?[a-z ]{0,5}\\PC{0,40}", 0..10),
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        let payloads: Vec<_> = payloads.iter().map(String::as_bytes).filter(|payload| !payload.is_empty()).collect();
        let stream = framed(&payloads);
        prop_assert_eq!(decode(pieces(&stream, &cuts)), decode([stream.as_slice()]));
    }

    #[test]
    fn any_bytes_are_heard_or_refused(
        stream in proptest::collection::vec(
            prop_oneof![2 => b'1'..=b'3', 2 => Just(b' '), 1 => Just(b'@'), 1 => any::<u8>()],
            0..100,
        ),
    ) {
        prop_assert_eq!(decode(stream.chunks(1)), decode([stream.as_slice()]));
    }
}
