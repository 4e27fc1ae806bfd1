//! Certificates that run out and are not renewed.

use std::{fs, time::Duration};

use decnet_agent::Collection;
use decnet_engine::collector::{Collector, Config};
use decnet_membership::{Part, join, testing::Controller};
use decnet_pki::clock::DAY;
use decnet_proto::agent::{Check, Route, Verdict};

use super::{Member, identity, within};
use crate::twin::World;

async fn certificates(member: &Member) -> Check {
    let checks: Vec<Check> = member.local.client.ask(Route::Doctor, &()).await.unwrap();
    checks.into_iter().find(|check| check.name == "certificates").unwrap()
}

#[tokio::test]
async fn what_runs_out_is_told_in_status_doctor_and_an_event() {
    let (world, mut controller) = (World::new(), Controller::start().await);
    join(&controller.join(Part::Agent, &identity(&world))).await.unwrap();
    let joined_at = controller.swarm().clock.now();
    controller.stop().await;
    // Each day has an agent of its own: it looks when it starts.
    for (day, verdict, expect) in [(74, Verdict::Ok, 0), (76, Verdict::Warn, 2), (91, Verdict::Fail, 2)] {
        controller.swarm().clock.turned(joined_at + day * DAY);
        let dir = world.dir.path().join(format!("day-{day}"));
        let log = dir.join("decnet.log");
        let config = Config::new(dir.join("collector"), log.clone(), dir.join("artifacts"));
        let collection = Collection::of(Collector::open(config).unwrap());
        let member = Member::start(world.clone(), controller, collection).await;
        let check = certificates(&member).await;
        assert_eq!(check.verdict, verdict, "day {day}: {check:?}");
        let logged = || fs::read_to_string(&log).unwrap_or_default();
        let count = || logged().matches("certificate_expiring").count();
        within(Duration::from_secs(10), || count() >= expect).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(count(), expect, "day {day}: {}", logged());
        let days_left = format!("days_left=\"{}\"", (90 - day).max(0));
        for line in logged().lines() {
            for part in [" w1 ", "profile=\"agent-", "not_after=\"20", &days_left] {
                assert!(line.contains(part), "{part} in {line}");
            }
        }
        let place = member.local.client.status().await.swarm.unwrap();
        assert!(place.certificates.iter().all(|certificate| certificate.not_after == joined_at + 90 * DAY));
        (_, controller) = member.stop().await;
    }
}
