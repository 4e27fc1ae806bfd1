//! Queries: rows from tables, joined, filtered, grouped, ordered.

use std::cmp::Ordering;

use super::{
    ast::{Expr, From, Item, Join, Select, Set, Source},
    catalogue::Catalogue,
    engine::{Engine, Outcome, Rows, unknown_database, unknown_table},
    eval::{Clause, Scope},
    function::AGGREGATES,
    shape::{self, Shape},
    value::Value,
};
use crate::mysql::{failure::Failure, product::Family};

impl Engine<'_> {
    pub(super) fn select_statement(&mut self, query: &Select) -> Result<Outcome, Failure> {
        if let Some(into) = &query.into {
            self.may_write_file(&into.path)?;
        }
        let mut rows = self.select(query, None)?;
        rows.agree();
        let Some(into) = &query.into else { return Ok(Outcome::Rows(rows)) };
        if into.dump && rows.rows.len() > 1 {
            return Err(Failure::new(1172, "42000", "Result consisted of more than one row"));
        }
        let mut content = Vec::new();
        for row in &rows.rows {
            let fields = row.iter().map(|value| value.print().unwrap_or_else(|| b"\\N".to_vec()));
            let between: &[u8] = if into.dump { b"" } else { &into.field_end };
            content.extend_from_slice(&fields.collect::<Vec<_>>().join(between));
            if !into.dump {
                content.extend_from_slice(&into.line_end);
            }
        }
        self.write_file(&into.path, content)?;
        Ok(Outcome::Done(rows.rows.len() as u64, 0, String::new()))
    }

    /// The rows of a query, which may be part of another.
    pub(super) fn select(&mut self, query: &Select, outer: Option<&Scope<'_>>) -> Result<Rows, Failure> {
        let mut out = self.one_select(query, outer)?;
        for (set, next) in &query.unions {
            let mut more = self.one_select(next, outer)?;
            if more.shapes.len() != out.shapes.len() {
                let text = "The used SELECT statements have a different number of columns";
                return Err(Failure::new(1222, "21000", text));
            }
            for (shape, other) in out.shapes.iter_mut().zip(&more.shapes) {
                widen(shape, other);
            }
            match set {
                Set::All | Set::Union => out.rows.append(&mut more.rows),
                Set::Except | Set::Intersect => {
                    let key = |row: &Vec<Value>| row.iter().map(Value::sort_key).collect::<Vec<_>>();
                    let there: std::collections::BTreeSet<_> = more.rows.iter().map(key).collect();
                    out.rows.retain(|row| there.contains(&key(row)) == (*set == Set::Intersect));
                }
            }
            if *set != Set::All {
                self.distinct(&mut out.rows)?;
            }
        }
        if !query.unions.is_empty() {
            self.order_union(query, &mut out)?;
            limit(&mut out.rows, query.limit);
        }
        Ok(out)
    }

    /// What a query will give, without looking for it.
    pub(in crate::mysql) fn preview_query(&mut self, query: &Select) -> Result<Vec<Shape>, Failure> {
        let mut shapes = Vec::new();
        for source in &query.from {
            shapes.extend(self.source(source, None)?.shapes);
        }
        let items = self.items(query, &shapes)?;
        let scope = Scope { shapes: &shapes, ..Scope::none() };
        self.check_names(query, &items, &scope)?;
        Ok(items.iter().map(|(expr, name)| self.shape(expr, &scope).named(name)).collect())
    }

    fn order_union(&mut self, query: &Select, out: &mut Rows) -> Result<(), Failure> {
        let shapes = out.shapes.clone();
        let mut keyed = Vec::new();
        for row in std::mem::take(&mut out.rows) {
            let scope = Scope { shapes: &shapes, row: &row, clause: Clause::Order, ..Scope::none() };
            let keys = self.order_keys(&query.order, &row, &scope)?;
            keyed.push((keys, row));
        }
        out.rows = sorted(keyed, &query.order);
        Ok(())
    }

    fn one_select(&mut self, query: &Select, outer: Option<&Scope<'_>>) -> Result<Rows, Failure> {
        let held = self.held;
        let (shapes, rows) = self.joined(&query.from, outer)?;
        let items = self.items(query, &shapes)?;
        let none =
            Scope { shapes: &shapes, row: &[], group: None, outer, aliases: &[], clause: Clause::Fields };
        self.check_names(query, &items, &none)?;
        let mut kept = Vec::new();
        for row in rows {
            let scope = Scope { row: &row, clause: Clause::Where, ..none };
            let holds = match &query.filter {
                Some(filter) => self.eval(filter, &scope)?.holds() == Some(true),
                None => true,
            };
            if holds {
                kept.push(row);
            }
        }
        let out_shapes: Vec<_> =
            items.iter().map(|(expr, name)| self.shape(expr, &none).named(name)).collect();
        let grouped = !query.group.is_empty()
            || items.iter().any(|(expr, _)| has_aggregate(expr))
            || query.having.as_ref().is_some_and(has_aggregate);
        let groups = if grouped {
            self.groups(query, &none, &items, kept)?
        } else {
            kept.into_iter().map(|row| vec![row]).collect()
        };
        let mut keyed = Vec::new();
        for group in &groups {
            let row = group.first().map(Vec::as_slice).unwrap_or_default();
            let scope = Scope { row, group: grouped.then_some(group), ..none };
            let mut values = Vec::new();
            let mut aliases = Vec::new();
            for (expr, name) in &items {
                let value = self.eval(expr, &scope)?;
                aliases.push((name.clone(), value.clone()));
                self.hold(2 * value.weight())?;
                values.push(value);
            }
            let scope = Scope { aliases: &aliases, clause: Clause::Having, ..scope };
            let holds = match &query.having {
                Some(having) => self.eval(having, &scope)?.holds() == Some(true),
                None => true,
            };
            if holds {
                let order = if query.unions.is_empty() { query.order.as_slice() } else { &[] };
                let keys = self.order_keys(order, &values, &Scope { clause: Clause::Order, ..scope })?;
                keyed.push((keys, values));
            }
        }
        let order = if query.unions.is_empty() { query.order.as_slice() } else { &[] };
        let mut rows = sorted(keyed, order);
        if query.distinct {
            self.distinct(&mut rows)?;
        }
        if query.unions.is_empty() {
            limit(&mut rows, query.limit);
        }
        let out = Rows { shapes: out_shapes, rows };
        // What it looked through is let go of, what it found is not.
        self.held = held;
        self.hold(out.weight())?;
        Ok(out)
    }

    /// Names are wrong even where there is no row to miss them in.
    fn check_names(
        &mut self,
        query: &Select,
        items: &[(Expr, String)],
        none: &Scope<'_>,
    ) -> Result<(), Failure> {
        let aliases: Vec<_> = items.iter().map(|(_, name)| (name.clone(), Value::Null)).collect();
        let later = Scope { aliases: &aliases, ..*none };
        for (expr, _) in items {
            self.check(expr, none, Clause::Fields)?;
        }
        if let Some(filter) = &query.filter {
            self.check(filter, none, Clause::Where)?;
        }
        for expr in &query.group {
            self.check(expr, &later, Clause::Group)?;
        }
        if let Some(having) = &query.having {
            self.check(having, &later, Clause::Having)?;
        }
        for (expr, _) in query.order.iter().filter(|_| query.unions.is_empty()) {
            self.check(expr, &later, Clause::Order)?;
        }
        Ok(())
    }

    fn check(&mut self, expr: &Expr, scope: &Scope<'_>, clause: Clause) -> Result<(), Failure> {
        self.step()?;
        if let Expr::Column(name, table, database) = expr {
            let mut at = Some(scope);
            while let Some(scope) = at {
                let alias = table.is_none()
                    && scope.aliases.iter().any(|(alias, _)| alias.eq_ignore_ascii_case(name));
                if alias || scope.place(name, table.as_deref(), database.as_deref()).is_some() {
                    return Ok(());
                }
                at = scope.outer;
            }
            return Err(self.unknown_column(expr, clause));
        }
        for child in children(expr) {
            self.check(child, scope, clause)?;
        }
        Ok(())
    }

    fn groups(
        &mut self,
        query: &Select,
        none: &Scope<'_>,
        items: &[(Expr, String)],
        rows: Vec<Vec<Value>>,
    ) -> Result<Vec<Vec<Vec<Value>>>, Failure> {
        if query.group.is_empty() {
            return Ok(vec![rows]);
        }
        let mut groups: std::collections::BTreeMap<Vec<Vec<u8>>, Vec<Vec<Value>>> =
            std::collections::BTreeMap::new();
        let by = |expr: &Expr| {
            draws(expr)
                || items.iter().any(|(item, name)| {
                    matches!(expr, Expr::Column(column, None, None) if column.eq_ignore_ascii_case(name))
                        && draws(item)
                })
        };
        let drawn = query.group.iter().any(by);
        for row in rows {
            let (key, _) = keys_of(&self.group_key(query, none, items, &row)?);
            if drawn && !groups.contains_key(&key) {
                // What is not there yet is worked out once more when it is added.
                let again = self.group_key(query, none, items, &row)?;
                let (key, shown) = keys_of(&again);
                if groups.contains_key(&key) {
                    let text = format!("Duplicate entry '{shown}' for key '{}'", self.group_index());
                    return Err(Failure::new(1062, "23000", text));
                }
                groups.entry(key).or_default().push(row);
                continue;
            }
            groups.entry(key).or_default().push(row);
        }
        Ok(groups.into_values().collect())
    }

    /// What a row is grouped by.
    fn group_key(
        &mut self,
        query: &Select,
        none: &Scope<'_>,
        items: &[(Expr, String)],
        row: &[Value],
    ) -> Result<Vec<Value>, Failure> {
        let mut key = Vec::new();
        for expr in &query.group {
            // By number, by alias, or by what it comes to.
            let expr = match expr {
                Expr::Literal(Value::Int(at)) => {
                    usize::try_from(*at - 1).ok().and_then(|at| items.get(at)).map(|(expr, _)| expr)
                }
                Expr::Column(name, None, None) if none.place(name, None, None).is_none() => {
                    items.iter().find(|(_, alias)| alias.eq_ignore_ascii_case(name)).map(|(expr, _)| expr)
                }
                other => Some(other),
            };
            key.push(match expr {
                Some(expr) => self.eval(expr, &Scope { row, clause: Clause::Group, ..*none })?,
                None => Value::Null,
            });
        }
        Ok(key)
    }

    /// What the server calls the index of the groups.
    fn group_index(&self) -> &'static str {
        match self.product.family {
            Family::MySql8 => "<temporary>.<group_key>",
            Family::MySql5 => "<group_key>",
            Family::MariaDb => "group_key",
        }
    }

    /// What the query gives, stars written out.
    fn items(&mut self, query: &Select, shapes: &[Shape]) -> Result<Vec<(Expr, String)>, Failure> {
        let mut out = Vec::new();
        for item in &query.items {
            match item {
                Item::One { expr: Expr::Call(call, parts), name: _ }
                    if call == "name_const" && parts.len() == 2 =>
                {
                    let name = parts.first().map(|part| self.constant(part)).transpose()?;
                    let value = parts.last().cloned().unwrap_or(Expr::Literal(Value::Null));
                    out.push((value, name.map(|name| name.shown()).unwrap_or_default()));
                }
                Item::One { expr, name } => out.push((expr.clone(), self.item_name(expr, name, shapes))),
                Item::All(table) => {
                    let of = |shape: &&Shape| {
                        table.as_ref().is_none_or(|table| {
                            shape.origin.get(1).is_some_and(|alias| alias.eq_ignore_ascii_case(table))
                        })
                    };
                    let before = out.len();
                    for shape in shapes.iter().filter(of) {
                        let [database, alias, ..] = &shape.origin;
                        let (alias, database) = (alias.clone(), database.clone());
                        let database = (!database.is_empty()).then_some(database);
                        let expr = Expr::Column(
                            shape.name.clone(),
                            Some(alias).filter(|alias| !alias.is_empty()),
                            database,
                        );
                        out.push((expr, shape.name.clone()));
                    }
                    match table {
                        _ if query.from.is_empty() => {
                            return Err(Failure::new(1096, "HY000", "No tables used"));
                        }
                        Some(table) if out.len() == before => {
                            let database = self.session.database.as_ref().filter(|_| self.is_maria());
                            let before = database.map_or_else(String::new, |database| format!("{database}."));
                            let text = format!("Unknown table '{before}{table}'");
                            return Err(Failure::new(1051, "42S02", text));
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(out)
    }

    /// What a column of the answer is called: MySQL 8 writes those of `information_schema` as they
    /// are defined, whatever was asked.
    fn item_name(&self, expr: &Expr, name: &str, shapes: &[Shape]) -> String {
        let defined = |shape: &&Shape| {
            shape.origin.first().is_some_and(|database| database == "information_schema")
                && shape.name.eq_ignore_ascii_case(name)
        };
        match expr {
            Expr::Column(column, ..)
                if self.product.family == Family::MySql8 && column.eq_ignore_ascii_case(name) =>
            {
                shapes.iter().find(defined).map_or_else(|| name.to_owned(), |shape| shape.name.clone())
            }
            _ => name.to_owned(),
        }
    }

    /// All rows of the sources, each with each, as far as their conditions hold.
    fn joined(
        &mut self,
        sources: &[Source],
        outer: Option<&Scope<'_>>,
    ) -> Result<(Vec<Shape>, Vec<Vec<Value>>), Failure> {
        let mut shapes: Vec<Shape> = Vec::new();
        let mut rows = vec![Vec::new()];
        check_called(sources)?;
        for source in sources {
            let next = self.source(source, outer)?;
            shapes.extend(next.shapes.iter().cloned());
            let blank = vec![Value::Null; next.shapes.len()];
            let mut joined = Vec::new();
            for left in &rows {
                let before = joined.len();
                for right in &next.rows {
                    self.step()?;
                    let row = [left.as_slice(), right.as_slice()].concat();
                    let scope = Scope {
                        shapes: &shapes,
                        row: &row,
                        group: None,
                        outer,
                        aliases: &[],
                        clause: Clause::On,
                    };
                    let holds = match &source.on {
                        Some(on) => self.eval(on, &scope)?.holds() == Some(true),
                        None => true,
                    };
                    if holds {
                        self.hold(Catalogue::weight(&row))?;
                        joined.push(row);
                    }
                }
                if joined.len() == before && source.join == Join::Left {
                    joined.push([left.as_slice(), blank.as_slice()].concat());
                }
            }
            rows = joined;
        }
        Ok((shapes, rows))
    }

    fn source(&mut self, source: &Source, outer: Option<&Scope<'_>>) -> Result<Rows, Failure> {
        match &source.from {
            From::Query(query) => {
                let mut rows = self.select(query, outer)?;
                let alias = source.alias.clone().unwrap_or_default();
                for (at, shape) in rows.shapes.iter().enumerate() {
                    self.step()?;
                    let before = rows.shapes.get(..at).unwrap_or_default();
                    if before.iter().any(|other| other.name.eq_ignore_ascii_case(&shape.name)) {
                        let text = format!("Duplicate column name '{}'", shape.name);
                        return Err(Failure::new(1060, "42S21", text));
                    }
                }
                for shape in &mut rows.shapes {
                    shape.origin = [String::new(), alias.clone(), String::new(), shape.name.clone()];
                }
                Ok(rows)
            }
            From::Table(name) => {
                let database = self.database_of(name)?;
                let alias = source.alias.as_deref().unwrap_or(&name.table);
                if database.eq_ignore_ascii_case("information_schema") {
                    return self.information(&name.table, alias);
                }
                self.may_touch("SELECT", &database, &name.table)?;
                if self.catalogue.tables(&database).is_none() {
                    return Err(unknown_database(&database));
                }
                let table = self.catalogue.table(&database, &name.table);
                let table = table.ok_or_else(|| unknown_table(&database, &name.table))?.clone();
                if let Some(view) = &table.definition {
                    return self.viewed(&view.query, alias, &name.table);
                }
                let origin = [database.as_str(), alias, name.table.as_str()];
                let shapes = table.columns.iter().map(|column| Shape::of(column, &table, origin)).collect();
                self.hold(table.weight())?;
                Ok(Rows { shapes, rows: table.rows.clone() })
            }
        }
    }

    /// The rows of a view, which shows tables: what it shows of other views is too deep.
    fn viewed(&mut self, query: &Select, alias: &str, name: &str) -> Result<Rows, Failure> {
        if self.in_view {
            return Err(Failure::new(1436, "HY000", "Thread stack overrun"));
        }
        self.in_view = true;
        let rows = self.select(query, None);
        self.in_view = false;
        let mut rows = rows?;
        for shape in &mut rows.shapes {
            let database = shape.origin.first().cloned().unwrap_or_default();
            shape.origin = [database, alias.to_owned(), name.to_owned(), shape.name.clone()];
        }
        Ok(rows)
    }

    /// What the rows are ordered by: the number of a column, its alias, or an expression.
    fn order_keys(
        &mut self,
        order: &[(Expr, bool)],
        values: &[Value],
        scope: &Scope<'_>,
    ) -> Result<Vec<Value>, Failure> {
        let mut keys = Vec::new();
        for (expr, _) in order {
            keys.push(match expr {
                Expr::Literal(Value::Int(at)) => {
                    let value = usize::try_from(*at - 1).ok().and_then(|at| values.get(at)).cloned();
                    value.ok_or_else(|| {
                        let clause = Clause::Order.name(self.names_clauses());
                        Failure::new(1054, "42S22", format!("Unknown column '{at}' in '{clause}'"))
                    })?
                }
                Expr::Column(name, None, None) => {
                    let alias = scope.aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
                    match alias {
                        Some((_, value)) => value.clone(),
                        None => self.eval(expr, scope)?,
                    }
                }
                other => self.eval(other, scope)?,
            });
        }
        Ok(keys)
    }

    fn distinct(&mut self, rows: &mut Vec<Vec<Value>>) -> Result<(), Failure> {
        let mut seen = std::collections::BTreeSet::new();
        self.steps += rows.len() as u64;
        self.step()?;
        rows.retain(|row| seen.insert(row.iter().map(Value::sort_key).collect::<Vec<_>>()));
        Ok(())
    }
}

/// What groups are told apart by, and the same as messages show it.
fn keys_of(values: &[Value]) -> (Vec<Vec<u8>>, String) {
    let shown: Vec<_> = values.iter().map(Value::shown).collect();
    (values.iter().map(Value::sort_key).collect(), shown.join("-"))
}

/// Each source has a name of its own.
fn check_called(sources: &[Source]) -> Result<(), Failure> {
    let called = |source: &Source| match (&source.alias, &source.from) {
        (Some(alias), _) => Some((None, alias.to_lowercase())),
        (None, From::Table(name)) => Some((name.database.clone(), name.table.to_lowercase())),
        (None, From::Query(_)) => None,
    };
    let mut seen = std::collections::BTreeSet::new();
    for name in sources.iter().filter_map(called) {
        let text = format!("Not unique table/alias: '{}'", name.1);
        if !seen.insert(name) {
            return Err(Failure::new(1066, "42000", text));
        }
    }
    Ok(())
}

/// Whether an expression draws numbers from a seed.
fn draws(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(name, arguments) if name == "rand" && !arguments.is_empty())
        || children(expr).into_iter().any(draws)
}

pub(super) fn sorted(mut keyed: Vec<(Vec<Value>, Vec<Value>)>, order: &[(Expr, bool)]) -> Vec<Vec<Value>> {
    keyed.sort_by(|(one, _), (two, _)| {
        let pairs = one.iter().zip(two).zip(order);
        pairs.fold(Ordering::Equal, |so_far, ((one, two), (_, down))| {
            so_far.then_with(|| if *down { two.order(one) } else { one.order(two) })
        })
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn limit(rows: &mut Vec<Vec<Value>>, limit: Option<(u64, u64)>) {
    if let Some((skip, count)) = limit {
        let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(rows.len());
        rows.drain(..skip);
        rows.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    }
}

/// Makes a column wide enough for those of another query.
fn widen(shape: &mut Shape, other: &Shape) {
    if shape.kind == shape::NULL || (other.is_text && !shape.is_text && other.kind != shape::NULL) {
        let name = std::mem::take(&mut shape.name);
        *shape = other.clone().named(&name);
    }
    shape.length = shape.length.max(other.length);
}

/// Whether an expression speaks of all rows of a group.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    match expr {
        Expr::CountAll | Expr::CallDistinct(..) | Expr::GroupConcat(_) => true,
        Expr::Call(name, _) if AGGREGATES.contains(&name.as_str()) => true,
        other => children(other).into_iter().any(has_aggregate),
    }
}

/// The parts of an expression that speak of the same rows.
fn children(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Assign(_, inner)
        | Expr::Unary(_, inner)
        | Expr::Is(inner, _)
        | Expr::Cast(inner, _)
        | Expr::InQuery(inner, _) => vec![inner],
        Expr::Binary(_, one, two) | Expr::Like(one, two, _) | Expr::Regexp(one, two) => vec![one, two],
        Expr::Between(one, two, three) => vec![one, two, three],
        Expr::In(one, list) => std::iter::once(one.as_ref()).chain(list).collect(),
        Expr::Call(_, list) | Expr::CallDistinct(_, list) => list.iter().collect(),
        Expr::GroupConcat(concat) => {
            concat.texts.iter().chain(concat.order.iter().map(|(by, _)| by)).collect()
        }
        Expr::Case(operand, pairs, otherwise) => {
            let pairs = pairs.iter().flat_map(|(when, then)| [when, then]);
            operand.iter().chain(otherwise).map(AsRef::as_ref).chain(pairs).collect()
        }
        _ => Vec::new(),
    }
}
