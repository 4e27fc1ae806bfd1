//! For people.

use std::fmt::Write as _;

use super::{Program, Report, State, Totals, now};

impl Report {
    /// For people.
    pub fn describe(&self) -> String {
        let mut text = match &self.program {
            Some(program) => program.describe(),
            None => "No forwarder answers. What the last one left:\n".to_owned(),
        };
        let _ = writeln!(text, "Log           {}, {} bytes wait", self.log.display(), self.lag_bytes);
        let _ = match self.acknowledged {
            Some(at) => writeln!(text, "Acknowledged  byte {} of {}", at.offset, at.generation),
            None => writeln!(text, "Acknowledged  nothing"),
        };
        if let Some(artifacts) = &self.artifacts {
            let _ = writeln!(
                text,
                "Artifacts     {} wait, {} of them refused",
                artifacts.waiting, artifacts.refused
            );
        }
        text
    }
}

impl Program {
    fn describe(&self) -> String {
        let Self { pid, version, receiver, protocol, connection, totals, last_error, .. } = self;
        let word = match connection.state {
            State::Up => "connected",
            State::Down => "not connected",
        };
        let Totals { lines, bytes, gaps, connections, .. } = totals;
        let mut text = format!(
            "Forwarder     {version} as process {pid}\n\
             Receiver      {receiver} ({protocol}), {word} for {}\n\
             Sent          {lines} lines, {bytes} bytes, {gaps} gaps on {connections} connections\n",
            ago(connection.since)
        );
        if let Some(trouble) = last_error {
            let _ = writeln!(text, "Last error    {} ago: {}", ago(trouble.at), trouble.text);
        }
        text
    }
}

fn ago(since: i64) -> String {
    let seconds = now().saturating_sub(since).max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_units_that_fit() {
        let check = |seconds, expect| assert_eq!(ago(now() - seconds), expect);
        check(-100, "0 s");
        check(150, "2 min");
        check(7_300, "2 h");
        check(200_000, "2 days");
    }
}
