//! Two paced rounds of questions over a raw socket, on a thread of their own.

use std::{
    collections::BTreeSet,
    io,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use decnet_proto::mac::Mac;
use ipnet::Ipv4Net;

use super::{
    packet,
    socket::{Sender, Socket},
};
use crate::error::{NEEDS_NET_RAW, NetError};

/// Shortest prefix that is asked: 4094 addresses.
const WIDEST: u8 = 20;
/// Pause after each question: a /24 takes a quarter of a second per round, and no switch
/// takes the questions for a storm.
const PACE: Duration = Duration::from_millis(1);
/// How long answers are awaited after each round.
const PATIENCE: Duration = Duration::from_millis(500);
/// Most answers that are kept, whoever sends how many: some for each address of the widest subnet.
const MOST: usize = 16 * 1024;

/// Every answer to the question who has each address of the subnet.
pub(crate) async fn sweep(sender: Sender, subnet: Ipv4Net) -> Result<BTreeSet<(Ipv4Addr, Mac)>, NetError> {
    if subnet.prefix_len() < WIDEST {
        return Err(NetError::SubnetTooWide { subnet, limit: WIDEST });
    }
    // The socket is made here, in the namespace of the caller's thread.
    let socket = Socket::open(sender.interface, PACE).map_err(failed)?;
    let sweep = move || ask_twice(socket, sender, subnet);
    match tokio::task::spawn_blocking(sweep).await {
        Ok(answers) => answers.map_err(failed),
        Err(e) => Err(failed(io::Error::other(e))),
    }
}

fn failed(error: io::Error) -> NetError {
    NetError::of("ask the LAN by ARP", error, NEEDS_NET_RAW)
}

/// Asks first as a probe without a sender address, which leaves every table on the LAN as it
/// is, then with the host's own, because some machines do not answer probes.
fn ask_twice(mut socket: Socket, sender: Sender, subnet: Ipv4Net) -> io::Result<BTreeSet<(Ipv4Addr, Mac)>> {
    let mut answers = BTreeSet::new();
    for from in [Ipv4Addr::UNSPECIFIED, sender.ip.unwrap_or(Ipv4Addr::UNSPECIFIED)] {
        for target in subnet.hosts().filter(|target| Some(*target) != sender.ip) {
            socket.send(&packet::request(sender.mac, from, target))?;
            receive_for(&mut socket, PACE, subnet, &mut answers)?;
        }
        receive_for(&mut socket, PATIENCE, subnet, &mut answers)?;
    }
    Ok(answers)
}

fn receive_for(
    socket: &mut Socket,
    time: Duration,
    subnet: Ipv4Net,
    answers: &mut BTreeSet<(Ipv4Addr, Mac)>,
) -> io::Result<()> {
    let end = Instant::now() + time;
    while Instant::now() < end && answers.len() < MOST {
        let heard = socket.receive()?.and_then(packet::reply);
        answers.extend(heard.filter(|(ip, _)| subnet.contains(ip)));
    }
    Ok(())
}
