//! One connection: its stream, its options, and what waits to be read as typed.

use std::{collections::VecDeque, time::Duration};

use decnet_event::Kind;
use tokio::time::{Instant, timeout_at};

use super::{
    line::{LineInput, Typed},
    negotiation::{Client, Negotiation, option::LOGOUT},
    product::Product,
    stream::{Decoder, IAC, Token, Verb, escape},
};
use crate::{Conn, End, caps};

/// Where output that was thrown away would have been.
const DATA_MARK: u8 = 242;

/// Between answers and the burst that they let go.
const APART: Duration = Duration::from_millis(20);

/// How a wait for a line ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// With a line.
    Line(Vec<u8>),
    /// With the end of input.
    End,
    /// Not in time.
    TimedOut,
}

/// A conversation with a telnet client.
pub(crate) struct Talk<'a> {
    /// The connection.
    pub(crate) conn: &'a mut Conn,
    product: Product,
    decoder: Decoder,
    negotiation: Negotiation,
    typed: VecDeque<u8>,
    line: LineInput,
    told: bool,
    /// Whether a data mark must go out before what is shown.
    marks: bool,
}

impl<'a> Talk<'a> {
    /// Begins; says what the daemon says first.
    ///
    /// # Errors
    /// When the peer is gone.
    pub(crate) async fn begin(conn: &'a mut Conn, product: Product) -> Result<Self, End> {
        let mut out = Vec::new();
        let negotiation = Negotiation::new(product.plan(), &mut out);
        conn.write(&out).await?;
        Ok(Self {
            conn,
            product,
            decoder: Decoder::default(),
            negotiation,
            typed: VecDeque::new(),
            line: LineInput::default(),
            told: false,
            marks: false,
        })
    }

    /// What the client told of itself.
    pub(crate) fn client(&self) -> &Client {
        &self.negotiation.client
    }

    /// Waits until the daemon has heard what it wants to know before the log-in.
    ///
    /// # Errors
    /// When the peer leaves first.
    pub(crate) async fn negotiate(&mut self) -> Result<(), End> {
        while !self.negotiation.is_done() {
            self.receive().await?;
        }
        Ok(())
    }

    /// Receives more, and takes it apart.
    ///
    /// # Errors
    /// When nothing more can come.
    pub(crate) async fn receive(&mut self) -> Result<(), End> {
        self.conn.fill().await?;
        self.absorb().await
    }

    /// Takes apart what was received.
    ///
    /// # Errors
    /// When the peer is gone, or asked to be logged out.
    pub(crate) async fn absorb(&mut self) -> Result<(), End> {
        let bytes = self.conn.buffered().to_vec();
        self.conn.consume(bytes.len());
        let (mut out, mut leaves) = (Vec::new(), false);
        for byte in bytes {
            match self.decoder.push(byte) {
                None => {}
                Some(Token::Data(byte)) => self.keep(byte),
                Some(Token::Command(command)) => self.command(command, &mut out),
                Some(token) => {
                    leaves |= token == Token::Option(Verb::Do, LOGOUT)
                        && self.product.plan().ours.contains(&LOGOUT);
                    self.negotiation.take(&token, &mut out);
                    self.go_on(&mut out).await?;
                }
            }
        }
        if !out.is_empty() {
            self.conn.write(&out).await?;
        }
        if leaves { Err(End::Peer) } else { Ok(()) }
    }

    /// The next burst, after the answers before it have gone out: the daemons write them apart,
    /// and some clients read no more than one at a time.
    async fn go_on(&mut self, out: &mut Vec<u8>) -> Result<(), End> {
        let mut burst = Vec::new();
        self.negotiation.advance(&mut burst);
        if !burst.is_empty() && !out.is_empty() {
            // On the heap, so that who only waits has no room for it.
            Box::pin(async {
                self.conn.write(&std::mem::take(out)).await?;
                self.conn.pause(APART).await
            })
            .await?;
        }
        out.extend(burst);
        Ok(())
    }

    fn keep(&mut self, byte: u8) {
        if self.typed.len() < caps::TERMINAL_AHEAD {
            self.typed.push_back(byte);
        }
    }

    /// Commands are keys, as BSD's daemons read them; the others have few of them.
    fn command(&mut self, command: u8, out: &mut Vec<u8>) {
        let bsd = matches!(self.product, Product::Inetutils | Product::Netkit);
        match (command, self.product) {
            (246, Product::Busybox) => out.extend([IAC, IAC, 241]),
            (246, _) => out.extend_from_slice(b"\r\n[Yes]\r\n"),
            (244, _) => self.keep(0x03),
            (245, _) if bsd => out.extend([IAC, DATA_MARK]),
            (243 | 238, _) if bsd => self.keep(0x1c),
            (247, _) if bsd => self.keep(0x7f),
            (248, _) if bsd => self.keep(0x15),
            (236, _) if bsd => self.keep(0x04),
            (237, _) if bsd => self.keep(0x1a),
            _ => {}
        }
    }

    /// Whether carriage returns are marked.
    pub(crate) fn returns(&self) -> bool {
        self.product.plan().returns
    }

    /// What was typed and nobody has read yet.
    pub(crate) fn take_typed(&mut self) -> Vec<u8> {
        self.typed.drain(..).collect()
    }

    /// Says something as a terminal would.
    ///
    /// # Errors
    /// When the peer is gone or does not read.
    pub(crate) async fn say(&mut self, bytes: &[u8]) -> Result<(), End> {
        let bytes = escape(bytes, self.product.plan().returns);
        self.conn.write(&bytes).await
    }

    /// Reads a line, shown as it is typed where `shows`.
    ///
    /// # Errors
    /// When the peer leaves.
    pub(crate) async fn line(&mut self, shows: bool, until: Instant) -> Result<Got, End> {
        loop {
            let mut shown = Vec::new();
            let got = self.next_line(shows, &mut shown);
            if std::mem::take(&mut self.marks) {
                self.conn.write(&[IAC, DATA_MARK]).await?;
            }
            if !shown.is_empty() {
                self.say(&shown).await?;
            }
            if let Some(got) = got {
                return Ok(got);
            }
            match timeout_at(until, self.receive()).await {
                Ok(received) => received?,
                Err(_) => return Ok(Got::TimedOut),
            }
        }
    }

    fn next_line(&mut self, shows: bool, shown: &mut Vec<u8>) -> Option<Got> {
        while let Some(byte) = self.typed.pop_front() {
            match self.line.push(byte, shows, shown) {
                Typed::More => {}
                Typed::Line(line) => {
                    shown.extend_from_slice(b"\r\n");
                    return Some(Got::Line(line));
                }
                Typed::End => return Some(Got::End),
                // BSD's daemons mark where the terminal forgot what was typed.
                Typed::Interrupt if self.product.plan().returns => self.marks = true,
                Typed::Interrupt => {}
            }
        }
        None
    }

    /// One key, not shown.
    ///
    /// # Errors
    /// When the peer leaves.
    pub(crate) async fn key(&mut self, patience: Duration) -> Result<Option<u8>, End> {
        let until = Instant::now() + patience;
        loop {
            if let Some(byte) = self.typed.pop_front() {
                return Ok(Some(byte));
            }
            match timeout_at(until, self.receive()).await {
                Ok(received) => received?,
                Err(_) => return Ok(None),
            }
        }
    }

    /// Tells once what the client said of itself.
    pub(crate) fn tell(&mut self) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let client = &self.negotiation.client;
        let names = client.options.iter().map(|(verb, option)| format!("{verb:?} {option}").to_uppercase());
        let environment: Vec<Vec<u8>> = client
            .environment
            .iter()
            .map(|(name, value)| [name, value].map(Vec::as_slice).join(&b'='))
            .collect();
        self.conn.emit(Kind::TelnetClient {
            options: names.collect::<Vec<_>>().join(","),
            terminal: client.terminal.clone(),
            speed: client.speed.clone(),
            display: client.display.clone(),
            window: client.window.map(|(columns, rows)| format!("{columns}x{rows}")),
            environment: (!environment.is_empty()).then(|| environment.join(&b'\n')),
        });
        // Log-in programs took this for an option: who sends it wants in without a password.
        let hostile =
            client.environment.iter().find(|(name, value)| name == b"USER" && value.starts_with(b"-"));
        if let Some((_, value)) = hostile {
            self.conn.emit(Kind::ExploitAttempt { technique: "telnet_user_option", detail: value.clone() });
        }
    }
}
