//! `scp`, as a program of the machine: the far side of the old protocol (`-t` takes files, `-f`
//! gives them), and what a visitor sees who would copy to another host, which never goes out.

mod control;
mod sink;
mod source;
#[cfg(test)]
mod tests;

use self::{sink::Sink, source::Source};
use crate::{
    machine::{Metadata, Open},
    programs::scp_elsewhere,
    shell::{Exit, Process, pipe::Reader},
};

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Options {
    /// `-t`.
    takes: bool,
    /// `-f`.
    gives: bool,
    /// `-r`.
    recursive: bool,
    /// `-p`.
    preserves: bool,
    /// `-d`.
    into_directory: bool,
}

const USAGE: &str = "\
usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]
           [-i identity_file] [-J destination] [-l limit] [-o ssh_option]
           [-P port] [-S program] [-X sftp_option] source ... target
";

/// Reads `bytes` as a line of the protocol, for fuzz targets.
#[cfg(any(test, feature = "testing"))]
pub(super) fn parse_line(bytes: &[u8]) {
    let _ = (control::parse(bytes, true), control::parse(bytes, false));
}

/// The program.
pub(crate) async fn scp(process: &mut Process) -> Result<Exit, Exit> {
    let process = &*process;
    let (options, operands) = match parse(process.arguments()) {
        Ok(parsed) => parsed,
        Err(unknown) => {
            if let Some(letter) = unknown {
                process.complain(format!("unknown option -- {letter}\n")).await;
            }
            process.complain(USAGE).await;
            return Ok(Exit::FAILURE);
        }
    };
    if options.gives {
        return Source::new(process, options).run(&operands).await;
    }
    if options.takes {
        return Sink::new(process, options).run(&operands).await;
    }
    let Some((target, sources)) = operands.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        process.complain(USAGE).await;
        return Ok(Exit::FAILURE);
    };
    if let Some(host) = operands.iter().find_map(|operand| host(operand)) {
        return Ok(scp_elsewhere(process, &host).await);
    }
    let mut exit = Exit::SUCCESS;
    for source in sources {
        if copy(process, source, target).await.is_err() {
            exit = Exit::FAILURE;
        }
    }
    Ok(exit)
}

/// Options and operands; the letter that is no option.
fn parse(arguments: &[Vec<u8>]) -> Result<(Options, Vec<Vec<u8>>), Option<char>> {
    let mut options = Options::default();
    let mut rest = arguments.iter();
    let mut operands = Vec::new();
    while let Some(argument) = rest.next() {
        let letters = match argument.strip_prefix(b"-") {
            Some(b"-") => break,
            Some(letters) if !letters.is_empty() => letters,
            _ => {
                operands.push(argument.clone());
                break;
            }
        };
        for (at, letter) in letters.iter().enumerate() {
            match letter {
                b't' => options.takes = true,
                b'f' => options.gives = true,
                b'r' => options.recursive = true,
                b'p' => options.preserves = true,
                b'd' => options.into_directory = true,
                b'c' | b'D' | b'F' | b'i' | b'J' | b'l' | b'o' | b'P' | b'S' | b'X' => {
                    if at + 1 == letters.len() && rest.next().is_none() {
                        return Err(None);
                    }
                    break;
                }
                b'3' | b'4' | b'6' | b'A' | b'B' | b'C' | b'O' | b'q' | b'R' | b's' | b'T' | b'v' => {}
                other => return Err(Some(char::from(*other))),
            }
        }
    }
    operands.extend(rest.cloned());
    Ok((options, operands))
}

/// The host of `host:path` or `user@host:path`.
fn host(operand: &[u8]) -> Option<String> {
    let colon = operand.iter().position(|byte| *byte == b':').filter(|at| *at > 0)?;
    let front = operand.get(..colon)?;
    if front.contains(&b'/') {
        return None;
    }
    let host = front.rsplit(|byte| *byte == b'@').next()?;
    Some(String::from_utf8_lossy(host).into_owned())
}

/// From one file of the machine to another, as `cp` would.
async fn copy(process: &Process, source: &[u8], target: &[u8]) -> Result<(), Exit> {
    let files = &process.files;
    let shown = String::from_utf8_lossy(source).into_owned();
    let content = match files.read(source) {
        Ok(content) => content,
        Err(error) => {
            process.complain(format!("cp: cannot stat '{shown}': {}\n", error.text())).await;
            return Err(Exit::FAILURE);
        }
    };
    let mode = files.stat(source).map_or(0o644, |file| file.mode & 0o777);
    let target = match files.stat(target) {
        Ok(file) if file.is_directory() => [target, b"/", last_name(source)].concat(),
        _ => target.to_vec(),
    };
    if let Err(error) = files.write(&target, &content, mode) {
        let shown = String::from_utf8_lossy(&target).into_owned();
        process.complain(format!("cp: cannot create regular file '{shown}': {}\n", error.text())).await;
        return Err(Exit::FAILURE);
    }
    Ok(())
}

/// What is behind the last slash.
fn last_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// Bits of a file that travel.
const fn travelling(file: &Metadata) -> u32 {
    file.mode & 0o6777
}

/// The other side, byte by byte and line by line.
struct Peer {
    input: Reader,
    ahead: Vec<u8>,
    at: usize,
}

/// Longest line of the protocol.
const LINE: usize = 2_048;

impl Peer {
    fn new(input: Reader) -> Self {
        Self { input, ahead: Vec::new(), at: 0 }
    }

    async fn fill(&mut self) -> bool {
        if self.at >= self.ahead.len() {
            (self.ahead, self.at) = (self.input.read(32 * 1024).await, 0);
        }
        self.at < self.ahead.len()
    }

    /// The next byte; none at the end.
    async fn byte(&mut self) -> Option<u8> {
        if !self.fill().await {
            return None;
        }
        self.at += 1;
        self.ahead.get(self.at - 1).copied()
    }

    /// At most `most` bytes; none at the end.
    async fn bytes(&mut self, most: usize) -> Vec<u8> {
        if !self.fill().await {
            return Vec::new();
        }
        let end = self.ahead.len().min(self.at.saturating_add(most));
        let piece = self.ahead.get(self.at..end).unwrap_or_default().to_vec();
        self.at = end;
        piece
    }

    /// The rest of a line without its end; none when the input ends before.
    async fn line(&mut self, first: u8) -> Option<Vec<u8>> {
        let mut line = vec![first];
        loop {
            match self.byte().await? {
                b'\n' => return Some(line),
                byte if line.len() < LINE => line.push(byte),
                _ => return Some(line),
            }
        }
    }

    /// Whether the other side is content with what it got; its complaint, which it makes itself, is
    /// read away.
    async fn agrees(&mut self) -> Result<bool, Exit> {
        match self.byte().await {
            Some(0) => Ok(true),
            Some(first) => {
                let ended = self.line(first).await.is_none();
                if first == 1 && !ended { Ok(false) } else { Err(Exit::FAILURE) }
            }
            None => Err(Exit::FAILURE),
        }
    }
}

/// Opens a file for what `scp` does with it.
const fn rewriting(mode: u32) -> Open {
    Open { read: false, write: true, append: false, create: true, truncate: false, exclusive: false, mode }
}
