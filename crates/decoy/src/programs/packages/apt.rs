//! `apt`, `apt-get` and `apt-cache`.

use std::time::Duration;

use super::{dpkg, matches, words};
use crate::{
    programs::context::Done,
    shell::{Exit, Process},
};

const WARNING: &str = "\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n";
/// How long it tries to resolve the names of the mirrors, in milliseconds.
const PATIENCE: u64 = 7_100;

/// A run of `apt` or `apt-get`.
struct Run<'a> {
    process: &'a Process,
    /// Whether it is `apt`, which is for people.
    people: bool,
    quiet: bool,
}

pub(super) async fn apt(process: &mut Process) -> Done {
    if process.arguments().is_empty() {
        process.print(APT_HELP).await?;
        return Ok(Exit::FAILURE);
    }
    if !process.output.is_terminal()
        && !matches!(process.arguments(), [only] if only == b"--version" || only == b"-v")
    {
        process.complain(WARNING).await;
    }
    run(process, true).await
}

pub(super) async fn apt_get(process: &mut Process) -> Done {
    if process.arguments().is_empty() {
        process.print(GET_HELP).await?;
        return Ok(Exit::FAILURE);
    }
    run(process, false).await
}

/// Commands and names without options.
fn operands(words: &[String]) -> Result<Vec<String>, String> {
    const PLAIN: &[&str] = &[
        "-y",
        "--yes",
        "--assume-yes",
        "-q",
        "-qq",
        "--quiet",
        "-f",
        "-m",
        "-s",
        "-d",
        "-u",
        "-V",
        "-yq",
        "-yqq",
        "-qy",
        "-qqy",
        "-fy",
        "-yf",
        "-h",
        "-v",
    ];
    let mut out = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-o" | "-c" | "-t" | "-a" => {
                let _ = rest.next();
            }
            long if long.starts_with("--") => {}
            plain if PLAIN.contains(&plain) => {}
            option if option.starts_with("-o") || option.starts_with("-t") => {}
            option if option.starts_with('-') && option.len() > 1 => {
                let letter = option.chars().nth(1).unwrap_or_default();
                return Err(format!(
                    "E: Command line option '{letter}' [from {option}] is not understood in combination with the other options.\n"
                ));
            }
            other => out.push(other.to_owned()),
        }
    }
    Ok(out)
}

async fn run(process: &Process, people: bool) -> Done {
    let words = words(process);
    if words.iter().any(|word| word == "--version" || word == "-v") {
        process.print(if people { "apt 2.6.1 (amd64)\n" } else { VERSION }).await?;
        return Ok(Exit::SUCCESS);
    }
    let given = match operands(&words) {
        Ok(given) => given,
        Err(text) => {
            process.complain(text).await;
            return Ok(Exit::Code(100));
        }
    };
    let quiet = words.iter().any(|word| word.starts_with("-qq") || word == "-yqq" || word == "-qqy");
    let run = Run { process, people, quiet };
    let Some((command, names)) = given.split_first() else {
        process.print(if people { APT_HELP } else { GET_HELP }).await?;
        return Ok(if words.iter().any(|word| word == "--help" || word == "-h") {
            Exit::SUCCESS
        } else {
            Exit::FAILURE
        });
    };
    run.act(command, names).await
}

impl Run<'_> {
    async fn act(&self, command: &str, names: &[String]) -> Done {
        match command {
            "update" => self.update().await,
            "install" | "reinstall" | "build-dep" | "satisfy" => self.install(names).await,
            "remove" | "purge" | "autoremove" | "autopurge" => self.remove(names).await,
            "upgrade" | "dist-upgrade" | "full-upgrade" => self.upgrade().await,
            "clean" | "autoclean" => self.clean().await,
            "check" => {
                self.read(true).await?;
                Ok(Exit::SUCCESS)
            }
            "source" | "download" | "changelog" => self.download(names).await,
            "list" if self.people => self.list(names).await,
            "search" if self.people => self.search().await,
            "show" if self.people => show(self.process, names, "N: Unable to locate package ").await,
            "policy" if self.people => policy(self.process, names).await,
            "help" => {
                self.process.print(if self.people { APT_HELP } else { GET_HELP }).await?;
                Ok(Exit::SUCCESS)
            }
            "moo" => {
                self.process.print("                 (__) \n                 (oo) \n           /------\\/ \n          / |    ||   \n         *  /\\---/\\ \n            ~~   ~~   \n...\"Have you mooed today?\"...\n").await?;
                Ok(Exit::SUCCESS)
            }
            other => self.error(&format!("Invalid operation {other}"), 100).await,
        }
    }

    /// Says what is wrong: in red on a terminal, as `apt` does.
    async fn error(&self, text: &str, status: u8) -> Done {
        self.say('E', text).await;
        Ok(Exit::Code(status))
    }

    async fn say(&self, kind: char, text: &str) {
        let painted = self.people && self.process.output.is_terminal();
        let colour = if kind == 'E' { "1;31" } else { "1;33" };
        let line = if painted {
            format!("\u{1b}[{colour}m{kind}: \u{1b}[0m{text}\u{1b}[0m\n")
        } else {
            format!("{kind}: {text}\n")
        };
        self.process.complain(line).await;
    }

    async fn step(&self, text: &str) -> Result<(), Exit> {
        if self.quiet {
            return Ok(());
        }
        let terminal = self.process.output.is_terminal();
        let line =
            if terminal { format!("\r{text}... 0%\r\r{text}... Done\r\n") } else { format!("{text}...\n") };
        self.process.print(line).await
    }

    /// Reads the lists, and the tree of dependencies.
    async fn read(&self, tree: bool) -> Result<(), Exit> {
        tokio::time::sleep(Duration::from_millis(240 + self.process.machine.number("apt", 300))).await;
        self.step("Reading package lists").await?;
        if tree {
            self.step("Building dependency tree").await?;
            self.step("Reading state information").await?;
        }
        Ok(())
    }

    /// Whether the lock is had; without being root nobody has it.
    async fn locks(&self, lines: &[&str]) -> Result<(), Exit> {
        if self.process.account.is_root() {
            return Ok(());
        }
        for line in lines {
            self.say('E', line).await;
        }
        Err(Exit::Code(100))
    }

    async fn update(&self) -> Done {
        if !self.process.account.is_root() {
            self.read(false).await?;
        }
        self.locks(&[
            "Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)",
            "Unable to lock directory /var/lib/apt/lists/",
        ])
        .await?;
        let sources = self.sources();
        for round in 0..4 {
            for (number, (url, suite)) in sources.iter().enumerate() {
                let mark = if round < 3 { "Ign" } else { "Err" };
                let host = url.split('/').nth(2).unwrap_or_default();
                let why = if round < 3 {
                    String::new()
                } else {
                    format!("  Temporary failure resolving '{host}'\n")
                };
                if !self.quiet {
                    self.process
                        .print(format!("{mark}:{} {url} {suite} InRelease\n{why}", number + 1))
                        .await?;
                }
            }
            if round < 3 {
                tokio::time::sleep(Duration::from_millis(PATIENCE / 3)).await;
            }
        }
        self.read(self.people).await?;
        if self.people {
            self.process.print("All packages are up to date.\n").await?;
        }
        for (url, suite) in &sources {
            let host = url.split('/').nth(2).unwrap_or_default();
            let base = url.trim_end_matches('/');
            self.say(
                'W',
                &format!(
                    "Failed to fetch {base}/dists/{suite}/InRelease  Temporary failure resolving '{host}'"
                ),
            )
            .await;
        }
        self.say(
            'W',
            "Some index files failed to download. They have been ignored, or old ones used instead.",
        )
        .await;
        Ok(Exit::SUCCESS)
    }

    /// URL and suite of each line of the visitor's own list of sources.
    fn sources(&self) -> Vec<(String, String)> {
        let text = self.process.files.read(b"/etc/apt/sources.list").unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let line = |line: &str| {
            let mut words = line.split_whitespace().filter(|word| !word.starts_with('['));
            let (kind, url, suite) = (words.next()?, words.next()?, words.next()?);
            (kind == "deb").then(|| (url.to_owned(), suite.to_owned()))
        };
        text.lines().filter_map(line).take(16).collect()
    }

    const FRONTEND: &'static [&'static str] = &[
        "Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)",
        "Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?",
    ];

    async fn install(&self, names: &[String]) -> Done {
        self.locks(Self::FRONTEND).await?;
        self.read(true).await?;
        let missing: Vec<&String> =
            names.iter().filter(|name| dpkg::find(self.process, name).is_none()).collect();
        if missing.is_empty() {
            for package in names.iter().filter_map(|name| dpkg::find(self.process, name)) {
                self.process
                    .print(format!(
                        "{} is already the newest version ({}).\n",
                        dpkg::bare(package),
                        package.1
                    ))
                    .await?;
            }
            return self.nothing().await;
        }
        for name in missing {
            if name.contains('/') || name.ends_with(".deb") {
                self.say('E', &format!("Unsupported file {name} given on commandline")).await;
            } else {
                self.say('E', &format!("Unable to locate package {name}")).await;
            }
        }
        Ok(Exit::Code(100))
    }

    async fn nothing(&self) -> Done {
        self.process.print("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n").await?;
        Ok(Exit::SUCCESS)
    }

    async fn remove(&self, names: &[String]) -> Done {
        self.locks(Self::FRONTEND).await?;
        self.read(true).await?;
        let missing: Vec<&String> =
            names.iter().filter(|name| dpkg::find(self.process, name).is_none()).collect();
        for name in &missing {
            self.say('E', &format!("Unable to locate package {name}")).await;
        }
        if !missing.is_empty() {
            return Ok(Exit::Code(100));
        }
        if names.is_empty() {
            return self.nothing().await;
        }
        let list: Vec<&str> =
            names.iter().filter_map(|name| dpkg::find(self.process, name)).map(dpkg::bare).collect();
        self.process
            .print(format!("The following packages will be REMOVED:\n  {}\n0 upgraded, 0 newly installed, {} to remove and 0 not upgraded.\n", list.join(" "), list.len()))
            .await?;
        self.error("Sub-process /usr/bin/dpkg returned an error code (1)", 100).await
    }

    async fn upgrade(&self) -> Done {
        self.locks(Self::FRONTEND).await?;
        self.read(true).await?;
        self.step("Calculating upgrade").await?;
        self.nothing().await
    }

    async fn clean(&self) -> Done {
        self.locks(&[
            "Could not open lock file /var/cache/apt/archives/lock - open (13: Permission denied)",
            "Unable to lock directory /var/cache/apt/archives/",
            "Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)",
            "Unable to lock directory /var/lib/apt/lists/",
        ])
        .await?;
        Ok(Exit::SUCCESS)
    }

    async fn download(&self, names: &[String]) -> Done {
        self.read(false).await?;
        for name in names {
            if dpkg::find(self.process, name).is_none() {
                return self.error(&format!("Unable to locate package {name}"), 100).await;
            }
            self.say('E', &format!("Can't find a source to download version of '{name}'")).await;
        }
        Ok(Exit::Code(100))
    }

    async fn list(&self, names: &[String]) -> Done {
        let head = if self.process.output.is_terminal() { "Listing... Done\n" } else { "Listing...\n" };
        self.process.print(head).await?;
        if super::words(self.process).iter().any(|word| word == "--upgradable" || word == "--upgradeable") {
            return Ok(Exit::SUCCESS);
        }
        let mut out = String::new();
        for package in self.process.machine.packages() {
            if names.is_empty() || names.iter().any(|name| matches(name, dpkg::bare(package))) {
                out.push_str(&format!(
                    "{}/now {} {} [installed,local]\n",
                    dpkg::bare(package),
                    package.1,
                    package.2
                ));
            }
        }
        self.process.print(out).await?;
        Ok(Exit::SUCCESS)
    }

    async fn search(&self) -> Done {
        let terminal = self.process.output.is_terminal();
        let tail = if terminal { " Done" } else { "" };
        self.process.print(format!("Sorting...{tail}\nFull Text Search...{tail}\n")).await?;
        Ok(Exit::SUCCESS)
    }
}

async fn show(process: &Process, names: &[String], unknown: &str) -> Done {
    let mut good = true;
    for name in names {
        let Some(package) = dpkg::find(process, name) else {
            good = false;
            process.complain(format!("{unknown}{name}\n")).await;
            continue;
        };
        process
            .print(format!("Package: {}\nStatus: install ok installed\nArchitecture: {}\nVersion: {}\nDescription: {}\n\n", dpkg::bare(package), package.2, package.1, package.3))
            .await?;
    }
    if !good {
        process.complain("E: No packages found\n").await;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::Code(100) })
}

async fn policy(process: &Process, names: &[String]) -> Done {
    for package in names.iter().filter_map(|name| dpkg::find(process, name)) {
        let version = package.1;
        process
            .print(format!("{}:\n  Installed: {version}\n  Candidate: {version}\n  Version table:\n *** {version} 100\n        100 /var/lib/dpkg/status\n", dpkg::bare(package)))
            .await?;
    }
    Ok(Exit::SUCCESS)
}

pub(super) async fn cache(process: &mut Process) -> Done {
    let words: Vec<String> = words(process).into_iter().filter(|word| !word.starts_with('-')).collect();
    let Some((command, names)) = words.split_first() else {
        process.print("apt 2.6.1 (amd64)\nUsage: apt-cache [options] command\n       apt-cache [options] show pkg1 [pkg2 ...]\n").await?;
        return Ok(Exit::FAILURE);
    };
    match command.as_str() {
        "policy" => policy(process, names).await,
        "show" => show(process, names, "N: Unable to locate package ").await,
        "search" => {
            let mut out = String::new();
            for package in process.machine.packages() {
                if names
                    .iter()
                    .all(|name| package.0.contains(name.as_str()) || package.3.contains(name.as_str()))
                {
                    out.push_str(&format!("{} - {}\n", dpkg::bare(package), package.3));
                }
            }
            process.print(out).await?;
            Ok(Exit::SUCCESS)
        }
        "depends" | "rdepends" | "madison" | "showpkg" | "stats" | "pkgnames" => Ok(Exit::SUCCESS),
        other => {
            process.complain(format!("E: Invalid operation {other}\n")).await;
            Ok(Exit::Code(100))
        }
    }
}

const VERSION: &str = "apt 2.6.1 (amd64)\nSupported modules:\n*Ver: Standard .deb\n*Pkg:  Debian dpkg interface (Priority 30)\n Pkg:  Debian APT solver interface (Priority -1000)\n Pkg:  Debian APT planner interface (Priority -1000)\n S.L: 'deb' Debian binary tree\n S.L: 'deb-src' Debian source tree\n Idx: Debian Source Index\n Idx: Debian Package Index\n Idx: Debian Translation Index\n Idx: Debian dpkg status file\n Idx: Debian deb file\n Idx: Debian dsc file\n Idx: Debian control file\n Idx: EDSP scenario file\n Idx: EIPP scenario file\n";
const APT_HELP: &str = "apt 2.6.1 (amd64)\nUsage: apt [options] command\n\napt is a commandline package manager and provides commands for\nsearching and managing as well as querying information about packages.\nIt provides the same functionality as the specialized APT tools,\nlike apt-get and apt-cache, but enables options more suitable for\ninteractive use by default.\n\nMost used commands:\n  list - list packages based on package names\n  search - search in package descriptions\n  show - show package details\n  install - install packages\n  reinstall - reinstall packages\n  remove - remove packages\n  autoremove - automatically remove all unused packages\n  update - update list of available packages\n  upgrade - upgrade the system by installing/upgrading packages\n  full-upgrade - upgrade the system by removing/installing/upgrading packages\n  edit-sources - edit the source information file\n  satisfy - satisfy dependency strings\n\nSee apt(8) for more information about the available commands.\nConfiguration options and syntax is detailed in apt.conf(5).\nInformation about how to configure sources can be found in sources.list(5).\nPackage and version choices can be expressed via apt_preferences(5).\nSecurity details are available in apt-secure(8).\n                                        This APT has Super Cow Powers.\n";
const GET_HELP: &str = "apt 2.6.1 (amd64)\nUsage: apt-get [options] command\n       apt-get [options] install|remove pkg1 [pkg2 ...]\n       apt-get [options] source pkg1 [pkg2 ...]\n\napt-get is a command line interface for retrieval of packages\nand information about them from authenticated sources and\nfor installation, upgrade and removal of packages together\nwith their dependencies.\n\nMost used commands:\n  update - Retrieve new lists of packages\n  upgrade - Perform an upgrade\n  install - Install new packages (pkg is libc6 not libc6.deb)\n  reinstall - Reinstall packages (pkg is libc6 not libc6.deb)\n  remove - Remove packages\n  purge - Remove packages and config files\n  autoremove - Remove automatically all unused packages\n  dist-upgrade - Distribution upgrade, see apt-get(8)\n  dselect-upgrade - Follow dselect selections\n  build-dep - Configure build-dependencies for source packages\n  satisfy - Satisfy dependency strings\n  clean - Erase downloaded archive files\n  autoclean - Erase old downloaded archive files\n  check - Verify that there are no broken dependencies\n  source - Download source archives\n  download - Download the binary package into the current directory\n  changelog - Download and display the changelog for the given package\n\nSee apt-get(8) for more information about the available commands.\nConfiguration options and syntax is detailed in apt.conf(5).\nInformation about how to configure sources can be found in sources.list(5).\nPackage and version choices can be expressed via apt_preferences(5).\nSecurity details are available in apt-secure(8).\n                                        This APT has Super Cow Powers.\n";
