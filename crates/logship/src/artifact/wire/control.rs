//! Control records.

use std::fmt;

use crate::{
    artifact::Digest,
    wire::{ControlError, Words, push_text},
};

/// A frame that is no piece; the head of the crate says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// From the receiver, `@ready`.
    Ready,
    /// From the sender, `@have <sha256> <size>`.
    Have {
        /// Which artifact.
        digest: Digest,
        /// How many bytes it has.
        size: u64,
    },
    /// From the receiver, `@from <sha256> <offset>`.
    From {
        /// Which artifact.
        digest: Digest,
        /// The first byte that is to be sent.
        offset: u64,
    },
    /// From the receiver, `@got <sha256> <offset>`.
    Got {
        /// Which artifact.
        digest: Digest,
        /// The first byte that did not come.
        offset: u64,
    },
    /// From the receiver, `@kept <sha256>`.
    Kept(Digest),
    /// From the receiver, `@no <sha256> <why>`.
    No(Digest, Refusal),
    /// From the sender, `@gone <sha256>`.
    Gone(Digest),
    /// From the sender, `@ping`.
    Ping,
    /// From the receiver, `@pong`.
    Pong,
}

/// Why an artifact is not taken now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// It is larger than anything that is kept.
    Large,
    /// The host brought enough today.
    Quota,
    /// The receiver has no room.
    Room,
    /// Its content is not what its name says.
    Wrong,
    /// Another connection of the host is at it.
    Busy,
    /// The receiver could not keep it.
    Failed,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Large, Self::Quota, Self::Room, Self::Wrong, Self::Busy, Self::Failed];

    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Quota => "quota",
            Self::Room => "room",
            Self::Wrong => "wrong",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Large => "it is too large",
            Self::Quota => "this host brought enough today",
            Self::Room => "there is no room",
            Self::Wrong => "its content is not what its name says",
            Self::Busy => "another connection is at it",
            Self::Failed => "it could not be kept",
        })
    }
}

impl Control {
    /// Appends the frame of this record to `out`.
    pub fn push(&self, out: &mut Vec<u8>) {
        push_text(&self.to_string(), out);
    }

    /// Reads what a frame holds.
    ///
    /// # Errors
    /// [`ControlError`] for everything but what [`Control::push`] puts into a frame.
    pub fn parse(payload: &[u8]) -> Result<Self, ControlError> {
        let mut words = Words::of(payload)?;
        let name = words.take();
        let record = match name {
            "@ready" => Self::Ready,
            "@have" => Self::Have { digest: digest(&mut words)?, size: words.number("a size")? },
            "@from" => Self::From { digest: digest(&mut words)?, offset: words.number("an offset")? },
            "@got" => Self::Got { digest: digest(&mut words)?, offset: words.number("an offset")? },
            "@kept" => Self::Kept(digest(&mut words)?),
            "@no" => Self::No(digest(&mut words)?, words.read("a reason", refusal)?),
            "@gone" => Self::Gone(digest(&mut words)?),
            "@ping" => Self::Ping,
            "@pong" => Self::Pong,
            _ => return Err(ControlError::Unknown(name.to_owned())),
        };
        words.end().map(|()| record)
    }
}

fn digest(words: &mut Words<'_>) -> Result<Digest, ControlError> {
    words.parse("a SHA-256")
}

fn refusal(word: &str) -> Option<Refusal> {
    Refusal::ALL.into_iter().find(|refusal| refusal.word() == word)
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("@ready"),
            Self::Have { digest, size } => write!(f, "@have {digest} {size}"),
            Self::From { digest, offset } => write!(f, "@from {digest} {offset}"),
            Self::Got { digest, offset } => write!(f, "@got {digest} {offset}"),
            Self::Kept(digest) => write!(f, "@kept {digest}"),
            Self::No(digest, why) => write!(f, "@no {digest} {}", why.word()),
            Self::Gone(digest) => write!(f, "@gone {digest}"),
            Self::Ping => f.write_str("@ping"),
            Self::Pong => f.write_str("@pong"),
        }
    }
}
