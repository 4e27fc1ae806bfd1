//! `export`, `readonly`, `declare`, `local`, `unset`, `let`, `shift`.

use std::sync::Arc;

use super::{
    super::{
        dialect::Dialect,
        expand::quote_value,
        interpreter::{Flow, Shell},
        language::is_name,
        state::{Content, Variable, as_indexed},
    },
    number,
};

/// The letters of a variable's attributes, as `${x@a}` and `declare -p` show them.
pub(crate) fn attributes(variable: &Variable) -> Vec<u8> {
    let marks = [
        (matches!(variable.content, Content::Indexed(_)), b'a'),
        (matches!(variable.content, Content::Associative(_)), b'A'),
        (variable.integer, b'i'),
        (variable.reference, b'n'),
        (variable.readonly, b'r'),
        (variable.upper == Some(false), b'l'),
        (variable.upper == Some(true), b'u'),
        (variable.exported, b'x'),
    ];
    marks.into_iter().filter(|(on, _)| *on).map(|(_, letter)| letter).collect()
}

/// The line of `declare -p`.
fn declaration(name: &[u8], variable: &Variable) -> Vec<u8> {
    let mut letters = attributes(variable);
    if letters.is_empty() {
        letters.push(b'-');
    }
    let mut line = [b"declare -", &letters[..], b" ", name].concat();
    if let Some(value) = shown(variable) {
        line.push(b'=');
        line.extend(value);
    }
    line.push(b'\n');
    line
}

/// A value as `declare -p` shows it.
fn shown(variable: &Variable) -> Option<Vec<u8>> {
    let element = |key: &[u8], value: &[u8]| [b"[", key, b"]=", &quote_value(value)[..]].concat();
    match &variable.content {
        Content::Unset => None,
        Content::Scalar(value) => Some(quote_value(value)),
        Content::Indexed(values) => {
            let all: Vec<Vec<u8>> =
                values.iter().map(|(key, value)| element(key.to_string().as_bytes(), value)).collect();
            Some([b"(", &all.join(&b' ')[..], b")"].concat())
        }
        Content::Associative(values) => {
            let all: Vec<Vec<u8>> =
                values.iter().map(|(key, value)| [element(key, value), b" ".to_vec()].concat()).collect();
            Some([b"(", &all.concat()[..], b")"].concat())
        }
    }
}

/// What an argument of `export` and its kin says: a name, and perhaps a value.
fn name_and_value(argument: &[u8]) -> (&[u8], Option<&[u8]>, bool) {
    match argument.iter().position(|byte| *byte == b'=') {
        None => (argument, None, false),
        Some(at) => {
            let (name, value) = (argument.get(..at).unwrap_or_default(), argument.get(at + 1..));
            match name.strip_suffix(b"+") {
                Some(name) => (name, value, true),
                None => (name, value, false),
            }
        }
    }
}

/// Carries out the arrays among the arguments.
async fn place_arrays(shell: &mut Shell, local: bool, associative: bool) -> Flow {
    for assignment in std::mem::take(&mut shell.arrays) {
        if local {
            shell.variables.make_local(&assignment.name);
        }
        if associative && !shell.variables.is_associative(&assignment.name) {
            shell.variables.change(&assignment.name, |variable| {
                variable.content = Content::Associative(Default::default())
            });
        }
        shell.assign(&assignment).await?;
    }
    Ok(())
}

async fn bad_name(shell: &mut Shell, builtin: &'static str, argument: &[u8]) -> Flow {
    let name = name_and_value(argument).0;
    match shell.dialect {
        Dialect::Bash => shell.fails(builtin, [b"`", argument, b"': not a valid identifier"].concat()).await,
        _ => {
            shell.complain(Some(builtin), [name, b": bad variable name"].concat()).await;
            Err(shell.fatal(2))
        }
    }
}

/// Sets a variable as an argument asks; whether that went well.
async fn put(shell: &mut Shell, name: &[u8], value: Option<&[u8]>, append: bool) -> Flow {
    let Some(value) = value else { return Ok(()) };
    let before = if append { shell.variables.scalar(name).unwrap_or_default().to_vec() } else { Vec::new() };
    let integer = shell.variables.get(name).is_some_and(|variable| variable.integer);
    let value = if integer {
        let value = shell.evaluate(value, None).await?;
        value.to_string().into_bytes()
    } else {
        [&before[..], value].concat()
    };
    let assigned = shell.variables.set(name, value);
    if assigned == super::super::state::Assigned::ReadOnly && shell.dialect.is_bash() {
        shell.complain(None, [name, b": readonly variable"].concat()).await;
        shell.status = 1;
        return Ok(());
    }
    shell.assigned(name, assigned).await
}

pub(super) async fn export(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    mark(shell, "export", arguments).await
}

pub(super) async fn readonly(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    mark(shell, "readonly", arguments).await
}

async fn mark(shell: &mut Shell, builtin: &'static str, arguments: &[Vec<u8>]) -> Flow {
    let known: &[u8] = if shell.dialect.is_bash() { b"pnfaA" } else { b"p" };
    let Some(options) = shell.letters(builtin, arguments, known).await? else { return Ok(()) };
    place_arrays(shell, false, options.letters.contains(&b'A')).await?;
    let exports = builtin == "export";
    let names: Vec<Vec<u8>> = options.rest.to_vec();
    if names.is_empty() {
        return list_marked(shell, exports).await;
    }
    let off = options.letters.contains(&b'n');
    for argument in &names {
        let (name, value, append) = name_and_value(argument);
        if !is_name(name) {
            bad_name(shell, builtin, argument).await?;
            continue;
        }
        put(shell, name, value, append).await?;
        shell.variables.change(name, |variable| {
            if exports {
                variable.exported = !off;
            } else {
                variable.readonly = true;
            }
        });
    }
    Ok(())
}

async fn list_marked(shell: &mut Shell, exports: bool) -> Flow {
    let word: &[u8] = if exports { b"export " } else { b"readonly " };
    let bash = shell.dialect.is_bash();
    let mut out = Vec::new();
    for (name, variable) in shell.variables.all() {
        if !(if exports { variable.exported } else { variable.readonly }) {
            continue;
        }
        if bash {
            out.extend(declaration(name, variable));
            continue;
        }
        out.extend_from_slice(word);
        out.extend_from_slice(name);
        if let Some(value) = variable.scalar() {
            out.push(b'=');
            out.extend(super::super::expand::quote(value));
        }
        out.push(b'\n');
    }
    shell.print(out).await
}

pub(super) async fn local(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if !shell.variables.in_function() {
        return match shell.dialect {
            Dialect::Bash => shell.fails("local", "can only be used in a function").await,
            _ => {
                shell.complain(Some("local"), "not in a function").await;
                Err(shell.fatal(2))
            }
        };
    }
    if shell.dialect.is_bash() {
        return declare_as(shell, "local", arguments, true).await;
    }
    for argument in arguments.iter().skip(1) {
        let (name, value, _) = name_and_value(argument);
        if !is_name(name) {
            return bad_name(shell, "local", argument).await;
        }
        let before = shell.variables.scalar(name).map(<[u8]>::to_vec);
        shell.variables.make_local(name);
        if let Some(value) = value.map(<[u8]>::to_vec).or(before) {
            shell.variables.set(name, value);
        }
    }
    Ok(())
}

pub(super) async fn declare(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let builtin =
        if arguments.first().is_some_and(|name| name == b"typeset") { "typeset" } else { "declare" };
    let local = shell.variables.in_function();
    declare_as(shell, builtin, arguments, local).await
}

/// What `declare` makes of a variable.
#[derive(Clone, Copy, Debug, Default)]
struct Wish {
    plus: bool,
    letters: u16,
}

const LETTERS: &[u8] = b"aAilnruxpfFg";

impl Wish {
    fn has(self, letter: u8) -> bool {
        LETTERS.iter().position(|known| *known == letter).is_some_and(|at| self.letters & 1 << at != 0)
    }

    fn add(&mut self, letter: u8) -> bool {
        let at = LETTERS.iter().position(|known| *known == letter);
        self.letters |= at.map_or(0, |at| 1 << at);
        at.is_some() || letter == b'I' || letter == b't'
    }

    fn apply(self, variable: &mut Variable) {
        let on = !self.plus;
        for (letter, place) in [
            (b'i', &mut variable.integer),
            (b'r', &mut variable.readonly),
            (b'x', &mut variable.exported),
            (b'n', &mut variable.reference),
        ] {
            if self.has(letter) {
                *place = on;
            }
        }
        if self.has(b'u') || self.has(b'l') {
            variable.upper = on.then_some(self.has(b'u'));
        }
        if self.has(b'a') && on {
            let unset = variable.content == Content::Unset;
            as_indexed(variable);
            let _ = unset;
        }
        if self.has(b'A') && on && !matches!(variable.content, Content::Associative(_)) {
            variable.content = Content::Associative(Default::default());
        }
    }
}

async fn declare_as(shell: &mut Shell, builtin: &'static str, arguments: &[Vec<u8>], local: bool) -> Flow {
    let mut wish = Wish::default();
    let mut rest = arguments.iter().skip(1).peekable();
    while let Some(argument) =
        rest.next_if(|word| word.len() > 1 && matches!(word.first(), Some(b'-' | b'+')))
    {
        if argument == b"--" {
            break;
        }
        wish.plus = argument.starts_with(b"+");
        for letter in argument.iter().skip(1) {
            if !wish.add(*letter) {
                return shell.bad_letter(builtin, *letter).await;
            }
        }
    }
    let names: Vec<Vec<u8>> = rest.cloned().collect();
    let local = local && !wish.has(b'g');
    if wish.has(b'f') || wish.has(b'F') {
        return functions(shell, &names, wish.has(b'F')).await;
    }
    place_arrays(shell, local, wish.has(b'A')).await?;
    if wish.has(b'p') || names.is_empty() {
        return list(shell, builtin, &names, wish).await;
    }
    for argument in &names {
        declare_one(shell, builtin, argument, wish, local).await?;
    }
    Ok(())
}

async fn declare_one(
    shell: &mut Shell,
    builtin: &'static str,
    argument: &[u8],
    wish: Wish,
    local: bool,
) -> Flow {
    let (name, value, append) = name_and_value(argument);
    let bare = name.split(|byte| *byte == b'[').next().unwrap_or_default();
    if !is_name(bare) {
        return bad_name(shell, builtin, argument).await;
    }
    if local {
        shell.variables.make_local(bare);
    }
    if shell.variables.get(bare).is_some_and(|variable| variable.readonly) && (value.is_some() || wish.plus) {
        let text = [bare, b": readonly variable"].concat();
        return shell.fails(builtin, text).await;
    }
    let first = Wish { letters: wish.letters & !(1 << 5), ..wish };
    shell.variables.change(bare, |variable| first.apply(variable));
    match name.get(bare.len()..).and_then(|rest| rest.strip_prefix(b"[")?.strip_suffix(b"]")) {
        Some(key) if shell.variables.is_associative(bare) => {
            let assigned = shell.variables.set_key(bare, key.to_vec(), value.unwrap_or_default().to_vec());
            shell.assigned(bare, assigned).await?;
        }
        Some(key) => {
            let index = shell.evaluate(key, None).await?;
            let assigned = shell.variables.set_element(bare, index, value.unwrap_or_default().to_vec());
            shell.assigned(bare, assigned).await?;
        }
        None => put(shell, bare, value, append).await?,
    }
    shell.variables.change(bare, |variable| wish.apply(variable));
    Ok(())
}

async fn list(shell: &mut Shell, builtin: &'static str, names: &[Vec<u8>], wish: Wish) -> Flow {
    let mut out = Vec::new();
    if names.is_empty() {
        for (name, variable) in shell.variables.all() {
            let fits = [b'a', b'A', b'i', b'r', b'x']
                .iter()
                .all(|letter| !wish.has(*letter) || attributes(variable).contains(letter));
            if !fits || builtin == "local" && !shell.variables.is_local(name) {
                continue;
            }
            let plain = wish.letters == 0;
            match shown(variable).filter(|_| plain) {
                Some(_) => out.extend(assignment_line(name, variable)),
                None => out.extend(declaration(name, variable)),
            }
        }
        return shell.print(out).await;
    }
    for name in names {
        match shell.variables.get(name) {
            Some(variable) => out.extend(declaration(name, variable)),
            None => {
                shell.complain(Some(builtin), [name, &b": not found"[..]].concat()).await;
                shell.status = 1;
            }
        }
    }
    let status = shell.status;
    shell.print(out).await?;
    shell.status = status.max(shell.status);
    Ok(())
}

/// `name=value` as `set` lists it.
pub(super) fn assignment_line(name: &[u8], variable: &Variable) -> Vec<u8> {
    let value = match &variable.content {
        Content::Scalar(value) => super::super::expand::quote_if_needed(value),
        _ => shown(variable).unwrap_or_default(),
    };
    [name, b"=", &value, b"\n"].concat()
}

async fn functions(shell: &mut Shell, names: &[Vec<u8>], names_only: bool) -> Flow {
    let wanted: Vec<Vec<u8>> =
        if names.is_empty() { shell.functions.keys().cloned().collect() } else { names.to_vec() };
    let mut out = Vec::new();
    for name in &wanted {
        match shell.functions.get(name) {
            Some(_) if names_only && names.is_empty() => {
                out.extend([b"declare -f ", &name[..], b"\n"].concat())
            }
            Some(_) if names_only => out.extend([&name[..], b"\n"].concat()),
            Some(function) => out.extend([&function.text[..], b"\n"].concat()),
            None => shell.status = 1,
        }
    }
    let status = shell.status;
    shell.print(out).await?;
    shell.status = status.max(shell.status);
    Ok(())
}

pub(super) async fn unset(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(options) = shell.letters("unset", arguments, b"fvn").await? else { return Ok(()) };
    let (functions, variables) = (options.letters.contains(&b'f'), options.letters.contains(&b'v'));
    for name in options.rest {
        if functions {
            Arc::make_mut(&mut shell.functions).remove(name);
            continue;
        }
        let bare = name.split(|byte| *byte == b'[').next().unwrap_or_default();
        if !is_name(bare) {
            if shell.dialect.is_bash() && !variables {
                continue;
            }
            bad_name(shell, "unset", name).await?;
            continue;
        }
        if let Some(key) = name.get(bare.len()..).and_then(|rest| rest.strip_prefix(b"[")?.strip_suffix(b"]"))
        {
            unset_element(shell, bare, key).await?;
            continue;
        }
        let known = shell.variables.get(name).is_some();
        if !shell.variables.unset(name) {
            let text = match shell.dialect {
                Dialect::Bash => [name, &b": cannot unset: readonly variable"[..]].concat(),
                _ => [name, &b": is read only"[..]].concat(),
            };
            shell.complain(Some("unset"), text).await;
            shell.failed_special(if shell.dialect.is_bash() { 1 } else { 2 })?;
        }
        if !known && !variables && shell.dialect.is_bash() {
            Arc::make_mut(&mut shell.functions).remove(name);
        }
    }
    Ok(())
}

async fn unset_element(shell: &mut Shell, name: &[u8], key: &[u8]) -> Flow {
    if shell.variables.is_associative(name) {
        shell.variables.change(name, |variable| {
            if let Content::Associative(values) = &mut variable.content {
                values.remove(key);
            }
        });
        return Ok(());
    }
    let index = if matches!(key, b"@" | b"*") { None } else { Some(shell.evaluate(key, None).await?) };
    shell.variables.change(name, |variable| {
        let values = as_indexed(variable);
        match index {
            None => values.clear(),
            Some(index) => {
                let end = values.keys().next_back().map_or(0, |last| last + 1);
                values.remove(&if index < 0 { index + end } else { index });
            }
        }
    });
    Ok(())
}

pub(super) async fn calculate(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(last) = arguments.len().checked_sub(1).filter(|count| *count > 0) else {
        shell.complain(Some("let"), "expression expected").await;
        shell.status = if shell.dialect.is_bash() { 1 } else { 2 };
        return Ok(());
    };
    for (at, expression) in arguments.iter().enumerate().skip(1) {
        match shell.evaluate(expression, Some("let")).await {
            Ok(value) if at == last => shell.status = u8::from(value == 0),
            Ok(_) => {}
            Err(super::super::interpreter::Stop::Line) => {
                shell.status = 1;
                return Ok(());
            }
            Err(stop) => return Err(stop),
        }
    }
    Ok(())
}

pub(super) async fn shift(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let count = match arguments.get(1) {
        None => Some(1),
        Some(argument) => match number(argument) {
            Some(count) => usize::try_from(count).ok(),
            None => {
                let text = match shell.dialect {
                    Dialect::Bash => [&argument[..], b": numeric argument required"].concat(),
                    _ => [b"Illegal number: ", &argument[..]].concat(),
                };
                shell.complain(Some("shift"), text).await;
                return shell.failed_special(if shell.dialect.is_bash() { 1 } else { 2 });
            }
        },
    };
    match count.filter(|count| *count <= shell.positional.len()) {
        Some(count) => drop(Arc::make_mut(&mut shell.positional).drain(..count)),
        None if shell.dialect.is_dash() => {
            shell.complain(Some("shift"), "can't shift that many").await;
            return Err(shell.fatal(2));
        }
        None => shell.status = 1,
    }
    Ok(())
}
