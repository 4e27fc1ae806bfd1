//! The machine as a whole, for every system.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use super::*;
use crate::testing;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 77, 0, 9));

const SYSTEMS: &[(&str, &str)] = &[
    ("Debian GNU/Linux 12 (bookworm)", "Linux 6.1.0-28-amd64"),
    ("Ubuntu 22.04.5 LTS", "Linux 5.15.0-126-generic"),
    ("Ubuntu 20.04.6 LTS", "Linux 5.4.0-202-generic"),
    ("Rocky Linux 9.5 (Blue Onyx)", "Linux 5.14.0-503.14.1.el9_5.x86_64"),
    ("Fedora Linux 39 (Server Edition)", "Linux 6.11.9-100.fc39.x86_64"),
    ("CentOS Linux 7 (Core)", "Linux 3.10.0-1160.119.1.el7.x86_64"),
    ("Alpine Linux v3.19", "Linux 6.6.58-0-lts"),
    ("Kali GNU/Linux Rolling", "Linux 6.11.2-amd64"),
    ("Arch Linux", "Linux 6.12.1-arch1-1"),
    ("OpenWrt 19.07.10", "Linux 4.14.275"),
];

pub(crate) fn machine_of(system: usize) -> Arc<Machine> {
    let mut persona = testing::persona(3);
    let (name, kernel) = SYSTEMS[system];
    persona.system.pretty_name = name.into();
    persona.system.kernel = kernel.into();
    if name.starts_with("OpenWrt") {
        persona.os = decnet_proto::persona::OsFamily::Embedded;
        persona.system.machine = "mips".into();
    }
    persona.boot_time = Clock::System.now().seconds - 9 * DAY - 4_000;
    Arc::new(Machine::new(&persona))
}

fn walk(files: &Files, directory: &[u8], visit: &mut dyn FnMut(&[u8], &Metadata)) {
    for entry in files.read_dir(directory).unwrap() {
        let path = files::path::join(directory, &entry.name);
        let metadata = files.lstat(&path).unwrap();
        visit(&path, &metadata);
        if metadata.is_directory() && path != b"/proc" {
            walk(files, &path, visit);
        }
    }
}

#[test]
fn every_system_has_a_tree_that_agrees_with_itself() {
    for system in 0..SYSTEMS.len() {
        let machine = machine_of(system);
        let files = machine.files(HERE, &machine.account("root").unwrap());
        let mut count = 0;
        walk(&files, b"/", &mut |path, metadata| {
            let shown = format!("{} {}", machine.distro as u8, String::from_utf8_lossy(path));
            count += 1;
            assert!(metadata.modified.seconds <= machine.now().seconds, "{shown} is of the future");
            assert!(machine.account_of(metadata.uid).is_some(), "{shown} belongs to {}", metadata.uid);
            let known = machine.accounts.groups.iter().any(|(_, id, _)| *id == metadata.gid);
            assert!(known, "{shown} belongs to group {}", metadata.gid);
            if metadata.kind == Kind::File && metadata.size < 100_000 {
                let size = files.read(path).unwrap().len() as u64;
                let moving = [&b"/var/log/"[..], b"/run/"].iter().any(|start| path.starts_with(start));
                assert!(moving || size == metadata.size, "{shown} has {size} bytes");
            }
        });
        assert!(count > 200, "{count} files on system {system}");
    }
}

#[test]
fn accounts_have_homes_and_only_bait_logs_in() {
    for system in 0..SYSTEMS.len() {
        let machine = machine_of(system);
        let files = machine.files(HERE, &machine.account("root").unwrap());
        let ids: BTreeSet<u32> = machine.accounts.users.iter().map(|user| user.uid).collect();
        assert_eq!(ids.len(), machine.accounts.users.len());
        for account in machine.people() {
            let stat = files.stat(account.home.as_bytes()).unwrap();
            assert_eq!((stat.uid, stat.kind), (account.uid, Kind::Directory), "{}", account.home);
        }
        let root = machine.account("root").unwrap();
        assert!(files.stat(root.shell.as_bytes()).is_ok(), "{}", root.shell);
        let passwd = String::from_utf8(files.read(b"/etc/passwd").unwrap()).unwrap();
        assert!(passwd.starts_with("root:x:0:0:"));
    }
    let machine = machine_of(0);
    let bait = machine.persona().bait[0].clone();
    assert!(machine.check_password(&bait.username, &bait.password, None).is_some());
    assert!(machine.check_password(&bait.username, "x", Some("x")).is_none());
    assert!(machine.check_password("root", &bait.password, None).is_none());
    assert!(machine.check_password("root", "", Some("")).is_none());
    assert!(machine.check_password("root", "x", Some("x")).is_some());
}

#[test]
fn all_of_proc_is_there_and_agrees_with_the_processes() {
    for system in [0, 5, 6] {
        let machine = machine_of(system);
        let account = machine.account("root").unwrap();
        let login = LogIn { account: &account, peer: (HERE, 40_000).into(), via: Via::Ssh, terminal: true };
        let presence = machine.log_in(login);
        let files = machine.files(HERE, &account).as_process(presence.shell());
        let comm = files.read(b"/proc/self/comm").unwrap();
        assert!([&b"bash\n"[..], b"ash\n", b"zsh\n"].contains(&comm.as_slice()), "{comm:?}");
        let pids: BTreeSet<u32> = machine.tasks(HERE).iter().map(|task| task.pid).collect();
        assert_eq!(pids.len(), machine.tasks(HERE).len(), "two processes with one number");
        walk(&files, b"/proc", &mut |path, metadata| {
            if metadata.kind == Kind::File {
                files
                    .read(path)
                    .unwrap_or_else(|error| panic!("{} {error:?}", String::from_utf8_lossy(path)));
            }
        });
        drop(presence);
        assert!(machine.sessions(HERE).is_empty());
    }
}

#[test]
fn a_program_begins_as_one() {
    let machine = machine_of(0);
    let files = machine.files(HERE, &machine.account("root").unwrap());
    let head = files.read_at(b"/bin/ls", 0, 64).unwrap();
    assert_eq!(head.get(..20).unwrap(), b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0");
    let parsed = elf::Elf::parse(&head).unwrap();
    assert!(parsed.runs_on("x86_64") && !parsed.runs_on("mips"));
    let stat = files.stat(b"/usr/bin/ls").unwrap();
    assert_eq!((stat.size, stat.mode, stat.modified.seconds), (151_344, 0o755, 1_663_687_647));
    assert_eq!(files.stat(b"/usr/bin/sudo").unwrap().mode, 0o4755);
}

#[test]
fn processes_and_left_ones_are_bounded() {
    let machine = machine_of(0);
    let account = machine.account("root").unwrap();
    let login = LogIn { account: &account, peer: (HERE, 40_000).into(), via: Via::Ssh, terminal: false };
    let presence = machine.log_in(login);
    let before = machine.tasks(HERE).len();
    let start = || presence.start(presence.shell(), &account, &[b"sleep".to_vec()], b"/");
    let running: Vec<Running> = (0..crate::caps::MACHINE_TASKS_PER_VISIT + 9).map(|_| start()).collect();
    assert!(machine.tasks(HERE).len() <= before + crate::caps::MACHINE_TASKS_PER_VISIT);
    drop(running);
    assert_eq!(machine.tasks(HERE).len(), before);
    for _ in 0..crate::caps::MACHINE_TASKS_LEFT + 9 {
        start().leave();
    }
    assert_eq!(machine.tasks(HERE).len(), before + crate::caps::MACHINE_TASKS_LEFT);
}

#[test]
fn a_part_of_what_a_process_is_given_is_kept() {
    let machine = machine_of(0);
    let account = machine.account("root").unwrap();
    let login = LogIn { account: &account, peer: (HERE, 40_000).into(), via: Via::Ssh, terminal: false };
    let presence = machine.log_in(login);
    let kept = |pid| machine.task(HERE, pid).unwrap().arguments;
    for arguments in [vec![b"sleep".to_vec(), vec![b'x'; 1 << 20]], vec![b"ab".to_vec(); 1 << 16]] {
        let running = presence.start(presence.shell(), &account, &arguments, b"/");
        presence.exec(presence.shell(), &arguments, b"/usr/bin/sleep");
        for arguments in [kept(running.pid()), kept(presence.shell())] {
            assert!(arguments.concat().len() <= crate::caps::MACHINE_ARGUMENTS);
            assert!(arguments.len() <= crate::caps::MACHINE_ARGUMENTS / 32);
        }
    }
    let copy = presence.fork(presence.shell());
    assert_eq!(kept(copy.pid()), kept(presence.shell()));
    assert_eq!(machine.task(HERE, presence.shell()).unwrap().name, b"sleep");
}
