//! TLS as the products speak it in their shipped configuration.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_proto::persona::{Persona, ServiceSpec};
use openssl::ssl::SslVersion;

use super::product::Product;
use crate::{
    Host, ServiceError,
    tls::{KeyPair, NoProtocol, TlsError, TlsProfile, TlsServer},
};

/// `HIGH:!aNULL` of OpenSSL 3.0 without what needs keys that a web server has not, in its order.
/// Newer libraries count CCM8 as weak and need to be told that it may be spoken; versions, groups
/// and signatures are listed by name, so that the level decides nothing else.
const HIGH: &str = "@SECLEVEL=0:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES256-CCM8:DHE-RSA-AES256-CCM:ECDHE-ARIA256-GCM-SHA384:DHE-RSA-ARIA256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-CCM8:DHE-RSA-AES128-CCM:ECDHE-ARIA128-GCM-SHA256:DHE-RSA-ARIA128-GCM-SHA256:ECDHE-RSA-AES256-SHA384:DHE-RSA-AES256-SHA256:ECDHE-RSA-CAMELLIA256-SHA384:DHE-RSA-CAMELLIA256-SHA256:ECDHE-RSA-AES128-SHA256:DHE-RSA-AES128-SHA256:ECDHE-RSA-CAMELLIA128-SHA256:DHE-RSA-CAMELLIA128-SHA256:ECDHE-RSA-AES256-SHA:DHE-RSA-AES256-SHA:DHE-RSA-CAMELLIA256-SHA:ECDHE-RSA-AES128-SHA:DHE-RSA-AES128-SHA:DHE-RSA-CAMELLIA128-SHA:AES256-GCM-SHA384:AES256-CCM8:AES256-CCM:ARIA256-GCM-SHA384:AES128-GCM-SHA256:AES128-CCM8:AES128-CCM:ARIA128-GCM-SHA256:AES256-SHA256:CAMELLIA256-SHA256:AES128-SHA256:CAMELLIA128-SHA256:AES256-SHA:CAMELLIA256-SHA:AES128-SHA:CAMELLIA128-SHA";

/// Apache: the peer's order, DH groups by itself, no tickets in TLS 1.2, and its own protocol even
/// if the peer did not offer it.
const APACHE: TlsProfile = TlsProfile {
    oldest: SslVersion::TLS1_2,
    newest: None,
    ciphers: HIGH,
    groups: TlsProfile::OPENSSL_3_0_GROUPS,
    server_order: false,
    alpn: b"\x08http/1.1",
    finite_field: true,
    tickets: false,
    no_protocol: NoProtocol::Insist,
    acknowledges_name: false,
};

/// nginx: its own order, no DH without a parameter file, tickets. Debian's configuration also
/// names TLS 1.0 and 1.1, but the library refuses their signatures.
const NGINX: TlsProfile = TlsProfile {
    server_order: true,
    alpn: b"\x08http/1.1\x08http/1.0\x08http/0.9",
    finite_field: false,
    tickets: true,
    no_protocol: NoProtocol::Refuse,
    acknowledges_name: true,
    ..APACHE
};

/// Apache of Red Hat's line: the system's policy, in its own order.
const RED_HAT: TlsProfile = TlsProfile {
    ciphers: "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA:AES256-GCM-SHA384:AES256-CCM:AES128-GCM-SHA256:AES128-CCM:AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES256-CCM:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-CCM:DHE-RSA-AES256-SHA256:DHE-RSA-AES128-SHA256:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA",
    server_order: true,
    tickets: true,
    ..APACHE
};

/// Apache as its own sample configuration has it, which the others ship.
const UPSTREAM: TlsProfile = TlsProfile { server_order: true, tickets: true, ..APACHE };

/// Apache of CentOS 7, whose OpenSSL 1.0.2 knows neither TLS 1.3 nor X25519 nor ALPN in Apache.
const CENTOS_7: TlsProfile = TlsProfile {
    oldest: SslVersion::TLS1,
    newest: Some(SslVersion::TLS1_2),
    ciphers: "@SECLEVEL=0:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES256-SHA:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-SHA256:DHE-RSA-AES256-SHA:DHE-RSA-CAMELLIA256-SHA:AES256-GCM-SHA384:AES256-SHA256:AES256-SHA:CAMELLIA256-SHA:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES128-SHA:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-SHA256:DHE-RSA-AES128-SHA:DHE-RSA-CAMELLIA128-SHA:AES128-GCM-SHA256:AES128-SHA256:AES128-SHA:CAMELLIA128-SHA",
    groups: "P-256:P-521:P-384",
    alpn: b"",
    tickets: true,
    ..APACHE
};

/// Windows prefers its own order too; its lists are SChannel's and only resembled here.
const IIS: TlsProfile = TlsProfile {
    ciphers: "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA:AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA",
    groups: "X25519:P-256:P-384",
    server_order: true,
    ..APACHE
};

/// The TLS server of this service: with the operator's certificate, with one for `tls_cn`, or
/// with the machine's own.
///
/// # Errors
/// [`ServiceError`] names the key that cannot be used.
pub(super) fn server(spec: &ServiceSpec, product: Product, host: &Host) -> Result<TlsServer, ServiceError> {
    let failed = |source: TlsError| ServiceError::Tls { service: spec.service, source };
    let profile = profile(product, &host.persona);
    let pair = match (spec.files.get("tls_cert"), spec.files.get("tls_key"), spec.key("tls_cn")) {
        (Some(certificate), Some(key), _) => {
            let chain = pem(spec, "tls_cert", certificate)?;
            KeyPair::from_pem(&chain, &pem(spec, "tls_key", key)?).map_err(failed)?
        }
        (Some(_), None, _) => return Err(missing(spec, "tls_key", "tls_cert")),
        (None, Some(_), _) => return Err(missing(spec, "tls_cert", "tls_key")),
        (None, None, Some(name)) => host.identity.named(&host.persona, name).map_err(failed)?,
        (None, None, None) => host.identity.get(&host.persona).map_err(failed)?.clone(),
    };
    TlsServer::new(&pair, profile).map_err(failed)
}

fn profile(product: Product, persona: &Persona) -> &'static TlsProfile {
    match (product, persona.system.banner_name.as_str()) {
        (Product::Nginx, _) => &NGINX,
        (Product::Iis, _) => &IIS,
        (Product::Apache, "Debian" | "Ubuntu") => &APACHE,
        (Product::Apache, "CentOS") => &CENTOS_7,
        (Product::Apache, "Rocky Linux" | "Fedora Linux") => &RED_HAT,
        (Product::Apache, _) => &UPSTREAM,
    }
}

fn pem(spec: &ServiceSpec, key: &'static str, content: &str) -> Result<Vec<u8>, ServiceError> {
    let problem = || "the plan does not hold its content as Base64".to_owned();
    STANDARD.decode(content).map_err(|_| ServiceError::Key { service: spec.service, key, problem: problem() })
}

fn missing(spec: &ServiceSpec, key: &'static str, other: &str) -> ServiceError {
    ServiceError::Key { service: spec.service, key, problem: format!("is missing, but {other} needs it") }
}
