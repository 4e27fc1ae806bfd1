//! Certificates of nobody, and noise.

use std::sync::LazyLock;

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose as Usage, IsCa, KeyPair, SanType,
};

use super::*;

const HOST: &str = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b";

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

fn dns(text: &str) -> SanType {
    SanType::DnsName(text.try_into().unwrap())
}

fn agent() -> String {
    format!("decnet://agent/{HOST}")
}

/// What an agent's client certificate says, before `change`.
fn made(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![uri(&agent())];
    params.extended_key_usages = vec![Usage::ClientAuth];
    change(&mut params);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
}

fn refused(change: impl FnOnce(&mut CertificateParams)) -> PeerError {
    Peer::of(&made(change)).unwrap_err()
}

#[test]
fn one_uri_is_an_identity() {
    let peer = Peer::of(&made(|_| {})).unwrap();
    assert_eq!((peer.identity.to_string(), peer.profile), (agent(), Profile::AgentClient));
    let name =
        |name: &str| Peer::of(&made(|params| params.distinguished_name.push(DnType::CommonName, name)));
    assert_eq!(name("decnet-master").unwrap().identity.role, Role::Agent, "names decide nothing");
    assert_eq!(name("a\r\n\u{7f}b").unwrap().common_name, "ab");
    assert_eq!(name(&"n".repeat(1000)).unwrap().common_name.len(), 64);
}

#[test]
fn other_names_are_refused() {
    let names = |names: Vec<SanType>| refused(|params| params.subject_alt_names = names);
    let master = format!("decnet://master/{HOST}");
    assert_eq!(names(vec![]), PeerError::Names);
    assert_eq!(names(vec![uri(&agent()), uri(&master)]), PeerError::Names);
    assert_eq!(names(vec![uri(&agent()), uri(&agent())]), PeerError::Names);
    assert_eq!(names(vec![uri(&agent()), dns("decnet-master")]), PeerError::Names);
    assert_eq!(names(vec![dns(&agent())]), PeerError::Names);
    assert_eq!(names(vec![SanType::Rfc822Name(agent().try_into().unwrap())]), PeerError::Names);
    for alike in [
        format!("{master}/"),
        format!("{master}#agent"),
        master.to_uppercase(),
        master.replace("decnet", "decnet."),
    ] {
        assert!(matches!(names(vec![uri(&alike)]), PeerError::Identity(_)), "{alike}");
    }
}

#[test]
fn other_uses_are_refused() {
    let uses = |uses: Vec<Usage>| refused(|params| params.extended_key_usages = uses);
    assert_eq!(uses(vec![]), PeerError::Usage);
    assert_eq!(uses(vec![Usage::ClientAuth, Usage::ServerAuth]), PeerError::Usage);
    assert_eq!(uses(vec![Usage::ClientAuth, Usage::Any]), PeerError::Usage);
    assert_eq!(uses(vec![Usage::ClientAuth, Usage::Other(vec![1, 2, 3])]), PeerError::Usage);
    assert_eq!(uses(vec![Usage::CodeSigning]), PeerError::Usage);
    let server = refused(|params| {
        params.subject_alt_names = vec![uri(&format!("decnet://master/{HOST}"))];
        params.extended_key_usages = vec![Usage::ServerAuth];
    });
    assert_eq!(server, PeerError::Profile(Role::Master));
}

#[test]
fn authorities_and_other_keys_are_refused() {
    assert_eq!(
        refused(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        PeerError::Authority
    );
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![uri(&agent())];
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    assert_eq!(Peer::of(params.self_signed(&key).unwrap().der()), Err(PeerError::Key));
}

#[test]
fn what_is_too_long_is_not_read() {
    let long = made(|params| params.distinguished_name.push(DnType::CommonName, "n".repeat(CERTIFICATE_MAX)));
    assert_eq!(Peer::of(&long), Err(PeerError::TooLong));
    let mut trailing = made(|_| {}).to_vec();
    trailing.push(0);
    assert_eq!(Peer::of(&trailing.into()), Err(PeerError::Malformed));
    assert_eq!(Peer::of(&vec![].into()), Err(PeerError::Malformed));
}

#[test]
fn renewal_begins_at_two_thirds_of_life() {
    let mut peer = Peer::of(&made(|_| {})).unwrap();
    (peer.not_before, peer.not_after) = (1_000, 1_090);
    assert_eq!(peer.renew_from(), 1_060);
}

static GOOD: LazyLock<CertificateDer<'static>> = LazyLock::new(|| made(|_| {}));

proptest! {
    #[test]
    fn noise_is_nobody(bytes: Vec<u8>) {
        prop_assert!(Peer::of(&bytes.into()).is_err());
    }

    #[test]
    fn changed_certificates_are_read(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = GOOD.to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        // Whatever it says, it says it in our words, and it is not who it was in disguise.
        if let Ok(peer) = Peer::of(&bytes.into()) {
            prop_assert_eq!(peer.identity.to_string().parse(), Ok(peer.identity));
            prop_assert_eq!(peer.profile.role(), peer.identity.role);
            prop_assert!(peer.common_name.chars().count() <= NAME_MAX);
        }
    }

    #[test]
    fn cut_certificates_are_nobody(keep in any::<prop::sample::Index>()) {
        let cut = GOOD[..keep.index(GOOD.len())].to_vec();
        prop_assert!(Peer::of(&cut.into()).is_err());
    }
}
