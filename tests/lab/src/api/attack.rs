//! An attack that can be told from all others, and when and how often the API tells of it.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, ensure};
use decnet_event::wire;
use decnet_proto::record::{LogRow, Page};

use super::{Client, escaped};
use crate::{attacker, wait};

/// How long an answer of a decky may take.
const LIMIT: Duration = Duration::from_secs(5);

/// How long it may take until log and API tell the same.
const SETTLING: Duration = Duration::from_secs(60);

/// A conversation with Redis in which something is said that nobody else says.
#[derive(Clone, Debug)]
pub struct Attack {
    word: String,
    /// When it was said.
    said: Instant,
}

/// How an attack came to the API.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// How long after it was said.
    pub seconds: f64,
    /// What its emitter calls the conversation.
    session: String,
}

impl Attack {
    /// Attacks the Redis at `address` out of a network.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn on(namespace: &str, address: SocketAddr) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let word = format!("sesame{}n{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let attack = || {
            attacker::enter(namespace)?;
            say(address, &format!("AUTH {word}\r\n")).with_context(|| format!("attacking {address}"))
        };
        let said = std::thread::scope(|scope| scope.spawn(attack).join());
        said.map_err(|_| anyhow!("the attacker's thread broke down"))??;
        Ok(Self { word, said: Instant::now() })
    }

    /// Waits until the API tells of it.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn arrive(&self, client: &Client, limit: Duration) -> Result<Arrival> {
        let path = format!("/api/v1/logs?search={}", escaped(&format!("password:{}", self.word)));
        let row = wait::until("the attack to be in the API", limit, || {
            client.get::<Page<LogRow>>(&path).ok()?.data.into_iter().next()
        })?;
        let session = row.fields.get("session").context("an attack without a conversation")?;
        Ok(Arrival { seconds: self.said.elapsed().as_secs_f64(), session: session.clone() })
    }
}

impl Arrival {
    /// Waits until the API tells every event of the conversation that the log has, and checks that it tells
    /// each once; says how many there are.
    ///
    /// # Errors
    /// When it does not.
    pub fn is_once(&self, client: &Client, log: &Path) -> Result<usize> {
        let path =
            format!("/api/v1/logs?limit=1000&search={}", escaped(&format!("session:{}", self.session)));
        let (mut written, mut told) = (Lines::new(), Lines::new());
        let settled = wait::until("the API to tell what the log has", SETTLING, || {
            written = self.lines(log).ok()?;
            let rows = client.get::<Page<LogRow>>(&path).ok()?.data;
            told = count(rows.into_iter().map(|row| row.raw_line));
            // The last event of a conversation is that it ended.
            let is_over = written.keys().any(|line| line.contains(" disconnect "));
            (is_over && written == told).then_some(())
        });
        settled.with_context(|| format!("the log has {written:?}, the API tells {told:?}"))?;
        ensure!(told.values().all(|times| *times == 1), "not each once: {told:?}");
        Ok(told.len())
    }

    /// The lines of the conversation in a log.
    fn lines(&self, log: &Path) -> Result<Lines> {
        let text = fs::read_to_string(log).with_context(|| format!("reading {}", log.display()))?;
        let is_of_it = |line: &&str| {
            let record = wire::decode(line.as_bytes()).ok();
            record.is_some_and(|record| record.field("session") == Some(self.session.as_bytes()))
        };
        Ok(count(text.lines().filter(is_of_it).map(str::to_owned)))
    }
}

/// Lines, and how often each is there.
type Lines = BTreeMap<String, usize>;

fn count(lines: impl Iterator<Item = String>) -> Lines {
    let mut all = Lines::new();
    lines.for_each(|line| *all.entry(line).or_default() += 1);
    all
}

/// Says something, hears an answer, and leaves.
fn say(address: SocketAddr, text: &str) -> Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(text.as_bytes())?;
    ensure!(stream.read(&mut [0; 256])? > 0, "it closed without an answer");
    Ok(())
}
