//! After the log-in: one command after the other.
//!
//! Here they are told apart. [`query`] carries out statements, [`statement`] those that
//! were sent ahead, [`file`] takes a file of the client's, [`other`] does the rest.

mod file;
mod other;
mod query;
mod statement;

use std::{collections::BTreeMap, time::Duration};

use decnet_event::Kind;

use super::{
    Mysql,
    answer::Style,
    auth::Visitor,
    failure::Failure,
    packet::Fields,
    prepared::Prepared,
    product::{COMPRESS, Family, MULTI_STATEMENTS},
    sql::{engine::Engine, session::Session, value::Value},
    wire::{Broken, Message, Wire},
};
use crate::End;

/// `wait_timeout`.
const WAIT_TIMEOUT: Duration = Duration::from_secs(28_800);
/// Bytes of a statement that its event carries.
const SHOWN: usize = 64 * 1024;

/// What comes after a command.
enum Next {
    /// Another command.
    On,
    /// The end of the connection.
    Close,
}

/// One logged-in client.
pub(super) struct Client<'c, 's> {
    service: &'s Mysql,
    wire: Wire<'c>,
    session: Session,
    capabilities: u32,
    extended: u32,
    prepared: BTreeMap<u32, Prepared>,
    next_statement: u32,
    multi: bool,
}

impl<'c, 's> Client<'c, 's> {
    /// The client that `visitor` is, on connection `thread`.
    pub(super) fn new(service: &'s Mysql, wire: Wire<'c>, thread: u32, visitor: Visitor) -> Self {
        let capabilities = visitor.response.capabilities;
        let mut client = Self {
            service,
            wire,
            session: Session { thread, ..Session::default() },
            capabilities,
            extended: visitor.response.extended,
            prepared: BTreeMap::new(),
            next_statement: 1,
            multi: capabilities & MULTI_STATEMENTS != 0,
        };
        client.become_visitor(visitor);
        client
    }

    fn become_visitor(&mut self, visitor: Visitor) {
        let account = self.service.accounts.get(visitor.account);
        self.session.user = String::from_utf8_lossy(&visitor.response.user).into_owned();
        self.session.host = visitor.host;
        self.session.port = self.wire.conn.peer().port();
        self.session.everything = account.is_some_and(|account| account.everything);
        self.session.password = account.map(|account| account.password.clone()).unwrap_or_default();
        self.session.charset = visitor.response.charset;
        self.session.database = None;
        self.session.name_charset();
    }

    fn style(&self) -> Style {
        Style {
            capabilities: self.capabilities,
            extended: self.extended,
            charset: (self.session.charset, self.session.width()),
            more: false,
        }
    }

    /// Enters the database that was asked for, says that the log-in succeeded, and answers
    /// commands until the client goes.
    pub(super) async fn serve(mut self, database: Option<Vec<u8>>) -> Result<(), End> {
        if !self.welcome(database).await? {
            return Ok(());
        }
        if self.capabilities & COMPRESS != 0 {
            self.wire.squeeze();
        }
        self.wire.conn.set_idle_timeout(WAIT_TIMEOUT);
        loop {
            self.wire.restart();
            let message = match self.wire.read(self.service.product.longest_packet()).await {
                Ok(message) => message,
                Err(broken) => return self.broken(broken).await,
            };
            if let Next::Close = self.command(&message).await? {
                return Ok(());
            }
        }
    }

    /// Whether the client may stay.
    async fn welcome(&mut self, database: Option<Vec<u8>>) -> Result<bool, End> {
        let name = database.map(|name| String::from_utf8_lossy(&name).into_owned());
        let entered = match name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => self.engine(b"", &[], |engine| engine.enter_database(name)).0,
            None => Ok(()),
        };
        match entered {
            Ok(()) => {
                let database = self.session.database.clone();
                let packet = self.style().done(0, 0, 0, "", database.as_deref());
                self.wire.say(&packet).await?;
                Ok(true)
            }
            Err(failure) => {
                let packet = self.style().failed(&failure);
                self.wire.say(&packet).await?;
                Ok(false)
            }
        }
    }

    async fn broken(&mut self, broken: Broken) -> Result<(), End> {
        let failure = match broken {
            Broken::OutOfOrder(header) => {
                self.wire.conn.protocol_error("packets out of order", &header);
                self.wire.restart();
                Failure::out_of_order()
            }
            Broken::TooBig => Failure::too_big(),
            Broken::End(End::Idle) if self.service.product.family == Family::MySql8 => Failure::inactive(),
            Broken::End(end) => return Err(end),
        };
        let packet = self.style().failed(&failure);
        self.wire.say(&packet).await
    }

    async fn command(&mut self, message: &Message) -> Result<Next, End> {
        let Some((code, payload)) = message.payload.split_first() else {
            return self.fail(&Failure::unknown_command()).await;
        };
        match code {
            1 => return Ok(Next::Close),
            2 => return self.init_database(payload).await,
            3 => return self.query(payload).await,
            4 => return self.field_list(payload).await,
            9 => return self.statistics().await,
            10 => return self.run_text(b"SHOW FULL PROCESSLIST").await,
            17 => return self.change_user(payload).await,
            22..=26 | 28 => return self.statement(*code, payload).await,
            _ => {}
        }
        let needs = match code {
            7 => Some("RELOAD"),
            8 => Some("SHUTDOWN"),
            13 => Some("SUPER"),
            18 | 21 | 30 => Some("REPLICATION SLAVE"),
            _ => None,
        };
        match (code, needs) {
            (14, _) => self.done().await,
            (31, _) => {
                self.session.reset();
                self.forget_prepared();
                self.done().await
            }
            (12, _) => {
                let thread = Fields::new(payload).number(4).unwrap_or(0);
                self.fail(&Failure::new(1094, "HY000", format!("Unknown thread id: {thread}"))).await
            }
            (27, _) => {
                self.multi = Fields::new(payload).number(2) == Some(0);
                let packet = self.style().end();
                self.wire.say(&packet).await?;
                Ok(Next::On)
            }
            (_, Some(privilege)) if !self.session.everything => {
                let text = format!(
                    "Access denied; you need (at least one of) the {privilege} privilege(s) for this operation"
                );
                self.fail(&Failure::new(1227, "42000", text)).await
            }
            (7 | 13, _) => self.done().await,
            _ => self.fail(&Failure::unknown_command()).await,
        }
    }

    fn forget_prepared(&mut self) {
        let weight = std::mem::take(&mut self.prepared).values().map(|prepared| prepared.weight).sum();
        self.wire.conn.release(weight);
    }

    async fn done(&mut self) -> Result<Next, End> {
        let packet = self.style().done(0, 0, 0, "", None);
        self.wire.say(&packet).await?;
        Ok(Next::On)
    }

    async fn fail(&mut self, failure: &Failure) -> Result<Next, End> {
        let packet = self.style().failed(failure);
        self.wire.say(&packet).await?;
        Ok(Next::On)
    }

    fn tell(&self, command: &str, args: &[u8]) {
        let args = args.get(..SHOWN).unwrap_or(args).to_vec();
        self.wire.conn.emit(Kind::Command { command: command.as_bytes().to_vec(), args });
    }

    /// Does `work` with the engine, and gives back what is to be told of it.
    fn engine<T>(
        &mut self,
        text: &[u8],
        parameters: &[Value],
        work: impl FnOnce(&mut Engine<'_>) -> T,
    ) -> (T, After) {
        let before = self.session.database.clone();
        let (result, after) = self.service.engine(self.wire.conn, &mut self.session, text, parameters, work);
        if self.session.database != before || matches!(parse_use(text), Some(())) {
            self.session.settings.insert("database changed".to_owned(), String::new());
        } else {
            self.session.settings.remove("database changed");
        }
        (result, after)
    }
}

/// Whether a text begins with USE.
fn parse_use(text: &[u8]) -> Option<()> {
    text.trim_ascii_start().get(..4)?.eq_ignore_ascii_case(b"use ").then_some(())
}

/// What is to be told of a statement, and how long it takes.
#[derive(Debug, Default)]
pub(super) struct After {
    pub(super) events: Vec<Kind>,
    pub(super) files: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) sleep: f64,
}
