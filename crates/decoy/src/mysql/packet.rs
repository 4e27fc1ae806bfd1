//! The pieces that packets are made of: numbers and strings, read and written.

/// A cursor over a payload: every read says `None` when there is not enough left.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Reads `payload` from its beginning.
    pub const fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    /// What was not read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    /// A number of `width` bytes, least significant first; at most eight.
    pub fn number(&mut self, width: usize) -> Option<u64> {
        let bytes = self.bytes(width)?;
        Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// One byte.
    pub fn byte(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    /// A number whose first byte says how long it is.
    pub fn lenenc(&mut self) -> Option<u64> {
        match self.byte()? {
            0xfc => self.number(2),
            0xfd => self.number(3),
            0xfe => self.number(8),
            small @ 0..=0xfa => Some(small.into()),
            0xfb | 0xff => None,
        }
    }

    /// A string with such a number in front.
    pub fn lenenc_bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.lenenc()?;
        self.bytes(usize::try_from(length).ok()?)
    }

    /// A string up to a NUL, which is read over.
    pub fn until_nul(&mut self) -> Option<&'a [u8]> {
        let at = self.rest.iter().position(|byte| *byte == 0)?;
        let text = self.bytes(at)?;
        self.bytes(1)?;
        Some(text)
    }

    /// A string up to a NUL or to the end.
    pub fn until_nul_or_end(&mut self) -> &'a [u8] {
        self.until_nul().unwrap_or_else(|| std::mem::take(&mut self.rest))
    }
}

/// Appends a number whose first byte says how long it is.
pub fn put_lenenc(out: &mut Vec<u8>, number: u64) {
    let [a, b, c, ..] = number.to_le_bytes();
    match number {
        0..=0xfa => out.push(a),
        0xfb..=0xffff => out.extend_from_slice(&[0xfc, a, b]),
        0x1_0000..=0xff_ffff => out.extend_from_slice(&[0xfd, a, b, c]),
        _ => {
            out.push(0xfe);
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
}

/// Appends a string with such a number in front.
pub fn put_lenenc_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_lenenc(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends `payload` as packets from number `sequence` on, which moves past them. A payload of
/// the greatest length is followed by an empty packet.
pub fn put_packets(out: &mut Vec<u8>, sequence: &mut u8, payload: &[u8]) {
    const FULL: usize = 0xff_ffff;
    let mut rest = payload;
    loop {
        let (piece, after) = rest.split_at(rest.len().min(FULL));
        let [a, b, c, _] = u32::try_from(piece.len()).unwrap_or_default().to_le_bytes();
        out.extend_from_slice(&[a, b, c, *sequence]);
        out.extend_from_slice(piece);
        *sequence = sequence.wrapping_add(1);
        rest = after;
        if piece.len() < FULL {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(number: u64) {
            let mut out = Vec::new();
            put_lenenc(&mut out, number);
            let mut fields = Fields::new(&out);
            prop_assert_eq!(fields.lenenc(), Some(number));
            prop_assert!(fields.rest().is_empty());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut fields = Fields::new(&bytes);
            let _ = (fields.lenenc_bytes(), fields.until_nul(), fields.number(8), fields.until_nul_or_end());
        }
    }

    #[test]
    fn a_full_packet_is_followed_by_another() {
        let mut out = Vec::new();
        let mut sequence = 255;
        put_packets(&mut out, &mut sequence, &vec![7; 0xff_ffff]);
        assert_eq!(sequence, 1);
        assert_eq!(out.get(..4), Some(&[255, 255, 255, 255][..]));
        assert_eq!(out.get(out.len() - 4..), Some(&[0, 0, 0, 0][..]));
    }
}
