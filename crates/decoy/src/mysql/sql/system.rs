//! The database `mysql`, as far as it is looked at.

use std::{collections::BTreeMap, sync::Arc};

use super::{catalogue::Table, schema::table, value::Value};
use crate::mysql::{
    account::Account,
    product::{Family, Product},
    proof,
};

const DAY: i64 = 86_400;
const PRIVILEGES: &str = "Select Insert Update Delete Create Drop Reload Shutdown Process File Grant References Index Alter Show_db Super Create_tmp_table Lock_tables Execute Repl_slave Repl_client Create_view Show_view Create_routine Alter_routine Create_user Event Trigger Create_tablespace";

/// Tables without rows: name, and columns as [`table`] reads them.
const EMPTY: &[(&str, &str)] = &[
    (
        "db",
        "*Host char(255)!=;Db char(64)!=;User char(128)!=;Select_priv enum('N','Y')!=N;Insert_priv enum('N','Y')!=N;Update_priv enum('N','Y')!=N;Delete_priv enum('N','Y')!=N",
    ),
    ("func", "*name char(64)!=;ret tinyint(1)!=0;dl char(128)!=;type enum('function','aggregate')!"),
    ("plugin", "*name varchar(64)!=;dl varchar(128)!="),
    (
        "servers",
        "*Server_name char(64)!=;Host varchar(2048)!=;Db char(64)!=;Username char(128)!=;Password char(64)!=;Port int(4)!=0",
    ),
    (
        "tables_priv",
        "*Host char(255)!=;Db char(64)!=;User char(128)!=;Table_name char(64)!=;Grantor char(141)!=",
    ),
    (
        "columns_priv",
        "*Host char(255)!=;Db char(64)!=;User char(128)!=;Table_name char(64)!=;Column_name char(64)!=",
    ),
    ("procs_priv", "*Host char(255)!=;Db char(64)!=;User char(128)!=;Routine_name char(64)!="),
    ("proxies_priv", "*Host char(255)!=;User char(128)!=;Proxied_host char(255)!=;Proxied_user char(128)!="),
    ("time_zone", "*Time_zone_id int(10) unsigned!+;Use_leap_seconds enum('Y','N')!=N"),
    ("time_zone_name", "*Name char(64)!;Time_zone_id int(10) unsigned!"),
    (
        "general_log",
        "event_time timestamp!;user_host mediumtext!;thread_id bigint(21) unsigned!;server_id int(10) unsigned!;command_type varchar(64)!;argument mediumtext!",
    ),
    (
        "slow_log",
        "start_time timestamp!;user_host mediumtext!;query_time time!;lock_time time!;rows_sent bigint(20) unsigned!;sql_text mediumtext!",
    ),
];
/// The same of MariaDB alone.
const EMPTY_IN_MARIADB: &[(&str, &str)] = &[
    ("global_priv", "*Host char(255)!=;User char(128)!=;Priv longtext!"),
    ("roles_mapping", "*Host char(255)!=;User char(128)!=;Role char(128)!=;Admin_option enum('N','Y')!=N"),
];

fn text(text: impl Into<Vec<u8>>) -> Value {
    Value::text(text)
}

/// Its tables by name.
pub(super) fn tables(
    product: &Product,
    accounts: &[Account],
    installed: i64,
) -> BTreeMap<String, Arc<Table>> {
    let made = installed - DAY;
    let own = if product.family == Family::MariaDb { EMPTY_IN_MARIADB } else { &[] };
    let empty = |(name, columns): &(&str, &str)| {
        let columns: Vec<_> = columns.split(';').collect();
        ((*name).to_owned(), Arc::new(table(&columns, Vec::new(), made, made)))
    };
    let mut out: BTreeMap<_, _> = EMPTY.iter().chain(own).map(empty).collect();
    out.insert("user".to_owned(), Arc::new(users(product, accounts, made)));
    out
}

/// An account as the table of accounts has it.
struct Entry<'a> {
    host: &'static str,
    user: &'a str,
    hash: String,
    everything: bool,
    plugin: &'static str,
}

fn users(product: &Product, accounts: &[Account], made: i64) -> Table {
    let maria = product.family == Family::MariaDb;
    let mut columns = vec!["*Host char(255)!=".to_owned(), "User char(128)!=".to_owned()];
    if maria {
        columns.push("Password longtext".to_owned());
    }
    columns.extend(PRIVILEGES.split(' ').map(|name| format!("{name}_priv enum('N','Y')!=N")));
    columns.push("plugin char(64)!=".to_owned());
    columns.push("authentication_string text".to_owned());
    columns.push("password_expired enum('N','Y')!=N".to_owned());
    let rows = entries(product, accounts).into_iter().map(|entry| {
        let mut row = vec![text(entry.host), text(entry.user)];
        if maria {
            row.push(text(entry.hash.clone()));
        }
        let has = |name: &str| entry.everything || (name == "File" && entry.host == "%");
        row.extend(PRIVILEGES.split(' ').map(|name| text(if has(name) { "Y" } else { "N" })));
        row.extend([text(entry.plugin), text(entry.hash), text("N")]);
        row
    });
    let columns: Vec<_> = columns.iter().map(String::as_str).collect();
    table(&columns, rows.collect(), made, made)
}

fn entries<'a>(product: &Product, accounts: &'a [Account]) -> Vec<Entry<'a>> {
    let usual = product.default_plugin().name();
    let stored = |password: &str| {
        let hash = proof::stored_native(password.as_bytes());
        if product.family == Family::MySql8 {
            format!("$A$005${}", hash.trim_start_matches('*'))
        } else {
            hash
        }
    };
    let mut out: Vec<_> = accounts
        .iter()
        .map(|account| Entry {
            host: "%",
            user: &account.user,
            hash: stored(&account.password),
            everything: account.everything,
            plugin: usual,
        })
        .collect();
    let mut local = |user: &'static str, hash: &str, everything: bool, plugin: &'static str| {
        out.push(Entry { host: "localhost", user, hash: hash.to_owned(), everything, plugin });
    };
    if product.family == Family::MariaDb {
        local("mariadb.sys", "", false, "mysql_native_password");
        local("root", "invalid", true, "mysql_native_password");
        local("mysql", "invalid", true, "mysql_native_password");
        return out;
    }
    let locked = "$A$005$THISISACOMBINATIONOFINVALIDSALTANDPASSWORDTHATMUSTNEVERBRBEUSED";
    for name in ["debian-sys-maint", "mysql.infoschema", "mysql.session", "mysql.sys"] {
        local(name, locked, name.starts_with("debian"), usual);
    }
    local("root", "", true, "auth_socket");
    out
}
