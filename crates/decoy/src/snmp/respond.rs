//! What an agent answers to what it is asked, once it knows who asks.

use std::borrow::Cow;

use super::{
    ber,
    message::{Content, Operation, Pdu, Reply, Variable, Version},
    tree::{Tree, View},
    value::Value,
};

/// Most variables in the answer to a bulk request.
const BULK: usize = 100;

const NO_SUCH_NAME: i64 = 2;
const BAD_VALUE: i64 = 3;
/// Something is wrong that has no name.
pub const GENERAL_ERROR: i64 = 5;
const NO_ACCESS: i64 = 6;
const WRONG_TYPE: i64 = 7;
/// Who asks may not ask in this way.
pub const AUTHORIZATION_ERROR: i64 = 16;

/// The answer to a request whose sender sees `view`.
pub fn respond<'a>(pdu: &'a Pdu<'a>, tree: &Tree<'_>, view: View, version: Version) -> Reply<'a> {
    let old = version == Version::One;
    let reply = match pdu.operation {
        Operation::Set => return refuse_to_set(pdu, old),
        Operation::GetBulk => bulk(pdu, tree, view, old),
        operation => {
            let variables = pdu.variables.iter().map(|variable| one(variable, operation, tree, view, old));
            Reply { status: 0, index: 0, variables: variables.collect() }
        }
    };
    if old { as_version_one(pdu, reply) } else { reply }
}

/// An answer with an error and the variables that came.
pub fn error<'a>(pdu: &'a Pdu<'a>, status: i64, index: i64) -> Reply<'a> {
    let back = |variable: &'a Variable<'a>| (Cow::Borrowed(&*variable.name), Content::Raw(variable.raw));
    Reply { status, index, variables: pdu.variables.iter().map(back).collect() }
}

/// Version 1 knows no exceptions: where one stands, the whole answer is an error.
fn as_version_one<'a>(pdu: &'a Pdu<'a>, reply: Reply<'a>) -> Reply<'a> {
    let missing = |(_, content): &(_, Content<'_>)| matches!(content, Content::Value(value) if value.is_exception() || matches!(value, Value::Counter64(_)));
    match reply.variables.iter().position(missing) {
        Some(at) => error(pdu, NO_SUCH_NAME, i64::try_from(at + 1).unwrap_or(i64::MAX)),
        None => reply,
    }
}

type Bound<'a> = (Cow<'a, [u32]>, Content<'a>);

fn one<'a>(
    variable: &'a Variable<'a>,
    operation: Operation,
    tree: &Tree<'_>,
    view: View,
    old: bool,
) -> Bound<'a> {
    if operation == Operation::Get {
        return (Cow::Borrowed(&variable.name), Content::Value(tree.get(&variable.name, view)));
    }
    next(&variable.name, tree, view, old)
}

fn next<'a>(name: &[u32], tree: &Tree<'_>, view: View, old: bool) -> Bound<'a> {
    match tree.next(name, view, old) {
        Some((name, value)) => (Cow::Owned(name), Content::Value(value)),
        None => (Cow::Owned(name.to_vec()), Content::Value(Value::EndOfView)),
    }
}

/// The variables after some names, and many after others.
fn bulk<'a>(pdu: &'a Pdu<'a>, tree: &Tree<'_>, view: View, old: bool) -> Reply<'a> {
    let count = pdu.variables.len();
    let once = usize::try_from(pdu.status).unwrap_or(0).min(count);
    let (single, repeated) = pdu.variables.split_at_checked(once).unwrap_or_default();
    let mut variables: Vec<Bound<'a>> =
        single.iter().map(|variable| next(&variable.name, tree, view, old)).collect();
    let room = BULK.saturating_sub(once).checked_div(repeated.len()).unwrap_or(0);
    let times = usize::try_from(pdu.index).unwrap_or(0).min(room);
    let mut names: Vec<Vec<u32>> = repeated.iter().map(|variable| variable.name.clone()).collect();
    for _ in 0..times {
        let mut ended = true;
        for name in &mut names {
            let (found, content) = next(name, tree, view, old);
            ended &= content == Content::Value(Value::EndOfView);
            found.as_ref().clone_into(name);
            variables.push((found, content));
        }
        if ended {
            break;
        }
    }
    Reply { status: 0, index: 0, variables }
}

/// Nothing can be set: nobody knows a community that may.
fn refuse_to_set<'a>(pdu: &'a Pdu<'a>, old: bool) -> Reply<'a> {
    let Some(first) = pdu.variables.first() else { return error(pdu, 0, 0) };
    let status = match (first.tag == ber::NULL, old) {
        (true, true) => BAD_VALUE,
        (true, false) => WRONG_TYPE,
        (false, true) => NO_SUCH_NAME,
        (false, false) => NO_ACCESS,
    };
    error(pdu, status, 1)
}
