//! Texts of commands: strings, files, standard input.

use std::sync::Arc;

use super::super::{
    dialect::Dialect,
    interpreter::{Flow, Origin, Shell, Stop},
    language::{
        Fault, Parsed, Parser, Problem,
        ast::{Command, List},
    },
    pipe::Reader,
    process::BoxFuture,
};
use crate::{caps, machine::Distro, shell::watch};

/// Bytes that are parsed in the time of a step.
const BYTES_A_STEP: usize = 128;

/// A text of which one command after the other is read.
#[derive(Debug)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    at: usize,
    line: u32,
    /// Where more of it comes from.
    reader: Option<Reader>,
    /// Whether the shell has nothing to do after it.
    last: bool,
}

impl Text {
    /// A text that is there.
    pub(crate) fn whole(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), at: 0, line: 1, reader: None, last: false }
    }

    /// A text that is there, after which a shell ends.
    pub(crate) fn last(bytes: &[u8]) -> Self {
        Self { last: true, ..Self::whole(bytes) }
    }

    /// Says which line the text begins on.
    pub(crate) fn set_line(&mut self, line: u32) {
        self.line = line;
    }

    /// A text that comes line by line.
    pub(crate) fn coming(reader: Reader) -> Self {
        Self { bytes: Vec::new(), at: 0, line: 1, reader: Some(reader), last: false }
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Reads one more line; whether there was one.
    async fn more(&mut self) -> bool {
        let Some(reader) = &self.reader else { return false };
        let line = reader.read_line(caps::SHELL_LINE).await;
        self.bytes.drain(..std::mem::take(&mut self.at));
        if line.is_empty() || self.bytes.len() > caps::SHELL_LINE {
            self.reader = None;
            return false;
        }
        self.bytes.extend(line);
        true
    }
}

impl Shell {
    /// Parses the next command of a text.
    pub(crate) fn parse(&self, text: &[u8], line: u32, last: bool) -> Result<Parsed, Fault> {
        let aliases = |name: &[u8]| self.aliases.get(name).cloned();
        let parser = Parser::new(text, line, self.dialect, last);
        let parser = parser.with_extended(self.options.shopt("extglob"));
        let expands = !self.dialect.is_bash() || self.options.shopt("expand_aliases");
        if expands && !self.aliases.is_empty() {
            parser.with_aliases(&aliases).parse()
        } else {
            parser.parse()
        }
    }

    /// Counts the work of reading a text anew from its beginning, as each line does that is added to
    /// a command which is not whole yet.
    pub(crate) async fn reads_again(&self, text: &[u8]) {
        self.seat.work((text.len() / BYTES_A_STEP) as u64).await;
    }

    /// Runs all commands of a text.
    pub(crate) fn run_text(&mut self, text: Text, told: bool) -> BoxFuture<'_, Flow> {
        if !self.is_deep() {
            return self.run_text_here(text, told);
        }
        let mut moved = self.clone();
        let run: BoxFuture<'static, (Self, Flow)> = Box::pin(async move {
            let flow = moved.run_text_here(text, told).await;
            (moved, flow)
        });
        Box::pin(self.come_back(run))
    }

    fn run_text_here(&mut self, mut text: Text, told: bool) -> BoxFuture<'_, Flow> {
        Box::pin(async move {
            loop {
                if text.rest().is_empty() && !text.more().await {
                    return Ok(());
                }
                let parsed = match self.parse(text.rest(), text.line, text.reader.is_none()) {
                    Ok(parsed) => parsed,
                    Err(fault) if fault.is_incomplete() && text.more().await => {
                        self.reads_again(text.rest()).await;
                        continue;
                    }
                    Err(fault) if fault.is_incomplete() && text.reader.is_none() => {
                        // It may be whole after all, now that this is the end.
                        match self.parse(text.rest(), text.line, true) {
                            Ok(parsed) => parsed,
                            Err(fault) => return self.faulty(&fault, text.rest(), text.line).await,
                        }
                    }
                    Err(fault) => return self.faulty(&fault, text.rest(), text.line).await,
                };
                self.warn_of_cuts(&parsed).await;
                let source = text.rest().get(..parsed.consumed).unwrap_or_default().to_vec();
                text.at += parsed.consumed;
                text.line = parsed.line;
                if told && !parsed.list.items.is_empty() {
                    watch::told(self, &source);
                }
                if self.options.verbose {
                    self.print_error(&source).await;
                }
                if text.last && text.rest().trim_ascii().is_empty() {
                    self.last = self.last_of(&parsed.list);
                }
                if !self.options.noexec {
                    match self.run_list(&parsed.list).await {
                        Err(Stop::Line) if text.reader.is_some() && !self.dialect.is_bash() => {}
                        Err(Stop::Line) => return Err(self.line_ends()),
                        flow => flow?,
                    }
                }
            }
        })
    }

    /// The command whose program may take the place of the shell: the last of its text, if
    /// the shell is one that does so.
    fn last_of(&self, list: &List) -> Option<Arc<Command>> {
        let eager = match self.dialect {
            Dialect::Bash => !matches!(self.machine().distro(), Distro::Ubuntu20 | Distro::CentOs7),
            Dialect::Dash => return None,
            Dialect::Ash => true,
        };
        let item = list.items.last().filter(|item| !item.background)?;
        if !eager && (list.items.len() > 1 || !item.rest.is_empty()) {
            return None;
        }
        let pipeline = item.rest.last().map_or(&item.first, |(_, pipeline)| pipeline);
        let [command] = pipeline.commands.as_slice() else { return None };
        let plain = matches!(&**command, Command::Simple(simple) if simple.redirects.is_empty());
        (plain && !pipeline.negated && pipeline.timed.is_none()).then(|| Arc::clone(command))
    }

    /// What an error that ends a command line does to a text.
    fn line_ends(&self) -> Stop {
        if self.interactive { Stop::Line } else { Stop::Exit }
    }

    async fn warn_of_cuts(&mut self, parsed: &Parsed) {
        for (line, word) in &parsed.cut {
            if self.dialect.is_bash() {
                self.line = parsed.line;
                let head =
                    format!("warning: here-document at line {line} delimited by end-of-file (wanted `");
                self.complain(None, [head.as_bytes(), word, b"')"].concat()).await;
            }
        }
    }

    /// Says what is wrong with a text whose first line is number `first`.
    pub(crate) async fn faulty(&mut self, fault: &Fault, text: &[u8], first: u32) -> Flow {
        self.status = 2;
        self.line = fault.line;
        if !self.dialect.is_bash() {
            let dash = self.dialect == Dialect::Dash;
            let what = fault.posix_text(dash);
            let head: &[u8] = if dash { b"Syntax error: " } else { b"syntax error: " };
            let builtin = self.evaluating.then_some("eval");
            self.complain(builtin, [head, &what].concat()).await;
            return Err(if self.interactive { Stop::Line } else { Stop::Exit });
        }
        let (mut lines, mut shows) = bash_text(fault);
        if matches!(fault.problem, Problem::Condition(_)) && self.origin == Origin::String {
            // bash 5 forgets the rest, and its failure.
            lines.truncate(1);
            (shows, self.status) = (false, 0);
        }
        if matches!(fault.problem, Problem::End { .. } | Problem::Unclosed(b')')) && !text.ends_with(b"\n") {
            self.line += 1;
        }
        if shows && self.origin != Origin::Interactive {
            let number = usize::try_from(fault.line.saturating_sub(first)).unwrap_or(0);
            let shown = text.split(|byte| *byte == b'\n').nth(number).unwrap_or_default();
            lines.push([b"`", shown, b"'"].concat());
        }
        let head = self.fault_head();
        for line in lines {
            self.print_error([&head[..], &line, b"\n"].concat()).await;
        }
        if self.evaluating {
            return Ok(());
        }
        Err(if self.interactive { Stop::Line } else { Stop::Exit })
    }

    fn fault_head(&self) -> Vec<u8> {
        let mut head = self.name.clone();
        head.extend_from_slice(b": ");
        if self.evaluating {
            head.extend_from_slice(b"eval: ");
        } else if self.origin == Origin::String {
            head.extend_from_slice(b"-c: ");
        }
        if self.origin != Origin::Interactive || self.evaluating {
            head.extend_from_slice(format!("line {}: ", self.line).as_bytes());
        }
        head
    }

    /// Runs a string as commands, as `eval` and traps do; lines count from that of the
    /// caller.
    pub(crate) async fn run_string(&mut self, text: &[u8], evaluating: bool) -> Flow {
        if self.depth >= caps::SHELL_CALLS {
            self.complain(None, "maximum eval nesting level exceeded (48)").await;
            return Err(self.fatal(1));
        }
        self.depth += 1;
        let before = (self.line, self.evaluating);
        let mut source = Text::whole(text);
        source.line = self.line;
        self.evaluating |= evaluating;
        let flow = self.run_text(source, false).await;
        (self.line, self.evaluating) = before;
        self.depth -= 1;
        flow
    }
}

/// The lines that bash says, and whether it shows the text's line after them.
fn bash_text(fault: &Fault) -> (Vec<Vec<u8>>, bool) {
    match &fault.problem {
        Problem::Unexpected { token, .. } => {
            (vec![[b"syntax error near unexpected token `", &token[..], b"'"].concat()], true)
        }
        Problem::End { .. } => (vec![b"syntax error: unexpected end of file".to_vec()], false),
        Problem::Unclosed(byte) => {
            let text = [b"unexpected EOF while looking for matching `", &[*byte][..], b"'"].concat();
            (vec![text], false)
        }
        Problem::MissingBrace => (vec![b"unexpected EOF while looking for matching `}'".to_vec()], false),
        Problem::LoopVariable(name) => {
            (vec![[b"`", &name[..], b"': not a valid identifier"].concat()], false)
        }
        Problem::TooDeep => (vec![b"memory exhausted".to_vec()], false),
        Problem::Condition(text) => {
            let mut pieces = text.splitn(2, |byte| *byte == 0);
            let what = pieces.next().unwrap_or_default().to_vec();
            match pieces.next() {
                None => (vec![what], false),
                Some(token) => {
                    let near = [b"syntax error near `", token, b"'"].concat();
                    (vec![what, near], true)
                }
            }
        }
    }
}
