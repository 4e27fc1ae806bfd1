//! A load of new connections: connect, ask, read the answer, close; nothing is kept alive.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// How long one conversation may take.
const LIMIT: Duration = Duration::from_secs(5);
/// Longest answer that is read.
const LONGEST: usize = 64 * 1024;

/// One conversation.
#[derive(Clone, Copy)]
pub(crate) struct Talk {
    /// Whether the server speaks first.
    pub(crate) greeted: bool,
    /// What is sent at once.
    pub(crate) request: &'static [u8],
    /// When the answer is whole.
    pub(crate) answer: Answer,
}

/// When an answer is whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// When the server closes.
    UntilClose,
    /// At the first line feed.
    Line,
}

/// What a load came to.
#[derive(Debug)]
pub(crate) struct Load {
    /// Conversations per second.
    pub(crate) rate: f64,
    /// How long each took, in milliseconds, sorted.
    pub(crate) times: Vec<f64>,
}

impl Load {
    /// The time that 99 of 100 conversations did not exceed, in milliseconds.
    pub(crate) fn p99(&self) -> f64 {
        self.times.get(self.times.len() * 99 / 100).copied().unwrap_or(f64::NAN)
    }
}

/// Holds `count` conversations, `clients` at a time. One that fails fails the load.
pub(crate) fn run(server: SocketAddr, talk: Talk, clients: usize, count: usize) -> Result<Load> {
    let start = Instant::now();
    let one = || (0..count / clients).map(|_| conversation(server, talk)).collect::<Result<Vec<_>>>();
    let parts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut times = Vec::with_capacity(count);
    for part in parts {
        match part {
            Ok(part) => times.extend(part?),
            Err(_) => bail!("a client of the load broke down"),
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(Load { rate: times.len() as f64 / start.elapsed().as_secs_f64(), times })
}

/// Holds one conversation and gives back its time in milliseconds.
pub(crate) fn conversation(server: SocketAddr, talk: Talk) -> Result<f64> {
    let start = Instant::now();
    let mut stream =
        TcpStream::connect_timeout(&server, LIMIT).with_context(|| format!("connecting to {server}"))?;
    stream.set_read_timeout(Some(LIMIT)).context("setting a limit")?;
    let mut answer = [0; 4096];
    if talk.greeted && stream.read(&mut answer).context("being greeted")? == 0 {
        bail!("{server} closed without a greeting");
    }
    stream.write_all(talk.request).context("asking")?;
    let mut length = 0;
    loop {
        let read = stream.read(&mut answer).context("reading the answer")?;
        length += read;
        let line = answer.get(..read).is_some_and(|part| part.contains(&b'\n'));
        if read == 0 || length > LONGEST || (talk.answer == Answer::Line && line) {
            break;
        }
    }
    if length == 0 {
        bail!("{server} closed without an answer");
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}
