//! After the log-in: one command after the other.

use std::{collections::BTreeMap, time::Duration};

use decnet_event::Kind;

use super::{
    Mysql,
    answer::Style,
    auth::{self, Refused, Visitor},
    failure::Failure,
    packet::Fields,
    prepared::{Prepared, value},
    product::{COMPRESS, Family, LOCAL_FILES, MULTI_STATEMENTS, OPTIONAL_METADATA, QUERY_ATTRIBUTES},
    response,
    sql::{
        ast::Statement,
        engine::{Engine, Outcome},
        parse::{self, Parsed},
        session::Session,
        value::Value,
    },
    wire::{Broken, Message, Wire},
};
use crate::{End, caps};

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

    async fn init_database(&mut self, payload: &[u8]) -> Result<Next, End> {
        self.tell("Init DB", payload);
        let name = String::from_utf8_lossy(payload).into_owned();
        match self.engine(payload, &[], |engine| engine.enter_database(&name)).0 {
            Ok(()) => {
                let packet = self.style().done(0, 0, 0, "", self.session.database.as_deref());
                self.wire.say(&packet).await?;
                Ok(Next::On)
            }
            Err(failure) => self.fail(&failure).await,
        }
    }

    async fn statistics(&mut self) -> Result<Next, End> {
        let server = self.service.server(self.wire.conn);
        let opens = 40 + server.questions / 7;
        let average = server.questions.saturating_mul(1_000) / server.uptime.max(1);
        let (name, gap) = if self.service.product.family == Family::MariaDb {
            ("Open tables", "  ")
        } else {
            ("Flush tables: 3  Open tables", "  ")
        };
        let text = format!(
            "Uptime: {}  Threads: {}  Questions: {}  Slow queries: 0  Opens: {opens}{gap}{name}: {}  Queries per second avg: {}.{:03}",
            server.uptime,
            server.connections,
            server.questions,
            opens.min(34),
            average / 1_000,
            average % 1_000
        );
        self.wire.say(text.as_bytes()).await?;
        Ok(Next::On)
    }

    async fn field_list(&mut self, payload: &[u8]) -> Result<Next, End> {
        let mut fields = Fields::new(payload);
        let table = fields.until_nul_or_end();
        self.tell("Field List", table);
        let text = [b"SELECT * FROM `".as_slice(), table, b"` LIMIT 0"].concat();
        let (parsed, _) = parse::parse(&text, &self.service.product);
        let outcome = match parsed {
            Ok(parsed) => self.engine(&text, &[], |engine| engine.run(&parsed.statement)).0,
            Err(failure) => Err(failure),
        };
        match outcome {
            Ok(Outcome::Rows(rows)) => {
                let style = self.style();
                let (charset, width) = style.charset;
                for shape in &rows.shapes {
                    // Here each has its default, too.
                    let mut packet = shape.packet(charset, width, style.has_extended_metadata());
                    packet.push(0xfb);
                    self.wire.put(&packet);
                }
                let end = style.end();
                self.wire.say(&end).await?;
                Ok(Next::On)
            }
            Ok(_) => self.done().await,
            Err(failure) => self.fail(&failure).await,
        }
    }

    async fn query(&mut self, payload: &[u8]) -> Result<Next, End> {
        let text = if self.capabilities & QUERY_ATTRIBUTES != 0 {
            after_attributes(payload).unwrap_or(payload)
        } else {
            payload
        };
        self.tell("Query", text);
        self.run_text(text).await
    }

    /// Carries out the statements of a text.
    async fn run_text(&mut self, text: &[u8]) -> Result<Next, End> {
        let mut rest = text;
        loop {
            let (parsed, next) = parse::parse(rest, &self.service.product);
            let more = next.filter(|_| self.multi).and_then(|at| rest.get(at..));
            let parsed = match (parsed, next) {
                // Who may send one statement only has an error in the next.
                (Ok(_), Some(at)) if !self.multi => {
                    let near = rest.get(at..).unwrap_or_default();
                    Err(parse::parse(&[b"\x01".as_slice(), near].concat(), &self.service.product)
                        .0
                        .err()
                        .unwrap_or_else(Failure::unknown_command))
                }
                (parsed, _) => parsed,
            };
            // Others are served between two statements.
            tokio::task::yield_now().await;
            let own = next.and_then(|at| rest.get(..at)).unwrap_or(rest);
            let style = Style { more: more.is_some(), ..self.style() };
            let fine = parsed.is_ok();
            let outcome = match parsed {
                Ok(parsed) => self.carry_out(own, &[], parsed).await?,
                Err(failure) => Err(failure),
            };
            if let Next::Close = self.answer(outcome, style, false).await? {
                return Ok(Next::Close);
            }
            match more {
                Some(more) if fine => rest = more,
                _ => return Ok(Next::On),
            }
        }
    }

    /// Carries out one statement, tells what is to be told of it, and waits as it would.
    async fn carry_out(
        &mut self,
        text: &[u8],
        parameters: &[Value],
        parsed: Parsed,
    ) -> Result<Result<Outcome, Failure>, End> {
        self.service.count_question();
        let (outcome, after) = self.engine(text, parameters, |engine| engine.run(&parsed.statement));
        // It may be large, and what follows may take its time.
        drop(parsed);
        for event in after.events {
            self.wire.conn.emit(event);
        }
        for (path, content) in after.files {
            let mut artifact = self.wire.conn.artifact(&path, "value");
            artifact.write(&content).await;
            artifact.finish();
        }
        if after.sleep > 0.0 {
            self.wire.conn.pause(Duration::from_secs_f64(after.sleep)).await?;
        }
        if self.session.settings.remove("flush hosts").is_some() {
            self.service.hosts.forget();
        }
        Ok(outcome)
    }

    async fn answer(
        &mut self,
        outcome: Result<Outcome, Failure>,
        style: Style,
        binary: bool,
    ) -> Result<Next, End> {
        match outcome {
            Ok(Outcome::Done(affected, id, info)) => {
                let changed = self.session.settings.remove("database changed").is_some();
                let database = self.session.database.clone().filter(|_| changed);
                let warnings = self.session.warnings.len();
                let packet = style.done(affected, id, warnings, &info, database.as_deref());
                self.wire.say(&packet).await?;
            }
            Ok(Outcome::Rows(rows)) => {
                let weight = rows.weight();
                self.wire.conn.claim(weight)?;
                style.rows(&mut self.wire, &rows, binary).await?;
                self.wire.conn.release(weight);
            }
            Ok(Outcome::AskFile(path, table)) => return self.ask_file(&path, &table, style).await,
            Ok(Outcome::Closed(failure)) => {
                let packet = style.failed(&failure);
                self.wire.say(&packet).await?;
                return Ok(Next::Close);
            }
            Err(failure) => {
                let packet = style.failed(&failure);
                self.wire.say(&packet).await?;
            }
        }
        Ok(Next::On)
    }

    /// Asks the client for a file of its own, which it may send, and keeps it.
    async fn ask_file(&mut self, path: &[u8], _table: &str, style: Style) -> Result<Next, End> {
        if self.capabilities & LOCAL_FILES == 0 {
            let failure = if self.service.product.family == Family::MariaDb {
                Failure::new(
                    4166,
                    "HY000",
                    "The used command is not allowed because the MariaDB server or client has disabled the local infile capability",
                )
            } else {
                Failure::new(1148, "42000", "The used command is not allowed with this MySQL version")
            };
            return self.fail(&failure).await;
        }
        self.wire.say(&[b"\xfb".as_slice(), path].concat()).await?;
        let mut artifact = None;
        let mut lines = 0;
        loop {
            let message = match self.wire.read(self.service.product.longest_packet()).await {
                Ok(message) => message,
                Err(Broken::End(end)) => return Err(end),
                Err(broken) => {
                    self.broken(broken).await?;
                    return Ok(Next::Close);
                }
            };
            if message.length == 0 {
                break;
            }
            lines += message.payload.iter().filter(|byte| **byte == b'\n').count();
            let writer = artifact.get_or_insert_with(|| self.wire.conn.artifact(path, "upload"));
            writer.write(&message.payload).await;
        }
        if let Some(artifact) = artifact {
            artifact.finish();
        }
        let info = format!("Records: {lines}  Deleted: 0  Skipped: 0  Warnings: 0");
        let packet = style.done(lines as u64, 0, 0, &info, None);
        self.wire.say(&packet).await?;
        Ok(Next::On)
    }

    async fn change_user(&mut self, payload: &[u8]) -> Result<Next, End> {
        let Some(response) = response::change_user(payload, self.capabilities) else {
            return self.fail(&Failure::unknown_command()).await;
        };
        auth::tell_client(&self.wire, &response);
        let database = response.database.clone();
        match auth::log_in(self.service, &mut self.wire, response, None).await {
            Ok(visitor) => {
                self.session.reset();
                self.forget_prepared();
                self.become_visitor(visitor);
                Ok(if self.welcome(database).await? { Next::On } else { Next::Close })
            }
            Err(Refused::End(end) | Refused::Silent(end)) => Err(end),
            Err(Refused::Said(failure) | Refused::Handshake(failure)) => {
                self.fail(&failure).await?;
                Ok(Next::Close)
            }
        }
    }

    /// PREPARE, EXECUTE, SEND_LONG_DATA, CLOSE, RESET, FETCH.
    async fn statement(&mut self, code: u8, payload: &[u8]) -> Result<Next, End> {
        if code == 22 {
            return self.prepare(payload).await;
        }
        let mut fields = Fields::new(payload);
        let id = u32::try_from(fields.number(4).unwrap_or(0)).unwrap_or(0);
        let unknown = |by: &str| {
            let text = format!("Unknown prepared statement handler ({id}) given to {by}");
            Failure::new(1243, "HY000", text)
        };
        match (code, self.prepared.get_mut(&id)) {
            (23, Some(_)) => self.execute(id, fields).await,
            (23, None) => self.fail(&unknown("mysqld_stmt_execute")).await,
            // These have no answer.
            (24, Some(prepared)) => {
                let parameter = u16::try_from(fields.number(2).unwrap_or(0)).unwrap_or(u16::MAX);
                prepared.send_ahead(parameter, fields.rest());
                Ok(Next::On)
            }
            (24, None) => Ok(Next::On),
            (25, _) => {
                if let Some(prepared) = self.prepared.remove(&id) {
                    self.wire.conn.release(prepared.weight);
                }
                Ok(Next::On)
            }
            (26, Some(prepared)) => {
                prepared.reset();
                self.done().await
            }
            (26, None) => self.fail(&unknown("mysqld_stmt_reset")).await,
            _ => self.fail(&unknown("mysqld_stmt_fetch")).await,
        }
    }

    async fn prepare(&mut self, text: &[u8]) -> Result<Next, End> {
        self.tell("Prepare", text);
        if self.prepared.len() >= caps::MYSQL_PREPARED {
            let text = "Can't create more than max_prepared_stmt_count statements (current value: 16382)";
            return self.fail(&Failure::new(1461, "42000", text)).await;
        }
        let parsed = match parse::parse(text, &self.service.product).0 {
            Ok(parsed) => parsed,
            Err(failure) => return self.fail(&failure).await,
        };
        let shapes = match self.engine(text, &[], |engine| engine.preview(&parsed.statement)).0 {
            Ok(shapes) => shapes,
            Err(failure) => return self.fail(&failure).await,
        };
        let parameters = parsed.parameters;
        // Understood, a statement is some times as large as its text.
        let weight = 512 + 12 * text.len();
        self.wire.conn.claim(weight)?;
        let kept = text.get(..caps::MYSQL_VALUE).unwrap_or(text).to_vec();
        self.prepared.insert(self.next_statement, Prepared::new(parsed, kept, weight));
        let mut packet = vec![0];
        packet.extend_from_slice(&self.next_statement.to_le_bytes());
        packet.extend_from_slice(&u16::try_from(shapes.len()).unwrap_or(0).to_le_bytes());
        packet.extend_from_slice(&u16::try_from(parameters).unwrap_or(0).to_le_bytes());
        packet.extend_from_slice(&[0, 0, 0]);
        if self.capabilities & OPTIONAL_METADATA != 0 {
            packet.push(1);
        }
        self.next_statement = self.next_statement.wrapping_add(1);
        self.wire.put(&packet);
        let style = self.style();
        if parameters > 0 {
            let unknown = super::sql::shape::Shape::null().named("?");
            style.define(&mut self.wire, &vec![unknown; parameters]);
            style.end_of_definitions(&mut self.wire);
        }
        if !shapes.is_empty() {
            style.define(&mut self.wire, &shapes);
            style.end_of_definitions(&mut self.wire);
        }
        self.wire.send().await?;
        Ok(Next::On)
    }

    async fn execute(&mut self, id: u32, mut fields: Fields<'_>) -> Result<Next, End> {
        let attributes = self.capabilities & QUERY_ATTRIBUTES != 0;
        let values = self.prepared.get_mut(&id).and_then(|prepared| prepared.values(&mut fields, attributes));
        let Some(prepared) = self.prepared.get(&id).cloned() else { return Ok(Next::On) };
        let Some(values) = values else {
            return self
                .fail(&Failure::new(1210, "HY000", "Incorrect arguments to mysqld_stmt_execute"))
                .await;
        };
        let mut shown = prepared.text.clone();
        for value in &values {
            shown.extend_from_slice(b"\x1f");
            shown.extend_from_slice(&value.printed());
        }
        self.tell("Execute", &shown);
        let outcome = self.carry_out(&prepared.text, &values, prepared.parsed).await?;
        let style = self.style();
        self.answer(outcome, style, true).await
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

/// The statement after the attributes that newer clients put in front.
fn after_attributes(payload: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields::new(payload);
    let count = usize::try_from(fields.lenenc()?).ok()?;
    fields.lenenc()?;
    if count == 0 {
        return Some(fields.rest());
    }
    let nulls = fields.bytes(count.div_ceil(8))?.to_vec();
    fields.byte()?;
    let mut kinds = Vec::new();
    for _ in 0..count {
        kinds.push(fields.bytes(2)?.first().copied()?);
        fields.lenenc_bytes()?;
    }
    for (at, kind) in kinds.into_iter().enumerate() {
        if nulls.get(at / 8).is_none_or(|byte| byte >> (at % 8) & 1 == 0) {
            value(kind, &mut fields)?;
        }
    }
    Some(fields.rest())
}

/// What a prepared statement will give is known before it is carried out.
impl Engine<'_> {
    fn preview(&mut self, statement: &Statement) -> Result<Vec<super::sql::shape::Shape>, Failure> {
        match statement {
            Statement::Select(query) if query.into.is_none() => self.preview_query(query),
            Statement::Show(_) | Statement::Describe(..) => match self.run(statement)? {
                Outcome::Rows(rows) => Ok(rows.shapes),
                _ => Ok(Vec::new()),
            },
            _ => Ok(Vec::new()),
        }
    }
}
