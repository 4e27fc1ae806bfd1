//! Daemons and their settings.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Builder, When};
use crate::{
    identity,
    machine::{Distro, Line, Machine, scene::Scene},
};

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    let line = machine.distro().line();
    ssh(builder, machine);
    cron(builder, machine);
    packages(builder, machine);
    builder.at(When::Installed(200));
    if machine.distro().has_systemd() {
        systemd(builder, machine);
    }
    match line {
        Line::Alpine => {
            builder.directories("/etc/init.d /etc/conf.d /etc/runlevels /etc/runlevels/default /etc/runlevels/boot /etc/runlevels/sysinit /etc/local.d");
            for name in [
                "sshd",
                "crond",
                "syslog",
                "chronyd",
                "networking",
                "hostname",
                "acpid",
                "modules",
                "bootmisc",
            ] {
                builder.text(
                    &format!("/etc/init.d/{name}"),
                    0o755,
                    "#!/sbin/openrc-run\n\ndepend() {\n\tneed net\n\tuse logger\n}\n",
                );
            }
            builder.text("/etc/inittab", 0o644, "::sysinit:/sbin/openrc sysinit\n::sysinit:/sbin/openrc boot\n::wait:/sbin/openrc default\n\ntty1::respawn:/sbin/getty 38400 tty1\ntty2::respawn:/sbin/getty 38400 tty2\n\n::ctrlaltdel:/sbin/reboot\n::shutdown:/sbin/openrc shutdown\n");
        }
        Line::Firmware => {
            builder.directories("/etc/init.d /etc/config /etc/rc.d /etc/hotplug.d /etc/uci-defaults");
            builder.text("/etc/inittab", 0o644, "::sysinit:/etc/init.d/rcS S boot\n::shutdown:/etc/init.d/rcS K shutdown\n::askconsole:/usr/libexec/login.sh\n");
            builder.text("/etc/rc.local", 0o644, "exit 0\n");
        }
        _ => {
            builder
                .text(
                    "/etc/logrotate.conf",
                    0o644,
                    "weekly\nrotate 4\ncreate\ndateext\ninclude /etc/logrotate.d\n",
                )
                .directories("/etc/logrotate.d");
            for (name, log) in [
                ("apt", "/var/log/apt/*.log"),
                ("dpkg", "/var/log/dpkg.log"),
                ("rsyslog", "/var/log/syslog"),
                ("wtmp", "/var/log/wtmp"),
                ("btmp", "/var/log/btmp"),
            ] {
                builder.text(
                    &format!("/etc/logrotate.d/{name}"),
                    0o644,
                    format!("{log} {{\n    monthly\n    rotate 12\n    compress\n    missingok\n}}\n"),
                );
            }
            builder.text("/etc/rsyslog.conf", 0o644, "module(load=\"imuxsock\")\nmodule(load=\"imklog\")\n\n$FileOwner root\n$FileGroup adm\n$FileCreateMode 0640\n$DirCreateMode 0755\n$Umask 0022\n$WorkDirectory /var/spool/rsyslog\n$IncludeConfig /etc/rsyslog.d/*.conf\n\n*.*;auth,authpriv.none\t\t-/var/log/syslog\nauth,authpriv.*\t\t\t/var/log/auth.log\ncron.*\t\t\t\t-/var/log/cron.log\nkern.*\t\t\t\t-/var/log/kern.log\nmail.*\t\t\t\t-/var/log/mail.log\nuser.*\t\t\t\t-/var/log/user.log\n*.emerg\t\t\t\t:omusrmsg:*\n").directories("/etc/rsyslog.d");
        }
    }
}

fn ssh(builder: &mut Builder, machine: &Machine) {
    if machine.distro() == Distro::Firmware {
        builder.at(When::Installed(90)).directory("/etc/dropbear", 0o700).noise(
            "/etc/dropbear/dropbear_rsa_host_key",
            0o600,
            805,
        );
        return;
    }
    builder.at(When::Installed(520)).directories("/etc/ssh /etc/ssh/ssh_config.d /etc/ssh/sshd_config.d");
    builder.made(
        "/etc/ssh/sshd_config",
        if machine.distro().line() == Line::RedHat { 0o600 } else { 0o644 },
        sshd_config,
    );
    builder.text("/etc/ssh/ssh_config", 0o644, "Include /etc/ssh/ssh_config.d/*.conf\n\nHost *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n    GSSAPIAuthentication yes\n");
    builder.noise("/etc/ssh/moduli", 0o644, 573_928);
    builder.at(When::Installed(521));
    builder.made("/etc/ssh/ssh_host_rsa_key", 0o600, |scene| private_key(scene, "rsa", 1_823));
    builder.made("/etc/ssh/ssh_host_ecdsa_key", 0o600, |scene| private_key(scene, "ecdsa", 329));
    builder.made("/etc/ssh/ssh_host_ed25519_key", 0o600, |scene| private_key(scene, "ed25519", 261));
    builder.made("/etc/ssh/ssh_host_rsa_key.pub", 0o644, |scene| {
        public_key(scene, "rsa", "ssh-rsa", b"\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01\0\0\x01\x81\0", 384)
    });
    builder.made("/etc/ssh/ssh_host_ecdsa_key.pub", 0o644, |scene| {
        public_key(
            scene,
            "ecdsa",
            "ecdsa-sha2-nistp256",
            b"\0\0\0\x13ecdsa-sha2-nistp256\0\0\0\x08nistp256\0\0\0A\x04",
            64,
        )
    });
    builder.made("/etc/ssh/ssh_host_ed25519_key.pub", 0o644, |scene| {
        public_key(scene, "ed25519", "ssh-ed25519", b"\0\0\0\x0bssh-ed25519\0\0\0 ", 32)
    });
}

/// Nobody can hold these beside what a server shows where no server runs: noise then.
fn private_key(scene: &Scene<'_>, kind: &str, size: usize) -> Vec<u8> {
    if let Some(file) = scene.machine.host_key(kind) {
        return file.private.clone().into_bytes();
    }
    let mut bytes = b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01".to_vec();
    let from = bytes.len();
    bytes.resize(size.max(from), 0);
    identity::fill(
        &scene.machine.persona().key,
        &format!("file of the {kind} key"),
        bytes.get_mut(from..).unwrap_or_default(),
    );
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> =
        (0..text.len()).step_by(70).filter_map(|at| text.get(at..text.len().min(at + 70))).collect();
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", lines.join("\n"))
        .into_bytes()
}

fn public_key(scene: &Scene<'_>, kind: &str, name: &str, head: &[u8], size: usize) -> Vec<u8> {
    if let Some(file) = scene.machine.host_key(kind) {
        return file.public.clone().into_bytes();
    }
    let mut bytes = head.to_vec();
    bytes.resize(head.len() + size, 0);
    identity::fill(
        &scene.machine.persona().key,
        &format!("file of the {kind} key"),
        bytes.get_mut(head.len()..).unwrap_or_default(),
    );
    format!("{name} {} root@{}\n", STANDARD.encode(bytes), scene.machine.persona().hostname).into_bytes()
}

fn sshd_config(scene: &Scene<'_>) -> Vec<u8> {
    let server = match scene.machine.distro().line() {
        Line::Debian => "/usr/lib/openssh/sftp-server",
        Line::RedHat => "/usr/libexec/openssh/sftp-server",
        _ => "internal-sftp",
    };
    format!(
        "Include /etc/ssh/sshd_config.d/*.conf\n\nPort 22\nPermitRootLogin yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\nUsePAM yes\nDisableForwarding yes\nX11Forwarding no\nPrintMotd no\nAcceptEnv LANG LC_*\nSubsystem\tsftp\t{server}\n"
    )
    .into_bytes()
}

fn cron(builder: &mut Builder, machine: &Machine) {
    builder.at(When::Installed(700));
    match machine.distro().line() {
        Line::Alpine | Line::Firmware => {
            builder.text("/etc/crontabs/root", 0o600, "# do daily/weekly/monthly maintenance\n# min\thour\tday\tmonth\tweekday\tcommand\n*/15\t*\t*\t*\t*\trun-parts /etc/periodic/15min\n0\t*\t*\t*\t*\trun-parts /etc/periodic/hourly\n0\t2\t*\t*\t*\trun-parts /etc/periodic/daily\n0\t3\t*\t*\t6\trun-parts /etc/periodic/weekly\n0\t5\t1\t*\t*\trun-parts /etc/periodic/monthly\n\n");
            builder.directories("/etc/periodic/15min /etc/periodic/hourly /etc/periodic/daily /etc/periodic/weekly /etc/periodic/monthly");
            builder.link("/var/spool/cron/crontabs", "/etc/crontabs");
        }
        _ => {
            builder.text("/etc/crontab", 0o644, "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }\n47 6\t* * 7\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }\n52 6\t1 * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.monthly; }\n");
            for name in ["apt-compat", "dpkg", "logrotate", "man-db"] {
                builder.text(&format!("/etc/cron.daily/{name}"), 0o755, "#!/bin/sh\nset -e\nexit 0\n");
            }
            builder.made("/etc/cron.d/backup", 0o644, backup_job);
            builder.text("/etc/cron.d/e2scrub_all", 0o644, "30 3 * * 0 root test -e /run/systemd/system || SERVICE_MODE=1 /usr/lib/x86_64-linux-gnu/e2fsprogs/e2scrub_all_cron\n10 3 * * * root test -e /run/systemd/system || SERVICE_MODE=1 /sbin/e2scrub_all -A -r\n");
            let (path, group) = if machine.distro().line() == Line::Debian {
                ("/var/spool/cron/crontabs", 101)
            } else {
                ("/var/spool/cron", 0)
            };
            builder.own(0, group).directory(path, if group == 0 { 0o700 } else { 0o1730 }).own(0, 0);
        }
    }
}

fn backup_job(scene: &Scene<'_>) -> Vec<u8> {
    let minute = scene.machine.number("backup minute", 50);
    format!(
        "MAILTO=root\n{minute} 2 * * * root /usr/local/sbin/nightly-backup.sh >> /var/log/backup.log 2>&1\n"
    )
    .into_bytes()
}

fn packages(builder: &mut Builder, machine: &Machine) {
    builder.at(When::Installed(90));
    match machine.distro() {
        Distro::Debian12 => {
            builder.text("/etc/apt/sources.list", 0o644, "deb http://deb.debian.org/debian bookworm main non-free-firmware\ndeb http://security.debian.org/debian-security bookworm-security main non-free-firmware\ndeb http://deb.debian.org/debian bookworm-updates main non-free-firmware\n");
        }
        Distro::Kali => {
            builder.text(
                "/etc/apt/sources.list",
                0o644,
                "deb http://http.kali.org/kali kali-rolling main contrib non-free non-free-firmware\n",
            );
        }
        Distro::Ubuntu22 | Distro::Ubuntu20 => {
            let name = if machine.distro() == Distro::Ubuntu22 { "jammy" } else { "focal" };
            builder.text("/etc/apt/sources.list", 0o644, format!("deb http://archive.ubuntu.com/ubuntu {name} main restricted universe multiverse\ndeb http://archive.ubuntu.com/ubuntu {name}-updates main restricted universe multiverse\ndeb http://security.ubuntu.com/ubuntu {name}-security main restricted universe multiverse\n"));
        }
        Distro::Rocky9 => {
            builder.text("/etc/yum.repos.d/rocky.repo", 0o644, "[baseos]\nname=Rocky Linux $releasever - BaseOS\nmirrorlist=https://mirrors.rockylinux.org/mirrorlist?arch=$basearch&repo=BaseOS-$releasever$rltype\ngpgcheck=1\nenabled=1\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9\n");
            builder.text("/etc/dnf/dnf.conf", 0o644, "[main]\ngpgcheck=1\ninstallonly_limit=3\nclean_requirements_on_remove=True\nbest=True\nskip_if_unavailable=False\n");
        }
        Distro::Fedora39 => {
            builder.text("/etc/yum.repos.d/fedora.repo", 0o644, "[fedora]\nname=Fedora $releasever - $basearch\nmetalink=https://mirrors.fedoraproject.org/metalink?repo=fedora-$releasever&arch=$basearch\nenabled=1\ngpgcheck=1\n");
            builder.text("/etc/dnf/dnf.conf", 0o644, "[main]\ngpgcheck=True\ninstallonly_limit=3\nclean_requirements_on_remove=True\nbest=False\nskip_if_unavailable=True\n");
        }
        Distro::CentOs7 => {
            builder.text("/etc/yum.repos.d/CentOS-Base.repo", 0o644, "[base]\nname=CentOS-$releasever - Base\nmirrorlist=http://mirrorlist.centos.org/?release=$releasever&arch=$basearch&repo=os&infra=$infra\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-CentOS-7\n");
            builder.text("/etc/yum.conf", 0o644, "[main]\ncachedir=/var/cache/yum/$basearch/$releasever\nkeepcache=0\ndebuglevel=2\nlogfile=/var/log/yum.log\nexactarch=1\nobsoletes=1\ngpgcheck=1\nplugins=1\ninstallonly_limit=5\n");
        }
        Distro::Alpine319 => {
            builder.text("/etc/apk/repositories", 0o644, "http://dl-cdn.alpinelinux.org/alpine/v3.19/main\nhttp://dl-cdn.alpinelinux.org/alpine/v3.19/community\n");
            builder.text("/etc/apk/world", 0o644, "alpine-base\nchrony\nlinux-lts\nopenssh\nopenssl\n").text(
                "/etc/apk/arch",
                0o644,
                "x86_64\n",
            );
        }
        Distro::Arch => {
            builder.text("/etc/pacman.conf", 0o644, "[options]\nHoldPkg     = pacman glibc\nArchitecture = auto\nCheckSpace\nParallelDownloads = 5\nSigLevel    = Required DatabaseOptional\nLocalFileSigLevel = Optional\n\n[core]\nInclude = /etc/pacman.d/mirrorlist\n\n[extra]\nInclude = /etc/pacman.d/mirrorlist\n");
            builder.text(
                "/etc/pacman.d/mirrorlist",
                0o644,
                "Server = https://geo.mirror.pkgbuild.com/$repo/os/$arch\n",
            );
        }
        Distro::Firmware => {}
    }
    if machine.distro().line() == Line::Debian {
        builder.directories("/etc/apt/apt.conf.d /etc/apt/auth.conf.d /etc/apt/keyrings /etc/apt/preferences.d /etc/apt/sources.list.d /etc/apt/trusted.gpg.d /etc/dpkg/dpkg.cfg.d");
        builder.text(
            "/etc/apt/apt.conf.d/70debconf",
            0o644,
            "DPkg::Pre-Install-Pkgs {\"/usr/sbin/dpkg-preconfigure --apt || true\";};\n",
        );
    }
}

/// Units that are enabled, with the target that wants them.
const UNITS: &[(&str, &str)] = &[
    ("multi-user", "cron"),
    ("multi-user", "rsyslog"),
    ("multi-user", "ssh"),
    ("multi-user", "networking"),
    ("multi-user", "e2scrub_reap"),
    ("sysinit", "systemd-timesyncd"),
    ("sysinit", "systemd-pstore"),
    ("timers", "apt-daily"),
    ("timers", "apt-daily-upgrade"),
    ("timers", "dpkg-db-backup"),
    ("timers", "fstrim"),
    ("timers", "logrotate"),
    ("timers", "man-db"),
];

fn systemd(builder: &mut Builder, machine: &Machine) {
    builder.directories("/etc/systemd /etc/systemd/network /etc/systemd/user /etc/systemd/system/getty.target.wants /usr/lib/systemd /usr/lib/systemd/system");
    for name in ["system", "user", "journald", "logind", "timesyncd", "networkd", "sleep", "pstore"] {
        builder.text(
            &format!("/etc/systemd/{name}.conf"),
            0o644,
            format!("# Defaults of {name} can be changed here.\n"),
        );
    }
    for (target, name) in UNITS {
        let kind = if *target == "timers" { "timer" } else { "service" };
        let name = if machine.distro().line() == Line::RedHat {
            name.replace("ssh", "sshd").replace("cron", "crond")
        } else {
            (*name).to_owned()
        };
        builder.link(
            &format!("/etc/systemd/system/{target}.target.wants/{name}.{kind}"),
            format!("/lib/systemd/system/{name}.{kind}"),
        );
        let text = if kind == "timer" {
            format!(
                "[Unit]\nDescription={name} activities\n\n[Timer]\nOnCalendar=daily\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
            )
        } else {
            format!(
                "[Unit]\nDescription={name} daemon\nAfter=network.target\n\n[Service]\nExecStart=/usr/sbin/{name}\nRestart=on-failure\n\n[Install]\nWantedBy={target}.target\n"
            )
        };
        builder.text(&format!("/usr/lib/systemd/system/{name}.{kind}"), 0o644, text);
    }
    builder.link(
        "/etc/systemd/system/getty.target.wants/getty@tty1.service",
        "/lib/systemd/system/getty@.service",
    );
    builder.link("/etc/systemd/system/syslog.service", "/lib/systemd/system/rsyslog.service");
    builder.program("/usr/lib/systemd/systemd", 0o755, 100_848).program(
        "/usr/lib/systemd/systemd-journald",
        0o755,
        158_544,
    );
    builder.program("/usr/lib/systemd/systemd-logind", 0o755, 274_632).program(
        "/usr/lib/systemd/systemd-udevd",
        0o755,
        1_216_144,
    );
    builder.link("/usr/sbin/init", "/lib/systemd/systemd");
    if machine.distro().line() == Line::Debian {
        builder.directories("/etc/init.d /etc/rc0.d /etc/rc1.d /etc/rc2.d /etc/rc3.d /etc/rc4.d /etc/rc5.d /etc/rc6.d /etc/rcS.d");
        for (name, size) in [
            ("cron", 3_059),
            ("dbus", 3_152),
            ("hwclock.sh", 1_748),
            ("kmod", 2_063),
            ("networking", 4_531),
            ("procps", 959),
            ("rsyslog", 2_864),
            ("ssh", 4_060),
            ("sudo", 1_161),
            ("udev", 6_871),
            ("ufw", 2_083),
        ] {
            builder.text(&format!("/etc/init.d/{name}"), 0o755, format!("#!/bin/sh\n### BEGIN INIT INFO\n# Provides:          {name}\n# Default-Start:     2 3 4 5\n### END INIT INFO\n. /lib/lsb/init-functions\n# {size}\n"));
        }
    }
}
