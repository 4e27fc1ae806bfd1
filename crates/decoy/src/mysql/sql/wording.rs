//! Rarer functions of texts.

use std::net::{Ipv4Addr, Ipv6Addr};

use openssl::symm::{Cipher, Crypter, Mode};

use super::value::Value;
use crate::caps;

/// What the function of this name comes to; `None` if there is none of it.
pub(super) fn call(name: &str, values: &[Value]) -> Option<Value> {
    let value = |at: usize| values.get(at).cloned().unwrap_or(Value::Null);
    let text = |at: usize| value(at).shown();
    let found = |at: Option<usize>| Value::Int(at.and_then(|at| i64::try_from(at + 1).ok()).unwrap_or(0));
    Some(match name {
        "insert" => inserted(&text(0), value(1).whole(), value(2).whole(), &text(3)),
        "soundex" => Value::text(soundex(&text(0))),
        "make_set" => {
            let chosen = values.iter().skip(1).enumerate();
            let chosen = chosen.filter(|(at, value)| *at < 63 && values_bit(values, *at) && !value.is_null());
            Value::text(chosen.map(|(_, value)| value.shown()).collect::<Vec<_>>().join(","))
        }
        "export_set" => {
            let separator = if values.len() > 3 { text(3) } else { ",".to_owned() };
            let count = usize::try_from(values.get(4).map_or(64, Value::whole)).unwrap_or(64).min(64);
            let bits = (0..count).map(|at| if values_bit(values, at) { text(1) } else { text(2) });
            let bits: Vec<_> = bits.collect();
            if bits.iter().map(String::len).sum::<usize>() > caps::MYSQL_VALUE {
                return Some(Value::Null);
            }
            Value::text(bits.join(&separator))
        }
        "field" => {
            let wanted = value(0);
            let same = |value: &Value| value.compare(&wanted) == Some(std::cmp::Ordering::Equal);
            found(values.iter().skip(1).position(same))
        }
        "find_in_set" if values.iter().any(Value::is_null) => Value::Null,
        "find_in_set" => found(text(1).split(',').position(|one| one.eq_ignore_ascii_case(&text(0)))),
        "format" => Value::text(grouped(value(0).number(), value(1).whole())),
        "old_password" => Value::text(old_password(&value(0).printed())),
        "aes_encrypt" => aes(Mode::Encrypt, &value(0).printed(), &value(1).printed()),
        "aes_decrypt" => aes(Mode::Decrypt, &value(0).printed(), &value(1).printed()),
        "compress" => compressed(&value(0).printed()),
        "uncompress" => uncompressed(&value(0).printed()),
        "is_ipv4" => Value::truth(text(0).parse::<Ipv4Addr>().is_ok()),
        "is_ipv6" => Value::truth(text(0).parse::<Ipv6Addr>().is_ok()),
        "inet6_aton" => address_bytes(&text(0)),
        "inet6_ntoa" => address_text(&value(0).printed()),
        "coercibility" => Value::Int(4),
        "is_used_lock" => Value::Null,
        _ => return None,
    })
}

/// Whether a bit of the first value is set.
fn values_bit(values: &[Value], at: usize) -> bool {
    values.first().is_some_and(|bits| at < 64 && bits.whole() >> at & 1 == 1)
}

fn inserted(text: &str, place: i64, count: i64, new: &str) -> Value {
    let characters: Vec<char> = text.chars().collect();
    let Some(from) = usize::try_from(place).ok().filter(|at| (1..=characters.len()).contains(at)) else {
        return Value::text(text);
    };
    let rest = characters.len() - (from - 1);
    let count = usize::try_from(count).unwrap_or(rest).min(rest);
    let before = characters.iter().take(from - 1);
    let after = characters.iter().skip(from - 1 + count);
    Value::text(before.copied().chain(new.chars()).chain(after.copied()).collect::<String>())
}

fn soundex(text: &str) -> String {
    const CODES: &[u8; 26] = b"01230120022455012623010202";
    let mut out = String::new();
    let mut last = '0';
    for letter in text.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase()) {
        let at = usize::try_from(u32::from(letter) - u32::from('A')).unwrap_or(0);
        let code = CODES.get(at).map_or('0', |code| char::from(*code));
        if out.is_empty() {
            out.push(letter);
        } else if code != '0' && code != last {
            out.push(code);
        }
        last = code;
    }
    while !out.is_empty() && out.len() < 4 {
        out.push('0');
    }
    out
}

/// A number with commas between thousands.
fn grouped(number: f64, decimals: i64) -> String {
    let decimals = usize::try_from(decimals).unwrap_or(0).min(30);
    let text = format!("{:.decimals$}", number.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest));
    let mut out = if number < 0.0 { "-".to_owned() } else { String::new() };
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if decimals > 0 {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// The hash of passwords before version 4.1.
fn old_password(password: &[u8]) -> String {
    let (mut one, mut two, mut add) = (1_345_345_333_u64, 0x1234_5671_u64, 7_u64);
    for byte in password.iter().filter(|byte| !matches!(byte, b' ' | b'\t')) {
        let byte = u64::from(*byte);
        one ^= (((one & 63).wrapping_add(add)).wrapping_mul(byte)).wrapping_add(one << 8);
        two = two.wrapping_add((two << 8) ^ one);
        add = add.wrapping_add(byte);
    }
    format!("{:08x}{:08x}", one & 0x7fff_ffff, two & 0x7fff_ffff)
}

/// AES-128 in single blocks, with a key that is folded to its length.
fn aes(mode: Mode, text: &[u8], password: &[u8]) -> Value {
    let mut key = [0_u8; 16];
    for (at, byte) in password.iter().enumerate() {
        if let Some(slot) = key.get_mut(at % 16) {
            *slot ^= byte;
        }
    }
    let result = || {
        let cipher = Cipher::aes_128_ecb();
        let mut crypter = Crypter::new(cipher, mode, &key, None).ok()?;
        let mut out = vec![0; text.len() + 32];
        let done = crypter.update(text, &mut out).ok()?;
        let rest = crypter.finalize(out.get_mut(done..)?).ok()?;
        out.truncate(done + rest);
        Some(out)
    };
    result().map_or(Value::Null, Value::Binary)
}

/// Packed, with the length in front.
fn compressed(text: &[u8]) -> Value {
    use std::io::Write as _;
    if text.is_empty() {
        return Value::text("");
    }
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut packer =
        flate2::write::ZlibEncoder::new(length.to_le_bytes().to_vec(), flate2::Compression::default());
    let packed = packer.write_all(text).and_then(|()| packer.finish());
    packed.map_or(Value::Null, Value::Binary)
}

fn uncompressed(packed: &[u8]) -> Value {
    use std::io::Read as _;
    let Some(body) = packed.get(4..) else { return Value::Null };
    let mut out = Vec::new();
    let most = caps::MYSQL_VALUE as u64;
    let read = flate2::read::ZlibDecoder::new(body).take(most).read_to_end(&mut out);
    read.map_or(Value::Null, |_| Value::Binary(out))
}

fn address_bytes(text: &str) -> Value {
    match (text.parse::<Ipv4Addr>(), text.parse::<Ipv6Addr>()) {
        (Ok(address), _) => Value::Binary(address.octets().to_vec()),
        (_, Ok(address)) => Value::Binary(address.octets().to_vec()),
        _ => Value::Null,
    }
}

fn address_text(bytes: &[u8]) -> Value {
    let four = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
    let sixteen = <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).to_string());
    four.or(sixteen).map_or(Value::Null, Value::text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::proof::hex;
    use proptest::prelude::*;

    #[test]
    fn texts_as_the_server_has_them() {
        let check = |name: &str, values: &[Value], expect: &str| {
            assert_eq!(call(name, values).unwrap().shown(), expect, "{name}");
        };
        let (a, b) = (Value::text("a"), Value::text("b"));
        check("soundex", &[Value::text("hello")], "H400");
        check("insert", &[Value::text("abcd"), Value::Int(2), Value::Int(2), Value::text("ZZ")], "aZZd");
        check("make_set", &[Value::Int(3), a.clone(), b.clone()], "a,b");
        check("format", &[Value::Real(1_234_567.891), Value::Int(2)], "1,234,567.89");
        check("old_password", std::slice::from_ref(&a), "60671c896665c3fa");
        check("find_in_set", &[b.clone(), Value::text("a,b")], "2");
        let sealed = call("aes_encrypt", &[a.clone(), b.clone()]).unwrap();
        assert_eq!(hex(&sealed.printed()).to_uppercase(), "54813C99E9715C2813134C6C172E494E");
        check("aes_decrypt", &[sealed, b], "a");
        let packed = call("compress", &[a]).unwrap();
        check("uncompress", &[packed], "a");
    }

    proptest! {
        #[test]
        fn any_values_come_to_something(number: i64, other: i64, one in ".{0,24}", bytes: Vec<u8>) {
            for name in ["insert", "make_set", "export_set", "field", "find_in_set", "format", "aes_decrypt", "uncompress", "inet6_ntoa", "soundex", "old_password"] {
                call(name, &[Value::text(one.as_str()), Value::Int(number), Value::Int(other), Value::text("x")]);
                call(name, &[Value::Binary(bytes.clone()), Value::Int(number)]);
                call(name, &[Value::Int(number), Value::Int(other)]);
            }
        }
    }
}
