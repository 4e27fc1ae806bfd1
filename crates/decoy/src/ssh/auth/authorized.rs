//! `authorized_keys` (sshd(8)): which keys open an account, and what they may do.

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// What a line of the file allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Permission {
    /// Number of the line, from 1.
    pub(super) line: usize,
    /// The command that is run instead of any other.
    pub(super) command: Option<Vec<u8>>,
    /// Whether a terminal may be had.
    pub(super) terminal: bool,
    /// Whether connections may be forwarded.
    pub(super) forwarding: bool,
    /// Whether the agent may be forwarded.
    pub(super) agent: bool,
    /// Whether X11 may be forwarded.
    pub(super) x11: bool,
    /// Whether `~/.ssh/rc` is run.
    pub(super) rc: bool,
}

/// Base64 as C's `b64_pton` reads it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The first line of `file` that has the key.
pub(super) fn find(file: &[u8], blob: &[u8]) -> Option<Permission> {
    file.split(|byte| *byte == b'\n').enumerate().find_map(|(at, line)| matches(line, at + 1, blob))
}

fn matches(line: &[u8], number: usize, blob: &[u8]) -> Option<Permission> {
    let line = skip_blanks(line);
    if line.is_empty() || line.starts_with(b"#") {
        return None;
    }
    if key_of(line).is_some_and(|key| key == blob) {
        return permission(b"", number);
    }
    let (options, rest) = options(line);
    (key_of(skip_blanks(rest))? == blob).then_some(())?;
    permission(options, number)
}

/// The key of `TYPE BASE64 …`.
fn key_of(text: &[u8]) -> Option<Vec<u8>> {
    let mut words = text.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty());
    let (kind, encoded) = (words.next()?, words.next()?);
    let encoded = encoded.strip_suffix(b"\r").unwrap_or(encoded);
    let blob = LENIENT.decode(encoded).ok()?;
    // The blob begins with the length and the name of its type.
    let name = blob.get(4..4 + kind.len())?;
    (name == kind).then_some(blob)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

/// Options end at the first blank that is not quoted.
fn options(line: &[u8]) -> (&[u8], &[u8]) {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in line.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            byte if is_blank(*byte) && !quoted => return line.split_at(at),
            _ => {}
        }
    }
    (line, b"")
}

/// What options say; nothing when one of them is unknown, as then the line is not used.
fn permission(options: &[u8], line: usize) -> Option<Permission> {
    let mut allowed = Permission {
        line,
        command: None,
        terminal: true,
        forwarding: true,
        agent: true,
        x11: true,
        rc: true,
    };
    for option in split(options) {
        let (name, value) = match option.iter().position(|byte| *byte == b'=') {
            Some(at) => (option.get(..at).unwrap_or_default(), option.get(at + 1..)),
            None => (option, None),
        };
        apply(&mut allowed, &name.to_ascii_lowercase(), value)?;
    }
    Some(allowed)
}

fn apply(allowed: &mut Permission, name: &[u8], value: Option<&[u8]>) -> Option<()> {
    match (name, value) {
        (b"restrict", None) => {
            (allowed.terminal, allowed.forwarding, allowed.agent) = (false, false, false);
            (allowed.x11, allowed.rc) = (false, false);
        }
        (b"pty", None) => allowed.terminal = true,
        (b"no-pty", None) => allowed.terminal = false,
        (b"port-forwarding", None) => allowed.forwarding = true,
        (b"no-port-forwarding", None) => allowed.forwarding = false,
        (b"agent-forwarding", None) => allowed.agent = true,
        (b"no-agent-forwarding", None) => allowed.agent = false,
        (b"x11-forwarding", None) => allowed.x11 = true,
        (b"no-x11-forwarding", None) => allowed.x11 = false,
        (b"user-rc", None) => allowed.rc = true,
        (b"no-user-rc", None) => allowed.rc = false,
        (b"no-touch-required" | b"touch-required" | b"verify-required" | b"no-verify-required", None) => {}
        (b"command", Some(value)) => allowed.command = Some(unquote(value)?),
        (
            b"from" | b"environment" | b"permitopen" | b"permitlisten" | b"tunnel" | b"expiry-time"
            | b"principals",
            Some(value),
        ) => drop(unquote(value)?),
        _ => return None,
    }
    Some(())
}

/// Commas outside quotes separate options.
fn split(options: &[u8]) -> Vec<&[u8]> {
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    let mut found = Vec::new();
    for (at, byte) in options.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                found.extend(options.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(options.get(start..).filter(|last| !last.is_empty()));
    found
}

fn unquote(value: &[u8]) -> Option<Vec<u8>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'\\', Some(b'"')) => out.extend(bytes.next()),
            _ => out.push(*byte),
        }
    }
    Some(out)
}

impl Permission {
    /// What a client that asks for debugging is told of the key.
    pub(super) fn text(&self, path: &[u8]) -> Vec<u8> {
        let flags = [
            (self.agent, " agent-forwarding"),
            (self.command.is_some(), " command"),
            (self.forwarding, " port-forwarding"),
            (self.terminal, " pty"),
            (self.rc, " user-rc"),
            (self.x11, " x11-forwarding"),
        ];
        let mut text = format!("{}:{}: key options:", String::from_utf8_lossy(path), self.line);
        flags.iter().filter(|(on, _)| *on).for_each(|(_, name)| text.push_str(name));
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ssh::wire::Writer as _;

    fn key() -> (Vec<u8>, String) {
        let mut blob = Vec::new();
        blob.put_string(b"ssh-ed25519");
        blob.put_string(&[9; 32]);
        let text = format!("ssh-ed25519 {}", base64::engine::general_purpose::STANDARD.encode(&blob));
        (blob, text)
    }

    #[test]
    fn the_key_is_found_wherever_it_stands() {
        let (blob, text) = key();
        let check = |file: String, line: Option<usize>| {
            assert_eq!(find(file.as_bytes(), &blob).map(|p| p.line), line, "{file}");
        };
        check(text.clone(), Some(1));
        check(format!("# none\n\n  {text} me@here\r\n"), Some(3));
        check(format!("no-pty,command=\"echo \\\"a b\\\", c\" {text} x"), Some(1));
        check(format!("#{text}"), None);
        check(format!("nonsense {text}"), None);
        check(text.replace("ssh-ed25519 ", "ssh-rsa "), None);
        check(format!("{text}\r"), Some(1));
        check("ssh-ed25519".into(), None);
    }

    #[test]
    fn options_say_what_a_key_may_do() {
        let (blob, text) = key();
        let file = format!("restrict,pty,command=\"/bin/\\\"x\\\" y\" {text}");
        let found = find(file.as_bytes(), &blob).unwrap();
        assert_eq!(found.command.as_deref(), Some(&b"/bin/\"x\" y"[..]));
        assert!(found.terminal && !found.forwarding && !found.agent);
        assert_eq!(
            found.text(b"/root/.ssh/authorized_keys"),
            b"/root/.ssh/authorized_keys:1: key options: command pty"
        );
        let plain = find(text.as_bytes(), &blob).unwrap();
        assert!(plain.text(b"/k").ends_with(b"agent-forwarding port-forwarding pty user-rc x11-forwarding"));
    }

    proptest! {
        #[test]
        fn any_file_is_searched(file: Vec<u8>) {
            let (blob, text) = key();
            let _ = find(&file, &blob);
            let mut with = text.into_bytes();
            with.push(b'\n');
            with.extend_from_slice(&file);
            prop_assert_eq!(find(&with, &blob).map(|p| p.line), Some(1));
        }
    }
}
