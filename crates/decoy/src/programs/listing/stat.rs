//! stat, readlink, realpath.

use super::{group_name, permissions, user_name};
use crate::{
    machine::{Errno, Kind, Metadata, Time, calendar, files::path},
    programs::{
        context::{Done, quoted, shown},
        options::Spec,
    },
    shell::{Exit, Process},
};

pub(in crate::programs) async fn stat(process: &mut Process) -> Done {
    let spec = Spec {
        short: "Lfc:t",
        long: &[
            ("format=", 'c'),
            ("printf=", 'p'),
            ("dereference", 'L'),
            ("terse", 't'),
            ("file-system", 'f'),
        ],
    };
    let given = process.options(spec, 1).await?;
    if given.operands.is_empty() {
        return Ok(process.misused("missing operand", 1).await);
    }
    let mut good = true;
    for name in &given.operands {
        let found = if given.has('L') { process.files.stat(name) } else { process.files.lstat(name) };
        match found {
            Ok(metadata) => {
                let text = match given.value('c').or(given.value('p')) {
                    Some(format) => {
                        let mut text = conversions(process, format, name, &metadata, given.has('p'));
                        if !given.has('p') {
                            text.push(b'\n');
                        }
                        text
                    }
                    None => described(process, name, &metadata),
                };
                process.print(text).await?;
            }
            Err(error) => {
                good = false;
                if process.is_busybox() {
                    process
                        .complain(
                            [b"stat: can't stat '", name.as_slice(), b"': ", error.text().as_bytes(), b"\n"]
                                .concat(),
                        )
                        .await;
                } else {
                    process
                        .complain(
                            [
                                b"stat: cannot statx ",
                                &quoted(name)[..],
                                b": ",
                                error.text().as_bytes(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                }
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// What a file is, in words.
pub(in crate::programs) fn kind_of(metadata: &Metadata) -> &'static str {
    match metadata.kind {
        Kind::File if metadata.size == 0 => "regular empty file",
        Kind::File => "regular file",
        Kind::Directory => "directory",
        Kind::Symlink => "symbolic link",
        Kind::Fifo => "fifo",
        Kind::Socket => "socket",
        Kind::Character => "character special file",
        Kind::Block => "block special file",
    }
}

pub(super) fn full(time: Time) -> String {
    format!("{}.{:09} +0000", calendar::format(time.seconds, "%Y-%m-%d %H:%M:%S"), time.nanos)
}

pub(super) fn described(process: &Process, name: &[u8], metadata: &Metadata) -> Vec<u8> {
    let link = match process.files.read_link(name) {
        Ok(target) => [b" -> ", target.as_slice()].concat(),
        Err(_) => Vec::new(),
    };
    let device = format!("{},{}", metadata.device.0, metadata.device.1);
    let special = match metadata.kind {
        Kind::Character | Kind::Block => {
            format!("     Device type: {},{}", metadata.special.0, metadata.special.1)
        }
        _ => String::new(),
    };
    let text = format!(
        "\n  Size: {:<10}\tBlocks: {:<10} IO Block: 4096   {}\nDevice: {device}\tInode: {:<11} Links: {}{special}\nAccess: ({:04o}/{})  Uid: ({:>5}/{:>8})   Gid: ({:>5}/{:>8})\n\
         Access: {}\nModify: {}\nChange: {}\n Birth: {}\n",
        metadata.size,
        metadata.blocks,
        kind_of(metadata),
        metadata.inode,
        metadata.links,
        metadata.mode,
        permissions(metadata),
        metadata.uid,
        user_name(process, metadata.uid),
        metadata.gid,
        group_name(process, metadata.gid),
        full(metadata.accessed),
        full(metadata.modified),
        full(metadata.changed),
        full(metadata.created),
    );
    [b"  File: ", name, &link, text.as_bytes()].concat()
}

pub(super) fn conversions(
    process: &Process,
    format: &[u8],
    name: &[u8],
    metadata: &Metadata,
    escapes: bool,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = format.iter().copied();
    while let Some(byte) = rest.next() {
        if byte == b'\\' && escapes {
            match rest.next() {
                Some(b'n') => out.push(b'\n'),
                Some(b't') => out.push(b'\t'),
                Some(other) => out.extend([b'\\', other]),
                None => out.push(b'\\'),
            }
            continue;
        }
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let text = match rest.next() {
            Some(b'a') => format!("{:o}", metadata.mode),
            Some(b'A') => permissions(metadata),
            Some(b'b') => metadata.blocks.to_string(),
            Some(b'B') => "512".into(),
            Some(b'd') => (u64::from(metadata.device.0) << 8 | u64::from(metadata.device.1)).to_string(),
            Some(b'f') => format!("{:x}", metadata.st_mode()),
            Some(b'F') => kind_of(metadata).into(),
            Some(b'g') => metadata.gid.to_string(),
            Some(b'G') => group_name(process, metadata.gid),
            Some(b'h') => metadata.links.to_string(),
            Some(b'i') => metadata.inode.to_string(),
            Some(b'm') => "/".into(),
            Some(b'n') => {
                out.extend_from_slice(name);
                continue;
            }
            Some(b'N') => {
                out.extend(shown(name));
                continue;
            }
            Some(b'o') => "4096".into(),
            Some(b's') => metadata.size.to_string(),
            Some(b'u') => metadata.uid.to_string(),
            Some(b'U') => user_name(process, metadata.uid),
            Some(b'w') => full(metadata.created),
            Some(b'W') => metadata.created.seconds.to_string(),
            Some(b'x') => full(metadata.accessed),
            Some(b'X') => metadata.accessed.seconds.to_string(),
            Some(b'y') => full(metadata.modified),
            Some(b'Y') => metadata.modified.seconds.to_string(),
            Some(b'z') => full(metadata.changed),
            Some(b'Z') => metadata.changed.seconds.to_string(),
            Some(b'%') => "%".into(),
            Some(_) => "?".into(),
            None => "%".into(),
        };
        out.extend(text.into_bytes());
    }
    out
}

pub(in crate::programs) async fn read_link(process: &mut Process) -> Done {
    let given = process
        .options(Spec { short: "femnqsvz", long: &[("canonicalize", 'f'), ("no-newline", 'n')] }, 1)
        .await?;
    if given.operands.is_empty() {
        return Ok(process.misused("missing operand", 1).await);
    }
    let whole = process.name() == b"realpath" || given.has('f') || given.has('e') || given.has('m');
    let mut good = true;
    for name in &given.operands {
        let found = if whole { resolve(process, name) } else { process.files.read_link(name) };
        match found {
            Ok(text) => {
                process.print([text.as_slice(), if given.has('n') { b"" } else { b"\n" }].concat()).await?
            }
            Err(error) => {
                good = false;
                if process.name() == b"realpath" {
                    process.trouble(name, error).await;
                }
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// The path without links; its last name need not exist.
pub(super) fn resolve(process: &Process, name: &[u8]) -> Result<Vec<u8>, Errno> {
    process.files.real_path(name).or_else(|error| {
        let absolute = process.files.absolute(name);
        let (directory, last) = path::split(&absolute);
        if error == Errno::Missing {
            process.files.real_path(directory).map(|directory| path::join(&directory, last))
        } else {
            Err(error)
        }
    })
}
