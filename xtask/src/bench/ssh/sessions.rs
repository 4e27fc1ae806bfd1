//! A hundred people at a prompt of the shell at once: what each weighs.

use std::{
    io::Read,
    path::Path,
    process::{Child, ChildStdin, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use decnet_proto::service::ServiceId;
use lab::{clients::openssh, wait};

use super::SSH;
use crate::bench::{
    decoy::{local, subject},
    played::SECRET,
    row::{Row, Target},
};

/// Sessions at once.
const SESSIONS: usize = 100;

pub(super) fn rows(binary: &Path) -> Result<Vec<Row>> {
    let server = subject::start(binary, &SSH)?;
    let alone = server.own_kib();
    // Once, so that what is made for the first visitor and stays is not counted to the others.
    drop(AtPrompt::enter()?);
    wait::pause(Duration::from_millis(500));
    let (own, before) = (server.own_kib(), server.resident_kib());
    let sessions = (0..SESSIONS).map(|_| AtPrompt::enter()).collect::<Result<Vec<_>>>()?;
    wait::pause(Duration::from_millis(500));
    let each = (server.resident_kib() - before) / SESSIONS as f64;
    drop(sessions);
    Ok(vec![
        Row {
            what: "the first ssh session: what stays of it, but for pages of the program".to_owned(),
            figure: (own - alone) / 1024.0,
            unit: "MiB",
            target: Target::AtMost(1.0),
            detail: format!("{alone:.0} KiB before; {before:.0} KiB in all after"),
        },
        Row {
            what: "100 ssh sessions at a prompt: memory of each".to_owned(),
            figure: each,
            unit: "KiB",
            target: Target::AtMost(128.0),
            detail: format!("{before:.0} KiB before"),
        },
    ])
}

/// A client that stands at a prompt until it is dropped.
struct AtPrompt {
    client: Child,
    _input: Option<ChildStdin>,
}

impl AtPrompt {
    fn enter() -> Result<Self> {
        let mut command = openssh::terminal_at(local(subject::port(ServiceId::Ssh)), "root", SECRET)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut client = command.spawn().context("starting ssh")?;
        let (input, output) = (client.stdin.take(), client.stdout.take());
        let session = Self { client, _input: input };
        let mut output = output.context("ssh without output")?;
        let (mut seen, mut piece) = (Vec::new(), [0; 1024]);
        while !seen.ends_with(b"# ") {
            match output.read(&mut piece).context("reading what the shell says")? {
                0 => bail!("no prompt came: {}", String::from_utf8_lossy(&seen)),
                length => seen.extend(piece.iter().take(length)),
            }
        }
        Ok(session)
    }
}

impl Drop for AtPrompt {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}
