//! How the controller is found, and what is said when it is not.

use std::{os::unix::fs::DirBuilderExt as _, sync::Arc};

use contract::{
    FakeController, Master,
    swarm::{self, controller, health, json, problem},
};
use decnet_pki::{
    admission::{Admission, Refused},
    authority::Authority,
    clock::Clock,
    credentials::{Credentials, Presented},
    folder::IdentityFolder,
    peer::Peer,
    roots::Roots,
    tls::{self, ClientPolicy, Terms},
};
use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::Profile,
        role::{Identity, Role},
        worker::Trust,
    },
};

use super::{swarm, with};

#[track_caller]
fn check(master: &Master, arguments: &str, code: i32, expected: &str) {
    let answer = master.run(arguments);
    assert_eq!((answer.code, answer.stdout.as_str()), (code, ""), "{arguments}: {}", answer.stderr);
    assert!(answer.stderr.contains(expected), "{arguments}: {}", answer.stderr);
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let running = FakeController::start(controller);
    let nobody = "http://127.0.0.1:1";
    let master = Master::new().of_swarm(nobody);
    let flag = master.run(&format!("swarm list --url {}", running.url()));
    assert_eq!(flag.code, 0, "{}", flag.stderr);
    check(
        &master,
        "swarm list",
        1,
        "no controller answers on http://127.0.0.1:1 (from environment variable DECNET_SWARMCTL_URL)",
    );
    let by_file = Master::new();
    std::fs::create_dir_all(by_file.path("elsewhere")).unwrap();
    by_file.write("elsewhere/token", swarm::TOKEN);
    let file = by_file.path("elsewhere/token");
    by_file.write(
        "decnet.ini",
        &format!("[master]\nswarmctl-url = {}\nswarmctl-token-file = {}\n", running.url(), file.display()),
    );
    assert_eq!(by_file.run("swarm list").code, 0);
}

#[test]
fn whatever_keeps_the_controller_away_is_told_with_what_to_do() {
    let (master, _controller) = swarm();
    std::fs::remove_file(master.path("state/swarm/operator.token")).unwrap();
    check(&master, "swarm list", 1, "there is no operator token in ");
    std::fs::create_dir(master.path("state/swarm/operator.token")).unwrap();
    check(&master, "swarm list", 1, "run this as the user of the controller, or with sudo");
    std::fs::remove_dir(master.path("state/swarm/operator.token")).unwrap();
    master.write("state/swarm/operator.token", "no token\nat all");
    check(&master, "swarm list", 1, "holds no operator token");

    let (master, _controller) = with(|_, path, _| match path {
        "/health" => (200, json(&health())),
        _ => problem(401, "who asks", "show the operator's token"),
    });
    check(&master, "swarm list", 1, "who asks: show the operator's token; is the token that of another");
    let (master, _controller) = with(|_, path, _| match path {
        "/health" => (200, json(&health())),
        _ => problem(500, "store", "the disk is full"),
    });
    check(&master, "swarm list", 1, "error: the controller refused: store: the disk is full\n");
}

#[test]
fn the_token_is_shown_to_controllers_of_this_version_only() {
    let newer = || decnet_proto::swarm::operator::Health { api: 9, version: "7.0.0".to_owned(), ..health() };
    let (master, other) = with(move |_, _, _| (200, json(&newer())));
    check(&master, "swarm list", 1, "the controller 7.0.0 speaks version 9 of its API");
    assert!(other.take_requests().is_empty());
    let (master, other) = with(|_, _, _| (404, serde_json::json!("what")));
    check(&master, "swarm list", 1, "is no controller of a swarm");
    assert!(other.take_requests().is_empty());
    let agent = || decnet_proto::swarm::operator::Health { role: "agent".to_owned(), ..health() };
    let (master, other) = with(move |_, _, _| (200, json(&agent())));
    check(&master, "swarm list", 1, "is no controller of a swarm");
    assert!(other.take_requests().is_empty());
}

#[test]
fn plain_http_stays_on_this_host() {
    let master = Master::new();
    check(&master, "swarm list --url http://192.0.2.1:8770", 64, "it must be http://127.0.0.1:8770 or");
    check(&master, "swarm list --url https://192.0.2.1:8770", 1, "wants an operator's certificate");
    let by_variable = Master::new().variable("DECNET_SWARMCTL_URL", "http://master.example");
    check(&by_variable, "swarm list", 78, "environment variable DECNET_SWARMCTL_URL");
}

/// Lets whoever has this role in.
#[derive(Debug)]
struct Only(Role);

impl Admission for Only {
    fn admit(&self, peer: &Peer) -> Result<(), Refused> {
        (peer.identity.role == self.0).then_some(()).ok_or(Refused::Role(peer.identity.role))
    }
}

/// A controller by TLS, and a folder of an operator for whom it is `trusted`.
fn secured(master: &Master, trusted: HostId) -> FakeController {
    let now = Clock::system().now();
    let make = |name: &str| {
        std::fs::DirBuilder::new().mode(0o700).create(master.path(name)).unwrap();
        master.path(name)
    };
    let authority = Authority::open_or_create(&make("ca"), now).unwrap();
    let signed = |folder: &IdentityFolder, profile: Profile, host: HostId| {
        let pem = folder.key(profile).unwrap().request(profile).unwrap();
        let identity = Identity { role: profile.role(), host };
        let signed = authority.sign(profile, identity, "x", &pem, now).unwrap();
        folder.store(profile, &signed.pem).unwrap()
    };
    let of_master = IdentityFolder::at(make("master"));
    let shown = signed(&of_master, Profile::ControllerServer, swarm::host(1));
    let of_operator = IdentityFolder::at(make("operator"));
    signed(&of_operator, Profile::OperatorClient, swarm::host(9));
    let trust = Trust {
        serial: 1,
        authorities: authority.certificates_pem(),
        master: trusted,
        pins: vec![(Role::Controller, shown.pin.to_string())],
    };
    of_operator.set_trust(&trust).unwrap();

    let held = of_master.open(Profile::ControllerServer).unwrap().unwrap();
    let credentials = Credentials::new(&held.key, &held.certificate, &authority.certificates()).unwrap();
    let admission: Arc<dyn Admission> = Arc::new(Only(Role::Operator));
    let terms = Terms {
        roots: Roots::new(&authority.certificates()).unwrap(),
        admission: Arc::clone(&admission),
        alpn: Vec::new(),
        clock: Clock::system(),
        refusals: Arc::default(),
    };
    let config = tls::server(&Presented::new(credentials), ClientPolicy::Required, &terms).unwrap();
    FakeController::secure(config, admission, controller)
}

#[test]
fn an_operator_elsewhere_shows_a_certificate_to_the_controller_that_he_trusts() {
    let master = Master::new();
    let controller = secured(&master, swarm::host(1));
    let url = format!("https://{}", controller.address());
    let answer = master.run(&format!("swarm list --url {url} --identity operator"));
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let asked = controller.take_requests();
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].bearer, "no token goes over the wire");

    check(
        &master,
        &format!("swarm list --url {url} --identity none"),
        1,
        "cannot use the operator's certificate in ",
    );

    let impostor = Master::new();
    let controller = secured(&impostor, swarm::host(2));
    let url = format!("https://{}", controller.address());
    check(&impostor, &format!("swarm list --url {url} --identity operator"), 1, "cannot agree on TLS");
}
