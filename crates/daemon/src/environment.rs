//! The one place that reads the environment.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

/// What begins the name of every variable of ours.
pub const PREFIX: &str = "DECNET_";

/// Names the configuration file; the one variable that is no key of it.
pub const CONFIG: &str = "DECNET_CONFIG";

/// What the environment says, as far as any part of DECNET asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Variables that begin with [`PREFIX`].
    pub decnet: BTreeMap<String, String>,
    /// Home of the user.
    pub home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// Folders where programs are looked for.
    pub path: Vec<PathBuf>,
}

impl Environment {
    /// That of the process.
    pub fn of_process() -> Self {
        let path = std::env::var_os("PATH");
        Self {
            decnet: std::env::vars_os().filter_map(ours).collect(),
            home: absolute("HOME"),
            runtime_dir: absolute("XDG_RUNTIME_DIR"),
            path: path.map(|p| std::env::split_paths(&p).collect()).unwrap_or_default(),
        }
    }
}

fn ours((name, value): (OsString, OsString)) -> Option<(String, String)> {
    let name = name.into_string().ok().filter(|n| n.starts_with(PREFIX))?;
    Some((name, value.to_string_lossy().into_owned()))
}

fn absolute(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute())
}
