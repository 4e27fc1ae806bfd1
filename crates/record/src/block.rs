//! Blocks of events, of each of which it is known which words are in it.
//!
//! A search for a word passes over the blocks without it, and goes through the others one by one.

/// Events of a block: few enough to go through for one of them, and enough that most words come again in it.
/// Tests have few events.
pub(crate) const EVENTS: i64 = if cfg!(test) { 4 } else { 128 };

/// The block that an event is in.
pub(crate) const fn of(event: i64) -> i64 {
    event.div_euclid(EVENTS)
}

/// Between which ids the events of a block are: the first and the last.
pub(crate) const fn ids(block: i64) -> (i64, i64) {
    let first = block.saturating_mul(EVENTS);
    (first, first.saturating_add(EVENTS - 1))
}
