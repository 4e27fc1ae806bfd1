//! A search, as the database can be asked it.

use decnet_proto::record::UNKNOWN;
use memchr::memmem;

use super::{
    names,
    period::{self, Span},
    sessions, tally,
};
use crate::{
    Condition, Dimension, RecordError, Search, Term,
    search::Ignored,
    sql::Connection,
    text::{Line, Needle, Sought},
};

/// So many events are looked at one by one rather than found by their words. Tests have few events.
const FEW: i64 = if cfg!(test) { 8 } else { 2_000 };

/// What must hold of the events that are looked for.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Conditions on columns.
    pub(super) narrows: Vec<Narrow>,
    /// The rarest word that the events have to have, whose blocks lead to them.
    pub(super) lead: Option<i64>,
    /// How many events have it.
    led: i64,
    /// Conditions on lines.
    checks: Vec<Check>,
    /// Words to find candidates by.
    pub(super) sought: Sought,
    /// When the events happened.
    pub(super) span: Span,
    /// Between which ids they are.
    pub(super) ids: (i64, i64),
}

/// A column, and which of its values are looked for.
#[derive(Clone, Debug)]
pub(super) struct Narrow {
    pub(super) dimension: Dimension,
    pub(super) ids: Vec<i64>,
    pub(super) excluded: bool,
}

/// What must hold of a line.
#[derive(Clone, Debug)]
struct Check {
    what: What,
    excluded: bool,
}

#[derive(Clone, Debug)]
enum What {
    Says(Needle),
    Has(Field),
}

/// A field that is to have a value.
#[derive(Clone, Debug)]
struct Field {
    name: String,
    value: String,
    /// How it stands in a line without escapes.
    written: String,
}

impl Field {
    fn new(name: &str, value: &str) -> Self {
        let written = format!("{name}=\"{value}\"");
        Self { name: name.to_owned(), value: value.to_owned(), written }
    }
}

impl Check {
    /// Whether it can hold for a line, as far as can be told without taking it apart. Where nothing in a line
    /// is escaped, all that it says stands there as it is.
    fn may_hold(&self, line: &[u8]) -> bool {
        if self.excluded || !line.is_ascii() || memchr::memchr(b'\\', line).is_some() {
            return true;
        }
        match &self.what {
            What::Says(needle) => needle.may_be_in(line),
            What::Has(field) => memmem::find(line, field.written.as_bytes()).is_some(),
        }
    }

    fn holds(&self, line: &Line<'_>) -> bool {
        let holds = match &self.what {
            What::Says(needle) => needle.is_in(line),
            What::Has(Field { name, value, .. }) => line.field(name).is_some_and(|its| its == value.as_str()),
        };
        holds != self.excluded
    }
}

impl Plan {
    /// Plans how to find what `search` looks for in a span of time; nothing where nothing can be found.
    pub(super) fn make(
        connection: &mut Connection,
        search: &Search,
        span: Span,
    ) -> Result<Option<Self>, RecordError> {
        let Some(ids) = period::ids(connection, span)? else { return Ok(None) };
        let (narrows, checks, sought) = (Vec::new(), Vec::new(), Sought::default());
        let mut plan = Self { narrows, lead: None, led: i64::MAX, checks, sought, span, ids };
        for Term { condition, excluded } in search.terms() {
            if !plan.take(connection, condition, *excluded)? {
                return Ok(None);
            }
        }
        plan.choose_lead(connection)?;
        Ok(Some(plan))
    }

    /// Adds a condition, and says whether it can hold.
    fn take(
        &mut self,
        connection: &mut Connection,
        condition: &Condition,
        excluded: bool,
    ) -> Result<bool, RecordError> {
        let what = match condition {
            Condition::Is(dimension, name) => return self.narrow(connection, *dimension, name, excluded),
            Condition::Says(text) => What::Says(Needle::new(text)),
            Condition::Field(name, value) => What::Has(Field::new(name, value)),
        };
        match condition {
            Condition::Says(text) if !excluded => self.sought.says(text),
            Condition::Field(name, value) if !excluded => self.sought.has(name, value),
            _ => {}
        }
        self.checks.push(Check { what, excluded });
        Ok(true)
    }

    /// Adds a condition on a column, and says whether it can hold.
    fn narrow(
        &mut self,
        connection: &mut Connection,
        dimension: Dimension,
        name: &str,
        excluded: bool,
    ) -> Result<bool, RecordError> {
        let ids = match dimension {
            Dimension::Ignored => return Ok(self.narrow_ignored(name, excluded)),
            Dimension::Session => self.of_sessions(connection, name, excluded)?,
            _ => id(connection, dimension, name)?.into_iter().collect(),
        };
        let is_possible = excluded || !ids.is_empty();
        if !ids.is_empty() {
            self.narrows.push(Narrow { dimension, ids, excluded });
        }
        Ok(is_possible)
    }

    /// Adds a condition on the ignore list, and says whether it can hold.
    fn narrow_ignored(&mut self, name: &str, excluded: bool) -> bool {
        let (id, excluded) = match Ignored::named(name) {
            Some(Ignored::By(entry)) => (entry, excluded),
            Some(Ignored::No) => (0, excluded),
            Some(Ignored::Yes) => (0, !excluded),
            None => return excluded,
        };
        self.narrows.push(Narrow { dimension: Dimension::Ignored, ids: vec![id], excluded });
        true
    }

    /// Ids of the sessions of this name. If they are what is looked for, their address leads to their
    /// events, and these are between two ids.
    fn of_sessions(
        &mut self,
        connection: &mut Connection,
        name: &str,
        excluded: bool,
    ) -> Result<Vec<i64>, RecordError> {
        let sessions = sessions::named(connection, name)?;
        if !excluded && !sessions.is_empty() {
            let mut addresses: Vec<_> = sessions.iter().map(|session| session.address).collect();
            addresses.dedup();
            let first = sessions.iter().map(|session| session.first).min().unwrap_or(i64::MIN);
            let last = sessions.iter().map(|session| session.last).max().unwrap_or(i64::MAX);
            self.ids = (self.ids.0.max(first), self.ids.1.min(last));
            self.narrows.push(Narrow { dimension: Dimension::Address, ids: addresses, excluded: false });
        }
        Ok(sessions.iter().map(|session| session.id).collect())
    }

    /// Lets the rarest word lead: databases do not know which one that is.
    fn choose_lead(&mut self, connection: &mut Connection) -> Result<(), RecordError> {
        for Narrow { dimension, ids, excluded } in &self.narrows {
            let [word] = ids[..] else { continue };
            // What is of nobody is in no block.
            let has_blocks = word > 0 && !matches!(dimension, Dimension::Session | Dimension::Ignored);
            if !has_blocks || *excluded {
                continue;
            }
            let events = tally::sum(connection, word, Span::ALL)?;
            if self.lead.is_none() || events < self.led {
                (self.lead, self.led) = (Some(word), events);
            }
        }
        Ok(())
    }

    /// Whether lines have to be looked at.
    pub(super) fn has_checks(&self) -> bool {
        !self.checks.is_empty()
    }

    /// Whether what must hold of lines holds of this one.
    pub(super) fn holds(&self, line: &[u8]) -> bool {
        self.checks.iter().all(|check| check.may_hold(line)) && {
            let line = Line::of(line);
            self.checks.iter().all(|check| check.holds(&line))
        }
    }

    /// Whether there are fewer candidates by words than by anything else.
    pub(super) fn is_by_words(&self) -> bool {
        let (first, last) = self.ids;
        !self.sought.is_empty() && self.led > FEW && last.saturating_sub(first) > FEW
    }

    /// The same for a part of its span, whose events are between two ids.
    pub(super) fn within(&self, span: Span, (first, last): (i64, i64)) -> Self {
        Self { span, ids: (self.ids.0.max(first), self.ids.1.min(last)), ..self.clone() }
    }

    /// The word whose tallies count exactly what is looked for, but for the span; 0 counts everything.
    pub(super) fn tallied(&self) -> Option<i64> {
        match (self.has_checks(), self.narrows.as_slice()) {
            (false, []) => Some(0),
            (false, [Narrow { dimension, ids, excluded: false }])
                if !matches!(dimension, Dimension::Session | Dimension::Ignored) =>
            {
                ids.first().copied().filter(|id| *id != 0)
            }
            _ => None,
        }
    }
}

/// The id of what an event is of; 0 where it is of none.
fn id(connection: &mut Connection, dimension: Dimension, name: &str) -> Result<Option<i64>, RecordError> {
    let none = match dimension {
        Dimension::Address => UNKNOWN,
        Dimension::Kind => "-",
        _ => "",
    };
    if name == none { Ok(Some(0)) } else { names::id(connection, dimension, name) }
}
