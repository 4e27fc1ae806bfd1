//! Why somebody is not let in, or an account not changed.

use decnet_proto::account::{InvalidPassword, InvalidToken};
use thiserror::Error;

use super::{USERS, throttle::Throttled, weak::WeakPassword};
use crate::RecordError;

/// Why somebody is not let in, or an account not changed. Nothing was changed then.
///
/// Each says the HTTP status that suits it.
#[derive(Debug, Error)]
pub enum AccountError {
    /// 401: the password is wrong, there is no such user, or the account changed meanwhile. Which of
    /// them is not told.
    #[error("the user name or the password is wrong")]
    Denied,
    /// 401: no such token was given out, or it is no longer good.
    #[error("not logged in, or no longer")]
    NotLoggedIn,
    /// 403: an administrator would lock himself out.
    #[error("nobody removes himself or changes his own role")]
    Oneself,
    /// 404.
    #[error("no such user")]
    NoSuchUser,
    /// 404: there is none, or it is somebody else's.
    #[error("no such log-in")]
    NoSuchLogin,
    /// 409.
    #[error("another user has that name")]
    UsernameTaken,
    /// 409: nobody could add users any more.
    #[error("it is the last administrator")]
    LastAdmin,
    /// 409.
    #[error("there are {USERS} users, and more are not possible")]
    TooManyUsers,
    /// 422: the length of a password is wrong.
    #[error(transparent)]
    Length(#[from] InvalidPassword),
    /// 422: a new password would be guessed.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// 429, with a `Retry-After`.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// 500: the system gives no random bytes.
    #[error("cannot draw a secret: the system gives no random bytes")]
    NoRandom(#[from] getrandom::Error),
    /// 500: mostly for want of memory.
    #[error("cannot compute the hash of a password")]
    Hash(#[from] argon2::password_hash::Error),
    /// 500, or 503 where the record is full.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl AccountError {
    /// The same, told what was being attempted.
    pub(super) fn during(self, attempt: &'static str) -> Self {
        match self {
            Self::Record(error) => Self::Record(error.during(attempt)),
            other => other,
        }
    }
}

/// What is no token is the token of nobody.
impl From<InvalidToken> for AccountError {
    fn from(_: InvalidToken) -> Self {
        Self::NotLoggedIn
    }
}
