//! Chunks and parts, at any pace.

use proptest::prelude::*;

use super::{
    Form, Multipart, Part,
    chunked::{Chunks, Piece},
};
use crate::http::product::Product;

/// Decodes `bytes` fed in pieces of `step`: the data, how it ended, and the bytes used.
fn decode(product: Product, bytes: &[u8], step: usize) -> (Vec<u8>, &'static str, usize) {
    let mut chunks = Chunks::new(product);
    let (mut data, mut used) = (Vec::new(), 0);
    for piece in bytes.chunks(step) {
        let mut rest = piece;
        while !rest.is_empty() {
            let (count, piece) = chunks.next(rest);
            used += count;
            rest = &rest[count..];
            match piece {
                Piece::Data(more) => data.extend_from_slice(more),
                Piece::Nothing => {}
                Piece::End => return (data, "end", used),
                Piece::Malformed => return (data, "malformed", used),
                Piece::TooLarge => return (data, "too large", used),
            }
        }
    }
    (data, "more", used)
}

#[test]
fn chunks_as_each_product_takes_them() {
    let check = |input: &str, apache: (&str, &str), nginx: (&str, &str)| {
        for (product, expect) in [(Product::Apache, apache), (Product::Nginx, nginx)] {
            for step in [1, 3, 100] {
                let (data, end, _) = decode(product, input.as_bytes(), step);
                assert_eq!((String::from_utf8_lossy(&data).as_ref(), end), expect, "{product:?} {input:?}");
            }
        }
    };
    let both = |input, expect| check(input, expect, expect);
    both("5\r\nhello\r\n0\r\n\r\n", ("hello", "end"));
    both("3;a=b\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", ("abc", "end"));
    both("3 \r\nabc\r\n00\r\n\r\n", ("abc", "end"));
    both(" 3\r\nabc\r\n0\r\n\r\n", ("", "malformed"));
    both("3\r\nabcd\r\n0\r\n\r\n", ("abc", "malformed"));
    both("zz\r\n", ("", "malformed"));
    both("fffffffffffffffff\r\n", ("", "too large"));
    check("3\nabc\n0\n\n", ("", "malformed"), ("abc", "end"));
}

#[test]
fn parts_are_told_apart() {
    let body = b"preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--X\r\n--XX\r\ncontent-disposition: form-data; name=b; filename=\"f.php\"\r\nContent-Type: x\r\n\r\n\r\n--XX--\r\nepilogue";
    for step in [1, 2, 7, 1_000] {
        let mut parts = Multipart::of_type(b"multipart/form-data; boundary=XX").unwrap();
        let (mut names, mut data, mut ends) = (Vec::new(), Vec::new(), 0);
        for piece in body.chunks(step) {
            parts.feed(piece, |part| match part {
                Part::Begin { name, file } => names.push((name, file)),
                Part::Data(more) => data.extend(more),
                Part::End => ends += 1,
            });
        }
        assert_eq!(names, [(b"a".to_vec(), None), (b"b".to_vec(), Some(b"f.php".to_vec()))], "{step}");
        assert_eq!((data.as_slice(), ends), (&b"one\r\n--X"[..], 2), "{step}");
    }
    assert!(Multipart::of_type(b"multipart/form-data").is_none());
    assert!(Multipart::of_type(b"text/plain; boundary=XX").is_none());
}

proptest! {
    #[test]
    fn chunked_bodies_come_back(data in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..40, step in 1usize..50) {
        let mut bytes = Vec::new();
        for chunk in data.chunks(size) {
            bytes.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        let length = bytes.len();
        bytes.extend_from_slice(b"GET /");
        for product in [Product::Apache, Product::Nginx] {
            prop_assert_eq!(decode(product, &bytes, step), (data.clone(), "end", length));
        }
    }

    #[test]
    fn any_bytes_are_some_body(bytes in proptest::collection::vec(any::<u8>(), 0..300), step in 1usize..20) {
        let (data, ..) = decode(Product::Nginx, &bytes, step);
        prop_assert!(data.len() <= bytes.len());
        let mut parts = Multipart::of_type(b"multipart/form-data; boundary=a").unwrap();
        let mut total = 0;
        for piece in bytes.chunks(step) {
            parts.feed(piece, |part| if let Part::Data(data) = part { total += data.len() });
        }
        prop_assert!(total <= bytes.len());
        for kind in [&b""[..], b"application/json", b"multipart/form-data; boundary=a"] {
            prop_assert!(Form::parse(kind, &bytes).fields().count() <= 64);
        }
    }
}
