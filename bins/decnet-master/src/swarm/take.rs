//! A release is taken: verified as it comes, kept when all of it is good.

use std::{
    io::{self, Read},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use axum::body::{Body, Bytes};
use decnet_proto::swarm::{releases::ReleaseView, updater::ARCHIVE_MAX};
use decnet_release::{
    PublicKey,
    archive::{UnpackError, Unpacked, verify},
};
use http_body_util::BodyExt as _;
use tokio::sync::mpsc;

use super::{
    caller::Actor,
    controller::Controller,
    library::{Incoming, view},
    refusal::{Refusal, chain},
    updaters::content_digest,
};

/// How long it is waited for the next piece.
const PIECE: Duration = Duration::from_secs(30);

/// Pieces that wait to be verified: memory has a bound whoever sends.
const AHEAD: usize = 4;

/// What is read of a body that is refused, in bytes, so that whoever sends it hears why: a connection that is
/// closed while he still sends tells him nothing.
const HEARD_OUT: u64 = ARCHIVE_MAX;

/// For how long.
const HEARING: Duration = Duration::from_secs(60);

/// A body as a blocking reader; what was read is in the file, too.
struct Taking {
    pieces: mpsc::Receiver<Bytes>,
    piece: Bytes,
    incoming: Incoming,
}

impl Read for Taking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() {
            let Some(piece) = self.pieces.blocking_recv() else { return Ok(0) };
            self.incoming.write(&piece)?;
            self.piece = piece;
        }
        let length = self.piece.len().min(buffer.len());
        let taken = self.piece.split_to(length);
        if let Some(room) = buffer.get_mut(..length) {
            room.copy_from_slice(&taken);
        }
        Ok(length)
    }
}

impl Controller {
    /// Takes a release whose archive has this digest, by its header; a dry run only verifies it.
    pub(super) async fn take(
        self: &Arc<Self>,
        actor: &Actor,
        digest: Option<&str>,
        mut body: Body,
        dry_run: bool,
    ) -> Result<ReleaseView, Refusal> {
        let taken = self.take_in(digest, &mut body, dry_run).await;
        match &taken {
            Ok(view) if !dry_run => {
                let name = &view.name;
                self.acted(actor, "release", format!("{} {}", name.version, name.digest)).await;
            }
            Ok(_) => {}
            Err(_) => hear_out(body).await,
        }
        taken
    }

    async fn take_in(
        self: &Arc<Self>,
        digest: Option<&str>,
        body: &mut Body,
        dry_run: bool,
    ) -> Result<ReleaseView, Refusal> {
        let told = digest.ok_or_else(|| {
            let text = "the header Content-Digest must tell the archive's SHA-256, as RFC 9530 has it";
            Refusal::Malformed { status: 400, text: text.to_owned() }
        })?;
        let key = self.release_key.ok_or(Refusal::NoReleaseKey)?;
        let library = self.library.clone();
        let incoming = library.incoming()?;
        let (sender, pieces) = mpsc::channel(AHEAD);
        let verifying = tokio::task::spawn_blocking(move || verified(incoming, pieces, &key));
        let fed = feed(body, sender).await;
        let verified = verifying.await.context("verifying a release broke off")?;
        let (unpacked, incoming) = match (verified, fed) {
            (Ok(verified), Ok(())) => verified,
            // What did not come is why it is not whole.
            (Err(UnpackError::Refused(_) | UnpackError::Source(_)), Err(refusal)) => return Err(refusal),
            (Err(error), _) => return Err(Refusal::of_archive(error)),
            (Ok(_), Err(refusal)) => return Err(refusal),
        };
        if content_digest(&unpacked.archive.to_string()) != told {
            let text = "the archive has another SHA-256 than the header tells".to_owned();
            return Err(Refusal::Malformed { status: 400, text });
        }
        let Some(view) = view(&unpacked, self.now()) else {
            let part = unpacked.manifest.part;
            return Err(Refusal::Value(format!(
                "nobody is brought a release of the {part}: install its package"
            )));
        };
        if !dry_run {
            let kept = view.clone();
            let keeping = tokio::task::spawn_blocking(move || library.keep(incoming, &kept));
            keeping.await.context("keeping a release broke off")??;
        }
        Ok(view)
    }
}

impl Controller {
    /// Forgets a release.
    pub(super) async fn forget_release(&self, actor: &Actor, digest: &str) -> Result<(), Refusal> {
        let unknown = || Refusal::NoRelease(digest.chars().take(64).collect());
        let (wanted, library) = (digest.parse().map_err(|_| unknown())?, self.library.clone());
        let removing = tokio::task::spawn_blocking(move || library.remove(wanted));
        if !removing.await.context("removing a release broke off")?? {
            return Err(unknown());
        }
        self.acted(actor, "remove_release", digest).await;
        Ok(())
    }
}

impl Refusal {
    /// Why an archive is not taken.
    fn of_archive(error: UnpackError) -> Self {
        match error {
            UnpackError::Refused(_) => Self::Release(chain(&error)),
            UnpackError::Source(_) | UnpackError::Keep(_) => Self::Failed(error.into()),
        }
    }
}

fn verified(
    incoming: Incoming,
    pieces: mpsc::Receiver<Bytes>,
    key: &PublicKey,
) -> Result<(Unpacked, Incoming), UnpackError> {
    let mut taking = Taking { pieces, piece: Bytes::new(), incoming };
    let unpacked = verify(&mut taking, key)?;
    Ok((unpacked, taking.incoming))
}

/// Hands a body on, piece by piece, for as long as somebody wants it.
async fn feed(body: &mut Body, pieces: mpsc::Sender<Bytes>) -> Result<(), Refusal> {
    let mut length = 0;
    loop {
        let frame = tokio::time::timeout(PIECE, body.frame()).await;
        let frame = match frame.map_err(|_| Refusal::Late(PIECE.as_secs()))? {
            None => return Ok(()),
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                return Err(Refusal::Malformed {
                    status: 400,
                    text: format!("the archive broke off: {error}"),
                });
            }
        };
        let Ok(piece) = frame.into_data() else { continue };
        length += piece.len() as u64;
        if length > ARCHIVE_MAX {
            let text = format!("an archive has at most {ARCHIVE_MAX} bytes");
            return Err(Refusal::Malformed { status: 413, text });
        }
        if pieces.send(piece).await.is_err() {
            return Ok(());
        }
    }
}

/// Reads what is left of a body, so that its sender hears what is answered.
async fn hear_out(mut body: Body) {
    let mut left = HEARD_OUT;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.into_data().map_or(0, |piece| piece.len() as u64));
            if left == 0 {
                return;
            }
        }
    };
    // Who sends for ever hears nothing.
    let _ = tokio::time::timeout(HEARING, reading).await;
}
