//! Reading the files of events as they grow.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use decnet_event::wire;

use crate::wait;

/// An event as its line in `decnet.log` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When, as the line says.
    pub time: String,
    /// Which decky saw it.
    pub decky: String,
    /// Which of its services.
    pub service: String,
    /// What happened.
    pub kind: String,
    /// The fields of the line; bytes that are no UTF-8 are replaced.
    pub fields: BTreeMap<String, String>,
}

impl Seen {
    /// A field, empty if the line has none of that name.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default()
    }

    fn parse(line: &[u8]) -> Result<Self> {
        let record = wire::decode(line)
            .with_context(|| format!("reading the line {:?}", String::from_utf8_lossy(line)))?;
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Ok(Self {
            time: record.time.map(|time| time.to_string()).unwrap_or_default(),
            decky: record.hostname.to_owned(),
            service: record.app_name.to_owned(),
            kind: record.msg_id.to_owned(),
            fields: record.fields.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect(),
        })
    }
}

/// Reads a growing file, whole lines only.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    position: u64,
}

impl Follower {
    /// From the start of the file, which need not be there yet.
    pub fn from_start(path: &Path) -> Self {
        Self { path: path.to_path_buf(), position: 0 }
    }

    /// From where the file ends now.
    pub fn from_end(path: &Path) -> Self {
        let position = std::fs::metadata(path).map(|metadata| metadata.len()).unwrap_or(0);
        Self { path: path.to_path_buf(), position }
    }

    /// The events that came since the last call.
    ///
    /// # Errors
    /// When the file cannot be read or a line is no RFC 5424 line.
    pub fn read(&mut self) -> Result<Vec<Seen>> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file.with_context(|| format!("reading {}", self.path.display()))?,
        };
        let mut text = Vec::new();
        file.seek(SeekFrom::Start(self.position))
            .and_then(|_| file.read_to_end(&mut text))
            .with_context(|| format!("reading {}", self.path.display()))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        text.truncate(whole);
        self.position += text.len() as u64;
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(Seen::parse).collect()
    }

    /// Reads on until the events read so far satisfy `enough`.
    ///
    /// # Errors
    /// When `limit` passes first.
    pub fn until(
        &mut self,
        what: &str,
        limit: Duration,
        enough: impl Fn(&[Seen]) -> bool,
    ) -> Result<Vec<Seen>> {
        let mut seen = Vec::new();
        let outcome = wait::until(what, limit, || match self.read() {
            Ok(more) => {
                seen.extend(more);
                enough(&seen).then_some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        });
        outcome.and_then(|result| result)?;
        Ok(seen)
    }
}
