//! Everything that must hold, in one run: lints, the rules of the tree, every test, what is shipped.

use std::{fs, path::PathBuf, process::ExitCode, thread, time::Instant};

use anyhow::{Context, Result, anyhow};
use lab::{Raised, process, workspace};
use serde::Deserialize;

use crate::{
    database_server::{self, Server, Sort, Writes},
    dist, image, lint, tidy, tty,
};

/// What the machine lacks, if a probe fails.
#[derive(Deserialize)]
struct Capability {
    name: String,
    probe: String,
    reason: String,
    /// The tests that need it, as a filter of nextest.
    tests: String,
}

#[derive(Deserialize)]
struct Unavailable {
    capability: Vec<Capability>,
}

/// On which the tests of the record are run once more, and how they are told where it is.
const SERVERS: [(Sort, &str); 2] =
    [(Sort::Postgres, "RECORD_TEST_POSTGRES"), (Sort::MariaDb, "RECORD_TEST_MARIADB")];

/// How many passed and how many did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    fn add(&mut self, name: &str, result: Result<()>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(error) => {
                println!("{} {name}: {error:#}", tty::red("failed"));
                self.failed += 1;
            }
        }
    }
}

/// Runs all of it. The last line counts what passed and what failed.
pub(crate) fn run() -> Result<ExitCode> {
    let start = Instant::now();
    let raised = lab::up()?;
    let mut tally = Tally::default();
    // It has a folder of its own to build in: the one waits while the other has but one crate left.
    let decoy = thread::spawn(|| image::build(image::Profile::Dev));
    // Fetched and unpacked meanwhile.
    let debian = thread::spawn(lab::booted::prepare);
    step("lint");
    tally.add("lint", lint::run());
    step("tidy");
    tally.add("tidy", tidy::run(&tidy::Options::default()));
    step("build");
    let decoy = decoy.join().unwrap_or_else(|_| Err(anyhow!("the build of the decoy broke down")));
    tally.add("build", decoy.map(drop));
    let debian = debian.join().unwrap_or_else(|_| Err(anyhow!("the making of a Debian broke down")));
    tally.add("debian", debian);
    step("test");
    let left_out = left_out()?;
    tally.add("servers of databases", database_server::install());
    let servers = SERVERS.map(|(sort, _)| Server::start(sort, Writes::Quick));
    let nextest = nextest(&left_out, &servers);
    for ((sort, _), server) in SERVERS.iter().zip(servers) {
        tally.add(sort.name(), server.map(drop));
    }
    let tests = junit_tally().context("reading what nextest reported")?;
    if nextest.is_err() && tests.failed == 0 {
        tally.add("nextest", nextest);
    }
    tally.passed += tests.passed;
    tally.failed += tests.failed;
    step("dist --check");
    tally.add("dist --check", dist::check());
    tally.add("clean-up", clean_up(&raised));
    println!("\nin {} s", start.elapsed().as_secs());
    for Capability { name, reason, .. } in &left_out {
        println!("left out what needs {name}: {reason}");
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    // The closing line is the last one; the exit code says the rest.
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn step(name: &str) {
    println!("\n{}", tty::bold(name));
}

/// What of `tests/lab/unavailable.toml` this machine lacks.
fn left_out() -> Result<Vec<Capability>> {
    let path = workspace::root().join("tests/lab/unavailable.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let list: Unavailable = toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let lacking = |capability: &Capability| {
        !process::succeeds(&mut process::command("sh", ["-c", capability.probe.as_str()]))
    };
    Ok(list.capability.into_iter().filter(lacking).collect())
}

/// Builds programs and tests together, for which their dependencies are built once, and runs the
/// tests: those of the lab, too, find programs and decoy in their usual places.
fn nextest(left_out: &[Capability], servers: &[Result<Server>; SERVERS.len()]) -> Result<()> {
    let _ = fs::remove_file(junit());
    let arguments = ["nextest", "run", "--locked", "--workspace", "--no-fail-fast"];
    let mut command = process::command("cargo", arguments);
    command.env("TEST_PROGRAMS_BUILT", "1");
    for ((_, variable), server) in SERVERS.iter().zip(servers) {
        command.envs(server.as_ref().ok().map(|server| (variable, server.url())));
    }
    if !left_out.is_empty() {
        let filters: Vec<_> = left_out.iter().map(|capability| format!("({})", capability.tests)).collect();
        command.args(["--filterset", &format!("not ({})", filters.join(" | "))]);
    }
    process::run(command.current_dir(workspace::root()))
}

/// Where nextest reports to; `.config/nextest.toml` says so.
fn junit() -> PathBuf {
    workspace::target().join("nextest/default/junit.xml")
}

/// The counts in the first element of the report.
fn junit_tally() -> Result<Tally> {
    let path = junit();
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let start = text.find("<testsuites ").context("no test suites")?;
    let element = text.get(start..).and_then(|rest| rest.split('>').next()).unwrap_or_default();
    let count = |name: &str| -> Result<u64> {
        let value = element.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
        value.and_then(|value| value.parse().ok()).with_context(|| format!("no count of {name}"))
    };
    let failed = count("failures")? + count("errors")?;
    Ok(Tally { passed: count("tests")?.saturating_sub(failed), failed })
}

/// Leaves the lab as it was found.
fn clean_up(raised: &Raised) -> Result<()> {
    lab::stage::strike()?;
    lab::swarm::stage::remove()?;
    lab::booted::remove_all()?;
    match raised {
        Raised::Stood => lab::engine::remove_fleet_on(lab::lan::PARENT),
        Raised::Made { .. } => lab::down(),
    }
}
