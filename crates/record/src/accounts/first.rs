//! The first administrator.

use decnet_event::Timestamp;
use decnet_proto::account::{NewPassword, Role, Username};

use super::{
    AccountError, Accounts, draw, password,
    users::{NewAccount, count, insert},
};
use crate::RecordError;

/// The administrator of a record that had no users.
#[derive(Clone, Debug)]
pub struct FirstAdmin {
    /// The name.
    pub username: Username,
    /// The password, which is nowhere else: it is shown once, and has to be changed.
    pub password: NewPassword,
}

impl Accounts<'_> {
    /// Adds `admin` with a random password if there is no user, and tells it.
    ///
    /// # Errors
    /// [`AccountError::NoRandom`], [`AccountError::Hash`], and when the database refuses.
    pub fn first_admin(&mut self, now: Timestamp) -> Result<Option<FirstAdmin>, AccountError> {
        self.write("add the first administrator", |c| {
            if count(c)? > 0 {
                return Ok(None);
            }
            let username: Username = "admin".parse().map_err(|_| RecordError::Row { what: "a user name" })?;
            let password = draw::password()?;
            let hash = password::hash(&password)?;
            let new = NewAccount { username: &username, hash: &hash, role: Role::Admin, must_change: true };
            insert(c, new, now)?;
            Ok(Some(FirstAdmin { username, password }))
        })
    }
}
