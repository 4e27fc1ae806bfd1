//! A log-in as the Unix daemons have it, and the shell behind it.

use std::{future::Future, net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use super::{
    Telnet,
    login::{self, PATIENCE, Program},
    stream::escape,
    talk::{Got, Talk},
};
use crate::{
    End,
    attempt::auth_attempt,
    caps,
    machine::{Account, Machine, Time, Via},
    shell::{
        Login, Streams, Terminal, Visit,
        pipe::{self, Reader, Writer},
        terminal::Size,
    },
};

/// Bytes of the screen that go out at once.
const SCREEN: usize = 8 * 1024;
/// Names that may be empty before BusyBox's log-in gives up.
const EMPTY_NAMES: u32 = 10;

/// Serves one client until it is logged out.
pub(super) async fn serve(telnet: &Telnet, talk: &mut Talk<'_>, number: usize) -> Result<(), End> {
    // The daemons wait for ever for the answers to their options.
    talk.conn.set_idle_timeout(caps::SESSION_LIFE);
    talk.negotiate().await?;
    talk.tell();
    let machine = Arc::clone(talk.conn.witness().host().machine());
    let peer = talk.conn.peer().ip().to_canonical();
    let issue = read(&machine, "/etc/issue.net");
    let terminal = format!("pts/{number}");
    let banner = login::banner(telnet.product, &machine, issue.as_deref(), &peer.to_string(), &terminal);
    talk.say(&banner).await?;
    let Some(account) = log_in(telnet, talk, &machine).await? else { return Ok(()) };
    // Each on the heap, so that who waits at the prompt of the log-in has no room for a visit.
    Box::pin(greet(talk, &machine, &account, peer)).await?;
    Box::pin(visit(talk, &machine, account)).await
}

fn read(machine: &Arc<Machine>, path: &str) -> Option<Vec<u8>> {
    let root = machine.account("root")?;
    machine.files(IpAddr::from([0, 0, 0, 0]), &root).read(path.as_bytes()).ok()
}

/// Asks until a pair is right, or too often.
async fn log_in(telnet: &Telnet, talk: &mut Talk<'_>, machine: &Machine) -> Result<Option<Account>, End> {
    let program = Program::of(machine);
    let until = Instant::now() + PATIENCE;
    let mut tries = 0;
    loop {
        let (name, password) = match pair(talk, machine, program, until).await? {
            Asked::Pair(name, password) => (name, password),
            Asked::TimedOut => {
                talk.say(program.timed_out.as_bytes()).await?;
                return Ok(None);
            }
            Asked::End => return Ok(None),
        };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let extra = telnet.password.as_deref();
        let account = text(&name)
            .zip(text(&password))
            .and_then(|(name, password)| machine.check_password(&name, &password, extra));
        talk.conn.emit(auth_attempt("login", Some(name), Some(password), account.is_some()));
        if account.is_some() {
            return Ok(account);
        }
        tries += 1;
        talk.conn.pause(program.delay(telnet.draw())).await?;
        talk.say(program.failure.as_bytes()).await?;
        if tries >= program.tries {
            talk.say(program.last.as_bytes()).await?;
            return Ok(None);
        }
    }
}

/// What came of asking for a pair.
enum Asked {
    Pair(Vec<u8>, Vec<u8>),
    End,
    TimedOut,
}

async fn pair(
    talk: &mut Talk<'_>,
    machine: &Machine,
    program: &Program,
    until: Instant,
) -> Result<Asked, End> {
    let mut empty = 0;
    let name = loop {
        talk.say(&login::name_prompt(machine)).await?;
        match talk.line(true, until).await? {
            Got::Line(name) if name.is_empty() && program.insists => {
                empty += 1;
                if empty > EMPTY_NAMES {
                    return Ok(Asked::End);
                }
            }
            Got::Line(name) => break name,
            Got::TimedOut => return Ok(Asked::TimedOut),
            Got::End if program.insists => return Ok(Asked::End),
            Got::End => {
                // The shadow suite takes the end of input for a pair that is wrong.
                talk.say(b"\r\n").await?;
                return Ok(Asked::Pair(Vec::new(), Vec::new()));
            }
        }
    };
    talk.say(b"Password: ").await?;
    match talk.line(false, until).await? {
        Got::Line(password) => Ok(Asked::Pair(name, password)),
        Got::End => {
            talk.say(b"\r\n").await?;
            Ok(Asked::Pair(name, Vec::new()))
        }
        Got::TimedOut => Ok(Asked::TimedOut),
    }
}

/// What the log-in program says before it starts the shell.
async fn greet(
    talk: &mut Talk<'_>,
    machine: &Arc<Machine>,
    account: &Account,
    peer: IpAddr,
) -> Result<(), End> {
    let mut text = Vec::new();
    let program = Program::of(machine);
    if program.tries == 5 {
        let architecture = &machine.persona().system.machine;
        let (release, version) = (machine.kernel(), machine.kernel_version());
        let host = &machine.persona().hostname;
        text.extend_from_slice(format!("Linux {host} {release} {version} {architecture}\n").as_bytes());
    }
    let last = last_login(machine, account, peer);
    if program.delay(0) == Duration::from_secs(3) {
        text.extend(read(machine, "/etc/motd").unwrap_or_default());
    } else {
        text.extend(last.clone().unwrap_or_default());
        text.extend(read(machine, "/etc/motd").unwrap_or_default());
    }
    if program.tries == 5 {
        text.extend(last.unwrap_or_default());
    }
    let text = text.iter().flat_map(|byte| if *byte == b'\n' { b"\r\n".to_vec() } else { vec![*byte] });
    talk.say(&text.collect::<Vec<_>>()).await
}

/// When the account was used last from the same address, as `pam_lastlog` says it.
fn last_login(machine: &Machine, account: &Account, peer: IpAddr) -> Option<Vec<u8>> {
    let past = machine.past_sessions(peer);
    let (session, _) = past.iter().rev().find(|(session, _)| session.user == account.name)?;
    let when = date(session.since);
    Some(format!("Last login: {when} UTC from {} on {}\n", session.from, session.terminal).into_bytes())
}

fn date(time: Time) -> String {
    let moment =
        time::OffsetDateTime::from_unix_timestamp(time.seconds).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let short = |text: String| text.chars().take(3).collect::<String>();
    let (weekday, month) = (short(moment.weekday().to_string()), short(moment.month().to_string()));
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    format!("{weekday} {month} {:2} {hour:02}:{minute:02}:{second:02} {}", moment.day(), moment.year())
}

/// The shell: what is typed goes in, what it shows comes out.
async fn visit(talk: &mut Talk<'_>, machine: &Arc<Machine>, account: Account) -> Result<(), End> {
    let client = talk.client();
    let name = client
        .terminal
        .as_deref()
        .map_or("dumb".to_owned(), |name| String::from_utf8_lossy(name).to_lowercase());
    let (window, size) = watch::channel(window(client.window));
    let (input, keyboard) = pipe::pipe(caps::SHELL_PIPE);
    let (screen, output) = pipe::pipe(caps::SHELL_PIPE);
    let login = Login {
        account,
        witness: talk.conn.witness(),
        via: Via::Telnet,
        terminal: Some(Terminal { name, size }),
        environment: Vec::new(),
    };
    let visit = Visit::open(machine, login);
    let errors = output.clone();
    let shell = async move {
        visit.interactive(Streams { input, output, errors }).await;
    };
    carry(talk, Box::pin(shell), &keyboard, &screen, &window).await
}

fn window(cells: Option<(u16, u16)>) -> Size {
    // A shell takes the usual one where the client says none.
    let (columns, rows) = cells.filter(|(columns, rows)| *columns > 0 && *rows > 0).unwrap_or((80, 24));
    Size { columns, rows }
}

type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Passes bytes both ways until the shell ends or the peer leaves.
async fn carry(
    talk: &mut Talk<'_>,
    mut shell: Running<'_>,
    keyboard: &Writer,
    screen: &Reader,
    window_size: &watch::Sender<Size>,
) -> Result<(), End> {
    let returns = talk.returns();
    let mut ended = false;
    let mut typing: Option<Running<'_>> = None;
    loop {
        if typing.is_none() {
            let typed = talk.take_typed();
            if !typed.is_empty() {
                typing = Some(Box::pin(async move {
                    let _ = keyboard.write(&typed).await;
                }));
            }
        }
        tokio::select! {
            biased;
            shown = screen.read(SCREEN) => {
                if shown.is_empty() {
                    return Ok(());
                }
                talk.conn.write(&escape(&shown, returns)).await?;
            }
            () = &mut shell, if !ended => ended = true,
            () = async { if let Some(typing) = &mut typing { typing.await } }, if typing.is_some() => {
                typing = None;
            }
            received = talk.conn.fill(), if typing.is_none() && !ended => {
                received?;
                talk.absorb().await?;
                let size = window(talk.client().window);
                window_size.send_if_modified(|now| std::mem::replace(now, size) != size);
            }
        }
    }
}
