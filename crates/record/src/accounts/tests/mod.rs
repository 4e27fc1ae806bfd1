//! Accounts in a database in memory.

mod logins;
mod secrets;
mod users;

use std::{net::Ipv4Addr, path::Path};

use decnet_event::Timestamp;
use decnet_proto::account::{Password, Role, UserId, Username};

use super::{
    password::{PasswordHash, Verified, check, tests::cheap},
    *,
};
use crate::scratch;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// When tests begin.
const START: Timestamp = Timestamp(1_764_154_033 * SECOND);

const PEER: Peer<'_> = Peer { address: std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)), agent: "curl/8" };

/// A database that nothing outlives.
fn database() -> Connection {
    if scratch::in_files() {
        return open(Path::new(":memory:"));
    }
    let folder = tempfile::tempdir().unwrap();
    open(&folder.path().join("record.db"))
}

fn open(file: &Path) -> Connection {
    crate::open::writer(&scratch::database(file)).unwrap()
}

fn after(micros: i64) -> Timestamp {
    Timestamp(START.0 + micros)
}

fn named(text: &str) -> Username {
    text.parse().unwrap()
}

fn secret(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

/// Adds a user with this password.
fn add(accounts: &mut Accounts<'_>, username: &str, role: Role, password: &str) -> UserId {
    let (username, hash) = (named(username), cheap(password));
    let new = NewAccount { username: &username, hash: &hash, role, must_change: false };
    accounts.user_create(new, START).unwrap()
}

fn verify(accounts: &mut Accounts<'_>, id: UserId, password: &str) -> Result<Verified, AccountError> {
    let user = accounts.user(id).unwrap();
    check(Some(&user), &secret(password))
}

fn log_in(accounts: &mut Accounts<'_>, id: UserId, password: &str, now: Timestamp) -> NewLogin {
    let verified = verify(accounts, id, password).unwrap();
    accounts.login_create(&verified, PEER, Lifetime::default(), now).unwrap()
}

/// The hash that the database has.
fn hash_of(accounts: &mut Accounts<'_>, id: UserId) -> PasswordHash {
    accounts.user(id).unwrap().hash
}

/// What could not be kept is undone, and the next transaction begins.
#[test]
fn a_commit_that_fails_leaves_nothing_open() {
    if !scratch::in_files() {
        return;
    }
    let mut database = database();
    let failed = database.all_or_nothing::<_, AccountError>(Mode::Write, |c| {
        let row = "INSERT INTO logins VALUES (x'01', x'02', x'03', 0, 0, 0, '', '')";
        Ok(c.batch(&format!("PRAGMA foreign_keys = ON; PRAGMA defer_foreign_keys = ON; {row}"))?)
    });
    assert!(matches!(failed, Err(AccountError::Record(_))), "its owner is nobody: {failed:?}");
    let rows = database.all_or_nothing(Mode::Write, |c| {
        c.first("SELECT COUNT(*) FROM logins", &[], |row| row.int(0)).map_err(AccountError::from)
    });
    assert_eq!(rows.unwrap(), Some(0));
}
