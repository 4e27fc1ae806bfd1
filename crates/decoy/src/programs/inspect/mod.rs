//! What scripts of reconnaissance ask a machine for: mounts, log-ins, maps of memory, capabilities.

mod capabilities;
mod logins;
mod maps;
mod mounts;
mod path;
mod tree;

programs! {
    "findmnt" => mounts::findmnt;
    "mountpoint" => mounts::mountpoint;
    "lslogins" => logins::lslogins;
    "pmap" => maps::pmap;
    "namei" => path::namei;
    "getcap" => capabilities::getcap;
    "setcap" => capabilities::setcap;
    "getpcaps" => capabilities::getpcaps;
    "capsh" => capabilities::capsh;
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
