//! The program itself: what it says, how it ends.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use decnet_membership::{Part, testing::Controller};
use decnet_proto::agent::{Health, Route};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_decnet-agent");

fn agent(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).env_clear().output().unwrap()
}

#[track_caller]
fn check(arguments: &[&str], code: i32, said: &str) {
    let output = agent(arguments);
    let text = [output.stdout, output.stderr].map(|out| String::from_utf8(out).unwrap()).concat();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(text.contains(said), "{said:?} in {text}");
}

#[test]
fn help_version_and_mistakes_have_their_exit_codes() {
    check(&["--help"], 0, "Exit codes: 0 ended as asked, 1 something failed, 64 usage, 78 configuration.");
    check(&["--version"], 0, concat!("decnet-agent ", env!("CARGO_PKG_VERSION")));
    check(&["--nonsense"], 64, "--nonsense");
    check(&["--config-file", "/nonexistent/decnet.ini"], 78, "/nonexistent/decnet.ini");

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("decnet.ini");
    fs::write(&file, "[agent]\nparallel = many\n").unwrap();
    let file = file.to_str().unwrap();
    let message = format!("{file}:2: [agent] parallel: \"many\" cannot be");
    check(&["--config-file", file], 78, &message);
}

/// In a mount namespace whose `/run` is its own, so that the lock is, too: one agent, a second
/// one that is refused, a request, and SIGTERM.
const LIFE: &str = r#"
mount -t tmpfs none /run
"$AGENT" --config-file "$DIR/decnet.ini" 2>"$DIR/first" &
first=$!
until [ -S "$DIR/agent.sock" ] || ! kill -0 $first; do sleep 0.05; done
"$AGENT" --config-file "$DIR/decnet.ini" 2>"$DIR/second"
echo "second $?"
kill -TERM $first
wait $first
echo "first $?"
"#;

#[test]
fn an_agent_runs_once_and_ends_well_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("decnet.ini"), configuration(dir.path())).unwrap();
    let mut life = Command::new("unshare");
    life.args(["--mount", "sh", "-c", LIFE]).env("AGENT", PROGRAM).env("DIR", dir.path());
    let output = life.output().unwrap();
    let said = |name| fs::read_to_string(dir.path().join(name)).unwrap();
    let outcome = String::from_utf8(output.stdout).unwrap();
    assert_eq!(outcome, "second 1\nfirst 0\n", "{} {}", said("first"), said("second"));
    assert!(said("second").contains("the agent already runs as process "), "{}", said("second"));
    assert!(!dir.path().join("agent.sock").exists(), "the socket is gone");
}

fn configuration(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        "[decnet]\nagent-socket = {dir}/agent.sock\nstate-directory = {dir}/state\n\
         ingest-log-file = {dir}/decnet.log\nsystem-logs = {dir}/system.log\n\
         artifacts-root = {dir}/artifacts\n[agent]\ndocker-socket = {dir}/none.sock\n"
    )
}

/// What the program says and how it ends, with a line on its stdin.
async fn said(arguments: Vec<String>, line: String) -> (Option<i32>, String) {
    let run = move || {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = [output.stdout, output.stderr].map(|out| String::from_utf8(out).unwrap()).concat();
    (output.status.code(), text)
}

#[tokio::test]
async fn it_joins_into_the_folder_that_it_is_told() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let (by_flag, by_file) = (home.path().join("by-flag"), home.path().join("by-file"));
    let file = home.path().join("decnet.ini");
    fs::write(&file, format!("[decnet]\nagent-dir = {}\n", by_file.display())).unwrap();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let (file, flag) = (file.to_str().unwrap(), by_flag.to_str().unwrap());
    let (url, expired) = (controller.url(), controller.expired_token());

    let (code, text) =
        said(words(&["--agent-dir", flag, "join", &url, "--token", &expired]), String::new()).await;
    assert!(code == Some(1) && text.contains("does not let this host in"), "{code:?} {text}");
    assert!(!by_flag.exists());
    let token = controller.token();
    let flagged = ["--config-file", file, "--agent-dir", flag, "join", &url, "--token", &token];
    let (code, text) = said(words(&flagged), String::new()).await;
    assert!(code == Some(0) && text.starts_with("This host is w1 ("), "{code:?} {text}");
    assert!(by_flag.join("host.json").exists() && !by_file.exists(), "the flag wins");
    // The token on stdin stays out of the list of processes.
    let (code, text) = said(words(&["--config-file", file, "join", &url]), controller.token() + "\n").await;
    assert!(code == Some(0), "{code:?} {text}");
    assert!(by_file.join("host.json").exists());
    let (code, text) = said(words(&["--config-file", file, "join", &url]), controller.token()).await;
    assert!(code == Some(1) && text.contains("--again"), "{code:?} {text}");
    assert_eq!(said(words(&["join"]), String::new()).await.0, Some(64));
}

#[tokio::test]
async fn an_agent_that_has_joined_is_reached_by_its_master() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let identity = home.path().join("identity");
    decnet_membership::join(&controller.join(Part::Agent, &identity)).await.unwrap();
    fs::write(home.path().join("decnet.ini"), configuration(home.path())).unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let script = "mount -t tmpfs none /run\nexec \"$AGENT\" --config-file \"$DIR/decnet.ini\" \
                  --no-forwarder --agent-dir \"$DIR/identity\" --agent-host 127.0.0.1 --agent-port \"$PORT\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).env("AGENT", PROGRAM).env("DIR", home.path());
    let mut child = command.env("PORT", address.port().to_string()).spawn().unwrap();

    let master = controller.master(Part::Agent, address);
    let answered = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            match master.get::<Health>("GET", Route::Health.path()).await {
                Ok(health) => return health,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    });
    assert_eq!(answered.await.unwrap().pid, child.id());
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert_eq!(ended.code(), Some(0));
}
