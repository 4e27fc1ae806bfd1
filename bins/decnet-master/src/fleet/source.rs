//! Where a fleet is described: in a file, or by flags.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use decnet_composer::{
    diagnostic::{Checked, Diagnostics},
    flags::FlagSpec,
    fleet::FleetSpec,
    ini,
};

use super::files;

/// What describes a fleet.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The fleet file, if there is one.
    pub(crate) file: Option<PathBuf>,
    /// The flags: with a file they only narrow it.
    pub(crate) flags: FlagSpec,
}

/// The fleet, with all files that it names, and warnings.
pub(crate) fn read(source: &Source) -> anyhow::Result<Checked<FleetSpec>> {
    let Some(path) = &source.file else { return Ok(source.flags.fleet()?) };
    let text = read_capped(path).with_context(|| format!("cannot read the fleet file {}", path.display()))?;
    let parsed = ini::parse(&path.display().to_string(), &text)?;
    let narrowed = source.flags.apply(parsed.value).map_err(|found| after(&parsed.warnings, found))?;
    let mut warnings = parsed.warnings;
    warnings.extend(narrowed.warnings);
    let base = path.parent().unwrap_or(Path::new(""));
    let loaded = files::load(&narrowed.value, base)?;
    Ok(Checked { value: narrowed.value.with_files(&loaded)?, warnings })
}

/// What was found, behind the warnings that came before it.
fn after(warnings: &Diagnostics, found: Diagnostics) -> Diagnostics {
    let mut all = warnings.clone();
    all.extend(found);
    all
}

/// The file, or one byte more of it than may be, so that the parser can tell.
fn read_capped(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(ini::MAX_BYTES as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}
