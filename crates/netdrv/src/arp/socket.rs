//! A raw socket for ARP.

use std::{io, net::Ipv4Addr, time::Duration};

use decnet_proto::mac::Mac;
use pnet::{
    datalink::{Channel, ChannelType, Config, DataLinkReceiver, DataLinkSender, NetworkInterface, channel},
    util::MacAddr,
};

/// How long a packet may wait to be sent.
const PATIENCE: Duration = Duration::from_millis(500);
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

/// A packet socket that hears ARP only and sends to everybody.
pub(super) struct Socket {
    sender: Box<dyn DataLinkSender>,
    receiver: Box<dyn DataLinkReceiver>,
}

impl Socket {
    /// On the interface of this number; it waits `patience` for a packet.
    pub(super) fn open(interface: u32, patience: Duration) -> io::Result<Self> {
        // On a socket without link headers this address is where packets go.
        let interface = NetworkInterface {
            name: String::new(),
            description: String::new(),
            index: interface,
            mac: Some(MacAddr::broadcast()),
            ips: Vec::new(),
            flags: 0,
        };
        let config = Config {
            channel_type: ChannelType::Layer3(ARP),
            read_timeout: Some(patience),
            write_timeout: Some(PATIENCE),
            promiscuous: false,
            ..Config::default()
        };
        match channel(&interface, config)? {
            Channel::Ethernet(sender, receiver) => Ok(Self { sender, receiver }),
            _ => Err(io::Error::other("no packet socket was made")),
        }
    }

    /// Sends a packet. One that finds the queue full is lost.
    pub(super) fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        match self.sender.send_to(packet, None).unwrap_or(Ok(())) {
            Err(e) if is_nothing_yet(&e) || e.raw_os_error() == Some(ENOBUFS) => Ok(()),
            sent => sent,
        }
    }

    /// The next packet, if one comes in time.
    pub(super) fn receive(&mut self) -> io::Result<Option<&[u8]>> {
        match self.receiver.next() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if is_nothing_yet(&e) => Ok(None),
            Err(e) => Err(e),
        }
    }
}

fn is_nothing_yet(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
