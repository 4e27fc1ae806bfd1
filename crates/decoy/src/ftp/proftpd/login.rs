//! ProFTPD's log-in and TLS set-up.

use std::time::Duration;

use super::Command;
use crate::{
    conn::End,
    ftp::{
        delay,
        session::{Login, Next, Session},
    },
};

/// Failed log-ins after which it closes (MaxLoginAttempts).
const TRIES: u8 = 3;
/// Longest user name.
const NAME: usize = 256;
/// TimeoutNoTransfer.
const NO_TRANSFER: Duration = Duration::from_secs(600);

/// Answers one of the commands.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    match command.verb.as_slice() {
        b"USER" if command.argument.is_empty() => {
            session.answer("500 USER: command requires a parameter").await
        }
        b"USER" if command.argument.len() > NAME => session.answer("501 Login incorrect.").await,
        b"USER" if session.visitor().is_some() => user_again(session, command.first()).await,
        b"USER" => user(session, command.first()).await,
        b"PASS" => password(session, &command.argument).await,
        b"AUTH" => encrypt(session, command).await,
        _ if command.argument.is_empty() => session.answer("500 'HOST' not understood").await,
        _ if session.visitor().is_some() => session.answer("503 Bad sequence of commands").await,
        _ => session.say(&[b"504 ", command.trimmed(), b": Unknown hostname provided"]).await,
    }
}

/// The name of the anonymous section, and its alias; case counts.
fn is_anonymous_name(session: &Session<'_>, user: &[u8]) -> bool {
    session.ftp.settings.anonymous && matches!(user, b"anonymous" | b"ftp")
}

async fn user(session: &mut Session<'_>, name: &[u8]) -> Result<Next, End> {
    session.name(name);
    if is_anonymous_name(session, name) {
        session.answer("331 Anonymous login ok, send your complete email address as your password").await
    } else {
        session.say(&[b"331 Password required for ", name]).await
    }
}

async fn user_again(session: &mut Session<'_>, name: &[u8]) -> Result<Next, End> {
    if session.user == name {
        session.say(&[b"230 User ", name, b" logged in"]).await
    } else {
        session.answer("501 Reauthentication not supported").await
    }
}

async fn password(session: &mut Session<'_>, password: &[u8]) -> Result<Next, End> {
    if session.visitor().is_some() {
        return session.answer("503 You are already logged in").await;
    }
    let Login::Named(user) = std::mem::replace(&mut session.login, Login::Stranger) else {
        session.log_in_tried(b"", password, false);
        return session.answer("503 Login with USER first").await;
    };
    let anonymous = is_anonymous_name(session, &user);
    let visitor = match anonymous {
        true => Some(session.ftp.tree.anonymous()),
        false => session.ftp.tree.account(&user, password),
    };
    session.log_in_tried(&user, password, visitor.is_some());
    let Some(visitor) = visitor else { return refuse(session, &user).await };
    session.enter(visitor);
    session.conn.set_idle_timeout(NO_TRANSFER);
    session.user = user;
    if anonymous {
        let welcome = session.ftp.tree.welcome();
        session.answer(&format!("230-{welcome}")).await?;
        session.answer("230 Anonymous access granted, restrictions apply").await
    } else {
        let user = session.user.clone();
        session.say(&[b"230 User ", &user, b" logged in"]).await
    }
}

/// PAM takes its time only over accounts that exist.
async fn refuse(session: &mut Session<'_>, user: &[u8]) -> Result<Next, End> {
    session.failures += 1;
    if session.ftp.tree.has_account(user) {
        session.conn.pause(delay::of_pam()).await?;
    }
    session.answer("530 Login incorrect.").await?;
    Ok(if session.failures < TRIES { Next::Command } else { Next::Close })
}

async fn encrypt(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    if command.argument.is_empty() {
        return session.answer("504 AUTH requires at least one argument").await;
    }
    if session.conn.is_secure() {
        return session.answer("503 Unwilling to accept second AUTH").await;
    }
    if session.visitor().is_some() {
        return session.answer("534 Unwilling to accept security parameters").await;
    }
    let method = command.trimmed().to_ascii_uppercase();
    if !matches!(method.as_slice(), b"TLS" | b"TLS-C" | b"TLS-P" | b"SSL") {
        return session.answer("500 AUTH not understood").await;
    }
    session.say(&[b"234 AUTH ", &method, b" successful"]).await?;
    if let Some(server) = &session.ftp.settings.tls {
        Box::pin(session.conn.upgrade_tls(server, false)).await?;
    }
    Ok(Next::Command)
}
