//! `route` and `arp`, and the routing table that `netstat -r` shows too.

use std::fmt::Write as _;

use super::text;
use crate::{
    programs::{
        context::Done,
        options::{Spec, parse},
    },
    shell::{Exit, Process},
};

/// The kernel's routes; `brief` is what `netstat` shows of each.
pub(super) fn table(process: &Process, numeric: bool, brief: bool) -> String {
    let net = process.machine.network();
    let tail = if brief { "MSS Window  irtt Iface" } else { "Metric Ref    Use Iface" };
    let gap = if brief { "  " } else { "" };
    let mut out = format!(
        "Kernel IP routing table\nDestination     Gateway         Genmask         Flags {gap}{tail}\n"
    );
    let mut row = |to: String, via: String, mask: String, flags: &str| {
        let rest = if brief { "   0 0          0" } else { "0      0        0" };
        let pad = if brief { 6 } else { 5 };
        let _ = writeln!(out, "{to:<15} {via:<15} {mask:<15} {flags:<pad$} {rest} {}", net.interface);
    };
    let any = if numeric { "0.0.0.0" } else { "default" };
    row(any.into(), net.gateway.to_string(), "0.0.0.0".into(), "UG");
    let none = if numeric || !process.is_busybox() { "0.0.0.0" } else { "*" };
    row(net.network().to_string(), none.into(), net.mask().to_string(), "U");
    out
}

const ROUTE_USAGE: &str = "Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables\n       route [-v] [-FC] {add|del|flush} ...  Modify routing table for AF.\n\n       route {-h|--help} [<AF>]              Detailed usage syntax for specified AF.\n       route {-V|--version}                  Display version/author and exit.\n\n        -v, --verbose            be verbose\n        -n, --numeric            don't resolve names\n        -e, --extend             display other/more information\n        -F, --fib                display Forwarding Information Base (default)\n        -C, --cache              display routing cache instead of FIB\n\n  <AF>=Use -4, -6, '-A <af>' or '--<af>'; default: inet\n  List of possible address families (which support routing):\n    inet (DARPA Internet) inet6 (IPv6) ax25 (AMPR AX.25) \n    netrom (AMPR NET/ROM) rose (AMPR ROSE) ipx (Novell IPX) \n    ddp (Appletalk DDP) x25 (CCITT X.25) \n";

pub(super) async fn route(process: &mut Process) -> Done {
    let given = parse(
        process.arguments(),
        Spec { short: "+nNveFC46A:hV", long: &[("numeric", 'n'), ("extend", 'e')] },
    );
    let given = match given {
        Ok(given) => given,
        Err(wrong) => {
            process.complain(format!("route: {}\n{ROUTE_USAGE}", wrong.0)).await;
            return Ok(Exit::Code(3));
        }
    };
    match given.operands.first().map(Vec::as_slice) {
        None => {
            process.print(table(process, given.has('n'), given.has('e'))).await?;
            Ok(Exit::SUCCESS)
        }
        Some(verb @ (b"add" | b"del" | b"flush")) => {
            if process.account.is_root() {
                return Ok(Exit::SUCCESS);
            }
            let call = if verb == b"add" { "SIOCADDRT" } else { "SIOCDELRT" };
            process.complain(format!("{call}: Operation not permitted\n")).await;
            Ok(Exit::Code(7))
        }
        Some(_) => {
            process.complain(ROUTE_USAGE).await;
            Ok(Exit::Code(3))
        }
    }
}

pub(super) async fn arp(process: &mut Process) -> Done {
    let spec = Spec { short: "aenvi:H:d:s:f:DV", long: &[("all", 'a'), ("numeric", 'n'), ("device=", 'i')] };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(wrong) => {
            process.complain(format!("arp: {}\n", wrong.0)).await;
            return Ok(Exit::FAILURE);
        }
    };
    if (given.has('d') || given.has('s')) && !process.account.is_root() {
        let call = if given.has('d') { "SIOCDARP(dontpub)" } else { "SIOCSARP" };
        process.complain(format!("{call}: Operation not permitted\n")).await;
        return Ok(Exit::Code(255));
    }
    if given.has('d') || given.has('s') {
        return Ok(Exit::SUCCESS);
    }
    let net = process.machine.network();
    if let Some(host) = given.operands.first()
        && text(host) != net.gateway.to_string()
    {
        process.print(format!("{} ({0}) -- no entry\n", text(host))).await?;
        return Ok(Exit::FAILURE);
    }
    let (gateway, mac, name) = (net.gateway, net.gateway_mac, net.interface);
    let line = if process.is_busybox() {
        format!("? ({gateway}) at {mac} [ether]  on {name}\n")
    } else if given.has('a') {
        format!("{} ({gateway}) at {mac} [ether] on {name}\n", if given.has('n') { "?" } else { "_gateway" })
    } else {
        let shown = if given.has('n') { gateway.to_string() } else { "_gateway".to_owned() };
        format!(
            "Address                  HWtype  HWaddress           Flags Mask            Iface\n{shown:<24} ether   {mac}   C                     {name}\n"
        )
    };
    process.print(line).await?;
    Ok(Exit::SUCCESS)
}
