//! Daemons that start, fail and stay silent: real shells stand for them.

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, getsid},
};

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

fn shell(dir: &Path, script: &str) -> Daemon {
    Daemon {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        output: dir.join("log/decnet.collector.log"),
        pid_file: dir.join("agent.pid"),
    }
}

fn end(process: Process) {
    kill(Pid::from_raw(process.pid.cast_signed()), Signal::SIGKILL).expect("it runs");
}

#[tokio::test]
async fn a_daemon_has_its_own_session_and_is_not_started_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let ready = dir.path().join("ready");
    let daemon = shell(dir.path(), &format!("echo begun; touch {}; exec sleep 60", ready.display()));
    let first = start(&daemon, PATIENCE, async || ready.exists()).await.expect("started");
    let pid = Pid::from_raw(first.pid.cast_signed());
    assert_eq!(getsid(Some(pid)).expect("a session"), pid);
    assert_eq!(pidfile::read(&daemon.pid_file).expect("read"), Some(first));
    let second = start(&daemon, PATIENCE, async || true).await.expect("found");
    assert_eq!(second, first);
    assert_eq!(fs::read_to_string(&daemon.output).expect("output"), "begun\n");
    end(first);
}

#[tokio::test]
async fn one_that_ends_at_once_is_told_with_its_last_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let daemon = shell(dir.path(), "echo the socket is in use >&2; exit 3");
    let error = start(&daemon, PATIENCE, async || false).await.expect_err("it ended").to_string();
    assert!(error.contains("exit status: 3") && error.contains("the socket is in use"), "{error}");
    assert!(!daemon.pid_file.exists());
}

#[tokio::test]
async fn one_that_does_not_answer_is_told_and_left() {
    let dir = tempfile::tempdir().expect("a folder");
    let daemon = shell(dir.path(), "exec sleep 60");
    let error = start(&daemon, Duration::ZERO, async || false).await.expect_err("it is silent");
    assert!(matches!(error, DetachError::Silent { .. }), "{error}");
    // The next one finds it there, and tells how it was started.
    let error = start(&daemon, Duration::ZERO, async || false).await.expect_err("it is silent").to_string();
    assert!(error.contains("was started as") && error.contains("sleep 60"), "{error}");
    end(pidfile::read(&daemon.pid_file).expect("read").expect("it runs"));
}

#[tokio::test]
async fn a_daemon_with_a_role_is_started_when_it_has_had_it_for_a_moment() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |script: &str| shell(dir.path(), &format!("cd {}; {script}", dir.path().display()));
    let role = (dir.path(), "agent");
    let begun = Instant::now();
    let daemon = at("sleep 0.2; echo $$ > agent.lock; exec sleep 60");
    let process = start_role(&daemon, role, PATIENCE).await.expect("it has its role");
    assert!(begun.elapsed() >= SETTLING);
    assert_eq!(start_role(&daemon, role, PATIENCE).await.expect("found"), process);
    end(process);
    while process.is_alive() {
        tokio::time::sleep(ASK_EVERY).await;
    }
    // What it finds amiss only then is still told.
    let error = start_role(&at("echo $$ > agent.lock; sleep 0.3; exit 3"), role, PATIENCE).await;
    assert!(matches!(error, Err(DetachError::Ended { .. })), "{error:?}");
    let error = start_role(&at("exec sleep 60"), role, Duration::from_secs(2)).await;
    assert!(matches!(error, Err(DetachError::Silent { .. })), "{error:?}");
    end(pidfile::read(&daemon.pid_file).expect("read").expect("it runs"));
}

#[tokio::test]
async fn one_that_ends_later_is_no_zombie() {
    let dir = tempfile::tempdir().expect("a folder");
    let process = start(&shell(dir.path(), "exec sleep 60"), PATIENCE, async || true).await.expect("started");
    end(process);
    let gone = async {
        while Path::new(&format!("/proc/{}", process.pid)).exists() {
            tokio::time::sleep(ASK_EVERY).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("it is reaped");
}

#[test]
fn output_stands_beside_the_log() {
    assert_eq!(
        output_beside(Path::new("/var/log/d/decnet.log")),
        Path::new("/var/log/d/decnet.collector.log")
    );
}
