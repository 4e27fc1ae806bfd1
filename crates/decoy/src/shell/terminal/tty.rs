//! A terminal: keyboard, screen, and the recording of both.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::{
    discipline::{Discipline, Mode},
    record::{Direction, Head, Recorder},
};
use crate::{
    conn::Witness,
    machine::Errno,
    shell::{
        pipe::{Reader, Writer},
        signals::Signals,
    },
};

/// Size of a window in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// The terminal of a visit.
#[derive(Debug)]
pub struct Tty {
    name: String,
    device: String,
    size: watch::Receiver<Size>,
    discipline: Mutex<Discipline>,
    changed: Notify,
    screen: Writer,
    signals: Arc<Signals>,
    recorder: tokio::sync::Mutex<Recorder>,
}

/// What a terminal is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Value of `TERM`.
    pub(crate) name: String,
    /// The device without `/dev/`, as `pts/0`.
    pub(crate) device: String,
    pub(crate) size: watch::Receiver<Size>,
    pub(crate) screen: Writer,
    pub(crate) signals: Arc<Signals>,
}

impl Tty {
    /// A terminal that shows itself on `parts.screen`.
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            name: parts.name,
            device: parts.device,
            size: parts.size,
            discipline: Mutex::new(Discipline::new()),
            changed: Notify::new(),
            screen: parts.screen,
            signals: parts.signals,
            recorder: tokio::sync::Mutex::new(Recorder::none()),
        }
    }

    /// Begins to record.
    pub(crate) async fn record(&self, witness: &Witness, shell: &str, title: &str, timestamp: i64) {
        let head = Head { size: self.size(), timestamp, shell, term: &self.name, title };
        *self.recorder.lock().await = Recorder::begin(witness, &self.device, head).await;
    }

    /// Ends the recording.
    pub(crate) fn finish(&self) {
        if let Ok(mut recorder) = self.recorder.try_lock() {
            recorder.finish();
        }
    }

    /// Value of `TERM`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The device without `/dev/`, as `pts/0`.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Size of the window now.
    pub fn size(&self) -> Size {
        *self.size.borrow()
    }

    /// How typed bytes are treated now.
    pub fn mode(&self) -> Mode {
        self.lock().mode()
    }

    /// Changes how typed bytes are treated; returns how they were.
    pub fn set_mode(&self, mode: Mode) -> Mode {
        let before = {
            let mut discipline = self.lock();
            let before = discipline.mode();
            discipline.set_mode(mode);
            before
        };
        self.changed.notify_waiters();
        before
    }

    /// Waits for typed bytes: a line or part of it, or nothing at an end of file.
    pub async fn read(&self, most: usize) -> Vec<u8> {
        if most == 0 {
            return Vec::new();
        }
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let taken = self.lock().take(most);
            if let Some(taken) = taken {
                self.changed.notify_waiters();
                return taken;
            }
            changed.await;
        }
    }

    /// Waits for a typed line.
    pub(crate) async fn read_line(&self, most: usize) -> Vec<u8> {
        let mut line = Vec::new();
        while line.len() < most && !line.ends_with(b"\n") {
            let piece = self.read(most - line.len()).await;
            if piece.is_empty() {
                break;
            }
            line.extend(piece);
        }
        line
    }

    /// Shows `bytes`; ends of lines become what a screen needs.
    ///
    /// # Errors
    /// [`Errno::InputOutput`] when nobody looks any more.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), Errno> {
        let mut shown = Vec::with_capacity(bytes.len() + 16);
        for byte in bytes {
            if *byte == b'\n' {
                shown.push(b'\r');
            }
            shown.push(*byte);
        }
        self.show(&shown).await
    }

    /// Shows exactly these bytes.
    ///
    /// # Errors
    /// [`Errno::InputOutput`] when nobody looks any more.
    pub async fn show(&self, bytes: &[u8]) -> Result<(), Errno> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.recorder.lock().await.bytes(Direction::Output, bytes).await;
        self.screen.write(bytes).await.map_err(|_| Errno::InputOutput)
    }

    /// Takes what is typed from `keyboard` until it ends; notes changes of the window's size.
    pub(crate) async fn type_from(&self, keyboard: &Reader) {
        let mut size = self.size.clone();
        size.mark_unchanged();
        let mut sizes = true;
        loop {
            self.until_room().await;
            let typed = tokio::select! {
                typed = keyboard.read(4_096) => typed,
                changed = size.changed(), if sizes => {
                    sizes = changed.is_ok();
                    let now = *size.borrow_and_update();
                    self.recorder.lock().await.resized(now).await;
                    continue;
                }
            };
            if typed.is_empty() {
                return;
            }
            self.recorder.lock().await.bytes(Direction::Input, &typed).await;
            let effects = self.lock().feed(&typed);
            self.changed.notify_waiters();
            let _ = self.show(&effects.echo).await;
            for signal in effects.signals {
                self.signals.send(signal);
            }
        }
    }

    async fn until_room(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if !self.lock().is_full() {
                return;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Discipline> {
        // Nothing under the lock can panic half way.
        self.discipline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
