//! Messages of versions 1 and 2c, and what is in messages of all versions.
//!
//! What net-snmp reads although the standards forbid it is read; what it drops is an error.

use std::borrow::Cow;

use super::{
    ber::{self, Malformed, Reader},
    value::{self, Value},
};

/// Longest community that net-snmp takes.
const COMMUNITY: usize = 255;
/// First and last tag of a PDU; the old trap between them has another shape.
const FIRST_PDU: u8 = 0xa0;

/// What a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The values of variables.
    Get,
    /// The variables after names.
    GetNext,
    /// An answer.
    Response,
    /// To change variables.
    Set,
    /// The old trap.
    OldTrap,
    /// Many variables after names.
    GetBulk,
    /// A notification that wants an answer.
    Inform,
    /// A notification.
    Trap,
    /// A report of the message processing.
    Report,
}

impl Operation {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Get, "get"),
        (Self::GetNext, "getnext"),
        (Self::Response, "response"),
        (Self::Set, "set"),
        (Self::OldTrap, "trap"),
        (Self::GetBulk, "getbulk"),
        (Self::Inform, "inform"),
        (Self::Trap, "trap2"),
        (Self::Report, "report"),
    ];

    fn of(tag: u8) -> Option<Self> {
        Self::ALL.get(usize::from(tag.checked_sub(FIRST_PDU)?)).map(|(operation, _)| *operation)
    }

    fn tag(self) -> u8 {
        let at = Self::ALL.iter().position(|(operation, _)| *operation == self).unwrap_or(0);
        FIRST_PDU | u8::try_from(at).unwrap_or(0)
    }

    /// Its name in events.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(operation, _)| *operation == self).map_or("", |(_, name)| name)
    }

    /// Whether an agent answers it.
    pub const fn is_request(self) -> bool {
        matches!(self, Self::Get | Self::GetNext | Self::GetBulk | Self::Set)
    }

    /// Whether who sends it waits for an answer.
    pub const fn is_confirmed(self) -> bool {
        self.is_request() || matches!(self, Self::Inform)
    }
}

/// A variable of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable<'a> {
    /// Its name.
    pub name: Vec<u32>,
    /// The tag of the value that came with it.
    pub tag: u8,
    /// That value as it came.
    pub raw: &'a [u8],
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// What to do.
    pub operation: Operation,
    /// Number that the answer repeats.
    pub request: i64,
    /// Error status, or how many variables of a bulk request do not repeat.
    pub status: i64,
    /// Error index, or how often the others do.
    pub index: i64,
    /// With which variables.
    pub variables: Vec<Variable<'a>>,
}

impl<'a> Pdu<'a> {
    /// Reads a PDU.
    ///
    /// # Errors
    /// When net-snmp would not read it.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let item = reader.item()?;
        let operation = Operation::of(item.tag).ok_or(Malformed)?;
        if operation == Operation::OldTrap {
            return Ok(Self { operation, request: 0, status: 0, index: 0, variables: Vec::new() });
        }
        let mut fields = Reader::new(item.content);
        let (request, status, index) = (fields.integer()?, fields.integer()?, fields.integer()?);
        let mut list = Reader::new(fields.expect(ber::SEQUENCE)?);
        let mut variables = Vec::new();
        while !list.is_empty() {
            variables.push(variable(list.expect(ber::SEQUENCE)?)?);
        }
        Ok(Self { operation, request, status, index, variables })
    }
}

fn variable(content: &[u8]) -> Result<Variable<'_>, Malformed> {
    let mut reader = Reader::new(content);
    let name = value::name(reader.expect(ber::OID)?)?;
    let item = reader.item()?;
    if !reader.is_empty() || !value::is_readable(&item) {
        return Err(Malformed);
    }
    Ok(Variable { name, tag: item.tag, raw: item.raw })
}

/// A value in an answer: one of ours, or what came.
#[derive(Clone, Debug, PartialEq)]
pub enum Content<'a> {
    /// One of ours.
    Value(Value),
    /// As it came.
    Raw(&'a [u8]),
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply<'a> {
    /// Error status.
    pub status: i64,
    /// Which variable is at fault, the first being 1.
    pub index: i64,
    /// Variables with their values.
    pub variables: Vec<(Cow<'a, [u32]>, Content<'a>)>,
}

impl Reply<'_> {
    /// Appends the PDU that answers `request`.
    pub fn put(&self, out: &mut Vec<u8>, operation: Operation, request: i64) {
        ber::wrap(out, operation.tag(), |out| {
            ber::put_integer(out, ber::INTEGER, request);
            ber::put_integer(out, ber::INTEGER, self.status);
            ber::put_integer(out, ber::INTEGER, self.index);
            ber::wrap(out, ber::SEQUENCE, |out| {
                for (name, content) in &self.variables {
                    ber::wrap(out, ber::SEQUENCE, |out| {
                        value::put_name(out, name);
                        match content {
                            Content::Value(value) => value.put(out),
                            Content::Raw(raw) => out.extend_from_slice(raw),
                        }
                    });
                }
            });
        });
    }
}

/// Versions whose messages carry a community.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Version 1.
    One,
    /// Version 2c.
    Two,
}

/// A message that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// With a community.
    Community {
        /// Its version.
        version: Version,
        /// The community.
        community: &'a [u8],
        /// What is asked.
        pdu: Pdu<'a>,
    },
    /// Of version 3; the rest of it, unread.
    Three(Reader3<'a>),
}

/// What comes after the version in a message of version 3.
#[derive(Clone, Copy, Debug)]
pub struct Reader3<'a>(pub Reader<'a>);

impl PartialEq for Reader3<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.rest() == other.0.rest()
    }
}

impl Eq for Reader3<'_> {}

/// Why a message is dropped before anybody looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// It is not SNMP.
    Malformed,
    /// It is of no version that there is.
    Version,
}

impl From<Malformed> for Dropped {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Reads a datagram.
///
/// # Errors
/// [`Dropped`] says which counter an agent counts up.
pub fn read(datagram: &[u8]) -> Result<Message<'_>, Dropped> {
    let mut reader = Reader::new(Reader::new(datagram).expect(ber::SEQUENCE)?);
    let version = match reader.integer()? {
        0 => Version::One,
        1 => Version::Two,
        3 => return Ok(Message::Three(Reader3(reader))),
        _ => return Err(Dropped::Version),
    };
    let community = reader.expect(ber::OCTETS)?;
    if community.len() > COMMUNITY {
        return Err(Dropped::Malformed);
    }
    Ok(Message::Community { version, community, pdu: Pdu::read(&mut reader)? })
}

/// The message that answers one with a community.
pub fn write(version: Version, community: &[u8], request: i64, reply: &Reply<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    ber::wrap(&mut out, ber::SEQUENCE, |out| {
        ber::put_integer(out, ber::INTEGER, i64::from(version == Version::Two));
        ber::put(out, ber::OCTETS, community);
        reply.put(out, Operation::Response, request);
    });
    out
}
