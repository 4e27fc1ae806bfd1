//! Snapshots as replicas receive them: the RDB format, as far as strings and hashes need it.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{
    instance::Instance,
    keyspace::{DATABASES, Keyspace, Value},
};

/// Version of the format: 10 came with Redis 7.0, 9 with 5.0.
fn format_version(instance: &Instance) -> u32 {
    if instance.version.is_seven() { 10 } else { 9 }
}

/// All databases as one file.
pub(super) fn snapshot(instance: &Instance, keys: &Keyspace, now: SystemTime) -> Vec<u8> {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut out = format!("REDIS{:04}", format_version(instance)).into_bytes();
    field(&mut out, "redis-ver", &instance.version.to_string());
    field(&mut out, "redis-bits", "64");
    field(&mut out, "ctime", &seconds.to_string());
    field(&mut out, "used-mem", &(1_925_000 + keys.size()).to_string());
    field(&mut out, "repl-stream-db", "0");
    field(&mut out, "repl-id", &instance.replication_id);
    field(&mut out, "repl-offset", "0");
    field(&mut out, "aof-base", "0");
    for database in 0..DATABASES {
        let entries: Vec<_> = keys.keys(database, now).collect();
        if entries.is_empty() {
            continue;
        }
        out.push(0xfe);
        length(&mut out, database);
        out.push(0xfb);
        length(&mut out, entries.len());
        length(&mut out, 0);
        for (key, value) in entries {
            entry(&mut out, key, value);
        }
    }
    out.push(0xff);
    let checksum = crc64(&out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out
}

fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(0xfa);
    string(out, name.as_bytes());
    string(out, value.as_bytes());
}

fn entry(out: &mut Vec<u8>, key: &[u8], value: &Value) {
    let (kind, count) = match value {
        Value::Text(_) => (0, None),
        Value::List(items) => (1, Some(items.len())),
        Value::Set(members) => (2, Some(members.len())),
        Value::Hash(fields) => (4, Some(fields.len())),
        Value::Scored(members) => (3, Some(members.len())),
    };
    out.push(kind);
    string(out, key);
    if let Some(count) = count {
        length(out, count);
    }
    match value {
        Value::Text(text) => string(out, text),
        Value::List(items) => items.iter().for_each(|item| string(out, item)),
        Value::Set(members) => members.iter().for_each(|member| string(out, member)),
        Value::Hash(fields) => fields.iter().for_each(|(name, value)| {
            string(out, name);
            string(out, value);
        }),
        Value::Scored(members) => members.iter().for_each(|(member, score)| {
            string(out, member);
            let text = score.to_string();
            out.push(u8::try_from(text.len()).unwrap_or(1));
            out.extend_from_slice(text.as_bytes());
        }),
    }
}

fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// A length: 6, 14 or 32 bits, marked in the two highest.
fn length(out: &mut Vec<u8>, length: usize) {
    match u32::try_from(length).unwrap_or(u32::MAX) {
        short @ 0..64 => out.push(short as u8),
        medium @ 64..16_384 => out.extend_from_slice(&(medium as u16 | 0x4000).to_be_bytes()),
        long => {
            out.push(0x80);
            out.extend_from_slice(&long.to_be_bytes());
        }
    }
}

/// CRC-64 with the polynomial of Jones, reflected, as Redis uses it.
fn crc64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u64::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0x95ac_9329_ac4b_c9b5 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_redis() {
        // The check value of this CRC for the digits one to nine.
        assert_eq!(crc64(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }

    #[test]
    fn lengths_have_three_forms() {
        let form = |n| {
            let mut out = Vec::new();
            length(&mut out, n);
            out
        };
        assert_eq!((form(63), form(64), form(16_384)), (vec![63], vec![0x40, 64], vec![0x80, 0, 0, 0x40, 0]));
    }
}
