//! What tells programs apart by how they speak: short hashes over what a peer offers.
//!
//! A fingerprint is a pure function from lists that were already cut out of a packet to a hash
//! that others publish too, so that what is seen here can be looked up elsewhere.
//!
//! Invariants: no input or output, no clock, no randomness; the same lists give the same hash
//! for ever.
//!
//! Limits: it parses no packets; who holds the packet hands over its lists.

pub mod hassh;
