//! EXPLAIN: how the server would look for rows, as far as keys decide it.

use super::{
    ast::{Expr, From, Item, Join, Select, Set, Source, Statement},
    catalogue::{Column, Key, Table},
    engine::{Engine, Rows},
    shape::Shape,
    value::Value,
};
use crate::mysql::failure::Failure;

/// What a line says of one table.
#[derive(Default)]
struct Line {
    table: Option<String>,
    how: Option<&'static str>,
    possible: Vec<String>,
    key: Option<String>,
    length: Option<u32>,
    refers: Option<String>,
    rows: Option<usize>,
    extra: Vec<&'static str>,
}

/// A table as the query knows it.
struct Known {
    called: String,
    database: String,
    table: std::sync::Arc<Table>,
}

/// A column that is to equal something known: the column, and what EXPLAIN calls that.
type Bound<'e> = (&'e str, String);

impl Engine<'_> {
    pub(super) fn explain(&mut self, query: &Select) -> Result<Rows, Failure> {
        // What is wrong with it is said first.
        self.select(&Select { into: None, ..query.clone() }, None)?;
        let mut rows = Vec::new();
        if query.unions.is_empty() {
            let lines = self.explained(query)?;
            rows.extend(lines.into_iter().map(|line| line.row(Value::Int(1), "SIMPLE")));
        } else {
            self.explain_union(query, &mut rows)?;
        }
        Ok(of_lines(rows))
    }

    /// EXPLAIN of a statement that changes rows: how it looks for them.
    pub(super) fn explain_change(&mut self, change: &Statement) -> Result<Rows, Failure> {
        let (name, filter, delete) = match change {
            Statement::Update { table, filter, .. } => (table, filter, false),
            Statement::Delete { table, filter, .. } => (table, filter, true),
            Statement::Insert { table, .. } => {
                self.changeable("INSERT", table)?;
                let line = Line { table: Some(table.table.clone()), how: Some("ALL"), ..Line::default() };
                return Ok(of_lines(vec![line.row(Value::Int(1), "INSERT")]));
            }
            _ => return Ok(of_lines(Vec::new())),
        };
        let (_, table) = self.changeable(if delete { "DELETE" } else { "UPDATE" }, name)?;
        let rows = table.rows.len().max(1);
        let primary = table.keys.iter().find(|key| key.name == "PRIMARY");
        let line = match (filter, primary) {
            (None, _) if delete => {
                Line { rows: Some(rows), extra: vec!["Deleting all rows"], ..Line::default() }
            }
            (None, Some(key)) => Line {
                table: Some(name.table.clone()),
                how: Some("index"),
                key: Some(key.name.clone()),
                length: Some(length(&table, key, key.columns.len())),
                rows: Some(rows),
                ..Line::default()
            },
            _ => {
                let source =
                    Source { from: From::Table(name.clone()), alias: None, join: Join::Inner, on: None };
                let filter = filter.clone();
                let query = Select {
                    items: vec![Item::All(None)],
                    from: vec![source.clone()],
                    filter,
                    ..Select::default()
                };
                self.select(&query, None)?;
                match self.known(&source) {
                    Some(known) => self.ranged(&query, &known)?.unwrap_or_else(|| scanned(&query, &known)),
                    None => Line::default(),
                }
            }
        };
        Ok(of_lines(vec![line.row(Value::Int(1), "SIMPLE")]))
    }

    fn explain_union(&mut self, query: &Select, rows: &mut Vec<Vec<Value>>) -> Result<(), Failure> {
        let first = Select { unions: Vec::new(), order: Vec::new(), limit: None, ..query.clone() };
        for line in self.explained(&first)? {
            rows.push(line.row(Value::Int(1), "PRIMARY"));
        }
        let mut number = 1;
        let mut parts = "1".to_owned();
        for (_, part) in &query.unions {
            number += 1;
            parts.push_str(&format!(",{number}"));
            for line in self.explained(part)? {
                rows.push(line.row(Value::Int(number), "UNION"));
            }
        }
        let all = query.unions.iter().all(|(set, _)| *set == Set::All);
        if !all {
            let result = Line { table: Some(format!("<union{parts}>")), how: Some("ALL"), ..Line::default() };
            rows.push(result.row(Value::Null, "UNION RESULT"));
        }
        Ok(())
    }

    fn explained(&mut self, query: &Select) -> Result<Vec<Line>, Failure> {
        if query.from.is_empty() {
            return Ok(vec![Line { extra: vec!["No tables used"], ..Line::default() }]);
        }
        let known: Vec<_> = query.from.iter().map(|source| self.known(source)).collect();
        if let [Some(only)] = known.as_slice() {
            return Ok(vec![self.line_of_one(query, only)?]);
        }
        let mut lines = Vec::new();
        for (at, (source, found)) in query.from.iter().zip(&known).enumerate() {
            lines.push(match found {
                Some(one) => joined(query, source, one, known.get(..at).unwrap_or_default()),
                None => Line { table: called(source), how: Some("ALL"), ..Line::default() },
            });
        }
        Ok(lines)
    }

    fn known(&self, source: &Source) -> Option<Known> {
        let From::Table(name) = &source.from else { return None };
        let database = self.database_of(name).ok()?;
        let table = self.catalogue.table(&database, &name.table)?.clone();
        Some(Known { called: called(source)?, database, table })
    }

    fn line_of_one(&mut self, query: &Select, known: &Known) -> Result<Line, Failure> {
        let table = &known.table;
        if let Some(line) = optimized_away(query, table) {
            return Ok(line);
        }
        let mut bound = Vec::new();
        let mut tests = 0;
        if let Some(filter) = &query.filter {
            parts(filter, &mut |part| {
                tests += 1;
                bound.extend(equality(part));
            });
        }
        let possible: Vec<&Key> = table.keys.iter().filter(|key| begins(key, &bound)).collect();
        let whole = |key: &&&Key| key.unique && key.columns.iter().all(|name| is_bound(&bound, name));
        if let Some(key) = possible.iter().find(whole) {
            let found = self.select(&Select { into: None, limit: None, ..query.clone() }, None)?;
            if found.rows.is_empty() {
                let extra = vec!["Impossible WHERE noticed after reading const tables"];
                return Ok(Line { extra, ..Line::default() });
            }
            let extra = if covers(query, key, table) { vec!["Using index"] } else { Vec::new() };
            return Ok(Line { extra, ..by_key(known, key, &possible, &bound, "const", 1) });
        }
        if let Some(key) = possible.first() {
            let prefix = key.columns.iter().take_while(|name| is_bound(&bound, name)).count();
            let text = key
                .columns
                .first()
                .and_then(|name| table.column(name))
                .is_some_and(|(_, column)| Shape::of(column, table, ["", "", ""]).is_text);
            let rows = self.matching(query, key, table)?;
            let mut line = by_key(known, key, &possible, &bound, "ref", rows);
            if text {
                line.extra.push("Using index condition");
            }
            if tests > prefix {
                line.extra.push("Using where");
            }
            return Ok(line);
        }
        let mut line = self.ranged(query, known)?.unwrap_or_else(|| scanned(query, known));
        line.extra.extend(sorting(query, table, line.key.as_deref()));
        Ok(line)
    }

    /// Rows that have the values which the query wants in the first column of a key.
    fn matching(&mut self, query: &Select, key: &Key, table: &Table) -> Result<usize, Failure> {
        let Some((place, _)) = key.columns.first().and_then(|name| table.column(name)) else { return Ok(1) };
        let mut wanted = None;
        if let Some(filter) = &query.filter {
            parts(filter, &mut |part| {
                if let Expr::Binary("=", left, right) = part
                    && let (Expr::Column(name, ..), other) | (other, Expr::Column(name, ..)) =
                        (left.as_ref(), right.as_ref())
                    && key.columns.first().is_some_and(|first| first.eq_ignore_ascii_case(name))
                {
                    wanted = Some(other.clone());
                }
            });
        }
        let Some(wanted) = wanted else { return Ok(1) };
        let wanted = self.eval(&wanted, &super::eval::Scope::none())?;
        let same = |row: &&Vec<Value>| {
            row.get(place).is_some_and(|value| value.compare(&wanted) == Some(std::cmp::Ordering::Equal))
        };
        Ok(table.rows.iter().filter(same).count().max(1))
    }

    /// A part of a unique key, where the query wants one.
    fn ranged(&mut self, query: &Select, known: &Known) -> Result<Option<Line>, Failure> {
        let Some(filter) = &query.filter else { return Ok(None) };
        let mut names = Vec::new();
        ranges(filter, &mut names);
        let table = &known.table;
        let fits = |key: &&Key| {
            key.columns.first().is_some_and(|first| names.iter().any(|name| first.eq_ignore_ascii_case(name)))
        };
        let possible: Vec<&Key> = table.keys.iter().filter(fits).collect();
        let Some(key) = possible.first() else { return Ok(None) };
        let bare = Select {
            filter: query.filter.clone(),
            items: vec![Item::All(None)],
            from: query.from.clone(),
            ..Select::default()
        };
        let rows = self.select(&bare, None)?.rows.len().max(1);
        let primary = key.name == "PRIMARY";
        if !primary && rows * 3 > table.rows.len() {
            let mut line = scanned(query, known);
            line.possible = possible.iter().map(|key| key.name.clone()).collect();
            return Ok(Some(line));
        }
        let extra = if primary { "Using where" } else { "Using index condition" };
        let length = key.columns.first().and_then(|name| table.column(name)).map(|(_, column)| width(column));
        Ok(Some(Line {
            table: Some(known.called.clone()),
            how: Some("range"),
            possible: possible.iter().map(|key| key.name.clone()).collect(),
            key: Some(key.name.clone()),
            length,
            rows: Some(rows),
            extra: vec![extra],
            ..Line::default()
        }))
    }
}

impl Line {
    fn row(self, number: Value, kind: &str) -> Vec<Value> {
        let or_null = |text: Option<String>| text.map_or(Value::Null, Value::text);
        let possible = (!self.possible.is_empty()).then(|| self.possible.join(","));
        vec![
            number,
            Value::text(kind),
            or_null(self.table),
            or_null(self.how.map(str::to_owned)),
            or_null(possible),
            or_null(self.key),
            or_null(self.length.map(|length| length.to_string())),
            or_null(self.refers),
            or_null(self.rows.map(|rows| rows.to_string())),
            Value::text(self.extra.join("; ")),
        ]
    }
}

/// What a source is called.
fn called(source: &Source) -> Option<String> {
    match (&source.alias, &source.from) {
        (Some(alias), _) => Some(alias.clone()),
        (None, From::Table(name)) => Some(name.table.clone()),
        (None, From::Query(_)) => None,
    }
}

/// The parts of a condition that all have to hold.
fn parts<'e>(filter: &'e Expr, each: &mut impl FnMut(&'e Expr)) {
    match filter {
        Expr::Binary("and", left, right) => {
            parts(left, each);
            parts(right, each);
        }
        other => each(other),
    }
}

/// A column that equals what is no column.
fn equality(part: &Expr) -> Option<Bound<'_>> {
    let Expr::Binary("=", left, right) = part else { return None };
    match (left.as_ref(), right.as_ref()) {
        (Expr::Column(..), Expr::Column(..)) => None,
        (Expr::Column(name, ..), _) | (_, Expr::Column(name, ..)) => Some((name, "const".to_owned())),
        _ => None,
    }
}

fn is_bound(bound: &[Bound<'_>], name: &str) -> bool {
    bound.iter().any(|(column, _)| column.eq_ignore_ascii_case(name))
}

fn begins(key: &Key, bound: &[Bound<'_>]) -> bool {
    key.columns.first().is_some_and(|name| is_bound(bound, name))
}

/// Columns that are compared by their order with what is known.
fn ranges<'e>(filter: &'e Expr, names: &mut Vec<&'e str>) {
    match filter {
        Expr::Binary("and" | "or", left, right) => {
            ranges(left, names);
            ranges(right, names);
        }
        Expr::Binary("=" | "<" | ">" | "<=" | ">=", left, _)
        | Expr::In(left, _)
        | Expr::Between(left, ..) => {
            if let Expr::Column(name, ..) = left.as_ref() {
                names.push(name);
            }
        }
        Expr::Like(left, pattern, _) => {
            if let (Expr::Column(name, ..), Expr::Literal(Value::Text(pattern))) =
                (left.as_ref(), pattern.as_ref())
                && !pattern.starts_with(b"%")
                && !pattern.starts_with(b"_")
            {
                names.push(name);
            }
        }
        _ => {}
    }
}

/// Bytes that a column takes in a key.
fn width(column: &Column) -> u32 {
    let (size, scale) = column.size().unwrap_or((0, 0));
    let bytes = match column.base() {
        "tinyint" | "year" | "enum" => 1,
        "smallint" => 2,
        "mediumint" | "date" | "time" => 3,
        "int" | "float" | "timestamp" => 4,
        "bigint" | "double" => 8,
        "datetime" => 5,
        "char" => size * 4,
        "varchar" => size * 4 + 2,
        "varbinary" => size + 2,
        "decimal" => digits(size.saturating_sub(scale)) + digits(scale),
        _ => size,
    };
    bytes + u32::from(column.nullable)
}

/// Bytes of so many digits in a packed number.
fn digits(count: u32) -> u32 {
    count / 9 * 4 + (count % 9).div_ceil(2)
}

/// The length of the first `count` columns of a key.
fn length(table: &Table, key: &Key, count: usize) -> u32 {
    let columns = key.columns.iter().take(count);
    columns.filter_map(|name| table.column(name)).map(|(_, column)| width(column)).sum()
}

fn by_key(
    known: &Known,
    key: &Key,
    possible: &[&Key],
    bound: &[Bound<'_>],
    how: &'static str,
    rows: usize,
) -> Line {
    let used: Vec<_> = key
        .columns
        .iter()
        .map_while(|name| bound.iter().find(|(column, _)| column.eq_ignore_ascii_case(name)))
        .map(|(_, refers)| refers.as_str())
        .collect();
    Line {
        table: Some(known.called.clone()),
        how: Some(how),
        possible: possible.iter().map(|key| key.name.clone()).collect(),
        key: Some(key.name.clone()),
        length: Some(length(&known.table, key, used.len())),
        refers: Some(used.join(",")),
        rows: Some(rows),
        extra: Vec::new(),
    }
}

/// Whether a key has all that the query gives: a secondary one has the primary one, too.
fn covers(query: &Select, key: &Key, table: &Table) -> bool {
    if key.name == "PRIMARY" {
        return false;
    }
    let primary = table.keys.iter().find(|key| key.name == "PRIMARY");
    let has = |name: &str| {
        let mut all = key.columns.iter().chain(primary.into_iter().flat_map(|key| &key.columns));
        all.any(|column| column.eq_ignore_ascii_case(name))
    };
    query.items.iter().all(|item| match item {
        Item::One { expr: Expr::Column(name, ..), .. } => has(name),
        Item::One { expr: Expr::CountAll | Expr::Literal(_), .. } => true,
        _ => false,
    })
}

/// The whole table, or the shortest key that has all that is wanted.
fn scanned(query: &Select, known: &Known) -> Line {
    let table = &known.table;
    let mut line = Line {
        table: Some(known.called.clone()),
        how: Some("ALL"),
        rows: Some(table.rows.len().max(1)),
        ..Line::default()
    };
    if query.filter.is_some() {
        line.extra.push("Using where");
        return line;
    }
    let whole = |key: &Key| length(table, key, key.columns.len());
    let covering = table.keys.iter().filter(|key| covers(query, key, table)).min_by_key(|key| whole(key));
    if let Some(key) = covering {
        line.how = Some("index");
        line.length = Some(whole(key));
        line.key = Some(key.name.clone());
        line.extra.push("Using index");
        return line;
    }
    // The rows stand in the order of the primary key.
    let primary = table.keys.iter().find(|key| key.name == "PRIMARY");
    if let (Some(key), [(Expr::Column(name, ..), _)]) = (primary, query.order.as_slice())
        && key.columns.first().is_some_and(|first| first.eq_ignore_ascii_case(name))
    {
        line.how = Some("index");
        line.length = Some(whole(key));
        line.key = Some(key.name.clone());
        if let Some((skip, count)) = query.limit {
            let most = usize::try_from(skip.saturating_add(count)).unwrap_or(usize::MAX);
            line.rows = line.rows.map(|rows| rows.min(most));
        }
    }
    line
}

/// What it takes to bring rows into the order of the query.
fn sorting(query: &Select, table: &Table, key: Option<&str>) -> Vec<&'static str> {
    let key = table.keys.iter().find(|one| Some(one.name.as_str()) == key);
    let sorted = |exprs: &mut dyn Iterator<Item = &Expr>| {
        exprs.next().is_some_and(|expr| {
            matches!(expr, Expr::Column(name, ..)
                if key.and_then(|key| key.columns.first()).is_some_and(|first| first.eq_ignore_ascii_case(name)))
        })
    };
    if !query.group.is_empty() && !sorted(&mut query.group.iter()) {
        return vec!["Using temporary", "Using filesort"];
    }
    if query.distinct && key.is_none() {
        return vec!["Using temporary"];
    }
    if !query.order.is_empty() && !sorted(&mut query.order.iter().map(|(expr, _)| expr)) {
        return vec!["Using filesort"];
    }
    Vec::new()
}

/// The least and greatest of a key are known without looking.
fn optimized_away(query: &Select, table: &Table) -> Option<Line> {
    let first_of_key = |name: &str| {
        table.keys.iter().any(|key| key.columns.first().is_some_and(|first| first.eq_ignore_ascii_case(name)))
    };
    let known = |item: &Item| match item {
        Item::One { expr: Expr::Call(name, arguments), .. } => {
            matches!((name.as_str(), arguments.as_slice()), ("min" | "max", [Expr::Column(name, ..)]) if first_of_key(name))
        }
        _ => false,
    };
    let away = query.filter.is_none() && query.group.is_empty() && query.items.iter().all(known);
    away.then(|| Line { extra: vec!["Select tables optimized away"], ..Line::default() })
}

/// A table that is joined to those before it.
fn joined<'q>(query: &'q Select, source: &Source, one: &Known, before: &[Option<Known>]) -> Line {
    let mut bound: Vec<Bound<'q>> = Vec::new();
    let mut mentioned: Vec<&'q str> = Vec::new();
    let mut add = |part: &'q Expr| {
        let Expr::Binary("=", left, right) = part else { return };
        let pairs = [(left.as_ref(), right.as_ref()), (right.as_ref(), left.as_ref())];
        for (mine, other) in pairs {
            let (Expr::Column(name, table, _), Expr::Column(far, far_table, _)) = (mine, other) else {
                bound.extend(equality(part).filter(|(name, _)| one.table.column(name).is_some()));
                continue;
            };
            if table.as_ref().is_none_or(|table| !table.eq_ignore_ascii_case(&one.called)) {
                continue;
            }
            mentioned.push(name);
            let found = before.iter().flatten().find(|known| {
                far_table.as_ref().is_some_and(|table| table.eq_ignore_ascii_case(&known.called))
            });
            bound.extend(
                found.map(|known| (name.as_str(), format!("{}.{}.{far}", known.database, known.called))),
            );
        }
    };
    let conditions = query.from.iter().filter_map(|source| source.on.as_ref()).chain(&query.filter);
    conditions.for_each(|condition| parts(condition, &mut add));
    let table = &one.table;
    let mentions = |key: &&Key| {
        key.columns.first().is_some_and(|first| mentioned.iter().any(|name| first.eq_ignore_ascii_case(name)))
    };
    let possible: Vec<&Key> = table.keys.iter().filter(mentions).collect();
    let usable = possible.iter().find(|key| begins(key, &bound));
    match usable {
        Some(key) if key.unique && key.columns.iter().all(|name| is_bound(&bound, name)) => {
            by_key(one, key, &possible, &bound, "eq_ref", 1)
        }
        Some(key) => {
            let place = key.columns.first().and_then(|name| table.column(name)).map_or(0, |(at, _)| at);
            let distinct: std::collections::BTreeSet<_> =
                table.rows.iter().filter_map(|row| row.get(place)).map(Value::sort_key).collect();
            let rows = table.rows.len() / distinct.len().max(1);
            by_key(one, key, &possible, &bound, "ref", rows.max(1))
        }
        None => {
            let extra = match (before.is_empty(), source.on.is_some()) {
                (true, _) => Vec::new(),
                (false, true) => vec!["Using where", "Using join buffer (flat, BNL join)"],
                (false, false) => vec!["Using join buffer (flat, BNL join)"],
            };
            Line {
                table: Some(one.called.clone()),
                how: Some("ALL"),
                possible: possible.iter().map(|key| key.name.clone()).collect(),
                rows: Some(table.rows.len().max(1)),
                extra,
                ..Line::default()
            }
        }
    }
}

fn of_lines(rows: Vec<Vec<Value>>) -> Rows {
    let heads = [
        ("id", 3),
        ("select_type", 19),
        ("table", 64),
        ("type", 10),
        ("possible_keys", 4_096),
        ("key", 64),
        ("key_len", 4_096),
        ("ref", 2_048),
        ("rows", 64),
        ("Extra", 255),
    ];
    let mut out = Rows::of_texts(&heads, rows);
    if let Some(first) = out.shapes.first_mut() {
        *first = Shape::big(3).named("id");
    }
    out
}
