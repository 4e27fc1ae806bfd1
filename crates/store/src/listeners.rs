//! Listeners on other hosts than the master's, and the tokens that let them in.
//!
//! The master's own has no row: it is always there. One that was revoked has none either; its
//! certificates are remembered.

use decnet_proto::ids::HostName;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    Store, StoreError, TokenHash, TokenRefused,
    certificates::revoke_listener,
    connection::Connection,
    limits::{self, cut},
    schema::listeners,
    words,
};

/// A listener that may come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewListener {
    /// What it is called.
    pub name: HostName,
    /// Hash of its token.
    pub hash: TokenHash,
    /// Second since the Unix epoch from which the token is no longer taken.
    pub expires_at: i64,
    /// It is there already, and comes anew.
    pub again: bool,
}

/// A listener as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownListener {
    /// What it is called.
    pub name: HostName,
    /// When the last token was made for it, in seconds since the Unix epoch.
    pub invited_at: i64,
    /// When it came.
    pub joined_at: Option<i64>,
    /// From where; empty until it has come.
    pub address: String,
}

impl Store {
    /// Lets a listener come with a token; one that was made for it before is good no more. Whoever
    /// was invited and never came is forgotten.
    ///
    /// # Errors
    /// [`StoreError::ListenerTaken`], [`StoreError::NoSuchListener`],
    /// [`StoreError::TooManyListeners`], and when the database refuses.
    pub async fn listener_invite(&self, new: NewListener, now: i64) -> Result<(), StoreError> {
        self.write("invite a listener", move |c| Box::pin(invite(c, new, now))).await
    }

    /// Uses a listener's token up, and answers with the name that it comes under: of all who show
    /// it at once one is let in. What the listener had before is revoked.
    ///
    /// # Errors
    /// [`TokenRefused`].
    pub async fn listener_redeem(
        &self,
        hash: TokenHash,
        address: String,
        now: i64,
    ) -> Result<HostName, TokenRefused> {
        self.write("use a listener's token up", move |c| Box::pin(redeem(c, hash, address, now))).await?
    }

    /// Every listener by its name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn listener_list(&self) -> Result<Vec<KnownListener>, StoreError> {
        self.read("list the listeners", move |c| Box::pin(list(c))).await
    }

    /// Forgets a listener, and revokes all that it has; whether there was one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn listener_remove(&self, name: HostName, why: String, at: i64) -> Result<bool, StoreError> {
        self.write("remove a listener", move |c| Box::pin(remove(c, name, why, at))).await
    }
}

/// A row of the table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = listeners)]
struct Row {
    name: String,
    token: Vec<u8>,
    expires_at: i64,
    token_used_at: Option<i64>,
    invited_at: i64,
    joined_at: Option<i64>,
    address: String,
}

async fn invite(c: &mut Connection, new: NewListener, now: i64) -> Result<(), StoreError> {
    let never_came = listeners::joined_at.is_null().and(listeners::expires_at.le(now));
    diesel::delete(listeners::table.filter(never_came)).execute(c).await?;
    let known =
        listeners::table.find(new.name.as_str()).select(Row::as_select()).first(c).await.optional()?;
    match (known.is_some(), new.again) {
        (true, false) => return Err(StoreError::ListenerTaken(new.name)),
        (false, true) => return Err(StoreError::NoSuchListener(new.name)),
        _ => {}
    }
    if known.is_none() && listeners::table.count().get_result::<i64>(c).await? >= limits::LISTENERS {
        return Err(StoreError::TooManyListeners);
    }
    if known.is_some() {
        let change = (
            listeners::token.eq(new.hash.to_vec()),
            listeners::expires_at.eq(new.expires_at),
            listeners::token_used_at.eq(None::<i64>),
            listeners::invited_at.eq(now),
        );
        diesel::update(listeners::table.find(new.name.as_str())).set(change).execute(c).await?;
        return Ok(());
    }
    let row = Row {
        name: new.name.to_string(),
        token: new.hash.to_vec(),
        expires_at: new.expires_at,
        token_used_at: None,
        invited_at: now,
        joined_at: None,
        address: String::new(),
    };
    diesel::insert_into(listeners::table).values(row).execute(c).await?;
    Ok(())
}

async fn redeem(
    c: &mut Connection,
    hash: TokenHash,
    address: String,
    now: i64,
) -> Result<Result<HostName, TokenRefused>, StoreError> {
    let own = listeners::table.filter(listeners::token.eq(hash.to_vec()));
    let Some(row) = own.select(Row::as_select()).first(c).await.optional()? else {
        return Ok(Err(TokenRefused::Unknown));
    };
    if row.token_used_at.is_some() {
        return Ok(Err(TokenRefused::Used));
    }
    if row.expires_at <= now {
        return Ok(Err(TokenRefused::Expired));
    }
    let name = words::parsed("a listener's name", &row.name)?;
    let change = (
        listeners::token_used_at.eq(now),
        listeners::joined_at.eq(now),
        listeners::address.eq(cut(&address, limits::ADDRESS)),
    );
    diesel::update(listeners::table.find(row.name)).set(change).execute(c).await?;
    revoke_listener(c, &name, "the listener has joined anew", now).await?;
    Ok(Ok(name))
}

async fn list(c: &mut Connection) -> Result<Vec<KnownListener>, StoreError> {
    let rows = listeners::table.select(Row::as_select()).order(listeners::name).load(c).await?;
    let known = |row: Row| {
        Ok(KnownListener {
            name: words::parsed("a listener's name", &row.name)?,
            invited_at: row.invited_at,
            joined_at: row.joined_at,
            address: row.address,
        })
    };
    rows.into_iter().map(known).collect()
}

async fn remove(c: &mut Connection, name: HostName, why: String, at: i64) -> Result<bool, StoreError> {
    revoke_listener(c, &name, &why, at).await?;
    let removed = diesel::delete(listeners::table.find(name.as_str())).execute(c).await?;
    Ok(removed == 1)
}
