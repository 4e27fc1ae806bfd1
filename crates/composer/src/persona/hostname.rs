//! Host names as the people or the firmware that name such machines would choose them.

use std::collections::BTreeSet;

use decnet_proto::{mac::Mac, persona::OsFamily};

use super::Machine;
use crate::{
    archetypes::Profile,
    derive::{Source, Stream},
    distros::HostnameStyle,
    hardware::Vendor,
};

/// Draws until nobody has the name; with each few draws it may be longer, so this ends.
pub(super) fn draw(
    machine: &Machine<'_>,
    vendor: Vendor,
    mac: Mac,
    source: &Source,
    taken: &mut BTreeSet<String>,
) -> String {
    let mut stream = source.stream("hostname", machine.name.as_str());
    let factory = match machine.family {
        OsFamily::Embedded => vendor.factory_name(mac.0),
        OsFamily::Linux | OsFamily::Windows | OsFamily::Bsd | OsFamily::Cisco => None,
    };
    let mut name = factory.unwrap_or_else(|| compose(machine, &mut stream, 2));
    let mut draws = 0;
    while !taken.insert(name.to_lowercase()) {
        draws += 1;
        name = compose(machine, &mut stream, 2 + draws / 4);
    }
    name
}

fn compose(machine: &Machine<'_>, stream: &mut Stream<'_>, digits: u32) -> String {
    let profile = machine.profile();
    match machine.family {
        OsFamily::Windows => windows(profile, stream, digits),
        OsFamily::Linux => linux(machine.distro.style, profile, stream, digits),
        OsFamily::Bsd => numbered(profile, stream, digits, ""),
        OsFamily::Embedded | OsFamily::Cisco => numbered(profile, stream, digits, "-"),
    }
}

fn linux(style: HostnameStyle, profile: &Profile, stream: &mut Stream<'_>, digits: u32) -> String {
    match style {
        HostnameStyle::Generic => numbered(profile, stream, digits, "-"),
        HostnameStyle::Rhel => numbered(profile, stream, digits, ""),
        HostnameStyle::Minimal => {
            let role = stream.word(profile.roles).to_lowercase();
            format!("{role}-{}", stream.between(1, 10_u32.saturating_pow(digits) - 1))
        }
        HostnameStyle::Rolling => {
            let number = if digits > 2 { stream.between(2, 99).to_string() } else { String::new() };
            format!("{}-{}{number}", stream.word(WORDS), stream.word(WORDS))
        }
    }
}

/// `web-07`: a role and a number that is rarely high.
fn numbered(profile: &Profile, stream: &mut Stream<'_>, digits: u32, joint: &str) -> String {
    let role = stream.word(profile.roles).to_lowercase();
    let highest = if digits > 2 { 10_u32.saturating_pow(digits) - 1 } else { 40 };
    format!("{role}{joint}{:02}", stream.between(1, highest))
}

/// At most 15 characters, the limit of NetBIOS.
fn windows(profile: &Profile, stream: &mut Stream<'_>, digits: u32) -> String {
    if profile.desk {
        return format!("DESKTOP-{}", stream.text(SETUP, 7));
    }
    if stream.below(5) == 0 {
        return format!("WIN-{}", stream.text(SETUP, 11));
    }
    let role = stream.word(profile.roles).to_uppercase();
    let highest = if digits > 2 { 999 } else { 30 };
    format!("SRV-{role}{:02}", stream.between(1, highest))
}

/// What Windows' setup makes names of.
const SETUP: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";

const WORDS: &[&str] = &[
    "amber", "basalt", "birch", "cedar", "cobalt", "comet", "coral", "delta", "ember", "falcon", "flint",
    "fjord", "granite", "harbor", "heron", "iris", "juniper", "kestrel", "lagoon", "lark", "lunar", "maple",
    "meteor", "nova", "onyx", "orbit", "otter", "pine", "quartz", "raven", "ridge", "sable", "slate",
    "sparrow", "tundra", "umber", "vesper", "willow", "wren", "zephyr",
];
