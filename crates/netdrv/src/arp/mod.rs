//! Asking a subnet by ARP which of its addresses are in use.

mod packet;
mod sweep;

pub(crate) use sweep::{Sender, sweep};
