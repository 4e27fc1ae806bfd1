//! What is told of a visitor's doing: command lines, and files that they bring.

use sha2::{Digest as _, Sha256};

use decnet_event::Kind;

use super::{execute::Found, interpreter::Shell, seat::Seat};
use crate::{caps, machine::Files};

/// Tells of a command line, if it is the visitor's.
pub(crate) fn told(shell: &mut Shell, line: &[u8]) {
    if !shell.watched || shell.told >= caps::SHELL_TOLD {
        return;
    }
    shell.told += 1;
    tell(&shell.seat, line);
}

/// Tells of a command line.
pub(crate) fn tell(seat: &Seat, line: &[u8]) {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"#") && !line.contains(&b'\n') {
        return;
    }
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (command, args) = line.split_at(end);
    seat.witness().emit(Kind::Command { command: command.to_vec(), args: args.trim_ascii_start().to_vec() });
}

/// Keeps a file that is run, unless it came with the system.
pub(crate) async fn executed(seat: &Seat, files: &Files, path: &[u8], found: &Found) {
    if !matches!(found, Found::Program(_)) {
        keep(seat, files, path, "execution").await;
    }
}

/// Keeps what was written since the last look and is worth it.
pub(crate) async fn written(seat: &Seat, files: &Files) {
    for path in files.take_written() {
        if is_telling(files, &path) {
            keep(seat, files, &path, "write").await;
        }
    }
}

/// Whether a file that was written is a program, a script, or a way to stay.
fn is_telling(files: &Files, path: &[u8]) -> bool {
    const PLACES: &[&str] = &[
        "/etc/cron",
        "/var/spool/cron",
        "/etc/init.d/",
        "/etc/rc",
        "/etc/systemd/",
        "/lib/systemd/",
        "/usr/lib/systemd/",
        "/etc/profile",
        "/etc/ld.so.preload",
        "/etc/passwd",
        "/etc/shadow",
        "/etc/sudoers",
        "/etc/ssh/",
        "/etc/hosts",
        "/etc/resolv.conf",
        "/etc/pam.d/",
    ];
    const NAMES: &[&str] = &[
        "authorized_keys",
        "authorized_keys2",
        ".bashrc",
        ".profile",
        ".bash_profile",
        ".bash_login",
        ".bash_logout",
        ".zshrc",
        "crontab",
    ];
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    if PLACES.iter().any(|place| path.starts_with(place.as_bytes()))
        || NAMES.iter().any(|known| known.as_bytes() == name)
    {
        return true;
    }
    let executable = files.stat(path).is_ok_and(|metadata| metadata.mode & 0o111 != 0);
    let head = files.read_at(path, 0, 4).unwrap_or_default();
    executable
        || head.starts_with(b"#!")
        || head == b"\x7fELF"
        || head.starts_with(b"\x1f\x8b")
        || name.ends_with(b".sh")
}

async fn keep(seat: &Seat, files: &Files, path: &[u8], source: &'static str) {
    let Ok(path) = files.real_path(path) else { return };
    if files.is_installed(&path) {
        return;
    }
    let Ok(content) = files.read(&path) else { return };
    if content.is_empty() {
        return;
    }
    let digest: [u8; 32] = Sha256::digest(&content).into();
    if seat.witness().host().first_sight(digest) {
        let mut artifact = seat.witness().artifact(&path, source);
        artifact.write(&content).await;
        artifact.finish();
    }
}
