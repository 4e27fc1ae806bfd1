//! Coming into a swarm with a token. Keys are made here and stay here.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use decnet_api::client::{CallError, Client, Way};
use decnet_pki::{
    clock::Clock,
    credentials::{Credentials, CredentialsError},
    digest::Pin,
    folder::{Certified, FolderError, HostFile, IdentityFolder},
    keys::{Key, KeyError},
    pem::{self, InvalidPem},
    tls::{self, TlsError},
    token::{InvalidToken, Token},
    trust::{ByTrust, InvalidTrust},
};
use decnet_proto::swarm::{
    WORKER_PORT,
    operator::{CertificateRequest, Profile},
    role::Identity,
    worker::{JoinRequest, Joined, Route},
};
use thiserror::Error;

use crate::part::Part;

/// Longest key of releases, in characters.
const RELEASE_KEY_MAX: usize = 256;

/// What joining takes.
#[derive(Clone, Debug)]
pub struct Join {
    /// Who joins.
    pub part: Part,
    /// The controller, as `https://host:port`; the port may be left out.
    pub url: String,
    /// The token.
    pub token: String,
    /// Folder of the part's identity.
    pub dir: PathBuf,
    /// A host that is in a swarm already comes in again.
    pub again: bool,
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
    /// The folder is another user's, who could not read what we write.
    #[error("{} belongs to user {owner} and not to user {us}: join as its owner, by `sudo -u '#{owner}'`", dir.display())]
    Owner {
        /// The folder.
        dir: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who joins.
        us: u32,
    },
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
    /// A certificate is missing.
    #[error("the controller sent no certificate for {0}")]
    Missing(Profile),
    /// A certificate is not what was asked for.
    #[error("the certificate for {0} cannot be used")]
    Certificate(Profile, #[source] CredentialsError),
    /// A certificate is for somebody else.
    #[error("the controller sent a certificate of {found} where one of {wanted} was asked for")]
    OtherIdentity {
        /// Who it is for.
        found: Identity,
        /// Who asked.
        wanted: Identity,
    },
    /// The authority is no certificate.
    #[error("the controller sent a certificate that is none")]
    Malformed(#[from] InvalidPem),
    /// Whom the host should trust is nobody.
    #[error("the controller sent nobody to trust")]
    Trust(#[from] InvalidTrust),
    /// The key of releases is none.
    #[error("the controller sent a key of releases that is none")]
    ReleaseKey,
}

/// Joins, and says who the host is from now on.
///
/// Before the controller has answered, and its answer fits, nothing is written: a host that was in
/// a swarm is still in it, one that was in none has nothing half made.
///
/// # Errors
/// [`JoinError`] says what is wrong and what to do.
pub async fn join(how: &Join) -> Result<HostFile, JoinError> {
    let controller = address(&how.url)?;
    let token = Token::parse(&how.token)?;
    owned(&how.dir, nix::unistd::geteuid().as_raw())?;
    let folder = IdentityFolder::at(&how.dir);
    if let Some(host) = folder.host()?.filter(|_| !how.again) {
        return Err(JoinError::Member(host.name.to_string()));
    }
    let keys = how.part.profiles().map(|profile| Ok((profile, Key::draw()?)));
    let keys = keys.into_iter().collect::<Result<Vec<_>, KeyError>>()?;
    let joined = ask(how, &keys, &controller, &token).await?;
    let certified = fitting(how.part, keys, &joined, token.authority_pin())?;
    let controller = format!("https://{controller}");
    let host = HostFile { id: joined.host, name: joined.name.clone(), controller };
    folder.adopt(certified, &joined.trust, &host, release_key(how.part, &joined)?)?;
    Ok(host)
}

/// A folder that is there must be ours: root could write to any, but its owner could not read that.
fn owned(dir: &Path, us: u32) -> Result<(), JoinError> {
    match fs::metadata(dir).map(|metadata| metadata.uid()) {
        Ok(owner) if owner != us => Err(JoinError::Owner { dir: dir.to_owned(), owner, us }),
        _ => Ok(()),
    }
}

/// Who makes the releases that the part may install: only an updater installs any.
fn release_key(part: Part, joined: &Joined) -> Result<Option<&str>, JoinError> {
    let sent = joined.release_key.as_deref().filter(|_| part == Part::Updater);
    let is_line = |key: &str| key.len() <= RELEASE_KEY_MAX && key.bytes().all(|b| b.is_ascii_graphic());
    if sent.is_some_and(|key| !is_line(key)) { Err(JoinError::ReleaseKey) } else { Ok(sent) }
}

async fn ask(
    how: &Join,
    keys: &[(Profile, Key)],
    controller: &str,
    token: &Token,
) -> Result<Joined, JoinError> {
    let request = |(profile, key): &(Profile, Key)| -> Result<CertificateRequest, JoinError> {
        Ok(CertificateRequest { profile: *profile, pem: key.request(*profile)? })
    };
    let requests = keys.iter().map(request).collect::<Result<_, _>>()?;
    let body = JoinRequest { token: how.token.clone(), requests };
    let config = tls::joining(token.authority_pin(), &[], &Clock::system())?;
    let client = Client::new(Way::Tls(controller.to_owned(), config));
    Ok(client.send(Route::Join.method(), Route::Join.path(), &body).await?)
}

/// The keys with their certificates, if all of them are what was asked for.
fn fitting(
    part: Part,
    keys: Vec<(Profile, Key)>,
    joined: &Joined,
    pin: Pin,
) -> Result<Vec<Certified>, JoinError> {
    ByTrust::new(&joined.trust, &[])?;
    let authorities = joined.trust.authorities.iter().map(|pem| pem::certificate(pem));
    let authorities = authorities.collect::<Result<Vec<_>, InvalidPem>>()?;
    if !authorities.iter().any(|authority| Pin::of_authority(authority) == pin) {
        return Err(JoinError::OtherAuthority);
    }
    let wanted = Identity { role: part.role(), host: joined.host };
    let with_its_own = |(profile, key): (Profile, Key)| {
        let sent = joined.certificates.iter().find(|certificate| certificate.profile == profile);
        let pem = sent.ok_or(JoinError::Missing(profile))?.pem.clone();
        let credentials = Credentials::new(&key, &pem::certificate(&pem)?, &authorities);
        let found = credentials.map_err(|error| JoinError::Certificate(profile, error))?.peer().identity;
        if found != wanted {
            return Err(JoinError::OtherIdentity { found, wanted });
        }
        Ok(Certified { profile, key, pem })
    };
    keys.into_iter().map(with_its_own).collect()
}

/// `host:port` of a URL. Without TLS nobody joins.
pub(crate) fn address(url: &str) -> Result<String, JoinError> {
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
    fn a_folder_of_somebody_else_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let us = fs::metadata(dir.path()).unwrap().uid();
        assert!(owned(dir.path(), us).is_ok() && owned(&dir.path().join("none"), us).is_ok());
        let error = owned(dir.path(), us + 1).unwrap_err();
        assert!(error.to_string().ends_with(&format!("by `sudo -u '#{us}'`")), "{error}");
    }

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
