//! `ca`: what is done by the controller, and what on its folder.

use std::{fs, os::unix::fs::PermissionsExt as _};

use contract::{
    Master,
    swarm::{controller, problem},
};
use decnet_daemon::lock::RoleLock;
use decnet_pki::{authority::Authority, clock::Clock};
use serde_json::Value::Null;

use super::{assert_asked, assert_golden, swarm, with};

#[test]
fn a_key_is_changed_by_the_controller() {
    let (master, controller) = swarm();
    let answer = master.run("ca roll-over --yes");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_golden("roll-over.txt", &answer.stdout);
    let expected = [("GET /swarm/authority", Null), ("POST /swarm/authority/roll-over", Null)];
    assert_asked(&controller, &expected);
}

#[test]
fn the_second_step_ends_the_old_key() {
    let (master, _controller) = with(|method, path, body| match path {
        "/swarm/authority" => controller("POST", "/swarm/authority/roll-over", body),
        "/swarm/authority/roll-over" => problem(409, "roll-over", "edge-2 has no new certificates"),
        _ => controller(method, path, body),
    });
    let answer = master.run("ca roll-over");
    assert_eq!(answer.code, 64);
    assert!(answer.stderr.contains("end the trust in the old key"), "{}", answer.stderr);
    let answer = master.run("ca roll-over --yes");
    assert_eq!(answer.code, 1, "a host would be locked out");
    assert!(answer.stderr.contains("edge-2 has no new certificates"), "{}", answer.stderr);
}

/// A master whose folder has an authority, and its pin.
fn with_authority() -> (Master, String) {
    let master = Master::new();
    let dir = master.path("state/swarm/ca");
    fs::create_dir_all(master.path("state")).unwrap();
    let authority = Authority::open_or_create(&dir, Clock::system().now()).unwrap();
    (master, authority.pin().to_string())
}

#[test]
fn a_backup_brings_the_same_authority_back() {
    let (master, pin) = with_authority();
    master.write("word", "open sesame\nand no more\n");
    let saved = master.run("ca backup saved --passphrase-file word");
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    assert!(saved.stdout.starts_with(&format!("Pin       {pin}\n")), "{}", saved.stdout);
    let file = master.path("saved");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&file).unwrap().contains("PRIVATE KEY"));
    let twice = master.run("ca backup saved --passphrase-file word");
    assert_eq!(twice.code, 1, "a file is never overwritten");

    let present = master.run("ca restore saved --passphrase-file word");
    assert_eq!(present.code, 1);
    assert!(present.stderr.contains("has an authority already"), "{}", present.stderr);
    fs::remove_dir_all(master.path("state/swarm/ca")).unwrap();
    let sealed = master.run("ca restore saved");
    assert_eq!(sealed.code, 1);
    assert!(sealed.stderr.contains("its passphrase is needed"), "{}", sealed.stderr);
    master.write("other", "open barley\n");
    let wrong = master.run("ca restore saved --passphrase-file other");
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("the passphrase is another"), "{}", wrong.stderr);
    let restored = master.run("ca restore saved --passphrase-file word --json");
    assert_eq!((restored.code, &restored.json()["pin"]), (0, &pin.as_str().into()), "{}", restored.stderr);
    let authority = Authority::open_or_create(&master.path("state/swarm/ca"), Clock::system().now()).unwrap();
    assert_eq!(authority.pin().to_string(), pin);
}

#[test]
fn a_lost_machine_is_followed_by_another() {
    let (master, pin) = with_authority();
    assert_eq!(master.run("ca backup saved --plain").code, 0);
    let other = Master::new();
    fs::copy(master.path("saved"), other.path("saved")).unwrap();
    let restored = other.run("ca restore saved --json");
    assert_eq!((restored.code, &restored.json()["pin"]), (0, &pin.as_str().into()), "{}", restored.stderr);
}

#[test]
fn a_folder_is_left_alone_while_its_controller_runs() {
    let (master, _) = with_authority();
    let unsealed = master.run("ca backup saved");
    assert_eq!(unsealed.code, 64, "how it is sealed must be said");
    let _running = RoleLock::acquire(&master.path("state/swarm"), "controller").unwrap();
    for arguments in ["ca backup saved --plain", "ca restore saved"] {
        let answer = master.run(arguments);
        assert_eq!(answer.code, 1, "{arguments}");
        let expected = format!("the controller already runs as process {} ", std::process::id());
        assert!(answer.stderr.contains(&expected), "{arguments}: {}", answer.stderr);
    }
    let none = Master::new().run("ca backup saved --plain");
    assert_eq!(none.code, 1);
    assert!(none.stderr.contains("no controller ever ran here"), "{}", none.stderr);
}
