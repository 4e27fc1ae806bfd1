//! Releases: their archives, their folders, and the change from one to the next.
//!
//! Why it exists: a worker takes programs that its master sends. Whatever is sent, and whenever the
//! power goes, a worker must run a whole release that was signed, and must come back by itself from one
//! that does not work. What is needed for that is here, once: makers of archives, the master's library,
//! the updater and its watchdog use the same.
//!
//! ```text
//!             key::SigningKey                 key::PublicKey (pinned)
//!                   │ signs                         │ verifies
//! files ──► manifest::Manifest ──► archive::write   ▼
//!                                     ~ archive ~► archive::Incoming ──► store: releases/<version>-<digest>/
//!                                                                            ▲  current ──► one of them
//!                                  change::Engine ── journal, state ─────────┘
//!                                     │ restarts, asks
//!                                     ▼
//!                                  change::Supervisor (systemd, PID files, or a test)
//! ```
//!
//! # Invariants
//!
//! - A release is its manifest: the SHA-256 of `manifest.json` names it, and there is one text for each
//!   manifest. A folder `<version>-<digest>` never changes once it has its name.
//! - Nothing of an archive is looked at before the signature of its manifest is good, but the lengths
//!   of manifest and signature; and nothing is written before. From then on every byte of the tar but
//!   the content is known, and every content has its size and SHA-256.
//! - `current` is the only switch. It is replaced by a rename, and points to a whole release at every
//!   moment, before and after every crash.
//! - What a change does it first writes to the journal, which is replaced as a whole and synchronised
//!   before anything that relies on it is done.
//! - A release is committed only when every program of the chain answered as that very release, from a
//!   process that was started for it, with every check good that was good before. Otherwise the former
//!   one is put back and must prove itself the same way.
//! - A release that failed is never chosen by itself. Two good ones are kept at least, as soon as there
//!   are two.
//! - One change at a time: who makes one holds the lock of the chain.
//!
//! # Recovery
//!
//! Whoever has the lock reads the journal, makes it durable, for who wrote it may have died before that
//! was done, and goes on by its phase:
//!
//! | phase in the journal | `current` is | what recovery does |
//! |---|---|---|
//! | none, committed, reverted, abandoned | what it is | learns from it, unless it did; sweeps rubbish |
//! | received, verified, staged | the former | gives the change up |
//! | switched | the former or the new | makes it the new, restarts, probes |
//! | probing | the new | probes; restarts once more; then reverts |
//! | reverting | the new or the former | makes it the former, restarts, probes |
//!
//! A journal that names a `current` that somebody else changed since (a package, an administrator) is
//! given up: their choice stands.
//!
//! # Limits
//!
//! All are in [`caps`]. A signed downgrade stays one: who has such an archive can use it again.

pub mod archive;
pub mod caps;
pub mod change;
pub mod digest;
pub mod id;
pub mod key;
pub mod lock;
pub mod manifest;
pub mod medium;
pub mod store;

pub use self::{
    digest::Digest,
    id::{Part, ReleaseId, Target},
    key::{PublicKey, Signature, SigningKey},
    manifest::Manifest,
    store::{Layout, Store},
};
