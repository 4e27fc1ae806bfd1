//! ASN.1's basic encoding rules, as far as SNMP uses them and as loosely as net-snmp reads them.
//!
//! Lengths may be written longer than they need to be and bytes may follow a message; what is
//! indefinite, overlong or cut off is an error. Nothing read is larger than the datagram.

/// What is not BER, or not of the type that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// OCTET STRING.
pub const OCTETS: u8 = 0x04;
/// NULL.
pub const NULL: u8 = 0x05;
/// OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// SEQUENCE.
pub const SEQUENCE: u8 = 0x30;

/// Most octets in which a length or a number is written.
const WORD: usize = 8;

/// Reads values one after another.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

/// One value: its tag, its content, and all of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// The tag.
    pub tag: u8,
    /// What is in it.
    pub content: &'a [u8],
    /// Tag, length and content.
    pub raw: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next value, of any type.
    ///
    /// # Errors
    /// When it is cut off, indefinite or of a length that no number holds.
    pub fn item(&mut self) -> Result<Item<'a>, Malformed> {
        let whole = self.rest;
        let (tag, after) = whole.split_first().ok_or(Malformed)?;
        let (length, body) = length(after)?;
        let content = body.get(..length).ok_or(Malformed)?;
        self.rest = body.get(length..).ok_or(Malformed)?;
        let raw = whole.get(..whole.len() - self.rest.len()).ok_or(Malformed)?;
        Ok(Item { tag: *tag, content, raw })
    }

    /// The content of the next value, which must have the tag.
    ///
    /// # Errors
    /// When it has another, or is none.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        let item = self.item()?;
        if item.tag == tag { Ok(item.content) } else { Err(Malformed) }
    }

    /// The next value, a number.
    ///
    /// # Errors
    /// When it is none, or longer than eight octets.
    pub fn integer(&mut self) -> Result<i64, Malformed> {
        integer(self.expect(INTEGER)?)
    }
}

/// A length and what comes after it.
fn length(bytes: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    let (first, after) = bytes.split_first().ok_or(Malformed)?;
    if *first < 0x80 {
        return Ok(((*first).into(), after));
    }
    let octets = usize::from(first & 0x7f);
    if octets == 0 || octets > WORD {
        return Err(Malformed);
    }
    let mut value: usize = 0;
    for octet in after.get(..octets).ok_or(Malformed)? {
        value = value.checked_mul(256).ok_or(Malformed)? | usize::from(*octet);
    }
    Ok((value, after.get(octets..).unwrap_or_default()))
}

/// The number that content stands for.
///
/// # Errors
/// When there is nothing, or more than eight octets.
pub fn integer(content: &[u8]) -> Result<i64, Malformed> {
    let first = content.first().ok_or(Malformed)?;
    if content.len() > WORD {
        return Err(Malformed);
    }
    let start = if first & 0x80 == 0 { 0 } else { -1 };
    Ok(content.iter().fold(start, |value: i64, octet| (value << 8) | i64::from(*octet)))
}

/// Appends a value with a tag and a content.
pub fn put(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    put_head(out, tag, content.len());
    out.extend_from_slice(content);
}

/// Appends a tag and the length of the content that will follow.
pub fn put_head(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    match u8::try_from(length) {
        Ok(short @ ..0x80) => out.push(short),
        _ => {
            let octets = length.to_be_bytes();
            let from = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len() - 1);
            let octets = octets.get(from..).unwrap_or_default();
            out.push(0x80 | u8::try_from(octets.len()).unwrap_or(0));
            out.extend_from_slice(octets);
        }
    }
}

/// Appends a signed number under a tag, as short as it can be.
pub fn put_integer(out: &mut Vec<u8>, tag: u8, value: i64) {
    put(out, tag, shortest(&value.to_be_bytes()));
}

/// Appends an unsigned number under a tag, as short as it can be.
pub fn put_unsigned(out: &mut Vec<u8>, tag: u8, value: u64) {
    let mut octets = [0; 9];
    if let Some(low) = octets.get_mut(1..) {
        low.copy_from_slice(&value.to_be_bytes());
    }
    put(out, tag, shortest(&octets));
}

/// Two's complement without the octets that say nothing.
fn shortest(octets: &[u8]) -> &[u8] {
    let says_nothing = |pair: &[u8]| {
        matches!(pair, [0, next, ..] if next & 0x80 == 0)
            || matches!(pair, [0xff, next, ..] if next & 0x80 != 0)
    };
    let from = octets.windows(2).take_while(|pair| says_nothing(pair)).count();
    octets.get(from..).unwrap_or_default()
}

/// Wraps what `fill` appends into a value with the tag.
pub fn wrap(out: &mut Vec<u8>, tag: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut content = Vec::new();
    fill(&mut content);
    put(out, tag, &content);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let check = |value, expect: &[u8]| {
            let mut out = Vec::new();
            put_integer(&mut out, INTEGER, value);
            assert_eq!(out[2..], *expect, "{value}");
        };
        check(0, &[0]);
        check(127, &[127]);
        check(128, &[0, 128]);
        check(-1, &[255]);
        check(-129, &[255, 127]);
        let mut out = Vec::new();
        put_unsigned(&mut out, 0x46, u64::MAX);
        assert_eq!(out, [&[0x46, 9, 0][..], &[255; 8]].concat());
    }

    #[test]
    fn lengths_are_read_loosely_but_never_beyond_the_end() {
        let check = |bytes: &[u8], expect| {
            assert_eq!(Reader::new(bytes).expect(OCTETS).ok(), expect, "{bytes:?}");
        };
        check(&[4, 1, 7], Some(&[7][..]));
        check(&[4, 0x85, 0, 0, 0, 0, 1, 7, 9], Some(&[7][..]));
        check(&[4, 0x80, 7, 0, 0], None);
        check(&[4, 2, 7], None);
        check(&[4, 0x88, 255, 255, 255, 255, 255, 255, 255, 255], None);
        check(&[4, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7], None);
        check(&[4], None);
    }

    proptest! {
        #[test]
        fn numbers_come_back(value: i64) {
            let mut out = Vec::new();
            put_integer(&mut out, INTEGER, value);
            prop_assert_eq!(Reader::new(&out).integer(), Ok(value));
        }

        #[test]
        fn any_bytes_are_items_or_malformed(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            let mut read = 0;
            while let Ok(item) = reader.item() {
                read += item.raw.len();
            }
            prop_assert!(read <= bytes.len());
        }

        #[test]
        fn lengths_come_back(length in 0usize..70_000) {
            let mut out = Vec::new();
            put(&mut out, OCTETS, &vec![1; length]);
            prop_assert_eq!(Reader::new(&out).expect(OCTETS).map(<[u8]>::len), Ok(length));
        }
    }
}
