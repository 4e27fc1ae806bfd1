//! git and rsync: what they do here, and what they say of hosts that are not reached.

use super::{
    reach::{self, Failure, Unknown},
    text,
    url::Url,
};
use crate::{
    caps,
    programs::{
        context::Done,
        options::{Spec, parse},
    },
    shell::{Exit, Process},
};

/// What becomes of a connection.
async fn attempt(process: &Process, host: &str, port: u16) -> Result<Failure, Unknown> {
    let address = reach::lookup_first(process, host).await?;
    Ok(reach::connect(process, address, port).await)
}

/// Tries to reach a port of a host, and tells of it.
pub(in crate::programs) async fn reached(process: &Process, host: &str, port: u16) {
    let why = attempt(process, host, port).await;
    reach::call(process, host, Some(port), why);
}

const GIT: &str = "usage: git [-v | --version] [-h | --help] [-C <path>] [-c <name>=<value>]\n           [--exec-path[=<path>]] [--html-path] [--man-path] [--info-path]\n           [-p | --paginate | -P | --no-pager] [--no-replace-objects] [--bare]\n           [--git-dir=<path>] [--work-tree=<path>] [--namespace=<name>]\n           [--super-prefix=<path>] [--config-env=<name>=<envvar>]\n           <command> [<args>]\n\nThese are common Git commands used in various situations:\n\nstart a working area (see also: git help tutorial)\n   clone     Clone a repository into a new directory\n   init      Create an empty Git repository or reinitialize an existing one\n\nwork on the current change (see also: git help everyday)\n   add       Add file contents to the index\n   mv        Move or rename a file, a directory, or a symlink\n   restore   Restore working tree files\n   rm        Remove files from the working tree and from the index\n\nexamine the history and state (see also: git help revisions)\n   bisect    Use binary search to find the commit that introduced a bug\n   diff      Show changes between commits, commit and working tree, etc\n   grep      Print lines matching a pattern\n   log       Show commit logs\n   show      Show various types of objects\n   status    Show the working tree status\n\ngrow, mark and tweak your common history\n   branch    List, create, or delete branches\n   commit    Record changes to the repository\n   merge     Join two or more development histories together\n   rebase    Reapply commits on top of another base tip\n   reset     Reset current HEAD to the specified state\n   switch    Switch branches\n   tag       Create, list, delete or verify a tag object signed with GPG\n\ncollaborate (see also: git help workflows)\n   fetch     Download objects and refs from another repository\n   pull      Fetch from and integrate with another repository or a local branch\n   push      Update remote refs along with associated objects\n\n'git help -a' and 'git help -g' list available subcommands and some\nconcept guides. See 'git help <command>' or 'git help <concept>'\nto read about a specific subcommand or concept.\nSee 'git help git' for an overview of the system.\n";

const VERBS: &[&str] = &[
    "add",
    "am",
    "archive",
    "bisect",
    "blame",
    "branch",
    "checkout",
    "cherry-pick",
    "clean",
    "commit",
    "describe",
    "diff",
    "fetch",
    "gc",
    "grep",
    "log",
    "merge",
    "mv",
    "pull",
    "push",
    "rebase",
    "reflog",
    "remote",
    "reset",
    "restore",
    "revert",
    "rm",
    "show",
    "stash",
    "status",
    "submodule",
    "switch",
    "tag",
    "worktree",
];

pub(super) async fn git(process: &mut Process) -> Done {
    let words: Vec<String> = process.arguments().iter().map(|word| text(word)).collect();
    let verb = words.iter().position(|word| !word.starts_with('-'));
    let rest = verb.and_then(|at| words.get(at + 1..)).unwrap_or_default();
    let verb = verb.and_then(|at| words.get(at)).map_or("", String::as_str);
    if words.first().is_some_and(|word| word == "--version" || word == "-v") || verb == "version" {
        process.print("git version 2.39.5\n").await?;
        return Ok(Exit::SUCCESS);
    }
    match verb {
        "" | "help" => {
            process.print(GIT).await?;
            Ok(Exit::Code(u8::from(words.is_empty())))
        }
        "clone" => clone(process, rest).await,
        "ls-remote" => {
            let url = rest.iter().find(|word| !word.starts_with('-')).cloned().unwrap_or_default();
            Ok(fails(process, &url).await)
        }
        "init" => init(process, rest).await,
        "config" => Ok(Exit::SUCCESS),
        verb if VERBS.contains(&verb) => {
            process.complain("fatal: not a git repository (or any of the parent directories): .git\n").await;
            Ok(Exit::Code(128))
        }
        verb => {
            process.complain(format!("git: '{verb}' is not a git command. See 'git --help'.\n")).await;
            Ok(Exit::FAILURE)
        }
    }
}

async fn clone(process: &Process, words: &[String]) -> Done {
    let mut rest = words.iter();
    let mut operands = Vec::new();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-b" | "--branch" | "--depth" | "-o" | "-c" | "-j" => drop(rest.next()),
            word if word.starts_with('-') => {}
            word => operands.push(word.to_owned()),
        }
    }
    let Some(url) = operands.first() else {
        process.complain("fatal: You must specify a repository to clone.\n\nusage: git clone [<options>] [--] <repo> [<dir>]\n\n").await;
        return Ok(Exit::Code(129));
    };
    let base = url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    let base = base.strip_suffix(".git").unwrap_or(base);
    let place = operands.get(1).map_or(base, String::as_str);
    if !url.contains(':') {
        process.complain(format!("fatal: repository '{url}' does not exist\n")).await;
        return Ok(Exit::Code(128));
    }
    let full = process.files.read_dir(place.as_bytes()).is_ok_and(|entries| !entries.is_empty());
    if full {
        process
            .complain(format!(
                "fatal: destination path '{place}' already exists and is not an empty directory.\n"
            ))
            .await;
        return Ok(Exit::Code(128));
    }
    process.complain(format!("Cloning into '{place}'...\n")).await;
    Ok(fails(process, url).await)
}

/// A repository that is not reached.
async fn fails(process: &Process, url: &str) -> Exit {
    let secure = !url.contains("://");
    let whole = if secure { format!("ssh://{}", url.replacen(':', "/", 1)) } else { url.to_owned() };
    let Ok(parsed) = Url::parse(&whole) else {
        process
            .complain(format!(
                "fatal: unable to find remote helper for '{}'\n",
                url.split(':').next().unwrap_or_default()
            ))
            .await;
        return Exit::Code(128);
    };
    let (host, port) =
        (parsed.bare_host().to_owned(), if secure || parsed.scheme == "ssh" { 22 } else { parsed.port() });
    let began = tokio::time::Instant::now();
    let why = attempt(process, &host, port).await;
    reach::fetch(process, url, why);
    let shown = format!("{}/", url.trim_end_matches('/'));
    let text = match (why, port == 22) {
        (Err(_), true) => format!(
            "ssh: Could not resolve hostname {host}: Temporary failure in name resolution\r\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n"
        ),
        (Ok(why), true) => format!(
            "ssh: connect to host {host} port {port}: {}\r\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n",
            why.text()
        ),
        (Err(_), _) => format!("fatal: unable to access '{shown}': Could not resolve host: {host}\n"),
        (Ok(_), _) => {
            let took = began.elapsed().as_millis();
            format!(
                "fatal: unable to access '{shown}': Failed to connect to {host} port {port} after {took} ms: Couldn't connect to server\n"
            )
        }
    };
    process.complain(text).await;
    Exit::Code(128)
}

async fn init(process: &Process, words: &[String]) -> Done {
    let place = words.iter().find(|word| !word.starts_with('-')).map_or(".", String::as_str);
    let files = &process.files;
    let _ = files.mkdir(place.as_bytes(), 0o777);
    let root = format!("{place}/.git");
    let there = files.exists(root.as_bytes());
    if let Err(error) = files.mkdir(root.as_bytes(), 0o777)
        && !there
    {
        let at = text(&files.absolute(root.as_bytes()));
        process.complain(format!("{at}: {}\n", error.text())).await;
        return Ok(Exit::FAILURE);
    }
    for name in [
        "branches",
        "hooks",
        "info",
        "objects",
        "objects/info",
        "objects/pack",
        "refs",
        "refs/heads",
        "refs/tags",
    ] {
        let _ = files.mkdir(format!("{root}/{name}").as_bytes(), 0o777);
    }
    let _ = files.write(format!("{root}/HEAD").as_bytes(), b"ref: refs/heads/master\n", 0o666);
    let settings = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n";
    let _ = files.write(format!("{root}/config").as_bytes(), settings, 0o666);
    let quiet = words.iter().any(|word| word == "-q" || word == "--quiet");
    if !there && !quiet {
        process.complain("hint: Using 'master' as the name for the initial branch. This default branch name\nhint: is subject to change. To configure the initial branch name to use in all\nhint: of your new repositories, which will suppress this warning, call:\nhint: \nhint: \tgit config --global init.defaultBranch <name>\nhint: \nhint: Names commonly chosen instead of 'master' are 'main', 'trunk' and\nhint: 'development'. The just-created branch can be renamed via this command:\nhint: \nhint: \tgit branch -m <name>\n").await;
    }
    if quiet {
        return Ok(Exit::SUCCESS);
    }
    let word = if there { "Reinitialized existing" } else { "Initialized empty" };
    let at = text(&files.absolute(root.as_bytes()));
    process.print(format!("{word} Git repository in {at}/\n")).await?;
    Ok(Exit::SUCCESS)
}

const RSYNC: &str = "rsync  version 3.2.7  protocol version 31\nCopyright (C) 1996-2022 by Andrew Tridgell, Wayne Davison, and others.\nWeb site: https://rsync.samba.org/\n";

pub(super) async fn rsync(process: &mut Process) -> Done {
    let spec = Spec {
        short: "vqcarRbudlLkKHpEAXogDtUONJSWxBIzhPnme:f:T:CFi0846y",
        long: &[
            ("archive", 'a'),
            ("verbose", 'v'),
            ("recursive", 'r'),
            ("delete", 'd'),
            ("compress", 'z'),
            ("progress", 'P'),
            ("rsh=", 'e'),
            ("exclude=", 'x'),
            ("include=", 'x'),
            ("password-file=", 'x'),
            ("dry-run", 'n'),
            ("list-only", 'l'),
            ("stats", 'v'),
            ("version", 'V'),
            ("partial", 'P'),
            ("timeout=", 'x'),
            ("bwlimit=", 'x'),
            ("remove-source-files", 'd'),
        ],
    };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(wrong) => {
            let text = wrong
                .0
                .replace("invalid option -- '", "-")
                .replace("unrecognized option '", "")
                .replace('\'', "");
            process.complain(format!("rsync: {text}: unknown option\nrsync error: syntax or usage error (code 1) at main.c(1795) [client=3.2.7]\n")).await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('V') {
        process.print(RSYNC).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.operands.is_empty() {
        process.print(format!("{RSYNC}\nrsync is a file transfer program capable of efficient remote update\nvia a fast differencing algorithm.\n\nUsage: rsync [OPTION]... SRC [SRC]... DEST\n  or   rsync [OPTION]... SRC [SRC]... [USER@]HOST:DEST\n  or   rsync [OPTION]... SRC [SRC]... [USER@]HOST::DEST\n  or   rsync [OPTION]... SRC [SRC]... rsync://[USER@]HOST[:PORT]/DEST\n  or   rsync [OPTION]... [USER@]HOST:SRC [DEST]\n  or   rsync [OPTION]... [USER@]HOST::SRC [DEST]\n  or   rsync [OPTION]... rsync://[USER@]HOST[:PORT]/SRC [DEST]\nThe ':' usages connect via remote shell, while '::' & 'rsync://' usages connect\nto an rsync daemon, and require SRC or DEST to start with a module name.\n")).await?;
        return Ok(Exit::FAILURE);
    }
    let last = given.operands.len() - 1;
    let remote = given.operands.iter().enumerate().find_map(|(at, word)| {
        let word = text(word);
        let before = word.split('/').next().unwrap_or_default();
        (word.starts_with("rsync://") || before.contains(':')).then_some((at == last, word))
    });
    match remote {
        Some((sends, word)) => Ok(elsewhere(process, &word, sends).await),
        None => local(process, &given).await,
    }
}

async fn elsewhere(process: &Process, word: &str, sends: bool) -> Exit {
    let role = if sends { "sender" } else { "Receiver" };
    let bare = word.strip_prefix("rsync://").unwrap_or(word);
    let daemon = word.starts_with("rsync://") || word.contains("::");
    let host = bare.split(['/', ':']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.get(..caps::PROGRAM_TARGET.min(host.len())).unwrap_or_default();
    let port = if daemon { 873 } else { 22 };
    let why = attempt(process, host, port).await;
    reach::call(process, host, Some(port), why);
    let text = match (daemon, why) {
        (true, Err(why)) => format!(
            "rsync: [{role}] getaddrinfo: {host} 873: {}\nrsync error: error in socket IO (code 10) at clientserver.c(139) [{role}=3.2.7]\n",
            why.text()
        ),
        (true, Ok(why)) => {
            let code = if why == Failure::Refused { 111 } else { 113 };
            format!(
                "rsync: [{role}] failed to connect to {host} ({host}): {} ({code})\nrsync error: error in socket IO (code 10) at clientserver.c(139) [{role}=3.2.7]\n",
                why.text()
            )
        }
        (false, why) => {
            let first = match why {
                Err(why) => format!("ssh: Could not resolve hostname {host}: {}\r\n", why.text()),
                Ok(why) => format!("ssh: connect to host {host} port 22: {}\r\n", why.text()),
            };
            format!(
                "{first}rsync: connection unexpectedly closed (0 bytes received so far) [{role}]\nrsync error: unexplained error (code 255) at io.c(231) [{role}=3.2.7]\n"
            )
        }
    };
    process.complain(text).await;
    Exit::Code(if daemon { 10 } else { 255 })
}

/// Between two places of the machine it is `cp`.
async fn local(process: &mut Process, given: &crate::programs::options::Parsed) -> Done {
    let Some((target, sources)) = given.operands.split_last().filter(|(_, sources)| !sources.is_empty())
    else {
        return Ok(Exit::SUCCESS);
    };
    for source in sources {
        if let Err(error) = process.files.stat(source) {
            let at = text(&process.files.absolute(source));
            let code = if error == crate::machine::Errno::Missing { 2 } else { 13 };
            process.complain(format!("rsync: [sender] link_stat \"{at}\" failed: {} ({code})\nrsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1338) [sender=3.2.7]\n", error.text())).await;
            return Ok(Exit::Code(23));
        }
        let whole = given.has('a') || given.has('r');
        if process.files.stat(source).is_ok_and(|m| m.is_directory()) && !whole {
            process.print([b"skipping directory ", &source[..], b"\n"].concat()).await?;
            continue;
        }
        let from = if source.ends_with(b"/") { [&source[..], b"."].concat() } else { source.clone() };
        if process.files.stat(source).is_ok_and(|m| m.is_directory()) {
            let _ = process.files.mkdir(target, 0o755);
        }
        if !given.has('n') {
            let args = vec![b"cp".to_vec(), b"-a".to_vec(), from, target.clone()];
            let _ = process.execute(args).await;
        }
    }
    Ok(Exit::SUCCESS)
}
