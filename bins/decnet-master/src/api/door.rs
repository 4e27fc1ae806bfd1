//! Where browsers and programs come in: without TLS on loopback, with it elsewhere.

use std::{io, net::SocketAddr};

use anyhow::Context as _;
use axum::Router;
use decnet_api::server::{Limits, Plain, Secure, serve};

use super::certificate::{Certificate, Shown};

/// A port that is listened on.
#[derive(Debug)]
pub(crate) enum Door {
    /// Of loopback.
    Plain(Plain),
    /// With what is shown there.
    Secure(Secure, Shown),
}

impl Door {
    /// Listens.
    ///
    /// # Errors
    /// The address is taken, others could reach it without TLS, or the certificate cannot be used.
    pub(crate) async fn open(address: SocketAddr, certificate: Option<&Certificate>) -> anyhow::Result<Self> {
        let busy = || format!("cannot listen on {address}");
        Ok(match certificate {
            None => Self::Plain(Plain::bind(address).await.with_context(busy)?),
            Some(certificate) => {
                let shown = certificate.clone().open()?;
                Self::Secure(Secure::bind(address, shown.configure()?).await.with_context(busy)?, shown)
            }
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Plain(door) => door.address(),
            Self::Secure(door, _) => door.address(),
        }
    }

    /// Answers until `ending` comes, and lets the requests that run end.
    pub(crate) async fn serve(self, routes: Router, limits: Limits, ending: impl Future<Output = ()>) {
        match self {
            Self::Plain(door) => serve(door, routes, limits, ending).await,
            Self::Secure(door, shown) => {
                tokio::select! {
                    () = serve(door, routes, limits, ending) => {}
                    () = shown.follow() => {}
                }
            }
        }
    }
}
