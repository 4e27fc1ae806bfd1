//! Parameters that the shell itself sets.

use crate::shell::{dialect::Dialect, interpreter::Shell};

impl Shell {
    /// The value of a parameter where one value is wanted, except `@` and `*`.
    pub(crate) fn value(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let number = |value: u64| Some(value.to_string().into_bytes());
        match name {
            b"?" => number(self.status.into()),
            b"$" => number(self.pid.into()),
            b"!" => self.last_background.map(|pid| pid.to_string().into_bytes()),
            b"#" => number(self.positional.len() as u64),
            b"-" => Some(self.options.letters(self.dialect, &self.letters)),
            b"0" => Some(self.name.clone()),
            [first, ..] if first.is_ascii_digit() => {
                let at: usize = std::str::from_utf8(name).ok()?.parse().ok()?;
                self.positional.get(at.checked_sub(1)?).cloned()
            }
            _ => self.dynamic(name).or_else(|| self.variables.scalar(name).map(<[u8]>::to_vec)),
        }
    }

    /// Variables whose value is made when it is asked for.
    fn dynamic(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        if name.first().is_none_or(|first| !first.is_ascii_uppercase()) {
            return None;
        }
        let dash = self.dialect == Dialect::Dash;
        let value = match name {
            b"LINENO" => self.line.to_string(),
            b"RANDOM" if !dash => self.random().to_string(),
            b"SECONDS" if self.dialect.is_bash() => {
                let now = self.machine().now();
                (now.seconds - self.started.seconds).max(0).to_string()
            }
            b"EPOCHSECONDS" if !dash => self.machine().now().seconds.to_string(),
            b"EPOCHREALTIME" if !dash => {
                let now = self.machine().now();
                format!("{}.{:06}", now.seconds, now.nanos / 1_000)
            }
            b"BASHPID" if self.dialect.is_bash() => self.own_pid.to_string(),
            b"SRANDOM" if self.dialect.is_bash() => {
                (u64::from(self.random()) << 17 | u64::from(self.random()) << 2).to_string()
            }
            b"BASH_SUBSHELL" if self.dialect.is_bash() => usize::from(self.subshell).to_string(),
            b"HISTCMD" if self.interactive => (self.history.len() + 1).to_string(),
            _ => return None,
        };
        self.variables.get(name).is_none_or(|variable| !variable.readonly).then(|| value.into_bytes())
    }

    /// Puts the values of dynamic variables where arithmetic finds them.
    pub(crate) fn refresh(&mut self, expression: &[u8]) {
        for name in ["RANDOM", "SECONDS", "LINENO", "EPOCHSECONDS", "BASHPID", "SRANDOM"] {
            let named = expression.windows(name.len()).any(|window| window == name.as_bytes());
            if named && let Some(value) = self.dynamic(name.as_bytes()) {
                self.variables.set(name.as_bytes(), value);
            }
        }
    }

    /// Bytes that split fields.
    pub(crate) fn separators(&self) -> Vec<u8> {
        self.variables.scalar(b"IFS").map_or_else(|| b" \t\n".to_vec(), <[u8]>::to_vec)
    }
}
