//! Texts for the shells, and keys typed at a terminal.

use std::{sync::Arc, time::Duration};

use decnet_proto::service::ServiceId;
use tokio::{runtime::Runtime, sync::watch};

use super::{dice::Dice, measure};
use crate::{
    Emitter, Host,
    machine::Via,
    shell::{
        Login, Streams, Terminal, Visit,
        pipe::{Reader, Writer, pipe},
        terminal::Size,
    },
    testing,
};

/// How long a visitor waits for what does not end; time that is waited costs nothing.
const PATIENCE: Duration = Duration::from_secs(3);

const KEYS: &[&[u8]] = &[
    b"echo hi there\rexit 3\r",
    b"ecoh x\x01\x06\x06\x06\x14\x05yz\x7f\r\x10\x17W\rec\t A\rcat /etc/pass\t\x15exit\r",
    b"while :; do :; done\r\x03echo $?; sleep 9\r\x1abg\rjobs\rfg\r\x03",
    b"for i in 1 2\rdo echo n$i; done\r!!\r!e\rhistory\r\x12echo\r\x1b[A\x1b[B\x1b[C\x1b[D\x1b[3~\r",
    b"cat > f <<E\ra\rE\rvi f\rihello\x1b:wq\rnano f\rabc\x18y\r\rless /etc/passwd\rq",
    b"top\rqpasswd\ra\rb\rb\rpython3\rprint(1)\r\x04su\rx\rsudo -i\rexit\r\x04",
];

/// A machine as it is found.
pub(super) fn host(pretty_name: &str) -> Arc<Host> {
    let mut persona = testing::persona(3);
    persona.system.pretty_name = pretty_name.into();
    Arc::new(Host::new(persona, Arc::new(Emitter::new("decky-03", decnet_event::Boot(7)))))
}

/// Somebody logs in and does as `with` says, for a while.
pub(super) fn visit<F: Future>(
    runtime: &Runtime,
    host: &Arc<Host>,
    terminal: bool,
    with: impl FnOnce(Visit) -> F,
) {
    runtime.block_on(async {
        let (conn, _peer) = testing::open(host, ServiceId::Ssh);
        let account = host.machine().account("root").unwrap();
        let (_sender, size) = watch::channel(Size { columns: 80, rows: 24 });
        let terminal = terminal.then(|| Terminal { name: "xterm".into(), size });
        let witness = conn.witness();
        let login = Login { account, witness, via: Via::Ssh, terminal, environment: Vec::new() };
        let visit = Visit::open(host.machine(), login);
        tokio::select! {
            _ = tokio::time::timeout(PATIENCE, with(visit)) => {}
            _ = host.emitter.run(tokio::io::sink()) => {}
        }
    });
    host.emitter.take();
}

/// How long a visitor takes to read a piece. Who read without taking time would hold the time of
/// the test, and never be out of patience with what writes for ever.
const READING: Duration = Duration::from_millis(20);

/// Output that is read and forgotten.
pub(super) fn forgotten(input: Reader) -> (Streams, impl Future<Output = ()>) {
    let (shown, output) = pipe(65_536);
    let streams = Streams { input, output, errors: Writer::nowhere() };
    let reading = async move {
        while !shown.read(65_536).await.is_empty() {
            tokio::time::sleep(READING).await;
        }
    };
    (streams, reading)
}

/// Runs `command`, which reads `input`.
pub(super) fn run(runtime: &Runtime, host: &Arc<Host>, command: &[u8], input: &[u8]) {
    visit(runtime, host, false, async |visit| {
        let (streams, reading) = forgotten(Reader::bytes(input));
        tokio::join!(visit.run(command, streams), reading)
    });
}

fn type_in(runtime: &Runtime, host: &Arc<Host>, dice: &mut Dice, keys: &[u8]) {
    let piece = [9, 80, 4_096][dice.below(3)];
    visit(runtime, host, true, async |visit| {
        let (input, keyboard) = pipe(65_536);
        let (streams, reading) = forgotten(input);
        let typing = async move {
            for keys in keys.chunks(piece) {
                if keyboard.write(keys).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        tokio::join!(visit.interactive(streams), typing, reading)
    });
}

#[test]
fn texts() {
    let cases = include_str!("../shell/tests/cases.txt");
    let texts: Vec<&[u8]> = cases.split("\n%%\n").map(str::as_bytes).collect();
    let hosts = ["Debian GNU/Linux 12 (bookworm)", "Alpine Linux v3.19"].map(host);
    measure::check_keeping(hosts.len(), "shell, texts", &texts, |runtime, dice, text| match dice.below(3) {
        0 => run(runtime, &hosts[0], text, b""),
        other => run(runtime, &hosts[other - 1], b"sh", text),
    });
}

#[test]
fn keys() {
    let host = host("Debian GNU/Linux 12 (bookworm)");
    measure::check_keeping(1, "shell, keys", KEYS, |runtime, dice, keys| type_in(runtime, &host, dice, keys));
}
