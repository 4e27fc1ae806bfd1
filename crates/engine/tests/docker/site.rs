//! A place of its own for one test: a LAN that ends in a veth, names that no fleet has, a
//! static program for an image, and a broom that also sweeps when the test fails.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use decnet_composer::deployment::Network;
use decnet_engine::docker::{Docker, Settings};
use decnet_proto::plan::LinkDriver;

/// What one test may use; all of it is gone when this is.
pub(crate) struct Site {
    pub(crate) docker: Docker,
    pub(crate) network: Network,
    name: String,
}

impl Site {
    /// `number` makes names and subnet unlike those of the other tests.
    pub(crate) fn new(number: u8) -> Self {
        let name = format!("t-eng-{number}");
        sweep(&name);
        let (near, far) = (name.clone(), format!("{name}p"));
        run("ip", &["link", "add", &near, "type", "veth", "peer", "name", &far]);
        run("ip", &["link", "set", &near, "addrgenmode", "none", "up"]);
        run("ip", &["link", "set", &far, "addrgenmode", "none", "up"]);
        let network = Network {
            driver: LinkDriver::Macvlan,
            parent: near,
            subnet: format!("10.177.{number}.0/24").parse().unwrap(),
            gateway: Some([10, 177, number, 1].into()),
            host_ip: None,
            routes: Vec::new(),
        };
        Self { docker: Docker::new(settings(&name)), network, name }
    }

    /// The same engine as another process would find it.
    pub(crate) fn docker_with(&self, change: impl FnOnce(&mut Settings)) -> Docker {
        let mut settings = settings(&self.name);
        change(&mut settings);
        Docker::new(settings)
    }

    /// Name of its Docker network.
    pub(crate) fn lan(&self) -> &str {
        &self.docker.settings().network
    }

    /// Names of containers begin with it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        sweep(&self.name);
    }
}

fn settings(name: &str) -> Settings {
    let mut settings = Settings::new(inmate());
    name.clone_into(&mut settings.fleet);
    settings.network = format!("{name}-lan");
    settings.repository = name.to_owned();
    settings
}

fn sweep(name: &str) {
    let by_label = format!("label=decnet.fleet={name}");
    for id in ids(&["ps", "--all", "--quiet", "--filter", &by_label]) {
        quietly("docker", &["rm", "--force", &id]);
    }
    for id in ids(&["network", "ls", "--quiet", "--filter", &format!("name={name}-lan")]) {
        quietly("docker", &["network", "rm", &id]);
    }
    quietly("docker", &["rm", "--force", &format!("{name}-own-1")]);
    quietly("docker", &["rmi", "--force", &format!("{name}-own:1")]);
    for id in ids(&["images", "--quiet", "--filter", &format!("reference={name}")]) {
        quietly("docker", &["rmi", "--force", &id]);
    }
    for id in ids(&["images", "--quiet", "--filter", &by_label]) {
        quietly("docker", &["rmi", "--force", &id]);
    }
    quietly("ip", &["link", "del", name]);
}

fn ids(arguments: &[&str]) -> Vec<String> {
    let output = Command::new("docker").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn quietly(program: &str, arguments: &[&str]) {
    drop(Command::new(program).args(arguments).output());
}

pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The static program, made once per build.
fn inmate() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/inmate.rs");
    let program = folder.join("inmate");
    let changed = |path: &Path| fs::metadata(path).and_then(|of| of.modified()).ok();
    if changed(&program) < changed(&source) {
        let new = folder.join(format!("inmate-{}", std::process::id()));
        let arguments = ["--edition=2024", "-O", "-Cstrip=symbols", "-Ctarget-feature=+crt-static"];
        let (from, to) = (source.to_str().unwrap(), new.to_str().unwrap());
        run("rustc", &[&arguments[..], &["-o", to, from]].concat());
        fs::rename(new, &program).unwrap();
    }
    program
}
