//! The tests of this crate, on servers.

#![cfg(test)]

use std::process::Command;

use super::{ON, carry_out};
use crate::DatabaseUrl;

/// What is tested on servers: all that opens a record.
const TESTS: [&str; 8] =
    ["accounts::", "alerts::", "follow::", "keeper::", "read::", "retention::", "text::", "write::"];

/// Has this program run its tests on the server that `variable` names, if it does.
#[track_caller]
fn run(variable: &str) {
    let Ok(text) = std::env::var(variable) else { return };
    let name = format!("record_test_{}", std::process::id());
    let server: DatabaseUrl = text.parse().unwrap();
    let on = text.replacen(&format!("/{}?", server.database), &format!("/{name}?"), 1);
    assert_ne!(text, on, "a URL with a socket: {server}");
    carry_out(&server, &format!("CREATE DATABASE {name}"));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(TESTS).args(["--test-threads", "4"]).env(ON, &on);
    let tested = command.output().unwrap();
    carry_out(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
    let told = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{told}");
    assert!(told.contains("test result: ok. ") && !told.contains("ok. 0 passed"), "{told}");
}

#[test]
fn the_same_holds_on_postgresql() {
    run("RECORD_TEST_POSTGRES");
}
