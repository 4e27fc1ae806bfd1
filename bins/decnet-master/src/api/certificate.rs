//! What a server for browsers shows of itself: given files, and what comes into their place.

use std::{
    fs, io,
    net::IpAddr,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, bail};
use decnet_daemon::config::{Config, Master};
use decnet_pki::{
    clock::DAY,
    tls::{self, Pair, Public},
};
use rustls::ServerConfig;

use crate::output::{moment, now};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What ends within this time is told of, once a day.
const AHEAD: i64 = 14 * DAY;

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
                "{address} can be reached from other machines: set api-certificate and api-key (`decnet-master ca certify` makes them), or listen on 127.0.0.1"
            ),
        }
    }

    /// Reads the files.
    ///
    /// # Errors
    /// A file cannot be read, is no PEM, or the two do not belong together; it is named.
    pub(crate) fn open(self) -> anyhow::Result<Shown> {
        let stamps = self.stamps();
        let public = Public::new(self.read()?);
        Ok(Shown { files: self, public, stamps, told_at: i64::MIN })
    }

    fn read(&self) -> anyhow::Result<Pair> {
        let read = |path: &PathBuf| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let (chain, key) = (read(&self.chain)?, read(&self.key)?);
        let of = || {
            format!("cannot use the certificate {} with the key {}", self.chain.display(), self.key.display())
        };
        Pair::read(&chain, &key).with_context(of)
    }

    fn stamps(&self) -> [Option<Stamp>; 2] {
        [&self.chain, &self.key].map(|path| Stamp::of(path).ok())
    }
}

/// By what a file that changed is told from the one before: also one with other rights, or of the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    file: u64,
    size: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let it = fs::metadata(path)?;
        Ok(Self { file: it.ino(), size: it.size(), changed: (it.ctime(), it.ctime_nsec()) })
    }
}

/// What a server shows, which follows its files.
#[derive(Debug)]
pub(crate) struct Shown {
    files: Certificate,
    public: Public,
    stamps: [Option<Stamp>; 2],
    told_at: i64,
}

impl Shown {
    /// A server that shows it.
    ///
    /// # Errors
    /// When TLS cannot be spoken.
    pub(crate) fn configure(&self) -> anyhow::Result<Arc<ServerConfig>> {
        Ok(tls::public(&self.public)?)
    }

    /// Shows what comes into the place of the files, within a minute, and tells when it ends soon; until it
    /// is dropped.
    pub(crate) async fn follow(mut self) {
        loop {
            let looking = tokio::task::spawn_blocking(move || {
                self.look(now());
                self
            });
            match looking.await {
                Ok(again) => self = again,
                // The server goes on with what it has.
                Err(_) => return std::future::pending().await,
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Takes what is in the files, if they changed and it can be used.
    fn look(&mut self, now: i64) {
        let stamps = self.files.stamps();
        if stamps != self.stamps {
            self.stamps = stamps;
            self.take();
        }
        self.warn(now);
    }

    fn take(&mut self) {
        let chain = self.files.chain.display();
        match self.files.read() {
            Ok(pair) => {
                tracing::info!("the certificate {chain} is shown, good until {}", moment(pair.not_after()));
                self.public.replace(pair);
                self.told_at = i64::MIN;
            }
            Err(error) => tracing::warn!("the certificate before is shown still: {error:#}"),
        }
    }

    /// Tells of the end, when it is near and nothing was told today; whether it did.
    fn warn(&mut self, now: i64) -> bool {
        let end = self.public.pair().not_after();
        if end - now > AHEAD || now - DAY < self.told_at {
            return false;
        }
        self.told_at = now;
        let chain = self.files.chain.display();
        tracing::warn!("the certificate {chain} is good until {}: put another into its place", moment(end));
        true
    }
}

#[cfg(test)]
mod tests {
    use decnet_pki::{authority::Authority, keys::Key};

    use super::*;

    /// The time; certificates are made at it.
    const NOW: i64 = 1_800_000_000;

    /// A new key and its certificate, into the files.
    fn put(dir: &Path, files: &Certificate, what: &[&str]) {
        let authority = Authority::open_or_create(&dir.join("ca"), NOW).unwrap();
        let new = dir.join("new.key");
        let key = Key::make(&new).unwrap();
        let site = authority.sign_site(&key, &["a.example".parse().unwrap()], NOW).unwrap();
        for (path, text) in [(&files.chain, site.pem), (&files.key, fs::read_to_string(&new).unwrap())] {
            if what.iter().any(|word| path.ends_with(word)) {
                fs::write(path.with_extension("new"), text).unwrap();
                fs::rename(path.with_extension("new"), path).unwrap();
            }
        }
        fs::remove_file(new).unwrap();
    }

    #[test]
    fn what_comes_into_the_place_of_the_files_is_shown_if_it_can_be() {
        let dir = tempfile::tempdir().unwrap();
        let files = Certificate { chain: dir.path().join("chain"), key: dir.path().join("key") };
        put(dir.path(), &files, &["chain", "key"]);
        let mut shown = files.clone().open().unwrap();
        let pair = |shown: &Shown| Arc::as_ptr(&shown.public.pair());
        let first = pair(&shown);
        shown.look(NOW);
        assert_eq!(pair(&shown), first, "nothing changed");
        put(dir.path(), &files, &["chain"]);
        shown.look(NOW);
        assert_eq!(pair(&shown), first, "of two that do not belong together, none is shown");
        put(dir.path(), &files, &["chain", "key"]);
        shown.look(NOW);
        let second = pair(&shown);
        assert_ne!(second, first);
        fs::remove_file(&files.key).unwrap();
        shown.look(NOW);
        assert_eq!(pair(&shown), second, "one that is gone is shown on");
        let error = format!("{:#}", files.open().unwrap_err());
        assert!(error.contains("cannot read") && error.contains("key"), "{error}");
    }

    #[test]
    fn its_end_is_told_once_a_day_when_it_is_near() {
        let dir = tempfile::tempdir().unwrap();
        let files = Certificate { chain: dir.path().join("chain"), key: dir.path().join("key") };
        put(dir.path(), &files, &["chain", "key"]);
        let mut shown = files.open().unwrap();
        let end = shown.public.pair().not_after();
        for (before, expect) in
            [(15 * DAY, false), (14 * DAY, true), (14 * DAY - 60, false), (13 * DAY, true), (-DAY, true)]
        {
            assert_eq!(shown.warn(end - before), expect, "{before} s before it ends");
        }
    }
}
