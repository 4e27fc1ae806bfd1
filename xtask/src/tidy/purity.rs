//! Crates marked as free of effects: no clock, environment, file, socket or random source.

use super::{
    Tree,
    layers::{Effects, LAYERS},
};
use crate::source::{Area, Token, begins, pair_length};

/// Modules of `std` that reach the world.
const MODULES: [&str; 5] = ["fs", "env", "process", "thread", "os"];

/// Names that do, wherever they come from. Addresses of `std::net` are plain data.
const NAMES: [&str; 13] = [
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "UnixListener",
    "UnixDatagram",
    "ToSocketAddrs",
    "SystemTime",
    "Instant",
    "now_utc",
    "now_local",
    "stdin",
    "RandomState",
];

/// Packages that do.
const PACKAGES: [&str; 8] = ["tokio", "getrandom", "rand", "nix", "libc", "mio", "socket2", "async-std"];

/// Effects in crates that must have none.
pub(super) fn check(tree: &Tree) -> Vec<String> {
    let pure = |name: &str| LAYERS.contains(&(name, Effects::None));
    let mut findings = Vec::new();
    for package in tree.packages.iter().filter(|package| pure(&package.name)) {
        let ordinary = package.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        for dependency in ordinary.filter(|dependency| PACKAGES.contains(&dependency.name.as_str())) {
            findings.push(format!("{} depends on {}", package.name, dependency.name));
        }
    }
    for file in tree.files.iter().filter(|file| pure(&file.package) && file.area == Area::Source) {
        for (line, name) in effects(&file.shipped_tokens()) {
            findings.push(format!("{}: {name} in a crate that does no I/O", file.at(line)));
        }
    }
    findings
}

/// Lines and names of what reaches the world.
fn effects(tokens: &[Token]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let rest = tokens.get(at..).unwrap_or_default();
        if let Some(token) = rest.first().filter(|token| NAMES.contains(&token.text.as_str())) {
            found.push((token.first_line, token.text.clone()));
        }
        if begins(rest, &["std", ":", ":"]) {
            found.extend(modules(rest.get(3..).unwrap_or_default()));
        }
    }
    found
}

/// The modules that a path or a group of paths after `std::` names.
fn modules(tokens: &[Token]) -> Vec<(usize, String)> {
    let heads = match tokens.first() {
        Some(token) if token.text == "{" => group_heads(tokens),
        Some(token) => vec![token],
        None => Vec::new(),
    };
    let bad = heads.into_iter().filter(|head| MODULES.contains(&head.text.as_str()));
    bad.map(|head| (head.first_line, format!("std::{}", head.text))).collect()
}

/// The first token of each path in a group of imports.
fn group_heads(tokens: &[Token]) -> Vec<&Token> {
    let mut heads = Vec::new();
    let mut at = 1;
    let mut expected = true;
    while at + 1 < pair_length(tokens) {
        let Some(token) = tokens.get(at) else { break };
        if token.text == "{" {
            at += pair_length(tokens.get(at..).unwrap_or_default());
            continue;
        }
        if expected {
            heads.push(token);
        }
        expected = token.text == ",";
        at += 1;
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tokens;

    fn check(text: &str, expect: &[&str]) {
        let found = effects(&tokens(text).unwrap());
        let names: Vec<_> = found.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, expect, "{text}");
    }

    #[test]
    fn effects_are_found() {
        check("use std::fs;", &["std::fs"]);
        check("use std::{fmt, env::var, net::{Ipv4Addr, TcpStream}};", &["std::env", "TcpStream"]);
        check("let t = std::time::Instant::now();", &["Instant"]);
    }

    #[test]
    fn plain_data_is_none() {
        check("use std::{collections::BTreeMap, fmt, net::{Ipv4Addr, SocketAddr}, str::FromStr};", &[]);
        check("let fs = env!(\"CARGO_PKG_VERSION\"); struct A { process: u8 }", &[]);
    }
}
