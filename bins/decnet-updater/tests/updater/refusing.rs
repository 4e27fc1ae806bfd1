//! Requests and releases that are refused: nothing changes then.

use axum::body::Body;
use decnet_proto::swarm::updater::{REFUSED, Route};
use decnet_release::{Digest, Part, SigningKey};

use crate::{
    host::{Host, PACKAGED},
    push::header_of,
    releases::{Does, Made, facts, worker},
};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changes_by_what_is_refused() {
    let host = Host::start().await;
    let before = host.is_well(&host.packaged).await;
    let good = worker("0.2.0", Does::Well, Does::Well);
    let archive = good.archive(&host.key);
    let digest = header_of(Digest::of(&archive));

    let no_digest = host.master.send(Route::Update.path(), None, archive.clone().into()).await;
    let other = header_of(Digest::of(b"something else"));
    let wrong_digest = host.master.send(Route::Update.path(), Some(&other), archive.clone().into()).await;
    let unmeant = host.master.send(Route::UpdateSelf.path(), Some(&digest), archive.clone().into()).await;
    let broken = Body::new(http_body_util::BodyExt::map_err(Body::empty(), std::io::Error::other));
    let nothing = host.master.send(Route::Update.path(), Some(&digest), broken).await;
    for (what, (status, done), expect, says) in [
        ("no digest", no_digest, 400, "content-digest"),
        ("another digest", wrong_digest, 400, "was announced"),
        ("no confirmation", unmeant, 400, "confirm_self"),
        ("no archive", nothing, 422, "ends before it is whole"),
    ] {
        let failure = done.unwrap_err();
        assert_eq!((status, failure.rolled_back), (expect, false), "{what}: {failure:?}");
        assert!(failure.problem.detail.contains(says), "{what}: {failure:?}");
    }

    let stranger = SigningKey::draw().unwrap();
    let mut flipped = archive.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let files = || [("bin/decnet-agent".to_owned(), b"x".to_vec())].into();
    let mut elsewhere = facts(Part::Worker, "0.2.0");
    elsewhere.target = "riscv64-unknown-linux-gnu".parse().unwrap();
    let mut from_later = facts(Part::Worker, "0.2.0");
    from_later.min_from = Some(decnet_release::id::version("0.1.5").unwrap());
    let same_version = Made::new(facts(Part::Worker, PACKAGED), files());
    for (what, archive, says) in [
        ("another key", good.archive(&stranger), "not by the release key"),
        ("truncated", archive[..archive.len() - 40].to_vec(), "the archive is refused"),
        ("one bit", flipped, "the archive is refused"),
        ("more behind", [archive.clone(), b"more".to_vec()].concat(), "the archive is refused"),
        ("older", worker("0.0.9", Does::Well, Does::Well).archive(&host.key), "not newer than what runs"),
        ("as old", same_version.archive(&host.key), "not newer than what runs"),
        (
            "another part",
            Made::new(facts(Part::Updater, "0.2.0"), files()).archive(&host.key),
            "of the updater",
        ),
        ("another machine", Made::new(elsewhere, files()).archive(&host.key), "riscv64"),
        ("too new for what runs", Made::new(from_later, files()).archive(&host.key), "0.1.5 or newer"),
        ("no archive", b"GIF89a".to_vec(), "the archive is refused"),
    ] {
        let (status, done) = host.master.push(&archive).await;
        let failure = done.unwrap_err();
        assert_eq!((status, failure.problem.title.as_str()), (422, REFUSED), "{what}: {failure:?}");
        assert!(failure.problem.detail.contains(says), "{what}: {failure:?}");
    }
    assert_eq!(host.is_well(&host.packaged).await, before);
    let line = host.releases().await.worker;
    assert_eq!(line.releases.len(), 1, "nothing stays on disk: {line:?}");
    assert_eq!(host.master.push(&archive).await.0, 200, "and a good one is taken");
}
