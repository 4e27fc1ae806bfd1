//! Our ends and rsyslog's, over mutual TLS, both ways.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    Corpus, Site, Tally, Worker,
    rsyslog::{Kept, Pair, Papers, Receiver, Sender, Way},
    site::{Programs, SYSLOG_PORT},
    tally::tally,
};
use crate::wait;

/// Lines each way.
const COUNT: u64 = 50_000;
/// How long they may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait for what should not come.
const AFTER: Duration = Duration::from_secs(2);

/// rsyslog brings lines to the listener with the certificate of a host of the swarm.
///
/// # Errors
/// When not every line comes once, in order, and as that host's.
pub fn rsyslog_brings_to_our_listener(folder: &Path, programs: &Programs) -> Result<String> {
    let mut site = Site::raise(folder, programs)?;
    let worker = Worker::enrol(&site, 1)?;
    let (log, corpus) = (worker.folder().join("lines.log"), Corpus::of("decky-9")?);
    corpus.write(&log, COUNT)?;
    let sender = Sender {
        way: Way::Tls,
        address: site.address(),
        papers: papers(&worker)?,
        name: None,
        threads: 1,
        log,
        folder: worker.folder().join("rsyslog"),
    };
    let _sender = sender.start()?;
    site.wait_for(COUNT * worker.writer.bytes_each(), PATIENCE)?;
    wait::pause(AFTER);
    let told = only(&site.log(), &corpus, COUNT)?.whole()?;
    let (host, objects) = (id(&worker, "host.json", "id")?, objects_of(&site)?);
    ensure!(objects.len() as u64 == COUNT, "{} objects for {COUNT} lines", objects.len());
    let is_its = |object: &Value| {
        let text = |name| object.get(name).and_then(Value::as_str);
        text("host_uuid") == Some(&host) && text("source_worker") == Some(worker.name())
    };
    ensure!(objects.iter().all(is_its), "an object is of another host");
    Ok(format!("{told}; every object names the host of the certificate"))
}

/// The forwarder brings lines to rsyslog, and is killed and started again on its way.
///
/// # Errors
/// When a line is lost, or one comes twice that was not on its way when the forwarder was killed.
pub fn our_forwarder_brings_to_rsyslog(folder: &Path, programs: &Programs) -> Result<String> {
    let site = Site::raise(folder, programs)?;
    let pair = Pair::make(&folder.join("papers"))?;
    let address = SocketAddr::from(([127, 0, 0, 2], SYSLOG_PORT));
    let receiver = Receiver {
        way: Way::Tls,
        kept: Kept::Raw,
        address,
        papers: pair.server,
        folder: folder.join("rsyslog"),
    };
    let _receiver = receiver.start()?;
    let Papers { authority, certificate, key } = &pair.client;
    let words = format!(
        "receiver-authority = {}\nreceiver-name = {}\nreceiver-certificate = {}\n\
         receiver-key = {}\n",
        authority.display(),
        Pair::SERVER,
        certificate.display(),
        key.display()
    );
    let mut worker = Worker::enrol_to(&site, 1, &address.ip().to_string(), &words)?;
    worker.writer.write(COUNT / 2)?;
    worker.forwarder.start()?;
    came(&receiver.log(), worker.writer.bytes())?;
    wait::pause(AFTER);
    let files = [receiver.log()];
    let first = only(&files, worker.writer.corpus(), worker.writer.written())?.whole()?;
    worker.forwarder.kill()?;
    worker.writer.write(COUNT / 2)?;
    worker.forwarder.start()?;
    came(&receiver.log(), worker.writer.bytes())?;
    wait::pause(AFTER);
    let second = only(&files, worker.writer.corpus(), worker.writer.written())?;
    ensure!(second.lost == 0, "{second}");
    Ok(format!("{first}; after a kill -9 of the forwarder: {second}"))
}

fn came(log: &Path, bytes: u64) -> Result<()> {
    let length = || fs::metadata(log).map_or(0, |metadata| metadata.len());
    let whole = wait::until("every line to come", PATIENCE, || (length() >= bytes).then_some(()));
    whole.with_context(|| format!("{} of {bytes} bytes came", length()))
}

fn only(files: &[PathBuf], corpus: &Corpus, written: u64) -> Result<Tally> {
    tally(files, &[(corpus, written)])?.into_iter().next().context("no tally")
}

/// Objects of every line that came.
pub(super) fn objects_of(site: &Site) -> Result<Vec<Value>> {
    let mut objects = Vec::new();
    for path in site.json() {
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        for line in text.lines() {
            objects.push(serde_json::from_str(line).with_context(|| format!("reading {line:?}"))?);
        }
    }
    Ok(objects)
}

/// A member of a document of a host's identity.
pub(super) fn id(worker: &Worker, document: &str, member: &str) -> Result<String> {
    let path = worker.identity().join(document);
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let document: Value =
        serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let found = document.get(member).and_then(Value::as_str);
    found.map(str::to_owned).with_context(|| format!("{} says no {member}", path.display()))
}

/// A host's papers as other programs take them.
fn papers(worker: &Worker) -> Result<Papers> {
    let identity = worker.identity();
    let path = identity.join("trust.json");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let trust: decnet_proto::swarm::worker::Trust =
        serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let authority = worker.folder().join("authority.pem");
    fs::write(&authority, trust.authorities.concat())
        .with_context(|| format!("writing {}", authority.display()))?;
    Ok(Papers {
        authority,
        certificate: identity.join("agent-client.crt"),
        key: identity.join("agent-client.key"),
    })
}
