//! What changes while ends run: certificates, authorities, trust, and the time.

use std::sync::Arc;

use decnet_pki::{
    clock::DAY,
    credentials::{Credentials, CredentialsError, Presented},
    folder::IdentityFolder,
    refusals::{Reason, Rejected},
    testing::{NOW, swarm::Swarm},
    tls::{self, ClientPolicy, TlsError},
    trust::ByTrust,
};
use decnet_proto::swarm::{operator::Profile, role::Role};
use rustls::{ClientConfig, HandshakeKind, ServerConfig, client::Resumption};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::meeting::{Met, meet};

/// An agent's server, and the master that speaks to it.
struct Pair {
    swarm: Swarm,
    agent: Presented,
    master: Presented,
    trust: ByTrust,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Pair {
    fn new() -> Self {
        let mut swarm = Swarm::new();
        let (agent, master) = (swarm.member(Profile::AgentServer), swarm.member(Profile::MasterClient));
        let trust = ByTrust::new(&swarm.trust(1), &[Role::Master]).unwrap();
        let mut terms = swarm.terms(Arc::new(trust.clone()));
        terms.roots = trust.roots();
        let server = tls::server(&agent, ClientPolicy::Required, &terms).unwrap();
        let terms = swarm.terms(swarm.roster.admitting(&[Role::Agent]));
        let client = tls::client(Some(&master), &[Role::Agent], &terms).unwrap();
        Self { swarm, agent, master, trust, server, client }
    }

    async fn meet(&self) -> Met {
        meet(Arc::clone(&self.client), Arc::clone(&self.server)).await
    }

    /// New credentials for what is shown.
    fn renewed(&self, shown: &Presented) -> Credentials {
        let peer = shown.peer();
        self.swarm.credentials(peer.identity, peer.profile)
    }
}

#[tokio::test]
async fn certificates_run_out_and_are_renewed() {
    let mut pair = Pair::new();
    assert!(pair.meet().await.passed());
    pair.swarm.clock.turned(NOW + 90 * DAY + 1);
    let met = pair.meet().await;
    let reason = |met: &Met| Rejected::of(met.client.as_ref().unwrap_err()).map(Rejected::reason);
    assert_eq!(reason(&met), Some(Reason::Time));

    let (agent, master) = (pair.renewed(&pair.agent), pair.renewed(&pair.master));
    pair.swarm.know(agent.peer());
    pair.agent.replace(agent).unwrap();
    pair.swarm.know(master.peer());
    pair.master.replace(master.clone()).unwrap();
    let met = pair.meet().await;
    assert!(!met.passed(), "the agent does not know the master's new key");
    assert!(pair.trust.replace(&pair.swarm.trust(2)).unwrap());
    assert_eq!(pair.meet().await.server.unwrap().unwrap(), *master.peer());
    let refused = pair.agent.replace(master).unwrap_err();
    assert!(matches!(refused, CredentialsError::OtherProfile { .. }), "{refused}");
}

#[tokio::test]
async fn the_authority_changes_its_key() {
    let mut pair = Pair::new();
    pair.swarm.authority.roll_over(NOW).unwrap();
    // Told of both authorities, everybody meets, whichever has signed.
    assert!(pair.trust.replace(&pair.swarm.trust(2)).unwrap());
    assert!(pair.meet().await.passed());
    let master = pair.renewed(&pair.master);
    pair.swarm.know(master.peer());
    pair.master.replace(master).unwrap();
    assert!(pair.trust.replace(&pair.swarm.trust(3)).unwrap());
    assert!(pair.meet().await.passed(), "new and old are good");
    assert_eq!(pair.master.authority_pin(), pair.swarm.authority.pin());
    assert_ne!(pair.agent.authority_pin(), pair.swarm.authority.pin(), "of the old one");
    // Told of the new one only, the old certificates are good no more.
    assert!(pair.swarm.authority.end_old().unwrap());
    let terms = pair.swarm.terms(pair.swarm.roster.admitting(&[Role::Agent]));
    let client = tls::client(Some(&pair.master), &[Role::Agent], &terms).unwrap();
    let met = meet(client, Arc::clone(&pair.server)).await;
    assert_eq!(Rejected::of(&met.client.unwrap_err()).map(Rejected::reason), Some(Reason::Chain));
}

#[tokio::test]
async fn trust_never_goes_back() {
    let pair = Pair::new();
    let mut older = pair.swarm.trust(1);
    older.pins.clear();
    assert!(!pair.trust.replace(&older).unwrap());
    assert!(pair.meet().await.passed());
    older.serial = 2;
    assert!(pair.trust.replace(&older).unwrap());
    assert_eq!((pair.trust.serial(), pair.meet().await.passed()), (2, false));
    let mut bad = pair.swarm.trust(3);
    bad.authorities.clear();
    assert!(pair.trust.replace(&bad).is_err());
    bad = pair.swarm.trust(3);
    bad.pins = vec![(Role::Master, "x".to_owned())];
    assert!(pair.trust.replace(&bad).is_err());
    bad.pins = vec![(Role::Master, "0".repeat(64)); 65];
    assert!(pair.trust.replace(&bad).is_err());
    assert_eq!(pair.trust.serial(), 2);
}

#[tokio::test]
async fn nothing_is_resumed() {
    let pair = Pair::new();
    let mut eager = ClientConfig::clone(&pair.client);
    eager.resumption = Resumption::in_memory_sessions(8);
    let eager = Arc::new(eager);
    for _ in 0..3 {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let client = async {
            let mut stream =
                TlsConnector::from(Arc::clone(&eager)).connect(tls::server_name(), near).await.unwrap();
            stream.write_all(b"?").await.unwrap();
            stream.read_exact(&mut [0]).await.unwrap();
            assert_eq!(stream.get_ref().1.tls13_tickets_received(), 0);
            stream.get_ref().1.handshake_kind()
        };
        let server = async {
            let mut stream = TlsAcceptor::from(Arc::clone(&pair.server)).accept(far).await.unwrap();
            stream.read_exact(&mut [0]).await.unwrap();
            stream.write_all(b"!").await.unwrap();
            stream.flush().await.unwrap();
        };
        let (kind, ()) = tokio::join!(client, server);
        assert_eq!(kind, Some(HandshakeKind::Full));
    }
}

#[tokio::test]
async fn both_speak_one_protocol() {
    let pair = Pair::new();
    let mut terms = pair.swarm.terms(Arc::new(pair.trust.clone()));
    terms.alpn = vec![b"decnet-log/1".to_vec()];
    let server = tls::server(&pair.agent, ClientPolicy::Required, &terms).unwrap();
    terms = pair.swarm.terms(pair.swarm.roster.admitting(&[Role::Agent]));
    for (alpn, passes) in [(&b"decnet-log/1"[..], true), (b"h2", false)] {
        terms.alpn = vec![alpn.to_vec()];
        let client = tls::client(Some(&pair.master), &[Role::Agent], &terms).unwrap();
        assert_eq!(meet(client, Arc::clone(&server)).await.passed(), passes, "{alpn:?}");
    }
}

#[test]
fn an_end_shows_only_what_is_for_it() {
    let pair = Pair::new();
    let terms = pair.swarm.terms(Arc::new(pair.trust.clone()));
    let server = tls::server(&pair.master, ClientPolicy::Required, &terms);
    assert!(matches!(server, Err(TlsError::Direction(Profile::MasterClient))));
    let client = tls::client(Some(&pair.agent), &[Role::Agent], &terms);
    assert!(matches!(client, Err(TlsError::Direction(Profile::AgentServer))));
}

#[test]
fn a_folder_shows_what_it_holds() {
    let swarm = Swarm::new();
    let (profile, identity) = (Profile::AgentServer, swarm.hosts.identity(Role::Agent));
    let folder = IdentityFolder::at(swarm.dir.path().join("agent"));
    let missing = folder.credentials(profile).unwrap_err();
    assert!(matches!(missing, CredentialsError::NotJoined(Profile::AgentServer)), "{missing}");
    let request = folder.key(profile).unwrap().request(profile).unwrap();
    let signed = swarm.authority.sign(profile, identity, "w1", &request, NOW).unwrap();
    folder.store(profile, &signed.pem).unwrap();
    let mut foreign = swarm.trust(1);
    foreign.authorities = swarm.foreign.certificates_pem();
    folder.set_trust(&foreign).unwrap();
    assert!(matches!(folder.credentials(profile), Err(CredentialsError::NoAuthority)));
    folder.set_trust(&swarm.trust(2)).unwrap();
    assert_eq!(folder.credentials(profile).unwrap().peer().fingerprint, signed.fingerprint);
}
