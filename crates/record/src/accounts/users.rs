//! Users.

use decnet_event::Timestamp;
use decnet_proto::account::{LoginId, Role, UserId, UserView, Username};

use super::{
    AccountError, Accounts, USERS, draw,
    password::{PasswordHash, Verified},
    read, seconds, uuid,
};
use crate::{
    RecordError,
    sql::{Connection, Insert, Row, Value},
};

/// A user, as the database has one.
#[derive(Clone, Debug)]
pub struct User {
    /// The id, which stays the same.
    pub id: UserId,
    /// The name.
    pub username: Username,
    /// What is kept of the password.
    pub hash: PasswordHash,
    /// What the user may.
    pub role: Role,
    /// Somebody else knows the password: nothing but a change of it is allowed.
    pub must_change: bool,
    /// When the user was added.
    pub created: Timestamp,
    /// When the user was given the password: no two have the same time.
    pub changed: Timestamp,
}

/// A user to be.
#[derive(Clone, Copy, Debug)]
pub struct NewAccount<'a> {
    /// The name, which nobody has.
    pub username: &'a Username,
    /// What to keep of the password.
    pub hash: &'a PasswordHash,
    /// What the user may.
    pub role: Role,
    /// Whether the password has to be changed first.
    pub must_change: bool,
}

const TABLE: Insert = Insert {
    table: "users",
    columns: &["uuid", "username", "password_hash", "role", "must_change", "created", "changed"],
};

const SELECT: &str = "SELECT uuid, username, password_hash, role, must_change, created, changed FROM users";

impl Accounts<'_> {
    /// Adds a user.
    ///
    /// # Errors
    /// [`AccountError::UsernameTaken`], [`AccountError::TooManyUsers`], [`AccountError::NoRandom`], and
    /// when the database refuses.
    pub fn user_create(&mut self, new: NewAccount<'_>, now: Timestamp) -> Result<UserId, AccountError> {
        self.write("add a user", |c| {
            if by_name(c, new.username)?.is_some() {
                return Err(AccountError::UsernameTaken);
            }
            if count(c)? >= USERS {
                return Err(AccountError::TooManyUsers);
            }
            insert(c, new, now)
        })
    }

    /// Every user, by name.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn user_list(&mut self) -> Result<Vec<User>, AccountError> {
        self.read("list users", |c| Ok(c.all(&format!("{SELECT} ORDER BY username"), &[], User::of_row)?))
    }

    /// The user of this name, exactly.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn user_by_name(&mut self, username: &Username) -> Result<Option<User>, AccountError> {
        // Some databases compare texts without their case: names that differ are throttled apart.
        let exact = |user: &User| user.username == *username;
        self.read("look a user up", |c| Ok(by_name(c, username)?.filter(exact)))
    }

    /// The user of this id.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`], and when the database refuses.
    pub fn user(&mut self, id: UserId) -> Result<User, AccountError> {
        self.read("look a user up", |c| by_id(c, id))
    }

    /// Gives a user another role; `by` is who does it, or none for the host itself.
    ///
    /// # Errors
    /// [`AccountError::Oneself`], [`AccountError::NoSuchUser`], [`AccountError::LastAdmin`], and when the
    /// database refuses.
    pub fn user_role_set(&mut self, id: UserId, role: Role, by: Option<UserId>) -> Result<(), AccountError> {
        self.write("change a role", |c| {
            let user = other(c, id, by)?;
            if role != Role::Admin {
                spare(c, &user)?;
            }
            let values = [Value::Text(role.word()), Value::Bytes(id.0.as_bytes())];
            c.run("UPDATE users SET role = ? WHERE uuid = ?", &values)?;
            Ok(())
        })
    }

    /// Gives a user the password that he chose himself, and ends all his log-ins but this one.
    ///
    /// # Errors
    /// [`AccountError::Denied`] if the old password that was verified is no longer his, and when the
    /// database refuses.
    pub fn user_password_change(
        &mut self,
        verified: &Verified,
        hash: &PasswordHash,
        keep: LoginId,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        self.write("change a password", |c| {
            let user = by_verified(c, verified)?;
            set_password(c, &user, hash, false, now)?;
            let values = [Value::Bytes(user.id.0.as_bytes()), Value::Bytes(keep.0.as_bytes())];
            c.run("DELETE FROM logins WHERE owner = ? AND uuid <> ?", &values)?;
            Ok(())
        })
    }

    /// Gives a user a password that somebody else chose, which has to be changed first, and ends all
    /// his log-ins.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`], and when the database refuses.
    pub fn user_password_reset(
        &mut self,
        id: UserId,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        self.write("reset a password", |c| {
            let user = by_id(c, id)?;
            set_password(c, &user, hash, true, now)?;
            c.run("DELETE FROM logins WHERE owner = ?", &[Value::Bytes(id.0.as_bytes())])?;
            Ok(())
        })
    }

    /// Keeps another hash of the password that was verified. If that is no longer the user's, nothing
    /// happens.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn user_rehash(&mut self, verified: &Verified, hash: &PasswordHash) -> Result<(), AccountError> {
        self.write("keep another hash", |c| {
            let user = verified.user();
            let values = [
                Value::Text(hash.as_str()),
                Value::Bytes(user.0.as_bytes()),
                Value::Int(verified.changed().0),
            ];
            c.run("UPDATE users SET password_hash = ? WHERE uuid = ? AND changed = ?", &values)?;
            Ok(())
        })
    }

    /// Removes a user and his log-ins; `by` is who does it, or none for the host itself.
    ///
    /// # Errors
    /// [`AccountError::Oneself`], [`AccountError::NoSuchUser`], [`AccountError::LastAdmin`], and when the
    /// database refuses.
    pub fn user_remove(&mut self, id: UserId, by: Option<UserId>) -> Result<(), AccountError> {
        self.write("remove a user", |c| {
            let user = other(c, id, by)?;
            spare(c, &user)?;
            // Said as well as declared: not every connection looks after foreign keys.
            c.run("DELETE FROM logins WHERE owner = ?", &[Value::Bytes(id.0.as_bytes())])?;
            c.run("DELETE FROM users WHERE uuid = ?", &[Value::Bytes(id.0.as_bytes())])?;
            Ok(())
        })
    }
}

impl User {
    /// As the API tells it.
    pub fn view(&self) -> UserView {
        UserView {
            uuid: self.id,
            username: self.username.clone(),
            role: self.role,
            must_change_password: self.must_change,
            created_at: seconds(self.created),
        }
    }

    fn of_row(row: &Row<'_>) -> Result<Self, RecordError> {
        Ok(Self {
            id: UserId(uuid(row, 0)?),
            username: read(row.text(1)?.parse().ok(), "a user name")?,
            hash: PasswordHash::of_row(row.text(2)?.to_owned()),
            role: read(Role::of_word(row.text(3)?), "a role")?,
            must_change: row.int(4)? != 0,
            created: Timestamp(row.int(5)?),
            changed: Timestamp(row.int(6)?),
        })
    }
}

pub(super) fn insert(
    c: &mut Connection,
    new: NewAccount<'_>,
    now: Timestamp,
) -> Result<UserId, AccountError> {
    let id = UserId(draw::uuid()?);
    let values = [
        Value::Bytes(id.0.as_bytes()),
        Value::Text(new.username.as_str()),
        Value::Text(new.hash.as_str()),
        Value::Text(new.role.word()),
        Value::Int(i64::from(new.must_change)),
        Value::Int(now.0),
        Value::Int(now.0),
    ];
    c.insert(TABLE, &values)?;
    Ok(id)
}

pub(super) fn count(c: &mut Connection) -> Result<i64, RecordError> {
    Ok(c.first("SELECT COUNT(*) FROM users", &[], |row| row.int(0))?.unwrap_or(0))
}

/// The user whose password was verified, if it is still his.
pub(super) fn by_verified(c: &mut Connection, verified: &Verified) -> Result<User, AccountError> {
    let id = verified.user();
    let user =
        c.first(&format!("{SELECT} WHERE uuid = ?"), &[Value::Bytes(id.0.as_bytes())], User::of_row)?;
    user.filter(|user| user.changed == verified.changed()).ok_or(AccountError::Denied)
}

fn by_name(c: &mut Connection, username: &Username) -> Result<Option<User>, RecordError> {
    c.first(&format!("{SELECT} WHERE username = ?"), &[Value::Text(username.as_str())], User::of_row)
}

fn by_id(c: &mut Connection, id: UserId) -> Result<User, AccountError> {
    let user =
        c.first(&format!("{SELECT} WHERE uuid = ?"), &[Value::Bytes(id.0.as_bytes())], User::of_row)?;
    user.ok_or(AccountError::NoSuchUser)
}

/// A user who is somebody else.
fn other(c: &mut Connection, id: UserId, by: Option<UserId>) -> Result<User, AccountError> {
    if by == Some(id) { Err(AccountError::Oneself) } else { by_id(c, id) }
}

/// Looks that there is an administrator without this user.
fn spare(c: &mut Connection, user: &User) -> Result<(), AccountError> {
    let statement = "SELECT COUNT(*) FROM users WHERE role = ? AND uuid <> ?";
    let values = [Value::Text(Role::Admin.word()), Value::Bytes(user.id.0.as_bytes())];
    let others = c.first(statement, &values, |row| row.int(0))?.unwrap_or(0);
    if user.role == Role::Admin && others == 0 { Err(AccountError::LastAdmin) } else { Ok(()) }
}

fn set_password(
    c: &mut Connection,
    user: &User,
    hash: &PasswordHash,
    must_change: bool,
    now: Timestamp,
) -> Result<(), RecordError> {
    let values = [
        Value::Text(hash.as_str()),
        Value::Int(i64::from(must_change)),
        // It tells this password from the one before, also when the clock was set back.
        Value::Int(now.0.max(user.changed.0.saturating_add(1))),
        Value::Bytes(user.id.0.as_bytes()),
    ];
    c.run("UPDATE users SET password_hash = ?, must_change = ?, changed = ? WHERE uuid = ?", &values)?;
    Ok(())
}
