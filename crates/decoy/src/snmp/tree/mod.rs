//! The variables of a machine, in order.
//!
//! A tree is a list of groups, each of which writes its variables down when a request touches
//! it and is forgotten with the request: nothing of it stays in memory, and everything that
//! moves has moved.

pub mod agent;
pub mod cisco;
pub mod host;
pub mod interfaces;
pub mod ip;
pub mod notify;
pub mod power;
pub mod printer;
pub mod system;
pub mod transport;
pub mod ucd;
pub mod windows;

use std::cell::OnceCell;

use super::{facts::Facts, value::Value};

/// Writes a group down, in order.
pub type Fill = fn(&Facts<'_>, &mut Rows);

/// A part of a tree, all below one name.
#[derive(Clone, Copy)]
pub struct Group {
    /// The name below which it is.
    pub prefix: &'static [u32],
    /// Writes it down.
    pub fill: Fill,
}

/// Which part of a tree somebody may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// All of it.
    All,
    /// What is below these names, which are in order.
    Below(&'static [&'static [u32]]),
}

impl View {
    fn shows(self, name: &[u32]) -> bool {
        match self {
            Self::All => true,
            Self::Below(prefixes) => prefixes.iter().any(|prefix| name.starts_with(prefix)),
        }
    }

    /// Where to look on, when what is at `name` cannot be seen.
    fn after(self, name: &[u32]) -> Option<&'static [u32]> {
        match self {
            Self::All => None,
            Self::Below(prefixes) => prefixes.iter().find(|prefix| **prefix > name).copied(),
        }
    }
}

/// Variables in order.
#[derive(Debug, Default)]
pub struct Rows {
    names: Vec<u32>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    start: usize,
    end: usize,
    /// How many numbers of the name are those of the object, the rest being the instance.
    object: usize,
    value: Value,
}

impl Rows {
    /// Adds the only instance of an object.
    pub fn scalar(&mut self, object: &[u32], value: Value) {
        self.push(object, &[], &[0], value);
    }

    /// Adds scalars `object.NUMBER.0`.
    pub fn scalars(&mut self, object: &[u32], values: impl IntoIterator<Item = (u32, Value)>) {
        for (number, value) in values {
            self.push(object, &[number], &[0], value);
        }
    }

    /// Adds a table: for each column the cells of all rows, as far as there are any.
    pub fn table<I: AsRef<[u32]>>(
        &mut self,
        entry: &[u32],
        columns: &[u32],
        rows: &[I],
        mut cell: impl FnMut(u32, usize) -> Option<Value>,
    ) {
        for column in columns {
            for (at, index) in rows.iter().enumerate() {
                if let Some(value) = cell(*column, at) {
                    self.push(entry, &[*column], index.as_ref(), value);
                }
            }
        }
    }

    /// Adds one variable after all others.
    pub fn push(&mut self, object: &[u32], column: &[u32], index: &[u32], value: Value) {
        let start = self.names.len();
        self.names.extend_from_slice(object);
        self.names.extend_from_slice(column);
        let object = self.names.len() - start;
        self.names.extend_from_slice(index);
        self.rows.push(Row { start, end: self.names.len(), object, value });
    }

    fn name(&self, row: &Row) -> &[u32] {
        self.names.get(row.start..row.end).unwrap_or_default()
    }

    fn object(&self, row: &Row) -> &[u32] {
        self.names.get(row.start..row.start + row.object).unwrap_or_default()
    }

    /// The place of the first variable that is not before `name`.
    fn place(&self, name: &[u32]) -> usize {
        self.rows.partition_point(|row| self.name(row) < name)
    }

    fn get(&self, name: &[u32]) -> Value {
        let place = self.place(name);
        let at = self.rows.get(place);
        if let Some(row) = at.filter(|row| self.name(row) == name) {
            return row.value.clone();
        }
        let before = place.checked_sub(1).and_then(|place| self.rows.get(place));
        let known = [before, at].into_iter().flatten().any(|row| name.starts_with(self.object(row)));
        if known { Value::NoSuchInstance } else { Value::NoSuchObject }
    }

    fn after(&self, name: &[u32], itself: bool, old: bool) -> Option<(&[u32], &Value)> {
        let rows = self.rows.get(self.place(name)..)?;
        let row = rows.iter().find(|row| {
            let skipped = old && matches!(row.value, Value::Counter64(_));
            !skipped && (itself || self.name(row) != name)
        })?;
        Some((self.name(row), &row.value))
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = (&[u32], &Value)> {
        self.rows.iter().map(|row| (self.name(row), &row.value))
    }
}

/// The variables of a machine at one moment.
pub struct Tree<'a> {
    groups: &'static [Group],
    facts: &'a Facts<'a>,
    built: Vec<OnceCell<Rows>>,
}

impl<'a> Tree<'a> {
    /// A tree of `groups`, which are in order.
    pub fn new(groups: &'static [Group], facts: &'a Facts<'a>) -> Self {
        let built = groups.iter().map(|_| OnceCell::new()).collect();
        Self { groups, facts, built }
    }

    fn rows(&self, at: usize) -> Option<&Rows> {
        let group = self.groups.get(at)?;
        let rows = self.built.get(at)?.get_or_init(|| {
            let mut rows = Rows::default();
            (group.fill)(self.facts, &mut rows);
            rows
        });
        Some(rows)
    }

    /// The value of a variable, or which exception stands in for it.
    pub fn get(&self, name: &[u32], view: View) -> Value {
        if !view.shows(name) {
            return Value::NoSuchObject;
        }
        let at = self.groups.iter().position(|group| name.starts_with(group.prefix));
        at.and_then(|at| self.rows(at)).map_or(Value::NoSuchObject, |rows| rows.get(name))
    }

    /// The first variable after `name`; `old` skips what version 1 has no type for.
    pub fn next(&self, name: &[u32], view: View, old: bool) -> Option<(Vec<u32>, Value)> {
        let mut from = name.to_vec();
        let mut itself = false;
        loop {
            let (found, value) = self.after(&from, itself, old)?;
            if view.shows(&found) {
                return Some((found, value));
            }
            from = view.after(&found)?.to_vec();
            itself = true;
        }
    }

    fn after(&self, name: &[u32], itself: bool, old: bool) -> Option<(Vec<u32>, Value)> {
        let relevant = |group: &Group| name < group.prefix || name.starts_with(group.prefix);
        let places = self.groups.iter().enumerate().filter(|(_, group)| relevant(group));
        places.into_iter().find_map(|(at, _)| {
            let (name, value) = self.rows(at)?.after(name, itself, old)?;
            Some((name.to_vec(), value.clone()))
        })
    }
}
