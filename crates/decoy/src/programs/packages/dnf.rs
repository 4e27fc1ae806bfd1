//! `dnf`, and `yum`, which is the same but on CentOS 7.

use std::time::Duration;

use super::{rpm, words};
use crate::{
    machine::Distro,
    programs::context::Done,
    shell::{Exit, Process},
};

pub(super) async fn dnf(process: &mut Process) -> Done {
    let words = words(process);
    if words.iter().any(|word| word == "--version") {
        let version = if process.machine.distro() == Distro::CentOs7 { "3.4.3\n" } else { "4.14.0\n" };
        process.print(version).await?;
        return Ok(Exit::SUCCESS);
    }
    let given: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let Some((command, names)) = given.split_first() else {
        let text = if process.machine.distro() == Distro::CentOs7 {
            "Loaded plugins: fastestmirror\nYou need to give some command\n"
        } else {
            "usage: dnf [options] COMMAND\n"
        };
        process.print(text).await?;
        return Ok(Exit::FAILURE);
    };
    match *command {
        "install" | "update" | "upgrade" | "reinstall" | "localinstall" | "groupinstall" | "distro-sync" => {
            fetch(process, command, names).await
        }
        "remove" | "erase" | "autoremove" => remove(process, names).await,
        "makecache" | "check-update" | "search" | "info" | "provides" | "repoquery" | "repolist"
            if *command != "repolist" =>
        {
            mirrors(process).await
        }
        "list" => list(process, names).await,
        "clean" => {
            process.print("0 files removed\n").await?;
            Ok(Exit::SUCCESS)
        }
        "repolist" => {
            process.print("repo id                            repo name\nappstream                          AppStream\nbaseos                             BaseOS\nextras                             Extras\n").await?;
            Ok(Exit::SUCCESS)
        }
        "history" | "check" => Ok(Exit::SUCCESS),
        other => {
            let text = if process.machine.distro() == Distro::CentOs7 {
                format!(
                    "Loaded plugins: fastestmirror\nNo such command: {other}. Please use /usr/bin/yum --help\n"
                )
            } else {
                format!(
                    "No such command: {other}. Please use /usr/bin/dnf --help\nIt could be a DNF plugin command, try: \"dnf install 'dnf-command({other})'\"\n"
                )
            };
            process.complain(text).await;
            Ok(Exit::FAILURE)
        }
    }
}

/// Whether it may change anything; says so when not.
async fn allowed(process: &Process) -> Result<(), Exit> {
    if process.account.is_root() {
        return Ok(());
    }
    let text = if process.machine.distro() == Distro::CentOs7 {
        "Loaded plugins: fastestmirror\nYou need to be root to perform this command.\n"
    } else {
        "Error: This command has to be run with superuser privileges (under the root user on most systems).\n"
    };
    process.complain(text).await;
    Err(Exit::FAILURE)
}

async fn fetch(process: &Process, command: &str, names: &[&str]) -> Done {
    allowed(process).await?;
    let installed: Vec<_> = names.iter().filter_map(|name| rpm::find(process, name)).collect();
    if command == "install"
        && !names.is_empty()
        && installed.len() == names.len()
        && process.machine.distro() != Distro::CentOs7
    {
        for package in installed {
            process.print(format!("Package {} is already installed.\n", rpm::full(package))).await?;
        }
        process.print("Dependencies resolved.\nNothing to do.\nComplete!\n").await?;
        return Ok(Exit::SUCCESS);
    }
    mirrors(process).await
}

/// The lists of mirrors cannot be had.
async fn mirrors(process: &Process) -> Done {
    let (repository, id, host, path) = match process.machine.distro() {
        Distro::CentOs7 => return old_mirrors(process).await,
        Distro::Fedora39 => (
            "Fedora 39 - x86_64",
            "fedora",
            "mirrors.fedoraproject.org",
            "metalink?repo=fedora-39&arch=x86_64",
        ),
        _ => (
            "Rocky Linux 9 - BaseOS",
            "baseos",
            "mirrors.rockylinux.org",
            "mirrorlist?arch=x86_64&repo=BaseOS-9",
        ),
    };
    tokio::time::sleep(Duration::from_millis(4_000)).await;
    process.print(format!("{repository:<58}0.0  B/s |   0  B     00:04    \n")).await?;
    let kind = if id == "fedora" { "" } else { " [Could not resolve host: mirrors.rockylinux.org]" };
    let kind = if kind.is_empty() { " [Could not resolve host: mirrors.fedoraproject.org]" } else { kind };
    process
        .complain(format!(
            "Errors during downloading metadata for repository '{id}':\n  - Curl error (6): Couldn't resolve host name for https://{host}/{path}{kind}\nError: Failed to download metadata for repo '{id}': Cannot prepare internal mirrorlist: Curl error (6): Couldn't resolve host name for https://{host}/{path}{kind}\n"
        ))
        .await;
    Ok(Exit::FAILURE)
}

/// The same on CentOS 7.
async fn old_mirrors(process: &Process) -> Done {
    process.print("Loaded plugins: fastestmirror\nDetermining fastest mirrors\n").await?;
    tokio::time::sleep(Duration::from_millis(3_000)).await;
    process.complain("Could not retrieve mirrorlist http://mirrorlist.centos.org/?release=7&arch=x86_64&repo=os&infra=stock error was\n14: curl#6 - \"Could not resolve host: mirrorlist.centos.org; Unknown error\"\n\n\n One of the configured repositories failed (Unknown),\n and yum doesn't have enough cached data to continue.\n\nCannot find a valid baseurl for repo: base/7/x86_64\n").await;
    Ok(Exit::FAILURE)
}

async fn remove(process: &Process, names: &[&str]) -> Done {
    allowed(process).await?;
    let mut out = String::new();
    for name in names.iter().filter(|name| rpm::find(process, name).is_none()) {
        out.push_str(&format!("No match for argument: {name}\n"));
    }
    if out.is_empty() && !names.is_empty() {
        process.complain("Error: The operation would result in removing protected packages.\n").await;
        return Ok(Exit::FAILURE);
    }
    process
        .print(out + "No packages marked for removal.\nDependencies resolved.\nNothing to do.\nComplete!\n")
        .await?;
    Ok(Exit::SUCCESS)
}

async fn list(process: &Process, names: &[&str]) -> Done {
    let names: Vec<&&str> = names.iter().filter(|name| **name != "installed").collect();
    let mut out = "Installed Packages\n".to_owned();
    let mut any = false;
    for package in process
        .machine
        .packages()
        .iter()
        .filter(|p| names.is_empty() || names.iter().any(|name| super::matches(name, p.0)))
    {
        any = true;
        let (name, version) = (format!("{}.{}", package.0, package.2), package.1);
        out.push_str(&format!("{name:<42}{version:<37}@baseos\n"));
    }
    if !any {
        process.complain("Error: No matching Packages to list\n").await;
        return Ok(Exit::FAILURE);
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}
