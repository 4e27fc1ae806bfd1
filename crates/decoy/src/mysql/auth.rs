//! Logging in: the exchange that each plugin holds, as each server plays it.

use decnet_event::Kind;

use super::{
    Mysql,
    account::{self, Met},
    failure::Failure,
    greeting::{SCRAMBLE, scramble},
    product::{Family, PLUGIN_AUTH, Plugin},
    proof,
    response::Response,
    wire::{Broken, Wire},
};
use crate::{
    End,
    attempt::{auth_attempt, auth_proof},
};

/// Who logged in.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    /// Number of the account.
    pub(super) account: usize,
    /// What the client said of itself.
    pub(super) response: Response,
    /// The client's host as the server names it.
    pub(super) host: String,
}

/// Why nobody logged in.
#[derive(Clone, Debug)]
pub(super) enum Refused {
    /// The connection ended.
    End(End),
    /// The server says why and closes.
    Said(Failure),
    /// The same, and it counts against the host.
    Handshake(Failure),
    /// The server closes without a word, and it counts against the host.
    Silent(End),
}

/// What came of an exchange.
struct Exchange {
    plugin: Plugin,
    /// The password, if it was said.
    password: Option<Vec<u8>>,
    /// Challenge and response, if there were any.
    hash: Option<String>,
    /// Whether a password was given.
    given: bool,
    /// Whether it proves the password of the account that is met.
    proven: bool,
}

/// Tries to log in whoever `response` names. `challenge` is what the greeting said; somebody who
/// changes users is challenged anew.
pub(super) async fn log_in(
    service: &Mysql,
    wire: &mut Wire<'_>,
    response: Response,
    challenge: Option<[u8; SCRAMBLE]>,
) -> Result<Visitor, Refused> {
    let host = host_name(wire);
    let met = account::meet(&service.product, &wire.conn.host().persona, &service.accounts, &response.user);
    let (plugin, says_password) = match met {
        Met::Known(_) => (service.product.default_plugin(), true),
        Met::Unknown { plugin, says_password } => (plugin, says_password),
    };
    let known = match met {
        Met::Known(at) => service.accounts.get(at),
        Met::Unknown { .. } => None,
    };
    let mut exchange = Player { service, wire, response: &response, met };
    let outcome = exchange.play(plugin, challenge, known.map(|account| account.password.as_bytes())).await;
    let outcome = outcome.map_err(|refused| match refused {
        // Who comes by the socket in MariaDB is told the same whatever was wrong.
        Refused::Handshake(_) if !says_password => {
            Refused::Said(Failure::access_denied(&response.user, &host, None))
        }
        other => other,
    })?;
    let accepted = outcome.proven && known.is_some();
    let given = says_password.then_some(outcome.given);
    tell(wire, &response, outcome, accepted);
    match met {
        Met::Known(account) if accepted => Ok(Visitor { account, response, host }),
        _ => Err(Refused::Said(Failure::access_denied(&response.user, &host, given))),
    }
}

/// How the server names the host of the client: no name service knows the addresses of a decky's
/// visitors.
pub(super) fn host_name(wire: &Wire<'_>) -> String {
    let ip = wire.conn.peer().ip().to_canonical();
    if ip.is_loopback() { "localhost".to_owned() } else { ip.to_string() }
}

struct Player<'p, 'c> {
    service: &'p Mysql,
    wire: &'p mut Wire<'c>,
    response: &'p Response,
    met: Met,
}

impl Player<'_, '_> {
    async fn play(
        &mut self,
        plugin: Plugin,
        challenge: Option<[u8; SCRAMBLE]>,
        password: Option<&[u8]>,
    ) -> Result<Exchange, Refused> {
        let (answer, scramble) = self.answer(plugin, challenge).await?;
        match plugin {
            Plugin::Native => self.native(&answer, &scramble, password),
            Plugin::CachingSha2 => self.caching_sha2(answer, &scramble, password).await,
            Plugin::Sha256 => self.sha256(answer, &scramble).await,
        }
    }

    /// What the client answers to which challenge: with its first packet if it took the plugin
    /// of the account, else after it was told to switch.
    async fn answer(
        &mut self,
        plugin: Plugin,
        challenge: Option<[u8; SCRAMBLE]>,
    ) -> Result<(Vec<u8>, [u8; SCRAMBLE]), Refused> {
        let product = &self.service.product;
        let speaks_plugins = self.response.capabilities & PLUGIN_AUTH != 0;
        let took = match &self.response.plugin {
            Some(name) if speaks_plugins => name.eq_ignore_ascii_case(plugin.name().as_bytes()),
            _ => plugin == Plugin::Native,
        };
        // Of the challenge in the greeting only the plugin named there is sure to have been meant,
        // but MySQL 8 reads `mysql_native_password` against it too.
        if let Some(challenge) = challenge
            && took
            && plugin != Plugin::Sha256
        {
            return Ok((self.response.proof.clone(), challenge));
        }
        if !speaks_plugins {
            return Err(Refused::Said(Failure::old_client(product)));
        }
        // MariaDB goes on with the challenge of the greeting.
        let kept = challenge.filter(|_| product.family == Family::MariaDb);
        let fresh = kept.or_else(|| scramble(product.family)).ok_or(Refused::End(End::Budget))?;
        let mut request = vec![0xfe];
        request.extend_from_slice(plugin.name().as_bytes());
        request.push(0);
        request.extend_from_slice(&fresh);
        request.push(0);
        self.wire.say(&request).await.map_err(Refused::End)?;
        let answer = self.read().await?;
        Ok((answer, fresh))
    }

    async fn read(&mut self) -> Result<Vec<u8>, Refused> {
        let message = self.wire.read(self.service.product.longest_packet()).await;
        message.map(|message| message.payload).map_err(|broken| broken_off(self.service, broken))
    }

    fn native(
        &self,
        answer: &[u8],
        scramble: &[u8; SCRAMBLE],
        password: Option<&[u8]>,
    ) -> Result<Exchange, Refused> {
        let given = !answer.is_empty();
        if given && answer.len() != SCRAMBLE {
            let maria = self.service.product.family == Family::MariaDb;
            let old = maria && self.response.capabilities & super::product::SECURE == 0;
            let failure =
                if old { Failure::old_client(&self.service.product) } else { Failure::bad_handshake() };
            return Err(Refused::Handshake(failure));
        }
        let expected = password.map(|password| proof::native(password, scramble));
        Ok(Exchange {
            plugin: Plugin::Native,
            password: (!given).then(Vec::new),
            hash: given.then(|| proof::native_hash(scramble, answer)),
            given,
            proven: expected.is_some_and(|expected| expected == answer),
        })
    }

    async fn caching_sha2(
        &mut self,
        answer: Vec<u8>,
        scramble: &[u8; SCRAMBLE],
        password: Option<&[u8]>,
    ) -> Result<Exchange, Refused> {
        const FAST: &[u8] = &[1, 3];
        const FULL: &[u8] = &[1, 4];
        let mut out =
            Exchange { plugin: Plugin::CachingSha2, password: None, hash: None, given: true, proven: false };
        if answer.is_empty() || answer == [0] {
            return Ok(Exchange { password: Some(Vec::new()), given: false, ..out });
        }
        if answer.len() != 32 {
            return Ok(out);
        }
        out.hash = Some(proof::caching_sha2_hash(scramble, &answer));
        let matches = password.is_some_and(|p| proof::caching_sha2(p, scramble) == answer);
        if let Met::Known(at) = self.met
            && matches
            && self.service.is_cached(at)
        {
            self.wire.say(FAST).await.map_err(Refused::End)?;
            return Ok(Exchange { proven: true, ..out });
        }
        self.wire.say(FULL).await.map_err(Refused::End)?;
        let said = match self.said_password(2, scramble).await {
            Ok(said) => said,
            // A client that will not say its password goes; what it proved is worth telling.
            Err(refused) => {
                tell(self.wire, self.response, out, false);
                return Err(refused);
            }
        };
        out.proven = said.as_deref().is_some_and(|said| Some(said) == password);
        if let Met::Known(at) = self.met
            && out.proven
        {
            self.service.cache(at);
        }
        out.password = said;
        Ok(out)
    }

    async fn sha256(&mut self, answer: Vec<u8>, scramble: &[u8; SCRAMBLE]) -> Result<Exchange, Refused> {
        let out = Exchange { plugin: Plugin::Sha256, password: None, hash: None, given: true, proven: false };
        if answer.is_empty() || answer == [0] {
            return Ok(Exchange { password: Some(Vec::new()), given: false, ..out });
        }
        let password = self.password_in(answer, 1, scramble).await?;
        Ok(Exchange { password, ..out })
    }

    /// The password that the client says now: in the clear over TLS, encrypted else. `None` when
    /// what it says is none.
    async fn said_password(
        &mut self,
        asks_for_key: u8,
        scramble: &[u8; SCRAMBLE],
    ) -> Result<Option<Vec<u8>>, Refused> {
        let answer = self.read().await?;
        self.password_in(answer, asks_for_key, scramble).await
    }

    async fn password_in(
        &mut self,
        answer: Vec<u8>,
        asks_for_key: u8,
        scramble: &[u8; SCRAMBLE],
    ) -> Result<Option<Vec<u8>>, Refused> {
        if self.wire.conn.is_secure() {
            return Ok(up_to_nul(&answer));
        }
        let Some(keys) = &self.service.keys else { return Ok(None) };
        let encrypted = if answer == [asks_for_key] {
            let mut packet = vec![1];
            packet.extend_from_slice(&keys.public);
            self.wire.say(&packet).await.map_err(Refused::End)?;
            self.read().await?
        } else {
            answer
        };
        Ok(keys.decrypt(&encrypted).and_then(|veiled| up_to_nul(&proof::unveil(&veiled, scramble))))
    }
}

/// A password as clients say it: with a NUL at its end.
fn up_to_nul(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    bytes.get(..end).filter(|password| password.len() <= 256).map(<[u8]>::to_vec)
}

/// Tells of an exchange, whole or broken off.
fn tell(wire: &Wire<'_>, response: &Response, exchange: Exchange, accepted: bool) {
    let user = Some(response.user.clone());
    let mechanism = exchange.plugin.name();
    wire.conn.emit(match (exchange.password, exchange.hash) {
        (None, Some(hash)) => auth_proof(mechanism, user, hash.into_bytes(), accepted),
        (password, _) => auth_attempt(mechanism, user, password, accepted),
    });
}

/// What the server does when a packet of the handshake does not come as it should.
pub(super) fn broken_off(service: &Mysql, broken: Broken) -> Refused {
    let maria = service.product.family == Family::MariaDb;
    match broken {
        Broken::OutOfOrder(_) => Refused::Handshake(Failure::out_of_order()),
        Broken::TooBig => Refused::Handshake(Failure::too_big()),
        Broken::End(End::Peer) if maria => Refused::Silent(End::Peer),
        Broken::End(End::Idle) if maria => Refused::Silent(End::Idle),
        Broken::End(End::Peer) => Refused::Handshake(Failure::read_error()),
        Broken::End(End::Idle) => Refused::Handshake(Failure::read_timeout()),
        Broken::End(end) => Refused::End(end),
    }
}

/// Says what a client tells of itself.
pub(super) fn tell_client(wire: &Wire<'_>, response: &Response) {
    if response.attributes.is_empty() && response.database.is_none() {
        return;
    }
    let mut attributes = serde_json::Map::new();
    for (name, value) in &response.attributes {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes.get(..512).unwrap_or(bytes)).into_owned();
        attributes.insert(text(name), text(value).into());
    }
    wire.conn.emit(Kind::ClientAttributes {
        capabilities: format!("{:08x}", response.capabilities),
        charset: u16::from(response.charset),
        plugin: response.plugin.clone(),
        database: response.database.clone(),
        attributes: serde_json::Value::Object(attributes).to_string(),
    });
}
