//! `apk` of Alpine.

use super::words;
use crate::{
    programs::context::Done,
    shell::{Exit, Process},
};

pub(super) async fn apk(process: &mut Process) -> Done {
    let words = words(process);
    if words.iter().any(|word| word == "--version" || word == "-V") {
        process.print("apk-tools 2.14.0, compiled for x86_64.\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let given: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let Some((command, names)) = given.split_first() else {
        process.print("apk-tools 2.14.0, compiled for x86_64.\n\nusage: apk [<OPTIONS>...] COMMAND [<ARGUMENTS>...]\n\nPackage installation and removal:\n  add        Add or modify constraints in world and commit changes\n  del        Remove constraints from world and commit changes\n").await?;
        return Ok(Exit::FAILURE);
    };
    match *command {
        "add" | "update" | "upgrade" | "fetch" | "fix" => fetch(process, command, names).await,
        "del" => remove(process, names).await,
        "info" | "list" => info(process, names).await,
        "search" | "policy" | "cache" | "audit" | "stats" | "version" => Ok(Exit::SUCCESS),
        other => {
            process.complain(format!("ERROR: '{other}' is not an apk command. See 'apk --help'.\n")).await;
            Ok(Exit::FAILURE)
        }
    }
}

/// Says that the database is not to be had by anybody but root.
async fn locks(process: &Process) -> Result<(), Exit> {
    if process.account.is_root() {
        return Ok(());
    }
    process.complain("ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied\n").await;
    Err(Exit::Code(99))
}

async fn fetch(process: &Process, command: &str, names: &[&str]) -> Done {
    locks(process).await?;
    let mut warnings = String::new();
    for repository in ["main", "community"] {
        let url = format!("https://dl-cdn.alpinelinux.org/alpine/v3.19/{repository}");
        if command != "fix" {
            process.print(format!("fetch {url}/x86_64/APKINDEX.tar.gz\n")).await?;
        }
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        let what = if command == "update" { "fetching" } else { "opening" };
        let line = format!(
            "WARNING: {} {url}: temporary error (try again later)\n",
            if what == "fetching" { "fetching" } else { "updating and opening" }
        );
        warnings.push_str(&line);
    }
    process.complain(warnings).await;
    if command == "update" {
        process.complain("2 unavailable, 0 stale; ").await;
        process.print(format!("{} distinct packages available\n", process.machine.packages().len())).await?;
        return Ok(Exit::Code(2));
    }
    let missing: Vec<&&str> =
        names.iter().filter(|name| !process.machine.packages().iter().any(|p| p.0 == **name)).collect();
    if missing.is_empty() {
        let count = process.machine.packages().len();
        process.print(format!("OK: {} MiB in {count} packages\n", 8 + count / 3)).await?;
        return Ok(Exit::SUCCESS);
    }
    process.complain("ERROR: unable to select packages:\n").await;
    for name in &missing {
        process.complain(format!("  {name} (no such package):\n    required by: world[{name}]\n")).await;
    }
    Ok(Exit::Code(u8::try_from(missing.len()).unwrap_or(u8::MAX)))
}

async fn remove(process: &Process, names: &[&str]) -> Done {
    locks(process).await?;
    let _ = names;
    let count = process.machine.packages().len();
    process.print(format!("OK: {} MiB in {count} packages\n", 8 + count / 3)).await?;
    Ok(Exit::SUCCESS)
}

async fn info(process: &Process, names: &[&str]) -> Done {
    let mut out = String::new();
    for package in process.machine.packages() {
        if names.is_empty() {
            out.push_str(&format!("{}\n", package.0));
        } else if names.contains(&package.0) {
            out.push_str(&format!("{0}-{1} description:\n{2}\n\n", package.0, package.1, package.3));
        }
    }
    let found = !out.is_empty();
    process.print(out).await?;
    Ok(if found { Exit::SUCCESS } else { Exit::FAILURE })
}
