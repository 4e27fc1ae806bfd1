//! Dependencies that no code names.

use anyhow::{Result, bail};

use crate::{
    metadata::{self, Dependency},
    source::SourceFile,
};

/// Dependencies that are there to turn a feature on in somebody else's.
const FOR_FEATURES: [&str; 2] = ["libsqlite3-sys", "openssl-src"];

/// Looks for the name of each dependency in the code of its package.
pub(super) fn check() -> Result<()> {
    let packages = metadata::members()?;
    let files = SourceFile::load_all(&packages)?;
    let mut findings = Vec::new();
    for package in &packages {
        let own: Vec<_> = files.iter().filter(|file| file.package == package.name).collect();
        let unused = package.dependencies.iter().filter(|dependency| !is_named(dependency, &own));
        findings
            .extend(unused.map(|dependency| format!("{} does not use {}", package.name, dependency.name)));
    }
    if !findings.is_empty() {
        bail!("\n    {}", findings.join("\n    "));
    }
    Ok(())
}

fn is_named(dependency: &Dependency, files: &[&SourceFile]) -> bool {
    if FOR_FEATURES.contains(&dependency.name.as_str()) {
        return true;
    }
    let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
    files.iter().any(|file| file.tokens.iter().any(|token| token.text == name))
}
