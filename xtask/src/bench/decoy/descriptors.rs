//! More connections than file descriptors: the decoy stays quiet, and recovers.

use std::{fs, net::TcpStream, path::Path, process::Command, time::Duration};

use anyhow::{Context, Result};
use decnet_proto::service::ServiceId;
use lab::{process::command, wait};

use super::{
    local,
    subject::{self, port},
};
use crate::bench::{
    load::{self, Answer, Talk},
    played::SERVICES,
    process::Server,
    row::{Row, Target},
};

/// Descriptors that the decoy may have, and connections that ask for one each.
const ALLOWED: usize = 128;
const ASKED: usize = 400;

const PING: Talk = Talk { greeted: false, request: b"PING\r\n", answer: Answer::Line };

/// CPU time and output while there are too many, and whether it answers when they are gone.
pub(super) fn rows(binary: &Path) -> Result<Vec<Row>> {
    let redis: Vec<_> = SERVICES.into_iter().filter(|(id, ..)| *id == ServiceId::Redis).collect();
    let decoy = subject::decoy(binary, &redis)?;
    let address = local(port(ServiceId::Redis));
    let server = Server::start(&mut limited(&decoy)?, address)?;
    let crowd: Vec<_> = (0..ASKED).filter_map(|_| TcpStream::connect(address).ok()).collect();
    wait::pause(Duration::from_millis(500));
    let (cpu, output) = (server.cpu_ms(), written()?);
    wait::pause(Duration::from_secs(3));
    let (cpu, output) = (server.cpu_ms() - cpu, written()? - output);
    let came = crowd.len();
    drop(crowd);
    let recovered = wait::until("the decoy to answer again", Duration::from_secs(5), || {
        load::conversation(address, PING).ok()
    });
    let warnings = warnings()?;
    let detail = format!("{came} connections, {ALLOWED} descriptors");
    let row = |what: &str, figure: f64, unit, bound: f64| Row {
        what: format!("file descriptors exhausted: {what}"),
        figure,
        unit,
        target: Target::AtMost(bound),
        detail: detail.clone(),
    };
    Ok(vec![
        row("CPU in 3 s", cpu, "ms", 60.0),
        row("output in 3 s", output as f64, "bytes", 1024.0),
        row("warnings", warnings as f64, "lines", 1.0),
        row("unanswered when they are gone", f64::from(u8::from(recovered.is_err())), "clients", 0.0),
    ])
}

/// The same program under a limit of open files.
fn limited(decoy: &Command) -> Result<Command> {
    let mut limited = command("prlimit", [format!("--nofile={ALLOWED}:{ALLOWED}")]);
    limited.arg("--").arg(decoy.get_program()).env_clear().env("PATH", "/usr/bin:/bin");
    for (name, value) in decoy.get_envs() {
        limited.env(name, value.unwrap_or_default());
    }
    let path = subject::log();
    let log = fs::File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    limited.stdout(log);
    Ok(limited)
}

fn written() -> Result<u64> {
    let path = subject::log();
    fs::metadata(&path).map(|metadata| metadata.len()).with_context(|| format!("reading {}", path.display()))
}

fn warnings() -> Result<usize> {
    let path = subject::log();
    let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let lines = text.split(|byte| *byte == b'\n').filter_map(|line| decnet_event::wire::decode(line).ok());
    Ok(lines.filter(|record| record.msg_id == "limit_reached").count())
}
