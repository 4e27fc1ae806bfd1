//! A host with the program itself, in a namespace with a `/run` of its own.

use std::{
    env, fs,
    net::SocketAddr,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use decnet_membership::{Part as Role, testing::Controller};
use decnet_proto::swarm::updater::{Health, Releases, Route};
use decnet_release::{Part, SigningKey};
use tempfile::TempDir;

use crate::{
    host::{end, free_port, join},
    push::Master,
    releases::{Made, facts, installed},
};

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A release of the real updater.
pub(crate) fn updater(number: &str, first: &str) -> Made {
    let program = installed("UPDATER", first);
    Made::new(facts(Part::Updater, number), [("bin/decnet-updater".to_owned(), program)].into())
}

/// Starts the updater, and stand-ins where they are wanted and do not run, with PID files below `$DIR/run`.
/// What the worker has is on a disk of its own, if `$ROOM` says how large that is.
const LIFE: &str = r#"
mount -t tmpfs none /run && mkdir /run/decnet && mount --bind "$DIR/run" /run/decnet
if [ -n "$ROOM" ]; then
    cp -a "$DIR/var/worker" "$DIR/kept"
    mount -t tmpfs -o "size=$ROOM" none "$DIR/var/worker" && cp -a "$DIR/kept/." "$DIR/var/worker"
fi
for program in $PROGRAMS; do
    "$DIR/var/worker/current/bin/decnet-$program" --config-file "$DIR/decnet.ini" >/dev/null 2>>"$DIR/output.log" &
done
exec "$DIR/var/updater/current/bin/decnet-updater" run --config-file "$DIR/decnet.ini"
"#;

/// A host on which the program runs.
pub(crate) struct Alone {
    pub(crate) dir: TempDir,
    pub(crate) controller: Controller,
    pub(crate) key: SigningKey,
    address: SocketAddr,
    status: SocketAddr,
    pub(crate) packaged: Made,
    /// How large the disk of the worker's releases is; empty for as large as all others.
    pub(crate) room: &'static str,
    children: Vec<Child>,
}

/// A program of another package, where it was built.
pub(crate) fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_decnet-updater")).with_file_name(name)
}

impl Alone {
    /// One with this release of the worker, and more in its configuration.
    pub(crate) async fn new(of_package: &Made, ini: &str) -> Self {
        let (dir, controller) = (tempfile::tempdir().unwrap(), Controller::start().await);
        let (key, address, status) = (SigningKey::draw().unwrap(), free_port(), free_port());
        let at = dir.path();
        join(&controller, &at.join("identity"), Some(&key)).await;
        fs::create_dir(at.join("run")).unwrap();
        let packaged = updater("0.1.0", "");
        for (root, releases, made) in
            [("var/updater", "usr/updater/releases", &packaged), ("var/worker", "usr/releases", of_package)]
        {
            fs::create_dir_all(at.join(root)).unwrap();
            symlink(made.unpacked(&at.join(releases)), at.join(root).join("current")).unwrap();
        }
        let (text, status_port, port) = (at.display(), status.port(), address.port());
        let helper = env!("CARGO_BIN_EXE_decnet-updater-helper");
        let own = format!(
            "[decnet]\nagent-socket = {text}/agent.sock\nstate-directory = {text}/state\n\
             ingest-log-file = {text}/decnet.log\nsystem-logs = {text}/system.log\n\
             forwarder-status-port = {status_port}\n\
             [updater]\nupdater-dir = {text}/identity\nupdater-host = 127.0.0.1\nupdater-port = {port}\n\
             updater-root = {text}/var\nupdater-packages = {text}/usr\nupdater-deadline = 5\n\
             updater-helper = {helper}\n"
        );
        fs::write(at.join("decnet.ini"), own + ini).unwrap();
        Self { dir, controller, key, address, status, packaged, room: "", children: Vec::new() }
    }

    /// Starts the updater with these stand-ins, and waits until it answers.
    pub(crate) async fn start(&mut self, programs: &str) -> Health {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", LIFE]).env("DIR", self.dir.path()).env("PROGRAMS", programs);
        command.env("UPDATER", env!("CARGO_BIN_EXE_decnet-updater")).env("ROOM", self.room);
        command.env("AGENT", beside("decnet-agent")).env("FORWARDER", beside("decnet-forwarder"));
        command.env("STAND_IN", env::current_exe().unwrap()).env("STAND_IN_STATUS", self.status.to_string());
        // The socket of its agent is there, and its PID files are where the updater looks for them.
        let home = self.dir.path().join("run");
        command.env("STAND_IN_HOME", home).stdin(Stdio::null());
        let output = fs::File::create(self.dir.path().join("output.log")).unwrap();
        self.children.push(command.stdout(Stdio::null()).stderr(output).spawn().unwrap());
        self.until("it answers", |_| true).await
    }

    /// Waits for a state of its health; that it does not answer is none.
    pub(crate) async fn until(&self, what: &str, is: impl Fn(&Health) -> bool) -> Health {
        let waited = tokio::time::timeout(LIMIT, async {
            loop {
                let client = self.controller.master(Role::Updater, self.address);
                if let Ok(health) = client.get("GET", Route::Health.path()).await
                    && is(&health)
                {
                    return health;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        waited.await.unwrap_or_else(|_| {
            let said = fs::read_to_string(self.dir.path().join("system.log")).unwrap_or_default();
            panic!("{what}: {said}")
        })
    }

    pub(crate) async fn releases(&self) -> Releases {
        let client = self.controller.master(Role::Updater, self.address);
        client.get("GET", Route::Releases.path()).await.unwrap()
    }

    /// A path below the folder of the worker's releases, as the updater sees it that was started last.
    pub(crate) fn seen(&self, path: &str) -> PathBuf {
        let folder = self.dir.path().join("var/worker").join(path);
        let folder = folder.strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.children.last().unwrap().id())).join(folder)
    }

    pub(crate) fn master(&self) -> Master {
        Master::new(&self.controller, self.address)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        for program in ["updater", "agent", "forwarder"] {
            end(&self.dir.path().join("run"), program);
        }
        for child in &mut self.children {
            child.wait().unwrap();
        }
    }
}
