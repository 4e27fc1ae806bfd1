//! Commands that are no statements.

use super::{Client, Next};
use crate::{
    End,
    mysql::{
        auth::{self, Refused},
        failure::Failure,
        packet::Fields,
        product::Family,
        response,
        sql::{engine::Outcome, parse},
    },
};

impl Client<'_, '_> {
    pub(super) async fn init_database(&mut self, payload: &[u8]) -> Result<Next, End> {
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

    pub(super) async fn statistics(&mut self) -> Result<Next, End> {
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

    pub(super) async fn field_list(&mut self, payload: &[u8]) -> Result<Next, End> {
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

    pub(super) async fn change_user(&mut self, payload: &[u8]) -> Result<Next, End> {
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
}
