//! What statements come to, as packets.

use super::{
    failure::Failure,
    packet::{put_lenenc, put_lenenc_bytes},
    product::{DEPRECATE_EOF, OPTIONAL_METADATA, SESSION_TRACK},
    sql::{
        engine::Rows,
        shape::{self, Shape},
        value::Value,
    },
    wire::Wire,
};
use crate::End;

/// `SERVER_STATUS_AUTOCOMMIT`.
const AUTOCOMMIT: u16 = 2;
/// `SERVER_MORE_RESULTS_EXISTS`.
const MORE: u16 = 8;
/// `SERVER_SESSION_STATE_CHANGED`.
const CHANGED: u16 = 0x4000;
/// `MARIADB_CLIENT_EXTENDED_METADATA`.
const EXTENDED_METADATA: u32 = 1 << 3;
/// `MARIADB_CLIENT_CACHE_METADATA`.
const CACHE_METADATA: u32 = 1 << 4;
/// Bytes that wait before they are sent.
const SOME: usize = 32 * 1024;

/// How answers to one client are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// What the client can do.
    pub(super) capabilities: u32,
    /// What it can do of MariaDB's own.
    pub(super) extended: u32,
    /// Number of its character set, and bytes of a character in it.
    pub(super) charset: (u8, u32),
    /// Whether more answers to the same command follow.
    pub(super) more: bool,
}

impl Style {
    const fn status(self) -> u16 {
        if self.more { AUTOCOMMIT | MORE } else { AUTOCOMMIT }
    }

    /// Whether definitions have a place for more about the type.
    pub(super) const fn has_extended_metadata(self) -> bool {
        self.extended & EXTENDED_METADATA != 0
    }

    /// The packet of what was done; `database` is the one that is used from now on, if it changed.
    pub(super) fn done(
        self,
        affected: u64,
        id: i64,
        warnings: usize,
        info: &str,
        database: Option<&str>,
    ) -> Vec<u8> {
        let database = database.filter(|_| self.capabilities & SESSION_TRACK != 0);
        let mut out = vec![0];
        put_lenenc(&mut out, affected);
        put_lenenc(&mut out, u64::try_from(id).unwrap_or(0));
        let status = self.status() | if database.is_some() { CHANGED } else { 0 };
        out.extend_from_slice(&status.to_le_bytes());
        out.extend_from_slice(&u16::try_from(warnings).unwrap_or(u16::MAX).to_le_bytes());
        if database.is_some() || !info.is_empty() {
            put_lenenc_bytes(&mut out, info.as_bytes());
        }
        if let Some(database) = database {
            let mut name = Vec::new();
            put_lenenc_bytes(&mut name, database.as_bytes());
            let mut change = vec![1];
            put_lenenc_bytes(&mut change, &name);
            put_lenenc_bytes(&mut out, &change);
        }
        out
    }

    /// The packet after definitions, of clients that still want it.
    pub(super) fn end_of_definitions(self, wire: &mut Wire<'_>) {
        if self.capabilities & DEPRECATE_EOF == 0 {
            wire.put(&self.end());
        }
    }

    /// The packet after the last row.
    pub(super) fn end(self) -> Vec<u8> {
        let [low, high] = self.status().to_le_bytes();
        if self.capabilities & DEPRECATE_EOF == 0 {
            vec![0xfe, 0, 0, low, high]
        } else {
            vec![0xfe, 0, 0, low, high, 0, 0]
        }
    }

    /// Definitions of columns.
    pub(super) fn define(self, wire: &mut Wire<'_>, shapes: &[Shape]) {
        let (charset, width) = self.charset;
        for shape in shapes {
            wire.put(&shape.packet(charset, width, self.has_extended_metadata()));
        }
    }

    /// Rows with their definitions, as text or as numbers.
    pub(super) async fn rows(self, wire: &mut Wire<'_>, rows: &Rows, binary: bool) -> Result<(), End> {
        let mut count = Vec::new();
        if self.capabilities & OPTIONAL_METADATA != 0 {
            count.push(1);
        }
        put_lenenc(&mut count, rows.shapes.len() as u64);
        if self.extended & CACHE_METADATA != 0 {
            // The definitions do follow.
            count.push(1);
        }
        wire.put(&count);
        self.define(wire, &rows.shapes);
        self.end_of_definitions(wire);
        for row in &rows.rows {
            wire.put(&if binary { binary_row(&rows.shapes, row) } else { text_row(row) });
            if wire.waiting() > SOME {
                wire.send().await?;
            }
        }
        wire.put(&self.end());
        wire.send().await
    }

    /// An error.
    pub(super) fn failed(self, failure: &Failure) -> Vec<u8> {
        failure.packet(self.capabilities)
    }
}

fn text_row(row: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in row {
        match value.print() {
            Some(bytes) => put_lenenc_bytes(&mut out, &bytes),
            None => out.push(0xfb),
        }
    }
    out
}

fn binary_row(shapes: &[Shape], row: &[Value]) -> Vec<u8> {
    let mut out = vec![0];
    let mut nulls = vec![0_u8; (row.len() + 9) / 8];
    for (at, value) in row.iter().enumerate() {
        if value.is_null()
            && let Some(byte) = nulls.get_mut((at + 2) / 8)
        {
            *byte |= 1 << ((at + 2) % 8);
        }
    }
    out.extend_from_slice(&nulls);
    for (shape, value) in shapes.iter().zip(row).filter(|(_, value)| !value.is_null()) {
        let number = value.whole().to_le_bytes();
        let width = match shape.kind {
            shape::TINY => 1,
            shape::SHORT => 2,
            shape::LONG | 9 => 4,
            shape::LONGLONG => 8,
            _ => 0,
        };
        match shape.kind {
            _ if width > 0 => out.extend_from_slice(number.get(..width).unwrap_or_default()),
            shape::DOUBLE => out.extend_from_slice(&value.number().to_le_bytes()),
            shape::DATE | shape::DATETIME | shape::TIMESTAMP => binary_time(&mut out, &value.shown()),
            _ => put_lenenc_bytes(&mut out, &value.printed()),
        }
    }
    out
}

fn binary_time(out: &mut Vec<u8>, text: &str) {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u16>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let year = next().to_le_bytes();
    let rest = [next(), next(), next(), next(), next()].map(|number| u8::try_from(number).unwrap_or(0));
    let length = if text.len() > 10 { 7 } else { 4 };
    let bytes = [&year[..], &rest[..]].concat();
    out.push(length);
    out.extend_from_slice(bytes.get(..length.into()).unwrap_or_default());
}
