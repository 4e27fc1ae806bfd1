//! Programs of whoever keeps the machine: modules of the kernel, sessions and clocks of systemd,
//! open files, shells in other rooms, and what is said of a machine.

mod following;
mod install;
mod lsof;
mod modules;
mod rooms;
mod said;
mod systemd;
mod telling;

programs! {
    "install" => install::install;
    "shred" => install::shred;
    "watch" => following::watch;
    "script" => following::script;
    "lsof" => lsof::lsof;
    "modprobe" => modules::modprobe;
    "insmod" => modules::insmod;
    "rmmod" => modules::rmmod;
    "modinfo" => modules::modinfo;
    "loginctl" => systemd::loginctl;
    "timedatectl" => systemd::timedatectl;
    "localectl" => systemd::localectl;
    "systemd-detect-virt" => systemd::detect_virt;
    "systemd-analyze" => systemd::analyze;
    "update-rc.d" => systemd::update_rc;
    "logger" => telling::logger;
    "wall" => telling::wall;
    "write" => telling::write;
    "getent" => telling::getent;
    "ldd" => telling::ldd;
    "locale" => telling::locale;
    "tput" => telling::tput;
    "pwdx" => telling::pwdx;
    "hostid" => telling::hostid;
    "man" => telling::man;
    "chsh" => rooms::chsh;
    "gpasswd" => rooms::gpasswd;
    "newgrp" "sg" => rooms::newgrp;
    "visudo" => rooms::visudo;
    "chroot" => rooms::chroot;
    "nsenter" "unshare" "setpriv" "runuser" => rooms::inside;
    "flock" => rooms::flock;
    "test" "[" "pwd" => rooms::builtin;
    "link" "csplit" "pathchk" "chfn" "groupmod" "htop" "slabtop"
    "debconf-show" "dpkg-reconfigure" "udevadm" "logrotate" "run-parts" "update-alternatives" "apropos" "whatis"
    "ipcs" "ipcrm" "losetup" "mkswap" "mkfs" "fsck" "getopt" "apt-mark" "apt-key"
    "apt-config" "login" "sshd" "ssh-keyscan" => said::said;
}

/// Arguments as text.
fn words(process: &crate::shell::Process) -> Vec<String> {
    process.arguments().iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
