//! The units in `deploy/`: what they start, as whom, and with which rights.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a test that has nothing to do says why")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use contract::units::{Unit, lines, load};
use decnet_daemon::{
    config::{self, CommandLine, SECTIONS},
    environment::{Environment, PREFIX},
};

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

fn units() -> Vec<Unit> {
    load(&deploy().join("systemd")).unwrap()
}

/// The files of a folder of `deploy/`, one for each package, in the order in which they are read.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(deploy().join(folder)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn table(folder: &str) -> Vec<Vec<String>> {
    files(folder).iter().flat_map(|path| lines(&fs::read_to_string(path).unwrap())).collect()
}

/// Names that sysusers.d makes: of users, and of groups (each user has one).
fn users_and_groups() -> (BTreeSet<String>, BTreeSet<String>) {
    let all = table("sysusers.d");
    let of = |kind: &str| all.iter().filter(|line| line[0] == kind).map(|line| line[1].clone()).collect();
    let users: BTreeSet<String> = of("u");
    let groups: BTreeSet<String> = of("g");
    (users.clone(), groups.union(&users).cloned().collect())
}

/// Folders that tmpfiles.d makes: path to mode, user, group.
fn folders() -> BTreeMap<String, (u32, String, String)> {
    let all = table("tmpfiles.d");
    let count = all.len();
    let folder = |line: Vec<String>| {
        assert_eq!((line[0].as_str(), line.len()), ("d", 6), "{line:?}");
        let mode = u32::from_str_radix(&line[2], 8).unwrap();
        (line[1].clone(), (mode, line[3].clone(), line[4].clone()))
    };
    let (links, folders): (Vec<_>, Vec<_>) = all.into_iter().partition(|line| line[0] == "L");
    let link: Vec<_> = links.iter().map(|line| (line[1].as_str(), line[6].as_str())).collect();
    assert_eq!(link, [("/var/lib/decnet/current", "worker/current")]);
    let folders: BTreeMap<_, _> = folders.into_iter().map(folder).collect();
    assert_eq!(folders.len() + links.len(), count, "no path is two packages'");
    folders
}

fn command(program: &str) -> clap::Command {
    match program {
        "decnet-agent" => decnet_agent::command(),
        "decnet-forwarder" => decnet_forwarder::command(),
        "decnet-listener" => decnet_listener::command(),
        "decnet-master" => decnet_master::command(),
        "decnet-updater" => decnet_updater::command(),
        _ => unreachable!("{program} has no command line here"),
    }
}

/// Where what a unit starts stands: below the link that is switched, or where no push reaches.
fn place(program: &str) -> String {
    match program {
        "decnet-agent" | "decnet-forwarder" => format!("/var/lib/decnet/current/bin/{program}"),
        "decnet-updater" => format!("/var/lib/decnet/updater/current/bin/{program}"),
        "decnet-updater-helper" => format!("/usr/lib/decnet/{program}"),
        _ => format!("/usr/bin/{program}"),
    }
}

/// Whether a unit is of the program that no push replaces: it helps the updater, and is no daemon.
fn is_of_helper(unit: &Unit) -> bool {
    ["decnet-updater-helper@.service", "decnet-updater-watchdog.service"].contains(&unit.name.as_str())
}

/// Units of daemons, each of a program of its own.
fn daemons() -> Vec<Unit> {
    units().into_iter().filter(|unit| !is_of_helper(unit)).collect()
}

#[test]
fn every_unit_starts_its_own_program_with_words_that_it_takes() {
    let daemons = daemons();
    let names: Vec<_> = daemons.iter().map(|unit| unit.name.as_str()).collect();
    let expect =
        ["agent", "forwarder", "listener", "master", "updater"].map(|role| format!("decnet-{role}.service"));
    assert_eq!(names, expect);
    for unit in units() {
        assert_eq!(unit.all("ExecStart").len(), 1, "{}", unit.name);
        let words = unit.words("ExecStart");
        let name = Path::new(words[0]).file_name().unwrap().to_str().unwrap();
        assert_eq!(words[0], place(name), "{}", unit.name);
        // A daemon of the service manager does not go into the background.
        assert!(!words.contains(&"--daemon") && unit.get("Type") == Some("simple"), "{}", unit.name);
        if is_of_helper(&unit) {
            assert_eq!((name, words.len()), ("decnet-updater-helper", 2), "{}", unit.name);
            continue;
        }
        assert_eq!(format!("{name}.service"), unit.name);
        let parsed = command(name).try_get_matches_from(&words);
        assert!(parsed.is_ok(), "{}: {}", unit.name, parsed.unwrap_err());
    }
}

#[test]
fn every_unit_has_a_user_who_exists_and_all_but_the_forwarder_one_of_their_own() {
    let (users, groups) = users_and_groups();
    let mut seen = BTreeSet::new();
    for unit in daemons() {
        let user = unit.get("User").expect("a user");
        // The forwarder has the agent's place in the swarm: its keys are that user's alone.
        let is_own = seen.insert(user.to_owned()) || unit.name == "decnet-forwarder.service";
        assert!(users.contains(user) && is_own, "{}: {user}", unit.name);
        for group in unit.words("Group").into_iter().chain(unit.words("SupplementaryGroups")) {
            assert!(groups.contains(group), "{}: {group}", unit.name);
        }
    }
    assert_eq!(seen, users, "nobody else is made");
    // The manager obeys root alone; whoever waits for a new updater is the old one's user.
    let helpers: Vec<_> = units().into_iter().filter(is_of_helper).collect();
    let users: Vec<_> = helpers.iter().map(|unit| unit.get("User").unwrap()).collect();
    assert_eq!(users, ["root", "decnet-updater"]);
    for line in table("sysusers.d").iter().filter(|line| line[0] == "m") {
        assert!(seen.contains(&line[1]) && groups.contains(&line[2]), "{line:?}");
    }
}

#[test]
fn every_folder_that_a_unit_writes_to_is_its_users() {
    let folders = folders();
    let (users, groups) = users_and_groups();
    for (path, (mode, user, group)) in &folders {
        let is_known = |name: &String, known: &BTreeSet<String>| name == "root" || known.contains(name);
        assert!(is_known(user, &users) && is_known(group, &groups), "{path}: {user} {group}");
        // One in which others have something, too, is sticky: nobody takes away what is another's.
        let others = if mode & 0o1000 == 0 { 0o022 } else { 0o002 };
        assert_eq!(mode & others, 0, "{path}: only its owner writes");
    }
    for unit in units() {
        let user = unit.get("User").unwrap();
        for path in unit.words("ReadWritePaths") {
            let (mode, owner, group) =
                folders.get(path).unwrap_or_else(|| panic!("{}: no folder {path}", unit.name));
            let by_group =
                mode & 0o1020 == 0o1020 && unit.words("SupplementaryGroups").contains(&group.as_str());
            assert!(owner == user || by_group, "{}: {path}", unit.name);
        }
    }
    for unit in daemons() {
        // A folder for locks that is its own, where `daemon` looks for one.
        let runtime = unit.get("RuntimeDirectory").expect("a folder for locks");
        let environment = unit.words("Environment");
        let named = environment.iter().find_map(|word| word.strip_prefix("XDG_RUNTIME_DIR=")).unwrap();
        let locks = if runtime == "decnet" { "/run".to_owned() } else { format!("/run/{runtime}") };
        assert_eq!(named, locks, "{}", unit.name);
    }
    for private in [
        "/etc/decnet/agent",
        "/etc/decnet/listener",
        "/etc/decnet/updater",
        "/var/lib/decnet/swarm",
        "/var/lib/decnet/record",
        "/var/lib/decnet/agent",
    ] {
        assert_eq!(folders[private].0, 0o700, "{private}");
    }
}

#[test]
fn the_folders_of_the_configuration_are_there_and_may_be_written() {
    let (folders, units) = (folders(), units());
    let default = |name: &str| {
        let keys = SECTIONS.iter().flat_map(|section| section.keys);
        keys.filter(|key| key.name() == name).map(|key| key.default).next().unwrap()
    };
    let writes = |unit: &str, path: &str| {
        let unit = units.iter().find(|one| one.name == unit).unwrap();
        assert!(folders.contains_key(path), "no folder {path}");
        let is_below = |folder: &&str| Path::new(path).starts_with(folder);
        assert!(unit.words("ReadWritePaths").iter().any(is_below), "{}: {path}", unit.name);
    };
    let state = default("state-directory");
    writes("decnet-agent.service", default("agent-dir"));
    writes("decnet-agent.service", default("artifacts-root"));
    writes("decnet-agent.service", &format!("{state}/agent"));
    let log = Path::new(default("ingest-log-file")).parent().unwrap();
    writes("decnet-agent.service", log.to_str().unwrap());
    writes("decnet-forwarder.service", default("forwarder-state"));
    writes("decnet-forwarder.service", default("agent-dir"));
    writes("decnet-listener.service", default("spool-directory"));
    writes("decnet-listener.service", default("master-artifacts-root"));
    let log = Path::new(default("master-log-file")).parent().unwrap();
    writes("decnet-listener.service", log.to_str().unwrap());
    writes("decnet-updater.service", default("updater-dir"));
    writes("decnet-updater.service", &format!("{state}/updater"));
    writes("decnet-updater.service", &format!("{state}/worker"));
    writes("decnet-master.service", state);
    writes("decnet-master.service", &format!("{state}/swarm"));
    writes("decnet-master.service", &format!("{state}/record"));
    let socket = Path::new(default("agent-socket")).parent().unwrap();
    let agent = units.iter().find(|unit| unit.name == "decnet-agent.service").unwrap();
    assert_eq!(socket, Path::new("/run").join(agent.get("RuntimeDirectory").unwrap()));
}

/// What agent and listener collect the master reads, by their common group, and what else they keep it
/// does not see.
#[test]
fn the_master_reads_what_is_collected_and_no_more() {
    let (folders, units) = (folders(), units());
    let unit = |name: &str| units.iter().find(|unit| unit.name == name).unwrap();
    let master = unit("decnet-master.service");
    let hidden: Vec<_> =
        master.words("InaccessiblePaths").iter().map(|path| path.trim_start_matches('-')).collect();
    let is_hidden = |path: &str| hidden.iter().any(|above| Path::new(path).starts_with(above));
    for (writer, collected) in [
        ("decnet-agent.service", "/var/log/decnet"),
        ("decnet-agent.service", "/var/lib/decnet/artifacts"),
        ("decnet-listener.service", "/var/log/decnet/master"),
        ("decnet-listener.service", "/var/lib/decnet/master-artifacts"),
    ] {
        let (mode, _, group) = &folders[collected];
        assert!(!is_hidden(collected), "{collected}");
        assert_eq!(mode & 0o077, 0o050, "{collected}: its group reads, and nobody else");
        // A new file is of the group that its writer is in first.
        for one in [unit(writer), master] {
            assert_eq!(one.get("Group"), Some(group.as_str()), "{}", one.name);
        }
        assert_eq!(unit(writer).get("UMask"), Some("0027"), "{writer}");
    }
    let own = ["/var/lib/decnet/swarm", "/var/lib/decnet/record"];
    for (path, (_, user, _)) in folders.iter().filter(|(_, (mode, ..))| mode & 0o077 == 0) {
        let is_own = own.contains(&path.as_str());
        assert_eq!((is_hidden(path), user == "decnet-master"), (!is_own, is_own), "{path}");
    }
}

/// With the variables of its unit, each program takes the shipped configuration.
#[test]
fn the_environment_of_every_unit_is_configuration() {
    let example = deploy().join("decnet.ini.example");
    for unit in daemons() {
        let words = unit.words("Environment");
        let pairs = words.iter().map(|word| word.split_once('=').unwrap());
        let ours = pairs.filter(|(name, _)| name.starts_with(PREFIX));
        let ours = ours.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let environment = Environment { decnet: ours, ..Environment::default() };
        let line = CommandLine { config_file: Some(example.clone()), flags: Vec::new() };
        let decnet = match unit.name.as_str() {
            "decnet-agent.service" => config::load::<config::Agent>(&line, &environment).unwrap().decnet,
            "decnet-master.service" => config::load::<config::Master>(&line, &environment).unwrap().decnet,
            "decnet-forwarder.service" => {
                config::load::<config::Forwarder>(&line, &environment).unwrap().decnet
            }
            "decnet-listener.service" => {
                config::load::<config::Listener>(&line, &environment).unwrap().decnet
            }
            _ => config::load::<config::Updater>(&line, &environment).unwrap().decnet,
        };
        assert_eq!(decnet.system_logs, None, "{}: diagnostics go to the journal", unit.name);
    }
}

#[test]
fn every_unit_has_the_least_rights() {
    let capabilities = |name: &str| match name {
        "decnet-agent.service" => vec!["CAP_NET_ADMIN", "CAP_NET_RAW"],
        _ => vec![],
    };
    for unit in units() {
        for key in ["CapabilityBoundingSet", "AmbientCapabilities"] {
            assert!(unit.get(key).is_some(), "{} says nothing of {key}", unit.name);
            assert_eq!(unit.words(key), capabilities(&unit.name), "{}: {key}", unit.name);
        }
        let docker = unit.words("SupplementaryGroups").contains(&"docker");
        assert_eq!(docker, unit.name == "decnet-agent.service", "{}", unit.name);
        let hidden = unit.words("InaccessiblePaths").contains(&"-/run/docker.sock");
        let is_its_user = unit.get("User") == Some("decnet-agent") && unit.name != "decnet-agent.service";
        assert!(hidden || !is_its_user, "{}: that user may speak to Docker", unit.name);
        let tunables = (unit.name != "decnet-agent.service").then_some("yes");
        assert_eq!(unit.get("ProtectKernelTunables"), tunables, "{}", unit.name);
        for key in [
            "NoNewPrivileges",
            "ProtectHome",
            "PrivateTmp",
            "PrivateDevices",
            "ProtectKernelModules",
            "ProtectKernelLogs",
            "ProtectControlGroups",
            "ProtectClock",
            "ProtectHostname",
            "RestrictNamespaces",
            "RestrictRealtime",
            "RestrictSUIDSGID",
            "LockPersonality",
            "MemoryDenyWriteExecute",
        ] {
            assert_eq!(unit.get(key), Some("yes"), "{}: {key}", unit.name);
        }
        assert_eq!(unit.get("ProtectSystem"), Some("strict"), "{}", unit.name);
        assert_eq!(unit.get("SystemCallArchitectures"), Some("native"), "{}", unit.name);
        assert_eq!(unit.all("SystemCallFilter")[..2], ["@system-service", "~@privileged @resources"]);
        let families = unit.words("RestrictAddressFamilies");
        assert_eq!(families.contains(&"AF_PACKET"), unit.name == "decnet-agent.service", "{}", unit.name);
    }
}

/// What a tool of systemd says, or nothing where the machine has none; then the test has nothing to do.
fn tool(name: &str, arguments: &[impl AsRef<std::ffi::OsStr>]) -> Option<Output> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: this machine has no {name}");
            None
        }
        Err(error) => unreachable!("{name}: {error}"),
    }
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let dir = tempfile::tempdir().unwrap();
    for unit in units() {
        // The programs are not installed where tests run.
        let source = fs::read_to_string(deploy().join("systemd").join(&unit.name)).unwrap();
        let program = unit.words("ExecStart")[0].to_owned();
        let copy = dir.path().join(&unit.name);
        fs::write(&copy, source.replace(&program, "/bin/true")).unwrap();
        let Some(output) = tool("systemd-analyze", &["verify", "--man=no", copy.to_str().unwrap()]) else {
            return;
        };
        let said = text(&output);
        let ours: Vec<_> = said.lines().filter(|line| line.contains("decnet-")).collect();
        assert!(output.status.success() && ours.is_empty(), "{}: {said}", unit.name);
    }
}

/// Exposure as systemd counts it, from 0 (none) to 100. What the agent has beyond the others is said
/// in its unit.
#[test]
fn systemd_finds_little_exposure() {
    for unit in units() {
        let most = if unit.name == "decnet-agent.service" { "25" } else { "15" };
        let path = deploy().join("systemd").join(&unit.name);
        let threshold = format!("--threshold={most}");
        let arguments = ["security", "--offline=yes", "--no-pager", &threshold, path.to_str().unwrap()];
        let Some(output) = tool("systemd-analyze", &arguments) else { return };
        assert!(output.status.success(), "{}", text(&output));
        println!("{}", text(&output).lines().last().unwrap_or_default());
    }
}

/// Users and folders as the tools make them, in a folder of the test's own.
#[test]
fn systemd_makes_users_and_folders() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("etc")).unwrap();
    let root = format!("--root={}", dir.path().display());
    let configs = |folder: &str| -> Vec<String> {
        files(folder).into_iter().map(|path| path.to_str().unwrap().to_owned()).collect()
    };
    let arguments = [vec![root.clone()], configs("sysusers.d")].concat();
    let Some(output) = tool("systemd-sysusers", &arguments) else { return };
    assert!(output.status.success(), "{}", text(&output));
    let passwd = fs::read_to_string(dir.path().join("etc/passwd")).unwrap();
    let group = fs::read_to_string(dir.path().join("etc/group")).unwrap();
    let id = |name: &str| -> u32 {
        let line = passwd.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap();
        assert!(line.ends_with("nologin"), "{line}");
        line.split(':').nth(2).unwrap().parse().unwrap()
    };
    let members =
        |name: &str| group.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap().to_owned();
    assert!(members("decnet").contains("decnet-agent") && members("decnet").contains("decnet-master"));
    // The agent's unit alone adds the group: the forwarder is the same user.
    assert!(members("docker").ends_with(':'), "nobody");

    let arguments = [vec!["--create".to_owned(), root], configs("tmpfiles.d")].concat();
    let Some(output) = tool("systemd-tmpfiles", &arguments) else { return };
    assert!(output.status.success(), "{}", text(&output));
    for (path, (mode, user, _)) in folders() {
        let made = fs::metadata(dir.path().join(path.trim_start_matches('/'))).unwrap();
        assert_eq!(made.permissions().mode() & 0o7777, mode, "{path}");
        let owner = if user == "root" { 0 } else { id(&user) };
        assert_eq!(made.uid(), owner, "{path}");
    }
}
