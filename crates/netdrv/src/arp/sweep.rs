//! Two paced rounds of questions over a raw socket, on a thread of their own.

use std::{
    collections::BTreeSet,
    io,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use decnet_proto::mac::Mac;
use ipnet::Ipv4Net;
use pnet::{
    datalink::{Channel, ChannelType, Config, DataLinkReceiver, DataLinkSender, NetworkInterface, channel},
    util::MacAddr,
};

use super::packet;
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
/// Number of Linux for a full queue of the interface.
const ENOBUFS: i32 = 105;
/// EtherType of ARP.
const ARP: u16 = 0x0806;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    /// Number of the interface.
    pub interface: u32,
    /// Its Ethernet address.
    pub mac: Mac,
    /// The host's address on it.
    pub ip: Option<Ipv4Addr>,
}

/// Every answer to the question who has each address of the subnet.
pub(crate) async fn sweep(sender: Sender, subnet: Ipv4Net) -> Result<BTreeSet<(Ipv4Addr, Mac)>, NetError> {
    if subnet.prefix_len() < WIDEST {
        return Err(NetError::SubnetTooWide { subnet, limit: WIDEST });
    }
    // The socket is made here, in the namespace of the caller's thread.
    let socket = Socket::open(sender).map_err(failed)?;
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
            socket.receive_for(PACE, subnet, &mut answers)?;
        }
        socket.receive_for(PATIENCE, subnet, &mut answers)?;
    }
    Ok(answers)
}

/// A packet socket that hears ARP only and sends to everybody.
struct Socket {
    sender: Box<dyn DataLinkSender>,
    receiver: Box<dyn DataLinkReceiver>,
}

impl Socket {
    fn open(sender: Sender) -> io::Result<Self> {
        // On a socket without link headers this address is where packets go.
        let interface = NetworkInterface {
            name: String::new(),
            description: String::new(),
            index: sender.interface,
            mac: Some(MacAddr::broadcast()),
            ips: Vec::new(),
            flags: 0,
        };
        let config = Config {
            channel_type: ChannelType::Layer3(ARP),
            read_timeout: Some(PACE),
            write_timeout: Some(PATIENCE),
            promiscuous: false,
            ..Config::default()
        };
        match channel(&interface, config)? {
            Channel::Ethernet(sender, receiver) => Ok(Self { sender, receiver }),
            _ => Err(io::Error::other("no packet socket was made")),
        }
    }

    /// A question that finds the queue full is lost; the second round asks again.
    fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        match self.sender.send_to(packet, None).unwrap_or(Ok(())) {
            Err(e) if is_nothing_yet(&e) || e.raw_os_error() == Some(ENOBUFS) => Ok(()),
            sent => sent,
        }
    }

    fn receive_for(
        &mut self,
        time: Duration,
        subnet: Ipv4Net,
        answers: &mut BTreeSet<(Ipv4Addr, Mac)>,
    ) -> io::Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end && answers.len() < MOST {
            match self.receiver.next() {
                Ok(bytes) => answers.extend(packet::reply(bytes).filter(|(ip, _)| subnet.contains(ip))),
                Err(e) if is_nothing_yet(&e) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

fn is_nothing_yet(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
