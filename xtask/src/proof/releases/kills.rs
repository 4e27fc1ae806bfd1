//! The real updater, killed at each step that it enters in its journal.

use anyhow::Result;

use super::super::figures;

/// Has it killed, and looks what runs then: the old release or the new one, whole.
pub(super) fn survived() -> Result<String> {
    let words = ["--run-ignored", "only", "--profile", "proof", "--filterset", "test(killed::)"];
    Ok(figures::printed("decnet-updater", &words, &[], "killed: ")?.join("; "))
}
