//! chsh, gpasswd, newgrp, visudo, chroot, nsenter and others that run a command elsewhere, and the
//! programs that the shell also has inside.

use super::super::{
    context::Done,
    options::{Spec, parse},
};
use crate::{
    machine::Errno,
    shell::{Exit, Process},
};

/// Runs what is left of the arguments; a shell when nothing is.
async fn run(process: &mut Process, args: Vec<Vec<u8>>) -> Exit {
    let args = if args.is_empty() { vec![process.account.shell.clone().into_bytes()] } else { args };
    let name = args.first().cloned().unwrap_or_default();
    match process.execute(args).await {
        Ok(exit) => exit,
        Err(error) => {
            let text =
                [process.name(), b": failed to execute ", &name, b": ", error.text().as_bytes(), b"\n"]
                    .concat();
            process.complain(text).await;
            Exit::Code(if error == Errno::Missing { 127 } else { 126 })
        }
    }
}

pub(in crate::programs) async fn builtin(process: &mut Process) -> Done {
    let name = process.name().to_vec();
    let script: &[u8] = match &name[..] {
        b"pwd" => b"pwd \"$@\"",
        b"[" => {
            if process.arguments().last().is_none_or(|last| last != b"]") {
                let text = [b"[: missing ", &process.quote(b"]")[..], b"\n"].concat();
                process.complain(text).await;
                return Ok(Exit::Code(2));
            }
            b"[ \"$@\""
        }
        _ => b"test \"$@\"",
    };
    let mut args = vec![b"sh".to_vec(), b"-c".to_vec(), script.to_vec(), name];
    args.extend(process.arguments().iter().cloned());
    Ok(run(process, args).await)
}

pub(in crate::programs) async fn chsh(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "s:R:h", long: &[("shell=", 's')] }, 1).await?;
    let own = process.account.name.clone();
    let user = given.operands.first().map_or(own, |name| String::from_utf8_lossy(name).into_owned());
    if !super::super::people::users(process).iter().any(|known| known.name == user) {
        process.complain(format!("chsh: user '{user}' does not exist\n")).await;
        return Ok(Exit::FAILURE);
    }
    let Some(shell) = given.value('s').map(<[u8]>::to_vec) else {
        process
            .print(format!(
                "Changing the login shell for {user}\nEnter the new value, or press ENTER for the default\n"
            ))
            .await?;
        return Ok(Exit::SUCCESS);
    };
    if !process.account.is_root() {
        process.print("Password: ").await?;
        process.complain("chsh: PAM: Authentication failure\n").await;
        return Ok(Exit::FAILURE);
    }
    if !process.files.exists(&shell) {
        process.complain([b"chsh: Warning: ", &shell[..], b" does not exist\n"].concat()).await;
    }
    Ok(run(process, vec![b"usermod".to_vec(), b"-s".to_vec(), shell, user.into_bytes()]).await)
}

const GPASSWD: &str = "Usage: gpasswd [option] GROUP\n\nOptions:\n  -a, --add USER                add USER to GROUP\n  -d, --delete USER             remove USER from GROUP\n  -h, --help                    display this help message and exit\n  -Q, --root CHROOT_DIR         directory to chroot into\n  -r, --remove-password         remove the GROUP's password\n  -R, --restrict                restrict access to GROUP to its members\n  -M, --members USER,...        set the list of members of GROUP\n  -A, --administrators ADMIN,...\n                                set the list of administrators for GROUP\nExcept for the -A and -M options, the options cannot be combined.\n";

pub(in crate::programs) async fn gpasswd(process: &mut Process) -> Done {
    let spec = Spec { short: "a:d:hQ:rRM:A:", long: &[("add=", 'a'), ("delete=", 'd'), ("members=", 'M')] };
    let given = match parse(process.arguments(), spec) {
        Ok(given) if given.operands.len() == 1 => given,
        _ => {
            process.complain(GPASSWD).await;
            return Ok(Exit::Code(2));
        }
    };
    let group =
        given.operands.first().map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default();
    if !super::super::people::groups(process).iter().any(|(name, ..)| *name == group) {
        process.complain(format!("gpasswd: group '{group}' does not exist in /etc/group\n")).await;
        return Ok(Exit::Code(3));
    }
    if !process.account.is_root() {
        process.complain("gpasswd: Permission denied.\n").await;
        return Ok(Exit::FAILURE);
    }
    if let Some(user) = given.value('a').map(<[u8]>::to_vec) {
        let name = String::from_utf8_lossy(&user).into_owned();
        if !super::super::people::users(process).iter().any(|known| known.name == name) {
            process.complain(format!("gpasswd: user '{name}' does not exist\n")).await;
            return Ok(Exit::Code(3));
        }
        process.print(format!("Adding user {name} to group {group}\n")).await?;
        let args = vec![b"usermod".to_vec(), b"-aG".to_vec(), group.into_bytes(), user];
        return Ok(run(process, args).await);
    }
    if let Some(user) = given.value('d').map(<[u8]>::to_vec) {
        let name = String::from_utf8_lossy(&user).into_owned();
        process.print(format!("Removing user {name} from group {group}\n")).await?;
        return Ok(run(process, vec![b"deluser".to_vec(), b"-q".to_vec(), user, group.into_bytes()]).await);
    }
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn newgrp(process: &mut Process) -> Done {
    let words = process.arguments().to_vec();
    let name = words
        .iter()
        .find(|word| !word.starts_with(b"-"))
        .map(|word| String::from_utf8_lossy(word).into_owned());
    if let Some(name) = &name
        && !super::super::people::groups(process).iter().any(|(known, ..)| known == name)
    {
        process.complain(format!("{}: group '{name}' does not exist\n", process.called())).await;
        return Ok(Exit::FAILURE);
    }
    let command = words.iter().skip_while(|word| *word != b"-c").nth(1).or(words.get(1));
    match command.filter(|_| process.name() == b"sg").cloned() {
        Some(command) => Ok(run(process, vec![b"sh".to_vec(), b"-c".to_vec(), command]).await),
        None => Ok(run(process, Vec::new()).await),
    }
}

pub(in crate::programs) async fn visudo(process: &mut Process) -> Done {
    let given =
        process.options(Spec { short: "cf:hIOPqsVx:", long: &[("check", 'c'), ("file=", 'f')] }, 1).await?;
    let file = given.value('f').unwrap_or(b"/etc/sudoers").to_vec();
    if let Err(error) = process.files.read(&file) {
        let text = [b"visudo: ", &file[..], b": ", error.text().as_bytes(), b"\n"].concat();
        process.complain(text).await;
        return Ok(Exit::FAILURE);
    }
    if !given.has('c') {
        let args = vec![b"editor".to_vec(), file];
        return Ok(run(process, args).await);
    }
    let mut files = vec![file];
    if !given.has('f') {
        let mut more = process.files.read_dir(b"/etc/sudoers.d").unwrap_or_default();
        more.sort_by(|a, b| a.name.cmp(&b.name));
        let named =
            more.into_iter().filter(|entry| !entry.name.contains(&b'.') && !entry.name.ends_with(b"~"));
        files.extend(named.map(|entry| [b"/etc/sudoers.d/", &entry.name[..]].concat()));
    }
    if !given.has('q') {
        for file in files {
            process.print([&file[..], b": parsed OK\n"].concat()).await?;
        }
    }
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn chroot(process: &mut Process) -> Done {
    let spec = Spec { short: "+", long: &[("userspec=", 'u'), ("groups=", 'g'), ("skip-chdir", 's')] };
    let given = process.options(spec, 125).await?;
    let Some(root) = given.operands.first().cloned() else {
        return Ok(process.misused("missing operand", 125).await);
    };
    let refused = match process.files.stat(&root) {
        Err(error) => Some(error),
        Ok(metadata) if !metadata.is_directory() => Some(Errno::NotDirectory),
        Ok(_) if !process.account.is_root() => Some(Errno::NotPermitted),
        Ok(_) => None,
    };
    if let Some(error) = refused {
        process.unable("cannot change root directory to", &root, error).await;
        return Ok(Exit::Code(125));
    }
    let args = given.operands.get(1..).unwrap_or_default().to_vec();
    let shell = process.variable("SHELL").unwrap_or(b"/bin/sh").to_vec();
    let command = args.first().cloned().unwrap_or(shell);
    if process.files.absolute(&root) == b"/" {
        return Ok(run(process, args).await);
    }
    let text =
        [b"chroot: failed to run command ", &process.quote(&command)[..], b": No such file or directory\n"]
            .concat();
    process.complain(text).await;
    Ok(Exit::Code(127))
}

/// `nsenter`, `unshare`, `setpriv`, `runuser`: what they put around a command is not seen in it.
pub(in crate::programs) async fn inside(process: &mut Process) -> Done {
    let spec = match process.name() {
        b"nsenter" => Spec {
            short: "+at:m::u::i::n::p::C::U::T::S:G:r::w::FZ",
            long: &[
                ("target=", 't'),
                ("all", 'a'),
                ("mount?", 'm'),
                ("uts?", 'u'),
                ("ipc?", 'i'),
                ("net?", 'n'),
                ("pid?", 'p'),
            ],
        },
        b"runuser" => Spec {
            short: "+u:g:G:lc:s:mpfP",
            long: &[("user=", 'u'), ("login", 'l'), ("command=", 'c'), ("shell=", 's')],
        },
        b"setpriv" => Spec {
            short: "+d",
            long: &[
                ("reuid=", 'r'),
                ("regid=", 'g'),
                ("clear-groups", 'c'),
                ("init-groups", 'i'),
                ("no-new-privs", 'n'),
            ],
        },
        _ => Spec {
            short: "+mnpuiCUTfrR:w:S:G:c",
            long: &[
                ("mount?", 'm'),
                ("pid?", 'p'),
                ("net?", 'n'),
                ("user?", 'U'),
                ("fork", 'f'),
                ("map-root-user", 'r'),
                ("mount-proc?", 'P'),
            ],
        },
    };
    let given = process.options(spec, 1).await?;
    if process.name() == b"nsenter" && !process.account.is_root() {
        let target =
            given.value('t').map_or_else(|| "1".into(), |text| String::from_utf8_lossy(text).into_owned());
        process.complain(format!("nsenter: cannot open /proc/{target}/ns/mnt: Permission denied\n")).await;
        return Ok(Exit::FAILURE);
    }
    if process.name() == b"runuser" {
        let mut args = vec![b"su".to_vec()];
        args.extend(process.arguments().iter().cloned());
        return Ok(run(process, args).await);
    }
    Ok(run(process, given.operands).await)
}

pub(in crate::programs) async fn flock(process: &mut Process) -> Done {
    let spec = Spec {
        short: "+sexnw:oE:Fc:uvhV",
        long: &[
            ("shared", 's'),
            ("exclusive", 'x'),
            ("nonblock", 'n'),
            ("nb", 'n'),
            ("timeout=", 'w'),
            ("wait=", 'w'),
            ("unlock", 'u'),
            ("close", 'o'),
            ("command=", 'c'),
        ],
    };
    let given = process.options(spec, 64).await?;
    let (lock, rest) = match given.operands.split_first() {
        Some(parts) => parts,
        None => return Ok(process.misused("not enough arguments", 64).await),
    };
    if lock.iter().all(u8::is_ascii_digit) && rest.is_empty() {
        return Ok(Exit::SUCCESS);
    }
    let how = crate::machine::Open { read: true, create: true, mode: 0o666, ..Default::default() };
    if let Err(error) = process.files.open(lock, how) {
        let text =
            [b"flock: cannot open lock file ", &lock[..], b": ", error.text().as_bytes(), b"\n"].concat();
        process.complain(text).await;
        return Ok(Exit::Code(66));
    }
    let args = match rest {
        [flag, command] if flag == b"-c" || flag == b"--command" => {
            vec![b"sh".to_vec(), b"-c".to_vec(), command.clone()]
        }
        [] => return Ok(process.misused("bad number: ", 64).await),
        _ => rest.to_vec(),
    };
    Ok(run(process, args).await)
}
