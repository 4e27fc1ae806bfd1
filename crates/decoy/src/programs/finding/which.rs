//! which, whereis.

use crate::{
    machine::{Access, Kind, files::path},
    programs::{context::Done, options::Spec},
    shell::{Exit, Process},
};

/// Directories that programs are looked for in.
pub(super) fn search_path(process: &Process) -> Vec<Vec<u8>> {
    let path = process.variable("PATH").unwrap_or(b"/usr/local/bin:/usr/bin:/bin");
    path.split(|b| *b == b':').map(<[u8]>::to_vec).collect()
}

pub(in crate::programs) async fn which(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "as", long: &[] }, 2).await?;
    let mut good = !given.operands.is_empty();
    let (line, paths) = (process.machine.distro().line(), search_path(process));
    for name in &given.operands {
        let candidates: Vec<Vec<u8>> = if name.contains(&b'/') {
            vec![name.clone()]
        } else {
            paths.iter().map(|directory| path::join(directory, name)).collect()
        };
        let runs = |path: &&Vec<u8>| {
            process.files.stat(path).is_ok_and(|m| m.kind == Kind::File)
                && process.files.access(path, Access { execute: true, ..Access::default() }).is_ok()
        };
        let found: Vec<Vec<u8>> =
            candidates.iter().filter(runs).take(if given.has('a') { 16 } else { 1 }).cloned().collect();
        if found.is_empty() {
            good = false;
            if line == crate::machine::Line::RedHat || line == crate::machine::Line::Arch {
                let path = String::from_utf8_lossy(process.variable("PATH").unwrap_or_default()).into_owned();
                process.complain(format!("which: no {} in ({path})\n", String::from_utf8_lossy(name))).await;
            }
        }
        for path in found {
            process.print([path.as_slice(), b"\n"].concat()).await?;
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(in crate::programs) async fn whereis(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "bmsulBMSf", long: &[] }, 1).await?;
    if given.operands.is_empty() {
        process.complain("whereis: not enough arguments\nTry 'whereis --help' for more information.\n").await;
        return Ok(Exit::FAILURE);
    }
    for name in &given.operands {
        let base = name.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let mut line = [base, b":"].concat();
        for directory in ["/usr/bin", "/usr/sbin", "/usr/lib", "/etc", "/usr/local/bin", "/usr/share"] {
            let path = path::join(directory.as_bytes(), base);
            if process.files.exists(&path) {
                line.push(b' ');
                line.extend(path);
            }
        }
        line.push(b'\n');
        process.print(line).await?;
    }
    Ok(Exit::SUCCESS)
}
