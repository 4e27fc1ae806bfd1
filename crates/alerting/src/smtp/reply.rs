//! What a mail server says.

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

use super::SmtpError;

/// Most bytes of a line, its end among them; RFC 5321 allows 512.
const LINE: u64 = 1024;

/// Most lines of a reply.
const LINES: usize = 100;

/// A reply: its code, and the texts of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// Whether a reply to a greeting offers an extension.
    pub(super) fn offers(&self, extension: &str) -> bool {
        self.words(extension).is_some()
    }

    /// Whether it offers a way to log in.
    pub(super) fn offers_login(&self, way: &str) -> bool {
        self.words("AUTH").is_some_and(|mut words| words.any(|word| word.eq_ignore_ascii_case(way)))
    }

    /// What follows the name of an extension.
    fn words(&self, extension: &str) -> Option<impl Iterator<Item = &str>> {
        // The first line is the server's name.
        self.lines.iter().skip(1).find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            words.next().filter(|word| word.eq_ignore_ascii_case(extension)).map(|_| words)
        })
    }
}

/// The next reply.
pub(super) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Reply, SmtpError> {
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        stream.take(LINE).read_until(b'\n', &mut line).await?;
        if line.is_empty() {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        let (code, last, text) = parse(&line).ok_or(SmtpError::Malformed)?;
        lines.push(text);
        if last {
            return Ok(Reply { code, lines });
        }
        if lines.len() >= LINES {
            return Err(SmtpError::Malformed);
        }
    }
}

/// Code of a line, whether it is the last, and its text.
fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let line = line.strip_suffix(b"\n")?;
    let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok()?;
    let (code, rest) = line.split_at_checked(3)?;
    let code = Some(code).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    match rest.split_at_checked(1) {
        None => Some((code, true, String::new())),
        Some((" ", text)) => Some((code, true, text.to_owned())),
        Some(("-", text)) => Some((code, false, text.to_owned())),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(bytes: &[u8]) -> Option<Reply> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(read(&mut &*bytes)).ok()
    }

    #[test]
    fn replies_are_read() {
        let reply =
            check(b"250-mail.example hello\r\n250-auth LOGIN PLAIN\n250 STARTTLS\r\n220 next").unwrap();
        assert_eq!((reply.code, reply.lines.len()), (250, 3));
        assert!(reply.offers("STARTTLS") && reply.offers_login("PLAIN") && !reply.offers_login("CRAM-MD5"));
        assert!(!reply.offers("mail.example"), "the first line is a name");
        assert_eq!(check(b"354\r\n"), Some(Reply { code: 354, lines: vec![String::new()] }));
    }

    #[test]
    fn what_is_none_or_too_much_is_refused() {
        let bad: [&[u8]; 7] =
            [b"", b"2", b"250 cut off", b"hello\r\n", b"250_x\r\n", b"+50 x\r\n", b"250 \xff\r\n"];
        for bytes in bad {
            assert_eq!(check(bytes), None, "{bytes:?}");
        }
        assert_eq!(check(&[b"250 ".as_slice(), &[b'x'; LINE as usize], b"\r\n"].concat()), None);
        assert_eq!(check(&b"250-x\r\n".repeat(LINES + 1)), None);
    }

    proptest! {
        #[test]
        fn anything_is_read(bytes: Vec<u8>) {
            let _ = check(&bytes);
        }
    }
}
