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
    /// Whether a service manager runs this very process.
    pub is_managed: bool,
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
            is_managed: is_managed(|name| std::env::var_os(name), std::process::id()),
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

/// systemd.exec(5): everything below a service inherits its invocation's id, a shell in a terminal
/// for one; who is the service itself is told by `SYSTEMD_EXEC_PID`, where systemd is of 2021 or newer.
fn is_managed(variable: impl Fn(&str) -> Option<OsString>, own: u32) -> bool {
    let is_of_other = variable("SYSTEMD_EXEC_PID").is_some_and(|pid| pid != own.to_string().as_str());
    variable("NOTIFY_SOCKET").is_some() || (variable("INVOCATION_ID").is_some() && !is_of_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_told_from_what_runs_below_it() {
        let check = |variables: &[(&str, &str)], expect: bool| {
            let find = |name: &str| variables.iter().find(|(known, _)| *known == name);
            let found = is_managed(|name| find(name).map(|(_, value)| value.into()), 7);
            assert_eq!(found, expect, "{variables:?}");
        };
        check(&[], false);
        check(&[("NOTIFY_SOCKET", "/run/x")], true);
        check(&[("INVOCATION_ID", "ab")], true);
        check(&[("INVOCATION_ID", "ab"), ("SYSTEMD_EXEC_PID", "7")], true);
        check(&[("INVOCATION_ID", "ab"), ("SYSTEMD_EXEC_PID", "6")], false);
    }
}
