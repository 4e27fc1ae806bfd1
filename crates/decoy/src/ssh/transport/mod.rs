//! The transport of SSH, as OpenSSH's server holds it: identification, key exchange, packets.
//!
//! The data flow: [`Transport::accept`] greets, reads the client's identification and exchanges
//! keys; then [`Transport::next`] gives the payloads that belong to whoever sits above, and deals
//! with the transport's own, exchanges of new keys among them, by itself. What is sent is sealed
//! at once and goes out with the next wait, as the real server writes before it reads.
//!
//! Invariants: what comes from the peer is bounded by the largest packet; nothing is lost when
//! a wait is given up; a broken packet ends the connection as it would end with OpenSSH, mostly
//! without a word.

mod accept;
mod dispatch;
mod exchange;
mod flow;
mod rekey;
#[cfg(test)]
pub(super) mod tests;

use std::{collections::VecDeque, sync::Arc};

use super::{
    hostkey::{Algorithm, HostKeys},
    kex::{Agreement, Offer},
    message,
    packet::{Input, Opener, Sealer},
    product::Build,
    quirks::Quirks,
    wire::{Reader, Writer as _},
};
use crate::{
    caps,
    conn::{Conn, End, Outbox},
};
use exchange::Exchange;

/// Reasons for a disconnection (RFC 4253, section 11.1) that OpenSSH gives.
const PROTOCOL_ERROR: u32 = 2;

/// A connection whose keys were exchanged.
pub(super) struct Transport<'c> {
    conn: &'c mut Conn,
    // On the heap, so that futures that hold a transport stay small.
    state: Box<State>,
}

/// Who the client is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ClientFacts {
    /// Its identification, without the line end.
    pub(super) identification: Vec<u8>,
    /// What is done otherwise for it.
    pub(super) quirks: Quirks,
    /// What it offered first.
    pub(super) offer: Offer,
    /// The fingerprint of that.
    pub(super) hassh: String,
    /// Whether it reads extensions (RFC 8308).
    pub(super) reads_extensions: bool,
    /// Names of extensions that it announced.
    pub(super) extensions: Vec<Vec<u8>>,
}

struct State {
    build: &'static Build,
    keys: Arc<HostKeys>,
    client: ClientFacts,
    identification: &'static str,
    input: Input,
    output: Outbox,
    opener: Opener,
    sealer: Sealer,
    exchange: Exchange,
    /// What was agreed on first, until it was told.
    told: Option<Agreement>,
    /// Payloads that wait until keys are exchanged.
    waiting: VecDeque<Vec<u8>>,
    waiting_bytes: usize,
    session: Vec<u8>,
    /// How the server proved itself first.
    host_key: Algorithm,
    is_first: bool,
    is_strict: bool,
    has_updated_extensions: bool,
    authenticated: bool,
    /// Number of the packet that was given out last.
    last: u32,
    /// Memory claimed for a large packet.
    claimed: usize,
}

impl Transport<'_> {
    /// The next payload for whoever sits above, its message number in front. What is queued goes
    /// out first. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// [`End`] when the connection is over; [`End::Service`] when it is closed as OpenSSH would.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, End> {
        loop {
            if let Some(payload) = self.step().await? {
                return Ok(payload);
            }
        }
    }

    /// Seals a payload; it goes out with the next wait. While keys are exchanged it waits.
    ///
    /// A log-in that succeeds is recognised by its payload: new keys may be exchanged and
    /// compression begins from then on.
    ///
    /// # Errors
    /// [`End::Service`] when the library refuses to encrypt, [`End::Budget`] when there is no
    /// memory to compress.
    pub(super) fn queue(&mut self, payload: &[u8]) -> Result<(), End> {
        if payload.first() == Some(&message::USERAUTH_SUCCESS) && self.state.sealer.will_compress() {
            self.conn.claim(caps::SSH_COMPRESSION)?;
        }
        let state = &mut *self.state;
        if state.exchange.holds_back() || state.must_rekey(payload.len()) {
            state.waiting_bytes += payload.len();
            state.waiting.push_back(payload.to_vec());
            return if state.exchange.holds_back() { Ok(()) } else { state.start_exchange() };
        }
        state.seal(payload)
    }

    /// Seals a payload and sends what goes without waiting; the rest goes with the next wait.
    ///
    /// # Errors
    /// As [`Transport::queue`], or [`End::Peer`] when the peer is gone.
    pub(super) async fn send(&mut self, payload: &[u8]) -> Result<(), End> {
        self.queue(payload)?;
        self.conn.send_now(&mut self.state.output).await
    }

    /// Sends all that was sealed.
    ///
    /// # Errors
    /// As [`Conn::write`].
    pub(super) async fn flush(&mut self) -> Result<(), End> {
        self.conn.drain(&mut self.state.output).await
    }

    /// Bytes that wait to be sent, for a layer above that should then read no more.
    pub(super) fn backlog(&self) -> usize {
        self.state.output.len() + self.state.waiting_bytes
    }

    /// Answers the payload that was given out last with UNIMPLEMENTED.
    ///
    /// # Errors
    /// As [`Transport::queue`].
    pub(super) fn unimplemented(&mut self) -> Result<(), End> {
        let number = self.state.last;
        self.state.unimplemented(number)
    }

    /// Tells the peer why it is disconnected, sends all of it, and gives the way the session ended.
    pub(super) async fn disconnect(&mut self, text: &str) -> End {
        self.disconnect_for(PROTOCOL_ERROR, text).await
    }

    /// The same with a reason (RFC 4253, section 11.1).
    pub(super) async fn disconnect_for(&mut self, reason: u32, text: &str) -> End {
        let said = self.state.seal(&disconnection(reason, text));
        match said {
            Ok(()) => self.flush().await.err().unwrap_or(End::Service),
            Err(end) => end,
        }
    }

    /// The hash of the first exchange, which identifies the session.
    pub(super) fn session_id(&self) -> &[u8] {
        &self.state.session
    }

    /// Who the client is.
    pub(super) fn client(&self) -> &ClientFacts {
        &self.state.client
    }

    /// The host key that the server proved itself with first, as SSH writes it.
    pub(super) fn host_key(&self) -> &[u8] {
        self.state.keys.public(self.state.host_key)
    }

    /// Tells the client all host keys, unless it does not bear that.
    ///
    /// # Errors
    /// As [`Transport::queue`].
    pub(super) fn announce_host_keys(&mut self) -> Result<(), End> {
        if self.state.client.quirks.no_host_keys {
            return Ok(());
        }
        let payload = self.state.keys.announcement();
        self.queue(&payload)
    }

    /// Proves that the server has the keys that a request `hostkeys-prove-00@openssh.com` names
    /// in its body; nothing if it does not have one of them.
    pub(super) fn prove_host_keys(&self, body: &[u8]) -> Option<Vec<u8>> {
        let state = &*self.state;
        let rsa = state.rsa_algorithm();
        let mut reader = Reader::new(body);
        let mut out = Vec::new();
        while !reader.rest().is_empty() {
            let public = reader.string().ok()?;
            let algorithm = state.keys.prover(public, rsa)?;
            let mut proof = Vec::new();
            proof.put_string(b"hostkeys-prove-00@openssh.com");
            proof.put_string(&state.session);
            proof.put_string(public);
            out.put_string(&state.keys.sign(algorithm, &proof).ok()?);
        }
        Some(out)
    }
}

impl State {
    /// Seals a payload now.
    fn seal(&mut self, payload: &[u8]) -> Result<(), End> {
        self.sealer.seal(payload, self.output.tail()).map_err(|_| End::Service)?;
        if payload.first() == Some(&message::USERAUTH_SUCCESS) {
            self.authenticated = true;
            self.sealer.authenticated();
            self.opener.authenticated();
        }
        Ok(())
    }

    fn unimplemented(&mut self, number: u32) -> Result<(), End> {
        let mut out = vec![message::UNIMPLEMENTED];
        out.put_u32(number);
        self.seal(&out)
    }

    /// How RSA keys are proven: as in the exchange, or else with the best hash the client knows;
    /// before 8.9 with SHA-1 where the server has that.
    fn rsa_algorithm(&self) -> Algorithm {
        let knows = |name: &[u8]| super::wire::names(&self.client.offer.host_keys).any(|known| known == name);
        match self.host_key {
            rsa @ (Algorithm::RsaSha512 | Algorithm::RsaSha256 | Algorithm::RsaSha1) => rsa,
            _ if self.build.version < (8, 9) && self.build.host_keys.contains("ssh-rsa") => {
                Algorithm::RsaSha1
            }
            _ if knows(b"rsa-sha2-512") => Algorithm::RsaSha512,
            _ if knows(b"rsa-sha2-256") => Algorithm::RsaSha256,
            _ => Algorithm::RsaSha1,
        }
    }
}

/// The payload of a DISCONNECT.
fn disconnection(reason: u32, text: &str) -> Vec<u8> {
    let mut out = vec![message::DISCONNECT];
    out.put_u32(reason);
    out.put_string(text.as_bytes());
    out.put_string(b"");
    out
}
