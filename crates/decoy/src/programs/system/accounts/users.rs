//! useradd, usermod, userdel.

use super::{
    super::{
        super::{
            context::Done,
            options::{Parsed, Spec},
        },
        privileged,
    },
    Database, GROUP, GSHADOW, PASSWD, SHADOW, free_number, free_system_number, is_name, today, words,
};
use crate::{
    machine::{Kind, Line},
    shell::{Exit, Process},
};

const ADD: Spec = Spec {
    short: "b:c:d:De:f:Fg:G:hk:K:lmMNop:rR:P:s:u:UZ:",
    long: &[
        ("base-dir=", 'b'),
        ("comment=", 'c'),
        ("home-dir=", 'd'),
        ("home=", 'd'),
        ("defaults", 'D'),
        ("expiredate=", 'e'),
        ("inactive=", 'f'),
        ("gid=", 'g'),
        ("groups=", 'G'),
        ("skel=", 'k'),
        ("key=", 'K'),
        ("no-log-init", 'l'),
        ("create-home", 'm'),
        ("no-create-home", 'M'),
        ("no-user-group", 'N'),
        ("non-unique", 'o'),
        ("password=", 'p'),
        ("system", 'r'),
        ("root=", 'R'),
        ("prefix=", 'P'),
        ("shell=", 's'),
        ("uid=", 'u'),
        ("user-group", 'U'),
        ("badname", 'F'),
    ],
};

/// What stops a change, with the status.
struct Refused(String, u8);

pub(in crate::programs::system) async fn useradd(process: &mut Process) -> Done {
    let given = process.options(ADD, 2).await?;
    if given.has('D') {
        let shell = if process.machine.distro().line() == Line::Debian { "/bin/sh" } else { "/bin/bash" };
        let mail = if process.machine.distro().line() == Line::Debian { "no" } else { "yes" };
        let text = format!(
            "GROUP=100\nHOME=/home\nINACTIVE=-1\nEXPIRE=\nSHELL={shell}\nSKEL=/etc/skel\nCREATE_MAIL_SPOOL={mail}\n"
        );
        process.print(text).await?;
        return Ok(Exit::SUCCESS);
    }
    let Some(name) = given.operands.first().map(|name| words(name)) else {
        process.complain(format!("Usage: {} [options] LOGIN\n{ADD_USAGE}", process.called())).await;
        return Ok(Exit::Code(2));
    };
    let program = process.called();
    match plan(process, &given, &name) {
        Err(Refused(text, status)) => {
            process.complain(format!("{program}: {text}\n")).await;
            Ok(Exit::Code(status))
        }
        Ok(account) => {
            if account.uid < 1_000 && !given.has('r') && given.has('u') {
                let text = format!(
                    "{program} warning: {name}'s uid {} outside of the UID_MIN 1000 and UID_MAX 60000 range.\n",
                    account.uid
                );
                process.complain(text).await;
            }
            account.enter(process);
            if let Some(password) = given.value('p') {
                super::passwords::tell(process, "useradd", &name, password, true);
            }
            make_home(process, &account, &given, &program).await;
            Ok(Exit::SUCCESS)
        }
    }
}

/// An account to be made.
pub(super) struct NewAccount {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) comment: String,
    pub(super) home: String,
    pub(super) shell: String,
    pub(super) password: String,
    /// A group of its own, to be made with it.
    pub(super) own_group: bool,
    pub(super) groups: Vec<String>,
}

fn plan(process: &Process, given: &Parsed, name: &str) -> Result<NewAccount, Refused> {
    let (users, groups) = (Database::open(process, PASSWD), Database::open(process, GROUP));
    if !is_name(name) && !given.has('F') {
        return Err(Refused(format!("invalid user name '{name}': use --badname to ignore"), 3));
    }
    let primary = given.value('g').map(|group| group_id(&groups, &words(group))).transpose()?;
    let extra = given.value('G').map(words).unwrap_or_default();
    let extra: Vec<String> = extra.split(',').filter(|group| !group.is_empty()).map(str::to_owned).collect();
    for group in &extra {
        group_id(&groups, group)?;
    }
    if !process.account.is_root() {
        return Err(Refused(
            "Permission denied.\nuseradd: cannot lock /etc/passwd; try again later.".into(),
            1,
        ));
    }
    if users.find(name).is_some() {
        return Err(Refused(format!("user '{name}' already exists"), 9));
    }
    let own_group = primary.is_none() && !given.has('N');
    if own_group && groups.find(name).is_some() {
        let text = format!("group {name} exists - if you want to add this user to that group, use -g.");
        return Err(Refused(text, 9));
    }
    let uid = match given.value('u').map(words) {
        Some(text) => {
            let number = text.parse().map_err(|_| Refused(format!("invalid user ID '{text}'"), 3))?;
            if users.numbers().contains(&number) && !given.has('o') {
                return Err(Refused(format!("UID {number} is not unique"), 4));
            }
            number
        }
        None if given.has('r') => free_system_number(&users.numbers()),
        None => free_number(&users.numbers(), 1_000, 60_000),
    };
    let gid = match primary {
        Some(gid) => gid,
        None if !own_group => 100,
        None if !groups.numbers().contains(&uid) => uid,
        None if given.has('r') => free_system_number(&groups.numbers()),
        None => free_number(&groups.numbers(), 1_000, 60_000),
    };
    let base = given.value('b').map_or_else(|| "/home".to_owned(), words);
    let shell = if process.machine.distro().line() == Line::Debian { "/bin/sh" } else { "/bin/bash" };
    Ok(NewAccount {
        name: name.to_owned(),
        uid,
        gid,
        comment: given.value('c').map(words).unwrap_or_default(),
        home: given.value('d').map_or_else(|| format!("{base}/{name}"), words),
        shell: given.value('s').map_or_else(|| shell.to_owned(), words),
        password: given.value('p').map_or_else(|| unset(process).to_owned(), words),
        own_group,
        groups: extra,
    })
}

/// What a new account has for a password.
fn unset(process: &Process) -> &'static str {
    if process.machine.distro().line() == Line::RedHat { "!!" } else { "!" }
}

fn group_id(groups: &Database, group: &str) -> Result<u32, Refused> {
    let known = groups.field(group, 2).or_else(|| groups.name_of(group).map(|_| group));
    known.and_then(|id| id.parse().ok()).ok_or_else(|| Refused(format!("group '{group}' does not exist"), 6))
}

impl NewAccount {
    /// Writes it into the files.
    pub(super) fn enter(&self, process: &Process) {
        let Self { name, uid, gid, comment, home, shell, password, .. } = self;
        let mut users = Database::open(process, PASSWD);
        users.add(&format!("{name}:x:{uid}:{gid}:{comment}:{home}:{shell}"));
        let mut shadow = Database::open(process, SHADOW);
        let ages = if *uid < 1_000 { "::::::" } else { ":0:99999:7:::" };
        shadow.add(&format!("{name}:{password}:{}{ages}", today(&process.machine)));
        let (mut groups, mut secrets) = (Database::open(process, GROUP), Database::open(process, GSHADOW));
        if self.own_group {
            groups.add(&format!("{name}:x:{gid}:"));
            secrets.add(&format!("{name}:!::"));
        }
        for group in &self.groups {
            join(&mut groups, group, name, 3);
            join(&mut secrets, group, name, 3);
        }
        for database in [users, shadow, groups, secrets] {
            let _ = database.save();
        }
    }
}

/// Makes a user a member of a group.
pub(super) fn join(groups: &mut Database, group: &str, user: &str, place: usize) {
    let Some(members) = groups.field(group, place) else { return };
    let mut members: Vec<String> = members.split(',').filter(|m| !m.is_empty()).map(str::to_owned).collect();
    if !members.iter().any(|member| member == user) {
        members.push(user.to_owned());
    }
    groups.set(group, place, members.join(","));
}

async fn make_home(process: &Process, account: &NewAccount, given: &Parsed, program: &str) {
    let usual = process.machine.distro().line() != Line::Debian && !given.has('r');
    if given.has('M') || !(given.has('m') || usual) {
        return;
    }
    if process.files.exists(account.home.as_bytes()) {
        let text = format!(
            "{program}: warning: the home directory {} already exists.\n{program}: Not copying any file from skel directory into it.\n",
            account.home
        );
        process.complain(text).await;
        return;
    }
    let skeleton = given.value('k').unwrap_or(b"/etc/skel").to_vec();
    fill_home(process, account, &skeleton);
}

/// Makes the home directory, with what every new account gets.
pub(super) fn fill_home(process: &Process, account: &NewAccount, skeleton: &[u8]) {
    let files = privileged(process);
    let home = account.home.as_bytes();
    let mode = if process.machine.distro().line() == Line::RedHat { 0o700 } else { 0o755 };
    if files.mkdir(home, mode).is_err() {
        return;
    }
    let entries = files.read_dir(skeleton).unwrap_or_default();
    for entry in entries.into_iter().take(64) {
        let (from, to) = ([skeleton, b"/", &entry.name].concat(), [home, b"/", &entry.name].concat());
        let Ok(metadata) = files.stat(&from) else { continue };
        if metadata.kind == Kind::File {
            let content = files.read(&from).unwrap_or_default();
            let _ = files.write(&to, &content, metadata.mode & 0o777);
            let _ = files.utimes(&to, None, Some(metadata.modified));
            let _ = files.chown(&to, Some(account.uid), Some(account.gid), false);
        }
    }
    let _ = files.chown(home, Some(account.uid), Some(account.gid), false);
}

const MODIFY: Spec = Spec {
    short: "ab:c:d:e:f:g:G:hl:Lmop:rR:P:s:u:UZ:",
    long: &[
        ("append", 'a'),
        ("comment=", 'c'),
        ("home=", 'd'),
        ("expiredate=", 'e'),
        ("inactive=", 'f'),
        ("gid=", 'g'),
        ("groups=", 'G'),
        ("login=", 'l'),
        ("lock", 'L'),
        ("move-home", 'm'),
        ("non-unique", 'o'),
        ("password=", 'p'),
        ("shell=", 's'),
        ("uid=", 'u'),
        ("unlock", 'U'),
    ],
};

pub(in crate::programs::system) async fn usermod(process: &mut Process) -> Done {
    let given = process.options(MODIFY, 2).await?;
    let Some(name) = given.operands.first().map(|name| words(name)) else {
        process.complain("Usage: usermod [options] LOGIN\n").await;
        return Ok(Exit::Code(2));
    };
    match modify(process, &given, &name) {
        Ok(true) => {}
        Ok(false) => process.print("usermod: no changes\n").await?,
        Err(Refused(text, status)) => {
            process.complain(format!("usermod: {text}\n")).await;
            return Ok(Exit::Code(status));
        }
    }
    if let Some(password) = given.value('p') {
        super::passwords::tell(process, "usermod", &name, password, true);
    }
    Ok(Exit::SUCCESS)
}

/// Carries out `usermod`; whether anything changed.
fn modify(process: &Process, given: &Parsed, name: &str) -> Result<bool, Refused> {
    let (mut users, mut shadow) = (Database::open(process, PASSWD), Database::open(process, SHADOW));
    let (mut groups, mut secrets) = (Database::open(process, GROUP), Database::open(process, GSHADOW));
    if let Some(shell) = given.value('s').filter(|shell| !shell.starts_with(b"/")) {
        return Err(Refused(format!("invalid shell '{}'", words(shell)), 3));
    }
    if users.find(name).is_none() {
        return Err(Refused(format!("user '{name}' does not exist"), 6));
    }
    let extra = given.value('G').map(words);
    let extra: Option<Vec<String>> =
        extra.map(|list| list.split(',').filter(|group| !group.is_empty()).map(str::to_owned).collect());
    for group in extra.iter().flatten() {
        group_id(&groups, group)?;
    }
    if !process.account.is_root() {
        return Err(Refused(
            "Permission denied.\nusermod: cannot lock /etc/passwd; try again later.".into(),
            1,
        ));
    }
    let before = (users.rows.clone(), shadow.rows.clone(), groups.rows.clone());
    for (letter, place) in [('u', 2), ('c', 4), ('d', 5), ('s', 6)] {
        if let Some(value) = given.value(letter) {
            users.set(name, place, words(value));
        }
    }
    if let Some(group) = given.value('g') {
        users.set(name, 3, group_id(&groups, &words(group))?.to_string());
    }
    if let Some(password) = given.value('p') {
        shadow.set(name, 1, words(password));
    }
    let secret = shadow.field(name, 1).unwrap_or_default().to_owned();
    if given.has('L') && !secret.starts_with('!') {
        shadow.set(name, 1, format!("!{secret}"));
    }
    if given.has('U') {
        shadow.set(name, 1, secret.trim_start_matches('!'));
    }
    if let Some(extra) = &extra {
        if !given.has('a') {
            leave_all(&mut groups, name);
            leave_all(&mut secrets, name);
        }
        for group in extra {
            join(&mut groups, group, name, 3);
            join(&mut secrets, group, name, 3);
        }
    }
    if let Some(login) = given.value('l').map(words) {
        users.set(name, 0, login.clone());
        shadow.set(name, 0, login);
    }
    let changed = before != (users.rows.clone(), shadow.rows.clone(), groups.rows.clone());
    for database in [users, shadow, groups, secrets].iter().filter(|_| changed) {
        let _ = database.save();
    }
    Ok(changed)
}

/// Takes a user out of the lists of members of all groups.
pub(super) fn leave_all(groups: &mut Database, user: &str) {
    for row in &mut groups.rows {
        if let Some(members) = row.get_mut(3) {
            let rest: Vec<&str> = members.split(',').filter(|member| *member != user).collect();
            *members = rest.join(",");
        }
    }
}

pub(in crate::programs::system) async fn userdel(process: &mut Process) -> Done {
    let spec = Spec { short: "fhrR:P:Z", long: &[("force", 'f'), ("remove", 'r'), ("root=", 'R')] };
    let given = process.options(spec, 2).await?;
    let Some(name) = given.operands.first().map(|name| words(name)) else {
        process.complain(DELETE_USAGE).await;
        return Ok(Exit::Code(2));
    };
    let users = Database::open(process, PASSWD);
    let Some(home) = users.field(&name, 5).map(str::to_owned) else {
        return Ok(refuse(process, format!("user '{name}' does not exist"), 6).await);
    };
    if !process.account.is_root() {
        let text = "Permission denied.\nuserdel: cannot lock /etc/passwd; try again later.";
        return Ok(refuse(process, text.to_owned(), 1).await);
    }
    let uid: Option<u32> = users.field(&name, 2).and_then(|uid| uid.parse().ok());
    let tasks = process.machine.tasks(process.files.source());
    if let Some(task) = tasks.iter().find(|task| Some(task.uid) == uid).filter(|_| !given.has('f')) {
        let text = format!("user {name} is currently used by process {}", task.pid);
        return Ok(refuse(process, text, 8).await);
    }
    remove(process, &name);
    if given.has('r') {
        let mail = format!("/var/mail/{name}");
        let files = privileged(process);
        if files.unlink(mail.as_bytes()).is_err() {
            process.complain(format!("userdel: {name} mail spool ({mail}) not found\n")).await;
        }
        if files.exists(home.as_bytes()) {
            remove_tree(&files, home.as_bytes(), 0);
        } else {
            process.complain(format!("userdel: {name} home directory ({home}) not found\n")).await;
        }
    }
    Ok(Exit::SUCCESS)
}

async fn refuse(process: &Process, text: String, status: u8) -> Exit {
    process.complain(format!("userdel: {text}\n")).await;
    Exit::Code(status)
}

/// Takes an account out of all files.
pub(super) fn remove(process: &Process, name: &str) {
    for path in [PASSWD, SHADOW] {
        let mut database = Database::open(process, path);
        database.remove(name);
        let _ = database.save();
    }
    for path in [GROUP, GSHADOW] {
        let mut database = Database::open(process, path);
        leave_all(&mut database, name);
        if database.field(name, 3).is_some_and(str::is_empty) {
            database.remove(name);
        }
        let _ = database.save();
    }
}

/// Removes a directory with all that is in it, as far as depth and number are sane.
pub(super) fn remove_tree(files: &crate::machine::Files, path: &[u8], depth: usize) {
    const DEEPEST: usize = 16;
    for entry in files.read_dir(path).unwrap_or_default().into_iter().take(1_024) {
        let inner = [path, b"/", &entry.name].concat();
        match files.lstat(&inner) {
            Ok(metadata) if metadata.is_directory() && depth < DEEPEST => {
                remove_tree(files, &inner, depth + 1)
            }
            _ => drop(files.unlink(&inner)),
        }
    }
    let _ = files.rmdir(path);
}

const ADD_USAGE: &str = "       useradd -D
       useradd -D [options]

Options:
      --badname                 do not check for bad names
  -b, --base-dir BASE_DIR       base directory for the home directory of the
                                new account
      --btrfs-subvolume-home    use BTRFS subvolume for home directory
  -c, --comment COMMENT         GECOS field of the new account
  -d, --home-dir HOME_DIR       home directory of the new account
  -D, --defaults                print or change default useradd configuration
  -e, --expiredate EXPIRE_DATE  expiration date of the new account
  -f, --inactive INACTIVE       password inactivity period of the new account
  -F, --add-subids-for-system   add entries to sub[ud]id even when adding a system user
  -g, --gid GROUP               name or ID of the primary group of the new
                                account
  -G, --groups GROUPS           list of supplementary groups of the new
                                account
  -h, --help                    display this help message and exit
  -k, --skel SKEL_DIR           use this alternative skeleton directory
  -K, --key KEY=VALUE           override /etc/login.defs defaults
  -l, --no-log-init             do not add the user to the lastlog and
                                faillog databases
  -m, --create-home             create the user's home directory
  -M, --no-create-home          do not create the user's home directory
  -N, --no-user-group           do not create a group with the same name as
                                the user
  -o, --non-unique              allow to create users with duplicate
                                (non-unique) UID
  -p, --password PASSWORD       encrypted password of the new account
  -r, --system                  create a system account
  -R, --root CHROOT_DIR         directory to chroot into
  -P, --prefix PREFIX_DIR       prefix directory where are located the /etc/* files
  -s, --shell SHELL             login shell of the new account
  -u, --uid UID                 user ID of the new account
  -U, --user-group              create a group with the same name as the user
  -Z, --selinux-user SEUSER     use a specific SEUSER for the SELinux user mapping

";
const DELETE_USAGE: &str = "Usage: userdel [options] LOGIN

Options:
  -f, --force                   force some actions that would fail otherwise
                                e.g. removal of user still logged in
                                or files, even if not owned by the user
  -h, --help                    display this help message and exit
  -r, --remove                  remove home directory and mail spool
  -R, --root CHROOT_DIR         directory to chroot into
  -P, --prefix PREFIX_DIR       prefix directory where are located the /etc/* files
  -Z, --selinux-user            remove any SELinux user mapping for the user

";
