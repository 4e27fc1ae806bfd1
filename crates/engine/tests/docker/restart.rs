//! An engine that goes and comes back, as with an upgrade or a reboot: one of the test's own.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use decnet_composer::{
    deployment::{Deployment, Image, Role, Steps},
    diff::diff,
};
use decnet_engine::{Engine, EngineError, observe, recording::RecordingHost};

use crate::{deploy::converge, sample::joined, site::Site};

/// A Docker with all its state in one folder, which goes with it.
struct OwnDocker {
    folder: PathBuf,
    process: Option<Child>,
}

impl OwnDocker {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from("/run").join(name);
        end_leftover(&folder);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        let mut docker = Self { folder, process: None };
        docker.start();
        docker
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("docker.sock")
    }

    fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let option = |name: &str, path: &str| format!("--{name}={}", self.folder.join(path).display());
        let process = Command::new("dockerd")
            .args([option("data-root", "data"), option("exec-root", "exec"), option("pidfile", "pid")])
            .arg(format!("--host=unix://{}", self.socket().display()))
            .args(["--bridge=none", "--iptables=false", "--ip6tables=false", "--shutdown-timeout=5"])
            .stderr(log.try_clone().unwrap())
            .stdout(log)
            .stdin(Stdio::null())
            .spawn();
        self.process = Some(process.unwrap());
    }

    fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        drop(Command::new("kill").arg(process.id().to_string()).status());
        process.wait().unwrap();
    }
}

impl Drop for OwnDocker {
    fn drop(&mut self) {
        self.stop();
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Ends the engine of a test that was killed, if it is that and nothing else.
fn end_leftover(folder: &Path) {
    let Ok(pid) = fs::read_to_string(folder.join("pid")) else { return };
    let process = Path::new("/proc").join(pid.trim());
    let is_it = || {
        let command = fs::read(process.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(folder.to_str().unwrap())
    };
    if is_it() {
        drop(Command::new("kill").arg(pid.trim()).status());
        while is_it() {
            std::thread::yield_now();
        }
    }
}

/// Until it answers; the deadline is that of the test.
async fn answering<E: Engine>(engine: &E) {
    while engine.about().await.is_err() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_fleet_comes_back_with_its_engine() {
    let site = Site::new(16);
    let mut own = OwnDocker::new("t-eng-16");
    let docker = site.docker_with(|settings| settings.socket = own.socket());
    answering(&docker).await;
    let host = RecordingHost::new();
    let base = site.decoy("base", 21);
    let service = joined(&base, Role::Service, "http", Image::Decoy);
    let containers = vec![site.decoy("a", 20), base, service];
    let wanted = Deployment { generation: 1, network: site.network.clone(), containers };
    assert_eq!(converge(&docker, &host, &wanted).await.1, []);
    let before = docker.observe().await.unwrap();

    own.stop();
    let error = docker.observe().await.unwrap_err();
    assert!(matches!(&error, EngineError::Unreachable { .. }), "{error:?}");
    own.start();
    answering(&docker).await;
    let after = docker.observe().await.unwrap();
    assert_eq!((after.network, after.decoy_image), (before.network, before.decoy_image));
    // Those with an address of their own are back without us; one that joins may have been
    // started too early by the engine, and a look at it mends that.
    let a = after.containers.iter().find(|c| c.name == "t-eng-16-a").unwrap();
    assert!(a.running && a.started_at > before.containers[0].started_at);
    assert_eq!(converge(&docker, &host, &wanted).await.1, []);
    let mended = observe(&docker, &host).await.unwrap();
    assert!(mended.containers.len() == 3 && mended.containers.iter().all(|c| c.running), "{mended:?}");
    assert_eq!(diff(&wanted, &mended), Steps::default());

    let nothing = decnet_composer::diff::teardown_all(&mended);
    let options = crate::deploy::OPTIONS;
    assert_eq!(decnet_engine::execute(&docker, &host, &nothing, options, &|_| {}).await, []);
}
