//! What columns of answers are like: the definitions that go before the rows.

use super::catalogue::{Column, Table};
use crate::mysql::packet::put_lenenc_bytes;

/// `MYSQL_TYPE_TINY`.
pub(crate) const TINY: u8 = 1;
/// `MYSQL_TYPE_SHORT`.
pub(crate) const SHORT: u8 = 2;
/// `MYSQL_TYPE_LONG`.
pub(crate) const LONG: u8 = 3;
/// `MYSQL_TYPE_FLOAT`.
pub(crate) const FLOAT: u8 = 4;
/// `MYSQL_TYPE_DOUBLE`.
pub(crate) const DOUBLE: u8 = 5;
/// `MYSQL_TYPE_NULL`.
pub(crate) const NULL: u8 = 6;
/// `MYSQL_TYPE_TIMESTAMP`.
pub(crate) const TIMESTAMP: u8 = 7;
/// `MYSQL_TYPE_LONGLONG`.
pub(crate) const LONGLONG: u8 = 8;
/// `MYSQL_TYPE_DATE`.
pub(crate) const DATE: u8 = 10;
/// `MYSQL_TYPE_TIME`.
pub(crate) const TIME: u8 = 11;
/// `MYSQL_TYPE_DATETIME`.
pub(crate) const DATETIME: u8 = 12;
/// `MYSQL_TYPE_NEWDECIMAL`.
pub(crate) const DECIMAL: u8 = 246;
/// `MYSQL_TYPE_LONG_BLOB`.
pub(crate) const LONG_BLOB: u8 = 251;
/// `MYSQL_TYPE_BLOB`.
pub(crate) const BLOB: u8 = 252;
/// `MYSQL_TYPE_VAR_STRING`.
pub(crate) const VAR_STRING: u8 = 253;
/// `MYSQL_TYPE_STRING`.
pub(crate) const STRING: u8 = 254;

const NOT_NULL: u16 = 1;
const PRIMARY: u16 = 2;
const UNIQUE: u16 = 4;
const MULTIPLE: u16 = 8;
const IS_BLOB: u16 = 16;
const UNSIGNED: u16 = 32;
const IS_BINARY: u16 = 128;
const ENUM: u16 = 256;
const COUNTS: u16 = 512;
const NO_DEFAULT: u16 = 4_096;

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Database, table as called, table, column.
    pub(crate) origin: [String; 4],
    /// What it is called.
    pub(crate) name: String,
    /// Its type on the wire.
    pub(crate) kind: u8,
    /// Longest value: characters where `is_text`, else bytes.
    pub(crate) length: u32,
    /// Whether it is in the character set of the connection.
    pub(crate) is_text: bool,
    /// Flags.
    pub(crate) flags: u16,
    /// Decimals.
    pub(crate) decimals: u8,
}

impl Shape {
    fn bare(kind: u8, length: u32, is_text: bool) -> Self {
        let flags = if is_text { 0 } else { IS_BINARY };
        Self {
            origin: Default::default(),
            name: String::new(),
            kind,
            length,
            is_text,
            flags,
            decimals: if is_text { 39 } else { 0 },
        }
    }

    /// A whole number of so many digits.
    pub(crate) fn int(length: u32) -> Self {
        Self { flags: NOT_NULL | IS_BINARY, ..Self::bare(LONG, length, false) }
    }

    /// A large whole number.
    pub(crate) fn big(length: u32) -> Self {
        Self { flags: NOT_NULL | IS_BINARY, ..Self::bare(LONGLONG, length, false) }
    }

    /// A number of the machine.
    pub(crate) fn double() -> Self {
        Self { decimals: 31, ..Self::bare(DOUBLE, 23, false) }
    }

    /// A number with so many decimals.
    pub(crate) fn decimal(length: u32, decimals: u8) -> Self {
        Self { decimals, ..Self::bare(DECIMAL, length, false) }
    }

    /// A text of so many characters.
    pub(crate) fn text(characters: u32) -> Self {
        let kind = match characters {
            0..=16_383 => VAR_STRING,
            16_384..=4_194_303 => BLOB,
            _ => LONG_BLOB,
        };
        Self::bare(kind, characters, true)
    }

    /// Bytes.
    pub(crate) fn bytes(length: u32) -> Self {
        Self {
            decimals: 39,
            ..Self::bare(if length > 65_535 { LONG_BLOB } else { VAR_STRING }, length, false)
        }
    }

    /// A point in time.
    pub(crate) fn time(kind: u8) -> Self {
        Self::bare(kind, if kind == DATE || kind == TIME { 10 } else { 19 }, false)
    }

    /// NULL.
    pub(crate) fn null() -> Self {
        Self::bare(NULL, 0, false)
    }

    /// Whether its values are numbers.
    pub(crate) const fn is_number(&self) -> bool {
        matches!(self.kind, TINY | SHORT | LONG | FLOAT | DOUBLE | LONGLONG | DECIMAL | 9 | 13)
    }

    /// The same under a name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Of a column of a table.
    pub(crate) fn of(column: &Column, table: &Table, origin: [&str; 3]) -> Self {
        let (size, scale) = column.size().unwrap_or((0, 0));
        let mut out = match column.base() {
            "tinyint" => Self::bare(TINY, size, false),
            "smallint" => Self::bare(SHORT, size, false),
            "mediumint" => Self::bare(9, size, false),
            "int" => Self::bare(LONG, size.max(1), false),
            "bigint" => Self::bare(LONGLONG, size.max(1), false),
            "year" => Self::bare(13, 4, false),
            "decimal" => Self::decimal(size + 2 - u32::from(scale == 0), u8::try_from(scale).unwrap_or(0)),
            "float" => Self { decimals: 31, ..Self::bare(4, 12, false) },
            "double" => Self { decimals: 31, ..Self::bare(DOUBLE, 22, false) },
            "date" => Self::time(DATE),
            "time" => Self::time(TIME),
            "datetime" => Self::time(DATETIME),
            "timestamp" => Self::time(TIMESTAMP),
            "char" => Self { kind: STRING, decimals: 0, ..Self::text(size) },
            "enum" => Self { kind: STRING, decimals: 0, ..Self::text(10) },
            "varbinary" | "binary" => Self { decimals: 0, ..Self::bytes(size) },
            "tinytext" => Self { kind: BLOB, decimals: 0, ..Self::text(255) },
            "text" => Self { kind: BLOB, decimals: 0, ..Self::text(65_535) },
            "mediumtext" => Self { kind: BLOB, decimals: 0, ..Self::text(16_777_215) },
            "longtext" | "json" => Self { kind: BLOB, decimals: 0, ..Self::text(u32::MAX) },
            "blob" => Self::bare(BLOB, 65_535, false),
            "longblob" | "mediumblob" => Self::bare(BLOB, u32::MAX, false),
            _ => Self { decimals: 0, ..Self::text(size) },
        };
        out.flags = flags(column, table, out.flags & IS_BINARY, out.kind);
        let [database, alias, name] = origin;
        out.origin = [database, alias, name, column.name.as_str()].map(str::to_owned);
        out.named(&column.name)
    }

    /// The packet that defines it; texts have the character set `charset`, in which a character
    /// takes at most `width` bytes.
    /// Clients that know of it get a place for more about the type, with nothing in it.
    pub(crate) fn packet(&self, charset: u8, width: u32, extended: bool) -> Vec<u8> {
        let [database, alias, table, column] = &self.origin;
        let mut out = Vec::new();
        for text in ["def", database, alias, table, &self.name, column] {
            put_lenenc_bytes(&mut out, text.as_bytes());
        }
        if extended {
            out.push(0);
        }
        let (charset, length) =
            if self.is_text { (charset, self.length.saturating_mul(width)) } else { (63, self.length) };
        out.extend_from_slice(&[0x0c, charset, 0]);
        out.extend_from_slice(&length.to_le_bytes());
        out.push(self.kind);
        out.extend_from_slice(&self.flags.to_le_bytes());
        out.extend_from_slice(&[self.decimals, 0, 0]);
        out
    }
}

fn flags(column: &Column, table: &Table, binary: u16, kind: u8) -> u16 {
    let mut flags = binary;
    if !column.nullable {
        flags |= NOT_NULL;
        if column.default.is_none() && !column.counts {
            flags |= NO_DEFAULT;
        }
    }
    flags |= match table.key_of(&column.name) {
        "PRI" => PRIMARY,
        "UNI" => UNIQUE,
        "MUL" => MULTIPLE,
        _ => 0,
    };
    if column.counts {
        flags |= COUNTS;
    }
    if column.kind.contains("unsigned") {
        flags |= UNSIGNED;
    }
    if kind == BLOB {
        flags |= IS_BLOB;
    }
    if column.base() == "enum" {
        flags |= ENUM;
    }
    // Numbers are binary, but the tables of numbers do not say so.
    if matches!(kind, TINY | SHORT | LONG | LONGLONG | DECIMAL | 4 | DOUBLE) {
        flags & !IS_BINARY
    } else {
        flags
    }
}
