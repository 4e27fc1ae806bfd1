//! Which message belongs to whom.

use super::{
    State,
    exchange::{Expects, extension_info},
};
use crate::ssh::{
    message,
    packet::Fault,
    wire::{Malformed, Reader, Writer as _},
};

/// Most extensions that a client may announce.
const EXTENSIONS: u32 = 1_024;

impl From<Malformed> for Fault {
    fn from(_: Malformed) -> Self {
        Self::Close("malformed message")
    }
}

impl State {
    /// Deals with a message of the transport; gives out those of the layers above.
    pub(super) fn dispatch(&mut self, number: u32, payload: Vec<u8>) -> Result<Option<Vec<u8>>, Fault> {
        self.last = number;
        let Some((kind, body)) = payload.split_first() else { return Ok(None) };
        let quiet = self.is_first && self.is_strict;
        match *kind {
            message::DISCONNECT => {
                let mut reader = Reader::new(body);
                reader.u32()?;
                reader.string()?;
                return Err(Fault::Gone);
            }
            message::IGNORE if !quiet => {}
            message::DEBUG if !quiet => debug(body)?,
            message::UNIMPLEMENTED if !quiet => drop(Reader::new(body).u32()?),
            message::PING if !quiet && self.build.has_pings() => self.pong(body)?,
            message::PONG if !quiet && self.build.has_pings() => {}
            kind if kind <= message::LAST_OF_TRANSPORT => return self.transport(number, &payload),
            _ if self.is_first => return Err(Fault::Close("message before the keys")),
            message::USERAUTH_REQUEST => {
                self.update_extensions()?;
                return Ok(Some(payload));
            }
            _ => return Ok(Some(payload)),
        }
        Ok(None)
    }

    /// Messages that only some states know.
    fn transport(&mut self, number: u32, payload: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let Some((kind, body)) = payload.split_first() else { return Ok(None) };
        if self.exchange.drops_guess() {
            return Ok(None);
        }
        match (*kind, self.exchange.expects()) {
            (message::KEXINIT, Expects::Offer) => self.offered(number, payload)?,
            (message::KEXINIT, Expects::Nothing) if self.authenticated => self.offered(number, payload)?,
            (message::KEX_INIT, Expects::Value) => self.valued(body)?,
            (message::GROUP_REQUEST, Expects::GroupRequest) => self.group_requested(body)?,
            (message::GROUP_INIT, Expects::GroupValue) => self.valued_in_group(body)?,
            (message::NEWKEYS, Expects::NewKeys) => self.new_keys(body)?,
            (message::SERVICE_REQUEST, Expects::Nothing) if !self.authenticated => {
                return Ok(Some(payload.to_vec()));
            }
            (message::EXT_INFO, Expects::Nothing) if self.reads_extensions() => self.extensions(body)?,
            (kind, _) if self.is_first && self.is_strict => {
                let text = format!("strict KEX violation: unexpected packet type {kind} (seqnr {number})");
                return Err(Fault::Say(text));
            }
            _ => self.unimplemented(number).map_err(|_| Fault::Close("the cipher failed"))?,
        }
        Ok(None)
    }

    /// Whether an announcement of extensions is taken: the first, before the log-in.
    fn reads_extensions(&self) -> bool {
        let first = self.client.extensions.is_empty() && !self.authenticated;
        first && self.client.reads_extensions && self.build.reads_extensions()
    }

    fn extensions(&mut self, body: &[u8]) -> Result<(), Fault> {
        let mut reader = Reader::new(body);
        let count = reader.u32()?;
        if count >= EXTENSIONS {
            return self.unimplemented(self.last).map_err(|_| Fault::Close("the cipher failed"));
        }
        for _ in 0..count {
            let name = reader.text()?;
            reader.string()?;
            self.client.extensions.push(name.to_vec());
        }
        Ok(reader.end()?)
    }

    /// Announces again which signatures are taken, before the first attempt to log in is answered,
    /// to clients that want that.
    fn update_extensions(&mut self) -> Result<(), Fault> {
        let wants = self.client.extensions.iter().any(|name| name == b"ext-info-in-auth@openssh.com");
        if !wants || std::mem::replace(&mut self.has_updated_extensions, true) {
            return Ok(());
        }
        let payload = extension_info(self.build.extensions.get(..1).unwrap_or_default());
        self.seal(&payload).map_err(|_| Fault::Close("the cipher failed"))
    }

    fn pong(&mut self, body: &[u8]) -> Result<(), Fault> {
        let mut reader = Reader::new(body);
        let mut out = vec![message::PONG];
        out.put_string(reader.string()?);
        reader.end()?;
        self.seal(&out).map_err(|_| Fault::Close("the cipher failed"))
    }
}

fn debug(body: &[u8]) -> Result<(), Malformed> {
    let mut reader = Reader::new(body);
    reader.boolean()?;
    reader.string()?;
    reader.string().map(|_| ())
}
