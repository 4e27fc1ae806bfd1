//! The methods by name, and what each answers to the client's first message.

use openssl::{
    error::ErrorStack,
    nid::Nid,
    sha::{Sha1, Sha256, Sha384, Sha512},
};

use super::{
    curve, ecdh,
    group::{Fixed, Group},
    hybrid,
};
use crate::ssh::wire::{Malformed, Reader};

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ssh) enum Method {
    /// Streamlined NTRU Prime with X25519.
    Sntrup761,
    /// ML-KEM with X25519.
    MlKem768,
    /// X25519.
    Curve25519,
    /// Diffie-Hellman on a curve of NIST.
    Ecdh(Curve),
    /// Diffie-Hellman in a group that both know.
    Group(Fixed, Hash),
    /// Diffie-Hellman in a group that the server picks.
    GroupExchange(Hash),
}

/// A curve of NIST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ssh) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(super) const fn nid(self) -> Nid {
        match self {
            Self::P256 => Nid::X9_62_PRIME256V1,
            Self::P384 => Nid::SECP384R1,
            Self::P521 => Nid::SECP521R1,
        }
    }
}

/// The hash of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ssh) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The hash of the parts, one behind the other.
    pub(in crate::ssh) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        // The library's own interface looks its implementation up at every use.
        macro_rules! hash {
            ($hasher:ident) => {{
                let mut hasher = $hasher::new();
                parts.iter().for_each(|part| hasher.update(part));
                hasher.finish().to_vec()
            }};
        }
        match self {
            Self::Sha1 => hash!(Sha1),
            Self::Sha256 => hash!(Sha256),
            Self::Sha384 => hash!(Sha384),
            Self::Sha512 => hash!(Sha512),
        }
    }
}

const METHODS: &[(&str, Method)] = &[
    ("sntrup761x25519-sha512", Method::Sntrup761),
    ("sntrup761x25519-sha512@openssh.com", Method::Sntrup761),
    ("mlkem768x25519-sha256", Method::MlKem768),
    ("curve25519-sha256", Method::Curve25519),
    ("curve25519-sha256@libssh.org", Method::Curve25519),
    ("ecdh-sha2-nistp256", Method::Ecdh(Curve::P256)),
    ("ecdh-sha2-nistp384", Method::Ecdh(Curve::P384)),
    ("ecdh-sha2-nistp521", Method::Ecdh(Curve::P521)),
    ("diffie-hellman-group-exchange-sha256", Method::GroupExchange(Hash::Sha256)),
    ("diffie-hellman-group-exchange-sha1", Method::GroupExchange(Hash::Sha1)),
    ("diffie-hellman-group18-sha512", Method::Group(Fixed::Group18, Hash::Sha512)),
    ("diffie-hellman-group16-sha512", Method::Group(Fixed::Group16, Hash::Sha512)),
    ("diffie-hellman-group14-sha256", Method::Group(Fixed::Group14, Hash::Sha256)),
    ("diffie-hellman-group14-sha1", Method::Group(Fixed::Group14, Hash::Sha1)),
    ("diffie-hellman-group1-sha1", Method::Group(Fixed::Group1, Hash::Sha1)),
];

/// Why a method gives no answer. Either way the connection is closed without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ssh) enum Refusal {
    /// The client's value is none of the method's.
    Value,
    /// The library refused a step.
    Library,
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Self::Value
    }
}

impl From<ErrorStack> for Refusal {
    fn from(_: ErrorStack) -> Self {
        Self::Library
    }
}

/// What the server contributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ssh) struct Answer {
    /// Its public value, as it stands in a `string`.
    pub(in crate::ssh) public: Vec<u8>,
    /// The shared secret as it enters hashes, with its length in front.
    pub(in crate::ssh) secret: Vec<u8>,
}

impl Method {
    /// The method of a name.
    pub(in crate::ssh) fn find(name: &[u8]) -> Option<Self> {
        METHODS.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, method)| *method)
    }

    /// Its hash.
    pub(in crate::ssh) const fn hash(self) -> Hash {
        match self {
            Self::Sntrup761 | Self::Ecdh(Curve::P521) => Hash::Sha512,
            Self::Ecdh(Curve::P384) => Hash::Sha384,
            Self::MlKem768 | Self::Curve25519 | Self::Ecdh(Curve::P256) => Hash::Sha256,
            Self::Group(_, hash) | Self::GroupExchange(hash) => hash,
        }
    }

    /// Answers the public value of a client, which stands in the only `string` of its message.
    /// `need` is how many bytes of secret the keys take.
    ///
    /// # Errors
    /// [`Refusal`] closes the connection.
    pub(in crate::ssh) fn answer(self, client: &[u8], need: usize) -> Result<Answer, Refusal> {
        match self {
            Self::Sntrup761 => hybrid::sntrup761(client),
            Self::MlKem768 => hybrid::mlkem768(client),
            Self::Curve25519 => curve::answer(client),
            Self::Ecdh(curve) => ecdh::answer(curve.nid(), client),
            Self::Group(fixed, _) => Group::fixed(fixed)?.answer(client, need),
            Self::GroupExchange(_) => Err(Refusal::Value),
        }
    }

    /// How much longer OpenSSH's own code takes to answer than ours, least and most, in
    /// microseconds: it has curve and lattice in plain C. Measured beside each other on loopback.
    pub(in crate::ssh) const fn extra_work(self) -> (u32, u32) {
        match self {
            Self::Sntrup761 | Self::MlKem768 => (5_000, 8_000),
            Self::Curve25519 => (2_000, 3_500),
            Self::Ecdh(_) | Self::Group(..) | Self::GroupExchange(_) => (200, 600),
        }
    }

    /// Whether answering takes so long that it is done apart from other sessions.
    pub(in crate::ssh) const fn is_slow(self) -> bool {
        matches!(self, Self::Group(Fixed::Group16 | Fixed::Group18, _))
    }
}

/// The `string` that is all of a client's first message.
pub(in crate::ssh) fn only_string(body: &[u8]) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(body);
    let value = reader.string()?;
    reader.end()?;
    Ok(value)
}
