//! What intruders type, whole: texts, and what a Debian 12 server says to them.
//!
//! `intrusions.txt` has a text after `$`, then the lines of its output after `O`, those of its
//! errors after `E`, and its status after `=`.

use decnet_proto::service::ServiceId;

use crate::{
    machine::Via,
    shell::{
        Login, Streams, Visit,
        pipe::{Reader, pipe},
    },
    testing,
};

/// What root gets from a text that `bash -c` takes: output, errors, status.
pub(super) fn visit(text: &str) -> (String, String, u64) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = testing::host(4);
    runtime.block_on(async {
        let (conn, _peer) = testing::open(&host, ServiceId::Http);
        let account = host.machine().account("root").unwrap();
        let entry = Login {
            account,
            witness: conn.witness(),
            via: Via::Ssh,
            terminal: None,
            environment: Vec::new(),
        };
        let visit = Visit::open(host.machine(), entry);
        let (shown, output) = pipe(1 << 20);
        let (told, errors) = pipe(1 << 20);
        let exit = visit.run(text.as_bytes(), Streams { input: Reader::empty(), output, errors }).await;
        drop(visit);
        let (shown, told) = (shown.read_to_end(1 << 20).await, told.read_to_end(1 << 20).await);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (text(shown), text(told), exit.status().into())
    })
}

/// As the fixture has it.
fn written(text: &str) -> String {
    let (out, errors, status) = visit(text);
    let lines =
        |mark: &str, all: &str| all.lines().map(|line| format!("{mark} {line}\n")).collect::<String>();
    format!("$ {text}\n{}{}= {status}\n", lines("O", &out), lines("E", &errors))
}

#[test]
fn intruders_are_answered_as_debian_answers() {
    let expect = include_str!("intrusions.txt");
    let texts = expect.lines().filter_map(|line| line.strip_prefix("$ "));
    let got: String = texts.map(written).collect();
    assert_eq!(got, expect, "{got}");
}
