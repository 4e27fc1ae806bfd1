//! Users of the master's API, and their log-ins.
//!
//! Passwords and tokens are types of their own, whose `Debug` shows nothing of them and whose memory
//! is wiped when they go. A token travels in an answer once, and then in the header
//! `Authorization`; it is in no path and no query.

mod ids;
mod name;
mod secret;

use serde::{Deserialize, Serialize};

pub use self::{
    ids::{InvalidId, LoginId, UserId},
    name::{InvalidUsername, Username},
    secret::{AccessToken, InvalidPassword, InvalidToken, NewPassword, Password},
};

/// What a user may; who may more is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look at everything but captured files.
    Viewer,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Viewer, Self::Admin];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Admin => "admin",
        }
    }

    /// The role of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// Let me in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// Who.
    pub username: Username,
    /// How that is proven.
    pub password: Password,
}

/// How a token is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TokenType {
    /// In the header `Authorization: Bearer` (RFC 6750).
    Bearer,
}

/// Somebody is let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginAnswer {
    /// What to show with every request; it is told this once.
    pub access_token: AccessToken,
    /// How to show it.
    pub token_type: TokenType,
    /// Nothing but a change of the password is allowed until it is changed.
    pub must_change_password: bool,
    /// When the token runs out however much it is used, in seconds since the Unix epoch.
    pub expires_at: i64,
    /// What the user may.
    pub role: Role,
}

/// Give me another password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The one so far.
    pub old_password: Password,
    /// The one from now on.
    pub new_password: NewPassword,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserView {
    /// The id.
    pub uuid: UserId,
    /// The name.
    pub username: Username,
    /// What the user may.
    pub role: Role,
    /// The password was given by somebody else, and has to be changed first.
    pub must_change_password: bool,
    /// When the user was added, in seconds since the Unix epoch.
    pub created_at: i64,
}

/// Add a user, who has to change the password first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The name, which nobody else has.
    pub username: Username,
    /// The first password.
    pub password: NewPassword,
    /// What the user may.
    pub role: Role,
}

/// Give a user another role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    /// What the user may from now on.
    pub role: Role,
}

/// Give a user another password, which has to be changed first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// The password.
    pub new_password: NewPassword,
}

/// A log-in of the user who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginView {
    /// Its id; it is not the token.
    pub uuid: LoginId,
    /// Who is logged in.
    pub username: Username,
    /// Since when, in seconds since the Unix epoch.
    pub created_at: i64,
    /// When it was used last, to the minute, in seconds since the Unix epoch.
    pub last_used_at: i64,
    /// When it runs out however much it is used, in seconds since the Unix epoch.
    pub expires_at: i64,
    /// From which address it was made.
    pub address: String,
    /// What the program that made it calls itself.
    pub user_agent: String,
    /// It is the one that asks.
    pub current: bool,
}
