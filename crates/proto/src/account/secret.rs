//! Passwords and tokens.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use zeroize::Zeroizing;

/// A password that somebody shows, at most 1024 bytes; whether it is right is not known.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// A password that somebody shall have: at least 12 characters and at most 1024 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(Password);

/// Proof of a log-in: `dn_` and 43 letters, digits, hyphens and underscores.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(Zeroizing<String>);

/// The text can be no password. It is not repeated.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InvalidPassword {
    /// Nobody has one of that length.
    #[error("a password has at most {} bytes", Password::MAX)]
    TooLong,
    /// It would be guessed.
    #[error("a new password has at least {} characters", NewPassword::MIN)]
    TooShort,
}

/// The text is no token. It is not repeated: a mistyped one is still most of a secret.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "no access token: it would be {} and 43 letters, digits, hyphens and underscores",
    AccessToken::PREFIX
)]
pub struct InvalidToken;

impl Password {
    /// Longest password in bytes.
    pub const MAX: usize = 1024;

    /// Takes a text as a password.
    ///
    /// # Errors
    /// [`InvalidPassword::TooLong`].
    pub fn new(text: String) -> Result<Self, InvalidPassword> {
        let text = Zeroizing::new(text);
        if text.len() > Self::MAX { Err(InvalidPassword::TooLong) } else { Ok(Self(text)) }
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl NewPassword {
    /// Fewest characters.
    pub const MIN: usize = 12;

    /// Takes a text as a new password.
    ///
    /// # Errors
    /// [`InvalidPassword`].
    pub fn new(text: String) -> Result<Self, InvalidPassword> {
        let password = Password::new(text)?;
        let enough = password.expose().chars().nth(Self::MIN - 1).is_some();
        if enough { Ok(Self(password)) } else { Err(InvalidPassword::TooShort) }
    }

    /// As it is shown later on.
    pub const fn as_password(&self) -> &Password {
        &self.0
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl AccessToken {
    /// What every token begins with, so that it is known where it should not be.
    pub const PREFIX: &str = "dn_";

    /// Bytes of a token: the prefix and 256 bits in base64url without padding.
    pub const LENGTH: usize = Self::PREFIX.len() + 43;

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccessToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let valid = text.len() == Self::LENGTH
            && text.strip_prefix(Self::PREFIX).is_some_and(|secret| secret.bytes().all(plain));
        valid.then(|| Self(Zeroizing::new(text.to_owned()))).ok_or(InvalidToken)
    }
}

macro_rules! secrets {
    ($( $name:ident: $read:expr; )+) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.expose())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // What is no text would be repeated by the error that tells so.
                let text = String::deserialize(deserializer).map_err(|_| de::Error::custom("no text"))?;
                $read(text).map_err(de::Error::custom)
            }
        }
    )+ };
}

secrets! {
    Password: Password::new;
    NewPassword: NewPassword::new;
    AccessToken: |text: String| Zeroizing::new(text).parse::<AccessToken>();
}
