//! Lines that decoys write.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use decnet_event::{
    Boot, Event, Kind, Origin, Timestamp, record,
    wire::{self, Chunk},
};
use sha2::{Digest as _, Sha256};

pub(super) fn event(decky: &str, boot: u64, seq: u64, kind: Kind) -> Vec<u8> {
    let origin = origin(decky, boot);
    let time = Timestamp(1_764_154_033_000_000 + i64::try_from(seq).unwrap());
    let mut line = Vec::new();
    wire::encode(&Event { time, origin, seq, session: None, kind }, &mut line);
    line
}

pub(super) fn command(decky: &str, boot: u64, seq: u64) -> Vec<u8> {
    event(decky, boot, seq, Kind::Command { command: b"a ] \" \\ b".to_vec(), args: vec![0xff, 10, 0] })
}

/// What the JSON file has for a line.
pub(super) fn object(line: &[u8]) -> String {
    let mut json = Vec::new();
    record::write_json(&wire::decode(line).unwrap(), line, &[], &mut json);
    String::from_utf8(json).unwrap()
}

fn origin(decky: &str, boot: u64) -> Arc<Origin> {
    Arc::new(Origin { decky: decky.to_owned(), service: "redis".to_owned(), boot: Boot(boot) })
}

/// The pieces of an artifact, the last one empty, as decoys write them.
pub(super) fn pieces(decky: &str, boot: u64, artifact: u64, content: &[u8], sha256: &str) -> Vec<Vec<u8>> {
    let mut offset = 0;
    let mut lines = Vec::new();
    for data in content.chunks(64).chain(std::iter::once(&[][..])) {
        let data_base64 = BASE64_STANDARD.encode(data);
        let last = data.is_empty().then_some((sha256, content.len() as u64));
        let chunk = Chunk { artifact, offset, data_base64: &data_base64, last };
        let mut line = Vec::new();
        wire::encode_chunk(Timestamp(1), &origin(decky, boot), &chunk, &mut line);
        lines.push(line);
        offset += data.len() as u64;
    }
    lines
}

pub(super) fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
