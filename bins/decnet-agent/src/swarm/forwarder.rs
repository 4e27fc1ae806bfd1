//! The forwarder beside the agent, on hosts where no service manager runs the two.
//!
//! It is a process of its own, found again by its pid file: it outlives the agent, and is not started
//! twice. One that ends is started again; when the host leaves its swarm, it is ended.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use decnet_daemon::{
    config::HostAddress,
    detach::{self, Daemon},
    process::Process,
    signals::Shutdown,
};
use decnet_engine::Engine;
use decnet_membership::{Membership, Pace, chance};
use decnet_pki::folder::HostFile;
use decnet_proto::agent::ForwarderStatus;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::time::{Instant, sleep};

use crate::{agent::Agent, machine::Machine};

/// Its role, by whose lock it is known to have begun.
const ROLE: &str = "forwarder";

/// How long it may take to begin: it looks the listener's host up first.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked after.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One that ran so long is started again at once.
const STEADY: Duration = Duration::from_secs(60);

/// How the forwarder is started.
#[derive(Clone, Debug)]
pub struct Forwarding {
    /// Its program.
    pub program: PathBuf,
    /// The configuration file that the agent was given.
    pub config_file: Option<PathBuf>,
    /// The listener's host; without it, the controller's.
    pub master_host: Option<HostAddress>,
    /// The listener's port.
    pub master_port: u32,
    /// Folder of the host's identity.
    pub identity: PathBuf,
    /// Folder of locks and pid files.
    pub runtime_dir: PathBuf,
}

impl Forwarding {
    /// What is started to ship `log_file`; nothing where nobody says to whom.
    fn daemon(&self, place: &HostFile, log_file: &Path) -> Option<Daemon> {
        let named = self.master_host.as_ref().map(HostAddress::to_string);
        let host = named.or_else(|| place.controller_host().map(str::to_owned))?;
        let flag = |flag: &str, value: OsString| [flag.into(), value];
        let mut arguments = Vec::new();
        arguments.extend(self.config_file.iter().flat_map(|file| flag("--config-file", file.into())));
        arguments.extend(flag("--master-host", host.into()));
        arguments.extend(flag("--master-port", self.master_port.to_string().into()));
        arguments.extend(flag("--agent-dir", self.identity.clone().into()));
        arguments.extend(flag("--log-file", log_file.into()));
        Some(Daemon {
            program: self.program.clone(),
            arguments,
            output: log_file.with_extension("forwarder.log"),
            pid_file: self.runtime_dir.join("forwarder.pid"),
        })
    }
}

/// How it stands with the forwarder; nothing where we do not see to one.
#[derive(Debug, Default)]
pub(crate) struct ForwarderState(Mutex<Option<ForwarderStatus>>);

impl ForwarderState {
    pub(crate) fn get(&self) -> Option<ForwarderStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, status: ForwarderStatus) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }
}

/// Starts the forwarder, and again when it ends, until the host leaves its swarm. It follows
/// `log_file`, or the one that a request named.
pub(crate) async fn keep_forever<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    membership: Arc<Membership>,
    forwarding: Forwarding,
    log_file: PathBuf,
) {
    let wanted = || agent.store().log_file().map_or_else(|| log_file.clone(), Path::to_owned);
    let (mut pace, mut told, mut left) = (Pace::default(), None, membership.left());
    while !left.is_requested() {
        let (begun, log) = (Instant::now(), wanted());
        let Some(daemon) = forwarding.daemon(membership.file(), &log) else { return };
        let why = match detach::start_role(&daemon, (&forwarding.runtime_dir, ROLE), PATIENCE).await {
            Ok(process) => {
                tracing::info!("the forwarder runs as process {}", process.pid);
                agent.forwarder.set(ForwarderStatus::Up(process.pid));
                watch(process, || wanted() == log, &mut left).await;
                format!("it ended; see {}", daemon.output.display())
            }
            Err(error) => decnet_engine::chain(&error),
        };
        agent.forwarder.set(ForwarderStatus::Down(why.clone()));
        if begun.elapsed() >= STEADY {
            (pace, told) = (Pace::default(), None);
        }
        if told.as_ref() != Some(&why) && !left.is_requested() {
            tracing::warn!("nothing is shipped to the master: the forwarder does not run: {why}");
            told = Some(why);
        }
        tokio::select! {
            () = sleep(pace.next(chance())) => {}
            () = left.requested() => return,
        }
    }
}

/// Waits until it is gone; ends it when the host leaves, or when it is to do something else.
async fn watch(process: Process, is_wanted: impl Fn() -> bool, left: &mut Shutdown) {
    let mut is_asked = false;
    while process.is_alive() {
        if !is_asked && (left.is_requested() || !is_wanted()) {
            is_asked = true;
            end(process);
        }
        tokio::select! {
            () = sleep(LOOK_EVERY) => {}
            () = left.requested(), if !is_asked => {}
        }
    }
}

fn end(process: Process) {
    let Ok(pid) = i32::try_from(process.pid) else { return };
    if let Err(error) = kill(Pid::from_raw(pid), Signal::SIGTERM) {
        tracing::warn!("cannot end the forwarder, process {pid}: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use decnet_daemon::config::Setting as _;

    use super::*;

    fn forwarding(master_host: Option<&str>) -> Forwarding {
        Forwarding {
            program: "/opt/decnet-forwarder".into(),
            config_file: Some("/etc/d.ini".into()),
            master_host: master_host.and_then(HostAddress::parse),
            master_port: 6514,
            identity: "/etc/decnet/agent".into(),
            runtime_dir: "/run/decnet".into(),
        }
    }

    fn place(controller: &str) -> HostFile {
        let id = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap();
        HostFile { id, name: "w1".parse().unwrap(), controller: controller.to_owned() }
    }

    #[test]
    fn it_is_told_whom_to_ship_to_as_whom_and_what() {
        let arguments = |forwarding: &Forwarding, controller: &str| {
            let daemon = forwarding.daemon(&place(controller), Path::new("/var/log/decnet.log"))?;
            let words: Vec<_> = daemon.arguments.iter().filter_map(|word| word.to_str()).collect();
            Some(words.join(" "))
        };
        let expect = |host: &str| {
            Some(format!(
                "--config-file /etc/d.ini --master-host {host} --master-port 6514 \
                 --agent-dir /etc/decnet/agent --log-file /var/log/decnet.log"
            ))
        };
        let controller = "https://m.example:8771";
        assert_eq!(arguments(&forwarding(Some("logs.example")), controller), expect("logs.example"));
        assert_eq!(arguments(&forwarding(None), controller), expect("m.example"));
        assert_eq!(arguments(&forwarding(None), "nowhere"), None);
    }

    #[test]
    fn its_output_and_pid_file_have_names_of_their_own() {
        let daemon =
            forwarding(None).daemon(&place("https://m:1"), Path::new("/var/log/decnet.log")).unwrap();
        assert_eq!(daemon.output, Path::new("/var/log/decnet.forwarder.log"));
        assert_eq!(daemon.pid_file, Path::new("/run/decnet/forwarder.pid"));
    }
    #[tokio::test]
    async fn one_that_is_to_do_something_else_is_ended() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let process = Process::find(child.id()).unwrap();
        let (_not_yet, mut left) = Shutdown::by_hand();
        let begun = Instant::now();
        watch(process, || begun.elapsed() < LOOK_EVERY / 2, &mut left).await;
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::SIGTERM as i32));
    }
}
