//! Programs of the network: what fetches, what connects, and what shows interfaces, routes,
//! sockets and filters.
//!
//! Invariants:
//! - Nothing here opens a socket: [`reach`] says what becomes of an attempt, and tells of it.
//! - What they show of the machine is the machine's own: address, sockets and counters are those
//!   of `/proc/net`, and the visitor's connection is among them.

mod busybox;
mod curl;
mod facts;
mod firewall;
mod interfaces;
mod ip;
mod names;
mod netcat;
mod netstat;
mod ping;
mod reach;
mod remote;
mod routes;
mod secure;
mod ss;
#[cfg(test)]
pub(super) mod tests;
mod trace;
mod url;
mod wget;

pub(super) use remote::reached;
pub(crate) use secure::scp_elsewhere;

use crate::{caps, shell::Process};

programs! {
    "wget" => wget::wget;
    "curl" => curl::curl;
    "tftp" => busybox::tftp;
    "ftpget" "ftpput" => busybox::ftp;
    "nc" "nc.openbsd" "netcat" "ncat" => netcat::nc;
    "ip" "ipaddr" "iplink" "iproute" "ipneigh" "iprule" => ip::ip;
    "ifconfig" => interfaces::ifconfig;
    "route" => routes::route;
    "arp" => routes::arp;
    "netstat" => netstat::netstat;
    "ss" => ss::ss;
    "telnet" "inetutils-telnet" => secure::telnet;
    "ssh" "slogin" => secure::ssh;
    "sftp" => secure::sftp;
    "ping" "ping4" "ping6" => ping::ping;
    "nslookup" => names::nslookup;
    "dig" => names::dig;
    "host" => names::host;
    "iptables" "iptables-nft" "ip6tables" "ip6tables-nft" "iptables-legacy" => firewall::iptables;
    "iptables-save" "ip6tables-save" => firewall::save;
    "iptables-restore" "ip6tables-restore" => firewall::restore;
    "nft" => firewall::nft;
    "ufw" => firewall::ufw;
    "git" => remote::git;
    "rsync" => remote::rsync;
    "traceroute" "traceroute.db" "traceroute6" "traceroute6.db" => trace::traceroute;
    "tcpdump" => trace::tcpdump;
}

/// The beginning of what goes into an event.
fn clipped(bytes: &[u8]) -> Vec<u8> {
    bytes.get(..caps::PROGRAM_TARGET).unwrap_or(bytes).to_vec()
}

/// Arguments as text.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Tells that a URL was to be fetched whose host's name is not resolved.
pub(super) async fn fetch_fails(process: &Process, url: &str) {
    reach::pause(process, 4).await;
    reach::fetch(process, url, Err(reach::Unknown::Temporary));
}
