//! Manual pages and completions of the programs, from their command lines.
//!
//! Why it exists: a daemon that runs on a worker should not carry along what writes manuals, and
//! `xtask` should be built without the daemons. This stands between: it links the programs, and
//! `cargo xtask dist` runs it.

mod completions;
mod pages;

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use clap::Command;

/// A program, and the tree of its commands.
pub type Program = (&'static str, fn() -> Command);

/// Every program that is called by people.
pub const PROGRAMS: [Program; 5] = [
    ("decnet-agent", decnet_agent::command),
    ("decnet-forwarder", decnet_forwarder::command),
    ("decnet-listener", decnet_listener::command),
    ("decnet-master", decnet_master::command),
    ("decnet-updater", decnet_updater::command),
];

/// Path below the folder of a program, and the text.
pub type File = (String, Vec<u8>);

/// The pages and completions of a program.
///
/// # Errors
/// A page cannot be rendered.
pub fn files((name, command): Program) -> Result<Vec<File>> {
    let pages = pages::of(command()).with_context(|| format!("writing the manual of {name}"))?;
    Ok(pages.into_iter().chain(completions::of(name, command())).collect())
}

/// Writes those of all programs: each below a folder of its name.
///
/// # Errors
/// A folder cannot be made, or a file not be written.
pub fn write(folder: &Path) -> Result<()> {
    for program in PROGRAMS {
        for (path, text) in files(program)? {
            let path = folder.join(program.0).join(path);
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
            fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        }
    }
    Ok(())
}
