//! `dpkg` and `dpkg-query`.

use std::fmt::Write as _;

use super::{matches, words};
use crate::{
    machine::Package,
    programs::context::Done,
    shell::{Exit, Process},
};

const HINT: &str = "\nType dpkg --help for help about installing and deinstalling packages [*];\nUse 'apt' or 'aptitude' for user-friendly package management;\nType dpkg -Dhelp for a list of dpkg debug flag values;\nType dpkg --force-help for a list of forcing options;\nType dpkg-deb --help for help about manipulating *.deb files;\n\nOptions marked [*] produce a lot of output - pipe it through 'less' or 'more' !\n";

/// Name without architecture.
pub(super) fn bare(package: &Package) -> &'static str {
    package.0.split(':').next().unwrap_or(package.0)
}

pub(super) fn find(process: &Process, name: &str) -> Option<&'static Package> {
    let name = name.split(':').next().unwrap_or(name);
    process.machine.packages().iter().find(|package| bare(package) == name)
}

async fn complain(process: &Process, text: &str, status: u8) -> Done {
    process.complain(text).await;
    Ok(Exit::Code(status))
}

pub(super) async fn dpkg(process: &mut Process) -> Done {
    let words = words(process);
    let Some(action) = words.iter().find(|word| word.starts_with('-')).cloned() else {
        return complain(process, &format!("dpkg: error: need an action option\n{HINT}"), 2).await;
    };
    let names: Vec<String> = words.into_iter().filter(|word| !word.starts_with('-')).collect();
    match action.as_str() {
        "--version" => {
            process.print("Debian 'dpkg' package management program version 1.21.22 (amd64).\nThis is free software; see the GNU General Public License version 2 or\nlater for copying conditions. There is NO warranty.\n").await?;
            Ok(Exit::SUCCESS)
        }
        "--print-architecture" => {
            process.print("amd64\n").await?;
            Ok(Exit::SUCCESS)
        }
        "--print-foreign-architectures" | "--audit" | "-C" => Ok(Exit::SUCCESS),
        "-i" | "--install" | "--unpack" => install(process, &names).await,
        "-r" | "--remove" | "-P" | "--purge" => remove(process, &names).await,
        "--configure" => {
            if process.account.is_root() {
                Ok(Exit::SUCCESS)
            } else {
                complain(process, "dpkg: error: requested operation requires superuser privilege\n", 2).await
            }
        }
        "--get-selections" => {
            let mut out = String::new();
            for package in process
                .machine
                .packages()
                .iter()
                .filter(|p| names.is_empty() || names.iter().any(|n| matches(n, bare(p))))
            {
                let tabs = 6_usize.saturating_sub(package.0.len() / 8).max(1);
                let _ = writeln!(out, "{}{}install", package.0, "\t".repeat(tabs));
            }
            process.print(out).await?;
            Ok(Exit::SUCCESS)
        }
        _ => ask(process, &action, &names).await,
    }
}

pub(super) async fn query(process: &mut Process) -> Done {
    let words = words(process);
    let Some(action) = words.iter().find(|word| word.starts_with('-')).cloned() else {
        return complain(
            process,
            "dpkg-query: error: need an action option\n\nUse --help for help about querying packages.\n",
            2,
        )
        .await;
    };
    let format = words
        .iter()
        .find_map(|word| {
            word.strip_prefix("-f=")
                .or_else(|| word.strip_prefix("--showformat="))
                .or_else(|| word.strip_prefix("-f"))
        })
        .map(str::to_owned);
    let names: Vec<String> = words.into_iter().filter(|word| !word.starts_with('-')).collect();
    if action.starts_with("-W")
        || action == "--show"
        || action.starts_with("-f")
        || action.starts_with("--showformat")
    {
        return show(process, format.as_deref(), &names).await;
    }
    ask(process, &action, &names).await
}

async fn show(process: &Process, format: Option<&str>, names: &[String]) -> Done {
    let mut out = String::new();
    let mut good = true;
    for name in names {
        if !process.machine.packages().iter().any(|p| matches(name, bare(p))) {
            good = false;
            process.complain(format!("dpkg-query: no packages found matching {name}\n")).await;
        }
    }
    for package in process
        .machine
        .packages()
        .iter()
        .filter(|p| names.is_empty() || names.iter().any(|n| matches(n, bare(p))))
    {
        match format {
            Some(format) => out.push_str(
                &format
                    .replace("${binary:Package}", package.0)
                    .replace("${Package}", bare(package))
                    .replace("${Version}", package.1)
                    .replace("${Architecture}", package.2)
                    .replace("${binary:Summary}", package.3)
                    .replace("${Status}", "install ok installed")
                    .replace("${db:Status-Abbrev}", "ii ")
                    .replace("\\n", "\n")
                    .replace("\\t", "\t"),
            ),
            None => {
                let _ = writeln!(out, "{}\t{}", package.0, package.1);
            }
        }
    }
    process.print(out).await?;
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// What is asked of the database.
async fn ask(process: &Process, action: &str, names: &[String]) -> Done {
    match action {
        "-l" | "--list" => list(process, names).await,
        "-s" | "--status" | "-p" | "--print-avail" => status(process, names).await,
        "-L" | "--listfiles" => files(process, names).await,
        "-S" | "--search" => search(process, names).await,
        _ => complain(process, &format!("dpkg: error: unknown option {action}\n{HINT}"), 2).await,
    }
}

async fn list(process: &Process, names: &[String]) -> Done {
    let shown: Vec<&Package> = process
        .machine
        .packages()
        .iter()
        .filter(|package| {
            names.is_empty()
                || names.iter().any(|name| matches(name, bare(package)) || matches(name, package.0))
        })
        .collect();
    for name in names {
        if !process.machine.packages().iter().any(|p| matches(name, bare(p)) || matches(name, p.0)) {
            process.complain(format!("dpkg-query: no packages found matching {name}\n")).await;
        }
    }
    if shown.is_empty() {
        return Ok(Exit::FAILURE);
    }
    process.print(table(&shown, process.output.is_terminal().then(|| process.columns()))).await?;
    Ok(if names.iter().all(|name| shown.iter().any(|p| matches(name, bare(p)) || matches(name, p.0))) {
        Exit::SUCCESS
    } else {
        Exit::FAILURE
    })
}

/// The table of `dpkg -l`; on a terminal the last column ends with the window.
fn table(shown: &[&Package], columns: Option<usize>) -> String {
    let width = |text: &dyn Fn(&Package) -> usize, least: usize| {
        shown.iter().map(|p| text(p)).max().unwrap_or(0).max(least)
    };
    let (name, version) = (width(&|p| p.0.len(), 14), width(&|p| p.1.len(), 12));
    let arch = width(&|p| p.2.len(), 12);
    let room = columns.map(|columns| columns.saturating_sub(name + version + arch + 7).max(12));
    let summary = room.unwrap_or_else(|| width(&|p| p.3.len(), 33));
    let mut out = "Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n".to_owned();
    let _ =
        writeln!(out, "||/ {:<name$} {:<version$} {:<arch$} Description", "Name", "Version", "Architecture");
    let line = |width: usize| "=".repeat(width);
    let _ = writeln!(out, "+++-{}-{}-{}-{}", line(name), line(version), line(arch), line(summary));
    for package in shown {
        let text: String = package.3.chars().take(room.unwrap_or(usize::MAX)).collect();
        let _ = writeln!(out, "ii  {:<name$} {:<version$} {:<arch$} {text}", package.0, package.1, package.2);
    }
    out
}

async fn status(process: &Process, names: &[String]) -> Done {
    let mut good = true;
    for name in names {
        let Some(package) = find(process, name) else {
            good = false;
            process.complain(format!("dpkg-query: package '{name}' is not installed and no information is available\nUse dpkg --info (= dpkg-deb --info) to examine archive files.\n")).await;
            continue;
        };
        let size = 64 + process.machine.number(&format!("size of {}", package.0), 9_000);
        process
            .print(format!(
                "Package: {}\nStatus: install ok installed\nPriority: optional\nSection: utils\nInstalled-Size: {size}\nMaintainer: Debian Developers <debian-devel@lists.debian.org>\nArchitecture: {}\nVersion: {}\nDescription: {}\n",
                bare(package),
                package.2,
                package.1,
                package.3
            ))
            .await?;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// Paths of a package's programs.
fn programs(package: &Package) -> impl Iterator<Item = String> {
    package.5.split_whitespace().filter_map(|program| {
        let (place, rest) = program.split_once('/')?;
        let name = rest.split([':', '>']).next()?;
        Some(format!("{}/{name}", if place == "s" { "/usr/sbin" } else { "/usr/bin" }))
    })
}

async fn files(process: &Process, names: &[String]) -> Done {
    let mut good = true;
    for name in names {
        let Some(package) = find(process, name) else {
            good = false;
            process.complain(format!("dpkg-query: package '{name}' is not installed\nUse dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n")).await;
            continue;
        };
        let mut out = "/.\n".to_owned();
        let all: Vec<String> = programs(package).collect();
        if !all.is_empty() {
            out.push_str("/usr\n");
        }
        for directory in ["/usr/bin", "/usr/sbin"] {
            let mut inside = all.iter().filter(|path| path.starts_with(&format!("{directory}/"))).peekable();
            if inside.peek().is_some() {
                let _ = writeln!(out, "{directory}");
            }
            inside.for_each(|path| {
                let _ = writeln!(out, "{path}");
            });
        }
        let _ = write!(
            out,
            "/usr/share\n/usr/share/doc\n/usr/share/doc/{0}\n/usr/share/doc/{0}/changelog.Debian.gz\n/usr/share/doc/{0}/copyright\n",
            bare(package)
        );
        process.print(out).await?;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

async fn search(process: &Process, names: &[String]) -> Done {
    let mut good = true;
    for name in names {
        let mut out = String::new();
        for package in process.machine.packages() {
            for path in programs(package) {
                let old = path.strip_prefix("/usr").unwrap_or(&path);
                let hit = if name.starts_with('/') {
                    path == *name || old == name
                } else {
                    path.contains(name.as_str())
                };
                if hit {
                    let shown = if old == name { old } else { &path };
                    let _ = writeln!(out, "{}: {shown}", package.0);
                }
            }
        }
        if out.is_empty() {
            good = false;
            process.complain(format!("dpkg-query: no path found matching pattern {name}\n")).await;
        }
        process.print(out).await?;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

async fn install(process: &Process, names: &[String]) -> Done {
    if !process.account.is_root() {
        return complain(process, "dpkg: error: requested operation requires superuser privilege\n", 2).await;
    }
    // It ends with the first that is none, and none is.
    let Some(name) = names.first() else {
        let words =
            format!("dpkg: error: --install needs at least one package archive file argument\n{HINT}");
        return complain(process, &words, 2).await;
    };
    if let Err(error) = process.files.read_at(name.as_bytes(), 0, 8) {
        let words = format!("dpkg: error: cannot access archive '{name}': {}\n", error.text());
        return complain(process, &words, 2).await;
    }
    let words = format!(
        "dpkg-deb: error: '{name}' is not a Debian format archive\ndpkg: error processing archive {name} (--install):\n dpkg-deb --control subprocess returned error exit status 2\nErrors were encountered while processing:\n {name}\n"
    );
    complain(process, &words, 1).await
}

async fn remove(process: &Process, names: &[String]) -> Done {
    if !process.account.is_root() {
        return complain(process, "dpkg: error: requested operation requires superuser privilege\n", 2).await;
    }
    for name in names {
        match find(process, name) {
            None => {
                process
                    .complain(format!(
                        "dpkg: warning: ignoring request to remove {name} which isn't installed\n"
                    ))
                    .await
            }
            Some(package) => {
                let files = 40_000 + process.machine.number("files of dpkg", 9_000);
                process
                    .print(format!("(Reading database ... {files} files and directories currently installed.)\nRemoving {} ({}) ...\n", package.0, package.1))
                    .await?;
            }
        }
    }
    Ok(Exit::SUCCESS)
}
