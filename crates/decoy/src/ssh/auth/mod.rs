//! User authentication (RFC 4252): what sshd answers to those who want in, and who gets in.
//!
//! The data flow: [`Authentication`] takes one message after the other off the link; `request`
//! reads it, `attempts` counts, `key` and `authorized` check keys, `delay` says how long the
//! answer takes. Who gets in is a [`Login`].
//!
//! A password opens an account only when it is bait of the persona; a key only when the visitor
//! put it into the played account's `authorized_keys`, and signs with it.

mod attempts;
mod authorized;
mod delay;
mod key;
mod request;
#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc, time::Duration};

use decnet_event::Kind;
use tokio::time::Instant;

use self::{
    attempts::{Attempts, Disconnect},
    authorized::Permission,
    key::{PublicKey, SignedRequest},
    request::Request,
};
use super::{
    link::Link,
    policy::Policy,
    public_key::PublicKey as Described,
    wire::{Malformed, Reader, Writer as _, message},
};
use crate::{
    attempt::auth_attempt,
    conn::{End, Witness},
    machine::{Account, Errno, Files, Machine},
};

const SERVICE_REQUEST: u8 = 5;
const SERVICE_ACCEPT: u8 = 6;
const USERAUTH_REQUEST: u8 = 50;
const USERAUTH_FAILURE: u8 = 51;
const USERAUTH_SUCCESS: u8 = 52;
const PK_OK: u8 = 60;
/// Longest password that is checked at all.
const PASSWORD: usize = 1_024;

/// Reads `bytes` as a request, as a key and as a file of keys, for fuzz targets.
#[cfg(any(test, feature = "testing"))]
pub(super) fn parse(bytes: &[u8]) {
    if let Ok(request) = Request::parse(bytes) {
        let _ = Attempts::default().begin(&request);
        let _ = request::Password::parse(request.rest);
        for bound in [false, true] {
            let _ = request::PublicKey::parse(request.rest, bound).map(|key| key.signature().is_ok());
        }
    }
    if let Ok(key) = PublicKey::parse(bytes) {
        key.verifies(b"ssh-ed25519", bytes, bytes);
    }
    authorized::find(bytes, bytes);
}

/// Where somebody wants in.
pub(super) struct Door {
    pub(super) machine: Arc<Machine>,
    pub(super) witness: Witness,
    pub(super) policy: Policy,
    /// The password that the operator gave root.
    pub(super) root_password: Option<String>,
}

/// Somebody who got in.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) account: Account,
    /// What the key that opened allows to run, if it says.
    pub(super) command: Option<Vec<u8>>,
    /// Whether a terminal may be had.
    pub(super) terminal: bool,
    /// What is told to who debugs the client.
    pub(super) notices: Vec<Vec<u8>>,
}

/// What a method came to.
enum Verdict {
    Accepted(Box<Login>),
    Refused,
    /// The answer was given already, and counts for nothing.
    Answered(Vec<u8>),
}

/// Why there is no going on.
enum Stop {
    Silent,
    Disconnect(Vec<u8>),
    Ended(End),
}

impl From<Malformed> for Stop {
    fn from(_: Malformed) -> Self {
        Self::Silent
    }
}

impl From<Disconnect> for Stop {
    fn from(Disconnect(text): Disconnect) -> Self {
        Self::Disconnect(text)
    }
}

impl From<End> for Stop {
    fn from(end: End) -> Self {
        Self::Ended(end)
    }
}

/// Lets somebody in, or nobody: then the connection is over.
pub(super) async fn authenticate<L: Link>(link: &mut L, door: &Door) -> Result<Option<Login>, End> {
    let mut authentication =
        Authentication { link, door, attempts: Attempts::default(), notices: Vec::new() };
    match authentication.run().await {
        Ok(login) => Ok(Some(login)),
        Err(Stop::Silent) => {
            door.witness.protocol_error("authentication", &[]);
            Ok(None)
        }
        Err(Stop::Disconnect(text)) => Err(authentication.link.disconnect(&text).await),
        Err(Stop::Ended(end)) => Err(end),
    }
}

struct Authentication<'a, L> {
    link: &'a mut L,
    door: &'a Door,
    attempts: Attempts,
    notices: Vec<Vec<u8>>,
}

impl<L: Link> Authentication<'_, L> {
    async fn run(&mut self) -> Result<Login, Stop> {
        let mut serving = false;
        loop {
            let payload = self.link.next().await?;
            match payload.split_first() {
                Some((&SERVICE_REQUEST, body)) => {
                    self.service(body).await?;
                    serving = true;
                }
                Some((&USERAUTH_REQUEST, body)) if serving => {
                    if let Some(login) = self.request(body).await? {
                        return Ok(login);
                    }
                }
                _ => self.link.refuse().await?,
            }
        }
    }

    async fn service(&mut self, body: &[u8]) -> Result<(), Stop> {
        let mut reader = Reader::new(body);
        let name = reader.text()?;
        reader.end()?;
        if name != b"ssh-userauth" {
            let mut text = [b"bad service request ", name].concat();
            text.truncate(request::NAME);
            return Err(Stop::Disconnect(text));
        }
        let mut accept = message(SERVICE_ACCEPT);
        accept.put_string(name);
        Ok(self.link.send(&accept).await?)
    }

    async fn request(&mut self, body: &[u8]) -> Result<Option<Login>, Stop> {
        let started = Instant::now();
        let request = Request::parse(body)?;
        self.attempts.begin(&request)?;
        let (verdict, cost) = self.verdict(&request)?;
        let least = delay::of_user(&self.door.machine.persona().key, request.user);
        let waits =
            self.door.policy.measured && (self.door.policy.none_measured || request.method != b"none");
        let total = if waits { delay::quantised(least, cost + started.elapsed()) } else { cost };
        tokio::time::sleep_until(started + total).await;
        match verdict {
            Verdict::Accepted(mut login) => {
                login.notices = std::mem::take(&mut self.notices);
                self.link.send(&message(USERAUTH_SUCCESS)).await?;
                return Ok(Some(*login));
            }
            Verdict::Answered(answer) => self.link.send(&answer).await?,
            Verdict::Refused => {
                self.attempts.fail(request.method)?;
                let mut failure = message(USERAUTH_FAILURE);
                failure.put_string(self.door.policy.build.auth.methods.as_bytes());
                failure.put_boolean(false);
                self.link.send(&failure).await?;
            }
        }
        Ok(None)
    }

    /// Tries a method, and says how much of the machine's time that cost.
    fn verdict(&mut self, request: &Request<'_>) -> Result<(Verdict, Duration), Stop> {
        let refused = Ok((Verdict::Refused, Duration::ZERO));
        let name = |method: &'static str| auth_attempt(method, Some(request.user.to_vec()), None, false);
        match request.method {
            _ if !self.attempts.may_try() => refused,
            b"none" if self.attempts.may_ask_nothing() => {
                request.rest.end()?;
                self.door.witness.emit(name("none"));
                refused
            }
            b"password" => self.password(request),
            b"publickey" => Ok((self.public_key(request, false)?, Duration::ZERO)),
            b"publickey-hostbound-v00@openssh.com" if self.door.policy.host_bound => {
                Ok((self.public_key(request, true)?, Duration::ZERO))
            }
            b"keyboard-interactive" => {
                self.door.witness.emit(name("keyboard-interactive"));
                refused
            }
            b"hostbased" => {
                self.door.witness.emit(name("hostbased"));
                refused
            }
            b"gssapi-with-mic" | b"gssapi-keyex" => {
                self.door.witness.emit(name("gssapi"));
                refused
            }
            b"none" => refused,
            _ => {
                self.door.witness.emit(name("unknown"));
                refused
            }
        }
    }

    fn password(&self, request: &Request<'_>) -> Result<(Verdict, Duration), Stop> {
        let given = request::Password::parse(request.rest)?;
        let refused = Ok((Verdict::Refused, Duration::ZERO));
        let checked =
            given.change.is_none() && !given.password.is_empty() && given.password.len() <= PASSWORD;
        let account = if checked { self.account_of(request.user, given.password) } else { None };
        let (user, password) = (request.user.to_vec(), given.password.to_vec());
        let served = request.service == b"ssh-connection";
        let accepted = account.is_some() && served;
        self.door.witness.emit(auth_attempt("password", Some(user), Some(password), accepted));
        match account {
            None if !checked => refused,
            None => Ok((Verdict::Refused, self.refusal_cost())),
            // What the monitor lets in and the rest does not know is a bug to OpenSSH, and it dies.
            Some(_) if !served => Err(Stop::Silent),
            Some(account) => {
                let login = Login { account, command: None, terminal: true, notices: Vec::new() };
                Ok((Verdict::Accepted(Box::new(login)), self.hash_cost()))
            }
        }
    }

    fn account_of(&self, user: &[u8], password: &[u8]) -> Option<Account> {
        let (user, password) = (std::str::from_utf8(user).ok()?, std::str::from_utf8(password).ok()?);
        self.door.machine.check_password(user, password, self.door.root_password.as_deref())
    }

    /// A hashed password takes its time, on this machine always about the same.
    fn hash_cost(&self) -> Duration {
        let key = &self.door.machine.persona().key;
        Duration::from_micros(4_000 + crate::identity::number(key, "ssh password hash", 5_000))
    }

    fn refusal_cost(&self) -> Duration {
        let mut dice = [0; 6];
        // Without random numbers PAM waits what it is told.
        if !self.door.policy.pam || getrandom::fill(&mut dice).is_err() {
            return self.hash_cost();
        }
        delay::pam(dice) + self.hash_cost()
    }

    fn public_key(&mut self, request: &Request<'_>, bound: bool) -> Result<Verdict, Stop> {
        let offer = request::PublicKey::parse(request.rest, bound)?;
        let host_key = self.link.facts().host_key;
        if offer.host_key.is_some_and(|key| key != host_key) {
            return Err(Stop::Silent);
        }
        let verdict = self.checked(request, &offer)?;
        let status = match verdict {
            Verdict::Accepted(_) => "accepted",
            Verdict::Answered(_) => "known",
            Verdict::Refused => "rejected",
        };
        self.say_key(request, &offer, status);
        Ok(verdict)
    }

    fn say_key(&self, request: &Request<'_>, offer: &request::PublicKey<'_>, status: &'static str) {
        let described = Described::parse(offer.blob);
        let algorithm = offer.algorithm.get(..64).unwrap_or(offer.algorithm);
        self.door.witness.emit(Kind::AuthAttempt {
            mechanism: "publickey",
            username: Some(request.user.to_vec()),
            password: None,
            status,
            key_type: Some(described.as_ref().map_or_else(
                || String::from_utf8_lossy(algorithm).into_owned(),
                |described| described.algorithm.clone(),
            )),
            key_bits: described.as_ref().and_then(|described| described.bits),
            key_fingerprint: described.map(|described| described.fingerprint),
            hash: None,
        });
    }

    fn checked(&mut self, request: &Request<'_>, offer: &request::PublicKey<'_>) -> Result<Verdict, Stop> {
        let key = match PublicKey::parse(offer.blob) {
            Ok(key) if key.suits(offer.algorithm) && self.door.policy.takes(offer.algorithm) => key,
            _ => return Ok(Verdict::Refused),
        };
        let signature = offer.signature()?;
        let account = std::str::from_utf8(request.user).ok().and_then(|name| self.door.machine.account(name));
        let Some(account) = account.filter(|_| request.service == b"ssh-connection") else {
            return Ok(Verdict::Refused);
        };
        let Some(permission) = self.allowed(&account, offer.blob) else { return Ok(Verdict::Refused) };
        let Some(signature) = signature else {
            let mut answer = message(PK_OK);
            answer.put_string(offer.algorithm);
            answer.put_string(offer.blob);
            return Ok(Verdict::Answered(answer));
        };
        let signed = SignedRequest {
            user: &request.signed_user(),
            service: request.service,
            method: request.method,
            algorithm: offer.algorithm,
            blob: offer.blob,
            host_key: offer.host_key,
        };
        let data = key::signed_data(self.link.facts().session_id, &signed);
        if !key.verifies(offer.algorithm, signature, &data) {
            return Ok(Verdict::Refused);
        }
        let (command, terminal) = (permission.command, permission.terminal);
        Ok(Verdict::Accepted(Box::new(Login { account, command, terminal, notices: Vec::new() })))
    }

    /// What the account's own files say of a key.
    fn allowed(&mut self, account: &Account, blob: &[u8]) -> Option<Permission> {
        let source = self.door.witness.session().src.ip().to_canonical();
        let files = self.door.machine.files(source, account);
        for name in self.door.policy.key_files {
            let path = format!("{}/{name}", account.home);
            let Some(content) = trusted(&files, account, &path) else { continue };
            if let Some(permission) = authorized::find(&content, blob) {
                self.notices.push(permission.text(path.as_bytes()));
                return Some(permission);
            }
        }
        None
    }
}

/// The content of a file that nobody else can write to, as `StrictModes` wants it: neither the
/// file nor a folder between it and the home directory.
fn trusted(files: &Files, account: &Account, path: &str) -> Option<Vec<u8>> {
    const OTHERS_WRITE: u32 = 0o022;
    let safe = |path: &[u8]| -> Result<bool, Errno> {
        let file = files.stat(path)?;
        Ok((file.uid == 0 || file.uid == account.uid) && file.mode & OTHERS_WRITE == 0)
    };
    let home = Path::new(&account.home);
    for part in Path::new(path).ancestors() {
        if !safe(part.as_os_str().as_encoded_bytes()).ok()? {
            return None;
        }
        if part == home {
            break;
        }
    }
    files.read(path.as_bytes()).ok()
}
