//! rm, mkdir, rmdir.

use super::{base, end, missing_operand};
use crate::{
    caps,
    machine::{Errno, files::path},
    programs::{
        context::{Done, quoted},
        modes,
        options::{Parsed, Spec},
    },
    shell::{Exit, Process},
};

pub(in crate::programs) async fn rm(process: &mut Process) -> Done {
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
pub(super) async fn remove(process: &Process, given: &Parsed, name: Vec<u8>) -> Result<bool, Exit> {
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

pub(in crate::programs) async fn mkdir(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn rmdir(process: &mut Process) -> Done {
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
