//! A telnet client that refuses every option, as robots do.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Longest that an answer may take: a log-in that fails makes its caller wait.
const PATIENCE: Duration = Duration::from_secs(30);

const IAC: u8 = 0xff;
const SE: u8 = 0xf0;
const SB: u8 = 0xfa;
const WILL: u8 = 0xfb;
const WONT: u8 = 0xfc;
const DO: u8 = 0xfd;
const DONT: u8 = 0xfe;

/// A connection, and the text that came over it and was not looked at yet.
#[derive(Debug)]
pub struct Telnet {
    stream: TcpStream,
    pending: Vec<u8>,
    text: String,
}

impl Telnet {
    /// Connects. To be called in the attacker's namespace.
    ///
    /// # Errors
    /// When the connection is refused.
    pub fn open(host: Ipv4Addr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&(host, 23).into(), Duration::from_secs(10))
            .with_context(|| format!("connecting to {host}"))?;
        stream.set_read_timeout(Some(Duration::from_secs(1))).context("setting a limit")?;
        Ok(Self { stream, pending: Vec::new(), text: String::new() })
    }

    /// Reads until one of `wanted` is there, and says which, taking what was read until then.
    ///
    /// # Errors
    /// When the peer closes before, or says none of it for half a minute.
    pub fn until(&mut self, wanted: &[&str]) -> Result<usize> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(which) = wanted.iter().position(|word| self.text.contains(word)) {
                self.text.clear();
                return Ok(which);
            }
            if Instant::now() > end {
                bail!("none of {wanted:?} came, but {:?}", self.text);
            }
            let mut piece = [0; 1024];
            match self.stream.read(&mut piece) {
                Ok(0) => bail!("it closed before one of {wanted:?} came, and said {:?}", self.text),
                Ok(length) => self.take(piece.get(..length).unwrap_or_default())?,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error).context("reading"),
            }
        }
    }

    /// Types a line.
    ///
    /// # Errors
    /// When the peer is gone.
    pub fn line(&mut self, line: &str) -> Result<()> {
        self.stream.write_all(format!("{line}\r\0").as_bytes()).with_context(|| format!("typing {line:?}"))
    }

    /// Sorts bytes into text and commands (RFC 854), and refuses what is asked for.
    fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.pending.extend_from_slice(bytes);
        let mut refusals = Vec::new();
        let mut rest = self.pending.as_slice();
        loop {
            rest = match rest {
                [IAC, DO, option, tail @ ..] => {
                    refusals.extend([IAC, WONT, *option]);
                    tail
                }
                // Who echoes and sends without being told to go ahead is welcome.
                [IAC, WILL, 1 | 3, tail @ ..] | [IAC, WONT | DONT, _, tail @ ..] => tail,
                [IAC, WILL, option, tail @ ..] => {
                    refusals.extend([IAC, DONT, *option]);
                    tail
                }
                [IAC, SB, inside @ ..] => match inside.windows(2).position(|pair| pair == [IAC, SE]) {
                    Some(at) => inside.get(at + 2..).unwrap_or_default(),
                    None => break,
                },
                [IAC] | [IAC, WILL | WONT | DO | DONT] | [] => break,
                [IAC, _, tail @ ..] => tail,
                [byte, tail @ ..] => {
                    self.text.push(char::from(*byte));
                    tail
                }
            };
        }
        self.pending = rest.to_vec();
        self.stream.write_all(&refusals).context("refusing options")
    }
}
