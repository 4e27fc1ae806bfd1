//! One channel: windows, buffers, and how its two directions end.
//!
//! A direction is open, then drains what it holds, then is closed. When both are closed and the
//! program is gone the channel says CLOSE; when the peer said it too, the channel is over.

use super::message;

/// What a session's peer may send before the server takes some of it.
pub(super) const WINDOW: u32 = 64 * PACKET;
/// Largest piece of data in one message.
pub(super) const PACKET: u32 = 32 * 1024;

/// How far a direction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Open,
    /// Nothing more comes; what is here still goes on.
    Draining,
    Closed,
}

/// What runs in the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing yet.
    Larval,
    /// A program.
    Running,
    /// One ran.
    Exited,
}

/// A channel of a session.
#[derive(Debug)]
pub(super) struct Channel {
    /// Its number at the peer.
    pub(super) remote: u32,
    pub(super) phase: Phase,
    /// What the peer may be sent.
    remote_window: u32,
    remote_packet: u32,
    /// What the peer may send; below zero when it sent more to a direction that is closed.
    local_window: i64,
    /// What was taken of it, and not told yet.
    consumed: u32,
    /// From the program to the peer.
    output: Flow,
    /// From the peer to the program.
    input: Flow,
    end_received: bool,
    close_received: bool,
    close_sent: bool,
    /// What the program wrote and the peer has no room for.
    written: Vec<u8>,
    errors: Vec<u8>,
    errors_open: bool,
    /// What the peer sent and the program has not read.
    unread: Vec<u8>,
    /// The program is being given some of it.
    feeding: bool,
}

impl Channel {
    pub(super) fn new(remote: u32, window: u32, packet: u32) -> Self {
        Self {
            remote,
            phase: Phase::Larval,
            remote_window: window,
            remote_packet: packet,
            local_window: 0,
            consumed: 0,
            output: Flow::Open,
            input: Flow::Open,
            end_received: false,
            close_received: false,
            close_sent: false,
            written: Vec::new(),
            errors: Vec::new(),
            errors_open: false,
            unread: Vec::new(),
            feeding: false,
        }
    }

    /// A program starts; its errors travel apart, or not at all.
    pub(super) fn start(&mut self, errors: bool, out: &mut Vec<Vec<u8>>) {
        self.phase = Phase::Running;
        self.errors_open = errors;
        self.local_window = WINDOW.into();
        out.push(message::adjustment(self.remote, WINDOW));
    }

    /// Whether CLOSE was said, after which the peer is told nothing more of the channel.
    pub(super) fn is_closing(&self) -> bool {
        self.close_sent
    }

    // What the peer sends.

    /// Data for the program.
    pub(super) fn receive(&mut self, data: &[u8]) {
        if self.phase == Phase::Larval {
            return;
        }
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        if self.input != Flow::Open {
            self.local_window -= i64::from(length);
            self.consumed = self.consumed.saturating_add(length);
            return;
        }
        if length <= PACKET && i64::from(length) <= self.local_window {
            self.local_window -= i64::from(length);
            self.unread.extend_from_slice(data);
        }
    }

    /// Whether data of another kind than the plain may still come.
    pub(super) fn had_end(&self) -> bool {
        self.end_received
    }

    /// EOF: the peer sends no more.
    pub(super) fn receive_end(&mut self) {
        self.end_received = true;
        if self.input == Flow::Open {
            self.input = Flow::Draining;
        }
        self.drain_input();
    }

    /// CLOSE: the peer wants no more either.
    pub(super) fn receive_close(&mut self, out: &mut Vec<Vec<u8>>) {
        self.close_received = true;
        if self.phase == Phase::Larval {
            (self.input, self.output) = (Flow::Closed, Flow::Closed);
            return;
        }
        if self.input == Flow::Open {
            self.input = Flow::Draining;
        }
        if self.output == Flow::Draining {
            out.push(message::about(message::EOF, self.remote));
        }
        self.drop_output();
        self.drain_input();
    }

    /// The peer wants no more of what the program writes.
    pub(super) fn receive_end_of_writing(&mut self) {
        if self.output == Flow::Open {
            self.drop_output();
        }
    }

    /// The peer takes more; `None` when its window would be too large to count.
    pub(super) fn widen(&mut self, bytes: u32) -> Option<()> {
        self.remote_window = self.remote_window.checked_add(bytes)?;
        Some(())
    }

    // What the program does.

    /// Bytes that wait for the program.
    pub(super) fn unread(&self) -> usize {
        self.unread.len()
    }

    /// Takes what the program will read next.
    pub(super) fn take_unread(&mut self, most: usize) -> Vec<u8> {
        let count = most.min(self.unread.len());
        self.feeding = count > 0;
        if count == self.unread.len() {
            std::mem::take(&mut self.unread)
        } else {
            self.unread.drain(..count).collect()
        }
    }

    /// The program has read so much.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.feeding = false;
        self.consumed = self.consumed.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.drain_input();
    }

    /// Whether the program's input is at its end.
    pub(super) fn input_is_closed(&self) -> bool {
        self.input == Flow::Closed
    }

    /// The program reads no more.
    pub(super) fn refuse_input(&mut self, tell: bool, out: &mut Vec<Vec<u8>>) {
        if self.input == Flow::Closed {
            return;
        }
        self.unread = Vec::new();
        self.input = Flow::Closed;
        if tell {
            out.push(message::end_of_writing(self.remote));
        }
    }

    /// Whether more of the program's output can be taken.
    pub(super) fn wants_output(&self) -> bool {
        self.output == Flow::Open && self.written.is_empty()
    }

    /// Whether more of its errors can be taken.
    pub(super) fn wants_errors(&self) -> bool {
        self.errors_open && self.errors.is_empty()
    }

    /// Whether its errors are looked for at all.
    pub(super) fn errors_are_open(&self) -> bool {
        self.errors_open
    }

    /// Whether its output is looked for at all.
    pub(super) fn output_is_open(&self) -> bool {
        self.output == Flow::Open
    }

    /// What the program wrote; nothing is the end.
    pub(super) fn write(&mut self, bytes: Vec<u8>) {
        if self.output != Flow::Open {
            return;
        }
        if bytes.is_empty() {
            self.output = Flow::Draining;
        } else {
            self.written = bytes;
        }
    }

    /// What it wrote of errors; nothing is the end.
    pub(super) fn write_errors(&mut self, bytes: Vec<u8>) {
        if bytes.is_empty() {
            self.errors_open = false;
        } else if self.errors_open {
            self.errors = bytes;
        }
    }

    /// Sends of what the program wrote what the peer has room for.
    pub(super) fn flush_data(&mut self, out: &mut Vec<Vec<u8>>) {
        while let Some(piece) = self.piece(false) {
            out.push(message::data(self.remote, &piece));
        }
        while let Some(piece) = self.piece(true) {
            out.push(message::errors(self.remote, &piece));
        }
    }

    /// Says EOF when the program wrote its last, and widens the window for what it read.
    pub(super) fn flush_end(&mut self, out: &mut Vec<Vec<u8>>) {
        let done = self.written.is_empty() && !self.errors_open && self.errors.is_empty();
        if self.output == Flow::Draining && done {
            if !self.close_sent {
                out.push(message::about(message::EOF, self.remote));
            }
            self.output = Flow::Closed;
        }
        self.tell_window(out);
    }

    /// Says CLOSE once both directions are closed and nothing runs; then whether the channel is
    /// over.
    pub(super) fn finish(&mut self, out: &mut Vec<Vec<u8>>) -> bool {
        let closed = self.input == Flow::Closed && self.output == Flow::Closed;
        if !closed || self.phase == Phase::Running {
            return false;
        }
        if !std::mem::replace(&mut self.close_sent, true) {
            out.push(message::about(message::CLOSE, self.remote));
        }
        self.close_received
    }

    fn piece(&mut self, errors: bool) -> Option<Vec<u8>> {
        let most = self.remote_window.min(self.remote_packet).min(PACKET);
        let held = if errors { &mut self.errors } else { &mut self.written };
        let count = usize::try_from(most).ok()?.min(held.len());
        if count == 0 {
            return None;
        }
        self.remote_window -= u32::try_from(count).ok()?;
        Some(if count == held.len() { std::mem::take(held) } else { held.drain(..count).collect() })
    }

    fn tell_window(&mut self, out: &mut Vec<Vec<u8>>) {
        let used = i64::from(WINDOW) - self.local_window;
        let much = used > i64::from(PACKET) * 3 || self.local_window < i64::from(WINDOW) / 2;
        let told = self.phase != Phase::Larval && !self.close_sent && !self.close_received;
        if told && much && self.consumed > 0 {
            out.push(message::adjustment(self.remote, self.consumed));
            self.local_window += i64::from(std::mem::take(&mut self.consumed));
        }
    }

    fn drop_output(&mut self) {
        self.output = Flow::Closed;
        self.written = Vec::new();
        if self.close_received {
            self.errors_open = false;
            self.errors = Vec::new();
        }
    }

    fn drain_input(&mut self) {
        if self.input == Flow::Draining && self.unread.is_empty() && !self.feeding {
            self.input = Flow::Closed;
        }
    }
}
