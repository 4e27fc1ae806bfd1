//! Rows by the thousand, as `COPY … (FORMAT binary)` takes them.

use bytes::{BufMut as _, Bytes, BytesMut};

use super::super::Value;

/// What stands before the rows: a signature, no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Bytes of a message.
const MESSAGE: usize = 128 << 10;

/// The messages of rows that are `width` values wide.
pub(super) fn messages(values: &[Value<'_>], width: usize) -> impl Iterator<Item = Bytes> {
    let (mut rows, mut message) = (values.chunks(width.max(1)), BytesMut::from(HEAD));
    let mut is_done = false;
    std::iter::from_fn(move || {
        while !is_done && message.len() < MESSAGE {
            match rows.next() {
                Some(values) => row(&mut message, values),
                None => {
                    message.put_i16(-1);
                    is_done = true;
                }
            }
        }
        Some(message.split().freeze()).filter(|message| !message.is_empty())
    })
}

fn row(out: &mut BytesMut, values: &[Value<'_>]) {
    out.put_i16(i16::try_from(values.len()).unwrap_or(0));
    for value in values {
        match value {
            Value::Null => out.put_i32(-1),
            Value::Int(number) => {
                out.put_i32(8);
                out.put_i64(*number);
            }
            Value::Text(text) => bytes(out, text.as_bytes()),
            Value::Bytes(its) => bytes(out, its),
        }
    }
}

fn bytes(out: &mut BytesMut, bytes: &[u8]) {
    // Nothing is as long: lines have a bound.
    out.put_i32(i32::try_from(bytes.len()).unwrap_or(0));
    out.put_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_behind_each_other() {
        let values = [Value::Int(1), Value::Null, Value::Bytes(b"ab"), Value::Text("")];
        let all: Vec<u8> = messages(&values, 2).flatten().collect();
        let (_, rows) = all.split_at(HEAD.len());
        let expect = b"\0\x02\0\0\0\x08\0\0\0\0\0\0\0\x01\xff\xff\xff\xff\0\x02\0\0\0\x02ab\0\0\0\0\xff\xff";
        assert_eq!(rows, expect);
        assert_eq!(messages(&[], 3).map(|message| message.len()).sum::<usize>(), HEAD.len() + 2);
    }
}
