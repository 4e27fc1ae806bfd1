//! An event and the identities it carries.

use std::{fmt, net::SocketAddr, str::FromStr, sync::Arc};

use time::{OffsetDateTime, UtcOffset};

use crate::Kind;

/// Microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Appends `YYYY-MM-DDTHH:MM:SS.ffffff+00:00` (RFC 3339), always with six digits.
    ///
    /// A time outside the years 1970 to 9999 is written as the nearest bound, because
    /// RFC 5424 has no way to write it.
    pub fn write_rfc3339(self, out: &mut Vec<u8>) {
        let micros = self.0.clamp(0, 253_402_300_799_999_999);
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        digits(out, u32::from(at.year().unsigned_abs() as u16), 4);
        out.push(b'-');
        digits(out, u32::from(u8::from(at.month())), 2);
        out.push(b'-');
        digits(out, u32::from(at.day()), 2);
        out.push(b'T');
        digits(out, u32::from(at.hour()), 2);
        out.push(b':');
        digits(out, u32::from(at.minute()), 2);
        out.push(b':');
        digits(out, u32::from(at.second()), 2);
        out.push(b'.');
        digits(out, at.microsecond(), 6);
        out.extend_from_slice(b"+00:00");
    }

    /// Reads an RFC 3339 time with any offset; digits past the microsecond are dropped.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
        let nanos = at.to_offset(UtcOffset::UTC).unix_timestamp_nanos();
        i64::try_from(nanos.div_euclid(1_000)).ok().map(Self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(32);
        self.write_rfc3339(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

fn digits(out: &mut Vec<u8>, value: u32, width: u32) {
    for place in (0..width).rev() {
        out.push(b'0' + (value / 10u32.pow(place) % 10) as u8);
    }
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                u64::from_str_radix(text, 16).map(Self)
            }
        }
    };
}

hex_id! {
    /// One run of an emitter: random at its start. Written as 16 hexadecimal digits.
    Boot
}
hex_id! {
    /// One conversation with a peer. Written as 16 hexadecimal digits.
    SessionId
}

/// Who observed: bound once where the emitter starts, never taken from a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Name of the decky in the fleet; the HOSTNAME of the line, at most 255 bytes.
    pub decky: String,
    /// Slug of the service or component; the APP-NAME of the line, at most 48 bytes.
    pub service: String,
    /// The run of the emitter.
    pub boot: Boot,
}

/// The conversation an event belongs to. Addresses come from the socket, never from a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Identity of the conversation within the run of its emitter.
    pub id: SessionId,
    /// Address and port of the peer.
    pub src: SocketAddr,
    /// Address and port of the decoy that the peer reached.
    pub dst: SocketAddr,
}

/// One observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub time: Timestamp,
    /// Who observed it; shared, because an emitter says it with every event.
    pub origin: Arc<Origin>,
    /// Position in the run of the emitter: 1, 2, 3, … without holes.
    pub seq: u64,
    /// The conversation, where there is one.
    pub session: Option<Session>,
    /// What happened.
    pub kind: Kind,
}
