//! Queries.

use super::{Parse, Parser};
use crate::{
    caps,
    mysql::{
        failure::Failure,
        sql::{
            ast::{Expr, From, Into, Item, Join, Name, Select, Set, Source},
            token::What,
        },
    },
};

impl Parser<'_> {
    /// A query, from the word SELECT on.
    pub(super) fn select(&mut self) -> Parse<Select> {
        self.deeper(|parser| {
            let before = parser.named.len();
            if parser.take("with") {
                parser.with()?;
            }
            let mut first = parser.operand()?;
            while let Some(word) = parser.take_any(&["union", "except", "intersect"]) {
                let all = parser.take("all");
                parser.take("distinct");
                let set = match word {
                    "union" if all => Set::All,
                    "union" => Set::Union,
                    "except" => Set::Except,
                    _ => Set::Intersect,
                };
                let parenthesised = parser.is("(");
                let mut next = parser.operand()?;
                if parenthesised {
                    parser.order_and_limit(&mut first)?;
                } else {
                    // Order and limit after the last belong to all of them.
                    first.order.append(&mut next.order);
                    first.limit = next.limit.take().or(first.limit);
                    first.into = next.into.take().or(first.into);
                }
                first.unions.push((set, next));
            }
            // After parentheses, they belong to what stands in them.
            parser.order_and_limit(&mut first)?;
            parser.named.truncate(before);
            Ok(first)
        })
    }

    /// A query without others beside it, perhaps in parentheses.
    fn operand(&mut self) -> Parse<Select> {
        if !self.take("(") {
            return self.one_select();
        }
        let query = self.select()?;
        self.expect(")")?;
        Ok(query)
    }

    /// Queries that are named to be used as tables in what follows.
    fn with(&mut self) -> Parse<()> {
        self.take("recursive");
        loop {
            let name = self.name()?;
            self.expect("as")?;
            self.expect("(")?;
            let start = self.start();
            let query = self.select()?;
            let short = self.start() - start <= caps::MYSQL_NAMED_QUERY;
            self.expect(")")?;
            if !short {
                return Err(Failure::new(1041, "HY000", "Out of memory."));
            }
            self.named.push((name, query));
            if !self.take(",") {
                return Ok(());
            }
        }
    }

    /// The query that a table's name stands for: each use is one of a few, since it is a copy.
    fn named_query(&mut self, name: &Name) -> Parse<Option<Select>> {
        let is = |(known, _): &&(String, Select)| known.eq_ignore_ascii_case(&name.table);
        let Some((_, query)) = self.named.iter().rev().find(is).filter(|_| name.database.is_none()) else {
            return Ok(None);
        };
        let query = query.clone();
        self.named_uses += 1;
        if self.named_uses > caps::MYSQL_NAMED_USES {
            return Err(Failure::new(1041, "HY000", "Out of memory."));
        }
        Ok(Some(query))
    }

    fn one_select(&mut self) -> Parse<Select> {
        self.expect("select")?;
        let mut out = Select::default();
        while let Some(word) = self.take_any(&[
            "distinct",
            "distinctrow",
            "all",
            "sql_no_cache",
            "sql_cache",
            "straight_join",
            "high_priority",
            "sql_calc_found_rows",
        ]) {
            out.distinct |= word.starts_with("distinct");
        }
        out.items = vec![self.item()?];
        while self.take(",") {
            // A star alone stands at the beginning only.
            if self.is("*") {
                return Err(self.error());
            }
            out.items.push(self.item()?);
        }
        self.into(&mut out)?;
        if self.take("from") {
            // DUAL is no table.
            if !self.take("dual") {
                out.from = self.sources()?;
            }
        }
        if self.take("where") {
            out.filter = Some(self.expression()?);
        }
        if self.take("group") {
            self.expect("by")?;
            out.group = self.list(Self::ordered)?.into_iter().map(|(expr, _)| expr).collect();
            self.take_all("with rollup");
        }
        if self.take("having") {
            out.having = Some(self.expression()?);
        }
        self.order_and_limit(&mut out)?;
        if self.take("procedure") {
            self.name()?;
            self.list_in_parentheses(Self::expression)?;
        }
        self.into(&mut out)?;
        let _ =
            self.take_all("for update") || self.take_all("lock in share mode") || self.take_all("for share");
        Ok(out)
    }

    pub(super) fn order_and_limit(&mut self, out: &mut Select) -> Parse<()> {
        if self.take("order") {
            self.expect("by")?;
            out.order = self.list(Self::ordered)?;
        }
        if self.take("limit") {
            let first = self.bound()?;
            out.limit = Some(if self.take(",") {
                (first, self.bound()?)
            } else if self.take("offset") {
                (self.bound()?, first)
            } else {
                (0, first)
            });
        }
        Ok(())
    }

    /// A bound of LIMIT; a parameter there is no bound.
    fn bound(&mut self) -> Parse<u64> {
        if self.take("?") {
            self.parameters += 1;
            return Ok(u64::MAX);
        }
        if let Some(What::Number(number)) = self.what()
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            let bound = number.parse().unwrap_or(u64::MAX);
            self.at += 1;
            return Ok(bound);
        }
        Err(self.error())
    }

    pub(super) fn ordered(&mut self) -> Parse<(Expr, bool)> {
        let expr = self.expression()?;
        Ok((expr, self.take_any(&["asc", "desc"]) == Some("desc")))
    }

    fn item(&mut self) -> Parse<Item> {
        if self.take("*") {
            return Ok(Item::All(None));
        }
        let named = matches!(self.what(), Some(What::Word(_) | What::Name(_)));
        if named && self.is_after(1, ".") && self.is_after(2, "*") {
            let table = self.name()?;
            self.at += 2;
            return Ok(Item::All(Some(table)));
        }
        let start = self.start();
        let expr = self.expression()?;
        let text = self.text_since(start);
        let name = if self.take("as") {
            if matches!(self.what(), Some(What::Text(_))) { self.name_or_text()? } else { self.name()? }
        } else if matches!(self.what(), Some(What::Name(_) | What::Text(_))) || self.is_free_word() {
            self.name_or_text()?
        } else {
            match &expr {
                Expr::Column(name, ..) => name.clone(),
                // A text is called what it says, NULL by its name.
                Expr::Literal(value) if value.is_string() && !text.starts_with(['0', 'x', 'X', '_']) => {
                    value.shown()
                }
                Expr::Literal(value) if value.is_null() => "NULL".to_owned(),
                _ => text,
            }
        };
        Ok(Item::One { expr, name })
    }

    /// Whether the next word can be the name of what stands before it.
    fn is_free_word(&self) -> bool {
        match self.what() {
            Some(What::Word(word)) => {
                !super::is_reserved(word)
                    && !["offset", "end", "separator", "sql_no_cache"]
                        .iter()
                        .any(|w| word.eq_ignore_ascii_case(w))
            }
            _ => false,
        }
    }

    fn sources(&mut self) -> Parse<Vec<Source>> {
        let mut out = vec![self.source(Join::Inner)?];
        loop {
            if self.take(",") {
                out.push(self.source(Join::Inner)?);
                continue;
            }
            let join = if self.take("left") {
                self.take("outer");
                Join::Left
            } else {
                self.take_any(&["inner", "cross", "natural"]);
                Join::Inner
            };
            if self.take_any(&["join", "straight_join"]).is_none() {
                return Ok(out);
            }
            let mut source = self.source(join)?;
            if self.take("on") {
                source.on = Some(self.expression()?);
            } else if self.is("using") {
                self.at += 1;
                let columns = self.list_in_parentheses(Self::name)?;
                columns.iter().try_for_each(|_| self.link())?;
                source.on = columns
                    .into_iter()
                    .map(|column| same(&out, &source, column))
                    .reduce(|one, two| Expr::Binary("and", Box::new(one), Box::new(two)));
            }
            out.push(source);
        }
    }

    fn source(&mut self, join: Join) -> Parse<Source> {
        let mut called = None;
        let from = if self.take("(") {
            let query = self.select()?;
            self.expect(")")?;
            From::Query(Box::new(query))
        } else {
            let name = self.table()?;
            match self.named_query(&name)? {
                Some(query) => {
                    called = Some(name.table);
                    From::Query(Box::new(query))
                }
                None => From::Table(name),
            }
        };
        let alias = if self.take("as") || matches!(self.what(), Some(What::Name(_))) || self.is_free_word() {
            Some(self.name()?)
        } else {
            called
        };
        if self.take_any(&["use", "force", "ignore"]).is_some() {
            self.take_any(&["index", "key"]);
            self.list_in_parentheses(Self::name_or_text)?;
        }
        if alias.is_none() && matches!(from, From::Query(_)) {
            let text = "Every derived table must have its own alias";
            return Err(Failure::new(1248, "42000", text));
        }
        Ok(Source { from, alias, join, on: None })
    }

    fn into(&mut self, out: &mut Select) -> Parse<()> {
        if !self.take("into") {
            return Ok(());
        }
        if matches!(self.what(), Some(What::User(_))) {
            self.list(|parser| {
                parser.at += 1;
                Ok(())
            })?;
            return Ok(());
        }
        let dump = self.take("dumpfile");
        if !dump {
            self.expect("outfile")?;
        }
        let path = self.quoted()?;
        let mut into = Into { path, dump, line_end: b"\n".to_vec(), field_end: b"\t".to_vec() };
        if self.take_all("character set") {
            self.name_or_text()?;
        }
        self.file_format(&mut into)?;
        out.into = Some(into);
        Ok(())
    }

    /// FIELDS and LINES of a file.
    pub(super) fn file_format(&mut self, into: &mut Into) -> Parse<()> {
        let mut lines = false;
        loop {
            if self.take_any(&["fields", "columns"]).is_some() {
                lines = false;
            } else if self.take("lines") {
                lines = true;
            } else if self.take_any(&["terminated", "starting"]).is_some() {
                self.expect("by")?;
                let end = self.quoted()?;
                *(if lines { &mut into.line_end } else { &mut into.field_end }) = end;
            } else if self.take("optionally") || self.take_any(&["enclosed", "escaped"]).is_some() {
                self.take("enclosed");
                self.expect("by")?;
                self.quoted()?;
            } else {
                return Ok(());
            }
        }
    }
}

/// The condition that a column is the same in a source and in one before it.
fn same(before: &[Source], source: &Source, column: String) -> Expr {
    let called = |source: &Source| match (&source.alias, &source.from) {
        (Some(alias), _) => Some(alias.clone()),
        (None, From::Table(name)) => Some(name.table.clone()),
        (None, From::Query(_)) => None,
    };
    let left = before.last().and_then(called);
    let left = Expr::Column(column.clone(), left, None);
    Expr::Binary("=", Box::new(left), Box::new(Expr::Column(column, called(source), None)))
}
