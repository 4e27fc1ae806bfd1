//! vsftpd before anybody is in.

use super::{Command, texts};
use crate::{
    conn::End,
    ftp::{
        delay,
        session::{Login, Next, Session},
    },
};

/// Failed log-ins after which it closes.
const TRIES: u8 = 3;

/// Names of visitors without an account.
fn is_anonymous_name(user: &[u8]) -> bool {
    user.eq_ignore_ascii_case(b"anonymous") || user.eq_ignore_ascii_case(b"ftp")
}

/// Answers a command of somebody who is not in.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let argument = command.argument.as_slice();
    let has_tls = session.ftp.settings.tls.is_some();
    match command.verb.as_slice() {
        b"USER" => user(session, argument).await,
        b"PASS" => password(session, argument).await,
        b"QUIT" => {
            session.answer(texts::GOODBYE).await?;
            Ok(Next::Close)
        }
        b"FEAT" => super::features(session).await,
        b"OPTS" => super::options(session, argument).await,
        b"AUTH" if has_tls && !session.conn.is_secure() => encrypt(session, argument).await,
        b"PBSZ" | b"PROT" if has_tls => super::parameters::answer(session, command).await,
        b"" if argument.is_empty() => Ok(Next::Command),
        _ => session.answer("530 Please login with USER and PASS.").await,
    }
}

async fn user(session: &mut Session<'_>, name: &[u8]) -> Result<Next, End> {
    // Version 2.3.4 was once distributed with a door that opens to a smile; any version is tried.
    if name.windows(2).any(|pair| pair == b":)") {
        session.attacked("vsftpd_234_backdoor", name);
    }
    session.name(name);
    session.answer("331 Please specify the password.").await
}

async fn password(session: &mut Session<'_>, password: &[u8]) -> Result<Next, End> {
    let Login::Named(user) = std::mem::replace(&mut session.login, Login::Stranger) else {
        session.log_in_tried(b"", password, false);
        return session.answer("503 Login with USER first.").await;
    };
    let visitor = if is_anonymous_name(&user) && session.ftp.settings.anonymous {
        Some(session.ftp.tree.anonymous())
    } else {
        session.ftp.tree.account(&user, password)
    };
    session.log_in_tried(&user, password, visitor.is_some());
    match visitor {
        Some(visitor) => {
            session.enter(visitor);
            session.answer("230 Login successful.").await
        }
        None => refuse(session).await,
    }
}

async fn refuse(session: &mut Session<'_>) -> Result<Next, End> {
    session.conn.pause(delay::of_vsftpd()).await?;
    session.answer("530 Login incorrect.").await?;
    session.failures += 1;
    Ok(if session.failures < TRIES { Next::Command } else { Next::Close })
}

async fn encrypt(session: &mut Session<'_>, method: &[u8]) -> Result<Next, End> {
    if !["TLS", "TLS-C", "SSL", "TLS-P"].iter().any(|known| method.eq_ignore_ascii_case(known.as_bytes())) {
        return session.answer("504 Unknown AUTH type.").await;
    }
    session.answer("234 Proceed with negotiation.").await?;
    if let Some(server) = &session.ftp.settings.tls {
        Box::pin(session.conn.upgrade_tls(server, false)).await?;
    }
    Ok(Next::Command)
}

/// Answers USER of somebody who is in.
pub(super) async fn user_again(session: &mut Session<'_>, name: &[u8]) -> Result<Next, End> {
    let current = session.visitor().map(|v| v.owner.name.as_bytes().to_vec()).unwrap_or_default();
    let text = if session.is_anonymous() {
        "530 Can't change from guest user."
    } else if name == current {
        "331 Any password will do."
    } else {
        "530 Can't change to another user."
    };
    session.answer(text).await
}
