//! Programs that change files: cp, mv, rm, mkdir, rmdir, touch, ln, chmod, chown, chattr, truncate, mktemp, dd, install.

mod block;
mod copy;
mod making;
mod permission;
mod removing;

pub(super) use self::block::dd;
pub(super) use self::copy::{cp, mv};
pub(super) use self::making::{base_name, ln, mkfifo, mktemp, touch, truncate};
pub(super) use self::permission::{chattr, chmod, chown, lsattr};
pub(super) use self::removing::{mkdir, rm, rmdir};

use super::{
    context::{Done, quoted},
    options::Parsed,
};
use crate::{
    caps,
    machine::files::path,
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
