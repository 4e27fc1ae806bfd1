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
