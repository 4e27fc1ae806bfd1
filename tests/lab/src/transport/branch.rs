//! A listener on another host: it takes what forwarders ship, and hands it on to the master's own.

use std::{fs, net::Ipv4Addr, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::WORKER_PORT;
use serde_json::Value;

use super::{
    Daemon, Site, Worker,
    running::on_machine,
    site::{Programs, SYSLOG_PORT},
    tally::tally,
};
use crate::{process, wait};

/// Its own address of loopback; the port is the same as the master's.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const STATUS_PORT: u16 = 9_599;
/// How often something on the way is killed: each part of it twice.
const KILLS: u64 = 6;
/// How long what was written may take to come: the longest pause of two that ship, one after the
/// other.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait for what should not come.
const AFTER: Duration = Duration::from_secs(3);

/// Lets a listener into the swarm that hands on to the site's.
fn join(site: &Site) -> Result<Daemon> {
    let folder = site.folder().join("branch");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let ini = folder.join("decnet.ini");
    fs::write(&ini, configuration(&folder)).with_context(|| format!("writing {}", ini.display()))?;
    let mut token = site.operator(&["swarm", "token", "--name", "branch", "--listener", "--json"])?;
    let made: Value = serde_json::from_str(&process::output(&mut token)?).context("reading a token")?;
    let token = made.get("token").and_then(Value::as_str).context("no token was made")?;
    let program = site.programs().program("decnet-listener");
    let mut join = on_machine(&folder, &program)?;
    join.arg("--config-file").arg(&ini).arg("join").arg(format!("https://127.0.0.1:{WORKER_PORT}"));
    process::output(join.args(["--token", token])).context("letting a listener in")?;
    Ok(Daemon::new("branch", program, ["--config-file".into(), ini.into_os_string()], &folder))
}

fn configuration(folder: &Path) -> String {
    let at = folder.display();
    format!(
        "[decnet]\nmode = agent\nsystem-logs = {at}/system.log\n\n\
         [listener]\nlistener-dir = {at}/identity\nlistener-host = {ADDRESS}\nrelay-to = 127.0.0.1\n\
         master-log-file = {at}/master.log\nmaster-artifacts-root = {at}/artifacts\n\
         spool-directory = {at}/spool\nlistener-status-port = {STATUS_PORT}\n"
    )
}

/// Ships so many lines through a listener elsewhere, kills each part of the way again and again, and
/// says what came to the master's own.
///
/// # Errors
/// When not every line comes once, in order, and as that of the host that wrote it.
pub fn handed_on(folder: &Path, programs: &Programs, count: u64) -> Result<String> {
    let mut site = Site::raise(folder, programs)?;
    let mut branch = join(&site)?;
    let mut worker = Worker::enrol_to(&site, 1, &ADDRESS.to_string(), "")?;
    worker.writer.write(count)?;
    branch.start()?;
    worker.forwarder.start()?;
    let (all, mut kills) = (worker.writer.bytes(), 0);
    let came_all = wait::until("every line to come", PATIENCE, || {
        let came = site.came();
        if kills < KILLS && came >= all * (2 * kills + 1) / (2 * KILLS + 1) {
            let part = match kills % 3 {
                0 => &mut branch,
                1 => &mut site.listener,
                _ => &mut worker.forwarder,
            };
            kills += 1;
            if let Err(error) = part.kill().and_then(|()| part.start()) {
                return Some(Err(error));
            }
        }
        (came >= all).then_some(Ok(()))
    });
    came_all.with_context(|| format!("{} of {all} bytes came; {}", site.came(), branch.said()))??;
    ensure!(kills > 0, "everything had come before anything was killed");
    wait::pause(AFTER);
    branch.check()?;
    site.answering(SYSLOG_PORT)?;
    let tallies = tally(&site.log(), &[(worker.writer.corpus(), count)])?;
    let told = tallies.into_iter().next().context("no tally")?.whole()?;
    let objects = super::interop::objects_of(&site)?;
    let is_its = |object: &Value| object.get("source_worker").and_then(Value::as_str) == Some(worker.name());
    ensure!(objects.len() as u64 == count, "{} objects for {count} lines", objects.len());
    ensure!(objects.iter().all(is_its), "an object is of another host");
    Ok(format!("{told}; killed {kills} times; every object names the host that wrote it"))
}
