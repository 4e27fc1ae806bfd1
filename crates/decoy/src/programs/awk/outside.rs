//! Commands that a program runs, and files that it reads by name.
//!
//! A run of a program never waits: where it needs an answer from outside it stops, and once the
//! answer is there it is run again from the start, with all answers so far.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use super::{run::Machine, tree::Expr, value::Value};
use crate::{
    caps,
    shell::{
        Exit, Process,
        pipe::{Reader, Writer},
    },
};

/// Questions of one run at most.
pub(super) const MOST: usize = 128;

/// What a program needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Run this command.
    System(Vec<u8>),
    /// What this command writes.
    Output(Vec<u8>),
    /// What this file holds.
    File(Vec<u8>),
    /// Run this command with that input.
    Input(Vec<u8>, Vec<u8>),
}

/// What it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Status(u8),
    Text(Vec<u8>),
    Missing,
}

/// What a run has asked and been told.
#[derive(Default)]
pub(super) struct Outside {
    answers: VecDeque<Answer>,
    /// What it stopped for, and the steps that were left.
    pub(super) need: Option<(Ask, usize)>,
    readers: Vec<(Vec<u8>, VecDeque<Vec<u8>>)>,
    /// Commands that are written to, and what.
    pub(super) pipes: Vec<(Vec<u8>, Vec<u8>)>,
    /// How much of the output was written when a command was last started.
    pub(super) flushed: usize,
}

impl Outside {
    /// With the answers to its first questions.
    pub(super) fn knowing(answers: &[Answer]) -> Self {
        Self { answers: answers.to_vec().into(), ..Self::default() }
    }

    /// Whether it has stopped.
    pub(super) const fn is_waiting(&self) -> bool {
        self.need.is_some()
    }
}

impl Machine {
    fn ask(&mut self, ask: Ask) -> Option<Answer> {
        if self.outside.is_waiting() {
            return None;
        }
        if !matches!(ask, Ask::Input(..)) {
            self.outside.flushed = self.out.len();
        }
        let answer = self.outside.answers.pop_front();
        if answer.is_none() {
            self.outside.need = Some((ask, self.steps));
            self.steps = 0;
        }
        answer
    }

    /// How a command ended.
    pub(super) fn status_of(&mut self, ask: Ask) -> f64 {
        match self.ask(ask) {
            Some(Answer::Status(status)) => status.into(),
            _ => 0.0,
        }
    }

    /// The next line of the input, into a variable or the record.
    pub(super) fn next_line(&mut self, into: Option<&Expr>) -> Value {
        let before = self.record.clone();
        if !self.read() {
            return Value::Number(0.0);
        }
        if let Some(into) = into {
            let line = std::mem::take(&mut self.record);
            self.set_record(before);
            self.store(into, Value::Input(line));
        }
        Value::Number(1.0)
    }

    /// The next line of a command or a file.
    pub(super) fn line_of(&mut self, ask: Ask, into: Option<&Expr>) -> Value {
        let (Ask::Output(name) | Ask::File(name)) = &ask else { return Value::Number(-1.0) };
        let name = name.clone();
        if !self.outside.readers.iter().any(|(known, _)| *known == name) {
            let text = match self.ask(ask) {
                Some(Answer::Text(text)) => text,
                _ => return Value::Number(-1.0),
            };
            let lines = self.records(&text).into();
            if self.outside.readers.len() < MOST {
                self.outside.readers.push((name.clone(), lines));
            }
        }
        let reader = self.outside.readers.iter_mut().find(|(known, _)| *known == name);
        let Some(line) = reader.and_then(|(_, lines)| lines.pop_front()) else { return Value::Number(0.0) };
        match into {
            Some(into) => drop(self.store(into, Value::Input(line))),
            None => self.set_record(line),
        }
        Value::Number(1.0)
    }

    /// Writes to a command.
    pub(super) fn pour(&mut self, command: Vec<u8>, text: &[u8]) {
        let pipes = &mut self.outside.pipes;
        if let Some((_, held)) = pipes.iter_mut().find(|(known, _)| *known == command) {
            held.extend(text.iter().take(caps::PROGRAM_INPUT.saturating_sub(held.len())));
        } else if pipes.len() < MOST {
            pipes.push((command, text.to_vec()));
            self.outside.flushed = self.out.len();
        }
    }

    /// Closes what has that name.
    pub(super) fn close(&mut self, name: &[u8]) -> f64 {
        if let Some(at) = self.outside.readers.iter().position(|(known, _)| known == name) {
            self.outside.readers.remove(at);
            return 0.0;
        }
        if let Some(at) = self.outside.pipes.iter().position(|(known, _)| known == name) {
            let (command, text) = self.outside.pipes.remove(at);
            return self.status_of(Ask::Input(command, text));
        }
        if self.files.iter().any(|(known, ..)| known == name) { 0.0 } else { -1.0 }
    }
}

/// Finds the answer.
pub(super) async fn answer(process: &mut Process, ask: Ask) -> Answer {
    let shell = |command: Vec<u8>| vec![b"sh".to_vec(), b"-c".to_vec(), command];
    match ask {
        Ask::System(command) => Answer::Status(status(process.execute(shell(command)).await)),
        Ask::Output(command) => {
            let held = Arc::new(Mutex::new(Vec::new()));
            let kept =
                std::mem::replace(&mut process.output, Writer::bytes(Arc::clone(&held), caps::PROGRAM_INPUT));
            let _ = process.execute(shell(command)).await;
            process.output = kept;
            let text = std::mem::take(&mut *held.lock().unwrap_or_else(PoisonError::into_inner));
            Answer::Text(text)
        }
        Ask::File(name) => match process.read_input(&name).await {
            Ok(text) => Answer::Text(text),
            Err(_) => Answer::Missing,
        },
        Ask::Input(command, text) => {
            let kept = std::mem::replace(&mut process.input, Reader::bytes(text));
            let exit = process.execute(shell(command)).await;
            process.input = kept;
            Answer::Status(status(exit))
        }
    }
}

fn status(exit: Result<Exit, crate::machine::Errno>) -> u8 {
    exit.map_or(127, Exit::status)
}
