//! install and shred.

use super::super::{
    context::{Done, number, quoted},
    options::Spec,
};
use crate::{
    machine::{Errno, Open, files::path},
    shell::{Exit, Process},
};

pub(in crate::programs) async fn install(process: &mut Process) -> Done {
    let spec = Spec {
        short: "bcCdDg:m:o:pst:TvZ",
        long: &[
            ("directory", 'd'),
            ("mode=", 'm'),
            ("owner=", 'o'),
            ("group=", 'g'),
            ("target-directory=", 't'),
            ("verbose", 'v'),
            ("no-target-directory", 'T'),
            ("compare", 'C'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let mode = match given.value('m') {
        None => 0o755,
        Some(text) => match std::str::from_utf8(text).ok().and_then(|text| u32::from_str_radix(text, 8).ok())
        {
            Some(mode) if mode <= 0o7777 => mode,
            _ => {
                let text = [b"invalid mode ", &process.quote(text)[..]].concat();
                return Ok(process.fail(text).await);
            }
        },
    };
    let mut operands = given.operands.clone();
    if operands.is_empty() {
        return Ok(process.misused("missing file operand", 1).await);
    }
    if given.has('d') {
        let mut good = true;
        for name in operands {
            if let Err(error) = directories(process, &name, mode) {
                good = false;
                process.unable("cannot create directory", &name, error).await;
            }
        }
        return Ok(if good { Exit::SUCCESS } else { Exit::FAILURE });
    }
    let target = match given.value('t') {
        Some(target) => target.to_vec(),
        None if operands.len() < 2 => {
            let name = operands.first().map(|name| quoted(name)).unwrap_or_default();
            let text = format!("missing destination file operand after {}", String::from_utf8_lossy(&name));
            return Ok(process.misused(&text, 1).await);
        }
        None => operands.pop().unwrap_or_default(),
    };
    let is_directory = process.files.stat(&target).is_ok_and(|m| m.is_directory());
    if operands.len() > 1 && !is_directory {
        return Ok(process.fail([b"target ", &quoted(&target)[..], b" is not a directory"].concat()).await);
    }
    let mut good = true;
    for source in operands {
        let base = source.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let at = if is_directory { path::join(&target, base) } else { target.clone() };
        if given.has('D') {
            let parent = path::split(&at).0.to_vec();
            let _ = directories(process, &parent, 0o755);
        }
        good &= one(process, &source, &at, mode).await;
        if given.has('v') && good {
            process.print([&quoted(&source)[..], b" -> ", &quoted(&at)[..], b"\n"].concat()).await?;
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// Makes a directory and those above it.
fn directories(process: &Process, name: &[u8], mode: u32) -> Result<(), Errno> {
    for (at, byte) in name.iter().enumerate().skip(1) {
        if let Some(parent) = name.get(..at).filter(|_| *byte == b'/') {
            let _ = process.files.mkdir(parent, 0o755);
        }
    }
    match process.files.mkdir(name, mode) {
        Err(Errno::Exists) if process.files.stat(name).is_ok_and(|m| m.is_directory()) => {}
        other => other?,
    }
    process.files.chmod(name, mode)
}

async fn one(process: &Process, source: &[u8], at: &[u8], mode: u32) -> bool {
    let bytes = match process.files.stat(source) {
        Err(error) => {
            process.unable("cannot stat", source, error).await;
            return false;
        }
        Ok(metadata) if metadata.is_directory() => {
            process.complain([b"install: omitting directory ", &quoted(source)[..], b"\n"].concat()).await;
            return false;
        }
        Ok(_) => process.files.read(source),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            process.unable("cannot open", source, error).await;
            return false;
        }
    };
    let _ = process.files.unlink(at);
    let made = process.files.write(at, &bytes, 0o600).and_then(|()| process.files.chmod(at, mode));
    if let Err(error) = made {
        process.unable("cannot create regular file", at, error).await;
    }
    made.is_ok()
}

pub(in crate::programs) async fn shred(process: &mut Process) -> Done {
    let spec = Spec {
        short: "fn:s:uvxz",
        long: &[
            ("force", 'f'),
            ("iterations=", 'n'),
            ("size=", 's'),
            ("remove?", 'u'),
            ("verbose", 'v'),
            ("exact", 'x'),
            ("zero", 'z'),
        ],
    };
    let given = process.options(spec, 1).await?;
    if given.operands.is_empty() {
        return Ok(process.misused("missing file operand", 1).await);
    }
    let rounds = given.value('n').and_then(number).map_or(3, |(n, _)| n.min(100));
    let passes = rounds + u64::from(given.has('z'));
    let mut good = true;
    for name in &given.operands {
        let handle = process.files.open(name, Open { read: true, write: true, ..Open::default() });
        let mut handle = match handle {
            Ok(handle) => handle,
            Err(error) => {
                good = false;
                process
                    .complain(
                        [
                            b"shred: ",
                            &name[..],
                            b": failed to open for writing: ",
                            error.text().as_bytes(),
                            b"\n",
                        ]
                        .concat(),
                    )
                    .await;
                continue;
            }
        };
        if given.has('v') {
            for pass in 1..=passes {
                let what = if pass > rounds { "000000" } else { "random" };
                let text = format!(": pass {pass}/{passes} ({what})...\n");
                process.complain([b"shred: ", &name[..], text.as_bytes()].concat()).await;
            }
        }
        let size = handle.size();
        let whole = if given.has('x') { size } else { size.next_multiple_of(4_096) };
        let mut bytes = vec![0; usize::try_from(whole).unwrap_or(0).min(crate::caps::MACHINE_BYTES_PER_FILE)];
        if !given.has('z') {
            let mut seed = process.machine.number(&format!("shredded {}", process.pid), u64::MAX) | 1;
            for byte in &mut bytes {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                *byte = (seed >> 32) as u8;
            }
        }
        let _ = handle.write(&bytes);
        if given.has('u') {
            removed(process, name, given.has('v')).await;
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// Takes the name away, letter by letter.
async fn removed(process: &Process, name: &[u8], tells: bool) {
    if tells {
        let at = name.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
        let (place, base) = name.split_at(at);
        let mut before = name.to_vec();
        process.complain([b"shred: ", name, b": removing\n"].concat()).await;
        for length in (1..=base.len()).rev() {
            let next = [place, &vec![b'0'; length]].concat();
            process.complain([b"shred: ", &before[..], b": renamed to ", &next, b"\n"].concat()).await;
            before = next;
        }
        process.complain([b"shred: ", name, b": removed\n"].concat()).await;
    }
    let _ = process.files.unlink(name);
}
