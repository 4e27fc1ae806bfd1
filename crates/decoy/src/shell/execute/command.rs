//! Simple commands: functions, builtins, programs.

use std::sync::Arc;

use super::super::{
    builtins::{self, Builtin},
    expand::quote,
    interpreter::{Flow, Shell, Stop},
    language::ast::{Assignment, Command, Simple, Value},
    process::BoxFuture,
};
use super::foreground::Guard;
use crate::caps;

/// What a name means as a command.
pub(crate) enum Meaning {
    Function,
    Builtin(&'static Builtin),
    Program,
}

impl Shell {
    pub(super) async fn simple(&mut self, simple: &Simple) -> Flow {
        self.line = simple.line;
        self.previous = self.status;
        self.substituted = None;
        self.arrays.clear();
        let arguments = self.expand_words(&simple.words).await?;
        let descriptors = self.descriptors.clone();
        if arguments.is_empty() {
            return self.without_command(simple, descriptors).await;
        }
        self.trace(&simple.assignments, &arguments).await?;
        if !simple.redirects.is_empty() && !self.redirect(&simple.redirects).await? {
            self.descriptors = descriptors;
            return self.redirect_failed(&arguments).await;
        }
        let name = arguments.first().cloned().unwrap_or_default();
        let meaning = self.meaning(&name);
        self.embodied &= matches!(meaning, Meaning::Program);
        let keeps = matches!(meaning, Meaning::Builtin(builtin) if builtin.name == "exec");
        let flow = self.run_meaning(meaning, &simple.assignments, arguments).await;
        if !keeps {
            self.descriptors = descriptors;
        }
        flow
    }

    /// A redirection of a special builtin that fails ends a POSIX shell.
    async fn redirect_failed(&mut self, arguments: &[Vec<u8>]) -> Flow {
        let special = arguments.first().and_then(|name| builtins::find(name, self.dialect));
        self.status = if self.dialect.is_dash() { 2 } else { 1 };
        let ends =
            special.is_some_and(|builtin| builtin.special) && !self.dialect.is_bash() && !self.interactive;
        if ends { Err(Stop::Exit) } else { Ok(()) }
    }

    async fn without_command(
        &mut self,
        simple: &Simple,
        descriptors: super::super::state::Descriptors,
    ) -> Flow {
        self.status = 0;
        for assignment in &simple.assignments {
            self.assign(assignment).await?;
            self.trace_assignment(assignment).await?;
        }
        if let Some(status) = self.substituted.take() {
            self.status = status;
        }
        if !simple.redirects.is_empty() {
            let done = self.redirect(&simple.redirects).await?;
            self.descriptors = descriptors;
            if !done {
                self.status = if self.dialect.is_dash() { 2 } else { 1 };
            }
        }
        Ok(())
    }

    /// What a name means here.
    pub(crate) fn meaning(&self, name: &[u8]) -> Meaning {
        let builtin =
            builtins::find(name, self.dialect).filter(|_| !self.disabled.iter().any(|known| known == name));
        match builtin {
            Some(builtin) if builtin.special && !self.dialect.is_bash() => Meaning::Builtin(builtin),
            _ if self.functions.contains_key(name) => Meaning::Function,
            Some(builtin) => Meaning::Builtin(builtin),
            None => Meaning::Program,
        }
    }

    /// Runs what a name means with arguments, the name among them.
    async fn run_meaning(
        &mut self,
        meaning: Meaning,
        assignments: &[Assignment],
        arguments: Vec<Vec<u8>>,
    ) -> Flow {
        if let Meaning::Builtin(builtin) = &meaning
            && (builtin.special && !self.dialect.is_bash() || builtin.name == "exec")
        {
            for assignment in assignments {
                self.assign(assignment).await?;
            }
            return self.builtin(builtin, &arguments).await;
        }
        let before = self.assign_for_now(assignments).await?;
        let flow = match meaning {
            Meaning::Function => self.call(arguments).await,
            Meaning::Builtin(builtin) => self.builtin(builtin, &arguments).await,
            Meaning::Program => self.program(arguments).await,
        };
        self.restore(before);
        flow
    }

    /// Runs arguments as a command, functions aside when `plain`.
    pub(crate) fn run_arguments(&mut self, arguments: Vec<Vec<u8>>, plain: bool) -> BoxFuture<'_, Flow> {
        Box::pin(async move {
            let name = arguments.first().cloned().unwrap_or_default();
            let meaning = match self.meaning(&name) {
                Meaning::Function if plain => match builtins::find(&name, self.dialect) {
                    Some(builtin) => Meaning::Builtin(builtin),
                    None => Meaning::Program,
                },
                meaning => meaning,
            };
            self.run_meaning(meaning, &[], arguments).await
        })
    }

    /// Runs a program in the place of the shell.
    pub(crate) async fn run_program(&mut self, arguments: Vec<Vec<u8>>) -> Flow {
        self.program(arguments).await
    }

    async fn builtin(&mut self, builtin: &Builtin, arguments: &[Vec<u8>]) -> Flow {
        self.status = 0;
        let flow = (builtin.run)(self, arguments).await;
        let ends = builtin.special || self.dialect.is_bash() || matches!(builtin.name, "command" | "local");
        match flow {
            // An error of a builtin that is not special does not end a POSIX shell.
            Err(Stop::Exit | Stop::Line) if !ends && !self.broken => Ok(()),
            flow => flow,
        }
    }

    /// Calls a function.
    fn call(&mut self, mut arguments: Vec<Vec<u8>>) -> BoxFuture<'_, Flow> {
        Box::pin(async move {
            let name = arguments.remove(0);
            let Some(function) = self.functions.get(&name).cloned() else { return Ok(()) };
            if self.depth >= caps::SHELL_CALLS {
                let text = [&name[..], b": maximum function nesting level exceeded (48)"].concat();
                self.complain(None, text).await;
                return Err(self.fatal(1));
            }
            let size = arguments.iter().map(|argument| argument.len() + 24).sum();
            let Some(_memory) = self.seat.witness().claim(size) else {
                self.complain(None, format!("xmalloc: cannot allocate {size} bytes")).await;
                return Err(self.fatal(2));
            };
            self.depth += 1;
            let positional = std::mem::replace(&mut self.positional, Arc::new(arguments));
            let returns = std::mem::replace(&mut self.returns, true);
            let loops = std::mem::take(&mut self.loops);
            let line = self.line;
            self.variables.push_scope();
            if self.dialect.is_bash() {
                self.variables.make_local(b"FUNCNAME");
                self.variables.set(b"FUNCNAME", name);
            }
            let flow = self.body(&function.body).await;
            self.variables.pop_scope();
            (self.positional, self.returns, self.loops) = (positional, returns, loops);
            self.line = line;
            self.depth -= 1;
            match flow {
                Err(Stop::Return) => Ok(()),
                flow => flow,
            }
        })
    }

    /// Runs the body of a function, on a stack of its own when calls are deep.
    async fn body(&mut self, body: &Arc<Command>) -> Flow {
        if !self.is_deep() {
            return self.command(body).await;
        }
        let (mut moved, body) = (self.clone(), Arc::clone(body));
        let run: BoxFuture<'static, (Self, Flow)> = Box::pin(async move {
            let flow = moved.command(&body).await;
            (moved, flow)
        });
        self.come_back(run).await
    }

    /// Lets a copy of the shell run as a task, and goes on as that copy.
    pub(super) async fn come_back(&mut self, run: BoxFuture<'static, (Self, Flow)>) -> Flow {
        let handle = self.seat.spawn(run);
        let guard = Guard::new(handle.abort_handle());
        let over = handle.await;
        drop(guard);
        match over {
            Ok((moved, flow)) => {
                *self = moved;
                flow
            }
            Err(_) => Err(self.interrupted("KILL")),
        }
    }

    /// What `set -x` shows of a command.
    async fn trace(&mut self, assignments: &[Assignment], arguments: &[Vec<u8>]) -> Flow {
        if !self.options.xtrace {
            return Ok(());
        }
        let mut line = self.trace_prompt();
        let mut words = Vec::new();
        for assignment in assignments {
            if let Value::Word(word) = &assignment.value {
                let value = self.expand_value(word).await?;
                words.push([&assignment.name[..], b"=", &traced(&value)].concat());
            }
        }
        let quoting = !self.dialect.is_dash();
        let reserves = |word: &[u8]| {
            self.dialect == super::super::dialect::Dialect::Ash
                && super::super::language::reserved(word, self.dialect)
        };
        words.extend(arguments.iter().map(|word| match quoting {
            true if reserves(word) => quote(word),
            true => traced(word),
            false => word.clone(),
        }));
        line.extend(words.join(&b' '));
        line.push(b'\n');
        self.print_error(line).await;
        Ok(())
    }

    async fn trace_assignment(&mut self, assignment: &Assignment) -> Flow {
        if self.options.xtrace && matches!(assignment.value, Value::Word(_)) {
            let value = self.variables.scalar(&assignment.name).unwrap_or_default().to_vec();
            let mut line = self.trace_prompt();
            line.extend([&assignment.name[..], b"=", &traced(&value), b"\n"].concat());
            self.print_error(line).await;
        }
        Ok(())
    }

    fn trace_prompt(&self) -> Vec<u8> {
        let prompt = self.variables.scalar(b"PS4").unwrap_or(b"+ ").to_vec();
        let again = prompt.first().copied().filter(|_| self.dialect.is_bash() && self.subshell);
        again.into_iter().chain(prompt).collect()
    }
}

/// A word as `set -x` shows it: quoted only when it must be.
fn traced(word: &[u8]) -> Vec<u8> {
    let plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./:=,%@+^#~{}]".contains(byte) || *byte >= 0x80;
    let safe =
        !word.is_empty() && word.iter().all(plain) && !word.starts_with(b"~") && !word.starts_with(b"#");
    if safe { word.to_vec() } else { quote(word) }
}
