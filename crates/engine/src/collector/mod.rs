//! Collects what decoys emit: container logs in, `decnet.log`, `decnet.json` and artifacts out.
//!
//! Why it exists: a decoy has no disk and no network of its own. What it saw leaves by its
//! standard output, which the engine keeps for a while; this module carries every complete
//! line to a file exactly once, whatever is killed, restarted, rotated or redeployed meanwhile.
//!
//! # Invariants
//!
//! - **The log is the truth.** An event is identified by (HOSTNAME, boot, seq), which its line
//!   carries. What is in the log was collected; what the memory or the checkpoint says is a
//!   way to know it without reading the log again.
//! - **Reading is the truth about a container.** The engine's log is read without following,
//!   from the last entry known, as one exact stretch. Following only tells sooner: of what it
//!   brings, the next event or piece of a run that reading has met is taken, everything else
//!   makes the log be read. Engines lose, repeat and reorder what they are followed for.
//! - **A number is a gap** only when two readings of the whole of what is new did not find it.
//!   It is recorded once; a line that comes after all is still written.
//! - **No container speaks for another.** A line whose HOSTNAME is not the decky of its
//!   container, that claims to be the collector's, or that is no event at all is wrapped as
//!   [`decnet_event::Kind::Output`]; so is every line of an image of the operator's own.
//! - `decnet.json` has one object for each line of `decnet.log` that decodes, in its order.
//!
//! # On disk
//!
//! - `decnet.log`: lines, each ended by a line feed. Written before the JSON file, in one write
//!   per batch, appended, never changed. Not synchronised line by line.
//! - `decnet.json`: see [`decnet_event::record`].
//! - `artifacts/<sha256>`: whole and verified. `artifacts/.partial/<decky>_<boot>_<number>`
//!   grows piece by piece; its length is how far it came.
//! - `collector.json` in the state directory, replaced atomically at most once a second and at
//!   each change of the files: for log and JSON file name, device, inode, generation and
//!   durable length; for each container the last entry read (time, place among neighbours of
//!   the same time, digest) and how many foreign lines stand before it; for each run the last
//!   number and the holes below it.
//! - `collector.lock` beside it: locked while a collector runs, holding its process id.
//!
//! Foreign lines have no numbers of their own. Their boot is the head of the container's id,
//! their seq their place among the foreign lines of its log, so a line that is read again has
//! the same number. When the engine has dropped the entry that was read last, one number is
//! skipped, which becomes a gap record, and lines up to the time of the last one written are
//! taken as known.
//!
//! # Recovery
//!
//! A torn line at the end of either file is cut off. Complete lines of the log beyond the
//! checkpoint go into the book: that is what makes reading the same entries again harmless.
//! The JSON file is brought level. A file that was renamed meanwhile is found by its inode.
//! Without a checkpoint all that is left of the log is read instead.
//!
//! # Rotation
//!
//! Built in: a checkpoint, both files renamed, a checkpoint. From outside: a name that is gone
//! or another file's is opened anew; a file that shrank is written on from its new end. Both
//! are followed by a checkpoint before the next line, so that at most one file has lines that
//! the checkpoint does not know of.
//!
//! # Limits
//!
//! - What an engine drops before it is read is lost, and shows as a gap: its size limits say
//!   how long the collector may be away.
//! - Lines written in the second before a crash may come twice when the log was renamed *and*
//!   compressed or removed before the next start; `delaycompress` prevents that.
//! - `copytruncate` loses what is written while it copies, as it does for everybody.
//! - The engine replaces bytes that are no UTF-8; events are not affected, foreign lines are.
//! - Containers with a terminal are read line by line, without the cuts at 16 KiB undone.

mod appender;
mod archive;
mod artifacts;
mod book;
mod changes;
mod checkpoint;
mod config;
mod handle;
mod incidents;
mod intake;
mod joiner;
mod ledger;
mod line;
mod outputs;
mod patience;
mod position;
mod reader;
mod recovery;
mod source;
mod supervisor;
#[cfg(test)]
mod tests;
mod writer;

pub use archive::OpenError;
pub use checkpoint::LockError;
pub use config::{ArtifactLimits, Config, Rotation};
pub use handle::{Collector, DrainError};
pub use patience::Stopped;
pub use source::{Change, Changes, Channel, Entries, Entry, LogContainer, LogSource, SourceError};
