//! Programs that change the system: accounts, jobs of cron, editors, interpreters, its end.

mod accounts;
mod beside;
mod crontab;
mod editor;
mod multiplexer;
mod perl;
mod power;
mod python;
mod selinux;
mod source;
#[cfg(test)]
mod tests;

use crate::{
    machine::{Account, Files},
    shell::Process,
};

programs! {
    "useradd" => accounts::users::useradd;
    "usermod" => accounts::users::usermod;
    "userdel" => accounts::users::userdel;
    "groupadd" => accounts::groups::groupadd;
    "groupdel" => accounts::groups::groupdel;
    "adduser" "addgroup" => accounts::friendly::adduser;
    "deluser" "delgroup" => accounts::friendly::deluser;
    "passwd" => accounts::passwords::passwd;
    "chpasswd" => accounts::passwords::chpasswd;
    "crontab" => crontab::crontab;
    "chage" => accounts::ages::chage;
    "vi" "vim" "vim.tiny" "vim.basic" "view" "ex" => editor::vi;
    "nano" "rnano" => editor::nano;
    "python3" "python3.11" "python3.10" "python3.9" "python3.8" "python3.12" "python" "python2" "python2.7" => python::python;
    "perl" "perl5.36.0" => perl::perl;
    "screen" => multiplexer::screen;
    "tmux" => multiplexer::tmux;
    "reboot" "shutdown" "halt" "poweroff" "init" "telinit" => power::power;
    "getenforce" => selinux::getenforce;
    "setenforce" => selinux::setenforce;
    "sestatus" => selinux::sestatus;
}

/// The files as a program sees them that runs with the rights of root, as `passwd` does.
pub(super) fn privileged(process: &Process) -> Files {
    let root = Account {
        name: "root".to_owned(),
        uid: 0,
        gid: 0,
        groups: vec![(0, "root".to_owned())],
        home: "/root".to_owned(),
        shell: "/bin/sh".to_owned(),
        gecos: String::new(),
    };
    let mut files = process.files.as_account(&root);
    files.set_umask(0o022);
    files
}

/// Takes bytes as tables of jobs, scripts and keys; for fuzzing.
#[cfg(any(test, feature = "testing"))]
pub(super) fn parse_anything(bytes: &[u8]) {
    crontab::reads(bytes);
    editor::takes(bytes);
    let text = String::from_utf8_lossy(bytes);
    for statement in source::statements(&text) {
        let _ = (source::call(statement, "system"), source::literals(statement), source::url(statement));
        let _ = (source::endpoint(statement), source::arithmetic(statement));
    }
}
