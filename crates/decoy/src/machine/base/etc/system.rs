//! Everything else in `/etc`.

use super::{Builder, When};
use crate::machine::{Distro, Line, Machine, mounts, scene::Scene};

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    let line = machine.distro().line();
    builder.at(When::Installed(150)).made("/etc/fstab", 0o644, fstab).made(
        "/etc/machine-id",
        0o444,
        machine_id,
    );
    builder.link("/etc/mtab", "../proc/self/mounts").text(
        "/etc/environment",
        0o644,
        if line == Line::Debian {
            "PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\n"
        } else {
            ""
        },
    );
    builder
        .text("/etc/profile", 0o644, profile(machine.distro()))
        .directories("/etc/profile.d /etc/skel /etc/opt /etc/xdg");
    builder.text("/etc/sysctl.conf", 0o644, "").directories("/etc/sysctl.d /etc/modprobe.d /etc/modules-load.d /etc/ssl /etc/ssl/certs /etc/security /etc/pam.d /etc/default /etc/udev /etc/udev/rules.d /etc/kernel /etc/tmpfiles.d");
    builder.directory("/etc/ssl/private", 0o710);
    if machine.distro() == Distro::Firmware {
        return;
    }
    builder.text("/etc/bash.bashrc", 0o644, bashrc(line)).text(
        "/etc/inputrc",
        0o644,
        "set input-meta on\nset output-meta on\n",
    );
    builder.text("/etc/timezone", 0o644, "Etc/UTC\n").link("/etc/localtime", "/usr/share/zoneinfo/Etc/UTC");
    builder.text("/etc/default/locale", 0o644, "LANG=en_US.UTF-8\n").text(
        "/etc/locale.gen",
        0o644,
        "en_US.UTF-8 UTF-8\n",
    );
    builder
        .text("/etc/ld.so.conf", 0o644, "include /etc/ld.so.conf.d/*.conf\n")
        .noise("/etc/ld.so.cache", 0o644, 21_404)
        .directories("/etc/ld.so.conf.d");
    builder.text("/etc/modules", 0o644, "").text(
        "/etc/adduser.conf",
        0o644,
        "DSHELL=/bin/bash\nDHOME=/home\nFIRST_UID=1000\nLAST_UID=59999\n",
    );
    builder
        .text(
            "/etc/default/grub",
            0o644,
            "GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n",
        )
        .text("/etc/default/useradd", 0o644, "SHELL=/bin/sh\n");
    for name in [
        "common-auth",
        "common-account",
        "common-password",
        "common-session",
        "cron",
        "login",
        "passwd",
        "sshd",
        "su",
        "sudo",
    ] {
        builder.text(
            &format!("/etc/pam.d/{name}"),
            0o644,
            "auth\trequired\tpam_unix.so\naccount\trequired\tpam_unix.so\nsession\trequired\tpam_unix.so\n",
        );
    }
    builder.text("/etc/security/limits.conf", 0o644, "").directory("/etc/security/limits.d", 0o755);
    if line == Line::RedHat {
        builder.text(
            "/etc/selinux/config",
            0o644,
            format!("SELINUX={}\nSELINUXTYPE=targeted\n", machine.selinux()),
        );
        builder.link("/etc/bashrc", "bash.bashrc");
    }
    skeleton(builder, line);
}

fn skeleton(builder: &mut Builder, line: Line) {
    builder.at(When::At(1_682_278_000));
    for (name, text) in super::super::people::dot_files(line) {
        builder.text(&format!("/etc/skel/{name}"), 0o644, *text);
    }
}

fn fstab(scene: &Scene<'_>) -> Vec<u8> {
    let machine = scene.machine;
    if machine.distro() == Distro::Firmware {
        return b"proc /proc proc defaults 0 0\n".to_vec();
    }
    let (root, swap) = (machine.uuid("root file system"), machine.uuid("swap"));
    let kind = mounts::root_type(machine.distro()).0;
    let options = if machine.distro().line() == Line::Debian { "errors=remount-ro" } else { "defaults" };
    format!("# <file system> <mount point>   <type>  <options>       <dump>  <pass>\nUUID={root} /               {kind}    {options} 0       1\nUUID={swap} none            swap    sw              0       0\n/dev/sr0        /media/cdrom0   udf,iso9660 user,noauto     0       0\n").into_bytes()
}

fn machine_id(scene: &Scene<'_>) -> Vec<u8> {
    format!("{}\n", scene.machine.uuid("machine").replace('-', "")).into_bytes()
}

fn profile(distro: Distro) -> &'static str {
    match distro {
        Distro::Alpine319 | Distro::Firmware => {
            "export PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\nexport PAGER=less\numask 022\n\nPS1='\\h:\\w\\$ '\n\nfor script in /etc/profile.d/*.sh ; do\n        if [ -r \"$script\" ] ; then\n                . \"$script\"\n        fi\ndone\nunset script\n"
        }
        _ => {
            "if [ \"$(id -u)\" -eq 0 ]; then\n  PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\nelse\n  PATH=\"/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games\"\nfi\nexport PATH\n\nif [ -n \"$BASH\" ] && [ -f /etc/bash.bashrc ]; then\n  . /etc/bash.bashrc\nfi\n"
        }
    }
}

fn bashrc(line: Line) -> &'static str {
    match line {
        Line::RedHat => "[ -z \"$PS1\" ] && return\nPS1='[\\u@\\h \\W]\\$ '\n",
        _ => "[ -z \"$PS1\" ] && return\nPS1='${debian_chroot:+($debian_chroot)}\\u@\\h:\\w\\$ '\n",
    }
}
