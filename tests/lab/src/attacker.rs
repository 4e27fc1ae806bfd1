//! The attacker: programs that run in its namespace.

use std::{ffi::OsStr, process::Command};

use crate::{lan, process};

/// A command that runs in the attacker's namespace.
pub fn command<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = process::command("ip", ["netns", "exec", lan::NAMESPACE, program]);
    command.args(arguments);
    command
}
