//! When keys are exchanged again, and what waits meanwhile.

use super::{State, exchange::Exchange};
use crate::{conn::End, ssh::packet::Fault};

impl State {
    /// Offers algorithms, which begins an exchange.
    pub(super) fn start_exchange(&mut self) -> Result<(), End> {
        let mut cookie = [0; 16];
        openssl::rand::rand_bytes(&mut cookie).map_err(|_| End::Service)?;
        let payload = self.build.offer(self.client.quirks).payload(cookie);
        self.seal(&payload)?;
        self.exchange = Exchange::Offered(cookie);
        Ok(())
    }

    /// Whether the keys are worn out, before a payload of this length goes out: never before the
    /// log-in, and not before each set of keys was used.
    pub(super) fn must_rekey(&self, payload: usize) -> bool {
        let may = self.authenticated
            && matches!(self.exchange, Exchange::None)
            && !self.client.quirks.no_rekey
            && (self.sealer.is_used() || self.opener.is_used());
        may && (self.sealer.is_spent(payload) || self.opener.is_spent())
    }

    /// Begins an exchange if what came in wore the keys out.
    pub(super) fn check_rekey(&mut self) -> Result<(), Fault> {
        if self.must_rekey(0) {
            self.start_exchange().map_err(|_| Fault::Close("the cipher failed"))?;
        }
        Ok(())
    }

    /// Sends what waited for the new keys.
    pub(super) fn send_waiting(&mut self) -> Result<(), End> {
        while let Some(payload) = self.waiting.pop_front() {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(payload.len());
            self.seal(&payload)?;
        }
        Ok(())
    }
}
