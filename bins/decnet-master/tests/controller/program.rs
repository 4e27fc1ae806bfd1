//! The program itself, as a service manager runs it.

use std::{
    io::Read as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use decnet_api::client::{Client, Way};
use decnet_proto::swarm::operator::{Health, Route};

use crate::{master::eventually, swarm::free_port};

/// A controller that was started by its command line, killed when it is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn started(dir: &Path, arguments: &[&str]) -> Program {
    let config = dir.join("decnet.ini");
    let log = dir.join("decnet.log");
    let text = format!(
        "[decnet]\nsystem-logs =\nstate-directory = {}\ningest-log-file = {}\n[master]\napi-port = {}\nweb-port = {}\n",
        dir.join("state").display(),
        log.display(),
        free_port().port(),
        free_port().port()
    );
    std::fs::write(&config, text).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_decnet-master"))
        .args(arguments)
        .arg("--no-listener")
        .arg("--config-file")
        .arg(&config)
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    Program(child.unwrap())
}

/// Its exit code and what it said on stderr.
fn ended(mut program: Program) -> (Option<i32>, String) {
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = program.0.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not end");
        std::thread::yield_now();
    };
    let mut text = String::new();
    program.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    (status.code(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_until_it_is_asked_to_end() {
    for verb in ["swarmctl", "run"] {
        let dir = tempfile::tempdir().unwrap();
        let (operators, workers) = (free_port(), free_port());
        let ports = [operators.port().to_string(), workers.port().to_string()];
        let arguments = [verb, "--port", &ports[0], "--worker-host", "127.0.0.1", "--worker-port", &ports[1]];
        let program = started(dir.path(), &arguments);
        let client = Client::new(Way::Plain(operators.to_string()));
        let route = Route::Health;
        eventually("it answers", async || client.get::<Health>(route.method(), route.path()).await.is_ok())
            .await;

        let (code, text) = ended(started(dir.path(), &[verb]));
        assert!(code == Some(1) && text.contains("already runs as process"), "{code:?}: {text}");

        let pid = nix::unistd::Pid::from_raw(i32::try_from(program.0.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let (code, text) = ended(program);
        assert!(code == Some(0) && text.contains("ended"), "{code:?}: {text}");
    }
}

#[test]
fn it_refuses_what_would_be_heard() {
    let dir = tempfile::tempdir().unwrap();
    let (code, text) = ended(started(dir.path(), &["swarmctl", "--host", "0.0.0.0"]));
    assert!(code == Some(1) && text.contains("--tls"), "{code:?}: {text}");
    let (code, text) = ended(started(dir.path(), &["swarmctl", "--port", "x"]));
    assert!(code == Some(64) && text.contains("--port"), "{code:?}: {text}");
}
