//! `manual FOLDER`: writes the manual pages and completions of all programs below a folder.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    manual::write(&folder.context("name the folder to write to")?)
}
