//! Containers that emit, under names that no fleet has, and a broom.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The containers of one test; all of it is gone when this is.
pub(crate) struct Containers {
    fleet: String,
}

impl Containers {
    /// `number` makes names unlike those of the other tests.
    pub(crate) fn new(number: u8) -> Self {
        let containers = Self { fleet: format!("t-col-{number}") };
        containers.sweep();
        let folder = tempfile::tempdir().unwrap();
        fs::copy(emitter(), folder.path().join("init")).unwrap();
        fs::write(
            folder.path().join("Dockerfile"),
            "FROM scratch\nCOPY init /init\nENTRYPOINT [\"/init\"]\n",
        )
        .unwrap();
        let context = folder.path().to_str().unwrap();
        // Images of the same content would be one image, which another test may remove.
        let label = format!("decnet.test={}", containers.fleet);
        run(
            "docker",
            &["build", "--quiet", "--no-cache", "--label", &label, "--tag", &containers.fleet, context],
        );
        containers
    }

    pub(crate) fn fleet(&self) -> &str {
        &self.fleet
    }

    /// Name of the container of `decky`.
    pub(crate) fn name(&self, decky: &str) -> String {
        format!("{}-{decky}", self.fleet)
    }

    /// Starts a container: its role, the options of its log, and what the emitter is told.
    pub(crate) fn start(&self, decky: &str, role: &str, log: &[&str], arguments: &[&str]) {
        let (name, fleet) = (self.name(decky), format!("decnet.fleet={}", self.fleet));
        let (decky_label, role) = (format!("decnet.decky={decky}"), format!("decnet.role={role}"));
        let mut words = vec!["run", "--detach", "--network=none", "--log-driver=json-file", "--name", &name];
        for label in [&fleet, &decky_label, &role] {
            words.extend(["--label", label]);
        }
        for option in log {
            words.extend(["--log-opt", option]);
        }
        words.push(&self.fleet);
        words.extend(arguments);
        run("docker", &words);
    }

    pub(crate) fn docker(&self, verb: &[&str], decky: &str) {
        run("docker", &[verb, &[&self.name(decky)]].concat());
    }

    /// What Docker itself has of the standard output of a container.
    pub(crate) fn log(&self, decky: &str) -> Vec<String> {
        let output = Command::new("docker").args(["logs", &self.name(decky)]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    fn sweep(&self) {
        let by_label = format!("label=decnet.fleet={}", self.fleet);
        let output =
            Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &by_label]).output().unwrap();
        for id in String::from_utf8(output.stdout).unwrap().lines() {
            quietly(&["rm", "--force", id]);
        }
        quietly(&["rmi", "--force", &self.fleet]);
    }
}

impl Drop for Containers {
    fn drop(&mut self) {
        self.sweep();
    }
}

fn quietly(arguments: &[&str]) {
    drop(Command::new("docker").args(arguments).output());
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
}

/// The static program, made once per build.
fn emitter() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/emitter.rs");
    let program = folder.join("emitter");
    let changed = |path: &Path| fs::metadata(path).and_then(|of| of.modified()).ok();
    if changed(&program) < changed(&source) {
        let new = folder.join(format!("emitter-{}", std::process::id()));
        let arguments = ["--edition=2024", "-O", "-Cstrip=symbols", "-Ctarget-feature=+crt-static"];
        run("rustc", &[&arguments[..], &["-o", new.to_str().unwrap(), source.to_str().unwrap()]].concat());
        fs::rename(new, &program).unwrap();
    }
    program
}
