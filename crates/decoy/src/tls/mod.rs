//! TLS as the played product would speak it: OpenSSL, with the machine's own certificate.

mod certificate;
mod rsa;

use std::sync::OnceLock;

use decnet_proto::persona::Persona;
use openssl::{
    bn::BigNum,
    dh::Dh,
    error::ErrorStack,
    pkey::{PKey, Private},
    ssl::{
        AlpnError, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslVerifyMode, SslVersion,
        select_next_proto,
    },
    x509::X509,
};
use thiserror::Error;

pub(crate) use rsa::derive_key as derive_rsa;

/// Why no TLS server could be made.
#[derive(Debug, Error)]
pub enum TlsError {
    /// OpenSSL refused a step.
    #[error("cannot {step}")]
    OpenSsl {
        /// What was being attempted.
        step: &'static str,
        /// What the library said.
        source: ErrorStack,
    },
}

fn attempting(step: &'static str) -> impl FnOnce(ErrorStack) -> TlsError {
    move |source| TlsError::OpenSsl { step, source }
}

/// A private key with its certificate chain, leaf first.
#[derive(Clone, Debug)]
pub struct KeyPair {
    key: PKey<Private>,
    chain: Vec<X509>,
}

impl KeyPair {
    /// Key and chain of the operator's own, both PEM.
    ///
    /// # Errors
    /// [`TlsError`] when either does not parse.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Ok(Self {
            key: PKey::private_key_from_pem(key).map_err(attempting("read the private key"))?,
            chain: X509::stack_from_pem(chain).map_err(attempting("read the certificate chain"))?,
        })
    }
}

/// An RSA key of 2,048 bits that a product of `persona` made for `purpose` when it was installed.
///
/// # Errors
/// [`TlsError`] when OpenSSL refuses a step.
pub fn product_key(persona: &Persona, purpose: &str) -> Result<PKey<Private>, TlsError> {
    rsa::derive_key(&persona.key, purpose, 2_048).map_err(attempting("derive the key"))
}

/// Key and certificate that a product made for itself when it was installed, signed by an
/// authority of its own: the leaf first, then the authority.
///
/// # Errors
/// [`TlsError`] when OpenSSL refuses a step.
pub fn issued_by_product(persona: &Persona, authority: &str, server: &str) -> Result<KeyPair, TlsError> {
    let authority_key = product_key(persona, &format!("{authority} key"))?;
    let key = product_key(persona, &format!("{server} key"))?;
    certificate::issued(persona, (authority, &authority_key), (server, key))
}

/// The machine's key and self-signed certificate, as an installation makes them once for all
/// services. Made on first use: the key takes a noticeable time.
#[derive(Debug, Default)]
pub struct MachineIdentity {
    made: OnceLock<KeyPair>,
}

impl MachineIdentity {
    /// Key and certificate for `persona`, the same at every call and after every restart.
    ///
    /// # Errors
    /// [`TlsError`] when OpenSSL refuses a step.
    pub fn get(&self, persona: &Persona) -> Result<&KeyPair, TlsError> {
        if let Some(pair) = self.made.get() {
            return Ok(pair);
        }
        let key = rsa::derive_key(&persona.key, "tls rsa", 2_048).map_err(attempting("derive the key"))?;
        let pair = certificate::self_signed(persona, &persona.fqdn(), key)?;
        Ok(self.made.get_or_init(|| pair))
    }

    /// The machine's key with a certificate for another common name.
    ///
    /// # Errors
    /// As [`MachineIdentity::get`].
    pub fn named(&self, persona: &Persona, common_name: &str) -> Result<KeyPair, TlsError> {
        let key = self.get(persona)?.key.clone();
        certificate::self_signed(persona, common_name, key)
    }
}

/// What the configuration of a product decides about its TLS.
#[derive(Clone, Copy, Debug)]
pub struct TlsProfile {
    /// Oldest version that is spoken.
    pub oldest: SslVersion,
    /// Newest version that is spoken, where the library knows newer ones than the product does.
    pub newest: Option<SslVersion>,
    /// Cipher list for TLS 1.2 and older, in OpenSSL's language.
    pub ciphers: &'static str,
    /// Key exchange groups, in order.
    pub groups: &'static str,
    /// Whether the server's order of ciphers wins.
    pub server_order: bool,
    /// Application protocols, in wire format: each with its length in front.
    pub alpn: &'static [u8],
    /// Whether ephemeral Diffie-Hellman over a prime field is spoken, in the 2,048 bit group
    /// that OpenSSL picks by itself for a key of that size (RFC 3526, section 3).
    pub finite_field: bool,
    /// Whether sessions of TLS 1.2 are resumed by tickets (RFC 5077).
    pub tickets: bool,
    /// What happens when the peer offers application protocols and none of ours.
    pub no_protocol: NoProtocol,
    /// Whether the server name that the peer sent is acknowledged (RFC 6066, section 3).
    pub acknowledges_name: bool,
}

/// What a product does when no application protocol is common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoProtocol {
    /// It goes on without one.
    GoOn,
    /// It ends the handshake (RFC 7301, section 3.2).
    Refuse,
    /// It answers its own first one all the same.
    Insist,
}

impl TlsProfile {
    /// Groups of OpenSSL 3.0, which Debian 12 and Ubuntu 22.04 ship.
    pub const OPENSSL_3_0_GROUPS: &'static str =
        "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192";
}

/// `SSL_OP_LEGACY_EC_POINT_FORMATS`: name all three formats of points, as OpenSSL did up to 3.4.
const LEGACY_POINT_FORMATS: SslOptions = SslOptions::from_bits_retain(1 << 36);

/// Signature algorithms of OpenSSL 3.0 at the security level that Debian and Ubuntu set: all but
/// SHA-1.
const SIGNATURES: &str = "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512:ECDSA+SHA224:RSA+SHA224";

/// A TLS server, ready for handshakes.
#[derive(Clone)]
pub struct TlsServer {
    context: SslContext,
}

impl std::fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsServer")
    }
}

impl TlsServer {
    /// A server with this key pair that behaves as `profile` says.
    ///
    /// # Errors
    /// [`TlsError`] when key and certificate do not belong together or a list is not valid.
    pub fn new(pair: &KeyPair, profile: &TlsProfile) -> Result<Self, TlsError> {
        let context = context(pair, profile).map_err(attempting("set up TLS"))?;
        Ok(Self { context: context.build() })
    }

    /// The same, but it asks clients for a certificate, which they need not have.
    ///
    /// # Errors
    /// As [`TlsServer::new`].
    pub fn asking(pair: &KeyPair, profile: &TlsProfile) -> Result<Self, TlsError> {
        let mut context = context(pair, profile).map_err(attempting("set up TLS"))?;
        context.set_verify(SslVerifyMode::PEER);
        Ok(Self { context: context.build() })
    }

    pub(crate) fn session(&self) -> Result<Ssl, ErrorStack> {
        Ssl::new(&self.context)
    }
}

fn context(pair: &KeyPair, profile: &TlsProfile) -> Result<SslContextBuilder, ErrorStack> {
    let mut builder = SslContext::builder(SslMethod::tls_server())?;
    builder.set_min_proto_version(Some(profile.oldest))?;
    builder.set_max_proto_version(profile.newest)?;
    builder.set_cipher_list(profile.ciphers)?;
    builder.set_groups_list(profile.groups)?;
    builder.set_sigalgs_list(SIGNATURES)?;
    builder.set_options(SslOptions::NO_COMPRESSION | LEGACY_POINT_FORMATS);
    if profile.server_order {
        builder.set_options(SslOptions::CIPHER_SERVER_PREFERENCE);
    }
    if !profile.tickets {
        builder.set_options(SslOptions::NO_TICKET);
    }
    if profile.finite_field {
        let group = Dh::from_pqg(BigNum::get_rfc3526_prime_2048()?, None, BigNum::from_u32(2)?)?;
        builder.set_tmp_dh(&group)?;
    }
    // It stands, encrypted, in every ticket: servers write one of this length.
    builder.set_session_id_context(&[0; 20])?;
    builder.set_private_key(&pair.key)?;
    let mut chain = pair.chain.iter();
    if let Some(leaf) = chain.next() {
        builder.set_certificate(leaf)?;
    }
    for certificate in chain {
        builder.add_extra_chain_cert(certificate.clone())?;
    }
    builder.check_private_key()?;
    let TlsProfile { alpn, no_protocol, .. } = *profile;
    if !alpn.is_empty() {
        builder.set_alpn_select_callback(move |_, offered| {
            match (select_next_proto(alpn, offered), no_protocol) {
                (Some(common), _) => Ok(common),
                (None, NoProtocol::GoOn) => Err(AlpnError::NOACK),
                (None, NoProtocol::Refuse) => Err(AlpnError::ALERT_FATAL),
                (None, NoProtocol::Insist) => first_protocol(alpn).ok_or(AlpnError::NOACK),
            }
        });
    }
    if profile.acknowledges_name {
        builder.set_servername_callback(|_, _| Ok(()));
    }
    Ok(builder)
}

/// The first of a list of protocols in wire format.
fn first_protocol(list: &'static [u8]) -> Option<&'static [u8]> {
    let (length, rest) = list.split_first()?;
    rest.get(..usize::from(*length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn key_and_certificate_survive_a_restart_and_differ_between_deckies() {
        let certificate = |seed| {
            let identity = MachineIdentity::default();
            let pair = identity.get(&testing::persona(seed)).unwrap();
            assert!(pair.key.rsa().unwrap().check_key().unwrap());
            assert!(pair.chain[0].verify(&pair.key).unwrap());
            pair.chain[0].to_der().unwrap()
        };
        assert_eq!(certificate(1), certificate(1));
        assert_ne!(certificate(1), certificate(2));
    }
}
