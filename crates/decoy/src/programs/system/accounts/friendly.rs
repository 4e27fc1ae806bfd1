//! adduser, deluser: Debian's programs that ask and tell; elsewhere other names of useradd.

use super::{
    super::{
        super::{context::Done, options::Spec},
        beside, privileged,
    },
    Database, GROUP, GSHADOW, PASSWD, free_number, free_system_number, is_name,
    passwords::ask,
    users::{NewAccount, fill_home, join, remove, remove_tree},
    words,
};
use crate::{
    machine::Line,
    shell::{Exit, Process},
};

const SPEC: Spec = Spec {
    short: "qs:u:h:G:g:k:DHS",
    long: &[
        ("quiet", 'q'),
        ("home=", 'h'),
        ("shell=", 's'),
        ("no-create-home", 'H'),
        ("uid=", 'u'),
        ("gecos=", 'c'),
        ("comment=", 'c'),
        ("ingroup=", 'g'),
        ("gid=", 'n'),
        ("disabled-password", 'D'),
        ("disabled-login", 'D'),
        ("system", 'S'),
        ("group", 'G'),
        ("force-badname", 'f'),
        ("allow-badname", 'f'),
        ("remove-home", 'r'),
        ("remove-all-files", 'r'),
    ],
};
/// Those of BusyBox.
const SHORT: Spec = Spec {
    short: "h:g:s:G:SDHu:k:",
    long: &[
        ("home=", 'h'),
        ("gecos=", 'g'),
        ("shell=", 's'),
        ("ingroup=", 'G'),
        ("system", 'S'),
        ("uid=", 'u'),
    ],
};

pub(in crate::programs::system) async fn adduser(process: &mut Process) -> Done {
    if process.is_busybox() {
        return busybox(process).await;
    }
    if process.machine.distro().line() != Line::Debian {
        return super::users::useradd(process).await;
    }
    let is_group = process.name() == b"addgroup";
    let given = process.options(SPEC, 1).await?;
    if !process.account.is_root() {
        process
            .complain(format!("{}: Only root may add a user or group to the system.\n", process.called()))
            .await;
        return Ok(Exit::FAILURE);
    }
    let Some(name) = given.operands.first().map(|name| words(name)) else {
        process.complain(format!("{}: Only one or two names allowed.\n", process.called())).await;
        return Ok(Exit::FAILURE);
    };
    if let Some(group) = given.operands.get(1) {
        return member(process, &name, &words(group)).await;
    }
    if is_group || given.has('G') && !given.has('S') {
        return add_group(process, &name, given.has('S')).await;
    }
    let users = Database::open(process, PASSWD);
    if users.find(&name).is_some() {
        process.complain(format!("adduser: The user `{name}' already exists.\n")).await;
        return Ok(Exit::FAILURE);
    }
    if !is_name(&name) && !given.has('f') {
        process.complain(BAD_NAME).await;
        return Ok(Exit::FAILURE);
    }
    let system = given.has('S');
    let groups = Database::open(process, GROUP);
    let given_uid = given.value('u').and_then(|uid| words(uid).parse().ok());
    let taken: Vec<u32> = users.numbers().into_iter().chain(groups.numbers()).collect();
    let uid = given_uid.unwrap_or_else(|| {
        if system { free_system_number(&taken) } else { free_number(&taken, 1_000, 60_000) }
    });
    let ingroup = given.value('g').map(words);
    let gid = ingroup.as_deref().and_then(|group| groups.field(group, 2)?.parse().ok());
    let home = given.value('h').map_or_else(|| format!("/home/{name}"), words);
    let gecos = given.value('c').map_or_else(|| ",,,".to_owned(), words);
    let shell = given
        .value('s')
        .map_or_else(|| if system { "/usr/sbin/nologin" } else { "/bin/bash" }.to_owned(), words);
    let account = NewAccount {
        name: name.clone(),
        uid,
        gid: gid.unwrap_or(if system { 65_534 } else { uid }),
        comment: gecos.clone(),
        home,
        shell,
        password: "!".to_owned(),
        own_group: gid.is_none() && !system,
        groups: Vec::new(),
    };
    account.enter(process);
    announce(process, &account, system, given.has('q')).await?;
    if !given.has('H') {
        fill_home(process, &account, if system { b"/nonexistent" } else { b"/etc/skel" });
    }
    if system {
        return Ok(Exit::SUCCESS);
    }
    if !given.has('D') {
        let _ = beside::run(process, vec![b"passwd".to_vec(), name.clone().into_bytes()]).await;
    }
    if !given.has('c') {
        describe(process, &name).await?;
    }
    enrol(process, &name, given.has('q')).await
}

async fn announce(process: &Process, account: &NewAccount, system: bool, quiet: bool) -> Result<(), Exit> {
    if quiet {
        return Ok(());
    }
    let NewAccount { name, uid, gid, home, .. } = account;
    let text = if system {
        format!(
            "Adding system user `{name}' (UID {uid}) ...\nAdding new user `{name}' (UID {uid}) with group `nogroup' ...\n"
        )
    } else {
        format!(
            "Adding user `{name}' ...\nAdding new group `{name}' ({gid}) ...\nAdding new user `{name}' ({uid}) with group `{name} ({gid})' ...\n"
        )
    };
    process.print(text).await?;
    if process.files.exists(home.as_bytes()) {
        process
            .print(format!("The home directory `{home}' already exists.  Not touching this directory.\n"))
            .await
    } else if system {
        process.print(format!("Creating home directory `{home}' ...\n")).await
    } else {
        process
            .print(format!("Creating home directory `{home}' ...\nCopying files from `/etc/skel' ...\n"))
            .await
    }
}

/// Asks for the full name and the rest, as `chfn` does.
async fn describe(process: &Process, name: &str) -> Result<(), Exit> {
    loop {
        let head = format!(
            "Changing the user information for {name}\nEnter the new value, or press ENTER for the default\n"
        );
        process.print(head).await?;
        let mut values = Vec::new();
        for field in ["Full Name", "Room Number", "Work Phone", "Home Phone", "Other"] {
            process.print(format!("\t{field} []: ")).await?;
            let line = process.input.read_line(256).await;
            values.push(words(line.trim_ascii()).replace(':', ""));
        }
        process.print("Is the information correct? [Y/n] ").await?;
        let answer = process.input.read_line(64).await;
        if !answer.starts_with(b"n") && !answer.starts_with(b"N") {
            let mut users = Database::open(process, PASSWD);
            let other = values.pop().filter(|other| !other.is_empty());
            values.extend(other);
            users.set(name, 4, values.join(","));
            let _ = users.save();
            return Ok(());
        }
    }
}

/// Makes a new user a member of `users`.
async fn enrol(process: &Process, name: &str, quiet: bool) -> Done {
    let mut groups = Database::open(process, GROUP);
    if groups.find("users").is_some() {
        join(&mut groups, "users", name, 3);
        let _ = groups.save();
        if !quiet {
            let text = format!(
                "Adding new user `{name}' to supplemental / extra groups `users' ...\nAdding user `{name}' to group `users' ...\n"
            );
            process.print(text).await?;
        }
    }
    Ok(Exit::SUCCESS)
}

async fn member(process: &Process, name: &str, group: &str) -> Done {
    let (users, mut groups) = (Database::open(process, PASSWD), Database::open(process, GROUP));
    if users.find(name).is_none() {
        process.complain(format!("adduser: The user `{name}' does not exist.\n")).await;
        return Ok(Exit::FAILURE);
    }
    let Some(members) = groups.field(group, 3) else {
        process.complain(format!("adduser: The group `{group}' does not exist.\n")).await;
        return Ok(Exit::FAILURE);
    };
    if members.split(',').any(|member| member == name) {
        process.print(format!("The user `{name}' is already a member of `{group}'.\n")).await?;
        return Ok(Exit::SUCCESS);
    }
    join(&mut groups, group, name, 3);
    let mut secrets = Database::open(process, GSHADOW);
    join(&mut secrets, group, name, 3);
    let _ = (groups.save(), secrets.save());
    process.print(format!("Adding user `{name}' to group `{group}' ...\nDone.\n")).await?;
    Ok(Exit::SUCCESS)
}

async fn add_group(process: &Process, name: &str, system: bool) -> Done {
    let mut groups = Database::open(process, GROUP);
    if groups.find(name).is_some() {
        process.complain(format!("addgroup: The group `{name}' already exists.\n")).await;
        return Ok(Exit::FAILURE);
    }
    let numbers = groups.numbers();
    let gid = if system { free_system_number(&numbers) } else { free_number(&numbers, 1_000, 60_000) };
    groups.add(&format!("{name}:x:{gid}:"));
    let mut secrets = Database::open(process, GSHADOW);
    secrets.add(&format!("{name}:!::"));
    let _ = (groups.save(), secrets.save());
    process.print(format!("Adding group `{name}' (GID {gid}) ...\nDone.\n")).await?;
    Ok(Exit::SUCCESS)
}

pub(in crate::programs::system) async fn deluser(process: &mut Process) -> Done {
    if process.machine.distro().line() != Line::Debian && !process.is_busybox() {
        return super::users::userdel(process).await;
    }
    let busybox = process.is_busybox();
    let is_group = process.name() == b"delgroup";
    let given = process.options(SPEC, 1).await?;
    if !process.account.is_root() {
        let text = if busybox {
            format!("{}: permission denied (are you root?)\n", process.called())
        } else {
            format!("{}: Only root may remove a user or group from the system.\n", process.called())
        };
        process.complain(text).await;
        return Ok(Exit::FAILURE);
    }
    let name = given.operands.first().map(|name| words(name)).unwrap_or_default();
    if is_group {
        return delete_group(process, &name).await;
    }
    let users = Database::open(process, PASSWD);
    let Some(home) = users.field(&name, 5).map(str::to_owned) else {
        let text = if busybox {
            format!("deluser: unknown user {name}\n")
        } else {
            format!("deluser: The user `{name}' does not exist.\n")
        };
        process.complain(text).await;
        return Ok(Exit::Code(if busybox { 1 } else { 2 }));
    };
    if name == "root" && !busybox {
        process.complain("deluser: WARNING: You are just about to delete the root account (uid 0)\nUsually this is never required as it may render the whole system unusable\nIf you really want this, call deluser with parameter --no-preserve-root\n(but this is a very bad idea)\nStopping now without having performed any action\n").await;
        return Ok(Exit::Code(9));
    }
    if given.has('r') {
        remove_tree(&privileged(process), home.as_bytes(), 0);
    }
    remove(process, &name);
    if !busybox {
        let head =
            if given.has('r') { "Looking for files to backup/remove ...\nRemoving files ...\n" } else { "" };
        process
            .print(format!(
                "{head}Removing user `{name}' ...\nWarning: group `{name}' has no more members.\nDone.\n"
            ))
            .await?;
    }
    Ok(Exit::SUCCESS)
}

async fn delete_group(process: &Process, name: &str) -> Done {
    let mut groups = Database::open(process, GROUP);
    if groups.find(name).is_none() {
        process.complain(format!("delgroup: The group `{name}' does not exist.\n")).await;
        return Ok(Exit::Code(3));
    }
    groups.remove(name);
    let _ = groups.save();
    process.print(format!("Removing group `{name}' ...\nDone.\n")).await?;
    Ok(Exit::SUCCESS)
}

async fn busybox(process: &mut Process) -> Done {
    let given = process.options(SHORT, 1).await?;
    let called = process.called();
    let Some(name) = given.operands.first().map(|name| words(name)) else {
        process.complain(super::super::super::about::usage(process)).await;
        return Ok(Exit::FAILURE);
    };
    if !process.account.is_root() {
        process.complain(format!("{called}: permission denied (are you root?)\n")).await;
        return Ok(Exit::FAILURE);
    }
    let (users, groups) = (Database::open(process, PASSWD), Database::open(process, GROUP));
    if called == "addgroup" {
        if groups.find(&name).is_some() {
            process.complain(format!("addgroup: group '{name}' in use\n")).await;
            return Ok(Exit::FAILURE);
        }
        let mut groups = groups;
        let gid = free_number(&groups.numbers(), 1_000, 60_000);
        groups.add(&format!("{name}:x:{gid}:"));
        let _ = groups.save();
        return Ok(Exit::SUCCESS);
    }
    if users.find(&name).is_some() {
        process.complain(format!("adduser: user '{name}' in use\n")).await;
        return Ok(Exit::FAILURE);
    }
    let uid = given.value('u').and_then(|uid| words(uid).parse().ok());
    let uid = uid.unwrap_or_else(|| free_number(&users.numbers(), 1_000, 60_000));
    let group = given.value('G').map(words);
    let gid = group.and_then(|group| groups.field(&group, 2)?.parse().ok());
    let account = NewAccount {
        name: name.clone(),
        uid,
        gid: gid.unwrap_or(uid),
        comment: given.value('g').map_or_else(|| "Linux User,,,".to_owned(), words),
        home: given.value('h').map_or_else(|| format!("/home/{name}"), words),
        shell: given.value('s').map_or_else(|| process.machine.distro().login_shell().to_owned(), words),
        password: "!".to_owned(),
        own_group: gid.is_none(),
        groups: Vec::new(),
    };
    account.enter(process);
    if !given.has('H') {
        fill_home(process, &account, b"/etc/skel");
    }
    if given.has('D') || given.has('S') {
        return Ok(Exit::SUCCESS);
    }
    process.print(format!("Changing password for {name}\n")).await?;
    let new = ask(process, "New password: ").await.unwrap_or_default();
    let again = ask(process, "Retype password: ").await.unwrap_or_default();
    super::passwords::tell(process, "adduser", &name, &new, false);
    if new != again || new.is_empty() {
        process
            .complain("Passwords don't match\npasswd: password for ".to_owned() + &name + " is unchanged\n")
            .await;
        return Ok(Exit::FAILURE);
    }
    super::passwords::put(process, &name, super::hash(process, &name, &new));
    process.print(format!("passwd: password for {name} changed by {}\n", process.account.name)).await?;
    Ok(Exit::SUCCESS)
}

const BAD_NAME: &str = "adduser: Please enter a username matching the regular expression
configured via the NAME_REGEX configuration variable.  Use the `--allow-bad-names'
option to relax this check or reconfigure NAME_REGEX in configuration.
";
