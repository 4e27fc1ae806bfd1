//! What is around the machine: neighbours, working hours, who made it.

use std::net::Ipv4Addr;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use super::{DAY, Distro, Line, Machine, Maker, Seconds, records};
use crate::identity;

impl Machine {
    /// Host name as the system keeps it: with the domain where the installer asks for both in one.
    pub(crate) fn full_hostname(&self) -> String {
        match self.distro.line() {
            Line::RedHat => self.persona.fqdn(),
            _ => self.persona.hostname.clone(),
        }
    }

    /// Servers that this one works with, with their addresses.
    pub(crate) fn neighbours(&self) -> Vec<(String, Ipv4Addr)> {
        let names = ["db01", "files", "backup01", "intra"];
        let net = self.network.network();
        let host = |place: u64| {
            Ipv4Addr::from(
                u32::from(net)
                    + 10
                    + u32::try_from(self.number(&format!("neighbour {place}"), 40)).unwrap_or_default()
                    + u32::try_from(place).unwrap_or_default() * 41,
            )
        };
        (0..3)
            .map(|place| {
                (
                    self.pick(
                        &format!("name of neighbour {place}"),
                        names.get(place as usize..).unwrap_or(&names),
                    )
                    .to_owned(),
                    host(place),
                )
            })
            .collect()
    }

    /// The address of somebody's desk.
    pub(crate) fn desk(&self, place: u64) -> Ipv4Addr {
        Ipv4Addr::from(
            u32::from(self.network.network())
                + 150
                + u32::try_from(self.number(&format!("desk {place}"), 90)).unwrap_or_default(),
        )
    }

    /// `length` bytes in base 64.
    pub(crate) fn base64(&self, purpose: &str, length: usize) -> String {
        let mut bytes = vec![0; length];
        identity::fill(&self.persona.key, &format!("base64 {purpose}"), &mut bytes);
        STANDARD_NO_PAD.encode(bytes)
    }

    /// When somebody worked here last.
    pub(super) fn last_work(&self, back: usize) -> Seconds {
        let history = records::history(self, self.now().seconds);
        history.iter().rev().nth(back).map_or(self.installed() + 8 * DAY, |record| record.to)
    }

    /// When the backup of that many nights ago ran.
    pub(super) fn last_night(&self, back: i64) -> Seconds {
        let now = self.now().seconds;
        let at = 2 * 3_600 + i64::try_from(self.number("backup minute", 50)).unwrap_or_default() * 60 + 4;
        let today = now - now.rem_euclid(DAY);
        let last = if today + at <= now { today } else { today - DAY };
        last + at - back * DAY
    }

    /// When the logs were rotated last: on Sunday.
    pub(super) fn week_start(&self) -> Seconds {
        let now = self.now().seconds;
        let day = (now.div_euclid(DAY) + 4).rem_euclid(7);
        now - now.rem_euclid(DAY) - day * DAY
    }

    /// Whether lines of the log begin with a full date.
    pub(super) fn has_precise_log(&self) -> bool {
        matches!(self.distro, Distro::Debian12 | Distro::Kali)
    }

    /// Mode of SELinux: what `getenforce` says, in lower case.
    pub(crate) fn selinux(&self) -> &'static str {
        self.pick("selinux", &["enforcing", "permissive", "disabled"])
    }

    /// Vendor and model.
    pub(crate) fn model(&self) -> (&'static str, &'static str) {
        match self.hardware.maker {
            Maker::Vmware => ("VMware, Inc.", "VMware7,1"),
            Maker::Qemu => ("QEMU", "Standard PC (i440FX + PIIX, 1996)"),
            Maker::HyperV => ("Microsoft Corporation", "Virtual Machine"),
            Maker::Dell => ("Dell Inc.", "PowerEdge R640"),
            Maker::Hpe => ("HPE", "ProLiant DL360 Gen10"),
            Maker::Supermicro => ("Supermicro", "SYS-1029P-WTR"),
            Maker::Board => ("", ""),
        }
    }

    /// Vendor, version and date of the firmware.
    pub(crate) fn bios(&self) -> (&'static str, &'static str, &'static str) {
        match self.hardware.maker {
            Maker::Vmware => ("VMware, Inc.", "VMW71.00V.21100432.B64.2301110304", "01/11/2023"),
            Maker::Qemu => ("SeaBIOS", "rel-1.16.3-0-ga6ed6b701f0a-prebuilt.qemu.org", "04/01/2014"),
            Maker::HyperV => ("Microsoft Corporation", "Hyper-V UEFI Release v4.1", "04/06/2022"),
            Maker::Dell => ("Dell Inc.", "2.19.1", "06/04/2023"),
            Maker::Hpe => ("HPE", "U32", "07/20/2023"),
            Maker::Supermicro => ("American Megatrends Inc.", "3.8a", "10/28/2022"),
            Maker::Board => ("", "", ""),
        }
    }
}
