//! The authority on disk, and what it signs.

use std::{collections::BTreeSet, fs, os::unix::fs::MetadataExt as _, thread};

use decnet_proto::swarm::{
    operator::Profile,
    profile::Direction,
    role::{Identity, Role},
};
use x509_parser::prelude::FromDer as _;

use super::*;
use crate::{clock::DAY, digest::Fingerprint, keys::Key, peer::Peer};

const NOW: i64 = 1_800_000_000;
const HOST: &str = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b";

fn identity(role: Role) -> Identity {
    Identity { role, host: HOST.parse().unwrap() }
}

fn authority() -> (tempfile::TempDir, Authority) {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(&dir.path().join("ca"), NOW).unwrap();
    (dir, authority)
}

fn sign(authority: &Authority, profile: Profile, now: i64) -> Result<Signed, SignError> {
    let request = Key::draw().unwrap().request(profile).unwrap();
    authority.sign(profile, identity(profile.role()), "w1", &request, now)
}

#[test]
fn it_is_made_once_and_kept() {
    let (dir, authority) = authority();
    let ca = dir.path().join("ca");
    assert_eq!(fs::metadata(&ca).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(ca.join("ca-1.key")).unwrap().mode() & 0o777, 0o600);
    let again = Authority::open_or_create(&ca, NOW + DAY).unwrap();
    assert_eq!((again.pin(), again.certificates()), (authority.pin(), authority.certificates()));
    assert_eq!(authority.not_after(), NOW + AUTHORITY_LIFE * DAY);
}

#[test]
fn its_certificate_is_an_authoritys_of_one_level() {
    let (_dir, authority) = authority();
    let der = authority.certificates().remove(0);
    let (_, parsed) = x509_parser::certificate::X509Certificate::from_der(&der).unwrap();
    let constraints = parsed.basic_constraints().unwrap().unwrap();
    assert!(constraints.critical && constraints.value.ca);
    assert_eq!(constraints.value.path_len_constraint, Some(0));
    assert_eq!(parsed.key_usage().unwrap().unwrap().value.flags, 1 << 5, "keyCertSign only");
    parsed.verify_signature(None).unwrap();
    assert_eq!(Peer::of(&der), Err(crate::peer::PeerError::Authority));
}

#[test]
fn every_profile_is_its_holder_at_one_end() {
    let (_dir, authority) = authority();
    for profile in Profile::ALL {
        let signed = sign(&authority, profile, NOW).unwrap();
        let peer = Peer::of(&signed.der).unwrap();
        assert_eq!((peer.profile, peer.identity), (profile, identity(profile.role())));
        assert_eq!((peer.pin, peer.fingerprint), (signed.pin, signed.fingerprint));
        assert_eq!((peer.not_before, peer.not_after), (NOW - 300, NOW + LIFE * DAY));
        assert_eq!((peer.not_after, &*peer.common_name), (signed.not_after, "w1"));
        assert!((NOW + 59 * DAY..NOW + 60 * DAY).contains(&peer.renew_from()));
        assert_eq!(crate::pem::certificate(&signed.pem).unwrap(), signed.der);
        assert_eq!(signed.wire().fingerprint, Fingerprint::of(&signed.der).to_string());
        let (_, parsed) = x509_parser::certificate::X509Certificate::from_der(&signed.der).unwrap();
        assert_eq!((parsed.raw_serial().len(), parsed.raw_serial()[0] & 0x80), (16, 0));
        assert_eq!(peer.direction() == Direction::Server, profile.word().ends_with("server"));
        let issuer = authority.certificates().remove(0);
        let (_, issuer) = x509_parser::certificate::X509Certificate::from_der(&issuer).unwrap();
        parsed.verify_signature(Some(issuer.public_key())).unwrap();
        assert_eq!(parsed.issuer().as_raw(), issuer.subject().as_raw());
    }
}

#[test]
fn what_is_not_sound_is_not_signed() {
    let (_dir, authority) = authority();
    let request = Key::draw().unwrap().request(Profile::MasterClient).unwrap();
    let agent = identity(Role::Agent);
    let refused = |profile, name: &str, pem: &str, now| {
        authority.sign(profile, agent, name, pem, now).expect_err("nothing sound")
    };
    let role = SignError::Role { profile: Profile::MasterClient, role: Role::Agent };
    assert_eq!(refused(Profile::MasterClient, "w1", &request, NOW), role);
    for name in ["", &"a".repeat(65), "wörker", "a\nb", &"a".repeat(10_240)] {
        assert_eq!(refused(Profile::AgentClient, name, &request, NOW), SignError::CommonName);
    }
    let malformed = SignError::Request(InvalidRequest::Malformed);
    assert_eq!(refused(Profile::AgentClient, "w1", "x", NOW), malformed);
    let late = NOW + AUTHORITY_LIFE * DAY;
    assert_eq!(refused(Profile::AgentClient, "w1", &request, late), SignError::AuthorityExpired);
    let last = authority.sign(Profile::AgentClient, agent, "w1", &request, late - DAY).unwrap();
    assert_eq!(last.not_after, late, "no certificate outlives its authority");
}

#[test]
fn of_a_request_only_the_key_counts() {
    let (_dir, authority) = authority();
    let pair = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["evil.example".to_owned()]).unwrap();
    params
        .subject_alt_names
        .push(rcgen::SanType::URI(identity(Role::Master).to_string().try_into().unwrap()));
    params.distinguished_name.push(rcgen::DnType::CommonName, "decnet-master");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::Any];
    let request = params.serialize_request(&pair).unwrap().pem().unwrap();
    let signed = authority.sign(Profile::AgentClient, identity(Role::Agent), "w1", &request, NOW).unwrap();
    let peer = Peer::of(&signed.der).unwrap();
    assert_eq!((peer.identity, &*peer.common_name), (identity(Role::Agent), "w1"));
}

#[test]
fn many_at_once_agree_on_one() {
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca");
    let open = || Authority::open_or_create(&ca, NOW).unwrap().pin();
    let pins: BTreeSet<_> = thread::scope(|scope| {
        let all: Vec<_> = (0..16).map(|_| scope.spawn(open)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(pins.len(), 1);
    let mut files: Vec<_> = fs::read_dir(&ca).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["authority.lock", "ca-1.crt", "ca-1.key"]);
}

#[test]
fn what_a_crash_left_is_finished() {
    let (dir, authority) = authority();
    let ca = dir.path().join("ca");
    fs::remove_file(ca.join("ca-1.crt")).unwrap();
    let finished = Authority::open_or_create(&ca, NOW).unwrap();
    assert_ne!(finished.pin(), authority.pin(), "another certificate");
    assert_eq!(finished.newest().key.pin(), authority.newest().key.pin(), "of the same key");
    Key::make(&ca.join("ca-2.key")).unwrap();
    assert_eq!(Authority::open_or_create(&ca, NOW).unwrap().certificates().len(), 1);
    assert!(!ca.join("ca-2.key").exists(), "it has signed nothing");
}

#[test]
fn what_is_broken_is_refused_and_left() {
    let (dir, _) = authority();
    let ca = dir.path().join("ca");
    let key = fs::read(ca.join("ca-1.key")).unwrap();
    fs::remove_file(ca.join("ca-1.key")).unwrap();
    let error = Authority::open_or_create(&ca, NOW).unwrap_err();
    assert!(matches!(error, AuthorityError::KeyMissing(_)), "{error}");
    Key::make(&ca.join("ca-1.key")).unwrap();
    let error = Authority::open_or_create(&ca, NOW).unwrap_err();
    assert!(matches!(error, AuthorityError::Mismatch(_)), "{error}");
    fs::write(ca.join("ca-1.key"), key).unwrap();
    fs::write(ca.join("ca-1.crt"), "x").unwrap();
    let error = Authority::open_or_create(&ca, NOW).unwrap_err();
    assert!(matches!(error, AuthorityError::Mismatch(_)), "{error}");
    assert_eq!(fs::read(ca.join("ca-1.crt")).unwrap(), b"x");
}

#[test]
fn a_folder_that_others_may_enter_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (dir, _) = authority();
    let ca = dir.path().join("ca");
    fs::set_permissions(&ca, fs::Permissions::from_mode(0o750)).unwrap();
    let error = Authority::open_or_create(&ca, NOW).unwrap_err();
    assert!(matches!(error, AuthorityError::File { .. }), "{error}");
}

#[test]
fn it_changes_its_key() {
    let (dir, authority) = authority();
    let old = authority.certificates().remove(0);
    assert!(!authority.end_old().unwrap(), "there is no old one");
    authority.roll_over(NOW + DAY).unwrap();
    assert!(matches!(authority.roll_over(NOW + DAY), Err(AuthorityError::RollingOver)));
    let both = authority.certificates();
    assert_eq!((both.len(), &both[1]), (2, &old));
    assert_eq!(authority.pin(), crate::digest::Pin::of_authority(&both[0]));
    assert_eq!(Authority::open_or_create(&dir.path().join("ca"), NOW).unwrap().certificates(), both);
    let signed = sign(&authority, Profile::AgentClient, NOW + DAY).unwrap();
    let (_, parsed) = x509_parser::certificate::X509Certificate::from_der(&signed.der).unwrap();
    let (_, newest) = x509_parser::certificate::X509Certificate::from_der(&both[0]).unwrap();
    parsed.verify_signature(Some(newest.public_key())).unwrap();
    assert!(authority.end_old().unwrap());
    assert_eq!(authority.certificates(), both[..1]);
    assert!(!dir.path().join("ca/ca-1.key").exists());
    authority.roll_over(NOW + DAY).unwrap();
    assert_eq!(authority.certificates().len(), 2, "and again");
}

/// Runs `many_processes_agree_on_one` as one of its own processes.
const FOLDER: &str = "DECNET_PKI_TEST_FOLDER";

#[test]
fn one_of_many_processes() {
    let Ok(ca) = std::env::var(FOLDER) else { return };
    println!("pin={}", Authority::open_or_create(ca.as_ref(), NOW).unwrap().pin());
}

/// A process that opens the authority in `ca`, and makes it if there is none.
fn process(ca: &Path) -> std::process::Child {
    std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "authority::tests::one_of_many_processes", "--nocapture"])
        .env(FOLDER, ca)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn many_processes_agree_on_one() {
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca");
    let processes: Vec<_> = (0..8).map(|_| process(&ca)).collect();
    let pin_of = |process: std::process::Child| {
        let text = String::from_utf8(process.wait_with_output().unwrap().stdout).unwrap();
        let (_, rest) = text.split_once("pin=").expect("a pin");
        rest.chars().take(64).collect::<String>()
    };
    let pins: BTreeSet<_> = processes.into_iter().map(pin_of).collect();
    let own = Authority::open_or_create(&ca, NOW).unwrap().pin();
    assert_eq!(pins, BTreeSet::from([own.to_string()]));
}

#[test]
fn whoever_is_killed_leaves_it_whole() {
    let dir = tempfile::tempdir().unwrap();
    for after in 0..40 {
        let ca = dir.path().join(format!("ca-{after}"));
        let mut killed = process(&ca);
        thread::park_timeout(std::time::Duration::from_micros(after * 250));
        killed.kill().unwrap();
        killed.wait().unwrap();
        let authority = Authority::open_or_create(&ca, NOW).unwrap();
        assert_eq!(Authority::open_or_create(&ca, NOW).unwrap().pin(), authority.pin());
        assert_eq!(fs::read_dir(&ca).unwrap().count(), 3, "nothing is left over");
    }
}
