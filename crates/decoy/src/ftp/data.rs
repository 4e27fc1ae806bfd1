//! Data connections: the port that the peer connects to, and bytes over it.

use std::net::{IpAddr, Ipv4Addr};

use super::{
    path::FilePath,
    session::Session,
    tree::{Content, KEPT_FILE, Reader},
};
use crate::conn::{End, Ephemeral, Transfer};

/// Bytes sent at once.
const PIECE: usize = 16 * 1024;

/// Where the next transfer goes.
#[derive(Debug)]
pub(super) enum DataPort {
    /// Nothing was agreed on.
    None,
    /// The peer connects to us.
    Passive(Ephemeral),
    /// The peer waits for us; we never connect to anyone, as a host behind a firewall cannot.
    Active,
}

/// What a peer sent over a data connection.
#[derive(Debug)]
pub(super) struct Upload {
    /// Bytes that were stored.
    pub(super) size: u64,
    /// All of them, if they are few.
    pub(super) bytes: Option<Vec<u8>>,
    /// Whether the connection ended in good order.
    pub(super) whole: bool,
}

/// The address in the argument of PORT, `None` when it is not six numbers below 256.
pub(super) fn parse_port(argument: &[u8]) -> Option<(Ipv4Addr, u16)> {
    let text = std::str::from_utf8(argument).ok()?;
    let numbers: Vec<u8> = text.split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?;
    match numbers[..] {
        [a, b, c, d, high, low] => Some((Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([high, low]))),
        _ => None,
    }
}

/// What EPRT says (RFC 2428, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExtendedPort {
    /// An address and port.
    Address(IpAddr, u16),
    /// Nothing at all.
    Empty,
    /// A protocol that is neither 1 nor 2.
    UnknownProtocol,
    /// Not of that form.
    Malformed,
}

/// Reads the argument of EPRT.
pub(super) fn parse_extended_port(argument: &[u8]) -> ExtendedPort {
    if argument.is_empty() {
        return ExtendedPort::Empty;
    }
    let read = || {
        let text = std::str::from_utf8(argument).ok()?;
        let delimiter = text.chars().next()?;
        let parts: Vec<&str> = text.split(delimiter).collect();
        let ["", protocol, address, port, ""] = parts[..] else { return None };
        let address = match protocol {
            "1" => address.parse::<Ipv4Addr>().ok().map(IpAddr::from),
            "2" => address.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::from),
            _ => return Some(ExtendedPort::UnknownProtocol),
        };
        Some(ExtendedPort::Address(address?, port.parse().ok()?))
    };
    read().unwrap_or(ExtendedPort::Malformed)
}

/// `h1,h2,h3,h4,p1,p2` of the answer to PASV.
pub(super) fn passive_address(address: IpAddr, port: u16) -> String {
    let [a, b, c, d] = match address.to_canonical() {
        IpAddr::V4(v4) => v4.octets(),
        IpAddr::V6(_) => [0; 4],
    };
    let [high, low] = port.to_be_bytes();
    format!("{a},{b},{c},{d},{high},{low}")
}

impl Session<'_> {
    /// Opens a port for the peer to connect to and says which.
    pub(super) async fn listen(&mut self) -> Option<u16> {
        self.data = DataPort::None;
        let ephemeral = self.conn.listen_ephemeral().await.ok()?;
        let port = ephemeral.port();
        self.data = DataPort::Passive(ephemeral);
        Some(port)
    }

    /// Whether `address` is the peer's own and `port` none of a system service: else the server
    /// would be a tool against a third party (RFC 2577, section 3).
    pub(super) fn is_peers(&self, address: IpAddr, port: u16) -> bool {
        address == self.conn.peer().ip().to_canonical() && port >= 1_024
    }

    /// Waits for the data connection; `None` when there is none.
    pub(super) async fn open(&mut self) -> Option<Transfer> {
        match std::mem::replace(&mut self.data, DataPort::None) {
            DataPort::Passive(port) => self.conn.accept_transfer(&port).await.ok(),
            DataPort::None | DataPort::Active => None,
        }
    }

    /// Puts TLS on the data connection if that was agreed on.
    pub(super) async fn protect(&mut self, transfer: Transfer) -> Result<Transfer, End> {
        match &self.ftp.settings.tls {
            Some(server) if self.protect => self.conn.secure_transfer(transfer, server).await,
            _ => Ok(transfer),
        }
    }

    /// Sends `bytes` and closes the data connection.
    pub(super) async fn send(&mut self, mut transfer: Transfer, bytes: &[u8]) -> Result<(), End> {
        for piece in bytes.chunks(PIECE) {
            transfer.write(piece).await?;
        }
        self.moved += bytes.len() as u64;
        transfer.close().await;
        Ok(())
    }

    /// Opens a file, for which memory is claimed until [`Session::close_file`].
    pub(super) fn open_file(&mut self, content: &Content) -> Option<Reader> {
        self.conn.claim(content.cost()).ok()?;
        let file = content.open();
        if file.is_none() {
            self.close_file(content);
        }
        file
    }

    /// Gives back what reading the file took.
    pub(super) fn close_file(&mut self, content: &Content) {
        self.conn.release(content.cost());
    }

    /// Sends a file from `offset` and closes the data connection.
    pub(super) async fn send_file(
        &mut self,
        mut transfer: Transfer,
        file: &Reader,
        offset: u64,
        text: bool,
    ) -> Result<(), End> {
        let mut at = offset;
        let mut before = 0;
        loop {
            let piece = file.read(at, PIECE);
            let Some(last) = piece.last().copied() else { break };
            at += piece.len() as u64;
            self.moved += piece.len() as u64;
            if text {
                transfer.write(&with_carriage_returns(&piece, before)).await?;
            } else {
                transfer.write(&piece).await?;
            }
            before = last;
        }
        transfer.close().await;
        Ok(())
    }

    /// Takes what the peer sends until it closes, and keeps it as an artifact, byte for byte, marked
    /// truncated if the connection broke. Where
    /// it is `text`, the file that the visitor sees has line feeds alone for line ends.
    pub(super) async fn receive(&mut self, mut transfer: Transfer, path: &FilePath, text: bool) -> Upload {
        let mut artifact = self.upload(path);
        let mut upload = Upload { size: 0, bytes: Some(Vec::new()), whole: false };
        let (mut piece, mut held) = (Vec::new(), false);
        loop {
            piece.clear();
            match transfer.read(&mut piece).await {
                Ok(0) => upload.whole = true,
                Ok(_) => {}
                Err(_) => piece.clear(),
            }
            if piece.is_empty() {
                break;
            }
            artifact.write(&piece).await;
            self.moved += piece.len() as u64;
            if text {
                without_carriage_returns(&mut piece, &mut held);
            }
            self.keep(&mut upload, &piece);
        }
        // Over TLS the peer waits for our side of the end, too.
        transfer.close().await;
        if upload.whole {
            artifact.finish();
        }
        upload
    }

    /// Keeps what came if it is little; the memory is claimed until the file is stored.
    fn keep(&mut self, upload: &mut Upload, piece: &[u8]) {
        upload.size += piece.len() as u64;
        let Some(mut bytes) = upload.bytes.take() else { return };
        if bytes.len() + piece.len() <= KEPT_FILE && self.conn.claim(piece.len()).is_ok() {
            bytes.extend_from_slice(piece);
            upload.bytes = Some(bytes);
        } else {
            self.conn.release(bytes.len());
        }
    }

    /// What a file holds after an upload that began at `offset` of what was there.
    pub(super) fn merged(&mut self, before: Option<&Content>, offset: u64, upload: Upload) -> Content {
        self.conn.release(upload.bytes.as_ref().map_or(0, Vec::len));
        let size_before = before.map_or(0, Content::size);
        let size = size_before.max(offset.saturating_add(upload.size));
        let old = match before {
            Some(Content::Bytes(bytes)) => Some(bytes.to_vec()),
            None => Some(Vec::new()),
            Some(_) => None,
        };
        match (old, upload.bytes) {
            (Some(mut all), Some(new)) if size <= KEPT_FILE as u64 => {
                let from = usize::try_from(offset).unwrap_or_default();
                all.resize(all.len().max(from + new.len()), 0);
                for (slot, byte) in all.iter_mut().skip(from).zip(new) {
                    *slot = byte;
                }
                Content::Bytes(all.into())
            }
            _ => Content::Gone(size),
        }
    }
}

/// `text` with a carriage return before each line feed that has none; `before` came before it.
fn with_carriage_returns(text: &[u8], mut before: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 16);
    for byte in text {
        if *byte == b'\n' && before != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        before = *byte;
    }
    out
}

/// Takes each carriage return before a line feed out of `text`. One at its end is `held` back, as
/// what comes next decides about it.
fn without_carriage_returns(text: &mut Vec<u8>, held: &mut bool) {
    let mut out = Vec::with_capacity(text.len() + 1);
    for byte in text.iter().copied() {
        if *held && byte != b'\n' {
            out.push(b'\r');
        }
        *held = byte == b'\r';
        if !*held {
            out.push(byte);
        }
    }
    *text = out;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ports_are_six_small_numbers() {
        assert_eq!(parse_port(b"10,0,0,2,200,22"), Some(([10, 0, 0, 2].into(), 51_222)));
        for wrong in ["", "1,2,3", "10,0,0,2,200,256", "10,0,0,2,200,22,1", "a,0,0,2,200,22"] {
            assert_eq!(parse_port(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn extended_ports_are_read_with_any_delimiter() {
        let address = |text: &str, port| ExtendedPort::Address(text.parse().unwrap(), port);
        assert_eq!(parse_extended_port(b"|1|10.0.0.2|51222|"), address("10.0.0.2", 51_222));
        assert_eq!(parse_extended_port(b"!2!::1!6!"), address("::1", 6));
        assert_eq!(parse_extended_port(b"|3|x|6|"), ExtendedPort::UnknownProtocol);
        assert_eq!(parse_extended_port(b""), ExtendedPort::Empty);
        for wrong in ["x", "|1|10.0.0.2|", "|1|10.0.0.2|99999|", "|1|::1|22|"] {
            assert_eq!(parse_extended_port(wrong.as_bytes()), ExtendedPort::Malformed, "{wrong}");
        }
    }

    #[test]
    fn lines_get_their_carriage_return_once() {
        assert_eq!(with_carriage_returns(b"a\nb\r\n\n", 0), b"a\r\nb\r\n\r\n");
        assert_eq!(with_carriage_returns(b"\n", b'\r'), b"\n");
    }

    #[test]
    fn carriage_returns_go_only_before_line_feeds() {
        for step in [1, 2, 100] {
            let (mut held, mut out) = (false, Vec::new());
            for piece in b"a\r\nb\rc\r\r\nd\n".chunks(step) {
                let mut piece = piece.to_vec();
                without_carriage_returns(&mut piece, &mut held);
                out.extend(piece);
            }
            assert_eq!(out, b"a\nb\rc\r\nd\n");
        }
    }

    proptest! {
        #[test]
        fn parsers_take_anything(argument in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse_port(&argument);
            let _ = parse_extended_port(&argument);
        }
    }
}
