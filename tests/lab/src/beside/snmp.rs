//! net-snmp's agent as its tools and a scanner see it, the real one and ours.

use std::net::Ipv4Addr;

use anyhow::{Context, Result, ensure};

use super::{same_of_both, same_text};
use crate::{attacker, clients::Login};

/// Variables whose value is the machine's own: description, uptime, contact, name and place; its
/// clock, devices, users and processes.
const OWN: [&str; 13] = [
    ".1.3.6.1.2.1.1.1.0",
    ".1.3.6.1.2.1.1.3.0",
    ".1.3.6.1.2.1.1.4.0",
    ".1.3.6.1.2.1.1.5.0",
    ".1.3.6.1.2.1.1.6.0",
    // When the last module was.
    ".1.3.6.1.2.1.1.8.0",
    ".1.3.6.1.2.1.25.1.1.0",
    ".1.3.6.1.2.1.25.1.2.0",
    ".1.3.6.1.2.1.25.1.3.0",
    ".1.3.6.1.2.1.25.1.4.0",
    ".1.3.6.1.2.1.25.1.5.0",
    ".1.3.6.1.2.1.25.1.6.0",
    // When each module of it was started.
    ".1.3.6.1.2.1.1.9.1.4.",
];

/// The tree of the system.
const SYSTEM: &str = ".1.3.6.1.2.1.1";

/// Hashes and ciphers that agents give their users.
const PROTOCOLS: [(&str, &str); 4] = [("SHA", "AES"), ("SHA-256", "AES"), ("SHA-512", "AES"), ("MD5", "DES")];

/// The same user of version 3 at a real agent and at ours.
#[derive(Clone, Debug)]
pub struct Pair {
    /// At the real one.
    pub real: Login,
    /// At ours.
    pub ours: Login,
}

impl Pair {
    fn same(&self, what: &str, of: impl Fn(Ipv4Addr) -> Result<String>) -> Result<usize> {
        same_of_both(what, [self.real.host, self.ours.host], of)
    }

    /// A walk finds the same variables, of the same types, with the same values where they are not
    /// the machine's own.
    ///
    /// # Errors
    /// When it does not.
    pub fn walks_are_alike(&self) -> Result<String> {
        let mut lines = 0;
        for version in ["-v1", "-v2c"] {
            for program in ["snmpwalk", "snmpbulkwalk"] {
                if (version, program) == ("-v1", "snmpbulkwalk") {
                    continue;
                }
                lines += self.same(&format!("{program} {version}"), |host| {
                    let words = [version, "-c", "public", "-On", "-t2", "-r1", &host.to_string(), ".1"];
                    let said = attacker::say(program, words)?;
                    // The command line of the kernel ends with a line's end, unless it is very long.
                    let lines = said.lines().filter(|line| *line != "\"");
                    Ok(lines.map(masked).collect::<Vec<_>>().join("\n"))
                })?;
            }
        }
        ensure!(lines > 60, "a walk finds {lines} lines");
        Ok(format!("{lines} variables"))
    }

    /// A walk by a user of version 3 finds the same, signed and encrypted.
    ///
    /// # Errors
    /// When it does not.
    pub fn walks_of_a_user_are_alike(&self) -> Result<String> {
        let mut used = Vec::new();
        let walk = |Login { host, user, password }: &Login, (hash, cipher): (&str, &str)| {
            let names = ["-v3", "-l", "authPriv", "-u", user, "-a", hash, "-A", password];
            let words = ["-x", cipher, "-X", password, "-On", "-t2", "-r1", &host.to_string(), SYSTEM];
            let said = attacker::say("snmpwalk", names.into_iter().chain(words))?;
            Ok::<_, anyhow::Error>(said.lines().map(masked).collect::<Vec<_>>().join("\n"))
        };
        let real = walk(&self.real, ("SHA", "AES")).context("the real one")?;
        for pair in PROTOCOLS {
            let ours = walk(&self.ours, pair)?;
            // An agent knows a user by one hash and one cipher.
            if ours.starts_with(SYSTEM) {
                same_text("snmpwalk -v3", &real, &ours)?;
                used.push(format!("{} and {}", pair.0, pair.1));
            }
        }
        ensure!(used.len() == 1, "the user of ours is let in by {used:?}");
        Ok(format!("{} variables, by {}", real.lines().count(), used.join(", ")))
    }

    /// Who asks wrongly hears the same: version 3's reports, errors of versions 1 and 2c.
    ///
    /// # Errors
    /// When they do not.
    pub fn wrong_questions_are_answered_alike(&self) -> Result<String> {
        let questions: [&[&str]; 8] = [
            &["snmpget", "-v3", "-l", "noAuthNoPriv", "-u", "nobody"],
            &["snmpget", "-v3", "-l", "authNoPriv", "-u", "nobody", "-a", "SHA", "-A", "wrong-password"],
            &[
                "snmpget",
                "-v3",
                "-l",
                "authPriv",
                "-u",
                "nobody",
                "-a",
                "MD5",
                "-A",
                "wrong-password",
                "-x",
                "DES",
                "-X",
                "wrong-password",
            ],
            &["snmpget", "-v2c", "-c", "private"],
            &["snmpget", "-v1", "-c", "private"],
            &["snmpset", "-v2c", "-c", "public"],
            &["snmpset", "-v1", "-c", "public"],
            &["snmpget", "-v2c", "-c", "public"],
        ];
        let mut lines = 0;
        for question in questions {
            let Some((program, words)) = question.split_first() else { continue };
            lines += self.same(&question.join(" "), |host| {
                let host = host.to_string();
                let mut all = words.to_vec();
                all.extend(["-On", "-t1", "-r0", &host, ".1.3.6.1.2.1.1.7.0"]);
                if *program == "snmpset" {
                    all.extend(["i", "3"]);
                }
                attacker::say(program, all)
            })?;
        }
        Ok(format!("{} questions, {lines} lines", questions.len()))
    }

    /// nmap's script finds the same.
    ///
    /// # Errors
    /// When it does not.
    pub fn a_scanner_finds_the_same(&self) -> Result<String> {
        let lines = self.same("nmap", |host| {
            let words = [
                "-sU",
                "-sV",
                "-n",
                "-Pn",
                "-p161",
                "--script",
                "snmp-info,snmp-interfaces,snmp-netstat,snmp-processes",
            ];
            let said = attacker::say("nmap", words.iter().copied().chain([host.to_string().as_str()]))?;
            let part = said.lines().filter(|line| line.starts_with("161/") || line.starts_with('|'));
            let own = |line: &&str| {
                ["engineIDData", "snmpEngineBoots", "snmpEngineTime"].iter().any(|word| line.contains(word))
            };
            Ok(part.filter(|line| !own(line)).collect::<Vec<_>>().join("\n"))
        })?;
        ensure!(lines > 1, "nmap says {lines} lines");
        Ok(format!("{lines} lines"))
    }
}

/// A line of a walk with the machine's own value blanked; its type stays.
fn masked(line: &str) -> String {
    let own = OWN
        .iter()
        .any(|oid| line.starts_with(&format!("{oid} ")) || (oid.ends_with('.') && line.starts_with(oid)));
    let Some((name, value)) = line.split_once(" = ") else { return line.to_owned() };
    if !own {
        return line.to_owned();
    }
    format!("{name} = {}", value.split_once(':').map_or(value, |(kind, _)| kind))
}
