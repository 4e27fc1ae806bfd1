//! Plugins of the servers.

use super::value::Value;
use crate::mysql::product::{Family, Product};

/// Name, type, version, version of the type, version of its author's, how it is loaded, author and
/// description of MariaDB's, in its order. Nothing stands for the version of the server.
const MARIADB: &str = include_str!("facts/mariadb_plugins.txt");
const MYSQL: &[(&str, &str)] = &[
    ("binlog", "STORAGE ENGINE"),
    ("mysql_native_password", "AUTHENTICATION"),
    ("sha256_password", "AUTHENTICATION"),
    ("caching_sha2_password", "AUTHENTICATION"),
    ("CSV", "STORAGE ENGINE"),
    ("MEMORY", "STORAGE ENGINE"),
    ("MyISAM", "STORAGE ENGINE"),
    ("MRG_MYISAM", "STORAGE ENGINE"),
    ("InnoDB", "STORAGE ENGINE"),
    ("INNODB_TRX", "INFORMATION SCHEMA"),
    ("PERFORMANCE_SCHEMA", "STORAGE ENGINE"),
];

/// What a row has of a plugin: first what SHOW PLUGINS shows.
pub(super) const NAMES: &str = "PLUGIN_NAME PLUGIN_STATUS PLUGIN_TYPE PLUGIN_LIBRARY PLUGIN_LICENSE PLUGIN_VERSION PLUGIN_TYPE_VERSION PLUGIN_AUTH_VERSION LOAD_OPTION PLUGIN_AUTHOR PLUGIN_DESCRIPTION PLUGIN_MATURITY";

/// All plugins in the order of the server, the first `count` of [`NAMES`] of each.
pub(super) fn rows(product: &Product, count: usize) -> Vec<Vec<Value>> {
    let mut rows: Vec<Vec<Value>> = if product.family == Family::MariaDb {
        MARIADB.lines().map(|line| row(product, line)).collect()
    } else {
        let row =
            |(name, kind): &(&str, &str)| [*name, "ACTIVE", *kind, "", "GPL", "1.0"].map(value).to_vec();
        MYSQL.iter().map(row).collect()
    };
    rows.iter_mut().for_each(|row| row.truncate(count));
    rows
}

fn row(product: &Product, line: &str) -> Vec<Value> {
    let (major, minor, patch) = product.number;
    let mut words = line.splitn(8, '|').map(str::to_owned);
    let mut next = || words.next().unwrap_or_default();
    let (name, kind) = (next(), next());
    let or = |text: String, other: String| if text.is_empty() { other } else { text };
    let version = or(next(), format!("{major}.{minor}"));
    let of_type = or(next(), format!("{major}{minor:02}{patch:02}.0"));
    let of_author = or(next(), format!("{major}.{minor}.{patch}"));
    let load = next();
    let status = if load == "OFF" { "DISABLED" } else { "ACTIVE" };
    let licence = if name == "INNODB_TABLESPACES_ENCRYPTION" { "BSD" } else { "GPL" };
    let (author, description) = (next(), next());
    [
        &name,
        status,
        &kind,
        "",
        licence,
        &version,
        &of_type,
        &of_author,
        &load,
        &author,
        &description,
        "Stable",
    ]
    .map(value)
    .to_vec()
}

/// A text, NULL for an empty one.
fn value(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::text(text) }
}
