//! What a line of a container is to us.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use decnet_event::{
    Boot,
    wire::{self, CHUNK_DATA_MAX, CHUNK_MSGID, Record},
};

/// APP-NAME of the collector's own events; no container may use it.
pub(super) const COLLECTOR: &str = "collector";

/// A line, judged.
pub(super) enum Line<'a> {
    /// An event of a decoy, for the log as it stands.
    Event { boot: Boot, seq: u64, record: Record<'a> },
    /// A piece of an artifact.
    Piece { boot: Boot, piece: Piece },
    /// Anything else: it is wrapped, so that it cannot pass for an event.
    Foreign,
}

/// A piece of an artifact, checked and decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Number of the artifact within the run.
    pub(super) artifact: u64,
    /// Where the piece begins.
    pub(super) offset: u64,
    /// Its bytes.
    pub(super) data: Vec<u8>,
    /// For the last piece: SHA-256 and size of the whole.
    pub(super) whole: Option<Digest>,
}

/// What an artifact should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digest {
    /// 64 lower-case hexadecimal digits; the name of the file.
    pub(super) sha256: String,
    /// Bytes.
    pub(super) size: u64,
}

/// Judges a line of standard output of a decoy that speaks for `decky`.
pub(super) fn judge<'a>(line: &'a [u8], decky: &str) -> Line<'a> {
    let Ok(record) = wire::decode(line) else { return Line::Foreign };
    let Some(boot) = record.field_str("boot").and_then(|b| b.parse::<Boot>().ok()) else {
        return Line::Foreign;
    };
    if record.hostname != decky || record.app_name == COLLECTOR {
        return Line::Foreign;
    }
    if record.msg_id == CHUNK_MSGID {
        return match piece(&record) {
            Some(piece) => Line::Piece { boot, piece },
            None => Line::Foreign,
        };
    }
    match number(&record, "seq") {
        Some(seq) if seq > 0 => Line::Event { boot, seq, record },
        _ => Line::Foreign,
    }
}

pub(super) fn number(record: &Record<'_>, field: &str) -> Option<u64> {
    record.field_str(field)?.parse().ok()
}

fn piece(record: &Record<'_>) -> Option<Piece> {
    let data = BASE64_STANDARD.decode(record.field("data")?).ok()?;
    let whole = match record.field_str("sha256") {
        None => None,
        Some(sha256) if is_sha256(sha256) => {
            Some(Digest { sha256: sha256.to_owned(), size: number(record, "size")? })
        }
        Some(_) => return None,
    };
    (data.len() <= CHUNK_DATA_MAX).then_some(Piece {
        artifact: number(record, "artifact")?,
        offset: number(record, "offset")?,
        data,
        whole,
    })
}

/// Whether `text` can name an artifact.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
