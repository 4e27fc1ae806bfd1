//! Whole visits: a terminal, typed lines, what is shown, told of and recorded.

use std::{sync::Arc, time::Duration};

use decnet_proto::service::ServiceId;
use tokio::sync::watch;

use crate::{
    Host,
    machine::Via,
    shell::{
        Exit, Login, Streams, Terminal, Visit,
        pipe::{Reader, Writer, pipe},
        terminal::Size,
    },
    testing::{self, Seen},
};

/// What came of a visit.
struct Seen1 {
    screen: String,
    exit: Exit,
    events: Vec<Seen>,
}

fn login(host: &Arc<Host>, terminal: bool) -> (Visit, watch::Sender<Size>) {
    let (conn, _peer) = testing::open(host, ServiceId::Http);
    let account = host.machine().account("root").unwrap();
    let (sender, size) = watch::channel(Size { columns: 80, rows: 24 });
    let terminal = terminal.then(|| Terminal { name: "xterm-256color".into(), size });
    let entry = Login { account, witness: conn.witness(), via: Via::Ssh, terminal, environment: Vec::new() };
    (Visit::open(host.machine(), entry), sender)
}

/// Types keys, each piece once the shell has settled, and hangs up unless the shell ends.
fn type_in(pieces: &[&str]) -> Seen1 {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = testing::host(4);
    let (screen, exit) = runtime.block_on(async {
        let (visit, _size) = login(&host, true);
        let (input, keys) = pipe(65_536);
        let (shown, output) = pipe(1 << 20);
        let streams = Streams { input, output: output.clone(), errors: output };
        let typing = async {
            for piece in pieces {
                tokio::time::sleep(Duration::from_secs(2)).await;
                keys.write(piece.as_bytes()).await.unwrap();
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
            drop(keys);
        };
        let (exit, ()) = tokio::join!(visit.interactive(streams), typing);
        drop(visit);
        (shown.read_to_end(1 << 20).await, exit)
    });
    Seen1 { screen: String::from_utf8_lossy(&screen).into_owned(), exit, events: testing::events(&host) }
}

fn commands(events: &[Seen]) -> Vec<String> {
    let of = events.iter().filter(|event| event.kind == "command");
    of.map(|event| format!("{} {}", event.get("command"), event.get("args")).trim_end().to_owned()).collect()
}

#[test]
fn a_typed_line_is_shown_run_told_of_and_recorded() {
    let seen = type_in(&["echo hi", " there\r", "exit 3\r"]);
    assert_eq!(seen.exit, Exit::Code(3), "{}", seen.screen);
    assert!(seen.screen.contains("root@web01:~# "), "{}", seen.screen);
    assert!(seen.screen.contains("echo hi there\r\n\u{1b}[?2004l\rhi there\r\n"), "{:?}", seen.screen);
    assert_eq!(commands(&seen.events), ["echo hi there", "exit 3"]);
    let recording = seen.events.iter().find(|event| event.get("source") == "terminal").unwrap();
    assert_eq!((recording.get("orig_path"), recording.get("truncated")), ("pts/0", "false"));
}

#[test]
fn keys_edit_the_line() {
    let seen = type_in(&[
        "ecoh x\u{1}\u{6}\u{6}\u{6}\u{14}\u{5}yz\u{7f}\r",
        "\u{10}\u{17}W\r",
        "ec\t A\r",
        "cat /etc/pass\t\u{15}exit\r",
    ]);
    assert!(seen.screen.contains("\rxy\r\n") && seen.screen.contains("\rW\r\n"), "{:?}", seen.screen);
    assert!(seen.screen.contains("cat /etc/passwd"), "{:?}", seen.screen);
    assert_eq!(seen.exit, Exit::Code(0));
}

#[test]
fn what_never_ends_is_interrupted() {
    let seen = type_in(&[
        "while :; do :; done\r",
        "\u{3}",
        "echo $?; sleep 1000\r",
        "\u{3}",
        "cat\r",
        "a\r",
        "\u{4}",
        "echo end\r",
        "\u{4}",
    ]);
    assert!(seen.screen.contains("130\r\n"), "{:?}", seen.screen);
    assert!(seen.screen.contains("^C") && seen.screen.contains("a\r\na\r\n"), "{:?}", seen.screen);
    assert!(seen.screen.ends_with("logout\r\n"), "{:?}", seen.screen);
}

#[test]
fn jobs_are_stopped_and_go_on() {
    let seen = type_in(&["sleep 100\r", "\u{1a}", "jobs\r", "bg\r", "kill %1\r", "echo ok\r", "exit\r"]);
    assert!(seen.screen.contains("^Z\r\n[1]+  Stopped                 sleep 100\r\n"), "{:?}", seen.screen);
    assert!(seen.screen.contains("[1]+ sleep 100 &\r\n"), "{:?}", seen.screen);
    assert!(seen.screen.contains("Terminated"), "{:?}", seen.screen);
}

#[test]
fn lines_that_go_on_and_history_are_as_in_bash() {
    let seen = type_in(&[
        "for i in 1 2\r",
        "do echo n$i; done\r",
        "echo a!!b\r",
        "!nosuch\r",
        "history\r",
        "exit\r",
    ]);
    assert!(seen.screen.contains("> ") && seen.screen.contains("n1\r\nn2\r\n"), "{:?}", seen.screen);
    assert!(seen.screen.contains("!nosuch: event not found"), "{:?}", seen.screen);
}

#[test]
fn what_is_dropped_and_run_is_kept_once() {
    let script = "printf '#!/bin/sh\\necho pwned\\n' > /tmp/x.sh\r";
    let seen = type_in(&[
        script,
        "chmod +x /tmp/x.sh; /tmp/x.sh; sh /tmp/x.sh\r",
        "echo 'ssh-rsa AAAA' >> ~/.ssh/authorized_keys || mkdir -p ~/.ssh\r",
        "exit\r",
    ]);
    assert!(seen.screen.contains("pwned\r\npwned\r\n"), "{:?}", seen.screen);
    let kept = seen
        .events
        .iter()
        .filter(|event| event.kind == "file_captured" && event.get("orig_path") == "/tmp/x.sh");
    assert_eq!(kept.count(), 1);
}

#[test]
fn a_command_without_a_terminal_has_its_streams_and_status() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = testing::host(5);
    runtime.block_on(async {
        let (visit, _size) = login(&host, false);
        let (shown, output) = pipe(65_536);
        let (errors_shown, errors) = pipe(65_536);
        let streams = Streams { input: Reader::bytes(*b"from stdin"), output, errors };
        let exit = visit.run(b"cat; echo; id -un; pwd; nosuch; exit 5", streams).await;
        assert_eq!(exit, Exit::Code(5));
        assert_eq!(shown.read_to_end(9_999).await, b"from stdin\nroot\n/root\n");
        assert_eq!(errors_shown.read_to_end(9_999).await, b"bash: line 1: nosuch: command not found\n");
        let streams = Streams {
            input: Reader::bytes(*b"echo one\nread x\ntwo\necho $x"),
            output: Writer::nowhere(),
            errors: Writer::nowhere(),
        };
        assert_eq!(visit.interactive(streams).await, Exit::Code(0));
    });
    assert_eq!(commands(&testing::events(&host))[0], "cat; echo; id -un; pwd; nosuch; exit 5");
}

/// Runs a command as `ssh host command` does, its output read or not; how it ended, what it wrote.
fn run(command: &str, is_read: bool) -> (Exit, String) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = testing::host(5);
    runtime.block_on(async {
        let (visit, _size) = login(&host, false);
        let (shown, output) = pipe(65_536);
        let reading = is_read.then_some(shown);
        let streams = Streams { input: Reader::empty(), output, errors: Writer::nowhere() };
        let reads = async {
            match reading {
                Some(shown) => shown.read_to_end(9_999).await,
                None => Vec::new(),
            }
        };
        let (exit, out) = tokio::join!(visit.run(command.as_bytes(), streams), reads);
        (exit, String::from_utf8_lossy(&out).into_owned())
    })
}

#[test]
fn a_command_is_run_by_a_shell_of_its_own() {
    let command = "ps -o stat=,args= -p $$; echo $0 $-; shopt -q login_shell || echo plain; :";
    let (_, out) = run(command, true);
    assert_eq!(out, format!("Ss   bash -c {command}\nbash hBc\nplain\n"));
    // A single program takes the place of the shell.
    assert_eq!(run("ps -o args= -p $PPID", true).1, "sshd: root@notty\n");
    assert!(!run("ps aux", true).1.contains("-c ps aux"));
    assert_eq!(run("ps aux | grep -c '[b]ash -c ps'", true).1, "1\n");
}

#[test]
fn a_signal_that_ends_the_shell_is_how_it_ends() {
    for (command, exit) in [
        ("kill -9 $$", Exit::Signal("KILL")),
        ("kill -PIPE $$; echo not", Exit::Signal("PIPE")),
        ("sh -c 'kill -PIPE $$'", Exit::Signal("PIPE")),
        ("sh -c 'kill -PIPE $$'; exit $?", Exit::Code(141)),
        ("yes | head -1", Exit::Code(0)),
        ("trap 'exit 7' TERM; kill $$; echo not", Exit::Code(7)),
    ] {
        assert_eq!(run(command, true).0, exit, "{command}");
    }
    for (command, exit) in [
        ("yes", Exit::Signal("PIPE")),
        ("while :; do echo y; done", Exit::Signal("PIPE")),
        ("yes; exit 3", Exit::Code(3)),
        ("(while :; do echo y; done); exit 4", Exit::Code(4)),
    ] {
        assert_eq!(run(command, false).0, exit, "{command}");
    }
}

#[test]
fn scripts_are_told_of_to_a_bound() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = testing::host(5);
    runtime.block_on(async {
        let (visit, _size) = login(&host, false);
        let input = Reader::bytes("echo a\n".repeat(crate::caps::SHELL_TOLD + 50));
        let streams = Streams { input, output: Writer::nowhere(), errors: Writer::nowhere() };
        assert_eq!(visit.interactive(streams).await, Exit::Code(0));
    });
    assert_eq!(commands(&testing::events(&host)).len(), crate::caps::SHELL_TOLD);
}

/// As bash 5.2 does it at a terminal.
#[test]
fn jobs_at_a_terminal_are_those_of_bash() {
    let check = |pieces: &[&str], shown: &[&str]| {
        let screen = type_in(pieces).screen;
        for part in shown {
            assert!(screen.contains(part), "{part:?} in {screen:?}");
        }
    };
    check(
        &["sleep 100 &\r", "jobs\r", "kill %1\r", "\r", "wait; echo $?\r", "exit\r"],
        &[
            "[1]+  Running                 sleep 100 &\r\n",
            "[1]+  Terminated              sleep 100\r\n",
            "\r0\r\n",
        ],
    );
    check(
        &["sleep 100 & sleep 200 &\r", "kill -9 %1\r", "\r", "kill %sleep\r", "\r", "exit\r"],
        &["[1]-  Killed                  sleep 100\r\n", "[2]+  Terminated              sleep 200\r\n"],
    );
    check(&["(exit 3) &\r", "\r", "exit\r"], &["[1]+  Exit 3"]);
    check(
        &["sleep 100\r", "\u{1a}", "bg\r", "fg\r", "\u{3}", "echo $?\r", "exit\r"],
        &["[1]+ sleep 100 &\r\n", "\rsleep 100\r\n^C\r\n", "\r130\r\n"],
    );
    check(&["sh -c 'kill -9 $$'\r", "echo $?\r", "exit\r"], &["\rKilled\r\n", "\r137\r\n"]);
    check(&["trap 'echo T' TERM\r", "kill $$; echo a\r", "exit\r"], &["\rT\r\na\r\n"]);
    check(&["sleep 100 &\r", "disown\r", "fg\r", "exit\r"], &["-bash: fg: current: no such job\r\n"]);
    check(&["trap 'echo bye' EXIT\r", "exit\r"], &["bye\r\n"]);
}
