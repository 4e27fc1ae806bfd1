//! `interfaces` and what extends it: names, addresses, speeds, and traffic that moves.

use super::{Facts, Rows};
use crate::snmp::{facts::wrapped, value::Value};

const ENTRY: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1];
const EXTENDED: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1];

/// An interface.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// What it is called where the name is not all.
    pub description: String,
    /// `ifType`.
    pub kind: i64,
    /// `ifMtu`.
    pub mtu: i64,
    /// Mbit/s.
    pub speed: u32,
    /// Its Ethernet address, empty for none.
    pub address: Vec<u8>,
    /// Whether something is plugged in.
    pub is_up: bool,
    /// Packets a second.
    pub rate: f64,
    /// What an administrator called it.
    pub alias: &'static str,
}

/// What moved over an interface.
pub struct Traffic {
    /// Bytes in.
    pub octets_in: u64,
    /// Packets in, to this machine alone.
    pub unicast_in: u64,
    /// Packets in, to many.
    pub multicast_in: u64,
    /// Packets in, to all.
    pub broadcast_in: u64,
    /// Bytes out.
    pub octets_out: u64,
    /// Packets out.
    pub unicast_out: u64,
    /// Packets in that were dropped.
    pub dropped: u64,
}

impl Interface {
    /// What moved over it since the boot.
    pub fn traffic(&self, facts: &Facts<'_>) -> Traffic {
        if let Some(traffic) = self.of_the_machine(facts) {
            return traffic;
        }
        let rate = if self.is_up { self.rate } else { 0.0 };
        let count = |what: &str, rate: f64| facts.counter(&format!("{what} {}", self.index), rate);
        let (unicast_in, unicast_out) = (count("in", rate), count("out", rate * 0.8));
        let (multicast_in, broadcast_in) = (count("multicast", rate * 0.04), count("broadcast", rate * 0.1));
        let size = 180 + (facts.share("size") * 240.0) as u64;
        Traffic {
            octets_in: unicast_in * size + (multicast_in + broadcast_in) * 92,
            unicast_in,
            multicast_in,
            broadcast_in,
            octets_out: unicast_out * (size * 3 / 2),
            unicast_out,
            dropped: count("dropped", rate * 0.002),
        }
    }
}

impl Interface {
    /// What the machine's own programs show of it, where it is one that they know.
    fn of_the_machine(&self, facts: &Facts<'_>) -> Option<Traffic> {
        let counted = facts.machine.traffic();
        if self.kind == 24 {
            let (octets, packets) = counted.local;
            return Some(Traffic {
                octets_in: octets,
                unicast_in: packets,
                multicast_in: 0,
                broadcast_in: 0,
                octets_out: octets,
                unicast_out: packets,
                dropped: 0,
            });
        }
        (self.name == facts.network().interface).then_some(Traffic {
            octets_in: counted.bytes.0,
            unicast_in: counted.packets.0,
            multicast_in: 0,
            broadcast_in: 0,
            octets_out: counted.bytes.1,
            unicast_out: counted.packets.1,
            dropped: counted.dropped,
        })
    }
}

fn list(facts: &Facts<'_>) -> Vec<Interface> {
    (facts.settings.profile.interfaces)(facts)
}

fn indexes(list: &[Interface]) -> Vec<[u32; 1]> {
    list.iter().map(|interface| [interface.index]).collect()
}

/// `ifTable`.
pub fn table(facts: &Facts<'_>, rows: &mut Rows) {
    let list = list(facts);
    rows.scalar(&[1, 3, 6, 1, 2, 1, 2, 1], Value::Integer(list.len() as i64));
    let traffic: Vec<Traffic> = list.iter().map(|interface| interface.traffic(facts)).collect();
    let columns: Vec<u32> = (1..=22).collect();
    rows.table(ENTRY, &columns, &indexes(&list), |column, row| {
        Some(cell(list.get(row)?, traffic.get(row)?, column))
    });
}

fn cell(interface: &Interface, traffic: &Traffic, column: u32) -> Value {
    let state = i64::from(!interface.is_up) + 1;
    let counter = |value: u64| Value::Counter(wrapped(value));
    match column {
        1 => Value::Integer(interface.index.into()),
        2 => Value::text(interface.description.clone()),
        3 => Value::Integer(interface.kind),
        4 => Value::Integer(interface.mtu),
        5 => Value::Gauge(interface.speed.saturating_mul(1_000_000)),
        6 => Value::bytes(interface.address.clone()),
        7 => Value::Integer(1),
        8 => Value::Integer(state),
        9 => Value::Ticks(0),
        10 => counter(traffic.octets_in),
        11 => counter(traffic.unicast_in),
        12 => counter(traffic.multicast_in),
        13 => counter(traffic.dropped),
        16 => counter(traffic.octets_out),
        17 => counter(traffic.unicast_out),
        21 => Value::Gauge(0),
        22 => Value::name(&[0, 0]),
        _ => Value::Counter(0),
    }
}

/// `ifXTable`.
pub fn extended(facts: &Facts<'_>, rows: &mut Rows) {
    let list = list(facts);
    let columns = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19];
    let traffic: Vec<Traffic> = list.iter().map(|interface| interface.traffic(facts)).collect();
    rows.table(EXTENDED, &columns, &indexes(&list), |column, row| {
        Some(extended_cell(list.get(row)?, traffic.get(row)?, column))
    });
    rows.scalar(&[1, 3, 6, 1, 2, 1, 31, 1, 5], Value::Ticks(0));
}

fn extended_cell(interface: &Interface, traffic: &Traffic, column: u32) -> Value {
    let counter = |value: u64| Value::Counter(wrapped(value));
    match column {
        1 => Value::text(interface.name.clone()),
        2 => counter(traffic.multicast_in),
        3 => counter(traffic.broadcast_in),
        6 => Value::Counter64(traffic.octets_in),
        7 => Value::Counter64(traffic.unicast_in),
        8 => Value::Counter64(traffic.multicast_in),
        9 => Value::Counter64(traffic.broadcast_in),
        10 => Value::Counter64(traffic.octets_out),
        11 => Value::Counter64(traffic.unicast_out),
        12 | 13 => Value::Counter64(0),
        15 => Value::Gauge(interface.speed),
        16 => Value::Integer(2),
        17 => Value::Integer(if interface.kind == 24 { 2 } else { 1 }),
        18 => Value::text(interface.alias),
        19 => Value::Ticks(0),
        _ => Value::Counter(0),
    }
}

/// `dot3StatsTable`: Ethernet without errors.
pub fn ethernet(facts: &Facts<'_>, rows: &mut Rows) {
    let list: Vec<Interface> = list(facts).into_iter().filter(|interface| interface.kind == 6).collect();
    let columns = [1, 3, 7, 10, 11, 13, 16, 19];
    rows.table(&[1, 3, 6, 1, 2, 1, 10, 7, 2, 1], &columns, &indexes(&list), |column, row| {
        Some(match column {
            1 => Value::Integer(list.get(row)?.index.into()),
            19 => Value::Integer(3),
            _ => Value::Counter(0),
        })
    });
}

/// Loop-back and Ethernet, as a Linux has them.
pub fn of_linux(facts: &Facts<'_>) -> Vec<Interface> {
    let network = facts.network();
    let is_virtual = facts.machine.hardware().maker.is_virtual();
    let maker_says = match facts.machine.hardware().maker {
        crate::machine::Maker::Vmware => "VMware VMXNET3 Ethernet Controller",
        crate::machine::Maker::Qemu => "Red Hat, Inc. Virtio network device",
        _ => network.interface,
    };
    let loopback = Interface {
        index: 1,
        name: "lo".into(),
        description: "lo".into(),
        kind: 24,
        mtu: 65_536,
        speed: 10,
        address: Vec::new(),
        is_up: true,
        rate: 0.4,
        alias: "",
    };
    let ethernet = Interface {
        index: 2,
        name: network.interface.into(),
        description: maker_says.into(),
        kind: 6,
        mtu: 1_500,
        speed: if is_virtual { 10_000 } else { 1_000 },
        address: network.mac.0.to_vec(),
        is_up: true,
        rate: 9.0,
        alias: "",
    };
    vec![loopback, ethernet]
}

/// The one Ethernet of a device.
pub fn of_device(facts: &Facts<'_>) -> Vec<Interface> {
    let ethernet = Interface {
        index: 1,
        name: "eth0".into(),
        description: facts.settings.profile.port.into(),
        kind: 6,
        mtu: 1_500,
        speed: 100,
        address: facts.network().mac.0.to_vec(),
        is_up: true,
        rate: 2.5,
        alias: "",
    };
    vec![ethernet]
}
