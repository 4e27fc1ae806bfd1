//! Releases: brought, taken back, listed, forgotten.

use contract::swarm::{self, accepted, json, result};
use decnet_proto::swarm::{
    operator::{HostResult, OperationKind, OperationView, ResultState},
    releases::{ReleaseView, UpdateOutcome},
    updater::{Chain, ReleaseName},
};
use serde_json::{Value, Value::Null};

use super::{assert_asked, assert_golden, with};

fn release(chain: Chain, version: &str, digit: &str) -> ReleaseView {
    ReleaseView {
        chain,
        name: ReleaseName { version: version.to_owned(), digest: digit.repeat(64) },
        target: "x86_64-unknown-linux-gnu".to_owned(),
        min_from: (chain == Chain::Worker).then(|| "1.1.0".to_owned()),
        downgrade: false,
        size: 12_345_678,
        archive: "f".repeat(64),
        taken_at: swarm::AT,
    }
}

fn releases() -> Vec<ReleaseView> {
    vec![
        release(Chain::Worker, "1.3.0", "a"),
        release(Chain::Worker, "1.2.0", "b"),
        ReleaseView {
            target: "aarch64-unknown-linux-gnu".to_owned(),
            ..release(Chain::Worker, "1.2.0", "c")
        },
        release(Chain::Updater, "1.3.0", "d"),
    ]
}

fn operation(kind: OperationKind) -> OperationView {
    let of = |number, state, outcome, detail: &str| {
        let outcome = Some(outcome);
        HostResult { outcome, ..result(number, state, (1, 0), detail) }
    };
    let failed =
        of(2, ResultState::Failed, UpdateOutcome::RolledBack, "rolled back: the agent did not answer");
    let output = "decnet-agent: cannot open\u{1b}[2J the door\nand why".to_owned();
    let results = vec![
        of(1, ResultState::Done, UpdateOutcome::Updated, "runs 1.3.0 (aaaaaaaaaaaa)"),
        HostResult { output, ..failed },
        of(3, ResultState::Untried, UpdateOutcome::NotTried, "it was left as it is, because edge-2 failed"),
    ];
    OperationView { kind, results, ..swarm::done() }
}

fn controller(method: &str, path: &str, body: &Value) -> (u16, Value) {
    match (method, path) {
        ("GET", "/swarm/releases") => (200, json(&releases())),
        ("DELETE", path) if path.starts_with("/swarm/releases/") => (204, Null),
        ("POST", "/swarm/update") if body["dry_run"] == true => (200, json(&foreseen())),
        ("POST", "/swarm/update" | "/swarm/rollback") => (202, accepted()),
        ("GET", path) if path.starts_with("/swarm/operations/7") => {
            (200, json(&operation(OperationKind::Update)))
        }
        _ => swarm::controller(method, path, body),
    }
}

fn foreseen() -> OperationView {
    let mut view = operation(OperationKind::Update);
    view.results.truncate(2);
    view.results[0].state = ResultState::Waiting;
    view.results[0].outcome = None;
    view.results[0].detail = "wave 1: 1.2.0 (bbbbbbbbbbbb) becomes 1.3.0 (aaaaaaaaaaaa)".to_owned();
    view.results[1].outcome = Some(UpdateOutcome::Unreachable);
    view.results[1].detail = "nobody answers".to_owned();
    view
}

fn request(hosts: Value, wave: u8, dry_run: bool, updater: bool) -> Value {
    let name = |chain, digit| json(&release(chain, "1.3.0", digit).name);
    let updater = if updater { name(Chain::Updater, "d") } else { Null };
    serde_json::json!({
        "hosts": hosts, "worker": name(Chain::Worker, "a"), "updater": updater, "wave": wave, "dry_run": dry_run,
    })
}

#[test]
fn an_update_is_followed_to_its_end_and_says_who_failed() {
    let (master, controller) = with(controller);
    let answer = master.run("swarm update --all --release 1.3.0 --wave 34%");
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    assert_golden("update.txt", &answer.stdout);
    assert_golden("update.stderr.txt", &answer.stderr);
    assert_asked(
        &controller,
        &[
            ("GET /swarm/releases", Null),
            ("POST /swarm/update", request(Null, 34, false, false)),
            ("GET /swarm/operations/7", Null),
        ],
    );
}

#[test]
fn what_is_meant_is_asked_for() {
    let check = |arguments: &str, hosts: Value, wave: u8, updater: bool| {
        let (master, controller) = with(controller);
        let answer = master.run(&format!("swarm update {arguments} --no-wait"));
        assert_eq!(answer.code, 0, "{arguments}: {}", answer.stderr);
        let asked = controller.take_requests();
        let last = asked.last().unwrap();
        assert_eq!(last.line, "POST /swarm/update");
        assert_eq!(last.body, request(hosts, wave, false, updater), "{arguments}");
    };
    let both = json(&[swarm::host(1), swarm::host(2)]);
    check("--all --release 1.3.0", Null, 25, false);
    check("--all --release aaaaaaaaaa", Null, 25, false);
    check("--all --release 1.3.0 --include-self --wave 1", Null, 1, true);
    check("--all --release 1.3.0 --release dddddddd --include-self", Null, 25, true);
    check("--host edge-1 --host edge-2 --release 1.3.0", both, 25, false);
}

#[test]
fn what_cannot_be_meant_is_explained() {
    let check = |arguments: &str, code: i32, says: &str| {
        let (master, _controller) = with(controller);
        let answer = master.run(&format!("swarm {arguments}"));
        assert_eq!((answer.code, answer.stdout.as_str()), (code, ""), "{arguments}: {}", answer.stderr);
        assert!(answer.stderr.contains(says), "{arguments}: {}", answer.stderr);
    };
    let tree = "no tree is packed and pushed; an update brings a release that was signed";
    check("update --all --root .", 64, tree);
    check("update --all --exclude *.log --release 1.3.0", 64, tree);
    check("update --release 1.3.0", 64, "--host <HOST>|--all");
    check("update --all --host edge-1 --release 1.3.0", 64, "cannot be used with");
    check("update --all", 64, "--release <FILE|VERSION>");
    check("update --all --release 1.3.0 --wave 0%", 64, "it must be 1% to 100%");
    check("update --all --release dddddddd", 64, "it takes --include-self");
    check("update --all --release 1.3.0 --release bbbbbbbb", 64, "--release names two of one part");
    check("update --all --release bbbbbbbb --include-self", 64, "no release 1.2.0 of the updater is kept");
    check("update --all --release 1.2.0", 1, "name one by its digest");
    check("update --all --release 9.9.9", 1, "no release \"9.9.9\" is kept");
    check("update --all --release no/such.tar.gz", 1, "cannot read the release no/such.tar.gz");
    check("update --host edge-9 --release 1.3.0", 1, "no host \"edge-9\" is in the swarm");
    check("rollback", 64, "--host <HOST>");
    check("releases --remove 9.9.9", 1, "no release \"9.9.9\" is kept");
}

#[test]
fn a_dry_run_tells_what_would_be_done() {
    let (master, controller) = with(controller);
    let answer = master.run("swarm update --all --release 1.3.0 --dry-run");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_golden("update-dry-run.txt", &answer.stdout);
    let asked = [("GET /swarm/releases", Null), ("POST /swarm/update", request(Null, 25, true, false))];
    assert_asked(&controller, &asked);
}

#[test]
fn hosts_go_back() {
    let (master, controller) = with(controller);
    let answer = master.run("swarm rollback --host edge-1 --host edge-2 --no-wait");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let hosts = json(&[swarm::host(1), swarm::host(2)]);
    let asked = controller.take_requests();
    let last = asked.last().unwrap();
    assert_eq!(
        (last.line.as_str(), &last.body),
        ("POST /swarm/rollback", &serde_json::json!({"hosts": hosts}))
    );
}

#[test]
fn releases_are_listed_and_forgotten() {
    let (master, controller) = with(controller);
    let answer = master.run("swarm releases");
    assert_eq!(answer.code, 0);
    assert_golden("releases.txt", &answer.stdout);
    assert_eq!(master.run("swarm releases --json").json(), json(&releases()));
    controller.take_requests();
    assert_eq!(master.run("swarm releases --remove cccccccc").code, 0);
    let path = format!("DELETE /swarm/releases/{}", "c".repeat(64));
    assert_asked(&controller, &[("GET /swarm/releases", Null), (&path, Null), ("GET /swarm/releases", Null)]);
}
