//! The command line of a swarm's master, before a controller that answers what a test says.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod authority;
mod bundle;
mod deploying;
mod listing;
mod reaching;
mod reset;
mod status;
mod taking_down;
mod updating;

use std::{env, fs, path::Path};

use contract::{Asked, FakeController, Master};
use serde_json::Value;

/// A master, and its controller that has two hosts.
fn swarm() -> (Master, FakeController) {
    with(contract::swarm::controller)
}

/// A master, and its controller that answers so.
fn with(
    answers: impl Fn(&str, &str, &Value) -> (u16, Value) + Send + Sync + 'static,
) -> (Master, FakeController) {
    let controller = FakeController::start(answers);
    (Master::new().of_swarm(&controller.url()), controller)
}

/// Asserts that the controller was asked just this, with the token.
#[track_caller]
fn assert_asked(controller: &FakeController, expected: &[(&str, Value)]) {
    let asked = controller.take_requests();
    let seen: Vec<_> = asked.iter().map(|Asked { line, body, .. }| (line.as_str(), body.clone())).collect();
    assert_eq!(seen, expected);
    assert!(asked.iter().all(|asked| asked.bearer), "without the token: {asked:?}");
}

/// Asserts that this is what the golden file holds.
#[track_caller]
fn assert_golden(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens/swarm").join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, got).unwrap();
    }
    let expect = fs::read_to_string(&path).unwrap_or_default();
    assert!(got == expect, "{name} differs; run with UPDATE_GOLDEN=1 and read the difference. Got:\n{got}");
}
