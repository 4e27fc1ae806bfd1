//! A request once its head and, where the product waits for it, its body are there.

use std::net::SocketAddr;

use super::{
    body::Received,
    intake::{Head, Version},
    product::{Identity, Product},
    target::{Authority, Parts, PathError, parts, resolve},
};

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    /// Its head.
    pub head: Head,
    /// The host that it names.
    pub authority: Authority,
    /// Its path as the product reads it.
    pub path: Result<Vec<u8>, PathError>,
    /// Its body, as far as it has come.
    pub body: Received,
    /// Whether it came over TLS.
    pub secure: bool,
    /// Where it came in.
    pub local: SocketAddr,
    /// When it came, in seconds since the Unix epoch.
    pub now: i64,
}

impl Request {
    /// A request whose body is not there yet.
    pub(super) fn new(
        product: Product,
        head: Head,
        authority: Authority,
        connection: (bool, SocketAddr),
        now: i64,
    ) -> Self {
        let path = resolve(product, parts(head.method(), head.target()).path);
        let (secure, local) = connection;
        Self { head, authority, path, body: Received::default(), secure, local, now }
    }

    /// The parts of the target as they came.
    pub(super) fn parts(&self) -> Parts<'_> {
        parts(self.head.method(), self.head.target())
    }

    /// The path, or `/` where the product cannot read it.
    pub(super) fn path(&self) -> &[u8] {
        self.path.as_deref().unwrap_or(b"/")
    }

    /// The method.
    pub(super) fn method(&self) -> &[u8] {
        self.head.method()
    }

    /// Whether the answer has no body whatever its status.
    pub(super) fn is_head(&self) -> bool {
        self.method() == b"HEAD"
    }

    /// Whether the answer has no head.
    pub(super) fn is_headless(&self) -> bool {
        self.head.version().is_headless()
    }

    /// Whether the peer speaks at least HTTP/1.1.
    pub(super) fn is_modern(&self) -> bool {
        self.head.version() >= Version::HTTP_1_1
    }

    /// `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// The name of the server as Apache signs with it: what the peer said, or its own.
    pub(super) fn server_name<'a>(&'a self, identity: &'a Identity) -> &'a str {
        self.authority.host.as_deref().unwrap_or(&identity.server_name)
    }

    /// The port as Apache signs with it: what the peer said, or the real one.
    pub(super) fn server_port(&self) -> u16 {
        let default = if self.secure { 443 } else { 80 };
        match (&self.authority.host, self.authority.port) {
            (Some(_), Some(port)) => port,
            (Some(_), None) => default,
            (None, _) => self.local.port(),
        }
    }

    /// Scheme, host and port of this server, as products put them before a path when they
    /// send a peer elsewhere.
    pub(super) fn origin(&self, identity: &Identity) -> String {
        let default = if self.secure { 443 } else { 80 };
        let (host, port) = match identity.product {
            Product::Nginx => {
                let address = self.local.ip().to_canonical().to_string();
                (self.authority.host.clone().unwrap_or(address), self.local.port())
            }
            _ => (self.server_name(identity).to_owned(), self.server_port()),
        };
        let scheme = self.scheme();
        if port == default { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") }
    }
}
