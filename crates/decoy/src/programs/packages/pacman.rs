//! `pacman` of Arch.

use super::words;
use crate::{
    programs::context::Done,
    shell::{Exit, Process},
};

pub(super) async fn pacman(process: &mut Process) -> Done {
    let words = words(process);
    let (options, names): (Vec<String>, Vec<String>) =
        words.into_iter().partition(|word| word.starts_with('-'));
    let letters: String = options
        .iter()
        .filter(|option| !option.starts_with("--"))
        .flat_map(|option| option.chars().skip(1))
        .collect();
    if letters.contains('V') || options.iter().any(|option| option == "--version") {
        process.print("\n .--.                  Pacman v7.0.0 - libalpm v15.0.0\n/ _.-' .-.  .-.  .-.   Copyright (C) 2006-2024 Pacman Development Team\n\\  '-. '-'  '-'  '-'   Copyright (C) 2002-2006 Judd Vinet\n '--'\n                       This program may be freely redistributed under\n                       the terms of the GNU General Public License.\n\n").await?;
        return Ok(Exit::SUCCESS);
    }
    match letters.chars().find(|letter| "SQRUDFT".contains(*letter)) {
        Some('Q') => query(process, &letters, &names).await,
        Some('S') => sync(process, &letters, &names).await,
        Some('R') => {
            root(process).await?;
            for name in
                names.iter().filter(|name| !process.machine.packages().iter().any(|p| p.0 == name.as_str()))
            {
                process.complain(format!("error: target not found: {name}\n")).await;
            }
            Ok(Exit::FAILURE)
        }
        Some(_) => {
            root(process).await?;
            process.complain("error: no targets specified (use -h for help)\n").await;
            Ok(Exit::FAILURE)
        }
        None => {
            process.complain("error: no operation specified (use -h for help)\n").await;
            Ok(Exit::FAILURE)
        }
    }
}

async fn root(process: &Process) -> Result<(), Exit> {
    if process.account.is_root() {
        return Ok(());
    }
    process.complain("error: you cannot perform this operation unless you are root.\n").await;
    Err(Exit::FAILURE)
}

async fn query(process: &Process, letters: &str, names: &[String]) -> Done {
    let mut good = true;
    let mut out = String::new();
    for name in names {
        if !process.machine.packages().iter().any(|p| p.0 == name.as_str()) {
            good = false;
            process.complain(format!("error: package '{name}' was not found\n")).await;
        }
    }
    for package in
        process.machine.packages().iter().filter(|p| names.is_empty() || names.iter().any(|name| name == p.0))
    {
        out.push_str(&if letters.contains('q') {
            format!("{}\n", package.0)
        } else {
            format!("{} {}\n", package.0, package.1)
        });
    }
    process.print(out).await?;
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

async fn sync(process: &Process, letters: &str, names: &[String]) -> Done {
    if letters.contains('s') || letters.contains('i') || letters.contains('l') {
        return Ok(Exit::FAILURE);
    }
    root(process).await?;
    if letters.contains('y') {
        process.print(":: Synchronizing package databases...\n").await?;
        let mut wrong = String::new();
        for name in ["core", "extra"] {
            let host = "geo.mirror.pkgbuild.com";
            wrong.push_str(&format!(
                "error: failed retrieving file '{name}.db' from {host} : Could not resolve host: {host}\n"
            ));
        }
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        process
            .complain(wrong + "error: failed to synchronize all databases (failed to retrieve some files)\n")
            .await;
        return Ok(Exit::FAILURE);
    }
    if names.is_empty() && !letters.contains('u') {
        process.complain("error: no targets specified (use -h for help)\n").await;
        return Ok(Exit::FAILURE);
    }
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| !process.machine.packages().iter().any(|p| p.0 == name.as_str()))
        .collect();
    for name in &missing {
        process.complain(format!("error: target not found: {name}\n")).await;
    }
    if !missing.is_empty() {
        return Ok(Exit::FAILURE);
    }
    process.print(":: Starting full system upgrade...\n there is nothing to do\n").await?;
    Ok(Exit::SUCCESS)
}
