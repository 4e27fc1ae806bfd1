//! Programs that change files: cp, mv, rm, mkdir, rmdir, touch, ln, chmod, chown, chattr, truncate, mktemp, dd, install.

use super::{
    context::{Done, quoted, size},
    modes,
    options::{Parsed, Spec},
};
use crate::{
    caps,
    machine::{Errno, Kind, Open, Seconds, Time, files::path},
    shell::{Exit, Process},
};

fn end(good: bool) -> Done {
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

fn base(name: &[u8]) -> &[u8] {
    let trimmed = name.strip_suffix(b"/").filter(|rest| !rest.is_empty()).unwrap_or(name);
    trimmed.rsplit(|b| *b == b'/').next().unwrap_or_default()
}

async fn missing_operand(process: &mut Process, what: &str) -> Done {
    Ok(process.misused(what, 1).await)
}

/// Sources, and where each goes: into a directory or over a file.
async fn targets(process: &mut Process, given: &Parsed) -> Result<(Vec<(Vec<u8>, Vec<u8>)>, bool), Exit> {
    let mut operands = given.operands.clone();
    let directory = match given.value('t') {
        Some(directory) => directory.to_vec(),
        None if operands.len() < 2 => {
            let text = match operands.first() {
                None => "missing file operand".to_owned(),
                Some(first) => format!(
                    "missing destination file operand after {}",
                    String::from_utf8_lossy(&quoted(first))
                ),
            };
            return Err(process.misused(&text, 1).await);
        }
        None => operands.pop().unwrap_or_default(),
    };
    let is_directory = process.files.stat(&directory).is_ok_and(|m| m.is_directory()) && !given.has('T');
    if operands.len() > 1 && !is_directory {
        let text = if process.files.exists(&directory) || process.is_busybox() {
            [b"target ", &quoted(&directory)[..], b": Not a directory"].concat()
        } else {
            [b"target ", &quoted(&directory)[..], b": No such file or directory"].concat()
        };
        return Err(process.fail(text).await);
    }
    let place = |source: &Vec<u8>| {
        if is_directory { path::join(&directory, base(source)) } else { directory.clone() }
    };
    Ok((operands.iter().map(|source| (source.clone(), place(source))).collect(), is_directory))
}

pub(super) async fn cp(process: &mut Process) -> Done {
    let spec = Spec {
        short: "abdfiHlLnPpRrst:Tuvx",
        long: &[
            ("archive", 'a'),
            ("recursive", 'r'),
            ("force", 'f'),
            ("preserve?", 'p'),
            ("verbose", 'v'),
            ("no-clobber", 'n'),
            ("target-directory=", 't'),
            ("no-target-directory", 'T'),
            ("update", 'u'),
            ("symbolic-link", 's'),
            ("no-dereference", 'P'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let (pairs, _) = targets(process, &given).await?;
    let mut good = true;
    for (source, target) in pairs {
        good &= copy(process, &given, source, target).await?;
    }
    end(good)
}

async fn copy(process: &mut Process, given: &Parsed, source: Vec<u8>, target: Vec<u8>) -> Result<bool, Exit> {
    let recursive = given.has('r') || given.has('R') || given.has('a');
    let keeps_links = given.has('d') || given.has('a') || given.has('P') || recursive && !given.has('L');
    let mut good = true;
    let mut queue = vec![(source, target)];
    let mut seen = 0;
    while let Some((source, target)) = queue.pop() {
        seen += 1;
        if seen > caps::PROGRAM_FILES {
            break;
        }
        tokio::task::yield_now().await;
        let found = if keeps_links { process.files.lstat(&source) } else { process.files.stat(&source) };
        let metadata = match found {
            Ok(metadata) => metadata,
            Err(error) => {
                process.unable("cannot stat", &source, error).await;
                good = false;
                continue;
            }
        };
        let same = process
            .files
            .stat(&target)
            .is_ok_and(|m| m.inode == metadata.inode && m.device == metadata.device)
            && process.files.real_path(&source) == process.files.real_path(&target);
        if same {
            let text = [&quoted(&source)[..], b" and ", &quoted(&target), b" are the same file"].concat();
            process.fail(text).await;
            good = false;
            continue;
        }
        if given.has('n') && process.files.exists(&target) {
            continue;
        }
        let done = match metadata.kind {
            Kind::Directory if !recursive => {
                let text = if process.is_busybox() {
                    [b"omitting directory '", source.as_slice(), b"'"].concat()
                } else {
                    [b"-r not specified; omitting directory ", &quoted(&source)[..]].concat()
                };
                process.fail(text).await;
                good = false;
                continue;
            }
            Kind::Directory => {
                let made = match process.files.mkdir(&target, metadata.mode) {
                    Err(Errno::Exists) if process.files.stat(&target).is_ok_and(|m| m.is_directory()) => {
                        Ok(())
                    }
                    other => other,
                };
                if made.is_ok() {
                    for entry in process.files.read_dir(&source).unwrap_or_default().into_iter().rev() {
                        queue.push((path::join(&source, &entry.name), path::join(&target, &entry.name)));
                    }
                }
                made.map_err(|error| ("cannot create directory", error))
            }
            Kind::Symlink => {
                let link = process.files.read_link(&source).unwrap_or_default();
                let _ = process.files.unlink(&target);
                process.files.symlink(&link, &target).map_err(|error| ("cannot create symbolic link", error))
            }
            Kind::File => copy_file(process, &source, &target, metadata.mode, given.has('f')).await,
            kind => process
                .files
                .make_special(&target, kind, metadata.mode)
                .map_err(|error| ("cannot create special file", error)),
        };
        match done {
            Ok(()) => {
                if given.has('p') || given.has('a') {
                    let _ = process.files.chown(&target, Some(metadata.uid), Some(metadata.gid), false);
                    if metadata.kind != Kind::Symlink {
                        let _ = process.files.chmod(&target, metadata.mode);
                        let _ =
                            process.files.utimes(&target, Some(metadata.accessed), Some(metadata.modified));
                    }
                }
                if given.has('v') {
                    process.print([&quoted(&source)[..], b" -> ", &quoted(&target), b"\n"].concat()).await?;
                }
            }
            Err((what, error)) => {
                good = false;
                let name = if what.starts_with("cannot open") { &source } else { &target };
                if what.starts_with("cannot open") {
                    process
                        .complain(
                            [
                                b"cp: ",
                                what.as_bytes(),
                                b" ",
                                &quoted(name)[..],
                                b" for reading: ",
                                error.text().as_bytes(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                } else {
                    process.unable(what, name, error).await;
                }
            }
        }
    }
    Ok(good)
}

async fn copy_file(
    process: &Process,
    source: &[u8],
    target: &[u8],
    mode: u32,
    force: bool,
) -> Result<(), (&'static str, Errno)> {
    let mut from = process.files.open(source, Open::reading()).map_err(|error| ("cannot open", error))?;
    let opened = process.files.open(target, Open::writing(mode));
    let opened = match opened {
        Err(Errno::Denied) if force => {
            process.files.unlink(target).and_then(|()| process.files.open(target, Open::writing(mode)))
        }
        other => other,
    };
    let mut to = opened.map_err(|error| ("cannot create regular file", error))?;
    loop {
        let piece = from.read(64 * 1024).map_err(|error| ("error reading", error))?;
        if piece.is_empty() {
            return Ok(());
        }
        to.write(&piece).map_err(|error| ("error writing", error))?;
        tokio::task::yield_now().await;
        if to.offset() > 1 << 30 {
            return Ok(());
        }
    }
}

pub(super) async fn mv(process: &mut Process) -> Done {
    let spec = Spec {
        short: "bfint:Tuv",
        long: &[
            ("force", 'f'),
            ("verbose", 'v'),
            ("no-clobber", 'n'),
            ("interactive", 'i'),
            ("target-directory=", 't'),
            ("no-target-directory", 'T'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let (pairs, _) = targets(process, &given).await?;
    let mut good = true;
    for (source, target) in pairs {
        let trimmed = source.strip_suffix(b"/").filter(|rest| !rest.is_empty()).unwrap_or(&source).to_vec();
        if let Err(error) = process.files.lstat(&trimmed) {
            process.unable("cannot stat", &source, error).await;
            good = false;
            continue;
        }
        if given.has('n') && process.files.exists(&target) {
            continue;
        }
        match process.files.rename(&trimmed, &target) {
            Ok(()) if given.has('v') => {
                process
                    .print([b"renamed ", &quoted(&source)[..], b" -> ", &quoted(&target), b"\n"].concat())
                    .await?
            }
            Ok(()) => {}
            Err(Errno::Invalid) => {
                good = false;
                let text = [
                    b"cannot move ",
                    &quoted(&source)[..],
                    b" to a subdirectory of itself, ",
                    &quoted(&target),
                ]
                .concat();
                process.fail(text).await;
            }
            Err(error) => {
                good = false;
                let text = if process.is_busybox() {
                    [b"mv: can't rename '", source.as_slice(), b"': ", error.text().as_bytes(), b"\n"]
                        .concat()
                } else {
                    [
                        b"mv: cannot move ",
                        &quoted(&source)[..],
                        b" to ",
                        &quoted(&target),
                        b": ",
                        error.text().as_bytes(),
                        b"\n",
                    ]
                    .concat()
                };
                process.complain(text).await;
            }
        }
    }
    end(good)
}

pub(super) async fn rm(process: &mut Process) -> Done {
    let spec = Spec {
        short: "dfiIrRv",
        long: &[
            ("force", 'f'),
            ("recursive", 'r'),
            ("verbose", 'v'),
            ("interactive?", 'i'),
            ("no-preserve-root", '0'),
            ("preserve-root?", '1'),
            ("dir", 'd'),
            ("one-file-system", '2'),
        ],
    };
    let given = process.options(spec, 1).await?;
    if given.operands.is_empty() {
        return if given.has('f') {
            Ok(Exit::SUCCESS)
        } else {
            missing_operand(process, "missing operand").await
        };
    }
    let recursive = given.has('r') || given.has('R');
    let mut good = true;
    for name in &given.operands {
        let last = base(name);
        if recursive && matches!(last, b"." | b"..") {
            let text = [b"refusing to remove '.' or '..' directory: skipping ", &quoted(name)[..]].concat();
            process.fail(text).await;
            good = false;
            continue;
        }
        if recursive
            && process.files.real_path(name).is_ok_and(|real| real == b"/")
            && !given.has('0')
            && !process.is_busybox()
        {
            process.complain("rm: it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe\n").await;
            good = false;
            continue;
        }
        match process.files.lstat(name) {
            Err(Errno::Missing | Errno::NotDirectory) if given.has('f') => {}
            Err(error) => {
                good = false;
                process.unable("cannot remove", name, error).await;
            }
            Ok(metadata) if metadata.is_directory() && !recursive && !given.has('d') => {
                good = false;
                if process.is_busybox() {
                    process.complain([b"rm: '", name.as_slice(), b"' is a directory\n"].concat()).await;
                } else {
                    process.unable("cannot remove", name, Errno::IsDirectory).await;
                }
            }
            Ok(_) => good &= remove(process, &given, name.clone()).await?,
        }
    }
    end(good)
}

/// Removes a file, or a directory with what is in it, from the bottom up.
async fn remove(process: &Process, given: &Parsed, name: Vec<u8>) -> Result<bool, Exit> {
    let mut good = true;
    let mut queue = vec![(name, false)];
    let mut seen = 0;
    while let Some((name, emptied)) = queue.pop() {
        seen += 1;
        if seen > caps::PROGRAM_FILES {
            return Ok(false);
        }
        if seen % 64 == 0 {
            tokio::task::yield_now().await;
        }
        let is_directory = process.files.lstat(&name).is_ok_and(|m| m.is_directory());
        if is_directory && !emptied {
            let entries = process.files.read_dir(&name).unwrap_or_default();
            queue.push((name.clone(), true));
            queue.extend(entries.into_iter().map(|entry| (path::join(&name, &entry.name), false)));
            continue;
        }
        let removed = if is_directory { process.files.rmdir(&name) } else { process.files.unlink(&name) };
        match removed {
            Ok(()) if given.has('v') => {
                let what = if is_directory { "removed directory " } else { "removed " };
                process.print([what.as_bytes(), &quoted(&name), b"\n"].concat()).await?;
            }
            Ok(()) => {}
            Err(error) => {
                good = false;
                process.unable("cannot remove", &name, error).await;
            }
        }
    }
    Ok(good)
}

pub(super) async fn mkdir(process: &mut Process) -> Done {
    let given = process
        .options(Spec { short: "m:pv", long: &[("mode=", 'm'), ("parents", 'p'), ("verbose", 'v')] }, 1)
        .await?;
    if given.operands.is_empty() {
        return missing_operand(process, "missing operand").await;
    }
    let mut good = true;
    for name in &given.operands {
        let mut places: Vec<Vec<u8>> = vec![name.clone()];
        if given.has('p') {
            let ends = name.iter().enumerate().filter(|(at, b)| **b == b'/' && *at > 0).map(|(at, _)| at);
            places = ends.filter_map(|at| name.get(..at)).map(<[u8]>::to_vec).collect();
            places.push(name.clone());
        }
        for place in places {
            let there = given.has('p') && process.files.stat(&place).is_ok_and(|m| m.is_directory());
            if there {
                continue;
            }
            match process.files.mkdir(&place, 0o777) {
                Ok(()) => {
                    if let Some(mode) = given.value('m').and_then(|text| modes::apply(text, 0o777, true, 0)) {
                        let _ = process.files.chmod(&place, mode);
                    }
                    if given.has('v') {
                        process
                            .print([b"mkdir: created directory ", &quoted(&place)[..], b"\n"].concat())
                            .await?;
                    }
                }
                Err(error) => {
                    good = false;
                    let what = if process.is_busybox() {
                        "can't create directory"
                    } else {
                        "cannot create directory"
                    };
                    let shown = if process.is_busybox() {
                        [b"'", place.as_slice(), b"'"].concat()
                    } else {
                        process.quote(&place)
                    };
                    process
                        .complain(
                            [
                                b"mkdir: ",
                                what.as_bytes(),
                                b" ",
                                &shown,
                                b": ",
                                error.text().as_bytes(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                    break;
                }
            }
        }
    }
    end(good)
}

pub(super) async fn rmdir(process: &mut Process) -> Done {
    let given = process
        .options(Spec { short: "pv", long: &[("parents", 'p'), ("ignore-fail-on-non-empty", 'i')] }, 1)
        .await?;
    if given.operands.is_empty() {
        return missing_operand(process, "missing operand").await;
    }
    let mut good = true;
    for name in &given.operands {
        if let Err(error) = process.files.rmdir(name) {
            if given.has('i') && error == Errno::NotEmpty {
                continue;
            }
            good = false;
            process
                .complain(
                    [b"rmdir: failed to remove ", &quoted(name)[..], b": ", error.text().as_bytes(), b"\n"]
                        .concat(),
                )
                .await;
        }
    }
    end(good)
}

/// `[[CC]YY]MMDDhhmm[.ss]`.
fn stamp(text: &[u8], now: Seconds) -> Option<Seconds> {
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

pub(super) async fn touch(process: &mut Process) -> Done {
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
        match super::clock::parse(&text, now.seconds) {
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

pub(super) async fn ln(process: &mut Process) -> Done {
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

/// Everything at and below a path, the upper first.
pub(super) async fn tree(process: &Process, start: &[u8], recursive: bool) -> Vec<Vec<u8>> {
    let mut out = vec![start.to_vec()];
    let mut at = 0;
    while recursive && at < out.len() && out.len() < caps::PROGRAM_FILES {
        let name = out.get(at).cloned().unwrap_or_default();
        at += 1;
        if process.files.lstat(&name).is_ok_and(|m| m.is_directory()) {
            out.extend(
                process
                    .files
                    .read_dir(&name)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|entry| path::join(&name, &entry.name)),
            );
            tokio::task::yield_now().await;
        }
    }
    out
}

pub(super) async fn chmod(process: &mut Process) -> Done {
    // `-x` and `-w` are modes, not options.
    let mut held = None;
    let symbolic = |a: &Vec<u8>| {
        a.len() > 1 && a.starts_with(b"-") && a.iter().skip(1).all(|b| b"rwxXst,=+-ugoa".contains(b))
    };
    if let Some(at) = process.args.iter().skip(1).position(symbolic) {
        held = Some(process.args.remove(at + 1));
    }
    let given = process
        .options(
            Spec {
                short: "cfRv",
                long: &[
                    ("recursive", 'R'),
                    ("changes", 'c'),
                    ("silent", 'f'),
                    ("verbose", 'v'),
                    ("reference=", 'r'),
                ],
            },
            1,
        )
        .await?;
    let mut operands = given.operands.clone();
    let mode = match held {
        Some(mode) => mode,
        None if operands.is_empty() => return missing_operand(process, "missing operand").await,
        None => operands.remove(0),
    };
    if operands.is_empty() {
        let text = format!("missing operand after {}", String::from_utf8_lossy(&process.quote(&mode)));
        return missing_operand(process, &text).await;
    }
    let umask = process.files.umask();
    if modes::apply(&mode, 0, false, umask).is_none() {
        let text = format!("invalid mode: {}", String::from_utf8_lossy(&process.quote(&mode)));
        return missing_operand(process, &text).await;
    }
    let mut good = true;
    for name in operands {
        for file in tree(process, &name, given.has('R')).await {
            let metadata = match process.files.stat(&file) {
                Ok(metadata) => metadata,
                Err(_) if file != name => continue,
                Err(error) => {
                    good = false;
                    if process.is_busybox() {
                        process.trouble(&file, error).await
                    } else {
                        process.unable("cannot access", &file, error).await;
                    }
                    continue;
                }
            };
            let wanted =
                modes::apply(&mode, metadata.mode, metadata.is_directory(), umask).unwrap_or(metadata.mode);
            if let Err(error) = process.files.chmod(&file, wanted) {
                good = false;
                if process.is_busybox() {
                    process.trouble(&file, error).await;
                } else if !given.has('f') {
                    process
                        .complain(
                            [
                                b"chmod: changing permissions of ",
                                &quoted(&file)[..],
                                b": ",
                                error.text().as_bytes(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                }
            } else if given.has('v') {
                let text = format!(
                    "mode of {} changed from {:04o} ({}) to {wanted:04o}\n",
                    String::from_utf8_lossy(&quoted(&file)),
                    metadata.mode,
                    super::listing::permissions(&metadata).get(1..).unwrap_or_default()
                );
                process.print(text).await?;
            }
        }
    }
    end(good)
}

pub(super) async fn chown(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "cfhRvHLP",
                long: &[
                    ("recursive", 'R'),
                    ("no-dereference", 'h'),
                    ("verbose", 'v'),
                    ("from=", 'F'),
                    ("reference=", 'r'),
                ],
            },
            1,
        )
        .await?;
    let mut operands = given.operands.clone();
    if operands.is_empty() {
        return missing_operand(process, "missing operand").await;
    }
    let owner = String::from_utf8_lossy(&operands.remove(0)).into_owned();
    if operands.is_empty() {
        let text =
            format!("missing operand after {}", String::from_utf8_lossy(&process.quote(owner.as_bytes())));
        return missing_operand(process, &text).await;
    }
    let group_only = process.name() == b"chgrp";
    let (user, group) = match owner.split_once([':', '.']) {
        Some((user, group)) if !group_only => (user.to_owned(), Some(group.to_owned())),
        _ if group_only => (String::new(), Some(owner.clone())),
        _ => (owner.clone(), None),
    };
    let users = super::people::users(process);
    let account = users.iter().find(|u| u.name == user);
    let uid = account.map(|u| u.uid).or(user.parse().ok());
    let group_id = match group.as_deref() {
        Some("") => account.map(|u| u.gid),
        Some(name) => super::people::groups(process)
            .into_iter()
            .find(|(known, ..)| known == name)
            .map(|(_, id, _)| id)
            .or(name.parse().ok()),
        None => None,
    };
    let bad_group = group.as_deref().is_some_and(|g| !g.is_empty()) && group_id.is_none();
    if !user.is_empty() && uid.is_none() || bad_group {
        let what = if group_only || bad_group && uid.is_some() { "group" } else { "user" };
        let shown = process.quote(if bad_group && uid.is_some() && !group_only {
            group.as_deref().unwrap_or_default().as_bytes()
        } else {
            owner.as_bytes()
        });
        let text = if process.is_busybox() {
            format!("unknown user/group {owner}")
        } else {
            format!("invalid {what}: {}", String::from_utf8_lossy(&shown))
        };
        return Ok(process.fail(text).await);
    }
    let mut good = true;
    for name in operands {
        for file in tree(process, &name, given.has('R')).await {
            if let Err(error) = process.files.chown(&file, uid, group_id, !given.has('h')) {
                good = false;
                let what = match error {
                    Errno::Missing | Errno::NotDirectory => "cannot access",
                    _ if group_only => "changing group of",
                    _ => "changing ownership of",
                };
                if process.is_busybox() {
                    process.trouble(&file, error).await
                } else {
                    process.unable(what, &file, error).await;
                }
            }
        }
    }
    end(good)
}

const FLAGS: &[(u8, u32)] = &[
    (b'i', 0x10),
    (b'a', 0x20),
    (b's', 0x1),
    (b'u', 0x2),
    (b'c', 0x4),
    (b'S', 0x8),
    (b'd', 0x40),
    (b'A', 0x80),
    (b'e', 0),
];

pub(super) async fn chattr(process: &mut Process) -> Done {
    let (mut set, mut clear, mut exact, mut recursive) = (0, 0, None, false);
    let mut files = Vec::new();
    let usage = "Usage: chattr [-pRVf] [-+=aAcCdDeijPsStTuFx] [-v version] files...\n";
    for word in process.arguments() {
        let flags = |letters: &[u8]| {
            letters
                .iter()
                .map(|l| FLAGS.iter().find(|(known, _)| known == l).map(|(_, bit)| *bit))
                .try_fold(0, |all, bit| Some(all | bit?))
        };
        match word.split_first() {
            Some((b'+', letters)) => match flags(letters) {
                Some(bits) => set |= bits,
                None => return usage_of(process, usage).await,
            },
            Some((b'=', letters)) => exact = flags(letters),
            Some((b'-', letters)) if !letters.is_empty() => {
                recursive |= letters.contains(&b'R');
                let kept: Vec<u8> = letters.iter().copied().filter(|l| !b"RVfp".contains(l)).collect();
                match flags(&kept) {
                    Some(bits) => clear |= bits,
                    None => return usage_of(process, usage).await,
                }
            }
            _ => files.push(word.clone()),
        }
    }
    if files.is_empty() {
        return usage_of(
            process,
            if set | clear == 0 && exact.is_none() { "Must use '-v', =, - or +\n" } else { usage },
        )
        .await;
    }
    let mut good = true;
    for name in files {
        for file in tree(process, &name, recursive).await {
            let before = match process.files.flags(&file) {
                Ok(flags) => flags,
                Err(error) => {
                    good = false;
                    process
                        .complain(
                            [
                                b"chattr: ",
                                error.text().as_bytes(),
                                b" while trying to stat ",
                                file.as_slice(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                    continue;
                }
            };
            let after = exact.unwrap_or((before | set) & !clear);
            if after == before {
                continue;
            }
            if let Err(error) = process.files.set_flags(&file, after) {
                good = false;
                process
                    .complain(
                        [
                            b"chattr: ",
                            error.text().as_bytes(),
                            b" while setting flags on ",
                            file.as_slice(),
                            b"\n",
                        ]
                        .concat(),
                    )
                    .await;
            }
        }
    }
    end(good)
}

async fn usage_of(process: &Process, text: &str) -> Done {
    process.complain(text).await;
    Ok(Exit::FAILURE)
}

pub(super) async fn lsattr(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "Radlvp", long: &[] }, 1).await?;
    let names = if given.operands.is_empty() { vec![b".".to_vec()] } else { given.operands.clone() };
    let mut good = true;
    for name in names {
        let mut files = vec![name.clone()];
        if process.files.stat(&name).is_ok_and(|m| m.is_directory()) && !given.has('d') {
            let shown = |entry: &crate::machine::Entry| given.has('a') || !entry.name.starts_with(b".");
            files = process
                .files
                .read_dir(&name)
                .unwrap_or_default()
                .into_iter()
                .filter(shown)
                .map(|e| path::join(&name, &e.name))
                .collect();
            files.sort();
        }
        for file in files {
            match process.files.flags(&file) {
                Ok(flags) => {
                    let letter = |bit: u32, letter: char| if flags & bit != 0 { letter } else { '-' };
                    let text = format!(
                        "{}{}{}{}{}{}--------e-------",
                        letter(1, 's'),
                        letter(2, 'u'),
                        letter(8, 'S'),
                        '-',
                        letter(0x10, 'i'),
                        letter(0x20, 'a')
                    );
                    process.print([text.as_bytes(), b" ", &file, b"\n"].concat()).await?;
                }
                Err(error) => {
                    good = false;
                    process
                        .complain(
                            [
                                b"lsattr: ",
                                error.text().as_bytes(),
                                b" while trying to stat ",
                                file.as_slice(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                }
            }
        }
    }
    end(good)
}

pub(super) async fn truncate(process: &mut Process) -> Done {
    let given =
        process.options(Spec { short: "cor:s:", long: &[("size=", 's'), ("no-create", 'c')] }, 1).await?;
    let Some(wanted) = given.value('s').and_then(size) else {
        return missing_operand(process, "you must specify either '--size' or '--reference'").await;
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

pub(super) async fn mktemp(process: &mut Process) -> Done {
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

pub(super) async fn dd(process: &mut Process) -> Done {
    let mut operands: std::collections::HashMap<String, Vec<u8>> = std::collections::HashMap::new();
    for word in process.arguments().to_vec() {
        let Some(at) = word.iter().position(|b| *b == b'=') else {
            let text = [b"unrecognized operand ", &process.quote(&word)[..]].concat();
            process.misused(&String::from_utf8_lossy(&text), 1).await;
            return Ok(Exit::FAILURE);
        };
        let name = String::from_utf8_lossy(word.get(..at).unwrap_or_default()).into_owned();
        operands.insert(name, word.get(at + 1..).unwrap_or_default().to_vec());
    }
    let amount = |name: &str| operands.get(name).and_then(|text| size(text));
    let block = amount("bs").or(amount("ibs")).unwrap_or(512).clamp(1, 1 << 26);
    let count = amount("count").unwrap_or(u64::MAX);
    let reader = match operands.get("if") {
        None => process.input.clone(),
        Some(name) => match process.files.open(name, Open::reading()) {
            Ok(mut handle) => {
                handle.seek(amount("skip").unwrap_or(0) * block);
                crate::shell::pipe::Reader::file(handle)
            }
            Err(error) => {
                if process.is_busybox() {
                    process.unable("cannot open", name, error).await
                } else {
                    process
                        .complain(
                            [
                                b"dd: failed to open ",
                                &quoted(name)[..],
                                b": ",
                                error.text().as_bytes(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                }
                return Ok(Exit::FAILURE);
            }
        },
    };
    let flags = |name: &str, word: &str| {
        operands.get(name).is_some_and(|text| String::from_utf8_lossy(text).split(',').any(|w| w == word))
    };
    let mut writer = None;
    if let Some(name) = operands.get("of") {
        let how = Open {
            write: true,
            create: true,
            truncate: !flags("conv", "notrunc"),
            append: flags("oflag", "append"),
            mode: 0o666,
            ..Open::default()
        };
        match process.files.open(name, how) {
            Ok(mut handle) => {
                handle.seek(amount("seek").unwrap_or(0) * block);
                writer = Some(handle);
            }
            Err(error) => {
                process
                    .complain(
                        [b"dd: failed to open ", &quoted(name)[..], b": ", error.text().as_bytes(), b"\n"]
                            .concat(),
                    )
                    .await;
                return Ok(Exit::FAILURE);
            }
        }
    }
    let (mut whole, mut part, mut bytes) = (0_u64, 0_u64, 0_u64);
    let began = tokio::time::Instant::now();
    while whole + part < count {
        let data = read_block(&reader, block).await;
        if data.is_empty() {
            break;
        }
        if data.len() as u64 == block {
            whole += 1
        } else {
            part += 1
        }
        bytes += data.len() as u64;
        let failed = match &mut writer {
            Some(handle) => handle.write(&data).err(),
            None => process.output.write(&data).await.err(),
        };
        if let Some(error) = failed {
            let target = operands.get("of").cloned().unwrap_or_else(|| b"standard output".to_vec());
            process
                .complain(
                    [b"dd: error writing ", &quoted(&target)[..], b": ", error.text().as_bytes(), b"\n"]
                        .concat(),
                )
                .await;
            break;
        }
        tokio::task::yield_now().await;
        if bytes > 4 << 30 {
            break;
        }
    }
    if operands.get("status").is_none_or(|status| status != b"none") {
        // A real disk writes some hundred megabytes a second.
        let least = bytes as f64 / 1_260_000_000.0
            + 0.000_041
            + (process.machine.number(&format!("dd {bytes}"), 400) as f64) / 1e7;
        let elapsed = began.elapsed().as_secs_f64().max(least);
        process
            .complain(summary(
                process.is_busybox(),
                whole,
                part,
                bytes,
                elapsed,
                operands.get("status").is_some_and(|s| s == b"noxfer"),
            ))
            .await;
    }
    Ok(Exit::SUCCESS)
}

async fn read_block(reader: &crate::shell::pipe::Reader, block: u64) -> Vec<u8> {
    let block = usize::try_from(block).unwrap_or(1 << 20);
    let mut out = Vec::new();
    while out.len() < block {
        let piece = reader.read((block - out.len()).min(64 * 1024)).await;
        let short = piece.len() < (block - out.len()).min(64 * 1024);
        out.extend(piece);
        if short {
            break;
        }
    }
    out
}

fn summary(busybox: bool, whole: u64, part: u64, bytes: u64, elapsed: f64, short: bool) -> String {
    let mut out = format!("{whole}+{part} records in\n{whole}+{part} records out\n");
    if short {
        return out;
    }
    let (decimal, binary) =
        (units(bytes, 1_000, &["kB", "MB", "GB"]), units(bytes, 1_024, &["KiB", "MiB", "GiB"]));
    let rate = units((bytes as f64 / elapsed) as u64, 1_000, &["kB", "MB", "GB"])
        .unwrap_or_else(|| format!("{:.0} B", bytes as f64 / elapsed));
    if busybox {
        let rate = units((bytes as f64 / elapsed) as u64, 1_024, &["KB", "MB", "GB"])
            .map_or(String::new(), |rate| rate.replace(' ', ""));
        out.push_str(&format!(
            "{bytes} bytes ({}) copied, {elapsed:.6} seconds, {rate}/s\n",
            units(bytes, 1_024, &["KB", "MB", "GB"]).map_or(format!("{bytes}B"), |t| t.replace(' ', ""))
        ));
        return out;
    }
    let time = super::awk::shown_general(elapsed);
    let sizes = match (decimal, binary) {
        (Some(decimal), Some(binary)) => format!(" ({decimal}, {binary})"),
        (Some(decimal), None) => format!(" ({decimal})"),
        _ => String::new(),
    };
    out.push_str(&format!(
        "{bytes} byte{}{sizes} copied, {time} s, {rate}/s\n",
        if bytes == 1 { "" } else { "s" }
    ));
    out
}

fn units(value: u64, base: u64, names: &[&str]) -> Option<String> {
    let mut scale = base;
    let mut name = None;
    for candidate in names {
        if value < scale {
            break;
        }
        name = Some((candidate, scale));
        scale = scale.saturating_mul(base);
    }
    let (name, scale) = name?;
    let value = value as f64 / scale as f64;
    Some(if value < 10.0 { format!("{value:.1} {name}") } else { format!("{value:.0} {name}") })
}

pub(super) async fn base_name(process: &mut Process) -> Done {
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

pub(super) async fn mkfifo(process: &mut Process) -> Done {
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
