//! `ip` of iproute2, and that of BusyBox.

use std::{fmt::Write as _, net::IpAddr};

use super::{
    facts::{self, Interface},
    reach, text,
};
use crate::{
    machine::{Distro, Line},
    programs::context::Done,
    shell::{Exit, Process},
};

/// Options before the object.
#[derive(Clone, Copy, Debug, Default)]
struct How {
    four: bool,
    six: bool,
    brief: bool,
    oneline: bool,
    statistics: bool,
    colour: bool,
}

impl How {
    /// Takes an option; false when there is none of that name.
    fn take(&mut self, option: &str) -> bool {
        let is = |whole: &str, least: usize| option.len() >= least && whole.starts_with(option);
        match option {
            "4" => self.four = true,
            "6" => self.six = true,
            "c" => self.colour = true,
            "s" | "stats" => self.statistics = true,
            "o" => self.oneline = true,
            "d" | "j" | "p" | "r" | "h" | "N" | "a" | "t" | "ts" | "n" | "iec" | "force" | "0" | "M"
            | "B" => {}
            _ if is("brief", 2) => self.brief = true,
            _ if is("oneline", 1) => self.oneline = true,
            _ if is("statistics", 2) => self.statistics = true,
            _ if option.starts_with("color") => self.colour = true,
            _ if is("details", 2)
                || is("json", 2)
                || is("pretty", 2)
                || is("resolve", 2)
                || is("human-readable", 2) => {}
            _ => return false,
        }
        true
    }
}

pub(super) async fn ip(process: &mut Process) -> Done {
    let words: Vec<String> = process.arguments().iter().map(|word| text(word)).collect();
    let mut rest = words.iter().map(String::as_str).peekable();
    let mut how = How::default();
    while let Some(option) = rest.next_if(|word| word.starts_with('-') && word.len() > 1) {
        let bare = option.trim_start_matches('-');
        if bare == "V" || "Version".starts_with(bare) && bare.starts_with('V') {
            process.print(version(process.machine.distro())).await?;
            return Ok(Exit::SUCCESS);
        }
        if bare == "f" || bare == "family" {
            match rest.next() {
                Some("inet6") => how.six = true,
                Some("inet") => how.four = true,
                _ => {}
            }
        } else if !how.take(bare) {
            if process.is_busybox() {
                return Ok(super::busybox::usage(process, None, BUSYBOX).await);
            }
            process.complain(format!("Option \"{option}\" is unknown, try \"ip -help\".\n")).await;
            return Ok(Exit::Code(255));
        }
    }
    let applet = process.called();
    let object = match applet.as_str() {
        "ipaddr" => "addr",
        "iplink" => "link",
        "iproute" => "route",
        "ipneigh" => "neigh",
        "iprule" => "rule",
        _ => rest.next().unwrap_or("help"),
    };
    let object = object.to_owned();
    let words: Vec<&str> = rest.collect();
    act(process, how, &object, &words).await
}

async fn act(process: &Process, how: How, object: &str, words: &[&str]) -> Done {
    let is = |whole: &str| !object.is_empty() && whole.starts_with(object);
    let text = match object {
        _ if is("address") => return address(process, how, words).await,
        _ if is("link") => return link(process, how, words).await,
        _ if is("route") => return route(process, how, words).await,
        _ if is("neighbour") || is("neighbor") => neighbours(process, words),
        _ if is("rule") => {
            "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n"
                .to_owned()
        }
        _ if is("maddress") => multicast(process),
        _ if is("netns") || is("tunnel") || is("xfrm") || is("monitor") || is("vrf") => String::new(),
        _ if is("help") => {
            if process.is_busybox() {
                return Ok(super::busybox::usage(process, None, BUSYBOX).await);
            }
            process.complain(USAGE).await;
            return Ok(Exit::Code(255));
        }
        _ if process.is_busybox() => return Ok(super::busybox::usage(process, None, BUSYBOX).await),
        _ => {
            process.complain(format!("Object \"{object}\" is unknown, try \"ip help\".\n")).await;
            return Ok(Exit::FAILURE);
        }
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

const SHOWS: &[&str] = &["show", "list", "ls", "lst"];

/// Whether a verb asks to show; none does too.
fn shows(verb: Option<&&str>) -> bool {
    verb.is_none_or(|verb| SHOWS.iter().any(|known| known.starts_with(*verb)))
}

/// A change: the kernel takes it from root alone, and the machine stays as it is.
async fn change(process: &Process) -> Done {
    if process.account.is_root() {
        return Ok(Exit::SUCCESS);
    }
    let before = if process.is_busybox() { "ip: " } else { "" };
    process.complain(format!("{before}RTNETLINK answers: Operation not permitted\n")).await;
    Ok(Exit::Code(2))
}

/// The interface that the words name, if they name one.
fn device<'a>(words: &[&'a str]) -> Option<&'a str> {
    let known = [
        "dev",
        "up",
        "scope",
        "to",
        "label",
        "dynamic",
        "permanent",
        "primary",
        "type",
        "global",
        "host",
        "link",
    ];
    if let Some(at) = words.iter().position(|word| *word == "dev") {
        return words.get(at + 1).copied();
    }
    words.iter().find(|word| !known.contains(word)).copied()
}

async fn no_device(process: &Process, name: &str) -> Done {
    let words = if process.is_busybox() {
        format!("ip: can't find device '{name}'\n")
    } else {
        format!("Device \"{name}\" does not exist.\n")
    };
    process.complain(words).await;
    Ok(Exit::FAILURE)
}

async fn address(process: &Process, how: How, words: &[&str]) -> Done {
    match words.first() {
        verb if shows(verb) => {}
        Some(&("add" | "a" | "del" | "delete" | "d" | "change" | "replace" | "flush")) => {
            return change(process).await;
        }
        Some(verb) if process.machine.network().interface != *verb && *verb != "lo" && *verb != "dev" => {
            process.complain(format!("Command \"{verb}\" is unknown, try \"ip address help\".\n")).await;
            return Ok(Exit::Code(255));
        }
        _ => {}
    }
    let rest = if shows(words.first()) { words.get(1..).unwrap_or_default() } else { words };
    let all = facts::interfaces(process);
    let name = device(rest);
    if let Some(name) = name
        && !all.iter().any(|one| one.name == name)
    {
        return no_device(process, name).await;
    }
    let mut out = String::new();
    for one in all.iter().filter(|one| name.is_none_or(|name| one.name == name)) {
        addresses(process, how, one, &mut out);
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

fn addresses(process: &Process, how: How, one: &Interface, out: &mut String) {
    let (scope, scope6) =
        if one.loopback { ("host lo".to_owned(), "host") } else { (format!("global {}", one.name), "link") };
    let broadcast = one.inet.2.map(|address| format!("brd {address} ")).unwrap_or_default();
    let inet = format!("inet {}/{} {broadcast}scope {scope}", one.inet.0, one.inet.1);
    let inet6 = format!("inet6 {}/{} scope {scope6} ", one.inet6.0, one.inet6.1);
    let (four, six) = (how.four || !how.six, how.six || !how.four);
    if how.brief {
        let _ = write!(out, "{:<16} {:<14} ", one.name, state(one));
        if four {
            let _ = write!(out, "{}/{} ", one.inet.0, one.inet.1);
        }
        if six {
            let _ = write!(out, "{}/{} ", one.inet6.0, one.inet6.1);
        }
        out.push('\n');
        return;
    }
    let lines = [(four, &inet), (six, &inet6)].into_iter().filter(|(shown, _)| *shown).map(|(_, line)| line);
    if how.oneline {
        for line in lines {
            let _ = writeln!(
                out,
                "{}: {}    {line}\\       valid_lft forever preferred_lft forever",
                one.index, one.name
            );
        }
        return;
    }
    head(process, how, one, false, out);
    for line in lines {
        let line = if how.colour { painted(line, one) } else { line.clone() };
        let _ = writeln!(out, "    {line}\n       valid_lft forever preferred_lft forever");
    }
}

/// A line of addresses as `-c` paints it.
fn painted(line: &str, one: &Interface) -> String {
    let (four, six) = (one.inet.0.to_string(), one.inet6.0.to_string());
    let mut line = line.replacen(&format!("inet {four}/"), &format!("inet \u{1b}[35m{four}\u{1b}[0m/"), 1);
    line = line.replacen(&format!("inet6 {six}/"), &format!("inet6 \u{1b}[34m{six}\u{1b}[0m/"), 1);
    match one.inet.2 {
        Some(broadcast) => {
            line.replacen(&format!("brd {broadcast} "), &format!("brd \u{1b}[35m{broadcast} \u{1b}[0m"), 1)
        }
        None => line,
    }
}

const fn state(one: &Interface) -> &'static str {
    if one.loopback { "UNKNOWN" } else { "UP" }
}

const fn flags(one: &Interface) -> &'static str {
    if one.loopback { "LOOPBACK,UP,LOWER_UP" } else { "BROADCAST,MULTICAST,UP,LOWER_UP" }
}

/// The lines of an interface before its addresses.
fn head(process: &Process, how: How, one: &Interface, link: bool, out: &mut String) {
    let (cyan, green, reset) =
        if how.colour { ("\u{1b}[36m", "\u{1b}[32m", "\u{1b}[0m") } else { ("", "", "") };
    let yellow = if how.colour { "\u{1b}[33m" } else { "" };
    let _ = write!(out, "{}: {cyan}{}: {reset}<{}> mtu {} ", one.index, one.name, flags(one), one.mtu);
    if process.is_busybox() {
        let _ = writeln!(out, "qdisc {} qlen 1000", one.queue);
    } else {
        if !how.six || link {
            let _ = write!(out, "qdisc {} ", one.queue);
        }
        let state = if one.loopback { "UNKNOWN ".to_owned() } else { format!("{green}UP {reset}") };
        let mode = if link { "mode DEFAULT " } else { "" };
        let group = if how.six && !link { "" } else { "group default " };
        let _ = writeln!(out, "state {state}{mode}{group}qlen 1000");
    }
    if (how.four || how.six) && !link {
        return;
    }
    let kind = if one.loopback { "loopback" } else { "ether" };
    let all = if one.loopback { "00:00:00:00:00:00" } else { "ff:ff:ff:ff:ff:ff" };
    let _ = writeln!(out, "    link/{kind} {yellow}{}{reset} brd {yellow}{all}{reset}", one.mac);
    if how.statistics {
        statistics(one, out);
    }
    if let Some(also) =
        one.also.filter(|_| facts::shows_also(process.machine.distro()) && !process.is_busybox())
    {
        let _ = writeln!(out, "    altname {also}");
    }
}

fn statistics(one: &Interface, out: &mut String) {
    let [received, packets, dropped, sent, out_packets] = one.counters;
    let wide = received.max(sent).to_string().len().max(10);
    let count = packets.max(out_packets).to_string().len().max(7);
    let _ = writeln!(
        out,
        "    RX: {:>w$} {:>c$} errors dropped  missed   mcast           ",
        "bytes",
        "packets",
        w = wide - 3,
        c = count
    );
    let _ = writeln!(out, "    {received:>wide$} {packets:>count$}      0 {dropped:>7}       0       0 ");
    let _ = writeln!(
        out,
        "    TX: {:>w$} {:>c$} errors dropped carrier collsns           ",
        "bytes",
        "packets",
        w = wide - 3,
        c = count
    );
    let _ = writeln!(out, "    {sent:>wide$} {out_packets:>count$}      0       0       0       0 ");
}

async fn link(process: &Process, how: How, words: &[&str]) -> Done {
    let all = facts::interfaces(process);
    if !shows(words.first()) {
        let name = device(words.get(1..).unwrap_or_default());
        if words.first() == Some(&"set")
            && let Some(name) = name
            && !all.iter().any(|one| one.name == name)
        {
            process.complain(format!("Cannot find device \"{name}\"\n")).await;
            return Ok(Exit::FAILURE);
        }
        return change(process).await;
    }
    let name = device(words.get(1..).unwrap_or_default());
    if let Some(name) = name
        && !all.iter().any(|one| one.name == name)
    {
        return no_device(process, name).await;
    }
    let mut out = String::new();
    for one in all.iter().filter(|one| name.is_none_or(|name| one.name == name)) {
        if how.brief {
            let _ = writeln!(out, "{:<16} {:<14} {} <{}> ", one.name, state(one), one.mac, flags(one));
        } else {
            head(process, how, one, true, &mut out);
        }
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

async fn route(process: &Process, how: How, words: &[&str]) -> Done {
    let net = process.machine.network();
    if words.first().is_some_and(|verb| verb.len() > 1 && "get".starts_with(*verb)) {
        return get(process, words.get(1).copied().unwrap_or_default()).await;
    }
    if !shows(words.first()) {
        return change(process).await;
    }
    let (name, network, prefix) = (net.interface, net.network(), net.prefix);
    let managed = if process.machine.distro().line() == Line::RedHat { "metric 100 " } else { "" };
    let fixed =
        if matches!(process.machine.distro(), Distro::Ubuntu22 | Distro::Ubuntu20) || !managed.is_empty() {
            "proto static "
        } else {
            ""
        };
    let onlink = if name == "eth0" && fixed.is_empty() && !process.is_busybox() { "onlink " } else { "" };
    let default = format!("default via {} dev {name} {fixed}{managed}{onlink}\n", net.gateway);
    let near = if process.is_busybox() {
        format!("{network}/{prefix} dev {name} scope link  src {} \n", net.address)
    } else {
        format!("{network}/{prefix} dev {name} proto kernel scope link src {} {managed}\n", net.address)
    };
    let table = words.iter().position(|word| *word == "table").and_then(|at| words.get(at + 1)).copied();
    let text = if how.six {
        format!("fe80::/64 dev {name} proto kernel metric 256 pref medium\n")
    } else if table == Some("local") {
        local(process)
    } else if words.contains(&"default") {
        default
    } else {
        default + &near
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

fn local(process: &Process) -> String {
    let net = process.machine.network();
    let (own, name, last) = (net.address, net.interface, net.broadcast());
    format!(
        "local {own} dev {name} proto kernel scope host src {own} \nbroadcast {last} dev {name} proto kernel scope link src {own} \nlocal 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 \nlocal 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 \nbroadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1 \n"
    )
}

/// `ip route get`.
async fn get(process: &Process, host: &str) -> Done {
    let net = process.machine.network();
    let Some(address) = reach::numeric(host) else {
        let words = if host.is_empty() {
            "need at least a destination address\n".to_owned()
        } else {
            format!("Error: any valid prefix is expected rather than \"{host}\".\n")
        };
        process.complain(words).await;
        return Ok(Exit::FAILURE);
    };
    if address.is_ipv6() && !address.is_loopback() {
        process.complain("RTNETLINK answers: Network is unreachable\n").await;
        return Ok(Exit::Code(2));
    }
    let (name, own, uid) = (net.interface, net.address, process.account.uid);
    let uid = if process.is_busybox() { String::new() } else { format!(" uid {uid}") };
    let text = if address.is_loopback() || address == IpAddr::from(own) {
        format!("local {address} dev lo src {address}{uid} \n    cache <local> \n")
    } else if reach::is_near(process, address) {
        format!("{address} dev {name} src {own}{uid} \n    cache \n")
    } else {
        format!("{address} via {} dev {name} src {own}{uid} \n    cache \n", net.gateway)
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

fn neighbours(process: &Process, words: &[&str]) -> String {
    let net = process.machine.network();
    if device(words.get(1..).unwrap_or_default()).is_some_and(|name| name != net.interface) {
        return String::new();
    }
    if process.is_busybox() {
        return format!(
            "{} dev {} lladdr {} ref 1 used 0/0/0 probes 1 REACHABLE\n",
            net.gateway, net.interface, net.gateway_mac
        );
    }
    format!("{} dev {} lladdr {} REACHABLE \n", net.gateway, net.interface, net.gateway_mac)
}

fn multicast(process: &Process) -> String {
    let net = process.machine.network();
    let [.., d, e, f] = net.mac.0;
    format!(
        "1:\tlo\n\tinet  224.0.0.1\n\tinet6 ff02::1\n\tinet6 ff01::1\n2:\t{}\n\tlink  33:33:00:00:00:01\n\tlink  01:00:5e:00:00:01\n\tlink  33:33:ff:{d:02x}:{e:02x}:{f:02x}\n\tinet  224.0.0.1\n\tinet6 ff02::1:ff{d:02x}:{:x}\n\tinet6 ff02::1\n\tinet6 ff01::1\n",
        net.interface,
        u16::from_be_bytes([e, f])
    )
}

fn version(distro: Distro) -> &'static str {
    match distro {
        Distro::Debian12 => "ip utility, iproute2-6.1.0, libbpf 1.1.2\n",
        Distro::Ubuntu22 => "ip utility, iproute2-5.15.0, libbpf 0.5.0\n",
        Distro::Ubuntu20 => "ip utility, iproute2-ss200127\n",
        Distro::Rocky9 => "ip utility, iproute2-6.2.0, libbpf 1.4.0\n",
        Distro::Fedora39 => "ip utility, iproute2-6.4.0, libbpf 1.1.0\n",
        Distro::CentOs7 => "ip utility, iproute2-ss170501\n",
        Distro::Alpine319 | Distro::Firmware => "ip: invalid option -- 'V'\n",
        _ => "ip utility, iproute2-6.12.0, libbpf 1.5.0\n",
    }
}

const BUSYBOX: &str = "Usage: ip [OPTIONS] address|route|link|tunnel|neigh|rule [ARGS]\n\nOPTIONS := -f[amily] inet|inet6|link | -o[neline]\n\nip addr add|del IFADDR dev IFACE | show|flush [dev IFACE] [to PREFIX]\nip route list|flush|add|del|change|append|replace|test ROUTE\nip link set IFACE [up|down] [arp on|off] [multicast on|off]\n\t[promisc on|off] [mtu NUM] [name NAME] [qlen NUM] [address MAC]\n\t[master IFACE | nomaster] [netns PID]\nip tunnel add|change|del|show [NAME]\n\t[mode ipip|gre|sit] [remote ADDR] [local ADDR] [ttl TTL]\nip neigh show|flush [to PREFIX] [dev DEV] [nud STATE]\nip rule [list] | add|del SELECTOR ACTION\n";
const USAGE: &str = "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n       ip [ -force ] -batch filename\nwhere  OBJECT := { address | addrlabel | amt | fou | help | ila | ioam | l2tp |\n                   link | macsec | maddress | monitor | mptcp | mroute | mrule |\n                   neighbor | neighbour | netconf | netns | nexthop | ntable |\n                   ntbl | route | rule | sr | tap | tcpmetrics |\n                   token | tunnel | tuntap | vrf | xfrm }\n       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] |\n                    -h[uman-readable] | -iec | -j[son] | -p[retty] |\n                    -f[amily] { inet | inet6 | mpls | bridge | link } |\n                    -4 | -6 | -M | -B | -0 |\n                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |\n                    -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [filename] |\n                    -rc[vbuf] [size] | -n[etns] name | -N[umeric] | -a[ll] |\n                    -c[olor]}\n";
