//! New certificates: when, how, and what becomes of the old ones.

use std::{fs, os::unix::fs::MetadataExt as _, sync::Arc};

use decnet_membership::{
    Membership, Part, RenewalError, TrialError, catch_up, renew_those_due,
    testing::{Controller, Spoil, hang_up},
};
use decnet_pki::{
    clock::DAY,
    credentials::{CredentialsError, Presented},
    digest::Pin,
    folder::IdentityFolder,
    keys::Key,
};
use decnet_proto::swarm::{
    operator::{CertificateRequest, Profile},
    role::{Identity, Role},
    worker::{RenewRequest, Renewed, Route},
};
use tempfile::TempDir;

struct Fixture {
    controller: Controller,
    home: TempDir,
    membership: Arc<Membership>,
    joined_at: i64,
}

impl Fixture {
    async fn new() -> Self {
        Self::of(Part::Agent).await
    }

    async fn of(part: Part) -> Self {
        let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
        let (_, membership) = controller.member(part, home.path()).await;
        let joined_at = controller.swarm().clock.now();
        Self { controller, home, membership, joined_at }
    }

    /// So many days after the host has joined.
    fn day(&self, day: i64) {
        self.controller.swarm().clock.turned(self.joined_at + day * DAY);
    }

    /// Pins of the two keys in the folder.
    fn pins(&self) -> [Pin; 2] {
        self.pins_of(Part::Agent)
    }

    fn pins_of(&self, part: Part) -> [Pin; 2] {
        let folder = IdentityFolder::at(self.home.path());
        part.profiles().map(|profile| folder.open(profile).unwrap().unwrap().key.pin())
    }

    /// Whether the controller takes what the agent shows.
    async fn is_heard(&self) -> bool {
        catch_up(&self.membership, &self.membership.controller().unwrap()).await.is_ok()
    }
}

#[tokio::test]
async fn certificates_are_renewed_at_two_thirds_of_their_life() {
    let fixture = Fixture::new().await;
    let before = fixture.pins();
    let old = IdentityFolder::at(fixture.home.path()).open(Profile::AgentClient).unwrap().unwrap().peer;
    fixture.day(59);
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 0);
    assert_eq!((fixture.controller.renewals(), fixture.pins()), (0, before));
    fixture.day(60);
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 2);
    let after = fixture.pins();
    assert!(after.iter().all(|pin| !before.contains(pin)), "new keys");
    assert_eq!(
        fixture.membership.expiries().map(|(_, e)| e.days_left(fixture.joined_at + 60 * DAY)),
        [90, 90]
    );
    for profile in Part::Agent.profiles() {
        let mode = fs::metadata(fixture.home.path().join(format!("{profile}.key"))).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 0, "once");
    // Without the old one the agent is heard all the same.
    fixture.controller.swarm().roster.revoke(&old);
    assert!(fixture.is_heard().await);
    let reopened =
        Membership::open(Part::Agent, fixture.home.path(), fixture.controller.swarm().clock.clone());
    assert_eq!(reopened.unwrap().unwrap().expiries(), fixture.membership.expiries());
}

#[tokio::test]
async fn a_certificate_that_does_not_work_is_not_switched_to() {
    let fixture = Fixture::new().await;
    let [_, before] = fixture.pins();
    fixture.day(60);
    let signed_for = |identity: Identity, foreign: bool| -> Spoil<Renewed> {
        let folder = IdentityFolder::at(fixture.home.path());
        Box::new(move |swarm, renewed| {
            let certificate = renewed.certificates.last_mut().unwrap();
            let request = folder.prepare_renewal(certificate.profile).unwrap();
            let authority = if foreign { &swarm.foreign } else { &swarm.authority };
            let now = swarm.clock.now();
            certificate.pem = authority.sign(certificate.profile, identity, "w1", &request, now).unwrap().pem;
        })
    };
    let own = fixture.controller.swarm().hosts.identity(Role::Agent);
    let other = Identity { host: fixture.controller.swarm().hosts.other_worker, ..own };
    type Expect = fn(&RenewalError) -> bool;
    let cases: [(&str, Spoil<Renewed>, Expect); 5] = [
        ("of another host", signed_for(other, false), |error| {
            matches!(error, RenewalError::Trial(_, TrialError::OtherIdentity { .. }))
        }),
        ("of another authority", signed_for(own, true), |error| {
            let RenewalError::Membership(decnet_membership::MembershipError::Credentials(inner)) = error
            else {
                return false;
            };
            matches!(inner, CredentialsError::NoAuthority)
        }),
        (
            "of another key",
            Box::new(|swarm, renewed| {
                let (key, certificate) = (Key::draw().unwrap(), &mut renewed.certificates[0]);
                let request = key.request(certificate.profile).unwrap();
                let identity = swarm.hosts.identity(Role::Agent);
                let signed =
                    swarm.authority.sign(certificate.profile, identity, "w1", &request, swarm.clock.now());
                certificate.pem = signed.unwrap().pem;
            }),
            |error| matches!(error, RenewalError::Membership(_)),
        ),
        ("none", Box::new(|_, renewed| renewed.certificates.clear()), |error| {
            matches!(error, RenewalError::Missing(Profile::AgentClient))
        }),
        ("gone away", hang_up(), |error| matches!(error, RenewalError::Call(_))),
    ];
    for (what, spoil, expect) in cases {
        fixture.controller.spoil_renewal(Some(spoil));
        let error = renew_those_due(&fixture.membership).await.unwrap_err();
        assert!(expect(&error), "{what}: {error:?}");
        assert_eq!(fixture.pins()[1], before, "{what}");
        assert!(fixture.is_heard().await, "{what}: the old one is used on");
    }
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 1, "the server's was renewed at once");
}

#[tokio::test]
async fn a_certificate_that_the_controller_does_not_take_is_not_switched_to() {
    let fixture = Fixture::new().await;
    let [server, client] = fixture.pins();
    fixture.day(60);
    fixture.controller.forget_renewals(true);
    let error = renew_those_due(&fixture.membership).await.unwrap_err();
    assert!(matches!(error, RenewalError::Trial(Profile::AgentClient, TrialError::Call(_))), "{error:?}");
    let [new_server, old_client] = fixture.pins();
    // What is shown to the master was tried in the host itself.
    assert!(new_server != server && old_client == client);
    assert!(fixture.is_heard().await);
    fixture.controller.forget_renewals(false);
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 1);
    assert!(fixture.is_heard().await);
    assert_eq!(fixture.pins()[0], new_server);
    assert_ne!(fixture.pins()[1], client);
}

/// The controller ends the old certificate when it sees the new one; the agent is killed right then.
#[tokio::test]
async fn a_crash_between_trial_and_switch_locks_nobody_out() {
    let fixture = Fixture::new().await;
    fixture.day(60);
    let (folder, profile) = (IdentityFolder::at(fixture.home.path()), Profile::AgentClient);
    let pem = folder.prepare_renewal(profile).unwrap();
    let body = RenewRequest { requests: vec![CertificateRequest { profile, pem }] };
    let controller = fixture.membership.controller().unwrap();
    let renewed: Renewed = controller.send(Route::Renew.method(), Route::Renew.path(), &body).await.unwrap();
    let staged = folder.stage(profile, &renewed.certificates[0].pem).unwrap().peer;
    let old = folder.open(profile).unwrap().unwrap().peer;
    fixture.controller.swarm().roster.revoke(&old);
    assert!(!fixture.is_heard().await);

    let clock = fixture.controller.swarm().clock.clone();
    let restarted = Membership::open(Part::Agent, fixture.home.path(), clock).unwrap().unwrap();
    assert_eq!(renew_those_due(&restarted).await.unwrap(), 2);
    assert!(catch_up(&restarted, &restarted.controller().unwrap()).await.is_ok());
    assert_eq!(folder.open(profile).unwrap().unwrap().peer, staged);
}

#[tokio::test]
async fn a_new_key_of_the_authority_is_a_reason_to_renew() {
    let mut fixture = Fixture::new().await;
    let old = fixture.controller.swarm().authority.pin();
    let now = fixture.controller.swarm().clock.now();
    fixture.controller.swarm().authority.roll_over(now).unwrap();
    // The controller takes certificates of both.
    fixture.controller.stop().await;
    fixture.controller.resume().await;
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 0, "nobody has told of it");
    let both = fixture.controller.swarm().authority.certificates_pem();
    fixture.controller.change_trust(|trust| (trust.serial, trust.authorities) = (2, both));
    assert!(fixture.is_heard().await);
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 2);
    let folder = IdentityFolder::at(fixture.home.path());
    for profile in Part::Agent.profiles() {
        let signed_by = Presented::new(folder.credentials(profile).unwrap()).authority_pin();
        assert!(signed_by != old && signed_by == fixture.controller.swarm().authority.pin());
    }
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 0, "once");
}

#[tokio::test]
async fn a_listener_shows_a_new_key_once_agents_have_heard_of_it() {
    let fixture = Fixture::of(Part::Listener).await;
    let [server, client] = fixture.pins_of(Part::Listener);
    fixture.day(60);
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 1, "the client's");
    let [kept, renewed] = fixture.pins_of(Part::Listener);
    assert!(kept == server && renewed != client);
    assert!(fixture.is_heard().await);
    let folder = IdentityFolder::at(fixture.home.path());
    let next = folder.staged(Profile::ListenerServer).unwrap().unwrap().peer.pin;
    // It is asked for once, however long it waits.
    let at = fixture.joined_at + 60 * DAY;
    fixture.controller.swarm().clock.turned(at + 599);
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 0);
    assert_eq!((fixture.pins_of(Part::Listener)[0], fixture.controller.renewals()), (server, 2));
    fixture.controller.swarm().clock.turned(at + 600);
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 1);
    assert_eq!((fixture.pins_of(Part::Listener)[0], fixture.controller.renewals()), (next, 2));
    assert_eq!(renew_those_due(&fixture.membership).await.unwrap(), 0);
}
