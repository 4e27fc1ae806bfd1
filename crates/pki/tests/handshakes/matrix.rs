//! Every holder of a certificate against every end of the swarm: only the intended meet.

use std::sync::Arc;

use decnet_pki::{
    admission::{Admission, Only},
    refusals::Reason,
    testing::{
        cast::{How, Member, Standing, nobody},
        swarm::Swarm,
    },
    tls::{self, ClientPolicy},
    trust::ByTrust,
};
use decnet_proto::swarm::{operator::Profile, profile::Direction, role::Role, worker::Trust};
use rustls::AlertDescription;

use crate::meeting::{alert, meet};

/// A swarm that knows everybody who can be known, but for who must not be.
fn swarm() -> (Swarm, Vec<Member>) {
    let mut swarm = Swarm::new();
    let all = swarm.cast();
    for member in &all {
        let Some(peer) = member.peer() else { continue };
        match member.standing() {
            Standing::Known => swarm.know(&peer),
            Standing::Revoked => {
                swarm.roster.add(&peer);
                swarm.roster.revoke(&peer);
            }
            Standing::Unknown => {}
        }
    }
    (swarm, all)
}

/// Whether a member is let in by an end that wants `roles`, and knows hosts by the roster or only
/// its own master's.
fn expected(member: &Member, direction: Direction, roles: &[Role], by_roster: bool) -> bool {
    let good = member.is_good() || (by_roster && member.how == How::OfOtherHost && member.has_profile());
    good && member.direction == direction && roles.contains(&member.role)
}

/// A server: what it shows, whom it wants, whether it knows hosts by the roster, and how it admits.
type Server<'a> = (Profile, &'a [Role], bool, Arc<dyn Admission>);

#[tokio::test]
async fn servers_let_in_whom_they_should() {
    let (mut swarm, all) = swarm();
    let by_trust: Arc<dyn Admission> = Arc::new(ByTrust::new(&trust(&swarm), &[Role::Master]).unwrap());
    let by_roster = |roles: &[Role]| swarm.roster.admitting(roles);
    let servers: [Server<'_>; 5] = [
        (Profile::AgentServer, &[Role::Master], false, Arc::clone(&by_trust)),
        (Profile::UpdaterServer, &[Role::Master], false, by_trust),
        (
            Profile::ControllerServer,
            &[Role::Agent, Role::Updater],
            true,
            by_roster(&[Role::Agent, Role::Updater]),
        ),
        (Profile::ControllerServer, &[Role::Operator], true, by_roster(&[Role::Operator])),
        (Profile::ListenerServer, &[Role::Agent], true, by_roster(&[Role::Agent])),
    ];
    let mut met = (0, 0);
    for (profile, roles, is_roster, admission) in servers {
        let shown = swarm.member(profile);
        for policy in [ClientPolicy::Required, ClientPolicy::Optional] {
            let server = tls::server(&shown, policy, &swarm.terms(Arc::clone(&admission))).unwrap();
            for member in &all {
                let both = meet(member.client(), Arc::clone(&server)).await;
                let expect = expected(member, Direction::Client, roles, is_roster);
                assert_eq!(both.passed(), expect, "{member} at {profile} ({roles:?})");
                if expect {
                    met.0 += 1;
                    let peer = both.server.unwrap().unwrap();
                    assert_eq!((peer.identity.role, peer.direction()), (member.role, Direction::Client));
                } else {
                    met.1 += 1;
                    assert_eq!(alert(&both.client), Some(AlertDescription::CertificateUnknown), "{member}");
                }
            }
            let nobody = meet(nobody(), server).await;
            assert_eq!(nobody.passed(), policy == ClientPolicy::Optional, "nobody at {profile}");
            if nobody.client.is_ok() {
                assert_eq!(nobody.server.unwrap(), None);
            }
        }
    }
    assert_eq!((met.0 + met.1) as usize, 10 * all.len());
    for reason in Reason::ALL {
        assert!(swarm.refusals.count(reason) > 0, "nobody was refused for {}", reason.word());
    }
    println!("matrix: servers: {} let in, {} refused", met.0, met.1);
}

#[tokio::test]
async fn clients_speak_to_whom_they_should() {
    let (mut swarm, all) = swarm();
    let by_trust = ByTrust::new(&trust(&swarm), &[Role::Controller]).unwrap();
    let only = |role| -> Arc<dyn Admission> {
        Arc::new(Only::new(swarm.hosts.identity(role), swarm.roster.admitting(&[role])))
    };
    let clients: [(Profile, Role, Arc<dyn Admission>); 5] = [
        (Profile::MasterClient, Role::Agent, only(Role::Agent)),
        (Profile::MasterClient, Role::Updater, only(Role::Updater)),
        (Profile::AgentClient, Role::Controller, Arc::new(by_trust.clone())),
        (Profile::UpdaterClient, Role::Controller, Arc::new(by_trust.clone())),
        (Profile::AgentClient, Role::Listener, Arc::new(by_trust.with_roles(&[Role::Listener]))),
    ];
    let mut met = (0, 0);
    for (profile, role, admission) in clients {
        let shown = swarm.member(profile);
        let client = tls::client(Some(&shown), &[role], &swarm.terms(admission)).unwrap();
        for member in &all {
            let both = meet(Arc::clone(&client), member.server()).await;
            let expect = expected(member, Direction::Server, &[role], false);
            assert_eq!(both.passed(), expect, "{member} for {profile}");
            if expect {
                met.0 += 1;
                assert_eq!(both.server.unwrap().unwrap().identity, shown.peer().identity);
            } else {
                met.1 += 1;
                assert_eq!(alert(&both.server), Some(AlertDescription::CertificateUnknown), "{member}");
            }
        }
    }
    println!("matrix: clients: {} spoken to, {} refused", met.0, met.1);
}

/// Trust in the keys of everybody who has some role of a master, good or not.
fn trust(swarm: &Swarm) -> Trust {
    let mut trust = swarm.trust(1);
    trust.pins.retain(|(role, _)| matches!(role, Role::Master | Role::Controller | Role::Listener));
    trust.pins.sort();
    trust.pins.dedup();
    trust
}
