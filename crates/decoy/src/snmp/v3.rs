//! Messages of version 3: who speaks, whether it is true, and how the answer is wrapped.
//!
//! The order of the checks is that of RFC 3414, section 3.2; what net-snmp drops in silence
//! is dropped.

use super::{
    ber::{self, Malformed, Reader},
    message::{Content, Operation, Pdu, Reader3, Reply},
    stats::UserFault,
    usm::{self, Auth, Moment, Privacy},
    value::Value,
};

/// The largest message that we say we take, and the smallest that a peer may.
const SIZE: i64 = 65_507;
const SMALLEST: i64 = 484;
/// Seconds by which the clocks of two engines may differ.
const WINDOW: i64 = 150;
/// The security model of users.
const MODEL: i64 = 3;

const AUTHENTIC: u8 = 1;
const PRIVATE: u8 = 2;
const REPORTABLE: u8 = 4;

/// Longest engine id and user name (RFC 3411, RFC 3414).
const NAME: usize = 32;

/// The one user that an agent knows.
#[derive(Debug)]
pub struct User {
    /// Its name.
    pub name: Vec<u8>,
    /// How it proves itself, and with which key.
    pub auth: (Auth, Vec<u8>),
    /// How it hides, and with which key.
    pub privacy: (Privacy, Vec<u8>),
}

/// Our side of the conversation.
#[derive(Clone, Copy, Debug)]
pub struct Engine<'a> {
    /// The engine id.
    pub id: &'a [u8],
    /// Boots and seconds since.
    pub moment: Moment,
    /// The user.
    pub user: Option<&'a User>,
    /// A number that no two messages share.
    pub salt: u64,
}

/// What came, as far as it was understood.
#[derive(Clone, Debug, Default)]
pub struct Header<'a> {
    id: i64,
    size: i64,
    flags: u8,
    /// The engine that is spoken to.
    pub engine: &'a [u8],
    boots: i64,
    time: i64,
    /// Who speaks.
    pub user: &'a [u8],
    /// The digest.
    pub digest: &'a [u8],
    salt: &'a [u8],
    /// What is asked, perhaps encrypted.
    data: &'a [u8],
}

/// The context that a request names, and the request.
#[derive(Debug)]
pub struct Scoped<'a> {
    engine: &'a [u8],
    name: &'a [u8],
    /// The request.
    pub pdu: Pdu<'a>,
}

/// Why a message has no answer of the usual kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is dropped.
    Dropped,
    /// It is of a security model that we do not have.
    Model,
    /// It cannot be.
    Invalid,
    /// A report says why.
    Report(UserFault),
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Self::Dropped
    }
}

impl<'a> Header<'a> {
    /// Reads all but what may be encrypted.
    ///
    /// # Errors
    /// [`Refusal`] when it is not understood.
    pub fn read(Reader3(mut reader): Reader3<'a>) -> Result<Self, Refusal> {
        let mut global = Reader::new(reader.expect(ber::SEQUENCE)?);
        let (id, size) = (global.integer()?, global.integer()?);
        let flags = global.expect(ber::OCTETS)?;
        let model = global.integer()?;
        let &[flags] = flags else { return Err(Refusal::Dropped) };
        if !(0..=i64::from(i32::MAX)).contains(&id) || !(SMALLEST..=i64::from(i32::MAX)).contains(&size) {
            return Err(Refusal::Dropped);
        }
        if flags & (AUTHENTIC | PRIVATE) == PRIVATE {
            return Err(Refusal::Invalid);
        }
        if model != MODEL {
            return Err(Refusal::Model);
        }
        let mut security = Reader::new(Reader::new(reader.expect(ber::OCTETS)?).expect(ber::SEQUENCE)?);
        let engine = security.expect(ber::OCTETS)?;
        let (boots, time) = (security.integer()?, security.integer()?);
        let user = security.expect(ber::OCTETS)?;
        let (digest, salt) = (security.expect(ber::OCTETS)?, security.expect(ber::OCTETS)?);
        if engine.len() > NAME || user.len() > NAME {
            return Err(Refusal::Dropped);
        }
        Ok(Self { id, size, flags, engine, boots, time, user, digest, salt, data: reader.rest() })
    }

    /// Whether it carries a proof of who speaks.
    pub const fn is_authentic(&self) -> bool {
        self.flags & AUTHENTIC != 0
    }

    /// Whether it is encrypted.
    pub const fn is_private(&self) -> bool {
        self.flags & PRIVATE != 0
    }

    /// The message as it was when its digest was made.
    pub fn signed(&self, datagram: &[u8]) -> Vec<u8> {
        let mut message = datagram.to_vec();
        let start = self.digest.as_ptr().addr().wrapping_sub(datagram.as_ptr().addr());
        if let Some(place) = message.get_mut(start..start.saturating_add(self.digest.len())) {
            place.fill(0);
        }
        message
    }

    /// What is asked, where it is not encrypted.
    pub fn visible(&self) -> Option<Pdu<'a>> {
        if self.is_private() { None } else { Scoped::read(self.data).ok().map(|scoped| scoped.pdu) }
    }

    /// Checks who speaks, and returns what is asked in the clear.
    ///
    /// # Errors
    /// [`Refusal::Report`] for what an agent reports.
    pub fn check(&self, datagram: &[u8], engine: &Engine<'_>) -> Result<Vec<u8>, Refusal> {
        if self.engine != engine.id {
            return Err(Refusal::Report(UserFault::UnknownEngine));
        }
        let user = engine.user.filter(|user| user.name == self.user);
        let user = user.ok_or(Refusal::Report(UserFault::UnknownUser))?;
        if !self.is_authentic() {
            return Ok(self.data.to_vec());
        }
        let (auth, key) = &user.auth;
        let expected = usm::digest(*auth, key, &self.signed(datagram)).ok_or(Refusal::Dropped)?;
        if !usm::same(&expected, self.digest) {
            return Err(Refusal::Report(UserFault::WrongDigest));
        }
        let Moment { boots, time } = engine.moment;
        if self.boots != i64::from(boots) || (self.time - i64::from(time)).abs() > WINDOW {
            return Err(Refusal::Report(UserFault::NotInTimeWindow));
        }
        if !self.is_private() {
            return Ok(self.data.to_vec());
        }
        let sealed = Reader::new(self.data).expect(ber::OCTETS)?;
        let (privacy, key) = &user.privacy;
        let open = usm::decrypt(*privacy, key, self.salt, engine.moment_of(self), sealed);
        open.ok_or(Refusal::Report(UserFault::Decryption))
    }

    /// The report of a fault, unless who sent the message would not want one.
    pub fn report(&self, engine: &Engine<'_>, fault: UserFault, count: u32) -> Option<Vec<u8>> {
        let scoped = if self.is_private() { None } else { Scoped::read(self.data).ok() };
        let wanted = match &scoped {
            Some(scoped) => scoped.pdu.operation.is_confirmed(),
            None => self.flags & REPORTABLE != 0,
        };
        let request = scoped.map_or(0, |scoped| scoped.pdu.request);
        let name = [1, 3, 6, 1, 6, 3, 15, 1, 1, fault as u32, 0];
        let variables = vec![(name.to_vec().into(), Content::Value(Value::Counter(count)))];
        let reply = Reply { status: 0, index: 0, variables };
        // Clocks are set by this report, so it proves itself; the others cannot.
        let flags = if fault == UserFault::NotInTimeWindow { AUTHENTIC } else { 0 };
        let context = (engine.id, &[][..]);
        wanted.then(|| self.wrap(engine, flags, context, Operation::Report, request, &reply)).flatten()
    }

    /// The answer to a request; nothing when it is larger than the peer takes.
    pub fn answer(&self, engine: &Engine<'_>, scoped: &Scoped<'_>, reply: &Reply<'_>) -> Option<Vec<u8>> {
        let context = (scoped.engine, scoped.name);
        let flags = self.flags & (AUTHENTIC | PRIVATE);
        let message = self.wrap(engine, flags, context, Operation::Response, scoped.pdu.request, reply)?;
        (i64::try_from(message.len()).is_ok_and(|length| length <= self.size)).then_some(message)
    }

    fn wrap(
        &self,
        engine: &Engine<'_>,
        flags: u8,
        (context, name): (&[u8], &[u8]),
        operation: Operation,
        request: i64,
        reply: &Reply<'_>,
    ) -> Option<Vec<u8>> {
        let mut scoped = Vec::new();
        ber::wrap(&mut scoped, ber::SEQUENCE, |out| {
            ber::put(out, ber::OCTETS, context);
            ber::put(out, ber::OCTETS, name);
            reply.put(out, operation, request);
        });
        let mut salt = Vec::new();
        if flags & PRIVATE != 0 {
            salt = engine.salt(engine.user?);
            let (privacy, key) = &engine.user?.privacy;
            let sealed = usm::encrypt(*privacy, key, &salt, engine.moment, &scoped)?;
            scoped.clear();
            ber::put(&mut scoped, ber::OCTETS, &sealed);
        }
        let signer = engine.user.filter(|_| flags & AUTHENTIC != 0);
        let zeros = vec![0; signer.map_or(0, |user| user.auth.0.length())];
        let message = self.assemble(engine, flags, &zeros, &salt, &scoped);
        match signer {
            None => Some(message),
            Some(user) => {
                let digest = usm::digest(user.auth.0, &user.auth.1, &message)?;
                Some(self.assemble(engine, flags, &digest, &salt, &scoped))
            }
        }
    }

    fn assemble(&self, engine: &Engine<'_>, flags: u8, digest: &[u8], salt: &[u8], scoped: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        ber::wrap(&mut out, ber::SEQUENCE, |out| {
            ber::put_integer(out, ber::INTEGER, 3);
            ber::wrap(out, ber::SEQUENCE, |out| {
                ber::put_integer(out, ber::INTEGER, self.id);
                ber::put_integer(out, ber::INTEGER, SIZE);
                ber::put(out, ber::OCTETS, &[flags]);
                ber::put_integer(out, ber::INTEGER, MODEL);
            });
            ber::wrap(out, ber::OCTETS, |out| {
                ber::wrap(out, ber::SEQUENCE, |out| {
                    ber::put(out, ber::OCTETS, engine.id);
                    ber::put_integer(out, ber::INTEGER, engine.moment.boots.into());
                    ber::put_integer(out, ber::INTEGER, engine.moment.time.into());
                    ber::put(out, ber::OCTETS, self.user);
                    ber::put(out, ber::OCTETS, digest);
                    ber::put(out, ber::OCTETS, salt);
                });
            });
            out.extend_from_slice(scoped);
        });
        out
    }
}

/// Message and digest in the form that `hashcat` reads: mode 25000 for the short digests, 26700
/// and up for those of SHA-2.
pub fn crackable(header: &Header<'_>, datagram: &[u8]) -> Vec<u8> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let kind = match header.digest.len() {
        16 => 3,
        24 => 4,
        32 => 5,
        48 => 6,
        _ => 0,
    };
    let signed = header.signed(datagram);
    let (signed, engine, digest) = (hex(&signed), hex(header.engine), hex(header.digest));
    format!("$SNMPv3${kind}${}${signed}${engine}${digest}", header.id).into_bytes()
}

impl Engine<'_> {
    /// The times with which a message was encrypted: those in it.
    fn moment_of(&self, header: &Header<'_>) -> Moment {
        let number = |value| u32::try_from(value).unwrap_or(0);
        Moment { boots: number(header.boots), time: number(header.time) }
    }

    fn salt(&self, user: &User) -> Vec<u8> {
        match user.privacy.0 {
            // RFC 3414, section 8.1.1.1: the boots, and a number.
            Privacy::Des => {
                let low = u32::try_from(self.salt & u64::from(u32::MAX)).unwrap_or(0);
                [self.moment.boots.to_be_bytes(), low.to_be_bytes()].concat()
            }
            Privacy::Aes => self.salt.to_be_bytes().to_vec(),
        }
    }
}

impl<'a> Scoped<'a> {
    /// Reads what is asked.
    ///
    /// # Errors
    /// When it is not understood.
    pub fn read(data: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(Reader::new(data).expect(ber::SEQUENCE)?);
        let (engine, name) = (reader.expect(ber::OCTETS)?, reader.expect(ber::OCTETS)?);
        Ok(Self { engine, name, pdu: Pdu::read(&mut reader)? })
    }

    /// Whether the context is the one that there is.
    pub const fn is_default(&self) -> bool {
        self.name.is_empty()
    }
}
