//! What net-snmp adds of its own below `ucdavis`: memory, load, processor, disks, version.

use time::OffsetDateTime;

use super::{Facts, Rows};
use crate::snmp::{facts::wrapped, value::Value};

const MEMORY: &[u32] = &[1, 3, 6, 1, 4, 1, 2021, 4];
const STATISTICS: &[u32] = &[1, 3, 6, 1, 4, 1, 2021, 11];

/// Memory in KiB, as the kernel counts it.
pub struct Memory {
    /// All there is.
    pub total: u64,
    /// Used for nothing.
    pub free: u64,
    /// What programs could still have.
    pub available: u64,
    /// Shared between programs.
    pub shared: u64,
    /// Buffers of the file systems.
    pub buffers: u64,
    /// Cached files.
    pub cached: u64,
    /// Swap space.
    pub swap: u64,
    /// Swap space that is free.
    pub swap_free: u64,
}

impl Memory {
    /// What the machine's `/proc/meminfo` would say now.
    pub fn of(facts: &Facts<'_>) -> Self {
        let hardware = facts.machine.hardware();
        let total = hardware.memory;
        let part = |share: f64| (total as f64 * share) as u64;
        let used = facts.level("memory", 0.18, 0.31);
        let cached = facts.level("cache", 0.34, 0.38);
        let (free, buffers, cached) = (part(0.94 - used - cached), part(0.034), part(cached));
        Self {
            total,
            free,
            available: free + buffers + cached * 9 / 10,
            shared: part(0.004),
            buffers,
            cached,
            swap: hardware.swap,
            swap_free: hardware.swap - hardware.swap / 400,
        }
    }
}

/// `memory`.
pub fn memory(facts: &Facts<'_>, rows: &mut Rows) {
    let memory = Memory::of(facts);
    let number = |value: u64| Value::Integer(value.try_into().unwrap_or(i64::MAX));
    rows.scalars(
        MEMORY,
        [
            (1, Value::Integer(0)),
            (2, Value::text("swap")),
            (3, number(memory.swap)),
            (4, number(memory.swap_free)),
            (5, number(memory.total)),
            (6, number(memory.free)),
            (11, number(memory.free + memory.swap_free)),
            (12, Value::Integer(16_000)),
            (13, number(memory.shared)),
            (14, number(memory.buffers)),
            (15, number(memory.cached)),
        ],
    );
    if facts.settings.profile.version(facts) >= "5.8" {
        let wide = [
            memory.swap,
            memory.swap_free,
            memory.total,
            memory.free,
            memory.free + memory.swap_free,
            16_000,
            memory.shared,
            memory.buffers,
            memory.cached,
        ];
        rows.scalars(MEMORY, (18..).zip(wide.map(Value::Counter64)));
    }
    if facts.settings.profile.version(facts) >= "5.9.2" {
        rows.scalar(&[1, 3, 6, 1, 4, 1, 2021, 4, 27], Value::Counter64(memory.available));
    }
    let low = memory.swap_free < 16_000;
    let text = format!("Running out of swap space ({})", memory.swap_free);
    rows.scalars(
        MEMORY,
        [(100, Value::Integer(low.into())), (101, if low { Value::text(text) } else { Value::text("") })],
    );
}

/// `laTable`: the load of one, five and fifteen minutes.
pub fn load(facts: &Facts<'_>, rows: &mut Rows) {
    let loads: [f64; 3] = [
        facts.level("load", 0.0, 0.4) * facts.level("load now", 0.6, 1.4),
        facts.level("load", 0.02, 0.34),
        facts.level("load", 0.04, 0.28),
    ];
    let columns = [1, 2, 3, 4, 5, 6, 100, 101];
    rows.table(&[1, 3, 6, 1, 4, 1, 2021, 10, 1], &columns, &[[1], [2], [3]], |column, row| {
        // The kernel keeps eleven bits behind the point.
        let load = (loads.get(row)? * 2_048.0).floor() / 2_048.0;
        Some(match column {
            1 => Value::Integer(row as i64 + 1),
            2 => Value::text(*["Load-1", "Load-5", "Load-15"].get(row)?),
            3 => Value::text(format!("{load:.2}")),
            4 => Value::text("12.00"),
            5 => Value::Integer((load * 100.0) as i64),
            6 => Value::Float(load as f32),
            100 => Value::Integer(0),
            _ => Value::text(""),
        })
    });
}

/// `systemStats`: what the processors did.
pub fn statistics(facts: &Facts<'_>, rows: &mut Rows) {
    let cpus = facts.machine.hardware().cpus;
    let total = facts.up() * 100.0 * f64::from(cpus);
    let (user, system) = (facts.counter("cpu user", 1.1), facts.counter("cpu system", 0.8));
    let (waits, soft) = (facts.counter("cpu wait", 0.2), facts.counter("cpu soft", 0.06));
    let idle = (total as u64).saturating_sub(user + system + waits + soft);
    let (sent, received) = (facts.counter("io out", 38.0), facts.counter("io in", 4.0));
    let busy = |of: u64| (of as f64 * 100.0 / total) as i64;
    rows.scalars(
        STATISTICS,
        [
            (1, Value::Integer(1)),
            (2, Value::text("systemStats")),
            (3, Value::Integer(0)),
            (4, Value::Integer(0)),
            (5, Value::Integer(facts.level("io", 4.0, 70.0) as i64)),
            (6, Value::Integer(0)),
            (7, Value::Integer(facts.level("interrupts", 60.0, 190.0) as i64)),
            (8, Value::Integer(facts.level("switches", 90.0, 320.0) as i64)),
            (9, Value::Integer(busy(user))),
            (10, Value::Integer(busy(system))),
            (11, Value::Integer(100 - busy(user) - busy(system) - 1)),
        ],
    );
    let raw = [
        user,
        facts.counter("cpu nice", 0.01),
        system + soft,
        idle,
        waits,
        system,
        0,
        sent,
        received,
        facts.counter("interrupts", 110.0),
        facts.counter("switches", 190.0),
        soft,
        0,
        facts.counter("swapped", 0.002),
        0,
        0,
        0,
    ];
    rows.scalars(STATISTICS, (50..).zip(raw.map(|value| Value::Counter(wrapped(value)))));
    rows.scalar(&[1, 3, 6, 1, 4, 1, 2021, 11, 67], Value::Integer(cpus.into()));
}

/// `diskIOTable`: the disk and its partitions.
pub fn disks(facts: &Facts<'_>, rows: &mut Rows) {
    rows.scalar(&[1, 3, 6, 1, 4, 1, 2021, 13, 14, 1], Value::Integer(1));
    let disk = facts.machine.hardware().disk_name;
    let separator = if disk.ends_with(|last: char| last.is_ascii_digit()) { "p" } else { "" };
    let names = [disk.to_owned(), format!("{disk}{separator}1"), format!("{disk}{separator}2")];
    let columns = [1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14];
    rows.table(&[1, 3, 6, 1, 4, 1, 2021, 13, 15, 1, 1], &columns, &[[1], [2], [3]], |column, row| {
        let part = if row == 2 { 400 } else { 1 };
        let (read, written) =
            (900_000_000 + facts.counter("read", 2_100.0), facts.counter("written", 19_000.0));
        Some(match column {
            1 => Value::Integer(row as i64 + 1),
            2 => Value::text(names.get(row)?.clone()),
            3 => Value::Counter(wrapped(read / part)),
            4 => Value::Counter(wrapped(written / part)),
            5 => Value::Counter(wrapped(read / 21_000 / part)),
            6 => Value::Counter(wrapped(written / 14_000 / part)),
            9..=11 => Value::Integer(0),
            12 => Value::Counter64(read / part),
            13 => Value::Counter64(written / part),
            _ => Value::Counter64(facts.counter("disk busy", 3_000.0) / part),
        })
    });
}

/// `logMatch`: how many there could be.
pub fn matches(_: &Facts<'_>, rows: &mut Rows) {
    rows.scalar(&[1, 3, 6, 1, 4, 1, 2021, 16, 1], Value::Integer(250));
}

/// `version`, and that there are no errors.
pub fn version(facts: &Facts<'_>, rows: &mut Rows) {
    const OPTIONS: &str = " '--build=x86_64-linux-gnu' '--prefix=/usr' '--with-persistent-directory=/var/lib/snmp' '--enable-ipv6' '--with-logfile=none' '--enable-embedded-perl' '--with-openssl' 'build_alias=x86_64-linux-gnu'";
    let now = OffsetDateTime::from_unix_timestamp(facts.now as i64).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (clock, date) = (now.time(), now.date());
    let text = format!(
        "{} {} {:2} {:02}:{:02}:{:02} {}",
        short(&date.weekday().to_string()),
        short(&date.month().to_string()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second(),
        date.year(),
    );
    rows.scalars(
        &[1, 3, 6, 1, 4, 1, 2021, 100],
        [
            (1, Value::Integer(1)),
            (2, Value::text(facts.settings.profile.version(facts))),
            (3, Value::text("$Date$")),
            (4, Value::text(text)),
            (5, Value::text("$Id$")),
            (6, Value::text(OPTIONS)),
            (10, Value::Integer(0)),
            (11, Value::Integer(0)),
            (12, Value::Integer(0)),
            (13, Value::Integer(0)),
            (20, Value::Integer(0)),
        ],
    );
}

/// `snmperrs`: there are none.
pub fn errors(_: &Facts<'_>, rows: &mut Rows) {
    rows.scalars(
        &[1, 3, 6, 1, 4, 1, 2021, 101],
        [(1, Value::Integer(0)), (2, Value::text("snmp")), (100, Value::Integer(0)), (101, Value::text(""))],
    );
}

fn short(name: &str) -> String {
    name.chars().take(3).collect()
}
