//! A file that a peer brings, on its way out.

use std::{fmt::Write as _, sync::Arc};

use decnet_event::{Kind, Origin, Session};
use sha2::{Digest as _, Sha256};

use crate::{caps, emitter::Emitter};

/// What became of a captured file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// SHA-256 of what was kept, as 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes kept.
    pub size: u64,
    /// Whether more came than was kept.
    pub truncated: bool,
}

/// Streams a captured file out piece by piece; nothing of it stays in memory.
///
/// Dropped unfinished, as when the peer vanishes, it still closes the file, marked truncated.
#[derive(Debug)]
pub struct ArtifactWriter {
    emitter: Arc<Emitter>,
    origin: Arc<Origin>,
    session: Session,
    id: u64,
    orig_path: Vec<u8>,
    source: &'static str,
    hash: Sha256,
    size: u64,
    truncated: bool,
    finished: bool,
}

impl ArtifactWriter {
    pub(crate) fn open(
        emitter: Arc<Emitter>,
        origin: Arc<Origin>,
        session: Session,
        orig_path: &[u8],
        source: &'static str,
    ) -> Self {
        let id = emitter.open_artifact();
        let orig_path = orig_path.get(..1_024).unwrap_or(orig_path).to_vec();
        Self {
            emitter,
            origin,
            session,
            id,
            orig_path,
            source,
            hash: Sha256::new(),
            size: 0,
            truncated: false,
            finished: false,
        }
    }

    /// Adds bytes; waits while the way out is full. What exceeds [`caps::ARTIFACT`] is dropped.
    pub async fn write(&mut self, data: &[u8]) {
        for piece in data.chunks(32 * 1024) {
            self.emitter.room().await;
            self.push(piece);
        }
    }

    fn push(&mut self, data: &[u8]) {
        let room = caps::ARTIFACT.saturating_sub(self.size).min(data.len() as u64);
        let granted = usize::try_from(self.emitter.artifact_allowance(room)).unwrap_or(0);
        let kept = data.get(..granted).unwrap_or_default();
        self.truncated |= kept.len() < data.len();
        if !kept.is_empty() {
            self.hash.update(kept);
            self.emitter.artifact_bytes(&self.origin, self.id, self.size, kept, None);
            self.size += kept.len() as u64;
        }
    }

    /// Closes the file and emits its `file_captured`.
    pub fn finish(mut self) -> Captured {
        self.close()
    }

    fn close(&mut self) -> Captured {
        self.finished = true;
        let mut sha256 = String::with_capacity(64);
        for byte in std::mem::take(&mut self.hash).finalize() {
            let _ = write!(sha256, "{byte:02x}");
        }
        self.emitter.artifact_bytes(&self.origin, self.id, self.size, &[], Some(&sha256));
        self.emitter.emit(
            &self.origin,
            Some(self.session),
            Kind::FileCaptured {
                stored_as: sha256.clone(),
                sha256: sha256.clone(),
                size: self.size,
                orig_path: std::mem::take(&mut self.orig_path),
                source: self.source,
                truncated: self.truncated,
            },
        );
        Captured { sha256, size: self.size, truncated: self.truncated }
    }
}

impl Drop for ArtifactWriter {
    fn drop(&mut self) {
        if !self.finished {
            self.truncated = true;
            self.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use decnet_proto::service::ServiceId;

    use crate::{caps, testing};

    fn keep(bytes: u64) -> super::Captured {
        let host = testing::host(1);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (conn, _peer) = testing::open(&host, ServiceId::Ftp);
            let mut artifact = conn.witness().artifact(b"x", "upload");
            let piece = vec![7; 65_536];
            let writing = async {
                for _ in 0..bytes / 65_536 {
                    artifact.write(&piece).await;
                }
                artifact.write(&piece[..usize::try_from(bytes % 65_536).unwrap()]).await;
                artifact.finish()
            };
            tokio::select! {
                captured = writing => captured,
                _ = host.emitter.run(tokio::io::sink()) => panic!("the way out ended"),
            }
        })
    }

    #[test]
    fn a_file_is_kept_to_a_bound() {
        for (more, truncated) in [(0, false), (1, true)] {
            let captured = keep(caps::ARTIFACT + more);
            assert_eq!((captured.size, captured.truncated), (caps::ARTIFACT, truncated));
        }
    }

    #[test]
    fn files_are_given_out_to_a_bound() {
        let emitter = &testing::host(1).emitter;
        let mut given = 0;
        for _ in 0..caps::ARTIFACTS_PER_HOUR / caps::ARTIFACT + 2 {
            given += emitter.artifact_allowance(caps::ARTIFACT);
        }
        assert_eq!(given, caps::ARTIFACTS_PER_HOUR);
    }
}
