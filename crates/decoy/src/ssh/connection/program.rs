//! A program that runs in a channel, and the pipes between the two.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::channel::{Channel, PACKET};
use crate::shell::{
    Exit,
    pipe::{Reader, Writer},
};

/// A future that is kept.
pub(super) type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a pipe holds, as Linux has it.
pub(super) const PIPE: usize = 64 * 1024;
/// Largest piece that is taken from a pipe, or put into one, at once.
const PIECE: usize = PACKET as usize;

/// The channel's ends of a program's pipes.
pub(super) struct Pipes {
    pub(super) input: Writer,
    pub(super) output: Reader,
    /// Absent when errors go where the output goes, or nowhere.
    pub(super) errors: Option<Reader>,
}

/// A program and its pipes, as a channel holds them.
pub(super) struct Program {
    run: Option<Pending<Exit>>,
    beside: Option<Pending<()>>,
    exit: Option<Exit>,
    /// Whether it ended with something to say, which the server hears before it hears of the end.
    last_words: bool,
    refused: bool,
    input: Option<Writer>,
    /// Whether the input stays open when the peer says that nothing more comes: a terminal's does.
    keeps_input: bool,
    feeding: Option<Pending<usize>>,
    output: Option<Reader>,
    reading: Option<Pending<Vec<u8>>>,
    errors: Option<Reader>,
    reading_errors: Option<Pending<Vec<u8>>>,
}

/// A future that reads a piece off a pipe.
fn read(reader: &Reader) -> Pending<Vec<u8>> {
    let reader = reader.clone();
    Box::pin(async move { reader.read(PIECE).await })
}

/// A future that writes a piece into a pipe; 0 when nobody reads there.
fn feed(writer: &Writer, bytes: Vec<u8>) -> Pending<usize> {
    let writer = writer.clone();
    Box::pin(async move {
        match writer.write(&bytes).await {
            Ok(()) => bytes.len(),
            Err(_) => 0,
        }
    })
}

impl Program {
    /// A program that runs as `run` does.
    pub(super) fn new(run: Pending<Exit>, pipes: Pipes, keeps_input: bool) -> Self {
        Self {
            run: Some(run),
            beside: None,
            exit: None,
            last_words: false,
            refused: false,
            input: Some(pipes.input),
            keeps_input,
            feeding: None,
            output: Some(pipes.output),
            reading: None,
            errors: pipes.errors,
            reading_errors: None,
        }
    }

    /// Ends it by a signal, if it still runs.
    pub(super) fn kill(&mut self, signal: &'static str) {
        if self.run.take().is_some() {
            self.exit = Some(Exit::Signal(signal));
            // What it had written is read once more before its end is told.
            (self.reading, self.reading_errors, self.last_words) = (None, None, false);
        }
    }

    /// How it ended, once: when what it had written by then is on its way, or waits for the peer.
    pub(super) fn take_exit(&mut self, channel: &Channel) -> Option<Exit> {
        if self.is_read(channel) { self.exit.take() } else { None }
    }

    fn is_read(&self, channel: &Channel) -> bool {
        let output = self.output.is_none() || self.reading.is_some() || !channel.wants_output();
        let errors = self.errors.is_none() || self.reading_errors.is_some() || !channel.wants_errors();
        output && errors
    }

    /// Whether that it ended is told before the end of what it wrote.
    pub(super) fn had_last_words(&self) -> bool {
        self.last_words
    }

    /// Whether it stopped reading, once.
    pub(super) fn take_refusal(&mut self) -> bool {
        std::mem::take(&mut self.refused)
    }

    /// Something small that is to happen beside it.
    pub(super) fn also(&mut self, beside: Pending<()>) {
        self.beside = Some(beside);
    }

    /// Moves what can be moved between channel and program; whether anything did.
    pub(super) fn poll(&mut self, channel: &mut Channel, cx: &mut Context<'_>) -> bool {
        let mut moved = self.poll_input(channel, cx);
        if self.beside.as_mut().is_some_and(|beside| beside.as_mut().poll(cx).is_ready()) {
            self.beside = None;
        }
        if let Some(run) = &mut self.run
            && let Poll::Ready(exit) = run.as_mut().poll(cx)
        {
            (self.run, self.exit) = (None, Some(exit));
            self.last_words = false;
            moved = true;
        }
        moved |= self.poll_output(channel, cx);
        moved |= self.poll_errors(channel, cx);
        // That it ended is told once nothing more can be read at once.
        moved || self.exit.is_some() && self.is_read(channel)
    }

    fn poll_input(&mut self, channel: &mut Channel, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        if let Some(feeding) = &mut self.feeding {
            let Poll::Ready(count) = feeding.as_mut().poll(cx) else { return false };
            self.feeding = None;
            moved = true;
            if count == 0 {
                // Nobody reads: the program sees no more of it, the peer sees that.
                self.input = None;
                self.refused = true;
            }
            channel.consume(count);
        }
        if self.input.is_some() && channel.input_is_closed() && !self.keeps_input {
            self.input = None;
            return true;
        }
        if let Some(input) = &self.input
            && channel.unread() > 0
        {
            self.feeding = Some(feed(input, channel.take_unread(PIECE)));
            return true;
        }
        moved
    }

    fn poll_output(&mut self, channel: &mut Channel, cx: &mut Context<'_>) -> bool {
        if !channel.output_is_open() {
            // Closed by the peer: the program writes into nothing.
            return self.output.take().is_some() | self.reading.take().is_some();
        }
        if !channel.wants_output() {
            return false;
        }
        let Some(output) = &self.output else { return false };
        let reading = self.reading.get_or_insert_with(|| read(output));
        let Poll::Ready(bytes) = reading.as_mut().poll(cx) else { return false };
        self.reading = None;
        if bytes.is_empty() {
            self.output = None;
        } else {
            self.last_words = self.exit.is_some();
        }
        channel.write(bytes);
        true
    }

    fn poll_errors(&mut self, channel: &mut Channel, cx: &mut Context<'_>) -> bool {
        if !channel.errors_are_open() {
            return self.errors.take().is_some() | self.reading_errors.take().is_some();
        }
        if !channel.wants_errors() {
            return false;
        }
        let Some(errors) = &self.errors else { return false };
        let reading = self.reading_errors.get_or_insert_with(|| read(errors));
        let Poll::Ready(bytes) = reading.as_mut().poll(cx) else { return false };
        self.reading_errors = None;
        if bytes.is_empty() {
            self.errors = None;
        } else {
            self.last_words = self.exit.is_some();
        }
        channel.write_errors(bytes);
        true
    }
}
