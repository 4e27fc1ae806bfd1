//! Services of the machine: those of the distribution by the processes that run, and what
//! visitors add.

use crate::{
    machine::{Distro, Line, Task},
    shell::Process,
};

/// A service as systemd knows it.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Name without `.service`.
    pub(super) name: String,
    pub(super) description: String,
    /// Name of its process.
    program: String,
    /// Where its file is.
    pub(super) path: String,
}

/// Unit, what it is, and its process.
const KNOWN: &[(&str, &str, &str)] = &[
    ("auditd", "Security Auditing Service", "auditd"),
    ("chronyd", "NTP client/server", "chronyd"),
    ("cron", "Regular background program processing daemon", "cron"),
    ("crond", "Command Scheduler", "crond"),
    ("dbus", "D-Bus System Message Bus", "dbus-daemon"),
    ("dbus-broker", "D-Bus System Message Bus", "dbus-broker-lau"),
    ("firewalld", "firewalld - dynamic firewall daemon", "firewalld"),
    ("getty@tty1", "Getty on tty1", "agetty"),
    ("irqbalance", "irqbalance daemon", "irqbalance"),
    ("ModemManager", "Modem Manager", "ModemManager"),
    ("multipathd", "Device-Mapper Multipath Device Controller", "multipathd"),
    ("NetworkManager", "Network Manager", "NetworkManager"),
    ("polkit", "Authorization Manager", "polkitd"),
    ("postfix", "Postfix Mail Transport Agent", "master"),
    ("rsyslog", "System Logging Service", "rsyslogd"),
    ("systemd-journald", "Journal Service", "systemd-journal"),
    ("systemd-logind", "User Login Management", "systemd-logind"),
    ("systemd-networkd", "Network Configuration", "systemd-network"),
    ("systemd-resolved", "Network Name Resolution", "systemd-resolve"),
    ("systemd-timesyncd", "Network Time Synchronization", "systemd-timesyn"),
    ("systemd-udevd", "Rule-based Manager for Device Events and Files", "systemd-udevd"),
    ("tuned", "Dynamic System Tuning Daemon", "tuned"),
    ("udisks2", "Disk Manager", "udisksd"),
    ("apache2", "The Apache HTTP Server", "apache2"),
    ("httpd", "The Apache HTTP Server", "httpd"),
    ("nginx", "A high performance web server and a reverse proxy server", "nginx"),
    ("vsftpd", "vsftpd FTP server", "vsftpd"),
    ("proftpd", "ProFTPD FTP Server", "proftpd"),
    ("mariadb", "MariaDB 10.11.6 database server", "mariadbd"),
    ("mysql", "MySQL Community Server", "mysqld"),
    ("redis-server", "Advanced key-value store", "redis-server"),
    ("snmpd", "Simple Network Management Protocol (SNMP) Daemon.", "snmpd"),
];

/// Whether a task is the process of that name, which may be a script.
fn is_of(task: &Task, program: &str) -> bool {
    let by_script = || {
        task.arguments
            .get(1..)
            .is_some_and(|rest| rest.iter().any(|a| a.ends_with(format!("/{program}").as_bytes())))
    };
    let base = task.program.rsplit(|b| *b == b'/').next().unwrap_or_default();
    task.name == program.as_bytes() || base == program.as_bytes() || by_script()
}

/// Every service that runs.
pub(super) fn running(process: &Process) -> Vec<Unit> {
    let tasks = process.machine.tasks(process.files.source());
    let folder = folder(process);
    let ssh = match process.machine.distro() {
        Distro::Debian12 | Distro::Ubuntu22 | Distro::Ubuntu20 | Distro::Kali => {
            ("ssh", "OpenBSD Secure Shell server")
        }
        Distro::Arch => ("sshd", "OpenSSH Daemon"),
        _ => ("sshd", "OpenSSH server daemon"),
    };
    let unit = |name: &str, description: &str, program: &str| Unit {
        name: name.into(),
        description: description.into(),
        program: program.into(),
        path: format!("{folder}/{name}.service"),
    };
    let mut all: Vec<Unit> = KNOWN
        .iter()
        .filter(|(_, _, program)| tasks.iter().any(|task| task.parent == 1 && is_of(task, program)))
        .map(|(name, description, program)| unit(name, description, program))
        .collect();
    all.push(unit(ssh.0, ssh.1, "sshd"));
    all.sort_by_key(|unit| unit.name.to_lowercase());
    all
}

/// Where the distribution keeps its units.
pub(super) fn folder(process: &Process) -> &'static str {
    match process.machine.distro().line() {
        Line::Debian if process.machine.distro() != Distro::Kali => "/lib/systemd/system",
        _ => "/usr/lib/systemd/system",
    }
}

/// A service that does not run but has a file, as one that a visitor brought.
pub(super) fn with_file(process: &Process, name: &str) -> Option<Unit> {
    let places = ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"];
    let path = places
        .iter()
        .map(|place| format!("{place}/{name}.service"))
        .find(|path| process.files.exists(path.as_bytes()))?;
    let text = process.files.read(path.as_bytes()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let description =
        text.lines().find_map(|line| line.trim().strip_prefix("Description=")).unwrap_or(name).to_owned();
    Some(Unit { name: name.to_owned(), description, program: String::new(), path })
}

impl Unit {
    /// Its processes, the first of them the main one.
    pub(super) fn tasks(&self, process: &Process) -> Vec<Task> {
        let all = process.machine.tasks(process.files.source());
        let mut own: Vec<Task> = all
            .into_iter()
            .filter(|task| task.parent == 1 && !self.program.is_empty() && is_of(task, &self.program))
            .collect();
        own.sort_by_key(|task| task.pid);
        own
    }

    pub(super) fn service(&self) -> String {
        format!("{}.service", self.name)
    }
}

/// `name` without what says that it is a service.
pub(super) fn bare(name: &str) -> &str {
    name.strip_suffix(".service").unwrap_or(name)
}
