//! Values on their way to PostgreSQL and back.

use bytes::{BufMut as _, BytesMut};
use tokio_postgres::{
    Row,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use super::super::Value;
use crate::RecordError;

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// The type that a value is sent as, whatever the statement would make of it.
pub(super) const fn type_of(value: &Value<'_>) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Int(_) => Type::INT8,
        Value::Text(_) | Value::Bytes(_) => Type::BYTEA,
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match (self, ty) {
            (Value::Null, _) => return Ok(IsNull::Yes),
            (Value::Int(number), &Type::INT8) => out.put_i64(*number),
            (Value::Int(_), other) => return Err(format!("a number stands where {other} should").into()),
            (Value::Text(text), _) => out.put_slice(text.as_bytes()),
            (Value::Bytes(bytes), _) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value as it came.
struct Raw<'r> {
    ty: Type,
    bytes: &'r [u8],
}

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(ty: &Type, bytes: &'r [u8]) -> Result<Self, Failure> {
        Ok(Self { ty: ty.clone(), bytes })
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A number of a row, where there is one.
pub(in crate::sql) fn int(row: &Row, at: usize) -> Result<Option<i64>, RecordError> {
    let wrong = RecordError::Row { what: "a number" };
    let Some(Raw { ty, bytes }) = row.try_get::<_, Option<Raw<'_>>>(at)? else { return Ok(None) };
    let number = match ty {
        Type::INT8 => bytes.try_into().map(i64::from_be_bytes).ok(),
        Type::INT4 => bytes.try_into().map(|four| i32::from_be_bytes(four).into()).ok(),
        Type::BOOL => bytes.first().map(|truth| i64::from(*truth)),
        Type::NUMERIC => numeric(bytes),
        _ => None,
    };
    number.map(Some).ok_or(wrong)
}

/// Bytes of a row, where there are some.
pub(in crate::sql) fn bytes(row: &Row, at: usize) -> Result<Option<&[u8]>, RecordError> {
    Ok(row.try_get::<_, Option<Raw<'_>>>(at)?.map(|raw| raw.bytes))
}

/// A sum of numbers: a count of digits of base 10,000, the weight of the first, sign, scale, digits.
fn numeric(bytes: &[u8]) -> Option<i64> {
    let mut words = bytes.chunks(2).map(|two| two.try_into().map(i16::from_be_bytes).ok());
    let mut word = || words.next().flatten();
    let (digits, weight, sign, _scale) = (word()?, word()?, word()?, word()?);
    let mut number: i64 = 0;
    for at in 0..=weight {
        let digit = if at < digits { word()? } else { 0 };
        number = number.checked_mul(10_000)?.checked_add(digit.into())?;
    }
    match sign {
        0 => Some(number),
        0x4000 => Some(-number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::numeric;

    #[test]
    fn sums_are_read() {
        let check = |words: &[i16], expect: Option<i64>| {
            let bytes: Vec<_> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            assert_eq!(numeric(&bytes), expect, "{words:?}");
        };
        check(&[0, 0, 0, 0], Some(0));
        check(&[1, 0, 0, 0, 42], Some(42));
        check(&[1, 1, 0, 0, 3], Some(30_000));
        check(&[2, 1, 0x4000, 0, 3, 7], Some(-30_007));
        check(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5807], Some(i64::MAX));
        check(&[1, 5, 0, 0, 1], None);
        check(&[1, 0, -0x4000, 0, 1], None);
        check(&[2, 1, 0, 0, 3], None);
        check(&[], None);
    }
}
