//! From the first byte to the first keys.

use std::{sync::Arc, time::Duration};

use decnet_event::Kind;
use decnet_fingerprint::hassh;
use openssl::rand::rand_bytes;

use super::{ClientFacts, State, Transport, exchange::Exchange};
use crate::{
    caps,
    conn::{Conn, End, Outbox},
    ssh::{
        hostkey::{Algorithm, HostKeys},
        identification::{INVALID, Scan, Scanner, Verdict},
        kex::Agreement,
        packet::Opener,
        product::Build,
        quirks::Quirks,
    },
};

/// How long the real server takes until it greets, least and most, in microseconds: it starts a
/// process and loads its keys. Measured on loopback.
const BEFORE_GREETING: (u32, u32) = (6_000, 12_000);
/// How long it takes from the client's identification to its offer: it starts another process.
const BEFORE_OFFER: (u32, u32) = (800, 2_500);

/// A time between these, in microseconds.
fn delay((least, most): (u32, u32)) -> Result<Duration, End> {
    let mut random = [0; 4];
    rand_bytes(&mut random).map_err(|_| End::Service)?;
    let over = u32::from_be_bytes(random) % (most - least);
    Ok(Duration::from_micros(u64::from(least + over)))
}

impl<'c> Transport<'c> {
    /// Greets a client, and exchanges keys with it.
    ///
    /// There is no time limit but the connection's life: the grace for logging in is up to the
    /// caller.
    ///
    /// # Errors
    /// [`End`]; [`End::Service`] when OpenSSH would have closed.
    pub(in crate::ssh) async fn accept(
        conn: &'c mut Conn,
        build: &'static Build,
        keys: &Arc<HostKeys>,
    ) -> Result<Self, End> {
        conn.set_idle_timeout(caps::SESSION_LIFE);
        // What it leaves unread resets the connection, as with the real server.
        conn.close_at_once();
        let identification = build.identification(&conn.host().persona.key);
        conn.pause(delay(BEFORE_GREETING)?).await?;
        conn.write(format!("{identification}\r\n").as_bytes()).await?;
        let (line, quirks) = read_identification(conn, build).await?;
        conn.pause(delay(BEFORE_OFFER)?).await?;
        let state = Box::new(State::new(build, Arc::clone(keys), identification, line, quirks));
        let mut transport = Self { conn, state };
        Box::pin(transport.first_exchange()).await?;
        Ok(transport)
    }

    async fn first_exchange(&mut self) -> Result<(), End> {
        self.state.start_exchange()?;
        let mut work = None;
        while self.state.is_first {
            self.step().await?;
            if let Some(agreement) = self.state.told.take() {
                self.tell(&agreement);
                work = Some(agreement.method.extra_work());
            }
            if let Some(work) = work.take_if(|_| self.state.exchange.is_answered()) {
                // The answer is sealed, and goes out when the next packet is waited for.
                self.conn.pause(delay(work)?).await?;
            }
        }
        Ok(())
    }

    /// Says who came, once, when it is agreed how to speak.
    fn tell(&mut self, agreement: &Agreement) {
        let client = &mut self.state.client;
        let [ciphers, _] = &client.offer.ciphers;
        let [macs, _] = &client.offer.macs;
        let [compression, _] = &client.offer.compression;
        let offer = hassh::Offer { key_exchange: &client.offer.key_exchange, ciphers, macs, compression };
        let (hassh, hassh_algorithms) = (offer.hassh(), offer.algorithms());
        client.hassh.clone_from(&hassh);
        let [way, _] = &agreement.ways;
        self.conn.emit(Kind::SshClient {
            identification: client.identification.clone(),
            hassh,
            hassh_algorithms,
            key_exchange: agreement.method_name.clone(),
            host_key: agreement.host_key.name(),
            cipher: way.cipher.name,
            mac: way.mac.map(|mac| mac.name),
            compression: if way.compresses { "zlib@openssh.com" } else { "none" },
        });
    }
}

impl State {
    fn new(
        build: &'static Build,
        keys: Arc<HostKeys>,
        identification: &'static str,
        line: Vec<u8>,
        quirks: Quirks,
    ) -> Self {
        let client = ClientFacts { identification: line, quirks, ..ClientFacts::default() };
        Self {
            build,
            keys,
            client,
            identification,
            input: Default::default(),
            output: Outbox::default(),
            opener: Opener::new(build.has_pings()),
            sealer: Default::default(),
            exchange: Exchange::None,
            told: None,
            has_updated_extensions: false,
            waiting: Default::default(),
            waiting_bytes: 0,
            session: Vec::new(),
            host_key: Algorithm::Ed25519,
            is_first: true,
            is_strict: false,
            authenticated: false,
            last: 0,
            claimed: 0,
        }
    }
}

/// Reads the client's identification a byte at a time, as OpenSSH does: what comes behind it
/// stays where it is.
async fn read_identification(conn: &mut Conn, build: &Build) -> Result<(Vec<u8>, Quirks), End> {
    let (mut scanner, mut none) = (Scanner::new(build.version < (8, 0)), Outbox::default());
    let verdict = loop {
        let mut received = Vec::new();
        conn.exchange(&mut received, 1, &mut none).await?;
        match scanner.push(received.first().copied().unwrap_or_default()) {
            Scan::More => {}
            Scan::Whole => break scanner.judge(),
            Scan::Invalid => break Verdict::Refused(INVALID),
        }
    };
    match verdict {
        Verdict::Accepted(quirks) => return Ok((scanner.line, quirks)),
        Verdict::Dropped => conn.protocol_error("a scanner that says so", &scanner.line),
        Verdict::Refused(text) => {
            conn.protocol_error("no identification of the protocol", &scanner.line);
            for part in text {
                conn.write(part).await?;
            }
        }
    }
    Err(End::Service)
}
