//! The agent's life on a host without a service manager: begun by deploy, ended by teardown.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use contract::{Answer, Master};
use nix::unistd::geteuid;

const FLEET: &str = "[general]\nnet = 10.44.0.0/24\ninterface = nosuch0\n[web]\nservices = http\n";

/// A host whose agent program is the twin.
fn host() -> Master {
    let master = Master::new().variable("DECNET_AGENT_PROGRAM", env!("CARGO_BIN_EXE_fake_agent"));
    master.write("fleet.ini", FLEET);
    master
}

/// Runs a script, in which `$M` is the master, as root with a `/run` of its own: the real one
/// may hold the agent of this machine.
fn alone(master: &Master, script: &str) -> Answer {
    let inner = master.command("");
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-ec", &format!("mount -t tmpfs -o mode=755 none /run\n{script}")]);
    command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("M", inner.get_program()).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let output = command.current_dir(inner.get_current_dir().unwrap()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn deploy_starts_one_agent_and_teardown_ends_it() {
    let master = host();
    if !geteuid().is_root() {
        let answer = master.run("deploy -c fleet.ini");
        assert_eq!(answer.code, 1);
        assert!(
            answer.stderr.contains("only root can start one: run this command with sudo"),
            "{}",
            answer.stderr
        );
        return;
    }
    let script = "\
        $M deploy -c fleet.ini >/dev/null
        first=$(head -1 /run/decnet/agent.pid)
        echo parent $(cut -d' ' -f4 /proc/$first/stat) session $(cut -d' ' -f6 /proc/$first/stat) pid $first
        $M deploy -c fleet.ini >/dev/null
        echo again $(head -1 /run/decnet/agent.pid)
        $M teardown --all
        ls /run/decnet
        case \"$(cut -d' ' -f3 /proc/$first/stat 2>&1)\" in R|S|D) echo still there;; esac";
    let answer = alone(&master, script);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let words: Vec<_> = answer.stdout.split_whitespace().collect();
    let [_, parent, _, session, _, pid, _, again, ..] = words.as_slice() else { panic!("{}", answer.stdout) };
    assert_eq!(session, pid, "the agent has no session of its own");
    assert_eq!(again, pid, "a second agent was started");
    assert_ne!(parent, pid);
    assert!(
        answer.stdout.ends_with("The fleet is gone.\nThe agent that deploy started has ended.\n"),
        "{}",
        answer.stdout
    );
    assert!(master.path("decnet.collector.log").exists());
}

#[test]
fn teardown_leaves_an_agent_that_somebody_else_started() {
    if !geteuid().is_root() {
        return;
    }
    let script = "\
        $DECNET_AGENT_PROGRAM & other=$!
        while ! test -S \"$DECNET_AGENT_SOCKET\"; do :; done
        $M deploy -c fleet.ini >/dev/null
        $M teardown --all
        kill -0 $other && echo alive
        kill $other";
    let answer = alone(&host(), script);
    assert_eq!(
        (answer.code, answer.stdout.as_str()),
        (0, "The fleet is gone.\nalive\n"),
        "{}",
        answer.stderr
    );
}

#[test]
fn an_agent_that_ends_at_once_is_told_with_its_last_words() {
    if !geteuid().is_root() {
        return;
    }
    let master = host();
    master.write("agent.sh", "#!/bin/sh\necho the socket is in use >&2\nexit 3\n");
    let script = "\
        chmod +x agent.sh
        export DECNET_AGENT_PROGRAM=$PWD/agent.sh
        $M deploy -c fleet.ini || echo code $?
        ls /run/decnet";
    let answer = alone(&master, script);
    assert_eq!((answer.code, answer.stdout.as_str()), (0, "code 1\n"), "{}", answer.stderr);
    assert!(answer.stderr.contains("ended at once (exit status: 3)"), "{}", answer.stderr);
    assert!(answer.stderr.contains("the socket is in use"), "{}", answer.stderr);
}
