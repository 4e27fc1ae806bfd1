//! What runs since the boot: threads of the kernel, and the daemons of distribution and services.

mod tables;
mod threads;

use decnet_proto::persona::ProductName;

use self::{
    tables::{ALPINE, ARCH, CENTOS, DEBIAN, FIRMWARE, REDHAT, UBUNTU},
    threads::{OLD_THREADS, THREADS, WORKERS},
};
use super::{
    Machine,
    clock::Time,
    distro::{Distro, Line},
    processes::Task,
};

/// A daemon: arguments by spaces, program, user, virtual and resident KiB, state, threads, and
/// how many seconds after the boot it began.
type Daemon = (&'static str, &'static str, &'static str, u64, u64, &'static str, u32, i64);

const fn of(distro: Distro) -> &'static [Daemon] {
    match distro {
        Distro::Debian12 | Distro::Kali => DEBIAN,
        Distro::Ubuntu22 | Distro::Ubuntu20 => UBUNTU,
        Distro::Rocky9 | Distro::Fedora39 => REDHAT,
        Distro::CentOs7 => CENTOS,
        Distro::Alpine319 => ALPINE,
        Distro::Arch => ARCH,
        Distro::Firmware => FIRMWARE,
    }
}

/// Daemons of a product that the decky plays.
fn product(name: ProductName, line: Line) -> &'static [Daemon] {
    match (name, line) {
        (ProductName::Apache, Line::RedHat) => &[
            ("/usr/sbin/httpd -DFOREGROUND", "/usr/sbin/httpd", "root", 20_272, 11_648, "Ss", 1, 7),
            ("/usr/sbin/httpd -DFOREGROUND", "/usr/sbin/httpd", "apache", 1_571_392, 13_324, "Sl", 65, 8),
        ],
        (ProductName::Apache, _) => &[
            ("/usr/sbin/apache2 -k start", "/usr/sbin/apache2", "root", 6_780, 4_736, "Ss", 1, 7),
            ("/usr/sbin/apache2 -k start", "/usr/sbin/apache2", "www-data", 1_998_964, 5_220, "Sl", 27, 8),
            ("/usr/sbin/apache2 -k start", "/usr/sbin/apache2", "www-data", 1_998_964, 5_356, "Sl", 27, 8),
        ],
        (ProductName::Nginx, _) => &[
            ("nginx: master process /usr/sbin/nginx", "/usr/sbin/nginx", "root", 10_484, 1_704, "Ss", 1, 7),
            ("nginx: worker process", "/usr/sbin/nginx", "www-data", 12_104, 5_412, "S", 1, 7),
        ],
        (ProductName::Vsftpd, _) => {
            &[("/usr/sbin/vsftpd /etc/vsftpd.conf", "/usr/sbin/vsftpd", "root", 9_132, 3_456, "Ss", 1, 7)]
        }
        (ProductName::Proftpd, _) => {
            &[("proftpd: (accepting connections)", "/usr/sbin/proftpd", "proftpd", 21_504, 4_608, "Ss", 1, 7)]
        }
        (ProductName::Mariadb, Line::RedHat) => &[(
            "/usr/libexec/mariadbd --basedir=/usr",
            "/usr/libexec/mariadbd",
            "mysql",
            1_277_128,
            96_148,
            "Ssl",
            9,
            8,
        )],
        (ProductName::Mariadb, _) => {
            &[("/usr/sbin/mariadbd", "/usr/sbin/mariadbd", "mysql", 1_356_480, 102_912, "Ssl", 9, 8)]
        }
        (ProductName::Mysql, _) => {
            &[("/usr/sbin/mysqld", "/usr/sbin/mysqld", "mysql", 1_788_420, 398_148, "Ssl", 38, 8)]
        }
        (ProductName::Telnetd | ProductName::Snmpd, _) => agents(name, line),
        (ProductName::Redis, _) => &[(
            "/usr/bin/redis-server 0.0.0.0:6379",
            "/usr/bin/redis-check-rdb",
            "redis",
            65_644,
            13_056,
            "Ssl",
            5,
            7,
        )],
        (ProductName::Postfix, _) => &[
            (
                "/usr/lib/postfix/sbin/master -w",
                "/usr/lib/postfix/sbin/master",
                "root",
                42_884,
                4_864,
                "Ss",
                1,
                9,
            ),
            ("qmgr -l -t unix -u", "/usr/lib/postfix/sbin/qmgr", "postfix", 43_320, 6_912, "S", 1, 9),
        ],
        // It runs whether it is played or not.
        (ProductName::Openssh, _) => &[],
    }
}

/// Daemons of telnet and SNMP.
fn agents(name: ProductName, line: Line) -> &'static [Daemon] {
    match (name, line) {
        (ProductName::Telnetd, Line::Debian | Line::Arch) => {
            &[("/usr/sbin/inetutils-inetd", "/usr/sbin/inetutils-inetd", "root", 2_956, 1_792, "Ss", 1, 8)]
        }
        (ProductName::Telnetd, Line::RedHat) => &[(
            "/usr/sbin/xinetd -stayalive -pidfile /var/run/xinetd.pid",
            "/usr/sbin/xinetd",
            "root",
            22_316,
            1_204,
            "Ss",
            1,
            8,
        )],
        (ProductName::Telnetd, _) => {
            &[("/usr/sbin/telnetd -F", "/bin/busybox", "root", 1_640, 896, "S", 1, 8)]
        }
        (ProductName::Snmpd, Line::Debian) => &[(
            "/usr/sbin/snmpd -LOw -u Debian-snmp -g Debian-snmp -I -smux mteTrigger mteTriggerConf -f",
            "/usr/sbin/snmpd",
            "Debian-snmp",
            24_176,
            13_312,
            "Ss",
            1,
            8,
        )],
        (ProductName::Snmpd, Line::Firmware) => {
            &[("/usr/sbin/snmpd -Lf /dev/null -f -r", "/usr/sbin/snmpd", "root", 5_932, 3_412, "S", 1, 8)]
        }
        (ProductName::Snmpd, _) => {
            &[("/usr/sbin/snmpd -LS0-6d -f", "/usr/sbin/snmpd", "root", 26_240, 14_080, "Ss", 1, 8)]
        }
        _ => &[],
    }
}

/// How sshd calls itself while it waits.
fn sshd(machine: &Machine) -> Daemon {
    let (title, size, resident) = match machine.distro() {
        Distro::CentOs7 => ("/usr/sbin/sshd -D", 112_984, 4_308),
        Distro::Alpine319 => ("sshd: /usr/sbin/sshd [listener] 0 of 10-100 startups", 6_720, 4_352),
        Distro::Firmware => {
            ("/usr/sbin/dropbear -F -P /var/run/dropbear.1.pid -p 22 -K 300 -T 3", 1_040, 612)
        }
        _ => ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", 15_432, 9_344),
    };
    (title, "/usr/sbin/sshd", "root", size, resident, "Ss", 1, 7)
}

/// Process id of sshd.
pub(super) fn sshd_pid(machine: &Machine) -> u32 {
    540 + u32::try_from(machine.number("pid of sshd", 60)).unwrap_or_default()
}

/// Everything that runs since the boot.
pub(super) fn tasks(machine: &Machine) -> Vec<Task> {
    let mut out = vec![init(machine)];
    kernel(machine, &mut out);
    let mut pid = 230 + u32::try_from(machine.number("pid of the first daemon", 40)).unwrap_or_default();
    for (place, daemon) in of(machine.distro()).iter().enumerate() {
        pid += 1 + u32::try_from(machine.number(&format!("pid {place}"), 18)).unwrap_or_default();
        out.push(task(machine, daemon, pid));
    }
    pid = sshd_pid(machine);
    out.push(task(machine, &sshd(machine), pid));
    for daemon in machine.products().into_iter().flat_map(|name| product(name, machine.distro().line())) {
        pid += 1 + u32::try_from(machine.number(daemon.0, 24)).unwrap_or_default();
        out.push(task(machine, daemon, pid));
    }
    out
}

fn init(machine: &Machine) -> Task {
    let systemd: Daemon = ("/sbin/init", "/usr/lib/systemd/systemd", "root", 102_076, 12_160, "Ss", 1, 0);
    let daemon = match machine.distro() {
        Distro::Rocky9 | Distro::Fedora39 => (
            "/usr/lib/systemd/systemd rhgb --switched-root --system --deserialize 31",
            "/usr/lib/systemd/systemd",
            "root",
            106_648,
            16_384,
            "Ss",
            1,
            0,
        ),
        Distro::CentOs7 => (
            "/usr/lib/systemd/systemd --switched-root --system --deserialize 22",
            "/usr/lib/systemd/systemd",
            "root",
            128_024,
            6_660,
            "Ss",
            1,
            0,
        ),
        Distro::Alpine319 => ("/sbin/init", "/bin/busybox", "root", 1_624, 640, "S", 1, 0),
        Distro::Firmware => ("/sbin/procd", "/sbin/procd", "root", 1_240, 736, "S", 1, 0),
        _ => systemd,
    };
    let mut task = task(machine, &daemon, 1);
    task.parent = 0;
    if machine.distro().has_systemd() {
        task.name = b"systemd".to_vec();
    }
    task
}

fn task(machine: &Machine, daemon: &Daemon, pid: u32) -> Task {
    let (arguments, program, user, size, resident, state, threads, after) = *daemon;
    let account = machine.account(user);
    let (uid, gid) = account.map_or((33, 33), |account| (account.uid, account.gid));
    let name = program.rsplit('/').next().unwrap_or(program);
    let title = [": ", " -l -t"].iter().any(|mark| arguments.contains(mark));
    let arguments = if title { vec![arguments.into()] } else { words(arguments) };
    let busy = machine.number(&format!("ticks {program}{after}"), 90) + 1;
    Task {
        pid,
        parent: 1,
        session: pid,
        uid,
        gid,
        name: name.bytes().take(15).collect(),
        arguments,
        program: program.into(),
        directory: b"/".to_vec(),
        terminal: state.ends_with('+').then(|| "tty1".to_owned()),
        started: Time::at(machine.booted() + after),
        size,
        resident: resident + machine.number(program, 64) * 4,
        state,
        nice: if state.contains('<') { -4 } else { 0 },
        threads,
        ticks: u64::try_from(machine.uptime()).unwrap_or_default() * busy / 4_000 + 4,
    }
}

fn words(text: &str) -> Vec<Vec<u8>> {
    text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

fn kernel(machine: &Machine, out: &mut Vec<Task>) {
    let names = match machine.distro() {
        Distro::CentOs7 | Distro::Firmware => OLD_THREADS,
        _ => THREADS,
    };
    let mut pid = 1;
    for name in names {
        for cpu in 0..if name.contains('%') { machine.hardware().cpus } else { 1 } {
            pid += 1 + u32::from(pid > 8 && machine.number(&format!("thread {pid}"), 4) == 0);
            out.push(thread(machine, pid, &name.replace('%', &cpu.to_string())));
        }
    }
    for name in [format!("jbd2/{}1-8", machine.hardware().disk_name), "ext4-rsv-conver".to_owned()] {
        pid += 3 + u32::try_from(machine.number(&name, 12)).unwrap_or_default();
        out.push(thread(machine, pid, &name));
    }
    // Workers come and go: their numbers are of the last hour.
    let hour = machine.now().seconds / 3_600;
    for (place, name) in WORKERS.iter().enumerate() {
        let started =
            (hour * 3_600 - i64::try_from(place).unwrap_or_default() * 700).max(machine.booted() + 60);
        let mut worker = thread(machine, machine.pid_at(started), name);
        (worker.started, worker.ticks) = (Time::at(started), 4);
        out.push(worker);
    }
}

fn thread(machine: &Machine, pid: u32, name: &str) -> Task {
    let high =
        ["rcu_gp", "netns", "writeback", "kblockd", "mld", "kthrotld"].contains(&name) || name.contains("wq");
    Task {
        pid,
        parent: if name == "kthreadd" { 0 } else { 2 },
        session: 0,
        uid: 0,
        gid: 0,
        name: name.bytes().take(15).collect(),
        arguments: Vec::new(),
        program: Vec::new(),
        directory: b"/".to_vec(),
        terminal: None,
        started: Time::at(machine.booted()),
        size: 0,
        resident: 0,
        state: if high { "I<" } else { "S" },
        nice: if high { -20 } else { 0 },
        threads: 1,
        ticks: if name.starts_with("rcu_") {
            u64::try_from(machine.uptime()).unwrap_or_default() / 1_700
        } else {
            0
        },
    }
}
