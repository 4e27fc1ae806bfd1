//! Every holder of a certificate against every end of the swarm: only the intended meet.

use std::sync::Arc;

use decnet_pki::{
    admission::{Admission, Only},
    clock::DAY,
    peer::Peer,
    refusals::Reason,
    tls::{self, ClientPolicy},
    trust::ByTrust,
};
use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::Profile,
        profile::Direction,
        role::{Identity, Role},
    },
};
use rcgen::{KeyPair, SanType};
use rustls::{AlertDescription, sign::CertifiedKey};
use uuid::Uuid;

use crate::{
    fixture::{NOW, Swarm, Wording, certified, uri, usage},
    meeting::{Reckless, alert, meet},
};

/// How a holder's certificate is, beside its role and direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Good,
    NamedMaster,
    OfOtherHost,
    OfUnknownHost,
    OfOtherKey,
    Revoked,
    Expired,
    NotYetGood,
    TwoUris,
    WithLookAlike,
    InUpperCase,
    ForBothEnds,
    ForNoEnd,
    OfForeignAuthority,
    SelfSigned,
    TooLong,
}

const HOWS: [How; 16] = [
    How::Good,
    How::NamedMaster,
    How::OfOtherHost,
    How::OfUnknownHost,
    How::OfOtherKey,
    How::Revoked,
    How::Expired,
    How::NotYetGood,
    How::TwoUris,
    How::WithLookAlike,
    How::InUpperCase,
    How::ForBothEnds,
    How::ForNoEnd,
    How::OfForeignAuthority,
    How::SelfSigned,
    How::TooLong,
];

/// Somebody with a certificate.
struct Holder {
    role: Role,
    direction: Direction,
    how: How,
    shown: Arc<CertifiedKey>,
}

impl Holder {
    fn new(swarm: &mut Swarm, role: Role, direction: Direction, how: How) -> Self {
        let identity = match how {
            How::OfOtherHost => Identity { role, host: swarm.other_worker },
            How::OfUnknownHost => Identity { role, host: HostId(Uuid::from_u128(99)) },
            _ => swarm.identity(role),
        };
        let wording = worded(identity, direction, how);
        let shown = match how {
            How::OfForeignAuthority => swarm.foreign(wording),
            How::SelfSigned => self_signed(wording),
            _ => swarm.forged(wording),
        };
        // Everybody who can be known is, but for who must not be.
        if let Ok(peer) = Peer::of(&shown.cert[0])
            && !matches!(how, How::OfUnknownHost | How::OfOtherKey)
        {
            swarm.roster.add(&peer);
            match how {
                How::Revoked => swarm.roster.revoke(&peer),
                _ => swarm.pins.push((role, peer.pin.to_string())),
            }
        }
        Self { role, direction, how, shown }
    }
}

fn worded(identity: Identity, direction: Direction, how: How) -> Wording {
    let mut wording = Wording::of(identity, direction);
    let master = uri(&Identity { role: Role::Master, host: HostId(Uuid::from_u128(1)) }.to_string());
    match how {
        How::NamedMaster => wording.common_name = "decnet-master".to_owned(),
        How::Expired => wording.good = (NOW - 90 * DAY, NOW - 1),
        How::NotYetGood => wording.good = (NOW + 1, NOW + 90 * DAY),
        How::TwoUris => wording.names.push(master),
        How::WithLookAlike => wording.names.push(SanType::DnsName("decnet-master".try_into().unwrap())),
        How::InUpperCase => wording.names = vec![uri(&identity.to_string().to_uppercase())],
        How::ForBothEnds => wording.usages = vec![usage(Direction::Server), usage(Direction::Client)],
        How::TooLong => wording.common_name = "n".repeat(9_000),
        How::ForNoEnd => wording.usages.clear(),
        _ => {}
    }
    wording
}

fn self_signed(wording: Wording) -> Arc<CertifiedKey> {
    let pair = KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.subject_alt_names = wording.names;
    params.extended_key_usages = wording.usages;
    let leaf = params.self_signed(&pair).unwrap().der().clone();
    certified(&pair, vec![leaf])
}

fn holders(swarm: &mut Swarm) -> Vec<Holder> {
    let mut all = Vec::new();
    for how in HOWS {
        for role in Role::ALL {
            for direction in [Direction::Server, Direction::Client] {
                all.push(Holder::new(swarm, role, direction, how));
            }
        }
    }
    all
}

/// Whether a holder is let in by an end that wants `roles`, and knows hosts by the roster or only
/// its own master's.
fn expected(holder: &Holder, direction: Direction, roles: &[Role], by_roster: bool) -> bool {
    let good = match holder.how {
        How::Good | How::NamedMaster => true,
        How::OfOtherHost => by_roster,
        _ => false,
    };
    let exists = Profile::of(holder.role, holder.direction).is_some();
    good && exists && holder.direction == direction && roles.contains(&holder.role)
}

/// A server: what it shows, whom it wants, whether it knows hosts by the roster, and how it admits.
type Server<'a> = (Profile, &'a [Role], bool, Arc<dyn Admission>);

#[tokio::test]
async fn servers_let_in_whom_they_should() {
    let mut swarm = Swarm::new();
    let holders = holders(&mut swarm);
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
            for holder in &holders {
                let client = Reckless(Some(Arc::clone(&holder.shown))).client();
                let both = meet(client, Arc::clone(&server)).await;
                let (role, direction, how) = (holder.role, holder.direction, holder.how);
                let expect = expected(holder, Direction::Client, roles, is_roster);
                assert_eq!(both.passed(), expect, "{how:?} {role} {direction:?} at {profile} ({roles:?})");
                if expect {
                    met.0 += 1;
                    let peer = both.server.unwrap().unwrap();
                    assert_eq!((peer.identity.role, peer.direction()), (role, Direction::Client));
                } else {
                    met.1 += 1;
                    assert_eq!(
                        alert(&both.client),
                        Some(AlertDescription::CertificateUnknown),
                        "{how:?} {role}"
                    );
                }
            }
            let nobody = meet(Reckless(None).client(), server).await;
            assert_eq!(nobody.passed(), policy == ClientPolicy::Optional, "nobody at {profile}");
            if nobody.client.is_ok() {
                assert_eq!(nobody.server.unwrap(), None);
            }
        }
    }
    assert_eq!((met.0 + met.1) as usize, 10 * holders.len());
    for reason in Reason::ALL {
        assert!(swarm.refusals.count(reason) > 0, "nobody was refused for {}", reason.word());
    }
    println!("servers: {} let in, {} refused", met.0, met.1);
}

#[tokio::test]
async fn clients_speak_to_whom_they_should() {
    let mut swarm = Swarm::new();
    let holders = holders(&mut swarm);
    let by_trust = ByTrust::new(&trust(&swarm), &[Role::Controller]).unwrap();
    let only = |role| -> Arc<dyn Admission> {
        Arc::new(Only::new(swarm.identity(role), swarm.roster.admitting(&[role])))
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
        for holder in &holders {
            let server = Reckless(Some(Arc::clone(&holder.shown))).server();
            let both = meet(Arc::clone(&client), server).await;
            let expect = expected(holder, Direction::Server, &[role], false);
            let what = format!("{:?} {} {:?} for {profile}", holder.how, holder.role, holder.direction);
            assert_eq!(both.passed(), expect, "{what}");
            if expect {
                met.0 += 1;
                assert_eq!(both.server.unwrap().unwrap().identity, shown.peer().identity);
            } else {
                met.1 += 1;
                assert_eq!(alert(&both.server), Some(AlertDescription::CertificateUnknown), "{what}");
            }
        }
    }
    println!("clients: {} spoken to, {} refused", met.0, met.1);
}

/// Trust in the keys of everybody who has some role of a master, good or not.
fn trust(swarm: &Swarm) -> decnet_proto::swarm::worker::Trust {
    let mut trust = swarm.trust(1);
    trust.pins.retain(|(role, _)| matches!(role, Role::Master | Role::Controller | Role::Listener));
    trust
}
