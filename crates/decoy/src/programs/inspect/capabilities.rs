//! getcap, setcap, getpcaps and capsh.

use super::{super::context::Done, text};
use crate::{
    machine::Line,
    programs::options::{Spec, parse},
    shell::{Exit, Process},
};

const NAMES: &[&str] = &[
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

const GETCAP: &str = "usage: getcap [-h] [-l] [-n] [-r] [-v] <filename> [<filename> ...]\n\n\tdisplays the capabilities on the queried file(s).\n";
const SETCAP: &str = "usage: setcap [-h] [-q] [-v] [-n <rootid>] (-r|-|<caps>) <filename> [ ... (-r|-|<capsN>) <filenameN> ]\n\n Note <filename> must be a regular (non-symlink) file.\n -r          remove capability from file\n -           read capability text from stdin\n <capsN>     cap_from_text(3) formatted file capability\n [ Note: capsh --suggest=\"something...\" might help you pick. ]\n -h          this message and exit status 0\n -q          quietly\n -v          validate supplied capability matches file\n -n <rootid> write a user namespace (!= 0) limited capability\n --license   display the license info\n";
const GETPCAPS: &str = "usage: getcaps [opts] <pid> [<pid> ...]\n\n  This program displays the capabilities on the queried process(es).\n  The capabilities are displayed in the cap_from_text(3) format.\n\n  Optional arguments:\n     --help, -h or --usage display this message.\n     --verbose             use a more verbose output format.\n     --ugly or --legacy    use the archaic legacy output format.\n     --iab                 show IAB of process too.\n     --license             display license info\n";

/// Files that come with capabilities, and those.
fn given_to(process: &Process) -> Vec<(&'static str, &'static str)> {
    let all: &[(&str, &str)] = match process.machine.distro().line() {
        Line::Debian => &[("/usr/bin/ping", "cap_net_raw=ep")],
        _ => &[],
    };
    let untouched = |path: &str| {
        process.files.is_installed(path.as_bytes())
            && process.files.stat(path.as_bytes()).is_ok_and(|m| m.mode & 0o4000 == 0)
    };
    all.iter().filter(|(path, _)| untouched(path)).copied().collect()
}

pub(super) async fn getcap(process: &mut Process) -> Done {
    let spec = Spec { short: "hlnrv", long: &[("license", 'l')] };
    let Ok(given) = parse(process.arguments(), spec) else {
        process.complain(GETCAP).await;
        return Ok(Exit::FAILURE);
    };
    if given.operands.is_empty() {
        process.complain(GETCAP).await;
        return Ok(Exit::FAILURE);
    }
    let known = given_to(process);
    for name in given.operands.iter().take(256) {
        let shown = text(name);
        if let Err(error) = process.files.lstat(name) {
            process.complain(format!("{shown} ({})\n", error.text())).await;
            if given.has('r') {
                continue;
            }
            return Ok(Exit::FAILURE);
        }
        let real = text(&process.files.real_path(name).unwrap_or_else(|_| name.clone()));
        let top = real.trim_end_matches('/');
        for (path, set) in &known {
            let below = path.strip_prefix(top).filter(|rest| rest.is_empty() || rest.starts_with('/'));
            let Some(below) = below.filter(|rest| rest.is_empty() || given.has('r')) else { continue };
            let whole =
                format!("{}{below}", if below.is_empty() { &shown } else { shown.trim_end_matches('/') });
            process.print(format!("{whole} {set}\n")).await?;
        }
        if given.has('v') && known.iter().all(|(path, _)| *path != real) {
            process.print(format!("{shown}\n")).await?;
        }
        process.seat.work(if given.has('r') { 2_000 } else { 1 }).await;
    }
    Ok(Exit::SUCCESS)
}

pub(super) async fn setcap(process: &mut Process) -> Done {
    let words: Vec<String> = process.arguments().iter().map(|word| text(word)).collect();
    let (set, name) = match words.iter().filter(|word| *word != "-q").collect::<Vec<_>>().as_slice() {
        [set, name, ..] => ((*set).clone(), (*name).clone()),
        _ => {
            process.complain(SETCAP).await;
            return Ok(Exit::FAILURE);
        }
    };
    let plain = set.split([',', '=', '+', '-']).next().unwrap_or_default().to_ascii_lowercase();
    let known = plain.is_empty() || plain == "all" || NAMES.iter().any(|name| plain == format!("cap_{name}"));
    if set != "-r" && (!known || !set.contains(['=', '+', '-'])) {
        process.complain(format!("fatal error: Invalid argument\n{SETCAP}")).await;
        return Ok(Exit::FAILURE);
    }
    if let Err(error) = process.files.stat(name.as_bytes()) {
        process
            .complain(format!("Failed to set capabilities on file '{name}': {}\n{SETCAP}", error.text()))
            .await;
        return Ok(Exit::FAILURE);
    }
    if !process.account.is_root() {
        process.complain("unable to set CAP_SETFCAP effective capability: Operation not permitted\n").await;
        return Ok(Exit::FAILURE);
    }
    Ok(Exit::SUCCESS)
}

pub(super) async fn getpcaps(process: &mut Process) -> Done {
    let words: Vec<String> = process.arguments().iter().map(|word| text(word)).collect();
    if words.is_empty() {
        process.complain(GETPCAPS).await;
        return Ok(Exit::FAILURE);
    }
    let tasks = process.machine.tasks(process.files.source());
    for word in words.iter().filter(|word| !word.starts_with('-')).take(256) {
        let found = word.parse::<u32>().ok().and_then(|pid| tasks.iter().find(|task| task.pid == pid));
        match found {
            Some(task) => {
                process.print(format!("{word}: ={}\n", if task.uid == 0 { "ep" } else { "" })).await?
            }
            None => {
                process
                    .complain(format!("Failed to get cap's for process {word}: (No such process)\n"))
                    .await;
                return Ok(Exit::FAILURE);
            }
        }
    }
    Ok(Exit::SUCCESS)
}

/// The names of the bits of a set.
fn decoded(word: &str) -> Option<String> {
    let digits = word.trim_start_matches("0x");
    let bits = u64::from_str_radix(digits, 16).ok()?;
    let name = |bit: usize| match NAMES.get(bit) {
        Some(name) => format!("cap_{name}"),
        None => bit.to_string(),
    };
    let names: Vec<String> = (0..64).filter(|bit| bits >> bit & 1 > 0).map(name).collect();
    Some(format!("0x{bits:016x}={}", names.join(",")))
}

fn state(process: &Process) -> String {
    let account = &process.account;
    let bounding: Vec<String> = NAMES.iter().map(|name| format!("cap_{name}")).collect();
    let gid = account.gid;
    let group = account
        .groups
        .iter()
        .find(|(id, _)| *id == gid)
        .map_or_else(|| gid.to_string(), |(_, name)| name.clone());
    let groups: Vec<String> = account.groups.iter().map(|(id, name)| format!("{id}({name})")).collect();
    format!(
        "Current: ={}\nBounding set ={}\nAmbient set =\nCurrent IAB: \nSecurebits: 00/0x0/1'b0 (no-new-privs=0)\n secure-noroot: no (unlocked)\n secure-no-suid-fixup: no (unlocked)\n secure-keep-caps: no (unlocked)\n secure-no-ambient-raise: no (unlocked)\nuid={uid}({name}) euid={uid}({name})\ngid={gid}({group})\ngroups={}\nGuessed mode: HYBRID (4)\n",
        if account.is_root() { "ep" } else { "" },
        bounding.join(","),
        groups.join(","),
        uid = account.uid,
        name = account.name,
    )
}

pub(super) async fn capsh(process: &mut Process) -> Done {
    let words = process.arguments().to_vec();
    for (at, word) in words.iter().enumerate().take(64) {
        let option = text(word);
        match option.split_once('=').map_or((option.as_str(), ""), |(name, value)| (name, value)) {
            ("--print", _) => process.print(state(process)).await?,
            ("--current", _) => {
                let set = if process.account.is_root() { "ep" } else { "" };
                process.print(format!("Current: ={set}\nCurrent IAB: \n")).await?;
            }
            ("--decode", value) => match decoded(value) {
                Some(line) => process.print(line + "\n").await?,
                None => return Ok(process.fail("unable to decode").await),
            },
            ("--supports", value) if NAMES.iter().all(|name| value != format!("cap_{name}")) => {
                process.complain(format!("cap[{value}] not recognized by library\n")).await;
                return Ok(Exit::FAILURE);
            }
            ("--", "") => {
                let rest = words.get(at + 1..).unwrap_or_default();
                let args = [&[b"/bin/bash".to_vec()][..], rest].concat();
                return Ok(process.execute(args).await.unwrap_or(Exit::FAILURE));
            }
            (
                "--caps" | "--drop" | "--inh" | "--keep" | "--uid" | "--gid" | "--user" | "--groups"
                | "--secbits" | "--addamb" | "--delamb" | "--iab" | "--mode" | "--supports" | "--has-p"
                | "--has-i" | "--has-b" | "--quiet" | "--strict" | "--noamb" | "--noenv",
                _,
            ) => {}
            _ => {
                let name = process.args.first().map(|name| text(name)).unwrap_or_default();
                process.print(format!("usage: {name}{USAGE}")).await?;
                return Ok(Exit::FAILURE);
            }
        }
    }
    Ok(Exit::SUCCESS)
}

const USAGE: &str = " [args ...]\n  --addamb=xxx   add xxx,... capabilities to ambient set\n  --cap-uid=<n>  use libcap cap_setuid() to change uid\n  --caps=xxx     set caps as per cap_from_text()\n  --chroot=path  chroot(2) to this path\n  --current      show current caps and IAB vectors\n  --decode=xxx   decode a hex string to a list of caps\n  --delamb=xxx   remove xxx,... capabilities from ambient\n  --drop=xxx     drop xxx,... caps from bounding set\n  --explain=xxx  explain what capability xxx permits\n  --forkfor=<n>  fork and make child sleep for <n> sec\n  --gid=<n>      set gid to <n> (hint: id <username>)\n  --groups=g,... set the supplemental groups\n  --has-a=xxx    exit 1 if capability xxx not ambient\n  --has-b=xxx    exit 1 if capability xxx not dropped\n  --has-ambient  exit 1 unless ambient vector supported\n  --has-i=xxx    exit 1 if capability xxx not inheritable\n  --has-p=xxx    exit 1 if capability xxx not permitted\n  --has-no-new-privs  exit 1 if privs not limited\n  --help, -h     this message (or try 'man capsh')\n  --iab=...      use cap_iab_from_text() to set iab\n  --inh=xxx      set xxx,.. inheritable set\n  --inmode=<xxx> exit 1 if current mode is not <xxx>\n  --is-uid=<n>   exit 1 if uid != <n>\n  --is-gid=<n>   exit 1 if gid != <n>\n  --keep=<n>     set keep-capability bit to <n>\n  --killit=<n>   send signal(n) to child\n  --license      display license info\n  --mode         display current libcap mode\n  --mode=<xxx>   set libcap mode to <xxx>\n  --modes        list libcap named modes\n  --no-new-privs set sticky process privilege limiter\n  --noamb        reset (drop) all ambient capabilities\n  --noenv        no fixup of env vars (for --user)\n  --print        display capability relevant state\n  --quiet        if first argument skip max cap check\n  --secbits=<n>  write a new value for securebits\n  --shell=/xx/yy use /xx/yy instead of /bin/bash for --\n  --strict       toggle --caps, --drop and --inh fixups\n  --suggest=text search cap descriptions for text\n  --supports=xxx exit 1 if capability xxx unsupported\n  --uid=<n>      set uid to <n> (hint: id <username>)\n  --user=<name>  set uid,gid and groups to that of user\n  ==             re-exec(capsh) with args as for --\n  =+             cap_launch capsh with args as for -+\n  --             remaining arguments are for /bin/bash\n  -+             cap_launch /bin/bash with remaining args\n                 (without -- [/usr/sbin/capsh] will simply exit(0))\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_decoded() {
        assert_eq!(decoded("0000000000003000").unwrap(), "0x0000000000003000=cap_net_admin,cap_net_raw");
        assert_eq!(decoded("0x8000000000000000").unwrap(), "0x8000000000000000=63");
        assert_eq!(decoded("zz"), None);
        assert_eq!(decoded(&"f".repeat(99)), None);
    }
}
