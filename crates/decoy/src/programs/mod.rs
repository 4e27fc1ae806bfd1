//! The programs of the machine: everything that is a file in `/bin`, `/usr/bin` or `/usr/sbin`.
//!
//! One file per family, one table line each. A program reads its arguments, works on the files of
//! [`crate::machine`] and on its streams, and says what the real one says; it never reaches the
//! machine that runs us, and never the network.
//!
//! Invariants:
//! - What a program holds of its input is bounded by [`crate::caps`]; what can go on for ever
//!   yields, and ends when nobody reads.
//! - Parsers of arguments, scripts and expressions are pure, and take any bytes.

macro_rules! programs {
    ($( $($name:literal)+ => $run:path; )*) => {
        /// Programs by name, sorted by family.
        pub(super) const TABLE: &[(&str, $crate::shell::Program)] = &[ $( $( ($name, |process: &mut $crate::shell::Process| Box::pin(async move {
            match $run(process).await {
                Ok(exit) | Err(exit) => exit,
            }
        })), )+ )* ];
    };
}

mod about;
mod admin;
mod archives;
mod awk;
mod changing;
mod ciphers;
mod clock;
mod context;
mod counting;
mod digests;
mod fields;
mod finding;
mod grep;
pub(crate) mod hardware;
mod inspect;
mod keys;
mod lines;
mod listing;
mod modes;
mod network;
mod options;
mod packages;
mod people;
mod processes;
pub(crate) mod regex;
mod running;
mod sed;
mod small;
mod system;
mod texts;
mod translate;

pub(crate) use context::APPLET;
pub(crate) use network::scp_elsewhere;
use running::password as secret;

use crate::{machine::Files, shell::Program};

programs! {
    "bash" "dash" "ash" "sh" => crate::shell::interpret;
    "cat" => lines::cat;
    "tac" => lines::tac;
    "rev" => lines::rev;
    "nl" => lines::nl;
    "head" => lines::head;
    "tail" => lines::tail;
    "tee" => lines::tee;
    "wc" => counting::wc;
    "cut" => fields::cut;
    "sort" => fields::sort;
    "uniq" => fields::uniq;
    "tr" => translate::tr;
    "paste" => fields::paste;
    "fold" => fields::fold;
    "shuf" => fields::shuf;
    "grep" "egrep" "fgrep" "rgrep" => grep::grep;
    "sed" => sed::sed;
    "awk" "mawk" "gawk" "nawk" => awk::awk;
    "ls" "dir" "vdir" => listing::ls;
    "stat" => listing::stat;
    "readlink" "realpath" => listing::read_link;
    "find" => finding::find;
    "which" "which.debianutils" => finding::which;
    "whereis" => finding::whereis;
    "cp" => changing::cp;
    "mv" => changing::mv;
    "rm" "unlink" => changing::rm;
    "mkdir" => changing::mkdir;
    "rmdir" => changing::rmdir;
    "touch" => changing::touch;
    "ln" => changing::ln;
    "chmod" => changing::chmod;
    "chown" "chgrp" => changing::chown;
    "chattr" => changing::chattr;
    "lsattr" => changing::lsattr;
    "truncate" => changing::truncate;
    "mktemp" "tempfile" => changing::mktemp;
    "mkfifo" "mknod" => changing::mkfifo;
    "dd" => changing::dd;
    "basename" "dirname" => changing::base_name;
    "date" => clock::date_program;
    "cal" => clock::cal;
    "md5sum" "sha1sum" "sha224sum" "sha256sum" "sha384sum" "sha512sum" => digests::sum;
    "base64" => digests::base64_program;
    "xxd" => digests::xxd;
    "hexdump" "hd" => digests::hexdump;
    "od" => digests::od;
    "strings" => digests::strings;
    "cmp" => digests::cmp;
    "diff" => digests::diff;
    "file" => digests::file;
    "uname" => hardware::uname;
    "arch" => hardware::arch;
    "hostname" "dnsdomainname" "domainname" "nisdomainname" "ypdomainname" => hardware::hostname;
    "hostnamectl" => hardware::hostnamectl;
    "nproc" => hardware::nproc;
    "free" => hardware::free;
    "df" => hardware::df;
    "du" => hardware::du;
    "mount" "umount" => hardware::mount;
    "lsblk" => hardware::lsblk;
    "blkid" => hardware::blkid;
    "fdisk" => hardware::fdisk;
    "lscpu" => hardware::lscpu;
    "lsmod" => hardware::lsmod;
    "dmesg" => hardware::dmesg;
    "sysctl" => hardware::sysctl;
    "vmstat" => hardware::vmstat;
    "lspci" => hardware::lspci;
    "lsusb" => hardware::lsusb;
    "dmidecode" => hardware::dmidecode;
    "getconf" => hardware::getconf;
    "id" => people::id;
    "whoami" => people::whoami;
    "logname" => people::logname;
    "groups" => people::groups_program;
    "uptime" => people::uptime;
    "w" => people::w;
    "who" => people::who;
    "users" => people::users_program;
    "last" "lastb" => people::last;
    "lastlog" => people::lastlog;
    "ps" => processes::ps;
    "top" => processes::top;
    "pidof" "killall5" => processes::pidof;
    "pgrep" "pkill" => processes::pgrep;
    "kill" => processes::kill;
    "killall" => processes::killall;
    "env" => running::env;
    "printenv" => running::printenv;
    "nohup" => running::nohup;
    "nice" "ionice" "setsid" "stdbuf" "taskset" "chrt" "choom" "uclampset" "setarch" "linux32" "linux64" "i386" "x86_64"
        => running::setting;
    "timeout" => running::timeout;
    "xargs" => running::xargs;
    "sudo" => running::sudo;
    "su" => running::su;
    "busybox" => running::busybox;
    "true" "sync" "chcon" "restorecon" "ldconfig" "depmod" "swapoff" "swapon" "tset" => small::succeed;
    "false" => small::fail;
    "sleep" "usleep" => small::sleep;
    "seq" => small::seq;
    "yes" => small::yes;
    "echo" => small::echo;
    "printf" => small::printf;
    "expr" => small::expr;
    "tty" => small::tty;
    "clear" "reset" => small::clear;
    "stty" => small::stty;
    "mesg" => small::mesg;
    "renice" => small::renice;
    "scp" => crate::ssh::scp::scp;
}

/// All tables: one for each folder of families, and the one above.
const TABLES: &[&[(&str, Program)]] = &[
    TABLE,
    admin::TABLE,
    archives::TABLE,
    ciphers::TABLE,
    inspect::TABLE,
    keys::TABLE,
    network::TABLE,
    packages::TABLE,
    system::TABLE,
    texts::TABLE,
];

/// The program of that name.
pub fn named(name: &[u8]) -> Option<Program> {
    let mut all = TABLES.iter().copied().flatten();
    all.find(|(known, _)| known.as_bytes() == name).map(|(_, program)| *program)
}

/// Names of the programs, for `busybox --list`.
fn applets() -> Vec<&'static str> {
    TABLES.iter().copied().flatten().map(|(name, _)| *name).collect()
}

/// The program of the machine's own that a path leads to. A link keeps the name of what it points
/// to, but for BusyBox and systemctl, which are what they are called.
pub fn find(files: &Files, path: &[u8]) -> Option<Program> {
    let base = |path: &[u8]| path.rsplit(|b| *b == b'/').next().unwrap_or_default().to_vec();
    let real = files.real_path(path).ok()?;
    let name = base(&real);
    if matches!(name.as_slice(), b"busybox" | b"systemctl") && base(path) != name {
        return named(&base(path));
    }
    let among_programs = crate::machine::files::path::split(&real).0.ends_with(b"bin");
    (among_programs && files.is_installed(&real))
        .then(|| named(&name).or_else(|| named(&base(path))))
        .flatten()
}

/// Bytes as text.
fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Takes bytes as scripts and expressions of the programs that have some; for fuzzing.
#[cfg(any(test, feature = "testing"))]
pub fn parse_anything(bytes: &[u8]) {
    let words: Vec<Vec<u8>> = bytes.split(|b| *b == b' ').map(<[u8]>::to_vec).collect();
    let _ = (finding::reads(&words), sed::reads(bytes), awk::runs(bytes, b"a b\n1 2\n"));
    let _ = clock::parse(bytes, 0);
    system::parse_anything(bytes);
}

#[cfg(test)]
mod tests;
