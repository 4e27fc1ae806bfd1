//! PREPARE, EXECUTE and what belongs to them.

use super::{Client, Next};
use crate::{
    End, caps,
    mysql::{
        failure::Failure,
        packet::Fields,
        prepared::Prepared,
        product::{OPTIONAL_METADATA, QUERY_ATTRIBUTES},
        sql::{
            ast::Statement,
            engine::{Engine, Outcome},
            parse,
            shape::Shape,
        },
    },
};

impl Client<'_, '_> {
    /// PREPARE, EXECUTE, SEND_LONG_DATA, CLOSE, RESET, FETCH.
    pub(super) async fn statement(&mut self, code: u8, payload: &[u8]) -> Result<Next, End> {
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

    pub(super) async fn prepare(&mut self, text: &[u8]) -> Result<Next, End> {
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
            let unknown = Shape::null().named("?");
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

    pub(super) async fn execute(&mut self, id: u32, mut fields: Fields<'_>) -> Result<Next, End> {
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
}

/// What a prepared statement will give is known before it is carried out.
impl Engine<'_> {
    fn preview(&mut self, statement: &Statement) -> Result<Vec<Shape>, Failure> {
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
