//! The virtual terminal of a Cisco switch: user verification and a small EXEC.

mod command;
mod show;

use std::time::Duration;

use decnet_event::Kind;
use tokio::time::Instant;

use self::command::{Found, Level};
use super::{
    Telnet, login,
    product::Product,
    talk::{Got, Talk},
};
use crate::{End, attempt::auth_attempt, caps};

/// How long each prompt of the log-in waits.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a line without input stays open.
const IDLE: Duration = Duration::from_secs(600);
/// How long a wrong pair takes.
const DELAY: Duration = Duration::from_secs(2);
/// Tries before the line is closed.
const TRIES: u32 = 3;
/// Lines of a screen, and what stands below a full one.
const ROWS: usize = 24;
const MORE: &[u8] = b" --More-- ";
const CLEAR: &[u8] = b"\x08\x08\x08\x08\x08\x08\x08\x08\x08        \x08\x08\x08\x08\x08\x08\x08\x08\x08";

/// What a line is set to.
#[derive(Debug)]
pub(super) struct Exec {
    level: Level,
    /// Configuration mode: what stands in brackets in the prompt.
    configuring: Option<&'static str>,
    rows: usize,
    history: Vec<String>,
}

/// Serves one client until it leaves.
pub(super) async fn serve(telnet: &Telnet, talk: &mut Talk<'_>) -> Result<(), End> {
    talk.conn.set_idle_timeout(caps::SESSION_LIFE);
    talk.negotiate().await?;
    let machine = std::sync::Arc::clone(talk.conn.witness().host().machine());
    talk.say(&login::banner(Product::Ios, &machine, None, "", "")).await?;
    let Some(password) = verify(telnet, talk).await? else { return Ok(()) };
    talk.tell();
    let mut exec = Exec { level: Level::User, configuring: None, rows: ROWS, history: Vec::new() };
    talk.say(b"\r\n").await?;
    loop {
        let prompt = exec.prompt(&machine.persona().hostname);
        talk.say(prompt.as_bytes()).await?;
        let line = match talk.line(true, Instant::now() + IDLE).await? {
            Got::Line(line) => String::from_utf8_lossy(&line).into_owned(),
            Got::End => String::new(),
            Got::TimedOut => return Ok(()),
        };
        if !run(telnet, talk, &mut exec, &line, prompt.len(), &password).await? {
            return Ok(());
        }
    }
}

/// Asks for a pair three times; gives the password of the one that was right.
async fn verify(telnet: &Telnet, talk: &mut Talk<'_>) -> Result<Option<String>, End> {
    for _ in 0..TRIES {
        let Some(name) = ask(talk, "Username: ", true).await? else { return Ok(None) };
        let Some(password) = ask(talk, "Password: ", false).await? else { return Ok(None) };
        let accepted = telnet.opens_ios(talk.conn.host(), &name, &password);
        talk.conn.emit(auth_attempt("login", Some(name), Some(password.clone()), accepted));
        if accepted {
            return Ok(Some(String::from_utf8_lossy(&password).into_owned()));
        }
        talk.conn.pause(DELAY).await?;
        talk.say(b"% Login invalid\r\n\r\n").await?;
    }
    Ok(None)
}

async fn ask(talk: &mut Talk<'_>, prompt: &str, shows: bool) -> Result<Option<Vec<u8>>, End> {
    talk.say(prompt.as_bytes()).await?;
    match talk.line(shows, Instant::now() + PATIENCE).await? {
        Got::Line(line) => Ok(Some(line)),
        Got::End => Ok(Some(Vec::new())),
        Got::TimedOut => {
            talk.say(format!("\r\n% {prompt} timeout expired!\r\n").as_bytes()).await?;
            Ok(None)
        }
    }
}

impl Exec {
    fn prompt(&self, hostname: &str) -> String {
        match (self.configuring, self.level) {
            (Some(mode), _) => format!("{hostname}({mode})#"),
            (None, Level::User) => format!("{hostname}>"),
            (None, Level::Enabled) => format!("{hostname}#"),
        }
    }
}

/// Runs a command line; tells whether the line stays open.
async fn run(
    telnet: &Telnet,
    talk: &mut Talk<'_>,
    exec: &mut Exec,
    line: &str,
    indent: usize,
    password: &str,
) -> Result<bool, End> {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        return Ok(true);
    }
    let (word, arguments) = trimmed.split_once(' ').unwrap_or((trimmed, ""));
    talk.conn.emit(Kind::Command { command: word.into(), args: arguments.into() });
    if exec.history.len() >= 20 {
        exec.history.remove(0);
    }
    exec.history.push(trimmed.to_owned());
    if exec.configuring.is_some() {
        return configure(talk, exec, trimmed, line, indent).await;
    }
    let text = match command::find(line, exec.level) {
        Found::Command(command, rest) => {
            return execute(telnet, talk, exec, (command, rest), password).await;
        }
        Found::Nowhere(at) => {
            format!("{}^\r\n% Invalid input detected at '^' marker.\r\n\r\n", " ".repeat(indent + at))
        }
        Found::Incomplete => "% Incomplete command.\r\n\r\n".to_owned(),
        Found::Ambiguous => format!("% Ambiguous command:  \"{trimmed}\"\r\n"),
    };
    talk.say(text.as_bytes()).await?;
    Ok(true)
}

async fn execute(
    telnet: &Telnet,
    talk: &mut Talk<'_>,
    exec: &mut Exec,
    (command, rest): (&'static str, &str),
    password: &str,
) -> Result<bool, End> {
    match command {
        "exit" | "logout" | "quit" => return Ok(false),
        "disable" => exec.level = Level::User,
        "enable" => enable(telnet, talk, exec, password).await?,
        "configure terminal" => {
            exec.configuring = Some("config");
            talk.say(b"Enter configuration commands, one per line.  End with CNTL/Z.\r\n").await?;
        }
        "terminal length" => match rest.parse::<usize>() {
            Ok(rows @ 0..=512) => exec.rows = rows,
            _ => talk.say(b"% Invalid input detected\r\n").await?,
        },
        "terminal width" | "terminal monitor" => {}
        "ping" | "traceroute" => {
            let target = rest.split_whitespace().next().unwrap_or_default();
            talk.say(format!("Type escape sequence to abort.\r\nSending 5, 100-byte ICMP Echos to {target}, timeout is 2 seconds:\r\n").as_bytes()).await?;
            for _ in 0..5 {
                talk.conn.pause(Duration::from_secs(2)).await?;
                talk.say(b".").await?;
            }
            talk.say(b"\r\nSuccess rate is 0 percent (0/5)\r\n").await?;
        }
        "write memory" | "copy running-config startup-config" => {
            talk.say(b"Building configuration...\r\n[OK]\r\n").await?;
        }
        "show history" => {
            let lines: Vec<String> = exec.history.iter().map(|line| format!("  {line}")).collect();
            page(talk, &lines, exec.rows).await?;
        }
        _ => {
            let conn = &*talk.conn;
            let lines = show::show(command, conn.host(), conn.peer(), exec.level);
            page(talk, &lines, exec.rows).await?;
        }
    }
    Ok(true)
}

/// `enable`: the password that opened the line, or the operator's, three times.
async fn enable(telnet: &Telnet, talk: &mut Talk<'_>, exec: &mut Exec, password: &str) -> Result<(), End> {
    if exec.level == Level::Enabled {
        return Ok(());
    }
    for _ in 0..TRIES {
        let Some(typed) = ask(talk, "Password: ", false).await? else { return Ok(()) };
        let text = String::from_utf8_lossy(&typed).into_owned();
        let accepted = text == password || telnet.password.as_deref() == Some(&text);
        talk.conn.emit(auth_attempt("enable", None, Some(typed), accepted));
        if accepted {
            exec.level = Level::Enabled;
            return Ok(());
        }
    }
    talk.say(b"% Bad secrets\r\n\r\n").await
}

/// Configuration mode takes what looks like configuration, and changes nothing.
async fn configure(
    talk: &mut Talk<'_>,
    exec: &mut Exec,
    trimmed: &str,
    line: &str,
    indent: usize,
) -> Result<bool, End> {
    const KNOWN: [&str; 22] = [
        "aaa",
        "access-list",
        "banner",
        "crypto",
        "description",
        "enable",
        "hostname",
        "interface",
        "ip",
        "line",
        "logging",
        "login",
        "no",
        "ntp",
        "password",
        "service",
        "shutdown",
        "snmp-server",
        "spanning-tree",
        "switchport",
        "username",
        "vlan",
    ];
    let word = trimmed.split_whitespace().next().unwrap_or_default();
    match word {
        "end" => exec.configuring = None,
        "exit" if exec.configuring == Some("config") => exec.configuring = None,
        "exit" => exec.configuring = Some("config"),
        _ if "interface".starts_with(word) && word.len() > 2 => exec.configuring = Some("config-if"),
        "line" => exec.configuring = Some("config-line"),
        "vlan" => exec.configuring = Some("config-vlan"),
        _ if KNOWN.iter().any(|known| known.starts_with(word)) => {}
        _ => {
            let at = line.len() - line.trim_start().len();
            let text =
                format!("{}^\r\n% Invalid input detected at '^' marker.\r\n\r\n", " ".repeat(indent + at));
            talk.say(text.as_bytes()).await?;
        }
    }
    Ok(true)
}

/// Shows lines, a screen at a time.
async fn page(talk: &mut Talk<'_>, lines: &[String], rows: usize) -> Result<(), End> {
    let mut room = rows.saturating_sub(1);
    for (at, line) in lines.iter().enumerate() {
        if rows > 0 && room == 0 && at < lines.len() {
            talk.say(MORE).await?;
            let key = talk.key(IDLE).await?;
            talk.say(CLEAR).await?;
            room = match key {
                Some(b' ') => rows - 1,
                Some(b'\r' | b'\n') => 1,
                _ => return talk.say(b"\r\n").await,
            };
        }
        talk.say(format!("{line}\r\n").as_bytes()).await?;
        room = room.saturating_sub(1);
    }
    Ok(())
}
