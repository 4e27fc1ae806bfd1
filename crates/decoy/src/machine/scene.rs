//! Machine, time and onlooker: what a generated file is made of.

use std::net::IpAddr;

use super::{Machine, clock::Time};

/// Who looks at the machine, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) now: Time,
    /// The address that the onlooker came from.
    pub(crate) source: IpAddr,
    /// The process that looks: `/proc/self`.
    pub(crate) pid: u32,
}
