//! The way to the controller.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use decnet_api::client::{Client, Way};
use decnet_daemon::config::{Config, ControllerUrl, Master};
use decnet_pki::{
    admission::Admission,
    clock::Clock,
    credentials::Presented,
    folder::IdentityFolder,
    tls::{self, Terms},
    trust::ByTrust,
};
use decnet_proto::swarm::{API_VERSION, operator::Profile, role::Role};

use super::{Controller, ControllerError, error::FolderOrTls};
use crate::fleet::SwarmFolder;

/// Longest token that is read, in bytes.
const TOKEN_MAX: u64 = 1024;

/// What the controller says of itself.
const ROLE: &str = "swarm-controller";

/// The controller that the configuration names, if it is one of this version.
///
/// # Errors
/// [`ControllerError`] says what is wrong and what to do.
pub(crate) async fn reach(config: &Config<Master>) -> Result<Controller, ControllerError> {
    let url = &config.role.swarmctl_url;
    let origin = config.provenance.of("swarmctl-url");
    let client = match url.is_tls {
        true => Client::new(secure(url, config.role.operator_dir.as_deref())?),
        false => Client::new(Way::Plain(url.address.clone())),
    };
    // Who is there is asked before anybody is shown the token.
    let stranger = Controller::new(client.clone(), url, origin);
    let other = |source| ControllerError::Other { url: url.clone(), source };
    let health = match stranger.health().await {
        Err(ControllerError::Broken(source)) if !url.is_tls => return Err(other(Some(source))),
        Err(ControllerError::Refused(_)) => return Err(other(None)),
        health => health?,
    };
    if health.role != ROLE {
        return Err(other(None));
    }
    if health.api != API_VERSION {
        return Err(ControllerError::Version { version: health.version, api: health.api });
    }
    let client = match url.is_tls {
        true => client,
        false => client.with_bearer(token(&token_file(config))?),
    };
    Ok(Controller::new(client, url, origin))
}

/// Where the operator's token is.
fn token_file(config: &Config<Master>) -> PathBuf {
    let own = || SwarmFolder::of(&config.decnet.state_directory).token();
    config.role.swarmctl_token_file.clone().unwrap_or_else(own)
}

fn token(path: &Path) -> Result<String, ControllerError> {
    let path = || path.to_owned();
    let mut text = String::new();
    let read = File::open(path()).and_then(|file| file.take(TOKEN_MAX + 1).read_to_string(&mut text));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ControllerError::NoToken { path: path() });
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(ControllerError::Malformed { path: path() });
        }
        Err(source) => return Err(ControllerError::Token { path: path(), source }),
    }
    let token = text.trim();
    let is_token = !token.is_empty()
        && token.len() as u64 <= TOKEN_MAX
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    is_token.then(|| token.to_owned()).ok_or_else(|| ControllerError::Malformed { path: path() })
}

/// TLS with the certificate of an operator, to the controller that its folder trusts.
fn secure(url: &ControllerUrl, dir: Option<&Path>) -> Result<Way, ControllerError> {
    let dir = dir.ok_or_else(|| ControllerError::NoIdentity { url: url.clone() })?;
    let config = configured(&IdentityFolder::at(dir))
        .map_err(|source| ControllerError::Identity { path: dir.to_owned(), source })?;
    Ok(Way::Tls(url.address.clone(), config))
}

fn configured(folder: &IdentityFolder) -> Result<Arc<rustls::ClientConfig>, FolderOrTls> {
    let trust = folder.trust()?.ok_or(FolderOrTls::NoTrust)?;
    let controllers = ByTrust::new(&trust, &[Role::Controller])?;
    let roots = controllers.roots();
    let admission: Arc<dyn Admission> = Arc::new(controllers);
    let terms =
        Terms { roots, admission, alpn: Vec::new(), clock: Clock::system(), refusals: Arc::default() };
    let shown = Presented::new(folder.credentials(Profile::OperatorClient)?);
    Ok(tls::client(Some(&shown), &[Role::Controller], &terms)?)
}
