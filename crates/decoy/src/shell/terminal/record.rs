//! Recordings of terminals, in the format of asciicast version 2, streamed into an artifact.

use tokio::time::Instant;

use super::Size;
use crate::{artifact::ArtifactWriter, caps, conn::Witness};

/// A recording in the making.
#[derive(Debug)]
pub(super) struct Recorder {
    artifact: Option<ArtifactWriter>,
    started: Instant,
    written: u64,
    /// Ends of characters that came in two pieces, per direction.
    halves: [Vec<u8>; 2],
}

/// What the head of a recording says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    pub(super) size: Size,
    pub(super) timestamp: i64,
    pub(super) shell: &'a str,
    pub(super) term: &'a str,
    pub(super) title: &'a str,
}

/// Which way bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Output,
    Input,
}

impl Recorder {
    /// A recording that nobody has begun.
    pub(super) fn none() -> Self {
        Self { artifact: None, started: Instant::now(), written: 0, halves: Default::default() }
    }

    /// Begins a recording.
    pub(super) async fn begin(witness: &Witness, name: &str, head: Head<'_>) -> Self {
        let mut artifact = witness.artifact(name.as_bytes(), "terminal");
        let line = header(head);
        artifact.write(line.as_bytes()).await;
        let written = line.len() as u64;
        Self { artifact: Some(artifact), started: Instant::now(), written, halves: Default::default() }
    }

    /// Adds bytes that were shown or typed.
    pub(super) async fn bytes(&mut self, direction: Direction, bytes: &[u8]) {
        let half = match direction {
            Direction::Output => &mut self.halves[0],
            Direction::Input => &mut self.halves[1],
        };
        half.extend_from_slice(bytes);
        let whole = half.len() - unfinished(half);
        let text = String::from_utf8_lossy(half.get(..whole).unwrap_or_default()).into_owned();
        half.drain(..whole);
        if !text.is_empty() {
            self.event(if direction == Direction::Output { 'o' } else { 'i' }, &text).await;
        }
    }

    /// Notes a new size of the window.
    pub(super) async fn resized(&mut self, size: Size) {
        if size.columns == 0 || size.rows == 0 {
            return;
        }
        self.event('r', &format!("{}x{}", size.columns, size.rows)).await;
    }

    async fn event(&mut self, code: char, text: &str) {
        let line = event(self.started.elapsed().as_secs_f64(), code, text);
        let Some(artifact) = &mut self.artifact else { return };
        self.written += line.len() as u64;
        if self.written <= caps::RECORDING {
            artifact.write(line.as_bytes()).await;
        }
    }

    /// Ends the recording.
    pub(super) fn finish(&mut self) {
        if let Some(artifact) = self.artifact.take() {
            artifact.finish();
        }
    }
}

fn header(head: Head<'_>) -> String {
    // A client whose own input is no terminal asks for one without a size; players need one.
    let or = |size: u16, usual: u16| if size == 0 { usual } else { size };
    let value = serde_json::json!({
        "version": 2,
        "width": or(head.size.columns, 80),
        "height": or(head.size.rows, 24),
        "timestamp": head.timestamp,
        "title": head.title,
        "env": { "SHELL": head.shell, "TERM": head.term },
    });
    format!("{value}\n")
}

fn event(seconds: f64, code: char, text: &str) -> String {
    let text = serde_json::Value::from(text);
    format!("[{seconds:.6}, \"{code}\", {text}]\n")
}

/// How many bytes at the end begin a character that is not whole yet.
fn unfinished(bytes: &[u8]) -> usize {
    for back in 1..=3.min(bytes.len()) {
        let Some(byte) = bytes.len().checked_sub(back).and_then(|at| bytes.get(at)) else { return 0 };
        let length = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xbf => continue,
            _ => return 0,
        };
        return if length > back { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine as _;

    use super::*;
    use crate::testing;

    #[test]
    fn a_character_in_two_pieces_is_kept_back() {
        assert_eq!(unfinished("a€".as_bytes()), 0);
        assert_eq!(unfinished(b"a\xe2\x82"), 2);
        assert_eq!(unfinished(b"a\xe2"), 1);
        assert_eq!(unfinished(b"a\x82\x82\x82\x82"), 0);
        assert_eq!(unfinished(b"\xff"), 0);
    }

    #[test]
    fn lines_are_json() {
        assert_eq!(event(0.25, 'o', "a\"\u{1b}[1m\r\n"), "[0.250000, \"o\", \"a\\\"\\u001b[1m\\r\\n\"]\n");
        let size = Size { columns: 80, rows: 24 };
        let head = Head { size, timestamp: 5, shell: "/bin/bash", term: "xterm", title: "root@web01" };
        let value: serde_json::Value = serde_json::from_str(&header(head)).unwrap();
        assert_eq!(
            (&value["version"], &value["width"], &value["height"]),
            (&2.into(), &80.into(), &24.into())
        );
        assert_eq!((&value["timestamp"], &value["env"]["TERM"]), (&5.into(), &"xterm".into()));
        let sizeless = Head { size: Size { columns: 0, rows: 0 }, ..head };
        let value: serde_json::Value = serde_json::from_str(&header(sizeless)).unwrap();
        assert_eq!((&value["width"], &value["height"]), (&80.into(), &24.into()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_recording_has_real_time_and_a_bound() {
        let host = testing::host(1);
        let (conn, _peer) = testing::open(&host, decnet_proto::service::ServiceId::Http);
        let size = Size { columns: 80, rows: 24 };
        let head = Head { size, timestamp: 5, shell: "/bin/sh", term: "vt100", title: "t" };
        let mut out = Vec::new();
        let record = async {
            let mut recorder = Recorder::begin(&conn.witness(), "pts/0", head).await;
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            recorder.bytes(Direction::Output, b"hi\xe2\x82").await;
            recorder.bytes(Direction::Output, b"\xac").await;
            recorder.bytes(Direction::Input, b"x").await;
            recorder.resized(Size { columns: 100, rows: 30 }).await;
            for _ in 0..10 {
                recorder.bytes(Direction::Output, &vec![b'a'; 1_000_000]).await;
            }
            recorder.finish();
            host.emitter.close();
        };
        let (written, ()) = tokio::join!(host.emitter.run(&mut out), record);
        written.unwrap();
        let text = String::from_utf8(out).unwrap();
        let captured = text.lines().find(|line| line.contains("file_captured")).unwrap();
        let size = captured.split("size=\"").nth(1).unwrap().split('"').next().unwrap();
        let size: u64 = size.parse().unwrap();
        assert!(captured.contains("source=\"terminal\"") && captured.contains("orig_path=\"pts/0\""));
        assert!(size > 3_000_000 && size <= caps::RECORDING, "{size}");
        let first = text.lines().next().unwrap();
        let base64 = first.split("data=\"").nth(1).unwrap().split('"').next().unwrap();
        let piece = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
        assert!(piece.starts_with(b"{\"env\":{\"SHELL\":\"/bin/sh\",\"TERM\":\"vt100\"},"));
    }
}
