//! Folders as crashes, other processes and wrong certificates find them.

use std::{fs, os::unix::fs::MetadataExt as _, thread};

use decnet_proto::swarm::{
    role::{Identity, Role},
    worker::Trust,
};

use super::*;
use crate::authority::Authority;

const NOW: i64 = 1_800_000_000;
const CLIENT: Profile = Profile::AgentClient;

struct Fixture {
    folder: IdentityFolder,
    authority: Authority,
    _dir: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open_or_create(&dir.path().join("ca"), NOW).unwrap();
        Self { folder: IdentityFolder::at(dir.path().join("agent")), authority, _dir: dir }
    }

    fn signed(&self, profile: Profile, request: &str) -> String {
        let host = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap();
        let identity = Identity { role: profile.role(), host };
        self.authority.sign(profile, identity, "w1", request, NOW).unwrap().pem
    }

    fn joined() -> Self {
        let fixture = Self::new();
        let request = fixture.folder.key(CLIENT).unwrap().request(CLIENT).unwrap();
        fixture.folder.store(CLIENT, &fixture.signed(CLIENT, &request)).unwrap();
        fixture
    }
}

#[test]
fn a_part_joins() {
    let fixture = Fixture::new();
    let folder = &fixture.folder;
    assert!(folder.open(CLIENT).unwrap().is_none() && folder.trust().unwrap().is_none());
    assert_eq!(folder.first_expiry().unwrap(), None);
    let key = folder.key(CLIENT).unwrap();
    assert_eq!(folder.key(CLIENT).unwrap().pin(), key.pin(), "a join that is tried again has the same key");
    assert!(folder.open(CLIENT).unwrap().is_none(), "there is no certificate yet");
    let peer = folder.store(CLIENT, &fixture.signed(CLIENT, &key.request(CLIENT).unwrap())).unwrap();
    let held = folder.open(CLIENT).unwrap().unwrap();
    assert_eq!((held.peer.identity.role, &held.peer, held.key.pin()), (Role::Agent, &peer, key.pin()));
    assert_eq!(folder.first_expiry().unwrap(), Some(peer.not_after));
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().mode() & 0o777;
    assert_eq!((mode(""), mode("agent-client.key")), (0o700, 0o600));
}

#[test]
fn other_certificates_are_refused() {
    let fixture = Fixture::joined();
    let before = fixture.folder.open(CLIENT).unwrap().unwrap().peer;
    let other = Key::draw().unwrap().request(CLIENT).unwrap();
    let refused = fixture.folder.store(CLIENT, &fixture.signed(CLIENT, &other)).unwrap_err();
    assert!(matches!(refused, FolderError::OtherKey(_)), "{refused}");
    let server = Profile::AgentServer;
    let own = fixture.folder.key(CLIENT).unwrap().request(server).unwrap();
    let refused = fixture.folder.store(CLIENT, &fixture.signed(server, &own)).unwrap_err();
    assert!(matches!(refused, FolderError::OtherProfile { .. }), "{refused}");
    let authority = &fixture.authority.certificates_pem()[0];
    let refused = fixture.folder.store(CLIENT, authority).unwrap_err();
    assert!(matches!(refused, FolderError::Peer(_, PeerError::Authority)), "{refused}");
    assert!(matches!(fixture.folder.store(CLIENT, "x"), Err(FolderError::Pem(..))));
    assert_eq!(fixture.folder.open(CLIENT).unwrap().unwrap().peer, before);
}

#[test]
fn a_renewal_switches_both() {
    let fixture = Fixture::joined();
    let folder = &fixture.folder;
    let old = folder.open(CLIENT).unwrap().unwrap().peer;
    assert!(matches!(folder.commit(CLIENT, "x"), Err(FolderError::NotPrepared(CLIENT))));
    let request = folder.prepare_renewal(CLIENT).unwrap();
    let pem = fixture.signed(CLIENT, &request);
    assert_eq!(folder.open(CLIENT).unwrap().unwrap().peer, old, "the old one is in use");
    assert!(matches!(folder.commit(CLIENT, "x"), Err(FolderError::Pem(..))));
    assert_eq!(folder.open(CLIENT).unwrap().unwrap().peer, old, "a bad certificate changes nothing");
    let again = fixture.signed(CLIENT, &folder.prepare_renewal(CLIENT).unwrap());
    let peer = folder.commit(CLIENT, &again).unwrap();
    assert_eq!(peer.pin, Peer::of(&pem::certificate(&pem).unwrap()).unwrap().pin, "the same new key");
    let held = folder.open(CLIENT).unwrap().unwrap();
    assert_eq!((&held.peer, held.key.pin()), (&peer, peer.pin));
    assert_ne!(peer.pin, old.pin);
    assert!(matches!(folder.commit(CLIENT, &again), Err(FolderError::NotPrepared(CLIENT))));
}

#[test]
fn a_crash_leaves_both_old_or_both_new() {
    for key_was_renamed in [false, true] {
        let fixture = Fixture::joined();
        let folder = &fixture.folder;
        let pem = fixture.signed(CLIENT, &folder.prepare_renewal(CLIENT).unwrap());
        let pin = Peer::of(&pem::certificate(&pem).unwrap()).unwrap().pin;
        fs::write(folder.next_certificate(CLIENT), &pem).unwrap();
        if key_was_renamed {
            fs::rename(folder.next_key(CLIENT), folder.key_file(CLIENT)).unwrap();
        }
        let held = folder.open(CLIENT).unwrap().unwrap();
        assert_eq!((held.peer.pin, held.key.pin()), (pin, pin), "{key_was_renamed}");
        assert!(!folder.next_certificate(CLIENT).exists() && !folder.next_key(CLIENT).exists());
    }
}

#[test]
fn others_always_see_a_pair() {
    let fixture = Fixture::joined();
    thread::scope(|scope| {
        let reader = scope.spawn(|| (0..200).all(|_| fixture.folder.open(CLIENT).unwrap().is_some()));
        for _ in 0..20 {
            let pem = fixture.signed(CLIENT, &fixture.folder.prepare_renewal(CLIENT).unwrap());
            fixture.folder.commit(CLIENT, &pem).unwrap();
        }
        assert!(reader.join().unwrap());
    });
}

#[test]
fn documents_are_kept() {
    let fixture = Fixture::joined();
    let folder = &fixture.folder;
    let id = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap();
    let host = HostFile { id, name: "w1".parse().unwrap(), controller: "https://192.0.2.1:8771".into() };
    folder.set_host(&host).unwrap();
    assert_eq!(folder.host().unwrap(), Some(host.clone()));
    let trust = |serial| Trust { serial, authorities: vec![], master: id, pins: vec![] };
    assert!(folder.set_trust(&trust(2)).unwrap());
    assert!(!folder.set_trust(&trust(1)).unwrap() && !folder.set_trust(&trust(2)).unwrap());
    assert!(folder.set_trust(&trust(3)).unwrap());
    assert_eq!(folder.trust().unwrap(), Some(trust(3)));
    fs::write(folder.host_file(), "{}").unwrap();
    assert!(matches!(folder.host(), Err(FolderError::Document { .. })));
}

#[test]
fn it_forgets_its_own_files_only() {
    let fixture = Fixture::joined();
    let folder = &fixture.folder;
    folder.prepare_renewal(CLIENT).unwrap();
    fs::write(folder.path().join("agent-client.crt.bak"), "mine").unwrap();
    folder.forget().unwrap();
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["agent-client.crt.bak"]);
}

#[test]
fn a_renewal_is_tried_before_it_is_switched_to() {
    let fixture = Fixture::joined();
    let folder = &fixture.folder;
    let old = folder.open(CLIENT).unwrap().unwrap().peer;
    assert!(matches!(folder.switch(CLIENT), Err(FolderError::NotPrepared(CLIENT))));
    assert!(matches!(folder.stage(CLIENT, "x"), Err(FolderError::NotPrepared(CLIENT))));
    let pem = fixture.signed(CLIENT, &folder.prepare_renewal(CLIENT).unwrap());
    assert!(matches!(folder.stage(CLIENT, "x"), Err(FolderError::Pem(..))));
    assert!(folder.staged(CLIENT).unwrap().is_none());
    let staged = folder.stage(CLIENT, &pem).unwrap().peer;
    assert_eq!(folder.staged(CLIENT).unwrap().unwrap().peer, staged);
    assert_eq!(folder.open(CLIENT).unwrap().unwrap().peer, old, "it is not used yet");
    assert_eq!(folder.switch(CLIENT).unwrap().peer, staged);
    assert_eq!(folder.open(CLIENT).unwrap().unwrap().peer, staged);
    assert!(folder.staged(CLIENT).unwrap().is_none());
    assert!(matches!(folder.switch(CLIENT), Err(FolderError::NotPrepared(CLIENT))));
}

#[test]
fn a_whole_identity_takes_the_place_of_another() {
    let fixture = Fixture::joined();
    let folder = &fixture.folder;
    let before = folder.open(CLIENT).unwrap().unwrap().peer;
    let id = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap();
    let host = HostFile { id, name: "w1".parse().unwrap(), controller: "https://192.0.2.1:8771".into() };
    folder.set_trust(&Trust { serial: 9, authorities: vec![], master: id, pins: vec![] }).unwrap();
    let trust = Trust { serial: 2, authorities: vec![], master: id, pins: vec![] };
    let certified = |profile: Profile, signed_for: Profile| {
        let key = Key::draw().unwrap();
        let pem = fixture.signed(signed_for, &key.request(signed_for).unwrap());
        Certified { profile, key, pem }
    };
    let wrong = vec![certified(CLIENT, CLIENT), certified(Profile::AgentServer, CLIENT)];
    let refused = folder.adopt(wrong, &trust, &host, Some("other")).unwrap_err();
    assert!(matches!(refused, FolderError::OtherProfile { .. }), "{refused}");
    assert_eq!(folder.open(CLIENT).unwrap().unwrap().peer, before, "nothing has changed");
    folder.prepare_renewal(CLIENT).unwrap();

    assert_eq!(folder.release_key().unwrap(), None, "nothing has changed");
    folder.adopt(vec![certified(CLIENT, CLIENT)], &trust, &host, Some("a key")).unwrap();
    assert_eq!(folder.release_key().unwrap().as_deref(), Some("a key"));
    assert_ne!(folder.open(CLIENT).unwrap().unwrap().peer, before);
    assert_eq!(folder.trust().unwrap(), Some(trust.clone()), "though it has a smaller number");
    assert_eq!(folder.host().unwrap(), Some(host.clone()));
    assert!(!folder.next_key(CLIENT).exists(), "what was there is forgotten");
    folder.adopt(vec![certified(CLIENT, CLIENT)], &trust, &host, None).unwrap();
    assert_eq!(folder.release_key().unwrap(), None, "and who made releases");
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().mode() & 0o777;
    assert_eq!((mode(""), mode("agent-client.key")), (0o700, 0o600));
}
