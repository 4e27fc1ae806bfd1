//! Tokens, and bundles for hosts and operators that are carried by hand.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use contract::{
    FakeController, Master,
    swarm::{self, controller, host, json, problem},
};
use decnet_pki::{authority::Authority, clock::Clock, folder::IdentityFolder, trust::ByTrust};
use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::{
            Certificate, CertificateRequest, EnrollRequest, Enrolled, OperatorRequest, Profile, Token,
        },
        role::{Identity, Role},
        worker::Trust,
    },
};
use serde_json::{Value, json as value};

use super::{assert_asked, assert_golden, with};

#[test]
fn a_token_is_told_once_with_what_to_do_with_it() {
    let answers = |method: &str, path: &str, body: &Value| match path {
        "/swarm/tokens" => {
            let token = Token { token: "dn1-abc".to_owned(), host: host(3), expires_at: swarm::AT + 600 };
            (201, json(&token))
        }
        _ => controller(method, path, body),
    };
    let (master, controller) = with(answers);
    let plain = |name: &str| {
        value!({"name": name, "address": null, "agent_port": 8765, "updater_port": 8766, "again": false, "updater": false,
                "ipvlan": false, "life": 600, "notes": null})
    };
    let answer = master.run("swarm token --name edge-3");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_golden("token.txt", &answer.stdout);
    assert_asked(&controller, &[("POST /swarm/tokens", plain("edge-3"))]);

    let all = "swarm token --name edge-3 --address 192.0.2.3 --agent-port 99 --again --updater --ipvlan --life 60 --notes x --json";
    let answer = master.run(all);
    assert_eq!(answer.json()["token"], "dn1-abc");
    let body = value!({"name": "edge-3", "address": "192.0.2.3", "agent_port": 99, "updater_port": 8766, "again": true, "updater": true,
                       "ipvlan": true, "life": 60, "notes": "x"});
    assert_asked(&controller, &[("POST /swarm/tokens", body)]);
    for (bad, expected) in [
        ("--name ../x", "is no valid host name"),
        ("--name decnet-master", "is reserved"),
        ("--name a --life 601", "601 is not in 1..=600"),
        ("--name a --agent-port 0", "0 is not in 1..=65535"),
    ] {
        let answer = master.run(&format!("swarm token {bad}"));
        assert_eq!(answer.code, 64, "{bad}");
        assert!(answer.stderr.contains(expected), "{bad}: {}", answer.stderr);
    }
}

/// A controller that signs.
fn signing(master: &Master) -> FakeController {
    let dir = master.path("authority");
    let authority = Arc::new(Authority::open_or_create(&dir, Clock::system().now()).unwrap());
    FakeController::start(move |method, path, body| match path {
        "/swarm/enroll" => {
            let request: EnrollRequest = serde_json::from_value(body.clone()).unwrap();
            (201, json(&enrolled(&authority, &request.requests)))
        }
        "/swarm/operators" => {
            let request: OperatorRequest = serde_json::from_value(body.clone()).unwrap();
            let profile = Profile::OperatorClient;
            let asked = CertificateRequest { profile, pem: request.pem };
            (201, json(&signed(&authority, &asked, host(9))))
        }
        _ => controller(method, path, body),
    })
}

fn signed(authority: &Authority, asked: &CertificateRequest, of: HostId) -> Certificate {
    let identity = Identity { role: asked.profile.role(), host: of };
    authority.sign(asked.profile, identity, "edge-3", &asked.pem, Clock::system().now()).unwrap().wire()
}

fn enrolled(authority: &Authority, requests: &[CertificateRequest]) -> Enrolled {
    Enrolled {
        host: host(3),
        certificates: requests.iter().map(|asked| signed(authority, asked, host(3))).collect(),
        trust: Trust {
            serial: 4,
            authorities: authority.certificates_pem(),
            master: host(1),
            pins: vec![(Role::Master, "ab".repeat(32)), (Role::Controller, "cd".repeat(32))],
        },
        release_key: Some(RELEASE_KEY.to_owned()),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

const RELEASE_KEY: &str = "decnet-release-key:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

const ENROLL: &str =
    "swarm enroll --name edge-3 --address 192.0.2.3 --controller-address master.example --out-dir out";

#[test]
fn a_bundle_is_whole_private_and_opens_on_the_host() {
    let master = Master::new();
    let controller = signing(&master);
    let master = master.of_swarm(&controller.url());
    let answer = master.run(&format!("{ENROLL} --updater --ipvlan"));
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.contains("out/  to  /etc/decnet/agent/"), "{}", answer.stdout);
    assert!(answer.stdout.contains("out-updater/  to  /etc/decnet/updater/"), "{}", answer.stdout);
    let asked = controller.take_requests();
    assert_eq!(asked[0].body["ipvlan"], true);
    assert!(!asked[0].body.to_string().contains("PRIVATE KEY"), "a key went to the controller");

    for (folder, profiles) in [
        ("out", [Profile::AgentServer, Profile::AgentClient]),
        ("out-updater", [Profile::UpdaterServer, Profile::UpdaterClient]),
    ] {
        let dir = master.path(folder);
        assert_eq!(mode(&dir), 0o700, "{folder}");
        let folder = IdentityFolder::at(&dir);
        for profile in profiles {
            assert_eq!(mode(&dir.join(format!("{profile}.key"))), 0o600, "{profile}");
            let credentials = folder.credentials(profile).unwrap();
            assert_eq!(credentials.peer().identity, Identity { role: profile.role(), host: host(3) });
        }
        let file = folder.host().unwrap().unwrap();
        assert_eq!((file.name.as_str(), file.id), ("edge-3", host(3)));
        assert_eq!(file.controller, "https://master.example:8771");
        ByTrust::new(&folder.trust().unwrap().unwrap(), &[Role::Master]).unwrap();
        let key = folder.release_key().unwrap();
        let is_updater = profiles.contains(&Profile::UpdaterServer);
        assert_eq!(key.as_deref(), is_updater.then_some(RELEASE_KEY));
        let files = 6 + usize::from(is_updater);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), files, "{}", dir.display());
    }

    let again = master.run(ENROLL);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("out is there already"), "{}", again.stderr);
    assert!(controller.take_requests().is_empty());
}

#[test]
fn a_bundle_that_is_refused_leaves_nothing_behind() {
    let (master, _controller) = with(|method, path, body| match path {
        "/swarm/enroll" => problem(409, "name", "a host called edge-3 is in the swarm"),
        _ => controller(method, path, body),
    });
    let before = master.files();
    let answer = master.run(&format!("{ENROLL} --updater"));
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("a host called edge-3 is in the swarm"), "{}", answer.stderr);
    assert_eq!(master.files(), before);
}

#[test]
fn an_operator_gets_a_folder_that_trusts_this_controller_alone() {
    let master = Master::new();
    let controller = signing(&master);
    let master = master.of_swarm(&controller.url());
    let add = "swarm operator add --name ann --out-dir ann";
    let early = master.run(add);
    assert_eq!(early.code, 1);
    assert!(early.stderr.contains("is no controller's folder"), "{}", early.stderr);

    fs::set_permissions(master.path("state/swarm"), fs::Permissions::from_mode(0o700)).unwrap();
    let authority = Authority::open_or_create(&master.path("authority"), Clock::system().now()).unwrap();
    authority.backup(&master.path("saved"), None).unwrap();
    decnet_pki::authority::restore(&master.path("saved"), &master.path("state/swarm/ca"), None).unwrap();
    let own = IdentityFolder::at(master.path("state/swarm/master"));
    let profile = Profile::ControllerServer;
    let asked = CertificateRequest { profile, pem: own.key(profile).unwrap().request(profile).unwrap() };
    let peer = own.store(profile, &signed(&authority, &asked, host(1)).pem).unwrap();

    let answer = master.run(&format!("{add} --json"));
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!((&answer.json()["name"], &answer.json()["id"]), (&value!("ann"), &json(&host(9))));
    let folder = IdentityFolder::at(master.path("ann"));
    assert_eq!(mode(&master.path("ann/operator-client.key")), 0o600);
    folder.credentials(Profile::OperatorClient).unwrap();
    let trust = folder.trust().unwrap().unwrap();
    assert_eq!((trust.master, trust.pins), (host(1), vec![(Role::Controller, peer.pin.to_string())]));
}
