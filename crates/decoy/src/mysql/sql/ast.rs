//! What statements mean.

use super::value::Value;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    /// A value as it stands.
    Literal(Value),
    /// The parameter of this number.
    Parameter(usize),
    /// A column: its name, the table it is said to be of, the database of that.
    Column(String, Option<String>, Option<String>),
    /// `@name`.
    User(String),
    /// `@name := expression`.
    Assign(String, Box<Expr>),
    /// `@@name`.
    System(String),
    /// An operator before its operand.
    Unary(&'static str, Box<Expr>),
    /// An operator between two.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// IS NULL, IS TRUE, IS FALSE: the word in capitals.
    Is(Box<Expr>, &'static str),
    /// LIKE, with the escape character.
    Like(Box<Expr>, Box<Expr>, u8),
    /// REGEXP.
    Regexp(Box<Expr>, Box<Expr>),
    /// IN a list.
    In(Box<Expr>, Vec<Expr>),
    /// IN a query.
    InQuery(Box<Expr>, Box<Select>),
    /// BETWEEN.
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A function, in lower case, with its arguments.
    Call(String, Vec<Expr>),
    /// An aggregate over distinct values.
    CallDistinct(String, Vec<Expr>),
    /// `count(*)`.
    CountAll,
    /// GROUP_CONCAT.
    GroupConcat(Box<GroupConcat>),
    /// CASE: what is compared, pairs, else.
    Case(Option<Box<Expr>>, Vec<(Expr, Expr)>, Option<Box<Expr>>),
    /// CAST and CONVERT, to a type named by its first word in lower case.
    Cast(Box<Expr>, String),
    /// A query that gives one value.
    Query(Box<Select>),
    /// EXISTS.
    Exists(Box<Select>),
}

/// Texts of all rows of a group, joined.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GroupConcat {
    /// What is joined: several are one text.
    pub(crate) texts: Vec<Expr>,
    /// Whether each is taken once only.
    pub(crate) distinct: bool,
    /// ORDER BY, each with whether it goes down.
    pub(crate) order: Vec<(Expr, bool)>,
    /// What stands between them.
    pub(crate) separator: Vec<u8>,
}

/// What a query gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    /// All columns, of one table if it is named.
    All(Option<String>),
    /// A value under a name.
    One {
        /// The value.
        expr: Expr,
        /// What it is called: its alias, or its words.
        name: String,
    },
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Source {
    /// The table or query.
    pub(crate) from: From,
    /// What it is called here.
    pub(crate) alias: Option<String>,
    /// How it is joined to what stands before.
    pub(crate) join: Join,
    /// The condition of the join.
    pub(crate) on: Option<Expr>,
}

/// What a source is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum From {
    /// A table.
    Table(Name),
    /// A query.
    Query(Box<Select>),
}

/// How a source is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// Rows that fit.
    Inner,
    /// All rows of what stands before.
    Left,
}

/// A table, with its database if it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// The database.
    pub(crate) database: Option<String>,
    /// The table.
    pub(crate) table: String,
}

/// A query.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Select {
    /// Whether equal rows count once.
    pub(crate) distinct: bool,
    /// What it gives.
    pub(crate) items: Vec<Item>,
    /// Where from.
    pub(crate) from: Vec<Source>,
    /// WHERE.
    pub(crate) filter: Option<Expr>,
    /// GROUP BY.
    pub(crate) group: Vec<Expr>,
    /// HAVING.
    pub(crate) having: Option<Expr>,
    /// ORDER BY, each with whether it goes down.
    pub(crate) order: Vec<(Expr, bool)>,
    /// LIMIT: how many to pass over, how many to give.
    pub(crate) limit: Option<(u64, u64)>,
    /// UNION and the like: more queries, each with how its rows come to the others.
    pub(crate) unions: Vec<(Set, Select)>,
    /// INTO OUTFILE or DUMPFILE.
    pub(crate) into: Option<Into>,
}

/// How the rows of a query come to those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// UNION ALL.
    All,
    /// UNION.
    Union,
    /// EXCEPT.
    Except,
    /// INTERSECT.
    Intersect,
}

/// A file that a query is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Into {
    /// Its path.
    pub(crate) path: Vec<u8>,
    /// Whether the bytes go there as they are.
    pub(crate) dump: bool,
    /// LINES TERMINATED BY.
    pub(crate) line_end: Vec<u8>,
    /// FIELDS TERMINATED BY.
    pub(crate) field_end: Vec<u8>,
}

/// A column of CREATE TABLE.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ColumnSpec {
    /// Its name.
    pub(crate) name: String,
    /// Its type, as it is printed.
    pub(crate) kind: String,
    /// Whether it may be NULL.
    pub(crate) nullable: bool,
    /// DEFAULT, as it is printed.
    pub(crate) default: Option<String>,
    /// Whether it counts by itself.
    pub(crate) counts: bool,
    /// Whether it is the primary key.
    pub(crate) primary: bool,
    /// Whether its values are unique.
    pub(crate) unique: bool,
}

/// A key of CREATE TABLE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeySpec {
    /// Its name, `PRIMARY` for the primary one, empty when none was given.
    pub(crate) name: String,
    /// Its columns.
    pub(crate) columns: Vec<String>,
    /// Whether values are unique.
    pub(crate) unique: bool,
}

/// What ALTER TABLE changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// ADD COLUMN.
    Add(ColumnSpec),
    /// DROP COLUMN.
    Drop(String),
    /// MODIFY and CHANGE: the column as it was called.
    Modify(String, ColumnSpec),
    /// ADD KEY.
    AddKey(KeySpec),
    /// DROP KEY.
    DropKey(String),
    /// Options of the table.
    Options(TableOptions),
}

/// Options of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableOptions {
    /// COMMENT.
    pub(crate) comment: Option<String>,
    /// ENGINE.
    pub(crate) engine: Option<String>,
}

/// How the session or the server is changed by SET.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Setting {
    /// `@name = value`.
    User(String, Expr),
    /// A variable of the server: whether GLOBAL, name, value (`None` is DEFAULT).
    System(bool, String, Option<Expr>),
    /// NAMES or CHARACTER SET.
    Names(String),
}

/// SHOW.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Show {
    /// What, in lower case, as `tables` or `full columns`.
    pub(crate) what: String,
    /// FROM or the object named.
    pub(crate) name: Option<Name>,
    /// LIKE.
    pub(crate) like: Option<Vec<u8>>,
    /// WHERE.
    pub(crate) filter: Option<Expr>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
    /// SELECT.
    Select(Box<Select>),
    /// SHOW.
    Show(Show),
    /// DESCRIBE of a table, a column of it.
    Describe(Name, Option<Vec<u8>>),
    /// EXPLAIN of a query.
    Explain(Box<Select>),
    /// EXPLAIN of a statement that changes rows.
    ExplainChange(Box<Statement>),
    /// USE.
    Use(String),
    /// SET.
    Set(Vec<Setting>),
    /// INSERT and REPLACE: table, columns, rows, whether it replaces, whether errors are ignored.
    Insert {
        table: Name,
        columns: Vec<String>,
        rows: Vec<Vec<Option<Expr>>>,
        query: Option<Box<Select>>,
        replace: bool,
        ignore: bool,
        /// ON DUPLICATE KEY UPDATE.
        update: Vec<(String, Expr)>,
    },
    /// UPDATE.
    Update { table: Name, set: Vec<(String, Expr)>, filter: Option<Expr>, limit: Option<u64> },
    /// DELETE.
    Delete { table: Name, filter: Option<Expr>, limit: Option<u64> },
    /// TRUNCATE.
    Truncate(Name),
    /// CREATE TABLE.
    CreateTable {
        table: Name,
        exists: bool,
        columns: Vec<ColumnSpec>,
        keys: Vec<KeySpec>,
        query: Option<Box<Select>>,
        options: TableOptions,
    },
    /// CREATE TABLE … LIKE: the table, whether it may be there, the other.
    CreateLike(Name, bool, Name),
    /// CREATE VIEW: the view, the query, its words, whether it may be there.
    CreateView(Name, Box<Select>, String, bool),
    /// DROP VIEW, with whether they need not be there.
    DropViews(Vec<Name>, bool),
    /// CREATE PROCEDURE, FUNCTION, TRIGGER and EVENT, which come to nothing: what, and its name.
    CreateRoutine(&'static str, Name),
    /// DROP PROCEDURE, TRIGGER and EVENT, with whether it need not be there.
    DropOther(&'static str, Name, bool),
    /// What needs a savepoint: there is none.
    Savepoint(String),
    /// DROP TABLE, each with whether it need not be there.
    DropTables(Vec<Name>, bool),
    /// CREATE DATABASE.
    CreateDatabase(String, bool),
    /// DROP DATABASE.
    DropDatabase(String, bool),
    /// CREATE FUNCTION … SONAME: name and library.
    CreateFunction(String, Vec<u8>),
    /// INSTALL PLUGIN or SONAME: the library.
    Install(Vec<u8>),
    /// UNINSTALL.
    Uninstall,
    /// DROP FUNCTION.
    DropFunction(Name, bool),
    /// LOAD DATA: whether from the client, the file, the table.
    LoadData(bool, Vec<u8>, Name),
    /// Statements about accounts: the words that begin it.
    Accounts(String),
    /// FLUSH, with what.
    Flush(String),
    /// KILL.
    Kill(Expr),
    /// ANALYZE, CHECK, OPTIMIZE, REPAIR TABLE.
    Maintain(String, Vec<Name>),
    /// PREPARE … FROM a text or a variable.
    Prepare(String, Expr),
    /// EXECUTE … USING.
    Execute(String, Vec<String>),
    /// DEALLOCATE PREPARE.
    Deallocate(String),
    /// DO.
    Do(Vec<Expr>),
    /// CALL.
    Call(Name),
    /// RENAME TABLE and ALTER TABLE … RENAME.
    Rename(Vec<(Name, Name)>),
    /// ALTER TABLE, CREATE INDEX and DROP INDEX: the privilege, the table, what changes.
    Alter(&'static str, Name, Vec<Change>),
    /// What needs an administrator: the privilege.
    Privileged(&'static str),
    /// What is taken without doing anything.
    Taken,
}
