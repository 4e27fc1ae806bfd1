//! touch, ln, truncate, mktemp, mkfifo, basename, dirname.

use super::{base, end, missing_operand, targets};
use crate::{
    machine::{Errno, Kind, Open, Seconds, Time, files::path},
    programs::{
        context::{Done, quoted, size},
        options::Spec,
    },
    shell::{Exit, Process},
};

/// `[[CC]YY]MMDDhhmm[.ss]`.
pub(super) fn stamp(text: &[u8], now: Seconds) -> Option<Seconds> {
    let text = std::str::from_utf8(text).ok()?;
    let (digits, seconds) = text.split_once('.').unwrap_or((text, "0"));
    let year = crate::machine::calendar::at(now).year();
    let full = match digits.len() {
        8 => format!("{year}{digits}"),
        10 => format!("20{digits}"),
        12 => digits.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| full.get(from..to).and_then(|t| t.parse::<u8>().ok());
    let date = time::Date::from_calendar_date(
        full.get(..4)?.parse().ok()?,
        part(4, 6)?.try_into().ok()?,
        part(6, 8)?,
    )
    .ok()?;
    let clock = time::Time::from_hms(part(8, 10)?, part(10, 12)?, seconds.parse().ok()?).ok()?;
    Some(date.with_time(clock).assume_utc().unix_timestamp())
}

pub(in crate::programs) async fn touch(process: &mut Process) -> Done {
    let spec = Spec {
        short: "acd:fhmr:t:",
        long: &[("no-create", 'c'), ("date=", 'd'), ("reference=", 'r'), ("time=", 'x')],
    };
    let given = process.options(spec, 1).await?;
    if given.operands.is_empty() {
        return missing_operand(process, "missing file operand").await;
    }
    let now = process.machine.now();
    let mut times = (now, now);
    if let Some(name) = given.value('r').map(<[u8]>::to_vec) {
        match process.files.stat(&name) {
            Ok(metadata) => times = (metadata.accessed, metadata.modified),
            Err(error) => {
                process
                    .complain(
                        [
                            b"touch: failed to get attributes of ",
                            &quoted(&name)[..],
                            b": ",
                            error.text().as_bytes(),
                            b"\n",
                        ]
                        .concat(),
                    )
                    .await;
                return Ok(Exit::FAILURE);
            }
        }
    } else if let Some(text) = given.value('t').map(<[u8]>::to_vec) {
        match stamp(&text, now.seconds) {
            Some(at) => times = (Time::at(at), Time::at(at)),
            None => {
                let text = [b"invalid date format ", &process.quote(&text)[..]].concat();
                return Ok(process.fail(text).await);
            }
        }
    } else if let Some(text) = given.value('d').map(<[u8]>::to_vec) {
        match crate::programs::clock::parse(&text, now.seconds) {
            Some(at) => times = (Time::at(at), Time::at(at)),
            None => {
                let text = [b"invalid date format ", &process.quote(&text)[..]].concat();
                return Ok(process.fail(text).await);
            }
        }
    }
    let mut good = true;
    for name in &given.operands {
        if !process.files.exists(name) {
            if given.has('c') {
                continue;
            }
            if let Err(error) =
                process.files.open(name, Open { write: true, create: true, mode: 0o666, ..Open::default() })
            {
                good = false;
                if process.is_busybox() {
                    process.trouble(name, error).await
                } else {
                    process.unable("cannot touch", name, error).await;
                }
                continue;
            }
        }
        let accessed = (!given.has('m') || given.has('a')).then_some(times.0);
        let modified = (!given.has('a') || given.has('m')).then_some(times.1);
        if let Err(error) = process.files.utimes(name, accessed, modified) {
            good = false;
            process
                .complain(
                    [b"touch: setting times of ", &quoted(name)[..], b": ", error.text().as_bytes(), b"\n"]
                        .concat(),
                )
                .await;
        }
    }
    end(good)
}

pub(in crate::programs) async fn ln(process: &mut Process) -> Done {
    let spec = Spec {
        short: "bfinPrsTt:vL",
        long: &[
            ("symbolic", 's'),
            ("force", 'f'),
            ("no-dereference", 'n'),
            ("relative", 'r'),
            ("verbose", 'v'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let mut given = given;
    if given.operands.len() == 1 {
        given.operands.push(b".".to_vec());
    }
    let (pairs, _) = targets(process, &given).await?;
    let mut good = true;
    for (source, target) in pairs {
        if given.has('f') && process.files.lstat(&target).is_ok_and(|m| !m.is_directory()) {
            let _ = process.files.unlink(&target);
        }
        let symbolic = given.has('s');
        let made = if symbolic {
            process.files.symlink(&source, &target)
        } else {
            process.files.link(&source, &target)
        };
        if let Err(error) = made {
            good = false;
            if !symbolic
                && error == Errno::NotPermitted
                && process.files.stat(&source).is_ok_and(|m| m.is_directory())
            {
                process.fail([&quoted(&source)[..], b": hard link not allowed for directory"].concat()).await;
            } else if !symbolic && !process.files.exists(&source) {
                process
                    .complain(
                        [
                            b"ln: failed to access ",
                            &quoted(&source)[..],
                            b": ",
                            error.text().as_bytes(),
                            b"\n",
                        ]
                        .concat(),
                    )
                    .await;
            } else {
                let what =
                    if symbolic { "failed to create symbolic link" } else { "failed to create hard link" };
                process
                    .complain(
                        [
                            b"ln: ",
                            what.as_bytes(),
                            b" ",
                            &quoted(&target)[..],
                            b": ",
                            error.text().as_bytes(),
                            b"\n",
                        ]
                        .concat(),
                    )
                    .await;
            }
        } else if given.has('v') {
            process.print([&quoted(&target)[..], b" -> ", &quoted(&source), b"\n"].concat()).await?;
        }
    }
    end(good)
}

pub(in crate::programs) async fn truncate(process: &mut Process) -> Done {
    let given =
        process.options(Spec { short: "cor:s:", long: &[("size=", 's'), ("no-create", 'c')] }, 1).await?;
    let Some(wanted) = given.value('s').and_then(size) else {
        let (size, reference) = (process.quote(b"--size"), process.quote(b"--reference"));
        let text = [b"you must specify either ", &size[..], b" or ", &reference].concat();
        return missing_operand(process, &String::from_utf8_lossy(&text)).await;
    };
    let mut good = true;
    for name in &given.operands {
        let how = Open { write: true, create: !given.has('c'), mode: 0o666, ..Open::default() };
        if let Err(error) = process.files.open(name, how).and_then(|mut handle| handle.truncate(wanted)) {
            good = false;
            process
                .complain(
                    [
                        b"truncate: cannot open ",
                        &quoted(name)[..],
                        b" for writing: ",
                        error.text().as_bytes(),
                        b"\n",
                    ]
                    .concat(),
                )
                .await;
        }
    }
    end(good)
}

pub(in crate::programs) async fn mktemp(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "dqtup:",
                long: &[("directory", 'd'), ("tmpdir?", 'p'), ("quiet", 'q'), ("dry-run", 'u')],
            },
            1,
        )
        .await?;
    let template = given.operands.first().cloned().unwrap_or_else(|| {
        if process.is_busybox() { b"tmp.XXXXXX".to_vec() } else { b"tmp.XXXXXXXXXX".to_vec() }
    });
    let count = template.iter().rev().take_while(|b| **b == b'X').count();
    if count < 3 {
        let text = [b"too few X's in template ", &process.quote(&template)[..]].concat();
        return Ok(process.fail(text).await);
    }
    let mut bytes = vec![0; count];
    let _ = getrandom::fill(&mut bytes);
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut name = template.get(..template.len() - count).unwrap_or_default().to_vec();
    name.extend(bytes.iter().filter_map(|b| LETTERS.get(usize::from(*b) % LETTERS.len())));
    if given.operands.is_empty() || given.has('t') || given.has('p') {
        let directory = given.value('p').or(process.variable("TMPDIR")).unwrap_or(b"/tmp").to_vec();
        name = path::join(&directory, &name);
    }
    let made = if given.has('u') {
        Ok(())
    } else if given.has('d') {
        process.files.mkdir(&name, 0o700)
    } else {
        process
            .files
            .open(&name, Open { write: true, create: true, exclusive: true, mode: 0o600, ..Open::default() })
            .map(drop)
    };
    if let Err(error) = made {
        let what = if given.has('d') { "directory" } else { "file" };
        let text = [
            format!("failed to create {what} via template ").as_bytes(),
            &process.quote(&template),
            b": ",
            error.text().as_bytes(),
        ]
        .concat();
        return Ok(process.fail(text).await);
    }
    process.print([name.as_slice(), b"\n"].concat()).await?;
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn base_name(process: &mut Process) -> Done {
    let given =
        process.options(Spec { short: "+as:z", long: &[("suffix=", 's'), ("multiple", 'a')] }, 1).await?;
    if given.operands.is_empty() {
        return missing_operand(process, "missing operand").await;
    }
    if process.name() == b"dirname" {
        for name in &given.operands {
            let trimmed = name.strip_suffix(b"/").filter(|rest| !rest.is_empty()).unwrap_or(name);
            let directory = match trimmed.iter().rposition(|b| *b == b'/') {
                None => b".".to_vec(),
                Some(0) => b"/".to_vec(),
                Some(at) => trimmed.get(..at).unwrap_or_default().to_vec(),
            };
            process.print([directory.as_slice(), b"\n"].concat()).await?;
        }
        return Ok(Exit::SUCCESS);
    }
    let several = given.has('a') || given.has('s');
    let suffix = given
        .value('s')
        .map(<[u8]>::to_vec)
        .or_else(|| if several { None } else { given.operands.get(1).cloned() });
    for name in given.operands.iter().take(if several { usize::MAX } else { 1 }) {
        let last = if name.iter().all(|b| *b == b'/') { b"/" } else { base(name) };
        let last = suffix
            .as_ref()
            .and_then(|suffix| last.strip_suffix(suffix.as_slice()))
            .filter(|rest| !rest.is_empty())
            .unwrap_or(last);
        process.print([last, b"\n"].concat()).await?;
    }
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn mkfifo(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "m:Z", long: &[("mode=", 'm')] }, 1).await?;
    let node = process.name() == b"mknod";
    let mut good = true;
    let names = if node { given.operands.iter().take(1).cloned().collect() } else { given.operands.clone() };
    if names.is_empty() {
        return missing_operand(process, "missing operand").await;
    }
    let kind = match given.operands.get(1).map(Vec::as_slice) {
        Some(b"c" | b"u") if node => Kind::Character,
        Some(b"b") if node => Kind::Block,
        _ => Kind::Fifo,
    };

    for name in names {
        if let Err(error) = process.files.make_special(&name, kind, 0o666) {
            good = false;
            process
                .complain(
                    [
                        process.name(),
                        b": cannot create fifo ",
                        &quoted(&name)[..],
                        b": ",
                        error.text().as_bytes(),
                        b"\n",
                    ]
                    .concat(),
                )
                .await;
        }
    }
    end(good)
}
