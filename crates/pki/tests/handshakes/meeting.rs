//! Two ends that meet in memory, and ends that check nothing.

use std::{io, sync::Arc, time::Duration};

use decnet_pki::{peer::Peer, tls};
use rustls::{
    AlertDescription, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
    client::{
        ResolvesClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{
        ClientHello, ResolvesServerCert,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::CertifiedKey,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// How the two ends of a meeting fared: a byte went there and back, or why not.
pub(crate) struct Met {
    pub(crate) client: io::Result<()>,
    pub(crate) server: io::Result<Option<Peer>>,
}

impl Met {
    /// Whether both ends take the other for who it says.
    pub(crate) fn passed(&self) -> bool {
        assert_eq!(self.client.is_ok(), self.server.is_ok(), "one end thinks it speaks with the other");
        self.client.is_ok()
    }
}

/// Lets two ends meet.
pub(crate) async fn meet(client: Arc<ClientConfig>, server: Arc<ServerConfig>) -> Met {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let client = async {
        let mut stream = TlsConnector::from(client).connect(tls::server_name(), near).await?;
        stream.write_all(b"?").await?;
        stream.read_exact(&mut [0]).await?;
        io::Result::Ok(())
    };
    let server = async {
        let mut stream = TlsAcceptor::from(server).accept(far).await?;
        stream.read_exact(&mut [0]).await?;
        stream.write_all(b"!").await?;
        stream.flush().await?;
        Ok(Peer::of_connection(stream.get_ref().1).unwrap())
    };
    let both = tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(client, server) });
    let (client, server) = both.await.expect("a handshake hangs");
    Met { client, server }
}

/// The alert that an end was sent.
pub(crate) fn alert<T>(result: &io::Result<T>) -> Option<AlertDescription> {
    let inner = result.as_ref().err()?.get_ref()?;
    match inner.downcast_ref::<Error>()? {
        Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}

/// An end that shows what it is given and accepts whatever it is shown.
#[derive(Debug)]
pub(crate) struct Reckless(pub(crate) Option<Arc<CertifiedKey>>);

impl Reckless {
    pub(crate) fn client(self) -> Arc<ClientConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Self(None)));
        Arc::new(builder.with_client_cert_resolver(Arc::new(self)))
    }

    pub(crate) fn server(self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(Arc::new(Self(None)));
        Arc::new(builder.with_cert_resolver(Arc::new(self)))
    }
}

impl ResolvesClientCert for Reckless {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

impl ResolvesServerCert for Reckless {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }
}

impl ServerCertVerifier for Reckless {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

impl ClientCertVerifier for Reckless {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
