//! The program itself: what it says, how it ends.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
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
         [agent]\ndocker-socket = {dir}/none.sock\nartifacts-root = {dir}/artifacts\n"
    )
}
