//! `host`: what the machine is made of and what runs on it, as net-snmp finds it on Linux.

use std::net::{IpAddr, Ipv4Addr};

use time::OffsetDateTime;

use super::{Facts, Rows, ucd::Memory};
use crate::{
    identity,
    machine::{Distro, Maker, Task},
    snmp::{facts::wrapped, value::Value},
};

const STORAGE_TYPES: [u32; 10] = [1, 3, 6, 1, 2, 1, 25, 2, 1, 0];
const DEVICE_TYPES: [u32; 10] = [1, 3, 6, 1, 2, 1, 25, 3, 1, 0];
const FILE_SYSTEMS: [u32; 10] = [1, 3, 6, 1, 2, 1, 25, 3, 9, 0];
/// Where devices of a kind are numbered from.
const PROCESSORS: u32 = 0x3_0000;
const INTERFACES: u32 = 0x4_0000;
const DISK: u32 = 0x6_0010;
const COPROCESSOR: u32 = 0xc_0000;

/// A name below one of the lists of types.
fn kind(mut list: [u32; 10], number: u32) -> Value {
    if let Some(last) = list.last_mut() {
        *last = number;
    }
    Value::Name(list.to_vec().into())
}

/// `DateAndTime` (RFC 2579) in UTC.
pub fn date(seconds: i64) -> Value {
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let year = u16::try_from(time.year()).unwrap_or(1970).to_be_bytes();
    let rest = [u8::from(time.month()), time.day(), time.hour(), time.minute(), time.second(), 0, b'+', 0, 0];
    Value::bytes([&year[..], &rest].concat())
}

/// Everything that runs, as nobody in particular sees it.
fn tasks(facts: &Facts<'_>) -> Vec<Task> {
    facts.machine.tasks(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// `hrSystem`.
pub fn system(facts: &Facts<'_>, rows: &mut Rows) {
    let mut parameters = facts.read("/proc/cmdline");
    parameters.truncate(128);
    rows.scalars(
        &[1, 3, 6, 1, 2, 1, 25, 1],
        [
            (1, Value::Ticks(wrapped((facts.up() * 100.0) as u64))),
            (2, date(facts.now as i64)),
            (3, Value::Integer(0x6_0000)),
            (4, Value::bytes(parameters)),
            (5, Value::Gauge(0)),
            (6, Value::Gauge(u32::try_from(tasks(facts).len()).unwrap_or(0))),
            (7, Value::Integer(0)),
        ],
    );
}

/// A mounted file system: its number among all mounts, where, size and use in blocks, and
/// whether it is on the disk.
struct Mount {
    number: u32,
    path: &'static str,
    size: u64,
    used: u64,
    on_disk: bool,
}

fn mounts(facts: &Facts<'_>) -> Vec<Mount> {
    const BLOCK: u64 = 4_096;
    let hardware = facts.machine.hardware();
    let memory = hardware.memory / 4;
    let disk = hardware.disk / BLOCK * 93 / 100;
    let used =
        (disk as f64 * (0.11 + 0.3 * facts.share("disk used"))) as u64 + facts.counter("disk grown", 0.02);
    let memory_mount =
        |number, path, share: u64, used| Mount { number, path, size: memory / share, used, on_disk: false };
    vec![
        memory_mount(5, "/run", 10, 160 + (facts.share("run") * 90.0) as u64),
        Mount { number: 6, path: "/", size: disk, used: used.min(disk), on_disk: true },
        memory_mount(8, "/dev/shm", 2, 0),
        Mount { number: 9, path: "/run/lock", size: 1_280, used: 0, on_disk: false },
    ]
}

/// `hrStorage`.
pub fn storage(facts: &Facts<'_>, rows: &mut Rows) {
    let memory = Memory::of(facts);
    let (used, swapped) = (memory.total - memory.free, memory.swap - memory.swap_free);
    // Number, type, text, unit, size, use.
    let mut all: Vec<(u32, u32, &str, i64, u64, u64)> = vec![
        (1, 2, "Physical memory", 1_024, memory.total, used),
        (3, 3, "Virtual memory", 1_024, memory.total + memory.swap, used + swapped),
        (6, 1, "Memory buffers", 1_024, memory.total, memory.buffers),
        (7, 1, "Cached memory", 1_024, memory.cached, memory.cached),
        (8, 1, "Shared memory", 1_024, memory.shared, memory.shared),
        (10, 3, "Swap space", 1_024, memory.swap, swapped),
    ];
    if facts.settings.profile.version(facts) >= "5.9.2" {
        all.push((11, 1, "Available memory", 1_024, memory.available, 0));
    }
    let mounts = mounts(facts);
    all.extend(mounts.iter().map(|mount| (30 + mount.number, 4, mount.path, 4_096, mount.size, mount.used)));
    rows.scalar(&[1, 3, 6, 1, 2, 1, 25, 2, 2], number(memory.total));
    let index: Vec<[u32; 1]> = all.iter().map(|row| [row.0]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 2, 3, 1], &[1, 2, 3, 4, 5, 6], &index, |column, row| {
        let (index, what, text, unit, size, used) = all.get(row)?;
        Some(match column {
            1 => Value::Integer((*index).into()),
            2 => kind(STORAGE_TYPES, *what),
            3 => Value::text(*text),
            4 => Value::Integer(*unit),
            5 => number(*size),
            _ => number(*used),
        })
    });
}

fn number(value: u64) -> Value {
    Value::Integer(value.min(i32::MAX as u64).try_into().unwrap_or(0))
}

/// A device: number, type, text, state.
type Device = (u32, u32, String, Option<i64>);

fn devices(facts: &Facts<'_>) -> Vec<Device> {
    let hardware = facts.machine.hardware();
    let (model, ..) = hardware.processor;
    let maker = if hardware.maker == Maker::Board { "" } else { "GenuineIntel: " };
    let processor = |at| (PROCESSORS + at, 3, format!("{maker}{model}"), Some(2));
    let mut all: Vec<Device> = (0..hardware.cpus).map(processor).collect();
    all.extend((facts.settings.profile.interfaces)(facts).into_iter().map(|interface| {
        (INTERFACES + interface.index, 4, format!("network interface {}", interface.name), Some(2))
    }));
    if hardware.disk_name.starts_with("sd") {
        all.push((DISK, 6, format!("SCSI disk (/dev/{})", hardware.disk_name), Some(2)));
    }
    let text = "Guessing that there's a floating point co-processor";
    all.push((COPROCESSOR, 12, text.to_owned(), None));
    all
}

/// `hrDevice`.
pub fn device(facts: &Facts<'_>, rows: &mut Rows) {
    let all = devices(facts);
    let index: Vec<[u32; 1]> = all.iter().map(|row| [row.0]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 3, 2, 1], &[1, 2, 3, 4, 5, 6], &index, |column, row| {
        let (index, what, text, state) = all.get(row)?;
        Some(match column {
            1 => Value::Integer((*index).into()),
            2 => kind(DEVICE_TYPES, *what),
            3 => Value::text(text.clone()),
            4 => Value::name(&[0, 0]),
            5 => Value::Integer((*state)?),
            _ if *what == 4 => Value::Counter(0),
            _ => return None,
        })
    });
    let processors: Vec<[u32; 1]> = all.iter().filter(|row| row.1 == 3).map(|row| [row.0]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 3, 3, 1], &[1, 2], &processors, |column, row| {
        Some(match column {
            1 => Value::name(&[0, 0]),
            _ => Value::Integer(facts.level(&format!("processor {row}"), 0.0, 7.0) as i64),
        })
    });
    let networks: Vec<[u32; 1]> = all.iter().filter(|row| row.1 == 4).map(|row| [row.0]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 3, 4, 1], &[1], &networks, |_, row| {
        Some(Value::Integer(networks.get(row)?.first().map_or(0, |index| (index - INTERFACES).into())))
    });
    disk(facts, rows);
    file_systems(facts, rows);
}

fn disk(facts: &Facts<'_>, rows: &mut Rows) {
    let hardware = facts.machine.hardware();
    if !hardware.disk_name.starts_with("sd") {
        return;
    }
    let size = hardware.disk / 1_024;
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 3, 6, 1], &[1, 2, 3, 4], &[[DISK]], |column, _| {
        Some(match column {
            1 => Value::Integer(1),
            4 => number(size),
            _ => Value::Integer(2),
        })
    });
    let parts = [[DISK, 1], [DISK, 2]];
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 3, 7, 1], &[1, 2, 3, 4, 5], &parts, |column, row| {
        let part = row as i64 + 1;
        Some(match column {
            1 => Value::Integer(part),
            2 => Value::text(format!("/dev/{}{part}", hardware.disk_name)),
            3 => Value::text(format!("0x8{part:02x}")),
            4 if row == 0 => number(size - hardware.swap),
            4 => number(hardware.swap),
            _ => Value::Integer(if row == 0 { 6 } else { -1 }),
        })
    });
}

fn file_systems(facts: &Facts<'_>, rows: &mut Rows) {
    let all = mounts(facts);
    let index: Vec<[u32; 1]> = all.iter().map(|mount| [mount.number]).collect();
    let xfs = matches!(facts.machine.distro(), Distro::Rocky9 | Distro::Fedora39 | Distro::CentOs7);
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 3, 8, 1], &[1, 2, 3, 4, 5, 6, 7, 8, 9], &index, |column, row| {
        let mount = all.get(row)?;
        Some(match column {
            1 => Value::Integer(mount.number.into()),
            2 => Value::text(mount.path),
            3 => Value::text(""),
            4 => kind(FILE_SYSTEMS, if mount.on_disk && !xfs { 23 } else { 1 }),
            5 => Value::Integer(1),
            6 => Value::Integer(if mount.path == "/" { 1 } else { 2 }),
            7 => Value::Integer((30 + mount.number).into()),
            _ => Value::bytes([0, 0, 1, 1, 0, 0, 0, 0]),
        })
    });
}

/// `hrSWRun`: the processes.
pub fn running(facts: &Facts<'_>, rows: &mut Rows) {
    let all = tasks(facts);
    let index: Vec<[u32; 1]> = all.iter().map(|task| [task.pid]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 4, 2, 1], &[1, 2, 3, 4, 5, 6, 7], &index, |column, row| {
        let task = all.get(row)?;
        let (path, arguments) = match task.arguments.split_first() {
            Some((path, rest)) => (path.clone(), rest.join(&b' ')),
            None => Default::default(),
        };
        Some(match column {
            1 => Value::Integer(task.pid.into()),
            2 => Value::bytes(task.name.clone()),
            3 => Value::name(&[0, 0]),
            4 => Value::bytes(first(path)),
            5 => Value::bytes(first(arguments)),
            // Threads of the kernel have no arguments.
            6 => Value::Integer(if task.arguments.is_empty() { 2 } else { 4 }),
            _ => Value::Integer(state(task)),
        })
    });
}

/// At most the 128 bytes that the table has.
fn first(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(128);
    bytes
}

/// `hrSWRunStatus`: who asks sees the agent running.
fn state(task: &Task) -> i64 {
    match (task.name.as_slice(), task.state.as_bytes().first()) {
        (b"snmpd", _) | (_, Some(b'R')) => 1,
        (_, Some(b'S')) => 2,
        (_, Some(b'D' | b'T')) => 3,
        _ => 4,
    }
}

/// `hrSWRunPerf`: what the processes use.
pub fn performance(facts: &Facts<'_>, rows: &mut Rows) {
    let all = tasks(facts);
    let index: Vec<[u32; 1]> = all.iter().map(|task| [task.pid]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 5, 1, 1], &[1, 2], &index, |column, row| {
        let task = all.get(row)?;
        Some(number(if column == 1 { task.ticks } else { task.resident }))
    });
}

/// Packages of a small Debian 12 server, kernel aside.
const DEBIAN: &str = include_str!("../data/debian12.txt");

fn packages(facts: &Facts<'_>) -> Vec<String> {
    if facts.machine.distro() != Distro::Debian12 || facts.machine.hardware().maker == Maker::Board {
        return Vec::new();
    }
    let mut all: Vec<String> = DEBIAN.lines().map(str::to_owned).collect();
    let release = facts.machine.kernel();
    let version = facts.machine.kernel_version().rsplit(' ').nth(1).unwrap_or("6.1.119-1");
    all.push(format!("linux-image-{release}_{version}_amd64"));
    all.sort_unstable();
    all
}

/// One column of `hrSWInstalledTable`.
fn installed(facts: &Facts<'_>, rows: &mut Rows, column: u32) {
    let all = packages(facts);
    let index: Vec<[u32; 1]> = (1..).take(all.len()).map(|number| [number]).collect();
    let since = identity::installed_at(facts.persona);
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 6, 3, 1], &[column], &index, |column, row| {
        Some(match column {
            1 => Value::Integer(row as i64 + 1),
            2 => Value::text(all.get(row)?.clone()),
            3 => Value::name(&[0, 0]),
            4 => Value::Integer(4),
            _ => date(since + 400 + row as i64 / 3),
        })
    });
}

/// Numbers of the packages.
pub fn installed_index(facts: &Facts<'_>, rows: &mut Rows) {
    installed(facts, rows, 1);
}

/// Their names.
pub fn installed_name(facts: &Facts<'_>, rows: &mut Rows) {
    installed(facts, rows, 2);
}

/// Their identifiers, of which there are none.
pub fn installed_id(facts: &Facts<'_>, rows: &mut Rows) {
    installed(facts, rows, 3);
}

/// What they are.
pub fn installed_type(facts: &Facts<'_>, rows: &mut Rows) {
    installed(facts, rows, 4);
}

/// When they came.
pub fn installed_date(facts: &Facts<'_>, rows: &mut Rows) {
    installed(facts, rows, 5);
}
