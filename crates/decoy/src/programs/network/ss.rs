//! `ss` of iproute2.

use std::net::SocketAddr;

use super::facts;
use crate::{
    machine::Socket,
    programs::{
        context::Done,
        options::{Parsed, Spec, parse},
    },
    shell::{Exit, Process},
};

const SPEC: Spec = Spec {
    short: "hVnraloempTisEbZzN:46f:KHO0tuSdwxA:F:DMQ",
    long: &[
        ("help", 'h'),
        ("version", 'V'),
        ("numeric", 'n'),
        ("resolve", 'r'),
        ("all", 'a'),
        ("listening", 'l'),
        ("options", 'o'),
        ("extended", 'e'),
        ("memory", 'm'),
        ("processes", 'p'),
        ("info", 'i'),
        ("summary", 's'),
        ("context", 'Z'),
        ("no-header", 'H'),
        ("oneline", 'O'),
        ("ipv4", '4'),
        ("ipv6", '6'),
        ("packet", '0'),
        ("tcp", 't'),
        ("udp", 'u'),
        ("raw", 'w'),
        ("unix", 'x'),
        ("family=", 'f'),
        ("query=", 'A'),
    ],
};

pub(super) async fn ss(process: &mut Process) -> Done {
    let given = match parse(process.arguments(), SPEC) {
        Ok(given) => given,
        Err(wrong) => {
            process.complain(format!("ss: {}\n{HELP}", wrong.0)).await;
            return Ok(Exit::Code(255));
        }
    };
    if given.has('V') {
        process.print("ss utility, iproute2-6.1.0\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('h') {
        process.print(HELP).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('Z') && process.machine.selinux() == "disabled" {
        process.complain("ss: SELinux is not enabled.\n").await;
        return Ok(Exit::FAILURE);
    }
    let text = if given.has('s') { summary(process) } else { list(process, &given) };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

fn summary(process: &Process) -> String {
    let all = facts::sockets(process);
    let count =
        |udp: bool, six: bool| all.iter().filter(|s| s.udp == udp && s.local.is_ipv6() == six).count();
    let (tcp4, tcp6, udp4, udp6) =
        (count(false, false), count(false, true), count(true, false), count(true, true));
    let established = all.iter().filter(|s| !s.udp && !s.listens).count();
    let line =
        |name: &str, four: usize, six: usize| format!("{name}\t  {:<9} {four:<9} {six:<9}\n", four + six);
    format!(
        "Total: {}\nTCP:   {} (estab {established}, closed 0, orphaned 0, timewait 0)\n\nTransport Total     IP        IPv6\n{}{}{}{}{}\n",
        all.len() + 94,
        tcp4 + tcp6,
        line("RAW", 0, 0),
        line("UDP", udp4, udp6),
        line("TCP", tcp4, tcp6),
        line("INET", tcp4 + udp4, tcp6 + udp6),
        line("FRAG", 0, 0)
    )
}

/// What of the list is wanted.
fn wanted(given: &Parsed, socket: &Socket) -> bool {
    let named = |name: &str| {
        given
            .value('A')
            .is_some_and(|list| super::text(list).split(',').any(|one| one == name || one == "inet"))
    };
    let (tcp, udp) = (given.has('t') || named("tcp"), given.has('u') || named("udp"));
    let other = given.has('x') || given.has('w') || given.has('0');
    let kind = if tcp || udp { if socket.udp { udp } else { tcp } } else { !other };
    let six = given.has('6') || given.value('f') == Some(b"inet6");
    let four = given.has('4') || given.value('f') == Some(b"inet");
    let family = six == four || socket.local.is_ipv6() == six;
    let words: Vec<String> = given.operands.iter().map(|word| super::text(word)).collect();
    let state =
        words.iter().position(|word| word == "state").and_then(|at| words.get(at + 1)).map(String::as_str);
    let shown = match state {
        Some("established" | "connected") => !socket.listens,
        Some("listening") => socket.listens,
        Some("all") => true,
        Some(_) => false,
        None => given.has('a') || socket.listens == given.has('l'),
    };
    kind && family && shown
}

/// A line: what is before the addresses, host and port of both ends, and the process.
struct Line {
    front: Vec<String>,
    local: (String, String),
    remote: (String, String),
    process: String,
}

fn list(process: &Process, given: &Parsed) -> String {
    let all = facts::sockets(process);
    let mut shown: Vec<&Socket> = all.iter().filter(|socket| wanted(given, socket)).collect();
    // UDP first, as the kernel is asked; then IPv4 before IPv6.
    shown.sort_by_key(|socket| (!socket.udp, socket.local.is_ipv6(), !socket.listens && !given.has('a')));
    let kinds = given.has('t') != given.has('u') && given.value('A').is_none();
    let states = !given.operands.iter().any(|word| word == b"state");
    let services = facts::services(process);
    let lines: Vec<Line> = shown
        .into_iter()
        .map(|socket| {
            let mut front = Vec::new();
            if !kinds {
                front.push(if socket.udp { "udp" } else { "tcp" }.to_owned());
            }
            if states {
                front.push(
                    match (socket.udp, socket.listens) {
                        (true, true) => "UNCONN",
                        (false, true) => "LISTEN",
                        (_, false) => "ESTAB",
                    }
                    .to_owned(),
                );
            }
            let queue = if socket.listens && !socket.udp {
                if matches!(socket.process.0.as_str(), "apache2" | "nginx" | "httpd" | "redis-server") {
                    511
                } else {
                    128
                }
            } else {
                0
            };
            front.extend(["0".to_owned(), queue.to_string()]);
            let end = |place: &SocketAddr| end(given, socket, &all, place, &services);
            Line {
                front,
                local: end(&socket.local),
                remote: end(&socket.remote),
                process: owner(process, given, socket),
            }
        })
        .collect();
    table(given, &lines, kinds, states)
}

fn end(
    given: &Parsed,
    socket: &Socket,
    all: &[Socket],
    place: &SocketAddr,
    services: &impl Fn(&SocketAddr, bool) -> Option<String>,
) -> (String, String) {
    let host = match place {
        _ if facts::is_dual(socket, all) => "*".to_owned(),
        SocketAddr::V6(six) => format!("[{}]", six.ip()),
        SocketAddr::V4(four) => four.ip().to_string(),
    };
    let name = if given.has('n') { None } else { services(place, socket.udp) };
    let port =
        if place.port() == 0 { "*".to_owned() } else { name.unwrap_or_else(|| place.port().to_string()) };
    (host, port)
}

fn owner(process: &Process, given: &Parsed, socket: &Socket) -> String {
    let (name, pid) = &socket.process;
    let task = process.machine.tasks(process.files.source()).into_iter().find(|task| task.pid == *pid);
    let may = process.account.is_root() || task.is_some_and(|task| task.uid == process.account.uid);
    if !given.has('p') || !may {
        return String::new();
    }
    let descriptor = match (socket.listens, socket.local.is_ipv6()) {
        (true, false) => 3,
        (true, true) => 4,
        (false, _) => 4,
    };
    format!(" users:((\"{name}\",pid={pid},fd={descriptor}))")
}

/// Lays the lines out as ss does: each column as wide as its widest, hosts to the right and ports
/// to the left of the colon.
fn table(given: &Parsed, lines: &[Line], kinds: bool, states: bool) -> String {
    let mut heads: Vec<&str> = Vec::new();
    if !kinds {
        heads.push("Netid");
    }
    if states {
        heads.push("State");
    }
    heads.extend(["Recv-Q", "Send-Q"]);
    let header = !given.has('H');
    let least = |text: &str| if header { text.len() } else { 0 };
    let width = |texts: &mut dyn Iterator<Item = usize>, least: usize| texts.max().unwrap_or(0).max(least);
    let fronts: Vec<usize> = (0..heads.len())
        .map(|at| {
            width(
                &mut lines.iter().map(|line| line.front.get(at).map_or(0, String::len)),
                least(heads.get(at).copied().unwrap_or_default()),
            )
        })
        .collect();
    let local = width(&mut lines.iter().map(|line| line.local.0.len()), least("Local Address"));
    let local_port = width(&mut lines.iter().map(|line| line.local.1.len()), least("Port"));
    let remote = width(&mut lines.iter().map(|line| line.remote.0.len()), least("Peer Address"));
    let remote_port = width(&mut lines.iter().map(|line| line.remote.1.len()), least("Port"));
    let last = width(&mut lines.iter().map(|line| line.process.len()), least("Process"));
    let mut out = String::new();
    let mut row = |front: &[&str], places: [&str; 4], process: &str| {
        for (text, width) in front.iter().zip(&fronts) {
            out.push_str(&format!("{text:<width$} "));
        }
        let [host, port, peer, peer_port] = places;
        out.push_str(&format!(
            "{host:>local$}:{port:<local_port$} {peer:>remote$}:{peer_port:<remote_port$}"
        ));
        if header {
            out.push_str(&format!("{process:<last$}"));
        } else {
            out.push_str(process);
        }
        out.push('\n');
    };
    if header {
        row(&heads, ["Local Address", "Port", "Peer Address", "Port"], "Process");
    }
    for line in lines {
        let front: Vec<&str> = line.front.iter().map(String::as_str).collect();
        row(&front, [&line.local.0, &line.local.1, &line.remote.0, &line.remote.1], &line.process);
    }
    out
}

const HELP: &str = "Usage: ss [ OPTIONS ]\n       ss [ OPTIONS ] [ FILTER ]\n   -h, --help          this message\n   -V, --version       output version information\n   -n, --numeric       don't resolve service names\n   -r, --resolve       resolve host names\n   -a, --all           display all sockets\n   -l, --listening     display listening sockets\n   -o, --options       show timer information\n   -e, --extended      show detailed socket information\n   -m, --memory        show socket memory usage\n   -p, --processes     show process using socket\n   -i, --info          show internal TCP information\n   -s, --summary       show socket usage summary\n   -4, --ipv4          display only IP version 4 sockets\n   -6, --ipv6          display only IP version 6 sockets\n   -t, --tcp           display only TCP sockets\n   -u, --udp           display only UDP sockets\n   -x, --unix          display only Unix domain sockets\n   -H, --no-header     Suppress header line\n";
