//! chmod, chown, chattr, lsattr.

use super::{end, missing_operand, tree};
use crate::{
    machine::{Errno, Metadata, files::path},
    programs::{
        context::{Done, quoted},
        modes,
        options::{Parsed, Spec},
    },
    shell::{Exit, Process},
};

pub(in crate::programs) async fn chmod(process: &mut Process) -> Done {
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
        good &= set_mode(process, &given, &name, &mode, umask).await?;
    }
    end(good)
}

/// Sets the permissions of a file, or of all that is in a directory.
async fn set_mode(
    process: &Process,
    given: &Parsed,
    name: &[u8],
    mode: &[u8],
    umask: u32,
) -> Result<bool, Exit> {
    let mut good = true;
    for file in tree(process, name, given.has('R')).await {
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
            modes::apply(mode, metadata.mode, metadata.is_directory(), umask).unwrap_or(metadata.mode);
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
                "mode of {} changed from {:04o} ({}) to {wanted:04o} ({})\n",
                String::from_utf8_lossy(&quoted(&file)),
                metadata.mode,
                crate::programs::listing::permissions(&metadata).get(1..).unwrap_or_default(),
                crate::programs::listing::permissions(&Metadata { mode: wanted, ..metadata })
                    .get(1..)
                    .unwrap_or_default()
            );
            process.print(text).await?;
        }
    }
    Ok(good)
}

pub(in crate::programs) async fn chown(process: &mut Process) -> Done {
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
    let users = crate::programs::people::users(process);
    let account = users.iter().find(|u| u.name == user);
    let uid = account.map(|u| u.uid).or(user.parse().ok());
    let group_id = match group.as_deref() {
        Some("") => account.map(|u| u.gid),
        Some(name) => crate::programs::people::groups(process)
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

pub(in crate::programs) async fn chattr(process: &mut Process) -> Done {
    let (mut set, mut clear, mut exact, mut recursive) = (0, 0, None, false);
    let mut files = Vec::new();
    let usage = "Usage: chattr [-RVf] [-+=aAcCdDeijPsStTuFx] [-p project] [-v version] files...\n";
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
        return usage_of(process, usage).await;
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

pub(super) async fn usage_of(process: &Process, text: &str) -> Done {
    process.complain(text).await;
    Ok(Exit::FAILURE)
}

pub(in crate::programs) async fn lsattr(process: &mut Process) -> Done {
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
