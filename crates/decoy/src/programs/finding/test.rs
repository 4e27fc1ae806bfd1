//! Whether a file passes.

use super::{Outcome, Visit, glob, parse::Test};
use crate::{
    machine::{Kind, calendar, files::path},
    programs::listing,
    shell::Process,
};

pub(super) fn compare(sign: char, value: u64, wanted: u64) -> bool {
    match sign {
        '+' => value > wanted,
        '-' => value < wanted,
        _ => value == wanted,
    }
}

pub(super) fn passes(process: &Process, test: &Test, visit: &Visit, outcome: &mut Outcome) -> bool {
    let metadata = &visit.metadata;
    let trimmed = visit.path.strip_suffix(b"/").unwrap_or(&visit.path);
    let name = trimmed.rsplit(|b| *b == b'/').next().filter(|name| !name.is_empty()).unwrap_or(&visit.path);
    match test {
        Test::Name(pattern, false) => glob(pattern, name),
        Test::Name(pattern, true) => glob(pattern, &name.to_ascii_lowercase()),
        Test::Path(pattern) => glob(pattern, &visit.path),
        Test::Kind(letters) => letters.contains(&match metadata.kind {
            Kind::File => b'f',
            Kind::Directory => b'd',
            Kind::Symlink => b'l',
            Kind::Fifo => b'p',
            Kind::Socket => b's',
            Kind::Character => b'c',
            Kind::Block => b'b',
        }),
        Test::Size(sign, value, unit) => compare(*sign, metadata.size.div_ceil(*unit), *value),
        Test::Perm('-', mode) => metadata.mode & mode == *mode,
        Test::Perm('/', mode) => *mode == 0 || metadata.mode & mode != 0,
        Test::Perm(_, mode) => metadata.mode == *mode,
        Test::Age(sign, value, unit, letter) => {
            let time = match letter {
                b'a' => metadata.accessed,
                b'c' => metadata.changed,
                _ => metadata.modified,
            };
            let age = (process.machine.now().seconds - time.seconds).max(0) / unit;
            compare(*sign, age.unsigned_abs(), value.unsigned_abs())
        }
        Test::User(user) => Some(metadata.uid) == *user,
        Test::Group(group) => Some(metadata.gid) == *group,
        Test::Newer(time) => metadata.modified.seconds > *time,
        Test::Empty if metadata.is_directory() => {
            process.files.read_dir(&visit.path).is_ok_and(|entries| entries.is_empty())
        }
        Test::Empty => metadata.kind == Kind::File && metadata.size == 0,
        Test::Readable(access) => process.files.access(&visit.path, *access).is_ok(),
        Test::Truth(truth) => *truth,
        Test::Prune => {
            outcome.prune = true;
            true
        }
        Test::Quit => {
            outcome.quit = true;
            true
        }
        Test::Print(end) => {
            outcome.out.extend_from_slice(&visit.path);
            outcome.out.push(*end);
            true
        }
        Test::Printf(format) => {
            printed(process, format, visit, name, &mut outcome.out);
            true
        }
        Test::Ls => {
            let line = format!(
                "{:>9} {:>6} {} {:>3} {:<8} {:<8} {:>8} {} ",
                metadata.inode,
                metadata.blocks / 2,
                listing::permissions(metadata),
                metadata.links,
                listing::user_name(process, metadata.uid),
                listing::group_name(process, metadata.gid),
                metadata.size,
                calendar::format(metadata.modified.seconds, "%b %e %H:%M")
            );
            outcome.out.extend(line.into_bytes());
            outcome.out.extend_from_slice(&visit.path);
            outcome.out.push(b'\n');
            true
        }
        _ => true,
    }
}

pub(super) fn printed(process: &Process, format: &[u8], visit: &Visit, name: &[u8], out: &mut Vec<u8>) {
    let metadata = &visit.metadata;
    let mut rest = format.iter().copied();
    while let Some(byte) = rest.next() {
        match (byte, if matches!(byte, b'%' | b'\\') { rest.next() } else { None }) {
            (b'\\', Some(b'n')) => out.push(b'\n'),
            (b'\\', Some(b't')) => out.push(b'\t'),
            (b'\\', Some(b'0')) => out.push(0),
            (b'%', Some(letter)) => {
                let text = match letter {
                    b'p' => visit.path.clone(),
                    b'f' => name.to_vec(),
                    b'h' => path::split(&visit.path).0.to_vec(),
                    b'P' => visit.path.clone(),
                    b's' => metadata.size.to_string().into_bytes(),
                    b'm' => format!("{:o}", metadata.mode).into_bytes(),
                    b'M' => listing::permissions(metadata).into_bytes(),
                    b'u' => listing::user_name(process, metadata.uid).into_bytes(),
                    b'g' => listing::group_name(process, metadata.gid).into_bytes(),
                    b'U' => metadata.uid.to_string().into_bytes(),
                    b'y' => {
                        listing::permissions(metadata).get(..1).unwrap_or("f").replace('-', "f").into_bytes()
                    }
                    b'l' => process.files.read_link(&visit.path).unwrap_or_default(),
                    b'd' => visit.depth.to_string().into_bytes(),
                    b'i' => metadata.inode.to_string().into_bytes(),
                    b't' => calendar::format(metadata.modified.seconds, "%a %b %e %H:%M:%S.0000000000 %Y")
                        .into_bytes(),
                    b'T' => {
                        let letter = rest.next().unwrap_or(b'@');
                        if letter == b'@' {
                            format!("{}.{:09}0", metadata.modified.seconds, metadata.modified.nanos)
                                .into_bytes()
                        } else {
                            calendar::format(metadata.modified.seconds, &format!("%{}", char::from(letter)))
                                .into_bytes()
                        }
                    }
                    b'%' => b"%".to_vec(),
                    other => vec![b'%', other],
                };
                out.extend(text);
            }
            (byte, None) => out.push(byte),
            (byte, Some(other)) => out.extend([byte, other]),
        }
    }
}
