//! `ifconfig` of net-tools and of BusyBox, and the table of interfaces.

use std::fmt::Write as _;

use super::{
    facts::{self, Interface},
    text,
};
use crate::{
    programs::{
        context::Done,
        options::{Spec, parse},
    },
    shell::{Exit, Process},
};

pub(super) async fn ifconfig(process: &mut Process) -> Done {
    let given = match parse(process.arguments(), Spec { short: "+asvV", long: &[("version", 'V')] }) {
        Ok(given) => given,
        Err(wrong) => {
            let shown = process.arguments().first().map(|word| text(word)).unwrap_or_default();
            process.complain(format!("ifconfig: option `{shown}' not recognised.\nifconfig: `--help' gives usage information.\n")).await;
            let _ = wrong;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('V') {
        process.print("net-tools 2.10\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('s') {
        process.print(if_table(process, false, false)).await?;
        return Ok(Exit::SUCCESS);
    }
    let all = facts::interfaces(process);
    let Some(name) = given.operands.first().map(|name| text(name)) else {
        let out: String = all.iter().rev().map(|one| show(process, one)).collect();
        process.print(out).await?;
        return Ok(Exit::SUCCESS);
    };
    let Some(one) = all.iter().find(|one| one.name == name) else {
        let before = if process.is_busybox() { "ifconfig: " } else { "" };
        let creates = given.operands.len() > 1;
        let words = if creates {
            format!(
                "SIOCSIFADDR: No such device\n{name}: ERROR while getting interface flags: No such device\n"
            )
        } else {
            format!("{before}{name}: error fetching interface information: Device not found\n")
        };
        process.complain(words).await;
        return Ok(if creates { Exit::Code(255) } else { Exit::FAILURE });
    };
    if let Some(change) = given.operands.get(1) {
        return Ok(set(process, &text(change)).await);
    }
    process.print(show(process, one)).await?;
    Ok(Exit::SUCCESS)
}

/// A change: root's is taken, and the machine stays as it is.
async fn set(process: &Process, change: &str) -> Exit {
    if process.account.is_root() {
        return Exit::SUCCESS;
    }
    let call = match change {
        "up" | "down" | "promisc" | "-promisc" | "arp" | "-arp" => "SIOCSIFFLAGS",
        "mtu" => "SIOCSIFMTU",
        "hw" => "SIOCSIFHWADDR",
        _ => "SIOCSIFADDR",
    };
    let before = if process.is_busybox() { "ifconfig: " } else { "" };
    process.complain(format!("{before}{call}: Operation not permitted\n")).await;
    if process.is_busybox() { Exit::FAILURE } else { Exit::Code(255) }
}

fn human(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "B");
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1_024.0 {
            break;
        }
        (value, unit) = (value / 1_024.0, next);
    }
    // It cuts what is behind the first digit.
    format!("{:.1} {unit}", (value * 10.0).floor() / 10.0)
}

fn show(process: &Process, one: &Interface) -> String {
    if process.is_busybox() { busybox(one) } else { tools(one) }
}

fn tools(one: &Interface) -> String {
    let (flags, names) =
        if one.loopback { (73, "UP,LOOPBACK,RUNNING") } else { (4_163, "UP,BROADCAST,RUNNING,MULTICAST") };
    let mut out = format!("{}: flags={flags}<{names}>  mtu {}\n", one.name, one.mtu);
    let mask = std::net::Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(one.inet.1)).unwrap_or(0));
    let _ = write!(out, "        inet {}  netmask {mask}", one.inet.0);
    if let Some(broadcast) = one.inet.2 {
        let _ = write!(out, "  broadcast {broadcast}");
    }
    let scope = if one.loopback { "0x10<host>" } else { "0x20<link>" };
    let _ = writeln!(out, "\n        inet6 {}  prefixlen {}  scopeid {scope}", one.inet6.0, one.inet6.1);
    if one.loopback {
        out.push_str("        loop  txqueuelen 1000  (Local Loopback)\n");
    } else {
        let _ = writeln!(out, "        ether {}  txqueuelen 1000  (Ethernet)", one.mac);
    }
    let [received, packets, dropped, sent, out_packets] = one.counters;
    let _ = write!(
        out,
        "        RX packets {packets}  bytes {received} ({})\n        RX errors 0  dropped {dropped}  overruns 0  frame 0\n        TX packets {out_packets}  bytes {sent} ({})\n        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n",
        human(received),
        human(sent)
    );
    out
}

fn busybox(one: &Interface) -> String {
    let link = if one.loopback {
        "Local Loopback  ".to_owned()
    } else {
        format!("Ethernet  HWaddr {}  ", one.mac.to_uppercase())
    };
    let mut out = format!("{:<9} Link encap:{link}\n          inet addr:{}", one.name, one.inet.0);
    let mask = std::net::Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(one.inet.1)).unwrap_or(0));
    if let Some(broadcast) = one.inet.2 {
        let _ = write!(out, "  Bcast:{broadcast}");
    }
    let (scope, flags) = if one.loopback {
        ("Host", "UP LOOPBACK RUNNING")
    } else {
        ("Link", "UP BROADCAST RUNNING MULTICAST")
    };
    let [received, packets, dropped, sent, out_packets] = one.counters;
    let _ = write!(
        out,
        "  Mask:{mask}\n          inet6 addr: {}/{} Scope:{scope}\n          {flags}  MTU:{}  Metric:1\n          RX packets:{packets} errors:0 dropped:{dropped} overruns:0 frame:0\n          TX packets:{out_packets} errors:0 dropped:0 overruns:0 carrier:0\n          collisions:0 txqueuelen:1000 \n          RX bytes:{received} ({})  TX bytes:{sent} ({})\n\n",
        one.inet6.0,
        one.inet6.1,
        one.mtu,
        human(received),
        human(sent)
    );
    out
}

/// The table of `netstat -i` and `ifconfig -s`.
pub(super) fn if_table(process: &Process, titled: bool, extended: bool) -> String {
    let all = facts::interfaces(process);
    let mut out = if titled { "Kernel Interface table\n".to_owned() } else { String::new() };
    if extended {
        out.extend(all.iter().rev().map(tools));
        return out;
    }
    let head = if titled { "Iface             MTU" } else { "Iface      MTU" };
    let _ = writeln!(out, "{head}    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg");
    for one in all.iter().rev() {
        let [_, packets, dropped, _, sent] = one.counters;
        let flags = if one.loopback { "LRU" } else { "BMRU" };
        let _ = writeln!(
            out,
            "{:<15} {:>5} {packets:>8}      0 {dropped:>6} 0      {sent:>8}      0      0      0 {flags}",
            one.name, one.mtu
        );
    }
    out
}
