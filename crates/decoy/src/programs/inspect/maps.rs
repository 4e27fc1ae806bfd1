//! pmap.

use super::{super::context::Done, text};
use crate::{
    programs::options::{Spec, parse},
    shell::{Exit, Process},
};

const USAGE: &str = "\nUsage:\n pmap [options] PID [PID ...]\n\nOptions:\n -x, --extended              show details\n -X                          show even more details\n            WARNING: format changes according to /proc/PID/smaps\n -XX                         show everything the kernel provides\n -c, --read-rc               read the default rc\n -C, --read-rc-from=<file>   read the rc from file\n -n, --create-rc             create new default rc\n -N, --create-rc-to=<file>   create new rc to file\n            NOTE: pid arguments are not allowed with -n, -N\n -d, --device                show the device format\n -q, --quiet                 do not display header and footer\n -p, --show-path             show path in the mapping\n -A, --range=<low>[,<high>]  limit results to the given range\n\n -h, --help     display this help and exit\n -V, --version  output version information and exit\n\nFor more details see pmap(1).\n";

/// A line of `/proc/<pid>/maps`: start, size in KiB, mode, and what is mapped.
fn mapping(line: &str, whole: bool) -> Option<(u64, u64, String, String)> {
    let mut words = line.split_whitespace();
    let (from, to) = words.next()?.split_once('-')?;
    let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
    let mode = words.next()?;
    let shared = if mode.ends_with('s') { 's' } else { '-' };
    let name = words.nth(3).unwrap_or_default();
    let name = match name {
        "[stack]" => "  [ stack ]".to_owned(),
        name if name.starts_with('/') && whole => name.to_owned(),
        name if name.starts_with('/') => name.rsplit('/').next().unwrap_or_default().to_owned(),
        _ => "  [ anon ]".to_owned(),
    };
    Some((from, to.saturating_sub(from) / 1_024, format!("{}{shared}-", mode.get(..3)?), name))
}

pub(super) async fn pmap(process: &mut Process) -> Done {
    let spec = Spec {
        short: "xXcC:nN:dqpA:hV",
        long: &[
            ("extended", 'x'),
            ("device", 'd'),
            ("quiet", 'q'),
            ("show-path", 'p'),
            ("help", 'h'),
            ("version", 'V'),
        ],
    };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(wrong) => {
            process.complain(format!("pmap: {}\n{USAGE}", wrong.0)).await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('h') || given.has('V') {
        process.print(if given.has('h') { USAGE } else { "pmap from procps-ng 4.0.2\n" }).await?;
        return Ok(Exit::SUCCESS);
    }
    let pids: Option<Vec<u32>> = given.operands.iter().map(|word| text(word).parse().ok()).collect();
    let Some(pids) = pids.filter(|pids| !pids.is_empty()) else {
        process.complain(USAGE).await;
        return Ok(Exit::FAILURE);
    };
    let mut status = 42;
    for pid in pids.into_iter().take(64) {
        let command = process.files.read(format!("/proc/{pid}/cmdline").as_bytes());
        let Ok(command) = command else { continue };
        let command = text(command.strip_suffix(&[0]).unwrap_or(&command)).replace('\0', " ");
        status = 0;
        let mut out = format!("{pid}:   {command}\n");
        let Ok(maps) = process.files.read(format!("/proc/{pid}/maps").as_bytes()) else {
            process.print(out).await?;
            continue;
        };
        let (extended, quiet) = (given.has('x'), given.has('q'));
        if extended && !quiet {
            out += "Address           Kbytes     RSS   Dirty Mode  Mapping\n";
        }
        let (mut total, mut resident, mut dirty) = (0, 0, 0);
        for (from, size, mode, name) in text(&maps).lines().filter_map(|line| mapping(line, given.has('p'))) {
            let own = if mode.starts_with("rw") { size.min(20) } else { 0 };
            let here = if name.contains("anon") && size > 1_024 { own } else { size * 3 / 4 / 4 * 4 };
            total += size;
            resident += here;
            dirty += own;
            out += &if extended {
                format!("{from:016x} {size:7} {here:7} {own:7} {mode} {name}\n")
            } else {
                format!("{from:016x} {size:6}K {mode} {name}\n")
            };
        }
        if extended && !quiet {
            out += &format!(
                "---------------- ------- ------- ------- \ntotal kB {total:15} {resident:7} {dirty:7}\n"
            );
        } else if !quiet {
            out += &format!(" total {total:16}K\n");
        }
        process.print(out).await?;
    }
    Ok(Exit::Code(status))
}
