//! What a peer asks of a session (RFC 4254, section 6), and the channels that it wants opened.

use crate::ssh::wire::{Malformed, Reader};

/// Size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cells {
    pub(super) columns: u32,
    pub(super) rows: u32,
}

/// A request about a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    Terminal { name: &'a [u8], cells: Cells },
    Variable { name: &'a [u8], value: &'a [u8] },
    Shell,
    Command(&'a [u8]),
    Subsystem(&'a [u8]),
    Resize(Cells),
    Signal(&'a [u8]),
    Break,
    X11,
    Agent,
    EndOfWriting,
    Unknown,
}

impl<'a> Request<'a> {
    /// Reads what `name` announces.
    pub(super) fn parse(name: &[u8], mut body: Reader<'a>) -> Result<Self, Malformed> {
        let request = match name {
            b"pty-req" => {
                let (name, cells) = (body.text()?, cells(&mut body)?);
                body.string()?;
                Self::Terminal { name, cells }
            }
            b"env" => Self::Variable { name: body.text()?, value: body.text()? },
            b"shell" => Self::Shell,
            b"exec" => Self::Command(body.text()?),
            b"subsystem" => Self::Subsystem(body.text()?),
            b"window-change" => Self::Resize(cells(&mut body)?),
            b"signal" => Self::Signal(body.text()?),
            b"break" => {
                body.u32()?;
                Self::Break
            }
            b"x11-req" => {
                body.boolean()?;
                body.text()?;
                body.text()?;
                body.u32()?;
                Self::X11
            }
            b"auth-agent-req@openssh.com" => Self::Agent,
            b"eow@openssh.com" => Self::EndOfWriting,
            // What is not known is not read.
            _ => return Ok(Self::Unknown),
        };
        body.end()?;
        Ok(request)
    }
}

fn cells(body: &mut Reader<'_>) -> Result<Cells, Malformed> {
    let (columns, rows) = (body.u32()?, body.u32()?);
    // Pixels, which nothing uses.
    body.u32()?;
    body.u32()?;
    Ok(Cells { columns, rows })
}

/// A channel that a peer wants opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open<'a> {
    pub(super) remote: u32,
    pub(super) window: u32,
    pub(super) packet: u32,
    pub(super) kind: Wanted<'a>,
}

/// What kind of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted<'a> {
    Session,
    /// A connection to somewhere.
    Connection {
        host: &'a [u8],
        port: u32,
        from: &'a [u8],
        from_port: u32,
    },
    /// A connection to a socket in the file system.
    Socket {
        path: &'a [u8],
        from_port: u32,
    },
    /// A network interface.
    Tunnel {
        mode: u32,
    },
    Other,
}

impl<'a> Open<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut body = Reader::new(body);
        let name = body.text()?;
        let (remote, window, packet) = (body.u32()?, body.u32()?, body.u32()?);
        let kind = match name {
            b"session" => Wanted::Session,
            b"direct-tcpip" => {
                let (host, port) = (body.text()?, body.u32()?);
                Wanted::Connection { host, port, from: body.text()?, from_port: body.u32()? }
            }
            b"direct-streamlocal@openssh.com" => {
                let path = body.text()?;
                body.text()?;
                Wanted::Socket { path, from_port: body.u32()? }
            }
            b"tun@openssh.com" => Wanted::Tunnel { mode: body.u32()? },
            _ => Wanted::Other,
        };
        if !matches!(kind, Wanted::Tunnel { .. } | Wanted::Other) {
            body.end()?;
        }
        Ok(Self { remote, window, packet, kind })
    }
}

/// A request that is about no channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Global<'a> {
    pub(super) reply: bool,
    pub(super) kind: Asked<'a>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    Listen {
        host: &'a [u8],
        port: u32,
    },
    ListenSocket {
        path: &'a [u8],
    },
    NoMoreSessions,
    /// To prove that the server holds these host keys.
    Prove(&'a [u8]),
    /// Something that is not granted, known or not.
    Other,
}

impl<'a> Global<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut body = Reader::new(body);
        let name = body.text()?;
        let reply = body.boolean()?;
        let kind = match name {
            b"tcpip-forward" => Asked::Listen { host: body.text()?, port: body.u32()? },
            b"cancel-tcpip-forward" => {
                body.text()?;
                body.u32()?;
                Asked::Other
            }
            b"streamlocal-forward@openssh.com" => Asked::ListenSocket { path: body.text()? },
            b"cancel-streamlocal-forward@openssh.com" => {
                body.text()?;
                Asked::Other
            }
            b"no-more-sessions@openssh.com" => Asked::NoMoreSessions,
            b"hostkeys-prove-00@openssh.com" => Asked::Prove(body.rest()),
            _ => Asked::Other,
        };
        Ok(Self { reply, kind })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ssh::wire::Writer as _;

    #[test]
    fn a_terminal_has_a_name_and_a_size() {
        let mut body = Vec::new();
        body.put_string(b"xterm");
        for number in [80, 24, 0, 0] {
            body.put_u32(number);
        }
        assert_eq!(Request::parse(b"pty-req", Reader::new(&body)), Err(Malformed));
        body.put_string(b"\x01\0\0\0\x03\0");
        let expect = Request::Terminal { name: b"xterm", cells: Cells { columns: 80, rows: 24 } };
        assert_eq!(Request::parse(b"pty-req", Reader::new(&body)), Ok(expect));
        body.put_byte(0);
        assert_eq!(Request::parse(b"pty-req", Reader::new(&body)), Err(Malformed));
        assert_eq!(Request::parse(b"foo", Reader::new(&body)), Ok(Request::Unknown));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            for name in [&b"pty-req"[..], b"env", b"shell", b"exec", b"window-change", b"x11-req", b"break"] {
                let _ = Request::parse(name, Reader::new(&bytes));
            }
            for name in [&b"session"[..], b"direct-tcpip", b"direct-streamlocal@openssh.com", b"tun@openssh.com"] {
                let mut body = Vec::new();
                body.put_string(name);
                body.extend_from_slice(&bytes);
                let _ = Open::parse(&body);
            }
            for name in [&b"tcpip-forward"[..], b"streamlocal-forward@openssh.com", b"hostkeys-prove-00@openssh.com"] {
                let mut body = Vec::new();
                body.put_string(name);
                body.extend_from_slice(&bytes);
                let _ = Global::parse(&body);
            }
        }
    }
}
