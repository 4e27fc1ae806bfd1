//! The file system by its calls.

use std::{net::IpAddr, sync::Arc};

use super::*;
use crate::{caps, testing};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 77, 0, 9));

fn machine() -> Arc<Machine> {
    Arc::new(Machine::new(&testing::persona(1)))
}

fn files_of(machine: &Arc<Machine>, user: &str, source: IpAddr) -> Files {
    machine.files(source, &machine.account(user).unwrap())
}

fn root() -> Files {
    files_of(&machine(), "root", HERE)
}

fn names(files: &Files, path: &[u8]) -> Vec<String> {
    let mut names: Vec<String> =
        files.read_dir(path).unwrap().into_iter().map(|e| String::from_utf8(e.name).unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_written_is_read_and_only_by_its_source() {
    let machine = machine();
    let files = files_of(&machine, "root", HERE);
    files.write(b"/tmp/a", b"hello", 0o666).unwrap();
    files.append(b"/tmp/a", b" you", 0o666).unwrap();
    assert_eq!(files.read(b"/tmp/../tmp/./a").unwrap(), b"hello you");
    let stat = files.stat(b"/tmp/a").unwrap();
    assert_eq!((stat.size, stat.mode, stat.links), (9, 0o644, 1));
    assert_eq!(files_of(&machine, "root", HERE).read(b"/tmp/a").unwrap(), b"hello you");
    let other = files_of(&machine, "root", IpAddr::from([10, 77, 0, 8]));
    assert_eq!(other.read(b"/tmp/a"), Err(Errno::Missing));
    assert_eq!(files.take_written(), [b"/tmp/a".to_vec()]);
    assert!(files.take_written().is_empty());
}

#[test]
fn refusals_are_those_of_the_kernel() {
    let machine = machine();
    let files = files_of(&machine, "mhansen", HERE);
    assert_eq!(files.write(b"/etc/x", b"", 0o644), Err(Errno::Denied));
    assert_eq!(files.write(b"/nowhere/x", b"", 0o644), Err(Errno::Missing));
    assert_eq!(files.write(b"/tmp", b"", 0o644), Err(Errno::IsDirectory));
    assert_eq!(files.read_dir(b"/root"), Err(Errno::Denied));
    assert_eq!(files.mkdir(b"/tmp", 0o755), Err(Errno::Exists));
    assert_eq!(files.rmdir(b"/proc"), Err(Errno::Busy));
    assert_eq!(files.unlink(b"/tmp/none"), Err(Errno::Missing));
    assert_eq!(files.chown(b"/tmp", Some(0), None, true), Err(Errno::NotPermitted));
    assert_eq!(files.stat(b""), Err(Errno::Missing));
    assert_eq!(files.stat(&[b'a'; 300]), Err(Errno::NameTooLong));
    assert_eq!(files.stat(&b"/tmp".repeat(2_000)), Err(Errno::NameTooLong));
    files.write(b"/tmp/f", b"", 0o644).unwrap();
    assert_eq!(files.stat(b"/tmp/f/x"), Err(Errno::NotDirectory));
    assert_eq!(files.stat(b"/tmp/f/"), Err(Errno::NotDirectory));
}

#[test]
fn links_are_followed_and_loops_end() {
    let files = root();
    files.symlink(b"/tmp/b", b"/tmp/a").unwrap();
    files.write(b"/tmp/a", b"through", 0o644).unwrap();
    assert_eq!(files.read(b"/tmp/b").unwrap(), b"through");
    assert_eq!(files.lstat(b"/tmp/a").unwrap().kind, Kind::Symlink);
    files.symlink(b"loop", b"/tmp/loop").unwrap();
    assert_eq!(files.stat(b"/tmp/loop"), Err(Errno::Loop));
    assert_eq!(files.real_path(b"/bin/..").unwrap(), b"/usr");
}

#[test]
fn directories_move_with_what_is_in_them() {
    let files = root();
    files.mkdir(b"/opt/one", 0o755).unwrap();
    files.write(b"/opt/one/f", b"x", 0o644).unwrap();
    assert_eq!(files.rmdir(b"/opt/one"), Err(Errno::NotEmpty));
    files.rename(b"/opt/one", b"/opt/two").unwrap();
    assert_eq!(files.read(b"/opt/two/f").unwrap(), b"x");
    assert_eq!(files.stat(b"/opt/one"), Err(Errno::Missing));
    assert_eq!(files.rename(b"/opt/two", b"/opt/two/in"), Err(Errno::Invalid));
    assert_eq!(names(&files, b"/opt"), ["two"]);
    files.unlink(b"/opt/two/f").unwrap();
    files.rmdir(b"/opt/two").unwrap();
    assert!(names(&files, b"/opt").is_empty());
    // What the base had there does not come back.
    files.rename(b"/home/mhansen", b"/srv/m").unwrap();
    files.mkdir(b"/home/mhansen", 0o755).unwrap();
    assert!(names(&files, b"/home/mhansen").is_empty());
}

#[test]
fn immutable_files_stay() {
    let files = root();
    files.write(b"/root/k", b"1", 0o600).unwrap();
    files.set_flags(b"/root/k", change::IMMUTABLE).unwrap();
    assert_eq!(files.append(b"/root/k", b"2", 0), Err(Errno::NotPermitted));
    assert_eq!(files.unlink(b"/root/k"), Err(Errno::NotPermitted));
    files.set_flags(b"/root/k", 0).unwrap();
    files.unlink(b"/root/k").unwrap();
}

#[test]
fn what_one_source_keeps_is_bounded() {
    let files = root();
    let big = vec![b'x'; caps::MACHINE_BYTES_PER_FILE + 10];
    files.write(b"/tmp/big", &big, 0o644).unwrap();
    assert_eq!(files.stat(b"/tmp/big").unwrap().size, big.len() as u64);
    assert!(files.read_at(b"/tmp/big", big.len() as u64 - 5, 9).unwrap() == [0; 5]);
    for number in 0..4 {
        files.write(format!("/tmp/{number}").as_bytes(), &big, 0o644).unwrap();
    }
    let held = files.machine.overlays().of(HERE).room();
    assert!(held <= caps::MACHINE_BYTES_PER_SOURCE);
    let mut made = 0;
    while files.write(format!("/tmp/n{made}").as_bytes(), b"", 0o644).is_ok() {
        made += 1;
        assert!(made <= caps::MACHINE_ENTRIES_PER_SOURCE);
    }
    assert_eq!(files.mkdir(b"/tmp/more", 0o755), Err(Errno::NoSpace));
}

#[test]
fn long_paths_of_one_source_are_bounded() {
    let files = root();
    let mut path = b"/tmp".to_vec();
    for _ in 0..15 {
        path.extend([&b"/"[..], &[b'd'; 250]].concat());
        files.mkdir(&path, 0o755).unwrap();
    }
    let made = (0..).take_while(|number| {
        files.write(&[&path[..], format!("/{number}").as_bytes()].concat(), b"", 0o644).is_ok()
    });
    let made = made.count();
    assert!(made > 200 && made * 2 * path.len() < caps::MACHINE_PATHS_PER_SOURCE, "{made}");
}

#[test]
fn sources_make_room_for_newer_ones_and_memory_has_a_bound() {
    let machine = machine();
    let source = |number: u8| IpAddr::from([10, 0, 0, number]);
    let big = vec![b'x'; caps::MACHINE_BYTES_PER_FILE];
    for number in 0..=u8::try_from(caps::MACHINE_SOURCES).unwrap() {
        let files = files_of(&machine, "root", source(number));
        files.write(b"/tmp/a", &big, 0o644).unwrap();
    }
    assert!(!files_of(&machine, "root", source(0)).exists(b"/tmp/a"));
    let last = u8::try_from(caps::MACHINE_SOURCES).unwrap();
    assert!(files_of(&machine, "root", source(last)).exists(b"/tmp/a"));
    let kept = (0..=last).filter(|n| files_of(&machine, "root", source(*n)).exists(b"/tmp/a")).count();
    // Their entries count as well.
    assert_eq!(kept, caps::MACHINE_BYTES_IN_ALL / caps::MACHINE_BYTES_PER_FILE - 1);
}

#[test]
fn zeros_at_the_end_cost_nothing() {
    let files = root();
    let mut handle = files.open(b"/tmp/z", Open::writing(0o644)).unwrap();
    for _ in 0..100 {
        handle.write(&vec![0; 1 << 20]).unwrap();
    }
    assert_eq!(files.stat(b"/tmp/z").unwrap().size, 100 << 20);
    assert_eq!(files.machine.overlays().of(HERE).room(), caps::MACHINE_BYTES_PER_SOURCE);
}

#[test]
fn devices_and_proc_read_as_they_do() {
    let files = root();
    assert_eq!(files.read_at(b"/dev/zero", 5, 3).unwrap(), [0; 3]);
    assert!(files.read(b"/dev/null").unwrap().is_empty());
    files.write(b"/dev/null", b"x", 0o644).unwrap();
    assert!(files.read(b"/dev/null").unwrap().is_empty());
    let uptime = String::from_utf8(files.read(b"/proc/uptime").unwrap()).unwrap();
    let up: i64 = uptime.split('.').next().unwrap().parse().unwrap();
    assert!((files.machine.uptime() - up).abs() <= 1);
    assert_eq!(files.read(b"/proc/1/comm").unwrap(), b"systemd\n");
    assert_eq!(files.write(b"/proc/new", b"", 0o644), Err(Errno::Missing));
    for entry in files.read_dir(b"/proc").unwrap() {
        let path = [b"/proc/", entry.name.as_slice()].concat();
        assert!(files.lstat(&path).is_ok(), "{}", String::from_utf8_lossy(&path));
    }
}

#[test]
fn one_read_returns_so_much() {
    let files = root();
    files.write(b"/tmp/z", &vec![b'x'; caps::MACHINE_READ + 1], 0o644).unwrap();
    assert_eq!(files.read(b"/tmp/z").unwrap().len(), caps::MACHINE_READ);
    let mut handle = files.open(b"/tmp/z", Open::reading()).unwrap();
    assert_eq!(handle.read(usize::MAX).unwrap().len(), caps::MACHINE_READ);
}
