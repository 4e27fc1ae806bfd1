//! What a program of awk is once it is read.

use std::{collections::HashMap, rc::Rc};

use crate::programs::regex::Regex;

pub(super) enum Expr {
    Number(f64),
    Text(Vec<u8>),
    Regex(Box<Regex>),
    Variable(String),
    Field(Box<Expr>),
    Element(String, Vec<Expr>),
    In(Vec<Expr>, String),
    Assign(Box<Expr>, &'static str, Box<Expr>),
    /// Variable, amount, and whether the old value counts.
    Step(Box<Expr>, f64, bool),
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Match(bool, Box<Expr>, Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
    /// `getline`, with its variable and its file.
    Line(Option<Box<Expr>>, Option<Box<Expr>>),
    /// `command | getline`, with its variable.
    Piped(Box<Expr>, Option<Box<Expr>>),
    Group(Vec<Expr>),
}

pub(super) enum Stat {
    Expr(Expr),
    /// Values, format or not, and where to: sign and target.
    Print(Vec<Expr>, bool, Option<(&'static str, Expr)>),
    If(Expr, Box<Stat>, Option<Box<Stat>>),
    While(Expr, Box<Stat>),
    Do(Box<Stat>, Expr),
    For(Option<Box<Stat>>, Option<Expr>, Option<Box<Stat>>, Box<Stat>),
    ForIn(String, String, Box<Stat>),
    Block(Vec<Stat>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
    Return(Option<Expr>),
    Delete(String, Option<Vec<Expr>>),
}

pub(super) enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    Range(Expr, Expr),
}

pub(super) struct Function {
    pub(super) parameters: Vec<String>,
    pub(super) body: Stat,
}

#[derive(Default)]
pub(super) struct Program {
    pub(super) rules: Vec<(Pattern, Option<Stat>)>,
    pub(super) functions: HashMap<String, Rc<Function>>,
}
