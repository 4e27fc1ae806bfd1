//! cp, mv.

use super::{end, targets};
use crate::{
    caps,
    machine::{Errno, Kind, Metadata, Open, files::path},
    programs::{
        context::{Done, quoted},
        options::{Parsed, Spec},
    },
    shell::{Exit, Process},
};

pub(in crate::programs) async fn cp(process: &mut Process) -> Done {
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

pub(super) async fn copy(
    process: &mut Process,
    given: &Parsed,
    source: Vec<u8>,
    target: Vec<u8>,
) -> Result<bool, Exit> {
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
        if metadata.is_directory() && !recursive {
            let text = if process.is_busybox() {
                [b"omitting directory '", source.as_slice(), b"'"].concat()
            } else {
                [b"-r not specified; omitting directory ", &quoted(&source)[..]].concat()
            };
            process.fail(text).await;
            good = false;
            continue;
        }
        let done = one(process, given, &metadata, (&source, &target), &mut queue).await;
        good &= finish(process, given, &metadata, (&source, &target), done).await?;
    }
    Ok(good)
}

/// Copies one file; what is in a directory is put into the queue.
async fn one(
    process: &Process,
    given: &Parsed,
    metadata: &Metadata,
    (source, target): (&[u8], &[u8]),
    queue: &mut Vec<(Vec<u8>, Vec<u8>)>,
) -> Result<(), (&'static str, Errno)> {
    match metadata.kind {
        Kind::Directory => {
            match process.files.mkdir(target, metadata.mode) {
                Err(Errno::Exists) if process.files.stat(target).is_ok_and(|m| m.is_directory()) => {}
                made => made.map_err(|error| ("cannot create directory", error))?,
            }
            for entry in process.files.read_dir(source).unwrap_or_default().into_iter().rev() {
                queue.push((path::join(source, &entry.name), path::join(target, &entry.name)));
            }
            Ok(())
        }
        Kind::Symlink => {
            let link = process.files.read_link(source).unwrap_or_default();
            let _ = process.files.unlink(target);
            process.files.symlink(&link, target).map_err(|error| ("cannot create symbolic link", error))
        }
        Kind::File => copy_file(process, source, target, metadata.mode, given.has('f')).await,
        kind => {
            let made = process.files.make_special(target, kind, metadata.mode);
            made.map_err(|error| ("cannot create special file", error))
        }
    }
}

/// Keeps attributes where that is asked for, and says what happened.
async fn finish(
    process: &Process,
    given: &Parsed,
    metadata: &Metadata,
    (source, target): (&[u8], &[u8]),
    done: Result<(), (&'static str, Errno)>,
) -> Result<bool, Exit> {
    match done {
        Ok(()) => {
            if given.has('p') || given.has('a') {
                let _ = process.files.chown(target, Some(metadata.uid), Some(metadata.gid), false);
                if metadata.kind != Kind::Symlink {
                    let _ = process.files.chmod(target, metadata.mode);
                    let _ = process.files.utimes(target, Some(metadata.accessed), Some(metadata.modified));
                }
            }
            if given.has('v') {
                process.print([&quoted(source)[..], b" -> ", &quoted(target), b"\n"].concat()).await?;
            }
            Ok(true)
        }
        Err(("cannot open", error)) => {
            let text =
                [b"cp: cannot open ", &quoted(source)[..], b" for reading: ", error.text().as_bytes(), b"\n"];
            process.complain(text.concat()).await;
            Ok(false)
        }
        Err((what, error)) => {
            process.unable(what, target, error).await;
            Ok(false)
        }
    }
}

pub(super) async fn copy_file(
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

pub(in crate::programs) async fn mv(process: &mut Process) -> Done {
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
