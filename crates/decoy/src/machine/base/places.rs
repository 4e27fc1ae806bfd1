//! `/boot`, `/usr/lib`, `/var`, `/sys` and what services keep.

use decnet_proto::persona::ProductName;

use super::{Builder, When};
use crate::machine::{DAY, Distro, Line, Machine, files::Kind, scene::Scene};

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    builder.own(0, 0);
    boot(builder, machine);
    libraries(builder, machine);
    variable(builder, machine);
    kernel(builder, machine);
    running(builder, machine);
    served(builder, machine);
}

fn boot(builder: &mut Builder, machine: &Machine) {
    let release = machine.kernel().to_owned();
    builder.at(When::Made(|scene| scene.machine.booted() - 2 * DAY));
    match machine.distro().line() {
        Line::Debian => {
            builder.noise(&format!("/boot/System.map-{release}"), 0o600, 83).noise(
                &format!("/boot/config-{release}"),
                0o644,
                259_453,
            );
            builder.noise(&format!("/boot/initrd.img-{release}"), 0o644, 40_206_311).noise(
                &format!("/boot/vmlinuz-{release}"),
                0o644,
                8_214_976,
            );
            builder
                .link("/initrd.img", format!("boot/initrd.img-{release}"))
                .link("/vmlinuz", format!("boot/vmlinuz-{release}"));
        }
        Line::RedHat => {
            builder.noise(&format!("/boot/System.map-{release}"), 0o600, 8_874_812).noise(
                &format!("/boot/config-{release}"),
                0o644,
                226_249,
            );
            builder.noise(&format!("/boot/initramfs-{release}.img"), 0o600, 38_101_940).noise(
                &format!("/boot/vmlinuz-{release}"),
                0o755,
                13_694_664,
            );
        }
        Line::Alpine => {
            builder
                .noise("/boot/vmlinuz-lts", 0o644, 9_968_640)
                .noise("/boot/initramfs-lts", 0o600, 21_406_208)
                .noise("/boot/System.map-lts", 0o644, 5_310_210);
        }
        Line::Arch => {
            builder.noise("/boot/vmlinuz-linux", 0o644, 14_070_272).noise(
                "/boot/initramfs-linux.img",
                0o600,
                15_204_417,
            );
        }
        Line::Firmware => return,
    }
    builder.directories("/boot/grub /boot/grub/fonts /boot/grub/i386-pc").text(
        "/boot/grub/grub.cfg",
        0o600,
        "set default=\"0\"\nset timeout=5\n",
    );
    builder.directories(&format!("/usr/lib/modules/{release} /usr/lib/modules/{release}/kernel /usr/lib/modules/{release}/kernel/drivers /usr/lib/modules/{release}/kernel/fs /usr/lib/modules/{release}/kernel/net"));
    for name in ["modules.alias", "modules.builtin", "modules.dep", "modules.order", "modules.symbols"] {
        builder.noise(&format!("/usr/lib/modules/{release}/{name}"), 0o644, 204_800);
    }
}

fn libraries(builder: &mut Builder, machine: &Machine) {
    builder.at(When::At(1_725_000_000.min(machine.installed())));
    let directory = match machine.distro().line() {
        Line::Debian => "/usr/lib/x86_64-linux-gnu",
        Line::RedHat => "/usr/lib64",
        Line::Alpine => {
            builder
                .program("/lib/ld-musl-x86_64.so.1", 0o755, 645_200)
                .link("/lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1");
            builder
                .program("/lib/libcrypto.so.3", 0o755, 4_366_064)
                .program("/lib/libssl.so.3", 0o755, 669_600)
                .directories("/lib/apk /lib/apk/db /lib/rc");
            return;
        }
        Line::Arch => "/usr/lib",
        Line::Firmware => {
            builder.program("/lib/libc.so", 0o755, 581_332).link("/lib/ld-musl-mips-sf.so.1", "libc.so");
            return;
        }
    };
    for (name, size) in [
        ("libc.so.6", 1_922_136),
        ("libm.so.6", 907_784),
        ("libpthread.so.0", 14_480),
        ("libdl.so.2", 14_480),
        ("librt.so.1", 14_640),
        ("libcrypto.so.3", 4_709_392),
        ("libssl.so.3", 692_256),
        ("libz.so.1.2.13", 121_280),
        ("libselinux.so.1", 174_312),
        ("libpam.so.0", 67_584),
        ("libcurl.so.4", 694_704),
        ("libresolv.so.2", 60_328),
    ] {
        builder.program(&format!("{directory}/{name}"), 0o644, size);
    }
    builder.program(&format!("{directory}/ld-linux-x86-64.so.2"), 0o755, 210_968).link(
        "/usr/lib64/ld-linux-x86-64.so.2",
        format!("{}/ld-linux-x86-64.so.2", directory.trim_start_matches("/usr")),
    );
    builder.directories("/usr/lib/apt /usr/lib/locale /usr/lib/modprobe.d /usr/lib/openssh /usr/lib/python3 /usr/lib/sysctl.d /usr/lib/tmpfiles.d /usr/lib/udev /usr/libexec");
    builder.program("/usr/lib/openssh/sftp-server", 0o755, 162_512);
    builder.directories("/usr/share/bash-completion /usr/share/doc /usr/share/info /usr/share/keyrings /usr/share/locale /usr/share/man /usr/share/misc /usr/share/perl /usr/share/python3 /usr/share/terminfo /usr/share/zoneinfo /usr/share/zoneinfo/Etc");
    builder.noise("/usr/share/zoneinfo/Etc/UTC", 0o644, 114);
}

fn variable(builder: &mut Builder, machine: &Machine) {
    builder.at(When::Installed(500)).directories(
        "/var/backups /var/cache /var/lib/misc /var/lib/systemd /var/spool/cron /var/spool/mail /var/empty",
    );
    match machine.distro().line() {
        Line::Debian => {
            builder.directories("/var/cache/apt /var/cache/apt/archives /var/cache/debconf /var/cache/man /var/lib/apt /var/lib/apt/lists /var/lib/dpkg /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/logrotate /var/lib/pam /var/lib/sudo /var/spool/rsyslog");
            builder.own(0, 8).directory("/var/mail", 0o2775).own(0, 0).made(
                "/var/lib/dpkg/status",
                0o644,
                dpkg_status,
            );
        }
        Line::RedHat => {
            builder.directories("/var/lib/rpm /var/lib/dnf /var/lib/yum /var/cache/dnf /var/lib/NetworkManager /var/lib/chrony /var/adm").link("/var/mail", "spool/mail");
        }
        Line::Alpine => {
            builder
                .directories("/var/cache/apk /var/cache/misc /var/lib/apk /var/lib/udhcpd")
                .link("/var/mail", "spool/mail");
        }
        Line::Arch => {
            builder.directories("/var/lib/pacman /var/lib/pacman/local /var/lib/pacman/sync /var/cache/pacman /var/cache/pacman/pkg").link("/var/mail", "spool/mail");
        }
        Line::Firmware => {}
    }
    let host = machine.persona().hostname.clone();
    builder
        .at(When::Made(|scene| scene.machine.last_night(0)))
        .directory(&format!("/var/backups/{host}"), 0o700);
}

fn dpkg_status(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for (name, version, arch, summary, ..) in super::packages::of(scene.machine.distro()) {
        let name = name.split(':').next().unwrap_or(name);
        out.push_str(&format!("Package: {name}\nStatus: install ok installed\nArchitecture: {arch}\nVersion: {version}\nDescription: {summary}\n\n"));
    }
    out.into_bytes()
}

fn kernel(builder: &mut Builder, machine: &Machine) {
    builder.at(When::Booted(0));
    builder.directories("/sys/block /sys/bus /sys/class /sys/dev /sys/devices /sys/devices/system /sys/devices/system/cpu /sys/firmware /sys/fs /sys/fs/cgroup /sys/hypervisor /sys/kernel /sys/kernel/mm /sys/module /sys/power /sys/class/dmi/id /sys/class/thermal /sys/class/block");
    let net = machine.network();
    for (name, mac) in [("lo", "00:00:00:00:00:00".to_owned()), (net.interface, net.mac.to_string())] {
        let place = format!("/sys/class/net/{name}");
        builder.text(&format!("{place}/address"), 0o444, format!("{mac}\n")).text(
            &format!("{place}/mtu"),
            0o644,
            if name == "lo" { "65536\n" } else { "1500\n" },
        );
        builder.text(&format!("{place}/operstate"), 0o444, if name == "lo" { "unknown\n" } else { "up\n" });
        if name != "lo" {
            builder
                .text(
                    &format!("{place}/speed"),
                    0o444,
                    if machine.hardware().maker.is_virtual() { "10000\n" } else { "1000\n" },
                )
                .text(&format!("{place}/carrier"), 0o644, "1\n");
        }
    }
    let (vendor, product) = machine.model();
    for (name, value, mode) in [
        ("sys_vendor", vendor, 0o444),
        ("product_name", product, 0o444),
        ("board_vendor", vendor, 0o444),
        ("bios_vendor", machine.bios().0, 0o444),
        ("bios_version", machine.bios().1, 0o444),
        ("bios_date", machine.bios().2, 0o444),
    ] {
        builder.text(&format!("/sys/class/dmi/id/{name}"), mode, format!("{value}\n"));
    }
    builder.text("/sys/class/dmi/id/product_uuid", 0o400, format!("{}\n", machine.uuid("board")));
    let cpus = machine.hardware().cpus;
    let range = if cpus == 1 { "0\n".to_owned() } else { format!("0-{}\n", cpus - 1) };
    for name in ["online", "possible", "present"] {
        builder.text(&format!("/sys/devices/system/cpu/{name}"), 0o444, range.clone());
    }
    for cpu in 0..cpus {
        builder.directories(&format!("/sys/devices/system/cpu/cpu{cpu}"));
    }
    builder.text("/sys/kernel/mm/transparent_hugepage/enabled", 0o644, "[always] madvise never\n");
    builder.directories(&format!("/sys/block/{}", machine.hardware().disk_name));
}

fn running(builder: &mut Builder, machine: &Machine) {
    builder.at(When::Booted(8));
    for (name, daemon) in [
        ("sshd.pid", "sshd"),
        ("crond.pid", "cron"),
        ("rsyslogd.pid", "rsyslogd"),
        ("dbus/pid", "dbus-daemon"),
    ] {
        let pid = crate::machine::daemons::tasks(machine)
            .iter()
            .find(|task| task.name.starts_with(daemon.as_bytes()))
            .map(|task| task.pid);
        if let Some(pid) = pid {
            builder.text(&format!("/run/{name}"), 0o644, format!("{pid}\n"));
        }
    }
    builder.own(0, machine.group("utmp")).made("/run/utmp", 0o664, crate::machine::records::utmp).own(0, 0);
    if machine.distro().has_systemd() {
        builder.directories(
            "/run/systemd/system /run/systemd/journal /run/systemd/sessions /run/udev /run/dbus",
        );
        builder.special("/run/dbus/system_bus_socket", 0o666, Kind::Socket, (0, 0)).special(
            "/run/systemd/journal/dev-log",
            0o666,
            Kind::Socket,
            (0, 0),
        );
        builder.link("/dev/log", "/run/systemd/journal/dev-log").directory("/run/user/0", 0o700);
    }
}

/// What starts the telnet daemon, and itself.
fn telnetd(builder: &mut Builder, line: Line) {
    match line {
        Line::Debian | Line::Arch => super::end(
            builder
                .text(
                    "/etc/inetd.conf",
                    0o644,
                    "telnet\tstream\ttcp\tnowait\troot\t/usr/sbin/tcpd\t/usr/sbin/telnetd\n",
                )
                .program("/usr/sbin/telnetd", 0o755, 117_408),
        ),
        Line::RedHat => {
            super::end(builder.directories("/etc/xinetd.d").program("/usr/sbin/in.telnetd", 0o755, 60_488))
        }
        Line::Alpine | Line::Firmware => {}
    }
}

/// What services hand out.
fn served(builder: &mut Builder, machine: &Machine) {
    for product in machine.products() {
        builder.at(When::Installed(2 * 86_400)).own(0, 0);
        match product {
            ProductName::Apache | ProductName::Nginx => {
                let place = if machine.distro().line() == Line::RedHat && product == ProductName::Nginx {
                    "/usr/share/nginx/html"
                } else {
                    "/var/www/html"
                };
                builder.directories(place).made(&format!("{place}/index.html"), 0o644, |scene| {
                    let name = &scene.machine.persona().organisation;
                    format!("<!DOCTYPE html>\n<html><head><title>{name}</title></head><body><h1>{name}</h1></body></html>\n").into_bytes()
                });
                let (name, settings) = match (product, machine.distro().line()) {
                    (ProductName::Nginx, _) => ("nginx", "/etc/nginx/nginx.conf"),
                    (_, Line::RedHat) => ("httpd", "/etc/httpd/conf/httpd.conf"),
                    _ => ("apache2", "/etc/apache2/apache2.conf"),
                };
                builder.text(settings, 0o644, "").program(&format!("/usr/sbin/{name}"), 0o755, 748_296);
            }
            ProductName::Redis => super::end(
                builder
                    .directories("/var/lib/redis /etc/redis")
                    .program("/usr/bin/redis-server", 0o755, 1_842_328)
                    .program("/usr/bin/redis-cli", 0o755, 404_528),
            ),
            ProductName::Vsftpd => super::end(
                builder
                    .text(
                        "/etc/vsftpd.conf",
                        0o644,
                        "listen=NO\nlisten_ipv6=YES\nanonymous_enable=YES\nlocal_enable=YES\n",
                    )
                    .program("/usr/sbin/vsftpd", 0o755, 171_984),
            ),
            ProductName::Proftpd => {
                super::end(builder.directories("/etc/proftpd").program("/usr/sbin/proftpd", 0o755, 992_008))
            }
            ProductName::Postfix => super::end(
                builder
                    .directories("/etc/postfix /var/spool/postfix")
                    .program("/usr/sbin/postfix", 0o755, 22_688)
                    .program("/usr/sbin/sendmail", 0o755, 30_888),
            ),
            // Every machine has it.
            ProductName::Openssh => {}
            ProductName::Snmpd => super::end(
                builder
                    .directories("/etc/snmp")
                    .made("/etc/snmp/snmpd.conf", 0o600, |scene| {
                        crate::snmp::settings::configuration(scene.machine.persona()).into_bytes()
                    })
                    .program("/usr/sbin/snmpd", 0o755, 39_104),
            ),
            ProductName::Telnetd => telnetd(builder, machine.distro().line()),
            ProductName::Mysql | ProductName::Mariadb => super::end(
                builder
                    .own(0, 0)
                    .directories("/etc/mysql /etc/mysql/conf.d /var/lib/mysql")
                    .program("/usr/bin/mysql", 0o755, 5_171_560)
                    .program("/usr/bin/mysqldump", 0o755, 4_912_744),
            ),
        }
    }
    if machine.distro() != Distro::Firmware {
        builder.own(0, 0).at(When::Installed(3 * 86_400)).directories("/srv/ftp");
    }
}
