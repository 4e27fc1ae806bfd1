//! The controller takes releases that are good, and tells updaters who makes them.

use std::{io::Write as _, path::PathBuf};

use decnet_api::client::CallError;
use decnet_membership::{Membership, Part as Joining};
use decnet_pki::{clock::Clock, folder::IdentityFolder};
use decnet_proto::swarm::{
    operator::{Route, Token},
    releases::ReleaseView,
};
use decnet_release::{Part, SigningKey};
use serde_json::json;

use crate::{
    agent::join,
    master::Operator,
    swarm::Swarm,
    updates::{Updatable, digest_of},
};

async fn listed(operator: &Operator) -> usize {
    operator.ask::<Vec<ReleaseView>>(Route::Releases).await.len()
}

fn status(answer: Result<ReleaseView, CallError>) -> (u16, String) {
    let error = answer.unwrap_err();
    let problem = error.problem().unwrap_or_else(|| panic!("no refusal: {error}"));
    (problem.status, problem.detail.clone())
}

/// A copy that somebody has changed.
fn spoilt(path: &PathBuf, spoil: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let mut bytes = std::fs::read(path).unwrap();
    spoil(&mut bytes);
    let spoilt = path.with_extension("spoilt");
    std::fs::File::create(&spoilt).unwrap().write_all(&bytes).unwrap();
    spoilt
}

#[tokio::test(flavor = "multi_thread")]
async fn only_good_releases_are_kept() {
    let all = Updatable::of(0).await;
    let operator = all.operator();
    let good = all.archive(&all.key, Part::Worker, "1.1.0", 3_000_000);
    let check = async |path: &PathBuf, digest: &str, expect: u16, says: &str| {
        let (status, detail) = status(all.take(path, digest).await);
        assert!(status == expect && detail.contains(says), "{expect}: {status} {detail}");
        assert_eq!(listed(&operator).await, 0);
    };
    check(&good, "", 400, "has another SHA-256").await;
    check(&good, "sha-256=:AAAA:", 400, "has another SHA-256").await;
    let forged = all.archive(&SigningKey::draw().unwrap(), Part::Worker, "1.2.0", 3_000_000);
    check(&forged, &digest_of(&forged), 422, "not by the release key").await;
    let short = spoilt(&good, |bytes| bytes.truncate(bytes.len() - 1000));
    check(&short, &digest_of(&short), 422, "the archive is refused").await;
    let other = spoilt(&good, |bytes| bytes[2_000_000] ^= 1);
    check(&other, &digest_of(&other), 422, "the archive is refused").await;
    let longer = spoilt(&good, |bytes| bytes.push(0));
    check(&longer, &digest_of(&longer), 422, "the archive is refused").await;
    let text = all.swarm.dir.path().join("text");
    std::fs::write(&text, "no archive").unwrap();
    check(&text, &digest_of(&text), 422, "the archive is refused").await;
    let master = all.archive(&all.key, Part::Master, "1.1.0", 1000);
    check(&master, &digest_of(&master), 422, "install its package").await;
    let folder = all.swarm.master.state.join("swarm/releases");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "something was left");

    let dry = all.take_with(&good, &digest_of(&good), "?dry_run=true").await.unwrap();
    assert_eq!((dry.name.version.as_str(), listed(&operator).await), ("1.1.0", 0));
    let kept = all.take(&good, &digest_of(&good)).await.unwrap();
    assert_eq!((&kept.name, kept.size), (&dry.name, std::fs::metadata(&good).unwrap().len()));
    let again = all.take(&good, &digest_of(&good)).await.unwrap();
    assert_eq!((again.name, listed(&operator).await), (kept.name.clone(), 1));

    let digest = &kept.name.digest;
    operator.try_ask::<()>(Route::RemoveRelease, digest).await.unwrap();
    assert_eq!((listed(&operator).await, std::fs::read_dir(&folder).unwrap().count()), (0, 0));
    for unknown in [digest.as_str(), "..", "x"] {
        let refused = operator.try_ask::<()>(Route::RemoveRelease, unknown).await.unwrap_err();
        assert_eq!(refused.problem().map(|problem| problem.status), Some(404), "{unknown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_header_or_no_token_takes_nothing_there() {
    let all = Updatable::of(0).await;
    let operator = all.operator();
    let refused = operator.refusal(Route::TakeRelease, &json!({})).await;
    assert_eq!(refused.0, 400);
    let stranger = Operator(operator.0.clone().with_bearer("another".to_owned()));
    assert_eq!(stranger.refusal(Route::TakeRelease, &json!({})).await.0, 401);
    assert_eq!(stranger.refusal(Route::Update, &json!({})).await.0, 401);
    assert_eq!(stranger.refusal(Route::Rollback, &json!({})).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_releases_go() {
    let all = Updatable::of(0).await;
    for number in 0..18 {
        let path = all.archive(&all.key, Part::Worker, &format!("1.0.{number}"), 100);
        all.take(&path, &digest_of(&path)).await.unwrap();
    }
    let kept: Vec<ReleaseView> = all.operator().ask(Route::Releases).await;
    assert_eq!(kept.len(), 16);
    assert_eq!(kept[0].name.version, "1.0.17", "the newest stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn updaters_are_told_who_makes_releases_and_agents_are_not() {
    let all = Updatable::of(1).await;
    let told = |part, dir: &str| {
        let dir = all.swarm.dir.path().join(dir);
        let membership = Membership::open(part, &dir, Clock::system()).unwrap().unwrap();
        membership.release_key().unwrap()
    };
    assert_eq!(told(Joining::Updater, "w1-updater"), Some(all.key.public().to_string()));
    let request = json!({"name": "w2", "address": "127.0.0.1", "updater": true});
    let token: Token = all.operator().send(Route::Token, &request).await;
    let controller = all.swarm.master.workers.to_string();
    let folder = IdentityFolder::at(all.swarm.dir.path().join("w2"));
    let joined = join(&controller, &token.token, &folder, &all.swarm.master.clock).await.unwrap();
    assert_eq!(joined.release_key, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nothing_is_taken_and_nobody_is_told_of_one() {
    let swarm = Swarm::of(0).await;
    let refused = swarm.operator().refusal(Route::TakeRelease, &json!({})).await;
    assert_eq!(refused.0, 400, "the header comes first");
    let request = json!({"name": "w1", "address": "127.0.0.1", "updater": true, "updater_port": 1});
    let token: Token = swarm.operator().send(Route::Token, &request).await;
    let dir = swarm.dir.path().join("w1-updater");
    let (part, url) = (Joining::Updater, format!("https://{}", swarm.master.workers));
    let join = decnet_membership::Join { part, url, token: token.token, dir: dir.clone(), again: false };
    decnet_membership::join(&join).await.unwrap();
    let membership = Membership::open(part, &dir, Clock::system()).unwrap().unwrap();
    assert_eq!(membership.release_key().unwrap(), None);
}
