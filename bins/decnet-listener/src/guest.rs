//! Who is at the other end of a connection, and what is spoken on it.

use decnet_logship::{artifact, receive::Speaker, spool::Host, wire};
use decnet_proto::swarm::role::Role;

use crate::roster::Client;

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    /// Lines, places and acknowledgements: between our own ends.
    Log,
    /// Captured files: between our own ends.
    Artifacts,
    /// Frames of RFC 5425 and nothing else: with every sender that asks for no protocol.
    Plain,
}

impl Protocol {
    /// What we say that we speak (ALPN); who asks for something else is refused in the handshake.
    pub(crate) const OFFERED: [&[u8]; 2] = [wire::PROTOCOL, artifact::wire::PROTOCOL];

    /// What was agreed on.
    pub(crate) fn of(agreed: Option<&[u8]>) -> Option<Self> {
        match agreed {
            None => Some(Self::Plain),
            Some(wire::PROTOCOL) => Some(Self::Log),
            Some(artifact::wire::PROTOCOL) => Some(Self::Artifacts),
            Some(_) => None,
        }
    }
}

/// Who is at the other end.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    /// His role.
    pub(crate) role: Role,
    /// His own host.
    pub(crate) host: Host,
    /// What is spoken with him.
    pub(crate) protocol: Protocol,
}

impl Guest {
    pub(crate) fn new(client: Client, protocol: Protocol) -> Self {
        let host = Host { id: client.host, name: client.name };
        Self { role: client.role, host, protocol }
    }

    /// Whom he speaks for.
    pub(crate) fn speaker(&self) -> Speaker {
        match self.role {
            Role::Listener => Speaker::Relay,
            _ => Speaker::Host(self.host.clone()),
        }
    }
}
