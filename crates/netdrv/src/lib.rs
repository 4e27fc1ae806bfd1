//! A host's interfaces and links: the only crate that speaks netlink.
//!
//! - [`survey`]: the host's place on a LAN, and by ARP which addresses there are in use.
//! - [`interfaces`]: the interfaces themselves.
//! - [`Watch`]: hears by ARP when a machine uses an address of ours.
//! - [`link`]: what a driver of the deckies' links needs, checked before anything is made.
//! - [`host_link`]: the link through which a host reaches its own deckies.
//!
//! Invariants: nothing is learned by running a command or parsing its output; every change
//! is idempotent, so that it can be repeated after a crash; a link that this crate made for
//! a check is gone when the check returns.
//!
//! Limits: IPv4 only. A netlink socket belongs to the network namespace of the thread that
//! opened it, so a caller that changes namespaces runs these functions on a runtime of that
//! very thread.

pub mod host_link;
pub mod link;

mod arp;
mod error;
mod interface;
mod netlink;
mod survey;

pub use arp::{Claim, Expected, Watch};
pub use error::NetError;
pub use interface::{Interface, interfaces};
pub use survey::survey;
