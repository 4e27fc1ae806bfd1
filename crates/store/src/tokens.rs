//! One-time tokens: who shows one may come into the swarm as the host that it was made for.
//!
//! The store has the hash of a token only. A token is good once for an agent, and once for an
//! updater if it was made for one.

use decnet_proto::ids::HostId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use thiserror::Error;

use crate::{Store, StoreError, connection::Connection, error::is_taken, limits, schema::tokens, words};

/// SHA-256 of the secret part of a token.
pub type TokenHash = [u8; 32];

/// A token that was just drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Its hash.
    pub hash: TokenHash,
    /// Whom it lets in.
    pub host: HostId,
    /// An updater may join with it as well.
    pub updater: bool,
    /// Second since the Unix epoch from which it is no longer taken.
    pub expires_at: i64,
}

/// Which part of a host shows a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The agent.
    Agent,
    /// The updater.
    Updater,
}

/// Why a token is not taken.
#[derive(Debug, Error)]
pub enum TokenRefused {
    /// There is no such token, or it is not for this part.
    #[error("no such token was made")]
    Unknown,
    /// This part has joined with it.
    #[error("the token was used before")]
    Used,
    /// It ran out.
    #[error("the token has run out")]
    Expired,
    /// The store could not tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Keeps a token. One that the same host had before is good no more.
    ///
    /// # Errors
    /// [`StoreError::NoSuchHost`], [`StoreError::TokenTaken`], and when the database refuses.
    pub async fn token_add(&self, new: NewToken, now: i64) -> Result<(), StoreError> {
        self.write("keep a token", move |c| Box::pin(add(c, new, now))).await
    }

    /// Uses a token up for one part, and answers with the host that it lets in: of all who show
    /// it at once one is let in.
    ///
    /// # Errors
    /// [`TokenRefused`].
    pub async fn token_redeem(&self, hash: TokenHash, part: Part, now: i64) -> Result<HostId, TokenRefused> {
        self.write("use a token up", move |c| Box::pin(redeem(c, hash, part, now))).await?
    }
}

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tokens)]
struct Row {
    hash: Vec<u8>,
    host: String,
    updater: i32,
    expires_at: i64,
    agent_used_at: Option<i64>,
    updater_used_at: Option<i64>,
}

async fn add(c: &mut Connection, new: NewToken, now: i64) -> Result<(), StoreError> {
    use diesel::result::{DatabaseErrorKind::ForeignKeyViolation, Error::DatabaseError};
    let forgotten = tokens::expires_at.lt(now.saturating_sub(limits::TOKEN_MEMORY));
    let before = tokens::host.eq(new.host.to_string());
    diesel::delete(tokens::table.filter(forgotten.or(before))).execute(c).await?;
    let row = Row {
        hash: new.hash.to_vec(),
        host: new.host.to_string(),
        updater: i32::from(new.updater),
        expires_at: new.expires_at,
        agent_used_at: None,
        updater_used_at: None,
    };
    match diesel::insert_into(tokens::table).values(row).execute(c).await {
        Err(DatabaseError(ForeignKeyViolation, _)) => Err(StoreError::NoSuchHost(new.host)),
        Err(error) if is_taken(&error) => Err(StoreError::TokenTaken),
        done => Ok(done.map(|_| ())?),
    }
}

async fn redeem(
    c: &mut Connection,
    hash: TokenHash,
    part: Part,
    now: i64,
) -> Result<Result<HostId, TokenRefused>, StoreError> {
    let live = tokens::table.find(hash.to_vec()).filter(tokens::expires_at.gt(now));
    let taken = match part {
        Part::Agent => {
            let unused = live.filter(tokens::agent_used_at.is_null());
            diesel::update(unused).set(tokens::agent_used_at.eq(now)).execute(c).await?
        }
        Part::Updater => {
            let unused = live.filter(tokens::updater.eq(1)).filter(tokens::updater_used_at.is_null());
            diesel::update(unused).set(tokens::updater_used_at.eq(now)).execute(c).await?
        }
    };
    let row = tokens::table.find(hash.to_vec()).select(Row::as_select()).first(c).await.optional()?;
    match row {
        Some(row) if taken == 1 => words::parsed("a host's id", &row.host).map(Ok),
        row => Ok(Err(refusal(row, part))),
    }
}

fn refusal(row: Option<Row>, part: Part) -> TokenRefused {
    let used = row.filter(|row| part == Part::Agent || row.updater == 1).map(|row| match part {
        Part::Agent => row.agent_used_at.is_some(),
        Part::Updater => row.updater_used_at.is_some(),
    });
    match used {
        None => TokenRefused::Unknown,
        Some(true) => TokenRefused::Used,
        Some(false) => TokenRefused::Expired,
    }
}
