//! PuTTY's clients.

use std::path::Path;

use anyhow::Result;

use super::{Login, Outcome, openssh};
use crate::attacker;

/// Runs `line` there with `plink`.
///
/// # Errors
/// When the client cannot be started or the machine shows no key.
pub fn plink(login: &Login, line: &str) -> Result<Outcome> {
    let (key, target) = (openssh::fingerprint(login.host, "ed25519")?, login.target());
    let arguments = ["-batch", "-ssh", "-hostkey", &key, "-pw", &login.password, &target, line];
    Outcome::of(&mut attacker::command("plink", arguments))
}

/// Copies a file there with `pscp`.
///
/// # Errors
/// When the client cannot be started or the machine shows no key.
pub fn pscp(login: &Login, from: &Path, to: &str) -> Result<Outcome> {
    let (key, target) = (openssh::fingerprint(login.host, "ed25519")?, format!("{}:{to}", login.target()));
    let from = from.to_string_lossy();
    let arguments = ["-batch", "-hostkey", &key, "-pw", &login.password, &from, &target];
    Outcome::of(&mut attacker::command("pscp", arguments))
}
