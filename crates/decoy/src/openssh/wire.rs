//! The data types of SSH (RFC 4251, section 5): from bytes to values and back.

/// What a peer sent does not hold what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Reads values off the front of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of all of `bytes`.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is left.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Exactly `count` bytes.
    ///
    /// # Errors
    /// [`Malformed`] when there are fewer.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Exactly `N` bytes.
    ///
    /// # Errors
    /// [`Malformed`] when there are fewer.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }

    /// A `byte`.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A `boolean`: all but zero are true.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub(crate) fn boolean(&mut self) -> Result<bool, Malformed> {
        self.byte().map(|byte| byte != 0)
    }

    /// A `uint32`.
    ///
    /// # Errors
    /// [`Malformed`] when fewer than four bytes are left.
    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// A `uint64`.
    ///
    /// # Errors
    /// [`Malformed`] when fewer than eight bytes are left.
    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// A `string`.
    ///
    /// # Errors
    /// [`Malformed`] when it is longer than what is left.
    pub(crate) fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.u32()?).map_err(|_| Malformed)?;
        self.take(length)
    }

    /// A `string` without a zero byte, but for one at its end, which is dropped: as OpenSSH
    /// reads what it will use as text.
    ///
    /// # Errors
    /// [`Malformed`] when it is longer than what is left, or has a zero byte inside.
    pub(crate) fn text(&mut self) -> Result<&'a [u8], Malformed> {
        let bytes = self.string()?;
        let text = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        if text.contains(&0) { Err(Malformed) } else { Ok(text) }
    }

    /// A positive `mpint`, its magnitude without leading zeros.
    ///
    /// # Errors
    /// [`Malformed`] when it is negative, longer than OpenSSH takes (16,384 bits), or does not fit.
    pub(crate) fn mpint(&mut self) -> Result<&'a [u8], Malformed> {
        const LONGEST: usize = 16_384 / 8;
        let bytes = self.string()?;
        let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
        let long = bytes.len() > LONGEST + 1 || (bytes.len() == LONGEST + 1 && bytes.first() != Some(&0));
        if negative || long {
            return Err(Malformed);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeros..).ok_or(Malformed)
    }

    /// Nothing, where nothing should be left.
    ///
    /// # Errors
    /// [`Malformed`] when something is.
    pub(crate) const fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Puts values at the end of a packet.
pub(crate) trait Writer {
    /// A `byte`.
    fn put_byte(&mut self, value: u8);
    /// A `boolean`.
    fn put_boolean(&mut self, value: bool);
    /// A `uint32`.
    fn put_u32(&mut self, value: u32);
    /// A `uint64`.
    fn put_u64(&mut self, value: u64);
    /// A `string`.
    fn put_string(&mut self, value: &[u8]);
    /// A positive `mpint` of this magnitude.
    fn put_mpint(&mut self, magnitude: &[u8]);
}

impl Writer for Vec<u8> {
    fn put_byte(&mut self, value: u8) {
        self.push(value);
    }

    fn put_boolean(&mut self, value: bool) {
        self.push(u8::from(value));
    }

    fn put_u32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_be_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_be_bytes());
    }

    fn put_string(&mut self, value: &[u8]) {
        self.put_u32(u32::try_from(value.len()).unwrap_or(u32::MAX));
        self.extend_from_slice(value);
    }

    fn put_mpint(&mut self, magnitude: &[u8]) {
        let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
        let digits = magnitude.get(zeros..).unwrap_or_default();
        let sign = usize::from(digits.first().is_some_and(|byte| byte & 0x80 != 0));
        self.put_u32(u32::try_from(digits.len() + sign).unwrap_or(u32::MAX));
        self.extend(std::iter::repeat_n(0, sign));
        self.extend_from_slice(digits);
    }
}

/// A payload that begins with its message number.
pub(crate) fn message(number: u8) -> Vec<u8> {
    vec![number]
}

/// The names of a name-list, as OpenSSH walks it: an empty name ends it.
pub(crate) fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b',').take_while(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Malformed, Reader, Writer, names};

    #[test]
    fn numbers_are_as_the_rfc_shows_them() {
        let mut out = Vec::new();
        out.put_mpint(&[]);
        out.put_mpint(&[0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7]);
        out.put_mpint(&[0, 0x80]);
        let expected = b"\0\0\0\0\0\0\0\x08\x09\xa3\x78\xf9\xb2\xe3\x32\xa7\0\0\0\x02\0\x80";
        assert_eq!(out, expected);
        let mut reader = Reader::new(&out);
        assert_eq!(reader.mpint(), Ok(&[][..]));
        assert_eq!(reader.mpint().map(<[u8]>::len), Ok(8));
        assert_eq!(reader.mpint(), Ok(&[0x80][..]));
        assert_eq!(reader.end(), Ok(()));
        assert_eq!(Reader::new(b"\0\0\0\x01\xff").mpint(), Err(Malformed));
    }

    #[test]
    fn text_has_no_zero_inside() {
        assert_eq!(Reader::new(b"\0\0\0\x03abc").text(), Ok(&b"abc"[..]));
        assert_eq!(Reader::new(b"\0\0\0\x03ab\0").text(), Ok(&b"ab"[..]));
        assert_eq!(Reader::new(b"\0\0\0\x03a\0b").text(), Err(Malformed));
    }

    #[test]
    fn names_are_what_is_between_commas() {
        assert_eq!(names(b"a,b").collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(names(b"a,,b,").collect::<Vec<_>>(), [b"a"]);
        assert_eq!(names(b"").count(), 0);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(a: u8, b: u32, c: Vec<u8>, d: Vec<u8>, e: u64, f: bool) {
            let mut out = Vec::new();
            out.put_byte(a);
            out.put_u32(b);
            out.put_string(&c);
            out.put_mpint(&d);
            out.put_u64(e);
            out.put_boolean(f);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.byte(), Ok(a));
            prop_assert_eq!(reader.u32(), Ok(b));
            prop_assert_eq!(reader.string(), Ok(&c[..]));
            let zeros = d.iter().take_while(|byte| **byte == 0).count();
            prop_assert_eq!(reader.mpint(), Ok(&d[zeros..]));
            prop_assert_eq!(reader.u64(), Ok(e));
            prop_assert_eq!(reader.boolean(), Ok(f));
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            let before = reader.rest().len();
            let _ = (reader.string(), reader.mpint(), reader.text(), reader.u64());
            prop_assert!(reader.rest().len() <= before);
        }
    }
}
