//! Receivers of another make: RFC 5425 over TLS, as rsyslog takes it.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use decnet_daemon::config::{HostAddress, Setting as _};
use decnet_forwarder::{PlainWay, Settings, Way};
use decnet_proto::frame::{Decoder, Limit, Step};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpSocket},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;

use crate::home::{Home, PATIENCE, Running, until};

/// An authority of somebody's.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A certificate and its key, in PEM.
    fn sign(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// A receiver that wants to see a certificate, and what it took on each connection.
#[derive(Clone)]
struct Receiver {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
    reads: Arc<watch::Sender<bool>>,
}

#[derive(Clone, Default)]
struct Taken {
    lines: Vec<String>,
    /// Whether it was told that nothing more comes.
    is_whole: bool,
}

impl Receiver {
    async fn start(authority: &Authority, versions: &[&'static SupportedProtocolVersion]) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // Its system does not take much that it does not read.
        socket.set_recv_buffer_size(64 << 10).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener: TcpListener = socket.listen(8).unwrap();
        let (address, acceptor) = (listener.local_addr().unwrap(), acceptor(authority, versions));
        let reads = Arc::new(watch::Sender::new(true));
        let started = Self { address, taken: Arc::default(), reads };
        let own = started.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Who does not agree on TLS is gone.
                if let Ok(stream) = acceptor.accept(stream).await {
                    tokio::spawn(own.clone().take(stream));
                }
            }
        });
        started
    }

    async fn take(self, mut stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>) {
        let at = {
            let mut all = self.all();
            all.push(Taken::default());
            all.len() - 1
        };
        let (mut buffer, mut decoder, mut reads) =
            (Vec::new(), Decoder::new(Limit::DEFAULT), self.reads.subscribe());
        loop {
            reads.wait_for(|reads| *reads).await.unwrap();
            let read = stream.read_buf(&mut buffer).await;
            let mut rest = buffer.as_slice();
            while let Step::Frame(message) = decoder.next(&mut rest).unwrap() {
                self.all()[at].lines.push(String::from_utf8(message.to_vec()).unwrap());
            }
            let left = rest.len();
            buffer.drain(..buffer.len() - left);
            if !matches!(read, Ok(1..)) {
                self.all()[at].is_whole = matches!(read, Ok(0)) && buffer.is_empty();
                return;
            }
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it took, one connection after the other.
    fn lines(&self) -> Vec<Vec<String>> {
        self.all().iter().map(|taken| taken.lines.clone()).collect()
    }

    fn total(&self) -> usize {
        self.all().iter().map(|taken| taken.lines.len()).sum()
    }
}

fn acceptor(authority: &Authority, versions: &[&'static SupportedProtocolVersion]) -> TlsAcceptor {
    let (certificate, key) = authority.sign("logs.example", ExtendedKeyUsagePurpose::ServerAuth);
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        );
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

/// To ship to a receiver, which is to show `name`, with a certificate that `authority` signed.
fn settings(home: &Home, receiver: &Receiver, authority: &Authority, name: &str) -> Settings {
    let (certificate, key) = authority.sign("w1.example", ExtendedKeyUsagePurpose::ClientAuth);
    let write = |file: &str, text: &str| -> PathBuf {
        fs::write(home.path(file), text).unwrap();
        home.path(file)
    };
    let way = PlainWay {
        authority: write("authority.pem", &authority.pem),
        name: HostAddress::parse(name).unwrap(),
        own: Some((write("own.pem", &certificate), write("own.key", &key))),
    };
    Settings { way: Way::Plain(way), ..home.settings(receiver.address) }
}

#[tokio::test]
async fn lines_are_messages_and_nothing_comes_twice_without_a_break() {
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let (home, authority) = (Home::new(), Authority::new());
        let receiver = Receiver::start(&authority, versions).await;
        home.append("one\n\n@two\n");
        let settings = settings(&home, &receiver, &authority, "logs.example");
        let running = Running::start(settings.clone()).await;
        until(|| receiver.total() == 2).await;
        let report = running.reports(|report| report.healthy && report.lag_bytes == 0).await;
        assert_eq!(report.program.unwrap().protocol, "syslog");
        home.append("three\n\n\n");
        until(|| receiver.total() == 3).await;
        running.reports(|report| report.lag_bytes == 0).await;
        running.stop().await;
        until(|| receiver.all()[0].is_whole).await;
        assert_eq!(receiver.lines(), [["one", "@two", "three"]]);

        home.append("four\n");
        let running = Running::start(settings).await;
        until(|| receiver.total() == 4).await;
        running.stop().await;
        assert_eq!(receiver.lines()[1], ["four"], "it goes on where it was");
    }
}

#[tokio::test]
async fn only_who_the_authority_and_the_name_say_is_spoken_to() {
    let (home, authority, other) = (Home::new(), Authority::new(), Authority::new());
    let receiver = Receiver::start(&authority, &[&TLS13]).await;
    home.append("one\n");
    let by_name = settings(&home, &receiver, &authority, "other.example");
    let by_authority = settings(&Home::new(), &receiver, &other, "logs.example");
    for (settings, expect) in [(by_name, "not valid for name"), (by_authority, "cannot")] {
        let running = Running::start(Settings { places: home.places(), ..settings }).await;
        let report = running.reports(|report| report.program.as_ref().unwrap().totals.failures > 0).await;
        let text = report.program.unwrap().last_error.unwrap().text;
        assert!(text.contains(expect), "{text}");
        running.stop().await;
    }
    assert_eq!(receiver.total(), 0);
}

/// Lines enough that neither end's buffers hold them.
const LINES: usize = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_break_what_was_not_taken_comes_again() {
    let (home, authority) = (Home::new(), Authority::new());
    let receiver = Receiver::start(&authority, &[&TLS13]).await;
    let line = |number: usize| format!("{number:0>199}");
    home.append(&(0..LINES).map(|number| line(number) + "\n").collect::<String>());
    receiver.reads.send_replace(false);
    let running = Running::start(settings(&home, &receiver, &authority, "logs.example")).await;
    until(|| receiver.all().len() == 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let waiting = running.report().await.lag_bytes;
    assert!(waiting as usize > LINES * 100, "it waits for who does not read: {waiting}");

    // The forwarder ends without an answer; what its system had left is still delivered.
    running.stop().await;
    receiver.reads.send_replace(true);
    until(|| receiver.total() > 0).await;
    let running = Running::start(settings(&home, &receiver, &authority, "logs.example")).await;
    until(|| receiver.lines().len() == 2 && receiver.lines()[1].last() == Some(&line(LINES - 1))).await;
    tokio::time::timeout(PATIENCE, running.stop()).await.unwrap();

    let numbers: Vec<Vec<usize>> = receiver
        .lines()
        .iter()
        .map(|lines| lines.iter().map(|line| line.parse().unwrap()).collect())
        .collect();
    for numbers in &numbers {
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "in order, without a hole");
    }
    let (behind_first, begin) = (numbers[0].len(), numbers[1][0]);
    assert_eq!(numbers[0][0], 0);
    assert!(begin <= behind_first, "nothing is lost: {begin} after {behind_first}");
    assert!(behind_first - begin < (2 << 20) / 200, "and little comes twice: {}", behind_first - begin);
}
