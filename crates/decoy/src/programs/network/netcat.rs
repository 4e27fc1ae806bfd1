//! Netcat: of OpenBSD on Debian and Arch, Ncat on Red Hat's line, and that of BusyBox.

use super::{
    reach::{self, Failure},
    text,
};
use crate::{
    caps,
    machine::Line,
    programs::{
        context::Done,
        options::{Parsed, Spec, Wrong, parse},
    },
    shell::{Exit, Process},
};

const SHORT: &str = "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]\n\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]\n\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]\n\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]\n\t  [destination] [port]\n";
const LONG: &str = "\tCommand Summary:\n\t\t-4\t\tUse IPv4\n\t\t-6\t\tUse IPv6\n\t\t-b\t\tAllow broadcast\n\t\t-C\t\tSend CRLF as line-ending\n\t\t-D\t\tEnable the debug socket option\n\t\t-d\t\tDetach from stdin\n\t\t-F\t\tPass socket fd\n\t\t-h\t\tThis help text\n\t\t-I length\tTCP receive buffer length\n\t\t-i interval\tDelay interval for lines sent, ports scanned\n\t\t-k\t\tKeep inbound sockets open for multiple connects\n\t\t-l\t\tListen mode, for inbound connects\n\t\t-M ttl\t\tOutgoing TTL / Hop Limit\n\t\t-m minttl\tMinimum incoming TTL / Hop Limit\n\t\t-N\t\tShutdown the network socket after EOF on stdin\n\t\t-n\t\tSuppress name/port resolutions\n\t\t-O length\tTCP send buffer length\n\t\t-P proxyuser\tUsername for proxy authentication\n\t\t-p port\t\tSpecify local port for remote connects\n\t\t-q secs\t\tquit after EOF on stdin and delay of secs\n\t\t-r\t\tRandomize remote ports\n\t\t-S\t\tEnable the TCP MD5 signature option\n\t\t-s sourceaddr\tLocal source address\n\t\t-T keyword\tTOS value\n\t\t-t\t\tAnswer TELNET negotiation\n\t\t-U\t\tUse UNIX domain socket\n\t\t-u\t\tUDP mode\n\t\t-V rtable\tSpecify alternate routing table\n\t\t-v\t\tVerbose\n\t\t-W recvlimit\tTerminate after receiving a number of packets\n\t\t-w timeout\tTimeout for connects and final net reads\n\t\t-X proto\tProxy protocol: \"4\", \"5\" (SOCKS) or \"connect\"\n\t\t-x addr[:port]\tSpecify proxy address and port\n\t\t-Z\t\tDCCP mode\n\t\t-z\t\tZero-I/O mode [used for scanning]\n\tPort numbers can be individual or ranges: lo-hi [inclusive]\n";

pub(super) async fn nc(process: &mut Process) -> Done {
    if process.is_busybox() {
        return super::busybox::nc(process).await;
    }
    if process.machine.distro().line() == Line::RedHat {
        return ncat(process).await;
    }
    let spec = Spec { short: "46bCDdFhI:i:klM:m:NnO:P:p:q:rSs:T:tUuV:vW:w:X:x:Zz", long: &[] };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(Wrong(wrong)) => {
            // getopt knows no long options here: it takes `--x` for the letters `-` and `x`.
            let wrong = if wrong.contains("'--") { "invalid option -- '-'".to_owned() } else { wrong };
            process.complain(format!("nc: {wrong}\n{SHORT}")).await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('h') {
        process.complain(format!("OpenBSD netcat (Debian patchlevel 1.219-1)\n{SHORT}{LONG}")).await;
        return Ok(Exit::SUCCESS);
    }
    if given.has('l') {
        return listen(process, &given).await;
    }
    let (host, ports) = match given.operands.as_slice() {
        [host, port] => (text(host), text(port)),
        [_] => {
            process.complain("nc: missing port number\n").await;
            return Ok(Exit::FAILURE);
        }
        _ => {
            process.complain(SHORT).await;
            return Ok(Exit::FAILURE);
        }
    };
    let Some((low, high)) = range(&ports) else {
        process.complain(format!("nc: port number invalid: {ports}\n")).await;
        return Ok(Exit::FAILURE);
    };
    let address = match reach::lookup_first(process, &host).await {
        Ok(address) => address,
        Err(unknown) => {
            reach::call(process, &host, Some(low), Err(unknown));
            process
                .complain(format!("nc: getaddrinfo for host \"{host}\" port {low}: {}\n", unknown.text()))
                .await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('u') {
        reach::call(process, &host, Some(low), Ok(Failure::NoRoute));
        return datagrams(process, &given).await;
    }
    scan(process, &given, (&host, address), (low, high)).await
}

/// Tries one port after the other.
async fn scan(
    process: &Process,
    given: &Parsed,
    (host, address): (&str, std::net::IpAddr),
    (low, high): (u16, u16),
) -> Done {
    for port in low..=high {
        let failure = reach::connect(process, address, port).await;
        if usize::from(port - low) < caps::PROGRAM_URLS {
            reach::call(process, host, Some(port), Ok(failure));
        }
        if failure == Failure::Reset {
            // It is open, and what is behind it says nothing to us.
            if given.has('v') {
                let service = service(process, port);
                process
                    .complain(format!("Connection to {host} {port} port [tcp/{service}] succeeded!\n"))
                    .await;
            }
            return Ok(Exit::SUCCESS);
        }
        if given.has('v') {
            process
                .complain(format!("nc: connect to {host} port {port} (tcp) failed: {}\n", failure.text()))
                .await;
        }
    }
    Ok(Exit::FAILURE)
}

/// Name of a port in `/etc/services`.
fn service(process: &Process, port: u16) -> String {
    let table = process.files.read(b"/etc/services").unwrap_or_default();
    let wanted = format!("{port}/tcp");
    let found = text(&table).lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?;
        (words.next()? == wanted).then(|| name.to_owned())
    });
    found.unwrap_or_else(|| "*".to_owned())
}

/// Sends datagrams that nobody answers, until the input ends.
async fn datagrams(process: &Process, given: &Parsed) -> Done {
    while !process.input.read(4_096).await.is_empty() {}
    let wait = given.value('w').and_then(|v| text(v).parse().ok()).unwrap_or(u64::MAX);
    tokio::time::sleep(std::time::Duration::from_secs(wait.min(86_400))).await;
    Ok(Exit::SUCCESS)
}

/// Waits for a connection that does not come.
async fn listen(process: &Process, given: &Parsed) -> Done {
    let port = given.value('p').or(given.operands.last().map(Vec::as_slice)).map(text);
    let Some(port) = port else {
        process.complain(SHORT).await;
        return Ok(Exit::FAILURE);
    };
    let Ok(number) = port.parse::<u16>() else {
        process.complain(format!("nc: port number invalid: {port}\n")).await;
        return Ok(Exit::FAILURE);
    };
    if number < 1_024 && !process.account.is_root() {
        process.complain("nc: Permission denied\n").await;
        return Ok(Exit::FAILURE);
    }
    let sockets = process.machine.sockets(process.files.source());
    if sockets
        .iter()
        .any(|socket| socket.listens && socket.local.port() == number && socket.udp == given.has('u'))
    {
        process.complain("nc: Address already in use\n").await;
        return Ok(Exit::FAILURE);
    }
    if given.has('v') {
        let what = if given.has('u') { "Bound" } else { "Listening" };
        process.complain(format!("{what} on 0.0.0.0 {number}\n")).await;
    }
    std::future::pending().await
}

fn range(text: &str) -> Option<(u16, u16)> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    match text.split_once('-') {
        Some((low, high)) => {
            let (low, high) = (port(low)?, port(high)?);
            Some((low.min(high), low.max(high)))
        }
        None => port(text).map(|port| (port, port)),
    }
}

/// That of nmap.
async fn ncat(process: &mut Process) -> Done {
    let long = &[
        ("exec=", 'e'),
        ("sh-exec=", 'c'),
        ("listen", 'l'),
        ("verbose", 'v'),
        ("wait=", 'w'),
        ("source-port=", 'p'),
        ("udp", 'u'),
        ("ssl", '!'),
        ("keep-open", 'k'),
        ("nodns", 'n'),
        ("send-only", '!'),
        ("recv-only", '!'),
        ("version", 'V'),
        ("help", 'h'),
    ];
    let given =
        match parse(process.arguments(), Spec { short: "46UCc:e:g:G:m:hd:o:x:i:p:s:lnuvw:kztV", long }) {
            Ok(given) => given,
            Err(wrong) => {
                process.complain(format!("nc: {}\nNcat: Unrecognised option. QUITTING.\n", wrong.0)).await;
                return Ok(Exit::Code(2));
            }
        };
    let version = "Ncat: Version 7.92 ( https://nmap.org/ncat )\n";
    if given.has('V') || given.has('v') {
        process.complain(version).await;
    }
    if given.has('V') {
        return Ok(Exit::SUCCESS);
    }
    if given.has('l') {
        return std::future::pending().await;
    }
    let Some(host) = given.operands.first().map(|host| text(host)) else {
        process.complain("Ncat: You must specify a host to connect to. QUITTING.\n").await;
        return Ok(Exit::Code(2));
    };
    let given_port = given.operands.get(1).map_or_else(|| "31337".to_owned(), |port| text(port));
    let Some(port) = given_port.parse::<u16>().ok().filter(|port| *port > 0) else {
        process.complain(format!("Ncat: Invalid port number \"{given_port}\". QUITTING.\n")).await;
        return Ok(Exit::Code(2));
    };
    let why = match reach::lookup_first(process, &host).await {
        Ok(address) => Ok(reach::connect(process, address, port).await),
        Err(unknown) => Err(unknown),
    };
    reach::call(process, &host, Some(port), why);
    match why {
        Ok(failure) => process.complain(format!("Ncat: {}.\n", failure.text())).await,
        Err(unknown) => {
            let words =
                format!("Ncat: Could not resolve hostname \"{host}\": {}. QUITTING.\n", unknown.text());
            process.complain(words).await;
            return Ok(Exit::Code(2));
        }
    }
    Ok(Exit::FAILURE)
}
