//! The program and its watchdog, in a namespace with a `/run` of its own: its own update, and what it does
//! after it was killed.

use std::{
    env, fs,
    net::SocketAddr,
    os::unix::fs::symlink,
    process::{Child, Command, Stdio},
    time::Duration,
};

use decnet_membership::{Part as Role, testing::Controller};
use decnet_proto::swarm::updater::{Conclusion, Health, Outcome, Phase, Releases, Route, Seen};
use decnet_release::{Part, SigningKey};
use tempfile::TempDir;

use crate::{
    host::{end, free_port, join},
    push::Master,
    releases::{Does, Made, facts, worker},
};

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A release of the real updater; it runs from a copy of its own, as one that was installed.
fn updater(number: &str, first: &str) -> Made {
    let script = format!(
        "#!/bin/sh\n{first}\nHERE=$(dirname \"$(readlink -f \"$0\")\")\n\
         [ -e \"$HERE/real\" ] || ln \"$UPDATER\" \"$HERE/real\" || cp \"$UPDATER\" \"$HERE/real\"\n\
         exec \"$HERE/real\" \"$@\"\n"
    );
    Made::new(facts(Part::Updater, number), [("bin/decnet-updater".to_owned(), script.into_bytes())].into())
}

/// Starts the updater, and stand-ins where they are wanted and do not run, with PID files below `$DIR/run`.
const LIFE: &str = r#"
mount -t tmpfs none /run && mkdir /run/decnet && mount --bind "$DIR/run" /run/decnet
for program in $PROGRAMS; do
    "$DIR/var/worker/current/bin/decnet-$program" >/dev/null 2>&1 &
done
exec "$DIR/var/updater/current/bin/decnet-updater" run --config-file "$DIR/decnet.ini"
"#;

struct Alone {
    dir: TempDir,
    controller: Controller,
    key: SigningKey,
    address: SocketAddr,
    status: SocketAddr,
    packaged: Made,
    children: Vec<Child>,
}

impl Alone {
    async fn new() -> Self {
        let (dir, controller) = (tempfile::tempdir().unwrap(), Controller::start().await);
        let (key, address, status) = (SigningKey::draw().unwrap(), free_port(), free_port());
        let at = dir.path();
        join(&controller, &at.join("identity"), Some(&key)).await;
        fs::create_dir(at.join("run")).unwrap();
        let packaged = updater("0.1.0", "");
        for (root, releases, made) in [
            ("var/updater", "usr/updater/releases", &packaged),
            ("var/worker", "usr/releases", &worker("0.1.0", Does::Well, Does::Well)),
        ] {
            fs::create_dir_all(at.join(root)).unwrap();
            symlink(made.unpacked(&at.join(releases)), at.join(root).join("current")).unwrap();
        }
        let (text, status_port, port) = (at.display(), status.port(), address.port());
        let helper = env!("CARGO_BIN_EXE_decnet-updater-helper");
        let ini = format!(
            "[decnet]\nagent-socket = {text}/agent.sock\nstate-directory = {text}/state\n\
             ingest-log-file = {text}/decnet.log\nsystem-logs = {text}/system.log\n\
             forwarder-status-port = {status_port}\n\
             [updater]\nupdater-dir = {text}/identity\nupdater-host = 127.0.0.1\nupdater-port = {port}\n\
             updater-root = {text}/var\nupdater-packages = {text}/usr\nupdater-deadline = 5\n\
             updater-helper = {helper}\n"
        );
        fs::write(at.join("decnet.ini"), ini).unwrap();
        Self { dir, controller, key, address, status, packaged, children: Vec::new() }
    }

    /// Starts the updater with these stand-ins, and waits until it answers.
    async fn start(&mut self, programs: &str) -> Health {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", LIFE]).env("DIR", self.dir.path()).env("PROGRAMS", programs);
        command.env("UPDATER", env!("CARGO_BIN_EXE_decnet-updater"));
        command.env("STAND_IN", env::current_exe().unwrap()).env("STAND_IN_STATUS", self.status.to_string());
        // The socket of its agent is there, and its PID files are where the updater looks for them.
        let home = self.dir.path().join("run");
        command.env("STAND_IN_HOME", home).stdin(Stdio::null());
        let output = fs::File::create(self.dir.path().join("output.log")).unwrap();
        self.children.push(command.stdout(Stdio::null()).stderr(output).spawn().unwrap());
        self.until("it answers", |_| true).await
    }

    /// Waits for a state of its health; that it does not answer is none.
    async fn until(&self, what: &str, is: impl Fn(&Health) -> bool) -> Health {
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

    async fn releases(&self) -> Releases {
        let client = self.controller.master(Role::Updater, self.address);
        client.get("GET", Route::Releases.path()).await.unwrap()
    }

    fn master(&self) -> Master {
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

#[tokio::test(flavor = "multi_thread")]
async fn the_updater_is_replaced_and_comes_back_by_itself_from_one_that_does_not_serve() {
    let mut host = Alone::new().await;
    let first = host.start("").await;
    assert_eq!(first.release, Some(host.packaged.digest()));

    let next = updater("0.2.0", "");
    let confirmed = "/v1/update-self?confirm_self=true";
    let (status, done) = host.master().push_to(confirmed, &next.archive(&host.key)).await;
    assert_eq!((status, done.unwrap().outcome), (200, Outcome::Queued));
    let second = host.until("the next one serves", |health| health.release == Some(next.digest())).await;
    assert!(second.boot != first.boot && second.pid != first.pid);
    host.until("its change is over", |health| health.change.is_none()).await;
    let line = host.releases().await.updater;
    assert_eq!(line.last.unwrap().result, Conclusion::Committed);

    for (number, first_words) in
        [("0.3.0", "echo 'no such library' >&2; exit 3"), ("0.4.0", "exec sleep 600")]
    {
        let bad = updater(number, first_words);
        let (status, done) = host.master().push_to(confirmed, &bad.archive(&host.key)).await;
        assert_eq!((status, done.unwrap().outcome), (200, Outcome::Queued), "{number}");
        let is_back = |health: &Health| health.boot != second.boot && health.change.is_none();
        let back = host.until("the one before is back", is_back).await;
        assert_eq!(back.release, Some(next.digest()), "{number}");
        let last = host.releases().await.updater.last.unwrap();
        assert_eq!((last.result, &last.to.digest), (Conclusion::RolledBack, &bad.digest()), "{number}");
        assert!(last.output.contains("decnet-updater: "), "{number}: {}", last.output);
    }
    let older = updater("0.1.5", "");
    assert_eq!(host.master().push_to(confirmed, &older.archive(&host.key)).await.0, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_killed_while_it_probes_ends_that_when_it_runs_again() {
    let mut host = Alone::new().await;
    symlink(host.dir.path().join("run/agent.sock"), host.dir.path().join("agent.sock")).unwrap();
    host.start("agent forwarder").await;
    let both = |health: &Health| {
        matches!((&health.agent, &health.forwarder), (Some(Seen::Up(_)), Some(Seen::Up(_))))
    };
    let well = host.until("both answer", both).await;
    let Some(Seen::Up(before)) = well.agent else { panic!("it answered") };

    let bad = worker("0.2.0", Does::Hangs, Does::Well);
    let (master, archive) = (host.master(), bad.archive(&host.key));
    let pushed = tokio::spawn(async move { master.push(&archive).await });
    let is_probing =
        |health: &Health| health.change.as_ref().is_some_and(|change| change.phase == Phase::Probing);
    host.until("it probes", is_probing).await;
    end(&host.dir.path().join("run"), "updater");
    assert!(pushed.await.is_err(), "whoever pushed sees that it broke off");

    host.start("").await;
    let is_over = |health: &Health| health.change.is_none() && both(health);
    let after = host.until("the former ones run again", is_over).await;
    let Some(Seen::Up(agent)) = after.agent else { panic!("it answered") };
    assert_eq!(agent.release, before.release);
    assert_ne!(agent.boot, before.boot);
    assert_eq!(host.releases().await.worker.last.unwrap().result, Conclusion::RolledBack);
}
