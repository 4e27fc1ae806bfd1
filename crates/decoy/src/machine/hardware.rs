//! What the machine is made of: processors, memory, disk, and who built it.

use decnet_proto::persona::Persona;

use super::distro::Distro;
use crate::identity;

/// Who made the machine, as its Ethernet address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// A guest of VMware ESXi.
    Vmware,
    /// A guest of QEMU, as under Proxmox VE.
    Qemu,
    /// A guest of Hyper-V.
    HyperV,
    /// A Dell server.
    Dell,
    /// A server of HP or Hewlett Packard Enterprise.
    Hpe,
    /// A Super Micro server.
    Supermicro,
    /// Anything small.
    Board,
}

/// A processor model: name, family, model, stepping, MHz, cache in KiB.
pub(crate) type Processor = (&'static str, u8, u8, u8, u32, u32);

/// The hardware of a machine.
#[derive(Clone, Debug)]
pub struct Hardware {
    /// Who made it.
    pub maker: Maker,
    /// Processors.
    pub cpus: u32,
    pub(crate) processor: Processor,
    /// Memory that the kernel has, in KiB.
    pub memory: u64,
    /// Swap in KiB.
    pub swap: u64,
    /// Disk in bytes.
    pub disk: u64,
    /// Name of the disk without `/dev/`.
    pub disk_name: &'static str,
}

const SERVERS: &[Processor] = &[
    ("Intel(R) Xeon(R) Silver 4210R CPU @ 2.40GHz", 6, 85, 7, 2_400, 14_080),
    ("Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz", 6, 85, 4, 2_100, 22_528),
    ("Intel(R) Xeon(R) CPU E5-2650 v4 @ 2.20GHz", 6, 79, 1, 2_200, 30_720),
    ("Intel(R) Xeon(R) CPU E5-2640 v3 @ 2.60GHz", 6, 63, 2, 2_600, 20_480),
    ("Intel(R) Xeon(R) Gold 5218 CPU @ 2.30GHz", 6, 85, 7, 2_300, 22_528),
];
const BOARDS: &[Processor] = &[("ARMv7 Processor rev 4 (v7l)", 7, 0, 4, 1_200, 0)];

impl Maker {
    fn of(persona: &Persona) -> Self {
        let oui = persona.mac.map_or([0; 3], |mac| [mac.0[0], mac.0[1], mac.0[2]]);
        match oui {
            [0x00, 0x50, 0x56] => Self::Vmware,
            [0xbc, 0x24, 0x11] => Self::Qemu,
            [0x00, 0x15, 0x5d] => Self::HyperV,
            [0x18, 0x66, 0xda] | [0xb0, 0x83, 0xfe] | [0xf4, 0x8e, 0x38] => Self::Dell,
            [0x98, 0xf2, 0xb3] | [0x70, 0x10, 0x6f] | [0xd8, 0x94, 0x03] => Self::Hpe,
            [0x00, 0x25, 0x90] | [0xac, 0x1f, 0x6b] | [0x0c, 0xc4, 0x7a] => Self::Supermicro,
            _ if persona.system.machine != "x86_64" => Self::Board,
            _ => Self::Qemu,
        }
    }

    /// Whether it is a virtual machine.
    pub const fn is_virtual(self) -> bool {
        matches!(self, Self::Vmware | Self::Qemu | Self::HyperV)
    }
}

impl Hardware {
    pub(super) fn new(persona: &Persona, distro: Distro) -> Self {
        let number = |purpose: &str, bound| identity::number(&persona.key, purpose, bound);
        let maker = Maker::of(persona);
        let models = if maker == Maker::Board || distro == Distro::Firmware { BOARDS } else { SERVERS };
        let model = number("processor", models.len() as u64) as usize;
        let fallback = ("", 6, 85, 7, 2_400, 14_080);
        let (cpus, gib) = size(maker, number("size", 4));
        let disk = [32_u64, 40, 60, 80, 100, 120].get(number("disk", 6) as usize).copied().unwrap_or(40);
        let disk = if maker.is_virtual() { disk << 30 } else { 480_103_981_056 };
        let swap = if distro == Distro::Firmware { 0 } else { 999_420 + number("swap", 3) * 1_048_576 };
        Self {
            maker,
            cpus,
            processor: models.get(model).copied().unwrap_or(fallback),
            // The kernel and the firmware keep some of it.
            memory: (gib << 20) - (gib << 20) / 48 - 24_576 - number("memory", 4_000) * 4,
            swap,
            disk: if maker == Maker::Board { 7_948_206_080 } else { disk },
            disk_name: if maker == Maker::Board { "mmcblk0" } else { "sda" },
        }
    }
}

/// Processors and GiB of memory.
const fn size(maker: Maker, draw: u64) -> (u32, u64) {
    match (maker, draw) {
        (Maker::Board, _) => (4, 1),
        (Maker::Vmware | Maker::Qemu | Maker::HyperV, 0) => (1, 2),
        (Maker::Vmware | Maker::Qemu | Maker::HyperV, 1) => (2, 4),
        (Maker::Vmware | Maker::Qemu | Maker::HyperV, 2) => (2, 8),
        (Maker::Vmware | Maker::Qemu | Maker::HyperV, _) => (4, 8),
        (_, 0 | 1) => (8, 32),
        (_, _) => (16, 64),
    }
}
