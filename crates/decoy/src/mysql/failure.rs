//! Errors, with the number, the state and the words of the servers.

use super::{
    packet::Fields,
    product::{Family, PROTOCOL_41, Product},
};

/// An error as a client gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its number.
    pub code: u16,
    /// Its SQLSTATE.
    pub state: &'static str,
    /// Its words.
    pub text: Vec<u8>,
}

impl Failure {
    /// An error of these parts.
    pub fn new(code: u16, state: &'static str, text: impl Into<Vec<u8>>) -> Self {
        Self { code, state, text: text.into() }
    }

    /// The packet for a client of these capabilities: those before 4.1 know no SQLSTATE.
    pub fn packet(&self, capabilities: u32) -> Vec<u8> {
        let [low, high] = self.code.to_le_bytes();
        let mut out = vec![0xff, low, high];
        if capabilities & PROTOCOL_41 != 0 {
            out.push(b'#');
            out.extend_from_slice(self.state.as_bytes());
        }
        // The servers cut messages at 512 bytes.
        out.extend_from_slice(self.text.get(..511).unwrap_or(&self.text));
        out
    }

    /// The client sent what is no handshake.
    pub fn bad_handshake() -> Self {
        Self::new(1043, "08S01", "Bad handshake")
    }

    /// A packet had another number than the next.
    pub fn out_of_order() -> Self {
        Self::new(1156, "08S01", "Got packets out of order")
    }

    /// The client went away in the middle.
    pub fn read_error() -> Self {
        Self::new(1158, "08S01", "Got an error reading communication packets")
    }

    /// The client was silent for too long.
    pub fn read_timeout() -> Self {
        Self::new(1159, "08S01", "Got timeout reading communication packets")
    }

    /// The client was silent for too long after it had logged in; MySQL since 8.0.24.
    pub fn inactive() -> Self {
        let text = "The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring this behavior.";
        Self::new(4031, "HY000", text)
    }

    /// There are as many connections as there may be.
    pub fn too_many_connections(product: &Product) -> Self {
        let state = if product.family == Family::MySql5 { "HY000" } else { "08004" };
        Self::new(1040, state, "Too many connections")
    }

    /// The host broke off too many handshakes.
    pub fn host_blocked(product: &Product, host: &str) -> Self {
        let tool = if product.family == Family::MariaDb { "mariadb-admin" } else { "mysqladmin" };
        let hint = match product.family {
            Family::MySql8 if product.number >= (8, 0, 23) => String::new(),
            _ => format!("; unblock with '{tool} flush-hosts'"),
        };
        let text = format!("Host '{host}' is blocked because of many connection errors{hint}");
        Self::new(1129, "HY000", text)
    }

    /// The client began with a header of the proxy protocol.
    pub fn proxy_header(host: &str) -> Self {
        Self::new(1130, "HY000", format!("Proxy header is not accepted from {host}"))
    }

    /// A character set that no parser takes.
    pub fn charset(name: &str) -> Self {
        let text = format!("Variable 'character_set_client' can't be set to the value of '{name}'");
        Self::new(1231, "42000", text)
    }

    /// The client cannot do what the account needs.
    pub fn old_client(product: &Product) -> Self {
        let name = product.name();
        let text = format!(
            "Client does not support authentication protocol requested by server; consider upgrading {name} client"
        );
        Self::new(1251, "08004", text)
    }

    /// The log-in failed; `password` says whether one was given, nothing where none is used.
    pub fn access_denied(user: &[u8], host: &str, password: Option<bool>) -> Self {
        let mut text = b"Access denied for user '".to_vec();
        text.extend_from_slice(&shown(user));
        text.extend_from_slice(format!("'@'{host}'").as_bytes());
        match password {
            Some(given) => {
                let given = if given { "YES" } else { "NO" };
                text.extend_from_slice(format!(" (using password: {given})").as_bytes());
                Self::new(1045, "28000", text)
            }
            None => Self::new(1698, "28000", text),
        }
    }

    /// A command that there is not.
    pub fn unknown_command() -> Self {
        Self::new(1047, "08S01", "Unknown command")
    }

    /// A statement longer than the server takes.
    pub fn too_big() -> Self {
        Self::new(1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes")
    }
}

/// User names as messages have them: control characters as numbers, what is no UTF-8 as `?`.
fn shown(user: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in user.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_ascii_control() {
                out.extend_from_slice(format!("\\{:04X}", u32::from(character)).as_bytes());
            } else {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        out.extend(chunk.invalid().iter().map(|_| b'?'));
    }
    out
}

/// Number and words of an error packet, for tests.
pub fn read(payload: &[u8]) -> Option<(u16, String)> {
    let mut fields = Fields::new(payload.strip_prefix(&[0xff])?);
    let code = u16::try_from(fields.number(2)?).ok()?;
    let text = fields.rest();
    let text = if text.first() == Some(&b'#') { text.get(6..)? } else { text };
    Some((code, String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_those_of_the_server() {
        let denied = Failure::access_denied(b"nobody", "localhost", Some(true));
        assert_eq!(
            denied.packet(PROTOCOL_41),
            b"\xff\x15\x04#28000Access denied for user 'nobody'@'localhost' (using password: YES)"
        );
        assert_eq!(
            Failure::access_denied(b"a\x01\xff", "localhost", None).packet(0),
            b"\xff\xa2\x06Access denied for user 'a\\0001?'@'localhost'"
        );
        assert_eq!(read(&denied.packet(0)).unwrap().0, 1045);
    }
}
