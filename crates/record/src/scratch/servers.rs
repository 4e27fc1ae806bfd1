//! The tests of this crate, on servers.

#![cfg(test)]

use std::process::Command;

use super::{ON, carry_out, connect};
use crate::{DatabaseUrl, database::Kind, sql::Value};

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
    clean(&server, &name);
    let told = String::from_utf8_lossy(&tested.stdout);
    assert!(tested.status.success(), "{told}");
    assert!(told.contains("test result: ok. ") && !told.contains("ok. 0 passed"), "{told}");
}

/// Drops what the tests have made.
fn clean(server: &DatabaseUrl, name: &str) {
    match server.kind {
        Kind::Postgres => carry_out(server, &format!("DROP DATABASE {name} WITH (FORCE)")),
        Kind::MariaDb => {
            let statement = "SELECT schema_name FROM information_schema.schemata \
                WHERE schema_name = ? OR schema_name LIKE CONCAT(REPLACE(?, '_', '|_'), '|_t|_%') ESCAPE '|'";
            let values = [Value::Text(name); 2];
            let mut connection = connect(server);
            let all = connection.all(statement, &values, |row| Ok(row.text(0)?.to_owned())).unwrap();
            all.iter().for_each(|name| connection.batch(&format!("DROP DATABASE {name}")).unwrap());
        }
    }
}

#[test]
fn the_same_holds_on_postgresql() {
    run("RECORD_TEST_POSTGRES");
}

#[test]
fn the_same_holds_on_mariadb() {
    run("RECORD_TEST_MARIADB");
}
