//! ARP: asking a subnet which of its addresses are in use, and hearing who claims one of ours.

mod packet;
mod socket;
mod sweep;
mod watch;

pub(crate) use socket::Sender;
pub(crate) use sweep::sweep;
pub use watch::{Claim, Expected, Watch};
