//! What a command line means, before anything in it is expanded.

use std::sync::Arc;

/// Commands one after another.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct List {
    pub(crate) items: Vec<Item>,
}

/// One and-or list, and whether the shell waits for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) first: Pipeline,
    pub(crate) rest: Vec<(Junction, Pipeline)>,
    pub(crate) background: bool,
    /// As it was typed, for the table of jobs.
    pub(crate) text: Arc<[u8]>,
}

/// What joins two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Junction {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands whose ends are joined by pipes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pipeline {
    pub(crate) negated: bool,
    pub(crate) timed: Option<Timed>,
    pub(crate) commands: Vec<Arc<Command>>,
    /// As it was typed.
    pub(crate) text: Arc<[u8]>,
}

/// The way `time` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timed {
    Plain,
    Posix,
}

/// One command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Simple(Simple),
    Compound { body: Compound, redirects: Vec<Redirect>, line: u32 },
    Function { name: Vec<u8>, body: Arc<Command>, text: Arc<[u8]> },
}

/// Assignments, words and redirections.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Simple {
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) words: Vec<Word>,
    pub(crate) redirects: Vec<Redirect>,
    pub(crate) line: u32,
}

/// `name=value`, `name+=value`, `name[subscript]=value`, `name=(…)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assignment {
    pub(crate) name: Vec<u8>,
    pub(crate) subscript: Option<Word>,
    pub(crate) append: bool,
    pub(crate) value: Value,
}

/// What is assigned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Word(Word),
    /// Each with its subscript, if it has one.
    Array(Vec<(Option<Word>, Word)>),
}

/// Commands that hold commands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Compound {
    Group(List),
    Subshell(List),
    If {
        arms: Vec<(List, List)>,
        otherwise: Option<List>,
    },
    Loop {
        until: bool,
        condition: List,
        body: List,
    },
    For {
        name: Vec<u8>,
        words: Option<Vec<Word>>,
        body: List,
    },
    Select {
        name: Vec<u8>,
        words: Option<Vec<Word>>,
        body: List,
    },
    Count {
        start: Word,
        condition: Word,
        step: Word,
        body: List,
    },
    Case {
        word: Word,
        arms: Vec<Arm>,
    },
    /// `(( … ))`
    Arithmetic(Word),
    /// `[[ … ]]`
    Condition(Condition),
}

/// One branch of a `case`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arm {
    pub(crate) patterns: Vec<Word>,
    pub(crate) body: List,
    pub(crate) then: Then,
}

/// Where a `case` goes on after a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// `;;`
    Leave,
    /// `;&`
    FallThrough,
    /// `;;&`
    TryNext,
}

/// What stands in `[[ … ]]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Not(Box<Condition>),
    /// All of these, at least two.
    And(Vec<Condition>),
    /// Any of these, at least two.
    Or(Vec<Condition>),
    Unary(Vec<u8>, Word),
    Binary(Word, Vec<u8>, Word),
    Word(Word),
}

/// A redirection.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Redirect {
    pub(crate) descriptor: Descriptor,
    pub(crate) action: Action,
}

/// The descriptor that is redirected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Descriptor {
    /// The one the operator stands for.
    Usual,
    Number(i32),
    /// `{name}`: a new one, whose number goes into the variable.
    Variable(Vec<u8>),
}

/// What it is redirected to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// `<`
    Read(Word),
    /// `>` and, with the flag, `>|`
    Write(Word, bool),
    /// `>>`
    Append(Word),
    /// `<>`
    ReadWrite(Word),
    /// `<&`
    DuplicateInput(Word),
    /// `>&`
    DuplicateOutput(Word),
    /// `&>` and, with the flag, `&>>`
    Both(Word, bool),
    /// `<<`; filled in once the lines below are read
    Here(Arc<std::sync::OnceLock<Word>>),
    /// `<<<`
    HereString(Word),
}

/// A word of a command line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Word {
    pub(crate) parts: Vec<Part>,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// Bytes outside quotes.
    Plain(Vec<u8>),
    /// Bytes that were quoted.
    Quoted(Vec<u8>),
    /// `"…"`
    Double(Vec<Part>),
    /// `$name` and `${…}`
    Parameter(Box<Parameter>),
    /// `$(…)` and `` `…` ``
    Command(Arc<List>),
    /// `$((…))`
    Arithmetic(Word),
    /// `<(…)`
    ProcessInput(Arc<List>),
    /// `>(…)`
    ProcessOutput(Arc<List>),
    /// `name=(…)` as an argument of `declare` and its kin
    Assignment(Box<Assignment>),
}

/// `${…}`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) name: Vec<u8>,
    pub(crate) subscript: Option<Subscript>,
    /// `${!x}`: the value names the parameter that is meant.
    pub(crate) indirect: bool,
    pub(crate) operation: Operation,
    /// As it was typed, for what bash says of a bad substitution.
    pub(crate) text: Vec<u8>,
}

/// `[…]` after a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subscript {
    /// `[@]`
    Each,
    /// `[*]`
    Joined,
    At(Word),
}

/// What is done with a parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    Value,
    /// `${#x}`
    Length,
    /// `${!x@}`, `${!x*}`: names that begin so
    Names(bool),
    /// `${!x[@]}`
    Keys,
    /// `${x-w}`; with the flag `:-`
    Default(bool, Word),
    /// `${x=w}`
    Assign(bool, Word),
    /// `${x?w}`
    Require(bool, Word),
    /// `${x+w}`
    Alternative(bool, Word),
    /// `${x#w}`; with the flag `##`
    StripPrefix(bool, Word),
    /// `${x%w}`
    StripSuffix(bool, Word),
    /// `${x/a/b}`
    Replace {
        which: Which,
        pattern: Word,
        by: Word,
    },
    /// `${x:a:b}`
    Slice(Word, Option<Word>),
    /// `${x^w}` and its kin
    Case {
        upper: Option<bool>,
        all: bool,
        pattern: Option<Word>,
    },
    /// `${x@Q}`
    Transform(u8),
    /// What the shell refuses when it gets there.
    Bad,
}

/// Which matches `${x/a/b}` replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    First,
    All,
    Prefix,
    Suffix,
}

impl Word {
    /// The bytes of a word that is nothing but unquoted bytes.
    pub(crate) fn plain(&self) -> Option<&[u8]> {
        match self.parts.as_slice() {
            [Part::Plain(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// About how it was typed, for messages.
    pub(crate) fn source(&self) -> Vec<u8> {
        fn put(parts: &[Part], out: &mut Vec<u8>) {
            for part in parts {
                match part {
                    Part::Plain(bytes) | Part::Quoted(bytes) => out.extend_from_slice(bytes),
                    Part::Double(inner) => {
                        out.push(b'"');
                        put(inner, out);
                        out.push(b'"');
                    }
                    Part::Parameter(parameter) => out.extend_from_slice(&parameter.text),
                    _ => {}
                }
            }
        }
        let mut out = Vec::new();
        put(&self.parts, &mut out);
        out
    }

    /// A word of unquoted bytes.
    pub(crate) fn from_plain(bytes: impl Into<Vec<u8>>) -> Self {
        Self { parts: vec![Part::Plain(bytes.into())] }
    }
}
