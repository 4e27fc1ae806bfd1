//! The daemons that are played, and how each opens.

use decnet_proto::persona::OsFamily;

use super::{
    negotiation::option::{
        AUTHENTICATION, BINARY, DISPLAY, ECHO, ENCRYPTION, ENVIRONMENT, FLOW, LINEMODE, LOGOUT,
        OLD_ENVIRONMENT, SPEED, STATUS, SUPPRESS_GO_AHEAD, TERMINAL, TIMING_MARK, WINDOW,
    },
    stream::Verb::{self, Do, Will},
};
use crate::machine::{Distro, Line, Machine};

/// A telnet daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    /// GNU inetutils, of Debian 12, Kali and Arch.
    Inetutils,
    /// netkit's, of Ubuntu and Red Hat's line, and its like on the BSDs.
    Netkit,
    /// BusyBox, of Alpine and of devices.
    Busybox,
    /// The virtual terminals of Cisco's IOS.
    Ios,
}

/// How a daemon negotiates.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What it says first.
    pub(crate) first: &'static [(Verb, u8)],
    /// Options whose answers it waits for before it goes on.
    pub(crate) waits: &'static [u8],
    /// What it says then; nothing for those that wait for no answer.
    pub(crate) second: &'static [(Verb, u8)],
    /// Options that it has.
    pub(crate) ours: &'static [u8],
    /// Options that the client may have.
    pub(crate) theirs: &'static [u8],
    /// Whether it answers options at all.
    pub(crate) answers: bool,
    /// Whether it knows lines that the client edits.
    pub(crate) linemode: bool,
    /// Whether it marks carriage returns without line feed.
    pub(crate) returns: bool,
}

static INETUTILS: Plan = Plan {
    first: &[
        (Will, AUTHENTICATION),
        (Will, ENCRYPTION),
        (Do, TERMINAL),
        (Do, SPEED),
        (Do, DISPLAY),
        (Do, ENVIRONMENT),
        (Do, OLD_ENVIRONMENT),
    ],
    waits: &[TERMINAL, SPEED, DISPLAY, ENVIRONMENT, OLD_ENVIRONMENT],
    second: &[
        (Will, SUPPRESS_GO_AHEAD),
        (Do, ECHO),
        (Do, LINEMODE),
        (Do, WINDOW),
        (Will, STATUS),
        (Do, FLOW),
    ],
    ours: &[BINARY, ECHO, SUPPRESS_GO_AHEAD, STATUS, TIMING_MARK, LOGOUT],
    theirs: &[
        BINARY,
        SUPPRESS_GO_AHEAD,
        TERMINAL,
        WINDOW,
        SPEED,
        FLOW,
        LINEMODE,
        DISPLAY,
        OLD_ENVIRONMENT,
        AUTHENTICATION,
        ENCRYPTION,
        ENVIRONMENT,
    ],
    answers: true,
    linemode: true,
    returns: true,
};
static NETKIT: Plan = Plan {
    first: &[(Do, TERMINAL), (Do, SPEED), (Do, DISPLAY), (Do, ENVIRONMENT)],
    waits: &[TERMINAL, SPEED, DISPLAY, ENVIRONMENT],
    second: &[(Will, SUPPRESS_GO_AHEAD), (Do, ECHO), (Do, WINDOW), (Will, STATUS), (Do, FLOW)],
    ours: &[BINARY, ECHO, SUPPRESS_GO_AHEAD, STATUS, TIMING_MARK, LOGOUT],
    theirs: &[BINARY, SUPPRESS_GO_AHEAD, TERMINAL, WINDOW, SPEED, FLOW, DISPLAY, ENVIRONMENT],
    answers: true,
    linemode: false,
    returns: true,
};
static BUSYBOX: Plan = Plan {
    first: &[(Do, ECHO), (Do, WINDOW), (Will, ECHO), (Will, SUPPRESS_GO_AHEAD)],
    waits: &[],
    second: &[],
    ours: &[],
    theirs: &[],
    answers: false,
    linemode: false,
    returns: false,
};
static IOS: Plan = Plan {
    first: &[(Will, ECHO), (Will, SUPPRESS_GO_AHEAD), (Do, TERMINAL), (Do, WINDOW)],
    waits: &[],
    second: &[],
    ours: &[ECHO, SUPPRESS_GO_AHEAD],
    theirs: &[TERMINAL, WINDOW],
    answers: true,
    linemode: false,
    returns: false,
};

impl Product {
    /// What a machine has.
    pub(crate) fn of(machine: &Machine) -> Self {
        match (machine.persona().os, machine.distro(), machine.distro().line()) {
            (OsFamily::Cisco, ..) => Self::Ios,
            (OsFamily::Bsd | OsFamily::Windows, ..) => Self::Netkit,
            (_, Distro::Ubuntu22 | Distro::Ubuntu20, _) | (_, _, Line::RedHat) => Self::Netkit,
            (_, _, Line::Alpine | Line::Firmware) => Self::Busybox,
            _ => Self::Inetutils,
        }
    }

    /// How it negotiates.
    pub(crate) const fn plan(self) -> &'static Plan {
        match self {
            Self::Inetutils => &INETUTILS,
            Self::Netkit => &NETKIT,
            Self::Busybox => &BUSYBOX,
            Self::Ios => &IOS,
        }
    }
}
