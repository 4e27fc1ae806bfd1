//! Statements that change rows.

use super::{
    ast::{Expr, Name, Select, Statement},
    catalogue::{At, Catalogue, Table},
    engine::{Engine, Outcome, unknown_table},
    eval::{Clause, Scope},
    shape::Shape,
    value::Value,
};
use crate::mysql::failure::Failure;

/// Rows that INSERT adds.
struct Insertion<'s> {
    columns: &'s [String],
    rows: &'s [Vec<Option<Expr>>],
    query: Option<&'s Select>,
    replace: bool,
    ignore: bool,
    update: &'s [(String, Expr)],
}

impl Engine<'_> {
    pub(super) fn change_rows(&mut self, statement: &Statement) -> Result<Outcome, Failure> {
        match statement {
            Statement::Insert { table, columns, rows, query, replace, ignore, update } => {
                let query = query.as_deref();
                let (replace, ignore) = (*replace, *ignore);
                let insertion = Insertion { columns, rows, query, replace, ignore, update };
                self.insert(table, &insertion)
            }
            Statement::Update { table, set, filter, limit } => {
                self.update(table, set, filter.as_ref(), *limit)
            }
            Statement::Delete { table, filter, limit } => self.delete(table, filter.as_ref(), *limit),
            Statement::Truncate(table) => {
                let (database, _) = self.changeable("DROP", table)?;
                if let Some(found) = self.catalogue.table_mut(&database, &table.table) {
                    let bytes = found.weight();
                    found.rows.clear();
                    found.next = 1;
                    self.catalogue.shrink(bytes);
                }
                Ok(Outcome::Done(0, 0, String::new()))
            }
            _ => Ok(Outcome::Done(0, 0, String::new())),
        }
    }

    /// A table that may be changed, with its database.
    pub(super) fn changeable(
        &mut self,
        command: &str,
        name: &Name,
    ) -> Result<(String, std::sync::Arc<Table>), Failure> {
        let database = self.database_of(name)?;
        if database.eq_ignore_ascii_case("information_schema") {
            let text = format!("Access denied for user {} to database 'information_schema'", self.account());
            return Err(Failure::new(1044, "42000", text));
        }
        self.may_touch(command, &database, &name.table)?;
        if let Some(table) = self.catalogue.table(&database, &name.table)
            && table.definition.is_some()
        {
            return Err(not_changeable(command, &name.table));
        }
        let table = self.catalogue.table(&database, &name.table);
        let table = table.ok_or_else(|| unknown_table(&database, &name.table))?.clone();
        Ok((database, table))
    }

    fn insert(&mut self, name: &Name, insertion: &Insertion<'_>) -> Result<Outcome, Failure> {
        let (database, table) = self.changeable("INSERT", name)?;
        let places = self.places(&table, insertion.columns)?;
        let mut given: Vec<Vec<Option<Value>>> = Vec::new();
        if let Some(query) = insertion.query {
            let rows = self.select(query, None)?;
            given.extend(rows.rows.into_iter().map(|row| row.into_iter().map(Some).collect()));
        }
        for row in insertion.rows {
            let mut values = Vec::new();
            for expr in row {
                values.push(match expr {
                    Some(expr) => Some(self.eval(expr, &Scope { clause: Clause::Values, ..Scope::none() })?),
                    None => None,
                });
            }
            given.push(values);
        }
        let (mut affected, mut first_id, count) = (0, 0, given.len() as u64);
        for (number, values) in given.into_iter().enumerate() {
            if values.len() != places.len() && !(values.is_empty() && insertion.columns.is_empty()) {
                let text = format!("Column count doesn't match value count at row {}", number + 1);
                return Err(Failure::new(1136, "21S01", text));
            }
            let (row, id) = self.row(&database, name, &places, values, number + 1)?;
            match self.put(&database, &name.table, (row, number + 1), insertion)? {
                0 => {}
                count => {
                    affected += count;
                    if first_id == 0 {
                        first_id = id;
                    }
                }
            }
        }
        if first_id > 0 {
            self.session.last_id = first_id;
        }
        let info = match insertion.rows.len() {
            0 | 2.. => {
                let warnings = self.session.warnings.len();
                let again = if insertion.ignore { count.saturating_sub(affected) } else { 0 };
                format!("Records: {count}  Duplicates: {again}  Warnings: {warnings}")
            }
            _ => String::new(),
        };
        Ok(Outcome::Done(affected, first_id, info))
    }

    fn places(&self, table: &Table, columns: &[String]) -> Result<Vec<usize>, Failure> {
        if columns.is_empty() {
            return Ok((0..table.columns.len()).collect());
        }
        let place = |name: &String| {
            let found = table.column(name).map(|(at, _)| at);
            found.ok_or_else(|| self.unknown_column(&Expr::Column(name.clone(), None, None), Clause::Values))
        };
        columns.iter().map(place).collect()
    }

    /// A whole row from the values that were given, and the number that it counts.
    fn row(
        &mut self,
        database: &str,
        name: &Name,
        places: &[usize],
        values: Vec<Option<Value>>,
        number: usize,
    ) -> Result<(Vec<Value>, i64), Failure> {
        let now = self.timestamp();
        let table = self.catalogue.table(database, &name.table);
        let table = table.ok_or_else(|| unknown_table(database, &name.table))?.clone();
        let mut given: Vec<Option<Value>> = vec![None; table.columns.len()];
        for (at, value) in places.iter().zip(values) {
            if let Some(slot) = given.get_mut(*at) {
                *slot = value;
            }
        }
        let at = self.place_of(database, &name.table, number);
        let mut row = Vec::new();
        let mut id = 0;
        for (column, value) in table.columns.iter().zip(given) {
            let counts =
                column.counts && value.as_ref().is_none_or(|value| value.is_null() || value.whole() == 0);
            row.push(match value {
                _ if counts => {
                    id = table.next.max(1);
                    Value::Int(id)
                }
                Some(value) => {
                    if column.is_cut(&value) {
                        let text = format!("Data truncated for column '{}' at row {number}", column.name);
                        self.warn(("Note", 1265, text));
                    }
                    column.keep(value, &at)?
                }
                None => column.absent(&now, &at)?,
            });
        }
        Ok((row, id))
    }

    /// Adds a row, and says how many rows that changed.
    fn put(
        &mut self,
        database: &str,
        table: &str,
        (row, number): (Vec<Value>, usize),
        insertion: &Insertion<'_>,
    ) -> Result<u64, Failure> {
        self.step()?;
        let now = self.now.0;
        let found =
            self.catalogue.table(database, table).ok_or_else(|| unknown_table(database, table))?.clone();
        self.steps += found.rows.len() as u64 / 8;
        let clash = found.clash(&row, None);
        if let Some((at, value, key)) = &clash {
            // Its number is used up all the same.
            self.count_up(database, table, &row);
            if !insertion.update.is_empty() {
                return self.update_instead(database, table, (*at, number), insertion.update);
            }
            let key_name = key.name.clone();
            if insertion.ignore {
                self.warn(("Warning", 1062, format!("Duplicate entry '{value}' for key '{key_name}'")));
                return Ok(0);
            }
            if !insertion.replace {
                let key = if self.is_maria() { key.name.clone() } else { format!("{table}.{}", key.name) };
                return Err(Failure::new(
                    1062,
                    "23000",
                    format!("Duplicate entry '{value}' for key '{key}'"),
                ));
            }
            if let Some(table) = self.catalogue.table_mut(database, table) {
                table.rows.remove(*at);
            }
        }
        self.catalogue.may_grow(Catalogue::weight(&row), table)?;
        let replaced = clash.is_some();
        drop(found);
        self.count_up(database, table, &row);
        if let Some(table) = self.catalogue.table_mut(database, table) {
            table.rows.push(row);
            table.updated = now;
        }
        Ok(if replaced { 2 } else { 1 })
    }

    /// Counts on after the number of a row.
    fn count_up(&mut self, database: &str, table: &str, row: &[Value]) {
        if let Some(table) = self.catalogue.table_mut(database, table) {
            let counted = table.columns.iter().position(|column| column.counts);
            if let Some(Value::Int(number)) = counted.and_then(|at| row.get(at)) {
                table.next = table.next.max(number.saturating_add(1));
            }
        }
    }

    /// Where a value is kept, as the server's messages have it.
    fn place_of(&self, database: &str, table: &str, row: usize) -> At {
        let table = if self.is_maria() { format!("`{database}`.`{table}`") } else { String::new() };
        At { table, row }
    }

    /// ON DUPLICATE KEY UPDATE of the row that is in the way: rows that it counts for.
    fn update_instead(
        &mut self,
        database: &str,
        name: &str,
        (place, number): (usize, usize),
        set: &[(String, Expr)],
    ) -> Result<u64, Failure> {
        let table =
            self.catalogue.table(database, name).ok_or_else(|| unknown_table(database, name))?.clone();
        let Some(before) = table.rows.get(place) else { return Ok(0) };
        let row = self.changed_row(database, name, &table, before, set, number)?;
        if &row == before {
            return Ok(0);
        }
        self.exchange(database, name, place, row)?;
        Ok(2)
    }

    /// A row with the columns of SET in it.
    fn changed_row(
        &mut self,
        database: &str,
        name: &str,
        table: &Table,
        before: &[Value],
        set: &[(String, Expr)],
        number: usize,
    ) -> Result<Vec<Value>, Failure> {
        let origin = [database, name, name];
        let shapes: Vec<_> = table.columns.iter().map(|column| Shape::of(column, table, origin)).collect();
        let at = self.place_of(database, name, number);
        let mut row = before.to_vec();
        for (column, expr) in set {
            let Some((place, column)) = table.column(column) else {
                return Err(self.unknown_column(&Expr::Column(column.clone(), None, None), Clause::Set));
            };
            let scope = Scope { shapes: &shapes, row: &row, clause: Clause::Set, ..Scope::none() };
            let value = column.keep(self.eval(expr, &scope)?, &at)?;
            if let Some(slot) = row.get_mut(place) {
                *slot = value;
            }
        }
        Ok(row)
    }

    /// Puts a row in the place of another, unless a key forbids it.
    fn exchange(&mut self, database: &str, name: &str, place: usize, row: Vec<Value>) -> Result<(), Failure> {
        let now = self.now.0;
        let maria = self.is_maria();
        let Some(table) = self.catalogue.table(database, name) else { return Ok(()) };
        self.steps += table.rows.len() as u64 / 8;
        if let Some((_, value, key)) = table.clash(&row, Some(place)) {
            let key = if maria { key.name.clone() } else { format!("{name}.{}", key.name) };
            return Err(Failure::new(1062, "23000", format!("Duplicate entry '{value}' for key '{key}'")));
        }
        let before = table.rows.get(place).map_or(0, |row| Catalogue::weight(row));
        self.catalogue.may_grow(Catalogue::weight(&row).saturating_sub(before), name)?;
        if let Some(table) = self.catalogue.table_mut(database, name)
            && let Some(slot) = table.rows.get_mut(place)
        {
            *slot = row;
            table.updated = now;
        }
        Ok(())
    }

    /// Rows of a table that a condition holds for.
    fn chosen(
        &mut self,
        name: &Name,
        database: &str,
        table: &Table,
        filter: Option<&Expr>,
        limit: Option<u64>,
    ) -> Result<Vec<usize>, Failure> {
        let origin = [database, name.table.as_str(), name.table.as_str()];
        let shapes: Vec<_> = table.columns.iter().map(|column| Shape::of(column, table, origin)).collect();
        let mut out = Vec::new();
        let most = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        for (at, row) in table.rows.iter().enumerate() {
            let scope = Scope { shapes: &shapes, row, clause: Clause::Where, ..Scope::none() };
            let holds = match filter {
                Some(filter) => self.eval(filter, &scope)?.holds() == Some(true),
                None => true,
            };
            if holds && out.len() < most {
                out.push(at);
            }
        }
        Ok(out)
    }

    fn update(
        &mut self,
        name: &Name,
        set: &[(String, Expr)],
        filter: Option<&Expr>,
        limit: Option<u64>,
    ) -> Result<Outcome, Failure> {
        let (database, table) = self.changeable("UPDATE", name)?;
        for (column, _) in set {
            if table.column(column).is_none() {
                return Err(self.unknown_column(&Expr::Column(column.clone(), None, None), Clause::Set));
            }
        }
        let chosen = self.chosen(name, &database, &table, filter, limit)?;
        let mut changed = 0;
        for (number, at) in chosen.iter().enumerate() {
            let Some(before) = table.rows.get(*at) else { continue };
            let row = self.changed_row(&database, &name.table, &table, before, set, number + 1)?;
            if &row == before {
                continue;
            }
            self.exchange(&database, &name.table, *at, row)?;
            changed += 1;
        }
        let info = format!("Rows matched: {}  Changed: {changed}  Warnings: 0", chosen.len());
        Ok(Outcome::Done(changed, 0, info))
    }

    fn delete(&mut self, name: &Name, filter: Option<&Expr>, limit: Option<u64>) -> Result<Outcome, Failure> {
        let (database, table) = self.changeable("DELETE", name)?;
        let chosen: std::collections::BTreeSet<_> =
            self.chosen(name, &database, &table, filter, limit)?.into_iter().collect();
        drop(table);
        let mut at = 0;
        let mut bytes = 0;
        if let Some(table) = self.catalogue.table_mut(&database, &name.table) {
            table.rows.retain(|row| {
                at += 1;
                let goes = chosen.contains(&(at - 1));
                if goes {
                    bytes += Catalogue::weight(row);
                }
                !goes
            });
        }
        self.catalogue.shrink(bytes);
        Ok(Outcome::Done(chosen.len() as u64, 0, String::new()))
    }
}

/// A view is looked at only.
fn not_changeable(command: &str, view: &str) -> Failure {
    match command {
        "INSERT" => {
            let text = format!("The target table {view} of the INSERT is not insertable-into");
            Failure::new(1471, "HY000", text)
        }
        "ALTER" | "INDEX" => Failure::new(1347, "HY000", format!("'{view}' is not of type 'BASE TABLE'")),
        _ => {
            let text = format!("The target table {view} of the {command} is not updatable");
            Failure::new(1288, "HY000", text)
        }
    }
}
