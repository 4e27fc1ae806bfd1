//! What a build of OpenSSH and its distribution's configuration do with those who log in, beyond
//! what [`Build`] says.

use super::{product::Build, wire::names};

/// How a played server treats visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    /// The build.
    pub(super) build: &'static Build,
    /// Whether PAM checks passwords, and waits after a wrong one.
    pub(super) pam: bool,
    /// Whether every answer waits for the time of its user.
    pub(super) measured: bool,
    /// Whether the answer to `none` waits too.
    pub(super) none_measured: bool,
    /// Whether keys may be bound to the host key of the exchange.
    pub(super) host_bound: bool,
    /// How many of the extensions of SFTP its server knows.
    pub(super) sftp_extensions: usize,
    /// Files below the home directory with the keys that open it.
    pub(super) key_files: &'static [&'static str],
    /// Whether one who comes when too many are logging in is told so.
    pub(super) tells_startups: bool,
}

impl Policy {
    /// How `build` is shipped.
    pub(super) fn of(build: &'static Build) -> Self {
        let since = |version: (u8, u8)| build.version >= version;
        let debian = matches!(build.slug, "debian" | "ubuntu22" | "ubuntu20" | "kali");
        Self {
            build,
            pam: build.slug != "alpine",
            measured: since((7, 8)),
            none_measured: since((7, 8)) && !since((9, 4)),
            host_bound: since((8, 9)),
            sftp_extensions: sftp_extensions(build.version),
            key_files: if debian {
                &[".ssh/authorized_keys", ".ssh/authorized_keys2"]
            } else {
                &[".ssh/authorized_keys"]
            },
            tells_startups: since((8, 2)),
        }
    }

    /// Whether keys may prove themselves by this algorithm.
    pub(super) fn takes(&self, algorithm: &[u8]) -> bool {
        names(self.build.accepted_keys.as_bytes()).any(|known| known == algorithm)
    }

    /// Whether a client may set a variable.
    pub(super) fn lets_set(&self, name: &[u8]) -> bool {
        self.build.auth.accept_environment.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start.as_bytes()),
            None => name == pattern.as_bytes(),
        })
    }
}

/// How many extensions `sftp-server` of a version knows.
const fn sftp_extensions(version: (u8, u8)) -> usize {
    match version {
        (..=7, _) => 5,
        (8, ..=4) => 6,
        (8, ..=6) => 7,
        (8, _) => 8,
        (9, 0) => 9,
        _ => 11,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(slug: &str) -> Policy {
        Policy::of(Build::find(slug).unwrap())
    }

    #[test]
    fn variables_of_the_locale_may_be_set() {
        let debian = of("debian");
        assert!(debian.lets_set(b"LANG") && debian.lets_set(b"LC_ANYTHING"));
        assert!(!debian.lets_set(b"LANGUAGE") && !debian.lets_set(b"LD_PRELOAD"));
        assert!(of("rocky9").lets_set(b"LANGUAGE"));
        assert!(!of("alpine").lets_set(b"LANG"));
    }

    #[test]
    fn old_builds_do_less_and_take_more() {
        assert!(of("centos7").takes(b"ssh-rsa") && !of("debian").takes(b"ssh-rsa"));
        assert!(!of("centos7").measured && of("debian").measured);
        assert_eq!((of("centos7").sftp_extensions, of("debian").sftp_extensions), (5, 11));
    }
}
