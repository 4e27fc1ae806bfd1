//! Packages and services: what is installed, what runs, and what cannot be fetched.
//!
//! Invariants:
//! - Lists are those of the machine: its packages, its processes, its logs.
//! - Nothing is ever fetched or installed: package managers find no names resolved, and say so.

mod apk;
mod apt;
mod dnf;
mod dpkg;
mod journal;
mod pacman;
mod rpm;
mod service;
mod systemctl;
#[cfg(test)]
mod tests;
mod units;

programs! {
    "apt" => apt::apt;
    "apt-get" => apt::apt_get;
    "apt-cache" => apt::cache;
    "dpkg" => dpkg::dpkg;
    "dpkg-query" => dpkg::query;
    "yum" "dnf" "dnf-3" "yum-cli" => dnf::dnf;
    "rpm" => rpm::rpm;
    "apk" => apk::apk;
    "pacman" => pacman::pacman;
    "systemctl" => systemctl::systemctl;
    "service" "rc-service" => service::service;
    "journalctl" => journal::journalctl;
}

/// Arguments as text.
fn words(process: &crate::shell::Process) -> Vec<String> {
    process.arguments().iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// Whether a name is as a pattern of a shell has it: with `*` and `?`.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n, mut back) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p + 1, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || Some(byte) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => match back {
                Some((after, at)) => {
                    (p, n) = (after, at + 1);
                    back = Some((after, at + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}
