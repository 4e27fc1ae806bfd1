//! One-time tokens: what lets a host in, and how the host knows whom it joins.
//!
//! The text is `dn1-` and base64url (no padding) of 18 random bytes and of the pin of the
//! authority. Only the SHA-256 of the 18 bytes is kept by the master; to look it up says nothing
//! about it, so that no comparison needs constant time.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom as _, SystemRandom};
use thiserror::Error;

use crate::digest::{InvalidDigest, Pin, sha256};

/// What every token begins with; the digit is the version of the rest.
const PREFIX: &str = "dn1-";

/// Secret bytes of a token: 144 bits.
const SECRET: usize = 18;

/// Bytes of a token: the secret and a pin.
const LENGTH: usize = SECRET + 32;

/// The text is no token. It is not repeated: a mistyped one is still half a secret.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no join token: it would be {PREFIX} and 67 letters, digits, hyphens and underscores")]
pub struct InvalidToken;

/// The system gives no random bytes.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("cannot draw a token: the system gives no random bytes")]
pub struct NoRandom;

/// A token as its bearer has it. Its `Debug` does not show the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    secret: [u8; SECRET],
    authority: Pin,
}

/// What the master keeps of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub Pin);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(…, {})", self.authority)
    }
}

impl Token {
    /// Draws a token for hosts that shall trust the authority of this pin: its text, and what to
    /// keep of it.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn draw(authority: Pin) -> Result<(String, TokenHash), NoRandom> {
        let mut secret = [0; SECRET];
        SystemRandom::new().fill(&mut secret).map_err(|_| NoRandom)?;
        let token = Self { secret, authority };
        Ok((token.text(), token.hash()))
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`InvalidToken`].
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidToken)?;
        // Checked before it is decoded, so that a long text costs nothing.
        if encoded.len() != (LENGTH * 4).div_ceil(3) {
            return Err(InvalidToken);
        }
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| InvalidToken)?;
        let (secret, pin) = bytes.split_at_checked(SECRET).ok_or(InvalidToken)?;
        Ok(Self {
            secret: secret.try_into().map_err(|_| InvalidToken)?,
            authority: Pin(pin.try_into().map_err(|_| InvalidToken)?),
        })
    }

    /// What the master looks the token up by.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Pin(sha256(&self.secret)))
    }

    /// The authority that its bearer may trust.
    pub fn authority_pin(&self) -> Pin {
        self.authority
    }

    fn text(&self) -> String {
        let bytes = [self.secret.as_slice(), &self.authority.0].concat();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for TokenHash {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_carries_its_authority() {
        let pin = Pin::of_key(b"authority");
        let (text, hash) = Token::draw(pin).unwrap();
        assert_eq!(text.len(), 71);
        let token = Token::parse(&text).unwrap();
        assert_eq!((token.hash(), token.authority_pin()), (hash, pin));
        assert_ne!(Token::draw(pin).unwrap().1, hash);
        assert!(!format!("{token:?}").contains(&text[4..20]), "its secret is not shown");
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }

    #[test]
    fn the_format_stands() {
        let text = format!("dn1-{}", "A".repeat(67));
        let token = Token::parse(&text).unwrap();
        assert_eq!((token.secret, token.authority), ([0; 18], Pin([0; 32])));
        assert_eq!(token.hash(), TokenHash(Pin(sha256(&[0; 18]))));
    }

    #[test]
    fn nothing_else_is_one() {
        let good = Token::draw(Pin([7; 32])).unwrap().0;
        let last = format!("{}B", &good[..70]);
        let bad = [
            "",
            "dn1-",
            &good[4..],
            &good[..70],
            &format!("{good}A"),
            &format!("{good}="),
            &format!(" {good}"),
        ];
        for text in bad.into_iter().chain([
            &*good.replace("dn1", "dn2"),
            &good.replace('-', "+"),
            &"A".repeat(1 << 20),
        ]) {
            assert_eq!(Token::parse(text), Err(InvalidToken), "{text:.80}");
        }
        assert!(Token::parse(&last).is_err() || last == good, "bits that say nothing must be zero");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String, tail in "[A-Za-z0-9_-]{60,70}") {
            let _ = Token::parse(&text);
            let text = format!("dn1-{tail}");
            if let Ok(token) = Token::parse(&text) {
                prop_assert_eq!(token.text(), text, "two texts are never one token");
            }
        }

        #[test]
        fn every_token_is_read_back(secret: [u8; 18], pin: [u8; 32]) {
            let token = Token { secret, authority: Pin(pin) };
            prop_assert_eq!(Token::parse(&token.text()), Ok(token));
        }
    }
}
