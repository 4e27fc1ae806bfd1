//! An event and the identities it carries.

use std::{fmt, net::SocketAddr, str::FromStr, sync::Arc};

use crate::{Kind, Timestamp};

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
