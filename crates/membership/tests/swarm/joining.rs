//! Coming in, and not coming in.

use std::{
    collections::BTreeMap, fs, net::SocketAddr, os::unix::fs::MetadataExt as _, path::Path, sync::Arc,
};

use decnet_membership::{
    Join, JoinError, Membership, Part, join,
    testing::{Controller, Spoil, hang_up},
};
use decnet_pki::{
    clock::Clock,
    digest::Pin,
    folder::{FolderError, IdentityFolder},
    keys::Key,
    refusals::{Reason, Rejected},
    testing::cast::How,
    token::Token,
};
use decnet_proto::swarm::{
    operator::Profile,
    profile::Direction,
    role::{Identity, Role},
    worker::Joined,
};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Every file of a folder with its mode; nothing where there is no folder.
fn files(dir: &Path) -> BTreeMap<String, u32> {
    let Ok(entries) = fs::read_dir(dir) else { return BTreeMap::new() };
    let named = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().mode() & 0o777)
    };
    entries.map(named).collect()
}

#[tokio::test]
async fn a_host_comes_in_with_a_token() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let dir = home.path().join("agent");
    let how = controller.join(Part::Agent, &dir);
    let host = join(&how).await.unwrap();
    assert_eq!((host.name.as_str(), &host.controller), ("w1", &controller.url()));
    assert_eq!(host.id, controller.swarm().hosts.worker);
    let expect = [
        ("agent-client.crt", 0o644),
        ("agent-client.key", 0o600),
        ("agent-server.crt", 0o644),
        ("agent-server.key", 0o600),
        ("host.json", 0o644),
        ("trust.json", 0o644),
    ];
    assert_eq!(files(&dir), expect.map(|(name, mode)| (name.to_owned(), mode)).into());
    assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);
    let membership = Membership::open(Part::Agent, &dir, Clock::system()).unwrap().unwrap();
    assert_eq!((membership.name(), membership.trusts()), ("w1", 1));

    let again = join(&Join { token: controller.token(), ..how.clone() }).await;
    assert!(matches!(again, Err(JoinError::Member(name)) if name == "w1"));
    let replayed = join(&Join { dir: home.path().join("other"), ..how.clone() }).await.unwrap_err();
    assert!(matches!(&replayed, JoinError::Call(error) if error.problem().is_some()), "{replayed}");
    assert_eq!(files(&home.path().join("other")), BTreeMap::new());
    // The token is good once for each part.
    let updater = Join { part: Part::Updater, dir: home.path().join("updater"), ..how };
    join(&updater).await.unwrap();
    assert!(Membership::open(Part::Updater, &updater.dir, Clock::system()).unwrap().is_some());
    assert!(Membership::open(Part::Agent, &home.path().join("none"), Clock::system()).unwrap().is_none());
}

#[tokio::test]
async fn an_updater_keeps_who_makes_releases_until_it_joins_again() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let told = |key: &'static str| -> Option<Spoil<Joined>> {
        Some(Box::new(move |_, joined| joined.release_key = Some(key.to_owned())))
    };
    let come = async |part: Part, again| {
        let how = controller.join(part, &home.path().join(part.role().to_string()));
        join(&Join { token: controller.token(), again, ..how.clone() }).await.map(|_| how.dir)
    };
    let kept = |part, dir: &Path| {
        Membership::open(part, dir, Clock::system()).unwrap().unwrap().release_key().unwrap()
    };
    controller.spoil_join(told("decnet-release-key:one"));
    let agent = come(Part::Agent, false).await.unwrap();
    assert_eq!(kept(Part::Agent, &agent), None, "who installs nothing keeps none");
    controller.spoil_join(told("decnet-release-key:one"));
    let updater = come(Part::Updater, false).await.unwrap();
    assert_eq!(kept(Part::Updater, &updater).as_deref(), Some("decnet-release-key:one"));
    for wrong in ["two\nlines", "with a blank"] {
        controller.spoil_join(told(wrong));
        let refused = come(Part::Updater, true).await;
        assert!(matches!(refused, Err(JoinError::ReleaseKey)), "{refused:?}");
    }
    assert_eq!(kept(Part::Updater, &updater).as_deref(), Some("decnet-release-key:one"));
    controller.spoil_join(told("decnet-release-key:two"));
    come(Part::Updater, true).await.unwrap();
    assert_eq!(kept(Part::Updater, &updater).as_deref(), Some("decnet-release-key:two"));
    come(Part::Updater, true).await.unwrap();
    assert_eq!(kept(Part::Updater, &updater), None);
}

#[tokio::test]
async fn bad_tokens_and_addresses_let_nobody_in() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let dir = home.path().join("agent");
    let good = controller.join(Part::Agent, &dir);
    let pin = controller.swarm().authority.pin();
    let foreign = controller.swarm().foreign.pin();
    let refused = |error: &JoinError| matches!(error, JoinError::Call(call) if call.problem().is_some());
    type Expect<'a> = &'a dyn Fn(&JoinError) -> bool;
    let cases: [(&str, Join, Expect<'_>); 6] = [
        ("expired", Join { token: controller.expired_token(), ..good.clone() }, &refused),
        ("unknown", Join { token: Token::draw(pin).unwrap().0, ..good.clone() }, &refused),
        ("of another authority", Join { token: Token::draw(foreign).unwrap().0, ..good.clone() }, &|error| {
            Rejected::of(error).map(Rejected::reason) == Some(Reason::Chain)
        }),
        ("no token", Join { token: "dn1-x".to_owned(), ..good.clone() }, &|error| {
            matches!(error, JoinError::Token(_))
        }),
        ("no address", Join { url: "ftp://x/".to_owned(), ..good.clone() }, &|error| {
            matches!(error, JoinError::Url(_))
        }),
        (
            "nobody there",
            Join { url: "https://127.0.0.1:1".to_owned(), ..good.clone() },
            &|error| matches!(error, JoinError::Call(call) if call.problem().is_none()),
        ),
    ];
    for (what, how, expect) in cases {
        let error = join(&how).await.unwrap_err();
        assert!(expect(&error), "{what}: {error:?}");
        assert_eq!(files(&dir), BTreeMap::new(), "{what}");
    }
    join(&good).await.unwrap();
}

/// A server that lets everybody shake its hand, and says nothing.
async fn impostor(config: Arc<ServerConfig>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever is fooled waits for an answer that does not come, and the test with it.
            let _shaken = TlsAcceptor::from(Arc::clone(&config)).accept(stream).await;
        }
    });
    address
}

#[tokio::test]
async fn no_token_is_shown_to_an_impostor() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let all = controller.swarm().cast();
    // Who joins knows no key and no host yet: whom the authority made a controller is one.
    let is_controller = |how| {
        use How::{Good, NamedMaster, OfOtherHost, OfOtherKey, OfUnknownHost, Revoked};
        matches!(how, Good | NamedMaster | OfOtherHost | OfUnknownHost | OfOtherKey | Revoked)
    };
    let mut refused = 0;
    for member in all {
        if (member.role, member.direction) == (Role::Controller, Direction::Server)
            && is_controller(member.how)
        {
            continue;
        }
        let address = impostor(member.server()).await;
        let dir = home.path().join("agent");
        let how = Join { url: address.to_string(), ..controller.join(Part::Agent, &dir) };
        let error = join(&how).await.unwrap_err();
        assert!(Rejected::of(&error).is_some(), "{member}: {error:?}");
        assert_eq!(files(&dir), BTreeMap::new(), "{member}");
        refused += 1;
    }
    assert_eq!(refused, 192 - 6);
}

#[tokio::test]
async fn answers_that_do_not_fit_are_not_kept() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let dir = home.path().join("agent");
    let resigned = |identity: Identity, key: Option<Key>| -> Spoil<Joined> {
        let key = key.unwrap_or_else(|| Key::draw().unwrap());
        Box::new(move |swarm, joined| {
            let certificate = joined.certificates.last_mut().unwrap();
            let request = key.request(certificate.profile).unwrap();
            let now = swarm.clock.now();
            let signed = swarm.authority.sign(certificate.profile, identity, "w1", &request, now);
            certificate.pem = signed.unwrap().pem;
        })
    };
    let own = controller.swarm().hosts.identity(Role::Agent);
    type Expect = fn(&JoinError) -> bool;
    let cases: [(&str, Spoil<Joined>, Expect); 7] = [
        ("no trust", Box::new(|_, joined| joined.trust.authorities.clear()), |error| {
            matches!(error, JoinError::Trust(_))
        }),
        (
            "another authority",
            Box::new(|swarm, joined| joined.trust.authorities = swarm.foreign.certificates_pem()),
            |error| matches!(error, JoinError::OtherAuthority),
        ),
        ("one certificate", Box::new(|_, joined| drop(joined.certificates.pop())), |error| {
            matches!(error, JoinError::Missing(Profile::AgentClient))
        }),
        ("no certificate", Box::new(|_, joined| joined.certificates[0].pem.clear()), |error| {
            matches!(error, JoinError::Malformed(_))
        }),
        ("of another key", resigned(own, None), |error| {
            matches!(error, JoinError::Certificate(Profile::AgentClient, _))
        }),
        ("of another host", Box::new(|_, joined| joined.host = decnet_pki::testing::host(7)), |error| {
            matches!(error, JoinError::OtherIdentity { .. })
        }),
        (
            "twice the server's",
            Box::new(|_, joined| {
                joined.certificates[1].pem = joined.certificates[0].pem.clone();
            }),
            |error| matches!(error, JoinError::Certificate(Profile::AgentClient, _)),
        ),
    ];
    for (what, spoil, expect) in cases {
        controller.spoil_join(Some(spoil));
        let error = join(&controller.join(Part::Agent, &dir)).await.unwrap_err();
        assert!(expect(&error), "{what}: {error:?}");
        assert_eq!(files(&dir), BTreeMap::new(), "{what}");
    }
    join(&controller.join(Part::Agent, &dir)).await.unwrap();
}

#[tokio::test]
async fn a_controller_that_goes_away_half_way_leaves_nothing_half_made() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let dir = home.path().join("agent");
    controller.spoil_join(Some(hang_up()));
    let how = controller.join(Part::Agent, &dir);
    let gone = join(&how).await.unwrap_err();
    assert!(matches!(&gone, JoinError::Call(error) if error.problem().is_none()), "{gone:?}");
    assert_eq!(files(&dir), BTreeMap::new());
    let used = join(&how).await.unwrap_err();
    assert!(matches!(&used, JoinError::Call(error) if error.problem().is_some()), "it was used up: {used:?}");
    join(&Join { token: controller.token(), ..how }).await.unwrap();
    assert!(Membership::open(Part::Agent, &dir, Clock::system()).unwrap().is_some());
}

#[tokio::test]
async fn a_host_that_comes_in_again_keeps_its_place_until_it_has_another() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let dir = home.path().join("agent");
    let again = || Join { again: true, ..controller.join(Part::Agent, &dir) };
    let pin = |profile| -> Pin { IdentityFolder::at(&dir).open(profile).unwrap().unwrap().key.pin() };
    // Its trust has a larger number than that of the place that it gets.
    controller.change_trust(|trust| trust.serial = 9);
    join(&again()).await.unwrap();
    let before = Profile::ALL.into_iter().take(2).map(pin).collect::<Vec<_>>();
    let bad = Join { token: controller.expired_token(), ..again() };
    join(&bad).await.unwrap_err();
    controller.spoil_join(Some(hang_up()));
    join(&again()).await.unwrap_err();
    assert_eq!(Profile::ALL.into_iter().take(2).map(pin).collect::<Vec<_>>(), before);
    assert_eq!(Membership::open(Part::Agent, &dir, Clock::system()).unwrap().unwrap().trusts(), 9);

    controller.change_trust(|trust| trust.serial = 3);
    join(&again()).await.unwrap();
    assert_eq!(Membership::open(Part::Agent, &dir, Clock::system()).unwrap().unwrap().trusts(), 3);
    assert!(Profile::ALL.into_iter().take(2).map(pin).all(|pin| !before.contains(&pin)));
}

#[tokio::test]
async fn a_folder_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let dir = home.path().join("agent");
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
    let error = join(&controller.join(Part::Agent, &dir)).await.unwrap_err();
    assert!(matches!(error, JoinError::Folder(FolderError::File { .. })), "{error:?}");
}
