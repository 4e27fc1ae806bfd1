//! traceroute and tcpdump.

use super::{
    reach::{self, Failure},
    text,
};
use crate::{
    programs::{
        context::{Done, number},
        options::{Spec, parse},
    },
    shell::{Exit, Process},
};

const USAGE: &str = "Usage:\n  traceroute [ -46dFITnreAUDV ] [ -f first_ttl ] [ -g gate,... ] [ -i device ] [ -m max_ttl ] [ -N squeries ] [ -p port ] [ -t tos ] [ -l flow_label ] [ -w MAX,HERE,NEAR ] [ -q nqueries ] [ -s src_addr ] [ -z sendwait ] [ --fwmark=num ] host [ packetlen ]\n";

pub(super) async fn traceroute(process: &mut Process) -> Done {
    let spec = Spec { short: "46dFITnreAUDVf:g:i:m:N:p:t:l:w:q:s:z:O:P:", long: &[("help", 'h')] };
    let given = match parse(process.arguments(), spec) {
        Ok(given) if !given.operands.is_empty() => given,
        _ => {
            process.print(USAGE).await?;
            return Ok(Exit::SUCCESS);
        }
    };
    let host = given.operands.first().map(|word| text(word)).unwrap_or_default();
    let address = match reach::lookup_first(process, &host).await {
        Ok(address) => address,
        Err(why) => {
            reach::call(process, &host, None, Err(why));
            process
                .complain(format!(
                    "{host}: {}\nCannot handle \"host\" cmdline arg `{host}' on position 1 (argc 1)\n",
                    why.text()
                ))
                .await;
            return Ok(Exit::Code(2));
        }
    };
    reach::call(process, &host, None, Ok(Failure::NoRoute));
    let most = given.value('m').and_then(number).map_or(30, |(hops, _)| hops.clamp(1, 255));
    process.print(format!("traceroute to {host} ({address}), {most} hops max, 60 byte packets\n")).await?;
    let gateway = process.machine.network().gateway;
    let shown = match (reach::is_own(process, address), given.has('n')) {
        (true, _) => format!("{host} ({address})"),
        (false, true) => gateway.to_string(),
        (false, false) => format!("_gateway ({gateway})"),
    };
    reach::pause(process, 3).await;
    let took = |place: u64| (reach::round_trip(process) + place * 13) as f64 / 1_000.0;
    // The firewall says at once that there is no way on.
    let mark = if reach::is_own(process, address) { "" } else { " !X" };
    let times: String = (0..3).map(|place| format!("  {:.3} ms{mark}", took(place))).collect();
    process.print(format!(" 1  {shown}{times}\n")).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn tcpdump(process: &mut Process) -> Done {
    let spec = Spec {
        short: "AbdDefhHIJKlLnNOpqStuUvxX#B:c:C:E:F:G:i:j:m:M:r:s:T:V:w:y:z:Z:",
        long: &[("version", '!')],
    };
    let given = process.options(spec, 1).await?;
    let interface = process.machine.network().interface.to_owned();
    if given.has('!') {
        process.print("tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\nOpenSSL 3.0.15 3 Sep 2024\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('D') {
        process.print(format!("1.{interface} [Up, Running, Connected]\n2.any (Pseudo-device that captures on all interfaces) [Up, Running]\n3.lo [Up, Running, Loopback]\n")).await?;
        return Ok(Exit::SUCCESS);
    }
    let asked = given.value('i').map_or(interface, text);
    if !process.account.is_root() {
        process.complain(format!("tcpdump: {asked}: You don't have permission to capture on that device\n(socket: Operation not permitted)\n")).await;
        return Ok(Exit::FAILURE);
    }
    let head = if given.has('v') {
        "tcpdump: "
    } else {
        "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n"
    };
    process
        .complain(format!(
            "{head}listening on {asked}, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"
        ))
        .await;
    // What passes is not shown; it waits until it is interrupted.
    while !process.output.is_broken() {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    }
    Ok(Exit::SUCCESS)
}
