//! The listener beside the controller, on hosts where no service manager runs the two.
//!
//! It is a process of its own, found again by its pid file: it outlives the controller, so that a new
//! one costs no line, and is not started twice. One that ends is started again.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use decnet_daemon::{
    config::{Config, Listener, Master},
    detach::{self, Daemon, DetachError},
    process::Process,
    runtime_dir,
};
use tokio::{net::TcpStream, time::Instant};

use crate::cli::Context;

/// Name of its program.
const NAME: &str = "decnet-listener";

/// How long it may take until it takes logs.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often it is looked after.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The first pause before it is started again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// One that ran so long is started again after the first pause.
const STEADY: Duration = Duration::from_secs(60);

/// How the listener is started.
#[derive(Debug)]
pub(crate) struct Listening {
    daemon: Daemon,
    path: Vec<PathBuf>,
    /// Where it takes logs when it has begun.
    door: SocketAddr,
}

impl Listening {
    /// What is started of a command line that has no flags yet which only masters know.
    pub(crate) fn of(context: &Context) -> anyhow::Result<Self> {
        let own = context.listener_config()?;
        let daemon = Daemon {
            program: PathBuf::from(NAME),
            arguments: context.host_arguments(),
            output: own.role.master_log_file.with_extension("listener.log"),
            pid_file: runtime_dir::open(&context.environment)?.join("listener.pid"),
        };
        Ok(Self { daemon, path: context.environment.path.clone(), door: door(&own) })
    }

    /// With the program of this configuration.
    pub(crate) fn with(mut self, config: &Config<Master>) -> Self {
        let configured = config.role.listener_program.clone();
        self.daemon.program = configured.unwrap_or_else(|| program(&self.path));
        self
    }

    /// Starts it, and again when it ends, until this is dropped.
    pub(crate) async fn keep_forever(self) {
        let (mut pause, mut told) = (PAUSES.0, None);
        loop {
            let begun = Instant::now();
            let why = match self.start().await {
                Ok(process) => {
                    tracing::info!("the listener runs as process {}", process.pid);
                    while process.is_alive() {
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                    format!("it ended; see {}", self.daemon.output.display())
                }
                Err(error) => decnet_proto::problem::chain(&error),
            };
            if begun.elapsed() >= STEADY {
                (pause, told) = (PAUSES.0, None);
            }
            if told.as_ref() != Some(&why) {
                tracing::warn!("no logs are taken from workers: the listener does not run: {why}");
                told = Some(why);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    async fn start(&self) -> Result<Process, DetachError> {
        let answers = async || TcpStream::connect(self.door).await.is_ok();
        detach::start(&self.daemon, PATIENCE, answers).await
    }
}

/// The program beside ours, or the one in PATH; one that is nowhere is told of when it is started.
fn program(path: &[PathBuf]) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from(NAME));
    let beside = own.with_file_name(NAME);
    let in_path = path.iter().map(|dir| dir.join(NAME));
    let found = [beside.clone()].into_iter().chain(in_path).find(|path| path.is_file());
    found.unwrap_or(beside)
}

/// Where a listener of this configuration is reached from this host.
fn door(config: &Config<Listener>) -> SocketAddr {
    let ip = match config.role.listener_host {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    // The table has no larger port.
    let port = u16::try_from(config.decnet.swarm_syslog_port.get()).unwrap_or(u16::MAX);
    SocketAddr::new(ip, port)
}

#[cfg(test)]
mod tests {
    use std::{fs, net::TcpListener, path::Path};

    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };

    use super::*;

    fn listening(dir: &Path, door: SocketAddr) -> Listening {
        let script = format!("echo begun >> {}/begun; exec sleep 60", dir.display());
        let daemon = Daemon {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            output: dir.join("listener.log"),
            pid_file: dir.join("listener.pid"),
        };
        Listening { daemon, path: Vec::new(), door }
    }

    /// Waits until it was begun this often and runs.
    async fn runs(dir: &Path, begun: usize) -> Process {
        for _ in 0..1000 {
            let count = fs::read_to_string(dir.join("begun")).unwrap_or_default().lines().count();
            let process = decnet_daemon::pidfile::read(&dir.join("listener.pid")).unwrap();
            if let (true, Some(process)) = (count == begun, process) {
                return process;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it was not begun {begun} times");
    }

    fn end(process: Process) {
        kill(Pid::from_raw(i32::try_from(process.pid).unwrap()), Signal::SIGKILL).unwrap();
    }

    #[tokio::test]
    async fn it_outlives_the_controller_is_found_again_and_started_when_it_has_ended() {
        let dir = tempfile::tempdir().unwrap();
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let listening = || listening(dir.path(), door.local_addr().unwrap());
        let process = tokio::select! {
            process = runs(dir.path(), 1) => process,
            () = listening().keep_forever() => panic!("it was given up"),
        };
        assert!(process.is_alive(), "it ended with the controller");
        let again = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(runs(dir.path(), 1).await, process, "there are two");
            end(process);
            runs(dir.path(), 2).await
        };
        let next = tokio::select! {
            process = again => process,
            () = listening().keep_forever() => panic!("it was given up"),
        };
        assert_ne!(next, process);
        end(next);
    }

    #[test]
    fn the_program_beside_ours_is_meant_where_there_is_none_in_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let beside = std::env::current_exe().unwrap().with_file_name(NAME);
        assert_eq!(program(&[dir.path().to_owned()]), beside);
        fs::write(dir.path().join(NAME), "").unwrap();
        assert_eq!(program(&[dir.path().to_owned()]), dir.path().join(NAME));
    }
}
