//! cksum, sum, b2sum, base32, factor.

use openssl::hash::{MessageDigest, hash};

use super::super::{context::Done, options::Spec};
use crate::shell::{Exit, Process};

/// The check sum of POSIX.
fn posix(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: u8| {
        (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
            if crc >> 31 > 0 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 }
        })
    };
    let mut crc = bytes.iter().fold(0, |crc, byte| step(crc, *byte));
    let mut length = bytes.len();
    while length > 0 {
        crc = step(crc, length.to_le_bytes()[0]);
        length >>= 8;
    }
    !crc
}

pub(in crate::programs) async fn cksum(process: &mut Process) -> Done {
    let given =
        process.options(Spec { short: "a:c", long: &[("algorithm=", 'a'), ("untagged", 'u')] }, 1).await?;
    let standard = [b"-".to_vec()];
    let names = if given.operands.is_empty() { &standard[..] } else { &given.operands[..] };
    let mut good = true;
    for name in names {
        match process.read_input(name).await {
            Ok(bytes) => {
                let line = format!("{} {}", posix(&bytes), bytes.len()).into_bytes();
                let shown = if given.operands.is_empty() { Vec::new() } else { [b" ", &name[..]].concat() };
                process.print([line, shown, b"\n".to_vec()].concat()).await?;
            }
            Err(error) => {
                good = false;
                process.trouble(name, error).await;
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// The sums of BSD and of System V.
pub(in crate::programs) async fn sum(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "rs", long: &[("sysv", 's')] }, 1).await?;
    let standard = [b"-".to_vec()];
    let names = if given.operands.is_empty() { &standard[..] } else { &given.operands[..] };
    let mut good = true;
    for name in names {
        let bytes = match process.read_input(name).await {
            Ok(bytes) => bytes,
            Err(error) => {
                good = false;
                process.trouble(name, error).await;
                continue;
            }
        };
        let line = if given.last_of("rs") == Some('s') {
            let all = bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
            let once = (all & 0xffff) + (all >> 16);
            format!("{} {}", (once & 0xffff) + (once >> 16), bytes.len().div_ceil(512))
        } else {
            let step = |sum: u16, byte: &u8| sum.rotate_right(1).wrapping_add(u16::from(*byte));
            format!("{:05} {:5}", bytes.iter().fold(0, step), bytes.len().div_ceil(1_024))
        };
        let shown = if given.operands.is_empty() { Vec::new() } else { [b" ", &name[..]].concat() };
        process.print([line.as_bytes(), &shown, b"\n"].concat()).await?;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(in crate::programs) async fn b2sum(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "bctl:wz", long: &[("check", 'c')] }, 1).await?;
    let standard = [b"-".to_vec()];
    let names = if given.operands.is_empty() { &standard[..] } else { &given.operands[..] };
    let mut good = true;
    for name in names {
        let digest = MessageDigest::from_name("blake2b512");
        match process.read_input(name).await {
            Ok(bytes) => {
                let sum = digest.and_then(|digest| hash(digest, &bytes).ok());
                let text: String =
                    sum.iter().flat_map(|sum| sum.iter().map(|byte| format!("{byte:02x}"))).collect();
                process.print([text.as_bytes(), b"  ", &name[..], b"\n"].concat()).await?;
            }
            Err(error) => {
                good = false;
                process.trouble(name, error).await;
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn encoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in bytes.chunks(5) {
        let value =
            (0..5).fold(0_u64, |value, at| value << 8 | u64::from(chunk.get(at).copied().unwrap_or(0)));
        let filled = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let place = (value >> (35 - 5 * at) & 31) as usize;
            out.push(if at < filled { LETTERS.get(place).copied().unwrap_or(b'=') } else { b'=' });
        }
    }
    out
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut value, mut bits) = (0_u64, 0);
    for letter in text.iter().filter(|byte| **byte != b'\n').take_while(|byte| **byte != b'=') {
        let place = LETTERS.iter().position(|known| known == letter)?;
        value = (value << 5 | place as u64) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((value >> bits & 255) as u8);
        }
    }
    Some(out)
}

pub(in crate::programs) async fn base32(process: &mut Process) -> Done {
    let spec = Spec { short: "diw:", long: &[("decode", 'd'), ("ignore-garbage", 'i'), ("wrap=", 'w')] };
    let given = process.options(spec, 1).await?;
    let name = given.operands.first().cloned().unwrap_or_else(|| b"-".to_vec());
    let bytes = match process.read_input(&name).await {
        Ok(bytes) => bytes,
        Err(error) => {
            process.trouble(&name, error).await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('d') {
        let Some(out) = decoded(&bytes) else { return Ok(process.fail("invalid input").await) };
        process.print(out).await?;
        return Ok(Exit::SUCCESS);
    }
    let width = given.value('w').and_then(super::super::context::number).map_or(76, |(n, _)| n as usize);
    let text = encoded(&bytes);
    let mut out = Vec::new();
    for line in text.chunks(if width == 0 { usize::MAX } else { width }) {
        out.extend_from_slice(line);
        if width > 0 {
            out.push(b'\n');
        }
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn factor(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "h", long: &[("exponents", 'h')] }, 1).await?;
    let mut words = given.operands;
    if words.is_empty() {
        let text = process.read_input(b"-").await.unwrap_or_default();
        words = text.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).map(<[u8]>::to_vec).collect();
    }
    let mut good = true;
    for word in words.iter().take(1_000) {
        let number = std::str::from_utf8(word).ok().and_then(|word| word.parse::<u64>().ok());
        let Some(number) = number else {
            good = false;
            process.fail([&process.quote(word)[..], b" is not a valid positive integer"].concat()).await;
            continue;
        };
        let (mut rest, mut by, mut out) = (number, 2_u64, format!("{number}:"));
        // A large prime is found by its want of small divisors.
        while by * by <= rest && by < 2_000_000 {
            if rest % by == 0 {
                rest /= by;
                out += &format!(" {by}");
            } else {
                by += if by == 2 { 1 } else { 2 };
            }
        }
        if rest > 1 {
            out += &format!(" {rest}");
        }
        process.print(out + "\n").await?;
        tokio::task::yield_now().await;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_letters_are_those_of_coreutils() {
        assert_eq!(posix(b"1 a\n2 b\n"), 1_020_422_075);
        assert_eq!(encoded(b"hi\n"), b"NBUQU===");
        assert_eq!(decoded(b"NBUQU===\n").unwrap(), b"hi\n");
        assert_eq!(decoded(b"!"), None);
    }
}
