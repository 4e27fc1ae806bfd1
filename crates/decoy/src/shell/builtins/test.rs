//! `test` and `[`.

use super::super::{
    dialect::Dialect,
    expand::pattern::Pattern,
    interpreter::{Flow, Shell},
};
use crate::{
    machine::{Access, Kind},
    programs::regex::{Regex, Syntax},
};

/// Whether a test of one operand holds.
pub(crate) fn unary(shell: &Shell, operator: &[u8], operand: &[u8]) -> bool {
    let letter = operator.get(1).copied().unwrap_or_default();
    match letter {
        b'n' => return !operand.is_empty(),
        b'z' => return operand.is_empty(),
        b't' => return is_terminal(shell, operand),
        b'o' => return shell.options.get(&String::from_utf8_lossy(operand), shell.interactive),
        b'v' => return is_set(shell, operand),
        b'R' => return shell.variables.get(operand).is_some_and(|variable| variable.reference),
        _ => {}
    }
    if operand.is_empty() {
        return false;
    }
    if matches!(letter, b'h' | b'L') {
        return shell.files.lstat(operand).is_ok_and(|metadata| metadata.kind == Kind::Symlink);
    }
    let access = |access: Access| shell.files.access(operand, access).is_ok();
    match letter {
        b'r' => return access(Access { read: true, ..Access::default() }),
        b'w' => return access(Access { write: true, ..Access::default() }),
        b'x' => return access(Access { execute: true, ..Access::default() }),
        _ => {}
    }
    let Ok(metadata) = shell.files.stat(operand) else { return false };
    let (uid, gid) = shell.files.identity();
    match letter {
        b'a' | b'e' => true,
        b'f' => metadata.kind == Kind::File,
        b'd' => metadata.kind == Kind::Directory,
        b's' => metadata.size > 0,
        b'b' => metadata.kind == Kind::Block,
        b'c' => metadata.kind == Kind::Character,
        b'p' => metadata.kind == Kind::Fifo,
        b'S' => metadata.kind == Kind::Socket,
        b'u' => metadata.mode & 0o4000 != 0,
        b'g' => metadata.mode & 0o2000 != 0,
        b'k' => metadata.mode & 0o1000 != 0,
        b'O' => metadata.uid == uid,
        b'G' => metadata.gid == gid,
        b'N' => metadata.modified > metadata.accessed,
        _ => false,
    }
}

fn is_terminal(shell: &Shell, operand: &[u8]) -> bool {
    let number = super::number(operand).and_then(|number| i32::try_from(number).ok());
    let Some(descriptor) = number.and_then(|number| shell.descriptors.get(number)) else { return false };
    descriptor.reader.as_ref().is_some_and(|reader| reader.is_terminal())
        || descriptor.writer.as_ref().is_some_and(|writer| writer.is_terminal())
}

fn is_set(shell: &Shell, operand: &[u8]) -> bool {
    let name = operand.split(|byte| *byte == b'[').next().unwrap_or_default();
    let key = operand.get(name.len()..).and_then(|rest| rest.strip_prefix(b"[")?.strip_suffix(b"]"));
    use super::super::state::Content;
    match (key, shell.variables.get(name).map(|variable| &variable.content)) {
        (Some(key), Some(Content::Associative(values))) => values.contains_key(key),
        (Some(key), Some(Content::Indexed(values))) => {
            super::number(key).is_some_and(|at| values.contains_key(&at))
        }
        (None, Some(_)) => shell.variables.scalar(name).is_some(),
        _ => false,
    }
}

/// Whether a comparison of numbers holds.
pub(crate) fn numbers(left: i64, operator: &[u8], right: i64) -> bool {
    match operator {
        b"-eq" => left == right,
        b"-ne" => left != right,
        b"-lt" => left < right,
        b"-le" => left <= right,
        b"-gt" => left > right,
        _ => left >= right,
    }
}

/// Whether a comparison of files holds.
pub(crate) fn files(shell: &Shell, left: &[u8], operator: &[u8], right: &[u8]) -> bool {
    let (left, right) = (shell.files.stat(left).ok(), shell.files.stat(right).ok());
    match operator {
        b"-nt" => match (left, right) {
            (Some(left), Some(right)) => left.modified > right.modified,
            (left, _) => left.is_some(),
        },
        b"-ot" => match (left, right) {
            (Some(left), Some(right)) => left.modified < right.modified,
            (_, right) => right.is_some(),
        },
        _ => match (left, right) {
            (Some(left), Some(right)) => left.inode == right.inode && left.device == right.device,
            _ => false,
        },
    }
}

/// What is wrong with an expression.
enum Wrong {
    Number(Vec<u8>),
    Unary(Vec<u8>),
    Binary(Vec<u8>),
    TooMany(Vec<u8>),
    Argument,
    Parenthesis,
}

struct Expression<'a> {
    shell: &'a Shell,
    /// Whether texts are compared as patterns, as in `[[` of BusyBox.
    patterns: bool,
    words: &'a [Vec<u8>],
    at: usize,
    depth: usize,
}

pub(super) async fn bracket(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if arguments.len() < 2 || arguments.last().is_none_or(|last| last != b"]") {
        match shell.dialect {
            Dialect::Bash => shell.complain(Some("["), "missing `]'").await,
            Dialect::Dash => shell.complain(Some("["), "missing ]").await,
            Dialect::Ash => {
                let line = [&shell.name[..], b": missing ]\n"].concat();
                shell.print_error(line).await;
            }
        }
        shell.status = 2;
        return Ok(());
    }
    let words = arguments.get(1..arguments.len() - 1).unwrap_or_default().to_vec();
    decide(shell, "[", &words).await
}

/// `[[` of BusyBox, which is a command.
pub(super) async fn double_bracket(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    if arguments.len() < 2 || arguments.last().is_none_or(|last| last != b"]]") {
        let line = [&shell.name[..], b": missing ]]\n"].concat();
        shell.print_error(line).await;
        shell.status = 2;
        return Ok(());
    }
    let words = arguments.get(1..arguments.len() - 1).unwrap_or_default().to_vec();
    decide(shell, "[[", &words).await
}

pub(super) async fn test(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let words = arguments.get(1..).unwrap_or_default().to_vec();
    decide(shell, "test", &words).await
}

async fn decide(shell: &mut Shell, name: &'static str, words: &[Vec<u8>]) -> Flow {
    let result = Expression { shell, patterns: name == "[[", words, at: 0, depth: 0 }.whole();
    let wrong = match result {
        Ok(holds) => {
            shell.status = u8::from(!holds);
            return Ok(());
        }
        Err(wrong) => wrong,
    };
    shell.status = 2;
    let text = match shell.dialect {
        Dialect::Bash => bash_text(wrong),
        Dialect::Dash => dash_text(wrong),
        Dialect::Ash => {
            let line = [&shell.name[..], b": ", &ash_text(wrong), b"\n"].concat();
            shell.print_error(line).await;
            return Ok(());
        }
    };
    shell.complain(Some(name), text).await;
    Ok(())
}

fn bash_text(wrong: Wrong) -> Vec<u8> {
    match wrong {
        Wrong::Number(text) => [&text[..], b": integer expression expected"].concat(),
        Wrong::Unary(text) => [&text[..], b": unary operator expected"].concat(),
        Wrong::Binary(text) => [&text[..], b": binary operator expected"].concat(),
        Wrong::TooMany(_) => b"too many arguments".to_vec(),
        Wrong::Argument => b"argument expected".to_vec(),
        Wrong::Parenthesis => b"`)' expected".to_vec(),
    }
}

fn dash_text(wrong: Wrong) -> Vec<u8> {
    match wrong {
        Wrong::Number(text) => [b"Illegal number: ", &text[..]].concat(),
        Wrong::Unary(text) | Wrong::Binary(text) | Wrong::TooMany(text) => {
            [&text[..], b": unexpected operator"].concat()
        }
        Wrong::Argument => b"argument expected".to_vec(),
        Wrong::Parenthesis => b"closing paren expected".to_vec(),
    }
}

fn ash_text(wrong: Wrong) -> Vec<u8> {
    match wrong {
        Wrong::Number(text) => [&text[..], b": bad number"].concat(),
        Wrong::Unary(text) | Wrong::Binary(text) | Wrong::TooMany(text) => {
            [&text[..], b": unknown operand"].concat()
        }
        Wrong::Argument => b"argument expected".to_vec(),
        Wrong::Parenthesis => b"closing paren expected".to_vec(),
    }
}

const UNARY: &[u8] = b"abcdefghknopqrstuvwxzGLNORS";
const BINARY: &[&[u8]] =
    &[b"=", b"==", b"!=", b"<", b">", b"-eq", b"-ne", b"-lt", b"-le", b"-gt", b"-ge", b"-nt", b"-ot", b"-ef"];

fn is_unary(word: &[u8]) -> bool {
    matches!(word, [b'-', letter] if UNARY.contains(letter))
}

impl Expression<'_> {
    fn word(&self, offset: usize) -> Option<&[u8]> {
        self.words.get(self.at + offset).map(Vec::as_slice)
    }

    /// By how many arguments there are, as POSIX says; by grammar when they are more than four.
    fn whole(&mut self) -> Result<bool, Wrong> {
        let words: Vec<&[u8]> = self.words.iter().map(Vec::as_slice).collect();
        match words.as_slice() {
            [] => Ok(false),
            [one] => Ok(!one.is_empty()),
            [b"!", one] => Ok(one.is_empty()),
            [operator, one] if is_unary(operator) => Ok(unary(self.shell, operator, one)),
            [operator, other] => {
                let named = if self.shell.dialect == Dialect::Ash { other } else { operator };
                Err(Wrong::Unary(named.to_vec()))
            }
            [left, operator, right] if BINARY.contains(operator) || self.patterns && *operator == b"=~" => {
                self.compare(left, operator, right)
            }
            [left, b"-a", right] => Ok(!left.is_empty() && !right.is_empty()),
            [left, b"-o", right] => Ok(!left.is_empty() || !right.is_empty()),
            [b"!", operator, one] if is_unary(operator) => Ok(!unary(self.shell, operator, one)),
            [b"(", one, b")"] => Ok(!one.is_empty()),
            [b"!", ..] if words.len() == 4 => {
                let rest = self.words.get(1..).unwrap_or_default();
                Expression {
                    shell: self.shell,
                    patterns: self.patterns,
                    words: rest,
                    at: 0,
                    depth: self.depth + 1,
                }
                .whole()
                .map(|holds| !holds)
            }
            [_, operator, _] if self.shell.dialect.is_bash() => Err(Wrong::Binary(operator.to_vec())),
            _ => self.grammar(),
        }
    }

    fn grammar(&mut self) -> Result<bool, Wrong> {
        let holds = self.or()?;
        match self.word(0) {
            None => Ok(holds),
            Some(word) if self.shell.dialect != Dialect::Dash => Err(Wrong::TooMany(word.to_vec())),
            Some(_) => {
                Err(Wrong::TooMany(self.words.get(self.at.saturating_sub(1)).cloned().unwrap_or_default()))
            }
        }
    }

    fn or(&mut self) -> Result<bool, Wrong> {
        let mut holds = self.and()?;
        while self.word(0) == Some(b"-o") {
            self.at += 1;
            holds |= self.and()?;
        }
        Ok(holds)
    }

    fn and(&mut self) -> Result<bool, Wrong> {
        let mut holds = self.primary()?;
        while self.word(0) == Some(b"-a") {
            self.at += 1;
            holds &= self.primary()?;
        }
        Ok(holds)
    }

    fn primary(&mut self) -> Result<bool, Wrong> {
        self.depth += 1;
        if self.depth > crate::caps::SHELL_DEPTH {
            return Err(Wrong::Argument);
        }
        let result = self.primary_inner();
        self.depth -= 1;
        result
    }

    fn primary_inner(&mut self) -> Result<bool, Wrong> {
        let Some(word) = self.word(0).map(<[u8]>::to_vec) else { return Err(Wrong::Argument) };
        if word == b"!" {
            self.at += 1;
            return self.primary().map(|holds| !holds);
        }
        if let (Some(operator), Some(right)) = (self.word(1), self.word(2))
            && BINARY.contains(&operator)
        {
            let (operator, right) = (operator.to_vec(), right.to_vec());
            self.at += 3;
            return self.compare(&word, &operator, &right);
        }
        if word == b"(" {
            self.at += 1;
            let holds = self.or()?;
            if self.word(0) != Some(b")") {
                return Err(Wrong::Parenthesis);
            }
            self.at += 1;
            return Ok(holds);
        }
        if is_unary(&word)
            && let Some(operand) = self.word(1).map(<[u8]>::to_vec)
        {
            self.at += 2;
            return Ok(unary(self.shell, &word, &operand));
        }
        self.at += 1;
        Ok(!word.is_empty())
    }

    fn compare(&self, left: &[u8], operator: &[u8], right: &[u8]) -> Result<bool, Wrong> {
        match operator {
            b"=~" if self.patterns => {
                let regex = Regex::new(right, Syntax::Extended, false);
                Ok(regex.is_ok_and(|regex| regex.is_match(left)))
            }
            b"=" | b"==" if self.patterns => Ok(Pattern::parse(right, false).matches(left)),
            b"!=" if self.patterns => Ok(!Pattern::parse(right, false).matches(left)),
            b"=" | b"==" => Ok(left == right),
            b"!=" => Ok(left != right),
            b"<" => Ok(left < right),
            b">" => Ok(left > right),
            b"-nt" | b"-ot" | b"-ef" => Ok(files(self.shell, left, operator, right)),
            _ => {
                let integer = |text: &[u8]| super::number(text).ok_or_else(|| Wrong::Number(text.to_vec()));
                Ok(numbers(integer(left)?, operator, integer(right)?))
            }
        }
    }
}
