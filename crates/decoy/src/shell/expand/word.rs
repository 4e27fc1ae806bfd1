//! Words, in the order of POSIX: braces, tildes, parameters, splitting, patterns, quotes.

use std::sync::Arc;

use super::{Field, Fields, arithmetic, brace, pattern::Pattern};
use crate::{
    caps,
    machine::Errno,
    shell::{
        interpreter::{Flow, Shell, Stop},
        language::ast::{List, Part, Word},
        process::BoxFuture,
    },
};

/// What is done with unquoted results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    /// The parts stand in double quotes.
    pub(super) quoted: bool,
    /// Results are split into fields.
    pub(super) split: bool,
    /// Plain bytes are split as well, as in the word of `${x-…}`.
    pub(super) plain_split: bool,
    /// Tildes after `:` and `=` count, as in assignments.
    pub(super) assignment: bool,
}

/// Parts of a word after which they are counted as work, each as a quarter of a step.
const PARTS_COUNTED: usize = 16;

impl Manner {
    const FIELDS: Self = Self { quoted: false, split: true, plain_split: false, assignment: false };
    const SINGLE: Self = Self { quoted: false, split: false, plain_split: false, assignment: false };
    const ASSIGNMENT: Self = Self { quoted: false, split: false, plain_split: false, assignment: true };

    pub(super) fn in_quotes(self) -> Self {
        Self { quoted: true, ..self }
    }
}

impl Shell {
    /// The arguments that words stand for.
    pub(crate) async fn expand_words(&mut self, words: &[Word]) -> Result<Vec<Vec<u8>>, Stop> {
        let mut arguments = Vec::new();
        let mut size = 0;
        for word in words {
            let braced = if self.dialect.is_bash() { brace::expand(word) } else { vec![word.clone()] };
            for word in &braced {
                for argument in self.expand_word(word).await? {
                    size += argument.len() + 16;
                    arguments.push(argument);
                }
                if size > caps::SHELL_EXPANSION || arguments.len() > caps::SHELL_WORDS {
                    return Err(self.too_large().await);
                }
            }
        }
        Ok(arguments)
    }

    /// What a shell says when the kernel takes no more.
    pub(crate) async fn too_large(&mut self) -> Stop {
        self.complain(None, "xrealloc: cannot allocate 1048576 bytes").await;
        self.status = 2;
        if self.interactive { Stop::Line } else { Stop::Exit }
    }

    async fn expand_word(&mut self, word: &Word) -> Result<Vec<Vec<u8>>, Stop> {
        let mut fields = Fields::default();
        self.parts(&word.parts, Manner::FIELDS, &mut fields).await?;
        let mut arguments = Vec::new();
        for field in fields.finish() {
            self.glob(field, &mut arguments).await?;
        }
        Ok(arguments)
    }

    /// The names that a field stands for, or the field itself.
    async fn glob(&mut self, field: Field, arguments: &mut Vec<Vec<u8>>) -> Flow {
        if self.options.noglob || !field.is_pattern() {
            arguments.push(field.bytes);
            return Ok(());
        }
        let found = self.glob_paths(&field).await?;
        if !found.is_empty() {
            arguments.extend(found);
        } else if self.options.shopt("failglob") {
            let text = [b"no match: ", &field.bytes[..]].concat();
            self.complain(None, text).await;
            return Err(self.fatal(1));
        } else if !self.options.shopt("nullglob") {
            arguments.push(field.bytes);
        }
        Ok(())
    }

    /// A word as one string: no splitting, no patterns.
    pub(crate) async fn expand_single(&mut self, word: &Word) -> Result<Vec<u8>, Stop> {
        Ok(self.expand_field(word, Manner::SINGLE).await?.bytes)
    }

    /// The value of an assignment.
    pub(crate) async fn expand_value(&mut self, word: &Word) -> Result<Vec<u8>, Stop> {
        Ok(self.expand_field(word, Manner::ASSIGNMENT).await?.bytes)
    }

    /// A word as a pattern.
    pub(crate) async fn expand_pattern(&mut self, word: &Word) -> Result<Pattern, Stop> {
        let field = self.expand_field(word, Manner::SINGLE).await?;
        let pattern = Pattern::new(&field.bytes, &field.quoted, self.dialect.is_bash());
        Ok(if self.options.shopt("nocasematch") { pattern.ignoring_case() } else { pattern })
    }

    /// A word as one field, which knows what was quoted.
    pub(crate) async fn expand_marked(&mut self, word: &Word) -> Result<Field, Stop> {
        self.expand_field(word, Manner::SINGLE).await
    }

    async fn expand_field(&mut self, word: &Word, manner: Manner) -> Result<Field, Stop> {
        let mut fields = Fields::default();
        self.parts(&word.parts, manner, &mut fields).await?;
        Ok(fields.join())
    }

    /// A text of which dollars and backquotes are expanded, as in a prompt.
    pub(crate) async fn expand_text(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        let word = crate::shell::language::text_word(text, self.dialect).ok()?;
        self.expand_single(&word).await.ok()
    }

    /// The value of an arithmetic expression.
    pub(crate) async fn arithmetic(&mut self, word: &Word) -> Result<i64, Stop> {
        let text = self.expand_single(word).await?;
        self.evaluate(&text, None).await
    }

    /// The value of an expression that is expanded already; `builtin` speaks of its errors.
    pub(crate) async fn evaluate(&mut self, text: &[u8], builtin: Option<&str>) -> Result<i64, Stop> {
        self.refresh(text);
        let (dialect, nounset) = (self.dialect, self.options.nounset);
        match arithmetic::evaluate(text, &mut self.variables, dialect, nounset) {
            Ok(value) => Ok(value),
            Err(error) => {
                self.complain(builtin, error.text(dialect)).await;
                self.status = if dialect.is_bash() { 1 } else { 2 };
                Err(if dialect.is_bash() || self.interactive { Stop::Line } else { Stop::Exit })
            }
        }
    }

    /// Expands parts into fields.
    pub(super) fn parts<'a>(
        &'a mut self,
        parts: &'a [Part],
        manner: Manner,
        fields: &'a mut Fields,
    ) -> BoxFuture<'a, Flow> {
        Box::pin(async move {
            for (at, part) in parts.iter().enumerate() {
                let before = fields.size();
                self.part(part, at == 0, manner, fields).await?;
                let bytes = fields.size().saturating_sub(before);
                self.seat.work((bytes / BYTES_COUNTED) as u64).await;
                if at % PARTS_COUNTED == PARTS_COUNTED - 1 {
                    self.seat.work(PARTS_COUNTED as u64 / 4).await;
                }
                if fields.size() > caps::SHELL_EXPANSION || fields.count() > caps::SHELL_WORDS {
                    return Err(self.too_large().await);
                }
            }
            Ok(())
        })
    }

    async fn part(&mut self, part: &Part, first: bool, manner: Manner, fields: &mut Fields) -> Flow {
        match part {
            Part::Plain(bytes) => self.plain(bytes, first, manner, fields),
            Part::Quoted(bytes) => fields.push(bytes, true),
            Part::Double(inner) => {
                if !only_all(inner) {
                    fields.keep();
                }
                self.parts(inner, manner.in_quotes(), fields).await?;
            }
            Part::Parameter(parameter) => self.parameter(parameter, manner, fields).await?,
            Part::Command(list) => {
                let output = self.substitute(list).await?;
                self.result(&output, manner, fields);
            }
            Part::Arithmetic(word) => {
                let value = self.arithmetic(word).await?;
                self.result(value.to_string().as_bytes(), manner, fields);
            }
            Part::ProcessInput(list) => {
                let path = self.process_input(list).await?;
                fields.push(&path, true);
            }
            Part::ProcessOutput(list) => {
                let path = self.process_output(list).await?;
                fields.push(&path, true);
            }
            Part::Assignment(assignment) => {
                let text = self.assignment_text(assignment).await?;
                fields.push(&text, true);
            }
        }
        Ok(())
    }

    /// Adds the result of an expansion.
    pub(super) fn result(&self, bytes: &[u8], manner: Manner, fields: &mut Fields) {
        if manner.quoted {
            fields.push(bytes, true);
        } else if manner.split {
            fields.push_split(bytes, &self.separators());
        } else {
            fields.push(bytes, false);
        }
    }

    fn plain(&self, bytes: &[u8], first: bool, manner: Manner, fields: &mut Fields) {
        if manner.quoted {
            fields.push(bytes, true);
            return;
        }
        let mut rest = bytes;
        if first && let Some((home, length)) = self.tilde(rest, manner.assignment) {
            fields.push(&home, true);
            rest = rest.get(length..).unwrap_or_default();
        }
        if manner.plain_split {
            fields.push_split(rest, &self.separators());
            return;
        }
        if !manner.assignment {
            fields.push(rest, false);
            return;
        }
        while let Some(colon) = rest.iter().position(|byte| *byte == b':') {
            let (head, tail) = rest.split_at(colon + 1);
            fields.push(head, false);
            rest = tail;
            if let Some((home, length)) = self.tilde(rest, true) {
                fields.push(&home, true);
                rest = rest.get(length..).unwrap_or_default();
            }
        }
        fields.push(rest, false);
    }

    /// What a tilde at the beginning stands for, and how many bytes it takes.
    pub(crate) fn tilde(&self, bytes: &[u8], assignment: bool) -> Option<(Vec<u8>, usize)> {
        let rest = bytes.strip_prefix(b"~")?;
        let ends = |byte: &u8| *byte == b'/' || assignment && *byte == b':';
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let home = match rest.get(..length).unwrap_or_default() {
            b"" => match self.variables.scalar(b"HOME") {
                Some(home) => home.to_vec(),
                None => self.account.home.clone().into_bytes(),
            },
            b"+" if self.dialect.is_bash() => self.directory.clone(),
            b"-" if self.dialect.is_bash() => self.variables.scalar(b"OLDPWD")?.to_vec(),
            name => self.machine().account(std::str::from_utf8(name).ok()?)?.home.into_bytes(),
        };
        Some((home, length + 1))
    }

    /// What a list of commands says on standard output, without newlines at its end.
    async fn substitute(&mut self, list: &Arc<List>) -> Result<Vec<u8>, Stop> {
        let (mut output, exit) = self.capture(list).await?;
        self.substituted = Some(exit);
        self.status = exit;
        let whole = output.len();
        output.retain(|byte| *byte != 0);
        if output.len() < whole && self.dialect.is_bash() {
            self.complain(None, "warning: command substitution: ignored null byte in input").await;
        }
        while output.last() == Some(&b'\n') {
            output.pop();
        }
        Ok(output)
    }

    /// A path that reads what a list of commands says.
    async fn process_input(&mut self, list: &Arc<List>) -> Result<Vec<u8>, Stop> {
        let (output, _) = self.capture(list).await?;
        let path = format!("/dev/fd/{}", self.descriptors.free()).into_bytes();
        let number = self.descriptors.free();
        let reader = crate::shell::pipe::Reader::bytes(output);
        self.descriptors.put(number, crate::shell::state::Descriptor::reading(reader));
        Ok(path)
    }

    /// bash's `>(…)`: what is written there is read by the list once the command is over.
    async fn process_output(&mut self, list: &Arc<List>) -> Result<Vec<u8>, Stop> {
        let number = self.descriptors.free();
        let (reader, writer) = crate::shell::pipe::pipe(caps::SHELL_PIPE);
        self.descriptors.put(number, crate::shell::state::Descriptor::writing(writer));
        self.beside(list, reader).await?;
        Ok(format!("/dev/fd/{number}").into_bytes())
    }

    /// The paths that a pattern matches, sorted.
    async fn glob_paths(&mut self, field: &Field) -> Result<Vec<Vec<u8>>, Stop> {
        self.step().await?;
        let manner = super::glob::Manner {
            dots: self.options.shopt("dotglob"),
            extended: self.options.shopt("extglob"),
            ignore_case: self.options.shopt("nocaseglob"),
            deep: self.options.shopt("globstar"),
        };
        let mut effort = caps::SHELL_WORDS;
        let found = super::glob::paths(&self.files, field, manner, &mut effort);
        self.seat.work(((caps::SHELL_WORDS - effort) / NAMES_A_STEP) as u64).await;
        match found {
            Ok(paths) => Ok(paths),
            Err(Errno::NoSpace) => Err(self.too_large().await),
            Err(_) => Ok(Vec::new()),
        }
    }
}

/// Bytes of a word that are copied about in the time of one step.
const BYTES_COUNTED: usize = 256;

/// Names that are matched in the time of one step.
const NAMES_A_STEP: usize = 16;

/// Whether it is nothing but `$@`, which is no field when there are no parameters.
fn only_all(parts: &[Part]) -> bool {
    use crate::shell::language::ast::{Operation, Subscript};
    match parts {
        [Part::Parameter(parameter)] => {
            let whole = parameter.name == b"@" || matches!(parameter.subscript, Some(Subscript::Each));
            whole && !matches!(parameter.operation, Operation::Length)
        }
        _ => false,
    }
}
