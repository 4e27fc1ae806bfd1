//! Hosts that know nothing but a token.

use std::sync::Arc;

use decnet_pki::{
    clock::DAY,
    refusals::{Reason, Rejected},
    testing::{NOW, forge::Wording, reckless::Reckless, swarm::Swarm},
    tls::{self, ClientPolicy},
    token::Token,
};
use decnet_proto::swarm::{
    operator::Profile,
    profile::Direction,
    role::{Identity, Role},
};
use rustls::sign::CertifiedKey;

use crate::meeting::{Met, meet};

async fn join(swarm: &Swarm, shown: &Arc<CertifiedKey>) -> Met {
    let token = Token::parse(&Token::draw(swarm.authority.pin()).unwrap().0).unwrap();
    let client = tls::joining(token.authority_pin(), &[], &swarm.clock).unwrap();
    meet(client, Reckless(Some(Arc::clone(shown))).server()).await
}

fn reason(met: &Met) -> Option<Reason> {
    Rejected::of(met.client.as_ref().err()?).map(Rejected::reason)
}

#[tokio::test]
async fn a_host_joins_its_own_controller() {
    let mut swarm = Swarm::new();
    let shown = swarm.member(Profile::ControllerServer);
    let terms = swarm.terms(swarm.roster.admitting(&[]));
    let server = tls::server(&shown, ClientPolicy::Optional, &terms).unwrap();
    let client = tls::joining(swarm.authority.pin(), &[], &swarm.clock).unwrap();
    assert!(meet(client, Arc::clone(&server)).await.passed());
    let client = tls::joining(swarm.foreign.pin(), &[], &swarm.clock).unwrap();
    assert_eq!(reason(&meet(client, server).await), Some(Reason::Chain));
}

#[tokio::test]
async fn nobody_else_is_joined() {
    let swarm = Swarm::new();
    let forge = swarm.forge();
    let controller = swarm.hosts.identity(Role::Controller);
    let good = forge.issue(Wording::of(controller, Direction::Server, NOW));
    assert!(join(&swarm, &good).await.passed());

    for role in Role::ALL.into_iter().filter(|role| Profile::of(*role, Direction::Server).is_some()) {
        let identity = Identity { role, host: swarm.hosts.worker };
        let met = join(&swarm, &forge.issue(Wording::of(identity, Direction::Server, NOW))).await;
        assert_eq!(reason(&met), (role != Role::Controller).then_some(Reason::Role), "{role}");
    }

    let foreign = swarm.foreign_forge().issue(Wording::of(controller, Direction::Server, NOW));
    assert_eq!(reason(&join(&swarm, &foreign).await), Some(Reason::Chain));
    let mut with_ours = CertifiedKey::clone(&foreign);
    with_ours.cert.push(swarm.authority.certificates().remove(0));
    assert_eq!(
        reason(&join(&swarm, &Arc::new(with_ours)).await),
        Some(Reason::Chain),
        "ours did not sign it"
    );
    let mut alone = CertifiedKey::clone(&good);
    alone.cert.truncate(1);
    assert_eq!(
        reason(&join(&swarm, &Arc::new(alone)).await),
        Some(Reason::Chain),
        "nobody knows its authority"
    );

    let mut late = Wording::of(controller, Direction::Server, NOW);
    late.good = (NOW - 91 * DAY, NOW - DAY);
    assert_eq!(reason(&join(&swarm, &forge.issue(late)).await), Some(Reason::Time));
}
