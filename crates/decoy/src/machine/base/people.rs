//! Home directories: what people left there.

use super::{Builder, When};
use crate::machine::{Account, DAY, Line, Machine, scene::Scene};

/// Files that every new home has.
pub(super) fn dot_files(line: Line) -> &'static [(&'static str, &'static str)] {
    match line {
        Line::Debian => &[
            (
                ".bash_logout",
                "if [ \"$SHLVL\" = 1 ]; then\n    [ -x /usr/bin/clear_console ] && /usr/bin/clear_console -q\nfi\n",
            ),
            (".bashrc", BASHRC),
            (
                ".profile",
                "if [ -n \"$BASH_VERSION\" ]; then\n    if [ -f \"$HOME/.bashrc\" ]; then\n\t. \"$HOME/.bashrc\"\n    fi\nfi\n\nif [ -d \"$HOME/bin\" ] ; then\n    PATH=\"$HOME/bin:$PATH\"\nfi\n\nif [ -d \"$HOME/.local/bin\" ] ; then\n    PATH=\"$HOME/.local/bin:$PATH\"\nfi\n",
            ),
        ],
        Line::RedHat | Line::Arch => &[
            (".bash_logout", "# ~/.bash_logout\n\n"),
            (".bash_profile", "if [ -f ~/.bashrc ]; then\n\t. ~/.bashrc\nfi\n"),
            (
                ".bashrc",
                "if [ -f /etc/bashrc ]; then\n\t. /etc/bashrc\nfi\n\nPATH=\"$HOME/.local/bin:$HOME/bin:$PATH\"\nexport PATH\n",
            ),
        ],
        Line::Alpine | Line::Firmware => &[],
    }
}

const BASHRC: &str = "case $- in\n    *i*) ;;\n      *) return;;\nesac\n\nHISTCONTROL=ignoreboth\nshopt -s histappend\nHISTSIZE=1000\nHISTFILESIZE=2000\n\ncase \"$TERM\" in\n    xterm-color|*-256color) color_prompt=yes;;\nesac\n\nif [ \"$color_prompt\" = yes ]; then\n    PS1='${debian_chroot:+($debian_chroot)}\\[\\033[01;32m\\]\\u@\\h\\[\\033[00m\\]:\\[\\033[01;34m\\]\\w\\[\\033[00m\\]\\$ '\nelse\n    PS1='${debian_chroot:+($debian_chroot)}\\u@\\h:\\w\\$ '\nfi\nunset color_prompt\n\ncase \"$TERM\" in\nxterm*|rxvt*)\n    PS1=\"\\[\\e]0;${debian_chroot:+($debian_chroot)}\\u@\\h: \\w\\a\\]$PS1\"\n    ;;\nesac\n\nif [ -x /usr/bin/dircolors ]; then\n    alias ls='ls --color=auto'\nfi\n";
const ROOT_BASHRC: &str = "# export LS_OPTIONS='--color=auto'\n# alias ls='ls $LS_OPTIONS'\n# alias ll='ls $LS_OPTIONS -l'\n\nexport HISTTIMEFORMAT=\n";

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    let line = machine.distro().line();
    root(builder, line);
    let people: Vec<&Account> = machine.people().collect();
    for (place, account) in people.iter().enumerate() {
        let after = 3_000
            + i32::try_from(machine.number(&format!("came {place}"), 9 * DAY as u64)).unwrap_or_default();
        person(builder, machine, account, after);
    }
    builder.own(0, 0);
}

fn root(builder: &mut Builder, line: Line) {
    builder.own(0, 0).at(When::Made(|scene| scene.machine.last_work(0))).directory("/root", 0o700);
    if line == Line::Firmware {
        return;
    }
    builder.made(
        if line == Line::Alpine { "/root/.ash_history" } else { "/root/.bash_history" },
        0o600,
        root_history,
    );
    builder.at(When::Installed(-400 * 86_400));
    if line == Line::Debian {
        builder.text("/root/.bashrc", 0o644, ROOT_BASHRC).text("/root/.profile", 0o644, "if [ \"$BASH\" ]; then\n  if [ -f ~/.bashrc ]; then\n    . ~/.bashrc\n  fi\nfi\n\nmesg n 2> /dev/null || true\n");
    }
    builder.at(When::Installed(5 * 86_400)).directory("/root/.ssh", 0o700).made(
        "/root/.ssh/known_hosts",
        0o600,
        known_hosts,
    );
    builder.made("/root/.my.cnf", 0o600, client_settings);
    builder.at(When::Installed(6 * 86_400)).made("/usr/local/sbin/nightly-backup.sh", 0o700, backup_script);
}

fn person(builder: &mut Builder, machine: &Machine, account: &Account, after: i32) {
    let home = account.home.clone();
    builder
        .own(account.uid, account.gid)
        .at(When::Installed(after))
        .directory(&home, if machine.distro().line() == Line::RedHat { 0o700 } else { 0o755 });
    for (name, text) in dot_files(machine.distro().line()) {
        builder.text(&format!("{home}/{name}"), 0o644, *text);
    }
    let history = if machine.distro().is_busybox() { ".ash_history" } else { ".bash_history" };
    builder.at(When::Made(|scene| scene.machine.last_work(1))).made(
        &format!("{home}/{history}"),
        0o600,
        history_of_people,
    );
    builder.at(When::Installed(after + 90_000)).directory(&format!("{home}/.ssh"), 0o700);
    builder.made(&format!("{home}/.ssh/authorized_keys"), 0o600, authorized_keys);
    let baited = machine.persona().bait.iter().find(|b| b.username == account.name);
    match baited.map(|b| b.purpose.as_str()) {
        Some("database") => super::end(
            builder
                .made(&format!("{home}/.my.cnf"), 0o600, client_settings)
                .directory(&format!("{home}/dumps"), 0o750),
        ),
        Some("backup") => super::end(builder.made(&format!("{home}/restore-notes.txt"), 0o600, notes)),
        Some("web" | "files") => super::end(builder.directory(&format!("{home}/releases"), 0o755).made(
            &format!("{home}/deploy.env"),
            0o600,
            deploy_settings,
        )),
        Some(_) => super::end(builder.made(&format!("{home}/notes.txt"), 0o600, notes)),
        None => super::end(builder.directory(&format!("{home}/bin"), 0o755)),
    }
}

fn bait(scene: &Scene<'_>, place: usize) -> (String, String, String) {
    let bait = &scene.machine.persona().bait;
    let found = bait.get(place % bait.len().max(1));
    found.map(|b| (b.purpose.clone(), b.username.clone(), b.password.clone())).unwrap_or_default()
}

fn neighbour(scene: &Scene<'_>, place: usize) -> String {
    let list = scene.machine.neighbours();
    list.get(place % list.len().max(1)).map(|(name, _)| name.clone()).unwrap_or_default()
}

fn root_history(scene: &Scene<'_>) -> Vec<u8> {
    let machine = scene.machine;
    let (_, user, password) = bait(scene, 0);
    let peer = neighbour(scene, 0);
    let install = match machine.distro().line() {
        Line::Debian => "apt update\napt upgrade\napt install rsyslog ufw htop\n",
        Line::RedHat => "yum update\nyum install rsyslog htop\n",
        Line::Alpine => "apk update\napk upgrade\n",
        Line::Arch => "pacman -Syu\n",
        Line::Firmware => "",
    };
    let restart = if machine.distro().has_systemd() {
        "systemctl restart sshd\nsystemctl status cron\njournalctl -xe\n"
    } else {
        "rc-service sshd restart\nrc-status\n"
    };
    format!(
        "{install}vi /etc/ssh/sshd_config\n{restart}df -h\ncrontab -l\nvi /usr/local/sbin/nightly-backup.sh\nbash -x /usr/local/sbin/nightly-backup.sh\n\
         rsync -a /etc/ {user}@{peer}:/srv/backup/{}/etc/\nmysql -h {peer} -u {user} -p'{password}'\ntail -f /var/log/syslog\nlast\nip a\nreboot\nuptime\nfree -m\nls -la /srv\ndu -sh /var/*\nexit\n",
        machine.persona().hostname
    )
    .into_bytes()
}

fn history_of_people(scene: &Scene<'_>) -> Vec<u8> {
    let peer = neighbour(scene, 1);
    format!("ls -la\ncd /srv\nls\nsudo -i\nssh {peer}\ndf -h\nless /var/log/syslog\ncat notes.txt\ngit pull\nexit\n").into_bytes()
}

fn known_hosts(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, address) in scene.machine.neighbours() {
        let key = scene.machine.base64(&format!("host key of {name}"), 32);
        out.extend_from_slice(
            format!(
                "{name},{address} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{}\n",
                key.get(..43).unwrap_or_default()
            )
            .as_bytes(),
        );
    }
    out
}

fn authorized_keys(scene: &Scene<'_>) -> Vec<u8> {
    let key = scene.machine.base64("key of the administrator", 33);
    let name = scene.machine.persona().users.first().cloned().unwrap_or_default();
    format!(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{} {name}@{}\n",
        key.get(..43).unwrap_or_default(),
        neighbour(scene, 2)
    )
    .into_bytes()
}

fn client_settings(scene: &Scene<'_>) -> Vec<u8> {
    let (_, user, password) = bait(scene, 0);
    format!("[client]\nhost={}\nuser={user}\npassword=\"{password}\"\n", neighbour(scene, 0)).into_bytes()
}

fn deploy_settings(scene: &Scene<'_>) -> Vec<u8> {
    let (_, user, password) = bait(scene, 1);
    format!(
        "APP_ENV=production\nDB_HOST={}.{}\nDB_USER={user}\nDB_PASSWORD={password}\n",
        neighbour(scene, 0),
        scene.machine.persona().domain
    )
    .into_bytes()
}

fn notes(scene: &Scene<'_>) -> Vec<u8> {
    let ((purpose, user, password), (other, name, secret)) = (bait(scene, 1), bait(scene, 2));
    format!("{purpose}: {user} / {password}   ({})\n{other}: {name} / {secret}   ({})\n\nchange both after the migration!\n", neighbour(scene, 0), neighbour(scene, 1)).into_bytes()
}

fn backup_script(scene: &Scene<'_>) -> Vec<u8> {
    let (_, user, password) = bait(scene, 0);
    let peer = neighbour(scene, 0);
    format!("#!/bin/sh\nset -e\nDAY=$(date +%Y%m%d)\nTARGET=/var/backups/{0}\nmkdir -p $TARGET\ntar czf $TARGET/etc-$DAY.tar.gz /etc 2>/dev/null\nexport RSYNC_PASSWORD='{password}'\nrsync -a $TARGET/ rsync://{user}@{peer}/backup/{0}/\nfind $TARGET -mtime +14 -delete\necho \"$(date -Is) backup of {0} done\"\n", scene.machine.persona().hostname).into_bytes()
}
