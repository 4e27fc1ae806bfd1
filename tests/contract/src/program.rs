//! The programs as a user runs them.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use tempfile::TempDir;

/// What a program answered.
#[derive(Debug)]
pub struct Answer {
    /// Exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said beside.
    pub stderr: String,
}

impl Answer {
    /// The printed JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("the output is JSON")
    }
}

/// `decnet-master` on a host of its own: an empty folder, an empty environment, no agent.
#[derive(Debug)]
pub struct Master {
    home: TempDir,
    variables: Vec<(String, String)>,
}

impl Default for Master {
    fn default() -> Self {
        Self::new()
    }
}

impl Master {
    /// A fresh host.
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let path = |name: &str| home.path().join(name).display().to_string();
        let variables = [
            ("DECNET_CONFIG", path("decnet.ini")),
            ("DECNET_AGENT_SOCKET", path("agent.sock")),
            ("DECNET_STATE_DIRECTORY", path("state")),
            ("DECNET_INGEST_LOG_FILE", path("decnet.log")),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        Self { home, variables }
    }

    /// The same with one more variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file into its folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// The same as the master of a swarm whose controller is at `url`, with the operator's token.
    #[must_use]
    pub fn of_swarm(self, url: &str) -> Self {
        std::fs::create_dir_all(self.path("state/swarm")).expect("made");
        self.write("state/swarm/operator.token", &format!("{}\n", crate::swarm::TOKEN));
        self.variable("DECNET_SWARMCTL_URL", url)
    }

    /// Everything in its folder, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        list(self.home.path(), "", &mut names);
        names.sort();
        names
    }

    /// Runs it with `arguments`, separated by blanks.
    pub fn run(&self, arguments: &str) -> Answer {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        Answer { code: status.code().expect("it ends by itself"), stdout: text(stdout), stderr: text(stderr) }
    }

    /// The command that [`Master::run`] runs.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(program("decnet-master"));
        command.args(arguments.split_whitespace()).env_clear().current_dir(self.home.path());
        command.envs(self.variables.iter().cloned());
        command
    }
}

fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("listed") {
        let entry = entry.expect("listed");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            list(&entry.path(), &format!("{name}/"), names);
        }
        names.push(name);
    }
}

/// Set by who has built every program of the workspace before the tests.
const BUILT: &str = "TEST_PROGRAMS_BUILT";

/// A program of this workspace. It is built first: cargo builds programs for the tests of
/// their own package only. Once per run is enough, and nextest has a process for each test.
fn program(name: &str) -> PathBuf {
    static ONCE: OnceLock<()> = OnceLock::new();
    let test = env::current_exe().expect("a test has a path");
    let profile = test.parent().and_then(Path::parent).expect("tests stand in target/<profile>/deps");
    ONCE.get_or_init(|| {
        if env::var_os(BUILT).is_some() {
            return;
        }
        let run = env::var("NEXTEST_RUN_ID").ok();
        let stamp = run.map(|run| env::temp_dir().join(format!("contract-{run}-{name}")));
        if stamp.as_ref().is_some_and(|stamp| stamp.exists()) {
            return;
        }
        let build =
            Command::new(env!("CARGO")).args(["build", "--quiet", "--package", name, "--bin", name]).status();
        assert!(build.expect("cargo runs").success(), "cannot build {name}");
        if let Some(stamp) = stamp {
            std::fs::write(stamp, "").expect("written");
        }
    });
    profile.join(name)
}
