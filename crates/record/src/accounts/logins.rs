//! Who is logged in.

use std::{net::IpAddr, time::Duration};

use decnet_event::Timestamp;
use decnet_proto::account::{
    AccessToken, LoginAnswer, LoginId, LoginView, Role, TokenType, UserId, Username,
};
use sha2::{Digest as _, Sha256};

use super::{
    AccountError, Accounts, LOGINS, draw,
    password::Verified,
    read, seconds,
    users::{User, by_verified},
    uuid,
};
use crate::{
    RecordError,
    sql::{Connection, Insert, Row, Value},
};

/// How often the use of a log-in is written down, in microseconds.
const TOUCH: i64 = 60_000_000;

/// Most bytes of what a program calls itself.
const AGENT: usize = 256;

/// How long log-ins last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// However much they are used.
    pub absolute: Duration,
    /// Without being used.
    pub idle: Duration,
}

impl Default for Lifetime {
    fn default() -> Self {
        Self { absolute: Duration::from_secs(12 * 3600), idle: Duration::from_secs(2 * 3600) }
    }
}

/// Who logs in from where.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// The address of the socket, or what a proxy that is trusted says of it.
    pub address: IpAddr,
    /// What the program calls itself; 256 bytes of it are kept.
    pub agent: &'a str,
}

/// A log-in that was just made.
#[derive(Clone, Debug)]
pub struct NewLogin {
    /// Its proof, which is nowhere else.
    pub token: AccessToken,
    /// Its id.
    pub id: LoginId,
    /// What the user may.
    pub role: Role,
    /// Nothing but a change of the password is allowed.
    pub must_change: bool,
    /// When it is over however much it is used.
    pub expires: Timestamp,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The user.
    pub user: UserId,
    /// The user's name.
    pub username: Username,
    /// What the user may, now.
    pub role: Role,
    /// Nothing but a change of the password is allowed.
    pub must_change: bool,
    /// The log-in that was shown.
    pub login: LoginId,
    /// When it is over however much it is used: streams end then.
    pub expires: Timestamp,
    /// [`Accounts::login_touch`] is due.
    pub touch: bool,
}

/// A log-in, as the database has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Its id.
    pub id: LoginId,
    /// When it was made.
    pub created: Timestamp,
    /// When it was used last, to the minute.
    pub used: Timestamp,
    /// When it is over however much it is used.
    pub expires: Timestamp,
    /// From where it was made.
    pub address: String,
    /// What the program called itself.
    pub agent: String,
}

const TABLE: Insert = Insert {
    table: "logins",
    columns: &["digest", "uuid", "owner", "created", "used", "expires", "address", "agent"],
};

impl Accounts<'_> {
    /// Logs a user in who showed the right password. Of more than [`LOGINS`] log-ins the oldest go.
    ///
    /// # Errors
    /// [`AccountError::Denied`] if the password is no longer the user's, [`AccountError::NoRandom`], and
    /// when the database refuses.
    pub fn login_create(
        &mut self,
        verified: &Verified,
        peer: Peer<'_>,
        lifetime: Lifetime,
        now: Timestamp,
    ) -> Result<NewLogin, AccountError> {
        self.write("log a user in", |c| {
            let User { id: owner, role, must_change, .. } = by_verified(c, verified)?;
            prune(c, lifetime, now)?;
            make_room(c, owner)?;
            let (token, id) = (draw::token()?, LoginId(draw::uuid()?));
            let expires = Timestamp(now.0.saturating_add(micros(lifetime.absolute)));
            let (address, agent) = (peer.address.to_canonical().to_string(), plain(peer.agent));
            let values = [
                Value::Bytes(&digest(&token)),
                Value::Bytes(id.0.as_bytes()),
                Value::Bytes(owner.0.as_bytes()),
                Value::Int(now.0),
                Value::Int(now.0),
                Value::Int(expires.0),
                Value::Text(&address),
                Value::Text(&agent),
            ];
            c.insert(TABLE, &values)?;
            Ok(NewLogin { token, id, role, must_change, expires })
        })
    }

    /// Who shows this token. It only reads.
    ///
    /// # Errors
    /// [`AccountError::NotLoggedIn`], and when the database refuses.
    pub fn login_find(
        &mut self,
        token: &AccessToken,
        lifetime: Lifetime,
        now: Timestamp,
    ) -> Result<Who, AccountError> {
        let statement = "SELECT users.uuid, users.username, users.role, users.must_change, logins.uuid, \
                         logins.expires, logins.used FROM logins JOIN users ON users.uuid = logins.owner \
                         WHERE logins.digest = ?";
        self.read("look a log-in up", |c| {
            let found = c.first(statement, &[Value::Bytes(&digest(token))], |row| {
                Ok((who(row)?, Timestamp(row.int(6)?)))
            })?;
            let (who, used) = found.ok_or(AccountError::NotLoggedIn)?;
            let (unused, idle) = (now.0.saturating_sub(used.0), micros(lifetime.idle));
            if now >= who.expires || unused >= idle {
                return Err(AccountError::NotLoggedIn);
            }
            Ok(Who { touch: unused >= TOUCH.min(idle / 2), ..who })
        })
    }

    /// Writes down that a log-in is used.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn login_touch(&mut self, id: LoginId, now: Timestamp) -> Result<(), AccountError> {
        let values = [Value::Int(now.0), Value::Bytes(id.0.as_bytes()), Value::Int(now.0)];
        self.write("keep that a log-in is used", |c| {
            c.run("UPDATE logins SET used = ? WHERE uuid = ? AND used < ?", &values)?;
            Ok(())
        })
    }

    /// Ends one log-in of a user.
    ///
    /// # Errors
    /// [`AccountError::NoSuchLogin`], and when the database refuses.
    pub fn login_revoke(&mut self, owner: UserId, id: LoginId) -> Result<(), AccountError> {
        let values = [Value::Bytes(owner.0.as_bytes()), Value::Bytes(id.0.as_bytes())];
        self.write("end a log-in", |c| {
            match c.run("DELETE FROM logins WHERE owner = ? AND uuid = ?", &values)? {
                0 => Err(AccountError::NoSuchLogin),
                _ => Ok(()),
            }
        })
    }

    /// Ends every log-in of a user, and says how many there were.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn login_revoke_all(&mut self, owner: UserId) -> Result<u64, AccountError> {
        self.write("end the log-ins of a user", |c| {
            Ok(c.run("DELETE FROM logins WHERE owner = ?", &[Value::Bytes(owner.0.as_bytes())])?)
        })
    }

    /// Forgets log-ins that are over, and says how many there were.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn login_prune(&mut self, lifetime: Lifetime, now: Timestamp) -> Result<u64, AccountError> {
        self.write("forget log-ins that are over", |c| Ok(prune(c, lifetime, now)?))
    }

    /// The log-ins of a user that are not over, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn login_list(
        &mut self,
        owner: UserId,
        lifetime: Lifetime,
        now: Timestamp,
    ) -> Result<Vec<Login>, AccountError> {
        let statement = "SELECT uuid, created, used, expires, address, agent FROM logins \
                         WHERE owner = ? AND expires > ? AND used > ? ORDER BY created DESC, uuid DESC";
        let used = now.0.saturating_sub(micros(lifetime.idle));
        let values = [Value::Bytes(owner.0.as_bytes()), Value::Int(now.0), Value::Int(used)];
        self.read("list log-ins", |c| Ok(c.all(statement, &values, Login::of_row)?))
    }
}

impl NewLogin {
    /// As the API tells it.
    pub fn answer(self) -> LoginAnswer {
        LoginAnswer {
            access_token: self.token,
            token_type: TokenType::Bearer,
            must_change_password: self.must_change,
            expires_at: seconds(self.expires),
            role: self.role,
        }
    }
}

impl Login {
    /// As the API tells it to the user who asks.
    pub fn view(&self, who: &Who) -> LoginView {
        LoginView {
            uuid: self.id,
            username: who.username.clone(),
            created_at: seconds(self.created),
            last_used_at: seconds(self.used),
            expires_at: seconds(self.expires),
            address: self.address.clone(),
            user_agent: self.agent.clone(),
            current: self.id == who.login,
        }
    }

    fn of_row(row: &Row<'_>) -> Result<Self, RecordError> {
        Ok(Self {
            id: LoginId(uuid(row, 0)?),
            created: Timestamp(row.int(1)?),
            used: Timestamp(row.int(2)?),
            expires: Timestamp(row.int(3)?),
            address: row.text(4)?.to_owned(),
            agent: row.text(5)?.to_owned(),
        })
    }
}

fn who(row: &Row<'_>) -> Result<Who, RecordError> {
    Ok(Who {
        user: UserId(uuid(row, 0)?),
        username: read(row.text(1)?.parse().ok(), "a user name")?,
        role: read(Role::of_word(row.text(2)?), "a role")?,
        must_change: row.int(3)? != 0,
        login: LoginId(uuid(row, 4)?),
        expires: Timestamp(row.int(5)?),
        touch: false,
    })
}

/// What the database knows a token by. To look it up says nothing about it, so that no comparison
/// needs constant time; it has 256 bits, so that it needs no salt.
fn digest(token: &AccessToken) -> [u8; 32] {
    Sha256::digest(token.expose()).into()
}

fn prune(c: &mut Connection, lifetime: Lifetime, now: Timestamp) -> Result<u64, RecordError> {
    let used = now.0.saturating_sub(micros(lifetime.idle));
    c.run("DELETE FROM logins WHERE expires <= ? OR used <= ?", &[Value::Int(now.0), Value::Int(used)])
}

/// Ends the oldest log-ins of a user, until one more may be.
fn make_room(c: &mut Connection, owner: UserId) -> Result<(), RecordError> {
    let statement = "SELECT uuid FROM logins WHERE owner = ? ORDER BY created DESC, uuid DESC";
    let all = c.all(statement, &[Value::Bytes(owner.0.as_bytes())], |row| uuid(row, 0))?;
    for old in all.iter().skip(LOGINS - 1) {
        c.run("DELETE FROM logins WHERE uuid = ?", &[Value::Bytes(old.as_bytes())])?;
    }
    Ok(())
}

/// What a program calls itself, bounded and without what a terminal would obey.
fn plain(agent: &str) -> String {
    let mut plain: String = agent.chars().take(AGENT).filter(|letter| !letter.is_control()).collect();
    plain.truncate(plain.floor_char_boundary(AGENT));
    plain
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
