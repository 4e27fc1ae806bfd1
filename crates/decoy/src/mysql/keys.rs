//! Keys and certificates as the server makes them when it is started for the first time.

use decnet_proto::persona::Persona;
use openssl::{
    pkey::Private,
    rsa::{Padding, Rsa},
    ssl::SslVersion,
};

use super::product::{Family, Product};
use crate::tls::{self, NoProtocol, TlsError, TlsProfile, TlsServer};

/// The pair with which passwords are encrypted where there is no TLS.
#[derive(Debug)]
pub(super) struct PasswordKeys {
    private: Rsa<Private>,
    /// The public half, PEM.
    pub(super) public: Vec<u8>,
}

impl PasswordKeys {
    /// The pair of this machine.
    ///
    /// # Errors
    /// [`TlsError`] when OpenSSL refuses a step.
    pub(super) fn derive(persona: &Persona) -> Result<Self, TlsError> {
        let attempting = |source| TlsError::OpenSsl { step: "write the public key", source };
        let key = tls::product_key(persona, "mysql password key")?;
        let private = key.rsa().map_err(attempting)?;
        let public = private.public_key_to_pem().map_err(attempting)?;
        Ok(Self { private, public })
    }

    /// What was encrypted for this pair.
    pub(super) fn decrypt(&self, encrypted: &[u8]) -> Option<Vec<u8>> {
        let size = usize::try_from(self.private.size()).ok().filter(|size| *size == encrypted.len())?;
        let mut plain = vec![0; size];
        let length = self.private.private_decrypt(encrypted, &mut plain, Padding::PKCS1_OAEP).ok()?;
        plain.truncate(length);
        Some(plain)
    }
}

/// Suites of MySQL 8.0.35 and later.
const SUITES: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-CCM:ECDHE-ECDSA-AES128-CCM:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-CCM:DHE-RSA-AES128-CCM:DHE-RSA-CHACHA20-POLY1305";
/// Suites of the versions before.
const OLD_SUITES: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-SHA256:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA:DHE-RSA-AES128-SHA:DHE-RSA-AES256-SHA:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA";
/// Groups of OpenSSL 1.1.1, which older distributions ship.
const OPENSSL_1_1_GROUPS: &str = "X25519:P-256:X448:P-521:P-384";

/// TLS with the certificates that the server signed for itself.
///
/// # Errors
/// [`TlsError`] when OpenSSL refuses a step.
pub(super) fn tls(product: &Product, persona: &Persona) -> Result<TlsServer, TlsError> {
    let (major, minor, patch) = product.number;
    let name = |what: &str| format!("MySQL_Server_{major}.{minor}.{patch}_Auto_Generated_{what}_Certificate");
    let pair = tls::issued_by_product(persona, &name("CA"), &name("Server"))?;
    let modern = product.family == Family::MySql8 && product.number >= (8, 0, 28);
    let openssl_3 = product.version.contains("22.04") || product.number >= (8, 0, 35);
    let profile = TlsProfile {
        oldest: if modern { SslVersion::TLS1_2 } else { SslVersion::TLS1 },
        newest: (product.family == Family::MySql5).then_some(SslVersion::TLS1_2),
        ciphers: if product.number >= (8, 0, 35) { SUITES } else { OLD_SUITES },
        groups: if openssl_3 { TlsProfile::OPENSSL_3_0_GROUPS } else { OPENSSL_1_1_GROUPS },
        server_order: false,
        alpn: b"",
        finite_field: true,
        // Sessions are resumed since 8.0.29.
        tickets: product.number >= (8, 0, 29),
        no_protocol: NoProtocol::GoOn,
        acknowledges_name: false,
    };
    // The authority that signed it stands in `ssl_ca`, so clients are asked for a certificate.
    TlsServer::asking(&pair, &profile)
}
