//! `netstat` of net-tools and of BusyBox.

use std::{fmt::Write as _, net::SocketAddr};

use super::{facts, interfaces::if_table, routes};
use crate::{
    machine::Socket,
    programs::{
        context::Done,
        options::{Parsed, Spec, parse},
    },
    shell::{Exit, Process},
};

const SPEC: Spec = Spec {
    short: "rMiIgsWnNeoplacFCZ46tuSwx",
    long: &[
        ("route", 'r'),
        ("interfaces", 'i'),
        ("groups", 'g'),
        ("statistics", 's'),
        ("wide", 'W'),
        ("numeric", 'n'),
        ("numeric-hosts", 'n'),
        ("numeric-ports", 'n'),
        ("extend", 'e'),
        ("timers", 'o'),
        ("programs", 'p'),
        ("program", 'p'),
        ("listening", 'l'),
        ("all", 'a'),
        ("continuous", 'c'),
        ("context", 'Z'),
        ("tcp", 't'),
        ("udp", 'u'),
        ("raw", 'w'),
        ("unix", 'x'),
        ("inet", '4'),
        ("inet6", '6'),
        ("version", 'V'),
        ("help", 'h'),
    ],
};
const BUSYBOX: Spec = Spec { short: "ralntuwxeWp", long: &[] };
const USAGE: &str = "Usage: netstat [-ral] [-tuwx] [-en]\n\nDisplay networking information\n\n\t-r\tRouting table\n\t-a\tAll sockets\n\t-l\tListening sockets\n\t\tElse: connected sockets\n\t-t\tTCP sockets\n\t-u\tUDP sockets\n\t-w\tRaw sockets\n\t-x\tUnix sockets\n\t\tElse: all socket types\n\t-e\tOther/more information\n\t-n\tDon't resolve names\n";

pub(super) async fn netstat(process: &mut Process) -> Done {
    let busybox = process.is_busybox();
    let given = match parse(process.arguments(), if busybox { BUSYBOX } else { SPEC }) {
        Ok(given) => given,
        Err(wrong) if busybox => return Ok(super::busybox::usage(process, Some(&wrong.0), USAGE).await),
        Err(wrong) => {
            process.complain(format!("netstat: {}\n{HELP}", wrong.0)).await;
            return Ok(Exit::Code(4));
        }
    };
    if given.has('h') {
        process.complain(HELP).await;
        return Ok(Exit::SUCCESS);
    }
    if given.has('V') {
        process.print("net-tools 2.10\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('Z') && process.machine.selinux() == "disabled" {
        process.complain("SELinux is not enabled on this machine.\n").await;
        return Ok(Exit::FAILURE);
    }
    loop {
        let text = if given.has('r') {
            routes::table(process, given.has('n'), true)
        } else if given.has('i') {
            if_table(process, true, given.has('e'))
        } else {
            sockets(process, &given)
        };
        if given.has('p') && !given.has('r') && !process.account.is_root() {
            process.complain(not_root(process)).await;
        }
        process.print(text).await?;
        if !given.has('c') {
            return Ok(Exit::SUCCESS);
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

fn not_root(process: &Process) -> String {
    if process.is_busybox() {
        return "netstat: can't scan /proc - are you root?\n".to_owned();
    }
    "(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)\n".to_owned()
}

fn sockets(process: &Process, given: &Parsed) -> String {
    let busybox = process.is_busybox();
    let families = given.has('4') || given.has('6');
    let (tcp, udp, unix) = (given.has('t'), given.has('u'), given.has('x'));
    let all_kinds = !(tcp || udp || unix || given.has('w'));
    let what = match (given.has('a'), given.has('l')) {
        (true, _) => "servers and established",
        (false, true) => "only servers",
        (false, false) => "w/o servers",
    };
    let mut out = String::new();
    let internet = all_kinds || tcp || udp || given.has('w') || families;
    if internet {
        let _ = writeln!(out, "Active Internet connections ({what})");
        let mut head =
            "Proto Recv-Q Send-Q Local Address           Foreign Address         State      ".to_owned();
        head.push_str(if busybox || given.has('p') || given.has('e') { " " } else { "" });
        if given.has('e') {
            head.push_str("User       Inode      ");
        }
        if given.has('p') {
            head.push_str("PID/Program name    ");
        }
        let _ = writeln!(out, "{head}");
        let services = facts::services(process);
        let list = facts::sockets(process);
        for socket in &list {
            let kind = if socket.udp {
                udp || all_kinds || (families && !tcp)
            } else {
                tcp || all_kinds || (families && !udp)
            };
            let family =
                !families || socket.local.is_ipv6() == given.has('6') || given.has('4') == given.has('6');
            let state = given.has('a') || socket.listens == given.has('l');
            if kind && family && state {
                row(process, given, socket, &services, &mut out);
            }
        }
    }
    if unix || (all_kinds && !families) {
        let _ = writeln!(out, "Active UNIX domain sockets ({what})");
        out.push_str("Proto RefCnt Flags       Type       State         I-Node   ");
        out.push_str(if given.has('p') { "PID/Program name     Path\n" } else { "Path\n" });
        local(process, given, &mut out);
    }
    out
}

fn row(
    process: &Process,
    given: &Parsed,
    socket: &Socket,
    services: &impl Fn(&SocketAddr, bool) -> Option<String>,
    out: &mut String,
) {
    let busybox = process.is_busybox();
    let six = socket.local.is_ipv6() && !busybox;
    let name = match (socket.udp, six) {
        (false, false) => "tcp",
        (false, true) => "tcp6",
        (true, false) => "udp",
        (true, true) => "udp6",
    };
    let end = |place: &SocketAddr| {
        place_text(
            place,
            if given.has('n') { None } else { services(place, socket.udp) },
            given.has('n') || busybox,
        )
    };
    let state = match (socket.udp, socket.listens) {
        (true, _) => "",
        (false, true) => "LISTEN",
        (false, false) => "ESTABLISHED",
    };
    let _ = write!(
        out,
        "{name:<5} {:>6} {:>6} {:<23} {:<23} {state:<11}",
        0,
        0,
        end(&socket.local),
        end(&socket.remote)
    );
    if busybox || given.has('p') || given.has('e') {
        out.push(' ');
    }
    if given.has('e') {
        let user = if given.has('n') {
            socket.uid.to_string()
        } else {
            process.machine.account_of(socket.uid).map_or_else(|| socket.uid.to_string(), |a| a.name.clone())
        };
        let _ = write!(out, "{user:<10} {:<10} ", socket.inode);
    }
    if given.has('p') {
        let _ = write!(out, "{:<20}", program(process, socket));
    }
    out.push('\n');
}

/// An end as netstat shows it, cut to its column.
fn place_text(place: &SocketAddr, service: Option<String>, numeric: bool) -> String {
    let port =
        if place.port() == 0 { "*".to_owned() } else { service.unwrap_or_else(|| place.port().to_string()) };
    let host = match place {
        _ if place.ip().is_unspecified() && place.is_ipv6() => if numeric { "::" } else { "[::]" }.to_owned(),
        SocketAddr::V4(four) if four.ip().is_loopback() && !numeric => "localhost".to_owned(),
        other => other.ip().to_string(),
    };
    let room = 22_usize.saturating_sub(port.len());
    format!("{}:{port}", host.get(..room.min(host.len())).unwrap_or(&host))
}

/// `PID/Program name`, for those who may know.
fn program(process: &Process, socket: &Socket) -> String {
    let (name, pid) = &socket.process;
    let task = process.machine.tasks(process.files.source()).into_iter().find(|task| task.pid == *pid);
    if !process.account.is_root() && task.as_ref().is_none_or(|task| task.uid != process.account.uid) {
        return "-".to_owned();
    }
    let title = task
        .and_then(|task| task.arguments.first().cloned())
        .map_or_else(|| name.clone(), |title| super::text(&title));
    let base = if title.starts_with('/') { title.rsplit('/').next().unwrap_or_default() } else { &title };
    format!("{pid}/{base}").chars().take(19).collect()
}

/// Sockets of `/proc/net/unix`.
fn local(process: &Process, given: &Parsed, out: &mut String) {
    let table = process.files.read(b"/proc/net/unix").unwrap_or_default();
    for line in super::text(&table).lines().skip(1) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, flags, _, _, inode, path] = words.as_slice() else { continue };
        let listens = *flags == "00010000";
        if !(given.has('a') || listens == given.has('l')) {
            continue;
        }
        let (mark, state) = if listens { ("[ ACC ]", "LISTENING") } else { ("[ ]", "CONNECTED") };
        let program = if given.has('p') {
            if process.account.is_root() { "1/init               " } else { "-                    " }
        } else {
            ""
        };
        let _ =
            writeln!(out, "unix  2      {mark:<11} {:<10} {state:<13} {inode:<8} {program}{path}", "STREAM");
    }
}

const HELP: &str = "usage: netstat [-vWeenNcCF] [<Af>] -r         netstat {-V|--version|-h|--help}\n       netstat [-vWnNcaeol] [<Socket> ...]\n       netstat { [-vWeenNac] -i | [-cnNe] -M | -s [-6tuw] }\n\n        -r, --route              display routing table\n        -i, --interfaces         display interface table\n        -g, --groups             display multicast group memberships\n        -s, --statistics         display networking statistics (like SNMP)\n        -M, --masquerade         display masqueraded connections\n\n        -v, --verbose            be verbose\n        -W, --wide               don't truncate IP addresses\n        -n, --numeric            don't resolve names\n        --numeric-hosts          don't resolve host names\n        --numeric-ports          don't resolve port names\n        --numeric-users          don't resolve user names\n        -N, --symbolic           resolve hardware names\n        -e, --extend             display other/more information\n        -p, --programs           display PID/Program name for sockets\n        -o, --timers             display timers\n        -c, --continuous         continuous listing\n\n        -l, --listening          display listening server sockets\n        -a, --all                display all sockets (default: connected)\n        -F, --fib                display Forwarding Information Base (default)\n        -C, --cache              display routing cache instead of FIB\n        -Z, --context            display SELinux security context for sockets\n\n  <Socket>={-t|--tcp} {-u|--udp} {-U|--udplite} {-S|--sctp} {-w|--raw}\n           {-x|--unix} --ax25 --ipx --netrom\n  <AF>=Use '-6|-4' or '-A <af>' or '--<af>'; default: inet\n  List of possible address families (which support routing):\n    inet (DARPA Internet) inet6 (IPv6) ax25 (AMPR AX.25) \n    netrom (AMPR NET/ROM) rose (AMPR ROSE) ipx (Novell IPX) \n    ddp (Appletalk DDP) x25 (CCITT X.25) \n";
