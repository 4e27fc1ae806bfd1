//! Its place in a swarm: who is answered, what is renewed, and what the program says.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use decnet_api::client::{CallError, Client, Way};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_membership::{Membership, Part, testing::Controller};
use decnet_pki::{
    clock::DAY,
    testing::cast::{Standing, nobody},
};
use decnet_proto::swarm::{
    API_VERSION,
    profile::Direction,
    role::Role,
    updater::{Health, Route},
};
use decnet_updater::{Report, Settings, Updater};
use tokio::task::JoinHandle;

use crate::host::{free_port, settings};

const PROGRAM: &str = env!("CARGO_BIN_EXE_decnet-updater");

/// Whether there was an answer, of whatever kind.
fn is_answered(answer: &Result<Health, CallError>) -> bool {
    match answer {
        Ok(_) | Err(CallError::Refused(_)) => true,
        Err(CallError::Broken { .. }) => false,
        Err(error) => panic!("{error:?}"),
    }
}

async fn ask(client: Client, path: &str) -> Result<Health, CallError> {
    client.get("GET", path).await
}

/// Settings of an updater with this identity, and of no worker.
fn placed(identity: &Path) -> Settings {
    Settings { identity: identity.to_owned(), ..settings(identity, free_port()) }
}

async fn started(controller: &Controller, identity: &Path) -> (SocketAddr, Trigger, JoinHandle<()>) {
    let settings = placed(identity);
    let clock = controller.swarm().clock.clone();
    let updater = Updater::open(&settings, clock).await.unwrap();
    let address = updater.address().unwrap();
    let (end, shutdown) = Shutdown::by_hand();
    (address, end, tokio::spawn(updater.serve(shutdown)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_master_is_answered() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let all = controller.swarm().cast();
    let mut pins = controller.swarm().pins.clone();
    for member in all.iter().filter(|member| member.standing() == Standing::Known) {
        let of_master = matches!(member.role, Role::Master | Role::Controller | Role::Listener);
        pins.extend(member.peer().filter(|_| of_master).map(|peer| (member.role, peer.pin.to_string())));
    }
    pins.sort();
    pins.dedup();
    controller.change_trust(|trust| trust.pins = pins);
    decnet_membership::join(&controller.join(Part::Updater, home.path())).await.unwrap();
    let (address, end, served) = started(&controller, home.path()).await;

    let health = ask(controller.master(Part::Updater, address), Route::Health.path()).await.unwrap();
    assert_eq!((health.api, health.pid), (API_VERSION, std::process::id()));
    assert_eq!(health.version, env!("CARGO_PKG_VERSION"));
    let nothing = ask(controller.master(Part::Updater, address), "/v1/nothing").await.unwrap_err();
    assert_eq!(nothing.problem().map(|problem| problem.status), Some(404));

    let mut answered = 0;
    for member in &all {
        let is_master = (member.role, member.direction) == (Role::Master, Direction::Client);
        let expect = is_master && member.is_good();
        for path in [Route::Health.path(), "/v1/nothing"] {
            let client = Client::new(Way::Tls(address.to_string(), member.client()));
            let answer = ask(client, path).await;
            assert_eq!(is_answered(&answer), expect, "{member} at {path}: {answer:?}");
            answered += usize::from(expect);
        }
    }
    let unknown = Client::new(Way::Tls(address.to_string(), nobody()));
    assert!(!is_answered(&ask(unknown, Route::Health.path()).await));
    assert_eq!((answered, all.len()), (4, 192));
    end.request();
    served.await.unwrap();
}

#[tokio::test]
async fn it_renews_and_learns_whom_to_trust_while_it_runs() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let (_, before) = controller.member(Part::Updater, home.path()).await;
    let joined_at = controller.swarm().clock.now();
    controller.swarm().clock.turned(joined_at + 61 * DAY);
    // The master renews its own by itself.
    controller.change_trust(|trust| trust.serial = 3);
    let (_, end, served) = started(&controller, home.path()).await;
    let reread = || {
        let clock = controller.swarm().clock.clone();
        Membership::open(Part::Updater, home.path(), clock).unwrap().unwrap()
    };
    let renewed = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let now = reread();
            let all_new = now.expiries().iter().zip(before.expiries()).all(|(new, old)| new.1 != old.1);
            if all_new && now.trusts() == 3 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    renewed.await.unwrap();
    end.request();
    served.await.unwrap();
}

#[tokio::test]
async fn without_a_place_it_does_not_run() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let settings = placed(home.path());
    let clock = controller.swarm().clock.clone();
    let error = Updater::open(&settings, clock.clone()).await.unwrap_err();
    assert!(error.to_string().contains("`decnet-updater join`"), "{error}");
    assert!(!Report::of(None, &settings.folders).healthy);

    let (_, membership) = controller.member(Part::Updater, home.path()).await;
    let healthy = |day: i64| {
        clock.turned(day * DAY);
        Report::of(Some(&membership), &settings.folders).healthy
    };
    let joined = clock.now() / DAY;
    assert!(healthy(joined + 1) && !healthy(joined + 92) && !healthy(joined - 2));
    clock.turned((joined + 92) * DAY);
    let text = Report::of(Some(&membership), &settings.folders).describe();
    assert!(text.contains("updater-server  not good: until 20"), "{text}");
}

fn updater(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).env_clear().output().unwrap()
}

/// What the program says, on whatever stream, and its exit code.
async fn said(arguments: Vec<String>) -> (Option<i32>, String) {
    let run = move || updater(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = [output.stdout, output.stderr].map(|out| String::from_utf8(out).unwrap()).concat();
    (output.status.code(), text)
}

#[tokio::test]
async fn the_program_joins_and_tells_its_status() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let dir = home.path().join("updater");
    let arguments = |rest: &[&str]| {
        let own = ["--updater-dir", dir.to_str().unwrap()];
        rest.iter().chain(&own).map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let (code, text) = said(arguments(&["status"])).await;
    assert!(code == Some(1) && text.contains("in no swarm"), "{code:?} {text}");
    let (code, text) = said(arguments(&["run"])).await;
    assert!(code == Some(1) && text.contains("in no swarm"), "{code:?} {text}");
    let (url, expired, token) = (controller.url(), controller.expired_token(), controller.token());
    let (code, text) = said(arguments(&["join", &url, "--token", &expired])).await;
    assert!(code == Some(1) && text.contains("does not let this host in"), "{code:?} {text}");
    assert!(!dir.exists());
    let (code, text) = said(arguments(&["join", &url, "--token", &token])).await;
    assert!(code == Some(0) && text.starts_with("The updater of w1 ("), "{code:?} {text}");
    let key = fs::metadata(dir.join("updater-server.key")).unwrap();
    assert_eq!(key.mode() & 0o777, 0o600);
    let (code, text) = said(arguments(&["status"])).await;
    assert!(code == Some(0) && text.contains("updater-client  good until 20"), "{code:?} {text}");
    let (code, text) = said(arguments(&["status", "--json"])).await;
    assert!(code == Some(0) && text.contains("\"healthy\": true"), "{code:?} {text}");
    assert_eq!(said(arguments(&["--nonsense"])).await.0, Some(64));
    let (code, text) = said(arguments(&["--config-file", "/nonexistent/decnet.ini", "status"])).await;
    assert!(code == Some(78) && text.contains("/nonexistent/decnet.ini"), "{code:?} {text}");
}
