//! Releases that come to the swarm's workers: made here, brought by the master or pushed straight to an
//! updater, good ones and ones that are broken in every way.
//!
//! A program of such a release is a script that does something first, and then is the program that was
//! built, under a name in the release's own folder: a program knows by its folder which release it is of,
//! and an archive of scripts is small.
//!
//! Invariants: the deckies answer all the while, which a [`prober::Prober`] watches; a claim leaves every
//! worker with an agent, a forwarder and an updater that are well, whatever it brought there.

pub mod claims;
pub mod prober;
pub mod stage;

mod made;
mod question;
mod rollout;
mod spoiled;
mod standing;
mod twin;

pub use self::made::{Made, OWN};
