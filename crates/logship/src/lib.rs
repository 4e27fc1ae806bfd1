//! Carries a log from a worker to its master: nothing lost, nothing twice, in order.
//!
//! ```text
//! decnet.log ──► tail::Tail ──► ship::Sender ══ frames ══► receive::Session ──► spool::Spool
//!                    ▲               │  ▲                        │                  │ fsync
//!                    │ release       ▼  └─── acknowledgements ◄──┴── commits ◄──────┤
//!               ledger::Ledger ◄── acked                                            ▼
//!                                              master.log, master.json ◄── derive::Deriver
//! ```
//!
//! Nothing here opens a socket or starts a task. What reads and writes files does it by plain calls
//! that block; who sends and who receives are machines that are given bytes and the time, and give
//! back bytes. Programs drive them, and so do tests that cut, kill, rotate and fill disks.
//!
//! # Positions
//!
//! A file is known by its *generation*: a random id that is drawn when the forwarder first sees the
//! file, beside device, inode and the hash of its first bytes, by which it is found again under
//! another name. A place in the stream of a host is a generation and an offset in bytes. A record ends at a
//! line feed, and at nothing else.
//!
//! # What is promised
//!
//! For every schedule of kills of either end, cuts, restarts and rotations, what is in the spool is
//! what was in the log: every line once, in order for each host, as long as disks last.
//!
//! - The receiver's *high-water mark* of a generation is the offset up to which it has everything
//!   durably. It is part of the records of the spool: there is no second file that could disagree.
//! - The sender's ledger moves on by acknowledgements only, and an acknowledgement follows
//!   `fdatasync` of the record that it is about.
//! - On connection the receiver speaks first: its marks of the generations that it heard of last.
//!   The sender goes on from there, whatever its ledger says; where the receiver does not know the
//!   generation, it goes on from its ledger.
//! - A record that begins below the mark was had before, and is dropped up to the mark. One that
//!   begins above it is refused, and ends the connection, unless a *gap* that says so came before.
//! - What is known to be lost is told: a gap is a record of the stream like any other, with the
//!   generation, the first offset that is missing, the first that is not, and why. One of unknown
//!   length ends where it begins: it is acknowledged apart from the lines before it.
//!
//! # On the wire
//!
//! RFC 5425: `MSG-LEN SP SYSLOG-MSG`, frame behind frame. Between our own ends, which know each other
//! by the protocol `decnet-log/1` (ALPN, RFC 7301), a frame that begins with `@` is a control record
//! ([`wire::Control`]), and every other frame is one line, without its line feed; lines that no such
//! frame can hold are announced. A line moves the position on by its length and one. With any other
//! peer there are no control records.
//!
//! # Artifacts
//!
//! ```text
//! artifacts/ ──► artifact::Shelf ──► artifact::Sender ══ frames ══► artifact::Session ──► keep::Keep
//!                       ▲                                                                   │ fsync
//!                       └──────────────────── @kept, and then the shelf's ledger ◄──────────┘
//! ```
//!
//! What was captured is files that are named by their SHA-256; a connection of its own carries them,
//! so that they never stand before the log. Their protocol is `decnet-artifact/1` (ALPN), in frames as
//! above. A frame that begins with `@` is a control record, with words and numbers as in the log's:
//!
//! | who | record | |
//! |---|---|---|
//! | receiver | `@ready` | the first that is said: the sender may begin |
//! | sender | `@have <sha256> <size>` | it has this artifact of so many bytes |
//! | receiver | `@from <sha256> <offset>` | send it from this byte; said again, begin again there |
//! | receiver | `@got <sha256> <offset>` | everything before this byte came; it is not durable yet |
//! | receiver | `@kept <sha256>` | it is in its place, whole, checked, durable |
//! | receiver | `@no <sha256> <why>` | not now: `large`, `quota`, `room`, `wrong`, `busy` or `failed` |
//! | sender | `@gone <sha256>` | it does not send this one after all |
//! | sender, receiver | `@ping`, `@pong` | is the receiver there? It is |
//!
//! Any other frame is a piece: `#`, the 32 bytes of the SHA-256, the offset in 8 bytes (little-endian),
//! and at least one byte of the artifact. Pieces of one artifact follow each other without a gap from
//! the offset that the receiver named; several may be offered while one is sent.
//!
//! - Every `@have` is answered once it is decided: by `@from`, `@kept` or `@no`, of which the latter two
//!   end the matter. Nobody says `@kept` but of what is durable under its name with the right content.
//! - At most 32 artifacts are offered and undecided, and at most 1 MiB of pieces is sent and neither
//!   `@got` nor decided. A piece of an artifact that the receiver decided meanwhile is dropped.
//! - Where an artifact that was resumed turns out wrong, the receiver says `@from <sha256> 0`: what it
//!   had may have been damaged by a power cut. Where all of it came in one go, it is `wrong`.
//!
//! The sender keeps `sent` in a folder of its own: `DECNET ARTIFACTS 1` and a line feed, then the 32
//! bytes of each SHA-256 that was kept and is still in the folder. It is appended to, and written anew
//! when most of it is of files that are gone. It saves work and decides nothing: an entry that is lost
//! is offered once more and answered `@kept`, and one that was damaged is the name of no file.
//!
//! The receiver keeps what is incomplete as `.partial/<host>_<sha256>`, whose length is how far it
//! came, and what a host brought in a day in `.days/<host>`, so that no restart gives it more.
//!
//! # The spool, on disk
//!
//! A folder of segments, `0000000000000001.spool` and so on, each of at most 64 MiB and one record.
//! A segment is `DECNET SPOOL 1` and a line feed, then records. A record is a head of 80 bytes, all
//! numbers little-endian, and a body:
//!
//! | at | bytes | |
//! |---|---|---|
//! | 0 | 4 | CRC-32 (IEEE) of everything behind it, to the end of the record |
//! | 4 | 4 | length of name and body in bytes, at most 16 MiB |
//! | 8 | 1 | kind: 1 lines, 2 gap, 3 marks |
//! | 9 | 1 | length of the name |
//! | 10 | 6 | zero |
//! | 16 | 16 | host |
//! | 32 | 16 | generation; of marks: which spool this is, drawn when it was begun |
//! | 48 | 8 | first offset; of marks: where the segment before this one ends |
//! | 56 | 8 | offset behind it: the mark once this record is durable; of marks: as before |
//! | 64 | 8 | when it came, in microseconds since the Unix epoch |
//! | 72 | 4 | lines |
//! | 76 | 4 | zero |
//!
//! Behind the head stands the name of the host, as it was when the record came: whoever reads the
//! spool, months after a host left, needs nothing else to say whose a line is. Marks have none.
//!
//! The body of *lines* is the lines, each ended by a line feed. It has as many bytes as the offsets
//! are apart; a line that was cut has fewer, and is a record of its own. The body of a *gap* is why,
//! as text. *Marks* are the first record of every segment: their body is all marks that held when the
//! segment was begun, 48 bytes each (host, generation, offset, and 1 where a gap of unknown length
//! stands before it, else 0: that gap moved no mark, and would be told twice), the one that moved last
//! at the end; so one segment is enough to know them all. Of each host the newest 16 are kept.
//!
//! ## Invariants
//! - Only the newest segment is written to, by appending. A segment before it is whole and durable up
//!   to the end that the next one names, and what is behind that end does not count.
//! - A segment is begun with its marks alone; it and its name are durable before a record follows.
//! - Records of one generation of a host are contiguous: each begins where the mark is.
//! - A record is acknowledged when it, and all before it, are durable.
//! - A segment goes when everything that reads it has durably passed it.
//!
//! ## Recovery
//! The newest segment whose first record is whole counts; one behind it never had an acknowledged
//! record and is removed (one that has more than a beginning was damaged later, and is kept under
//! another name). Its records are read until one is not whole; the file is cut there: that
//! record was never acknowledged. Marks are those of the first record, moved on by the others. The
//! segment is made durable before they are told: a process that was killed had perhaps not come to it.
//!
//! A write that fails, as on a full disk, is undone: the segment is cut to its last whole record,
//! nothing is acknowledged, and the attempt is repeated until it works. After a failed `fdatasync`
//! nothing is known of what is durable, so the segment is left, its unacknowledged records are cut
//! off if that can be done, and the next segment names where it ends: they are written anew there,
//! and nobody reads them twice. The same is done where a write can not be undone.
//!
//! # What is derived
//!
//! `master.log` has every line, `master.json` one object for each that decodes. Both are written
//! from the spool by one reader, whose own place (segment, offset, and for both files device, inode
//! and length) is replaced atomically after both are durable. After a crash both are cut to what it
//! says and written on: they have every line once, too.
//!
//! # Limits
//! - What was written to a log between the copy and the cut of `copytruncate` is lost, as it is for
//!   everybody; where the copy is found, nothing else is.
//! - A log that was removed or compressed before it was read to its end is a gap.
//! - Peers that speak plain RFC 5425 cannot acknowledge. What their system has not taken (what TCP
//!   has not acknowledged) when a connection breaks is sent again, and what they lost after their
//!   system took it is lost. Empty lines are not sent to them, and a gap is an event like any other.

pub mod artifact;
pub mod derive;
#[cfg(test)]
mod faulty;
pub mod keep;
pub mod ledger;
pub mod medium;
mod notice;
pub mod position;
pub mod receive;
pub mod relay;
pub mod ship;
#[cfg(test)]
mod simulation;
pub mod spool;
pub mod tail;
pub mod wire;
