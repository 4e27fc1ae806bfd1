//! OpenSSH's own client.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result};

use super::{Login, Outcome, scratch};
use crate::{attacker, process, workspace};

const OPTIONS: [&str; 6] = [
    "-F/dev/null",
    "-oStrictHostKeyChecking=no",
    "-oUserKnownHostsFile=/dev/null",
    "-oNumberOfPasswordPrompts=1",
    "-oConnectTimeout=20",
    "-oLogLevel=ERROR",
];

/// Runs `line` there; `options` come after the usual ones.
///
/// # Errors
/// When the client cannot be started.
pub fn ssh(login: &Login, options: &[&str], line: &str) -> Result<Outcome> {
    let target = login.target();
    let arguments = OPTIONS.iter().chain(options).copied().chain([target.as_str(), line]);
    Outcome::of(&mut with_password("ssh", arguments, login)?)
}

/// A client that asks for a terminal, whatever its own input is; yet to be started.
///
/// # Errors
/// When what it needs cannot be written.
pub fn terminal(login: &Login) -> Result<Command> {
    let target = login.target();
    let mut client = with_password("ssh", OPTIONS.iter().copied().chain(["-tt", target.as_str()]), login)?;
    client.env("TERM", "xterm-256color");
    Ok(client)
}

/// Lets a batch of commands be done by `sftp`.
///
/// # Errors
/// When the client cannot be started.
pub fn sftp(login: &Login, batch: &str) -> Result<Outcome> {
    let batch = scratch("sftp.batch", batch.as_bytes(), 0o644)?;
    let (batch, target) = (batch.to_string_lossy().into_owned(), login.target());
    // A batch turns passwords off unless told otherwise.
    let arguments = OPTIONS.iter().copied().chain(["-oBatchMode=no", "-b", &batch, &target]);
    Outcome::of(&mut with_password("sftp", arguments, login)?)
}

/// How `scp` moves a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Over the SFTP subsystem, as since OpenSSH 9.0.
    Sftp,
    /// By a program at the other end, as before.
    Legacy,
}

/// Copies a file there.
///
/// # Errors
/// When the client cannot be started.
pub fn scp(login: &Login, mode: Mode, from: &Path, to: &str) -> Result<Outcome> {
    let (from, target) = (from.to_string_lossy().into_owned(), format!("{}:{to}", login.target()));
    let mode = match mode {
        Mode::Sftp => "-s",
        Mode::Legacy => "-O",
    };
    let arguments = OPTIONS.iter().copied().chain([mode, &from, &target]);
    Outcome::of(&mut with_password("scp", arguments, login)?)
}

/// A key of the attacker's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its private half.
    pub path: String,
    /// Its public half, as `authorized_keys` has it.
    pub public: String,
    /// Its fingerprint, as `SHA256:…`.
    pub fingerprint: String,
}

/// Makes an Ed25519 key under that name, anew.
///
/// # Errors
/// When ssh-keygen cannot.
pub fn fresh_key(name: &str) -> Result<Key> {
    let path = workspace::lab().join(name).display().to_string();
    let _ = fs::remove_file(&path);
    let make = ["-q", "-t", "ed25519", "-N", "", "-C", "someone", "-f", &path];
    process::output(&mut process::command("ssh-keygen", make))?;
    let public = fs::read_to_string(format!("{path}.pub")).context("reading the public half")?;
    let told = process::output(&mut process::command("ssh-keygen", ["-l", "-f", &path]))?;
    let fingerprint = told.split_whitespace().nth(1).context("no fingerprint")?.to_owned();
    Ok(Key { path, public: public.trim().to_owned(), fingerprint })
}

/// A machine's key of a type, in base64.
///
/// # Errors
/// When the machine shows no such key.
pub fn key(host: Ipv4Addr, key_type: &str) -> Result<String> {
    let line = scan(host, key_type)?;
    let key = line.split_whitespace().nth(2).map(str::to_owned);
    key.with_context(|| format!("{host} shows no {key_type} key"))
}

/// Fingerprint of a machine's key of a type, as `SHA256:…`.
///
/// # Errors
/// When the machine shows no such key.
pub fn fingerprint(host: Ipv4Addr, key_type: &str) -> Result<String> {
    let path = scratch("host-keys", scan(host, key_type)?.as_bytes(), 0o644)?;
    let told =
        Outcome::of(&mut attacker::command("ssh-keygen", ["-l", "-f", &path.to_string_lossy()]))?.said()?;
    told.split_whitespace()
        .nth(1)
        .map(str::to_owned)
        .with_context(|| format!("{host} shows no {key_type} key"))
}

fn scan(host: Ipv4Addr, key_type: &str) -> Result<String> {
    let arguments = ["-T", "10", "-t", key_type, &host.to_string()];
    Ok(Outcome::of(&mut attacker::command("ssh-keyscan", arguments))?.output)
}

/// Tries a wrong password at an address, from wherever we are rather than as the attacker.
///
/// # Errors
/// When the client cannot be started.
pub fn refused_at(address: SocketAddr) -> Result<Outcome> {
    let port = format!("-p{}", address.port());
    let target = format!("nobody-here@{}", address.ip());
    let arguments =
        OPTIONS.iter().copied().chain(["-oPreferredAuthentications=password", &port, &target, "true"]);
    Outcome::of(answering(&mut process::command("ssh", arguments), "wrong")?)
}

/// A client with a terminal at an address, from wherever we are rather than as the attacker; yet to
/// be started.
///
/// # Errors
/// When what it needs cannot be written.
pub fn terminal_at(address: SocketAddr, user: &str, password: &str) -> Result<Command> {
    let port = format!("-p{}", address.port());
    let target = format!("{user}@{}", address.ip());
    let mut client = process::command("ssh", OPTIONS.iter().copied().chain(["-tt", &port, &target]));
    answering(&mut client, password)?;
    client.env("TERM", "xterm-256color");
    Ok(client)
}

/// A client that is asked for nothing: the password is given where it asks.
fn with_password<'a>(
    program: &str,
    arguments: impl IntoIterator<Item = &'a str>,
    login: &Login,
) -> Result<Command> {
    let mut client = attacker::command(program, arguments);
    answering(&mut client, &login.password)?;
    Ok(client)
}

fn answering<'a>(client: &'a mut Command, password: &str) -> Result<&'a mut Command> {
    let asks = workspace::lab().join("askpass");
    // Several clients start at a time, and none may find it half written.
    if !asks.exists() {
        let name = format!("askpass-{:?}", std::thread::current().id());
        let fresh = scratch(&name, b"#!/bin/sh\nprintf '%s\\n' \"$LAB_PASSWORD\"\n", 0o755)?;
        fs::rename(&fresh, &asks).context("putting askpass into its place")?;
    }
    client.env("SSH_ASKPASS", asks).env("SSH_ASKPASS_REQUIRE", "force").env("LAB_PASSWORD", password);
    Ok(client.env_remove("SSH_AUTH_SOCK"))
}
