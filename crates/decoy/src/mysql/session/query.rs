//! Statements, and what is answered to them.

use std::time::Duration;

use super::{Client, Next};
use crate::{
    End,
    mysql::{
        answer::Style,
        failure::Failure,
        packet::Fields,
        prepared::value,
        product::QUERY_ATTRIBUTES,
        sql::{
            engine::Outcome,
            parse::{self, Parsed},
            value::Value,
        },
    },
};

impl Client<'_, '_> {
    pub(super) async fn query(&mut self, payload: &[u8]) -> Result<Next, End> {
        let text = if self.capabilities & QUERY_ATTRIBUTES != 0 {
            after_attributes(payload).unwrap_or(payload)
        } else {
            payload
        };
        self.tell("Query", text);
        self.run_text(text).await
    }

    /// Carries out the statements of a text.
    pub(super) async fn run_text(&mut self, text: &[u8]) -> Result<Next, End> {
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
                Err(failure) => {
                    self.session.failed(&failure);
                    Err(failure)
                }
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
    pub(super) async fn carry_out(
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

    pub(super) async fn answer(
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
