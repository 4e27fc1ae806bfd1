//! Statements that are prepared and carried out with parameters in their own form.

use std::collections::BTreeMap;

use super::{
    packet::Fields,
    sql::{parse::Parsed, shape, value::Value},
};
use crate::caps;

/// A prepared statement of a connection.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) parsed: Parsed,
    /// Its text.
    pub(super) text: Vec<u8>,
    /// Memory that is claimed for it.
    pub(super) weight: usize,
    /// Types of the parameters, as they were last said.
    types: Vec<u8>,
    /// Values that were sent ahead, in pieces.
    long: BTreeMap<u16, Vec<u8>>,
}

impl Prepared {
    /// A statement without parameters yet.
    pub(super) const fn new(parsed: Parsed, text: Vec<u8>, weight: usize) -> Self {
        Self { parsed, text, weight, types: Vec::new(), long: BTreeMap::new() }
    }

    /// Keeps a piece of a value.
    pub(super) fn send_ahead(&mut self, parameter: u16, piece: &[u8]) {
        let held: usize = self.long.values().map(Vec::len).sum();
        if held + piece.len() <= caps::MYSQL_VALUE && usize::from(parameter) < self.parsed.parameters {
            self.long.entry(parameter).or_default().extend_from_slice(piece);
        }
    }

    /// Forgets what was sent ahead.
    pub(super) fn reset(&mut self) {
        self.long.clear();
    }

    /// The values of the parameters in the rest of an EXECUTE; `None` when it is malformed. With
    /// `attributes`, parameters may have names, and there may be more than the statement has.
    pub(super) fn values(&mut self, fields: &mut Fields<'_>, attributes: bool) -> Option<Vec<Value>> {
        const COUNTED: u8 = 8;
        let flags = fields.byte()?;
        fields.bytes(4)?;
        let own = self.parsed.parameters;
        if own == 0 && !(attributes && flags & COUNTED != 0) {
            return Some(Vec::new());
        }
        let count = if attributes { usize::try_from(fields.lenenc()?).ok()? } else { own };
        if count == 0 {
            return Some(Vec::new());
        }
        let nulls = fields.bytes(count.div_ceil(8))?;
        if fields.byte()? == 1 {
            self.types.clear();
            for _ in 0..count {
                self.types.push(fields.bytes(2)?.first().copied()?);
                if attributes {
                    fields.lenenc_bytes()?;
                }
            }
        }
        let mut out = Vec::new();
        for at in 0..count {
            let null = nulls.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
            let long = u16::try_from(at).ok().and_then(|at| self.long.remove(&at));
            out.push(match long {
                Some(bytes) => Value::Text(bytes),
                None if null => Value::Null,
                None => value(self.types.get(at).copied()?, fields)?,
            });
        }
        Some(out)
    }
}

/// One value of a type.
pub(super) fn value(kind: u8, fields: &mut Fields<'_>) -> Option<Value> {
    let signed = |number: u64, width: u32| {
        let shift = 64 - 8 * width;
        (number.cast_signed() << shift) >> shift
    };
    Some(match kind {
        shape::NULL => Value::Null,
        shape::TINY => Value::Int(signed(fields.number(1)?, 1)),
        shape::SHORT | 13 => Value::Int(signed(fields.number(2)?, 2)),
        shape::LONG | 9 => Value::Int(signed(fields.number(4)?, 4)),
        shape::LONGLONG => Value::Int(fields.number(8)?.cast_signed()),
        4 => Value::Real(f32::from_bits(u32::try_from(fields.number(4)?).ok()?).into()),
        shape::DOUBLE => Value::Real(f64::from_bits(fields.number(8)?)),
        shape::DATE | shape::DATETIME | shape::TIMESTAMP => {
            let length = fields.byte()?;
            let bytes = fields.bytes(length.into())?;
            let part = |at: usize| bytes.get(at).copied().unwrap_or(0);
            let year = u16::from_le_bytes([part(0), part(1)]);
            let mut text = format!("{year:04}-{:02}-{:02}", part(2), part(3));
            if kind != shape::DATE {
                text.push_str(&format!(" {:02}:{:02}:{:02}", part(4), part(5), part(6)));
            }
            Value::text(text)
        }
        shape::TIME => {
            let length = fields.byte()?;
            let bytes = fields.bytes(length.into())?;
            let part = |at: usize| bytes.get(at).copied().unwrap_or(0);
            Value::text(format!("{:02}:{:02}:{:02}", part(5), part(6), part(7)))
        }
        _ => Value::Text(fields.lenenc_bytes()?.to_vec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::sql::ast::Statement;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_parameters_are_read_or_refused(bytes: Vec<u8>, parameters in 0_usize..40) {
            let mut prepared = Prepared::new(Parsed { statement: Statement::Taken, parameters }, Vec::new(), 0);
            let _ = prepared.values(&mut Fields::new(&bytes), parameters % 2 == 0);
        }
    }

    #[test]
    fn parameters_are_read() {
        let mut prepared =
            Prepared::new(Parsed { statement: Statement::Taken, parameters: 3 }, Vec::new(), 0);
        prepared.send_ahead(2, b"long");
        let bytes = b"\x00\x01\0\0\0\x02\x01\x01\x00\xfd\x00\xfd\x00\xff";
        let values = prepared.values(&mut Fields::new(bytes), false);
        assert_eq!(values, Some(vec![Value::Int(-1), Value::Null, Value::text("long")]));
    }
}
