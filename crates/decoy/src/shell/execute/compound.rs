//! Compound commands.

use std::sync::Arc;

use super::super::{
    interpreter::{Flow, Function, Shell, Stop},
    language::{
        ast::{Arm, Command, Compound, List, Redirect, Then, Word},
        is_name,
    },
    process::BoxFuture,
};
use crate::caps;

impl Shell {
    /// Runs one command of a pipeline.
    pub(super) fn command<'a>(&'a mut self, command: &'a Command) -> BoxFuture<'a, Flow> {
        Box::pin(async move {
            match command {
                Command::Simple(simple) => self.simple(simple).await,
                Command::Compound { body, redirects, line } => {
                    self.line = *line;
                    self.redirected(body, redirects).await
                }
                Command::Function { name, body, text } => {
                    let function = Function { body: Arc::clone(body), text: Arc::clone(text) };
                    let sizes = self.functions.values().map(|function| function.text.len());
                    if self.functions.len() < caps::SHELL_FUNCTIONS && Self::has_room(sizes, text.len()) {
                        Arc::make_mut(&mut self.functions).insert(name.clone(), function);
                    }
                    self.status = 0;
                    Ok(())
                }
            }
        })
    }

    async fn redirected(&mut self, body: &Compound, redirects: &[Redirect]) -> Flow {
        if redirects.is_empty() {
            return self.compound(body).await;
        }
        let before = self.descriptors.clone();
        if !self.redirect(redirects).await? {
            self.descriptors = before;
            self.status = if self.dialect.is_dash() { 2 } else { 1 };
            return Ok(());
        }
        let flow = self.compound(body).await;
        self.descriptors = before;
        flow
    }

    async fn compound(&mut self, body: &Compound) -> Flow {
        match body {
            Compound::Group(list) => self.run_list(list).await,
            Compound::Subshell(list) => {
                let (mut child, forked) = self.fork().await?;
                let list = list.clone();
                let run = async move {
                    let flow = child.run_list(&list).await;
                    let status = child.finish(flow).await;
                    drop(forked);
                    status
                };
                let statuses = self.wait_for(vec![Box::pin(run)], b"( ... )").await?;
                self.status = statuses.last().copied().unwrap_or(0);
                Ok(())
            }
            Compound::If { arms, otherwise } => self.conditional(arms, otherwise.as_ref()).await,
            Compound::Loop { until, condition, body } => self.repeat(*until, condition, body).await,
            Compound::For { name, words, body } => self.for_each(name, words.as_deref(), body).await,
            Compound::Select { name, words, body } => self.select(name, words.as_deref(), body).await,
            Compound::Count { start, condition, step, body } => {
                self.count((start, condition, step), body).await
            }
            Compound::Case { word, arms } => self.case(word, arms).await,
            Compound::Arithmetic(word) => {
                let value = self.arithmetic(word).await;
                match value {
                    Ok(value) => self.status = u8::from(value == 0),
                    // bash goes on after an error in `(( ))`.
                    Err(Stop::Line) if self.dialect.is_bash() => self.status = 1,
                    Err(stop) => return Err(stop),
                }
                Ok(())
            }
            Compound::Condition(condition) => {
                let met = self.condition(condition).await?;
                self.status = met;
                Ok(())
            }
        }
    }

    async fn tested_list(&mut self, list: &List) -> Result<bool, Stop> {
        let tested = std::mem::replace(&mut self.tested, true);
        let flow = self.run_list(list).await;
        self.tested = tested;
        flow?;
        Ok(self.status == 0)
    }

    async fn conditional(&mut self, arms: &[(List, List)], otherwise: Option<&List>) -> Flow {
        for (condition, body) in arms {
            if self.tested_list(condition).await? {
                return self.run_list(body).await;
            }
        }
        self.status = 0;
        match otherwise {
            Some(list) => self.run_list(list).await,
            None => Ok(()),
        }
    }

    /// Runs the body of a loop once; whether the loop goes on.
    async fn turn(&mut self, body: &List) -> Result<bool, Stop> {
        self.step().await?;
        match self.run_list(body).await {
            Ok(()) => Ok(true),
            Err(Stop::Break(1)) => Ok(false),
            Err(Stop::Break(levels)) => Err(Stop::Break(levels - 1)),
            Err(Stop::Continue(1)) => Ok(true),
            Err(Stop::Continue(levels)) => Err(Stop::Continue(levels - 1)),
            Err(stop) => Err(stop),
        }
    }

    async fn repeat(&mut self, until: bool, condition: &List, body: &List) -> Flow {
        self.loops += 1;
        let flow = self.repeat_inner(until, condition, body).await;
        self.loops -= 1;
        flow
    }

    async fn repeat_inner(&mut self, until: bool, condition: &List, body: &List) -> Flow {
        let mut status = 0;
        loop {
            self.step().await?;
            let met = match self.tested_list(condition).await {
                Ok(met) => met,
                Err(Stop::Break(1)) => break,
                Err(Stop::Break(levels)) => return Err(Stop::Break(levels - 1)),
                Err(Stop::Continue(1)) => continue,
                Err(stop) => return Err(stop),
            };
            if met == until {
                break;
            }
            let more = self.turn(body).await?;
            status = self.status;
            if !more {
                break;
            }
        }
        self.status = status;
        Ok(())
    }

    async fn for_each(&mut self, name: &[u8], words: Option<&[Word]>, body: &List) -> Flow {
        if !is_name(name) {
            let text = [b"`", name, b"': not a valid identifier"].concat();
            self.complain(None, text).await;
            self.status = 1;
            return Ok(());
        }
        let values = match words {
            Some(words) => self.expand_words(words).await?,
            None => self.positional.to_vec(),
        };
        self.loops += 1;
        self.status = 0;
        let mut flow = Ok(());
        for value in values {
            let assigned = self.variables.set(name, value);
            flow = self.assigned(name, assigned).await;
            if flow.is_err() {
                break;
            }
            match self.turn(body).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(stop) => {
                    flow = Err(stop);
                    break;
                }
            }
        }
        self.loops -= 1;
        flow
    }

    async fn count(&mut self, (start, condition, step): (&Word, &Word, &Word), body: &List) -> Flow {
        self.arithmetic(start).await?;
        let endless = self.expand_single(condition).await?.trim_ascii().is_empty();
        self.loops += 1;
        self.status = 0;
        let flow = self.count_turns(condition, endless, step, body).await;
        self.loops -= 1;
        flow
    }

    async fn count_turns(&mut self, condition: &Word, endless: bool, step: &Word, body: &List) -> Flow {
        while endless || self.arithmetic(condition).await? != 0 {
            if !self.turn(body).await? {
                break;
            }
            self.arithmetic(step).await?;
        }
        Ok(())
    }

    async fn case(&mut self, word: &Word, arms: &[Arm]) -> Flow {
        let value = self.expand_single(word).await?;
        self.status = 0;
        let mut falling = false;
        for arm in arms {
            if !falling && !self.arm_matches(arm, &value).await? {
                continue;
            }
            self.run_list(&arm.body).await?;
            match arm.then {
                Then::Leave => return Ok(()),
                Then::FallThrough => falling = true,
                Then::TryNext => falling = false,
            }
        }
        Ok(())
    }

    async fn arm_matches(&mut self, arm: &Arm, value: &[u8]) -> Result<bool, Stop> {
        for pattern in &arm.patterns {
            if self.expand_pattern(pattern).await?.matches(value) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn select(&mut self, name: &[u8], words: Option<&[Word]>, body: &List) -> Flow {
        let values = match words {
            Some(words) => self.expand_words(words).await?,
            None => self.positional.to_vec(),
        };
        if values.is_empty() {
            self.status = 0;
            return Ok(());
        }
        self.loops += 1;
        let flow = self.select_turns(name, &values, body).await;
        self.loops -= 1;
        flow
    }

    async fn select_turns(&mut self, name: &[u8], values: &[Vec<u8>], body: &List) -> Flow {
        let mut menu = true;
        loop {
            if menu {
                let mut text = Vec::new();
                for (at, value) in values.iter().enumerate() {
                    text.extend_from_slice(format!("{}) ", at + 1).as_bytes());
                    text.extend_from_slice(value);
                    text.push(b'\n');
                }
                self.print_error(text).await;
            }
            let prompt = self.variables.scalar(b"PS3").unwrap_or(b"#? ").to_vec();
            self.print_error(prompt).await;
            let line = self.read_line(0).await?;
            if !line.ends_with(b"\n") {
                self.print("\n").await?;
                self.status = 1;
                return Ok(());
            }
            let reply = line.trim_ascii().to_vec();
            menu = reply.is_empty();
            if menu {
                continue;
            }
            let number = std::str::from_utf8(&reply).ok().and_then(|text| text.parse::<usize>().ok());
            let chosen =
                number.and_then(|number| values.get(number.checked_sub(1)?)).cloned().unwrap_or_default();
            self.variables.set(b"REPLY", reply);
            self.variables.set(name, chosen);
            if !self.turn(body).await? {
                return Ok(());
            }
        }
    }
}
