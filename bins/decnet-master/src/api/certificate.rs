//! What a server for browsers shows of itself: given files.

use std::{fs, net::IpAddr, path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use decnet_daemon::config::{Config, Master};
use decnet_pki::tls;
use rustls::ServerConfig;

/// Files of a certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// The certificate, PEM, with those above it behind it.
    pub(crate) chain: PathBuf,
    /// Its key, PEM.
    pub(crate) key: PathBuf,
}

impl Certificate {
    /// What a server shows that listens on `address`: nothing on loopback, where nobody could listen in.
    ///
    /// # Errors
    /// When of certificate and key one is missing, or others could reach a server that has none.
    pub(crate) fn of(config: &Config<Master>, address: IpAddr) -> anyhow::Result<Option<Self>> {
        match (&config.role.api_certificate, &config.role.api_key) {
            (None, Some(_)) => bail!("api-key is set, and api-certificate is not: both are needed for TLS"),
            (Some(_), None) => bail!("api-certificate is set, and api-key is not: both are needed for TLS"),
            _ if address.is_loopback() => Ok(None),
            (Some(chain), Some(key)) => Ok(Some(Self { chain: chain.clone(), key: key.clone() })),
            (None, None) => bail!(
                "{address} can be reached from other machines: set api-certificate and api-key, or listen on 127.0.0.1"
            ),
        }
    }

    /// Reads the files.
    ///
    /// # Errors
    /// A file cannot be read, is no PEM, or the two do not belong together; it is named.
    pub(crate) fn configure(&self) -> anyhow::Result<Arc<ServerConfig>> {
        let read = |path: &PathBuf| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let (chain, key) = (read(&self.chain)?, read(&self.key)?);
        let of = || {
            format!("cannot use the certificate {} with the key {}", self.chain.display(), self.key.display())
        };
        tls::public(&chain, &key).with_context(of)
    }
}
