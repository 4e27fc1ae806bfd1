//! Who is who in a swarm, and how both ends of a connection know it before a byte is spoken.
//!
//! ```text
//! Key::request ── PKCS #10 ──► Authority::sign ── leaf certificate ──► IdentityFolder
//!                                  │ profile: role, direction, at most 90 days
//!                              Authority::sign_site: a name for browsers, nobody in the swarm
//! handshake:  chain and time ──► Peer::of ──► Admission::admit   → connected, or one alert for all
//! ```
//!
//! Invariants:
//! - A private key is made where it is used, is 0600 from birth, and is never written elsewhere,
//!   but for the backup of the authority.
//! - Of a request the authority takes the key, nothing else. It signs profiles, and names of sites, which
//!   are no identity.
//! - An identity is exactly one URI; host names, addresses and common names decide nothing.
//! - Both ends check chain, time, direction, role and pin within the handshake; the other end is
//!   not told which of them failed.
//! - TLS 1.3 only, nothing is resumed: who was revoked has no ticket left.
//! - Nothing here reads the time by itself but [`clock::Clock::system`].
//!
//! Limits: ECDSA P-256 only; one authority above all leaves, no intermediates; no revocation
//! lists, because every end that admits knows whom it admits. How long a handshake may take, and
//! how many there may be, is for whoever owns the socket.

pub mod admission;
pub mod authority;
pub mod clock;
pub mod credentials;
pub mod digest;
mod files;
pub mod folder;
pub mod keys;
pub mod peer;
pub mod pem;
pub mod refusals;
mod replaceable;
pub mod roots;
pub mod sessions;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tls;
pub mod token;
pub mod trust;
