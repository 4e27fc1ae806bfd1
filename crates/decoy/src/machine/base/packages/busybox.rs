//! BusyBox: one file with many names.

use super::{Builder, When};
use crate::machine::{Distro, Machine};

const BIN: &str = "arch ash base64 bbconfig cat chattr chgrp chmod chown cp date dd df dmesg dnsdomainname dumpkmap echo egrep \
    false fatattr fdflush fgrep fsync getopt grep gunzip gzip hostname ionice iostat ipcalc kbd_mode kill link linux32 linux64 ln \
    login ls lsattr lzop makemime mkdir mknod mktemp more mount mountpoint mpstat mv netstat nice pidof ping ping6 pipe_progress \
    printenv ps pwd reformime rev rm rmdir run-parts sed setpriv setserial sh sleep stat stty su sync tar touch true umount uname \
    usleep watch zcat";
const SBIN: &str = "acpid adjtimex arp blkid blockdev depmod fbsplash fdisk findfs fsck fstrim getty halt hwclock ifconfig ifdown \
    ifenslave ifup init inotifyd insmod ip ipaddr iplink ipneigh iproute iprule iptunnel klogd loadkmap logread losetup lsmod mdev \
    mkdosfs mkfs.vfat mkswap modinfo modprobe nameif nologin pivot_root poweroff raidautorun reboot rmmod route setconsole slattach \
    swapoff swapon switch_root sysctl syslogd tunctl udhcpc vconfig watchdog zcip";
const USR_BIN: &str = "[ [[ awk basename bc beep blkdiscard bunzip2 bzcat bzip2 cal chvt cksum clear cmp comm cpio crontab cryptpw \
    cut dc deallocvt diff dirname dos2unix du eject env expand expr factor fallocate find flock fold free fuser getfattr groups hd head \
    hexdump hostid iconv id install ipcrm ipcs killall last less logger lsof lsusb lzcat lzma lzopcat md5sum mesg microcom mkfifo \
    mkpasswd nc nl nmeter nohup nproc nsenter nslookup od openvt passwd paste pgrep pkill pmap printf pscan pstree pwdx readlink realpath \
    renice reset resize seq setkeycodes setsid sha1sum sha256sum sha3sum sha512sum showkey shred shuf sort split strings sum tac tail \
    tee test time timeout top tr traceroute traceroute6 tree truncate tty ttysize udhcpc6 unexpand uniq unix2dos unlink unlzma unlzop \
    unshare unxz unzip uptime uudecode uuencode vi vlock volname wc wget which who whoami whois xargs xxd xzcat yes";
const USR_SBIN: &str = "add-shell addgroup adduser arping brctl chpasswd chroot crond delgroup deluser ether-wake fbset killall5 \
    loadfont nanddump nandwrite nbd-client ntpd partprobe rdate rdev readahead remove-shell rfkill sendmail setfont setlogcons";

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    let alpine = machine.distro() == Distro::Alpine319;
    let (size, built) = if alpine { (824_984, 1_701_000_000) } else { (332_012, 1_580_000_000) };
    builder.at(When::At(built)).program("/bin/busybox", 0o755, size);
    builder.at(if alpine { When::Installed(30) } else { When::At(built) });
    for (directory, names) in [("/bin", BIN), ("/sbin", SBIN), ("/usr/bin", USR_BIN), ("/usr/sbin", USR_SBIN)]
    {
        for name in names.split_whitespace() {
            builder.link(&format!("{directory}/{name}"), "/bin/busybox");
        }
    }
    builder.at(When::At(built));
    let own: &[(&str, u32)] = if alpine {
        &[
            ("/bin/bbsuid", 14_232),
            ("/bin/rc-status", 26_424),
            ("/sbin/apk", 71_192),
            ("/sbin/openrc", 34_616),
            ("/sbin/rc", 34_616),
            ("/sbin/rc-service", 18_232),
            ("/sbin/rc-update", 22_328),
            ("/sbin/setup-alpine", 12_410),
            ("/sbin/ldconfig", 393),
            ("/sbin/openrc-run", 42_808),
            ("/usr/sbin/sshd", 346_016),
            ("/usr/bin/ssh", 784_992),
            ("/usr/bin/scp", 112_832),
            ("/usr/bin/sftp", 141_504),
            ("/usr/bin/ssh-keygen", 415_776),
            ("/usr/bin/ssh-agent", 284_632),
            ("/usr/bin/ssh-add", 268_248),
            ("/usr/sbin/chronyd", 247_568),
            ("/usr/bin/chronyc", 92_096),
            ("/usr/bin/doas", 30_824),
            ("/usr/bin/getent", 1_404),
            ("/usr/bin/ldd", 52),
            ("/usr/bin/openssl", 775_424),
            ("/usr/bin/ssl_client", 14_232),
            ("/usr/bin/iconv", 22_360),
            ("/usr/bin/getconf", 30_696),
            ("/usr/bin/scanelf", 80_016),
        ]
    } else {
        &[
            ("/bin/ubus", 13_852),
            ("/bin/opkg", 122_204),
            ("/sbin/uci", 11_304),
            ("/sbin/procd", 57_420),
            ("/sbin/logread", 9_212),
            ("/sbin/netifd", 82_004),
            ("/sbin/ubusd", 24_116),
            ("/sbin/wifi", 4_117),
            ("/sbin/sysupgrade", 8_210),
            ("/sbin/ifstatus", 524),
            ("/usr/sbin/dropbear", 155_928),
            ("/usr/sbin/iptables", 47_340),
            ("/usr/sbin/uhttpd", 42_004),
            ("/usr/sbin/dnsmasq", 151_788),
        ]
    };
    for (path, size) in own {
        builder.program(path, 0o755, *size);
    }
    if !alpine {
        builder
            .link("/usr/bin/ssh", "../sbin/dropbear")
            .link("/usr/bin/scp", "../sbin/dropbear")
            .link("/usr/bin/dbclient", "../sbin/dropbear");
    }
}
