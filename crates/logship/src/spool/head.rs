//! The head of a record, byte by byte as the crate's own head lays it out.

use decnet_event::Timestamp;
use decnet_proto::ids::HostId;
use uuid::Uuid;

use crate::position::Generation;

/// What a segment begins with.
pub(super) const MAGIC: &[u8; 15] = b"DECNET SPOOL 1\n";

/// Bytes of a head.
pub(super) const HEAD: usize = 80;

/// Most bytes behind a head.
pub(super) const MAX_TAIL: usize = 16 << 20;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Lines = 1,
    Gap = 2,
    Marks = 3,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Lines, Self::Gap, Self::Marks];
}

/// A head, without its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// Bytes of the host's name, the first of the tail.
    pub(super) name: u8,
    /// Bytes behind the head: name and body.
    pub(super) tail: u32,
    pub(super) host: HostId,
    pub(super) generation: Generation,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) time: Timestamp,
    pub(super) lines: u32,
}

impl Head {
    /// Its bytes, before `name` and `body`, whose lengths it takes.
    pub(super) fn seal(mut self, name: &[u8], body: &[u8]) -> [u8; HEAD] {
        // Names have at most 63 bytes, and bodies were measured before.
        self.name = u8::try_from(name.len()).unwrap_or(u8::MAX);
        self.tail = u32::try_from(name.len() + body.len()).unwrap_or(u32::MAX);
        let mut out = [0; HEAD];
        put(&mut out, 4, &self.tail.to_le_bytes());
        put(&mut out, 8, &[self.kind as u8, self.name]);
        put(&mut out, 16, self.host.0.as_bytes());
        put(&mut out, 32, &self.generation.0);
        put(&mut out, 48, &self.from.to_le_bytes());
        put(&mut out, 56, &self.to.to_le_bytes());
        put(&mut out, 64, &self.time.0.to_le_bytes());
        put(&mut out, 72, &self.lines.to_le_bytes());
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(out.get(4..).unwrap_or_default());
        hasher.update(name);
        hasher.update(body);
        put(&mut out, 0, &hasher.finalize().to_le_bytes());
        out
    }

    /// The head of a record whose checksum is right.
    pub(super) fn open(record: &[u8]) -> Option<Self> {
        let sum = u32::from_le_bytes(take(record, 0)?);
        if crc32fast::hash(record.get(4..)?) != sum {
            return None;
        }
        let [kind, name] = take(record, 8)?;
        let head = Self {
            kind: Kind::ALL.into_iter().find(|known| *known as u8 == kind)?,
            name,
            tail: u32::from_le_bytes(take(record, 4)?),
            host: HostId(Uuid::from_bytes(take(record, 16)?)),
            generation: Generation(take(record, 32)?),
            from: u64::from_le_bytes(take(record, 48)?),
            to: u64::from_le_bytes(take(record, 56)?),
            time: Timestamp(i64::from_le_bytes(take(record, 64)?)),
            lines: u32::from_le_bytes(take(record, 72)?),
        };
        let fits = u32::from(name) <= head.tail && head.from <= head.to;
        (fits && head.length() == record.len()).then_some(head)
    }

    /// Bytes of the whole record.
    pub(super) fn length(&self) -> usize {
        HEAD + usize::try_from(self.tail).unwrap_or(MAX_TAIL)
    }
}

/// Bytes that the record has whose head this may be, where it can be one.
pub(super) fn announced(head: &[u8]) -> Option<usize> {
    let tail = usize::try_from(u32::from_le_bytes(take(head, 4)?)).ok()?;
    (tail <= MAX_TAIL).then_some(HEAD + tail)
}

fn put(out: &mut [u8; HEAD], at: usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head() -> impl Strategy<Value = Head> {
        let kind = prop_oneof![Just(Kind::Lines), Just(Kind::Gap), Just(Kind::Marks)];
        (kind, any::<[u8; 16]>(), any::<[u8; 16]>(), any::<u64>(), any::<u64>(), any::<i64>(), any::<u32>())
            .prop_map(|(kind, host, generation, a, b, time, lines)| Head {
                kind,
                name: 0,
                tail: 0,
                host: HostId(Uuid::from_bytes(host)),
                generation: Generation(generation),
                from: a.min(b),
                to: a.max(b),
                time: Timestamp(time),
                lines,
            })
    }

    fn record(head: Head, name: &[u8], body: &[u8]) -> Vec<u8> {
        [head.seal(name, body).as_slice(), name, body].concat()
    }

    proptest! {
        #[test]
        fn a_head_is_what_it_was_sealed_as(head in head(), name: [u8; 7], body: Vec<u8>) {
            let record = record(head, &name, &body);
            prop_assert_eq!(announced(&record), Some(record.len()));
            let expected = Head { name: 7, tail: 7 + body.len() as u32, ..head };
            prop_assert_eq!(Head::open(&record), Some(expected));
        }

        #[test]
        fn one_flipped_bit_is_noticed(head in head(), body: [u8; 9], bit in 0..(HEAD + 9) * 8) {
            let mut record = record(head, b"", &body);
            record[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(Head::open(&record), None);
        }

        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            let _ = announced(&bytes);
            prop_assert_eq!(Head::open(&bytes), None);
        }
    }

    #[test]
    fn a_tail_is_bounded() {
        let mut bytes = [0; HEAD];
        bytes[4..8].copy_from_slice(&(MAX_TAIL as u32 + 1).to_le_bytes());
        assert_eq!(announced(&bytes), None);
    }
}
