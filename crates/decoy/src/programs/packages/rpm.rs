//! `rpm`.

use super::{matches, words};
use crate::{
    machine::Package,
    programs::context::Done,
    shell::{Exit, Process},
};

/// `name-version.arch`, as rpm shows a package.
pub(super) fn full(package: &Package) -> String {
    format!("{}-{}.{}", package.0, package.1, package.2)
}

pub(super) fn find(process: &Process, name: &str) -> Option<&'static Package> {
    let is = |package: &&Package| {
        package.0 == name || full(package) == name || format!("{}.{}", package.0, package.2) == name
    };
    process.machine.packages().iter().find(is)
}

pub(super) async fn rpm(process: &mut Process) -> Done {
    let words = words(process);
    let (options, names): (Vec<String>, Vec<String>) =
        words.into_iter().partition(|word| word.starts_with('-'));
    let letters: String = options
        .iter()
        .filter(|option| !option.starts_with("--"))
        .flat_map(|option| option.chars().skip(1))
        .collect();
    let long = |name: &str| options.iter().any(|option| option == name);
    if long("--version") {
        process.print("RPM version 4.16.1.3\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if letters.contains('q') || long("--query") {
        return ask(process, letters.contains('a') || long("--all"), &letters, &names).await;
    }
    let verb = letters.chars().find(|letter| "iUFeV".contains(*letter));
    match verb {
        Some('V') => Ok(Exit::SUCCESS),
        Some('e') => erase(process, &names).await,
        Some(_) => install(process, &names).await,
        None if long("--import") || long("--rebuilddb") => Ok(Exit::SUCCESS),
        None => {
            process.print("RPM version 4.16.1.3\nCopyright (C) 1998-2002 - Red Hat, Inc.\nThis program may be freely redistributed under the terms of the GNU GPL\n\n").await?;
            Ok(Exit::FAILURE)
        }
    }
}

async fn ask(process: &Process, all: bool, letters: &str, names: &[String]) -> Done {
    let packages = process.machine.packages();
    if all {
        let shown = packages.iter().filter(|p| {
            names.is_empty() || names.iter().any(|name| matches(name, p.0) || matches(name, &full(p)))
        });
        let text: String = shown.map(|package| full(package) + "\n").collect();
        process.print(text).await?;
        return Ok(Exit::SUCCESS);
    }
    if names.is_empty() {
        return Ok(process.fail("no arguments given for query").await);
    }
    let mut missing = 0_u8;
    for name in names {
        if letters.contains('f') {
            let owner = if process.files.exists(name.as_bytes()) {
                format!("file {name} is not owned by any package")
            } else {
                format!("error: file {name}: No such file or directory")
            };
            missing = missing.saturating_add(1);
            process.print(format!("{owner}\n")).await?;
            continue;
        }
        let text = match find(process, name) {
            None => {
                missing = missing.saturating_add(1);
                format!("package {name} is not installed\n")
            }
            Some(package) if letters.contains('i') => {
                let (version, release) = package.1.split_once('-').unwrap_or((package.1, ""));
                format!(
                    "Name        : {}\nVersion     : {version}\nRelease     : {release}\nArchitecture: {}\nSummary     : {}\n",
                    package.0, package.2, package.3
                )
            }
            Some(package) if letters.contains('l') => {
                format!("/usr/share/doc/{0}\n/usr/share/licenses/{0}\n", package.0)
            }
            Some(package) => full(package) + "\n",
        };
        process.print(text).await?;
    }
    Ok(Exit::Code(missing))
}

async fn erase(process: &Process, names: &[String]) -> Done {
    let mut failed = 0_u8;
    for name in names {
        if find(process, name).is_none() {
            failed = failed.saturating_add(1);
            process.complain(format!("error: package {name} is not installed\n")).await;
        }
    }
    if failed == 0 && !process.account.is_root() {
        process
            .complain("error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Permission denied)\n")
            .await;
        return Ok(Exit::FAILURE);
    }
    Ok(Exit::Code(failed))
}

async fn install(process: &Process, names: &[String]) -> Done {
    if names.is_empty() {
        return Ok(process.fail("no packages given for install").await);
    }
    let mut failed = 0_u8;
    for name in names {
        failed = failed.saturating_add(1);
        let remote = ["http://", "https://", "ftp://"].iter().any(|scheme| name.starts_with(scheme));
        let text = if remote {
            let host = name.split('/').nth(2).unwrap_or_default();
            crate::programs::network::fetch_fails(process, name).await;
            format!("curl: (6) Could not resolve host: {host}\nerror: skipping {name} - transfer failed\n")
        } else {
            match process.files.read_at(name.as_bytes(), 0, 96) {
                Err(error) => format!("error: open of {name} failed: {}\n", error.text()),
                Ok(_) => format!("error: {name}: not an rpm package (or package manifest)\n"),
            }
        };
        process.complain(text).await;
    }
    Ok(Exit::Code(failed))
}
