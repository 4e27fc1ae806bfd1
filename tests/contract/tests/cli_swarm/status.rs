//! `status` on the master of a swarm.

use contract::{
    FakeAgent, FakeController, Master,
    answers::agent,
    swarm::{self, authority, controller, hosts, json},
};
use decnet_proto::swarm::operator::{Authority, HostState};

use super::{assert_golden, with};

#[test]
fn hosts_and_what_ends_soon_are_told() {
    let (master, controller) = with(|method, path, body| match path {
        "/swarm/hosts" => {
            let mut hosts = hosts();
            hosts[0].not_after = Some(swarm::AT - 1_000_000_000);
            (200, json(&hosts))
        }
        _ => controller(method, path, body),
    });
    let answer = master.run("status");
    assert_eq!(answer.code, 1, "a host is away: {}", answer.stderr);
    assert_golden("status.txt", &answer.stdout);
    let lines: Vec<_> = controller.take_requests().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["GET /swarm/hosts", "GET /swarm/authority", "POST /swarm/check"]);
    let report = master.run("status --json").json();
    assert_eq!(report["swarm"]["ends_soon"][0]["of"], "edge-1");
    assert_eq!(report["swarm"]["hosts"][1]["status"], "unreachable");
}

#[test]
fn a_swarm_in_which_all_is_well_is_healthy() {
    let (master, _controller) = with(|method, path, body| match path {
        "/swarm/hosts" => {
            let mut hosts = hosts();
            hosts.iter_mut().for_each(|host| host.status = HostState::Active);
            (200, json(&hosts))
        }
        "/swarm/authority" => {
            (200, json(&Authority { not_after: 9, master_not_after: Some(8), ..authority() }))
        }
        _ => controller(method, path, body),
    });
    let answer = master.run("status");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let told = "The certificate of the master ended 1970-01-01 00:00:08Z.\n\
                The certificate of the authority ended 1970-01-01 00:00:09Z.\n\
                Listener   none answers on this host\n";
    assert!(answer.stdout.ends_with(told), "{}", answer.stdout);
}

#[test]
fn deckies_of_the_masters_own_host_come_first() {
    let controller = FakeController::start(controller);
    let master = Master::new().of_swarm(&controller.url());
    let _agent = FakeAgent::start(&master.path("agent.sock"), agent);
    let text = master.run("status").stdout;
    assert!(text.find("cache-1").unwrap() < text.find("edge-1").unwrap(), "{text}");
}

#[test]
fn a_controller_that_is_away_is_told() {
    let master = Master::new().of_swarm("http://127.0.0.1:1");
    let answer = master.run("status");
    assert_eq!(answer.code, 1);
    assert!(
        answer.stdout.starts_with("Swarm      no controller answers on http://127.0.0.1:1"),
        "{}",
        answer.stdout
    );
    let alone = Master::new().run("status --json");
    assert_eq!((alone.code, alone.json().get("swarm")), (0, None));
    let agent = Master::new().of_swarm("http://127.0.0.1:1").variable("DECNET_MODE", "agent");
    assert_eq!(agent.run("status --json").json().get("swarm"), None, "an agent's host has no controller");
}
