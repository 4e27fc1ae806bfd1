//! SFTP: version 3 of the protocol with the extensions of OpenSSH, as `sftp-server` serves it.
//!
//! The data flow: [`serve`] cuts the channel's bytes into messages, `request` reads them,
//! `server` does what they ask for on the played files, `reply` writes the answers. What is
//! brought is kept as it comes; what is taken is told of.

mod attributes;
mod disk;
mod handles;
mod listing;
mod reply;
mod request;
mod server;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::{
    request::{EXTENSIONS, INIT, Request},
    server::{MESSAGE, Server},
};
use super::wire;
use crate::{
    conn::Witness,
    machine::{Account, Files, Machine},
    shell::{
        Exit,
        pipe::{Reader, Writer},
    },
    ssh::wire::Writer as _,
};

/// Reads `bytes` as a request, for fuzz targets.
#[cfg(any(test, feature = "testing"))]
pub(super) fn parse(bytes: &[u8]) {
    let mut reader = wire::Reader::new(bytes);
    if let Ok(kind) = reader.byte() {
        let _ = Request::parse(kind, &mut reader, EXTENSIONS.len());
    }
}

/// What a transfer works on.
pub(super) struct Transfer {
    /// The files as the visitor sees them, from the home directory.
    pub(super) files: Files,
    pub(super) machine: Arc<Machine>,
    pub(super) account: Account,
    pub(super) witness: Witness,
    /// How many of the extensions the played version knows.
    pub(super) extensions: usize,
}

impl Transfer {
    fn account(&self, name: &[u8]) -> Option<Account> {
        self.machine.account(std::str::from_utf8(name).ok()?)
    }
}

/// How `sftp-server` ends when a message cannot be read.
const MALFORMED: Exit = Exit::Code(255);
/// How it ends when a message is too long.
const TOO_LONG: Exit = Exit::Code(11);

/// Serves a client until its end of file.
pub(super) async fn serve(transfer: Transfer, input: Reader, output: Writer) -> Exit {
    let extensions = transfer.extensions;
    let witness = transfer.witness.clone();
    let mut server = Server::new(transfer);
    let mut version = None;
    let mut buffer = Vec::new();
    loop {
        let body = match next(&input, &mut buffer).await {
            Ok(Some(body)) => body,
            Ok(None) => return Exit::SUCCESS,
            Err(exit) => {
                witness.protocol_error("sftp message", &buffer);
                return exit;
            }
        };
        let mut reader = wire::Reader::new(&body);
        let answered = match (reader.byte(), version) {
            (Ok(INIT), _) => match reader.u32() {
                Ok(asked) => {
                    version = Some(asked);
                    Some(greeting(extensions))
                }
                Err(_) => return MALFORMED,
            },
            (Ok(kind), Some(version)) => {
                let Ok(id) = reader.u32() else { return MALFORMED };
                let Ok(request) = Request::parse(kind, &mut reader, extensions) else {
                    witness.protocol_error("sftp request", &body);
                    return MALFORMED;
                };
                server.answer(request).await.map(|reply| reply.message(id, version))
            }
            _ => return MALFORMED,
        };
        if let Some(answer) = answered
            && output.write(&answer).await.is_err()
        {
            return Exit::Code(255);
        }
    }
}

/// The next message without its length; none at the end.
async fn next(input: &Reader, buffer: &mut Vec<u8>) -> Result<Option<Vec<u8>>, Exit> {
    const PIECE: usize = 32 * 1024;
    loop {
        // A length alone is not looked at before something follows it.
        if let Some((length, rest)) = buffer.split_first_chunk::<4>().filter(|(_, rest)| !rest.is_empty()) {
            let length = u32::from_be_bytes(*length);
            match usize::try_from(length) {
                Ok(0) => return Err(MALFORMED),
                _ if length > MESSAGE => return Err(TOO_LONG),
                Ok(length) if rest.len() >= length => {
                    let body = rest.get(..length).unwrap_or_default().to_vec();
                    buffer.drain(..4 + length);
                    return Ok(Some(body));
                }
                _ => {}
            }
        }
        let piece = input.read(PIECE).await;
        if piece.is_empty() {
            return Ok(None);
        }
        buffer.extend_from_slice(&piece);
    }
}

/// What the server can do.
fn greeting(extensions: usize) -> Vec<u8> {
    const VERSION: u8 = 2;
    let mut out = vec![VERSION];
    out.put_u32(3);
    for (name, version) in EXTENSIONS.iter().take(extensions) {
        out.put_string(name.as_bytes());
        out.put_string(version.as_bytes());
    }
    reply::framed(&out)
}
