//! The programs that ask for a name and a password, as far as they differ.

use std::time::Duration;

use super::product::Product;
use crate::machine::{Distro, Line, Machine};

/// A log-in program.
#[derive(Debug)]
pub(crate) struct Program {
    /// What it says when the pair is wrong, after a while.
    pub(crate) failure: &'static str,
    /// What it says besides when it gives up.
    pub(crate) last: &'static str,
    /// Tries that it takes.
    pub(crate) tries: u32,
    /// How long it takes to say that the pair is wrong.
    pub(crate) delay: Duration,
    /// By how much that varies to both sides, in hundredths.
    pub(crate) spread: u64,
    /// What it says when nobody logged in in time.
    pub(crate) timed_out: &'static str,
    /// Whether an empty name is asked for again.
    pub(crate) insists: bool,
}

/// How long each of them waits for a log-in.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The shadow suite's, with PAM: Debian's line.
static SHADOW: Program = Program {
    failure: "\r\nLogin incorrect\r\n",
    last: "Maximum number of tries exceeded (5)\r\n",
    tries: 5,
    delay: Duration::from_secs(3),
    // PAM takes a quarter more or less.
    spread: 25,
    timed_out: "\r\nLogin timed out after 60 seconds.\r\n",
    insists: false,
};
/// util-linux's, with PAM: Red Hat's line and Arch.
static UTIL_LINUX: Program = Program {
    failure: "Login incorrect\r\n\r\n",
    last: "",
    tries: 3,
    delay: Duration::from_secs(2),
    spread: 25,
    timed_out: "\r\nLogin timed out after 60 seconds\r\n",
    insists: true,
};
/// BusyBox's.
static BUSYBOX: Program = Program {
    failure: "Login incorrect\r\n",
    last: "",
    tries: 3,
    delay: Duration::from_secs(3),
    spread: 0,
    timed_out: "\r\nLogin timed out after 60 seconds\r\n",
    insists: true,
};

impl Program {
    /// The one of a machine.
    pub(crate) fn of(machine: &Machine) -> &'static Self {
        match (machine.distro(), machine.distro().line()) {
            (_, Line::Alpine | Line::Firmware) => &BUSYBOX,
            (_, Line::RedHat) | (Distro::Arch, _) => &UTIL_LINUX,
            _ => &SHADOW,
        }
    }

    /// How long this failure takes to be said; `draw` is any number.
    pub(crate) fn delay(&self, draw: u64) -> Duration {
        let percent = 100 - self.spread + draw % (2 * self.spread + 1);
        self.delay * u32::try_from(percent).unwrap_or(100) / 100
    }
}

/// What the daemon shows before the first prompt.
pub(crate) fn banner(
    product: Product,
    machine: &Machine,
    issue: Option<&[u8]>,
    peer: &str,
    terminal: &str,
) -> Vec<u8> {
    let kernel = machine.kernel();
    let architecture = &machine.persona().system.machine;
    match (product, machine.distro().line()) {
        (Product::Inetutils, _) => format!("\r\nLinux {kernel} ({peer}) ({terminal})\r\n\r\n").into_bytes(),
        (Product::Netkit, Line::RedHat) => {
            format!("\r\nKernel {kernel} on an {architecture}\r\n").into_bytes()
        }
        (Product::Netkit, _) => format!("{}\r\n", machine.persona().system.pretty_name).into_bytes(),
        (Product::Busybox, _) => {
            let mut out = b"\r\r\n".to_vec();
            for byte in issue.unwrap_or_default() {
                if *byte == b'\n' { out.extend_from_slice(b"\r\n\r") } else { out.push(*byte) }
            }
            out
        }
        (Product::Ios, _) => b"\r\n\r\nUser Access Verification\r\n\r\n".to_vec(),
    }
}

/// The prompt for a name.
pub(crate) fn name_prompt(machine: &Machine) -> Vec<u8> {
    format!("{} login: ", machine.persona().hostname).into_bytes()
}
