//! `nslookup`, `dig` and `host`: the name servers are out of reach.

use super::{
    reach::{self, Failure},
    text,
};
use crate::{
    programs::context::Done,
    shell::{Exit, Process},
};

const HOST_USAGE: &str = "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n            [-R number] [-m flag] [-p port] hostname [server]\n       -a is equivalent to -v -t ANY\n       -A is like -a but omits RRSIG, NSEC, NSEC3\n       -c specifies query class for non-IN data\n       -C compares SOA records on authoritative nameservers\n       -d is equivalent to -v\n       -l lists all hosts in a domain, using AXFR\n       -m set memory debugging flag (trace|record|usage)\n       -N changes the number of dots allowed before root lookup is done\n       -p specifies the port on the server to query\n       -r disables recursive processing\n       -R specifies number of retries for UDP packets\n       -s a SERVFAIL response should stop query\n       -t specifies the query type\n       -T enables TCP/IP mode\n       -U enables UDP mode\n       -v enables verbose output\n       -V print version number and exit\n       -w specifies to wait forever for a reply\n       -W specifies how long to wait for a reply\n       -4 use IPv4 query transport only\n       -6 use IPv6 query transport only\n";

/// The name servers of `/etc/resolv.conf`.
fn servers(process: &Process) -> Vec<String> {
    let content = text(&process.files.read(b"/etc/resolv.conf").unwrap_or_default());
    let line = |line: &str| line.strip_prefix("nameserver").map(|rest| rest.trim().to_owned());
    let mut out: Vec<String> =
        content.lines().filter_map(line).filter(|server| reach::numeric(server).is_some()).take(3).collect();
    if out.is_empty() {
        out.push("127.0.0.1".to_owned());
    }
    out
}

/// What is said of each question that had no answer.
async fn errors(process: &Process, server: &str, times: usize) -> String {
    let own = reach::numeric(server).is_some_and(|address| address.is_loopback());
    let why = if own { "connection refused" } else { "host unreachable" };
    reach::pause(process, 3).await;
    format!(";; communications error to {server}#53: {why}\n").repeat(times)
}

fn plain(process: &Process) -> Vec<String> {
    process.arguments().iter().map(|word| text(word)).filter(|word| !word.starts_with('-')).collect()
}

pub(super) async fn nslookup(process: &mut Process) -> Done {
    let words = plain(process);
    let Some(name) = words.first() else {
        if process.is_busybox() {
            return Ok(super::busybox::usage(process, None, "Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n\nQuery DNS about HOST\n\nQUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any\n").await);
        }
        process.print("> ").await?;
        while !process.input.read_line(1_024).await.is_empty() {
            let said = errors(process, &servers(process).remove(0), 3).await;
            process.print(said + ";; no servers could be reached\n\n> ").await?;
        }
        process.print("\n").await?;
        return Ok(Exit::SUCCESS);
    };
    let server = words.get(1).cloned().unwrap_or_else(|| servers(process).remove(0));
    reach::call(process, name, None, Ok(Failure::NoRoute));
    if process.is_busybox() {
        reach::pause(process, 2).await;
        process.complain(format!("nslookup: write to '{server}': No route to host\n")).await;
        process.print(";; connection timed out; no servers could be reached\n\n").await?;
        return Ok(Exit::FAILURE);
    }
    let said = errors(process, &server, 3).await;
    process.print(said + ";; no servers could be reached\n\n").await?;
    Ok(Exit::FAILURE)
}

pub(super) async fn dig(process: &mut Process) -> Done {
    let words: Vec<String> = process.arguments().iter().map(|word| text(word)).collect();
    if words.iter().any(|word| word == "-v") {
        process.complain("DiG 9.18.28-1~deb12u2-Debian\n").await;
        return Ok(Exit::SUCCESS);
    }
    let server = words.iter().find_map(|word| word.strip_prefix('@'));
    let tries = words
        .iter()
        .find_map(|word| word.strip_prefix("+tries=").and_then(|n| n.parse().ok()))
        .unwrap_or(3_usize)
        .clamp(1, 10);
    let name = words.iter().find(|word| !word.starts_with(['-', '@', '+']));
    if let Some(name) = name {
        reach::call(process, name, None, Ok(Failure::NoRoute));
    }
    let place = server.map_or_else(|| servers(process).remove(0), str::to_owned);
    let said = errors(process, &place, tries).await;
    let asked: String = words.iter().map(|word| format!(" {word}")).collect();
    let one = if server.is_some() { "; (1 server found)\n" } else { "" };
    let head = if words.iter().any(|word| word == "+short") {
        String::new()
    } else {
        format!("\n; <<>> DiG 9.18.28-1~deb12u2-Debian <<>>{asked}\n{one};; global options: +cmd\n")
    };
    process.print(said + &head + ";; no servers could be reached\n").await?;
    Ok(Exit::Code(9))
}

pub(super) async fn host(process: &mut Process) -> Done {
    let words = plain(process);
    let Some(name) = words.first() else {
        process.complain(HOST_USAGE).await;
        return Ok(Exit::FAILURE);
    };
    reach::call(process, name, None, Ok(Failure::NoRoute));
    let server = words.get(1).cloned().unwrap_or_else(|| servers(process).remove(0));
    let said = errors(process, &server, 2).await;
    process.print(said + ";; no servers could be reached\n").await?;
    Ok(Exit::FAILURE)
}
