//! Coming into a swarm with a token. Keys are made here and stay here.

use std::{
    io::{self, Read as _},
    path::PathBuf,
};

use decnet_api::client::{CallError, Client, Way};
use decnet_pki::{
    clock::Clock,
    digest::Pin,
    folder::{FolderError, HostFile, IdentityFolder},
    keys::KeyError,
    pem::{self, InvalidPem},
    tls::{self, TlsError},
    token::{InvalidToken, Token},
};
use decnet_proto::swarm::{
    WORKER_PORT,
    operator::{CertificateRequest, Profile},
    worker::{JoinRequest, Joined, Route},
};
use thiserror::Error;

use crate::args::JoinArgs;

/// What joining takes.
#[derive(Clone, Debug)]
pub struct Join {
    /// The controller, as `https://host:port`; the port may be left out.
    pub url: String,
    /// The token.
    pub token: String,
    /// Folder of the part's identity.
    pub dir: PathBuf,
    /// What the part wants certified.
    pub profiles: &'static [Profile],
    /// A host that is in a swarm already comes in again.
    pub again: bool,
}

/// Longest line that is read for a token.
const TOKEN_LINE: u64 = 1024;

impl Join {
    /// What the agent's command line says; a token that it does not name is the first line on stdin.
    ///
    /// # Errors
    /// stdin cannot be read.
    pub fn of_agent(how: JoinArgs, dir: PathBuf) -> io::Result<Self> {
        let token = match how.token {
            Some(token) => token,
            None => {
                let mut line = String::new();
                io::BufRead::read_line(&mut io::stdin().lock().take(TOKEN_LINE), &mut line)?;
                line.trim().to_owned()
            }
        };
        let profiles = &[Profile::AgentServer, Profile::AgentClient];
        Ok(Self { url: how.url, token, dir, profiles, again: how.again })
    }
}

/// The host did not come in.
#[derive(Debug, Error)]
pub enum JoinError {
    /// The text leads nowhere.
    #[error("{0:?} is no address of a controller: it would be https://<host>:{WORKER_PORT}")]
    Url(String),
    /// The token is none.
    #[error("this is no token: `decnet-master swarm token` makes one")]
    Token(#[from] InvalidToken),
    /// It is in a swarm.
    #[error("this host is in a swarm as {0}: --again replaces what it has")]
    Member(String),
    /// The folder cannot be used.
    #[error("cannot keep the host's identity")]
    Folder(#[from] FolderError),
    /// No request can be made.
    #[error("cannot ask for certificates")]
    Key(#[from] KeyError),
    /// TLS cannot be set up.
    #[error("cannot set TLS up")]
    Tls(#[from] TlsError),
    /// The controller refuses, or is not the one of the token.
    #[error("the controller does not let this host in")]
    Call(#[from] CallError),
    /// What it trusts is not what the token says.
    #[error("the controller has another authority than the token says")]
    OtherAuthority,
    /// A certificate is missing or malformed.
    #[error("the controller sent no certificate for {0}")]
    Missing(Profile),
    /// The authority is no certificate.
    #[error("the controller sent an authority that is none")]
    Authority(#[from] InvalidPem),
}

/// Joins, and says who the host is from now on.
///
/// What was begun and not ended is begun anew: the host's file is written last.
///
/// # Errors
/// [`JoinError`] says what is wrong and what to do.
pub async fn join(how: &Join) -> Result<HostFile, JoinError> {
    let controller = address(&how.url)?;
    let token = Token::parse(&how.token)?;
    let folder = IdentityFolder::at(&how.dir);
    match folder.host()? {
        Some(host) if !how.again => return Err(JoinError::Member(host.name.to_string())),
        Some(_) => folder.forget()?,
        None => {}
    }
    let joined = ask(how, &folder, &controller, &token).await?;
    keep(how, &folder, &joined, token.authority_pin())?;
    let host = HostFile { id: joined.host, name: joined.name, controller };
    folder.set_host(&host)?;
    Ok(host)
}

async fn ask(
    how: &Join,
    folder: &IdentityFolder,
    controller: &str,
    token: &Token,
) -> Result<Joined, JoinError> {
    let request = |profile: &Profile| -> Result<CertificateRequest, JoinError> {
        Ok(CertificateRequest { profile: *profile, pem: folder.key(*profile)?.request(*profile)? })
    };
    let requests = how.profiles.iter().map(request).collect::<Result<_, _>>()?;
    let body = JoinRequest { token: how.token.clone(), requests };
    let config = tls::joining(token.authority_pin(), &[], &Clock::system())?;
    let client = Client::new(Way::Tls(controller.to_owned(), config));
    Ok(client.send(Route::Join.method(), Route::Join.path(), &body).await?)
}

fn keep(how: &Join, folder: &IdentityFolder, joined: &Joined, pin: Pin) -> Result<(), JoinError> {
    let authorities = &joined.trust.authorities;
    let pins = authorities.iter().map(|pem| Ok(Pin::of_authority(&pem::certificate(pem)?)));
    if !pins.collect::<Result<Vec<_>, InvalidPem>>()?.contains(&pin) {
        return Err(JoinError::OtherAuthority);
    }
    folder.set_trust(&joined.trust)?;
    for profile in how.profiles {
        let sent = joined.certificates.iter().find(|certificate| certificate.profile == *profile);
        folder.store(*profile, &sent.ok_or(JoinError::Missing(*profile))?.pem)?;
    }
    Ok(())
}

/// `host:port` of a URL. Without TLS nobody joins.
fn address(url: &str) -> Result<String, JoinError> {
    let wrong = || JoinError::Url(url.chars().take(256).collect());
    let rest = url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
    let is_bare_v6 = rest.matches(':').count() > 1 && !rest.starts_with('[');
    if rest.is_empty() || rest.len() > 256 || !rest.chars().all(plain) || is_bare_v6 {
        return Err(wrong());
    }
    let has_port = rest
        .rsplit_once(':')
        .is_some_and(|(host, _)| !host.is_empty() && (!host.contains(':') || host.ends_with(']')));
    if !has_port {
        return Ok(format!("{rest}:{WORKER_PORT}"));
    }
    let port = rest.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    port.filter(|port| *port > 0).map(|_| rest.to_owned()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_has_a_host_and_a_port() {
        let check =
            |url: &str, expect: Option<&str>| assert_eq!(address(url).ok().as_deref(), expect, "{url}");
        check("https://master.example:9000", Some("master.example:9000"));
        check("https://10.0.0.1/", Some("10.0.0.1:8771"));
        check("10.0.0.1", Some("10.0.0.1:8771"));
        check("https://[fd00::1]", Some("[fd00::1]:8771"));
        check("https://[fd00::1]:99", Some("[fd00::1]:99"));
        check("http://10.0.0.1", None);
        check("https://fd00::1", None);
        check("https://10.0.0.1:0", None);
        check("https://10.0.0.1:99999", None);
        check("https://user@host", None);
        check("https://host/path", None);
        check("", None);
    }
}
