//! What the controller hears of the host.

use std::time::Duration;

use decnet_daemon::provenance;
use decnet_proto::{
    agent::{DeckyState, DeployRequest},
    swarm::{API_VERSION, operator::Profile},
};

use super::{Member, deploy, within};
use crate::fleet::{TWO, WEB, plan, site};

#[tokio::test]
async fn heartbeats_tell_how_things_stand() {
    let member = Member::new().await;
    let heard = || member.controller.heartbeats();
    within(Duration::from_secs(5), || !heard().is_empty()).await;
    let (peer, first) = heard().remove(0);
    assert_eq!(peer.profile, Profile::AgentClient);
    assert_eq!(peer.identity.host, member.controller.swarm().hosts.worker);
    assert_eq!((first.api, first.generation, first.trust), (API_VERSION, None, 1));
    assert_eq!((first.boot, first.version.as_str()), (provenance::boot(), env!("CARGO_PKG_VERSION")));
    assert_eq!((first.site, first.not_after), (Some(site()), peer.not_after));
    assert_eq!(first.deckies, []);

    let plan = plan(TWO, None);
    let request = DeployRequest { plan: plan.clone(), no_cache: false, parallel: None };
    assert_eq!(deploy(&member.master(), &request).await.failures, []);
    let tells = |state| {
        heard().last().is_some_and(|(_, heartbeat)| {
            heartbeat.generation == Some(plan.generation)
                && heartbeat.deckies.iter().any(|decky| decky.name == "web" && decky.state == state)
        })
    };
    within(Duration::from_secs(5), || tells(DeckyState::Up)).await;
    // What is observed counts, not what is wanted.
    member.world.allow(0);
    member.world.engine.kill("web");
    within(Duration::from_secs(5), || tells(DeckyState::Degraded)).await;
    member.world.changes.add_permits(100);
    member.stop().await;
}

#[tokio::test]
async fn a_controller_that_was_away_hears_again_and_nothing_changes_meanwhile() {
    let mut member = Member::new().await;
    within(Duration::from_secs(5), || !member.controller.heartbeats().is_empty()).await;
    let (first, second) = (plan(WEB, None), plan(TWO, Some(&plan(WEB, None))));
    let request = |plan| DeployRequest { plan, no_cache: false, parallel: None };
    deploy(&member.master(), &request(first)).await;
    member.controller.stop().await;
    let told = member.world.engine.told().len();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(member.world.engine.told().len(), told, "a master that is away changes nothing");
    assert_eq!(member.local.client.status().await.deckies[0].state, DeckyState::Up);
    // Its host still obeys the master itself, whose part is another.
    assert_eq!(deploy(&member.master(), &request(second.clone())).await.failures, []);
    let before = member.controller.heartbeats().len();
    member.controller.change_trust(|trust| trust.serial = 2);
    member.controller.resume().await;
    let heard = || member.controller.heartbeats();
    within(Duration::from_secs(20), || heard().len() > before).await;
    assert_eq!(heard().last().unwrap().1.generation, Some(second.generation));
    // The first one after that tells of the new trust.
    within(Duration::from_secs(20), || heard().last().is_some_and(|(_, heartbeat)| heartbeat.trust == 2))
        .await;
    member.controller.change_trust(|trust| trust.serial = 1);
    let before = heard().len();
    within(Duration::from_secs(20), || heard().len() > before + 1).await;
    assert_eq!(heard().last().unwrap().1.trust, 2, "it does not go back");
    member.stop().await;
}
