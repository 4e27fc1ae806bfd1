//! reboot, shutdown, halt, poweroff: the visit ends as when sshd is ended.

use std::time::Duration;

use super::super::context::Done;
use crate::{
    machine::calendar,
    shell::{Exit, Process, Signal},
};

/// When the system is to go down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Now,
    /// So many minutes from now.
    In(i64),
    /// At this minute of the day.
    At(i64),
    Never,
}

/// Reads `now`, `+5`, `23:30`.
fn when(text: &[u8]) -> Option<When> {
    let text = std::str::from_utf8(text).ok()?;
    if text == "now" || text == "+0" {
        return Some(When::Now);
    }
    if let Some((hours, minutes)) = text.split_once(':') {
        let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
        return ((0..24).contains(&hours) && (0..60).contains(&minutes))
            .then_some(When::At(hours * 60 + minutes));
    }
    let minutes = text.strip_prefix('+').unwrap_or(text).parse().ok()?;
    (0..=527_040).contains(&minutes).then_some(When::In(minutes))
}

pub(super) async fn power(process: &mut Process) -> Done {
    let arguments = process.arguments().to_vec();
    let has = |words: &[&str]| arguments.iter().any(|a| words.iter().any(|word| a == word.as_bytes()));
    let shuts = process.name() == b"shutdown";
    if matches!(process.name(), b"init" | b"telinit") && !has(&["0", "6"]) {
        let level = arguments.first().map(|level| String::from_utf8_lossy(level).into_owned());
        if level.is_none() || !process.account.is_root() {
            process.complain("init: required argument missing.\n").await;
            return Ok(Exit::FAILURE);
        }
        return Ok(Exit::SUCCESS);
    }
    if has(&["--help"]) {
        process.print(super::super::about::usage(process)).await?;
        return Ok(Exit::SUCCESS);
    }
    if !process.account.is_root() {
        return Ok(denied(process).await);
    }
    if has(&["-w", "--wtmp-only"]) {
        return Ok(Exit::SUCCESS);
    }
    let at = if has(&["-c"]) {
        When::Never
    } else if shuts && !process.is_busybox() {
        match arguments.iter().find(|argument| !argument.starts_with(b"-")).map(|word| (word, when(word))) {
            None => When::In(1),
            Some((_, Some(at))) => at,
            Some((word, None)) => {
                let text = [b"Failed to parse time specification: ", word.as_slice(), b"\n"].concat();
                process.complain(text).await;
                return Ok(Exit::FAILURE);
            }
        }
    } else {
        When::Now
    };
    match at {
        When::Never => Ok(Exit::SUCCESS),
        When::Now => Ok(down(process).await),
        at => {
            let restarts = has(&["-r", "--reboot"]);
            let text = scheduled(process.machine.now().seconds, at, restarts);
            process.complain(text).await;
            Ok(Exit::SUCCESS)
        }
    }
}

fn scheduled(now: i64, at: When, restarts: bool) -> String {
    let minute = now - now.rem_euclid(60);
    let today = now - now.rem_euclid(86_400);
    let time = match at {
        When::At(minutes) if today + minutes * 60 > now => today + minutes * 60,
        When::At(minutes) => today + 86_400 + minutes * 60,
        When::In(minutes) => minute + minutes * 60,
        When::Now | When::Never => now,
    };
    let what = if restarts { "Reboot" } else { "Shutdown" };
    format!(
        "{what} scheduled for {}, use 'shutdown -c' to cancel.\n",
        calendar::format(time, "%a %Y-%m-%d %H:%M:%S UTC")
    )
}

async fn denied(process: &Process) -> Exit {
    let name = process.called();
    let text = if process.is_busybox() {
        format!("{name}: Operation not permitted\n")
    } else if name == "shutdown" {
        "Failed to set wall message, ignoring: Interactive authentication required.\nFailed to schedule shutdown: Interactive authentication required.\n".to_owned()
    } else {
        let what = match name.as_str() {
            "reboot" => "reboot",
            "halt" => "halt",
            _ => "power off",
        };
        format!(
            "Failed to set wall message, ignoring: Interactive authentication required.\nFailed to {what} system via logind: Interactive authentication required.\nFailed to open initctl fifo: Permission denied\nFailed to talk to init daemon.\n"
        )
    };
    process.complain(text).await;
    Exit::FAILURE
}

/// The system goes down: a moment later the connection is gone.
async fn down(process: &Process) -> Exit {
    let seat = std::sync::Arc::clone(&process.seat);
    tokio::time::sleep(Duration::from_millis(400)).await;
    seat.signal(Signal::HangUp);
    Exit::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_shutdown_reads_them() {
        assert_eq!(when(b"now"), Some(When::Now));
        assert_eq!(when(b"+5"), Some(When::In(5)));
        assert_eq!(when(b"23:30"), Some(When::At(1_410)));
        assert_eq!(when(b"24:00"), None);
        assert_eq!(when(b"soon"), None);
        let at = 1_795_692_333; // 2026-11-26 11:25:33, a Thursday
        let expect = "Reboot scheduled for Thu 2026-11-26 11:30:00 UTC, use 'shutdown -c' to cancel.\n";
        assert_eq!(scheduled(at, When::In(5), true), expect);
    }
}
