//! Which groups make up the tree of each product, in order.

use super::tree::{
    Group, agent, cisco, host, interfaces, ip, notify, power, printer, system, transport, ucd, windows,
};

const fn group(prefix: &'static [u32], fill: super::tree::Fill) -> Group {
    Group { prefix, fill }
}

const SYSTEM: Group = group(system::SYSTEM, system::scalars);
const MODULES: Group = group(system::SYSTEM, system::with_modules);
const INTERFACES: Group = group(&[1, 3, 6, 1, 2, 1, 2], interfaces::table);
const TRANSLATION: Group = group(&[1, 3, 6, 1, 2, 1, 3], ip::translation);
const IP: Group = group(&[1, 3, 6, 1, 2, 1, 4], ip::classic);
const ICMP: Group = group(&[1, 3, 6, 1, 2, 1, 5], transport::icmp);
const TCP: Group = group(&[1, 3, 6, 1, 2, 1, 6], transport::tcp);
const UDP: Group = group(&[1, 3, 6, 1, 2, 1, 7], transport::udp);
const ETHERNET: Group = group(&[1, 3, 6, 1, 2, 1, 10, 7], interfaces::ethernet);
const SNMP: Group = group(&[1, 3, 6, 1, 2, 1, 11], agent::snmp);
const EXTENDED: Group = group(&[1, 3, 6, 1, 2, 1, 31], interfaces::extended);
const ENGINE: Group = group(&[1, 3, 6, 1, 6, 3], agent::engine);
const PRINTER_SYSTEM: Group = group(&[1, 3, 6, 1, 2, 1, 25, 1], printer::system);
const PRINTER_DEVICE: Group = group(&[1, 3, 6, 1, 2, 1, 25, 3], printer::device);
const PRINTER: Group = group(printer::PREFIX, printer::printer);

/// net-snmp on Linux.
pub(super) const LINUX: &[Group] = &[
    MODULES,
    INTERFACES,
    TRANSLATION,
    group(&[1, 3, 6, 1, 2, 1, 4], ip::of_linux),
    group(&[1, 3, 6, 1, 2, 1, 5], transport::icmp_by_version),
    group(&[1, 3, 6, 1, 2, 1, 6], transport::tcp_by_version),
    group(&[1, 3, 6, 1, 2, 1, 7], transport::udp_by_version),
    ETHERNET,
    SNMP,
    group(&[1, 3, 6, 1, 2, 1, 25, 1], host::system),
    group(&[1, 3, 6, 1, 2, 1, 25, 2], host::storage),
    group(&[1, 3, 6, 1, 2, 1, 25, 3], host::device),
    group(&[1, 3, 6, 1, 2, 1, 25, 4], host::running),
    group(&[1, 3, 6, 1, 2, 1, 25, 5], host::performance),
    group(&[1, 3, 6, 1, 2, 1, 25, 6, 3, 1, 1], host::installed_index),
    group(&[1, 3, 6, 1, 2, 1, 25, 6, 3, 1, 2], host::installed_name),
    group(&[1, 3, 6, 1, 2, 1, 25, 6, 3, 1, 3], host::installed_id),
    group(&[1, 3, 6, 1, 2, 1, 25, 6, 3, 1, 4], host::installed_type),
    group(&[1, 3, 6, 1, 2, 1, 25, 6, 3, 1, 5], host::installed_date),
    group(&[1, 3, 6, 1, 2, 1, 28], notify::mail),
    EXTENDED,
    group(&[1, 3, 6, 1, 2, 1, 55], ip::six),
    group(&[1, 3, 6, 1, 2, 1, 88], notify::events),
    group(&[1, 3, 6, 1, 2, 1, 92], notify::log),
    group(&[1, 3, 6, 1, 4, 1, 2021, 4], ucd::memory),
    group(&[1, 3, 6, 1, 4, 1, 2021, 10], ucd::load),
    group(&[1, 3, 6, 1, 4, 1, 2021, 11], ucd::statistics),
    group(&[1, 3, 6, 1, 4, 1, 2021, 13], ucd::disks),
    group(&[1, 3, 6, 1, 4, 1, 2021, 16], ucd::matches),
    group(&[1, 3, 6, 1, 4, 1, 2021, 100], ucd::version),
    group(&[1, 3, 6, 1, 4, 1, 2021, 101], ucd::errors),
    ENGINE,
];

/// net-snmp with few modules.
pub(super) const SMALL: &[Group] =
    &[MODULES, INTERFACES, TRANSLATION, IP, ICMP, TCP, UDP, SNMP, EXTENDED, ENGINE];

/// A device that tells no more than it must.
pub(super) const DEVICE: &[Group] = &[SYSTEM, INTERFACES, TRANSLATION, IP, ICMP, TCP, UDP, SNMP];

/// A printer of HP.
pub(super) const HP: &[Group] = &[
    SYSTEM,
    INTERFACES,
    TRANSLATION,
    IP,
    ICMP,
    TCP,
    UDP,
    SNMP,
    PRINTER_SYSTEM,
    group(&[1, 3, 6, 1, 2, 1, 25, 2], printer::storage),
    PRINTER_DEVICE,
    PRINTER,
    group(&[1, 3, 6, 1, 4, 1, 11, 2, 3, 9], printer::hp),
];

/// A printer of Brother.
pub(super) const BROTHER: &[Group] = &[
    SYSTEM,
    INTERFACES,
    TRANSLATION,
    IP,
    ICMP,
    TCP,
    UDP,
    SNMP,
    PRINTER_SYSTEM,
    group(&[1, 3, 6, 1, 2, 1, 25, 2], printer::storage),
    PRINTER_DEVICE,
    PRINTER,
    group(&[1, 3, 6, 1, 4, 1, 2435], printer::brother),
];

/// A printer of Kyocera.
pub(super) const KYOCERA: &[Group] = &[
    SYSTEM,
    INTERFACES,
    TRANSLATION,
    IP,
    ICMP,
    TCP,
    UDP,
    SNMP,
    PRINTER_SYSTEM,
    group(&[1, 3, 6, 1, 2, 1, 25, 2], printer::storage),
    PRINTER_DEVICE,
    PRINTER,
    group(&[1, 3, 6, 1, 4, 1, 1347], printer::kyocera),
];

/// A power supply of APC.
pub(super) const POWER: &[Group] = &[
    SYSTEM,
    INTERFACES,
    TRANSLATION,
    IP,
    ICMP,
    TCP,
    UDP,
    SNMP,
    group(&[1, 3, 6, 1, 2, 1, 33], power::standard),
    group(&[1, 3, 6, 1, 4, 1, 318], power::apc),
];

/// The service of Windows.
pub(super) const WINDOWS: &[Group] = &[
    SYSTEM,
    INTERFACES,
    TRANSLATION,
    IP,
    ICMP,
    TCP,
    UDP,
    SNMP,
    EXTENDED,
    group(&[1, 3, 6, 1, 4, 1, 77], windows::manager),
];

/// A switch of Cisco.
pub(super) const CISCO: &[Group] = &[
    SYSTEM,
    INTERFACES,
    TRANSLATION,
    IP,
    ICMP,
    TCP,
    UDP,
    SNMP,
    group(&[1, 3, 6, 1, 2, 1, 17], cisco::bridge),
    EXTENDED,
    group(&[1, 3, 6, 1, 2, 1, 47], cisco::parts),
    group(&[1, 3, 6, 1, 4, 1, 9], cisco::local),
    ENGINE,
];
