//! Lists, and-or lists and pipelines.

use std::sync::Arc;

use super::{
    super::{
        interpreter::{Flow, Shell, Stop},
        language::ast::{Command, Item, Junction, List, Pipeline},
        pipe::pipe,
        process::BoxFuture,
        seat::Forked,
        state::Descriptor,
    },
    time::Stopwatch,
};
use crate::caps;

impl Shell {
    /// Runs commands one after another.
    pub(crate) fn run_list<'a>(&'a mut self, list: &'a List) -> BoxFuture<'a, Flow> {
        Box::pin(async move {
            for item in &list.items {
                self.step().await?;
                if self.options.noexec && !self.interactive {
                    return Ok(());
                }
                let flow = match item.background {
                    true => self.background(item).await,
                    false => self.and_or(item).await,
                };
                self.trapped(flow).await?;
            }
            Ok(())
        })
    }

    /// What comes of a signal that there is a trap for: the list goes on after it.
    pub(crate) async fn trapped(&mut self, flow: Flow) -> Flow {
        match flow {
            // At a terminal, what runs in the foreground has its keys' signals for itself.
            Err(Stop::Signal(name)) if self.traps.contains_key(name) && !self.interactive => {
                self.run_trap(name).await
            }
            flow => flow,
        }
    }

    /// Runs an and-or list.
    pub(super) async fn and_or(&mut self, item: &Item) -> Flow {
        let last = item.rest.len();
        let mut next = Some(&item.first);
        let mut at = 0;
        loop {
            if let Some(pipeline) = next {
                let tested = self.tested;
                self.tested |= at < last || pipeline.negated;
                let flow = self.pipeline(pipeline).await;
                self.tested = tested;
                flow?;
                if at == last && !pipeline.negated {
                    self.check_failure().await?;
                }
            }
            let Some((junction, pipeline)) = item.rest.get(at) else { return Ok(()) };
            at += 1;
            let wanted = (self.status == 0) == (*junction == Junction::And);
            next = wanted.then_some(pipeline);
        }
    }

    /// What `set -e` and a trap on `ERR` do after a failure.
    async fn check_failure(&mut self) -> Flow {
        if self.status == 0 || self.tested {
            return Ok(());
        }
        if self.traps.contains_key("ERR") {
            let status = self.status;
            self.run_trap("ERR").await?;
            self.status = status;
        }
        if self.options.errexit { Err(Stop::Exit) } else { Ok(()) }
    }

    async fn pipeline(&mut self, pipeline: &Pipeline) -> Flow {
        let stopwatch = pipeline.timed.map(|timed| (timed, Stopwatch::start(self)));
        let flow = match pipeline.commands.as_slice() {
            [] => {
                self.status = 0;
                Ok(())
            }
            [command] => {
                let last = self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, command));
                self.embodied |= last && !self.subshell && self.traps.is_empty();
                let flow = self.command(command).await;
                if flow.is_ok() {
                    self.set_pipe_statuses(&[self.status]);
                }
                flow
            }
            commands => self.pipe(commands, &pipeline.text).await,
        };
        if let Some((timed, stopwatch)) = stopwatch {
            let text = stopwatch.text(self, timed);
            self.print_error(text).await;
        }
        flow?;
        if pipeline.negated {
            self.status = u8::from(self.status == 0);
        }
        Ok(())
    }

    async fn pipe(&mut self, commands: &[Arc<Command>], text: &[u8]) -> Flow {
        let mut stages = Vec::new();
        let mut input = None;
        for (at, command) in commands.iter().enumerate() {
            let (next, output) = if at + 1 < commands.len() {
                let (reader, writer) = pipe(caps::SHELL_PIPE);
                (Some(reader), Some(writer))
            } else {
                (None, None)
            };
            let (mut stage, forked) = self.fork().await?;
            if let Some(reader) = input.take() {
                stage.descriptors.put(0, Descriptor::reading(reader));
            }
            if let Some(writer) = output {
                stage.descriptors.put(1, Descriptor::writing(writer));
            }
            input = next;
            let command = Arc::clone(command);
            stages.push(Box::pin(stage.stage(command, forked)) as BoxFuture<'static, u8>);
        }
        let statuses = self.wait_for(stages, text).await?;
        self.set_pipe_statuses(&statuses);
        self.status = statuses.last().copied().unwrap_or(0);
        if self.options.pipefail {
            self.status = statuses.iter().rev().copied().find(|status| *status != 0).unwrap_or(0);
        }
        Ok(())
    }

    /// One command of a pipeline, in a shell of its own.
    async fn stage(mut self, command: Arc<Command>, forked: Forked) -> u8 {
        let flow = self.command(&command).await;
        let status = self.finish(flow).await;
        drop(forked);
        status
    }

    fn set_pipe_statuses(&mut self, statuses: &[u8]) {
        if self.dialect.is_bash() {
            self.variables.change(b"PIPESTATUS", |variable| {
                let values = statuses.iter().enumerate();
                let values = values.map(|(at, status)| (at as i64, status.to_string().into_bytes()));
                variable.content = crate::shell::state::Content::Indexed(values.collect());
            });
        }
    }

    /// A subshell, counted among the processes of the visit.
    pub(super) async fn fork(&mut self) -> Result<(Self, Forked), Stop> {
        let forked = self.seat.fork().filter(|_| self.depth < caps::SHELL_CALLS);
        let Some(forked) = forked else {
            let text: &[u8] = match self.dialect {
                crate::shell::dialect::Dialect::Bash => b"fork: retry: Resource temporarily unavailable",
                crate::shell::dialect::Dialect::Dash => b"Cannot fork",
                crate::shell::dialect::Dialect::Ash => b"can't fork: Resource temporarily unavailable",
            };
            self.complain(None, text).await;
            self.status = if self.dialect.is_bash() { 254 } else { 2 };
            return Err(if self.interactive { Stop::Line } else { Stop::Exit });
        };
        let mut child = self.clone();
        child.subshell = true;
        child.interactive = false;
        child.embodied = false;
        child.depth += 1;
        child.loops = 0;
        let ignored = self.traps.iter().filter(|(_, command)| command.is_empty());
        child.traps = Arc::new(ignored.map(|(name, command)| (name.clone(), command.clone())).collect());
        Ok((child, forked))
    }

    /// The end of a subshell or shell: its trap on `EXIT`, and its status.
    pub(crate) async fn finish(&mut self, flow: Flow) -> u8 {
        let status = self.status;
        if !self.broken && !matches!(flow, Err(Stop::Signal(_))) && self.traps.contains_key("EXIT") {
            let _ = self.run_trap("EXIT").await;
            return if self.trap_exited { self.status } else { status };
        }
        status
    }

    /// Runs what `trap` set for a signal or event, once if it is the end.
    pub(crate) async fn run_trap(&mut self, name: &str) -> Flow {
        let Some(command) = self.traps.get(name).cloned() else { return Ok(()) };
        let status = self.status;
        let mut removed = None;
        if matches!(name, "EXIT" | "ERR") {
            removed = Arc::make_mut(&mut self.traps).remove(name);
        }
        let flow = self.run_string(&command, false).await;
        self.trap_exited = matches!(flow, Err(Stop::Exit));
        if flow.is_ok() && name != "EXIT" {
            self.status = status;
        }
        if name == "ERR"
            && let Some(command) = removed
        {
            Arc::make_mut(&mut self.traps).insert(name.to_owned(), command);
        }
        flow
    }
}
