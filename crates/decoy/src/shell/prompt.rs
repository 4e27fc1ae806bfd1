//! Prompts.

use super::interpreter::Shell;

impl Shell {
    /// A prompt with its backslashes and dollars expanded.
    pub(crate) async fn prompt(&mut self, name: &str) -> Vec<u8> {
        let Some(text) = self.variables.scalar(name.as_bytes()).map(<[u8]>::to_vec) else {
            return Vec::new();
        };
        let text = if self.dialect.is_dash() { text } else { self.prompt_text(&text) };
        if !text.contains(&b'$') && !text.contains(&b'`') {
            return text;
        }
        let (status, watched) = (self.status, std::mem::replace(&mut self.watched, false));
        let expanded = self.expand_text(&text).await;
        (self.status, self.watched) = (status, watched);
        expanded.unwrap_or(text)
    }

    /// What backslashes in a prompt stand for.
    pub(crate) fn prompt_text(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            at += 1;
            if byte != b'\\' {
                out.push(byte);
                continue;
            }
            let Some(&escape) = text.get(at) else {
                out.push(b'\\');
                break;
            };
            at += 1;
            if escape.is_ascii_digit() {
                let digits = text.get(at - 1..).unwrap_or_default();
                let count = digits.iter().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
                let octal = digits.get(..count).and_then(|digits| std::str::from_utf8(digits).ok());
                let value = octal.and_then(|octal| u32::from_str_radix(octal, 8).ok()).unwrap_or(0);
                out.push(value.to_le_bytes()[0]);
                at += count.saturating_sub(1);
                continue;
            }
            if escape == b'D' && text.get(at) == Some(&b'{') {
                let end = text.iter().skip(at).position(|byte| *byte == b'}').unwrap_or(0);
                at += end + 1;
                out.extend(self.clock("%H:%M:%S").into_bytes());
                continue;
            }
            self.prompt_escape(escape, &mut out);
        }
        out
    }

    fn prompt_escape(&self, escape: u8, out: &mut Vec<u8>) {
        let hostname = self.machine().persona().hostname.as_str();
        match escape {
            b'u' => out.extend_from_slice(self.account.name.as_bytes()),
            b'h' => out.extend_from_slice(hostname.split('.').next().unwrap_or_default().as_bytes()),
            b'H' => out.extend_from_slice(hostname.as_bytes()),
            b'w' => out.extend(self.short_directory()),
            b'W' => {
                let whole = self.short_directory();
                let last = whole.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                out.extend_from_slice(if last.is_empty() { b"/" } else { last });
            }
            b'$' => out.push(if self.account.is_root() { b'#' } else { b'$' }),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'e' => out.push(0x1b),
            b'\\' => out.push(b'\\'),
            // What stands between them takes no room; the line editor finds that out itself.
            b'[' | b']' => {}
            b's' => {
                let name = self.name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                out.extend_from_slice(name);
            }
            b'v' | b'V' => {
                let version = super::start::bash_version(self.machine().distro());
                let short =
                    if escape == b'v' { version.rsplitn(2, '.').last() } else { version.split('(').next() };
                out.extend_from_slice(short.unwrap_or_default().as_bytes());
            }
            b'j' => out.extend_from_slice(self.jobs.iter().count().to_string().as_bytes()),
            b'l' => {
                let device = self.seat.tty().map_or("tty", |tty| tty.device());
                out.extend_from_slice(device.rsplit('/').next().unwrap_or_default().as_bytes());
            }
            b'!' | b'#' => out.extend_from_slice((self.history.len() + 1).to_string().as_bytes()),
            b't' => out.extend(self.clock("%H:%M:%S").into_bytes()),
            b'A' => out.extend(self.clock("%H:%M").into_bytes()),
            b'T' => out.extend(self.clock("%I:%M:%S").into_bytes()),
            b'@' => out.extend(self.clock("%I:%M %p").into_bytes()),
            b'd' => out.extend(self.clock("%a %b %d").into_bytes()),
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }

    /// The working directory with `~` for the home.
    pub(crate) fn short_directory(&self) -> Vec<u8> {
        let home = self.variables.scalar(b"HOME").unwrap_or_default();
        let rest = self.directory.strip_prefix(home).filter(|rest| rest.is_empty() || rest.starts_with(b"/"));
        match rest {
            Some(rest) if home.len() > 1 => [b"~", rest].concat(),
            _ => self.directory.clone(),
        }
    }

    /// The time in a form of `strftime`; machines of ours run on UTC.
    fn clock(&self, form: &str) -> String {
        let now = self.machine().now().seconds;
        crate::machine::calendar::format(now, form)
    }
}
