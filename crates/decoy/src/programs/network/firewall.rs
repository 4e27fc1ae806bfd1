//! `iptables`, `nft` and `ufw`: no rules are set, and none that are given take effect.

use std::fmt::Write as _;

use super::text;
use crate::{
    machine::Distro,
    programs::context::Done,
    shell::{Exit, Process},
};

/// Chains of a table.
fn chains(table: &str) -> Option<&'static [&'static str]> {
    match table {
        "filter" | "security" => Some(&["INPUT", "FORWARD", "OUTPUT"]),
        "nat" => Some(&["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]),
        "mangle" => Some(&["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]),
        "raw" => Some(&["PREROUTING", "OUTPUT"]),
        _ => None,
    }
}

/// Version with the way it speaks to the kernel.
const fn version(distro: Distro) -> &'static str {
    match distro {
        Distro::Debian12 => "v1.8.9 (nf_tables)",
        Distro::Ubuntu22 => "v1.8.7 (nf_tables)",
        Distro::Ubuntu20 => "v1.8.4 (legacy)",
        Distro::Rocky9 => "v1.8.10 (nf_tables)",
        Distro::Fedora39 => "v1.8.9 (nf_tables)",
        Distro::CentOs7 => "v1.4.21",
        Distro::Firmware => "v1.8.3 (legacy)",
        _ => "v1.8.11 (nf_tables)",
    }
}

const TARGETS: &[&str] = &[
    "ACCEPT",
    "DROP",
    "REJECT",
    "LOG",
    "RETURN",
    "QUEUE",
    "MASQUERADE",
    "DNAT",
    "SNAT",
    "REDIRECT",
    "MARK",
    "TCPMSS",
    "TPROXY",
    "NFLOG",
    "CONNMARK",
    "NFQUEUE",
    "INPUT",
    "OUTPUT",
    "FORWARD",
];

/// What a command line of iptables asks for.
#[derive(Debug, Default)]
struct Asked {
    table: Option<String>,
    command: Option<char>,
    chain: Option<String>,
    target: Option<String>,
    numeric: bool,
    verbose: bool,
    numbers: bool,
}

fn read(words: &[String]) -> Asked {
    let mut asked = Asked::default();
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        let mut value = || rest.next_if(|next| !next.starts_with('-')).cloned();
        match word.as_str() {
            "-t" | "--table" => asked.table = value(),
            "-j" | "--jump" | "-g" | "--goto" => asked.target = value(),
            "--line-numbers" | "--line" => asked.numbers = true,
            "--list" => (asked.command, asked.chain) = (Some('L'), value()),
            "--list-rules" => (asked.command, asked.chain) = (Some('S'), value()),
            "--flush" => (asked.command, asked.chain) = (Some('F'), value()),
            "--append" => (asked.command, asked.chain) = (Some('A'), value()),
            "--insert" => (asked.command, asked.chain) = (Some('I'), value()),
            "--delete" => (asked.command, asked.chain) = (Some('D'), value()),
            "--policy" => (asked.command, asked.chain) = (Some('P'), value()),
            "--version" => asked.command = Some('V'),
            option if option.starts_with('-') && !option.starts_with("--") => {
                for letter in option.chars().skip(1) {
                    match letter {
                        'n' => asked.numeric = true,
                        'v' => asked.verbose = true,
                        'V' => asked.command = Some('V'),
                        'L' | 'S' | 'F' | 'X' | 'Z' | 'A' | 'I' | 'D' | 'P' | 'N' | 'C' | 'R' | 'E' => {
                            (asked.command, asked.chain) = (Some(letter), value());
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    asked
}

pub(super) async fn iptables(process: &mut Process) -> Done {
    let words: Vec<String> = process.arguments().iter().map(|word| text(word)).collect();
    let name = if process.name().starts_with(b"ip6") { "ip6tables" } else { "iptables" };
    let version = version(process.machine.distro());
    let asked = read(&words);
    let Some(command) = asked.command else {
        process.complain(format!("{name} {version}: no command specified\nTry `{name} -h' or '{name} --help' for more information.\n")).await;
        return Ok(Exit::Code(2));
    };
    if command == 'V' {
        process.print(format!("{name} {version}\n")).await?;
        return Ok(Exit::SUCCESS);
    }
    let table = asked.table.clone().unwrap_or_else(|| "filter".to_owned());
    if !process.account.is_root() {
        let (words, status) = if version.contains("nf_tables") {
            (
                format!(
                    "{name} {version}: Could not fetch rule set generation id: Permission denied (you must be root)\n"
                ),
                4,
            )
        } else {
            (
                format!(
                    "{name} {version}: can't initialize {name} table `{table}': Permission denied (you must be root)\nPerhaps {name} or your kernel needs to be upgraded.\n"
                ),
                3,
            )
        };
        process.complain(words).await;
        return Ok(Exit::Code(status));
    }
    let Some(chains) = chains(&table) else {
        process.complain(format!("{name} {version}: can't initialize {name} table `{table}': Table does not exist (do you need to insmod?)\nPerhaps {name} or your kernel needs to be upgraded.\n")).await;
        return Ok(Exit::Code(3));
    };
    act(process, (name, version), &asked, chains).await
}

async fn act(process: &Process, (name, version): (&str, &str), asked: &Asked, chains: &[&str]) -> Done {
    let table = asked.table.as_deref().unwrap_or("filter");
    let known = |chain: &str| chains.contains(&chain);
    let nft = version.contains("nf_tables");
    let missing = format!("{name}: No chain/target/match by that name.\n");
    let shown: Vec<&str> = match asked.chain.as_deref() {
        Some(chain) if !known(chain) => {
            let listing = nft && matches!(asked.command, Some('L' | 'S'));
            let words = if listing {
                format!(
                    "{name} {version}: chain `{chain}' in table `{table}' is incompatible, use 'nft' tool.\n"
                )
            } else {
                missing
            };
            if matches!(asked.command, Some('N' | 'E')) {
                return Ok(Exit::SUCCESS);
            }
            process.complain(words).await;
            return Ok(Exit::FAILURE);
        }
        Some(chain) => vec![chain],
        None => chains.to_vec(),
    };
    match asked.command {
        Some('L') => process.print(list(asked, &shown)).await?,
        Some('S') => {
            let text: String = shown.iter().map(|chain| format!("-P {chain} ACCEPT\n")).collect();
            process.print(text).await?;
        }
        Some('D' | 'C' | 'R') => {
            process
                .complain(format!("{name}: Bad rule (does a matching rule exist in that chain?).\n"))
                .await;
            return Ok(Exit::FAILURE);
        }
        Some('A' | 'I') => {
            if let Some(target) = asked.target.as_deref().filter(|target| !TARGETS.contains(target)) {
                process.complain(format!("{name} {version}: Chain '{target}' does not exist\nTry `{name} -h' or '{name} --help' for more information.\n")).await;
                return Ok(Exit::Code(2));
            }
        }
        _ => {}
    }
    Ok(Exit::SUCCESS)
}

fn list(asked: &Asked, chains: &[&str]) -> String {
    let mut out = String::new();
    for (place, chain) in chains.iter().enumerate() {
        let counts = if asked.verbose { " 0 packets, 0 bytes" } else { "" };
        let number = if asked.numbers { "num  " } else { "" };
        let head = if asked.verbose {
            " pkts bytes target     prot opt in     out     source               destination         "
        } else {
            "target     prot opt source               destination         "
        };
        let _ = writeln!(
            out,
            "{}Chain {chain} (policy ACCEPT{counts})\n{number}{head}",
            if place > 0 { "\n" } else { "" }
        );
    }
    out
}

pub(super) async fn save(process: &mut Process) -> Done {
    let version = version(process.machine.distro());
    if !process.account.is_root() {
        process.complain(format!("{} {version}: Could not fetch rule set generation id: Permission denied (you must be root)\n", process.called())).await;
        return Ok(Exit::Code(4));
    }
    // Without a rule no table was ever made.
    Ok(Exit::SUCCESS)
}

/// `iptables-restore` takes what it is given.
pub(super) async fn restore(process: &mut Process) -> Done {
    while !process.input.read(16 * 1_024).await.is_empty() {}
    Ok(Exit::SUCCESS)
}

pub(super) async fn nft(process: &mut Process) -> Done {
    let words: Vec<String> = process.arguments().iter().map(|word| text(word)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if matches!(words.as_slice(), ["-v" | "--version" | "-V"]) {
        process.print("nftables v1.0.6 (Lester Gooch #5)\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if words.is_empty() {
        process.complain("nft: no command specified\n").await;
        return Ok(Exit::FAILURE);
    }
    let given: Vec<&&str> = words.iter().filter(|word| !word.starts_with('-')).collect();
    if !process.account.is_root() {
        process.complain("Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n").await;
        return Ok(Exit::FAILURE);
    }
    let verbs = [
        "list", "add", "create", "insert", "delete", "destroy", "flush", "reset", "rename", "replace",
        "describe", "monitor", "import", "export",
    ];
    match given.first() {
        Some(verb) if !verbs.contains(*verb) && !words.contains(&"-f") && !words.contains(&"-i") => {
            process
                .complain(format!(
                    "Error: syntax error, unexpected newline, expecting string\n{verb}\n{}^\n",
                    " ".repeat(verb.len())
                ))
                .await;
            Ok(Exit::FAILURE)
        }
        _ => Ok(Exit::SUCCESS),
    }
}

const UFW_USAGE: &str = "\nUsage: ufw COMMAND\n\nCommands:\n enable                          enables the firewall\n disable                         disables the firewall\n default ARG                     set default policy\n logging LEVEL                   set logging to LEVEL\n allow ARGS                      add allow rule\n deny ARGS                       add deny rule\n reject ARGS                     add reject rule\n limit ARGS                      add limit rule\n delete RULE|NUM                 delete RULE\n insert NUM RULE                 insert RULE at NUM\n prepend RULE                    prepend RULE\n route RULE                      add route RULE\n route delete RULE|NUM           delete route RULE\n route insert NUM RULE           insert route RULE at NUM\n reload                          reload firewall\n reset                           reset firewall\n status                          show firewall status\n status numbered                 show firewall status as numbered list of RULES\n status verbose                  show verbose firewall status\n show ARG                        show firewall report\n version                         display version information\n\nApplication profile commands:\n app list                        list application profiles\n app info PROFILE                show information on PROFILE\n app update PROFILE              update PROFILE\n app default ARG                 set default application policy\n\n";
const UFW_CONF: &[u8] = b"/etc/ufw/ufw.conf";

pub(super) async fn ufw(process: &mut Process) -> Done {
    let words: Vec<String> =
        process.arguments().iter().map(|word| text(word)).filter(|word| !word.starts_with("--")).collect();
    if words.iter().any(|word| word == "version") {
        process.print("ufw 0.36.2\nCopyright 2008-2023 Canonical Ltd.\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if !process.account.is_root() {
        process.complain("ERROR: You need to be root to run this script\n").await;
        return Ok(Exit::FAILURE);
    }
    let active = process.files.read(UFW_CONF).is_ok_and(|conf| conf.windows(11).any(|w| w == b"ENABLED=yes"));
    let forced = process.arguments().iter().any(|word| word == b"--force");
    match words.first().map(String::as_str) {
        Some("status") => {
            process.print(if active { "Status: active\n" } else { "Status: inactive\n" }).await?;
        }
        Some("disable") => {
            let _ = process.files.write(UFW_CONF, b"ENABLED=no\nLOGLEVEL=low\n", 0o644);
            process.print("Firewall stopped and disabled on system startup\n").await?;
        }
        Some("enable") => {
            if !forced
                && !confirmed(
                    process,
                    "Command may disrupt existing ssh connections. Proceed with operation (y|n)? ",
                )
                .await?
            {
                process.print("Aborted\n").await?;
                return Ok(Exit::SUCCESS);
            }
            let _ = process.files.write(UFW_CONF, b"ENABLED=yes\nLOGLEVEL=low\n", 0o644);
            process.print("Firewall is active and enabled on system startup\n").await?;
        }
        _ => return rule(process, &words, active).await,
    }
    Ok(Exit::SUCCESS)
}

/// What of `ufw` is about rules and policies.
async fn rule(process: &Process, words: &[String], active: bool) -> Done {
    match words.first().map(String::as_str) {
        Some("reload") => {
            process
                .print(if active {
                    "Firewall reloaded\n"
                } else {
                    "Firewall not enabled (skipping reload)\n"
                })
                .await?
        }
        Some("allow" | "deny" | "reject" | "limit") if words.len() > 1 => {
            process
                .print(if active {
                    "Rule added\nRule added (v6)\n"
                } else {
                    "Rules updated\nRules updated (v6)\n"
                })
                .await?;
        }
        Some("delete") if words.len() > 1 => {
            process
                .print("Could not delete non-existent rule\nCould not delete non-existent rule (v6)\n")
                .await?
        }
        Some("default") if words.len() > 1 => {
            let (policy, way) = (
                words.get(1).map_or("deny", String::as_str),
                words.get(2).map_or("incoming", String::as_str),
            );
            process
                .print(format!(
                    "Default {way} policy changed to '{policy}'\n(be sure to update your rules accordingly)\n"
                ))
                .await?;
        }
        Some("logging") if words.len() > 1 => process.print("Logging enabled\n").await?,
        Some("show" | "app") if words.len() > 1 => {
            process.print("Available applications:\n  OpenSSH\n").await?
        }
        other => {
            process.print(UFW_USAGE).await?;
            process
                .complain(if other.is_some() {
                    "ERROR: Invalid syntax\n"
                } else {
                    "ERROR: not enough args\n"
                })
                .await;
            return Ok(Exit::FAILURE);
        }
    }
    Ok(Exit::SUCCESS)
}

/// Whether the answer begins with `y`.
async fn confirmed(process: &Process, question: &str) -> Result<bool, Exit> {
    process.print(question).await?;
    let answer = process.input.read_line(64).await;
    Ok(answer.first().is_some_and(|byte| byte.eq_ignore_ascii_case(&b'y')))
}
