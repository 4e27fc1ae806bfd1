//! `time` before a pipeline.

use tokio::time::Instant;

use crate::shell::{interpreter::Shell, language::ast::Timed};

/// When a pipeline began.
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    pub(super) fn start(_: &Shell) -> Self {
        Self(Instant::now())
    }

    /// What bash prints, or what `TIMEFORMAT` asks for.
    pub(super) fn text(&self, shell: &Shell, timed: Timed) -> Vec<u8> {
        let real = self.0.elapsed().as_secs_f64();
        // What waits takes no processor time; of the rest most is the program's own.
        let busy = real.min(0.4);
        let (user, system) = (busy * 0.6, busy * 0.3);
        let format = match (timed, shell.variables.scalar(b"TIMEFORMAT")) {
            (Timed::Posix, _) => b"real %2R\nuser %2U\nsys %2S".to_vec(),
            (Timed::Plain, None) => b"\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS".to_vec(),
            (Timed::Plain, Some(format)) => format.to_vec(),
        };
        if format.is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        let mut bytes = format.into_iter().peekable();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                out.push(byte);
                continue;
            }
            let digits =
                bytes.next_if(u8::is_ascii_digit).map_or(3, |digit| usize::from(digit - b'0').min(3));
            let long = bytes.next_if_eq(&b'l').is_some();
            let seconds = match bytes.next() {
                Some(b'R') => real,
                Some(b'U') => user,
                Some(b'S') => system,
                Some(b'P') => {
                    out.extend_from_slice(
                        format!("{:.2}", 100.0 * (user + system) / real.max(0.001)).as_bytes(),
                    );
                    continue;
                }
                Some(other) => {
                    out.push(other);
                    continue;
                }
                None => break,
            };
            let text = if long {
                format!("{}m{:.digits$}s", (seconds / 60.0) as u64, seconds % 60.0)
            } else {
                format!("{seconds:.digits$}")
            };
            out.extend_from_slice(text.as_bytes());
        }
        out.push(b'\n');
        out
    }
}
