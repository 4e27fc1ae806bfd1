//! md5sum and kin, base64, xxd, od, hexdump, strings, cmp, file.

mod dump;
mod kinds;

pub(super) use self::dump::{hexdump, od, strings, xxd};
pub(super) use self::kinds::{cmp, diff, file};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::hash::{MessageDigest, hash};

use super::{
    context::{Done, number},
    options::Spec,
};
use crate::shell::{Exit, Process};

fn end(good: bool) -> Done {
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(super) async fn sum(process: &mut Process) -> Done {
    let digest = match process.name() {
        b"md5sum" => MessageDigest::md5(),
        b"sha1sum" => MessageDigest::sha1(),
        b"sha224sum" => MessageDigest::sha224(),
        b"sha384sum" => MessageDigest::sha384(),
        b"sha512sum" => MessageDigest::sha512(),
        _ => MessageDigest::sha256(),
    };
    let given = process
        .options(
            Spec {
                short: "bctwz",
                long: &[("check", 'c'), ("binary", 'b'), ("tag", 'g'), ("status", 's'), ("quiet", 'q')],
            },
            1,
        )
        .await?;
    let names = if given.operands.is_empty() { vec![b"-".to_vec()] } else { given.operands.clone() };
    let mut good = true;
    for name in names {
        if given.has('c') {
            good &= check(process, &name, digest).await?;
            continue;
        }
        match process.read_input(&name).await {
            Ok(bytes) => {
                let text = hash(digest, &bytes).map(|sum| hex(&sum)).unwrap_or_default();
                process
                    .print(
                        [text.as_bytes(), if given.has('b') { b" *" } else { b"  " }, &name, b"\n"].concat(),
                    )
                    .await?;
            }
            Err(error) => {
                good = false;
                process.trouble(&name, error).await;
            }
        }
    }
    end(good)
}

async fn check(process: &Process, list: &[u8], digest: MessageDigest) -> Result<bool, Exit> {
    let text = match process.read_input(list).await {
        Ok(text) => text,
        Err(error) => {
            process.trouble(list, error).await;
            return Ok(false);
        }
    };
    let mut wrong = 0;
    for line in text.split(|b| *b == b'\n') {
        let Some(at) = line.iter().position(|b| *b == b' ') else { continue };
        let (expect, name) = (line.get(..at).unwrap_or_default(), line.get(at + 2..).unwrap_or_default());
        let same = match process.read_input(name).await {
            Ok(bytes) => {
                hash(digest, &bytes).is_ok_and(|sum| hex(&sum).as_bytes() == expect.to_ascii_lowercase())
            }
            Err(error) => {
                process.trouble(name, error).await;
                false
            }
        };
        wrong += usize::from(!same);
        process.print([name, if same { &b": OK\n"[..] } else { b": FAILED\n" }].concat()).await?;
    }
    if wrong > 0 {
        let name = process.called();
        process
            .complain(format!(
                "{name}: WARNING: {wrong} computed checksum{} did NOT match\n",
                if wrong == 1 { "" } else { "s" }
            ))
            .await;
    }
    Ok(wrong == 0)
}

pub(super) async fn base64_program(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec { short: "dDiw:", long: &[("decode", 'd'), ("ignore-garbage", 'i'), ("wrap=", 'w')] },
            1,
        )
        .await?;
    let name = given.operands.first().cloned().unwrap_or_else(|| b"-".to_vec());
    let bytes = match process.read_input(&name).await {
        Ok(bytes) => bytes,
        Err(error) => {
            process.trouble(&name, error).await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('d') || given.has('D') {
        let kept: Vec<u8> = bytes
            .iter()
            .copied()
            .filter(|b| *b != b'\n' && (!given.has('i') || b.is_ascii_alphanumeric() || b"+/=".contains(b)))
            .collect();
        let valid = kept.iter().take_while(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)).count();
        let whole = valid / 4 * 4;
        let decoded = STANDARD.decode(kept.get(..whole).unwrap_or_default());
        let bad = valid < kept.len() || whole < kept.len() || decoded.is_err();
        process.print(decoded.unwrap_or_default()).await?;
        if bad {
            process.complain("base64: invalid input\n").await;
        }
        return end(!bad);
    }
    let text = STANDARD.encode(&bytes);
    let width = given.value('w').and_then(number).and_then(|(n, _)| usize::try_from(n).ok()).unwrap_or(76);
    let mut out = Vec::new();
    if width == 0 {
        out.extend(text.into_bytes());
    } else {
        for line in text.as_bytes().chunks(width) {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}
