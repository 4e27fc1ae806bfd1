//! Bytes in and out: one step reads, opens a packet, and hands it to who it belongs to.

use super::Transport;
use crate::{
    caps,
    conn::End,
    ssh::packet::{Fault, LARGEST},
};

/// Bytes that OpenSSH reads at once.
const GULP: usize = 8 * 1024;
/// What may wait without a claim on memory.
const FREE: usize = caps::INPUT_BUFFER;

impl Transport<'_> {
    /// Takes one packet, waiting for its bytes; a payload if it is none of the transport's.
    pub(super) async fn step(&mut self) -> Result<Option<Vec<u8>>, End> {
        if let Some(answer) = self.state.exchange.answer_in_work().await {
            let finished = self.state.finish_exchange(answer);
            return self.settle(finished).await.map(|()| None);
        }
        loop {
            let state = &mut *self.state;
            match state.opener.open(&mut state.input) {
                Ok(Some((number, payload))) => {
                    self.release();
                    let checked = self.state.check_rekey();
                    let handled = checked.and_then(|()| self.state.dispatch(number, payload));
                    return self.settle(handled).await;
                }
                Ok(None) => self.receive().await?,
                Err(fault) => return Err(self.fail(fault).await),
            }
        }
    }

    /// Turns a fault into the end of the connection.
    async fn settle<T>(&mut self, result: Result<T, Fault>) -> Result<T, End> {
        match result {
            Ok(value) => Ok(value),
            Err(fault) => Err(self.fail(fault).await),
        }
    }

    /// Ends the connection as OpenSSH does.
    async fn fail(&mut self, fault: Fault) -> End {
        match fault {
            Fault::Gone => return End::Peer,
            Fault::Close(error) => self.conn.protocol_error(error, &[]),
            Fault::Discard(bytes) => {
                self.conn.protocol_error("bad packet", &[]);
                if let Err(end) = self.discard(bytes).await {
                    return end;
                }
            }
            Fault::Say(text) => {
                self.conn.protocol_error("bad packet", text.as_bytes());
                return self.disconnect(&text).await;
            }
        }
        End::Service
    }

    /// Receives what is there. A large packet claims memory first, and who does not read what it is
    /// told is not heard.
    async fn receive(&mut self) -> Result<(), End> {
        let state = &mut *self.state;
        let most = if state.authenticated { caps::SSH_OUTPUT } else { caps::SSH_OUTPUT_OF_STRANGERS };
        if state.output.len() > most {
            self.conn.drain(&mut state.output).await?;
        }
        let wanted = state.opener.wanted();
        if wanted > FREE && state.claimed == 0 {
            self.conn.claim(wanted)?;
            state.claimed = wanted;
        }
        let most = LARGEST.max(wanted) + GULP;
        let room = most.saturating_sub(state.input.len()).min(GULP);
        self.conn.exchange(state.input.tail(), room, &mut state.output).await.map(|_| ())
    }

    /// Gives memory of a large packet back.
    fn release(&mut self) {
        let claimed = std::mem::take(&mut self.state.claimed);
        self.conn.release(claimed);
    }

    /// Reads away so many bytes.
    async fn discard(&mut self, bytes: usize) -> Result<(), End> {
        let mut left = bytes;
        while left > 0 {
            let mut away = Vec::new();
            let got = self.conn.exchange(&mut away, GULP, &mut self.state.output).await?;
            left = left.saturating_sub(got);
        }
        Ok(())
    }
}
