//! Frames of what a log gives.

use decnet_proto::frame::Unframeable;

use crate::{
    position::{Gap, Loss, Position},
    tail::Block,
    wire::{self, Control},
};

/// The place behind a block.
pub(super) fn end_of(block: &Block<'_>) -> Position {
    Position { generation: block.generation, offset: block.to }
}

/// The lines of a block, without their line feeds.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n')
}

/// Appends the frames of a block, and where it stands if the receiver could not know; how many lines
/// it has.
pub(super) fn push(
    block: &Block<'_>,
    at: &mut Option<Position>,
    out: &mut Vec<u8>,
) -> Result<u64, Unframeable> {
    let begin = Position { generation: block.generation, offset: block.from };
    if *at != Some(begin) {
        Control::At(begin).push(out);
    }
    // A block whose bytes are fewer than it stands for is one line that was shortened.
    let cut = block.to.saturating_sub(block.from).saturating_sub(block.bytes.len() as u64);
    if cut > 0 {
        Control::Cut(cut).push(out);
    }
    let mut count = 0;
    for line in lines(block.bytes) {
        wire::push_line(line, out)?;
        count += 1;
    }
    *at = Some(end_of(block));
    Ok(count)
}

/// Says in our own diagnostics what will never come.
pub(super) fn tell(gap: &Gap) {
    let Gap { generation, from, to, .. } = gap;
    match gap.why {
        Loss::Lag => tracing::warn!(
            "too much waits for the receiver: {} bytes are dropped ({generation}, {from} to {to})",
            to.saturating_sub(*from)
        ),
        Loss::Gone => tracing::warn!(
            "a file of the log was removed before it was read to its end ({generation}, from {from})"
        ),
    }
}
