//! How much of a log waits, for who does not follow it.

use std::path::Path;

use super::{
    TailError, failed,
    file::{head_of, open},
    listing::{Found, Listing},
};
use crate::ledger::Known;

/// How many bytes of `log` nobody acknowledged, by what a ledger knows of it. It needs no lock and
/// changes nothing. Of a file that is gone nobody can tell.
///
/// # Errors
/// When the log or its folder cannot be read.
pub fn backlog(log: &Path, known: &[Known]) -> Result<u64, TailError> {
    let listing = Listing::read(log).map_err(failed(log))?;
    let is_there = |known: &Known| listing.iter().any(|found| known.file == Some(found.id));
    let mut sum: u64 = 0;
    for found in listing.iter() {
        let of_it = known.iter().find(|known| known.file == Some(found.id) && known.prefix.length > 0);
        let waits = match of_it {
            Some(known) => waits(known, found),
            None => match original(found, known).map_err(failed(&found.path))? {
                None => found.size,
                // Its copy is beside it.
                Some(known) if is_there(known) => 0,
                Some(known) => waits(known, found),
            },
        };
        sum = sum.saturating_add(waits);
    }
    Ok(sum)
}

fn waits(known: &Known, found: &Found) -> u64 {
    known.end.unwrap_or(found.size).saturating_sub(known.acknowledged)
}

/// The known file that this one is a copy of, or is under another name.
fn original<'a>(found: &Found, known: &'a [Known]) -> std::io::Result<Option<&'a Known>> {
    let Some(file) = open(found)? else { return Ok(None) };
    let head = head_of(&file)?;
    Ok(known.iter().find(|known| known.prefix.length > 0 && known.prefix.fits(&head)))
}
