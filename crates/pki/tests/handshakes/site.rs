//! Certificates for browsers: good for them, and worth nothing in the swarm.

use std::{fs, io, sync::Arc};

use decnet_pki::{
    authority::{SITE_LIFE, SiteName},
    clock::{Clock, DAY},
    keys::Key,
    peer::Peer,
    refusals::{Reason, Rejected},
    testing::{reckless::Reckless, swarm::Swarm},
    tls::{self, ClientPolicy, Pair, Public, PublicError},
};
use decnet_proto::swarm::{operator::Profile, profile::Direction, role::Role};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
    sign::CertifiedKey,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::meeting::{alert, meet};

/// A site of the swarm: its certificate with the authority's behind it, and its key, PEM.
struct Site {
    chain: String,
    key: String,
    made: Key,
}

impl Site {
    fn of(swarm: &Swarm, names: &str) -> Self {
        let path = swarm.dir.path().join(format!("{names}.key"));
        let made = Key::make(&path).unwrap();
        let names: Vec<SiteName> = names.split('+').map(|name| name.parse().unwrap()).collect();
        let signed = swarm.authority.sign_site(&made, &names, swarm.clock.now()).unwrap();
        let chain = signed.pem + &swarm.authority.certificates_pem().concat();
        Self { chain, key: fs::read_to_string(path).unwrap(), made }
    }

    fn pair(&self) -> Pair {
        Pair::read(self.chain.as_bytes(), self.key.as_bytes()).unwrap()
    }

    /// What who holds its files can show anywhere.
    fn shown(&self) -> Reckless {
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(self.chain.as_bytes()).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        Reckless(Some(Arc::new(CertifiedKey::from_der(chain, key, &ring::default_provider()).unwrap())))
    }
}

/// A browser that trusts the swarm's authority; it shows nothing of itself.
fn browser(swarm: &Swarm) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for authority in swarm.authority.certificates() {
        roots.add(authority).unwrap();
    }
    let builder =
        ClientConfig::builder_with_details(Arc::new(ring::default_provider()), Arc::new(swarm.clock.clone()))
            .with_safe_default_protocol_versions()
            .unwrap();
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The certificate that a browser is shown which calls a server by this name, if it takes it.
async fn visit(
    browser: &Arc<ClientConfig>,
    shown: &Public,
    name: &str,
) -> io::Result<CertificateDer<'static>> {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let server = TlsAcceptor::from(tls::public(shown).unwrap());
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let client = TlsConnector::from(Arc::clone(browser)).connect(name, near);
    let (client, _server) = tokio::join!(client, server.accept(far));
    Ok(client?.get_ref().1.peer_certificates().unwrap().first().unwrap().clone().into_owned())
}

#[tokio::test]
async fn browsers_know_it_by_its_names_and_for_as_long_as_it_is_good() {
    let swarm = Swarm::new();
    let browser = browser(&swarm);
    let shown = Public::new(Site::of(&swarm, "master.example+192.0.2.1").pair());
    for (name, expect) in
        [("master.example", true), ("192.0.2.1", true), ("other.example", false), ("192.0.2.2", false)]
    {
        assert_eq!(visit(&browser, &shown, name).await.is_ok(), expect, "{name}");
    }
    swarm.clock.turned(swarm.clock.now() + SITE_LIFE * DAY);
    assert!(visit(&browser, &shown, "master.example").await.is_err(), "it ran out");
}

#[tokio::test]
async fn another_is_shown_to_who_connects_after_it_was_replaced() {
    let swarm = Swarm::new();
    let browser = browser(&swarm);
    let (first, second) = (Site::of(&swarm, "a.example"), Site::of(&swarm, "b.example"));
    let shown = Public::new(first.pair());
    let before = visit(&browser, &shown, "a.example").await.unwrap();
    assert_eq!(shown.pair().not_after(), second.pair().not_after());
    shown.replace(second.pair());
    let after = visit(&browser, &shown, "b.example").await.unwrap();
    assert_ne!(before, after);
}

#[test]
fn a_certificate_with_another_key_is_no_pair() {
    let swarm = Swarm::new();
    let (first, second) = (Site::of(&swarm, "a.example"), Site::of(&swarm, "b.example"));
    let read = |chain: &str, key: &str| Pair::read(chain.as_bytes(), key.as_bytes()).map(drop);
    assert!(read(&first.chain, &first.key).is_ok());
    assert!(matches!(read(&first.chain, &second.key), Err(PublicError::Pair(_))));
    assert!(matches!(read("", &first.key), Err(PublicError::NoCertificate)));
    assert!(matches!(read(&first.chain, &first.chain), Err(PublicError::Key(_))));
    let wrong = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
    assert!(matches!(read(wrong, &first.key), Err(PublicError::Malformed)));
}

/// Its key is even known as everybody's, so that nothing but its words shuts it out.
fn swarm_that_knows(names: &str) -> (Swarm, Site) {
    let mut swarm = Swarm::at(Clock::held(decnet_pki::testing::NOW));
    let site = Site::of(&swarm, names);
    for role in Role::ALL {
        for direction in [Direction::Server, Direction::Client] {
            let Some(profile) = Profile::of(role, direction) else { continue };
            let good = swarm.member(profile).peer();
            swarm.know(&Peer { pin: site.made.pin(), ..good });
        }
    }
    (swarm, site)
}

#[tokio::test]
async fn no_client_of_the_swarm_takes_it_for_a_server() {
    let (mut swarm, site) = swarm_that_knows("decnet-master+127.0.0.1");
    for role in Role::ALL {
        let profile = match role {
            Role::Agent | Role::Updater => Profile::MasterClient,
            _ => Profile::AgentClient,
        };
        let shown = swarm.member(profile);
        let client = tls::client(Some(&shown), &[role], &swarm.terms(swarm.roster.admitting(&[role])));
        let met = meet(client.unwrap(), tls::public(&Public::new(site.pair())).unwrap()).await;
        assert!(!met.passed(), "it is a {role}");
        assert_eq!(reason(met.client), Some(Reason::Nobody), "{role}");
    }
    let joining = tls::joining(swarm.authority.pin(), &[], &swarm.clock).unwrap();
    let met = meet(joining, site.shown().server()).await;
    assert_eq!(reason(met.client), Some(Reason::Nobody), "a host joins it");
}

#[tokio::test]
async fn no_server_of_the_swarm_lets_it_in() {
    let (mut swarm, site) = swarm_that_knows("decnet-master+127.0.0.1");
    for profile in
        [Profile::AgentServer, Profile::UpdaterServer, Profile::ControllerServer, Profile::ListenerServer]
    {
        let shown = swarm.member(profile);
        let terms = swarm.terms(swarm.roster.admitting(&Role::ALL));
        let server = tls::server(&shown, ClientPolicy::Optional, &terms).unwrap();
        let met = meet(site.shown().client(), server).await;
        assert!(!met.passed() && alert(&met.client).is_some(), "a {profile} lets it in");
    }
}

fn reason<T>(met: io::Result<T>) -> Option<Reason> {
    Rejected::of(met.err().as_ref()?).map(Rejected::reason)
}
