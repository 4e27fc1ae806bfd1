//! Web servers: Apache httpd and nginx as Debian and its kin ship them, and a plain IIS.
//!
//! A request passes through these steps, each a module:
//! [`intake`] (bytes → head) → [`target`] (where it wants to go) → [`body`] → [`respond`]
//! (what is answered) → [`render`] (in which bytes) → [`watch`] (what is said of it). Only
//! [`serve`] knows a connection; the others are functions from values to values.
//!
//! Limits: HTTP/1.1 and older; HTTP/2 is off in the products' shipped configuration too.

mod answer;
mod body;
mod date;
mod exchange;
mod intake;
mod product;
mod render;
mod request;
mod respond;
mod serve;
mod settings;
mod site;
mod target;
#[cfg(test)]
mod tests;
mod tls;
mod token;
mod watch;

use decnet_proto::{persona::ServiceSpec, service::ServiceId};

use crate::{Conn, ConnectionService, End, Host, ServiceError, tls::TlsServer};

use self::{product::Identity, settings::Settings, site::Site};

/// Typical input, from which mutations for tests and fuzzing start.
pub const SEEDS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
    b"HEAD /robots.txt HTTP/1.0\r\n\r\n",
    b"GET /backup/ HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /backup.sql HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9,20-29\r\nIf-Range: \"x\"\r\n\r\n",
    b"POST /wp-login.php HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 17\r\n\r\nlog=admin&pwd=123",
    b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=XX\r\nTransfer-Encoding: chunked\r\n\r\n5b\r\n--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"s.php\"\r\n\r\n<?php echo 1;\r\n--XX--\r\n\r\n\r\n0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nAuthorization: Basic YTpi\r\n\r\n",
    b"GET http://other/%2e%2e/?a=${jndi:ldap://x} HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Thu, 01 Jan 2015 00:00:00 GMT\r\n\r\n",
    b"PUT /x.jsp HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    b"GET /\r\n",
];

/// A web server, with or without TLS.
#[derive(Debug)]
pub struct Web {
    identity: Identity,
    settings: Settings,
    site: Site,
    tls: Option<TlsServer>,
}

impl ConnectionService for Web {
    fn needs_key(spec: &ServiceSpec) -> bool {
        spec.service == ServiceId::Https
    }

    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        let settings = Settings::read(spec)?;
        let identity = Identity::new(spec, &host.persona);
        let site = Site::new(&identity, &settings, spec, &host.persona);
        let tls = match spec.service {
            ServiceId::Https => Some(tls::server(spec, identity.product, host)?),
            _ => None,
        };
        Ok(Self { identity, settings, site, tls })
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        serve::serve(self, conn).await
    }
}
