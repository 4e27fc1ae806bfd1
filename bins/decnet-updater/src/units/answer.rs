//! The helper's own side: one request on stdin, one answer on stdout.

use std::{
    io::{self, BufRead as _, BufReader, Read},
    os::fd::AsFd,
    process::Stdio,
    time::Duration,
};

use decnet_daemon::users::Users;
use decnet_proto::agent::UPDATER_USER;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use tokio::process::Command;

use super::{Answer, REQUEST_MAX, Request, Told, Unit};

/// The service manager's own program; nobody's `PATH` says where it is.
const SYSTEMCTL: &str = "/usr/bin/systemctl";
/// Who tells what a unit said.
const JOURNALCTL: &str = "/usr/bin/journalctl";

/// The unit of the watchdog.
const WATCHDOG: &str = "decnet-updater-watchdog.service";

/// How long a command may take: a unit has a minute and a half to end.
const PATIENCE: Duration = Duration::from_secs(150);

/// How long who connected may take to say what it wants.
const REQUEST_PATIENCE: Duration = Duration::from_secs(5);

/// Most of a command's output that is told, in bytes.
const OUTPUT_MAX: usize = 8 * 1024;

/// Answers the request that comes from `peer`, a connected socket.
///
/// # Errors
/// The peer cannot be read from; whatever else goes wrong is part of the answer.
pub async fn answer(peer: impl AsFd + Read) -> io::Result<Answer> {
    let credentials = getsockopt(&peer, PeerCredentials)?;
    if !may_ask(credentials.uid(), &Users::of_host()) {
        return Ok(Answer::Failed(format!("user {} may not ask this", credentials.uid())));
    }
    nix::sys::socket::setsockopt(&peer, nix::sys::socket::sockopt::ReceiveTimeout, &timeout())?;
    let text = line(peer)?;
    match text.parse::<Request>() {
        Ok(request) => Ok(done(request).await.map_or_else(Answer::Failed, Answer::Done)),
        Err(error) => Ok(Answer::Failed(error.to_string())),
    }
}

/// Root, and the updater's user.
fn may_ask(uid: u32, users: &Users) -> bool {
    uid == 0 || users.name(uid) == Some(UPDATER_USER)
}

const fn timeout() -> nix::sys::time::TimeVal {
    // It is a few seconds.
    nix::sys::time::TimeVal::new(REQUEST_PATIENCE.as_secs() as i64, 0)
}

/// The first line, without its end.
fn line(peer: impl Read) -> io::Result<String> {
    let mut text = String::new();
    BufReader::new(peer.take(REQUEST_MAX)).read_line(&mut text)?;
    match text.strip_suffix('\n') {
        Some(line) => Ok(line.to_owned()),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "there is no line")),
    }
}

async fn done(request: Request) -> Result<Told, String> {
    match request {
        Request::Restart(unit) => {
            let unit = service(unit);
            // One that failed too often would not be started: that it did is forgotten first.
            let _ = run(SYSTEMCTL, &["reset-failed", &unit]).await;
            let output = run(SYSTEMCTL, &["restart", &unit]).await?;
            Ok(Told { output, ..Told::default() })
        }
        Request::Show(unit) => {
            let unit = service(unit);
            Ok(properties(&run(SYSTEMCTL, &["show", "--property=MainPID,ActiveState", &unit]).await?))
        }
        Request::Log(unit) => {
            let unit = service(unit);
            let said = ["--unit", &unit, "--lines=40", "--output=cat", "--no-pager", "--quiet"];
            Ok(Told { output: run(JOURNALCTL, &said).await?, ..Told::default() })
        }
        Request::Watch => {
            let output = run(SYSTEMCTL, &["start", "--no-block", WATCHDOG]).await?;
            Ok(Told { output, ..Told::default() })
        }
    }
}

fn service(unit: Unit) -> String {
    format!("{}.service", unit.name())
}

/// What `systemctl show` says.
fn properties(text: &str) -> Told {
    let find = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value.trim())
    };
    let main_pid = find("MainPID").and_then(|pid| pid.parse().ok()).filter(|pid| *pid > 0);
    Told { main_pid, state: find("ActiveState").unwrap_or_default().to_owned(), output: String::new() }
}

/// Runs a command, and gives what it said; its failure is what it said, too.
async fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().stdin(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(PATIENCE, command.output()).await;
    let ended = ended.map_err(|_| format!("{program} had not ended after {} s", PATIENCE.as_secs()))?;
    let output = ended.map_err(|error| format!("cannot run {program}: {error}"))?;
    let text = tail(&[output.stdout, output.stderr].concat());
    if output.status.success() { Ok(text) } else { Err(format!("{program}: {}: {text}", output.status)) }
}

/// The end of it.
fn tail(bytes: &[u8]) -> String {
    let end = bytes.get(bytes.len().saturating_sub(OUTPUT_MAX)..).unwrap_or_default();
    String::from_utf8_lossy(end).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, os::unix::net::UnixStream};

    use super::*;

    #[test]
    fn a_request_is_the_first_line_and_short() {
        assert_eq!(line(&b"watch\nrest"[..]).unwrap(), "watch");
        for wrong in [&b""[..], b"watch", &[b'x'; 1000], b"\xff\n"] {
            assert!(line(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn root_and_the_updater_may_ask() {
        let users = Users::of("decnet-updater:x:995:995::/:/bin/false\nada:x:1000:1000::/:/bin/sh\n", "");
        assert!(may_ask(0, &users) && may_ask(995, &users) && !may_ask(1000, &users));
        assert!(!may_ask(995, &Users::default()));
    }

    #[test]
    fn a_unit_is_told_by_its_properties() {
        let check = |text, main_pid, state: &str| {
            let told = properties(text);
            assert_eq!((told.main_pid, told.state.as_str()), (main_pid, state), "{text}");
        };
        check("MainPID=17\nActiveState=active\n", Some(17), "active");
        check("ActiveState=failed\nMainPID=0\n", None, "failed");
        check("", None, "");
    }

    #[tokio::test]
    async fn commands_tell_what_they_said_and_how_they_ended() {
        assert_eq!(run("/bin/sh", &["-c", "echo out; echo err >&2"]).await.unwrap(), "out\nerr");
        let failed = run("/bin/sh", &["-c", "echo why >&2; exit 3"]).await.unwrap_err();
        assert!(failed.contains("exit status: 3: why"), "{failed}");
        assert!(run("/nonexistent", &[]).await.unwrap_err().starts_with("cannot run /nonexistent"));
        let long = run("/bin/sh", &["-c", "head -c 100000 /dev/zero | tr '\\0' x; echo end"]).await.unwrap();
        assert!(long.len() <= OUTPUT_MAX && long.ends_with("xend"), "{}", long.len());
    }

    #[tokio::test]
    async fn what_is_no_request_is_answered_all_the_same() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(b"restart ssh\n").unwrap();
        let Answer::Failed(text) = answer(ours).await.unwrap() else { panic!("it was done") };
        assert!(text.contains("no request"), "{text}");
        let file = tempfile::tempfile().unwrap();
        assert!(answer(file).await.is_err(), "a file is nobody");
    }
}
