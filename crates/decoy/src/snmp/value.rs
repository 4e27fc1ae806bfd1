//! Names and values of variables.

use std::{borrow::Cow, net::Ipv4Addr};

use super::ber::{self, Malformed};

/// Most numbers in a name (RFC 3416, section 4.1).
pub const NAME_LENGTH: usize = 128;

/// The value of a variable.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// INTEGER.
    Integer(i64),
    /// OCTET STRING.
    Octets(Cow<'static, [u8]>),
    /// OBJECT IDENTIFIER.
    Name(Cow<'static, [u32]>),
    /// IpAddress.
    Address(Ipv4Addr),
    /// Counter32.
    Counter(u32),
    /// Gauge32.
    Gauge(u32),
    /// TimeTicks.
    Ticks(u32),
    /// Counter64.
    Counter64(u64),
    /// A floating point number in an Opaque, as net-snmp writes it.
    Float(f32),
    /// NULL.
    Null,
    /// There is no such variable and can be none.
    NoSuchObject,
    /// There is no such variable now.
    NoSuchInstance,
    /// There is nothing after the name.
    EndOfView,
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        match text.into() {
            Cow::Borrowed(text) => Self::Octets(Cow::Borrowed(text.as_bytes())),
            Cow::Owned(text) => Self::Octets(Cow::Owned(text.into_bytes())),
        }
    }

    /// Bytes.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Octets(Cow::Owned(bytes.into()))
    }

    /// A name.
    pub const fn name(name: &'static [u32]) -> Self {
        Self::Name(Cow::Borrowed(name))
    }

    /// Whether it says that there is no value.
    pub const fn is_exception(&self) -> bool {
        matches!(self, Self::NoSuchObject | Self::NoSuchInstance | Self::EndOfView)
    }

    /// Appends it.
    pub fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Integer(value) => ber::put_integer(out, ber::INTEGER, *value),
            Self::Octets(octets) => ber::put(out, ber::OCTETS, octets),
            Self::Name(name) => put_name(out, name),
            Self::Address(address) => ber::put(out, 0x40, &address.octets()),
            Self::Counter(value) => ber::put_unsigned(out, 0x41, (*value).into()),
            Self::Gauge(value) => ber::put_unsigned(out, 0x42, (*value).into()),
            Self::Ticks(value) => ber::put_unsigned(out, 0x43, (*value).into()),
            Self::Counter64(value) => ber::put_unsigned(out, 0x46, *value),
            Self::Float(value) => {
                ber::wrap(out, 0x44, |out| {
                    out.extend_from_slice(&[0x9f, 0x78]);
                    out.push(4);
                    out.extend_from_slice(&value.to_be_bytes());
                });
            }
            Self::Null => ber::put(out, ber::NULL, &[]),
            Self::NoSuchObject => ber::put(out, 0x80, &[]),
            Self::NoSuchInstance => ber::put(out, 0x81, &[]),
            Self::EndOfView => ber::put(out, 0x82, &[]),
        }
    }
}

/// Whether bytes of a value are of a type and shape that net-snmp reads.
pub fn is_readable(item: &ber::Item<'_>) -> bool {
    match item.tag {
        ber::INTEGER | 0x41..=0x43 | 0x47 => ber::integer(item.content).is_ok(),
        0x46 => !item.content.is_empty() && item.content.len() <= 9,
        ber::OID => name(item.content).is_ok(),
        0x40 => item.content.len() == 4,
        0x03 => !item.content.is_empty(),
        ber::OCTETS | ber::NULL | 0x44 | 0x45 | 0x80..=0x82 => true,
        _ => false,
    }
}

/// The name that content stands for.
///
/// # Errors
/// When a number is cut off or does not fit into 32 bits, or when there are too many.
pub fn name(content: &[u8]) -> Result<Vec<u32>, Malformed> {
    let mut numbers = Vec::with_capacity((content.len() + 1).min(NAME_LENGTH));
    let mut value: u32 = 0;
    let mut inside = false;
    for octet in content {
        if value > u32::MAX >> 7 {
            return Err(Malformed);
        }
        value = (value << 7) | u32::from(octet & 0x7f);
        inside = octet & 0x80 != 0;
        if !inside {
            push_number(&mut numbers, value);
            value = 0;
        }
        if numbers.len() > NAME_LENGTH {
            return Err(Malformed);
        }
    }
    if numbers.is_empty() && !inside {
        numbers.extend([0, 0]);
    }
    if inside { Err(Malformed) } else { Ok(numbers) }
}

/// The first number on the wire is two.
fn push_number(numbers: &mut Vec<u32>, value: u32) {
    match (numbers.is_empty(), value) {
        (false, _) => numbers.push(value),
        (true, 0..40) => numbers.extend([0, value]),
        (true, 40..80) => numbers.extend([1, value - 40]),
        (true, _) => numbers.extend([2, value - 80]),
    }
}

/// Appends a name.
pub fn put_name(out: &mut Vec<u8>, name: &[u32]) {
    let mut content = Vec::with_capacity(name.len() + 4);
    let (first, rest) = match name {
        [first, second, rest @ ..] => (first.saturating_mul(40).saturating_add(*second), rest),
        [first] => (first.saturating_mul(40), &[][..]),
        [] => (0, &[][..]),
    };
    put_number(&mut content, first);
    for number in rest {
        put_number(&mut content, *number);
    }
    ber::put(out, ber::OID, &content);
}

fn put_number(out: &mut Vec<u8>, number: u32) {
    for shift in [28, 21, 14, 7] {
        if number >> shift != 0 {
            out.push(0x80 | u8::try_from((number >> shift) & 0x7f).unwrap_or(0));
        }
    }
    out.push(u8::try_from(number & 0x7f).unwrap_or(0));
}

/// A name as people write it.
pub fn dotted(name: &[u32]) -> String {
    let mut text = String::new();
    for (at, number) in name.iter().enumerate() {
        if at > 0 {
            text.push('.');
        }
        text.push_str(&number.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_read_as_net_snmp_reads_them() {
        let check = |bytes: &[u8], expect: Option<&[u32]>| {
            assert_eq!(name(bytes).ok().as_deref(), expect, "{bytes:?}");
        };
        check(&[], Some(&[0, 0]));
        check(&[0x2b], Some(&[1, 3]));
        check(&[0x2b, 6, 0x81], None);
        check(&[0x2b, 0x80, 6], Some(&[1, 3, 6]));
        check(&[0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f], Some(&[1, 3, u32::MAX]));
        check(&[0x2b, 0xff, 0xff, 0xff, 0xff, 0x7f], None);
        check(&[0x88, 0x37, 1], Some(&[2, 999, 1]));
        check(&[&[0x2b][..], &[1; 126]].concat(), Some(&[&[1, 3][..], &[1; 126]].concat()));
        check(&[&[0x2b][..], &[1; 127]].concat(), None);
    }

    #[test]
    fn floats_are_opaque() {
        let mut out = Vec::new();
        Value::Float(2.5).put(&mut out);
        assert_eq!(out, [0x44, 7, 0x9f, 0x78, 4, 0x40, 0x20, 0, 0]);
    }

    proptest! {
        #[test]
        fn names_come_back(rest in proptest::collection::vec(any::<u32>(), 0..126), second in 0u32..40) {
            let numbers = [&[1, second][..], &rest].concat();
            let mut out = Vec::new();
            put_name(&mut out, &numbers);
            let content = ber::Reader::new(&out).expect(ber::OID).unwrap();
            prop_assert_eq!(name(content), Ok(numbers));
        }

        #[test]
        fn any_bytes_are_a_name_or_malformed(bytes: Vec<u8>) {
            if let Ok(name) = name(&bytes) {
                prop_assert!(name.len() <= NAME_LENGTH);
            }
        }
    }
}
